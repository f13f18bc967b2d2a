package dev.jvmm.acpi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The NVDIMM firmware interface table: which NVDIMM is where.
 *
 * @see "ACPI 6.5 section 5.2.25, NVDIMM firmware interface table"
 */
public final class Nfit {
    private static final int RANGE = 0;
    private static final int RANGE_SIZE = 56;
    private static final int MEMORY_MAP = 1;
    private static final int MEMORY_MAP_SIZE = 48;
    private static final int CONTROL_REGION = 4;
    private static final int CONTROL_REGION_SIZE = 80;
    private static final int FLUSH_HINT = 6;
    private static final int FLUSH_HINT_SIZE = 24;
    private static final int EACH = RANGE_SIZE + MEMORY_MAP_SIZE + CONTROL_REGION_SIZE + FLUSH_HINT_SIZE;

    /** 66F0D379-B4F3-4074-AC43-0D3318B78CDB, a byte-addressable persistent memory region, as UUIDs are laid out. */
    private static final long PERSISTENT_LOW = 0x4074_B4F3_66F0_D379L;

    private static final long PERSISTENT_HIGH = 0xDB8C_B718_330D_43ACL;

    /** EFI_MEMORY_WB and EFI_MEMORY_NV. */
    private static final long WRITE_BACK_NON_VOLATILE = 0x8008;

    /** Of the memory map's flags: not able to keep data, so it is read-only. */
    private static final short NOT_ARMED = 1 << 3;

    /** Byte-addressable, nothing known of energy. */
    private static final short FORMAT = 0x301;

    private static final int RESERVED = 4;

    private Nfit() {}

    /** The whole table. */
    public static byte[] table(List<Nvdimm> all) {
        byte[] content = content(all);
        ByteBuffer table = TableBuilder.begin("NFIT", 1, TableBuilder.HEADER_SIZE + RESERVED + content.length);
        return TableBuilder.finish(table.putInt(0).put(content));
    }

    /** Its structures alone, as {@code _FIT} gives them. What is there for an NVDIMM stays the same while others come. */
    public static byte[] content(List<Nvdimm> all) {
        ByteBuffer out = ByteBuffer.allocate(EACH * all.size()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < all.size(); i++) {
            add(out, all.get(i));
        }
        return out.array();
    }

    private static void add(ByteBuffer out, Nvdimm nvdimm) {
        short number = (short) nvdimm.handle();
        out.putShort((short) RANGE).putShort((short) RANGE_SIZE).putShort(number).putShort((short) 0);
        out.putInt(0).putInt(0);
        out.putLong(PERSISTENT_LOW).putLong(PERSISTENT_HIGH);
        out.putLong(nvdimm.address()).putLong(nvdimm.size()).putLong(WRITE_BACK_NON_VOLATILE);

        out.putShort((short) MEMORY_MAP).putShort((short) MEMORY_MAP_SIZE).putInt(nvdimm.handle());
        out.putShort(number).putShort((short) 0).putShort(number).putShort(number);
        out.putLong(nvdimm.size()).putLong(0).putLong(0);
        out.putShort((short) 0).putShort((short) 1).putShort(nvdimm.readOnly() ? NOT_ARMED : 0).putShort((short) 0);

        int control = out.position();
        out.putShort((short) CONTROL_REGION).putShort((short) CONTROL_REGION_SIZE).putShort(number);
        out.position(control + 24).putInt(nvdimm.handle()).putShort(FORMAT);
        out.position(control + CONTROL_REGION_SIZE);

        out.putShort((short) FLUSH_HINT).putShort((short) FLUSH_HINT_SIZE).putInt(nvdimm.handle());
        out.putShort((short) 1).putShort((short) 0).putInt(0).putLong(nvdimm.flushHint());
    }
}
