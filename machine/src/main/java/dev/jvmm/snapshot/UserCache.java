package dev.jvmm.snapshot;

import dev.jvmm.linux.FileStatus;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.SystemCallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** This user's cache of jvmm's: {@code $XDG_CACHE_HOME/jvmm} or {@code ~/.cache/jvmm}. */
public final class UserCache {
    /** What automatic templates may take up, in bytes, unless {@code JVMM_CACHE_LIMIT} says otherwise. */
    public static final long DEFAULT_LIMIT = 2L << 30;

    /** What names of images begin with that were made of tarballs; 64 digits follow. */
    public static final String ROOT_IMAGE = "root.img-";

    private static final String LIMIT = "JVMM_CACHE_LIMIT";
    private static final String UNITS = "KMGT";
    private static final long PARTIAL_MILLIS = 24 * 3_600_000;
    private static final int HASH_DIGITS = 64;

    private UserCache() {}

    /** Where the unpacked images of the default guest are. */
    public static Path images() {
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path base = xdg == null || !xdg.startsWith("/") ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(xdg);
        return base.resolve("jvmm");
    }

    /** Where the templates are. */
    public static Path templates() {
        return images().resolve("templates");
    }

    /** What automatic templates may take up, in bytes; a notice tells of a value that is none. */
    public static long limit(Notices notices) {
        String value = System.getenv(LIMIT);
        return value == null || value.isEmpty() ? DEFAULT_LIMIT : limit(value, notices);
    }

    /** Digits, and K, M, G or T behind them if need be. */
    static long limit(String value, Notices notices) {
        int unit = value.isEmpty() ? -1 : UNITS.indexOf(Character.toUpperCase(value.charAt(value.length() - 1)));
        String digits = unit < 0 ? value : value.substring(0, value.length() - 1);
        try {
            long number = digits.startsWith("+") ? -1 : Long.parseLong(digits);
            int shift = 10 * (unit + 1);
            if (number >= 0 && number <= Long.MAX_VALUE >> shift) {
                return number << shift;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        notices.notice(LIMIT + "=" + value + " is no amount like 512M or 2G; it is taken as 2G");
        return DEFAULT_LIMIT;
    }

    /**
     * Removes unpacked images that nobody has read for 30 days, and those that were never finished.
     *
     * @param folder as {@link #images()}
     * @param keep names of files that stay: this build's own
     */
    public static Pruned pruneImages(Path folder, Set<String> keep) {
        List<String> removed = new ArrayList<>();
        long freed = 0;
        for (Path path : Folders.entries(folder)) {
            String name = path.getFileName().toString();
            boolean partial = name.endsWith(".partial");
            if (isImage(name, partial) && !keep.contains(name)) {
                long size = unusedSize(path, partial ? PARTIAL_MILLIS : Pruning.UNUSED_MILLIS);
                try {
                    if (size >= 0 && Files.deleteIfExists(path)) {
                        removed.add(name);
                        freed += size;
                    }
                } catch (IOException e) {
                    continue;
                }
            }
        }
        return new Pruned(removed, freed);
    }

    private static boolean isImage(String name, boolean partial) {
        int dash = name.indexOf('-');
        boolean known = name.startsWith("vmlinux-") || name.startsWith("initramfs.cpio-")
                || name.startsWith(ROOT_IMAGE);
        return known && (partial || name.length() - dash - 1 == HASH_DIGITS);
    }

    /** The bytes that a file takes up; -1 when it was used lately or is none of ours. */
    private static long unusedSize(Path path, long millis) {
        try (LocalFile file = LocalFile.open(path.toString(), LocalFile.O_NOFOLLOW | LocalFile.O_NONBLOCK)) {
            FileStatus status = file.status();
            long used = Math.max(status.accessed(), status.modified()) / 1_000_000;
            boolean unused = System.currentTimeMillis() - used > millis;
            return unused && status.isRegular() && status.owner() == LocalFile.ownUser() ? status.blocks() * 512 : -1;
        } catch (SystemCallException e) {
            return -1;
        }
    }
}
