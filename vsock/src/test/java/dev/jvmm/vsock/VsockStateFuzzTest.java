package dev.jvmm.vsock;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateRecord;
import dev.jvmm.virtio.testing.MockDriver;

/** A forged record is refused, or gives a device that works. */
class VsockStateFuzzTest {
    @FuzzTest(maxDuration = "10m")
    void anyRecord(byte[] input) {
        VsockDevice device = VsockDevice.open("fuzz", VsockConfig.of(VsockGuest.CID));
        try (MockDriver mock = MockDriver.forDevice(device)) {
            new StateRecord("device", 1, input).restore(mock.transport());
            mock.transport().resume();
            for (int queue = 0; queue < device.queues(); queue++) {
                mock.kick(queue);
            }
            mock.reset();
            mock.start();
            VsockGuest guest = new VsockGuest(mock).rooms(4, 512);
            guest.send(Packet.REQUEST, 7, 9);
            guest.next(Packet.RST, 7);
        } catch (StateException e) {
            // a forgery, found
        }
    }
}
