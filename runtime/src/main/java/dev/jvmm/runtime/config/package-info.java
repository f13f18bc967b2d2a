/** Kata's {@code configuration.toml}: reading it, and saying of every key in it what becomes of it. */
package dev.jvmm.runtime.config;
