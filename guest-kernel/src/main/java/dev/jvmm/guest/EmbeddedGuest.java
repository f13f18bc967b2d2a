package dev.jvmm.guest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The guest that is part of jvmm. Its files are unpacked once per user, into {@code $XDG_CACHE_HOME/jvmm} (or
 * {@code ~/.cache/jvmm}), or the system's folder for temporary files where that can not be written.
 */
public final class EmbeddedGuest {
    private static final String KERNEL = "vmlinux";
    private static final String INITRAMFS = "initramfs.cpio";
    private static final String SUMS = "SHA256SUMS";
    private static final int HASH_DIGITS = 64;

    /** The kernel can tell of a panic and switch off through ports when it has no ACPI; a panic ends the machine at once. */
    private static final String LINE = "console=ttyS0 quiet panic=-1 reboot=k panic_port=0x505,1"
            + " poweroff_port=0x600,0x34 rootfstype=ramfs";

    /** What is left out on a host that emulates the guest's kernel, to start sooner. */
    private static final String SLOW_LINE = LINE + " pci=off noreplace-smp rodata=off ipv6.disable=1"
            + " tick_every=5 fault_around_bytes=4096 no-steal-acc";

    /** Accounting each page to a control group is a tenth of a short program there. */
    private static final String NO_MEMORY_GROUPS = " cgroup_disable=memory";

    /** A word of the kernels of some distributions; this one has none to undo the other. */
    private static final String MEMORY_GROUPS = "cgroup_enable=memory";

    private final ImageCache cache;

    /** The list of hashes, once it has been read. */
    private Optional<String> sums = Optional.empty();

    /** The guest of this build, with the cache of this user. */
    public EmbeddedGuest() {
        this(ImageCache.ofUser());
    }

    EmbeddedGuest(ImageCache cache) {
        this.cache = cache;
    }

    /** Whether this build has a guest in it. */
    public boolean present() {
        return EmbeddedGuest.class.getResource(KERNEL + ".gz") != null;
    }

    /**
     * The kernel's command line.
     *
     * @param emulated whether the host's KVM emulates the kernel
     */
    public static String commandLine(boolean emulated) {
        return commandLine(emulated, "");
    }

    /**
     * The kernel's command line, with more behind it.
     *
     * @param emulated whether the host's KVM emulates the kernel
     * @param added more words, or none; with {@code cgroup_enable=memory} among them control groups have limits of memory everywhere
     */
    public static String commandLine(boolean emulated, String added) {
        String line = emulated ? SLOW_LINE : LINE;
        if (emulated && !added.contains(MEMORY_GROUPS)) {
            line = line + NO_MEMORY_GROUPS;
        }
        return added.isEmpty() ? line : line + " " + added;
    }

    /** The kernel, an uncompressed ELF file. */
    public Path kernel() {
        return unpacked(KERNEL);
    }

    /** The initial RAM disk, an uncompressed cpio archive. */
    public Path initramfs() {
        return unpacked(INITRAMFS);
    }

    private Path unpacked(String name) {
        try {
            return cache.unpacked(name, hash(name), () -> open(name + ".gz"));
        } catch (IOException e) {
            throw new UncheckedIOException("the default guest's " + name + " can not be unpacked: " + e.getMessage()
                    + ". Set XDG_CACHE_HOME to a folder with 64 MiB of free space", e);
        }
    }

    private static InputStream open(String resource) {
        return Optional.ofNullable(EmbeddedGuest.class.getResourceAsStream(resource))
                .orElseThrow(EmbeddedGuest::absent);
    }

    private static UncheckedIOException absent() {
        return new UncheckedIOException(
                new IOException("this build of jvmm has no default guest in it: give --kernel"));
    }

    /** The SHA-256 of the unpacked file, from the list that is committed beside the images. */
    private String hash(String name) throws IOException {
        for (String line : sums().split("\n")) {
            if (line.endsWith("  " + name)) {
                return line.substring(0, HASH_DIGITS);
            }
        }
        throw new IOException(SUMS + " does not name it");
    }

    private synchronized String sums() throws IOException {
        if (sums.isEmpty()) {
            try (InputStream in = open(SUMS)) {
                sums = Optional.of(new String(in.readAllBytes(), StandardCharsets.US_ASCII));
            }
        }
        return sums.get();
    }
}
