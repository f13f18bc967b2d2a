/** How much of something a device may do in a time. */
package dev.jvmm.virtio.rate;
