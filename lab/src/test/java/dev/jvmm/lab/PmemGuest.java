package dev.jvmm.lab;

import dev.jvmm.device.DeviceSpec;
import dev.jvmm.device.NvdimmSpec;
import dev.jvmm.machine.AcpiMode;
import dev.jvmm.machine.KvmMachineFactory;
import dev.jvmm.machine.Machine;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.machine.MachineListener;
import dev.jvmm.machine.SerialGuest;
import dev.jvmm.machine.SerialHost;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * What {@link PmemTest} runs in the lab: {@code PmemGuest KERNEL INITRD IMAGE FOLDER}. A stock guest with IMAGE as its first disk, two
 * files of FOLDER by virtio and two as NVDIMMs, its console on standard output. Does what the guest asks for in lines of its own: "HOST
 * add" brings one more NVDIMM, "HOST cut" cuts a file short. Ends with the guest, if nobody kills it before.
 */
final class PmemGuest implements SerialHost {
    private static final long FLUSH_MILLIS = 10;
    private static final int CUT_TO = 8192;

    private final StringBuilder line = new StringBuilder();
    private final Path folder;
    private SerialGuest guest = (from, offset, length) -> 0;
    private Machine machine;

    private PmemGuest(Path folder) {
        this.folder = folder;
    }

    /** The four words. */
    public static void main(String[] words) throws Exception {
        Path folder = Path.of(words[3]);
        PmemGuest host = new PmemGuest(folder);
        MachineConfig config = MachineConfig.builder(Path.of(words[0]))
                .initrd(Path.of(words[1]))
                .commandLine("console=ttyS0 loglevel=4 panic=-1")
                .acpi(AcpiMode.ON)
                .slots(4)
                .devices(List.of(DeviceSpec.parse("disk", "path=" + words[2] + ",ro"),
                        DeviceSpec.parse("pmem", "path=" + folder.resolve("virtio")),
                        DeviceSpec.parse("pmem", "path=" + folder.resolve("cut"))))
                .nvdimms(List.of(NvdimmSpec.parse("path=" + folder.resolve("kata")),
                        NvdimmSpec.parse("path=" + folder.resolve("labels") + ",labels=2M")))
                .nvdimmPlaces(3)
                .build();
        MachineListener nobody = new MachineListener() {};
        try (Machine made = new KvmMachineFactory().create(config, nobody, host, SerialHost.NONE)) {
            host.start(made);
            System.out.println("END " + made.await());
        }
    }

    private void start(Machine made) {
        machine = made;
        Thread flusher = new Thread(this::flush, "console-flush");
        flusher.setDaemon(true);
        flusher.start();
        System.out.println("OPEN");
        made.start();
    }

    /** The port may keep bytes for a while. */
    private void flush() {
        try {
            while (true) {
                Thread.sleep(FLUSH_MILLIS);
                guest.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void connect(SerialGuest end) {
        guest = end;
    }

    @Override
    public synchronized void fromGuest(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            int next = bytes.get();
            if (next == '\n') {
                System.out.println(line);
                obey(line.toString());
                line.setLength(0);
            } else if (next != '\r') {
                line.append((char) next);
            }
        }
    }

    private void obey(String asked) {
        Runnable work = switch (asked) {
            case "HOST add" -> this::add;
            case "HOST cut" -> this::cut;
            default -> () -> {};
        };
        new Thread(work, "host").start();
    }

    private void add() {
        machine.nvdimms().orElseThrow().attach(NvdimmSpec.parse("path=" + folder.resolve("late")));
    }

    private void cut() {
        try (RandomAccessFile file = new RandomAccessFile(folder.resolve("cut").toFile(), "rw")) {
            file.setLength(CUT_TO);
        } catch (IOException e) {
            System.out.println("can not cut: " + e);
        }
    }

    @Override
    public void guestCanReceive() {}

    @Override
    public void disconnect() {}
}
