/*
 * libgensio has an event loop of its own, which is turned by a timer of ours: it only has one connection to look at,
 * and a network in between is slower than that.
 */
#include "harness/port_rfc2217.h"

#include <errno.h>
#include <string.h>

#include "have.h"

static const char prefix[] = "rfc2217://";

bool is_rfc2217(const char *address)
{
	return !strncmp(address, prefix, strlen(prefix));
}

#if HAVE_GENSIO

#include <gensio/gensio.h>
#include <gensio/sergensio.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	TURN_US = 2000,	   /* how often its loop is looked at */
	TURNS_MAX = 64,	   /* events a look */
	CLOSE_TURNS = 100, /* of 10 ms at most */
	RETRY_US = 500000, /* how often a lost port is looked for */
	OPEN_WITHIN_US = 5000000,
};

struct rfc2217 {
	struct port port;
	struct loop *loop;
	char *address, *stack; /* "rfc2217://lab:4000", "telnet(rfc2217),tcp,lab,4000" */
	long baud;
	struct gensio_os_funcs *os;
	struct gensio *io; /* NULL: gone */
	struct timer turn, retry;
	int opening; /* 1: under way; else 0 or what came of it, a code of gensio's */
	bool paused, lost, dead;
	struct serial_lines lines;
};

static struct rfc2217 *rfc2217_of(struct port *port)
{
	return (struct rfc2217 *)port;
}

static void tell(struct rfc2217 *r, enum port_event ev)
{
	if (r->port.event && !r->dead)
		r->port.event(ev, r->port.ctx);
}

/* --- what the other end says ------------------------------------------------------------------------------------- */

static void take_state(struct rfc2217 *r, unsigned state)
{
	static const struct {
		unsigned bit;
		enum serial_line line;
	} bits[] = {
		{ SERGENSIO_MODEMSTATE_CTS, SERIAL_LINE_CTS },
		{ SERGENSIO_MODEMSTATE_DSR, SERIAL_LINE_DSR },
		{ SERGENSIO_MODEMSTATE_CD, SERIAL_LINE_DCD },
		{ SERGENSIO_MODEMSTATE_RI, SERIAL_LINE_RI },
	};

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		bool on = state & bits[i].bit;

		r->lines.times[bits[i].line] += on != r->lines.on[bits[i].line];
		r->lines.on[bits[i].line] = on;
	}
}

static int take_bytes(struct rfc2217 *r, int err, const void *p, gensiods *n)
{
	if (err) {
		r->lost = true;
		gensio_set_read_callback_enable(r->io, false);
		return 0;
	}
	if (r->paused || !r->port.rx)
		*n = 0;
	else
		r->port.rx(p, *n, r->port.ctx);
	return 0;
}

static int on_event(struct gensio *io, void *ctx, int event, int err, unsigned char *p, gensiods *n,
		    const char *const *auxdata)
{
	struct rfc2217 *r = ctx;

	(void)auxdata;
	switch (event) {
	case GENSIO_EVENT_READ:
		return take_bytes(r, err, p, n);
	case GENSIO_EVENT_WRITE_READY:
		gensio_set_write_callback_enable(io, false);
		tell(r, PORT_EVENT_WRITABLE);
		return 0;
	case GENSIO_EVENT_SER_MODEMSTATE:
		take_state(r, *(const unsigned *)(const void *)p);
		return 0;
	default:
		return GE_NOTSUP;
	}
}

/* --- opening and losing ------------------------------------------------------------------------------------------ */

/* Never from inside its callbacks, which is where the owner writes from. */
static void turn(struct rfc2217 *r)
{
	for (int i = 0; i < TURNS_MAX; i++) {
		gensio_time none = { 0, 0 };

		if (gensio_os_funcs_service(r->os, &none) == GE_TIMEDOUT)
			return;
	}
}

static void set_up(struct rfc2217 *r)
{
	struct sergensio *s = gensio_to_sergensio(r->io);

	sergensio_baud(s, (unsigned)r->baud, NULL, NULL);
	sergensio_datasize(s, 8, NULL, NULL);
	sergensio_parity(s, SERGENSIO_PARITY_NONE, NULL, NULL);
	sergensio_stopbits(s, 1, NULL, NULL);
	sergensio_flowcontrol(s, SERGENSIO_FLOWCONTROL_NONE, NULL, NULL);
	sergensio_modemstate(s, 0xff);
	gensio_set_read_callback_enable(r->io, r->port.rx && !r->paused);
}

