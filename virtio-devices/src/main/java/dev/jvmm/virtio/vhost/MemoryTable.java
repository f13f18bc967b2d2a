package dev.jvmm.virtio.vhost;

import dev.jvmm.memory.MemoryRegion;
import dev.jvmm.memory.MemoryWindow;
import dev.jvmm.virtio.queue.GuestRam;
import java.util.List;

/**
 * What the host's kernel is told of a machine's memory: its RAM, and the windows above it, where a driver may have buffers as well: a
 * program that sends what it has mapped with DAX, without a copy. Rings are in RAM only.
 *
 * @param starts guest-physical addresses in bytes
 * @param sizes bytes of each
 * @param hosts where each lies in this process
 */
record MemoryTable(long[] starts, long[] sizes, long[] hosts) {
    /** {@code max_mem_regions} of the kernel's vhost module, unless somebody has changed it. What is beyond can not be used there. */
    static final int MOST = 64;

    /** As it is now. */
    static MemoryTable of(GuestRam memory) {
        List<MemoryRegion> ram = memory.memory().regions();
        List<MemoryWindow> windows = memory.memory().windows().placed();
        int count = Math.min(ram.size() + windows.size(), MOST);
        MemoryTable table = new MemoryTable(new long[count], new long[count], new long[count]);
        for (int i = 0; i < count; i++) {
            if (i < ram.size()) {
                MemoryRegion region = ram.get(i);
                table.set(i, region.start(), region.size(), memory.hostAddress(region.start(), region.size()));
            } else {
                MemoryWindow window = windows.get(i - ram.size());
                table.set(i, window.address(), window.size(), window.mapping().address());
            }
        }
        return table;
    }

    private void set(int index, long start, long size, long host) {
        starts[index] = start;
        sizes[index] = size;
        hosts[index] = host;
    }
}
