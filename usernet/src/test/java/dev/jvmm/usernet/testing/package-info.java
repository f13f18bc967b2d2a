/** A guest that a test speaks for, and the packets that it makes. */
package dev.jvmm.usernet.testing;
