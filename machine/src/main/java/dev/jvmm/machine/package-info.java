/** A microVM as an object: what it is made of, what it tells its owner, and how it ends. */
package dev.jvmm.machine;
