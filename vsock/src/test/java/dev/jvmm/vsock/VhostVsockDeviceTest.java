package dev.jvmm.vsock;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.SocketCalls;
import dev.jvmm.linux.Vhost;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.transport.MmioRegisters;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** A device that the host's kernel serves, its driver, and programs of the host's with sockets of AF_VSOCK. */
@EnabledIf(value = "hostHasVhost", disabledReason = "this host has no /dev/vhost-vsock")
@Timeout(60)
final class VhostVsockDeviceTest {
    private static final int GUEST_PORT = 1024;
    private static final int HOST_PORT = 5252;
    private static final int BEYOND_RAM = 64 << 20;
    private static final AtomicLong CIDS = new AtomicLong(700_000 + ProcessHandle.current().pid() % 100_000);

    @TempDir
    Path folder;

    private final List<HostVsock> programs = new ArrayList<>();
    private long cid;
    private MockDriver mock;
    private VsockGuest guest;
    private HostVsock listener;

    static boolean hostHasVhost() {
        return Files.exists(Path.of(Vhost.VSOCK));
    }

    @BeforeEach
    void open() {
        mock = MockDriver.started(fresh());
        guest = talking().rooms();
        listener = kept(HostVsock.listen(SocketCalls.SOCK_STREAM, HOST_PORT));
    }

    @AfterEach
    void close() {
        mock.close();
        programs.forEach(HostVsock::close);
    }

    private VhostVsockDevice fresh() {
        cid = CIDS.incrementAndGet();
        return VhostVsockDevice.open("vsock0", cid);
    }

    private VsockGuest talking() {
        VsockGuest talker = new VsockGuest(mock);
        talker.sourceCid = cid;
        return talker;
    }

    private HostVsock kept(HostVsock program) {
        programs.add(program);
        return program;
    }

    /** As {@link VsockGuest#send}, and waits until the packet is taken. */
    private void send(int operation, int guestPort, int flags, byte[] data) {
        guest.send(operation, guestPort, HOST_PORT, flags, data);
        guest.awaitSent();
    }

    private void send(int operation, int guestPort) {
        send(operation, guestPort, 0, new byte[0]);
    }

    private HostVsock opened(int guestPort) {
        send(Packet.REQUEST, guestPort);
        guest.fwdCnt = 0;
        while (guest.skipTo(Packet.RESPONSE).guestPort() != guestPort) {
            // behind what the kernel still has to say of others
        }
        return kept(listener.accept());
    }

    private void talk(int guestPort) {
        HostVsock program = opened(guestPort);
        byte[] bytes = new byte[3000];
        new Random(guestPort).nextBytes(bytes);
        send(Packet.RW, guestPort, 0, bytes);
        assertArrayEquals(bytes, program.read(bytes.length));
        program.write(bytes);
        assertArrayEquals(bytes, data(guestPort, bytes.length));
        send(Packet.RST, guestPort);
        program.close();
        while (guest.hasNext()) {
            guest.next();
        }
    }

