/*
 * ttrpc: a header of ten bytes (length and stream, big-endian; type; flags), then a message that nanopb reads. Everything
 * in a frame may be a lie: lengths are bounded before anything is done with them, and what makes no sense gets an error for its reply.
 */
#include <errno.h>
#include <linux/vm_sockets.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <pb_decode.h>
#include <pb_encode.h>

#include "agent.h"
#include "ttrpc.pb.h"

enum {
	HEADER = 10,
	MOST_LENGTH = 4 << 20,
	TYPE_REQUEST = 1,
	TYPE_RESPONSE = 2,
	MOST_CONNECTIONS = 64,
	MOST_CALLS = 1024,	/* of one connection, unanswered */
	OUT_FULL = 1 << 20,	/* so much to send, and requests wait */
	READ_SIZE = 64 << 10,
};

struct connection {
	struct watcher watcher;
	uint8_t *in, *out;
	size_t in_size, in_used, out_size, out_used, out_sent;
	uint32_t skip;		/* bytes still to come of a frame that was refused */
	unsigned calls;
	bool broken, was_full;
	struct connection *next;
};

static struct connection *connections;
static unsigned connection_count;
/* With its buffers, for the next to come: new memory costs faults. */
static struct connection *spare;
static struct watcher listener;

static uint32_t be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put_be32(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

const char *word(const char *text)
{
	return text ? text : "";
}

char *reply_text(const char *text)
{
	const size_t size = strlen(text) + 1;
	char *copy = budget_realloc(NULL, size);

	return copy ? memcpy(copy, text, size) : NULL;
}

pb_bytes_array_t *reply_bytes(size_t size)
{
	pb_bytes_array_t *bytes = budget_realloc(NULL, PB_BYTES_ARRAY_T_ALLOCSIZE(size));

	if (bytes)
		bytes->size = (pb_size_t)size;
	return bytes;
}

void *reply_more(void *field, pb_size_t *count, size_t size)
{
	void *old, *made;

	memcpy(&old, field, sizeof old);
	made = budget_realloc(old, (*count + 1) * size);
	if (!made)
		return NULL;
	memcpy(field, &made, sizeof made);
	return memset((char *)made + size * (*count)++, 0, size);
}

enum code fail(struct call *call, enum code code, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(call->message, sizeof call->message, format, list);
	va_end(list);
	return code;
}

enum code fail_errno(struct call *call, const char *what)
{
	const int error = errno;
	enum code code = error == ENOENT || error == ESRCH || error == ENODEV ? NOT_FOUND
		: error == EEXIST ? ALREADY_EXISTS
		: error == EINVAL || error == ENAMETOOLONG || error == ENOTDIR || error == EISDIR ? INVALID_ARGUMENT
		: error == ENOMEM || error == EMFILE || error == ENFILE || error == EAGAIN ? RESOURCE_EXHAUSTED
		: INTERNAL;

	return fail(call, code, "%.180s: %s", what, strerror(error));
}

bool connection_has_room(const struct connection *connection)
{
	return connection->out_used - connection->out_sent < OUT_FULL;
}

static uint8_t *out_room(struct connection *connection, size_t size)
{
	if (connection->out_sent == connection->out_used)
		connection->out_sent = connection->out_used = 0;
	if (connection->out_size - connection->out_used < size) {
		const size_t wanted = connection->out_used + size;
		uint8_t *bigger = realloc(connection->out, wanted < READ_SIZE ? READ_SIZE : wanted);

		if (!bigger)
			return NULL;
		connection->out = bigger;
		connection->out_size = wanted < READ_SIZE ? READ_SIZE : wanted;
	}
	return connection->out + connection->out_used;
}

static void put_header(uint8_t *at, size_t length, uint32_t stream)
{
	put_be32(at, (uint32_t)length);
	put_be32(at + 4, stream);
	at[8] = TYPE_RESPONSE;
	at[9] = 0;
}

static void send_status(struct connection *connection, uint32_t stream, enum code code, const char *message)
{
	char text[256];
	ttrpc_Response response = ttrpc_Response_init_zero;
	uint8_t *room = out_room(connection, HEADER + sizeof text + 32);
	pb_ostream_t stream_out;

	if (!room) {
		connection->broken = true;
		return;
	}
	snprintf(text, sizeof text, "%s", message);
	response.has_status = true;
	response.status.code = code;
	response.status.message = text;
	stream_out = pb_ostream_from_buffer(room + HEADER, sizeof text + 32);
	if (!pb_encode(&stream_out, ttrpc_Response_fields, &response)) {
		connection->broken = true;
		return;
	}
	put_header(room, stream_out.bytes_written, stream);
	connection->out_used += HEADER + stream_out.bytes_written;
}

/* The response is written around the reply, which so is encoded once, where it is sent from. */
static void send_reply(struct connection *connection, uint32_t stream, const struct method *method, const void *reply)
{
	enum { AROUND = 16 };
	size_t size = 0;
	uint8_t *room;
	pb_ostream_t out;

	if (method->reply && !pb_get_encoded_size(&size, method->reply, reply)) {
		send_status(connection, stream, INTERNAL, "the reply can not be encoded");
		return;
	}
	if (size > MOST_LENGTH - AROUND) {
		send_status(connection, stream, RESOURCE_EXHAUSTED, "the reply is too long");
		return;
	}
	room = out_room(connection, HEADER + AROUND + size);
	if (!room) {
		connection->broken = true;
		return;
	}
	out = pb_ostream_from_buffer(room + HEADER, AROUND + size);
	if (!pb_encode_tag(&out, PB_WT_STRING, ttrpc_Response_payload_tag) || !pb_encode_varint(&out, size) ||
	    (method->reply && !pb_encode(&out, method->reply, reply))) {
		send_status(connection, stream, INTERNAL, "the reply can not be encoded");
		return;
	}
	put_header(room, out.bytes_written, stream);
	connection->out_used += HEADER + out.bytes_written;
}

/* All that are unanswered, so that none outlives its connection unknowing. */
static struct call *unanswered;

static void call_begin(struct call *call)
{
	call->later = unanswered;
	if (unanswered)
		unanswered->earlier = call;
	unanswered = call;
}

void call_end(struct call *call, enum code code, const void *reply)
{
	if (call->earlier)
		call->earlier->later = call->later;
	else
		unanswered = call->later;
	if (call->later)
		call->later->earlier = call->earlier;
	if (call->connection) {
		call->connection->calls--;
		if (code == OK)
			send_reply(call->connection, call->stream, call->method, reply);
		else
			send_status(call->connection, call->stream, code, call->message);
	}
	budget_free(call->data);
	free(call);
}

static void serve(struct connection *connection, uint32_t stream, const ttrpc_Request *request)
{
	const struct method *method = find_method(word(request->service), word(request->method));
	struct call *call = calloc(1, sizeof *call);
	void *asked = NULL, *reply = NULL;
	pb_istream_t in;
	enum code code;

	if (!call || !method) {
		send_status(connection, stream, call ? UNIMPLEMENTED : RESOURCE_EXHAUSTED,
			call ? "there is no such call" : "out of memory");
		free(call);
		return;
	}
	*call = (struct call){ .connection = connection, .stream = stream, .method = method };
	asked = calloc(1, method->request_size ? method->request_size : 1);
	reply = calloc(1, method->reply_size ? method->reply_size : 1);
	call_begin(call);
	connection->calls++;
	if (!asked || !reply) {
		call_end(call, fail(call, RESOURCE_EXHAUSTED, "out of memory"), NULL);
		goto out;
	}
	in = pb_istream_from_buffer(request->payload ? request->payload->bytes : (const pb_byte_t *)"",
		request->payload ? request->payload->size : 0);
	if (pb_decode(&in, method->request, asked))
		code = method->serve(call, asked, reply);
	else
		code = fail(call, INVALID_ARGUMENT, "not a message for %s: %s", method->name, PB_GET_ERROR(&in));
	if (code != LATER)
		call_end(call, code, reply);
	if (method->reply)
		pb_release(method->reply, reply);
	pb_release(method->request, asked);
out:
	free(asked);
	free(reply);
}

static void take_frame(struct connection *connection, const uint8_t *frame, uint32_t length)
{
	ttrpc_Request request = ttrpc_Request_init_zero;
	const uint32_t stream = be32(frame + 4);
	pb_istream_t in = pb_istream_from_buffer(frame + HEADER, length);

	if (frame[8] != TYPE_REQUEST)
		send_status(connection, stream, INVALID_ARGUMENT, "only requests are understood");
	else if (stream % 2 == 0)
		send_status(connection, stream, INVALID_ARGUMENT, "a client's streams have odd numbers");
	else if (connection->calls >= MOST_CALLS)
		send_status(connection, stream, RESOURCE_EXHAUSTED, "too many calls at once");
	else if (!pb_decode(&in, ttrpc_Request_fields, &request))
		send_status(connection, stream, INVALID_ARGUMENT, PB_GET_ERROR(&in));
	else
		serve(connection, stream, &request);
	pb_release(ttrpc_Request_fields, &request);
}

/* Takes what is whole off the front of what has arrived. */
static void take_frames(struct connection *connection)
{
	size_t at = 0;

	while (!connection->broken && connection_has_room(connection)) {
		const size_t left = connection->in_used - at;
		const uint8_t *frame = connection->in + at;
		uint32_t length;

		if (connection->skip) {
			const uint32_t gone = left < connection->skip ? (uint32_t)left : connection->skip;

			connection->skip -= gone;
			at += gone;
			if (connection->skip)
				break;
			continue;
		}
		if (left < HEADER)
			break;
		length = be32(frame);
		if (length > MOST_LENGTH) {
			send_status(connection, be32(frame + 4), RESOURCE_EXHAUSTED, "a frame of more than 4 MiB");
			connection->skip = length;
			at += HEADER;
			continue;
		}
		if (left - HEADER < length)
			break;
		take_frame(connection, frame, length);
		at += HEADER + length;
	}
	memmove(connection->in, connection->in + at, connection->in_used - at);
	connection->in_used -= at;
}

/* Room for what is to come: the frame that has begun, or a first look. */
static bool in_room(struct connection *connection)
{
	size_t wanted = READ_SIZE;
	uint8_t *bigger;

	if (!connection->skip && connection->in_used >= HEADER && be32(connection->in) <= MOST_LENGTH)
		wanted = HEADER + be32(connection->in);
	if (wanted < READ_SIZE)
		wanted = READ_SIZE;
	if (connection->in_size == wanted || (connection->in_size > wanted && connection->in_used > wanted))
		return true;
	if (connection->in_used > wanted)
		wanted = connection->in_used;
	bigger = realloc(connection->in, wanted);
	if (!bigger)
		return false;
	connection->in = bigger;
	connection->in_size = wanted;
	return true;
}

static void connection_ready(struct watcher *watcher, uint32_t events)
{
	struct connection *connection = (struct connection *)watcher;
	ssize_t n;

	if (events & (EPOLLERR | EPOLLHUP))
		connection->broken = true;
	if (connection->broken || !(events & EPOLLIN) || !connection_has_room(connection))
		return;
	if (!in_room(connection)) {
		connection->broken = true;
		return;
	}
	n = read(watcher->fd, connection->in + connection->in_used, connection->in_size - connection->in_used);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		connection->broken = true;
		return;
	}
	connection->in_used += n > 0 ? (size_t)n : 0;
	take_frames(connection);
}

