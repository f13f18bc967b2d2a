package dev.jvmm.usernet.service;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** The name servers to ask: those given, or the host's, as resolv.conf(5) has them from time to time. */
public final class Resolvers {
    /** What the C library takes at most. */
    private static final int MOST = 3;

    private static final int PORT = 53;
    private static final long LARGEST_FILE = 1 << 16;
    private static final long FRESH_NANOS = 2_000_000_000L;
    private static final List<InetSocketAddress> LOCAL = List
            .of(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT));

    private final List<InetSocketAddress> given;
    private final Path file;
    private final LongSupplier nanoTime;
    private List<InetSocketAddress> read = LOCAL;
    private boolean everRead;
    private long readAt;

    /**
     * @param given if there are none, those of the file
     * @param file resolv.conf
     */
    public Resolvers(List<InetSocketAddress> given, Path file, LongSupplier nanoTime) {
        this.given = List.copyOf(given);
        this.file = file;
        this.nanoTime = nanoTime;
    }

    /** One or more. Where the host names none it is the local one, as for the C library. */
    public List<InetSocketAddress> addresses() {
        if (!given.isEmpty()) {
            return given;
        }
        long now = nanoTime.getAsLong();
        if (!everRead || now - readAt > FRESH_NANOS) {
            everRead = true;
            readAt = now;
            read = read(file);
        }
        return read;
    }

    private static List<InetSocketAddress> read(Path file) {
        List<InetSocketAddress> found = new ArrayList<>();
        try {
            if (Files.size(file) <= LARGEST_FILE) {
                for (String line : new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).split("\n")) {
                    addServer(line.strip(), found);
                }
            }
        } catch (IOException e) {
            return LOCAL;
        }
        return found.isEmpty() ? LOCAL : List.copyOf(found);
    }

    private static void addServer(String line, List<InetSocketAddress> found) {
        String[] words = line.split("\\s+");
        if (words.length >= 2 && words[0].equals("nameserver") && found.size() < MOST) {
            try {
                found.add(new InetSocketAddress(InetAddress.ofLiteral(words[1]), PORT));
            } catch (IllegalArgumentException e) {
                // a line that the C library passes over, too
            }
        }
    }
}
