/** Virtqueues, the virtio-mmio transport, and the devices behind it. */
module dev.jvmm.virtio {
    requires transitive dev.jvmm.core;

    exports dev.jvmm.virtio;
    exports dev.jvmm.virtio.balloon;
    exports dev.jvmm.virtio.block;
    exports dev.jvmm.virtio.console;
    exports dev.jvmm.virtio.entropy;
    exports dev.jvmm.virtio.net;
    exports dev.jvmm.virtio.net.host;
    exports dev.jvmm.virtio.ninep;
    exports dev.jvmm.virtio.ninep.server;
    exports dev.jvmm.virtio.ninep.stream;
    exports dev.jvmm.virtio.pmem;
    exports dev.jvmm.virtio.queue;
    exports dev.jvmm.virtio.rate;
    exports dev.jvmm.virtio.transport;
    exports dev.jvmm.virtio.vhost;
}
