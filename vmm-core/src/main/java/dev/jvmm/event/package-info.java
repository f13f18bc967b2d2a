/** One thread that waits for descriptors, timers and tasks, and runs what belongs to them. */
package dev.jvmm.event;
