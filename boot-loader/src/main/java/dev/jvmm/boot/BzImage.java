package dev.jvmm.boot;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import java.nio.ByteBuffer;

/**
 * A bzImage entered by the 64-bit protocol, 0x200 bytes behind the start of its protected-mode part. That part is loaded at
 * the header's preferred address: a relocatable kernel never runs below it either, so loading lower would save no memory.
 *
 * @see <a href="https://docs.kernel.org/arch/x86/boot.html">The Linux/x86 boot protocol</a>
 */
public final class BzImage implements KernelImage {
    /** Where the setup header begins, in the file and in boot_params. */
    static final int SETUP_HEADER = 0x1F1;

    private static final int BOOT_FLAG = 0x1FE;
    private static final int HEADER_LENGTH = 0x201;
    private static final int HEADER_MAGIC = 0x202;
    private static final int VERSION = 0x206;
    private static final int LOADFLAGS = 0x211;
    private static final int INITRD_ADDR_MAX = 0x22C;
    private static final int KERNEL_ALIGNMENT = 0x230;
    private static final int RELOCATABLE = 0x234;
    private static final int XLOADFLAGS = 0x236;
    private static final int CMDLINE_SIZE = 0x238;
    private static final int PAYLOAD_OFFSET = 0x248;
    private static final int PAYLOAD_LENGTH = 0x24C;
    private static final int PREF_ADDRESS = 0x258;
    private static final int INIT_SIZE = 0x260;

    /** The header's end in protocol 2.12, the first that declares a 64-bit entry; and where boot_params goes on. */
    private static final int HEADER_END_MIN = 0x268;

    private static final int HEADER_END_MAX = 0x290;
    private static final int HDRS = 0x5372_6448;
    private static final int BOOT_FLAG_VALUE = 0xAA55;
    private static final int VERSION_MIN = 0x206;
    private static final int VERSION_XLOADFLAGS = 0x20C;
    private static final int LOADED_HIGH = 1;
    private static final int XLF_KERNEL_64 = 1;
    private static final int ENTRY_64 = 0x200;
    private static final int SECTOR = 512;

    private final BootSource source;
    private final ByteBuffer header;
    private final int headerEnd;
    private final long kernelOffset;
    private final long kernelSize;
    private final long start;
    private final long end;

    /** Whether a file begins as one with a Linux setup header does. */
    static boolean matches(ByteBuffer head) {
        return head.limit() >= HEADER_MAGIC + 4
                && Short.toUnsignedInt(head.getShort(BOOT_FLAG)) == BOOT_FLAG_VALUE
                && head.getInt(HEADER_MAGIC) == HDRS;
    }

    BzImage(BootSource source, ByteBuffer head) {
        this.source = source;
        this.header = head;
        checkVersion();
        this.headerEnd = checkHeaderEnd();
        int sectors = Byte.toUnsignedInt(head.get(SETUP_HEADER));
        this.kernelOffset = (1L + (sectors == 0 ? 4 : sectors)) * SECTOR;
        this.kernelSize = checkKernelSize();
        checkPayload();
        this.start = checkStart();
        this.end = start + checkInitSize();
    }

    private long unsigned(int at) {
        return Integer.toUnsignedLong(header.getInt(at));
    }

    private BootException lie(String field, long value) {
        return source.error("the bzImage header is damaged: " + field + " is " + Hex.of(value)
                + "; fetch or build the kernel again");
    }

    private void checkVersion() {
        int version = header.limit() < VERSION + 2 ? 0 : Short.toUnsignedInt(header.getShort(VERSION));
        if (version < VERSION_MIN) {
            throw source.error("a Linux kernel of boot protocol " + (version >> 8) + "." + (version & 0xFF)
                    + ", which is too old; it takes 2.12 (Linux 3.8) or later");
        }
        if (version < VERSION_XLOADFLAGS) {
            throw source.error("a Linux kernel of boot protocol 2." + (version & 0xFF)
                    + ", which does not declare a 64-bit entry; it takes 2.12 (Linux 3.8) or later, or the ELF vmlinux");
        }
        if (header.limit() < HEADER_END_MAX) {
            throw source.error("a truncated bzImage; fetch or build it again");
        }
        if ((header.get(LOADFLAGS) & LOADED_HIGH) == 0) {
            throw source.error("a zImage, which is loaded below 1 MiB; build a bzImage");
        }
        if ((header.getShort(XLOADFLAGS) & XLF_KERNEL_64) == 0) {
            throw source.error("a 32-bit kernel (no 64-bit entry in xloadflags); give a kernel built for x86-64");
        }
    }

