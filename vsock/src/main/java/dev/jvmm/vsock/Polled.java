package dev.jvmm.vsock;

/** Whoever waits for a socket. Called with the device's lock held, on its event loop. */
interface Polled {
    /** Something has become ready, which is told once ({@code Epoll.EDGE}). */
    void ready(int events);
}
