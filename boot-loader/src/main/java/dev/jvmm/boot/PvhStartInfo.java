package dev.jvmm.boot;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * {@code struct hvm_start_info} version 1 with its module list and memory map, all in the page at
 * {@link AddressMap#PVH_START_INFO}.
 *
 * @see <a href="https://xenbits.xen.org/docs/unstable/hypercall/x86_64/include,public,arch-x86,hvm,start_info.h.html">start_info.h</a>
 */
final class PvhStartInfo {
    private static final int MAGIC = 0x336E_C578;
    private static final int VERSION = 1;
    private static final int MODULE_LIST = 0x40;
    private static final int MEMORY_MAP = 0x80;
    private static final int MEMORY_MAP_ENTRY = 24;

    private PvhStartInfo() {}

    static void write(GuestMemory memory, Placement initrd, long rsdp) {
        ByteBuffer page = memory.view(AddressMap.PVH_START_INFO, (int) AddressMap.PAGE_SIZE);
        page.put(new byte[(int) AddressMap.PAGE_SIZE]);
        boolean hasInitrd = initrd.size() > 0;
        List<MemoryMap.Range> map = MemoryMap.of(memory);
        page.putInt(0, MAGIC);
        page.putInt(4, VERSION);
        page.putInt(12, hasInitrd ? 1 : 0);
        page.putLong(16, hasInitrd ? AddressMap.PVH_START_INFO + MODULE_LIST : 0);
        page.putLong(24, AddressMap.COMMAND_LINE);
        page.putLong(32, rsdp);
        page.putLong(40, AddressMap.PVH_START_INFO + MEMORY_MAP);
        page.putInt(48, map.size());
        page.putLong(MODULE_LIST, initrd.start());
        page.putLong(MODULE_LIST + 8, initrd.size());
        for (int i = 0; i < map.size(); i++) {
            int at = MEMORY_MAP + i * MEMORY_MAP_ENTRY;
            page.putLong(at, map.get(i).start());
            page.putLong(at + 8, map.get(i).size());
            page.putInt(at + 16, map.get(i).type());
        }
    }
}
