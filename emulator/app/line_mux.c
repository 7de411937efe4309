/*
 * A port that carries ports: between the multiplexer (mux/), the UART below it and a line for each of its channels
 * (line.c). What a channel's host sees is that line's: buffers, unsolicited lines, DTR.
 */
#include "app/line_mux.h"

#include <stdlib.h>

#include "app/line.h"

struct mux_port {
	struct port port;
	struct emu *emu;
	unsigned channel;
};

static struct emu_line *uart(struct emu *m)
{
	return &m->line[EMU_PORT_UART];
}

static struct emu_line *line_of(struct emu *m, unsigned channel)
{
	return &m->line[EMU_PORT_MUX1 + channel - 1];
}

/* --- a channel as a port ----------------------------------------------------------------------------------------- */

static long mux_port_write(struct port *port, const void *p, size_t n)
{
	const struct mux_port *mp = (const struct mux_port *)port;

	return uart(mp->emu)->blocked ? 0 : (long)mux_write(mp->emu->mux, mp->channel, p, n);
}

static void mux_port_pause(struct port *port, bool paused)
{
	const struct mux_port *mp = (const struct mux_port *)port;

	mux_hold(mp->emu->mux, mp->channel, paused);
}

/* What was framed is the UART's. */
static void mux_port_flush(struct port *port)
{
	(void)port;
}

static long mux_port_peer_baud(struct port *port)
{
	(void)port;
	return 0;
}

static void mux_port_free(struct port *port)
{
	free(port);
}

static struct port *mux_port_new(struct emu *m, unsigned channel)
{
	static const struct port_ops ops = {
		.write = mux_port_write,
		.pause = mux_port_pause,
		.flush = mux_port_flush,
		.peer_baud = mux_port_peer_baud,
		.free = mux_port_free,
	};
	struct mux_port *mp = calloc(1, sizeof(*mp));

	if (!mp)
		return NULL;
	mp->port.ops = &ops;
	mp->port.away = true;
	mp->emu = m;
	mp->channel = channel;
	return &mp->port;
}

/* --- what the multiplexer tells ---------------------------------------------------------------------------------- */

static void on_out(const void *p, size_t n, void *ctx)
{
	struct emu *m = ctx;

	trace_bytes(uart(m)->trace, TRACE_MODEM, p, n);
	line_send(uart(m), p, n);
	line_look_at_backlog(m);
}

static void on_data(unsigned channel, const void *p, size_t n, void *ctx)
{
	const struct port *port = line_of(ctx, channel)->port;

	port->rx(p, n, port->ctx);
}

static void tell_port(struct emu *m, unsigned channel, enum port_event ev)
{
	struct port *port = line_of(m, channel)->port;

	if (ev != PORT_EVENT_WRITABLE)
		port->away = ev == PORT_EVENT_CLOSED;
	port->event(ev, port->ctx);
}

/* The UART goes on as it was before. A call on a channel cannot be got back to, whatever &D says [guess]. */
static void leave(struct emu *m)
{
	uart(m)->multiplexed = false;
	for (unsigned i = 1; i <= MUX_CHANNELS; i++)
		at_data_hangup(line_of(m, i)->at);
	trace_text(uart(m)->trace, TRACE_NOTE, "cmux: ended, the UART takes commands");
	line_update(uart(m));
}

static void on_event(enum mux_event ev, unsigned channel, void *ctx)
{
	struct emu *m = ctx;

	switch (ev) {
	case MUX_EVENT_OPENED:
		tell_port(m, channel, PORT_EVENT_OPENED);
		break;
	case MUX_EVENT_CLOSED:
		tell_port(m, channel, PORT_EVENT_CLOSED);
		break;
	case MUX_EVENT_WRITABLE:
		tell_port(m, channel, PORT_EVENT_WRITABLE);
		break;
	case MUX_EVENT_DTR_DROPPED:
		trace_text(line_of(m, channel)->trace, TRACE_NOTE, "DTR dropped");
		at_dtr_drop(line_of(m, channel)->at);
		break;
	case MUX_EVENT_ENDED:
		leave(m);
		break;
	}
}

/* --- life -------------------------------------------------------------------------------------------------------- */

static bool make_mux(struct emu *m)
{
	const struct quirks *q = &m->setup->profile->q;
	const struct mux_ways ways = {
		.frame_max = (size_t)q->cmux_frame_max,
		.final = q->cmux_final,
		.tell_status = q->cmux_status,
		.idle_flags = (unsigned)q->cmux_idle_flags,
		.ua_again = (unsigned)q->cmux_ua_again,
		.notice = q->cmux_notice,
	};
	const struct mux_hooks hooks = { .out = on_out, .data = on_data, .event = on_event, .ctx = m };

	m->mux = mux_new(&ways, &hooks, m->trace);
	return m->mux != NULL;
}

static bool make_line(struct emu *m, unsigned channel)
{
	struct emu_line *l = line_of(m, channel);
	struct err e = { 0 };

	if (l->at)
		return true;
	if (!l->port)
		l->port = mux_port_new(m, channel);
	if (!l->port || line_open(l, &e))
		return false;
	*at_stored_settings(l->at) = *at_stored_settings(uart(m)->at);
	line_listen(l);
	return true;
}

bool line_mux_ask(size_t n1, void *ctx)
{
	struct emu *m = ctx;
	bool made = m->mux || make_mux(m);

	for (unsigned i = 1; made && i <= MUX_CHANNELS; i++)
		made = make_line(m, i);
	m->mux_asked = made;
	m->mux_n1 = n1;
	return made;
}

/* Each multiplexer finds its channels as after power-on [guess]. */
void line_mux_over(struct emu *m)
{
	if (!m->mux_asked)
		return;
	m->mux_asked = false;
	for (unsigned i = 1; i <= MUX_CHANNELS; i++) {
		at_enable(line_of(m, i)->at, true);
		at_reset(line_of(m, i)->at);
	}
	trace_text(uart(m)->trace, TRACE_NOTE, "cmux: the UART is a multiplexer's line from here on");
	mux_start(m->mux, m->mux_n1);
	uart(m)->multiplexed = true;
	line_update(uart(m));
}

size_t line_mux_feed(struct emu *m, const void *p, size_t n)
{
	trace_bytes(uart(m)->trace, TRACE_HOST, p, n);
	return mux_feed(m->mux, p, n);
}

void line_mux_writable(struct emu *m)
{
	for (unsigned i = 1; i <= MUX_CHANNELS; i++) {
		if (line_of(m, i)->blocked)
			tell_port(m, i, PORT_EVENT_WRITABLE);
	}
}

void line_mux_carrier(struct emu_line *l, bool on)
{
	mux_carrier(l->emu->mux, (unsigned)(l->role - EMU_PORT_MUX1 + 1), on);
}

void line_mux_stop(struct emu *m)
{
	m->mux_asked = false;
	if (!uart(m)->multiplexed)
		return;
	mux_stop(m->mux);
	leave(m);
}
