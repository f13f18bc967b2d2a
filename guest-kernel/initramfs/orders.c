/* The host's orders. Each payload is checked whole before anything is done. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

/* linux/random.h, which musl does not bring along. */
#define RNDADDENTROPY _IOW('R', 0x03, int[2])

enum { RUN_FIXED = 12, ENTROPY_MIN = 16, ENTROPY_MAX = 512 };

uint16_t le16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

uint32_t le32(const uint8_t *at)
{
	return (uint32_t)le16(at) | (uint32_t)le16(at + 2) << 16;
}

uint64_t le64(const uint8_t *at)
{
	return (uint64_t)le32(at) | (uint64_t)le32(at + 4) << 32;
}

void put_le32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static void fail(int error)
{
	uint8_t payload[256];
	const char *text = strerror(error);
	size_t length = strlen(text);

	if (length > sizeof payload - 4)
		length = sizeof payload - 4;
	put_le32(payload, (uint32_t)error);
	memcpy(payload + 4, text, length);
	channel_send(FRAME_FAILED, payload, (uint32_t)(4 + length));
}

/* Points at the next string and moves past it; the frame is known to end with a NUL. */
static char *next_string(char **at, const char *end)
{
	char *string = *at;

	if (string >= end)
		protocol_error("RUN has too few strings");
	*at += strlen(string) + 1;
	return string;
}

static char **strings(char **at, const char *end, uint16_t count)
{
	char **list = calloc((size_t)count + 1, sizeof *list);

	if (!list)
		protocol_error("out of memory");
	for (uint16_t i = 0; i < count; i++)
		list[i] = next_string(at, end);
	return list;
}

static void order_run(const struct frame *frame)
{
	struct run_order order;
	char *at, *end;

	if (frame->length < RUN_FIXED + 1 || frame->payload[frame->length - 1] != 0)
		protocol_error("RUN is too short or does not end with a NUL");
	order.flags = le32(frame->payload);
	order.rows = le16(frame->payload + 4);
	order.columns = le16(frame->payload + 6);
	at = (char *)frame->payload + RUN_FIXED;
	end = (char *)frame->payload + frame->length;
	order.directory = next_string(&at, end);
	order.argv = strings(&at, end, le16(frame->payload + 8));
	order.envp = strings(&at, end, le16(frame->payload + 10));
	if (at != end)
		protocol_error("RUN has more strings than it says");

	if (run_active())
		fail(EBUSY);
	else if (!order.argv[0] || !order.argv[0][0] || order.flags > RUN_PTY)
		fail(EINVAL);
	else
		run_start(&order);
	free(order.argv);
	free(order.envp);
}

static void order_clock(uint64_t nanoseconds)
{
	struct timespec time = {
		.tv_sec = (time_t)(nanoseconds / 1000000000),
		.tv_nsec = (long)(nanoseconds % 1000000000),
	};

	clock_settime(CLOCK_REALTIME, &time);
}

static void order_entropy(const uint8_t *bytes, uint32_t length)
{
	struct {
		int entropy_count, buf_size;	/* bits, bytes */
		uint8_t bytes[ENTROPY_MAX];
	} pool;
	int fd;

	if (length < ENTROPY_MIN || length > ENTROPY_MAX)
		protocol_error("ENTROPY of a wrong length");
	pool.entropy_count = (int)length * 8;
	pool.buf_size = (int)length;
	memcpy(pool.bytes, bytes, length);
	fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &pool) < 0)
		say("entropy could not be added");
	if (fd >= 0)
		close(fd);
}

static void demand(const struct frame *frame, uint32_t length)
{
	if (frame->length != length)
		protocol_error("payload of a wrong length");
}

void handle_frame(const struct frame *frame)
{
	const uint8_t *payload = frame->payload;

	switch (frame->type) {
	case FRAME_RUN:
		order_run(frame);
		break;
	case FRAME_STDIN:
		run_stdin(payload, frame->length);
		break;
	case FRAME_SIGNAL:
		demand(frame, 1);
		if (payload[0] < 1 || payload[0] > 64)
			protocol_error("no such signal");
		run_signal(payload[0]);
		break;
	case FRAME_RESIZE:
		demand(frame, 4);
		run_resize(le16(payload), le16(payload + 2));
		break;
	case FRAME_CLOCK:
		demand(frame, 8);
		order_clock(le64(payload));
		break;
	case FRAME_ENTROPY:
		order_entropy(payload, frame->length);
		break;
	case FRAME_POWEROFF:
		demand(frame, 0);
		power(POWER_OFF);
	}
}
