/*
 * Prints the layouts and constants of Linux that dev.jvmm.linux relies on, as rows "struct,field,offset" (a field "sizeof"
 * gives the size) and "const,NAME,value" (as a signed 32-bit number). Build: cc -o linux-probe linux-probe.c && ./linux-probe > linux-abi.csv
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/time.h>
#include <linux/timerfd.h>
#include <linux/time_types.h>
#include <asm/errno.h>
#include <asm/ioctls.h>
#include <asm/signal.h>
#include <asm/stat.h>
#include <asm/termbits.h>
#include <asm/termios.h>
#include <asm/unistd.h>
#include <sys/eventfd.h>

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
    CONST(EFD_CLOEXEC);
    CONST(EFD_NONBLOCK);
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
    CONST(AT_FDCWD);
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
    CONST(MAP_POPULATE);
    CONST(MAP_HUGETLB);
    CONST(MADV_MERGEABLE);
    CONST(MADV_HUGEPAGE);
    CONST(MADV_DONTDUMP);
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
    CONST(EMFILE);
    CONST(ENOTTY);
    CONST(ENOSPC);
    CONST(ENOSYS);
    CONST(ELOOP);
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
    CALL(madvise);
    CALL(getpid);
    CALL(socket);
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
    CALL(gettid);
    CALL(futex);
    CALL(sched_setaffinity);
    CALL(exit_group);
    CALL(epoll_ctl);
    CALL(tgkill);
    CALL(openat);
    CALL(epoll_pwait);
    CALL(timerfd_create);
    CALL(fallocate);
    CALL(timerfd_settime);
    CALL(signalfd4);
    CALL(eventfd2);
    CALL(epoll_create1);
    CALL(pipe2);
    CALL(preadv);
    CALL(pwritev);
    CALL(memfd_create);
    return 0;
}
