package dev.jvmm.cli;

import dev.jvmm.boot.BootProtocol;
import dev.jvmm.config.ConfigException;
import dev.jvmm.device.BalloonSpec;
import dev.jvmm.device.ConsoleSpec;
import dev.jvmm.device.DeviceSpec;
import dev.jvmm.device.DiskSpec;
import dev.jvmm.device.EntropySpec;
import dev.jvmm.device.NetSpec;
import dev.jvmm.device.NvdimmSpec;
import dev.jvmm.device.PmemSpec;
import dev.jvmm.device.RootSpec;
import dev.jvmm.device.ShareSpec;
import dev.jvmm.device.VsockSpec;
import dev.jvmm.machine.AcpiMode;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.virtio.pmem.PmemConfig.Sharing;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What {@code boot} was asked for. Filled by {@link #set}, whoever read the command line. */
final class BootOptions {
    /** Where the guest's console goes. */
    enum Console { DEFAULT, TTY, FILE, OFF, SOCKET }

    private static final String FILE_PREFIX = "file:";

    private Optional<Path> kernel = Optional.empty();
    private Optional<Path> initrd = Optional.empty();
    private Optional<String> commandLine = Optional.empty();
    private int cpus = 1;
    private long memory = MachineConfig.DEFAULT_MEMORY;
    private boolean hugepages;
    private boolean mergeable;
    private boolean prefault;
    private boolean sharedMemory;
    private BootProtocol protocol = BootProtocol.AUTO;
    private AcpiMode acpi = AcpiMode.AUTO;
    private Console console = Console.DEFAULT;
    private Path consoleFile = Path.of("");
    private final Map<BootOption, List<DeviceSpec>> devices = new EnumMap<>(BootOption.class);
    private Optional<RootSpec> root = Optional.empty();
    private final List<NvdimmSpec> nvdimms = new ArrayList<>();
    private Optional<Integer> slots = Optional.empty();
    private Optional<String> from = Optional.empty();
    private boolean noTemplate;
    private Optional<String> name = Optional.empty();
    private boolean detach;
    private Optional<RunningMachine> registered = Optional.empty();
    private boolean timing;
    private boolean quiet;
    private List<String> command = List.of();
    private final EnumSet<BootOption> given = EnumSet.noneOf(BootOption.class);

    /**
     * Takes an option.
     *
     * @param value empty for an option without one
     * @throws UsageException when the value is not one of those possible
     */
    void set(BootOption option, String value) {
        given.add(option);
        switch (option) {
            case KERNEL -> kernel = Optional.of(path(option, value));
            case INITRD -> initrd = Optional.of(path(option, value));
            case CMDLINE -> commandLine = Optional.of(value);
            case CPUS -> cpus = OptionValues.number(option, value, 1, MachineConfig.MAX_CPUS);
            case MEMORY -> memory = OptionValues.size(option, value);
            case HUGEPAGES -> hugepages = true;
            case MERGEABLE -> mergeable = true;
            case PREFAULT -> prefault = true;
            case SHARED_MEMORY -> sharedMemory = true;
            case PROTOCOL -> protocol = OptionValues.protocolNamed(value);
            case ACPI -> acpi = OptionValues.acpiNamed(value);
            case DISK -> add(option, DiskSpec.KIND, value);
            case ROOT -> root = Optional.of(OptionValues.root(value));
            case SHARE -> add(option, ShareSpec.KIND, value);
            case NET -> add(option, NetSpec.KIND, value);
            case RNG -> add(option, EntropySpec.KIND, value);
            case BALLOON -> add(option, BalloonSpec.KIND, value);
            case VIRTIO_CONSOLE -> add(option, ConsoleSpec.KIND, value);
            case VSOCK -> add(option, VsockSpec.KIND, value);
            case PMEM -> add(option, PmemSpec.KIND, value);
            case NVDIMM -> nvdimms.add(nvdimm(value));
            case NAME -> name = Optional.of(value);
            case DETACH -> detach = true;
            case SLOTS -> slots = Optional.of(OptionValues.number(option, value, 0, MachineConfig.MAX_SLOTS));
            case FROM -> from = Optional.of(value);
            case NO_TEMPLATE -> noTemplate = true;
            case CONSOLE -> setConsole(value);
            case TIMING -> timing = true;
            case QUIET -> quiet = true;
        }
    }

    /** Takes the guest's command: what stands behind {@code --}. */
    void command(String[] arguments, int from) {
        List<String> words = new ArrayList<>();
        for (int i = from; i < arguments.length; i++) {
            words.add(arguments[i]);
        }
        if (from == arguments.length) {
            throw new UsageException("no command behind --: give one, or leave out the -- for a shell");
        }
        command = words;
    }

    private static Path path(BootOption option, String value) {
        if (value.isEmpty() || value.indexOf('\0') >= 0) {
            throw new UsageException(option.text + " '" + value + "': give the name of a file");
        }
        return Path.of(value);
    }

    private static DeviceSpec device(BootOption option, String kind, String value) {
        try {
            return DeviceSpec.parse(kind, value);
        } catch (ConfigException e) {
            throw new UsageException(option.text + ": " + e.getMessage());
        }
    }

    private static NvdimmSpec nvdimm(String value) {
        try {
            return NvdimmSpec.parse(value);
        } catch (ConfigException e) {
            throw new UsageException(BootOption.NVDIMM.text + ": " + e.getMessage());
        }
    }

    private void setConsole(String value) {
        if (value.equals("tty")) {
            console = Console.TTY;
        } else if (value.equals("off")) {
            console = Console.OFF;
        } else if (value.startsWith(FILE_PREFIX) && value.length() > FILE_PREFIX.length()) {
            console = Console.FILE;
            consoleFile = path(BootOption.CONSOLE, value.substring(FILE_PREFIX.length()));
        } else {
            throw new UsageException("--console '" + value + "': give tty, file:FILE or off");
        }
    }

    Optional<Path> kernel() {
        return kernel;
    }

    Optional<Path> initrd() {
        return initrd;
    }

    Optional<String> commandLine() {
        return commandLine;
    }

    /** The command for the guest; empty when there is none. */
    List<String> command() {
        return command;
    }

    /** Never {@link Console#DEFAULT}. */
    Console console() {
        if (console != Console.DEFAULT) {
            return console;
        }
        return !command.isEmpty() ? Console.OFF : detach ? Console.SOCKET : Console.TTY;
    }

    /** The guest's root file system, if it is not that of an initial RAM disk. */
    Optional<RootSpec> root() {
        return root;
    }

    /** The devices but for the root's, in the order of their slots: by their options' order here. */
    List<DeviceSpec> devices() {
        List<DeviceSpec> all = new ArrayList<>();
        for (List<DeviceSpec> ofOption : devices.values()) {
            all.addAll(ofOption);
        }
        return all;
    }

    private void add(BootOption option, String kind, String text) {
        List<DeviceSpec> ofOption = devices.get(option);
        if (ofOption == null) {
            ofOption = new ArrayList<>();
            devices.put(option, ofOption);
        }
        ofOption.add(device(option, kind, text));
    }

    /** Puts the root's NVDIMM in front of the others. */
    void addFirst(NvdimmSpec spec) {
        nvdimms.add(0, spec);
    }

    /** Whether the guest may leave something on a disk or in a share. */
    boolean canWriteDisks() {
        List<DeviceSpec> all = devices();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i) instanceof DiskSpec disk && !disk.config().readOnly()
                    || all.get(i) instanceof ShareSpec share && !share.share().readOnly()
                    || all.get(i) instanceof PmemSpec memory && memory.config().sharing() == Sharing.SHARED) {
                return true;
            }
        }
        for (int i = 0; i < nvdimms.size(); i++) {
            if (nvdimms.get(i).config().sharing() == Sharing.SHARED) {
                return true;
            }
        }
        return false;
    }

    /** The shares that the guest is to mount before its command begins. */
    List<ShareSpec> mounts() {
        List<ShareSpec> all = new ArrayList<>();
        List<DeviceSpec> shares = devices.getOrDefault(BootOption.SHARE, List.of());
        for (int i = 0; i < shares.size(); i++) {
            if (shares.get(i) instanceof ShareSpec share && share.mount().isPresent()) {
                all.add(share);
            }
        }
        return all;
    }

    /** The template to start from. */
    Optional<String> from() {
        return from;
    }

    /** The name that the machine is to have. */
    Optional<String> name() {
        return name;
    }

    /** Whether the machine is to go on without this terminal. */
    boolean detach() {
        return detach;
    }

    /** The machine has a name, and so a vsock device, unless one is asked for, by which its agent is reached. */
    void register(RunningMachine machine) {
        name = Optional.of(machine.name());
        registered = Optional.of(machine);
        List<DeviceSpec> given = devices.get(BootOption.VSOCK);
        if (given == null) {
            add(BootOption.VSOCK, VsockSpec.KIND, machine.vsockOption());
        } else if (given.getFirst() instanceof VsockSpec vsock && vsock.config().socket().isPresent()) {
            machine.linkVsock(Path.of(vsock.config().socket().get()));
        } else {
            throw new UsageException(
                    "--name and --vsock without uds=PATH: the guest could not be reached; add one, or leave --vsock out");
        }
    }

    /** The machine under its name, once it has it. */
    Optional<RunningMachine> registered() {
        return registered;
    }

    int cpus() {
        return cpus;
    }

    /** In bytes. */
    long memory() {
        return memory;
    }

    boolean mergeable() {
        return mergeable;
    }

    /** Whether a template may stand for a boot of that guest: of jvmm's own, with RAM of the plain kind. */
    boolean mayUseTemplate(GuestPlan plan) {
        return plan.ours() && !noTemplate && nvdimms.isEmpty() && !hugepages && !prefault && !sharedMemory;
    }

    /**
     * Checks what only all options together show.
     *
     * @throws UsageException when two do not go together
     */
    void check() {
        if (root.isPresent() && !command.isEmpty()) {
            throw new UsageException("--root boots into the init of that root, which takes no command: leave it out,"
                    + " or give the root with --disk or --share and mount it");
        }
        if (from.isPresent()) {
            for (BootOption option : given) {
                if (option.isOfMachine()) {
                    throw new UsageException("--from and " + option.text + ": what the machine is, the template says;"
                            + " make one with 'jvmm template create'");
                }
            }
        }
    }

    Path consoleFile() {
        return consoleFile;
    }

    boolean timing() {
        return timing;
    }

    boolean quiet() {
        return quiet;
    }

    /**
     * The machine that was asked for.
     *
     * @throws UsageException when a number is out of range
     */
    MachineConfig machine(Path kernelFile, Optional<Path> initrdFile, String line) {
        MachineConfig.Builder builder = MachineConfig.builder(kernelFile)
                .commandLine(line)
                .cpus(cpus)
                .memory(new MemoryOptions(memory, sharedMemory, hugepages, prefault, mergeable))
                .protocol(protocol)
                .acpi(acpi)
                .nvdimms(nvdimms)
                .slots(slots.isPresent() ? slots.get()
                        : MachineConfig.slotsFor(devices().size() + (root.isPresent() ? 1 : 0)));
        if (initrdFile.isPresent()) {
            builder.initrd(initrdFile.get());
        }
        try {
            return builder.build();
        } catch (ConfigException e) {
            throw new UsageException(e.getMessage());
        }
    }
}
