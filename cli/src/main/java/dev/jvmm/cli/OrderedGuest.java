package dev.jvmm.cli;

import dev.jvmm.channel.CommandSession;
import dev.jvmm.channel.Readiness;
import dev.jvmm.config.ConfigException;
import dev.jvmm.device.DeviceSpec;
import dev.jvmm.machine.DeviceSlots;
import dev.jvmm.machine.Machine;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.machine.MachineFactory;
import dev.jvmm.machine.MachineRestorer;
import dev.jvmm.machine.MachineSaver;
import dev.jvmm.machine.SavedMachine;
import dev.jvmm.machine.SerialHost;
import dev.jvmm.memory.GuestMemoryException;
import dev.jvmm.snapshot.Claim;
import dev.jvmm.snapshot.GuestMemorySource;
import dev.jvmm.snapshot.Identity;
import dev.jvmm.snapshot.Snapshot;
import dev.jvmm.snapshot.SnapshotException;
import dev.jvmm.snapshot.SnapshotException.Reason;
import dev.jvmm.snapshot.TemplateMaker;
import dev.jvmm.snapshot.TemplateStore;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateRecord;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A guest whose init takes orders: a clone of its template where there is one, else booted, and made into the template on its way if that
 * can be.
 */
final class OrderedGuest implements AutoCloseable {
    /** A boot takes 15 s on hosts that emulate the guest's kernel, and longer where they are busy. */
    private static final long WAIT_MILLIS = 120_000;

    /** Longer than any boot that is worth waiting for. */
    private static final Duration READY_TIME = Duration.ofMinutes(10);

    /** Between two looks at whether the guest has gone to sleep after its init's last word. */
    private static final long SETTLE_MILLIS = 50;

    /** So often, one after the other, must it be found asleep: it may have been about to wake up. */
    private static final int ASLEEP = 2;

    /** A guest that sleeps seldom makes a template all the same. */
    private static final int MOST_LOOKS = 100;

    private final Machine machine;
    private final CommandSession session;
    private final Optional<TemplateMaker> maker;
    private final BootProgress progress;

    /** Devices that are not in the machine yet. */
    private final List<DeviceSpec> later;

    private int[] filled = {};

    private OrderedGuest(Machine machine, CommandSession session, Optional<TemplateMaker> maker,
            List<DeviceSpec> later, BootProgress progress) {
        this.machine = machine;
        this.session = session;
        this.maker = maker;
        this.later = later;
        this.progress = progress;
    }

    /** Makes guests on one console. */
    static final class Source {
        private final MachineFactory machines;
        private final BootProgress progress;
        private final SerialHost console;
        private final CommandSession.Observer observer;

        /** @param console the host's end of the guest's; @param observer of the guest's command */
        Source(MachineFactory machines, BootProgress progress, SerialHost console, CommandSession.Observer observer) {
            this.machines = machines;
            this.progress = progress;
            this.console = console;
            this.observer = observer;
        }

        /** A guest that is booted, whatever there is. */
        OrderedGuest cold(GuestPlan plan) {
            return booted(plan.whole(), Optional.empty(), List.of());
        }

        /** A clone of the plan's template, or a boot that makes it. */
        OrderedGuest ofTemplate(GuestPlan plan, TemplateStore store) {
            MachineRestorer restorer = machines.restorer().orElseThrow();
            Identity identity = TemplateIdentity.of(plan);
            Optional<Snapshot> template = store.find(identity);
            if (template.isEmpty()) {
                switch (store.claim(identity, WAIT_MILLIS)) {
                    case Claim.Ready ready -> template = Optional.of(ready.snapshot());
                    case Claim.Make make -> {
                        return booted(plan.machine(), Optional.of(make.maker()), plan.devices());
                    }
                    case Claim.Without without -> {
                        progress.warn("no template: " + without.reason());
                        return cold(plan);
                    }
                }
            }
            try (Snapshot found = template.get()) {
                return clone(restorer, found, plan.machine().memory().mergeable(), plan.devices());
            } catch (StateException | ConfigException e) {
                progress.warn("the template is not used: " + e.getMessage());
                return cold(plan);
            }
        }

