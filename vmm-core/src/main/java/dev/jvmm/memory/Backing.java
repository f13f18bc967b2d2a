package dev.jvmm.memory;

import dev.jvmm.linux.FileDescriptor;
import java.util.Optional;

/**
 * What a region's bytes are when nobody has written them.
 *
 * @param file none for zeroes of the process's own; else a file, which stays open with the memory
 * @param offset the region's first byte in the file
 * @param shared whether what is written goes to the file, and not to a copy of its page
 */
record Backing(Optional<FileDescriptor> file, long offset, boolean shared) {
    static final Backing ZEROES = new Backing(Optional.empty(), 0, false);

    void close() {
        if (file.isPresent()) {
            file.get().close();
        }
    }
}
