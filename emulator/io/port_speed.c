/* Where the host's speed is not known (a connection), nothing is changed. */
#include "io/port_speed.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/uart_bits.h"

enum { BAUD_DEFAULT = 115200, GARBAGE_MAX_BYTES = 1 << 20 };

struct speed {
	struct port port;
	struct port *below;
	struct port_speed_config cfg;
	long baud; /* 0: looked for */
	char last; /* of the host, while it is looked for */
	struct buf garbage;
};

static struct speed *speed_of(struct port *port)
{
	return (struct speed *)port;
}

/* The host's speed when it is another one that matters, 0 otherwise. */
static long other_speed(const struct speed *s)
{
	long host = s->cfg.exact ? port_peer_baud(s->below) : 0;

	return host == s->baud ? 0 : host;
}

static void garble(struct speed *s, const void *p, size_t n, long from, long to, enum uart_broken broken)
{
	buf_reset(&s->garbage);
	uart_cross(p, n, from, to, broken, &s->garbage);
	trace_text(s->cfg.trace, TRACE_NOTE, "%zu bytes sent at %ld baud are %zu others at %ld", n, from,
		   s->garbage.len, to);
}

/* Where the host's AT or at ends, 0 when there is none yet. */
static size_t find_at(struct speed *s, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool found = (s->last == 'A' && p[i] == 'T') || (s->last == 'a' && p[i] == 't');

		s->last = found ? '\0' : p[i];
		if (found)
			return i + 1;
	}
	return 0;
}

static void look_for_speed(struct speed *s, const char *p, size_t n)
{
	size_t end = find_at(s, p, n);
	long host = port_peer_baud(s->below);

	if (!end)
		return;
	s->baud = host ? host : BAUD_DEFAULT;
	s->cfg.found(s->baud, s->cfg.ctx);
	if (end < n)
		s->port.rx(p + end, n - end, s->port.ctx);
}

static void on_rx(const void *p, size_t n, void *ctx)
{
	struct speed *s = ctx;
	long host = s->baud ? other_speed(s) : 0;

	if (!s->baud) {
		look_for_speed(s, p, n);
	} else if (!host) {
		s->port.rx(p, n, s->port.ctx);
	} else {
		garble(s, p, n, host, s->baud, UART_BROKEN_DROP);
		if (s->garbage.len)
			s->port.rx(s->garbage.data, s->garbage.len, s->port.ctx);
	}
}

static void on_event(enum port_event ev, void *ctx)
{
	struct speed *s = ctx;

	if (s->port.event)
		s->port.event(ev, s->port.ctx);
}

/* Nothing is said at a speed that is not known yet. */
static long speed_write(struct port *port, const void *p, size_t n)
{
	struct speed *s = speed_of(port);
	long host = s->baud ? other_speed(s) : 0;

	if (!s->baud)
		return (long)n;
	if (!host)
		return port_write(s->below, p, n);
	garble(s, p, n, s->baud, host, UART_BROKEN_NUL);
	if (s->garbage.len)
		port_write(s->below, s->garbage.data, s->garbage.len);
	return (long)n;
}

static void speed_pause(struct port *port, bool paused)
{
	port_pause(speed_of(port)->below, paused);
}

static void speed_flush(struct port *port)
{
	port_flush(speed_of(port)->below);
}

static long speed_peer_baud(struct port *port)
{
	return port_peer_baud(speed_of(port)->below);
}

static void speed_free(struct port *port)
{
	struct speed *s = speed_of(port);

	port_free(s->below);
	buf_free(&s->garbage);
	free(s);
}

static void speed_owned(struct port *port)
{
	port_set_owner(speed_of(port)->below, on_rx, on_event, port);
}

static const struct port_ops speed_ops = {
	.write = speed_write,
	.pause = speed_pause,
	.flush = speed_flush,
	.peer_baud = speed_peer_baud,
	.free = speed_free,
	.owned = speed_owned,
};

struct port *port_speed_new(struct port *below, const struct port_speed_config *cfg)
{
	struct speed *s = calloc(1, sizeof(*s));

	if (!s) {
		port_free(below);
		return NULL;
	}
	s->port.ops = &speed_ops;
	s->port.latency_us = below->latency_us;
	s->below = below;
	s->cfg = *cfg;
	s->baud = BAUD_DEFAULT;
	buf_init(&s->garbage, GARBAGE_MAX_BYTES);
	return &s->port;
}

void port_speed_set(struct port *port, long baud)
{
	speed_of(port)->baud = baud;
	speed_of(port)->last = '\0';
}
