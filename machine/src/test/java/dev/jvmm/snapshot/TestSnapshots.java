package dev.jvmm.snapshot;

import dev.jvmm.state.StateRecord;
import java.nio.file.Path;
import java.util.List;

/** Snapshots of a machine that never was. */
final class TestSnapshots {
    static final Identity NONE = new Identity(List.of());
    static final Identity IDENTITY = new Identity(
            List.of(new Fact("vCPUs", "2"), new Fact("memory", "8 MiB"), new Fact("jvmm build", "jvmm.jar:1:2 ")));
    static final List<Fact> DESCRIPTION = List.of(new Fact("made", "today"), new Fact("note", "Grüße"));
    static final List<StateRecord> RECORDS = List.of(
            new StateRecord("vcpu0", 1, new byte[]{ 1, 2, 3 }), new StateRecord("clock", 0, new byte[0]),
            new StateRecord("com1", 7, new byte[5000]));

    private TestSnapshots() {}

    /** 2 MiB and a page, with data at the beginning, across chunks, and at the end. */
    static TestMemory memory() {
        long size = (2 << 20) + 4096;
        return new TestMemory(size).with(0, 5000, 1).withZeros(100_000, 50_000)
                .with((1 << 20) - 100, 9000, 2).with(size - 10, 10, 3);
    }

    static void write(Path target) {
        try (SnapshotWriter writer = SnapshotWriter.create(target)) {
            writer.memory(memory());
            writer.commit(IDENTITY, DESCRIPTION, RECORDS);
        }
    }
}
