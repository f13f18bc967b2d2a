package dev.jvmm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A memory mapping of its exact size, unmapped when closed. Any thread may use it; access after close throws
 * {@link IllegalStateException}, never a segmentation fault.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/mmap.2.html">mmap(2)</a>
 */
public final class Mapping implements AutoCloseable {
    public static final int PROT_READ = 1;
    public static final int PROT_WRITE = 2;
    public static final int PROT_EXEC = 4;
    public static final int MAP_SHARED = 0x01;
    public static final int MAP_PRIVATE = 0x02;
    public static final int MAP_FIXED = 0x10;
    public static final int MAP_ANONYMOUS = 0x20;
    public static final int MAP_NORESERVE = 0x4000;
    public static final int MAP_POPULATE = 0x8000;
    public static final int MAP_HUGETLB = 0x40000;
    public static final int MADV_DONTNEED = 4;
    public static final int MADV_REMOVE = 9;
    public static final int MADV_MERGEABLE = 12;
    public static final int MADV_HUGEPAGE = 14;
    public static final int MADV_DONTDUMP = 16;
    public static final int MADV_POPULATE_READ = 22;
    public static final int MADV_POPULATE_WRITE = 23;

    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_HUGETLB = 4;

    private final Arena arena;
    private final MemorySegment segment;

    private Mapping(Arena arena, MemorySegment segment) {
        this.arena = arena;
        this.segment = segment;
    }

    /**
     * Maps {@code size} bytes.
     *
     * @param size in bytes, above 0
     * @param protection {@code PROT_*} bits
     * @param flags {@code MAP_*} bits
     * @param fd the file, or -1 with {@link #MAP_ANONYMOUS}
     * @param offset into the file, a multiple of the page size
     */
    @SuppressWarnings("restricted")
    public static Mapping map(long size, int protection, int flags, int fd, long offset) {
        Syscalls syscalls = new Syscalls();
        long address = SystemCallException.check(
                "mmap of " + size + " bytes",
                syscalls.call(SyscallNumber.MMAP, 0, size, protection, flags, fd, offset));
        Arena arena = Arena.ofShared();
        MemorySegment raw = MemorySegment.ofAddress(address);
        return new Mapping(arena, raw.reinterpret(size, arena, new Unmap(syscalls, address, size)));
    }

    /** Private anonymous memory, zeroed, readable and writable. */
    public static Mapping anonymous(long size, int extraFlags) {
        return map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | extraFlags, -1, 0);
    }

    /** A new memfd of that size; hugepages of the system's default size when asked. */
    public static FileDescriptor memfd(String name, long size, boolean hugepages) {
        ByteBuffer cName = FileDescriptor.cString(name);
        Syscalls syscalls = new Syscalls();
        long flags = MFD_CLOEXEC | (hugepages ? MFD_HUGETLB : 0);
        long fd = syscalls.call(SyscallNumber.MEMFD_CREATE, NativeBuffers.address(cName), flags, 0);
        Reference.reachabilityFence(cName);
        FileDescriptor file = new FileDescriptor((int) SystemCallException.check("memfd_create", fd));
        long sized = syscalls.call(SyscallNumber.FTRUNCATE, file.number(), size, 0);
        if (sized < 0) {
            file.close();
            throw new SystemCallException("ftruncate to " + size + " bytes", (int) -sized);
        }
        return file;
    }

    /** The mapped bytes, bounded by the mapping's size and life. */
    public MemorySegment segment() {
        return segment;
    }

    /** Where the mapping begins in this process. */
    public long address() {
        return segment.address();
    }

    /** The size in bytes. */
    public long size() {
        return segment.byteSize();
    }

    /** A little-endian view of at most 2 GiB - 1 of the mapping. */
    public ByteBuffer view(long offset, int length) {
        return segment.asSlice(offset, length).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** madvise(2) on the whole mapping; returns 0 or the negated errno, since advice may be refused. */
    public long advise(int advice) {
        return advise(advice, 0, size());
    }

    /**
     * As {@link #advise(int)}, on a part.
     *
     * @param offset a multiple of the page size
     * @throws IndexOutOfBoundsException when the part is not inside
     */
    public long advise(int advice, long offset, long length) {
        long from = segment.asSlice(offset, length).address();
        return new Syscalls().call(SyscallNumber.MADVISE, from, length, advice);
    }

    /**
     * Puts something else behind a part of this mapping, at once for whoever uses it: there is no moment without memory there.
     *
     * @param offset where in this mapping, a multiple of the page size
     * @param length in bytes, above 0; the last page is replaced whole
     * @param protection readable and writable, or this process crashes where it uses what it may not
     * @param flags {@code MAP_*} bits; {@link #MAP_FIXED} is added
     * @param fd the file, or -1 with {@link #MAP_ANONYMOUS}
     * @param fileOffset a multiple of the page size
     * @return 0 or the negated errno; then all is as before
     * @throws IndexOutOfBoundsException when the part is not inside
     */
    public long replace(long offset, long length, int protection, int flags, int fd, long fileOffset) {
        long at = segment.asSlice(offset, length).address();
        long got = new Syscalls().call(SyscallNumber.MMAP, at, length, protection, flags | MAP_FIXED, fd, fileOffset);
        return Math.min(got, 0);
    }

    @Override
    public void close() {
        arena.close();
    }

    /** A class and not a lambda: mappings are made on the start-up path. */
    private record Unmap(Syscalls syscalls, long address,
            long size) implements java.util.function.Consumer<MemorySegment> {
        @Override
        public void accept(MemorySegment segment) {
            syscalls.call(SyscallNumber.MUNMAP, address, size, 0);
        }
    }
}
