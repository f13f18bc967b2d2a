package dev.jvmm.boot;

/**
 * A kernel in guest memory.
 *
 * @param cpu what the first vCPU begins with
 * @param kernel where it lies, with what it clears or unpacks itself into
 * @param initrd where the ramdisk lies, or {@link Placement#NONE}
 */
public record LoadedKernel(InitialCpuState cpu, Placement kernel, Placement initrd) {}
