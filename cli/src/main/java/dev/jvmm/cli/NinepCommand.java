package dev.jvmm.cli;

import dev.jvmm.config.ConfigException;
import dev.jvmm.config.MemorySize;
import dev.jvmm.virtio.ninep.server.ClientLimits;
import dev.jvmm.virtio.ninep.server.Ownership;
import dev.jvmm.virtio.ninep.server.Share;
import dev.jvmm.virtio.ninep.server.ShareConfig;
import dev.jvmm.virtio.ninep.stream.StreamServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jvmm 9p}: the shares' server, for clients that are not a guest of jvmm's. */
@Command(
        name = "9p",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Directories of this host over 9P2000.L, the protocol of 'jvmm boot --share'.")
final class NinepCommand implements Callable<Integer> {
    private static final int MOST_MSIZE = 1 << 20;
    private static final int MOST_PORT = 0xFFFF;
    private static final int MOST_CLIENTS = 1024;
    private static final String UNIX = "unix:";
    private static final String TCP = "tcp:";

    @Spec
    private CommandSpec spec;

    NinepCommand() {}

    @Override
    public Integer call() {
        spec.commandLine().usage(System.err);
        return Main.USAGE;
    }

    @Command(
            name = "serve",
            mixinStandardHelpOptions = true,
            description = {
                "Serves DIR on a socket until a signal ends it. Says on standard output where it listens, once it does.",
                "Whoever can connect may do there what the user who runs this may: give a Unix socket a folder that others can",
                "not enter, and TCP an address that they can not reach. With Linux's client:",
                "  mount -t 9p -o trans=unix,version=9p2000.L PATH /mnt",
                "  mount -t 9p -o trans=tcp,port=PORT,version=9p2000.L HOST /mnt"
            })
    int serve(
            @Option(names = "--listen", paramLabel = "WHERE", required = true,
                    description = "unix:PATH, a socket that is made there, or tcp:HOST:PORT; port 0 is any that is free.") String where,
            @Option(names = "--ro", description = "Clients may only read.") boolean readOnly,
            @Option(names = "--ids", paramLabel = "passthrough|mapped", defaultValue = "passthrough",
                    description = "Owners and modes: the files' own (the default), or kept in their extended attributes.") String ids,
            @Option(names = "--msize", paramLabel = "SIZE", defaultValue = "1M",
                    description = "The longest message, 4K to 1M. Default: 1M.") String msize,
            @Option(names = "--clients", paramLabel = "N", defaultValue = "64",
                    description = "Connections at a time, 1 to 1024. Default: 64.") int clients,
            @Parameters(paramLabel = "DIR", description = "the directory") Path directory)
            throws InterruptedException {
        SocketAddress address = address(where);
        int most = size(msize);
        if (clients < 1 || clients > MOST_CLIENTS) {
            throw mistake("--clients " + clients + ": give a number between 1 and " + MOST_CLIENTS);
        }
        CompletableFuture<Integer> signal = new CompletableFuture<>();
        for (String name : HostSignals.ENDING) {
            HostSignals.handle(name, signal::complete);
        }
        ShareConfig config = new ShareConfig(directory, readOnly, ownership(ids), most, ClientLimits.usual());
        try (Share share = Share.open(config); StreamServer server = listen(share, address, most, clients, where)) {
            System.out.println("listening on " + text(server.address()));
            System.out.flush();
            return HostSignals.KILLED + signal.join();
        }
    }

    private static StreamServer listen(Share share, SocketAddress address, int most, int clients, String where) {
        try {
            return StreamServer.listen(share, address, most, clients);
        } catch (IOException e) {
            throw new UncheckedIOException("--listen " + where + ": " + e.getMessage()
                    + (where.startsWith(UNIX) ? "; nothing may be at that path, and you must be allowed to write there"
                            : ""),
                    e);
        }
    }

    private Ownership ownership(String ids) {
        return switch (ids) {
            case "passthrough" -> Ownership.PASSTHROUGH;
            case "mapped" -> Ownership.MAPPED;
            default -> throw mistake("--ids '" + ids + "': give passthrough or mapped");
        };
    }

    private int size(String text) {
        long size = 0;
        try {
            size = MemorySize.parse(text);
        } catch (ConfigException e) {
            // too small, then
        }
        if (size < ShareConfig.LEAST_MSIZE || size > MOST_MSIZE) {
            throw mistake("--msize '" + text + "': give a size from 4K to 1M");
        }
        return (int) size;
    }

    private SocketAddress address(String where) {
        if (where.startsWith(UNIX) && where.length() > UNIX.length() && where.indexOf('\0') < 0) {
            return UnixDomainSocketAddress.of(where.substring(UNIX.length()));
        }
        int colon = where.lastIndexOf(':');
        if (where.startsWith(TCP) && colon > TCP.length()) {
            String host = where.substring(TCP.length(), colon);
            String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
            int port = port(where.substring(colon + 1));
            InetSocketAddress address = port < 0 ? null : new InetSocketAddress(bare, port);
            if (address != null && address.isUnresolved()) {
                throw mistake("--listen '" + where + "': there is no host '" + bare + "'");
            } else if (address != null) {
                return address;
            }
        }
        throw mistake("--listen '" + where + "': give unix:PATH or tcp:HOST:PORT");
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            return port <= MOST_PORT ? port : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static String text(SocketAddress address) {
        if (address instanceof InetSocketAddress tcp) {
            String host = tcp.getAddress().getHostAddress();
            return String.format(Locale.ROOT, host.indexOf(':') < 0 ? "tcp:%s:%d" : "tcp:[%s]:%d", host, tcp.getPort());
        }
        return UNIX + address;
    }

    private ParameterException mistake(String message) {
        return new ParameterException(spec.subcommands().get("serve"), message);
    }
}
