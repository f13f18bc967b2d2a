package dev.jvmm.virtio.pmem;

import dev.jvmm.linux.DiskStatus;
import dev.jvmm.linux.Errno;
import dev.jvmm.linux.FileCalls;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.FileLock;
import dev.jvmm.linux.FileWatch;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.virtio.pmem.PmemConfig.Sharing;
import java.util.Optional;

/**
 * A file that is a guest's persistent memory, open and locked. Any thread.
 *
 * <p>Once something of it is missing, the file has {@linkplain #failed failed} for good: flushes are errors from then on, so that a guest
 * does not take for safe what it writes. What was flushed before is safe.
 */
public final class PmemFile implements AutoCloseable {
    /** Guests map persistent memory in pieces of this size, in bytes. */
    public static final long UNIT = 2L << 20;

    private final PmemConfig config;
    private final FileDescriptor file;

    /** Of a block device that the guest writes: keeps the host's file systems off. Else {@link #file}. */
    private final FileDescriptor claim;

    private final DiskStatus.Kind kind;
    private final long tail;
    private final long content;
    private final Optional<DiskRoom> room;
    private volatile boolean failed;

    private PmemFile(PmemConfig config, FileDescriptor file, FileDescriptor claim, DiskStatus status, long tail,
            Optional<DiskRoom> room) {
        this.config = config;
        this.file = file;
        this.claim = claim;
        this.kind = status.kind();
        this.tail = tail;
        content = status.size() - tail;
        this.room = room;
    }

    /**
     * Opens and locks what a configuration names.
     *
     * @param tail bytes at the end of the file that are not for the window
     * @throws PmemException when that can not be, saying why and what to do
     */
    public static PmemFile open(PmemConfig config, long tail) {
        boolean writable = config.sharing() == Sharing.SHARED;
        FileDescriptor file = openFile(config, writable);
        try {
            DiskStatus status = DiskStatus.of(file);
            check(config, status, tail);
            if (!FileLock.tryLock(file, writable)) {
                throw problem(config, writable
                        ? "is in use by another machine or program: stop it, give this one a copy, or leave the file alone (private or ro)"
                        : "is in use by somebody who writes to it: stop that machine or program, or give this one a copy");
            }
            boolean claimed = writable && status.kind() == DiskStatus.Kind.BLOCK_DEVICE;
            Optional<DiskRoom> room = writable && !claimed ? Optional.of(new DiskRoom(file, status.size()))
                    : Optional.empty();
            if (room.isPresent() && room.get().keep() == DiskRoom.Found.FULL) {
                throw problem(config, "has holes, and its disk no room to fill them: make room, "
                        + "or have what is written kept elsewhere (private or ro)");
            }
            return new PmemFile(config, file, claimed ? claim(config, file) : file, status, tail, room);
        } catch (SystemCallException | PmemException e) {
            file.close();
            throw e instanceof PmemException ? e : problem(config, "can not be used: " + e.getMessage());
        }
    }

    private static FileDescriptor openFile(PmemConfig config, boolean writable) {
        try {
            // O_NONBLOCK: a pipe must not hold us up
            return FileDescriptor.open(config.path(),
                    (writable ? FileDescriptor.O_RDWR : FileDescriptor.O_RDONLY) | FileDescriptor.O_NONBLOCK);
        } catch (SystemCallException e) {
            throw problem(config, switch (e.errno()) {
                case Errno.ENOENT -> "is not there";
                case Errno.EACCES, Errno.EPERM -> writable
                        ? "may not be written by this user; one that is left alone needs the option private or ro"
                        : "may not be read by this user";
                case Errno.EROFS -> "is on a read-only file system: give the option private or ro";
                default -> "can not be opened: " + e.getMessage();
            });
        }
    }

    private static FileDescriptor claim(PmemConfig config, FileDescriptor file) {
        try {
            return FileDescriptor.open("/proc/self/fd/" + file.number(), FileDescriptor.O_RDWR | LocalFile.O_EXCL);
        } catch (SystemCallException e) {
            throw e.errno() == Errno.EBUSY
                    ? problem(config, "is in use by this host, mounted or part of another device: unmount it first")
                    : e;
        }
    }

