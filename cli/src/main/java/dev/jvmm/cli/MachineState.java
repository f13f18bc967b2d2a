package dev.jvmm.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/**
 * What {@code state.json} says of a machine.
 *
 * @param started milliseconds since 1970
 * @param memory  bytes
 */
record MachineState(long pid, long started, int cpus, long memory) {
    static MachineState of(RunningMachine machine) {
        Map<String, Long> numbers = new HashMap<>();
        try (JsonParser json = new JsonFactory().createParser(machine.file("state.json").toFile())) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token == JsonToken.VALUE_NUMBER_INT) {
                    numbers.put(json.currentName(), json.getLongValue());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new MachineState(numbers.getOrDefault("pid", 0L), numbers.getOrDefault("started", 0L),
                numbers.getOrDefault("cpus", 0L).intValue(), numbers.getOrDefault("memory", 0L));
    }
}
