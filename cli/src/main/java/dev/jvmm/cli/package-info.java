/**
 * The {@code jvmm} command. A well-formed {@code boot} runs without picocli, which would cost more than the start of the whole
 * machine; everything else, help and mistakes included, goes through it.
 */
package dev.jvmm.cli;
