package dev.jvmm.assist;

import java.io.BufferedReader;
import java.io.File;
import java.io.FileReader;
import java.io.IOException;

/**
 * Hosts whose KVM emulates kernel-mode code instead of running it on the processor (PVM), and what a kernel there must be told.
 */
public final class EmulatedHost {
    private static final String MODULES = "/sys/module";
    private static final String CPU_INFO = "/proc/cpuinfo";

    private EmulatedHost() {}

    /** Whether this is one; costs one look at a file, or three where KVM runs on hardware. */
    public static boolean isThisOne() {
        return detect(MODULES, CPU_INFO);
    }

    /**
     * The module's name tells. Where neither KVM's software hypervisor nor its kinds for hardware are to be seen (sysfs hidden
     * in a container), a processor that shows its guests no virtualization can not be what runs {@code /dev/kvm}.
     *
     * @param modules the folder {@code /sys/module}
     * @param cpuInfo the file {@code /proc/cpuinfo}
     */
    static boolean detect(String modules, String cpuInfo) {
        if (new File(modules, "kvm_pvm").exists()) {
            return true;
        }
        boolean hardware = new File(modules, "kvm_intel").exists() || new File(modules, "kvm_amd").exists();
        return !hardware && lacksVirtualization(cpuInfo);
    }

    private static boolean lacksVirtualization(String cpuInfo) {
        try (BufferedReader reader = new BufferedReader(new FileReader(cpuInfo))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith("flags")) {
                    String flags = line + " ";
                    return !flags.contains(" vmx ") && !flags.contains(" svm ");
                }
            }
        } catch (IOException e) {
            return false; // nothing known: a host like any other
        }
        return false;
    }

    /** Why things are slow there, for a person. */
    public static String notice() {
        return "this host's KVM emulates the guest's kernel in software, so booting takes seconds";
    }

    /**
     * Words to stand before the user's own on the kernel's command line; of two alike Linux obeys the later.
     *
     * <p>{@code clearcpuid} keeps the kernel from features that its programs go on using, at full speed: those that the emulator
     * lacks and that {@link InstructionAssist} would have to finish one by one ({@code smap} to {@code adx}), string operations
     * in a form that is slow when emulated ({@code erms}, {@code fsrm}), compacted state images where plain ones do
     * ({@code xsaves}, {@code xsavec}), and vector code for checksums and ciphers, which nobody finishes ({@code ssse3} to
     * {@code sha_ni}). Mitigations would only cost time. Linux takes 127 characters of {@code clearcpuid}, and names since 5.18.
     *
     * <p>Such a KVM does not shift the time-stamp counter, which would make a restored guest's clock jump over all the time since it was
     * saved; KVM's own clock goes on where it stood. Asynchronous page faults and the accounting of stolen time cost more than they save.
     */
    public static String words() {
        return "clearcpuid=smap,popcnt,rdtscp,rdpid,cx16,bmi1,bmi2,adx,erms,fsrm,xsaves,xsavec,ssse3,pclmulqdq,aes,sha_ni mitigations=off"
                + " clocksource=kvm-clock no-kvmapf no-steal-acc";
    }
}
