package dev.jvmm.machine;

import dev.jvmm.device.DeviceSpec;

/**
 * A device in its place.
 *
 * @param slot the place's number, from 0
 */
public record Attachment(int slot, DeviceSpec spec) {}
