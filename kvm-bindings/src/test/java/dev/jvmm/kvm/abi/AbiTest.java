package dev.jvmm.kvm.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.kvm.KvmCapability;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** Every offset, size, ioctl and constant in Java against what the C compiler says of {@code linux/kvm.h}. */
class AbiTest {
    private static final String CSV = "/dev/jvmm/kvm/abi/kvm-abi.csv";

    @ParameterizedTest(name = "{0}.{1}")
    @CsvFileSource(resources = CSV)
    void equalsTheHeader(String owner, String name, long expected) throws ReflectiveOperationException {
        assertEquals(expected, owner.equals("const") ? constant(name) : offset(owner, name));
    }

    private static long offset(String structure, String name) throws ReflectiveOperationException {
        return Class.forName("dev.jvmm.kvm.abi." + structure).getField(name).getInt(null);
    }

    private static long constant(String name) throws ReflectiveOperationException {
        String bare = name.substring("KVM_".length());
        if (bare.startsWith("EXIT_IO_")) {
            return KvmFlags.class.getField(bare).getInt(null);
        }
        if (bare.startsWith("CAP_")) {
            return KvmCapability.valueOf(bare.substring("CAP_".length())).number();
        }
        if (bare.startsWith("EXIT_")) {
            return ExitReason.class.getField(bare.substring("EXIT_".length())).getInt(null);
        }
        for (Field field : KvmFlags.class.getFields()) {
            if (field.getName().equals(bare)) {
                return field.getInt(null);
            }
        }
        Ioctl ioctl = (Ioctl) KvmIoctl.class.getField(bare).get(null);
        assertEquals(name, ioctl.name());
        return Integer.toUnsignedLong(ioctl.request());
    }

    @Test
    void noRowOfTheIoctlTableGoesUnproven() throws Exception {
        Set<String> proven = new HashSet<>();
        for (String line : csv().lines().toList()) {
            proven.add(line.split(",")[1]);
        }
        for (Field field : KvmIoctl.class.getFields()) {
            assertTrue(proven.contains("KVM_" + field.getName()), field.getName());
        }
        for (KvmCapability capability : KvmCapability.values()) {
            assertTrue(proven.contains("KVM_CAP_" + capability), capability.name());
        }
    }

    @Test
    void theProbeStillPrintsTheCommittedRows(@TempDir Path folder) throws Exception {
        Path binary = folder.resolve("probe");
        Assumptions.assumeTrue(run(List.of("sh", "-c", "command -v gcc")) == 0, "no gcc on this host");
        assertEquals(0, run(List.of("gcc", "-o", binary.toString(), "src/test/abi/kvm-probe.c")), "gcc");
        Path output = folder.resolve("rows");
        Process process = new ProcessBuilder(binary.toString()).redirectOutput(output.toFile()).start();
        assertTrue(process.waitFor(10, TimeUnit.SECONDS));
        List<String> committed = new ArrayList<>(csv().lines().toList());
        committed.removeAll(Files.readAllLines(output));
        assertEquals(List.of(), committed, "rows that this host's header has otherwise");
    }

    private static int run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        return process.exitValue();
    }

    private static String csv() throws IOException {
        try (InputStream in = AbiTest.class.getResourceAsStream(CSV)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertFalse(text.isEmpty());
            return text.substring(text.indexOf('\n') + 1);
        }
    }
}
