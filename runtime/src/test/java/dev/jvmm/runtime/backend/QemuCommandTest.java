package dev.jvmm.runtime.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.machine.AcpiMode;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.runtime.backend.QemuOptions.Accelerator;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class QemuCommandTest {
    private static final Path QEMU = Path.of("/opt/qemu");

    private static List<String> words(Accelerator accelerator, boolean emulated, MachineConfig config) {
        return QemuCommand.of(new QemuOptions(QEMU, accelerator), emulated, config, Path.of("/tmp/a,b"));
    }

    private static String after(String option, List<String> words) {
        return words.get(words.indexOf(option) + 1);
    }

    private static MachineConfig.Builder config() {
        return MachineConfig.builder(Path.of("/k,1"));
    }

    @Test
    void theWholeLine() {
        MachineConfig config = config().initrd(Path.of("/i,2")).cpus(4).commandLine("a=b,c \"d e\"").build();
        assertEquals(
                List.of("/opt/qemu", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-S", "-name",
                        "jvmm,debug-threads=on", "-cpu", "host", "-smp", "4", "-machine", "microvm,accel=kvm", "-m",
                        "size=131072K",
                        "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console", "-chardev",
                        "socket,id=monitor,path=/tmp/a,,b", "-mon", "chardev=monitor,mode=control", "-device",
                        "pvpanic", "-action",
                        "panic=shutdown", "-kernel", "/k,1", "-initrd", "/i,2", "-append", "a=b,c \"d e\""),
                words(Accelerator.KVM, false, config));
    }

    @Test
    void anEmptyLineAndNoInitrdAreLeftOut() {
        List<String> words = words(Accelerator.KVM, false, config().build());
        assertFalse(words.contains("-append"));
        assertFalse(words.contains("-initrd"));
    }

    @Test
    void theProcessorFitsTheAccelerator() {
        assertEquals("max", after("-cpu", words(Accelerator.TCG, true, config().build())));
        assertEquals("host,-arch-capabilities", after("-cpu", words(Accelerator.KVM, true, config().build())));
        assertEquals("microvm,accel=tcg", after("-machine", words(Accelerator.TCG, false, config().build())));
    }

    @Test
    void acpiCanBeOff() {
        List<String> words = words(Accelerator.KVM, false, config().acpi(AcpiMode.OFF).build());
        assertEquals("microvm,accel=kvm,acpi=off", after("-machine", words));
    }

    @Test
    void memoryOfAKindIsABackend() {
        MemoryOptions huge = new MemoryOptions(64L << 20, false, true, true, false);
        List<String> words = words(Accelerator.KVM, false, config().memory(huge).build());
        assertEquals("memory-backend-memfd,id=ram,size=65536K,hugetlb=on,share=off,prealloc=on,merge=off",
                after("-object", words));
        assertTrue(after("-machine", words).endsWith(",memory-backend=ram"));
        MemoryOptions merged = new MemoryOptions(64L << 20, false, false, false, true);
        assertTrue(after("-object", words(Accelerator.KVM, false, config().memory(merged).build()))
                .startsWith("memory-backend-ram,"));
    }
}
