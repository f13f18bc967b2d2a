/**
 * The host's side of the control channel to the default guest's init, whose contract is {@code guest-kernel/CHANNEL.md}: frames
 * over a byte stream. What comes from the guest is hostile until checked.
 */
package dev.jvmm.channel;
