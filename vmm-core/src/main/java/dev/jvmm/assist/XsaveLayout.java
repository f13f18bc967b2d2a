package dev.jvmm.assist;

/**
 * Where each state component lies in an XSAVE area, as CPUID leaf 0xD tells.
 *
 * <pre>
 *   0  legacy region: x87 (component 0) at 0 to 23 and 32 to 159, MXCSR at 24 to 31, XMM (component 1) at 160 to 415
 * 512  header: XSTATE_BV, XCOMP_BV, 48 bytes
 * 576  the other components, at fixed places or, compacted, one behind the other
 * </pre>
 *
 * @spec https://www.intel.com/content/www/us/en/developer/articles/technical/intel-sdm.html SDM 1, 13.2 and 13.4
 */
final class XsaveLayout {
    static final int X87 = 0;
    static final int SSE = 1;
    static final int AVX = 2;
    static final long X87_BIT = 1 << X87;
    static final long SSE_BIT = 1 << SSE;
    static final long AVX_BIT = 1 << AVX;

    static final int MXCSR = 24;
    static final int MXCSR_MASK = 28;
    static final int ST = 32;
    static final int ST_SIZE = 128;
    static final int XMM = 160;
    static final int XMM_SIZE = 256;
    static final int XSTATE_BV = 512;
    static final int XCOMP_BV = 520;
    static final int HEADER_SIZE = 64;
    static final int EXTENDED = 576;
    static final long COMPACTED = 1L << 63;

    /** Bits of CPUID.(0xD,1):EAX. */
    static final int HAS_XSAVEOPT = 1;

    static final int HAS_XSAVEC = 1 << 1;
    static final int HAS_XGETBV1 = 1 << 2;
    static final int HAS_XSAVES = 1 << 3;

    private static final int LEAF = 0xD;
    private static final int COMPONENTS = 63;
    /** The longest area believed: AMX's is 11 KiB. */
    private static final int MAX_SIZE = 16384;

    private final int[] offsets = new int[COMPONENTS];
    private final int[] sizes = new int[COMPONENTS];
    private final long userMask;
    private final long supervisorMask;
    private final int features;
    private long alignedMask;

    XsaveLayout(CpuState cpu) {
        features = cpu.cpuid(LEAF, 1, CpuState.EAX);
        long user = pair(cpu.cpuid(LEAF, 0, CpuState.EAX), cpu.cpuid(LEAF, 0, CpuState.EDX));
        supervisorMask = pair(cpu.cpuid(LEAF, 1, CpuState.ECX), cpu.cpuid(LEAF, 1, CpuState.EDX));
        for (int i = AVX; i < COMPONENTS; i++) {
            if ((user >>> i & 1) == 0) {
                continue;
            }
            sizes[i] = cpu.cpuid(LEAF, i, CpuState.EAX);
            offsets[i] = cpu.cpuid(LEAF, i, CpuState.EBX);
            if (sizes[i] <= 0 || offsets[i] < EXTENDED || offsets[i] > MAX_SIZE - sizes[i]) {
                user &= ~(1L << i);
            }
            if ((cpu.cpuid(LEAF, i, CpuState.ECX) & 2) != 0) {
                alignedMask |= 1L << i;
            }
        }
        userMask = user;
    }

    private static long pair(int low, int high) {
        return (long) high << 32 | low & 0xFFFF_FFFFL;
    }

    /** The components that XCR0 may enable. */
    long userMask() {
        return userMask;
    }

    /** The components that IA32_XSS may enable. */
    long supervisorMask() {
        return supervisorMask;
    }

    boolean has(int feature) {
        return (features & feature) != 0;
    }

    /** Bytes of a component from 2 on. */
    int size(int component) {
        return sizes[component];
    }

    /** Where the standard format has a component from 2 on. */
    int standardOffset(int component) {
        return offsets[component];
    }

    /** Where the compacted format with these components has this one: SDM 1, 13.4.3. */
    int compactedOffset(long components, int component) {
        int at = EXTENDED;
        for (int i = AVX; i <= component; i++) {
            if ((components >>> i & 1) == 0) {
                continue;
            }
            if ((alignedMask >>> i & 1) != 0) {
                at = at + 63 & -64;
            }
            if (i == component) {
                return at;
            }
            at += sizes[i];
        }
        return at;
    }
}
