/** The devices that a machine can be given, as people write them: {@code path=disk.img,ro}. */
package dev.jvmm.device;
