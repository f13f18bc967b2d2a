/** A hypervisor as a container runtime drives it, whichever one it is. */
package dev.jvmm.runtime;
