/** The hypervisors behind the interface: jvmm in this process, QEMU as a process of its own. */
package dev.jvmm.runtime.backend;
