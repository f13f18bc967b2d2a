package dev.jvmm.cli;

import dev.jvmm.kvm.KvmCapability;
import dev.jvmm.kvm.KvmSystem;
import dev.jvmm.kvm.KvmUnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Looks at the host without changing anything. */
final class HostCheck {
    /** Without these no machine can be made. */
    private static final KvmCapability[] NEEDED = {
        KvmCapability.IRQCHIP, KvmCapability.USER_MEMORY, KvmCapability.SET_TSS_ADDR, KvmCapability.IRQFD,
        KvmCapability.IOEVENTFD, KvmCapability.PIT2, KvmCapability.MP_STATE, KvmCapability.VCPU_EVENTS,
        KvmCapability.IMMEDIATE_EXIT
    };

    private final HostFiles files;
    private final List<Finding> findings = new ArrayList<>();

    HostCheck() {
        this(new HostFiles("/"));
    }

    HostCheck(HostFiles files) {
        this.files = files;
    }

    /** Everything that was found, in the order in which a person wants to read it. */
    List<Finding> findings() {
        kvm();
        kind();
        findings.add(HostUser.finding());
        memory();
        hugepages();
        ksm();
        device("tun", "dev/net/tun", "networks for guests through TAP devices", "sudo modprobe tun");
        device("vhost-net", "dev/vhost-net", "guest networks inside the host's kernel", "sudo modprobe vhost_net");
        device("vhost-vsock", "dev/vhost-vsock", "guest sockets inside the host's kernel", "sudo modprobe vhost_vsock");
        device("vfio", "dev/vfio/vfio", "PCI devices for guests", "sudo modprobe vfio-pci, with the IOMMU enabled");
        findings.add(Finding.ok("java", Runtime.version() + " (" + System.getProperty("java.vm.name") + ", "
                + System.getProperty("java.home") + ")"));
        return List.copyOf(findings);
    }

    private void kvm() {
        try (KvmSystem kvm = KvmSystem.open()) {
            List<String> lacking = new ArrayList<>();
            for (KvmCapability capability : NEEDED) {
                if (kvm.check(capability) == 0) {
                    lacking.add(capability.name());
                }
            }
            if (lacking.isEmpty()) {
                findings.add(Finding.ok("kvm", "/dev/kvm answers, with all that jvmm needs"));
            } else {
                findings.add(Finding.missing("kvm", "this KVM lacks " + lacking, "use a newer kernel"));
            }
            findings.add(Finding.ok("cpus", Runtime.getRuntime().availableProcessors() + " here; a guest may have "
                    + kvm.check(KvmCapability.MAX_VCPUS) + ", " + kvm.check(KvmCapability.NR_VCPUS) + " are advised"));
            List<String> present = new ArrayList<>();
            for (KvmCapability capability : KvmCapability.values()) {
                int value = kvm.check(capability);
                if (value > 0) {
                    present.add(capability.name().toLowerCase(Locale.ROOT) + (value == 1 ? "" : "=" + value));
                }
            }
            findings.add(Finding.ok("capabilities", String.join(" ", present)));
        } catch (KvmUnavailableException e) {
            String message = e.getMessage();
            int advice = message.indexOf(". ");
            findings.add(Finding.missing(
                    "kvm",
                    advice < 0 ? message : message.substring(0, advice),
                    advice < 0 ? "load the KVM module" : message.substring(advice + 2)));
        }
    }

    private void kind() {
        String flags = files.line("proc/cpuinfo", "flags") + " ";
        if (files.exists("sys/module/kvm_pvm")) {
            findings.add(Finding.limited(
                    "speed",
                    "slow: this KVM (PVM) has no virtualization hardware; user programs run at full speed, kernels are emulated"
                            + " at about half a million instructions a second",
                    "expect seconds for a boot; a host with VT-x or AMD-V takes a fraction of one"));
        } else if (flags.contains(" vmx ") && files.exists("sys/module/kvm_intel")) {
            findings.add(Finding.ok("speed", "full: Intel VT-x"));
        } else if (flags.contains(" svm ") && files.exists("sys/module/kvm_amd")) {
            findings.add(Finding.ok("speed", "full: AMD-V"));
        } else {
            findings.add(
                    Finding.limited("speed", "unknown: no vmx or svm among the CPU's flags", "see 'lsmod | grep kvm'"));
        }
    }

    private void memory() {
        findings.add(Finding.ok("memory", files.line("proc/meminfo", "MemAvailable") + " available of "
                + files.line("proc/meminfo", "MemTotal")));
    }

    private void hugepages() {
        String free = files.line("proc/meminfo", "HugePages_Free");
        if (free.isEmpty() || free.equals("0")) {
            findings.add(Finding.absent(
                    "hugepages", "no 2 MiB pages are free for --hugepages",
                    "echo 512 | sudo tee /proc/sys/vm/nr_hugepages"));
        } else {
            findings.add(Finding.ok("hugepages",
                    free + " pages of " + files.line("proc/meminfo", "Hugepagesize") + " free"));
        }
    }

    private void ksm() {
        switch (files.text("sys/kernel/mm/ksm/run")) {
            case "1" -> findings.add(Finding.ok("ksm", "runs, for --mergeable"));
            case "" ->
                findings.add(Finding.absent("ksm", "the kernel has no KSM for --mergeable", "use one with CONFIG_KSM"));
            default -> findings.add(Finding.absent(
                    "ksm", "is off; --mergeable has no effect", "echo 1 | sudo tee /sys/kernel/mm/ksm/run"));
        }
    }

    private void device(String name, String path, String use, String advice) {
        if (!files.exists(path)) {
            findings.add(Finding.absent(name, "no /" + path + ": no " + use, advice));
        } else if (!files.writable(path)) {
            findings.add(Finding.absent(name, "no right to /" + path + ": no " + use, "change its owner or mode"));
        } else {
            findings.add(Finding.ok(name, "/" + path + ": " + use));
        }
    }
}
