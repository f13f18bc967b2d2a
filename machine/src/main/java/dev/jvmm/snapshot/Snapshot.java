package dev.jvmm.snapshot;

import dev.jvmm.linux.FileStatus;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.snapshot.SnapshotException.Reason;
import dev.jvmm.state.StateRecord;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A snapshot that has been found right, and its memory file, open until this is closed. Nothing of it is read from its folder later, so
 * the folder may vanish.
 *
 * <p>The state is checked in full; so is the memory, unless its stamp shows that nobody has touched it since it was checked last.
 */
public final class Snapshot implements AutoCloseable {
    static final String STATE = "state";
    static final String MEMORY = "memory";

    private static final int PLAIN = LocalFile.O_NOFOLLOW | LocalFile.O_NONBLOCK;

    private final Manifest manifest;
    private final LocalFile memory;
    private final long lastUsed;
    private boolean taken;

    private Snapshot(Manifest manifest, LocalFile memory, long lastUsed) {
        this.manifest = manifest;
        this.memory = memory;
        this.lastUsed = lastUsed;
    }

    /**
     * Opens the snapshot in a folder.
     *
     * @param here facts that must be its too; it may have others
     * @throws SnapshotException when it is refused
     */
    public static Snapshot open(Path folder, Identity here) {
        try {
            Optional<LocalFile> found = LocalFile.find(folder.toString(), LocalFile.O_DIRECTORY);
            if (found.isEmpty()) {
                throw new SnapshotException(Reason.MISSING, "there is no snapshot " + folder);
            }
            try (LocalFile opened = found.get()) {
                return open(opened, folder.toString(), here);
            }
        } catch (SystemCallException e) {
            throw SnapshotException.storage(folder, e);
        }
    }

    /** As {@link #open(Path, Identity)}; leaves the folder open. */
    static Snapshot open(LocalFile folder, String path, Identity here) {
        try {
            ByteBuffer state = readState(folder, path);
            Manifest manifest = StateFile.decode(path, state);
            Optional<String> difference = manifest.identity().difference(here);
            if (difference.isPresent()) {
                throw new SnapshotException(Reason.IDENTITY,
                        "the snapshot " + path + " does not fit: " + difference.get());
            }
            LocalFile memory = find(folder, path, MEMORY);
            try {
                long lastUsed = checkMemory(folder, path, memory, manifest, StateFile.sumOf(state));
                return new Snapshot(manifest, memory, lastUsed);
            } catch (RuntimeException e) {
                memory.close();
                throw e;
            }
        } catch (SystemCallException e) {
            throw SnapshotException.storage("the snapshot " + path, e);
        }
    }

    /** What a snapshot's state file says, which is checked; the memory is not looked at. */
    static Manifest readManifest(LocalFile folder, String path) {
        try {
            return StateFile.decode(path, readState(folder, path));
        } catch (SystemCallException e) {
            throw SnapshotException.storage("the snapshot " + path, e);
        }
    }

    private static ByteBuffer readState(LocalFile folder, String path) {
        try (LocalFile file = find(folder, path, STATE)) {
            FileStatus status = regular(file, path, STATE);
            if (status.size() > StateFile.MOST_BYTES) {
                throw StateFile.changed(path, "state: it is longer than it was");
            }
            ByteBuffer state = NativeBuffers.allocate((int) status.size());
            file.readFully(state, 0);
            return state.flip();
        }
    }

    /** Returns when the stamp was made or renewed, or marked as used, in milliseconds since 1970. */
    private static long checkMemory(LocalFile folder, String path, LocalFile memory, Manifest manifest, int stateSum) {
        FileStatus status = regular(memory, path, MEMORY);
        if (status.size() < manifest.memory().size()) {
            throw new SnapshotException(Reason.CUT_SHORT, "the snapshot " + path + " is cut short in its memory: "
                    + status.size() + " of " + manifest.memory().size() + " bytes");
        }
        if (status.size() > manifest.memory().size()) {
            throw StateFile.changed(path, "memory: it is longer than it was");
        }
        Optional<LocalFile> found = stamp(folder);
        if (found.isPresent()) {
            try (LocalFile stamp = found.get()) {
                FileStatus stampStatus = stamp.status();
                if (stampStatus.isRegular() && Stamp.fits(stamp, stateSum, status)) {
                    return stampStatus.modified() / 1_000_000;
                }
            }
        }
        new MemoryCheck(path, memory, manifest.memory()).run();
        FileStatus after = memory.status();
        if (after.modified() != status.modified() || after.changed() != status.changed()) {
            throw StateFile.changed(path, "memory while it was read");
        }
        StampRenewal.renew(folder, path, stateSum, after);
        return System.currentTimeMillis();
    }

    /** When it was last marked as used, in milliseconds since 1970; 0 when that is not known. */
    static long lastUsed(LocalFile folder) {
        Optional<LocalFile> found = stamp(folder);
        if (found.isEmpty()) {
            return 0;
        }
        try (LocalFile stamp = found.get()) {
            return stamp.status().modified() / 1_000_000;
        }
    }

    /** A stamp that can not be opened is as good as none. */
    private static Optional<LocalFile> stamp(LocalFile folder) {
        try {
            return folder.findIn(Stamp.NAME, PLAIN);
        } catch (SystemCallException e) {
            return Optional.empty();
        }
    }

    private static LocalFile find(LocalFile folder, String path, String name) {
        Optional<LocalFile> file = folder.findIn(name, PLAIN);
        if (file.isEmpty()) {
            throw new SnapshotException(Reason.CUT_SHORT,
                    "the snapshot " + path + " is cut short: it has no file " + name);
        }
        return file.get();
    }

    private static FileStatus regular(LocalFile file, String path, String name) {
        FileStatus status = file.status();
        if (!status.isRegular()) {
            throw StateFile.changed(path, name + ": it is no ordinary file");
        }
        return status;
    }

    /** What it was made by, on and of. */
    public Identity identity() {
        return manifest.identity();
    }

    /** What its maker told about it. */
    public List<Fact> description() {
        return manifest.description();
    }

    /** When it was made, in milliseconds since 1970. */
    public long created() {
        return manifest.created();
    }

    /** The machine's parts. */
    public List<StateRecord> records() {
        return manifest.records();
    }

    /** The memory's size in bytes. */
    public long memorySize() {
        return manifest.memory().size();
    }

    /**
     * The memory, region behind region, open for reading. It is closed with this snapshot.
     */
    public LocalFile memory() {
        return memory;
    }

    /** As {@link #memory()}, for an owner that closes it: {@link dev.jvmm.memory.GuestMemory#ofFile}. */
    public LocalFile takeMemory() {
        taken = true;
        return memory;
    }

    /** When it was last marked as used, in milliseconds since 1970. */
    long lastUsed() {
        return lastUsed;
    }

    /** Closes the memory file unless it was taken. */
    @Override
    public void close() {
        if (!taken) {
            memory.close();
        }
    }
}
