/* What init has made of the host's orders before this program, and what it leaves a program with. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "selftest.h"

#define RNDADDENTROPY _IOW('R', 0x03, int[2])
#define RNDRESEEDCRNG _IO('R', 0x07)

enum { ID_DIGITS = 32, ID_TOLD = 8, LAST_TO_TRY = 256, YEAR_2026 = 1767225600 };

static ssize_t contents(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	return n;
}

void test_identity(void)
{
	char id[128], file[128], name[128] = "";
	ssize_t n = contents("/etc/machine-id", id, sizeof id);

	if (n < 0 || strcmp(id, "uninitialized\n") == 0) {
		skip("no host has said who this guest is");
		return;
	}
	CHECK(n == ID_DIGITS + 1 && id[ID_DIGITS] == '\n' && strspn(id, "0123456789abcdef") == ID_DIGITS);
	CHECK(gethostname(name, sizeof name) == 0);
	n = contents("/etc/hostname", file, sizeof file);
	CHECK(n > 1 && (size_t)n == strlen(name) + 1 && strncmp(file, name, strlen(name)) == 0);
	if (strncmp(name, "jvmm-", 5) == 0)
		CHECK(strlen(name) == 5 + ID_TOLD && strncmp(name + 5, id, ID_TOLD) == 0);
	CHECK(time(NULL) > YEAR_2026);
}

void test_reseeding(void)
{
	struct {
		int entropy_count, buf_size;
		unsigned char bytes[32];
	} pool = { 0, 32, { 0 } };
	unsigned char before[32], after[32];
	int fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK(getrandom(before, sizeof before, 0) == sizeof before);
	CHECK(ioctl(fd, RNDADDENTROPY, &pool) == 0);
	CHECK(ioctl(fd, RNDRESEEDCRNG) == 0);
	CHECK(getrandom(after, sizeof after, 0) == sizeof after);
	CHECK(memcmp(before, after, sizeof before) != 0);
	close(fd);
}

void test_clean_start(void)
{
	sigset_t mask;
	struct sigaction action;

	CHECK(sigprocmask(SIG_BLOCK, NULL, &mask) == 0);
	for (int number = 1; number < NSIG; number++) {
		CHECK(sigismember(&mask, number) != 1);
		if (sigaction(number, NULL, &action) == 0)
			CHECK(action.sa_handler == SIG_DFL);
	}
	for (int fd = 3; fd < LAST_TO_TRY; fd++)
		CHECK(fcntl(fd, F_GETFD) < 0 && errno == EBADF);
}