static void on_opened(struct gensio *io, int err, void *ctx)
{
	(void)io;
	((struct rfc2217 *)ctx)->opening = err;
}

static int begin_open(struct rfc2217 *r)
{
	int err = str_to_gensio(r->stack, r->os, on_event, r, &r->io);

	if (err)
		return err;
	r->lost = false;
	r->opening = 1;
	err = gensio_open(r->io, on_opened, r);
	if (!err)
		return 0;
	gensio_free(r->io);
	r->io = NULL;
	return err;
}

static void on_closed(struct gensio *io, void *ctx)
{
	(void)io;
	*(bool *)ctx = true;
}

/*
 * Closing goes on after gensio_close(), and needs the loop until it is done; gensio_free() ends it in any case, without a
 * further call.
 */
static void forget(struct rfc2217 *r)
{
	struct gensio *io = r->io;
	bool closed = false;

	r->io = NULL;
	if (!io)
		return;
	if (gensio_close(io, on_closed, &closed))
		closed = true; /* it was not open */
	for (int i = 0; i < CLOSE_TURNS && !closed; i++) {
		gensio_time wait = { 0, 10000000 };

		gensio_os_funcs_service(r->os, &wait);
	}
	gensio_free(io);
	turn(r);
}

static void on_retry(void *ctx)
{
	begin_open(ctx);
}

static void lose(struct rfc2217 *r, bool was_open)
{
	forget(r);
	clock_arm(loop_clock(r->loop), &r->retry, RETRY_US);
	if (was_open)
		tell(r, PORT_EVENT_CLOSED);
}

static void on_turn(void *ctx)
{
	struct rfc2217 *r = ctx;
	bool was_opening = r->opening == 1;

	clock_arm(loop_clock(r->loop), &r->turn, TURN_US);
	if (!r->io) {
		if (!timer_armed(&r->retry))
			clock_arm(loop_clock(r->loop), &r->retry, RETRY_US);
		return;
	}
	turn(r);
	if (r->lost || (was_opening && r->opening > 1)) {
		lose(r, r->lost);
	} else if (was_opening && !r->opening) {
		set_up(r);
		tell(r, PORT_EVENT_OPENED);
	}
}

static void on_late(void *ctx)
{
	*(bool *)ctx = true;
}

static int open_now(struct rfc2217 *r, struct err *e)
{
	struct timer limit;
	bool late = false;
	int err = begin_open(r);

	timer_init(&limit, on_late, &late);
	clock_arm(loop_clock(r->loop), &limit, OPEN_WITHIN_US);
	while (!err && r->opening == 1 && !late) {
		gensio_time wait = { 0, 10000000 };

		gensio_os_funcs_service(r->os, &wait);
		late = late || !timer_left_us(&limit);
	}
	timer_cancel(&limit);
	if (!err && !late)
		err = r->opening;
	if (!err && !late) {
		set_up(r);
		return 0;
	}
	return err_set(e, -ECONNREFUSED, "%s: %s", r->address, late ? "no answer" : gensio_err_to_str(err));
}

/* --- the port ---------------------------------------------------------------------------------------------------- */

static long rfc2217_write(struct port *port, const void *p, size_t n)
{
	struct rfc2217 *r = rfc2217_of(port);
	gensiods done = 0;

	if (!r->io || r->opening)
		return -EIO;
	if (gensio_write(r->io, &done, p, n, NULL))
		return -EIO;
	if (done < n)
		gensio_set_write_callback_enable(r->io, true);
	return (long)done;
}

static void update_reading(struct rfc2217 *r)
{
	if (r->io && !r->opening)
		gensio_set_read_callback_enable(r->io, r->port.rx && !r->paused);
}

static void rfc2217_pause(struct port *port, bool paused)
{
	rfc2217_of(port)->paused = paused;
	update_reading(rfc2217_of(port));
}

static void rfc2217_flush(struct port *port)
{
	(void)port; /* what was sent to a modem cannot be taken back */
}

static long rfc2217_peer_baud(struct port *port)
{
	return rfc2217_of(port)->baud;
}

static void rfc2217_owned(struct port *port)
{
	update_reading(rfc2217_of(port));
}

static void rfc2217_free(struct port *port)
{
	struct rfc2217 *r = rfc2217_of(port);

	r->dead = true;
	timer_cancel(&r->turn);
	timer_cancel(&r->retry);
	forget(r); /* the loop itself is libgensio's, one for the process: who frees it finds it again, freed */
	free(r->address);
	free(r->stack);
	free(r);
}

