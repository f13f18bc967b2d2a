package dev.jvmm.virtio;

/**
 * What the host's kernel needs to serve a queue by itself: numbers of eventfds.
 *
 * @param kick signalled when the driver notifies of the queue
 * @param interrupt to be signalled when buffers were used and the driver wants to hear of it
 */
public record KernelEvents(int kick, int interrupt) {}
