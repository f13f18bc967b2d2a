package dev.jvmm.snapshot;

import java.util.List;

/**
 * What was removed to make room.
 *
 * @param names of templates or files
 * @param bytes that are free again, leftovers included
 */
public record Pruned(List<String> names, long bytes) {}
