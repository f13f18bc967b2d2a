package dev.jvmm.kvm;

import dev.jvmm.kvm.abi.KvmCpuid2;
import dev.jvmm.kvm.abi.KvmCpuidEntry2;
import dev.jvmm.linux.NativeBuffers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** CPUID leaves as KVM exchanges them ({@code struct kvm_cpuid2}); read and changed in place. Not thread-safe. */
public final class CpuidTable {
    /** The registers of a leaf. */
    public enum Register {
        EAX(KvmCpuidEntry2.EAX),
        EBX(KvmCpuidEntry2.EBX),
        ECX(KvmCpuidEntry2.ECX),
        EDX(KvmCpuidEntry2.EDX);

        private final int offset;

        Register(int offset) {
            this.offset = offset;
        }
    }

    /** KVM_MAX_CPUID_ENTRIES of {@code arch/x86/include/asm/kvm_host.h}. */
    public static final int MAX_ENTRIES = 256;

    /** Bytes of a leaf. */
    public static final int ENTRY_SIZE = KvmCpuidEntry2.SIZE;

    private final ByteBuffer buffer;

    private CpuidTable(int entries) {
        buffer = NativeBuffers.allocate(KvmCpuid2.ENTRIES + entries * KvmCpuidEntry2.SIZE);
        buffer.putInt(KvmCpuid2.NENT, entries);
    }

    /** A table that the kernel fills. */
    static CpuidTable withRoom() {
        return new CpuidTable(MAX_ENTRIES);
    }

    /** A table of so many leaves, all zero; at most {@link #MAX_ENTRIES}. */
    public static CpuidTable ofSize(int entries) {
        if (entries < 0 || entries > MAX_ENTRIES) {
            throw new IllegalArgumentException(entries + " CPUID leaves: KVM takes 0 to " + MAX_ENTRIES);
        }
        return new CpuidTable(entries);
    }

    ByteBuffer buffer() {
        return buffer;
    }

    /** The leaves as KVM has them, {@link #ENTRY_SIZE} bytes each: a view of this table's own bytes. */
    public ByteBuffer entries() {
        return buffer.slice(KvmCpuid2.ENTRIES, size() * ENTRY_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** How many leaves there are. */
    public int size() {
        return buffer.getInt(KvmCpuid2.NENT);
    }

    private static int at(int entry) {
        return KvmCpuid2.ENTRIES + entry * KvmCpuidEntry2.SIZE;
    }

    /** The leaf's number, such as 0x80000001. */
    public int function(int entry) {
        return buffer.getInt(at(entry) + KvmCpuidEntry2.FUNCTION);
    }

    /** The sub-leaf's number, 0 where the leaf has none. */
    public int index(int entry) {
        return buffer.getInt(at(entry) + KvmCpuidEntry2.INDEX);
    }

    /** One register of an entry. */
    public int value(int entry, Register register) {
        return buffer.getInt(at(entry) + register.offset);
    }

    /** Changes one register of an entry. */
    public void setValue(int entry, Register register, int value) {
        buffer.putInt(at(entry) + register.offset, value);
    }

    /** The entry of a leaf and sub-leaf, or -1. */
    public int find(int function, int index) {
        int size = size();
        for (int i = 0; i < size; i++) {
            if (function(i) == function && index(i) == index) {
                return i;
            }
        }
        return -1;
    }
}
