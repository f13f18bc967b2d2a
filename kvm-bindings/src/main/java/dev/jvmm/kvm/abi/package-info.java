/**
 * The kernel's binary interface as numbers: the ioctl table, and one file per struct with its field offsets. All of it is
 * compared with the output of a C probe by a test. Not exported.
 */
package dev.jvmm.kvm.abi;
