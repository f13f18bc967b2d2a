package dev.jvmm.device;

import dev.jvmm.config.ConfigException;
import dev.jvmm.linux.DiskStatus;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.SystemCallException;
import java.nio.ByteBuffer;

/** A disk image or block device that is looked into before it becomes a guest's. What is in it is nobody's promise. */
final class ImageFile implements AutoCloseable {
    static final int SECTOR = 512;

    /** The most that is read at once. */
    static final int MOST = 128 << 10;

    private final String path;
    private final LocalFile file;
    private final long size;

    private ImageFile(String path, LocalFile file, long size) {
        this.path = path;
        this.file = file;
        this.size = size;
    }

    /**
     * Opens it for reading; takes no lock.
     *
     * @throws ConfigException when it can not be read, or is neither a file nor a block device
     */
    static ImageFile open(String path) {
        try {
            // O_NONBLOCK: a pipe must not hold us up
            LocalFile file = LocalFile.open(path, FileDescriptor.O_RDONLY | FileDescriptor.O_NONBLOCK);
            try {
                DiskStatus status = DiskStatus.of(file);
                if (status.kind() == DiskStatus.Kind.OTHER) {
                    throw new ConfigException("root disk '" + path + "' is neither a file nor a block device");
                }
                return new ImageFile(path, file, status.size());
            } catch (SystemCallException | ConfigException e) {
                file.close();
                throw e;
            }
        } catch (SystemCallException e) {
            throw new ConfigException("root disk '" + path + "' can not be read: " + e.getMessage());
        }
    }

    /** That it can not be a guest's root. */
    ConfigException bad(String why) {
        return new ConfigException("root disk '" + path + "' " + why);
    }

    /** In bytes. */
    long size() {
        return size;
    }

    /**
     * Bytes of the image; zeros where it has none.
     *
     * @param length 0 to {@link #MOST}
     */
    ByteBuffer read(long offset, int length) {
        ByteBuffer bytes = NativeBuffers.allocate(length);
        if (offset >= 0 && offset < size) {
            try {
                file.readFully(bytes, offset);
            } catch (SystemCallException e) {
                throw bad("can not be read: " + e.getMessage());
            }
        }
        bytes.clear();
        return bytes;
    }

    /** Whether these characters, all ASCII, are at an offset. */
    boolean has(long offset, String characters) {
        ByteBuffer bytes = read(offset, characters.length());
        for (int i = 0; i < characters.length(); i++) {
            if ((bytes.get(i) & 0xFF) != characters.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        file.close();
    }
}
