package dev.jvmm.snapshot;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** java.nio's exceptions as people say it: some of them have nothing but a path for a message. */
final class Words {
    private Words() {}

    static String of(Exception cause) {
        if (cause instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (cause instanceof NoSuchFileException) {
            return "no such file or folder";
        }
        if (cause instanceof FileAlreadyExistsException) {
            return "there is a file in its way";
        }
        if (cause instanceof DirectoryNotEmptyException) {
            return "the folder is not empty";
        }
        if (cause instanceof FileSystemException e && e.getReason() != null) {
            return e.getReason();
        }
        return cause.getMessage();
    }

    /** The text on one line, without anything that a terminal would obey. */
    static String printable(String text) {
        StringBuilder clean = new StringBuilder(text);
        for (int i = 0; i < clean.length(); i++) {
            if (Character.isISOControl(clean.charAt(i))) {
                clean.setCharAt(i, '?');
            }
        }
        return clean.toString();
    }

    static List<Fact> printable(List<Fact> facts) {
        List<Fact> clean = new ArrayList<>(facts.size());
        for (Fact fact : facts) {
            clean.add(new Fact(printable(fact.name()), printable(fact.value())));
        }
        return clean;
    }

    /** A failure to make, move or remove what is at a path. */
    static SnapshotException storage(Path where, IOException cause) {
        return SnapshotException.storage(where, cause);
    }

    /** The folder that a path is in; absolute. */
    static Path parent(Path path) {
        return Optional.ofNullable(path.toAbsolutePath().normalize().getParent())
                .orElseThrow(
                        () -> new SnapshotException(SnapshotException.Reason.NAME, path + " can not be a snapshot"));
    }
}
