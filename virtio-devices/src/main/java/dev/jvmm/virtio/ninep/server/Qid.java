package dev.jvmm.virtio.ninep.server;

/** What tells files of a share apart: made anew for each file, never changed. */
final class Qid {
    final int type;
    final int version;
    final long path;

    Qid(int type, int version, long path) {
        this.type = type;
        this.version = version;
        this.path = path;
    }
}
