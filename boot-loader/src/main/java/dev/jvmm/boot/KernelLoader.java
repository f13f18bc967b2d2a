package dev.jvmm.boot;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;

/**
 * Puts a kernel and everything it is handed into guest memory. Nothing is written before kernel, initrd and command line have
 * been checked.
 */
public final class KernelLoader {
    private KernelLoader() {}

    /**
     * Loads.
     *
     * @throws BootException when a file or the command line cannot be booted, or not in this much memory
     */
    public static LoadedKernel load(LoadRequest request) {
        GuestMemory memory = request.memory();
        KernelImage kernel = KernelImage.open(request.kernel(), request.protocol());
        checkFits(request.kernel(), kernel, memory);
        Placement initrd = request.initrd().isPresent() ? placeInitrd(request.initrd().get(), kernel, memory)
                : Placement.NONE;
        byte[] commandLine = request.commandLine().bytes(kernel.commandLineMax());

        ResetVector.write(memory);
        kernel.load(memory);
        if (request.initrd().isPresent()) {
            request.initrd().get().copyTo(0, memory, initrd.start(), initrd.size());
        }
        memory.write(AddressMap.COMMAND_LINE, commandLine);
        if (request.mpTable().isPresent()) {
            request.mpTable().get().write(memory);
        }
        long rsdp = request.acpi().isPresent() ? request.acpi().get().write(memory) : 0;
        InitialCpuState cpu = enter(memory, kernel, initrd, rsdp);
        return new LoadedKernel(cpu, new Placement(kernel.start(), kernel.end() - kernel.start()), initrd);
    }

    private static InitialCpuState enter(GuestMemory memory, KernelImage kernel, Placement initrd, long rsdp) {
        InitialCpuState cpu;
        if (kernel.protocol() == BootProtocol.PVH) {
            cpu = InitialCpuState.pvh(kernel.entry());
            PvhStartInfo.write(memory, initrd, rsdp);
        } else {
            cpu = InitialCpuState.linux64(kernel.entry());
            BootParams.write(memory, kernel, initrd, rsdp);
            BootTables.writePageTables(memory);
        }
        BootTables.writeDescriptors(memory, cpu);
        return cpu;
    }

    private static long lowMemoryEnd(GuestMemory memory) {
        return memory.regions().get(0).end();
    }

    private static void checkFits(BootSource source, KernelImage kernel, GuestMemory memory) {
        if (kernel.end() > lowMemoryEnd(memory)) {
            throw source
                    .error("this kernel needs at least " + Hex.mebibytes(kernel.end()) + " of memory, the guest has "
                            + Hex.mebibytes(memory.size()) + "; give the guest more memory");
        }
    }

    /** As high as the kernel allows, so that it is out of the way of what the kernel allocates first. */
    private static Placement placeInitrd(BootSource initrd, KernelImage kernel, GuestMemory memory) {
        long top = Math.min(kernel.initrdEnd(), lowMemoryEnd(memory));
        long room = top - alignUp(kernel.end());
        if (initrd.size() > room) {
            throw initrd.error("the initrd takes " + Hex.mebibytes(initrd.size()) + ", but only "
                    + Hex.mebibytes(Math.max(room, 0)) + " are free behind the kernel below " + Hex.of(top)
                    + "; give the guest more memory or a smaller initrd");
        }
        long start = top - initrd.size() & -AddressMap.PAGE_SIZE;
        return new Placement(start, initrd.size());
    }

    private static long alignUp(long address) {
        return (address + AddressMap.PAGE_SIZE - 1) & -AddressMap.PAGE_SIZE;
    }
}
