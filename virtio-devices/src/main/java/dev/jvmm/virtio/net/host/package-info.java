/**
 * The host's side of network devices: TAP, macvtap, a veth mirrored by traffic control, and streams to programs such as passt. {@link
 * dev.jvmm.virtio.net.host.HostNetwork} opens them.
 */
package dev.jvmm.virtio.net.host;
