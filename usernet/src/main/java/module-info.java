/** A network for a guest out of ordinary sockets: it needs no rights on the host. */
module dev.jvmm.usernet {
    requires transitive dev.jvmm.virtio;
    requires transitive io.netty.buffer;
    requires io.netty.common;
    requires io.netty.transport;

    exports dev.jvmm.usernet;
    exports dev.jvmm.usernet.packet;
}
