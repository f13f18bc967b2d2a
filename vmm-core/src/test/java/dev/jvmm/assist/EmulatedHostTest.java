package dev.jvmm.assist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmulatedHostTest {
    @TempDir
    Path folder;

    @ParameterizedTest(name = "modules {0}, flags {1}")
    @CsvSource({
        "kvm_pvm, fpu vmx, true",
        "kvm_pvm, fpu, true",
        "kvm_intel, fpu vmx, false",
        "kvm_amd, fpu, false", // the module can only be at work on a processor that has it
        "other, fpu svm, false",
        "other, fpu vmx sse, false",
        "other, fpu sse vmx_like, true",
    })
    void isRecognised(String module, String flags, boolean emulated) throws IOException {
        Files.createDirectories(folder.resolve("module").resolve(module));
        Path cpuInfo = folder.resolve("cpuinfo");
        Files.writeString(cpuInfo, "processor\t: 0\nflags\t\t: " + flags + "\nbugs\t\t: none\n");
        assertEquals(emulated, EmulatedHost.detect(folder.resolve("module").toString(), cpuInfo.toString()));
    }

    @Test
    void nothingToSeeIsAnOrdinaryHost() {
        assertEquals(false, EmulatedHost.detect(folder.resolve("a").toString(), folder.resolve("b").toString()));
    }

    @Test
    void wordsFitLinuxBuffer() {
        for (String word : EmulatedHost.words().split(" ")) {
            int value = word.indexOf('=') + 1;
            assertTrue(word.length() - value < 128, "arch/x86/kernel/cpu/common.c has char arg[128]: " + word);
        }
    }
}
