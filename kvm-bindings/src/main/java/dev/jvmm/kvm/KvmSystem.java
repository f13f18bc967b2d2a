package dev.jvmm.kvm;

import dev.jvmm.kvm.abi.KvmIoctl;
import dev.jvmm.kvm.abi.KvmMsrList;
import dev.jvmm.linux.Errno;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.SystemCallException;
import java.nio.ByteBuffer;

/** {@code /dev/kvm}: what this host offers, and new virtual machines. */
public final class KvmSystem extends KvmFd {
    /** The API version every KVM since Linux 2.6.22 has. */
    public static final int API_VERSION = 12;

    private static final String DEVICE = "/dev/kvm";
    private static final int MAX_MSRS = 1024;

    private KvmSystem(int fd) {
        super(fd);
    }

    /**
     * Opens {@code /dev/kvm}.
     *
     * @throws KvmUnavailableException when it is not there, not ours to use or speaks another version; says what to do
     */
    public static KvmSystem open() {
        KvmSystem system;
        try {
            system = new KvmSystem(openNumber(DEVICE, FileDescriptor.O_RDWR));
        } catch (SystemCallException e) {
            throw new KvmUnavailableException(e.getMessage() + advice(e.errno()), e);
        }
        long version = system.ioctl(KvmIoctl.GET_API_VERSION.request(), 0);
        if (version != API_VERSION) {
            system.close();
            throw new KvmUnavailableException(
                    DEVICE + " answers API version " + version + ", not " + API_VERSION + ": is it KVM?", null);
        }
        return system;
    }

    private static String advice(int errno) {
        return switch (errno) {
            case Errno.ENOENT, Errno.ENXIO, Errno.ENODEV ->
                ". Load the kvm_intel or kvm_amd module, enable virtualization"
                        + " in the firmware, or use a host (or an outer VM) that offers KVM";
            case Errno.EACCES, Errno.EPERM ->
                ". Join the group that owns it: sudo usermod -aG kvm $USER, then log in again";
            case Errno.EMFILE -> ". Raise the limit on open files: ulimit -n";
            default -> "";
        };
    }

    /** KVM_CHECK_EXTENSION: 0 when missing, else 1 or a number whose meaning the capability defines. */
    public int check(KvmCapability capability) {
        return (int) call(KvmIoctl.CHECK_EXTENSION, capability.number());
    }

    /** Creates a machine without memory, processors or devices. */
    public KvmVm createVm() {
        return new KvmVm((int) call(KvmIoctl.CREATE_VM, 0), (int) call(KvmIoctl.GET_VCPU_MMAP_SIZE, 0));
    }

    /** The CPUID leaves that this host can give to guests. */
    public CpuidTable supportedCpuid() {
        CpuidTable table = CpuidTable.withRoom();
        call(KvmIoctl.GET_SUPPORTED_CPUID, table.buffer());
        return table;
    }

    /** The MSRs whose values make up a guest's state on this host. */
    public int[] stateMsrs() {
        ByteBuffer list = NativeBuffers.allocate(KvmMsrList.INDICES + MAX_MSRS * Integer.BYTES);
        list.putInt(KvmMsrList.NMSRS, MAX_MSRS);
        call(KvmIoctl.GET_MSR_INDEX_LIST, list);
        int[] indices = new int[list.getInt(KvmMsrList.NMSRS)];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = list.getInt(KvmMsrList.INDICES + i * Integer.BYTES);
        }
        return indices;
    }
}
