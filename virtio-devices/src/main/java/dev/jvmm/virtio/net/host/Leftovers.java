package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.NetlinkException;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.virtio.net.NetException;
import java.io.File;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Records of what running processes have made on this host that would outlive them, in a folder of the user's. Each is a file that its
 * process holds a lock on: one that nobody holds is left over from a process that was killed. {@link #sweep} removes what it names.
 *
 * <p>A record is written before the thing is made and removed after it is gone. Making and sweeping take turns by a lock on the folder, so
 * nobody takes what is half made for left over. A TAP needs no record: it vanishes with its descriptors.
 */
final class Leftovers implements AutoCloseable {
    private static final String LOCK = "lock";
    private static final int MOST_BYTES = 8192;
    private static final int LOCK_MILLIS = 10_000;
    private static final int STEP_MILLIS = 5;

    private final LocalFile folder;
    private final LocalFile lock;
    private final String path;
    private final String boot;

    private Leftovers(String path, LocalFile folder, LocalFile lock) {
        this.path = path;
        this.folder = folder;
        this.lock = lock;
        boot = HostFiles.line("/proc/sys/kernel/random/boot_id");
    }

    /**
     * The user's, once nobody else is at work there: others wait until this is closed.
     *
     * @throws NetException when there is no folder for it, or somebody keeps it for seconds
     */
    static Leftovers ofUser() {
        return in(RuntimeFolder.find());
    }

    /** As {@link #sweep} of the user's, without any trouble: there may be no folder at all. */
    static void sweepQuietly() {
        if (!new File(RuntimeFolder.find()).isDirectory()) {
            return;
        }
        try (Leftovers leftovers = ofUser()) {
            leftovers.sweep();
        } catch (NetException e) {
            System.getLogger("dev.jvmm.virtio.net").log(System.Logger.Level.DEBUG, e.getMessage());
        }
    }

    /** As {@link #ofUser}, in this folder. */
    static Leftovers in(String path) {
        LocalFile folder = null;
        LocalFile lock = null;
        try {
            folder = RuntimeFolder.open(path);
            lock = LocalFile.open(path + "/" + LOCK, FileDescriptor.O_RDWR | FileDescriptor.O_CREAT);
            for (int waited = 0; !lock.tryLock(); waited += STEP_MILLIS) {
                if (waited >= LOCK_MILLIS) {
                    throw new NetException("the folder \"" + path
                            + "\" is locked by another jvmm for 10 seconds: try again, or stop that one");
                }
                Thread.sleep(STEP_MILLIS);
            }
            return new Leftovers(path, folder, lock);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close(folder, lock);
            throw new NetException("interrupted while another jvmm had \"" + path + "\"", e);
        } catch (SystemCallException | NetException e) {
            close(folder, lock);
            throw e instanceof NetException known ? known
                    : new NetException("no notes can be kept in \"" + path + "\" of what is made for networks ("
                            + e.getMessage() + "): set XDG_RUNTIME_DIR to a folder of yours", e);
        }
    }

    private static void close(LocalFile folder, LocalFile lock) {
        if (folder != null) {
            folder.close();
        }
        if (lock != null) {
            lock.close();
        }
    }

    /** The host's boot, for new records. */
    String boot() {
        return boot;
    }

    /**
     * Writes a record of what is to be made next.
     *
     * @param id no other record's: 32 hexadecimal digits
     */
    Claim claim(String id, Leftover leftover) {
        LocalFile file = folder.createIn(id, 0600);
        if (!file.tryLock()) {
            file.close();
            throw new NetException("somebody else has locked \"" + path + "/" + id + "\": try again");
        }
        byte[] bytes = leftover.toBytes();
        file.writeFully(NativeBuffers.allocate(bytes.length).put(0, bytes), 0);
        return new Claim(path + "/" + id, file);
    }

    /** A record of this process's; closing it leaves what it names to a later run. */
    static final class Claim implements AutoCloseable {
        private final String path;
        private final LocalFile file;

        private Claim(String path, LocalFile file) {
            this.path = path;
            this.file = file;
        }

        /** What it names is gone. */
        void done() {
            new File(path).delete();
            file.close();
        }

        @Override
        public void close() {
            file.close();
        }
    }

    /** Removes what processes that were killed have left, as far as this one may. What fails is left for the next. */
    void sweep() {
        String[] names = new File(path).list();
        if (names == null) {
            return;
        }
        for (String name : names) {
            if (!name.equals(LOCK)) {
                sweep(name);
            }
        }
    }

    private void sweep(String name) {
        try {
            Optional<LocalFile> found = folder.findIn(name, FileDescriptor.O_RDWR | LocalFile.O_NOFOLLOW);
            if (found.isEmpty()) {
                return;
            }
            try (LocalFile file = found.get()) {
                if (file.tryLock() && removed(read(file))) {
                    new File(path, name).delete();
                }
            }
        } catch (SystemCallException | NetlinkException e) {
            System.getLogger("dev.jvmm.virtio.net").log(System.Logger.Level.WARNING,
                    "what \"" + path + "/" + name + "\" names is left over and can not be removed: " + e.getMessage());
        }
    }

    private static byte[] read(LocalFile file) {
        ByteBuffer buffer = NativeBuffers.allocate((int) Math.min(MOST_BYTES, file.status().size()));
        file.readFully(buffer, 0);
        byte[] bytes = new byte[buffer.position()];
        buffer.get(0, bytes);
        return bytes;
    }

    /** Whether there is nothing left of it. */
    private boolean removed(byte[] record) {
        Optional<Leftover> leftover = Leftover.parse(record);
        if (leftover.isPresent() && leftover.get().boot().equals(boot)) {
            return new Sweeper(leftover.get()).remove();
        }
        return true;
    }

    /** Lets others at it. */
    @Override
    public void close() {
        lock.close();
        folder.close();
    }
}