static void connection_send(struct connection *connection)
{
	while (connection->out_sent < connection->out_used) {
		ssize_t n = send(connection->watcher.fd, connection->out + connection->out_sent,
			connection->out_used - connection->out_sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			connection->broken = true;
		if (n < 0)
			return;
		connection->out_sent += (size_t)n;
	}
	/* What a long reply took is not kept. */
	if (connection->out_size > OUT_FULL) {
		free(connection->out);
		connection->out = NULL;
		connection->out_size = 0;
	}
	connection->out_sent = connection->out_used = 0;
}

static void connection_close(struct connection *connection)
{
	unwatch(&connection->watcher);
	close(connection->watcher.fd);
	process_connection_gone(connection);
	for (struct call *call = unanswered; call; call = call->later)
		if (call->connection == connection)
			call->connection = NULL;
	connection_count--;
	if (!spare && connection->in_size == READ_SIZE && connection->out_size == READ_SIZE) {
		*connection = (struct connection){
			.in = connection->in, .in_size = READ_SIZE, .out = connection->out, .out_size = READ_SIZE,
		};
		spare = connection;
		return;
	}
	free(connection->in);
	free(connection->out);
	free(connection);
}

static struct connection *connection_make(void)
{
	struct connection *connection = spare;

	spare = NULL;
	return connection ? connection : calloc(1, sizeof *connection);
}

/* The first connection's memory, touched where it will be used. */
static void make_spare(void)
{
	struct connection *made = calloc(1, sizeof *made);

	if (!made || !in_room(made) || !out_room(made, 1))
		return;
	memset(made->in, 0, 4096);
	memset(made->out, 0, 4096);
	spare = made;
}

void ttrpc_flush(void)
{
	for (struct connection **at = &connections; *at;) {
		struct connection *connection = *at;

		if (!connection->broken)
			connection_send(connection);
		if (!connection->broken && connection->was_full && connection_has_room(connection)) {
			process_connection_room(connection);
			take_frames(connection);
			connection_send(connection);
		}
		connection->was_full = !connection_has_room(connection);
		if (connection->broken) {
			*at = connection->next;
			connection_close(connection);
			continue;
		}
		watch(&connection->watcher, (connection->was_full ? 0 : EPOLLIN) |
			(connection->out_sent < connection->out_used ? EPOLLOUT : 0));
		at = &connection->next;
	}
}

static void accept_one(struct watcher *watcher, uint32_t events)
{
	int fd = accept4(watcher->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct connection *connection;

	(void)events;
	if (fd < 0)
		return;
	connection = connection_count < MOST_CONNECTIONS ? connection_make() : NULL;
	if (!connection) {
		close(fd);
		return;
	}
	connection->watcher = (struct watcher){ .fd = fd, .ready = connection_ready };
	connection->next = connections;
	connections = connection;
	connection_count++;
	watch(&connection->watcher, EPOLLIN);
}

static int listen_vsock(const char *port)
{
	struct sockaddr_vm address = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY };
	char *end;
	unsigned long number = strtoul(port, &end, 10);
	int fd;

	if (end == port || *end || number > UINT32_MAX)
		return errno = EINVAL, -1;
	address.svm_port = (uint32_t)number;
	fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 32) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int listen_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof address.sun_path)
		return errno = ENAMETOOLONG, -1;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 32) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

int ttrpc_listen(const char *where)
{
	if (strncmp(where, "vsock:", 6) == 0)
		listener.fd = listen_vsock(where + 6);
	else if (strncmp(where, "unix:", 5) == 0)
		listener.fd = listen_unix(where + 5);
	else
		return errno = EINVAL, -1;
	listener.ready = accept_one;
	make_spare();
	watch(&listener, EPOLLIN);
	return listener.fd;
}
