package dev.jvmm.machine;

import dev.jvmm.boot.BootProtocol;
import dev.jvmm.config.ConfigException;
import dev.jvmm.config.MemorySize;
import dev.jvmm.device.DeviceSpec;
import dev.jvmm.device.NvdimmSpec;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.MemoryOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a machine is made of. A value of this type is complete and in range; whether the host has the files, the memory and
 * the processors shows when the machine is created.
 *
 * @param kernel an ELF or bzImage file
 * @param initrd the initial RAM disk
 * @param commandLine the kernel's line as its owner wants it; the machine appends what its devices and the host need
 * @param cpus virtual CPUs, 1 to {@link #MAX_CPUS}; KVM may allow fewer
 * @param memory the guest's RAM
 * @param protocol how the kernel is entered
 * @param acpi how the guest finds its devices
 * @param slots places for virtio devices, 0 to {@link #MAX_SLOTS}; those without a device can be filled later
 * @param devices what sits in the first slots from the start
 * @param nvdimms what is in the first places for NVDIMMs from the start; needs ACPI
 * @param nvdimmPlaces places for NVDIMMs, 0 to {@link #MAX_NVDIMMS}
 */
public record MachineConfig(
        Path kernel,
        Optional<Path> initrd,
        String commandLine,
        int cpus,
        MemoryOptions memory,
        BootProtocol protocol,
        AcpiMode acpi,
        int slots,
        List<DeviceSpec> devices,
        List<NvdimmSpec> nvdimms,
        int nvdimmPlaces) {
    /** The most CPUs that 8-bit APIC identifiers can name. */
    public static final int MAX_CPUS = 254;

    /** RAM of a guest that was not told otherwise, in bytes. */
    public static final long DEFAULT_MEMORY = 128L << 20;

    /** The most virtio devices that a machine may have. */
    public static final int MAX_SLOTS = AddressMap.VIRTIO_SLOTS_MAX;

    /** Slots of a machine that was not told otherwise, unless it has more devices. */
    public static final int DEFAULT_SLOTS = 8;

    /** The most NVDIMMs. */
    public static final int MAX_NVDIMMS = 16;

    private static final long HUGE_PAGE = 2L << 20;

    /** Checks every range. */
    public MachineConfig {
        if (cpus < 1 || cpus > MAX_CPUS) {
            throw new ConfigException(cpus + " virtual CPUs: give between 1 and " + MAX_CPUS);
        }
        devices = List.copyOf(devices);
        if (slots < 0 || slots > MAX_SLOTS) {
            throw new ConfigException(slots + " slots for devices: give between 0 and " + MAX_SLOTS);
        }
        if (devices.size() > slots) {
            throw new ConfigException(devices.size() + " devices for " + slots
                    + " slots: give the machine more slots, up to " + MAX_SLOTS);
        }
        nvdimms = List.copyOf(nvdimms);
        if (nvdimmPlaces < nvdimms.size() || nvdimmPlaces > MAX_NVDIMMS) {
            throw new ConfigException(nvdimms.size() + " NVDIMMs in " + nvdimmPlaces + " places: give at most "
                    + MAX_NVDIMMS);
        }
        checkMemory(memory);
        checkLine(commandLine);
    }

    private static void checkMemory(MemoryOptions memory) {
        long size = memory.size();
        if (size < AddressMap.MIN_RAM || size > AddressMap.MAX_RAM) {
            throw new ConfigException("guest memory of " + MemorySize.format(size) + ": give between "
                    + MemorySize.format(AddressMap.MIN_RAM) + " and " + MemorySize.format(AddressMap.MAX_RAM));
        }
        long unit = memory.hugepages() ? HUGE_PAGE : AddressMap.PAGE_SIZE;
        if (size % unit != 0) {
            throw new ConfigException("guest memory of " + MemorySize.format(size) + " is not a multiple of "
                    + MemorySize.format(unit) + ", the page size in use: give "
                    + MemorySize.format(size - size % unit + unit));
        }
    }

    private static void checkLine(String line) {
        if (line.length() >= AddressMap.COMMAND_LINE_MAX) {
            throw new ConfigException("a kernel command line of " + line.length() + " characters: the limit is "
                    + (AddressMap.COMMAND_LINE_MAX - 1));
        }
        for (int i = 0; i < line.length(); i++) {
            if (line.charAt(i) < ' ') {
                throw new ConfigException("the kernel command line has a control character at position " + i
                        + ": write it as one line without tabs");
            }
        }
    }

    /** The slots of a machine that was not told how many, in which so many devices sit from the start. */
    public static int slotsFor(int devices) {
        return Math.max(DEFAULT_SLOTS, devices);
    }

    /** A builder with one CPU, {@link #DEFAULT_MEMORY}, no initrd and an empty line. */
    public static Builder builder(Path kernel) {
        return new Builder(kernel);
    }

    /**
     * With other {@link #devices}.
     *
     * @throws ConfigException when there are more than slots
     */
    public MachineConfig withDevices(List<DeviceSpec> specs) {
        return new MachineConfig(kernel, initrd, commandLine, cpus, memory, protocol, acpi, slots, specs, nvdimms,
                nvdimmPlaces);
    }

    /** Collects a configuration; not for several threads at once. */
    public static final class Builder {
        private final Path kernel;
        private Optional<Path> initrd = Optional.empty();
        private String commandLine = "";
        private int cpus = 1;
        private MemoryOptions memory = MemoryOptions.ofSize(DEFAULT_MEMORY);
        private BootProtocol protocol = BootProtocol.AUTO;
        private AcpiMode acpi = AcpiMode.AUTO;
        private Optional<Integer> slots = Optional.empty();
        private List<DeviceSpec> devices = List.of();
        private List<NvdimmSpec> nvdimms = List.of();
        private int nvdimmPlaces;

        private Builder(Path kernel) {
            this.kernel = kernel;
        }

        public Builder initrd(Path file) {
            this.initrd = Optional.of(file);
            return this;
        }

        public Builder commandLine(String line) {
            this.commandLine = line;
            return this;
        }

        public Builder cpus(int count) {
            this.cpus = count;
            return this;
        }

        public Builder memory(MemoryOptions options) {
            this.memory = options;
            return this;
        }

        public Builder protocol(BootProtocol wanted) {
            this.protocol = wanted;
            return this;
        }

        public Builder acpi(AcpiMode wanted) {
            this.acpi = wanted;
            return this;
        }

        public Builder slots(int count) {
            this.slots = Optional.of(count);
            return this;
        }

        public Builder devices(List<DeviceSpec> specs) {
            this.devices = specs;
            return this;
        }

        public Builder nvdimms(List<NvdimmSpec> specs) {
            this.nvdimms = specs;
            return this;
        }

        /** Places for NVDIMMs, where there are to be more than there are from the start. */
        public Builder nvdimmPlaces(int count) {
            this.nvdimmPlaces = count;
            return this;
        }

        /**
         * The finished configuration.
         *
         * @throws ConfigException when a value is out of range
         */
        public MachineConfig build() {
            int places = slots.isPresent() ? slots.get() : slotsFor(devices.size());
            return new MachineConfig(kernel, initrd, commandLine, cpus, memory, protocol, acpi, places, devices,
                    nvdimms,
                    Math.max(nvdimmPlaces, nvdimms.size()));
        }
    }
}
