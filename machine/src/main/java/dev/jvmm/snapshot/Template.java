package dev.jvmm.snapshot;

import java.util.List;
import java.util.Optional;

/**
 * A template as a list shows it: its memory has not been looked at, and control characters in its facts are replaced.
 *
 * @param name in its store
 * @param automatic made by a boot for later boots, and removed when space is short
 * @param identity what it was made by, on and of; nothing when there is a problem
 * @param description what its maker told about it; nothing when there is a problem
 * @param created milliseconds since 1970; 0 when there is a problem
 * @param lastUsed milliseconds since 1970, to the hour
 * @param diskSize bytes that it takes up
 * @param problem why it can not be used: one line
 */
public record Template(String name, boolean automatic, Identity identity, List<Fact> description, long created,
        long lastUsed, long diskSize, Optional<String> problem) {}
