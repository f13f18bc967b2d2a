package dev.jvmm.snapshot;

import dev.jvmm.memory.DataPages;
import dev.jvmm.memory.GuestMemory;

/**
 * A guest's RAM, to be saved while its machine is paused.
 *
 * @param memory not closed here
 */
public record GuestMemorySource(GuestMemory memory) implements MemorySource {
    @Override
    public long size() {
        return memory.size();
    }

    @Override
    public void copyTo(MemorySink sink) {
        try (DataPages pages = memory.dataPages()) {
            while (pages.next()) {
                sink.data(pages.fileOffset(), memory.view(pages.address(), pages.length()));
            }
        }
    }
}
