package dev.jvmm.usernet.packet;

/** Numbers of protocols in Ethernet's and IP's headers, as IANA assigns them. */
public final class Protocol {
    /** EtherType of IPv4. */
    public static final int IPV4 = 0x0800;

    /** EtherType of ARP. */
    public static final int ARP = 0x0806;

    /** EtherType of IPv6. */
    public static final int IPV6 = 0x86DD;

    /** ICMP for IPv4. */
    public static final int ICMP = 1;

    /** TCP. */
    public static final int TCP = 6;

    /** UDP. */
    public static final int UDP = 17;

    /** ICMP for IPv6. */
    public static final int ICMPV6 = 58;

    private Protocol() {}
}
