package dev.jvmm.linux;

/** ioctls that only the tests need, to have a pseudo-terminal. {@code asm-generic/ioctls.h} */
final class TtyRequests {
    static final int TIOCSWINSZ = 0x5414;
    static final int TIOCGPTN = 0x8004_5430;
    static final int TIOCSPTLCK = 0x4004_5431;

    private TtyRequests() {}
}
