package dev.jvmm.runtime.backend;

import dev.jvmm.machine.AcpiMode;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.runtime.backend.QemuOptions.Accelerator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * QEMU's command line for a guest: the microvm machine, nothing that was not asked for, the serial port on standard input and
 * output, stopped until the monitor says go on.
 *
 * @see <a href="https://www.qemu.org/docs/master/system/i386/microvm.html">The microvm machine</a>
 */
final class QemuCommand {
    private static final int KIB_SHIFT = 10;

    private QemuCommand() {}

    /**
     * @param emulatedHost whether the host's KVM emulates kernel-mode code; it can not set the MSR that the feature left out
     *     then stands for, and QEMU would abort
     * @param monitor a Unix socket that listens for QEMU's monitor
     */
    static List<String> of(QemuOptions options, boolean emulatedHost, MachineConfig config, Path monitor) {
        List<String> words = new ArrayList<>();
        add(words, options.binary().toString());
        add(words, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-S");
        add(words, "-name", "jvmm,debug-threads=on");
        boolean lacking = emulatedHost && options.accelerator() == Accelerator.KVM;
        add(words, "-cpu", options.accelerator().cpu() + (lacking ? ",-arch-capabilities" : ""));
        add(words, "-smp", String.valueOf(config.cpus()));
        machine(words, options, config);
        add(words, "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console");
        add(words, "-chardev", "socket,id=monitor,path=" + escape(monitor.toString()));
        add(words, "-mon", "chardev=monitor,mode=control");
        // The port through which a guest says that it panicked: else that would look like a reset.
        add(words, "-device", "pvpanic", "-action", "panic=shutdown");
        add(words, "-kernel", config.kernel().toString());
        config.initrd().ifPresent(initrd -> add(words, "-initrd", initrd.toString()));
        if (!config.commandLine().isEmpty()) {
            add(words, "-append", config.commandLine());
        }
        return words;
    }

    private static void machine(List<String> words, QemuOptions options, MachineConfig config) {
        StringBuilder machine = new StringBuilder("microvm,accel=").append(options.accelerator().option());
        if (config.acpi() == AcpiMode.OFF) {
            machine.append(",acpi=off");
        }
        MemoryOptions memory = config.memory();
        String size = (memory.size() >> KIB_SHIFT) + "K";
        if (memory.hugepages() || memory.shared() || memory.prefault() || memory.mergeable()) {
            String kind = memory.hugepages() || memory.shared() ? "memory-backend-memfd" : "memory-backend-ram";
            add(words, "-object", kind + ",id=ram,size=" + size + (memory.hugepages() ? ",hugetlb=on" : "")
                    + ",share=" + onOff(memory.shared()) + ",prealloc=" + onOff(memory.prefault()) + ",merge="
                    + onOff(memory.mergeable()));
            machine.append(",memory-backend=ram");
        }
        add(words, "-machine", machine.toString(), "-m", "size=" + size);
    }

    private static String onOff(boolean on) {
        return on ? "on" : "off";
    }

    /** A comma ends a value unless it is doubled. */
    private static String escape(String value) {
        return value.replace(",", ",,");
    }

    private static void add(List<String> words, String... more) {
        words.addAll(List.of(more));
    }
}
