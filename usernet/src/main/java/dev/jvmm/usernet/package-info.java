/**
 * The user-mode network: a router, its DHCP and DNS servers and the whole outside world, as one guest sees them, made of the process's own
 * sockets. It stands behind a network device.
 */
package dev.jvmm.usernet;
