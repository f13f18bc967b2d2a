package dev.jvmm.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.jvmm.agent.Agent;
import dev.jvmm.agent.protocol.GuestProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jvmm inspect}: a machine as JSON, and what its guest's agent says of the guest. */
@Command(name = "inspect", mixinStandardHelpOptions = true,
        description = "Prints what a machine is, and its guest, as JSON.")
final class InspectCommand implements Callable<Integer> {
    @Option(names = "--no-guest", description = "Do not ask the guest.")
    private boolean alone;

    @Parameters(paramLabel = "NAME", description = "The machine's name.")
    private String name;

    @Override
    public Integer call() throws IOException {
        RunningMachine machine = RunningMachine.running(name);
        JsonFactory factory = new JsonFactory();
        try (JsonParser state = factory.createParser(machine.file("state.json").toFile());
                JsonGenerator out = factory.createGenerator(System.out).setPrettyPrinter(new DefaultPrettyPrinter())) {
            out.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            out.writeStartObject();
            for (JsonToken token = state.nextToken(); (token = state.nextToken()) == JsonToken.FIELD_NAME;) {
                out.copyCurrentStructure(state);
            }
            if (!alone) {
                writeGuest(machine, out);
            }
            out.writeEndObject();
        }
        System.out.println();
        return Main.SUCCESS;
    }

    private static void writeGuest(RunningMachine machine, JsonGenerator out) throws IOException {
        out.writeObjectFieldStart("guest");
        try (Agent agent = machine.agentIfThere(Long.MAX_VALUE)) {
            GuestProto.FactsResponse facts = agent.facts();
            out.writeStringField("hostname", facts.getHostname());
            out.writeStringField("os", facts.getOsName());
            out.writeStringField("kernel", facts.getKernelRelease());
            out.writeStringField("kernelVersion", facts.getKernelVersion());
            out.writeStringField("machine", facts.getMachine());
            out.writeStringField("machineId", facts.getMachineId());
            out.writeStringField("bootId", facts.getBootId());
            out.writeNumberField("uptimeMillis", facts.getUptimeMillis());
            out.writeNumberField("cpusOnline", facts.getCpusOnline());
            out.writeNumberField("cpusPresent", facts.getCpusPresent());
            out.writeNumberField("memoryTotal", facts.getMemoryTotal());
            out.writeNumberField("memoryAvailable", facts.getMemoryAvailable());
            out.writeNumberField("processes", facts.getProcesses());
            out.writeStringField("load", facts.getLoad());
            out.writeNumberField("clockNanos", facts.getClockNanos());
            out.writeStringField("agent", facts.getAgentVersion());
        } catch (IOException | UncheckedIOException e) {
            out.writeStringField("problem", e.getMessage());
        }
        out.writeEndObject();
    }
}
