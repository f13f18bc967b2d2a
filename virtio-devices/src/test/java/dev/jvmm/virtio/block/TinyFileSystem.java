package dev.jvmm.virtio.block;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A tmpfs with little room, in a mount namespace that ends with it. */
final class TinyFileSystem implements AutoCloseable {
    private final Process holder;

    private TinyFileSystem(Process holder) {
        this.holder = holder;
    }

    /** One of so many KiB; without the right to make it the test is skipped. */
    static TinyFileSystem of(int kib) throws IOException {
        String script = "mount -t tmpfs -o size=" + kib + "k none /mnt && echo ready && exec cat";
        Process process = new ProcessBuilder("unshare", "--map-root-user", "--mount", "sh", "-c", script)
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
