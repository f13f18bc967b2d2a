/*
 * Sockets of the family AF_VSOCK, for guests that have no program for them:
 *   vsock cid                 prints this machine's number
 *   vsock connect CID PORT    standard input to the other end, whose answer goes to standard output
 *   vsock listen PORT         the same with the first that connects; says "listening" on standard error
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define GET_LOCAL_CID 0x7b9

struct sockaddr_vm {
    unsigned short family, reserved;
    unsigned port, cid;
    unsigned char zero[4];
};

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static int copy(int from, int to)
{
    static char bytes[65536];
    ssize_t n;
    while ((n = read(from, bytes, sizeof bytes)) > 0)
        for (ssize_t done = 0; done < n;) {
            ssize_t written = write(to, bytes + done, n - done);
            if (written < 0)
                return fail("write");
            done += written;
        }
    return n < 0 ? fail("read") : 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "cid")) {
        unsigned cid;
        int device = open("/dev/vsock", O_RDONLY);
        if (device < 0 || ioctl(device, GET_LOCAL_CID, &cid) < 0)
            return fail("/dev/vsock");
        printf("%u\n", cid);
        return 0;
    }
    int listening = argc == 3 && !strcmp(argv[1], "listen");
    if (!listening && (argc != 4 || strcmp(argv[1], "connect")))
        return 2;
    struct sockaddr_vm address = { .family = AF_VSOCK, .port = strtoul(argv[argc - 1], NULL, 10) };
    address.cid = listening ? -1U : strtoul(argv[2], NULL, 10);
    int peer = socket(AF_VSOCK, SOCK_STREAM, 0);
    if (listening) {
        int listener = peer;
        if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8) < 0)
            return fail("listen");
        fprintf(stderr, "listening\n");
        peer = accept(listener, NULL, NULL);
    } else if (connect(peer, (struct sockaddr *)&address, sizeof address) < 0) {
        return fail("connect");
    }
    return copy(0, peer) || shutdown(peer, SHUT_WR) || copy(peer, 1);
}
