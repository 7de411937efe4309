/*
 * Wiring of one modem: port -> wire -> AT channel -> device -> world, and back. The only place that names concrete
 * back ends; no behaviour of the modem lives here.
 */
#include "app/emu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/control.h"
#include "app/emu_internal.h"
#include "app/explain.h"
#include "app/settings.h"
#include "io/port_wire.h"

enum {
	HOLD_ABOVE_BYTES = 8 * 1024,	/* leaves room for what is under way when the peers are told */
	RELEASE_BELOW_BYTES = 1024,
	OUT_MAX_BYTES = 32 * 1024,	/* kept for a host that does not read; a PTY holds 20,480 more */
	WHY_MAX_BYTES = 4096,
};

struct emu_setup *emu_setup_load(const struct emu_setup_options *o, struct err *e)
{
	struct emu_setup *s = calloc(1, sizeof(*s));
	int err = 0;

	if (!s)
		return NULL;
	s->profile = profile_load(o->profile ? o->profile : profile_default_name(), e);
	s->world = s->profile ? world_load(o->worlds, o->n_worlds, e) : NULL;
	for (size_t i = 0; s->world && !err && i < o->n_quirks; i++)
		err = profile_set(s->profile, o->quirks[i], e);
	if (s->world && !err)
		return s;
	emu_setup_free(s);
	return NULL;
}

void emu_setup_free(struct emu_setup *s)
{
	if (!s)
		return;
	world_free(s->world);
	profile_free(s->profile);
	free(s);
}

const char *emu_setup_profile_name(const struct emu_setup *s)
{
	return s->profile->name;
}

const char *emu_setup_profile_alias(const struct emu_setup *s)
{
	return s->profile->alias;
}

const char *emu_setup_profile_summary(const struct emu_setup *s)
{
	return s->profile->summary;
}

const char *const *emu_profile_names(void)
{
	return profile_names();
}

const char *emu_default_profile(void)
{
	return profile_default_name();
}

/* What the host has not taken yet holds back the peers that send by themselves, before anything is lost. */
static void look_at_backlog(struct emu *m)
{
	size_t waiting = m->out.len;

	for (size_t i = 0; i < m->host.n; i++)
		waiting += at_urc_waiting(m->host.channel[i]);
	if (waiting > HOLD_ABOVE_BYTES)
		link_hold(m->link, true);
	else if (waiting < RELEASE_BELOW_BYTES)
		link_hold(m->link, false);
}

/* Gives the port what waits; stops at the first short write and goes on at PORT_EVENT_WRITABLE. */
static void flush_out(struct emu *m)
{
	long n = 1;

	while (m->out.len && n > 0) {
		n = port_write(m->port, m->out.data, m->out.len);
		if (n > 0)
			buf_drop(&m->out, (size_t)n);
	}
	m->blocked = m->out.len > 0;
	look_at_backlog(m);
	for (size_t i = 0; !m->blocked && i < m->host.n; i++)
		at_host_ready(m->host.channel[i]);
}

static bool is_full(void *ctx)
{
	return ((struct emu *)ctx)->blocked;
}

static void keep_out(struct emu *m, const char *p, size_t n)
{
	m->blocked = true;
	if (!buf_add(&m->out, p, n))
		return;
	if (!m->lost_bytes)
		trace_text(m->trace, TRACE_FAULT, "the host does not read: output is lost from here on");
	m->lost_bytes += n;
}

/* Straight to the port while it takes everything; the queue is only for a host that does not read. */
static void on_out(const void *p, size_t n, void *ctx)
{
	struct emu *m = ctx;
	long sent = m->blocked ? 0 : port_write(m->port, p, n);
	size_t done = sent > 0 ? (size_t)sent : 0;

	if (done < n)
		keep_out(m, (const char *)p + done, n - done);
	look_at_backlog(m);
}

/* What is told to the host may have to wait at a prompt: then it is no output yet. */
static void on_event(const struct modem_event *ev, void *ctx)
{
	struct emu *m = ctx;

	cmd_event(ev, &m->host);
	look_at_backlog(m);
}

static void on_baud(long baud, void *ctx)
{
	struct emu *m = ctx;

	if (m->paced)
		port_wire_set_baud(m->port, baud);
}

static void on_flows(struct at_channel *at, void *ctx)
{
	struct emu *m = ctx;

	(void)at;
	cmd_flows(&m->host);
}

static void on_stored(void *ctx)
{
	struct emu *m = ctx;

	settings_save(m->modem->store, at_stored_settings(m->host.channel[0]));
}

static void on_port_rx(const void *p, size_t n, void *ctx)
{
	struct emu *m = ctx;

	at_feed(m->host.channel[0], p, n);
}

