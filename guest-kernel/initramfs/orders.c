/* The host's orders. Each payload is checked whole before anything is done. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init.h"

enum { RUN_FIXED = 12, USUAL_WORDS = 128 };

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

static void strings(char **list, uint16_t count, char **at, const char *end)
{
	for (uint16_t i = 0; i < count; i++)
		list[i] = next_string(at, end);
	list[count] = NULL;
}

static void order_run(const struct frame *frame)
{
	static char *usual_words[USUAL_WORDS];
	struct run_order order;
	uint16_t argc, envc;
	size_t words;
	char *at, *end, **list;

	if (frame->length < RUN_FIXED + 1 || frame->payload[frame->length - 1] != 0)
		protocol_error("RUN is too short or does not end with a NUL");
	order.flags = le32(frame->payload);
	order.rows = le16(frame->payload + 4);
	order.columns = le16(frame->payload + 6);
	at = (char *)frame->payload + RUN_FIXED;
	end = (char *)frame->payload + frame->length;
	order.directory = next_string(&at, end);
	argc = le16(frame->payload + 8);
	envc = le16(frame->payload + 10);
	words = (size_t)argc + 1 + envc + SPAWN_VARIABLES + 1;
	list = words <= USUAL_WORDS ? usual_words : calloc(words, sizeof *list);
	if (!list)
		protocol_error("out of memory");
	order.argv = list;
	order.envp = list + argc + 1;
	strings(order.argv, argc, &at, end);
	strings(order.envp, envc, &at, end);
	if (at != end)
		protocol_error("RUN has more strings than it says");

	network_settle();
	if (run_active())
		fail(EBUSY);
	else if (!order.argv[0] || !order.argv[0][0] || (order.flags & ~(uint32_t)RUN_SYNC) > RUN_PTY)
		fail(EINVAL);
	else
		run_start(&order, list == usual_words && channel_keep(frame));
	if (list != usual_words)
		free(list);
}

static void demand(const struct frame *frame, uint32_t length)
{
	if (frame->length != length)
		protocol_error("payload of a wrong length");
}

static void order_slot(uint8_t operation, uint8_t slot)
{
	uint8_t answer[8] = { slot, operation };

	put_le32(answer + 4, (uint32_t)(operation == FRAME_ATTACH ? slot_attach(slot) : slot_detach(slot)));
	channel_send(FRAME_SLOT, answer, sizeof answer);
	if (operation == FRAME_ATTACH)
		network_serve();
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
		set_clock(le64(payload));
		break;
	case FRAME_ENTROPY:
		add_entropy(payload, frame->length);
		break;
	case FRAME_IDENTITY:
		set_identity(payload, frame->length);
		break;
	case FRAME_ATTACH:
	case FRAME_DETACH:
		demand(frame, 1);
		order_slot(frame->type, payload[0]);
		break;
	case FRAME_POWEROFF:
		demand(frame, 0);
		power(POWER_OFF);
	}
}
