/**
 * The Linux system calls that a virtual machine monitor needs, through one downcall.
 *
 * <p>Every call goes through {@link dev.jvmm.linux.Syscalls}. The classes above it are one per kind of file descriptor or
 * kernel object. Structs are read and written through little-endian {@link java.nio.ByteBuffer} views: var handles would
 * cost 14 ms of class spinning at every start.
 */
package dev.jvmm.linux;
