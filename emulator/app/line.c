/*
 * One port of a modem and its channel: bytes in, bytes out, and what happens when a host does not read, has left, or
 * was never there. A port that nobody reads must not stop the others.
 */
#include "app/line.h"

#include <errno.h>
#include <string.h>

#include "app/line_mux.h"
#include "app/settings.h"
#include "app/signals.h"
#include "io/port_speed.h"
#include "io/port_wire.h"
#include "modem/pins.h"

enum {
	HOLD_ABOVE_BYTES = 8 * 1024, /* leaves room for what is under way when the peers are told */
	RELEASE_BELOW_BYTES = 1024,
	OUT_MAX_BYTES = 32 * 1024, /* kept for a host that does not read; a PTY holds 20,480 more */
	STUCK_US = 1000000,	   /* a host that took nothing for so long is not reading */
};

static const struct {
	const char *name;
	bool commands;
	enum cmd_port port;
} roles[EMU_LINE_COUNT] = {
	[EMU_PORT_UART] = { "uart", true, CMD_PORT_UART },
	[EMU_PORT_AT] = { "at", true, CMD_PORT_AT },
	[EMU_PORT_MODEM] = { "modem", true, CMD_PORT_MODEM },
	[EMU_PORT_NMEA] = { "nmea", false, CMD_PORT_UART },
	[EMU_PORT_MUX1] = { "mux1", true, CMD_PORT_MUX1 },
	[EMU_PORT_MUX1 + 1] = { "mux2", true, CMD_PORT_MUX1 + 1 },
	[EMU_PORT_MUX1 + 2] = { "mux3", true, CMD_PORT_MUX1 + 2 },
	[EMU_PORT_MUX4] = { "mux4", true, CMD_PORT_MUX4 },
};

const char *emu_port_name(enum emu_port_role role)
{
	return roles[role].name;
}

/*
 * USB, or a channel of the multiplexer: output goes nowhere while no host has it open. A UART speaks whether anybody
 * listens or not.
 */
static bool is_usb(const struct emu_line *l)
{
	return l->role != EMU_PORT_UART;
}

static bool is_open(const struct emu_line *l)
{
	return l->port && !(is_usb(l) && l->port->away);
}

/* Only the UART has a line to say so. */
static bool is_held(const struct emu_line *l)
{
	return !is_usb(l) && signals_hold_output(l->emu);
}

static bool is_deaf(const struct emu_line *l)
{
	return !is_open(l) || l->stuck || l->multiplexed;
}

/* Channels and the UART below them are read by one host. */
static bool is_on_uart(const struct emu_line *l)
{
	return l->role == EMU_PORT_UART || l->role >= EMU_PORT_MUX1;
}

void line_look_at_backlog(struct emu *m)
{
	size_t waiting = 0;

	for (int role = 0; role < EMU_LINE_COUNT; role++) {
		const struct emu_line *l = &m->line[role];

		if (l->at && !is_deaf(l))
			waiting += l->out.len + at_urc_waiting(l->at);
	}
	if (waiting > HOLD_ABOVE_BYTES)
		link_hold(m->link, true);
	else if (waiting < RELEASE_BELOW_BYTES)
		link_hold(m->link, false);
}

/* Who stopped listening may have been the one that others waited for. */
void line_update(struct emu_line *l)
{
	struct cmd_host *h = &l->emu->host;
	unsigned bit = 1u << l->channel, before = h->deaf;

	if (!l->at)
		return;
	h->deaf = is_deaf(l) ? before | bit : before & ~bit;
	line_look_at_backlog(l->emu);
	if (h->deaf & ~before)
		cmd_flows(h);
}

static bool has_company(const struct emu_line *l)
{
	for (int role = 0; role < EMU_LINE_COUNT; role++) {
		const struct emu_line *o = &l->emu->line[role];

		if (o != l && o->at && is_open(o) && !(is_on_uart(l) && is_on_uart(o)))
			return true;
	}
	return false;
}

/* Alone, a port that is not read holds the modem, and nothing is lost; among others it has a time limit. */
static bool has_limit(const struct emu_line *l)
{
	const struct emu_line *uart = &l->emu->line[EMU_PORT_UART];

	if (l->role >= EMU_PORT_MUX1 && !uart->blocked)
		return true;	/* the host holds this channel and reads the others */
	return has_company(l);
}

static void watch_stuck(struct emu_line *l)
{
	if (l->emu->host.n > 1)
		clock_arm(l->emu->clock, &l->stuck_timer, STUCK_US);
}

static void on_stuck(void *ctx)
{
	struct emu_line *l = ctx;

	if (!has_limit(l)) {
		watch_stuck(l);
		return;
	}
	l->stuck = true;
	trace_text(l->trace, TRACE_FAULT, "nobody reads the port %s: no unsolicited lines until somebody does",
		   roles[l->role].name);
	line_update(l);
}

