package dev.jvmm.boot;

import dev.jvmm.memory.AddressMap;

/**
 * The registers that the first vCPU begins with. Those not named are 0, RFLAGS is 2 (interrupts off).
 *
 * @param protocol which protocol this is
 * @param mode the CPU's mode
 * @param rip the first instruction, guest-physical
 * @param rsp the stack's top, guest-physical
 * @param rsi the address of boot_params, or 0
 * @param rbx the address of hvm_start_info, or 0
 * @param gdtBase guest-physical
 * @param gdtLimit bytes less one
 * @param idtBase guest-physical
 * @param idtLimit bytes less one; no gate is present, so an exception before the guest's own table is in place ends in a
 *     triple fault
 * @param cr0 control register 0
 * @param cr3 the page tables' root, or 0
 * @param cr4 control register 4
 * @param efer the extended feature enable register
 * @param code for CS
 * @param data for DS, ES, FS, GS and SS
 * @param task for TR; LDTR is unusable
 */
public record InitialCpuState(
        BootProtocol protocol,
        Mode mode,
        long rip,
        long rsp,
        long rsi,
        long rbx,
        long gdtBase,
        int gdtLimit,
        long idtBase,
        int idtLimit,
        long cr0,
        long cr3,
        long cr4,
        long efer,
        Segment code,
        Segment data,
        Segment task) {
    /** The mode a vCPU begins in. */
    public enum Mode {
        /** 64-bit long mode with paging. */
        LONG64,

        /** 32-bit protected mode without paging. */
        PROTECTED32
    }

    /** __BOOT_CS and __BOOT_DS of the Linux boot protocol. */
    static final int BOOT_CS = 0x10;

    static final int BOOT_DS = 0x18;
    static final int GDT_BYTES = 4 * Long.BYTES;

    private static final int IDT_BYTES = Long.BYTES;
    private static final long CR0_PE = 1;
    private static final long CR0_ET = 1 << 4;
    private static final long CR0_PG = 1L << 31;
    private static final long CR4_PAE = 1 << 5;
    private static final long EFER_LME = 1 << 8;
    private static final long EFER_LMA = 1 << 10;

    static InitialCpuState linux64(long entry) {
        return new InitialCpuState(
                BootProtocol.LINUX64,
                Mode.LONG64,
                entry,
                AddressMap.BOOT_STACK,
                AddressMap.ZERO_PAGE,
                0,
                AddressMap.BOOT_GDT,
                GDT_BYTES - 1,
                AddressMap.BOOT_IDT,
                IDT_BYTES - 1,
                CR0_PE | CR0_ET | CR0_PG,
                AddressMap.BOOT_PAGE_TABLES,
                CR4_PAE,
                EFER_LME | EFER_LMA,
                Segment.code64(BOOT_CS),
                Segment.data(BOOT_DS),
                Segment.task());
    }

    static InitialCpuState pvh(long entry) {
        return new InitialCpuState(
                BootProtocol.PVH,
                Mode.PROTECTED32,
                entry,
                AddressMap.BOOT_STACK,
                0,
                AddressMap.PVH_START_INFO,
                AddressMap.BOOT_GDT,
                GDT_BYTES - 1,
                AddressMap.BOOT_IDT,
                IDT_BYTES - 1,
                CR0_PE | CR0_ET,
                0,
                0,
                0,
                Segment.code32(BOOT_CS),
                Segment.data(BOOT_DS),
                Segment.task());
    }
}
