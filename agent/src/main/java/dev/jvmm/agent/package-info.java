/** The host's side of the guest agent. */
package dev.jvmm.agent;
