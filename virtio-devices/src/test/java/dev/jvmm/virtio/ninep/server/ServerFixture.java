package dev.jvmm.virtio.ninep.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.jvmm.virtio.testing.NinepDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A share of a directory with a canary beside it, and a client that has attached to it as fid 0. */
abstract class ServerFixture {
    static final String CANARY = "nobody may see or change this";

    @TempDir
    Path folder;

    /** The shared directory. */
    Path root;

    Path canary;
    Share share;
    Client client;
    NinepDriver driver;

    @BeforeEach
    void start() throws IOException {
        root = Files.createDirectory(folder.resolve("share"));
        canary = Files.writeString(folder.resolve("canary"), CANARY);
        share(ShareConfig.of(root));
    }

    /** Shares anew, in another way. */
    final void share(ShareConfig config) {
        stop();
        share = Share.open(config);
        client = share.connect();
        driver = NinepDriver.of(client).start();
    }

    private void stop() {
        if (share != null) {
            client.close();
            assertEquals(0, client.fidCount());
            assertEquals(0, client.openFileCount());
            share.close();
        }
    }

    @AfterEach
    final void checkCanary() throws IOException {
        stop();
        assertEquals(CANARY, Files.readString(canary));
    }

    static void refused(int errno, Executable call) {
        NinepDriver.Refused refused = assertThrows(NinepDriver.Refused.class, call);
        assertEquals(errno, refused.errno(), refused.getMessage());
    }

    static byte[] bytes(int length, int seed) {
        byte[] bytes = new byte[length];
        new java.util.Random(seed).nextBytes(bytes);
        return bytes;
    }
}
