package dev.jvmm.machine;

import dev.jvmm.event.EventHandler;
import dev.jvmm.event.EventLoop;
import dev.jvmm.linux.DiskStatus;
import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.FileWatch;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.memory.GuestMemoryException;
import dev.jvmm.vm.Outcome;
import dev.jvmm.vm.Outcome.Kind;
import dev.jvmm.vm.VirtualMachine;
import java.util.Optional;

/**
 * Ends a machine whose memory file is cut short. On hardware KVM need not say when a page is missing: the vCPU tries again and again (as
 * {@link dev.jvmm.virtio.pmem.PmemWindow} knows it of persistent memory), so the file is what has to be looked at.
 */
final class MemoryWatch implements EventHandler, AutoCloseable {
    private final VirtualMachine vm;
    private final FileDescriptor file;
    private final EventLoop loop;
    private Optional<FileWatch> watch = Optional.empty();
    private boolean closed;

    /**
     * Watches nothing yet.
     *
     * @param file what the machine's RAM began as; it is open until the machine is closed
     * @param loop the machine's, which is closed before this
     */
    MemoryWatch(VirtualMachine vm, FileDescriptor file, EventLoop loop) {
        this.vm = vm;
        this.file = file;
        this.loop = loop;
    }

    /** Watches, if the host has a watch left: users may have many more machines than watches ({@code fs.inotify.max_user_instances}). */
    synchronized void begin() {
        if (closed) {
            return;
        }
        try {
            watch = Optional.of(FileWatch.of(file));
            loop.register(watch.get(), Epoll.IN, this);
            look(); // what was before there was a watch
        } catch (SystemCallException | IllegalStateException e) {
            System.getLogger("dev.jvmm.machine").log(System.Logger.Level.DEBUG, "a memory file is not watched", e);
        }
    }

    @Override
    public void ready(int events) {
        FileWatch heard;
        synchronized (this) {
            heard = watch.orElseThrow();
        }
        heard.drain();
        look();
    }

    private void look() {
        if (DiskStatus.sizeOf(file, DiskStatus.Kind.REGULAR) < vm.memory().size()) {
            vm.end(new Outcome(Kind.FAILED, GuestMemoryException.LOST));
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (watch.isPresent()) {
            watch.get().close();
        }
    }
}