    /** Data among which there may be news of the host's room. */
    private byte[] data(int guestPort, int bytes) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (all.size() < bytes) {
            VsockGuest.Got got = guest.skipTo(Packet.RW);
            assertEquals(guestPort, got.guestPort());
            all.writeBytes(got.data());
            guest.fwdCnt += got.data().length;
        }
        return all.toByteArray();
    }

    @Test
    void itSaysWhatItIsToTheGuest() {
        assertEquals(19, mock.transport().device().type());
        assertEquals(cid, mock.config(0, 8));
        assertEquals(VsockDevice.STREAM | VsockDevice.SEQPACKET, mock.offered() & 0xFF);
    }

    @Test
    void bothSidesConnectAndTalk() {
        talk(7);
        HostVsock program = kept(HostVsock.connect(SocketCalls.SOCK_STREAM, cid, GUEST_PORT));
        VsockGuest.Got request = guest.next(Packet.REQUEST, GUEST_PORT);
        guest.fwdCnt = 0;
        guest.send(Packet.RESPONSE, GUEST_PORT, request.hostPort());
        program.write("from the host".getBytes());
        assertEquals("from the host", new String(data(GUEST_PORT, 13)));
        guest.awaitSent();
        guest.send(Packet.RW, GUEST_PORT, request.hostPort(), 0, "from the guest".getBytes());
        assertEquals("from the guest", new String(program.read(14)));
    }

    @Test
    void whereNobodyListensTheGuestIsRefused() {
        listener.close();
        send(Packet.REQUEST, 7);
        guest.next(Packet.RST, 7);
    }

    @Test
    void eachSideEndsItsSendingForItself() {
        HostVsock program = opened(7);
        send(Packet.SHUTDOWN, 7, Packet.SHUTDOWN_SEND, new byte[0]);
        assertEquals(0, program.read().length);
        program.write("still".getBytes());
        assertEquals("still", new String(data(7, 5)));
        program.endSending();
        assertEquals(Packet.SHUTDOWN_SEND, guest.skipTo(Packet.SHUTDOWN).flags());
    }

    @Test
    void messagesStayApart() {
        HostVsock door = kept(HostVsock.listen(SocketCalls.SOCK_SEQPACKET, HOST_PORT + 1));
        guest.type = Packet.SEQPACKET;
        guest.send(Packet.REQUEST, 9, HOST_PORT + 1);
        guest.next(Packet.RESPONSE, 9);
        HostVsock program = kept(door.accept());
        for (int i = 1; i < 20; i++) {
            guest.awaitSent();
            guest.send(Packet.RW, 9, HOST_PORT + 1, Packet.END_OF_MESSAGE, new byte[i]);
        }
        for (int i = 1; i < 20; i++) {
            assertEquals(i, program.read().length);
        }
    }

    @Test
    void itComesBackAfterResets() {
        for (int round = 0; round < 5; round++) {
            talk(10 + round);
            again(mock.offered());
        }
        talk(20);
    }

    private void again(long features) {
        mock.reset();
        mock.rewind();
        mock.start(features);
        guest = talking().rooms();
    }

    @Test
    void itIsAsGoodWithoutEventIndexes() {
        again(mock.offered() & ~(1L << 29));
        for (int i = 0; i < 20; i++) {
            talk(30 + i);
        }
    }

    @Test
    void aPauseIsNoReset() throws InterruptedException {
        HostVsock program = opened(7);
        for (int i = 0; i < 5; i++) {
            mock.transport().pause();
            int before = mock.ring(VsockDevice.RECEIVE).usedIndex();
            program.write("while it stands still".getBytes());
            assertEquals(before, mock.ring(VsockDevice.RECEIVE).usedIndex());
            mock.transport().resume();
            assertEquals("while it stands still", new String(data(7, 21)));
            send(Packet.RW, 7, 0, "on".getBytes());
            assertEquals("on", new String(program.read(2)));
        }
    }

    /** From the kernel's hands to the kernel's, to ours, and back: connections end, the guest is told, and then new ones come. */
    @Test
    void savedDevicesGoOnAnywhere() throws InterruptedException {
        opened(7);
        moveTo(fresh());
        talk(8);
        String path = folder.resolve("v").toString();
        cid = VsockGuest.CID;
        moveTo(VsockDevice.open("vsock0", VsockConfig.of(cid, path)));
        guest.send(Packet.REQUEST, 9, HOST_PORT);
        guest.next(Packet.RST, 9);
        moveTo(fresh());
        talk(10);
    }

    private void moveTo(VirtioDevice other) throws InterruptedException {
        guest.awaitSent();
        mock = mock.restoredWith(other);
        guest = talking();
        HostVsock early = cid == VsockGuest.CID ? null
                : kept(HostVsock.connect(SocketCalls.SOCK_STREAM, cid, GUEST_PORT));
        guest.nothing();
        VsockDeviceTest.answerReset(mock);
        if (early != null) {
            VsockGuest.Got request = guest.next(Packet.REQUEST, GUEST_PORT);
            guest.send(Packet.RST, GUEST_PORT, request.hostPort());
            guest.awaitSent();
        }
    }

    @Test
    void aQueueIsGivenBack() throws InterruptedException {
        HostVsock program = opened(7);
        mock.write(MmioRegisters.QUEUE_SEL, VsockDevice.RECEIVE);
        mock.write(MmioRegisters.QUEUE_READY, 0);
        for (int i = 0; i < 1000 && mock.read(MmioRegisters.QUEUE_READY) != 0; i++) {
            Thread.sleep(5);
        }
        assertEquals(0, mock.read(MmioRegisters.QUEUE_READY));
        byte[] before = mock.memory().read(0, (int) MockDriver.MEMORY);
        program.write(new byte[1000]);
        Thread.sleep(50);
        assertArrayEquals(before, mock.memory().read(0, (int) MockDriver.MEMORY), "nobody writes to it any more");
        assertFalse(mock.needsReset());
    }

    /** The kernel reads and writes the guest's RAM, and complains of everything else. */
    @Test
    void aLieStopsTheDevice() throws InterruptedException {
        talk(7);
        mock.ring(VsockDevice.TRANSMIT).post(1, BEYOND_RAM, 100);
        mock.kick(VsockDevice.TRANSMIT);
        for (int i = 0; i < 2000 && !mock.needsReset(); i++) {
            Thread.sleep(5);
        }
        assertTrue(mock.needsReset());
        again(mock.offered());
        talk(8);
    }

    @Test
    void aNumberIsOneGuests() {
        VsockException taken = assertThrows(VsockException.class, () -> VhostVsockDevice.open("vsock1", cid));
        assertTrue(taken.getMessage().contains("another guest of this host has the CID " + cid), taken::getMessage);
    }

    @Test
    void programsHearOfItsEnd() {
        HostVsock program = opened(7);
        mock.close();
        assertEquals(Errno.ECONNRESET, program.failure());
        mock = MockDriver.started(fresh()); // closed at the end
    }
}
