/** Ports and MMIO: which device answers an address, and what happens when none does. */
package dev.jvmm.bus;
