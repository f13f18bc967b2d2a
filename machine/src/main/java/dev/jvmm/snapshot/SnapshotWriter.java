package dev.jvmm.snapshot;

import dev.jvmm.linux.FileStatus;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.snapshot.SnapshotException.Reason;
import dev.jvmm.state.StateRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/**
 * Writes a snapshot beside its place and moves it there when all of it is written, so that it appears whole or not at all. Closing a
 * writer that has not committed removes what it wrote; what a writer that died has left is removed by the next one.
 *
 * <p>Not for several threads at once. Nothing is forced to the disk: after a power cut a snapshot may be refused.
 */
public final class SnapshotWriter implements AutoCloseable {
    private static final int READ_ONLY = 0400;
    private static final int PRIVATE = 0600;
    private static final int ATTEMPTS = 16;

    private final Path target;
    private final Path part;
    private final LocalFile folder;
    private Optional<LocalFile> memory = Optional.empty();
    private Optional<ChunkSums> sums = Optional.empty();
    private boolean done;

    private SnapshotWriter(Path target, Path part, LocalFile folder) {
        this.target = target;
        this.part = part;
        this.folder = folder;
    }

    /**
     * Begins a snapshot.
     *
     * @param target the folder that it is to become; there must be nothing there, but the folder that it is in
     * @throws SnapshotException when the target is there, or its folder is not or can not be written
     */
    public static SnapshotWriter create(Path target) {
        Path parent = Words.parent(target);
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new SnapshotException(Reason.NAME, target + " is there already");
        }
        Path place = parent.resolve(target.getFileName());
        Folders.sweep(place);
        return begin(place);
    }

    private static SnapshotWriter begin(Path target) {
        try {
            for (int i = 0; i < ATTEMPTS; i++) {
                Path part = Folders.part(target);
                Files.createDirectory(part, Folders.PRIVATE);
                Optional<LocalFile> folder = LocalFile.find(part.toString(),
                        LocalFile.O_DIRECTORY | LocalFile.O_NOFOLLOW);
                if (folder.isPresent()) {
                    // Until it is locked, another writer may take it for a leftover.
                    if (folder.get().tryLock() && folder.get().status().links() > 0) {
                        return new SnapshotWriter(target, part, folder.get());
                    }
                    folder.get().close();
                }
            }
        } catch (IOException e) {
            throw Words.storage(target, e);
        } catch (SystemCallException e) {
            throw SnapshotException.storage(target, e);
        }
        throw new SnapshotException(Reason.STORAGE, target + ": the folder for it is removed again and again");
    }

    /**
     * Writes the memory; called once. Behind it the memory may change again.
     *
     * @throws SnapshotException when the host can not write it
     */
    public void memory(MemorySource source) {
        if (memory.isPresent() || done) {
            throw new IllegalStateException("the memory is written already");
        }
        try {
            LocalFile file = folder.createIn(Snapshot.MEMORY, READ_ONLY);
            memory = Optional.of(file);
            MemoryWriter writer = new MemoryWriter(file, source.size());
            source.copyTo(writer);
            sums = Optional.of(writer.finish());
        } catch (SystemCallException e) {
            throw SnapshotException.storage(target, e);
        }
    }

    /**
     * Writes the rest and puts the snapshot in its place.
     *
     * @param identity what must be the same where it is used
     * @param description anything else to be told about it
     * @param records the machine's parts
     * @throws SnapshotException when the host can not write it, or something is in its place by now
     */
    public void commit(Identity identity, List<Fact> description, List<StateRecord> records) {
        if (sums.isEmpty() || done) {
            throw new IllegalStateException("to commit comes once, behind the memory");
        }
        ByteBuffer state = StateFile
                .encode(new Manifest(System.currentTimeMillis(), identity, description, sums.get(), records));
        try {
            write(Snapshot.STATE, READ_ONLY, state);
            settle(memory.get()).ifPresent(
                    status -> write(Stamp.NAME, PRIVATE, Stamp.encode(StateFile.sumOf(state), status)));
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            done = true;
        } catch (IOException e) {
            throw Words.storage(target, e);
        } catch (SystemCallException e) {
            throw SnapshotException.storage(target, e);
        }
    }

    private void write(String name, int mode, ByteBuffer bytes) {
        try (LocalFile file = folder.createIn(name, mode)) {
            file.writeFully(bytes.duplicate(), 0);
        }
    }

    /** The status of a file once whatever is done to it from now on must change it; empty when the thread is interrupted. */
    private static Optional<FileStatus> settle(LocalFile file) {
        FileStatus status = file.status();
        long waited = System.currentTimeMillis() * 1_000_000 - status.changed();
        if (waited < 2 * Stamp.TICK_NANOS) {
            try {
                Thread.sleep(2 * Stamp.TICK_NANOS / 1_000_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.empty();
            }
        }
        return Optional.of(status);
    }

    /** Removes what was written unless it was committed. */
    @Override
    public void close() {
        memory.ifPresent(LocalFile::close);
        if (!done) {
            done = true;
            try {
                Folders.delete(part);
            } catch (IOException e) {
                // left for the next writer's sweep
            }
        }
        folder.close();
    }
}