static const struct port_ops rfc2217_ops = {
	.write = rfc2217_write,
	.pause = rfc2217_pause,
	.flush = rfc2217_flush,
	.peer_baud = rfc2217_peer_baud,
	.free = rfc2217_free,
	.owned = rfc2217_owned,
};

/* What libgensio calls the stack of protocols. */
static int make_stack(struct rfc2217 *r, struct err *e)
{
	const char *host = r->address + strlen(prefix), *colon = strrchr(host, ':');

	if (!colon || colon == host || !colon[1] || strchr(host, ','))
		return err_set(e, -EINVAL, "%s: expected rfc2217://HOST:PORT", r->address);
	if (asprintf(&r->stack, "telnet(rfc2217),tcp,%.*s,%s", (int)(colon - host), host, colon + 1) >= 0)
		return 0;
	r->stack = NULL;
	return err_set(e, -ENOMEM, "out of memory");
}

struct port *port_rfc2217_new(struct loop *loop, const char *address, long baud, struct err *e)
{
	struct rfc2217 *r = calloc(1, sizeof(*r));

	if (!r) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	r->port.ops = &rfc2217_ops;
	r->loop = loop;
	r->baud = baud ? baud : 115200;
	timer_init(&r->turn, on_turn, r);
	timer_init(&r->retry, on_retry, r);
	r->address = strdup(address);
	if (!r->address || gensio_default_os_hnd(0, &r->os)) {
		err_set(e, -ENOMEM, "out of memory");
	} else if (!make_stack(r, e) && !open_now(r, e)) {
		clock_arm(loop_clock(loop), &r->turn, TURN_US);
		return &r->port;
	}
	rfc2217_free(&r->port);
	return NULL;
}

bool port_is_rfc2217(const struct port *port)
{
	return port->ops == &rfc2217_ops;
}

const char *port_rfc2217_name(const struct port *port)
{
	return ((const struct rfc2217 *)port)->address;
}

int port_rfc2217_set_baud(struct port *port, long baud)
{
	struct rfc2217 *r = rfc2217_of(port);

	r->baud = baud;
	if (!r->io || r->opening)
		return 0; /* when it is back */
	return sergensio_baud(gensio_to_sergensio(r->io), (unsigned)baud, NULL, NULL) ? -EIO : 0;
}

int port_rfc2217_set_line(struct port *port, enum serial_line which, bool on)
{
	struct rfc2217 *r = rfc2217_of(port);
	struct sergensio *s = r->io && !r->opening ? gensio_to_sergensio(r->io) : NULL;
	int err = GE_NOTSUP;

	if (!s)
		return -EIO;
	if (which == SERIAL_LINE_DTR)
		err = sergensio_dtr(s, on ? SERGENSIO_DTR_ON : SERGENSIO_DTR_OFF, NULL, NULL);
	else if (which == SERIAL_LINE_RTS)
		err = sergensio_rts(s, on ? SERGENSIO_RTS_ON : SERGENSIO_RTS_OFF, NULL, NULL);
	return err ? -EIO : 0;
}

int port_rfc2217_get_lines(const struct port *port, struct serial_lines *out)
{
	const struct rfc2217 *r = (const struct rfc2217 *)port;

	for (int i = SERIAL_LINES_IN; i < SERIAL_LINE_COUNT; i++) {
		out->on[i] = r->lines.on[i];
		out->times[i] = r->lines.times[i];
	}
	return 0;
}

#else

struct port *port_rfc2217_new(struct loop *loop, const char *address, long baud, struct err *e)
{
	(void)loop;
	(void)baud;
	err_set(e, -ENOTSUP, "%s: this hil was built without libgensio (apt-get install libgensio-dev, then make)",
		address);
	return NULL;
}

bool port_is_rfc2217(const struct port *port)
{
	(void)port;
	return false;
}

const char *port_rfc2217_name(const struct port *port)
{
	(void)port;
	return "";
}

int port_rfc2217_set_baud(struct port *port, long baud)
{
	(void)port;
	(void)baud;
	return -ENOTSUP;
}

int port_rfc2217_set_line(struct port *port, enum serial_line which, bool on)
{
	(void)port;
	(void)which;
	(void)on;
	return -ENOTSUP;
}

int port_rfc2217_get_lines(const struct port *port, struct serial_lines *out)
{
	(void)port;
	(void)out;
	return -ENOTSUP;
}

#endif
