package dev.jvmm.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** A stock kernel's driver behind a virtio console. */
@RequiresLab
class ConsoleTest {
    private static final int SECONDS = 400;
    private static final Path SCRIPT = Path.of("../cli/src/test/scripts/console-ports");

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> inTheLab(LabMachine lab) throws Exception {
        LabTools tools = LabTools.find();
        Path job = Files.createDirectory(folder.resolve("job"));
        Files.copy(SCRIPT, job.resolve("job"));
        Path initrd = tools.initrd(folder.resolve("initrd"), job);
        String options = "-Djvmm.rounds.kernel=" + lab.file("cloud.kernel") + " -Djvmm.console.initrd=" + initrd
                + " -Djvmm.console.disk=" + tools.image();
        return OtherModules.run(lab, SECONDS, options, List.of("dev.jvmm.cli.ConsolePortsTest"));
    }
}
