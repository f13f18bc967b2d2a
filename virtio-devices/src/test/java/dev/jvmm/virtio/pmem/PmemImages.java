package dev.jvmm.virtio.pmem;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Files to be persistent memory, and devices that have them. */
final class PmemImages implements AutoCloseable {
    /** Bytes of a file. */
    static final int SIZE = 4 << 20;

    private final Path folder;
    private final List<PmemDevice> made = new ArrayList<>();
    private int files;

    PmemImages(Path folder) {
        this.folder = folder;
    }

    /** A fresh file of zeroes, without holes. */
    Path image(int size) {
        Path path = folder.resolve("image" + files++);
        try {
            return Files.write(path, new byte[size]);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static void cut(Path path, long size) {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    PmemDevice device(PmemConfig config) {
        PmemDevice device = PmemDevice.open("test", config);
        made.add(device);
        return device;
    }

    /** Some were made only to ask them something. */
    @Override
    public void close() {
        made.forEach(PmemDevice::close);
    }
}
