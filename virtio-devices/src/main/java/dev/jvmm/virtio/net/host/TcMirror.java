package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.NetlinkAttributes;
import dev.jvmm.linux.NetlinkMessage;
import dev.jvmm.linux.NetlinkSocket;
import dev.jvmm.linux.Rtnetlink;
import java.util.Arrays;

/**
 * Traffic control that hands every frame of one interface over to another, as Kata's {@code tcfilter} does:
 *
 * <pre>
 * tc qdisc add dev X ingress
 * tc filter add dev X parent ffff: protocol all u32 match u8 0 0 action mirred egress redirect dev Y
 * </pre>
 *
 * <p>Each action carries a cookie, by which a later run knows it as ours.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/tc-mirred.8.html">tc-mirred(8)</a>
 */
final class TcMirror {
    /** The most bytes of a cookie. */
    static final int COOKIE = 16;

    private static final int NEW = NetlinkSocket.NLM_F_CREATE | NetlinkSocket.NLM_F_EXCL;

    /** The handle that an ingress discipline always has: {@code ffff:}. */
    private static final int INGRESS = 0xFFFF_0000;

    /** The number of a filter's first action. */
    private static final int FIRST = 1;

    private final NetlinkSocket socket;

    TcMirror(Links links) {
        socket = links.socket();
    }

    private static NetlinkMessage message(String what, int type, int flags, int index, int handle, int parent,
            int info) {
        return new NetlinkMessage(what, type, flags).int32(0).int32(index).int32(handle).int32(parent).int32(info);
    }

    /** Gives an interface the discipline that filters of what comes in hang on; {@code EEXIST} when it has one. */
    void addIngress(Link link) {
        socket.execute(message("add an ingress qdisc to " + link.name(), Rtnetlink.RTM_NEWQDISC, NEW, link.index(),
                INGRESS, Rtnetlink.TC_H_INGRESS, 0).attribute(Rtnetlink.TCA_KIND, "ingress"));
    }

    /** Sends all that comes in at one interface out of another. */
    void redirect(Link from, Link to, byte[] cookie) {
        // no priority is given, so the kernel takes its own; the protocol is big-endian
        NetlinkMessage request = message("redirect " + from.name() + " to " + to.name(), Rtnetlink.RTM_NEWTFILTER,
                NEW, from.index(), 0, INGRESS, Rtnetlink.ETH_P_ALL << 8);
        request.attribute(Rtnetlink.TCA_KIND, "u32");
        int options = request.begin(Rtnetlink.TCA_OPTIONS);
        byte[] everything = new byte[Rtnetlink.TC_U32_SEL_SIZE + Rtnetlink.TC_U32_KEY_SIZE];
        everything[0] = Rtnetlink.TC_U32_TERMINAL;
        everything[Rtnetlink.TC_U32_SEL_NKEYS] = 1; // a mask of 0
        request.attribute(Rtnetlink.TCA_U32_SEL, everything);
        int actions = request.begin(Rtnetlink.TCA_U32_ACT);
        int action = request.begin(FIRST);
        request.attribute(Rtnetlink.TCA_ACT_KIND, "mirred").attribute(Rtnetlink.TCA_ACT_COOKIE, cookie);
        int mirred = request.begin(Rtnetlink.TCA_ACT_OPTIONS);
        int parameters = request.begin(Rtnetlink.TCA_MIRRED_PARMS);
        request.int32(0).int32(0).int32(Rtnetlink.TC_ACT_STOLEN).int32(0).int32(0).int32(Rtnetlink.TCA_EGRESS_REDIR)
                .int32(to.index());
        request.end(parameters).end(mirred).end(action).end(actions).end(options);
        socket.execute(request);
    }

    /** Whether an interface has a discipline for what comes in, by anybody. */
    boolean hasIngress(int index) {
        NetlinkMessage question = message("list qdiscs", Rtnetlink.RTM_GETQDISC, 0, index, 0, 0, 0);
        for (NetlinkAttributes found : socket.list(question, Rtnetlink.TCMSG_SIZE)) {
            if (found.int32(Rtnetlink.TCM_IFINDEX) == index
                    && found.int32(Rtnetlink.TCM_PARENT) == Rtnetlink.TC_H_INGRESS) {
                return true;
            }
        }
        return false;
    }

    /** Whether nothing hangs on an interface's ingress discipline but filters with this cookie; none at all will do. */
    boolean hasOnly(int index, byte[] cookie) {
        NetlinkMessage question = message("list filters", Rtnetlink.RTM_GETTFILTER, 0, index, 0, INGRESS, 0);
        for (NetlinkAttributes found : socket.list(question, Rtnetlink.TCMSG_SIZE)) {
            NetlinkAttributes options = found.nested(Rtnetlink.TCA_OPTIONS);
            boolean u32 = found.text(Rtnetlink.TCA_KIND).equals("u32");
            if (!u32 || options.has(Rtnetlink.TCA_U32_SEL) && !hasCookie(options, cookie)) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasCookie(NetlinkAttributes options, byte[] cookie) {
        byte[] found = options.nested(Rtnetlink.TCA_U32_ACT).nested(FIRST).bytes(Rtnetlink.TCA_ACT_COOKIE);
        return Arrays.equals(found, cookie);
    }

    /** Takes an interface's ingress discipline away, and all filters with it. */
    void removeIngress(int index) {
        socket.execute(message("remove the ingress qdisc of interface " + index, Rtnetlink.RTM_DELQDISC, 0, index,
                INGRESS, Rtnetlink.TC_H_INGRESS, 0));
    }
}
