package dev.jvmm.runtime;

import java.io.InputStream;
import java.io.OutputStream;

/**
 * The host's end of a guest's serial console.
 *
 * @param output what the guest writes; ends when the guest has ended and everything was read. One thread reads
 * @param input what the guest reads; waits while the guest does not, and fails once it has ended. One thread writes
 */
public record Console(InputStream output, OutputStream input) {}
