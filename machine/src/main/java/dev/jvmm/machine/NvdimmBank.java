package dev.jvmm.machine;

import dev.jvmm.acpi.Nfit;
import dev.jvmm.acpi.Nvdimm;
import dev.jvmm.bus.BusDevice;
import dev.jvmm.config.ConfigException;
import dev.jvmm.device.NvdimmSpec;
import dev.jvmm.event.EventHandler;
import dev.jvmm.event.EventLoop;
import dev.jvmm.legacy.AcpiEvents;
import dev.jvmm.legacy.NvdimmMailbox;
import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.FileCalls;
import dev.jvmm.linux.FileWatch;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.MemoryWindow.Verdict;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.state.Stateful;
import dev.jvmm.state.Stateless;
import dev.jvmm.virtio.pmem.PmemException;
import dev.jvmm.virtio.pmem.PmemFile;
import dev.jvmm.virtio.pmem.PmemWindow;
import dev.jvmm.vm.Outcome;
import dev.jvmm.vm.Outcome.Kind;
import dev.jvmm.vm.VirtualMachine;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The NVDIMMs of a machine on KVM. A guest has no way to hear that what it wrote can not be kept, so a machine ends when that is so.
 */
final class NvdimmBank implements NvdimmPlaces, NvdimmMailbox.Nvdimms, Stateful, AutoCloseable {
    private static final String PART = "nvdimms";
    private static final int PORT_BYTES = 4;

    private final VirtualMachine vm;
    private final int places;
    private final AcpiEvents events;
    private final EventLoop loop;

    /** Replaced, never changed. */
    private volatile List<Part> parts = List.of();

    private boolean closed;

    /** An NVDIMM with what is behind it. */
    private record Part(NvdimmSpec spec, PmemFile file, PmemWindow window, Nvdimm described,
            Optional<Watcher> watcher) {}

    /**
     * Empty places.
     *
     * @param loop the machine's, which is closed before this
     */
    NvdimmBank(VirtualMachine vm, int places, AcpiEvents events, EventLoop loop) {
        this.vm = vm;
        this.loop = loop;
        this.places = places;
        this.events = events;
        if (places > 0) {
            vm.ports().add(AddressMap.PORT_NVDIMM, PORT_BYTES, new NvdimmMailbox(vm.memory(), this));
            vm.parts().add(PART, this);
        }
    }

    @Override
    public int count() {
        return places;
    }

    @Override
    public List<NvdimmSpec> attached() {
        List<NvdimmSpec> specs = new ArrayList<>();
        for (Part part : parts) {
            specs.add(part.spec);
        }
        return specs;
    }

    /** As the tables say them. */
    List<Nvdimm> described() {
        List<Nvdimm> all = new ArrayList<>();
        for (Part part : parts) {
            all.add(part.described);
        }
        return all;
    }

    /** Those that are there from the start. */
    void fillAll(List<NvdimmSpec> specs) {
        for (int i = 0; i < specs.size(); i++) {
            add(specs.get(i));
        }
    }

    @Override
    public void attach(NvdimmSpec spec) {
        add(spec);
        events.raise(AddressMap.GED_NVDIMM);
    }

    private synchronized void add(NvdimmSpec spec) {
        int index = parts.size();
        if (closed || index == places) {
            throw new ConfigException(closed ? "the machine is closed"
                    : "all " + places + " places for NVDIMMs are taken: give the machine more of them");
        }
        try {
            PmemFile file = PmemFile.open(spec.config(), spec.labels());
            try {
                PmemWindow window = new PmemWindow(file, vm.memory(), true);
                long flushHint = AddressMap.NVDIMM_FLUSH_START + index * AddressMap.PAGE_SIZE;
                vm.mmio().add(flushHint, AddressMap.PAGE_SIZE, new FlushHint(file));
                List<Part> all = new ArrayList<>(parts);
                all.add(new Part(spec, file, window, new Nvdimm(index, window.window().address(),
                        window.window().size(), window.window().readOnly(), flushHint), watch(file, window)));
                parts = List.copyOf(all);
            } catch (PmemException e) {
                file.close();
                throw e;
            }
        } catch (PmemException e) {
            throw new ConfigException(e.getMessage());
        }
    }

    private Optional<Watcher> watch(PmemFile file, PmemWindow window) {
        Optional<FileWatch> watch = file.watch();
        if (watch.isEmpty()) {
            return Optional.empty();
        }
        Watcher watcher = new Watcher(watch.get(), window);
        loop.register(watch.get(), Epoll.IN, watcher);
        watcher.look(); // what was before there was a watch
        return Optional.of(watcher);
    }

    /** Hears of changes to a file. On the machine's event loop. */
    private final class Watcher implements EventHandler {
        private final FileWatch watch;
        private final PmemWindow window;

        Watcher(FileWatch watch, PmemWindow window) {
            this.watch = watch;
            this.window = window;
        }

        @Override
        public void ready(int ready) {
            watch.drain();
            look();
        }

        void look() {
            if (window.look() == Verdict.LOST) {
                vm.end(new Outcome(Kind.FAILED, "the host can not supply " + window.window().name()
                        + " any more: was the file cut short, or is its disk full?"));
            }
        }
    }

    /**
     * Where the guest writes when what it wrote before has to be safe. It goes on when that is so: its CPU stands still meanwhile, as it
     * does for a flush of real hardware.
     */
    private final class FlushHint implements BusDevice, Stateless {
        private final PmemFile file;

        FlushHint(PmemFile file) {
            this.file = file;
        }

        @Override
        public long read(long offset, int size) {
            return 0;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (file.flush(new FileCalls()) != 0) {
                vm.end(new Outcome(Kind.FAILED, "what the guest wrote to the NVDIMM \"" + file.config().path()
                        + "\" can not be brought to its disk"));
            }
        }
    }

    @Override
    public byte[] fit() {
        return Nfit.content(described());
    }

    @Override
    public int labelSize(int handle) {
        List<Part> all = parts;
        return handle < 1 || handle > all.size() ? -1 : all.get(handle - 1).spec.labels();
    }

    @Override
    public boolean readLabels(int handle, int offset, byte[] into) {
        PmemFile file = parts.get(handle - 1).file;
        ByteBuffer buffer = NativeBuffers.allocate(into.length);
        long done = new FileCalls().pread(file.number(), NativeBuffers.address(buffer), into.length,
                file.content() + offset);
        Reference.reachabilityFence(buffer);
        buffer.get(0, into);
        return done == into.length;
    }

    @Override
    public boolean writeLabels(int handle, int offset, byte[] from) {
        PmemFile file = parts.get(handle - 1).file;
        ByteBuffer buffer = NativeBuffers.allocate(from.length).put(0, from);
        FileCalls calls = new FileCalls();
        long done = calls.pwrite(file.number(), NativeBuffers.address(buffer), from.length, file.content() + offset);
        Reference.reachabilityFence(buffer);
        return done == from.length && calls.fdatasync(file.number()) == 0;
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    @Override
    public void save(StateWriter out) {
        throw new StateException("a machine with places for NVDIMMs can not be saved: one with --pmem can");
    }

    @Override
    public void restore(StateReader in) {
        throw in.bad("is of a machine with NVDIMMs");
    }

    /** The vCPUs are out of the guest. */
    @Override
    public synchronized void close() {
        closed = true;
        for (Part part : parts) {
            if (part.watcher.isPresent()) {
                part.watcher.get().watch.close();
            }
            part.window.close();
            part.file.close();
        }
        parts = List.of();
    }
}
