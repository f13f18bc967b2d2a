package dev.jvmm.snapshot;

/**
 * Something known by name, such as {@code vCPUs} and {@code 4}.
 *
 * @param name for people, as it stands in messages: "its NAME is VALUE"
 * @param value any text
 */
public record Fact(String name, String value) {}
