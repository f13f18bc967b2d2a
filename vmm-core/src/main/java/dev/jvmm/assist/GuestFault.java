package dev.jvmm.assist;

/** An exception of the guest's CPU, on its way to the guest. Thrown before the instruction has changed anything. */
final class GuestFault extends RuntimeException {
    static final int INVALID_OPCODE = 6;
    static final int DEVICE_NOT_AVAILABLE = 7;
    static final int STACK_FAULT = 12;
    static final int GENERAL_PROTECTION = 13;
    static final int PAGE_FAULT = 14;
    static final int X87_ERROR = 16;

    private static final long serialVersionUID = 1L;

    private final int vector;
    private final int errorCode;
    private final long address;

    private GuestFault(int vector, int errorCode, long address) {
        super(null, null, false, false);
        this.vector = vector;
        this.errorCode = errorCode;
        this.address = address;
    }

    static GuestFault invalidOpcode() {
        return new GuestFault(INVALID_OPCODE, 0, 0);
    }

    static GuestFault deviceNotAvailable() {
        return new GuestFault(DEVICE_NOT_AVAILABLE, 0, 0);
    }

    static GuestFault x87Error() {
        return new GuestFault(X87_ERROR, 0, 0);
    }

    /** #GP(0): no instruction here faults with a selector. */
    static GuestFault generalProtection() {
        return new GuestFault(GENERAL_PROTECTION, 0, 0);
    }

    /** #SS(0). */
    static GuestFault stackFault() {
        return new GuestFault(STACK_FAULT, 0, 0);
    }

    static GuestFault pageFault(long address, int errorCode) {
        return new GuestFault(PAGE_FAULT, errorCode, address);
    }

    void raiseOn(CpuState cpu) {
        switch (vector) {
            case PAGE_FAULT -> cpu.raisePageFault(address, errorCode);
            case GENERAL_PROTECTION, STACK_FAULT -> cpu.raise(vector, errorCode);
            default -> cpu.raise(vector);
        }
    }

    int vector() {
        return vector;
    }
}
