/* Framing over the carrier: see guest-kernel/CHANNEL.md. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "init.h"

static int carrier = -1;
static uint8_t header[HEADER_SIZE];
static uint32_t header_have;
static struct frame incoming;
static uint32_t payload_have;
static uint8_t usual_payloads[2][MAX_DATA + 1];
static uint8_t *usual_payload = usual_payloads[0];
static uint8_t outgoing[2 * (HEADER_SIZE + MAX_DATA)];
static size_t outgoing_have;

/* Raw, eight bits, no echo. Returns the descriptor, or -1 where there is no such port. */
int channel_open(const char *device)
{
	struct termios raw;
	int lines = 0;
	int fd = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (tcgetattr(fd, &raw) < 0) {	/* the driver's answer for a port that is not there */
		close(fd);
		return -1;
	}
	cfmakeraw(&raw);
	raw.c_cflag |= CLOCAL | CREAD;
	raw.c_cflag &= ~HUPCL;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	/* With a clear-to-send line that is up, RTS can hold back a long RUN frame. */
	if (ioctl(fd, TIOCMGET, &lines) == 0 && (lines & TIOCM_CTS))
		raw.c_cflag |= CRTSCTS;
	cfsetspeed(&raw, B115200);
	if (tcsetattr(fd, TCSANOW, &raw) < 0) {
		close(fd);
		return -1;
	}
	carrier = fd;
	return fd;
}

static void send_all(const uint8_t *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(carrier, bytes, length);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			protocol_error("the carrier cannot be written");
		}
		bytes += n;
		length -= (size_t)n;
	}
}

uint8_t *channel_room(void)
{
	if (outgoing_have > sizeof outgoing - HEADER_SIZE - MAX_DATA)
		channel_flush();
	return outgoing + outgoing_have + HEADER_SIZE;
}

void channel_sent(uint8_t type, uint32_t length)
{
	put_le32(outgoing + outgoing_have, length << 8 | type);
	outgoing_have += HEADER_SIZE + length;
}

void channel_send(uint8_t type, const void *payload, uint32_t length)
{
	uint8_t *room = channel_room();

	if (length > MAX_DATA)
		length = MAX_DATA;
	if (length > 0)
		memcpy(room, payload, length);
	channel_sent(type, length);
}

bool channel_pending(void)
{
	return outgoing_have > 0;
}

void channel_flush(void)
{
	send_all(outgoing, outgoing_have);
	outgoing_have = 0;
}

static uint32_t longest(uint8_t type)
{
	return type == FRAME_RUN ? MAX_RUN : MAX_DATA;
}

static void begin_frame(void)
{
	incoming.type = header[0];
	incoming.length = le32(header) >> 8;
	if (incoming.type < FRAME_RUN || incoming.type > FRAME_LAST)
		protocol_error("unknown frame type");
	if (incoming.length > longest(incoming.type))
		protocol_error("frame too long");
	/* One byte more: strings of a RUN frame can be ended safely. */
	incoming.payload = incoming.length <= MAX_DATA ? usual_payload : malloc((size_t)incoming.length + 1);
	if (!incoming.payload)
		protocol_error("out of memory");
	incoming.payload[incoming.length] = 0;
	payload_have = 0;
}

static size_t take(uint8_t *to, uint32_t want, uint32_t *have, const uint8_t *from, size_t available)
{
	size_t n = want - *have < available ? want - *have : available;

	memcpy(to + *have, from, n);
	*have += (uint32_t)n;
	return n;
}

static void consume(const uint8_t *bytes, size_t length)
{
	while (length > 0) {
		bool usual;
		size_t n;

		if (header_have < HEADER_SIZE) {
			n = take(header, HEADER_SIZE, &header_have, bytes, length);
			if (header_have == HEADER_SIZE)
				begin_frame();
		} else {
			n = take(incoming.payload, incoming.length, &payload_have, bytes, length);
		}
		bytes += n;
		length -= n;
		if (header_have == HEADER_SIZE && payload_have == incoming.length) {
			header_have = 0;
			usual = incoming.payload == usual_payload;
			handle_frame(&incoming);
			if (!usual)
				free(incoming.payload);
			incoming.payload = NULL;
		}
	}
}

bool channel_keep(const struct frame *frame)
{
	if (frame->payload != usual_payload)
		return false;
	usual_payload = usual_payloads[usual_payload == usual_payloads[0]];
	return true;
}

void channel_receive(void)
{
	uint8_t bytes[4096];
	ssize_t n = read(carrier, bytes, sizeof bytes);

	if (n > 0)
		consume(bytes, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		protocol_error("the carrier is gone");
}