static void blocked(struct emu_line *l)
{
	if (!l->blocked)
		watch_stuck(l);
	l->blocked = true;
}

static void moves(struct emu_line *l)
{
	l->stuck = false;
	timer_cancel(&l->stuck_timer);
	if (l->blocked)
		watch_stuck(l);
	line_update(l);
}

/* Gives the port what waits; stops at the first short write and goes on at PORT_EVENT_WRITABLE. */
static void flush_out(struct emu_line *l)
{
	long n = 1;

	while (l->out.len && n > 0 && !is_held(l)) {
		n = port_write(l->port, l->out.data, l->out.len);
		if (n > 0)
			buf_drop(&l->out, (size_t)n);
	}
	l->blocked = l->out.len > 0;
	moves(l);
	if (l->blocked)
		return;
	if (l->multiplexed)
		line_mux_writable(l->emu);
	else if (l->at)
		at_host_ready(l->at);
}

static void keep_out(struct emu_line *l, const char *p, size_t n)
{
	blocked(l);
	if (!buf_add(&l->out, p, n))
		return;
	if (!l->lost_bytes)
		trace_text(l->trace, TRACE_FAULT, "the host does not read: output is lost from here on");
	l->lost_bytes += n;
}

/* Straight to the port while it takes everything; the queue is only for a host that does not read. */
void line_send(struct emu_line *l, const void *p, size_t n)
{
	long sent;
	size_t done;

	if (!is_open(l))
		return;
	sent = l->blocked || is_held(l) ? 0 : port_write(l->port, p, n);
	done = sent > 0 ? (size_t)sent : 0;
	if (done < n)
		keep_out(l, (const char *)p + done, n - done);
}

void line_set_pace(struct emu_line *l, long baud)
{
	if (l->paced)
		port_wire_set_baud(l->paced, baud);
}

/* --- hooks of the channel ---------------------------------------------------------------------------------------- */

static void on_out(const void *p, size_t n, void *ctx)
{
	struct emu_line *l = ctx;

	if (l->multiplexed)
		return;	/* bytes between frames would be noise */
	line_send(l, p, n);
	line_look_at_backlog(l->emu);
}

static bool is_full(void *ctx)
{
	return ((struct emu_line *)ctx)->blocked;
}

static void on_baud(long baud, void *ctx)
{
	struct emu_line *l = ctx;

	if (l->speed)
		port_speed_set(l->speed, baud);
	line_set_pace(l, baud);
}

static void on_carrier(bool on, void *ctx)
{
	struct emu_line *l = ctx;

	if (!is_usb(l))
		signals_carrier(l->emu, on);
	else if (l->role >= EMU_PORT_MUX1)
		line_mux_carrier(l, on);
}

static void on_unsolicited(void *ctx)
{
	struct emu_line *l = ctx;

	if (is_on_uart(l))
		pins_ring(l->emu->modem->pins, PINS_RING_URC);
}

static void on_flows(struct at_channel *at, void *ctx)
{
	(void)at;
	cmd_flows(&((struct emu_line *)ctx)->emu->host);
}

static void on_over(struct at_channel *at, void *ctx)
{
	struct emu_line *l = ctx;

	(void)at;
	if (l->role == EMU_PORT_UART)
		line_mux_over(l->emu);
}

/* One stored profile for all ports of a modem [guess]. */
static void spread_settings(struct emu *m, struct at_channel *from)
{
	for (size_t i = 0; i < m->host.n; i++) {
		if (m->host.channel[i] != from)
			*at_stored_settings(m->host.channel[i]) = *at_stored_settings(from);
	}
}

static void on_stored(void *ctx)
{
	struct emu_line *l = ctx;

	spread_settings(l->emu, l->at);
	settings_save(l->emu->modem->store, at_stored_settings(l->at));
}

void line_load_settings(struct emu *m)
{
	struct at_channel *uart = m->line[EMU_PORT_UART].at;

	settings_load(m->modem->store, at_stored_settings(uart));
	spread_settings(m, uart);
	for (size_t i = 0; i < m->host.n; i++)
		at_reset(m->host.channel[i]);
}

/* --- events of the port ------------------------------------------------------------------------------------------ */

static void on_port_rx(const void *p, size_t n, void *ctx)
{
	struct emu_line *l = ctx;
	bool held = is_held(l);
	size_t took;

	if (!is_usb(l) && pins_asleep(l->emu->modem->pins)) {
		trace_text(l->trace, TRACE_NOTE, "asleep (AT+CSCLK=1, DTR off or just on): %zu bytes of the host are lost", n);
		return;
	}
	took = l->multiplexed ? line_mux_feed(l->emu, p, n) : 0;
	if (l->at && took < n)
		at_feed(l->at, (const char *)p + took, n - took);
	if (held && !is_held(l))	/* AT+IFC or AT&F: RTS has no say any more */
		flush_out(l);
}

