package dev.jvmm.guest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;

/**
 * Unpacked copies of gzip files, named by their SHA-256, which is checked while they are unpacked. A copy appears whole or not at all, so
 * its name is proof enough, as long as nobody else may write in the folder: one that others may write is not used.
 */
final class ImageCache {
    private final List<Path> folders;

    /** Caches in the first of these folders that can be used. */
    ImageCache(List<Path> folders) {
        this.folders = List.copyOf(folders);
    }

    static ImageCache ofUser() {
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path base = xdg == null || !xdg.startsWith("/") ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(xdg);
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"), "jvmm-" + System.getProperty("user.name"));
        return new ImageCache(List.of(base.resolve("jvmm"), temporary));
    }

    /**
     * The unpacked file.
     *
     * @param hash of the unpacked bytes, in hexadecimal
     */
    Path unpacked(String name, String hash, Supplier<InputStream> packed) throws IOException {
        String file = name + "-" + hash;
        for (Path folder : folders) {
            Path copy = folder.resolve(file);
            if (Files.isRegularFile(copy, LinkOption.NOFOLLOW_LINKS) && isOurs(folder)) {
                return copy;
            }
        }
        IOException last = new IOException("no folder to write in");
        for (Path folder : folders) {
            try {
                Files.createDirectories(folder,
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                if (isOurs(folder)) {
                    return unpack(folder, file, hash, packed);
                }
                last = new IOException(folder + " belongs to someone else");
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    /** Owned by this user (user.name is the kernel's name for our uid), and writable by nobody else. */
    private static boolean isOurs(Path folder) throws IOException {
        var permissions = Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
        return !permissions.contains(PosixFilePermission.OTHERS_WRITE)
                && !permissions.contains(PosixFilePermission.GROUP_WRITE)
                && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).getName().equals(System.getProperty("user.name"));
    }

    private static Path unpack(Path folder, String file, String hash, Supplier<InputStream> packed) throws IOException {
        Path partial = Files.createTempFile(folder, file, ".partial");
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            try (InputStream raw = packed.get();
                    OutputStream out = new DigestOutputStream(Files.newOutputStream(partial), digest)) {
                new GZIPInputStream(raw, 1 << 16).transferTo(out);
            }
            if (!HexFormat.of().formatHex(digest.digest()).equals(hash)) {
                throw new IOException("its SHA-256 is not the one it was built with");
            }
            Path whole = folder.resolve(file);
            Files.move(partial, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return whole;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        } finally {
            Files.deleteIfExists(partial);
        }
    }
}
