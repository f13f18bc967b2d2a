package dev.jvmm.benchmarks;

import dev.jvmm.device.DeviceSpec;
import dev.jvmm.machine.AcpiMode;
import dev.jvmm.machine.Attachment;
import dev.jvmm.machine.KvmMachineFactory;
import dev.jvmm.machine.Machine;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.machine.MachineListener;
import dev.jvmm.machine.SerialGuest;
import dev.jvmm.machine.SerialHost;
import dev.jvmm.memory.MemoryOptions;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A machine in this process; disks come by ACPI. */
final class JvmmHotplug implements HotplugGuest, SerialHost {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final LineWatch console = new LineWatch();
    private final Machine machine;
    private SerialGuest port = (bytes, offset, length) -> 0;
    private Attachment disk;

    /** Starts it. */
    JvmmHotplug(Path kernel, Path initrd, String line, long memory, Path first) {
        MachineConfig config = MachineConfig.builder(kernel)
                .initrd(initrd)
                .commandLine(line)
                .acpi(AcpiMode.ON)
                .memory(MemoryOptions.ofSize(memory))
                .devices(List.of(DeviceSpec.parse("disk", "path=" + first)))
                .build();
        machine = new KvmMachineFactory().create(config, new MachineListener() {}, this, SerialHost.NONE);
        machine.start();
    }

    @Override
    public String name() {
        return "jvmm";
    }

    @Override
    public LineWatch console() {
        return console;
    }

    @Override
    public void connect(SerialGuest guest) {
        port = guest;
    }

    @Override
    public void fromGuest(ByteBuffer bytes) {
        console.add(bytes);
    }

    @Override
    public void outputPending() {
        port.flush();
    }

    @Override
    public void guestCanReceive() {
        // nothing is typed
    }

    @Override
    public void disconnect() {
        // whoever waits for a line will say so
    }

    @Override
    public void attach(Path image) throws InterruptedException {
        disk = machine.slots().orElseThrow().attach(DeviceSpec.parse("disk", "path=" + image), PATIENCE);
    }

    @Override
    public void detach() throws InterruptedException {
        machine.slots().orElseThrow().detach(disk, PATIENCE);
    }

    @Override
    public void close() {
        machine.close();
    }
}
