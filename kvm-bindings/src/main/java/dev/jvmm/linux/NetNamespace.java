package dev.jvmm.linux;

import java.util.function.Supplier;

/**
 * A network namespace, held open: it lives at least as long as this. Any thread.
 *
 * <p>A Linux thread can change its namespace, and a thread of Java never gets out of one that way unnoticed: so whatever is to happen in a
 * namespace gets a platform thread of its own, which enters it, does that and ends.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/network_namespaces.7.html">network_namespaces(7)</a>
 */
public final class NetNamespace implements AutoCloseable {
    static final int CLONE_NEWNET = 0x4000_0000;
    static final int NS_GET_NSTYPE = 0xB703;
    private static final String OWN = "/proc/thread-self/ns/net";

    private final LocalFile file;
    private final FileStatus status;

    private NetNamespace(LocalFile file) {
        this.file = file;
        status = file.status();
    }

    /** The calling thread's. */
    public static NetNamespace current() {
        return new NetNamespace(LocalFile.open(OWN, FileDescriptor.O_RDONLY));
    }

    /**
     * By a path, such as {@code /run/netns/NAME} or {@code /proc/PID/ns/net}.
     *
     * @throws SystemCallException when it can not be opened; {@code EINVAL} when it is something else than a network namespace
     */
    public static NetNamespace open(String path) {
        LocalFile file = LocalFile.open(path, FileDescriptor.O_RDONLY | FileDescriptor.O_NONBLOCK);
        if (file.ioctl(NS_GET_NSTYPE, 0) != CLONE_NEWNET) {
            file.close();
            throw new SystemCallException("network namespace \"" + path + "\"", Errno.EINVAL);
        }
        return new NetNamespace(file);
    }

    /**
     * A new one, with nothing but a loopback interface that is down.
     *
     * @throws SystemCallException {@code EPERM} without CAP_SYS_ADMIN
     */
    public static NetNamespace create() {
        return run(new Supplier<>() {
            @Override
            public NetNamespace get() {
                long done = new Syscalls().call(SyscallNumber.UNSHARE, CLONE_NEWNET, 0, 0);
                SystemCallException.check("unshare(CLONE_NEWNET)", done);
                return current();
            }
        });
    }

    /** A path that opens this namespace as long as this object is open, for other processes of this user, too. */
    public String path() {
        return "/proc/" + new Syscalls().call(SyscallNumber.GETPID, 0, 0, 0) + "/fd/" + file.number();
    }

    /** The namespace's number; no other has it at the same time. */
    public long inode() {
        return status.inode();
    }

    /**
     * Does something inside, on a thread of its own, and waits for it. The task must start no threads: they would be inside as well, and
     * stay. Descriptors that it opens work everywhere.
     *
     * @throws SystemCallException {@code setns} with {@code EPERM} without CAP_SYS_ADMIN, here and in the namespace's user namespace
     */
    public <T> T call(Supplier<T> task) {
        return run(new Supplier<>() {
            @Override
            public T get() {
                long done = new Syscalls().call(SyscallNumber.SETNS, file.number(), CLONE_NEWNET, 0);
                SystemCallException.check("setns", done);
                return task.get();
            }
        });
    }

    /**
     * Does something on a platform thread of its own, which may change what threads have of their own, and waits for it.
     *
     * @return what the task returns; what it throws is thrown
     */
    static <T> T run(Supplier<T> task) {
        Visitor<T> visitor = new Visitor<>(task);
        visitor.start();
        boolean interrupted = false;
        while (visitor.isAlive()) {
            try {
                visitor.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (visitor.failure instanceof RuntimeException e) {
            throw e;
        }
        if (visitor.failure instanceof Error e) {
            throw e;
        }
        return visitor.result;
    }

    private static final class Visitor<T> extends Thread {
        private final Supplier<T> task;
        private T result;
        private Throwable failure;

        Visitor(Supplier<T> task) {
            super("namespace");
            this.task = task;
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                result = task.get();
            } catch (RuntimeException | Error e) {
                failure = e;
            }
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
