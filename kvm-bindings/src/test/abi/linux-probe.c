/*
 * Prints the layouts and constants of Linux that dev.jvmm.linux relies on, as rows "struct,field,offset" (a field "sizeof"
 * gives the size) and "const,NAME,value" (as a signed 32-bit number). Build: cc -o linux-probe linux-probe.c && ./linux-probe > linux-abi.csv
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <linux/eventpoll.h>
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/mman.h>
#include <linux/openat2.h>
#include <linux/resource.h>
/* its S_IF* are hidden from programs under glibc, whose own header would bring a second struct stat */
#pragma push_macro("__GLIBC__")
#undef __GLIBC__
#include <linux/stat.h>
#pragma pop_macro("__GLIBC__")
#include <linux/time.h>
#include <linux/timerfd.h>
#include <linux/time_types.h>
#include <asm/errno.h>
#include <asm/ioctls.h>
#include <asm/signal.h>
#include <asm/stat.h>
#include <asm/statfs.h>
#include <asm/termbits.h>
#include <asm/termios.h>
#include <asm/unistd.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

/* of glibc's bits/stat.h, with which would come a second struct stat */
#define UTIME_NOW ((1l << 30) - 1l)
#define UTIME_OMIT ((1l << 30) - 2l)

#define SIZE(type, name) printf("%s,sizeof,%zu\n", name, sizeof(type))
#define FIELD(type, name, field) printf("%s," #field ",%zu\n", name, offsetof(type, field))
#define CONST(name) printf("const," #name ",%d\n", (int)(name))

