package dev.jvmm.linux;

/** The numbers of the system calls in use, for x86-64 ({@code asm/unistd_64.h}). */
public final class SyscallNumber {
    public static final long READ = 0;
    public static final long WRITE = 1;
    public static final long OPEN = 2;
    public static final long CLOSE = 3;
    public static final long FSTAT = 5;
    public static final long POLL = 7;
    public static final long LSEEK = 8;
    public static final long MMAP = 9;
    public static final long MPROTECT = 10;
    public static final long MUNMAP = 11;
    public static final long RT_SIGPROCMASK = 14;
    public static final long IOCTL = 16;
    public static final long PREAD64 = 17;
    public static final long PWRITE64 = 18;
    public static final long MADVISE = 28;
    public static final long GETPID = 39;
    public static final long SOCKET = 41;
    public static final long FCNTL = 72;
    public static final long FLOCK = 73;
    public static final long FSYNC = 74;
    public static final long FDATASYNC = 75;
    public static final long FTRUNCATE = 77;
    public static final long GETUID = 102;
    public static final long GETEUID = 107;
    public static final long GETPGRP = 111;
    public static final long RT_SIGTIMEDWAIT = 128;
    public static final long PRCTL = 157;
    public static final long GETTID = 186;
    public static final long FUTEX = 202;
    public static final long SCHED_SETAFFINITY = 203;
    public static final long EXIT_GROUP = 231;
    public static final long EPOLL_CTL = 233;
    public static final long TGKILL = 234;
    public static final long OPENAT = 257;
    public static final long EPOLL_PWAIT = 281;
    public static final long TIMERFD_CREATE = 283;
    public static final long FALLOCATE = 285;
    public static final long TIMERFD_SETTIME = 286;
    public static final long SIGNALFD4 = 289;
    public static final long EVENTFD2 = 290;
    public static final long EPOLL_CREATE1 = 291;
    public static final long PIPE2 = 293;
    public static final long PREADV = 295;
    public static final long PWRITEV = 296;
    public static final long GETRANDOM = 318;
    public static final long MEMFD_CREATE = 319;
    public static final long PREADV2 = 327;
    public static final long PWRITEV2 = 328;
    public static final long STATX = 332;
    public static final long IO_URING_SETUP = 425;
    public static final long IO_URING_ENTER = 426;
    public static final long IO_URING_REGISTER = 427;

    private SyscallNumber() {}
}
