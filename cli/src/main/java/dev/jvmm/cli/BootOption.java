package dev.jvmm.cli;

/** The options of {@code boot}: one table for the quick reader, picocli, the help and the completion. */
enum BootOption {
    KERNEL("--kernel", "FILE", "Kernel to boot: a bzImage or an ELF vmlinux. Default: the guest that is part of jvmm."),
    INITRD("--initrd", "FILE", "Initial RAM disk. Default: that of jvmm's own guest, where that is used."),
    CMDLINE(
            "--cmdline",
            "TEXT",
            "The kernel's command line; for jvmm's own guest, what to add to its line. jvmm appends what devices and host need."),
    CPUS("--cpus", "N", "Virtual CPUs, 1 to 254. Default: 1."),
    MEMORY("--memory", "SIZE", "Guest RAM, such as 96M, 512MiB or 2G; 1 MiB to 4 TiB. Default: 128M."),
    HUGEPAGES("--hugepages", "", "Take guest RAM from the host's pool of 2 MiB pages."),
    MERGEABLE("--mergeable", "", "Let the host share equal pages among guests (KSM)."),
    PREFAULT("--prefault", "", "Touch all guest RAM before the start."),
    SHARED_MEMORY("--shared-memory", "", "Back guest RAM with a memfd that other processes can map."),
    PROTOCOL("--protocol", "NAME", "How to enter the kernel: auto, linux64 or pvh. Default: auto.", "auto", "linux64",
            "pvh"),
    ACPI("--acpi", "MODE", "Describe the machine by ACPI tables: on, off or auto. Default: auto.", "on", "off", "auto"),
    DISK("--disk", "path=FILE[,...]",
            "A virtio block device: a raw image or a host's block device; may be given several times."),
    ROOT("--root", "PATH[,rw][,via=WAY][,...]",
            "The guest's root: a folder, an image, a block device or a tarball. What the guest writes goes to memory, unless rw."),
    SHARE("--share", "tag=NAME,path=DIR[,...]",
            "A directory of the host that the guest can mount (virtio-9p); may be given several times."),
    NET("--net", "[=...]",
            "A virtio network device: a network that needs no rights, or a TAP, macvtap, veth or socket; may be given several times."),
    RNG("--rng", "[=...]", "A virtio entropy device, fed by the host's generator."),
    BALLOON("--balloon", "[=...]", "A virtio balloon, by which the guest gives free memory back to the host."),
    VIRTIO_CONSOLE("--virtio-console", "socket=PATH[,...]",
            "A virtio console: ports that are Unix sockets of the host; may be given several times."),
    VSOCK("--vsock", "[=...]",
            "A virtio vsock device: sockets between the guest's programs and the host's."),
    PMEM("--pmem", "path=FILE[,...]",
            "A virtio persistent memory device: a file in the guest's physical memory; may be given several times."),
    NVDIMM("--nvdimm", "path=FILE[,...]",
            "An NVDIMM, for guests that find their devices by ACPI: a file, as with --pmem; may be given several times."),
    NAME("--name", "NAME",
            "Register the machine as NAME, for 'jvmm ps', exec, cp, console, logs, inspect and stop; adds a vsock device."),
    DETACH("--detach", "",
            "Return when the guest runs, and leave it running; prints its name. 'jvmm console' has its console."),
    SLOTS("--slots", "N",
            "Places for devices, 0 to 128; more than there are devices leave room for later. Default: 8."),
    FROM("--from", "NAME", "Start from the template of that name ('jvmm template create') instead of booting."),
    NO_TEMPLATE(
            "--no-template",
            "",
            "Boot, and neither use nor make a template. Guests that are cloned from one template share their address-space layout."),
    CONSOLE(
            "--console",
            "WHERE",
            "The guest's console: tty (this terminal), file:FILE or off. Default: tty, or off with a command.",
            "tty",
            "off",
            "file:"),
    TIMING("--timing", "", "When the guest has ended, print on standard error how long each step took, as JSON."),
    QUIET("--quiet", "", "Print nothing of jvmm's own but errors.");

    private static final BootOption[] ALL = values();

    final String text;
    final String label;
    final String description;
    final String[] candidates;

    BootOption(String text, String label, String description, String... candidates) {
        this.text = text;
        this.label = label;
        this.description = description;
        this.candidates = candidates;
    }

    /** Whether it says what the machine is, which a template does for its clones. */
    boolean isOfMachine() {
        return switch (this) {
            case KERNEL, INITRD, CMDLINE, CPUS, MEMORY, HUGEPAGES, PREFAULT, SHARED_MEMORY, PROTOCOL, ACPI, ROOT,
                    NVDIMM, SLOTS,
                    NO_TEMPLATE ->
                true;
            default -> false;
        };
    }

    /** Whether a value must follow. */
    boolean takesValue() {
        return !label.isEmpty() && !mayHaveValue();
    }

    /** Whether a value may follow behind an equals sign. */
    boolean mayHaveValue() {
        return label.startsWith("[");
    }

    /** The value that it stands for without one. */
    String alone() {
        return this == NET ? "user" : "";
    }

    /** Whether it may be given several times, and then counts each time. */
    boolean isRepeatable() {
        return this == DISK || this == SHARE || this == NET || this == VIRTIO_CONSOLE || this == PMEM || this == NVDIMM;
    }

    /** The option's index here whose text is the first {@code length} characters of {@code argument}, or -1. */
    static int indexOf(String argument, int length) {
        for (int i = 0; i < ALL.length; i++) {
            String text = ALL[i].text;
            if (text.length() == length && argument.startsWith(text)) {
                return i;
            }
        }
        return -1;
    }

    static BootOption at(int index) {
        return ALL[index];
    }
}
