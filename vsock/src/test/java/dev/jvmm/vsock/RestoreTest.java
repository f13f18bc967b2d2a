package dev.jvmm.vsock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Pauses, snapshots and clones. */
class RestoreTest extends VsockFixture {
    private static final long CLONE = 77;

    private VsockDevice clone;

    private void postEvents(int count) {
        MockRing ring = mock.ring(VsockDevice.EVENTS);
        for (int i = 0; i < count; i++) {
            ring.post(0, mock.allocate(4), 4);
        }
        mock.kick(VsockDevice.EVENTS);
    }

    private void restore() throws InterruptedException {
        clone = VsockDevice.open("vsock0", VsockConfig.of(CLONE, path + "-clone"));
        mock = mock.restoredWith(clone);
        path += "-clone";
        guest = new VsockGuest(mock);
        guest.sourceCid = CLONE;
    }

    /** The driver takes the event, drops its connections, reads its CID and gives the buffer back. */
    private void takeEvent() {
        mock.awaitUsed(VsockDevice.EVENTS);
        assertEquals(4, mock.ring(VsockDevice.EVENTS).takeUsed());
        postEvents(1);
    }

    @Test
    void aCloneHasItsOwnNumberAndItsConnectionsAreReset() throws Exception {
        postEvents(8);
        SocketChannel before = opened(7);
        restore();
        ended(before);
        assertEquals(CLONE, mock.config(0, 8));
        takeEvent();
        SocketChannel after = opened(8);
        write(after, "new");
        assertEquals("new", new String(guest.data(8, 3)));
    }

    /** Firecracker #5882: what is begun before the guest has heard is not told before it has. */
    @Test
    void newConnectionsWaitUntilTheGuestHasDroppedItsOldOnes() throws Exception {
        postEvents(8);
        restore();
        SocketChannel program = program();
        write(program, "CONNECT 1024\n");
        listen(HOST_PORT);
        guest.send(Packet.REQUEST, 7, HOST_PORT);
        guest.send(Packet.RW, 999, HOST_PORT); // of a connection that is gone with the old machine
        guest.nothing();
        takeEvent();
        int[] seen = new int[8];
        seen[guest.next().operation()]++;
        seen[guest.next().operation()]++;
        assertEquals(1, seen[Packet.REQUEST]);
        assertEquals(1, seen[Packet.RESPONSE]);
        guest.nothing();
    }

    @Test
    void theEventWaitsForABuffer() throws Exception {
        restore();
        assertFalse(mock.ring(VsockDevice.EVENTS).hasUsed());
        postEvents(1);
        takeEvent();
        opened(7);
    }

    /** Firecracker #5958: what the driver had sent when it was saved is seen by who goes on. */
    @Test
    void packetsUnderWayAreSeenAfterARestore() throws Exception {
        postEvents(8);
        mock.transport().pause();
        guest.sourceCid = CLONE;
        guest.send(Packet.REQUEST, 7, HOST_PORT); // nobody takes it
        clone = VsockDevice.open("vsock0", VsockConfig.of(CLONE, path + "-clone"));
        path += "-clone";
        listen(HOST_PORT);
        mock = mock.restoredWith(clone);
        guest = new VsockGuest(mock);
        takeEvent();
        guest.next(Packet.RESPONSE, 7);
        assertFalse(mock.needsReset());
    }

    /** Firecracker #6100, #6074: a pause alone resets nothing, and both directions go on. */
    @Test
    void aPauseIsNoReset() throws Exception {
        postEvents(8);
        SocketChannel host = opened(7);
        for (int i = 0; i < 5; i++) {
            mock.transport().pause();
            write(host, "while it stands still");
            SocketChannel program = program();
            write(program, "CONNECT 1024\n");
            guest.data(7, HOST_PORT, "likewise".getBytes());
            guest.nothing();
            mock.transport().resume();
            int requests = 0;
            String text = "";
            while (requests == 0 || text.length() < 21) {
                VsockGuest.Got got = guest.next();
                requests += got.operation() == Packet.REQUEST ? 1 : 0;
                text += got.text();
            }
            assertEquals("while it stands still", text);
            guest.fwdCnt += 21;
            assertEquals("likewise", new String(read(host, 8)));
        }
        assertFalse(mock.ring(VsockDevice.EVENTS).hasUsed());
    }

    @Test
    void aResetEndsConnectionsAndTheSocketStays() throws Exception {
        SocketChannel host = opened(7);
        SocketChannel early = program();
        mock.reset();
        assertEquals("", rest(host));
        write(early, "CONNECT 1024\n");
        SocketChannel late = program();
        write(late, "CONNECT 1024\n");
        settle();
        mock.rewind();
        mock.start();
        guest = new VsockGuest(mock).rooms();
        guest.next(Packet.REQUEST, GUEST_PORT);
        guest.next(Packet.REQUEST, GUEST_PORT);
    }

    @Test
    void portsOfTheHostGoOnBehindThoseOfTheSavedMachine() throws Exception {
        postEvents(8);
        SocketChannel program = program();
        write(program, "CONNECT 1024\n");
        int before = guest.next(Packet.REQUEST, GUEST_PORT).hostPort();
        restore();
        takeEvent();
        SocketChannel after = program();
        write(after, "CONNECT 1024\n");
        assertEquals(before + 1, guest.next(Packet.REQUEST, GUEST_PORT).hostPort());
    }

    @Test
    void theSocketIsMadeAndRemoved() throws Exception {
        assertTrue(Files.exists(Path.of(path)));
        VsockException taken = org.junit.jupiter.api.Assertions.assertThrows(VsockException.class,
                () -> VsockDevice.open("vsock1", VsockConfig.of(3, path)));
        assertTrue(taken.getMessage().contains("in use"), taken::getMessage);
        mock.close();
        assertFalse(Files.exists(Path.of(path)));
        try (java.nio.channels.ServerSocketChannel left = java.nio.channels.ServerSocketChannel
                .open(java.net.StandardProtocolFamily.UNIX)) {
            left.bind(java.net.UnixDomainSocketAddress.of(path));
        }
        assertTrue(Files.exists(Path.of(path)), "what a killed process leaves");
        device = VsockDevice.open("vsock0", VsockConfig.of(VsockGuest.CID, path));
        mock = MockDriver.started(device);
        Files.writeString(Path.of(path + "2"), "a file");
        org.junit.jupiter.api.Assertions.assertThrows(VsockException.class,
                () -> VsockDevice.open("vsock1", VsockConfig.of(3, path + "2")));
        assertEquals("a file", Files.readString(Path.of(path + "2")));
    }
}
