package dev.jvmm.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.jvmm.device.DeviceSpec;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** This process's machine under its name, from before it is made until it has ended. */
final class Registration implements AutoCloseable {
    private final RunningMachine machine;
    private final FileLock lock;
    private final BootOptions options;

    private Registration(RunningMachine machine, FileLock lock, BootOptions options) {
        this.machine = machine;
        this.lock = lock;
        this.options = options;
    }

    /** @throws UsageException where a machine of that name runs */
    static Registration of(BootOptions options) {
        String name = Detached.stays() ? Detached.name() : options.name().orElseThrow();
        RunningMachine machine = RunningMachine.named(name);
        FileLock lock = machine.take().orElseThrow(
                () -> new UsageException(
                        "a machine of the name '" + name + "' runs already: 'jvmm stop " + name + "' ends it"));
        Registration registration = new Registration(machine, lock, options);
        try {
            options.register(machine);
            return registration;
        } catch (RuntimeException e) {
            registration.close();
            throw e;
        }
    }

    RunningMachine machine() {
        return machine;
    }

    /** The guest runs: tells so. */
    void started() {
        Path part = machine.file("state.part");
        try {
            try (OutputStream out = new FileOutputStream(part.toFile())) {
                write(out);
            }
            Files.move(part, machine.file("state.json"), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(OutputStream out) throws IOException {
        try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("name", machine.name());
            json.writeNumberField("pid", ProcessHandle.current().pid());
            json.writeNumberField("started", System.currentTimeMillis());
            json.writeNumberField("cpus", options.cpus());
            json.writeNumberField("memory", options.memory());
            json.writeBooleanField("detached", options.detach());
            json.writeStringField("vsock", machine.file("vsock.sock").toString());
            json.writeArrayFieldStart("command");
            for (String word : options.command()) {
                json.writeString(word);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("devices");
            for (DeviceSpec device : options.devices()) {
                json.writeStartObject();
                json.writeStringField("kind", device.kind());
                json.writeStringField("text", device.text());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    /** The machine has ended. */
    @Override
    public void close() {
        if (Detached.stays() && !machine.isStarted()) {
            // whoever waits for the start shows it
            machine.removeBut("log");
        } else {
            machine.remove();
        }
        try {
            lock.channel().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
