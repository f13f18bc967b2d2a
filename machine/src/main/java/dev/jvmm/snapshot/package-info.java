/**
 * Machines at rest: a snapshot is a folder with a state file and a sparse memory file, a template store a folder of snapshots. What these
 * files say is believed only when its checksums agree, and used only on the host and with the jvmm that it was made by.
 */
package dev.jvmm.snapshot;
