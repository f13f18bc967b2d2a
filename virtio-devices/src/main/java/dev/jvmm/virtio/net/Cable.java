package dev.jvmm.virtio.net;

/** Pulls a card's cable out, or puts it back, on the event loop. */
record Cable(NetDevice device, boolean up) implements Runnable {
    @Override
    public void run() {
        device.wantedLink(up);
    }
}