        /** A clone of a template that has a name. */
        OrderedGuest ofTemplate(
                String name, TemplateStore store, boolean mergeable, List<DeviceSpec> devices) {
            MachineRestorer restorer = machines.restorer().orElseThrow();
            try (Snapshot template = store.open(name, TemplateIdentity.ofThisPlace())) {
                return clone(restorer, template, mergeable, devices);
            } catch (SnapshotException e) {
                throw e.reason() == Reason.MISSING ? new SnapshotException(Reason.MISSING, e.getMessage()
                        + ": 'jvmm template ls' shows what there is, 'jvmm template create' makes one") : e;
            }
        }

        private OrderedGuest clone(
                MachineRestorer restorer, Snapshot template, boolean mergeable, List<DeviceSpec> devices) {
            CommandSession session = CommandSession.ofReadyGuest(output(), errors(), observer);
            SavedMachine saved = new SavedMachine(template.records(), template.takeMemory(), mergeable);
            Machine machine = restorer.restore(saved, progress, console, session.port());
            return new OrderedGuest(machine, session, Optional.empty(), devices, progress);
        }

        /** A booted guest that becomes the template of {@code maker}, if there is one. */
        private OrderedGuest booted(MachineConfig config, Optional<TemplateMaker> maker, List<DeviceSpec> later) {
            try {
                CommandSession session = new CommandSession(output(), errors(), observer);
                Machine machine = machines.create(config, progress, console, session.port());
                return new OrderedGuest(machine, session, maker, later, progress);
            } catch (RuntimeException e) {
                maker.ifPresent(TemplateMaker::close);
                throw e;
            }
        }

        private static FileOutputStream output() {
            return new FileOutputStream(FileDescriptor.out);
        }

        private static FileOutputStream errors() {
            return new FileOutputStream(FileDescriptor.err);
        }
    }

    Machine machine() {
        return machine;
    }

    CommandSession session() {
        return session;
    }

    /** Whether it begins where a saved guest was, and takes orders at once. */
    boolean isClone() {
        return session.isReady();
    }

    /** Starts the guest; makes its template before this returns, if it is to become one. Returns whether there is a new template. */
    boolean start() throws InterruptedException {
        if (maker.isEmpty()) {
            fill();
            machine.start();
            return false;
        }
        progress.notice("keeping the booted guest as a template, so that later starts are instant");
        machine.start();
        boolean saved = false;
        try (TemplateMaker making = maker.get()) {
            saved = save(making);
        } catch (SnapshotException | GuestMemoryException e) {
            progress.warn("no template: " + e.getMessage());
        }
        fill();
        return saved;
    }

    private void fill() {
        if (later.isEmpty()) {
            return;
        }
        DeviceSlots slots = machine.slots().orElseThrow();
        filled = new int[later.size()];
        for (int i = 0; i < filled.length; i++) {
            filled[i] = slots.fill(later.get(i)).slot();
        }
    }

    /** The slots that were filled behind the guest's back, once it is started: its init must be told of them. */
    int[] filled() {
        return filled;
    }

    /**
     * Waits for the guest to take orders and saves it as it is then. Returns false when it did not come to that.
     *
     * @throws SnapshotException when the host can not write it
     */
    boolean save(TemplateMaker making) throws InterruptedException {
        if (!(session.awaitReady(READY_TIME) instanceof Readiness.Ready)) {
            return false;
        }
        MachineSaver saver = machine.saver().orElseThrow();
        if (!pauseAsleep(saver)) {
            return false;
        }
        try {
            List<StateRecord> records = saver.save();
            making.memory(new GuestMemorySource(saver.memory()));
            making.commit(List.of(), records);
            return true;
        } finally {
            saver.resume();
        }
    }

    /** Or each clone would begin with what this guest had still to do; on a busy host that can be much. Returns false when it has ended. */
    private static boolean pauseAsleep(MachineSaver saver) throws InterruptedException {
        int asleep = 0;
        for (int look = 1;; look++) {
            Thread.sleep(SETTLE_MILLIS);
            if (!saver.pause()) {
                return false;
            }
            asleep = saver.isIdle() ? asleep + 1 : 0;
            if (asleep == ASLEEP || look == MOST_LOOKS) {
                return true;
            }
            saver.resume();
        }
    }

    @Override
    public void close() {
        machine.close();
        maker.ifPresent(TemplateMaker::close);
    }
}
