package dev.jvmm.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The time from the order to attach a disk to its first line read by the guest, and from the order to detach it until it is gone: jvmm
 * against QEMU's q35 with {@code device_add virtio-blk-pci}, in turn, both guests running all the time.
 *
 * <p>Arguments: {@code --kernel FILE}, a stock kernel; {@code --initrd FILE}, what {@code lab/hotplug-initrd} makes; {@code --pairs N};
 * {@code --json FILE} for the figures.
 */
public final class Hotplug {
    private static final String LINE = "console=ttyS0 quiet panic=-1 hotplug=reads";
    private static final long MEMORY = 256L << 20;
    private static final long SECONDS = 120;
    private static final int DISK = 1 << 20;
    private static final double NANOS_A_MILLI = 1e6;

    private Path kernel;
    private Path initrd;
    private int pairs = 20;
    private String json = "";

    private Hotplug() {}

    /** Measures, and prints a line for each way. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Hotplug hotplug = new Hotplug();
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            String value = arguments[i + 1];
            switch (arguments[i]) {
                case "--kernel" -> hotplug.kernel = Path.of(value);
                case "--initrd" -> hotplug.initrd = Path.of(value);
                case "--pairs" -> hotplug.pairs = Integer.parseInt(value);
                case "--json" -> hotplug.json = value;
                default -> throw new IllegalArgumentException("unknown option " + arguments[i]);
            }
        }
        Path folder = Files.createTempDirectory("jvmm-hotplug");
        try {
            hotplug.run(folder);
        } finally {
            Trees.delete(folder);
        }
    }

    /** Milliseconds. */
    private record Times(double attach, double detach) {}

    private void run(Path folder) throws IOException, InterruptedException {
        List<Times> ours = new ArrayList<>();
        List<Times> theirs = new ArrayList<>();
        try (HotplugGuest jvmm = new JvmmHotplug(kernel, initrd, LINE, MEMORY, disk(folder.resolve("a")));
                HotplugGuest qemu = new QemuHotplug(kernel, initrd, LINE, MEMORY, disk(folder.resolve("b")), folder)) {
            jvmm.console().await("GUEST-UP", SECONDS);
            qemu.console().await("GUEST-UP", SECONDS);
            Path image = disk(folder.resolve("image"));
            for (int i = -1; i < pairs; i++) {
                Times our = once(jvmm, image, "jvmm " + i);
                Times their = once(qemu, image, "qemu " + i);
                if (i >= 0) {
                    ours.add(our);
                    theirs.add(their);
                }
            }
        }
        List<Pairs> results = List.of(
                new Pairs("attach to first line read", "jvmm", "q35",
                        ours.stream().map(Times::attach).toList(), theirs.stream().map(Times::attach).toList()),
                new Pairs("detach", "jvmm", "q35",
                        ours.stream().map(Times::detach).toList(), theirs.stream().map(Times::detach).toList()));
        results.forEach(each -> System.out.println(each.summary()));
        if (!json.isEmpty()) {
            Files.writeString(Path.of(json),
                    "[" + String.join(",\n", results.stream().map(Pairs::json).toList()) + "]\n");
        }
    }

    private static Path disk(Path file) throws IOException {
        return Files.write(file, new byte[DISK]);
    }

    private static Times once(HotplugGuest guest, Path image, String words) throws IOException, InterruptedException {
        byte[] content = new byte[DISK];
        byte[] line = (words + "\n").getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(line, 0, content, 0, line.length);
        Files.write(image, content);
        long begin = System.nanoTime();
        guest.attach(image);
        long read = guest.console().await("READ " + words, SECONDS);
        long leave = System.nanoTime();
        guest.detach();
        long gone = System.nanoTime();
        guest.console().await("GONE", SECONDS);
        return new Times((read - begin) / NANOS_A_MILLI, (gone - leave) / NANOS_A_MILLI);
    }
}
