package dev.jvmm.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** QEMU's q35, a process; disks come to a PCI Express root port. */
final class QemuHotplug implements HotplugGuest {
    private static final long SOCKET_MILLIS = 20_000;

    private final LineWatch console = new LineWatch();
    private final Process process;
    private final SocketChannel monitor;
    private final BufferedReader answers;

    /** Starts it; its monitor's socket goes into the folder. */
    QemuHotplug(Path kernel, Path initrd, String line, long memory, Path first, Path folder)
            throws IOException, InterruptedException {
        Path socket = folder.resolve("qmp");
        process = new ProcessBuilder(List.of(
                "qemu-system-x86_64", "-M", "q35", "-enable-kvm", "-cpu", "host", "-m", Long.toString(memory >> 20),
                "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-kernel", kernel.toString(),
                "-initrd",
                initrd.toString(), "-append", line, "-serial", "stdio", "-qmp",
                "unix:" + socket + ",server=on,wait=off",
                "-drive", "id=first,if=none,format=raw,file=" + first, "-device", "virtio-blk-pci,drive=first",
                "-device", "pcie-root-port,id=root1,chassis=1"))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Thread reader = new Thread(this::read, "qemu-console");
        reader.setDaemon(true);
        reader.start();
        monitor = connect(socket);
        answers = new BufferedReader(Channels.newReader(monitor, StandardCharsets.UTF_8));
        answers.readLine();
        say("{\"execute\":\"qmp_capabilities\"}");
    }

    private void read() {
        byte[] buffer = new byte[4096];
        try (InputStream output = process.getInputStream()) {
            for (int n = output.read(buffer); n > 0; n = output.read(buffer)) {
                console.add(ByteBuffer.wrap(buffer, 0, n));
            }
        } catch (IOException e) {
            // It ends; whoever waits for a line will say so.
        }
    }

    private static SocketChannel connect(Path socket) throws IOException, InterruptedException {
        long end = System.nanoTime() + SOCKET_MILLIS * 1_000_000;
        while (true) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                if (Files.exists(socket)) {
                    channel.connect(UnixDomainSocketAddress.of(socket));
                    return channel;
                }
            } catch (IOException e) {
                if (System.nanoTime() - end > 0) {
                    throw e;
                }
            }
            channel.close();
            Thread.sleep(10);
        }
    }

    private void say(String command) throws IOException {
        monitor.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
        hear("\"return\"");
    }

    private void hear(String wanted) throws IOException {
        for (String answer = answers.readLine(); answer != null; answer = answers.readLine()) {
            if (answer.contains(wanted)) {
                return;
            }
            if (answer.contains("\"error\"")) {
                throw new IOException("QEMU says " + answer);
            }
        }
        throw new IOException("QEMU is gone");
    }

    @Override
    public String name() {
        return "q35";
    }

    @Override
    public LineWatch console() {
        return console;
    }

    @Override
    public void attach(Path image) throws IOException {
        say("{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":\"raw\",\"node-name\":\"more\","
                + "\"file\":{\"driver\":\"file\",\"filename\":\"" + image + "\"}}}");
        say("{\"execute\":\"device_add\",\"arguments\":{\"driver\":\"virtio-blk-pci\",\"id\":\"disk\",\"bus\":\"root1\","
                + "\"drive\":\"more\"}}");
    }

    @Override
    public void detach() throws IOException {
        say("{\"execute\":\"device_del\",\"arguments\":{\"id\":\"disk\"}}");
        hear("\"DEVICE_DELETED\", \"data\": {\"device\"");
        say("{\"execute\":\"blockdev-del\",\"arguments\":{\"node-name\":\"more\"}}");
    }

    @Override
    public void close() {
        try {
            process.destroyForcibly().waitFor();
            monitor.close();
        } catch (IOException | InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
