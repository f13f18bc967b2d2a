package dev.jvmm.assist;

import java.io.File;

/**
 * Hosts whose KVM emulates kernel-mode code instead of running it on the processor (PVM), and what a kernel there must be told.
 */
public final class EmulatedHost {
    /** The module of KVM's software hypervisor; present exactly where it is what {@code /dev/kvm} offers. */
    private static final String MODULE = "/sys/module/kvm_pvm";

    private EmulatedHost() {}

    /** Whether this is one; costs one look at a file. */
    public static boolean isThisOne() {
        return new File(MODULE).exists();
    }

    /** Why things are slow there, for a person. */
    public static String notice() {
        return "this host's KVM emulates the guest's kernel in software, so booting takes seconds";
    }

    /**
     * Words for the kernel's command line: features that user programs see but the emulator lacks must not be used by the
     * kernel, and mitigations would only cost time.
     */
    public static String words() {
        return "clearcpuid=smap,popcnt,rdtscp,cx16,bmi1,bmi2,erms,fsrm,xsaves,xsavec mitigations=off";
    }
}
