package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.TreeStatus;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * In attributes of the files, as QEMU's {@code mapped-xattr} keeps them: {@code user.virtfs.uid}, {@code .gid} and {@code .mode} of 4
 * bytes,
 * {@code .rdev} of 8, little-endian; access control lists under their names behind {@code user.virtfs.}.
 */
final class MappedOwners implements Owners {
    private static final int PERMISSIONS = 07777;
    private static final int FILE_MODE = 0600;
    private static final int DIRECTORY_MODE = 0700;
    private static final byte[] OURS = "user.virtfs.".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LISTS = "system.posix_acl_".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NONE = {};

    private final ByteBuffer userName = FileName.of("user.virtfs.uid");
    private final ByteBuffer groupName = FileName.of("user.virtfs.gid");
    private final ByteBuffer modeName = FileName.of("user.virtfs.mode");
    private final ByteBuffer deviceName = FileName.of("user.virtfs.rdev");
    private final long user = FileName.address(userName);
    private final long group = FileName.address(groupName);
    private final long mode = FileName.address(modeName);
    private final long device = FileName.address(deviceName);

    /** An attribute of 4 bytes, or what stands in for it. */
    private static int word(Work work, int fd, long name, int otherwise) {
        return work.calls.attribute(fd, name, work.smallAddress, Integer.BYTES) == Integer.BYTES ? work.small.getInt(0)
                : otherwise;
    }

    private static int setWord(Work work, int fd, long name, int value) {
        work.small.putInt(0, value);
        return (int) work.calls.setAttribute(fd, name, work.smallAddress, Integer.BYTES, 0);
    }

    @Override
    public int see(Work work, int fd) {
        TreeStatus status = work.status;
        Seen seen = work.seen;
        int real = status.mode();
        int type = real & TreeStatus.S_IFMT;
        seen.mode = real;
        seen.user = status.user();
        seen.group = status.group();
        seen.device = Seen.device(status.deviceMajor(), status.deviceMinor());
        if (type != TreeStatus.S_IFREG && type != TreeStatus.S_IFDIR) {
            return 0; // such a file can have no attributes of users
        }
        seen.user = word(work, fd, user, seen.user);
        seen.group = word(work, fd, group, seen.group);
        int kept = word(work, fd, mode, real);
        seen.mode = kept & PERMISSIONS | type(kept & TreeStatus.S_IFMT, type);
        int shown = seen.mode & TreeStatus.S_IFMT;
        if (shown == TreeStatus.S_IFCHR || shown == TreeStatus.S_IFBLK) {
            boolean there = work.calls.attribute(fd, device, work.smallAddress, Long.BYTES) == Long.BYTES;
            seen.device = there ? work.small.getLong(0) : 0;
        }
        return 0;
    }

    /** A directory can only stand for one, and a file for anything else: attributes may come from anywhere. */
    private static int type(int kept, int real) {
        boolean fits = real == TreeStatus.S_IFREG && (kept == TreeStatus.S_IFLNK || kept == TreeStatus.S_IFCHR
                || kept == TreeStatus.S_IFBLK || kept == TreeStatus.S_IFIFO || kept == TreeStatus.S_IFSOCK);
        return fits ? kept : real;
    }

    @Override
    public int fileMode(int wanted) {
        return FILE_MODE;
    }

    @Override
    public int directoryMode(int wanted) {
        return DIRECTORY_MODE;
    }

    @Override
    public boolean real() {
        return false;
    }

    @Override
    public boolean settled(Work work, int wanted, int toUser, int toGroup) {
        return false;
    }

    @Override
    public int settle(Work work, int fd, int wanted, int toUser, int toGroup, long number) {
        int error = setOwners(work, fd, toUser, toGroup);
        if (error == 0) {
            error = setWord(work, fd, mode, wanted);
        }
        if (error == 0 && number != 0) {
            work.small.putLong(0, number);
            error = (int) work.calls.setAttribute(fd, device, work.smallAddress, Long.BYTES, 0);
        }
        return error;
    }

    private int setOwners(Work work, int fd, int toUser, int toGroup) {
        int error = toUser == -1 ? 0 : setWord(work, fd, user, toUser);
        return error < 0 || toGroup == -1 ? error : setWord(work, fd, group, toGroup);
    }

    @Override
    public int chown(Work work, Node node, int toUser, int toGroup) {
        return node.isDirectory() || node.isRegular() ? setOwners(work, node.fd, toUser, toGroup) : -Errno.EPERM;
    }

    @Override
    public int chmod(Work work, Node node, int wanted) {
        return node.isDirectory() || node.isRegular()
                ? setWord(work, node.fd, mode, wanted & PERMISSIONS | node.seenType)
                : -Errno.EPERM;
    }

    private static boolean begins(byte[] name, byte[] with) {
        return name.length >= with.length && Arrays.equals(name, 0, with.length, with, 0, with.length);
    }

    @Override
    public boolean hides(byte[] name) {
        return begins(name, OURS);
    }

    @Override
    public byte[] kept(byte[] name) {
        if (!begins(name, LISTS)) {
            return name;
        }
        byte[] kept = Arrays.copyOf(OURS, OURS.length + name.length);
        System.arraycopy(name, 0, kept, OURS.length, name.length);
        return kept;
    }

    @Override
    public byte[] shown(byte[] kept) {
        if (!begins(kept, OURS)) {
            return begins(kept, LISTS) ? NONE : kept;
        }
        byte[] name = Arrays.copyOfRange(kept, OURS.length, kept.length);
        return begins(name, LISTS) ? name : NONE;
    }
}
