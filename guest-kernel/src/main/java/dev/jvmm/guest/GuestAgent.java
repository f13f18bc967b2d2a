package dev.jvmm.guest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/** The agent of this build, for guests with a root file system of their own. */
public final class GuestAgent {
    private static final String PROGRAM = "jvmm-agent";
    private static final String UNIT = "jvmm-agent.service";
    private static final String PROGRAMS = "usr/local/sbin";
    private static final String UNITS = "etc/systemd/system";
    private static final String EARLY = UNITS + "/basic.target.wants";

    private final EmbeddedGuest guest;

    /** That of the default guest. */
    public GuestAgent(EmbeddedGuest guest) {
        this.guest = guest;
    }

    /** The program: static, for x86-64. */
    public byte[] program() throws IOException {
        return new CpioArchive(Files.readAllBytes(guest.initramfs())).file("bin/" + PROGRAM)
                .orElseThrow(() -> new IOException("the default guest has no agent in it"));
    }

    /** Its unit for systemd. */
    public byte[] unit() throws IOException {
        try (InputStream in = GuestAgent.class.getResourceAsStream(UNIT)) {
            return in.readAllBytes();
        }
    }

    /**
     * Puts it into a root file system as {@code /usr/local/sbin/jvmm-agent}, in place of an older one, and where there is systemd its
     * unit, enabled.
     *
     * @param root the folder; symbolic links that lead out of it are not followed
     * @return whether there is systemd
     */
    public boolean install(Path root) throws IOException {
        Path real = root.toRealPath();
        if (!Files.isDirectory(real.resolve("usr"))) {
            throw new IOException("there is no root file system in " + root + ": it has no folder usr");
        }
        put(folder(real, PROGRAMS).resolve(PROGRAM), program(), "rwxr-xr-x");
        if (!hasSystemd(real)) {
            return false;
        }
        put(folder(real, UNITS).resolve(UNIT), unit(), "rw-r--r--");
        Path enabled = folder(real, EARLY).resolve(UNIT);
        Files.deleteIfExists(enabled);
        Files.createSymbolicLink(enabled, Path.of("/" + UNITS).resolve(UNIT));
        return true;
    }

    private static boolean hasSystemd(Path root) {
        return Files.isDirectory(root.resolve("usr/lib/systemd/system"))
                || Files.isDirectory(root.resolve("lib"), LinkOption.NOFOLLOW_LINKS)
                        && Files.isDirectory(root.resolve("lib/systemd/system"));
    }

    /** A folder below the root, made if it is not there. Absolute links would lead to the host's own files. */
    private static Path folder(Path root, String name) throws IOException {
        Path at = root;
        for (Path part : Path.of(name)) {
            Path next = at.resolve(part);
            try {
                Files.createDirectory(next, PosixFilePermissions.asFileAttribute(
                        PosixFilePermissions.fromString("rwxr-xr-x")));
            } catch (FileAlreadyExistsException e) {
                if (!Files.isDirectory(next)) {
                    throw new IOException(next + " is no folder");
                }
            }
            at = next.toRealPath();
            if (!at.startsWith(root)) {
                throw new IOException(next + " is a link out of the root file system: install it inside, with chroot");
            }
        }
        return at;
    }

    /** As a whole or not at all: an agent that runs keeps its file. */
    private static void put(Path file, byte[] content, String mode) throws IOException {
        Path part = Files.createTempFile(file.getParent(), "." + file.getFileName(), "");
        try {
            Files.write(part, content);
            Files.setPosixFilePermissions(part, PosixFilePermissions.fromString(mode));
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
