package dev.jvmm.benchmarks;

import java.io.IOException;
import java.nio.file.Path;

/** A running guest to which a disk comes and which it leaves. */
interface HotplugGuest extends AutoCloseable {
    /** What is shown. */
    String name();

    /** What the guest prints. */
    LineWatch console();

    /** Lets a disk come; may return before the guest has it. */
    void attach(Path image) throws IOException, InterruptedException;

    /** Lets the disk go, and returns when it has gone. */
    void detach() throws IOException, InterruptedException;

    @Override
    void close();
}
