package dev.jvmm.vsock;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import dev.jvmm.virtio.testing.VirtioDeviceContract;
import java.io.IOException;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.util.IdentityHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VsockDeviceTest extends VirtioDeviceContract {
    private static final int PORT = 1024;

    private final Map<VirtioDevice, VsockListener> listeners = new IdentityHashMap<>();

    @Override
    protected VirtioDevice create() {
        VsockDevice device = VsockDevice.open("vsock0", VsockConfig.of(VsockGuest.CID));
        try {
            listeners.put(device, device.listen(PORT));
        } catch (BindException e) {
            throw new IllegalStateException(e);
        }
        return device;
    }

    @AfterEach
    void close() {
        listeners.values().forEach(VsockListener::close);
    }

    @Override
    protected void proveWorking(MockDriver driver) {
        VsockGuest guest = new VsockGuest(driver).rooms(8, 512);
        answerReset(driver);
        guest.send(Packet.REQUEST, 7, PORT);
        guest.next(Packet.RESPONSE, 7);
        try (VsockChannel channel = listeners.get(driver.transport().device()).accept()) {
            guest.data(7, PORT, "from the guest".getBytes());
            ByteBuffer got = ByteBuffer.allocate(100);
            channel.read(got);
            assertEquals("from the guest", new String(got.array(), 0, got.position()));
            channel.write(ByteBuffer.wrap("from the host".getBytes()));
            assertArrayEquals("from the host".getBytes(), guest.data(7, 13));
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
        guest.send(Packet.RST, 7, PORT);
        while (guest.hasNext()) {
            guest.next();
        }
    }

    /** What a driver does that is told of a reset: it gives back the buffer. */
    static void answerReset(MockDriver driver) {
        MockRing ring = driver.ring(VsockDevice.EVENTS);
        long events = driver.allocate(64);
        for (int i = 0; i < 2; i++) {
            ring.post(0, events + 8 * i, 4);
            driver.kick(VsockDevice.EVENTS);
        }
    }

    @Override
    protected Runnable steadyRequest(MockDriver driver) {
        VsockGuest guest = new VsockGuest(driver).rooms(8, 512);
        guest.send(Packet.REQUEST, 7, PORT);
        guest.next(Packet.RESPONSE, 7);
        byte[] header = new byte[Packet.HEADER];
        ByteBuffer packet = ByteBuffer.wrap(header).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        packet.putLong(VsockGuest.CID).putLong(2).putInt(7).putInt(PORT).putInt(0).putShort((short) 1);
        packet.putShort((short) Packet.CREDIT_REQUEST);
        long at = driver.allocate(64);
        driver.memory().write(at, header);
        MockRing transmit = driver.ring(VsockDevice.TRANSMIT);
        MockRing receive = driver.ring(VsockDevice.RECEIVE);
        int sent = transmit.post(1, at, Packet.HEADER);
        driver.kick(VsockDevice.TRANSMIT);
        transmit.takeUsedAndKeep();
        return () -> {
            int head = receive.usedHead();
            receive.takeUsedAndKeep();
            receive.publish(head);
            driver.kick(VsockDevice.RECEIVE);
            transmit.publish(sent);
            driver.kick(VsockDevice.TRANSMIT);
            transmit.takeUsedAndKeep();
        };
    }

    @Test
    void itSaysWhatItIsToTheGuest() {
        try (MockDriver driver = MockDriver.forDevice(create())) {
            assertEquals(19, driver.transport().device().type());
            assertEquals(VsockGuest.CID, driver.config(0, 8));
            assertEquals(VsockDevice.STREAM | VsockDevice.SEQPACKET, driver.offered() & 0xFF);
        }
    }
}
