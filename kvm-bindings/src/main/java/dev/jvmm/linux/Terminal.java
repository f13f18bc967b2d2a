package dev.jvmm.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * A terminal behind a descriptor: raw mode and back, and its size. Does not own the descriptor. Safe for use by several
 * threads; {@link #restore} is made for shutdown hooks.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/ioctl_tty.2.html">ioctl_tty(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man3/termios.3.html">termios(3)</a>
 */
public final class Terminal implements AutoCloseable {
    static final int TCGETS = 0x5401;
    static final int TCSETS = 0x5402;
    static final int TIOCGPGRP = 0x540F;
    static final int TIOCGWINSZ = 0x5413;

    /** The kernel's {@code struct termios}, which is not libc's. */
    static final int TERMIOS_SIZE = 36;

    static final int C_IFLAG = 0;
    static final int C_OFLAG = 4;
    static final int C_CFLAG = 8;
    static final int C_LFLAG = 12;
    static final int C_CC = 17;
    static final int VTIME = 5;
    static final int VMIN = 6;

    static final int IGNBRK = 0x001;
    static final int BRKINT = 0x002;
    static final int PARMRK = 0x008;
    static final int ISTRIP = 0x020;
    static final int INLCR = 0x040;
    static final int IGNCR = 0x080;
    static final int ICRNL = 0x100;
    static final int IXON = 0x400;
    static final int OPOST = 0x01;
    static final int CSIZE = 0x30;
    static final int CS8 = 0x30;
    static final int PARENB = 0x100;
    static final int ISIG = 0x01;
    static final int ICANON = 0x02;
    static final int ECHO = 0x08;
    static final int ECHONL = 0x40;
    static final int IEXTEN = 0x8000;

    /** {@code struct winsize}: rows, columns, and two fields in pixels. */
    static final int WINSIZE_SIZE = 8;

    static final int WS_ROW = 0;
    static final int WS_COL = 2;

    /** In characters; 0 where the terminal does not know. */
    public record Size(int rows, int columns) {}

    private final FileDescriptor descriptor;
    private final Syscalls syscalls = new Syscalls();
    private final ByteBuffer saved = NativeBuffers.allocate(TERMIOS_SIZE);
    private boolean raw;

    /** For a descriptor that {@link #isTerminal} says yes to. */
    public Terminal(FileDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** Whether the descriptor is a terminal, as isatty(3) finds out. */
    public static boolean isTerminal(FileDescriptor descriptor) {
        ByteBuffer termios = NativeBuffers.allocate(TERMIOS_SIZE);
        return get(descriptor, TCGETS, termios) >= 0;
    }

    private static long get(FileDescriptor descriptor, int request, ByteBuffer struct) {
        long result = descriptor.ioctl(request, NativeBuffers.address(struct));
        Reference.reachabilityFence(struct);
        return result;
    }

    /**
     * Hands every byte through untouched in both directions, as cfmakeraw(3) does: no echo, no line editing, no signals
     * from keys, no newline translation.
     *
     * @return false, and nothing is changed, when this process is in the background: the terminal is another job's then
     * @throws SystemCallException when it is no terminal, or it is gone
     */
    public synchronized boolean raw() {
        if (raw) {
            return true;
        }
        if (!foreground()) {
            return false;
        }
        descriptor.ioctl("ioctl(TCGETS)", TCGETS, saved);
        ByteBuffer mode = NativeBuffers.allocate(TERMIOS_SIZE).put(0, saved, 0, TERMIOS_SIZE);
        int input = IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON;
        clear(mode, C_IFLAG, input);
        clear(mode, C_OFLAG, OPOST);
        clear(mode, C_LFLAG, ECHO | ECHONL | ICANON | ISIG | IEXTEN);
        clear(mode, C_CFLAG, CSIZE | PARENB);
        mode.putInt(C_CFLAG, mode.getInt(C_CFLAG) | CS8);
        mode.put(C_CC + VMIN, (byte) 1).put(C_CC + VTIME, (byte) 0);
        SystemCallException.check("ioctl(TCSETS)", set(mode));
        raw = true;
        return true;
    }

    private static void clear(ByteBuffer mode, int field, int bits) {
        mode.putInt(field, mode.getInt(field) & ~bits);
    }

    /**
     * Puts the mode back that {@link #raw} found; without a raw mode, or with the terminal gone or in another job's hands,
     * nothing happens.
     */
    public synchronized void restore() {
        if (raw && foreground()) {
            set(saved);
            raw = false;
        }
    }

    /** With SIGTTOU blocked: losing the foreground just now must not stop the process. */
    private long set(ByteBuffer mode) {
        Signals signals = new Signals();
        long before = signals.block(Signals.SIGTTOU);
        try {
            return get(descriptor, TCSETS, mode);
        } finally {
            if ((before & Signals.bit(Signals.SIGTTOU)) == 0) {
                signals.unblock(Signals.SIGTTOU);
            }
        }
    }

    /** A terminal that is not the controlling one knows no jobs, so anyone may set its mode. */
    private boolean foreground() {
        ByteBuffer group = NativeBuffers.allocate(Integer.BYTES);
        return get(descriptor, TIOCGPGRP, group) < 0
                || group.getInt(0) == syscalls.call(SyscallNumber.GETPGRP, 0, 0, 0);
    }

    /** The window's size now. */
    public Size size() {
        ByteBuffer window = NativeBuffers.allocate(WINSIZE_SIZE);
        descriptor.ioctl("ioctl(TIOCGWINSZ)", TIOCGWINSZ, window);
        return new Size(window.getShort(WS_ROW) & 0xFFFF, window.getShort(WS_COL) & 0xFFFF);
    }

    /** As {@link #restore}. */
    @Override
    public void close() {
        restore();
    }
}
