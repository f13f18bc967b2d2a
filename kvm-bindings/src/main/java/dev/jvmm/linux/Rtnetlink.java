package dev.jvmm.linux;

/**
 * Numbers of rtnetlink(7) by their names in the kernel's headers: {@code linux/rtnetlink.h}, {@code if_link.h}, {@code if_arp.h}, {@code
 * pkt_sched.h}, {@code pkt_cls.h}, {@code tc_act/tc_mirred.h}.
 */
public final class Rtnetlink {
    public static final int RTM_NEWLINK = 16;
    public static final int RTM_DELLINK = 17;
    public static final int RTM_GETLINK = 18;
    public static final int RTM_NEWQDISC = 36;
    public static final int RTM_DELQDISC = 37;
    public static final int RTM_GETQDISC = 38;
    public static final int RTM_NEWTFILTER = 44;
    public static final int RTM_GETTFILTER = 46;

    /** Bytes of {@code struct ifinfomsg}, and where its type, index and flags are. */
    public static final int IFINFOMSG_SIZE = 16;

    public static final int IFI_TYPE = 2;
    public static final int IFI_INDEX = 4;
    public static final int IFI_FLAGS = 8;

    public static final int ARPHRD_ETHER = 1;
    public static final int IFF_UP = 1;
    public static final int IFF_LOOPBACK = 8;
    public static final int IFLA_ADDRESS = 1;
    public static final int IFLA_IFNAME = 3;
    public static final int IFLA_MTU = 4;
    public static final int IFLA_LINK = 5;
    public static final int IFLA_LINKINFO = 18;
    public static final int IFLA_IFALIAS = 20;
    public static final int IFLA_INFO_KIND = 1;
    public static final int IFLA_INFO_DATA = 2;
    public static final int IFLA_TUN_OWNER = 1;
    public static final int IFLA_TUN_TYPE = 3;
    public static final int IFLA_TUN_MULTI_QUEUE = 7;
    public static final int IFLA_TUN_NUM_QUEUES = 8;
    public static final int IFLA_MACVLAN_MODE = 1;
    public static final int MACVLAN_MODE_BRIDGE = 4;
    public static final int VETH_INFO_PEER = 1;

    /** Bytes of {@code struct tcmsg}, and where its index, handle and parent are. */
    public static final int TCMSG_SIZE = 20;

    public static final int TCM_IFINDEX = 4;
    public static final int TCM_HANDLE = 8;
    public static final int TCM_PARENT = 12;

    public static final int TC_H_INGRESS = 0xFFFF_FFF1;
    public static final int TCA_KIND = 1;
    public static final int TCA_OPTIONS = 2;
    public static final int TCA_U32_SEL = 5;
    public static final int TCA_U32_ACT = 7;
    public static final int TC_U32_TERMINAL = 1;

    /** Bytes of {@code struct tc_u32_sel} without keys, and of a key. */
    public static final int TC_U32_SEL_SIZE = 16;

    public static final int TC_U32_KEY_SIZE = 16;

    /** Where {@code struct tc_u32_sel} has the number of its keys. */
    public static final int TC_U32_SEL_NKEYS = 2;

    public static final int TCA_ACT_KIND = 1;
    public static final int TCA_ACT_OPTIONS = 2;
    public static final int TCA_ACT_COOKIE = 6;
    public static final int TC_ACT_STOLEN = 4;
    public static final int TCA_MIRRED_PARMS = 2;
    public static final int TCA_EGRESS_REDIR = 1;

    /** {@code struct tc_mirred}. */
    public static final int TC_MIRRED_SIZE = 28;

    public static final int TC_MIRRED_ACTION = 8;
    public static final int TC_MIRRED_EACTION = 20;
    public static final int TC_MIRRED_IFINDEX = 24;

    public static final int ETH_P_ALL = 3;

    private Rtnetlink() {}
}