static void on_port_event(enum port_event ev, void *ctx)
{
	struct emu *m = ctx;

	switch (ev) {
	case PORT_EVENT_WRITABLE:
		flush_out(m);
		break;
	case PORT_EVENT_OPENED:
		trace_text(m->trace, TRACE_NOTE, "port opened");
		break;
	case PORT_EVENT_CLOSED:
		trace_text(m->trace, TRACE_NOTE, "port closed");
		at_dtr_drop(m->host.channel[0]);
		break;
	case PORT_EVENT_BAUD:
		trace_text(m->trace, TRACE_NOTE, "host line speed %ld", port_peer_baud(m->port));
		break;
	}
}

static void on_trace(const struct trace_event *ev, void *ctx)
{
	struct emu *m = ctx;

	if (ev->kind != TRACE_WHY)
		return;
	buf_reset(&m->last_why);
	explain_event(ev, &m->last_why);
}

static bool wants_wire(const struct emu_options *o, const struct quirks *q)
{
	return o->baud || q->host_rx_fifo_bytes || q->modem_rx_fifo_bytes;
}

static struct port *add_wire(const struct emu_options *o, struct emu *m, struct err *e)
{
	const struct quirks *q = &o->setup->profile->q;
	struct port_wire_config cfg = {
		.baud = o->baud,
		.to_peer = { (size_t)q->host_rx_fifo_bytes, (unsigned)q->host_rx_drain_bytes_per_ms },
		.from_peer = { (size_t)q->modem_rx_fifo_bytes, (unsigned)q->modem_rx_drain_bytes_per_ms },
		.trace = m->trace,
	};
	struct port *wire;

	if (!wants_wire(o, q))
		return o->port;
	m->paced = o->baud > 0;
	wire = port_wire_new(o->clock, o->port, &cfg);
	if (!wire)
		err_set(e, -ENOMEM, "out of memory");
	return wire;
}

static int make_device(struct emu *m, const struct emu_options *o, struct err *e)
{
	const struct link_options lo = {
		.world = o->setup->world, .clock = o->clock, .trace = m->trace, .loop = o->loop,
		.allow_network = o->allow_network,
	};
	struct modem_options mo = {
		.profile = o->setup->profile, .clock = o->clock, .trace = m->trace, .seed = o->seed,
		.state_dir = o->state_dir,
	};
	struct at_hooks hooks = {
		.out = on_out, .gate = cmd_gate, .baud = on_baud, .full = is_full, .stored = on_stored,
		.flows = on_flows, .ctx = m,
	};

	m->link = link_new(&lo);
	if (!m->link)
		return err_set(e, -ENOMEM, "out of memory");
	mo.link = m->link;
	m->modem = modem_new(&mo, on_event, m, e);
	if (!m->modem)
		return -EINVAL;
	m->host.modem = m->modem;
	m->host.channel[0] = at_new(cmd_tables(), o->setup->profile, o->clock, m->trace, &hooks, &m->host);
	if (!m->host.channel[0])
		return err_set(e, -ENOMEM, "out of memory");
	m->host.n = 1;
	settings_load(m->modem->store, at_stored_settings(m->host.channel[0]));
	at_reset(m->host.channel[0]);
	return 0;
}

struct emu *emu_new(const struct emu_options *o, struct err *e)
{
	struct emu *m = calloc(1, sizeof(*m));

	if (!m) {
		port_free(o->port);
		return NULL;
	}
	m->setup = o->setup;
	m->clock = o->clock;
	buf_init(&m->out, OUT_MAX_BYTES);
	buf_init(&m->last_why, WHY_MAX_BYTES);
	m->port = o->port;
	m->trace = trace_new(clock_now_for_trace, o->clock);
	if (!m->trace)
		goto fail;
	trace_add_sink(m->trace, on_trace, m);
	m->port = add_wire(o, m, e);
	if (!m->port || make_device(m, o, e))
		goto fail;
	port_set_owner(m->port, on_port_rx, on_port_event, m);
	modem_power_on(m->modem, o->cold ? MODEM_BOOT_COLD : MODEM_BOOT_WARM);
	return m;
fail:
	emu_free(m);
	return NULL;
}

void emu_free(struct emu *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->host.n; i++)
		at_free(m->host.channel[i]);
	modem_free(m->modem);
	link_free(m->link);
	port_free(m->port);
	trace_free(m->trace);
	buf_free(&m->out);
	buf_free(&m->last_why);
	free(m);
}

struct trace *emu_trace(struct emu *m)
{
	return m->trace;
}

int emu_control(struct emu *m, const char *line, struct buf *reply)
{
	return control_run(m, line, reply);
}
