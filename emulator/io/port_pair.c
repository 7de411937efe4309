/*
 * Two ports joined in process. Bytes wait at the end that will receive them and are delivered by a timer of delay 0, so
 * that no callback runs inside a write. Moves bytes only.
 */
#include "io/port_pair.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"

struct pair_end {
	struct port port;
	struct clock *clock;
	struct pair_end *twin;		/* NULL when it was freed */
	struct timer deliver;
	struct buf rx, rx_now;		/* to be received; being received */
	long baud;			/* 0: unknown */
	bool paused;
	bool twin_short;		/* the twin could not write all: it wants to know when it can */
	bool tell_opened, tell_closed, tell_writable, tell_baud;
	bool calling, dead;		/* freed from inside one of its own callbacks */
};

static struct pair_end *end_of(struct port *port)
{
	return (struct pair_end *)port;
}

static void wake(struct pair_end *e)
{
	if (!timer_armed(&e->deliver))
		clock_arm(e->clock, &e->deliver, 0);
}

static void release(struct pair_end *e)
{
	buf_free(&e->rx);
	buf_free(&e->rx_now);
	free(e);
}

static void tell(struct pair_end *e, bool *flag, enum port_event ev)
{
	if (!*flag || e->dead)
		return;
	*flag = false;
	if (e->port.event)
		e->port.event(ev, e->port.ctx);
}

static void hand_over(struct pair_end *e)
{
	struct buf now = e->rx;

	if (!now.len || e->paused || e->dead)
		return;
	e->rx = e->rx_now;
	e->rx_now = now;
	if (e->twin && e->twin_short) {
		e->twin_short = false;
		e->twin->tell_writable = true;
		wake(e->twin);
	}
	e->port.rx(now.data, now.len, e->port.ctx);
	buf_reset(&e->rx_now);
}

static void deliver(void *ctx)
{
	struct pair_end *e = ctx;

	if (!e->port.rx)
		return;
	e->calling = true;
	tell(e, &e->tell_opened, PORT_EVENT_OPENED);
	tell(e, &e->tell_baud, PORT_EVENT_BAUD);
	hand_over(e);
	tell(e, &e->tell_writable, PORT_EVENT_WRITABLE);
	if (!e->rx.len)
		tell(e, &e->tell_closed, PORT_EVENT_CLOSED);
	e->calling = false;
	if (e->dead)
		release(e);
}

static long pair_write(struct port *port, const void *p, size_t n)
{
	struct pair_end *to = end_of(port)->twin;
	size_t room;

	if (!to)
		return -EIO;
	room = to->rx.max - to->rx.len;
	if (n > room) {
		n = room;
		to->twin_short = true;
	}
	if (n && buf_add(&to->rx, p, n))
		return -ENOMEM;
	if (n)
		wake(to);
	return (long)n;
}

static void pair_pause(struct port *port, bool paused)
{
	end_of(port)->paused = paused;
	if (!paused)
		wake(end_of(port));
}

static void pair_flush(struct port *port)
{
	if (end_of(port)->twin)
		buf_reset(&end_of(port)->twin->rx);
}

static long pair_peer_baud(struct port *port)
{
	const struct pair_end *twin = end_of(port)->twin;

	return twin ? twin->baud : 0;
}

static void pair_free(struct port *port)
{
	struct pair_end *e = end_of(port);

	timer_cancel(&e->deliver);
	if (e->twin) {
		e->twin->twin = NULL;
		e->twin->tell_closed = true;
		wake(e->twin);
		e->twin = NULL;
	}
	if (e->calling)
		e->dead = true;
	else
		release(e);
}

static void pair_owned(struct port *port)
{
	struct pair_end *e = end_of(port);

	wake(e);
	if (e->twin) {
		e->twin->tell_opened = true;
		wake(e->twin);
	}
}

static const struct port_ops pair_ops = {
	.write = pair_write, .pause = pair_pause, .flush = pair_flush, .peer_baud = pair_peer_baud,
	.free = pair_free, .owned = pair_owned,
};

static struct pair_end *end_new(struct clock *clock, size_t limit_bytes)
{
	struct pair_end *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->port.ops = &pair_ops;
	e->clock = clock;
	buf_init(&e->rx, limit_bytes);
	buf_init(&e->rx_now, limit_bytes);
	timer_init(&e->deliver, deliver, e);
	return e;
}

int port_pair_new(struct clock *clock, size_t limit_bytes, struct port **a, struct port **b)
{
	struct pair_end *x = end_new(clock, limit_bytes), *y = end_new(clock, limit_bytes);

	if (!x || !y) {
		free(x);
		free(y);
		return -ENOMEM;
	}
	x->twin = y;
	y->twin = x;
	*a = &x->port;
	*b = &y->port;
	return 0;
}

void port_pair_set_baud(struct port *port, long baud)
{
	struct pair_end *e = end_of(port);

	if (e->baud == baud)
		return;
	e->baud = baud;
	if (!e->twin)
		return;
	e->twin->tell_baud = true;
	wake(e->twin);
}
