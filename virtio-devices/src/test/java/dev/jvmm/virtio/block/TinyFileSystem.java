package dev.jvmm.virtio.block;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A file system with little room, in a mount namespace that ends with it. */
final class TinyFileSystem implements AutoCloseable {
    private final Process holder;

    private TinyFileSystem(Process holder) {
        this.holder = holder;
    }

    /** A tmpfs of so many KiB; without the right to make it the test is skipped. */
    static TinyFileSystem of(int kib) throws IOException {
        return make("mount -t tmpfs -o size=" + kib + "k none /mnt", "unshare", "--map-root-user", "--mount");
    }

    /** A new ext4 on this block device, for root. */
    static TinyFileSystem on(String device) throws IOException {
        return make("mkfs.ext4 -q " + device + " >/dev/null && mount " + device + " /mnt", "unshare", "--mount");
    }

    private static TinyFileSystem make(String script, String... unshare) throws IOException {
        List<String> command = new ArrayList<>(List.of(unshare));
        command.addAll(List.of("sh", "-c", script + " && echo ready && exec cat"));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .start();
        TinyFileSystem made = new TinyFileSystem(process);
        String answer = new BufferedReader(new InputStreamReader(process.getInputStream())).readLine();
        if (!"ready".equals(answer)) {
            made.close();
        }
        assumeTrue("ready".equals(answer), "no mount namespace here: " + answer);
        return made;
    }

    Path folder() {
        return Path.of("/proc/" + holder.pid() + "/root/mnt");
    }

    @Override
    public void close() throws IOException {
        holder.getOutputStream().close();
        holder.onExit().orTimeout(30, TimeUnit.SECONDS).join();
    }
}
