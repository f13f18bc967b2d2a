package dev.jvmm.snapshot;

import dev.jvmm.state.StateRecord;
import java.util.List;

/**
 * What a state file says.
 *
 * @param created milliseconds since 1970
 * @param identity what must be the same where it is used
 * @param description what may be anything
 * @param memory the checksums of the memory file
 * @param records the machine's parts
 */
record Manifest(long created, Identity identity, List<Fact> description, ChunkSums memory, List<StateRecord> records) {}
