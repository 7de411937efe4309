/*
 * Wiring of one modem: ports (line.c) -> AT channels -> device -> world, and back. The only place that names concrete
 * back ends; no behaviour of the modem lives here.
 */
#include "app/emu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/control.h"
#include "app/emu_internal.h"
#include "app/explain.h"
#include "app/line.h"
#include "app/line_mux.h"
#include "app/settings.h"
#include "app/signals.h"
#include "io/port_speed.h"
#include "io/port_wire.h"
#include "modem/pins.h"

enum { WHY_MAX_BYTES = 4096 };

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

const char *emu_field_revision(const char *name)
{
	return profile_field_revision(name);
}

/* What is told to the host may have to wait at a prompt: then it is no output yet. */
static void on_event(const struct modem_event *ev, void *ctx)
{
	struct emu *m = ctx;

	if (ev->type == MODEM_EVENT_POWERED_ON)
		line_forget_output(m);
	cmd_event(ev, &m->host);
	if (ev->type == MODEM_EVENT_SMS_STORED || ev->type == MODEM_EVENT_SMS_ROUTED)
		pins_ring(m->modem->pins, PINS_RING_SMS);
	if (ev->type == MODEM_EVENT_POWERED_OFF || ev->type == MODEM_EVENT_REBOOT)
		line_mux_stop(m);
	line_look_at_backlog(m);
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

static void on_speed_found(long baud, void *ctx)
{
	struct emu *m = ctx;

	line_set_pace(&m->line[EMU_PORT_UART], baud);
	cmd_autobaud(m->line[EMU_PORT_UART].at, baud);
}

/* Above the wire: what is under way there was sent at the speed of its time. NULL with below freed when out of memory. */
static struct port *add_speed(struct emu *m, const struct emu_options *o, struct port *below)
{
	const struct quirks *q = &o->setup->profile->q;
	const struct port_speed_config cfg = {
		.exact = q->uart_speed == QUIRK_uart_speed_exact, .trace = m->trace, .found = on_speed_found, .ctx = m,
	};

	if (!cfg.exact && !q->autobaud)
		return below;
	return m->line[EMU_PORT_UART].speed = port_speed_new(below, &cfg);
}

static struct port *add_layers(const struct emu_options *o, struct emu *m, struct err *e)
{
	const struct quirks *q = &o->setup->profile->q;
	struct port_wire_config cfg = {
		.baud = o->baud,
		.to_peer = { (size_t)q->host_rx_fifo_bytes, (unsigned)q->host_rx_drain_bytes_per_ms },
		.from_peer = { (size_t)q->modem_rx_fifo_bytes, (unsigned)q->modem_rx_drain_bytes_per_ms },
		.trace = m->trace,
	};
	struct port *port = o->port;

	if (wants_wire(o, q))
		port = port_wire_new(o->clock, port, &cfg);
	if (port && o->baud)
		m->line[EMU_PORT_UART].paced = port;
	if (port)
		port = add_speed(m, o, port);
	if (!port)
		err_set(e, -ENOMEM, "out of memory");
	return port;
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

	m->link = link_new(&lo);
	if (!m->link)
		return err_set(e, -ENOMEM, "out of memory");
	mo.link = m->link;
	m->modem = modem_new(&mo, on_event, m, e);
	if (!m->modem)
		return -EINVAL;
	m->host.modem = m->modem;
	m->host.multiplex = line_mux_ask;
	m->host.multiplex_ctx = m;
	return 0;
}

/* The UART first: it is the channel that keeps the settings. */
static int open_lines(struct emu *m, struct err *e)
{
	for (int role = 0; role < EMU_PORT_COUNT; role++) {
		if (m->line[role].port && line_open(&m->line[role], e))
			return -ENOMEM;
	}
	line_load_settings(m);
	for (int role = 0; role < EMU_PORT_COUNT; role++)
		line_listen(&m->line[role]);
	return 0;
}

static struct emu *adopt_ports(const struct emu_options *o)
{
	struct emu *m = calloc(1, sizeof(*m));

	if (!m)
		port_free(o->port);
	for (int role = EMU_PORT_UART + 1; role < EMU_PORT_COUNT; role++) {
		if (!m)
			port_free(o->more[role]);
		else
			line_init(&m->line[role], m, role, o->more[role]);
	}
	if (!m)
		return NULL;
	line_init(&m->line[EMU_PORT_UART], m, EMU_PORT_UART, o->port);
	for (int role = EMU_PORT_MUX1; role < EMU_LINE_COUNT; role++)
		line_init(&m->line[role], m, role, NULL);
	return m;
}

struct emu *emu_new(const struct emu_options *o, struct err *e)
{
	struct emu *m = adopt_ports(o);

	if (!m)
		return NULL;
	m->setup = o->setup;
	m->clock = o->clock;
	buf_init(&m->last_why, WHY_MAX_BYTES);
	signals_init(m);
	m->trace = trace_new(clock_now_for_trace, o->clock);
	if (!m->trace)
		goto fail;
	trace_add_sink(m->trace, on_trace, m);
	m->line[EMU_PORT_UART].port = add_layers(o, m, e);
	if (!m->line[EMU_PORT_UART].port || make_device(m, o, e) || open_lines(m, e))
		goto fail;
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
	signals_stop(m);
	for (int role = 0; role < EMU_LINE_COUNT; role++)
		line_free_channel(&m->line[role]);
	modem_free(m->modem);
	link_free(m->link);
	for (int role = 0; role < EMU_LINE_COUNT; role++)
		line_free(&m->line[role]);
	mux_free(m->mux);
	trace_free(m->trace);
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
