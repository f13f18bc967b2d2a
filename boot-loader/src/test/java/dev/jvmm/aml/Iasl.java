package dev.jvmm.aml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs ACPICA's compiler and disassembler; tests that need it are skipped where it is not installed. */
public final class Iasl {
    private static final int TABLE_HEADER = 36;

    private Iasl() {}

    /** Compiles definitions as the body of an SSDT and gives its bytes without the table's header. */
    public static byte[] compile(Path folder, String definitions) throws IOException, InterruptedException {
        String source = "DefinitionBlock (\"\", \"SSDT\", 2, \"JVMM\", \"GOLDEN\", 1)\n{\n" + definitions + "\n}\n";
        Path file = Files.writeString(folder.resolve("golden.asl"), source);
        run(folder, "-on", "-of", "-p", "golden", file.getFileName().toString());
        byte[] table = Files.readAllBytes(folder.resolve("golden.aml"));
        return Arrays.copyOfRange(table, TABLE_HEADER, table.length);
    }

    /** Takes a table apart and gives the source; fails on any complaint. */
    public static String disassemble(Path folder, String name, byte[] table) throws IOException, InterruptedException {
        Files.write(folder.resolve(name + ".dat"), table);
        String output = run(folder, "-d", name + ".dat");
        for (String complaint : List.of("Warning", "Error", "Invalid", "Incorrect", "Unknown", "mismatch")) {
            assertTrue(!output.contains(complaint), output);
        }
        return Files.readString(folder.resolve(name + ".dsl"));
    }

    private static String run(Path folder, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("iasl"));
        command.addAll(Arrays.asList(arguments));
        Path log = folder.resolve("iasl.log");
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException e) {
            return abort("iasl (Debian: acpica-tools) is not installed");
        }
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "iasl ends");
        String output = Files.readString(log, StandardCharsets.ISO_8859_1);
        assertEquals(0, process.exitValue(), output);
        return output;
    }
}
