/* Randomness, time and names: applied before a command, so that a clone of a saved guest is a guest of its own. */
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

#define MACHINE_ID "/etc/machine-id"

/* linux/random.h, which musl does not bring along. */
#define RNDADDENTROPY _IOW('R', 0x03, int[2])
#define RNDRESEEDCRNG _IO('R', 0x07)

enum { ENTROPY_MIN = 16, ENTROPY_MAX = 512, ID_BYTES = 16, ID_LINE = 2 * ID_BYTES + 1, HOSTNAME_MAX = 64, TOLD_DIGITS = 8 };

/* Opened while there is time: a file opened is some thousand instructions of the kernel's. */
static int random_device = -1, machine_id = -1, ports = -1;

static int64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void identity_prepare(void)
{
	/* What it says before it is known, by machine-id(5). Its page is there from now on. */
	static const char unknown[] = "uninitialized\n";

	random_device = open("/dev/urandom", O_RDWR | O_CLOEXEC);
	ports = open("/dev/port", O_RDONLY | O_CLOEXEC);
	/* The pages from which the clock is read, too. */
	nanoseconds();
	machine_id = open(MACHINE_ID, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
	if (machine_id >= 0)
		(void)!write(machine_id, unknown, sizeof unknown - 1);
}

/* How far our clock is behind the host's, by jvmm's port; false where there is none. Of several looks the quickest counts. */
static bool host_is_ahead(int64_t *by)
{
	enum { PORT = 0x508, LOOKS = 5, QUICK = 2000000 };
	int64_t host, shortest = INT64_MAX;

	for (int i = 0; i < LOOKS && shortest > QUICK; i++) {
		int64_t before = nanoseconds();

		if (pread(ports, &host, sizeof host, PORT) != sizeof host || host == -1)
			return false;
		int64_t after = nanoseconds();
		if (after - before < shortest) {
			shortest = after - before;
			*by = host - before - shortest / 2;
		}
	}
	return true;
}

/* What the host says in CLOCK is old when we read it, by seconds if the host is busy; the port's answer is not. */
void set_clock(uint64_t told)
{
	struct timespec time;
	int64_t ahead = 0;

	/* Not by adjtimex: the kernel stirs all of its argument into the random pool, for six thousand instructions. */
	if (host_is_ahead(&ahead))
		told = (uint64_t)(nanoseconds() + ahead);
	time.tv_sec = (time_t)(told / 1000000000);
	time.tv_nsec = (long)(told % 1000000000);
	if (clock_settime(CLOCK_REALTIME, &time) < 0)
		say("the clock could not be set");
}

/* Adding alone would leave the generator's key as it is for up to a minute: clones would draw the same numbers. */
void add_entropy(const uint8_t *bytes, uint32_t length)
{
	struct {
		int entropy_count, buf_size;	/* bits, bytes */
		uint8_t bytes[ENTROPY_MAX];
	} pool;

	if (length < ENTROPY_MIN || length > ENTROPY_MAX)
		protocol_error("ENTROPY of a wrong length");
	pool.entropy_count = (int)length * 8;
	pool.buf_size = (int)length;
	memcpy(pool.bytes, bytes, length);
	if (ioctl(random_device, RNDADDENTROPY, &pool) < 0 || ioctl(random_device, RNDRESEEDCRNG) < 0)
		protocol_error("the random generator could not be reseeded");
}

static void write_machine_id(const char *line)
{
	int fd = machine_id;

	/* The file opened beforehand may have been replaced since, by a command. */
	machine_id = -1;
	if (fd < 0)
		fd = open(MACHINE_ID, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
	if (fd < 0 || pwrite(fd, line, ID_LINE, 0) != ID_LINE)
		say("the machine id could not be written");
	if (fd >= 0)
		close(fd);
}

static bool part_of_a_name(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

void set_identity(const uint8_t *bytes, uint32_t length)
{
	static uint8_t applied[ID_BYTES + HOSTNAME_MAX];
	static uint32_t applied_length;
	static const char digits[] = "0123456789abcdef";
	char line[ID_LINE], name[HOSTNAME_MAX] = "jvmm-";
	size_t name_length = length - ID_BYTES;

	if (length < ID_BYTES || name_length > HOSTNAME_MAX)
		protocol_error("IDENTITY of a wrong length");
	for (uint32_t i = ID_BYTES; i < length; i++)
		if (!part_of_a_name(bytes[i]))
			protocol_error("no such hostname");
	if (length == applied_length && memcmp(bytes, applied, length) == 0)
		return;
	for (size_t i = 0; i < ID_BYTES; i++) {
		line[2 * i] = digits[bytes[i] >> 4];
		line[2 * i + 1] = digits[bytes[i] & 15];
	}
	line[ID_LINE - 1] = '\n';
	if (name_length > 0) {
		memcpy(name, bytes + ID_BYTES, name_length);
	} else {
		name_length = strlen(name) + TOLD_DIGITS;
		memcpy(name + name_length - TOLD_DIGITS, line, TOLD_DIGITS);
	}
	if (sethostname(name, name_length) < 0)
		say("the hostname could not be set");
	write_machine_id(line);
	memcpy(applied, bytes, length);
	applied_length = length;
}
