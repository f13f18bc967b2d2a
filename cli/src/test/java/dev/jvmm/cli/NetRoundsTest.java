package dev.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.channel.CommandResult;
import dev.jvmm.device.DeviceSpec;
import dev.jvmm.guest.EmbeddedGuest;
import dev.jvmm.linux.NetNamespace;
import dev.jvmm.machine.AcpiMode;
import dev.jvmm.machine.Attachment;
import dev.jvmm.machine.KvmMachineFactory;
import dev.jvmm.machine.Machine;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.machine.MachineListener;
import dev.jvmm.machine.SerialHost;
import dev.jvmm.testing.RequiresKvm;
import dev.jvmm.testing.RequiresNetworks;
import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Networks that come and go within one process, which is afterwards as it was: no thread, descriptor or buffer more. */
@RequiresKvm
@RequiresNetworks
@Timeout(900)
class NetRoundsTest {
    private static final int MACHINES = 25;

    /** After these all classes are loaded and all lasting threads there. */
    private static final int WARM = 3;

    /** {@code -Djvmm.net.rounds=25} for more. */
    private static final int ROUNDS = Integer.getInteger("jvmm.net.rounds", 3);

    private static final int PATIENCE_SECONDS = 60;
    private static final int POLL_MILLIS = 20;

    /** Waits for the user network's address, talks there, and shouts into all others, once for each line that it gets. */
    private static final String SCRIPT = """
            echo up
            while read round; do
                until ping -c 1 -W 1 10.0.2.2 >/dev/null 2>&1; do sleep 0.1; done
                for card in 1 2 3; do
                    ip link set eth$card up
                    arping -c 1 -w 1 -I eth$card 192.168.77.1 >/dev/null 2>&1
                done
                ls /sys/class/net | wc -l
                echo "round $round"
            done
            """;

    private final NetNamespace namespace = NetNamespace.create();

    /** Ends of cables for macvtap and mirror. */
    @BeforeEach
    void layCables() throws Exception {
        Process process = new ProcessBuilder("nsenter", "--net=" + namespace.path(), "sh", "-ec",
                "for end in east west; do ip link add $end type veth peer name far$end; ip link set $end up;"
                        + " ip link set far$end up; done")
                .redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
    }

    @AfterEach
    void close() {
        namespace.close();
    }

    private List<DeviceSpec> networks() {
        List<DeviceSpec> specs = new ArrayList<>();
        String place = ",netns=" + namespace.path();
        for (String text : List.of("user", "tap=made" + place, "macvtap=east" + place, "tcfilter=west" + place)) {
            specs.add(DeviceSpec.parse("net", text));
        }
        return specs;
    }

    /** What this process has that could be left behind: Java's threads, descriptors, and Netty's buffers that somebody uses. */
    private record Holdings(List<String> threads, List<String> files, long buffers) {
        static Holdings now() throws IOException {
            List<String> threads = new ArrayList<>();
            for (Thread thread : Thread.getAllStackTraces().keySet()) {
                // Those that wait for other processes' ends, and the pool's, stay for a while and go.
                if (!thread.getName().startsWith("process reaper") && !thread.getName().startsWith("ForkJoinPool")) {
                    threads.add(thread.getName());
                }
            }
            threads.sort(null);
            List<String> files = new ArrayList<>();
            try (var all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
                for (Path file : all) {
                    try {
                        files.add(Files.readSymbolicLink(file).toString().replaceAll(":\\[\\d+]", ""));
                    } catch (IOException e) {
                        // that of the listing itself
                    }
                }
            }
            files.removeIf(name -> name.matches("/proc/\\d+/fd"));
            files.sort(null);
            long buffers = PooledByteBufAllocator.DEFAULT.metric().directArenas().stream()
                    .mapToLong(PoolArenaMetric::numActiveAllocations).sum();
            return new Holdings(threads, files, buffers);
        }
    }

    /** The machines' last threads may be on their way out yet. */
    private static void assertBackTo(Holdings before) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!Holdings.now().equals(before) && System.nanoTime() - end < 0) {
            Thread.sleep(POLL_MILLIS);
        }
        assertEquals(before, Holdings.now());
    }

    private void machine() throws Exception {
        MachineConfig config = MachineConfig.builder(new EmbeddedGuest().kernel())
                .commandLine("root=/dev/vda rootwait")
                .acpi(AcpiMode.OFF)
                .devices(networks())
                .build();
        try (Machine machine = new KvmMachineFactory().create(config, new MachineListener() {}, SerialHost.NONE,
                SerialHost.NONE)) {
            assertTrue(Holdings.now().files().contains("/dev/net/tun"), "the TAPs are open");
            machine.start();
        }
    }

    @Test
    void machinesComeAndGo() throws Exception {
        for (int i = 0; i < WARM; i++) {
            machine();
        }
        Thread.sleep(TimeUnit.SECONDS.toMillis(1)); // Netty has a thread that ends when it has had nothing to do
        Holdings before = Holdings.now();
        for (int i = 0; i < MACHINES; i++) {
            machine();
        }
        assertBackTo(before);
    }

    @Test
    void networksComeAndGoUnderOneGuest() throws Exception {
        try (LiveGuest guest = new LiveGuest(List.of(), SCRIPT)) {
            guest.await("up\n");
            Holdings before = null;
            for (int round = 0; round < WARM + ROUNDS; round++) {
                if (round == WARM) {
                    Thread.sleep(TimeUnit.SECONDS.toMillis(1));
                    before = Holdings.now();
                }
                List<Attachment> attached = new ArrayList<>();
                for (DeviceSpec spec : networks()) {
                    attached.add(guest.slots().attach(spec, LiveGuest.PATIENCE));
                }
                guest.send(Integer.toString(round));
                guest.await("5\nround " + round + "\n");
                for (Attachment attachment : attached) {
                    guest.slots().detach(attachment, LiveGuest.PATIENCE);
                }
            }
            assertBackTo(before);
            assertEquals(new CommandResult.Exited(0, 0), guest.finish(), guest.said());
        }
    }
}
