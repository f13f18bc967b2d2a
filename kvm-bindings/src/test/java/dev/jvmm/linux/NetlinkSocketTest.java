package dev.jvmm.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.testing.RequiresNetworks;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RequiresNetworks
final class NetlinkSocketTest {
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

    static NetlinkMessage link(String name, int type, int flags, int index, int state, int mask) {
        return new NetlinkMessage(name, type, flags).int16(0).int16(0).int32(index).int32(state).int32(mask);
    }

    static List<String> names(NetlinkSocket socket) {
        List<String> names = new ArrayList<>();
        for (NetlinkAttributes found : socket.list(link("list", Rtnetlink.RTM_GETLINK, 0, 0, 0, 0),
                Rtnetlink.IFINFOMSG_SIZE)) {
            names.add(found.text(Rtnetlink.IFLA_IFNAME));
        }
        return names;
    }

    private void addDummy(String name) {
        NetlinkMessage add = link("add " + name, Rtnetlink.RTM_NEWLINK,
                NetlinkSocket.NLM_F_CREATE | NetlinkSocket.NLM_F_EXCL, 0, 0, 0)
                .attribute(Rtnetlink.IFLA_IFNAME, name).attribute(Rtnetlink.IFLA_MTU, 1400)
                .attribute(Rtnetlink.IFLA_ADDRESS, new byte[]{ 2, 1, 2, 3, 4, 5 });
        int info = add.begin(Rtnetlink.IFLA_LINKINFO);
        add.attribute(Rtnetlink.IFLA_INFO_KIND, "bridge");
        socket.execute(add.end(info));
    }

    @Test
    void makesFindsChangesAndRemoves() {
        addDummy("one");
        NetlinkAttributes found = socket.ask(link("find", Rtnetlink.RTM_GETLINK, 0, 0, 0, 0)
                .attribute(Rtnetlink.IFLA_IFNAME, "one"), Rtnetlink.IFINFOMSG_SIZE);
        assertEquals("one", found.text(Rtnetlink.IFLA_IFNAME));
        assertEquals(1400, found.value32(Rtnetlink.IFLA_MTU, 0));
        assertEquals(5, found.bytes(Rtnetlink.IFLA_ADDRESS)[5]);
        assertEquals("bridge", found.nested(Rtnetlink.IFLA_LINKINFO).text(Rtnetlink.IFLA_INFO_KIND));
        assertFalse(found.has(Rtnetlink.IFLA_IFALIAS));
        assertEquals(-7, found.value32(Rtnetlink.IFLA_IFALIAS, -7));
        assertEquals("", found.nested(Rtnetlink.IFLA_IFALIAS).text(1));
        assertEquals(Rtnetlink.ARPHRD_ETHER, found.int16(Rtnetlink.IFI_TYPE));
        assertEquals(0, found.int32(Rtnetlink.IFI_FLAGS) & Rtnetlink.IFF_UP);
        int index = found.int32(Rtnetlink.IFI_INDEX);
        socket.execute(link("up", Rtnetlink.RTM_NEWLINK, 0, index, Rtnetlink.IFF_UP, Rtnetlink.IFF_UP));
        assertEquals(Rtnetlink.IFF_UP, socket.ask(link("find", Rtnetlink.RTM_GETLINK, 0, index, 0, 0),
                Rtnetlink.IFINFOMSG_SIZE).int32(Rtnetlink.IFI_FLAGS) & Rtnetlink.IFF_UP);
        socket.execute(link("remove", Rtnetlink.RTM_DELLINK, 0, index, 0, 0));
        assertEquals(List.of("lo"), names(socket));
    }

    @Test
    void refusalsComeWithTheKernelsWords() {
        addDummy("one");
        NetlinkException twice = assertThrows(NetlinkException.class, () -> addDummy("one"));
        assertEquals(Errno.EEXIST, twice.errno());
        assertTrue(twice.getMessage().startsWith("add one: EEXIST (file exists)"), twice.getMessage());
        NetlinkException none = assertThrows(NetlinkException.class,
                () -> socket.ask(link("find two", Rtnetlink.RTM_GETLINK, 0, 0, 0, 0)
                        .attribute(Rtnetlink.IFLA_IFNAME, "two"), Rtnetlink.IFINFOMSG_SIZE));
        assertEquals(Errno.ENODEV, none.errno());
        NetlinkMessage wrong = link("mtu", Rtnetlink.RTM_NEWLINK, 0, 1, 0, 0).attribute(Rtnetlink.IFLA_IFNAME, "a/b");
        assertThrows(NetlinkException.class, () -> socket.execute(wrong));
        NetlinkMessage tiny = link("bridge mtu", Rtnetlink.RTM_NEWLINK, 0, indexOf("one"), 0, 0)
                .attribute(Rtnetlink.IFLA_MTU, 1);
        NetlinkException words = assertThrows(NetlinkException.class, () -> socket.execute(tiny));
        assertEquals(Errno.EINVAL, words.errno());
        assertTrue(words.reason().contains("mtu"), words.getMessage());
        assertEquals(2, names(socket).size(), "and the socket still works");
    }

    private int indexOf(String name) {
        return socket.ask(link("find", Rtnetlink.RTM_GETLINK, 0, 0, 0, 0).attribute(Rtnetlink.IFLA_IFNAME, name),
                Rtnetlink.IFINFOMSG_SIZE).int32(Rtnetlink.IFI_INDEX);
    }

    @Test
    void listsInManyParts() {
        TreeSet<String> expected = new TreeSet<>(List.of("lo"));
        for (int i = 0; i < 60; i++) {
            addDummy("bridge" + i);
            expected.add("bridge" + i);
        }
        assertEquals(expected, new TreeSet<>(names(socket)));
    }

    @Test
    void liesInAttributesEndTheSearch() {
        ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putShort(0, (short) 5).putShort(2, (short) 1).put(4, (byte) 9);
        bytes.putShort(8, (short) 200).putShort(10, (short) 2);
        NetlinkAttributes attributes = new NetlinkAttributes(bytes, 0);
        assertEquals(9, attributes.value8(1, 0));
        assertEquals(-1, attributes.value32(1, -1), "too short for that");
        assertFalse(attributes.has(2), "longer than what is there");
        bytes.putShort(8, (short) 3);
        assertFalse(attributes.has(2), "shorter than its own header");
        bytes.putShort(8, (short) 8);
        assertTrue(attributes.has(2));
        assertEquals(0, attributes.int32(14), "beyond the end");
        assertEquals(0, attributes.int16(15), "beyond the end");
    }
}
