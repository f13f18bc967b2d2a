package dev.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.machine.MachineConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BootArgumentsTest {
    private static BootOptions read(String line) {
        BootOptions options = new BootOptions();
        assertTrue(new BootArguments(line.split(" ")).readInto(options), line);
        return options;
    }

    private static MachineConfig config(BootOptions options) {
        return options.machine(
                options.kernel().orElse(Path.of("none")), options.initrd(), options.commandLine().orElse(""));
    }

    @Test
    void readsAllOptions() {
        BootOptions options = read(
                "boot --kernel k --initrd=i --cmdline=a=b --cpus 4 --memory 1G --hugepages --mergeable"
                        + " --prefault --shared-memory --protocol pvh --acpi off --console file:c --timing --quiet -- cmd --quiet -- x");
        MachineConfig config = config(options);
        assertEquals(Path.of("k"), config.kernel());
        assertEquals(Optional.of(Path.of("i")), config.initrd());
        assertEquals("a=b", config.commandLine());
        assertEquals(4, config.cpus());
        assertEquals(1L << 30, config.memory().size());
        assertTrue(config.memory().hugepages() && config.memory().mergeable());
        assertTrue(config.memory().prefault() && config.memory().shared());
        assertEquals("PVH OFF", config.protocol() + " " + config.acpi());
        assertEquals(BootOptions.Console.FILE, options.console());
        assertEquals(Path.of("c"), options.consoleFile());
        assertTrue(options.timing() && options.quiet());
        assertEquals(List.of("cmd", "--quiet", "--", "x"), options.command());
    }

    /** Both readers of the table see the same machine in the same words. */
    @ParameterizedTest
    @ValueSource(strings = {
        "boot", "boot --kernel k --cpus 2", "boot --memory=64M --console off --kernel k", "boot --acpi on -- ls -l",
        "boot --timing -- a", "boot --disk path=a --disk=path=b,ro --rng --slots 32",
        "boot --rng=bw=1M --balloon --disk path=c -- a", "boot --rng bw=1M --net --net user --net=tap=x -- a"
    })
    void agreesWithPicocli(String line) {
        String[] arguments = line.split(" ");
        BootOptions quick = read(line);
        BootOptions slow = new Commands(new Timeline(1), (_, _, _, _) -> null).options(arguments);
        assertEquals(config(quick), config(slow));
        assertEquals(quick.command(), slow.command());
        assertEquals(quick.console(), slow.console());
        assertEquals(quick.devices(), slow.devices());
        assertEquals(quick.timing(), slow.timing());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "boot --kernle k", "boot k", "boot --kernel", "boot --kernel --cpus", "boot --quiet=yes",
        "boot --cpus 1 --cpus 2", "boot --help",
        "boot -h", "boot --kern k", "boot --rng --rng", "boot =", "boot --kernel -- ls"
    })
    void leavesWhatIsNotPlainlyRightToPicocli(String line) {
        assertFalse(new BootArguments(line.split(" ")).readInto(new BootOptions()), line);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "--cpus many|between 1 and 254", "--cpus 0|between 1 and 254", "--cpus 300|between 1 and 254",
        "--memory 4KiB|between 1 MiB and 4 TiB",
        "--memory 100T|between 1 MiB and 4 TiB", "--memory lots|512M", "--memory 1048577|multiple",
        "--protocol uefi|auto, linux64 or pvh",
        "--acpi maybe|on, off or auto", "--console serial|tty, file:FILE or off",
        "--console file:|tty, file:FILE or off",
        "--kernel=|name of a file"
    })
    void badValuesNameTheGoodOnes(String lineAndAnswer) {
        String[] parts = lineAndAnswer.split("\\|");
        UsageException refusal = assertThrows(UsageException.class, () -> config(read("boot " + parts[0])));
        assertTrue(refusal.getMessage().contains(parts[1]), refusal.getMessage());
    }

    @Test
    void anEmptyCommandIsAMistake() {
        assertThrows(UsageException.class, () -> read("boot --"));
    }
}
