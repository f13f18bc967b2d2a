package dev.jvmm.virtio.ninep.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.Errno;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.testing.NinepDriver;
import dev.jvmm.virtio.testing.NinepDriver.Qid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Clients that are saved and restored. */
final class ClientStateTest extends ServerFixture {
    private byte[] save() {
        StateWriter out = new StateWriter();
        client.save(out);
        return out.bytes();
    }

    private NinepDriver restore(byte[] record) {
        client.close();
        client = share.connect();
        StateReader in = new StateReader("9p", 1, record);
        client.restore(in);
        in.end();
        return NinepDriver.of(client);
    }

    @Test
    void fidsGoOnWhereTheyWere() throws IOException {
        Files.createDirectories(root.resolve("a/b"));
        Files.writeString(root.resolve("a/b/f"), "0123456789");
        Files.createSymbolicLink(root.resolve("a/l"), Path.of("b"));
        driver.walk(0, 1, "a", "b");
        driver.walk(1, 2, "f");
        Qid qid = driver.open(2, 2);
        driver.walk(0, 3, "a", "l");
        driver.walk(1, 4);
        driver.create(4, "new", 2, 0600, 0);
        driver.write(4, 0, "new".getBytes());
        driver.walk(0, 5, "a");
        driver.open(5, 0);
        long cookie = driver.readdir(5, 0, 60).get(0).next();
        int rest = driver.readdir(5, cookie, 4096).size();
        driver.renameat(0, "a", 0, "moved");
        byte[] record = save();
        NinepDriver again = restore(record);
        assertEquals(qid, again.getattr(2).qid());
        assertArrayEquals("345".getBytes(), again.read(2, 3, 3));
        assertEquals(3, again.write(2, 10, "abc".getBytes()));
        assertEquals("b", again.readlink(3));
        assertArrayEquals("new".getBytes(), again.read(4, 0, 10));
        assertEquals(rest, again.readdir(5, cookie, 4096).size());
        assertEquals(1, again.walk(1, 9, "f").size());
        assertEquals(NinepDriver.MSIZE - 24, again.getattr(0).blksize() / 4096 * 4096);
        assertArrayEquals(record, record.clone());
    }

    @Test
    void locksAreTakenAgain() throws IOException {
        Files.writeString(root.resolve("f"), "text");
        driver.walk(0, 1, "f");
        driver.open(1, 2);
        assertEquals(0, driver.lock(1, 1, 10, 20, 7, "guest"));
        assertEquals(0, driver.lock(1, 0, 100, 0, 7, "guest"));
        NinepDriver again = restore(save());
        try (Client second = share.connect()) {
            NinepDriver other = NinepDriver.of(second).start();
            other.walk(0, 1, "f");
            other.open(1, 2);
            assertEquals(1, other.lock(1, 0, 29, 1, 8, "guest"));
            assertEquals(0, other.lock(1, 1, 30, 70, 8, "guest"));
            assertEquals(1, other.lock(1, 1, 1L << 40, 1, 8, "guest"));
            assertEquals(0, again.lock(1, 2, 0, 0, 7, "guest"));
            assertEquals(0, other.lock(1, 1, 0, 0, 8, "guest"));
        }
    }

    @Test
    void filesThatAreGoneAreGoneForTheClient() throws IOException {
        Files.writeString(root.resolve("f"), "text");
        Files.writeString(root.resolve("g"), "text");
        driver.walk(0, 1, "f");
        driver.walk(0, 2, "g");
        driver.open(2, 2);
        byte[] record = save();
        Files.delete(root.resolve("f"));
        Files.move(Files.writeString(root.resolve("h"), "another"), root.resolve("g"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        NinepDriver again = restore(record);
        refused(Errno.ENOENT, () -> again.getattr(1));
        refused(Errno.ENOENT, () -> again.open(1, 0));
        refused(Errno.ENOENT, () -> again.setattr(1, 1, 0777, 0, 0, 0, 0, 0));
        refused(Errno.ENOENT, () -> again.setattr(1, 8, 0, 0, 0, 0, 0, 0));
        refused(Errno.ENOENT, () -> again.walk(1, 5, "x"));
        refused(Errno.ENOENT, () -> again.walk(1, 5, ".."));
        refused(Errno.ENOENT, () -> again.read(2, 0, 10));
        refused(Errno.ENOENT, () -> again.link(0, 1, "x"));
        refused(Errno.ENOENT, () -> again.remove(2));
        again.clunk(1);
        assertEquals("another", Files.readString(root.resolve("g")));
    }

    @Test
    void aFileWithoutANameIsNotSaved() throws IOException {
        Files.writeString(root.resolve("f"), "text");
        driver.walk(0, 1, "f");
        driver.unlinkat(0, "f", 0);
        StateException e = assertThrows(StateException.class, this::save);
        assertTrue(e.getMessage().contains("no name any more"), e.getMessage());
        driver.clunk(1);
        save();
    }

    @Test
    void forgedRecordsAreRefusedOrHarmless() throws IOException {
        Files.createDirectories(root.resolve("a"));
        Files.writeString(root.resolve("a/f"), "text");
        driver.walk(0, 1, "a", "f");
        driver.open(1, 2);
        driver.lock(1, 1, 10, 20, 7, "guest");
        byte[] record = save();
        Random random = new Random(1);
        for (int i = 0; i < 2_000; i++) {
            byte[] forged = i < record.length ? java.util.Arrays.copyOf(record, i) : record.clone();
            for (int n = random.nextInt(4); n >= 0 && forged.length > 0; n--) {
                forged[random.nextInt(forged.length)] = (byte) random.nextInt();
            }
            try {
                restore(forged);
            } catch (StateException e) {
                // found out
            }
        }
        client.close();
        assertEquals(0, client.openFileCount());
    }
}
