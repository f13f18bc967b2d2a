package dev.jvmm.snapshot;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.FileStatus;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.snapshot.SnapshotException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The folder of a store, each time it is opened looked at anew: it may have been given away meanwhile. */
record StoreFolder(Path path) {
    private static final int FLAGS = LocalFile.O_DIRECTORY | LocalFile.O_NOFOLLOW;
    private static final int LONGEST_NAME = 64;

    /**
     * Opens it; empty when there is none.
     *
     * @throws SnapshotException when it is not one to trust
     */
    Optional<LocalFile> open() {
        try {
            Optional<LocalFile> opened = LocalFile.find(path.toString(), FLAGS);
            if (opened.isPresent()) {
                check(opened.get());
            }
            return opened;
        } catch (SystemCallException e) {
            if (e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
                throw new SnapshotException(Reason.FOLDER, path + " is not a folder; links are not followed");
            }
            throw SnapshotException.storage(path, e);
        }
    }

    private void check(LocalFile opened) {
        FileStatus status = opened.status();
        if (status.writableByOthers() || status.owner() != LocalFile.ownUser()) {
            opened.close();
            throw new SnapshotException(Reason.FOLDER, status.writableByOthers()
                    ? path + " can be written by others"
                    : path + " belongs to user " + Integer.toUnsignedString(status.owner()));
        }
    }

    /** Makes it, and the folders that it is in, if it is not there. */
    void make() {
        try {
            Optional<LocalFile> opened = open();
            if (opened.isEmpty()) {
                Files.createDirectories(path, Folders.PRIVATE);
                opened = open();
            }
            if (opened.isPresent()) {
                opened.get().close();
            }
        } catch (IOException e) {
            throw Words.storage(path, e);
        }
    }

    /** A folder in the opened one; empty when there is none of that name. */
    static Optional<LocalFile> findIn(LocalFile store, String name) {
        try {
            return store.findIn(name, FLAGS);
        } catch (SystemCallException e) {
            throw SnapshotException.storage("the template " + name, e);
        }
    }

    /** Whether a template can have that name. */
    static boolean isName(String name) {
        boolean good = !name.isEmpty() && name.length() <= LONGEST_NAME && name.charAt(0) != '.'
                && name.charAt(0) != '-';
        for (int i = 0; good && i < name.length(); i++) {
            char c = name.charAt(i);
            good = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_'
                    || c == '-';
        }
        return good;
    }

    static void checkName(String name) {
        if (!isName(name)) {
            throw new SnapshotException(Reason.NAME,
                    "a template can not be called \"" + name + "\": give letters, digits, "
                            + "\"-\", \"_\" and \".\", at most " + LONGEST_NAME
                            + ", and begin with a letter, a digit or \"_\"");
        }
    }
}
