/** The virtual machine as KVM knows it, its interrupt lines and its life from start to end. */
package dev.jvmm.vm;
