/**
 * What answers a guest on its link: ARP, neighbour discovery, DHCP, DNS, ICMP, and UDP to and from the outside. All on the stack's
 * thread.
 */
package dev.jvmm.usernet.service;
