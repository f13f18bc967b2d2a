package dev.jvmm.snapshot;

import java.io.File;
import java.util.ArrayList;
import java.util.List;

/**
 * The host as a guest that was started on it knows it: its processor (the first stands for all), its kernel, and which KVM module there
 * is. Read anew each time, from a few small files of the kernel's.
 */
public final class HostIdentity {
    /** The fact of the processor's model. */
    public static final String CPU = "host CPU";
    /** The fact of the processor's features. */
    public static final String FLAGS = "host CPU flags";
    /** The fact of the kernel's release and build. */
    public static final String KERNEL = "host kernel";
    /** The fact of the KVM module. */
    public static final String KVM = "KVM module";

    /** One processor's entry in cpuinfo has about 2 KiB, with all of today's flags 3. */
    private static final int CPUINFO_BYTES = 8192;
    private static final int VERSION_BYTES = 1024;
    private static final String[] MODEL_KEYS = { "vendor_id", "cpu family", "model", "model name", "stepping",
        "microcode" };
    private static final String[] MODULES = { "kvm_pvm", "kvm_amd", "kvm_intel" };

    private HostIdentity() {}

    /** This host. */
    public static List<Fact> facts() {
        return facts("/proc", "/sys");
    }

    static List<Fact> facts(String proc, String sys) {
        String cpuinfo = ProcFile.read(proc + "/cpuinfo", CPUINFO_BYTES);
        List<Fact> facts = new ArrayList<>(4);
        facts.add(new Fact(CPU, model(cpuinfo)));
        facts.add(new Fact(FLAGS, value(cpuinfo, "flags")));
        facts.add(new Fact(KERNEL, ProcFile.read(proc + "/version", VERSION_BYTES).trim()));
        facts.add(new Fact(KVM, modules(sys)));
        return facts;
    }

    private static String model(String cpuinfo) {
        StringBuilder model = new StringBuilder(96);
        for (String key : MODEL_KEYS) {
            if (!model.isEmpty()) {
                model.append(", ");
            }
            model.append(value(cpuinfo, key));
        }
        return model.toString();
    }

    /** The value of the first line with that key; empty where there is none. */
    private static String value(String cpuinfo, String key) {
        int start = 0;
        while (start < cpuinfo.length()) {
            int end = cpuinfo.indexOf('\n', start);
            end = end < 0 ? cpuinfo.length() : end;
            int colon = cpuinfo.indexOf(':', start);
            if (cpuinfo.startsWith(key, start) && colon >= 0 && colon < end
                    && cpuinfo.substring(start + key.length(), colon).isBlank()) {
                return cpuinfo.substring(colon + 1, end).trim();
            }
            start = end + 1;
        }
        return "";
    }

    private static String modules(String sys) {
        StringBuilder found = new StringBuilder();
        for (String module : MODULES) {
            if (new File(sys + "/module/" + module).exists()) {
                found.append(found.isEmpty() ? "" : " ").append(module);
            }
        }
        return found.toString();
    }
}
