/** Interrupts as devices see them: a wire to pull, without a word about who listens. */
package dev.jvmm.irq;
