package dev.jvmm.kvm;

import dev.jvmm.kvm.abi.KvmFlags;
import dev.jvmm.kvm.abi.KvmVcpuEvents;
import dev.jvmm.linux.NativeBuffers;
import java.nio.ByteBuffer;

/** A copy of a vCPU's pending and injected events ({@link VcpuState#EVENTS}). Not thread-safe. */
public final class VcpuEvents {
    private final ByteBuffer buffer = NativeBuffers.allocate(KvmVcpuEvents.SIZE);

    /** Nothing pending until loaded. */
    public VcpuEvents() {}

    /** The struct {@code kvm_vcpu_events}. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** Queues an exception for delivery at the next entry. */
    public void injectException(int vector, boolean hasErrorCode, int errorCode) {
        buffer.put(KvmVcpuEvents.EXCEPTION_INJECTED, (byte) 1);
        buffer.put(KvmVcpuEvents.EXCEPTION_PENDING, (byte) 0);
        buffer.put(KvmVcpuEvents.EXCEPTION_NR, (byte) vector);
        buffer.put(KvmVcpuEvents.EXCEPTION_HAS_ERROR_CODE, (byte) (hasErrorCode ? 1 : 0));
        buffer.putInt(KvmVcpuEvents.EXCEPTION_ERROR_CODE, errorCode);
    }

    /** Whether interrupts are held off for one instruction after STI or MOV SS. */
    public boolean interruptShadow() {
        return buffer.get(KvmVcpuEvents.INTERRUPT_SHADOW) != 0;
    }

    /** Ends the shadow. */
    public void clearInterruptShadow() {
        buffer.put(KvmVcpuEvents.INTERRUPT_SHADOW, (byte) 0);
        int flags = buffer.getInt(KvmVcpuEvents.FLAGS);
        buffer.putInt(KvmVcpuEvents.FLAGS, flags | KvmFlags.VCPUEVENT_VALID_SHADOW);
    }
}
