package dev.jvmm.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.testing.RequiresNetworks;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RequiresNetworks
final class TapTest {
    private static final int FLAGS = Tap.IFF_TAP | Tap.IFF_NO_PI | Tap.IFF_VNET_HDR;

    private NetNamespace namespace;
    private NetlinkSocket socket;

    @BeforeEach
    void open() {
        namespace = NetNamespace.create();
        socket = namespace.call(NetlinkSocket::open);
    }

    @AfterEach
    void close() {
        socket.close();
        namespace.close();
    }

    private Tap tap() {
        return namespace.call(Tap::open);
    }

    @Test
    void livesAsLongAsItsQueues() {
        try (Tap tap = tap()) {
            assertEquals(0, tap.attach("t0", FLAGS));
            assertEquals("t0", tap.identity().name());
            assertTrue(tap.identity().has(FLAGS));
            assertFalse(tap.identity().has(Tap.IFF_MULTI_QUEUE));
            assertTrue((tap.possibleFlags() & Tap.IFF_VNET_HDR) != 0);
            assertEquals(List.of("lo", "t0"), NetlinkSocketTest.names(socket));
            try (Tap second = tap()) {
                assertEquals(-Errno.EBUSY, second.attach("t0", FLAGS));
                assertEquals(-Errno.EINVAL, second.attach("t0", FLAGS | Tap.IFF_MULTI_QUEUE));
                assertEquals(-Errno.EINVAL, second.attach("lo", FLAGS));
                assertEquals(-Errno.EINVAL, second.attach("", FLAGS));
                assertEquals(-Errno.EINVAL, second.attach("sixteen_is_a_lot", FLAGS));
                assertEquals(Errno.EBADFD, assertThrows(SystemCallException.class, second::identity).errno());
            }
            assertEquals(0, tap.offload(Tap.TUN_F_CSUM | Tap.TUN_F_TSO4 | Tap.TUN_F_TSO6 | Tap.TUN_F_TSO_ECN));
            assertEquals(-Errno.EINVAL, tap.offload(1 << 20));
            assertEquals(-Errno.EINVAL, tap.use(false), "only one of several can be let go");
        }
        assertEquals(List.of("lo"), NetlinkSocketTest.names(socket));
    }

    @Test
    void persistentOnesStay() {
        try (Tap tap = tap()) {
            assertEquals(0, tap.attach("stay%d", FLAGS));
            assertEquals(0, tap.owner(12345));
            assertEquals(0, tap.persist(true));
        }
        NetlinkAttributes found = socket.ask(
                NetlinkSocketTest.link("find", Rtnetlink.RTM_GETLINK, 0, 0, 0, 0)
                        .attribute(Rtnetlink.IFLA_IFNAME, "stay0"),
                Rtnetlink.IFINFOMSG_SIZE);
        NetlinkAttributes data = found.nested(Rtnetlink.IFLA_LINKINFO).nested(Rtnetlink.IFLA_INFO_DATA);
        assertEquals(12345, data.value32(Rtnetlink.IFLA_TUN_OWNER, -1));
        assertEquals(Tap.IFF_TAP, data.value8(Rtnetlink.IFLA_TUN_TYPE, 0));
        assertEquals(0, data.value8(Rtnetlink.IFLA_TUN_MULTI_QUEUE, -1));
        try (Tap tap = tap()) {
            assertEquals(0, tap.attach("stay0", FLAGS), "root may take another user's");
            tap.persist(false);
        }
        assertEquals(List.of("lo"), NetlinkSocketTest.names(socket));
    }

    @Test
    void queuesAreLetGoAndTakenBack() {
        int flags = FLAGS | Tap.IFF_MULTI_QUEUE;
        try (Tap first = tap(); Tap second = tap()) {
            assertEquals(0, first.attach("t0", flags));
            assertEquals(0, second.attach("t0", flags));
            assertEquals(0, second.use(false));
            assertEquals(-Errno.EINVAL, second.use(false));
            assertEquals(0, second.use(true));
            assertEquals(-Errno.EINVAL, second.use(true));
        }
    }

    @Test
    void framesGoThroughVectors() {
        Tap tap = tap();
        try {
            tap.attach("t0", FLAGS);
            tap.header(12);
            ByteBuffer memory = NativeBuffers.allocate(4096);
            ByteBuffer vectors = NativeBuffers.allocate(32);
            long at = NativeBuffers.address(memory);
            vectors.putLong(0, at).putLong(8, 12).putLong(16, at + 100).putLong(24, 60);
            long iovecs = NativeBuffers.address(vectors);
            assertEquals(-Errno.EIO, tap.writev(iovecs, 2), "it is down");
            assertEquals(-Errno.EAGAIN, tap.readv(iovecs, 2));
            int index = 2;
            socket.execute(NetlinkSocketTest.link("up", Rtnetlink.RTM_NEWLINK, 0, index, Rtnetlink.IFF_UP,
                    Rtnetlink.IFF_UP));
            assertEquals(72, tap.writev(iovecs, 2));
            vectors.putLong(0, 8); // no address of ours
            assertEquals(-Errno.EFAULT, tap.writev(iovecs, 2));
            Reference.reachabilityFence(memory);
        } finally {
            tap.close();
        }
        assertEquals(-Errno.EBADF, tap.writev(0, 2));
        assertEquals(-Errno.EBADF, tap.readv(0, 2));
    }

    @Test
    void inheritedOnesAreMadeNonBlocking() {
        try (Tap tap = tap()) {
            tap.attach("t0", FLAGS);
            try (Tap other = Tap.inherited(tap.number())) {
                assertEquals("t0", other.identity().name());
            }
        }
        assertEquals(Errno.EBADF, assertThrows(SystemCallException.class, () -> Tap.inherited(999_999)).errno());
        try (EventFd event = EventFd.create()) {
            int number = event.number();
            SystemCallException wrong = assertThrows(SystemCallException.class, () -> Tap.inherited(number));
            assertTrue(List.of(Errno.ENOTTY, Errno.EINVAL).contains(wrong.errno()), wrong.getMessage());
        }
    }
}
