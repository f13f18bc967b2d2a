/** How a driver reaches a device: registers, kicks and interrupts. */
package dev.jvmm.virtio.transport;
