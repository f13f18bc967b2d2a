package dev.jvmm.cli;

import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.Terminal;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code jvmm console}: this terminal becomes a detached machine's console. */
@Command(
        name = "console",
        mixinStandardHelpOptions = true,
        description = {
            "Connects this terminal to the console of a detached machine. Ctrl-A x leaves it; the machine goes on.",
            "One at a time: who comes second waits."
        })
final class ConsoleCommand implements Callable<Integer> {
    private static final int CONTROL_A = 1;

    @Parameters(paramLabel = "NAME", description = "The machine's name.")
    private String name;

    private boolean escaped;

    @Override
    public Integer call() throws IOException {
        Path socket = RunningMachine.running(name).file("console.sock");
        if (!Files.exists(socket)) {
            throw new UsageException(
                    "'" + name + "' has its console elsewhere: one started by 'jvmm boot --detach' without a"
                            + " command has it here");
        }
        FileDescriptor keyboard = new FileDescriptor(0);
        Optional<Terminal> terminal = Terminal.isTerminal(keyboard) ? Optional.of(new Terminal(keyboard))
                : Optional.empty();
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            if (terminal.isPresent()) {
                Terminal found = terminal.get();
                Runtime.getRuntime().addShutdownHook(new Thread(found::restore, "terminal"));
                found.raw();
                System.err.print("jvmm: the console of " + name + "; Ctrl-A x leaves it\r\n");
            }
            Thread keys = new Thread(() -> send(channel, terminal.isPresent()), "keyboard");
            keys.setDaemon(true);
            keys.start();
            receive(channel);
        } finally {
            if (terminal.isPresent()) {
                terminal.get().restore();
            }
        }
        return Main.SUCCESS;
    }

    private static void receive(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(8192);
        try (OutputStream out = new FileOutputStream(java.io.FileDescriptor.out)) {
            while (channel.read(buffer.clear()) >= 0) {
                out.write(buffer.array(), 0, buffer.position());
            }
        } catch (java.nio.channels.ClosedChannelException e) {
            // left by its key
        }
    }

    private void send(SocketChannel channel, boolean keyboard) {
        byte[] bytes = new byte[1024];
        try (InputStream in = new FileInputStream(java.io.FileDescriptor.in)) {
            for (int count; (count = in.read(bytes)) >= 0;) {
                ByteBuffer out = ByteBuffer.allocate(count);
                for (int i = 0; i < count; i++) {
                    if (keyboard && leaves(bytes[i])) {
                        channel.close();
                        return;
                    }
                    if (!escaped) {
                        out.put(bytes[i]);
                    }
                }
                out.flip();
                while (out.hasRemaining()) {
                    channel.write(out);
                }
            }
        } catch (IOException e) {
            // the console has gone, and the other thread says so
        }
    }

    /** Ctrl-A begins an order: x leaves, Ctrl-A sends one. Whatever else follows is the guest's. */
    private boolean leaves(byte key) {
        if (!escaped) {
            escaped = key == CONTROL_A;
            return false;
        }
        escaped = false;
        return key == 'x' || key == 'X';
    }
}
