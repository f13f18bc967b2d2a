package dev.jvmm.machine;

import dev.jvmm.device.DeviceSpec;
import dev.jvmm.event.EventLoop;
import dev.jvmm.event.FailureListener;
import dev.jvmm.legacy.AcpiSlots;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.queue.GuestRam;
import dev.jvmm.virtio.transport.KvmWiring;
import dev.jvmm.virtio.transport.MmioTransport;
import dev.jvmm.vm.VirtualMachine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The slots of a machine on KVM, and the event loop on which their devices work. */
final class SlotBank implements DeviceSlots, AcpiHotplug.Ear, AutoCloseable {
    private static final String PART = "slot";

    private final VirtualMachine vm;
    private final Slot[] slots;
    private final AcpiSlots registers;
    final EventLoop loop = new EventLoop("events", new Failures());

    /** Held while devices come, go, rest or are saved; never while the guest is waited for. */
    private final Object control = new Object();

    private Optional<GuestRam> ram = Optional.empty();
    private SlotSignals signals;
    private boolean paused;
    private boolean closed;

    /**
     * Empty slots, on the machine's bus.
     *
     * @param registers as many; they tell the guest until somebody else does
     */
    SlotBank(VirtualMachine vm, AcpiSlots registers) {
        this.vm = vm;
        this.registers = registers;
        signals = new AcpiHotplug(registers, this);
        slots = new Slot[registers.count()];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = new Slot();
            vm.mmio().add(AddressMap.virtioAddress(i), MmioTransport.SIZE, slots[i]);
        }
        vm.parts().add(SlotList.NAME, new SlotList(this));
    }

    /** A class and not a method reference: the loop is made at each start. */
    private static final class Failures implements FailureListener {
        @Override
        public void failed(Object who, Throwable failure) {
            System.getLogger("dev.jvmm.machine").log(System.Logger.Level.ERROR, "a device's work failed", failure);
        }
    }

    @Override
    public int count() {
        return slots.length;
    }

    @Override
    public List<Attachment> attached() {
        List<Attachment> all = new ArrayList<>();
        for (int i = 0; i < slots.length; i++) {
            Optional<DeviceSpec> spec = slots[i].spec();
            if (spec.isPresent()) {
                all.add(new Attachment(i, spec.get()));
            }
        }
        return all;
    }

    @Override
    public void tellThrough(SlotSignals ear) {
        synchronized (control) {
            signals = ear;
        }
    }

    @Override
    public Attachment fill(DeviceSpec spec) {
        synchronized (control) {
            Attachment made = place(spec);
            signals.filled(made.slot());
            return made;
        }
    }

    private Attachment place(DeviceSpec spec) {
        int slot = firstEmpty();
        fill(slot, spec);
        return new Attachment(slot, spec);
    }

    /** One that was never used, if there is: a guest on ACPI needs no help with those. */
    private int firstEmpty() {
        int found = -1;
        for (int i = 0; i < slots.length; i++) {
            if (slots[i].spec().isEmpty() && !slots[i].isBusy()) {
                if (registers.fresh(i)) {
                    return i;
                }
                found = found < 0 ? i : found;
            }
        }
        if (found >= 0) {
            return found;
        }
        throw new SlotException("all " + slots.length + " slots for devices are taken: give the machine more of them");
    }

    /** Devices that are there from the start, in the first slots. */
    void fillAll(List<DeviceSpec> specs) {
        synchronized (control) {
            for (int i = 0; i < specs.size(); i++) {
                fill(i, specs.get(i));
            }
        }
    }

    /** The devices of a saved machine, where they were. They stand still until {@link #resume}. */
    void fillAgain(List<Attachment> attached) {
        synchronized (control) {
            for (int i = 0; i < attached.size(); i++) {
                fill(attached.get(i).slot(), attached.get(i).spec());
            }
        }
    }

    /** With {@link #control}: makes a device and puts it onto the bus. */
    private void fill(int slot, DeviceSpec spec) {
        if (closed) {
            throw new SlotException("the machine is closed");
        }
        if (ram.isEmpty()) {
            ram = Optional.of(new GuestRam(vm.memory()));
        }
        KvmWiring wiring = new KvmWiring(vm.kvm(), loop, AddressMap.virtioAddress(slot), AddressMap.virtioGsi(slot));
        MmioTransport transport = connect(spec, spec.kind() + slot, wiring, slots[slot]);
        if (paused) {
            rest(transport);
        }
        vm.parts().add(PART + slot, transport);
        slots[slot].fill(spec, transport);
        registers.fill(slot);
    }

    private MmioTransport connect(DeviceSpec spec, String name, KvmWiring wiring, Slot slot) {
        VirtioDevice device = null;
        try {
            device = spec.open(vm.memory(), name);
            return new MmioTransport(device, ram.get(), wiring, slot);
        } catch (RuntimeException e) {
            if (device != null) {
                device.close();
            }
            wiring.close();
            throw e;
        }
    }

    /** With {@link #control}: takes a device off the bus and ends it. */
    private void empty(int slot) {
        MmioTransport transport = slots[slot].empty();
        vm.parts().remove(PART + slot);
        transport.close();
        if (registers.filled(slot)) {
            registers.empty(slot);
            signals.emptied(slot);
        }
    }

    @Override
    public Attachment attach(DeviceSpec spec, Duration patience) throws InterruptedException {
        Attachment made;
        SlotSignals ear;
        synchronized (control) {
            made = place(spec);
            slots[made.slot()].begin(false);
            ear = signals;
        }
        Slot slot = slots[made.slot()];
        String trouble = "the wait for it was interrupted";
        try {
            ear.filled(made.slot());
            trouble = slot.awaitDriver(patience);
        } finally {
            if (!trouble.isEmpty()) {
                synchronized (control) {
                    empty(made.slot());
                }
            }
            slot.end();
        }
        if (!trouble.isEmpty()) {
            throw new SlotException(spec.kind() + " " + spec.text() + " was not attached: " + trouble);
        }
        return made;
    }

    @Override
    public VirtioDevice device(Attachment attachment) {
        synchronized (control) {
            check(attachment);
            return slots[attachment.slot()].transport().orElseThrow().device();
        }
    }

    private void check(Attachment attachment) {
        Slot slot = slots[attachment.slot()];
        if (slot.isBusy() || !slot.spec().equals(Optional.of(attachment.spec()))) {
            throw new SlotException("slot " + attachment.slot() + " does not hold " + attachment.spec().kind() + " "
                    + attachment.spec().text() + ", or is about to be emptied");
        }
    }

    @Override
    public void detach(Attachment attachment, Duration patience) throws InterruptedException {
        Slot slot = slots[attachment.slot()];
        SlotSignals ear;
        synchronized (control) {
            check(attachment);
            slot.begin(true);
            ear = signals;
        }
        String trouble = "the wait for it was interrupted";
        try {
            ear.removalWanted(attachment.slot());
            trouble = slot.awaitRelease(patience);
            if (trouble.isEmpty()) {
                synchronized (control) {
                    empty(attachment.slot());
                }
            }
        } finally {
            if (!trouble.isEmpty()) {
                ear.removalDropped(attachment.slot());
            }
            slot.end();
        }
        if (!trouble.isEmpty() && !takeOutIfGivenBack(attachment.slot())) {
            throw new SlotException(
                    attachment.spec().kind() + " " + attachment.spec().text() + " was not detached: " + trouble);
        }
    }

    @Override
    public void answered(int slot, String refusal) {
        if (slot >= 0 && slot < slots.length) {
            slots[slot].answered(refusal);
        }
    }

    @Override
    public void noted(int slot, String hint) {
        slots[slot].noted(hint);
    }

    /** On a vCPU's thread, which can not wait for a device to end. A guest has no more than one to give back for each slot. */
    @Override
    public void ejected(int slot) {
        if (!slots[slot].givenBack()) {
            Thread.ofPlatform().daemon().name("eject" + slot).start(() -> takeOutIfGivenBack(slot));
        }
    }

    /** The guest may give a device back while nobody waits for that; returns whether it had, and the device is gone. */
    private boolean takeOutIfGivenBack(int slot) {
        synchronized (control) {
            boolean givenBack = !closed && !registers.filled(slot) && slots[slot].spec().isPresent()
                    && !slots[slot].isBusy();
            if (givenBack) {
                empty(slot);
            }
            return givenBack;
        }
    }

    /** All devices let the host's work come to an end and begin no more; the vCPUs rest already. */
    void pause() throws InterruptedException {
        synchronized (control) {
            paused = true;
            for (int i = 0; i < slots.length; i++) {
                Optional<MmioTransport> transport = slots[i].transport();
                if (transport.isPresent()) {
                    transport.get().pause();
                }
            }
        }
    }

    private static void rest(MmioTransport fresh) {
        try {
            fresh.pause();
        } catch (InterruptedException e) {
            // A device without a driver has nothing to wait for.
            Thread.currentThread().interrupt();
        }
    }

    /** After {@link #pause}, or when a restored machine is whole. */
    void resume() {
        synchronized (control) {
            paused = false;
            for (int i = 0; i < slots.length; i++) {
                takeOutIfGivenBack(i);
                Optional<MmioTransport> transport = slots[i].transport();
                if (transport.isPresent()) {
                    slots[i].statusWritten(transport.get().status());
                    transport.get().resume();
                }
            }
        }
    }

    /** The machine has ended: nobody waits for its guest any more. */
    void release() {
        for (int i = 0; i < slots.length; i++) {
            slots[i].machineEnded();
            Optional<MmioTransport> transport = slots[i].transport();
            if (transport.isPresent()) {
                transport.get().release();
            }
        }
    }

    /**
     * Ends all devices; the vCPUs are out of the guest.
     *
     * @throws IllegalStateException when the host does not let go of guest memory, which must stay mapped then
     */
    @Override
    public void close() {
        synchronized (control) {
            closed = true;
            for (int i = 0; i < slots.length; i++) {
                if (slots[i].transport().isPresent()) {
                    slots[i].empty().close();
                }
            }
        }
        loop.close();
    }
}
