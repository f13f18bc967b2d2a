package dev.jvmm.kvm;

import dev.jvmm.kvm.abi.Ioctl;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.SystemCallException;
import java.nio.ByteBuffer;

/** A KVM file descriptor: ioctls by their row in the table, failures by their name. */
abstract sealed class KvmFd extends FileDescriptor permits KvmSystem, KvmVm, KvmVcpu {
    KvmFd(int number) {
        super(number);
    }

    final long call(Ioctl ioctl, long argument) {
        return SystemCallException.check(ioctl.name(), ioctl(ioctl.request(), argument));
    }

    final long call(Ioctl ioctl, ByteBuffer struct) {
        return ioctl(ioctl.name(), ioctl.request(), struct);
    }
}
