package dev.jvmm.usernet.tcp;

/** Sequence numbers: 32 bits that wrap, so one is before another when less than half the circle lies between (RFC 9293, 3.4). */
final class Seq {
    private Seq() {}

    static boolean before(int a, int b) {
        return a - b < 0;
    }

    static boolean after(int a, int b) {
        return a - b > 0;
    }

    static int later(int a, int b) {
        return a - b >= 0 ? a : b;
    }
}
