package dev.jvmm.snapshot;

import dev.jvmm.state.StateRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The right to make one template, until it is closed: others that want it wait meanwhile. Nothing is written before the memory is, so it
 * may be held while a guest boots. Not for several threads at once.
 */
public final class TemplateMaker implements AutoCloseable {
    private final Path target;
    private final Identity identity;
    private final TemplateLock lock;
    private Optional<SnapshotWriter> writer = Optional.empty();

    TemplateMaker(Path target, Identity identity, TemplateLock lock) {
        this.target = target;
        this.identity = identity;
        this.lock = lock;
    }

    /** The template's name. */
    public String name() {
        return target.getFileName().toString();
    }

    /**
     * Writes the memory; called once. Behind it the memory may change again.
     *
     * @throws SnapshotException when the host can not write it
     */
    public void memory(MemorySource source) {
        if (writer.isPresent()) {
            throw new IllegalStateException("the memory is written already");
        }
        try {
            // one that was refused
            Folders.remove(target);
        } catch (IOException e) {
            throw Words.storage(target, e);
        }
        SnapshotWriter begun = SnapshotWriter.create(target);
        writer = Optional.of(begun);
        begun.memory(source);
    }

    /**
     * Writes the rest; from now on the template is there.
     *
     * @throws SnapshotException when the host can not write it
     */
    public void commit(List<Fact> description, List<StateRecord> records) {
        writer.orElseThrow(() -> new IllegalStateException("the memory comes first"))
                .commit(identity, description, records);
    }

    /** Lets others have a go, and removes what was not committed. */
    @Override
    public void close() {
        writer.ifPresent(SnapshotWriter::close);
        lock.close();
    }
}
