package dev.jvmm.vsock;

/** Whoever asked for a connection to the guest. Called with the device's lock held; does not block. */
interface Opener {
    /** For connections that the guest asked for. */
    Opener NONE = new Opener() {
        @Override
        public void opened(int fd, int hostPort) {}

        @Override
        public void refused(String why) {}
    };

    /** The guest has answered; bytes go from now on. */
    void opened(int fd, int hostPort);

    /** There is no connection, and its socket is closed. */
    void refused(String why);
}
