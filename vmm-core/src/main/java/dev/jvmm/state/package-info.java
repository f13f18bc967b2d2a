/**
 * What survives a machine: each part saves a versioned record of plain bytes and is restored from one. How records become files is not
 * known here.
 */
package dev.jvmm.state;
