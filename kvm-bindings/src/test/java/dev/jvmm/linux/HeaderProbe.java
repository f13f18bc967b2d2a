package dev.jvmm.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A table of what the kernel's headers say, the C program that prints it, and our constants. */
record HeaderProbe(Path table, Path source, Path header) {
    private static final Path ABI = Path.of("src/test/abi");
    private static final Path COMPILER = Path.of("/usr/bin/gcc");

    /** @param header one that the program needs */
    static HeaderProbe of(String table, String source, String header) {
        return new HeaderProbe(ABI.resolve(table), ABI.resolve(source), Path.of("/usr/include").resolve(header));
    }

    /** The table's rows, without comments. */
    List<String> rows(int least) throws IOException {
        List<String> rows = Files.readAllLines(table).stream().filter(line -> !line.startsWith("#")).toList();
        assertTrue(rows.size() > least, "the table is there");
        return rows;
    }

    /** The constants of these classes that others can see, or could be tempted to. */
    static Map<String, Long> constants(List<Class<?>> types) throws IllegalAccessException {
        Map<String, Long> found = new HashMap<>();
        for (Class<?> type : types) {
            for (Field field : type.getDeclaredFields()) {
                boolean hidden = Modifier.isPrivate(field.getModifiers());
                if (!hidden && Modifier.isStatic(field.getModifiers()) && field.getType() == int.class) {
                    found.put(field.getName(), field.getLong(null));
                }
            }
        }
        return found;
    }

    /** What the program prints now, where a C compiler is at hand. */
    List<String> print(Path folder) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(COMPILER), "no gcc here");
        assumeTrue(Files.exists(header), "no kernel headers here");
        Path probe = folder.resolve("probe");
        run(folder, COMPILER.toString(), "-o", probe.toString(), source.toString());
        return run(folder, probe.toString());
    }

    private static List<String> run(Path folder, String... command) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "ends in time");
        List<String> lines = Files.readAllLines(output);
        assertEquals(0, process.exitValue(), () -> String.join("\n", lines));
        return lines;
    }
}
