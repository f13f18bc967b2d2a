/** What jvmm costs: micro-benchmarks, boots, and comparisons in pairs with other monitors. {@code benchmarks/run} runs them. */
package dev.jvmm.benchmarks;
