/** The default guest's kernel and initial RAM disk, as files. */
package dev.jvmm.guest;
