package dev.jvmm.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.testing.RequiresNetworks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

@RequiresNetworks
final class PingSocketTest {
    private static final int LOOPBACK_INDEX = 1;

    private static void allow(String groups) {
        try {
            Files.writeString(Path.of("/proc/sys/net/ipv4/ping_group_range"), groups);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void loopbackUp() {
        try (NetlinkSocket socket = NetlinkSocket.open()) {
            NetlinkMessage message = new NetlinkMessage("switch lo on", Rtnetlink.RTM_NEWLINK, 0);
            socket.execute(
                    message.int8(0).int8(0).int16(0).int32(LOOPBACK_INDEX).int32(Rtnetlink.IFF_UP)
                            .int32(Rtnetlink.IFF_UP));
        }
    }

    @Test
    void loopbackAnswers() throws Exception {
        try (NetNamespace namespace = NetNamespace.create()) {
            for (String host : new String[]{ "127.0.0.1", "::1" }) {
                InetAddress address = InetAddress.ofLiteral(host);
                boolean v4 = address.getAddress().length == 4;
                PingSocket socket = namespace.call(() -> {
                    loopbackUp();
                    allow("0 2147483647");
                    return PingSocket.connect(address);
                });
                try (socket; Epoll epoll = Epoll.create(1)) {
                    assertEquals(0, epoll.add(socket.number(), Epoll.IN, 7));
                    ByteBuffer request = NativeBuffers.allocate(16);
                    request.put(0, (byte) (v4 ? 8 : 128)).put(7, (byte) 9).put(15, (byte) 5);
                    assertEquals(16, socket.write(request));
                    assertEquals(1, epoll.await(30_000));
                    ByteBuffer answer = NativeBuffers.allocate(64);
                    assertEquals(16, socket.read(answer));
                    assertEquals(v4 ? 0 : 129, answer.get(0) & 0xFF);
                    assertEquals(9, answer.get(7), "its number");
                    assertEquals(5, answer.get(15), "its data");
                    assertEquals(-Errno.EAGAIN, socket.read(answer));
                }
            }
        }
    }

    @Test
    void failuresAreTold() {
        try (NetNamespace namespace = NetNamespace.create()) {
            SystemCallException thrown = assertThrows(SystemCallException.class, () -> namespace.call(() -> {
                allow("1 0");
                return PingSocket.connect(InetAddress.getLoopbackAddress());
            }));
            assertEquals(Errno.EACCES, thrown.errno());
            SystemCallException nowhere = assertThrows(SystemCallException.class, () -> namespace.call(() -> {
                allow("0 2147483647");
                return PingSocket.connect(InetAddress.ofLiteral("192.0.2.1"));
            }));
            assertTrue(nowhere.getMessage().contains("192.0.2.1"), nowhere.getMessage());
        }
    }
}