int main(void)
{
    SIZE(struct epoll_event, "epoll_event");
    FIELD(struct epoll_event, "epoll_event", events);
    FIELD(struct epoll_event, "epoll_event", data);
    SIZE(struct __kernel_itimerspec, "itimerspec");
    FIELD(struct __kernel_itimerspec, "itimerspec", it_interval.tv_sec);
    FIELD(struct __kernel_itimerspec, "itimerspec", it_interval.tv_nsec);
    FIELD(struct __kernel_itimerspec, "itimerspec", it_value.tv_sec);
    FIELD(struct __kernel_itimerspec, "itimerspec", it_value.tv_nsec);
    SIZE(struct __kernel_timespec, "timespec");
    SIZE(struct termios, "termios");
    FIELD(struct termios, "termios", c_iflag);
    FIELD(struct termios, "termios", c_oflag);
    FIELD(struct termios, "termios", c_cflag);
    FIELD(struct termios, "termios", c_lflag);
    FIELD(struct termios, "termios", c_cc);
    SIZE(struct winsize, "winsize");
    FIELD(struct winsize, "winsize", ws_row);
    FIELD(struct winsize, "winsize", ws_col);
    SIZE(struct stat, "stat");
    FIELD(struct stat, "stat", st_dev);
    FIELD(struct stat, "stat", st_ino);
    FIELD(struct stat, "stat", st_nlink);
    FIELD(struct stat, "stat", st_mode);
    FIELD(struct stat, "stat", st_uid);
    FIELD(struct stat, "stat", st_size);
    FIELD(struct stat, "stat", st_blocks);
    FIELD(struct stat, "stat", st_atime);
    FIELD(struct stat, "stat", st_mtime);
    FIELD(struct stat, "stat", st_ctime);
    SIZE(struct flock, "flock");
    FIELD(struct flock, "flock", l_type);
    FIELD(struct flock, "flock", l_whence);
    FIELD(struct flock, "flock", l_start);
    FIELD(struct flock, "flock", l_len);
    FIELD(struct flock, "flock", l_pid);
    SIZE(struct statx, "statx");
    FIELD(struct statx, "statx", stx_mask);
    FIELD(struct statx, "statx", stx_mode);
    FIELD(struct statx, "statx", stx_size);
    FIELD(struct statx, "statx", stx_dio_mem_align);
    FIELD(struct statx, "statx", stx_dio_offset_align);
    FIELD(struct statx, "statx", stx_blksize);
    FIELD(struct statx, "statx", stx_nlink);
    FIELD(struct statx, "statx", stx_uid);
    FIELD(struct statx, "statx", stx_gid);
    FIELD(struct statx, "statx", stx_ino);
    FIELD(struct statx, "statx", stx_blocks);
    FIELD(struct statx, "statx", stx_atime);
    FIELD(struct statx, "statx", stx_btime);
    FIELD(struct statx, "statx", stx_ctime);
    FIELD(struct statx, "statx", stx_mtime);
    FIELD(struct statx, "statx", stx_rdev_major);
    FIELD(struct statx, "statx", stx_rdev_minor);
    FIELD(struct statx, "statx", stx_dev_major);
    FIELD(struct statx, "statx", stx_dev_minor);
    FIELD(struct statx_timestamp, "statx_timestamp", tv_nsec);
    SIZE(struct open_how, "open_how");
    FIELD(struct open_how, "open_how", flags);
    FIELD(struct open_how, "open_how", mode);
    FIELD(struct open_how, "open_how", resolve);
    SIZE(struct statfs, "statfs");
    FIELD(struct statfs, "statfs", f_bsize);
    FIELD(struct statfs, "statfs", f_blocks);
    FIELD(struct statfs, "statfs", f_bfree);
    FIELD(struct statfs, "statfs", f_bavail);
    FIELD(struct statfs, "statfs", f_files);
    FIELD(struct statfs, "statfs", f_ffree);
    FIELD(struct statfs, "statfs", f_fsid);
    FIELD(struct statfs, "statfs", f_namelen);
    FIELD(struct statfs, "statfs", f_frsize);
    SIZE(struct rlimit64, "rlimit64");
    FIELD(struct rlimit64, "rlimit64", rlim_cur);
    FIELD(struct rlimit64, "rlimit64", rlim_max);
    SIZE(struct io_uring_params, "io_uring_params");
    FIELD(struct io_uring_params, "io_uring_params", sq_entries);
    FIELD(struct io_uring_params, "io_uring_params", cq_entries);
    FIELD(struct io_uring_params, "io_uring_params", flags);
    FIELD(struct io_uring_params, "io_uring_params", features);
    FIELD(struct io_uring_params, "io_uring_params", sq_off.head);
    FIELD(struct io_uring_params, "io_uring_params", sq_off.tail);
    FIELD(struct io_uring_params, "io_uring_params", sq_off.ring_mask);
    FIELD(struct io_uring_params, "io_uring_params", sq_off.flags);
    FIELD(struct io_uring_params, "io_uring_params", sq_off.array);
    FIELD(struct io_uring_params, "io_uring_params", cq_off.head);
    FIELD(struct io_uring_params, "io_uring_params", cq_off.tail);
    FIELD(struct io_uring_params, "io_uring_params", cq_off.ring_mask);
    FIELD(struct io_uring_params, "io_uring_params", cq_off.cqes);
    FIELD(struct io_uring_params, "io_uring_params", cq_off.flags);
    SIZE(struct io_uring_sqe, "io_uring_sqe");
    FIELD(struct io_uring_sqe, "io_uring_sqe", opcode);
    FIELD(struct io_uring_sqe, "io_uring_sqe", flags);
    FIELD(struct io_uring_sqe, "io_uring_sqe", fd);
    FIELD(struct io_uring_sqe, "io_uring_sqe", off);
    FIELD(struct io_uring_sqe, "io_uring_sqe", addr);
    FIELD(struct io_uring_sqe, "io_uring_sqe", len);
    FIELD(struct io_uring_sqe, "io_uring_sqe", rw_flags);
    FIELD(struct io_uring_sqe, "io_uring_sqe", user_data);
    FIELD(struct io_uring_sqe, "io_uring_sqe", buf_index);
    FIELD(struct io_uring_sqe, "io_uring_sqe", addr3);
    SIZE(struct io_uring_cqe, "io_uring_cqe");
    FIELD(struct io_uring_cqe, "io_uring_cqe", user_data);
    FIELD(struct io_uring_cqe, "io_uring_cqe", res);
    SIZE(struct io_uring_probe, "io_uring_probe");
    FIELD(struct io_uring_probe, "io_uring_probe", ops_len);
    SIZE(struct io_uring_probe_op, "io_uring_probe_op");
    FIELD(struct io_uring_probe_op, "io_uring_probe_op", flags);
    CONST(EFD_CLOEXEC);
    CONST(EFD_NONBLOCK);
    CONST(IN_CLOEXEC);
    CONST(IN_NONBLOCK);
    CONST(IN_MODIFY);
    CONST(O_RDONLY);
    CONST(O_WRONLY);
    CONST(O_RDWR);
    CONST(O_CREAT);
    CONST(O_EXCL);
    CONST(O_NONBLOCK);
    CONST(O_DIRECTORY);
    CONST(O_NOFOLLOW);
    CONST(O_CLOEXEC);
    CONST(LOCK_EX);
    CONST(LOCK_NB);
    CONST(SEEK_DATA);
    CONST(SEEK_HOLE);
    CONST(AT_FDCWD);
    CONST(O_DIRECT);
    CONST(CLOCK_MONOTONIC);
    CONST(TFD_CLOEXEC);
    CONST(TFD_NONBLOCK);
    CONST(EPOLL_CLOEXEC);
    CONST(EPOLL_CTL_ADD);
    CONST(EPOLL_CTL_DEL);
    CONST(EPOLL_CTL_MOD);
    CONST(EPOLLIN);
    CONST(EPOLLPRI);
    CONST(EPOLLOUT);
    CONST(EPOLLERR);
    CONST(EPOLLHUP);
    CONST(EPOLLRDHUP);
    CONST(EPOLLONESHOT);
    CONST(EPOLLET);
    CONST(SIG_BLOCK);
    CONST(SIG_UNBLOCK);
    CONST(SIGTTOU);
    CONST(TCGETS);
    CONST(TCSETS);
    CONST(TIOCGPGRP);
    CONST(TIOCGWINSZ);
    CONST(TIOCSWINSZ);
    CONST(TIOCGPTN);
    CONST(TIOCSPTLCK);
    CONST(VTIME);
    CONST(VMIN);
    CONST(IGNBRK);
    CONST(BRKINT);
    CONST(PARMRK);
    CONST(ISTRIP);
    CONST(INLCR);
    CONST(IGNCR);
    CONST(ICRNL);
    CONST(IXON);
    CONST(OPOST);
    CONST(CSIZE);
    CONST(CS8);
    CONST(PARENB);
    CONST(ISIG);
    CONST(ICANON);
    CONST(ECHO);
    CONST(ECHONL);
    CONST(IEXTEN);
    CONST(PROT_READ);
    CONST(PROT_WRITE);
    CONST(PROT_EXEC);
    CONST(MAP_SHARED);
    CONST(MAP_PRIVATE);
    CONST(MAP_ANONYMOUS);
    CONST(MAP_NORESERVE);
    CONST(MAP_FIXED);
    CONST(MADV_POPULATE_READ);
    CONST(MADV_POPULATE_WRITE);
    CONST(MAP_POPULATE);
    CONST(MAP_HUGETLB);
    CONST(MADV_DONTNEED);
    CONST(MADV_REMOVE);
    CONST(MADV_MERGEABLE);
    CONST(MADV_HUGEPAGE);
    CONST(MADV_DONTDUMP);
    CONST(F_OFD_SETLK);
    CONST(F_RDLCK);
    CONST(F_WRLCK);
    CONST(FALLOC_FL_KEEP_SIZE);
    CONST(FALLOC_FL_PUNCH_HOLE);
    CONST(FALLOC_FL_ZERO_RANGE);
    CONST(RWF_DSYNC);
    CONST(SEEK_END);
    CONST(BLKSSZGET);
    CONST(BLKPBSZGET);
    CONST(BLKGETSIZE64);
    CONST(BLKDISCARD);
    CONST(BLKZEROOUT);
    CONST(AT_EMPTY_PATH);
    CONST(O_NOCTTY);
    CONST(O_TRUNC);
    CONST(O_APPEND);
    CONST(O_DSYNC);
    CONST(O_SYNC);
    CONST(O_PATH);
    CONST(AT_REMOVEDIR);
    CONST(UTIME_NOW);
    CONST(UTIME_OMIT);
    CONST(AT_SYMLINK_NOFOLLOW);
    CONST(AT_SYMLINK_FOLLOW);
    CONST(RESOLVE_NO_MAGICLINKS);
    CONST(RESOLVE_NO_SYMLINKS);
    CONST(RESOLVE_BENEATH);
    CONST(S_IFMT);
    CONST(S_IFDIR);
    CONST(S_IFREG);
    CONST(S_IFLNK);
    CONST(S_IFCHR);
    CONST(S_IFBLK);
    CONST(S_IFIFO);
    CONST(S_IFSOCK);
    CONST(STATX_BASIC_STATS);
    CONST(STATX_BTIME);
    CONST(F_OFD_GETLK);
    CONST(F_UNLCK);
    CONST(RLIMIT_NOFILE);
    CONST(EISDIR);
    CONST(EXDEV);
    CONST(EFBIG);
    CONST(ENAMETOOLONG);
    CONST(ENOLCK);
    CONST(ENOTEMPTY);
    CONST(ENODATA);
    CONST(EPROTO);
    CONST(EOVERFLOW);
    CONST(ESTALE);
    CONST(STATX_TYPE);
    CONST(STATX_SIZE);
    CONST(STATX_DIOALIGN);
    CONST(IORING_OFF_SQ_RING);
    CONST(IORING_OFF_SQES);
    CONST(IORING_SETUP_CLAMP);
    CONST(IORING_SETUP_R_DISABLED);
    CONST(IORING_SETUP_SUBMIT_ALL);
    CONST(IORING_SETUP_TASKRUN_FLAG);
    CONST(IORING_SETUP_SINGLE_ISSUER);
    CONST(IORING_SETUP_DEFER_TASKRUN);
    CONST(IORING_FEAT_SINGLE_MMAP);
    CONST(IORING_FEAT_NODROP);
    CONST(IORING_FEAT_SUBMIT_STABLE);
    CONST(IORING_SQ_CQ_OVERFLOW);
    CONST(IORING_SQ_TASKRUN);
    CONST(IORING_CQ_EVENTFD_DISABLED);
    CONST(IORING_ENTER_GETEVENTS);
    CONST(IORING_REGISTER_EVENTFD);
    CONST(IORING_REGISTER_PROBE);
    CONST(IORING_REGISTER_ENABLE_RINGS);
    CONST(IO_URING_OP_SUPPORTED);
    CONST(IORING_OP_NOP);
    CONST(IORING_OP_READV);
    CONST(IORING_OP_WRITEV);
    CONST(IORING_OP_FSYNC);
    CONST(IORING_OP_ASYNC_CANCEL);
    CONST(IORING_OP_FALLOCATE);
    CONST(IORING_OP_READ);
    CONST(IORING_OP_WRITE);
    CONST(IOSQE_IO_DRAIN);
    CONST(IORING_FSYNC_DATASYNC);
    CONST(IORING_ASYNC_CANCEL_ALL);
    CONST(IORING_ASYNC_CANCEL_ANY);
    CONST(EPERM);
    CONST(ENOENT);
    CONST(EINTR);
    CONST(EIO);
    CONST(ENXIO);
    CONST(E2BIG);
    CONST(EBADF);
    CONST(EAGAIN);
    CONST(ENOMEM);
    CONST(EACCES);
    CONST(EFAULT);
    CONST(EBUSY);
    CONST(EEXIST);
    CONST(ENODEV);
    CONST(ENOTDIR);
    CONST(EINVAL);
    CONST(ENFILE);
    CONST(EMFILE);
    CONST(ENOTTY);
    CONST(ENOSPC);
    CONST(EROFS);
    CONST(EPIPE);
    CONST(ERANGE);
    CONST(ENOSYS);
    CONST(ELOOP);
    CONST(EBADFD);
    CONST(EMSGSIZE);
    CONST(EPROTOTYPE);
    CONST(EOPNOTSUPP);
    CONST(EAFNOSUPPORT);
    CONST(EADDRINUSE);
    CONST(ECONNRESET);
    CONST(ENOBUFS);
    CONST(ECONNREFUSED);
    CONST(ECANCELED);
#define CALL(name) printf("const,__NR_" #name ",%d\n", __NR_##name)
    CALL(read);
    CALL(write);
    CALL(open);
    CALL(close);
    CALL(fstat);
    CALL(poll);
    CALL(lseek);
    CALL(mmap);
    CALL(mprotect);
    CALL(munmap);
    CALL(rt_sigprocmask);
    CALL(ioctl);
    CALL(pread64);
    CALL(pwrite64);
    CALL(readv);
    CALL(writev);
    CALL(madvise);
    CALL(getpid);
    CALL(socket);
    CALL(connect);
    CALL(sendmsg);
    CALL(recvmsg);
    CALL(shutdown);
    CALL(bind);
    CALL(listen);
    CALL(socketpair);
    CALL(setsockopt);
    CALL(getsockopt);
    CALL(fcntl);
    CALL(flock);
    CALL(fsync);
    CALL(fdatasync);
    CALL(ftruncate);
    CALL(getuid);
    CALL(geteuid);
    CALL(getpgrp);
    CALL(rt_sigtimedwait);
    CALL(prctl);
    CALL(mount);
    CALL(gettid);
    CALL(futex);
    CALL(sched_setaffinity);
    CALL(exit_group);
    CALL(epoll_ctl);
    CALL(tgkill);
    CALL(inotify_add_watch);
    CALL(openat);
    CALL(mknodat);
    CALL(unshare);
    CALL(epoll_pwait);
    CALL(timerfd_create);
    CALL(fallocate);
    CALL(timerfd_settime);
    CALL(accept4);
    CALL(signalfd4);
    CALL(eventfd2);
    CALL(epoll_create1);
    CALL(pipe2);
    CALL(inotify_init1);
    CALL(preadv);
    CALL(pwritev);
    CALL(setns);
    CALL(getrandom);
    CALL(memfd_create);
    CALL(preadv2);
    CALL(pwritev2);
    CALL(statx);
    CALL(io_uring_setup);
    CALL(io_uring_enter);
    CALL(io_uring_register);
    CALL(truncate);
    CALL(fstatfs);
    CALL(setxattr);
    CALL(getxattr);
    CALL(listxattr);
    CALL(removexattr);
    CALL(getdents64);
    CALL(mkdirat);
    CALL(fchownat);
    CALL(unlinkat);
    CALL(linkat);
    CALL(symlinkat);
    CALL(readlinkat);
    CALL(fchmodat);
    CALL(utimensat);
    CALL(prlimit64);
    CALL(renameat2);
    CALL(openat2);
    return 0;
}
