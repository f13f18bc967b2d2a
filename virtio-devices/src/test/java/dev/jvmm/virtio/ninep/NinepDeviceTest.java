package dev.jvmm.virtio.ninep;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.state.StateException;
import dev.jvmm.state.StateRecord;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.VirtioDeviceContract;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The device over a peer that does as the test says: order, flushes, resets; what messages mean is the server's, and tested there. */
final class NinepDeviceTest extends VirtioDeviceContract {
    private static final String TAG = "h\u00f6me";

    private final ScriptedPeer peer = new ScriptedPeer();
    private final List<NinepDevice> made = new ArrayList<>();

    @Override
    protected VirtioDevice create() {
        NinepDevice device = new NinepDevice("test", new NinepConfig(TAG), peer);
        made.add(device);
        return device;
    }

    /** Some were made only to ask them something. */
    @AfterEach
    void closeAll() {
        made.forEach(NinepDevice::close);
    }

    @Override
    protected void proveWorking(MockDriver driver) {
        for (int length : new int[]{ 0, 1, 20_000 }) {
            byte[] message = message(ScriptedPeer.ECHO, length, new byte[length]);
            message[message.length - 1] = 9;
            byte[] answer = driver.call(0, message, message.length + 5);
            message[4]++;
            assertArrayEquals(message, answer);
        }
    }

    private static byte[] message(int type, int tag, byte... payload) {
        return ByteBuffer.allocate(7 + payload.length).order(ByteOrder.LITTLE_ENDIAN)
                .putInt(7 + payload.length).put((byte) type).putShort((short) tag).put(payload).array();
    }

    private static byte[] flush(int tag, int flushed) {
        return message(NinepSpec.T_FLUSH, tag, (byte) flushed, (byte) (flushed >> 8));
    }

    /** Sends a message without waiting; returns the chain's head. */
    private static int send(MockDriver driver, byte[] message) {
        long from = driver.allocate(message.length);
        driver.memory().write(from, message);
        int head = driver.ring(0).post(1, from, message.length, driver.allocate(64), 64);
        driver.kick(0);
        return head;
    }

    /** A chain that came back. */
    private record Used(int head, int length) {}