/* The host has left: it drops DTR, and what it has not read is not for the next one. */
static void closed(struct emu_line *l)
{
	trace_text(l->trace, TRACE_NOTE, "port closed");
	if (!is_usb(l)) {
		signals_host(l->emu, false);
		return;
	}
	if (l->at)
		at_dtr_drop(l->at);
	buf_reset(&l->out);
	port_flush(l->port);
	flush_out(l);
}

static void on_port_event(enum port_event ev, void *ctx)
{
	struct emu_line *l = ctx;

	switch (ev) {
	case PORT_EVENT_WRITABLE:
		flush_out(l);
		break;
	case PORT_EVENT_OPENED:
		trace_text(l->trace, TRACE_NOTE, "port opened");
		if (!is_usb(l))
			signals_host(l->emu, true);
		line_update(l);
		break;
	case PORT_EVENT_CLOSED:
		closed(l);
		break;
	case PORT_EVENT_BAUD:
		trace_text(l->trace, TRACE_NOTE, "host line speed %ld", port_peer_baud(l->port));
		break;
	}
}

/* --- life -------------------------------------------------------------------------------------------------------- */

void line_init(struct emu_line *l, struct emu *m, enum emu_port_role role, struct port *port)
{
	l->emu = m;
	l->role = role;
	l->port = port;
	buf_init(&l->out, OUT_MAX_BYTES);
	timer_init(&l->stuck_timer, on_stuck, l);
}

static int open_channel(struct emu_line *l, struct err *e)
{
	struct emu *m = l->emu;
	const struct at_hooks hooks = {
		.out = on_out,
		.gate = cmd_gate,
		.baud = on_baud,
		.full = is_full,
		.stored = on_stored,
		.flows = on_flows,
		.carrier = on_carrier,
		.unsolicited = on_unsolicited,
		.over = on_over,
		.ctx = l,
	};

	l->at = at_new(cmd_tables(), m->setup->profile, m->clock, l->trace, &hooks, &m->host);
	if (!l->at)
		return err_set(e, -ENOMEM, "out of memory");
	l->channel = m->host.n++;
	m->host.channel[l->channel] = l->at;
	m->host.port[l->channel] = roles[l->role].port;
	return 0;
}

/* Sentences are one way: what the host does not take is lost whole, the next second brings new ones. */
static void on_nmea(const void *p, size_t n, void *ctx)
{
	struct emu_line *l = ctx;

	if (!is_open(l) || l->blocked)
		return;
	trace_bytes(l->trace, TRACE_MODEM, p, n);
	line_send(l, p, n);
}

int line_open(struct emu_line *l, struct err *e)
{
	l->trace = is_usb(l) ? trace_new_port(l->emu->trace, roles[l->role].name) : l->emu->trace;
	if (!l->trace)
		return err_set(e, -ENOMEM, "out of memory");
	if (roles[l->role].commands)
		return open_channel(l, e);
	l->emu->host.nmea = on_nmea;
	l->emu->host.nmea_ctx = l;
	return 0;
}

void line_listen(struct emu_line *l)
{
	if (!l->port)
		return;
	line_update(l);
	port_set_owner(l->port, on_port_rx, on_port_event, l);
}

void line_free_channel(struct emu_line *l)
{
	timer_cancel(&l->stuck_timer);
	at_free(l->at);
}

void line_free(struct emu_line *l)
{
	port_free(l->port);
	if (is_usb(l))
		trace_free(l->trace);
	buf_free(&l->out);
}

void line_go_on(struct emu *m)
{
	flush_out(&m->line[EMU_PORT_UART]);
}

void line_forget_output(struct emu *m)
{
	for (int role = 0; role < EMU_PORT_COUNT; role++) {
		if (!m->line[role].port)
			continue;
		buf_reset(&m->line[role].out);
		port_flush(m->line[role].port);
		flush_out(&m->line[role]);	/* a port that was full has room now, and may not tell */
	}
}

struct at_channel *line_channel(const struct emu *m, const char *name, size_t n)
{
	for (int role = 0; role < EMU_LINE_COUNT; role++) {
		if (strlen(roles[role].name) == n && !memcmp(roles[role].name, name, n))
			return m->line[role].at;
	}
	return NULL;
}

void line_status(const struct emu *m, struct buf *reply)
{
	uint64_t lost = 0;

	for (int role = 0; role < EMU_LINE_COUNT; role++) {
		const struct emu_line *l = &m->line[role];

		lost += l->lost_bytes;
		if (l->port && is_usb(l) && (role < EMU_PORT_MUX1 || m->line[EMU_PORT_UART].multiplexed))
			buf_addf(reply, "port.%s=%s\n", roles[role].name,
				 l->stuck	 ? "not read"
				 : l->port->away ? "closed"
						 : "open");
	}
	buf_addf(reply, "lost_bytes=%llu\n", (unsigned long long)lost);
}
