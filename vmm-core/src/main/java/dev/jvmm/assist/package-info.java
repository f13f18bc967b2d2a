/**
 * Finishes instructions that KVM's emulator gives up on, on hosts whose KVM runs the guest's kernel mode through it: decodes
 * the instruction at RIP, does its work on the saved registers and the guest's memory, and raises the faults that the CPU would.
 *
 * @spec https://www.intel.com/content/www/us/en/developer/articles/technical/intel-sdm.html Intel SDM, volumes 1 to 3
 */
package dev.jvmm.assist;
