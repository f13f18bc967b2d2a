package dev.jvmm.virtio.net;

/** What the backend tells its card. */
final class NetEars implements NetListener {
    private final NetDevice device;

    NetEars(NetDevice device) {
        this.device = device;
    }

    @Override
    public void readable(int pair) {
        device.receive[pair].run();
    }

    @Override
    public void writable(int pair) {
        for (TransmitQueue queue : device.transmit) {
            queue.writable(pair);
        }
    }

    @Override
    public void link(boolean up) {
        device.hostLink(up);
    }
}
