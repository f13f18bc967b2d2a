package dev.jvmm.boot;

import dev.jvmm.memory.GuestMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Bytes that go into guest memory: a file, or a buffer. A file is read straight into the guest's pages, with no copy on the
 * heap. Not for several threads at once.
 */
public abstract sealed class BootSource implements AutoCloseable {
    private static final int READ_AT_ONCE = 1 << 30;

    private final String name;
    private final long size;

    private BootSource(String name, long size) {
        this.name = name;
        this.size = size;
    }

    /** The kernel in a file. See {@link #open}. */
    public static BootSource kernel(Path file) {
        return open("kernel", file);
    }

    /** The initial ramdisk in a file. See {@link #open}. */
    public static BootSource initrd(Path file) {
        return open("initrd", file);
    }

    /**
     * Opens a regular file.
     *
     * @param role what it is to the user, such as "kernel": the first word of every message about it
     * @throws BootException when it is not there, not readable, not a regular file, or empty
     */
    public static BootSource open(String role, Path file) {
        String name = role + " " + file;
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (!attributes.isRegularFile()) {
                throw new BootException(name + ": not a regular file; give the path of a " + role + " file");
            }
            return of(name, FileChannel.open(file, StandardOpenOption.READ));
        } catch (NoSuchFileException e) {
            throw new BootException(name + ": no such file; check the path", e);
        } catch (AccessDeniedException e) {
            throw new BootException(name + ": no right to read it; check the permissions of the file and its folder",
                    e);
        } catch (IOException e) {
            throw new BootException(name + ": cannot be opened: " + e.getMessage(), e);
        }
    }

    /** An open file; it is closed with this source, or here when it is refused. */
    public static BootSource of(String name, FileChannel channel) {
        try {
            long size = channel.size();
            if (size == 0) {
                throw new BootException(name + ": the file is empty");
            }
            return new OfChannel(name, channel, size);
        } catch (IOException e) {
            closeQuietly(channel, e);
            throw new BootException(name + ": cannot be read: " + e.getMessage(), e);
        } catch (BootException e) {
            closeQuietly(channel, e);
            throw e;
        }
    }

    /** The bytes of a buffer from 0 to its limit; its position is ignored and kept. */
    public static BootSource of(String name, ByteBuffer bytes) {
        if (bytes.limit() == 0) {
            throw new BootException(name + ": the file is empty");
        }
        return new OfBuffer(name, bytes);
    }

    private static void closeQuietly(FileChannel channel, Exception because) {
        try {
            channel.close();
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }

    /** What messages call it: its role and its path. */
    public final String name() {
        return name;
    }

    /** Its size in bytes when it was opened, above 0. */
    public final long size() {
        return size;
    }

    /** Whether {@code length} bytes from {@code offset} lie inside; no argument can make it wrap. */
    public final boolean contains(long offset, long length) {
        return offset >= 0 && length >= 0 && offset <= size && length <= size - offset;
    }

    /**
     * Fills what remains of the target.
     *
     * @throws BootException when the bytes are not there or reading fails
     */
    public final void read(long offset, ByteBuffer target) {
        if (!contains(offset, target.remaining())) {
            throw truncated();
        }
        long at = offset;
        try {
            while (target.hasRemaining()) {
                int count = readSome(at, target);
                if (count < 0) {
                    throw truncated();
                }
                at += count;
            }
        } catch (IOException e) {
            throw new BootException(name + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Reads bytes straight into guest memory.
     *
     * @param offset in this source, in bytes
     * @param address guest-physical; the caller has checked that {@code size} bytes of RAM lie there
     */
    final void copyTo(long offset, GuestMemory memory, long address, long size) {
        long done = 0;
        while (done < size) {
            int count = (int) Math.min(READ_AT_ONCE, size - done);
            read(offset + done, memory.view(address + done, count));
            done += count;
        }
    }

    private BootException truncated() {
        return new BootException(name + ": the file is truncated; fetch or build it again");
    }

    /** Says what is wrong with this file. */
    final BootException error(String problem) {
        return new BootException(name + ": " + problem);
    }

    abstract int readSome(long offset, ByteBuffer target) throws IOException;

    @Override
    public abstract void close();

    private static final class OfChannel extends BootSource {
        private final FileChannel channel;

        OfChannel(String name, FileChannel channel, long size) {
            super(name, size);
            this.channel = channel;
        }

        @Override
        int readSome(long offset, ByteBuffer target) throws IOException {
            return channel.read(target, offset);
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new BootException(name() + ": cannot be closed: " + e.getMessage(), e);
            }
        }
    }

    private static final class OfBuffer extends BootSource {
        private final ByteBuffer bytes;

        OfBuffer(String name, ByteBuffer bytes) {
            super(name, bytes.limit());
            this.bytes = bytes.duplicate();
        }

        @Override
        int readSome(long offset, ByteBuffer target) {
            int count = target.remaining();
            target.put(target.position(), bytes, (int) offset, count);
            target.position(target.position() + count);
            return count;
        }

        @Override
        public void close() {
            // a buffer holds nothing open
        }
    }
}
