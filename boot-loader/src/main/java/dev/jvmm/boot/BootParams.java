package dev.jvmm.boot;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * {@code struct boot_params}, the "zero page" of the Linux protocols.
 *
 * @see <a href="https://docs.kernel.org/arch/x86/zero-page.html">Zero Page</a>; arch/x86/include/uapi/asm/bootparam.h
 */
final class BootParams {
    private static final int ACPI_RSDP_ADDR = 0x070;
    private static final int E820_ENTRIES = 0x1E8;
    private static final int BOOT_FLAG = 0x1FE;
    private static final int HEADER_MAGIC = 0x202;
    private static final int VERSION = 0x206;
    private static final int TYPE_OF_LOADER = 0x210;
    private static final int LOADFLAGS = 0x211;
    private static final int CODE32_START = 0x214;
    private static final int RAMDISK_IMAGE = 0x218;
    private static final int RAMDISK_SIZE = 0x21C;
    private static final int CMD_LINE_PTR = 0x228;
    private static final int KERNEL_ALIGNMENT = 0x230;
    private static final int CMDLINE_SIZE = 0x238;
    private static final int SETUP_DATA = 0x250;
    private static final int E820_TABLE = 0x2D0;
    private static final int E820_ENTRY_SIZE = 20;
    private static final int E820_MAX = 128;

    private static final int HDRS = 0x5372_6448;
    private static final int PROTOCOL_2_15 = 0x20F;
    private static final int LOADER_WITHOUT_ID = 0xFF;
    private static final byte LOADED_HIGH = 1;
    private static final int MIN_ALIGNMENT = 2 << 20;

    private BootParams() {}

    /** Writes the whole page at {@link AddressMap#ZERO_PAGE}. */
    static void write(GuestMemory memory, KernelImage kernel, Placement initrd, long rsdp) {
        ByteBuffer page = memory.view(AddressMap.ZERO_PAGE, (int) AddressMap.PAGE_SIZE);
        page.put(new byte[(int) AddressMap.PAGE_SIZE]);
        if (kernel instanceof BzImage image) {
            image.writeSetupHeader(page);
            page.putInt(CODE32_START, (int) image.start());
        } else {
            writeHeaderOfElf(page, kernel);
        }
        page.put(TYPE_OF_LOADER, (byte) LOADER_WITHOUT_ID);
        page.putInt(CMD_LINE_PTR, (int) AddressMap.COMMAND_LINE);
        page.putInt(RAMDISK_IMAGE, (int) initrd.start());
        page.putInt(RAMDISK_SIZE, (int) initrd.size());
        page.putLong(SETUP_DATA, 0);
        page.putLong(ACPI_RSDP_ADDR, rsdp);
        writeMemoryMap(page, MemoryMap.of(memory));
    }

    /** A vmlinux brings no setup header; a version other than 0 saves it a second copy of this page at boot. */
    private static void writeHeaderOfElf(ByteBuffer page, KernelImage kernel) {
        page.putShort(BOOT_FLAG, (short) 0xAA55);
        page.putInt(HEADER_MAGIC, HDRS);
        page.putShort(VERSION, (short) PROTOCOL_2_15);
        page.put(LOADFLAGS, LOADED_HIGH);
        page.putInt(KERNEL_ALIGNMENT, MIN_ALIGNMENT);
        page.putInt(CMDLINE_SIZE, kernel.commandLineMax());
    }

    private static void writeMemoryMap(ByteBuffer page, List<MemoryMap.Range> map) {
        int count = Math.min(map.size(), E820_MAX);
        page.put(E820_ENTRIES, (byte) count);
        for (int i = 0; i < count; i++) {
            MemoryMap.Range range = map.get(i);
            int at = E820_TABLE + i * E820_ENTRY_SIZE;
            page.putLong(at, range.start());
            page.putLong(at + 8, range.size());
            page.putInt(at + 16, range.type());
        }
    }
}
