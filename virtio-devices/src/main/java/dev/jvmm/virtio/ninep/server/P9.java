package dev.jvmm.virtio.ninep.server;

/** Numbers of 9P2000.L: types of requests (a reply's is one higher), bits and values of their fields. {@code net/9p/9p.h} of Linux */
final class P9 {
    static final int RLERROR = 7;
    static final int STATFS = 8;
    static final int LOPEN = 12;
    static final int LCREATE = 14;
    static final int SYMLINK = 16;
    static final int MKNOD = 18;
    static final int RENAME = 20;
    static final int READLINK = 22;
    static final int GETATTR = 24;
    static final int SETATTR = 26;
    static final int XATTRWALK = 30;
    static final int XATTRCREATE = 32;
    static final int READDIR = 40;
    static final int FSYNC = 50;
    static final int LOCK = 52;
    static final int GETLOCK = 54;
    static final int LINK = 70;
    static final int MKDIR = 72;
    static final int RENAMEAT = 74;
    static final int UNLINKAT = 76;
    static final int VERSION = 100;
    static final int AUTH = 102;
    static final int ATTACH = 104;
    static final int FLUSH = 108;
    static final int WALK = 110;
    static final int READ = 116;
    static final int WRITE = 118;
    static final int CLUNK = 120;
    static final int REMOVE = 122;

    /** size[4] type[1] tag[2]. */
    static final int HEADER = 7;

    /** size[4] Rlerror tag[2] ecode[4]. */
    static final int ERROR_SIZE = 11;

    /** What precedes the data of Rread and Rreaddir: a header and count[4]. */
    static final int DATA_OUT = 11;

    /** What precedes the data of Twrite: a header, fid[4], offset[8] and count[4]. */
    static final int DATA_IN = 23;

    /** Bytes of a qid: type[1] version[4] path[8]. */
    static final int QID = 13;

    static final int MOST_NAMES = 16;
    static final int NAME_MAX = 255;
    static final int PATH_MAX = 4096;
    static final int NOFID = -1;
    static final int NONUNAME = -1;

    static final int QTDIR = 0x80;
    static final int QTSYMLINK = 0x02;
    static final int QTFILE = 0;

    static final long GETATTR_BASIC = 0x7FF;
    static final long GETATTR_BTIME = 0x800;

    static final int SETATTR_MODE = 1;
    static final int SETATTR_UID = 2;
    static final int SETATTR_GID = 4;
    static final int SETATTR_SIZE = 8;
    static final int SETATTR_ATIME = 0x10;
    static final int SETATTR_MTIME = 0x20;
    static final int SETATTR_CTIME = 0x40;
    static final int SETATTR_ATIME_SET = 0x80;
    static final int SETATTR_MTIME_SET = 0x100;

    /** Of Tlock's flags: the client's process waits for the lock. */
    static final int LOCK_FLAGS_BLOCK = 1;

    static final int LOCK_SUCCESS = 0;
    static final int LOCK_BLOCKED = 1;
    static final int LOCK_ERROR = 2;

    /** What statfs says that the file system is: {@code V9FS_MAGIC}. */
    static final int MAGIC = 0x01021997;

    private P9() {}

    /** Whether a request may change the shared directory; opening is judged by its flags, and a remove gives its fid up anyway. */
    static boolean changes(int type) {
        switch (type) {
            case LCREATE :
            case SYMLINK :
            case MKNOD :
            case RENAME :
            case SETATTR :
            case XATTRCREATE :
            case LINK :
            case MKDIR :
            case RENAMEAT :
            case UNLINKAT :
            case WRITE :
                return true;
            default :
                return false;
        }
    }
}
