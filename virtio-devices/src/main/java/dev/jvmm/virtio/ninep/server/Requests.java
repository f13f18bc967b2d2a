package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;

/** Who answers which request. Each answers with 0, having put the reply's fields, or with the negated errno. */
final class Requests {
    private Requests() {}

    static int answer(Work work, int type) {
        switch (type) {
            case P9.READ :
                return Transfers.read(work);
            case P9.WRITE :
                return Transfers.write(work);
            case P9.WALK :
                return Walks.walk(work);
            case P9.GETATTR :
                return Attributes.getattr(work);
            case P9.CLUNK :
                return Walks.clunk(work);
            case P9.LOPEN :
                return Opening.open(work);
            case P9.READDIR :
                return Entries.read(work);
            case P9.VERSION :
                return work.client.version(work);
            case P9.AUTH :
                return -Errno.EOPNOTSUPP;
            case P9.ATTACH :
                return Walks.attach(work);
            case P9.FLUSH :
                return work.client.flush(work);
            case P9.FSYNC :
                return Transfers.sync(work);
            default :
                return other(work, type);
        }
    }

    private static int other(Work work, int type) {
        switch (type) {
            case P9.LCREATE :
                return Opening.create(work);
            case P9.SETATTR :
                return Attributes.setattr(work);
            case P9.STATFS :
                return Attributes.statfs(work);
            case P9.READLINK :
                return Attributes.readlink(work);
            case P9.MKDIR :
                return Making.mkdir(work);
            case P9.SYMLINK :
                return Making.symlink(work);
            case P9.MKNOD :
                return Making.mknod(work);
            case P9.LINK :
                return Making.link(work);
            case P9.RENAME :
                return Renaming.rename(work);
            case P9.RENAMEAT :
                return Renaming.renameat(work);
            case P9.UNLINKAT :
                return Renaming.unlinkat(work);
            case P9.REMOVE :
                return Renaming.remove(work);
            case P9.XATTRWALK :
                return Values.walk(work);
            case P9.XATTRCREATE :
                return Values.create(work);
            case P9.LOCK :
                return work.client.locks().lock(work);
            case P9.GETLOCK :
                return work.client.locks().test(work);
            default :
                return -Errno.EOPNOTSUPP;
        }
    }
}
