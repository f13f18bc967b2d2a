package dev.jvmm.linux;

import java.util.Map;

/** The layouts of what calls on trees of files need, by the rows of {@code linux-abi.csv}. */
final class TreeLayouts {
    static final Map<String, Integer> ALL = Map.ofEntries(
            Map.entry("statx,stx_blksize", TreeStatus.Layout.BLKSIZE),
            Map.entry("statx,stx_nlink", TreeStatus.Layout.NLINK),
            Map.entry("statx,stx_uid", TreeStatus.Layout.UID),
            Map.entry("statx,stx_gid", TreeStatus.Layout.GID),
            Map.entry("statx,stx_ino", TreeStatus.Layout.INO),
            Map.entry("statx,stx_blocks", TreeStatus.Layout.BLOCKS),
            Map.entry("statx,stx_atime", TreeStatus.Layout.ATIME),
            Map.entry("statx,stx_btime", TreeStatus.Layout.BTIME),
            Map.entry("statx,stx_ctime", TreeStatus.Layout.CTIME),
            Map.entry("statx,stx_mtime", TreeStatus.Layout.MTIME),
            Map.entry("statx,stx_rdev_major", TreeStatus.Layout.RDEV_MAJOR),
            Map.entry("statx,stx_rdev_minor", TreeStatus.Layout.RDEV_MINOR),
            Map.entry("statx,stx_dev_major", TreeStatus.Layout.DEV_MAJOR),
            Map.entry("statx,stx_dev_minor", TreeStatus.Layout.DEV_MINOR),
            Map.entry("statx_timestamp,tv_nsec", TreeStatus.Layout.TV_NSEC),
            Map.entry("open_how,sizeof", TreeCalls.HowLayout.SIZE),
            Map.entry("open_how,flags", TreeCalls.HowLayout.FLAGS),
            Map.entry("open_how,mode", TreeCalls.HowLayout.MODE),
            Map.entry("open_how,resolve", TreeCalls.HowLayout.RESOLVE),
            Map.entry("statfs,sizeof", TreeSpace.Layout.SIZE),
            Map.entry("statfs,f_bsize", TreeSpace.Layout.BSIZE),
            Map.entry("statfs,f_blocks", TreeSpace.Layout.BLOCKS),
            Map.entry("statfs,f_bfree", TreeSpace.Layout.BFREE),
            Map.entry("statfs,f_bavail", TreeSpace.Layout.BAVAIL),
            Map.entry("statfs,f_files", TreeSpace.Layout.FILES),
            Map.entry("statfs,f_ffree", TreeSpace.Layout.FFREE),
            Map.entry("statfs,f_fsid", TreeSpace.Layout.FSID),
            Map.entry("statfs,f_namelen", TreeSpace.Layout.NAMELEN),
            Map.entry("statfs,f_frsize", TreeSpace.Layout.FRSIZE),
            Map.entry("rlimit64,sizeof", OpenFileLimit.Layout.SIZE),
            Map.entry("rlimit64,rlim_cur", OpenFileLimit.Layout.CUR),
            Map.entry("rlimit64,rlim_max", OpenFileLimit.Layout.MAX));

    private TreeLayouts() {}
}
