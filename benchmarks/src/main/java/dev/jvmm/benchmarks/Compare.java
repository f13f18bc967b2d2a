package dev.jvmm.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * jvmm against QEMU's microvm, in pairs in one run.
 *
 * <p>Arguments: {@code --jvmm FILE} the launcher, {@code --runs N} pairs, {@code --json FILE} for the figures; with
 * {@code --kernel FILE --initrd FILE}, an ELF kernel with the PVH note and an initrd whose init prints {@code GUEST-UP}, the time from
 * process start to init too, which needs a host that QEMU can boot Linux on; if the line has a stamp of the kernel's log, that time as
 * well.
 */
public final class Compare {
    private static final String QEMU = "qemu-system-x86_64";
    private static final String MARKER = "GUEST-UP";
    private static final String LINE = "console=ttyS0 quiet panic=-1 reboot=t";
    private static final List<Integer> SUCCESS = List.of(0);

    private String jvmm = "./jvmm";
    private int runs = 20;
    private String json = "";
    private String kernel = "";
    private String initrd = "";

    private Compare() {}

    /** Runs the comparisons and prints a line for each. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Compare compare = new Compare();
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            compare.set(arguments[i], arguments[i + 1]);
        }
        compare.run();
    }

    private void set(String option, String value) {
        switch (option) {
            case "--jvmm" -> jvmm = value;
            case "--runs" -> runs = Integer.parseInt(value);
            case "--json" -> json = value;
            case "--kernel" -> kernel = value;
            case "--initrd" -> initrd = value;
            default -> throw new IllegalArgumentException("unknown option " + option);
        }
    }

    private void run() throws IOException, InterruptedException {
        if (!qemuIsInstalled()) {
            System.out.println("no " + QEMU + " here: nothing to compare with (apt-get install qemu-system-x86)");
            return;
        }
        List<Pairs> results = new ArrayList<>();
        Path folder = Files.createTempDirectory("jvmm-compare");
        try {
            results.addAll(report(nil(NilGuest.write(folder.resolve("nil.elf")).toString())));
            if (!kernel.isEmpty()) {
                results.addAll(report(init()));
            }
        } finally {
            Trees.delete(folder);
        }
        if (!json.isEmpty()) {
            List<String> rows = results.stream().map(Pairs::json).toList();
            Files.writeString(Path.of(json), "[" + String.join(",\n", rows) + "]\n");
        }
    }

    private static boolean qemuIsInstalled() {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, QEMU)));
    }

    private static List<Pairs> report(List<Pairs> pairs) {
        pairs.forEach(each -> System.out.println(each.summary()));
        return pairs;
    }

    /** Whole process: start, create the VM, run one instruction, clean up. */
    private List<Pairs> nil(String elf) throws IOException, InterruptedException {
        TimedRun ours = new TimedRun("jvmm", List.of(jvmm, "boot", "--kernel", elf, "--console", "off"), "", SUCCESS);
        List<String> words = new ArrayList<>(microvm(elf));
        words.addAll(List.of("-serial", "none"));
        return Pairs.measure("nil guest", ours, new TimedRun("qemu", words, "", SUCCESS), runs);
    }

    /** Process start to the line that init prints, with one kernel, initrd and command line. */
    private List<Pairs> init() throws IOException, InterruptedException {
        List<String> ours = List.of(
                jvmm, "boot", "--kernel", kernel, "--initrd", initrd, "--cmdline", LINE, "--quiet");
        List<String> theirs = new ArrayList<>(microvm(kernel));
        // the host's processor, as jvmm shows it and as runtimes ask for it
        theirs.addAll(List.of("-cpu", "host"));
        theirs.addAll(List.of("-initrd", initrd, "-append", LINE, "-serial", "stdio"));
        return Pairs.measure(
                "start to init",
                new TimedRun("jvmm", ours, MARKER, SUCCESS),
                new TimedRun("qemu", theirs, MARKER, SUCCESS),
                runs);
    }

    private static List<String> microvm(String elf) {
        return List.of(
                QEMU, "-M", "microvm", "-enable-kvm", "-m", "128", "-nodefaults", "-no-user-config", "-display", "none",
                "-no-reboot", "-kernel", elf);
    }
}