    private int checkHeaderEnd() {
        int at = HEADER_MAGIC + Byte.toUnsignedInt(header.get(HEADER_LENGTH));
        if (at < HEADER_END_MIN || at > HEADER_END_MAX) {
            throw lie("its end (the jump at 0x200)", at);
        }
        return at;
    }

    /** syssize counts 16-byte units; the last may be cut short. What follows in the file (a signature) is not loaded. */
    private long checkKernelSize() {
        long size = unsigned(0x1F4) * 16;
        if (kernelOffset >= source.size()) {
            throw lie("setup_sects (the real-mode part would reach beyond the file)", header.get(SETUP_HEADER) & 0xFF);
        }
        long rest = source.size() - kernelOffset;
        if (size - 15 > rest) {
            throw source.error(
                    "a truncated bzImage: its header promises " + size + " bytes of kernel (syssize), the file has "
                            + rest + "; fetch or build it again");
        }
        if (size <= ENTRY_64) {
            throw lie("syssize", unsigned(0x1F4));
        }
        return Math.min(size, rest);
    }

    private void checkPayload() {
        long offset = unsigned(PAYLOAD_OFFSET);
        long length = unsigned(PAYLOAD_LENGTH);
        if (offset > kernelSize || length > kernelSize - offset) {
            throw lie("the end of the payload (payload_offset + payload_length)", offset + length);
        }
    }

    private long checkStart() {
        long preferred = header.getLong(PREF_ADDRESS);
        long alignment = unsigned(KERNEL_ALIGNMENT);
        if (preferred < AddressMap.HIGH_MEMORY_START || preferred >= AddressMap.DEVICE_HOLE_START) {
            throw lie("pref_address (it must lie between 1 MiB and 3 GiB)", preferred);
        }
        if (header.get(RELOCATABLE) == 0) {
            return preferred;
        }
        if (Long.bitCount(alignment) != 1 || alignment > AddressMap.DEVICE_HOLE_START) {
            throw lie("kernel_alignment", alignment);
        }
        return (preferred + alignment - 1) & -alignment;
    }

    private long checkInitSize() {
        long size = unsigned(INIT_SIZE);
        if (size < kernelSize) {
            throw lie("init_size (less than the kernel itself)", size);
        }
        if (start > AddressMap.DEVICE_HOLE_START || size > AddressMap.DEVICE_HOLE_START - start) {
            throw lie("init_size (the kernel would reach beyond 3 GiB)", size);
        }
        return size;
    }

    /** Copies the setup header into boot_params, where it belongs. */
    void writeSetupHeader(ByteBuffer bootParams) {
        bootParams.put(SETUP_HEADER, header, SETUP_HEADER, headerEnd - SETUP_HEADER);
    }

    @Override
    public BootProtocol protocol() {
        return BootProtocol.LINUX64;
    }

    @Override
    public long start() {
        return start;
    }

    @Override
    public long end() {
        return end;
    }

    @Override
    public long entry() {
        return start + ENTRY_64;
    }

    @Override
    public int commandLineMax() {
        return (int) Math.min(unsigned(CMDLINE_SIZE), AddressMap.COMMAND_LINE_MAX - 1);
    }

    @Override
    public long initrdEnd() {
        return Math.min(unsigned(INITRD_ADDR_MAX) + 1, AddressMap.DEVICE_HOLE_START);
    }

    @Override
    public void load(GuestMemory memory) {
        source.copyTo(kernelOffset, memory, start, kernelSize);
    }
}
