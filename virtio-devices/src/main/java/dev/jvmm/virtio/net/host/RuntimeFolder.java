package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.FileStatus;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.virtio.net.NetException;
import java.io.File;

/** Where a user's processes keep what is of no use after the next boot: {@code $XDG_RUNTIME_DIR/jvmm}, or a folder that stands for it. */
final class RuntimeFolder {
    private RuntimeFolder() {}

    /** The folder's path; it may not be there yet. */
    static String find() {
        String xdg = System.getenv("XDG_RUNTIME_DIR");
        if (xdg != null && xdg.startsWith("/")) {
            return xdg + "/jvmm/net";
        }
        int user = LocalFile.ownUser();
        if (user == 0) {
            return "/run/jvmm/net";
        }
        String own = "/run/user/" + user;
        return new File(own).isDirectory() ? own + "/jvmm/net" : "/tmp/jvmm-" + user + "/net";
    }

    /** Opens it, and makes it first if need be: nobody else may write there. */
    static LocalFile open(String path) {
        File folder = new File(path);
        File parent = folder.getParentFile();
        if (folder.mkdirs()) {
            parent.setWritable(false, false);
            parent.setWritable(true, true);
            folder.setWritable(true, true);
        }
        check(parent.getPath()).close();
        return check(path);
    }

    private static LocalFile check(String path) {
        LocalFile file = LocalFile.open(path,
                FileDescriptor.O_RDONLY | LocalFile.O_DIRECTORY | LocalFile.O_NOFOLLOW);
        FileStatus status = file.status();
        if (status.owner() != LocalFile.ownUser() || status.writableByOthers()) {
            file.close();
            throw new NetException("the folder \"" + path
                    + "\" is not this user's alone: set XDG_RUNTIME_DIR to one that is, or remove it");
        }
        return file;
    }
}