    /** Chains in the order of the used ring, as many as there are to come. */
    private static List<Used> used(MockDriver driver, int count) {
        List<Used> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            driver.awaitUsed(0);
            int head = driver.ring(0).usedHead();
            all.add(new Used(head, (int) driver.ring(0).takeUsed()));
        }
        return all;
    }

    @Test
    void theTagIsInItsConfiguration() {
        try (MockDriver driver = MockDriver.forDevice(create())) {
            byte[] tag = TAG.getBytes(StandardCharsets.UTF_8);
            assertEquals(tag.length, driver.config(0, 2));
            for (int i = 0; i < tag.length; i++) {
                assertEquals(tag[i], (byte) driver.config(2 + i, 1));
            }
            assertEquals(9, driver.transport().device().type());
        }
    }

    @Test
    void tagsThatCanNotBeMountedAreRefused() {
        for (String tag : List.of("", "a b", "a,b", "a\nb", "\u0000", "x".repeat(256))) {
            assertThrows(IllegalArgumentException.class, () -> new NinepConfig(tag), tag);
        }
        assertEquals(255, new NinepConfig("x".repeat(255)).tag().length());
    }

    @Test
    void messagesOvertakeEachOther() throws InterruptedException {
        try (MockDriver driver = MockDriver.started(create())) {
            peer.hold(1);
            int slow = send(driver, message(ScriptedPeer.ECHO, 1));
            peer.awaitInside(1);
            int quick = send(driver, message(ScriptedPeer.ECHO, 2));
            assertEquals(quick, used(driver, 1).get(0).head());
            peer.letGo(1);
            assertEquals(slow, used(driver, 1).get(0).head());
        }
    }

    /** As many as the queue holds, most of which wait for a thread. */
    @Test
    void manyAtOnceAreAllAnswered() {
        try (MockDriver driver = MockDriver.started(create())) {
            for (int round = 0; round < 50; round++) {
                Set<Integer> heads = new HashSet<>();
                for (int i = 0; i < NinepDevice.QUEUE_SIZE / 2; i++) {
                    heads.add(send(driver, message(ScriptedPeer.ECHO, i)));
                }
                for (Used used : used(driver, NinepDevice.QUEUE_SIZE / 2)) {
                    assertEquals(7, used.length());
                    assertTrue(heads.remove(used.head()));
                }
                assertTrue(heads.isEmpty());
            }
        }
    }

    /** What is being worked on is answered, and then its flush. */
    @Test
    void aFlushIsAnsweredBehindWhatItFlushes() throws InterruptedException {
        try (MockDriver driver = MockDriver.started(create())) {
            peer.hold(1);
            int slow = send(driver, message(ScriptedPeer.ECHO, 1));
            peer.awaitInside(1);
            int first = send(driver, flush(2, 1));
            int ofFlush = send(driver, flush(3, 2));
            int other = send(driver, message(ScriptedPeer.ECHO, 4));
            assertEquals(other, used(driver, 1).get(0).head());
            peer.letGo(1);
            List<Used> used = used(driver, 3);
            assertEquals(List.of(slow, 7), List.of(used.get(0).head(), used.get(0).length()));
            assertEquals(List.of(first, 9), List.of(used.get(1).head(), used.get(1).length()));
            assertEquals(ofFlush, used.get(2).head());
        }
    }

    /** What nobody has begun with goes back with nothing in it. */
    @Test
    void aFlushDropsWhatIsStillWaiting() throws InterruptedException {
        try (MockDriver driver = MockDriver.started(create())) {
            for (int tag = 0; tag < 8; tag++) {
                peer.hold(tag);
                send(driver, message(ScriptedPeer.ECHO, tag));
            }
            peer.awaitInside(8);
            int waiting = send(driver, message(ScriptedPeer.ECHO, 100));
            int flush = send(driver, flush(101, 100));
            Used dropped = used(driver, 1).get(0);
            assertEquals(List.of(waiting, 0), List.of(dropped.head(), dropped.length()));
            peer.letGo(3);
            assertTrue(used(driver, 2).stream().anyMatch(used -> used.head() == flush));
            for (int tag = 0; tag < 8; tag++) {
                peer.letGo(tag);
            }
            used(driver, 7);
        }
    }

    @Test
    void flushesOfNothingAndOfThemselvesAreAnswered() {
        try (MockDriver driver = MockDriver.started(create())) {
            assertEquals(9, driver.call(0, flush(7, 7), 64).length);
            assertEquals(9, driver.call(0, flush(7, 1234), 64).length);
            assertEquals(7, driver.call(0, message(NinepSpec.T_FLUSH, 7), 64).length);
        }
    }

    /** A reset waits for whoever works on guest memory, drops the rest, and has the peer forget the driver. */
    @Test
    void aResetWaitsForThoseAtWork() throws InterruptedException {
        try (MockDriver driver = MockDriver.started(create())) {
            for (int tag = 0; tag < 8; tag++) {
                peer.hold(tag);
                send(driver, message(ScriptedPeer.ECHO, tag));
            }
            peer.awaitInside(8);
            for (int tag = 8; tag < 20; tag++) {
                send(driver, message(ScriptedPeer.ECHO, tag));
                send(driver, flush(100 + tag, tag - 8));
            }
            Thread vcpu = new Thread(driver::reset);
            vcpu.start();
            vcpu.join(50);
            assertTrue(vcpu.isAlive());
            assertEquals(0, peer.resets());
            for (int tag = 0; tag < 8; tag++) {
                peer.letGo(tag);
            }
            vcpu.join();
            assertEquals(1, peer.resets());
            driver.start();
            proveWorking(driver);
            driver.reset();
            driver.reset();
            assertEquals(2, peer.resets(), "there was nothing to forget");
        }
        assertTrue(peer.isClosed());
    }

    @Test
    void whatIsNoMessageIsALie() {
        for (byte[] lie : List.of(new byte[6], message(ScriptedPeer.LIE, 1))) {
            try (MockDriver driver = MockDriver.started(create())) {
                send(driver, lie);
                awaitNeedsReset(driver);
                driver.reset();
                driver.start();
                proveWorking(driver);
            }
        }
    }

    /** A mistake of ours is not the end of more than this device, until its driver resets it. */
    @Test
    void aMistakeStopsItUntilItIsReset() {
        try (MockDriver driver = MockDriver.started(create())) {
            send(driver, message(ScriptedPeer.MISTAKE, 1));
            awaitNeedsReset(driver);
            driver.reset();
            driver.start();
            proveWorking(driver);
        }
    }

    private static void awaitNeedsReset(MockDriver driver) {
        for (int i = 0; i < 10_000 && !driver.needsReset(); i++) {
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        assertTrue(driver.needsReset());
    }

    /** What the server knows goes into the record, or keeps it from being written. */
    @Test
    void whatTheServerKnowsIsSaved() throws InterruptedException {
        byte[] version = message(NinepSpec.T_VERSION, 0xFFFF, new byte[14]);
        ByteBuffer.wrap(version).order(ByteOrder.LITTLE_ENDIAN).putInt(7, 123_456);
        MockDriver driver = MockDriver.started(create());
        driver.call(0, version, 64);
        driver.call(0, message(ScriptedPeer.ECHO, 1), 64);
        driver.call(0, message(NinepSpec.T_VERSION, 0xFFFF, new byte[14]), 64);
        assertEquals(0, peer.msize());
        driver.call(0, version, 64);
        driver.call(0, message(NinepSpec.T_VERSION, 0xFFFF), 64);
        peer.fids(3);
        StateException refusal = assertThrows(StateException.class, () -> saved(driver));
        assertEquals("3 files have no name", refusal.getMessage());
        peer.fids(0);
        driver.call(0, version, 64);
        ScriptedPeer other = new ScriptedPeer();
        NinepDevice fresh = new NinepDevice("other", new NinepConfig(TAG), other);
        try (MockDriver after = driver.restoredWith(fresh)) {
            assertEquals(123_456, other.msize());
            proveWorking(after);
        }
    }

    private static void saved(MockDriver driver) {
        StateRecord.of("device", driver.transport());
    }

    @Test
    void anAnswerMayBeInPieces() {
        try (MockDriver driver = MockDriver.started(create())) {
            byte[] message = message(ScriptedPeer.ECHO, 5, new byte[100]);
            Arrays.fill(message, 7, 107, (byte) 3);
            long from = driver.allocate(256);
            long to = driver.allocate(256);
            driver.memory().write(from, Arrays.copyOfRange(message, 0, 5));
            driver.memory().write(from + 128, Arrays.copyOfRange(message, 5, 107));
            driver.ring(0).post(2, from, 5, from + 128, 102, to, 6, to + 64, 1, to + 128, 100);
            driver.kick(0);
            assertEquals(107, used(driver, 1).get(0).length());
            message[4]++;
            assertArrayEquals(Arrays.copyOfRange(message, 0, 6), driver.memory().read(to, 6));
            assertEquals(message[6], driver.memory().read(to + 64, 1)[0]);
            assertArrayEquals(Arrays.copyOfRange(message, 7, 107), driver.memory().read(to + 128, 100));
        }
    }
}
