package dev.jvmm.virtio.pmem;

import dev.jvmm.linux.FileCalls;
import dev.jvmm.linux.Mapping;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryWindow;
import dev.jvmm.memory.MemoryWindow.Verdict;

/**
 * A file in a machine's physical space. Any thread.
 *
 * <p><b>What is missing.</b> A guest uses the file's pages without asking, so what is wrong with the file comes up as a page that the host
 * can not supply: a SIGBUS for a process that touches it. KVM_RUN gives EFAULT for it, a system call that names it does, too, and the JVM
 * throws an InternalError; none of these is the end of anybody but, at the most, of this guest. On hardware KVM_RUN may not come back at
 * all, while the guest tries again and again: so whoever keeps a window {@linkplain PmemFile#watch watches} the file and has it {@linkplain
 * #look looked at}. Three things can be wrong:
 * <ul>
 * <li>the file was cut short: what is behind its end now becomes zeroes;
 * <li>a hole has to be filled and the disk is full: all of the window becomes the guest's own copy of the file;
 * <li>the disk can not read a page: where it is known which one, that page becomes zeroes.
 * </ul>
 * What is put there is memory of this process that nobody keeps, and the file has failed.
 */
public final class PmemWindow implements MemoryWindow.Keeper, AutoCloseable {
    private static final int PAGE = 4096;
    private static final int READ_WRITE = Mapping.PROT_READ | Mapping.PROT_WRITE;
    private static final int ZEROES = Mapping.MAP_PRIVATE | Mapping.MAP_ANONYMOUS | Mapping.MAP_NORESERVE;
    private static final int OWN_COPY = Mapping.MAP_PRIVATE | Mapping.MAP_NORESERVE;

    /** Times that a full disk may turn out to have room again. */
    private static final int MOST_RETRIES = 64;

    /** Of a file that are replaced one by one: the kernel allows 65530 pieces of memory. */
    private static final int MOST_HOLES = 16_384;

    private final PmemFile file;
    private final boolean lasting;
    private final FileCalls calls = new FileCalls();
    private final MemoryWindow window;

    /** Where the file's part of the window ends, in whole pages; the rest is zeroes. */
    private long end;

    /** Whether the guest's writes reach the file. */
    private boolean connected;

    private int retries;

    private boolean closed;

    /**
     * Maps a file into a machine's physical space.
     *
     * @param lasting whether the machine has to end when something is missing, because there is no way to tell its guest
     * @throws PmemException when the machine has no room for it, or the host does not map it
     */
    public PmemWindow(PmemFile file, GuestMemory memory, boolean lasting) {
        this.file = file;
        this.lasting = lasting;
        end = pages(file.content());
        connected = file.isShared();
        synchronized (this) { // an access may fail before place returns
            window = place(memory);
        }
    }

    private MemoryWindow place(GuestMemory memory) {
        try {
            return memory.windows().place(file.size(), file.isReadOnly(), name(), this, new MemoryWindow.Filler() {
                @Override
                public void fill(Mapping mapping) {
                    // What is read-only for the guest is not so for this process, whose own mistakes would be its end.
                    SystemCallException.check("mmap of " + end + " bytes", mapping.replace(0, end, READ_WRITE,
                            connected ? Mapping.MAP_SHARED : OWN_COPY, file.number(), 0));
                }
            });
        } catch (IllegalArgumentException e) {
            throw new PmemException(name() + " has no room in this guest: " + e.getMessage());
        } catch (SystemCallException e) {
            throw new PmemException(name() + " can not be mapped: " + e.getMessage());
        }
    }

    private String name() {
        return "persistent memory \"" + file.config().path() + "\"";
    }

    private static long pages(long bytes) {
        return (bytes + PAGE - 1) & -PAGE;
    }

    /** Where it is for the guest. */
    public MemoryWindow window() {
        return window;
    }

    @Override
    public synchronized Verdict missing(long offset) {
        if (closed) {
            return Verdict.WHOLE;
        }
        return verdict(cutShort() || (offset == MemoryWindow.SOMEWHERE ? fullDisk() : madeUp(offset & -PAGE)));
    }

    private Verdict verdict(boolean mended) {
        return !mended ? Verdict.WHOLE : lasting && file.failed() ? Verdict.LOST : Verdict.MENDED;
    }

    /**
     * The file has changed, see {@link PmemFile#watch}: looks what is missing now, before the guest finds out. It may be there already, and
     * try again and again; so it is too late for nobody.
     */
    public synchronized Verdict look() {
        if (closed) {
            return Verdict.WHOLE;
        }
        boolean mended = cutShort();
        if (connected && !file.failed() && file.keepRoom() == DiskRoom.Found.FULL) {
            mended |= disconnect();
        }
        return verdict(mended);
    }

    private boolean cutShort() {
        long now = file.contentNow();
        long from = pages(now);
        if (from >= end) {
            return false;
        }
        file.fail("was cut short: it ends at " + now + " bytes");
        boolean done = window.mapping().replace(from, end - from, READ_WRITE, ZEROES, -1, 0) == 0;
        end = done ? from : end;
        return done;
    }

    /** Whether this file is one that its disk has no room for, or had none. */
    private boolean fullDisk() {
        if (!connected || file.failed() || retries == MOST_RETRIES) {
            return false;
        }
        retries++;
        return switch (file.keepRoom()) {
            case WHOLE -> false;
            case FILLED -> true;
            case FULL, NOT_KEPT -> disconnect();
        };
    }

    /** Makes it the guest's own copy. */
    private boolean disconnect() {
        file.fail("has holes, and its disk no room to fill them");
        connected = window.mapping().replace(0, end, READ_WRITE, OWN_COPY, file.number(), 0) < 0;
        if (!connected) {
            zeroHoles(); // a tmpfs wants room for a hole even where somebody only looks at it
        }
        return !connected;
    }

    private void zeroHoles() {
        long from = 0;
        for (int holes = 0; holes < MOST_HOLES && from < end; holes++) {
            long hole = pages(calls.nextHole(file.number(), from));
            long data = calls.nextData(file.number(), hole);
            from = data < 0 ? end : data & -PAGE;
            if (hole >= from || window.mapping().replace(hole, from - hole, READ_WRITE, ZEROES, -1, 0) < 0) {
                return;
            }
        }
    }

    /** Has something behind a page, whatever it takes. */
    private boolean madeUp(long page) {
        Mapping mapping = window.mapping();
        if (connected) {
            if (mapping.advise(Mapping.MADV_POPULATE_WRITE, page, PAGE) == 0) {
                return true;
            }
            if (!disconnect()) {
                return false;
            }
        }
        if (mapping.advise(Mapping.MADV_POPULATE_READ, page, PAGE) == 0) {
            return true;
        }
        file.fail("can not be read at " + page);
        return mapping.replace(page, PAGE, READ_WRITE, ZEROES, -1, 0) == 0;
    }

    /** Takes it out of the machine's physical space; the file stays open. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        window.close();
    }
}
