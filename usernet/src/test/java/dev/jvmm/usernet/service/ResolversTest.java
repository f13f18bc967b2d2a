package dev.jvmm.usernet.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolversTest {
    @TempDir
    Path folder;

    private long now;

    private static InetSocketAddress server(String address) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), 53);
    }

    private Resolvers of(Path file) {
        return new Resolvers(List.of(), file, () -> now);
    }

    @Test
    void readsResolvConf() throws IOException {
        Path file = Files.writeString(folder.resolve("resolv.conf"), """
                # nameserver 1.1.1.1
                search example.org
                nameserver 192.0.2.1
                  nameserver\t2001:db8::1\s\s
                nameserver not-an-address
                nameserver
                options edns0
                nameserver 192.0.2.2
                nameserver 192.0.2.3
                """);
        assertEquals(List.of(server("192.0.2.1"), server("2001:db8::1"), server("192.0.2.2")), of(file).addresses());
    }

    @Test
    void followsChanges() throws IOException {
        Path file = Files.writeString(folder.resolve("resolv.conf"), "nameserver 192.0.2.1\n");
        Resolvers resolvers = of(file);
        assertEquals(List.of(server("192.0.2.1")), resolvers.addresses());
        Files.writeString(file, "nameserver 192.0.2.2\n");
        assertEquals(List.of(server("192.0.2.1")), resolvers.addresses(), "not read again and again");
        now += 3_000_000_000L;
        assertEquals(List.of(server("192.0.2.2")), resolvers.addresses());
    }

    @Test
    void asksTheLocalServerWhereNoneIsNamed() throws IOException {
        List<InetSocketAddress> local = List.of(server("127.0.0.1"));
        assertEquals(local, of(folder.resolve("missing")).addresses());
        assertEquals(local, of(Files.writeString(folder.resolve("empty"), "")).addresses());
        assertEquals(local, of(Files.write(folder.resolve("huge"), new byte[1 << 20])).addresses());
    }

    @Test
    void believesWhatIsGiven() {
        List<InetSocketAddress> given = List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 5353));
        assertEquals(given, new Resolvers(given, folder.resolve("missing"), () -> 0).addresses());
    }
}
