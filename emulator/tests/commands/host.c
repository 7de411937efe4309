/* A port whose other end is the test itself. Moves bytes only. */
#include "tests/commands/host.h"

#include <string.h>

enum {
	SEEN_MAX_BYTES = 1 << 20,
	STOPPED_ROOM_BYTES = 2000, /* a PTY would hold ten times that */
};

uint64_t hash_bytes(uint64_t hash, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ ((const uint8_t *)p)[i]) * 1099511628211u;
	return hash;
}

static long host_write(struct port *port, const void *p, size_t n)
{
	struct host *h = (struct host *)port;

	if (h->stopped && n > h->room) {
		n = h->room;
		h->was_short = true;
	}
	h->room -= h->stopped ? n : 0;
	h->overrun = buf_add(&h->seen, p, n) || h->overrun;
	h->bytes += n;
	h->hash = hash_bytes(h->hash, p, n);
	return (long)n;
}

static void host_pause(struct port *port, bool paused)
{
	(void)port;
	(void)paused;
}

static void host_flush(struct port *port)
{
	(void)port;
}

static long host_baud(struct port *port)
{
	(void)port;
	return 0;
}

/* The struct is the stage's. */
static void host_gone(struct port *port)
{
	port->rx = NULL;
	port->event = NULL;
}

static const struct port_ops host_ops = {
	.write = host_write,
	.pause = host_pause,
	.flush = host_flush,
	.peer_baud = host_baud,
	.free = host_gone,
};

void host_init(struct host *h)
{
	memset(h, 0, sizeof(*h));
	h->port.ops = &host_ops;
	h->hash = HASH_START;
	buf_init(&h->seen, SEEN_MAX_BYTES);
}

void host_forget(struct host *h)
{
	buf_reset(&h->seen);
	h->overrun = false;
}

void host_free(struct host *h)
{
	buf_free(&h->seen);
}

static void tell(struct host *h, enum port_event ev)
{
	if (h->port.event)
		h->port.event(ev, h->port.ctx);
}

void host_send(struct host *h, const void *p, size_t n)
{
	if (h->port.rx && n && !h->port.away)
		h->port.rx(p, n, h->port.ctx);
}

void host_leave(struct host *h)
{
	if (h->port.away)
		return;
	h->port.away = true;
	tell(h, PORT_EVENT_CLOSED);
}

void host_come(struct host *h)
{
	if (!h->port.away)
		return;
	h->port.away = false;
	tell(h, PORT_EVENT_OPENED);
}

void host_stop(struct host *h)
{
	h->stopped = true;
	h->room = STOPPED_ROOM_BYTES;
}

void host_go(struct host *h)
{
	h->stopped = false;
	if (!h->was_short)
		return;
	h->was_short = false;
	tell(h, PORT_EVENT_WRITABLE);
}
