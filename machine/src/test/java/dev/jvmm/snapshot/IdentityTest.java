package dev.jvmm.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IdentityTest {
    @TempDir
    private Path folder;

    @Test
    void readsTheFirstProcessorKernelAndModule() throws IOException {
        Files.writeString(folder.resolve("cpuinfo"), """
                processor\t: 0
                vendor_id\t: Vendor
                cpu family\t: 25
                model\t: 17
                model name\t: A CPU
                stepping\t: 1
                microcode\t: 0x7
                flags\t: fpu vme
                power management:

                processor\t: 1
                vendor_id\t: Other
                """);
        Files.writeString(folder.resolve("version"), "Linux version 6.1 #1\n");
        Files.createDirectories(folder.resolve("module/kvm_amd"));
        assertEquals(List.of(
                new Fact("host CPU", "Vendor, 25, 17, A CPU, 1, 0x7"), new Fact("host CPU flags", "fpu vme"),
                new Fact("host kernel", "Linux version 6.1 #1"), new Fact("KVM module", "kvm_amd")),
                HostIdentity.facts(folder.toString(), folder.toString()));
    }

    @Test
    void knowsThisHost() {
        List<Fact> facts = HostIdentity.facts();
        assertEquals(facts, HostIdentity.facts());
        assertTrue(facts.get(1).value().contains("fpu"), facts.toString());
        assertTrue(facts.get(2).value().startsWith("Linux version "), facts.toString());
    }

    @Test
    void hasEmptyFactsOfAHostThatSaysNothing() {
        assertEquals(4, HostIdentity.facts(folder + "/none", folder + "/none").size());
    }

    @Test
    void tellsBuildsApart() throws IOException {
        Path jar = Files.write(folder.resolve("a.jar"), new byte[10]);
        Path classes = Files.createDirectories(folder.resolve("classes/dev"));
        Path one = Files.write(classes.resolve("One.class"), new byte[10]);
        String path = jar + ":" + folder.resolve("classes") + "::" + folder.resolve("none.jar");
        String first = BuildIdentity.of(path);
        assertEquals(first, BuildIdentity.of(path));
        Files.setLastModifiedTime(jar, FileTime.fromMillis(1_000_000));
        String second = BuildIdentity.of(path);
        assertNotEquals(first, second);
        Files.write(one, new byte[11]);
        String third = BuildIdentity.of(path);
        assertNotEquals(second, third);
        Files.move(one, classes.resolve("Two.class"));
        assertNotEquals(third, BuildIdentity.of(path));
        assertFalse(BuildIdentity.facts().get(0).value().isEmpty());
    }

    @Test
    void saysWhatDiffers() {
        Identity its = new Identity(List.of(new Fact("flags", "a ".repeat(60) + "b"), new Fact("n", "1")));
        assertEquals("its flags is another (\"b\" only there)",
                its.difference(new Identity(List.of(new Fact("flags", "a")))).orElseThrow());
        assertEquals("its flags is another (\"c\" only here)",
                its.difference(new Identity(List.of(new Fact("flags", "a b c")))).orElseThrow());
        assertEquals("its n is \"1\", here it is \"2\"",
                its.difference(new Identity(List.of(new Fact("n", "2")))).orElseThrow());
        assertTrue(its.difference(its).isEmpty());
    }

    @Test
    void keysDependOnEveryFactAndItsPlace() {
        Fact a = new Fact("a", "1");
        Fact b = new Fact("b", "2");
        String key = new Identity(List.of(a, b)).key();
        assertEquals(16, key.length());
        assertEquals(key, new Identity(List.of(a, b)).key());
        assertNotEquals(key, new Identity(List.of(b, a)).key());
        assertNotEquals(key, new Identity(List.of(a)).key());
        assertNotEquals(new Identity(List.of(new Fact("a", "b"))).key(),
                new Identity(List.of(new Fact("ab", ""))).key());
    }
}
