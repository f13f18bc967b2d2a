package dev.jvmm.kvm.abi;

/**
 * A KVM ioctl: its name for messages and its request number.
 *
 * @param name as in {@code linux/kvm.h}
 * @param request the encoded number ({@code asm-generic/ioctl.h}): direction, size of the struct, 0xAE, number
 */
public record Ioctl(String name, int request) {
    private static final int KVMIO = 0xAE << 8;
    private static final int WRITE = 1 << 30;
    private static final int READ = 2 << 30;

    static Ioctl io(String name, int number) {
        return new Ioctl(name, KVMIO | number);
    }

    /** The kernel reads a struct of that size. */
    static Ioctl iow(String name, int number, int size) {
        return new Ioctl(name, WRITE | size << 16 | KVMIO | number);
    }

    /** The kernel writes a struct of that size. */
    static Ioctl ior(String name, int number, int size) {
        return new Ioctl(name, READ | size << 16 | KVMIO | number);
    }

    static Ioctl iowr(String name, int number, int size) {
        return new Ioctl(name, READ | WRITE | size << 16 | KVMIO | number);
    }
}
