package dev.jvmm.cli;

import dev.jvmm.config.MemorySize;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.snapshot.BuildIdentity;
import dev.jvmm.snapshot.Fact;
import dev.jvmm.snapshot.HostIdentity;
import dev.jvmm.snapshot.Identity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** What makes one booted guest unlike another: this jvmm, this host, and everything that it was booted with. */
final class TemplateIdentity {
    static final String CPUS = "vCPUs";
    static final String MEMORY = "memory";

    private TemplateIdentity() {}

    /** Where a snapshot can be used at all. */
    static Identity ofThisPlace() {
        List<Fact> facts = new ArrayList<>(BuildIdentity.facts());
        facts.addAll(HostIdentity.facts());
        return new Identity(facts);
    }

    /** What the guest of a plan is, on this host. */
    static Identity of(GuestPlan plan) {
        MachineConfig machine = plan.machine();
        List<Fact> facts = new ArrayList<>(7);
        facts.add(new Fact("kernel", file(plan, machine.kernel())));
        facts.add(new Fact("initial RAM disk", machine.initrd().isPresent() ? file(plan, machine.initrd().get()) : ""));
        facts.add(new Fact("command line", machine.commandLine()));
        facts.add(new Fact(CPUS, Integer.toString(machine.cpus())));
        facts.add(new Fact(MEMORY, MemorySize.format(machine.memory().size())));
        facts.add(new Fact("slots", Integer.toString(machine.slots())));
        facts.add(new Fact("way of booting", machine.protocol().name() + ", ACPI " + machine.acpi().name()));
        return ofThisPlace().with(facts);
    }

    /** jvmm's own files have their hash in their name; of others, size and time of change must do. */
    private static String file(GuestPlan plan, Path file) {
        if (plan.ours()) {
            return file.getFileName().toString();
        }
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return file.toRealPath() + " of " + attributes.size() + " bytes, changed " + attributes.lastModifiedTime();
        } catch (IOException e) {
            throw new UncheckedIOException(file + " can not be read: " + e.getMessage(), e);
        }
    }
}
