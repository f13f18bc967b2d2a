/** Processors: the features they show, and the threads that run them. */
package dev.jvmm.vcpu;
