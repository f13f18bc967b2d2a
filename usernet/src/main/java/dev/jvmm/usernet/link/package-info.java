/**
 * The link between the guest's network device and the stack: bounded queues both ways, and the headers of frames. {@link
 * dev.jvmm.usernet.link.Exchange} is the one class that two threads work with.
 */
package dev.jvmm.usernet.link;
