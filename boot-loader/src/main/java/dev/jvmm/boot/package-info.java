/** Kernels of every format we boot, and the state a vCPU begins in. */
package dev.jvmm.boot;
