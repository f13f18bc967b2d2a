/*
 * As linux-probe.c, for networks: cc -o net-probe net-probe.c && ./net-probe > net-abi.csv
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <fcntl.h>
#include <sched.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <linux/veth.h>
#include <linux/vhost.h>

#ifndef TUN_F_USO4 /* since 6.2 */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

#define SIZE(type, name) printf("%s,sizeof,%zu\n", name, sizeof(type))
#define FIELD(type, name, field) printf("%s," #field ",%zu\n", name, offsetof(type, field))
#define CONST(name) printf("const," #name ",%d\n", (int)(name))

int main(void)
{
    SIZE(struct ifreq, "ifreq");
    FIELD(struct ifreq, "ifreq", ifr_flags);
    SIZE(struct nlmsghdr, "nlmsghdr");
    FIELD(struct nlmsghdr, "nlmsghdr", nlmsg_len);
    FIELD(struct nlmsghdr, "nlmsghdr", nlmsg_type);
    FIELD(struct nlmsghdr, "nlmsghdr", nlmsg_flags);
    FIELD(struct nlmsghdr, "nlmsghdr", nlmsg_seq);
    SIZE(struct nlattr, "nlattr");
    SIZE(struct nlmsgerr, "nlmsgerr");
    SIZE(struct sockaddr_nl, "sockaddr_nl");
    FIELD(struct sockaddr_un, "sockaddr_un", sun_path);
    SIZE(struct sockaddr_in, "sockaddr_in");
    FIELD(struct sockaddr_in, "sockaddr_in", sin_addr);
    SIZE(struct sockaddr_in6, "sockaddr_in6");
    FIELD(struct sockaddr_in6, "sockaddr_in6", sin6_addr);
    SIZE(struct msghdr, "msghdr");
    FIELD(struct msghdr, "msghdr", msg_iov);
    FIELD(struct msghdr, "msghdr", msg_iovlen);
    SIZE(struct ifinfomsg, "ifinfomsg");
    FIELD(struct ifinfomsg, "ifinfomsg", ifi_type);
    FIELD(struct ifinfomsg, "ifinfomsg", ifi_index);
    FIELD(struct ifinfomsg, "ifinfomsg", ifi_flags);
    SIZE(struct tcmsg, "tcmsg");
    FIELD(struct tcmsg, "tcmsg", tcm_ifindex);
    FIELD(struct tcmsg, "tcmsg", tcm_handle);
    FIELD(struct tcmsg, "tcmsg", tcm_parent);
    SIZE(struct tc_u32_sel, "tc_u32_sel");
    FIELD(struct tc_u32_sel, "tc_u32_sel", nkeys);
    SIZE(struct tc_u32_key, "tc_u32_key");
    SIZE(struct tc_mirred, "tc_mirred");
    FIELD(struct tc_mirred, "tc_mirred", action);
    FIELD(struct tc_mirred, "tc_mirred", eaction);
    FIELD(struct tc_mirred, "tc_mirred", ifindex);
    FIELD(struct vhost_memory, "vhost_memory", regions);
    SIZE(struct vhost_memory_region, "vhost_memory_region");
    FIELD(struct vhost_memory_region, "vhost_memory_region", memory_size);
    FIELD(struct vhost_memory_region, "vhost_memory_region", userspace_addr);
    SIZE(struct vhost_vring_addr, "vhost_vring_addr");
    FIELD(struct vhost_vring_addr, "vhost_vring_addr", desc_user_addr);
    FIELD(struct vhost_vring_addr, "vhost_vring_addr", used_user_addr);
    FIELD(struct vhost_vring_addr, "vhost_vring_addr", avail_user_addr);
    CONST(IFNAMSIZ);
    CONST(IFF_TUN);
    CONST(IFF_TAP);
    CONST(IFF_NO_PI);
    CONST(IFF_VNET_HDR);
    CONST(IFF_MULTI_QUEUE);
    CONST(IFF_ATTACH_QUEUE);
    CONST(IFF_DETACH_QUEUE);
    CONST(TUNSETIFF);
    CONST(TUNSETPERSIST);
    CONST(TUNSETOWNER);
    CONST(TUNGETFEATURES);
    CONST(TUNSETOFFLOAD);
    CONST(TUNGETIFF);
    CONST(TUNSETVNETHDRSZ);
    CONST(TUNSETQUEUE);
    CONST(TUNSETVNETLE);
    CONST(TUN_F_CSUM);
    CONST(TUN_F_TSO4);
    CONST(TUN_F_TSO6);
    CONST(TUN_F_TSO_ECN);
    CONST(TUN_F_USO4);
    CONST(TUN_F_USO6);
    CONST(F_SETFD);
    CONST(F_GETFL);
    CONST(F_SETFL);
    CONST(FD_CLOEXEC);
    CONST(CLONE_NEWNET);
    CONST(CLONE_NEWNS);
    CONST(NS_GET_NSTYPE);
    CONST(MS_REC);
    CONST(MS_PRIVATE);
    CONST(MS_NOSUID);
    CONST(MS_NOEXEC);
    CONST(S_IFCHR);
    CONST(NLM_F_REQUEST);
    CONST(NLM_F_ACK);
    CONST(NLM_F_DUMP);
    CONST(NLM_F_REPLACE);
    CONST(NLM_F_EXCL);
    CONST(NLM_F_CREATE);
    CONST(NLM_F_CAPPED);
    CONST(NLM_F_ACK_TLVS);
    CONST(NLMSG_ERROR);
    CONST(NLMSG_DONE);
    CONST(NLMSGERR_ATTR_MSG);
    CONST(AF_NETLINK);
    CONST(AF_UNIX);
    CONST(AF_INET);
    CONST(AF_INET6);
    CONST(NETLINK_ROUTE);
    CONST(NETLINK_CAP_ACK);
    CONST(NETLINK_EXT_ACK);
    CONST(SOL_NETLINK);
    CONST(SOL_SOCKET);
    CONST(SO_RCVTIMEO);
    CONST(SO_SNDBUF);
    CONST(SOCK_RAW);
    CONST(SOCK_SEQPACKET);
    CONST(SOCK_STREAM);
    CONST(SOCK_DGRAM);
    CONST(SOCK_NONBLOCK);
    CONST(SOCK_CLOEXEC);
    CONST(MSG_NOSIGNAL);
    CONST(MSG_PEEK);
    CONST(MSG_TRUNC);
    CONST(MSG_DONTWAIT);
    CONST(SHUT_RD);
    CONST(SHUT_WR);
    CONST(IPPROTO_ICMP);
    CONST(IPPROTO_ICMPV6);
    CONST(RTM_NEWLINK);
    CONST(RTM_DELLINK);
    CONST(RTM_GETLINK);
    CONST(RTM_NEWQDISC);
    CONST(RTM_DELQDISC);
    CONST(RTM_GETQDISC);
    CONST(RTM_NEWTFILTER);
    CONST(RTM_GETTFILTER);
    CONST(ARPHRD_ETHER);
    CONST(IFF_UP);
    CONST(IFF_LOOPBACK);
    CONST(IFLA_ADDRESS);
    CONST(IFLA_IFNAME);
    CONST(IFLA_MTU);
    CONST(IFLA_LINK);
    CONST(IFLA_LINKINFO);
    CONST(IFLA_IFALIAS);
    CONST(IFLA_INFO_KIND);
    CONST(IFLA_INFO_DATA);
    CONST(IFLA_TUN_OWNER);
    CONST(IFLA_TUN_TYPE);
    CONST(IFLA_TUN_MULTI_QUEUE);
    CONST(IFLA_TUN_NUM_QUEUES);
    CONST(IFLA_MACVLAN_MODE);
    CONST(MACVLAN_MODE_BRIDGE);
    CONST(VETH_INFO_PEER);
    CONST(TC_H_INGRESS);
    CONST(TCA_KIND);
    CONST(TCA_OPTIONS);
    CONST(TCA_U32_SEL);
    CONST(TCA_U32_ACT);
    CONST(TC_U32_TERMINAL);
    CONST(TCA_ACT_KIND);
    CONST(TCA_ACT_OPTIONS);
    CONST(TCA_ACT_COOKIE);
    CONST(TC_ACT_STOLEN);
    CONST(TCA_MIRRED_PARMS);
    CONST(TCA_EGRESS_REDIR);
    CONST(ETH_P_ALL);
    CONST(VHOST_FILE_UNBIND);
    CONST(VHOST_GET_FEATURES);
    CONST(VHOST_SET_FEATURES);
    CONST(VHOST_SET_OWNER);
    CONST(VHOST_SET_MEM_TABLE);
    CONST(VHOST_SET_VRING_NUM);
    CONST(VHOST_SET_VRING_ADDR);
    CONST(VHOST_SET_VRING_BASE);
    CONST(VHOST_GET_VRING_BASE);
    CONST(VHOST_SET_VRING_KICK);
    CONST(VHOST_SET_VRING_CALL);
    CONST(VHOST_SET_VRING_ERR);
    CONST(VHOST_NET_SET_BACKEND);
    CONST(VHOST_VSOCK_SET_GUEST_CID);
    CONST(VHOST_VSOCK_SET_RUNNING);
    return 0;
}
