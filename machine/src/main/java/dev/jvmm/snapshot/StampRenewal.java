package dev.jvmm.snapshot;

import dev.jvmm.linux.FileStatus;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.SystemCallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.SplittableRandom;

/** Stamps anew a memory file that was found right: only in a folder of this user's own, and where its owner may write. */
final class StampRenewal {
    private StampRenewal() {}

    /** Writes the stamp if it may and can; without it the next opening reads the memory again. */
    static void renew(LocalFile folder, String path, int stateSum, FileStatus memory) {
        long age = System.currentTimeMillis() * 1_000_000 - memory.changed();
        try {
            if (isOurs(folder.status()) && age > 2 * Stamp.TICK_NANOS) {
                replace(folder, Path.of(path), stateSum, memory);
            }
        } catch (IOException | SystemCallException e) {
            // the stamp is a shortcut; the snapshot has been checked
        }
    }

    private static boolean isOurs(FileStatus status) {
        return status.owner() == LocalFile.ownUser() && status.writableByOwner();
    }

    private static void replace(LocalFile folder, Path path, int stateSum, FileStatus memory) throws IOException {
        Path stamp = path.resolve(Stamp.NAME);
        if (Files.exists(stamp, LinkOption.NOFOLLOW_LINKS)
                && ((int) Files.getAttribute(stamp, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 0200) == 0) {
            return;
        }
        String name = "." + Stamp.NAME + "-" + Long.toHexString(new SplittableRandom().nextLong());
        try {
            try (LocalFile file = folder.createIn(name, 0600)) {
                file.writeFully(Stamp.encode(stateSum, memory), 0);
            }
            // The folder may have another at its path by now: then there is no file of this name in it.
            Files.move(path.resolve(name), stamp, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(path.resolve(name));
        }
    }
}
