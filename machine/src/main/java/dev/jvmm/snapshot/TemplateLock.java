package dev.jvmm.snapshot;

import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.SystemCallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The lock of one template: a file beside it that is locked with flock(2), so that it ends with its holder, however that ends. The file
 * is removed with the lock held; who gets a lock on a removed file tries again.
 */
final class TemplateLock implements AutoCloseable {
    private static final String PREFIX = ".lock-";
    private static final int FLAGS = LocalFile.O_RDWR | LocalFile.O_CREAT | LocalFile.O_NOFOLLOW | LocalFile.O_NONBLOCK;
    private static final int ATTEMPTS = 100;

    private final Path path;
    private final LocalFile file;

    private TemplateLock(Path path, LocalFile file) {
        this.path = path;
        this.file = file;
    }

    /** Takes the lock; empty when another has it. */
    static Optional<TemplateLock> tryTake(Path store, String name) {
        Path path = store.resolve(PREFIX + name);
        for (int i = 0; i < ATTEMPTS; i++) {
            LocalFile file = LocalFile.open(path.toString(), FLAGS);
            try {
                if (!file.tryLock()) {
                    file.close();
                    return Optional.empty();
                }
                if (file.status().links() > 0) {
                    return Optional.of(new TemplateLock(path, file));
                }
            } catch (SystemCallException e) {
                file.close();
                throw e;
            }
            file.close();
        }
        return Optional.empty();
    }

    /** Removes the lock files of holders that died. */
    static void sweep(Path store) {
        for (Path path : Folders.entries(store)) {
            String name = path.getFileName().toString();
            if (name.startsWith(PREFIX)) {
                try {
                    tryTake(store, name.substring(PREFIX.length())).ifPresent(TemplateLock::close);
                } catch (SystemCallException e) {
                    continue;
                }
            }
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // an unlocked file in nobody's way
        }
        file.close();
    }
}