    private static void check(PmemConfig config, DiskStatus status, long tail) {
        if (status.kind() == DiskStatus.Kind.OTHER) {
            throw problem(config, "is neither a file nor a block device");
        }
        long size = status.size() - tail;
        if (size <= 0) {
            throw problem(config,
                    "holds " + status.size() + " bytes" + (tail > 0 ? ", of which labels take " + tail : "")
                            + ": there is nothing in it for a guest");
        }
        if (config.sharing() == Sharing.SHARED && size % UNIT != 0) {
            throw problem(config, "holds " + status.size() + " bytes"
                    + (tail > 0 ? ", of which labels take " + tail : "")
                    + ": guests take multiples of 2 MiB; 'truncate --size=%2M' makes it longer, or give the option private or ro");
        }
    }

    private static PmemException problem(PmemConfig config, String what) {
        return new PmemException("persistent memory \"" + config.path() + "\" " + what);
    }

    /** What it was made from. */
    public PmemConfig config() {
        return config;
    }

    /** Bytes that the guest sees of the file: all but the tail. */
    public long content() {
        return content;
    }

    /** Bytes of memory for it: a multiple of {@link #UNIT}, zeroes behind the {@link #content}. */
    public long size() {
        return (content + UNIT - 1) & -UNIT;
    }

    /** The descriptor's number, valid until this is closed. */
    public int number() {
        return file.number();
    }

    /** Bytes of the {@link #content} that are there now. */
    long contentNow() {
        try {
            return Math.min(content, DiskStatus.sizeOf(file, kind));
        } catch (SystemCallException e) {
            return content; // the host does not say; an access will show
        }
    }

    /** As {@link DiskRoom#keep}, if the guest can write; a host that does not say is taken to have room. */
    DiskRoom.Found keepRoom() {
        try {
            return room.isEmpty() ? DiskRoom.Found.WHOLE : room.get().keep();
        } catch (SystemCallException e) {
            return DiskRoom.Found.WHOLE;
        }
    }

    /** What becomes readable when somebody changes the file; empty where nobody can, or the host does not watch. */
    public Optional<FileWatch> watch() {
        if (kind != DiskStatus.Kind.REGULAR) {
            return Optional.empty();
        }
        try {
            return Optional.of(FileWatch.of(file));
        } catch (SystemCallException e) {
            System.getLogger("dev.jvmm.virtio.pmem").log(System.Logger.Level.WARNING, "persistent memory \""
                    + config.path() + "\" is not watched (" + e.getMessage()
                    + "): a guest that uses what somebody cuts off may hang; see fs.inotify.max_user_instances");
            return Optional.empty();
        }
    }

    boolean isShared() {
        return config.sharing() == Sharing.SHARED;
    }

    boolean isReadOnly() {
        return config.sharing() == Sharing.READ_ONLY;
    }

    /**
     * Has all that was written until now reach the disk. May block for as long as the disk likes.
     *
     * @param calls the calling thread's
     * @return 0, also where the guest's writes are not for the disk, or the negated errno
     */
    public int flush(FileCalls calls) {
        if (failed) {
            return -Errno.EIO;
        }
        if (!isShared()) {
            return 0;
        }
        long now = contentNow();
        if (now < content) {
            fail("was cut short: it ends at " + now + " bytes");
            return -Errno.EIO;
        }
        long done;
        do {
            done = calls.fdatasync(file.number());
        } while (done == -Errno.EINTR);
        if (done < 0) {
            // Linux tells of a lost page once, and then of success.
            fail("can not be written to its disk: " + Errno.describe((int) -done));
        }
        return failed ? -Errno.EIO : 0;
    }

    /** Whether flushes fail, for good. */
    public boolean failed() {
        return failed;
    }

    /** Something of the file is missing. The log hears of the first time. */
    void fail(String why) {
        boolean first = !failed;
        failed = true;
        if (first) {
            System.getLogger("dev.jvmm.virtio.pmem").log(System.Logger.Level.ERROR,
                    "persistent memory \"" + config.path()
                            + "\" " + why
                            + "; nothing that its guest writes from now on is kept, and every flush fails");
        }
    }

    /** Nobody may be in {@link #flush}. */
    @Override
    public void close() {
        if (claim != file) {
            claim.close();
        }
        file.close();
    }
}
