/**
 * The few devices of a PC that Linux still wants, at ports: serial lines, clock, keyboard controller (for its reset wire),
 * reset and power. Each answers on vCPU threads, guards its state with its monitor, and keeps that state in plain fields.
 */
package dev.jvmm.legacy;
