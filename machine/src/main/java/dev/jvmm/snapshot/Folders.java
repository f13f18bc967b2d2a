package dev.jvmm.snapshot;

import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.SystemCallException;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/** Snapshot folders as wholes: how they appear and vanish at once. Names that begin with a dot are unfinished ones. */
final class Folders {
    static final FileAttribute<Set<PosixFilePermission>> PRIVATE = PosixFilePermissions
            .asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static final int ATTEMPTS = 3;
    private static final String PART = ".part-";
    private static final String TRASH = ".trash-";

    private Folders() {}

    /** A name beside {@code target} for what is to become it. */
    static Path part(Path target) {
        return target.resolveSibling("." + target.getFileName() + PART + random());
    }

    /** Removes what writers that died have left beside {@code target}, as far as it can. */
    static void sweep(Path target) {
        sweep(Words.parent(target), "." + target.getFileName() + PART);
    }

    /** Removes every leftover in a folder of snapshots, as far as it can; returns the bytes that they took up. */
    static long sweepAll(Path folder) {
        return sweep(folder, ".");
    }

    private static long sweep(Path folder, String prefix) {
        long bytes = 0;
        for (Path path : entries(folder)) {
            String name = path.getFileName().toString();
            if (name.startsWith(prefix) && (name.contains(PART) || name.startsWith(TRASH))) {
                bytes += removeUnlessLocked(path);
            }
        }
        return bytes;
    }

    /** A writer holds a lock on its folder as long as it lives. */
    private static long removeUnlessLocked(Path path) {
        try {
            Optional<LocalFile> opened = LocalFile.find(path.toString(), LocalFile.O_DIRECTORY | LocalFile.O_NOFOLLOW);
            if (opened.isEmpty()) {
                return 0;
            }
            try (LocalFile folder = opened.get()) {
                long bytes = diskSize(path);
                if (!folder.tryLock()) {
                    return 0;
                }
                delete(path);
                return bytes;
            }
        } catch (IOException | SystemCallException e) {
            return 0;
        }
    }

    /** Takes a snapshot out of sight at once, then removes it. Who has its files open keeps them. */
    static void remove(Path path) throws IOException {
        Path trash = path.resolveSibling(TRASH + random());
        try {
            Files.move(path, trash, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return;
        }
        for (int i = 0; i < ATTEMPTS; i++) {
            try {
                delete(trash);
                return;
            } catch (DirectoryNotEmptyException e) {
                // Who had opened it before has stamped it anew, or it was never ours: what stays is left to a sweep.
            }
        }
    }

    /** Removes a folder and the files in it; a folder in it is none of ours and makes this fail. Links are not followed. */
    static void delete(Path folder) throws IOException {
        if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
                for (Path file : files) {
                    Files.deleteIfExists(file);
                }
            } catch (NoSuchFileException e) {
                return;
            }
        }
        Files.deleteIfExists(folder);
    }

    /** What is in a folder, sorted; nothing when it can not be read. */
    static List<Path> entries(Path folder) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            entries.forEach(found::add);
        } catch (IOException e) {
            return List.of();
        }
        found.sort(null);
        return found;
    }

    /** Bytes that the files in a folder take up. */
    static long diskSize(Path folder) {
        long bytes = 0;
        for (Path path : entries(folder)) {
            try (LocalFile file = LocalFile.open(path.toString(), LocalFile.O_NOFOLLOW | LocalFile.O_NONBLOCK)) {
                bytes += file.status().blocks() * 512;
            } catch (SystemCallException e) {
                continue;
            }
        }
        return bytes;
    }

    private static String random() {
        return Long.toHexString(new SplittableRandom().nextLong());
    }
}
