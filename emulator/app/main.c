/* sim7600-emu: modems on PTYs (or sockets), each with its control socket and trace, on one event loop. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "app/emu.h"
#include "app/list.h"
#include "app/cli.h"
#include "app/socket.h"
#include "app/trace_file.h"
#include "io/loop.h"
#include "io/port_pty.h"
#include "io/port_stream.h"

struct unit {
	struct emu *emu;
	struct control_socket *control;
	struct trace_file *trace;
};

struct program {
	const struct cli *o;
	struct emu_setup *setup;
	struct clock *clock;
	struct loop *loop;
	struct unit *unit;
	uv_signal_t sigint, sigterm;
	uv_prepare_t before_wait;
	int signo;
};

/* path of unit i: itself for a single modem, path.i otherwise. Returns NULL for NULL. */
static const char *unit_path(const struct cli *o, const char *path, unsigned i, char *buf, size_t size)
{
	if (!path || o->count == 1)
		return path;
	snprintf(buf, size, "%s.%u", path, i);
	return buf;
}

static bool is_address(const char *where)
{
	return !strncmp(where, "tcp:", 4) || !strncmp(where, "unix:", 5) || !strncmp(where, "abstract:", 9);
}

/* One port of a unit while it is opened and told about. */
struct opening {
	struct port *port;
	const char *link;		/* of a PTY, or NULL */
	bool socket;
	char buf[4096];
};

/* where: an address (--listen takes nothing else), the path of a link, or NULL for a PTY without one. */
static int open_port(struct program *p, const char *where, unsigned i, struct opening *out, struct err *e)
{
	out->socket = where && (is_address(where) || where == p->o->listen);
	/* two units cannot share a TCP port, and any free one needs no number */
	out->link = where && !strncmp(where, "tcp:", 4) ? where : unit_path(p->o, where, i, out->buf, sizeof(out->buf));
	if (out->socket)
		out->port = port_stream_new(p->loop, out->link, e);
	else
		out->port = port_pty_new(p->loop, out->link, e);
	return out->port ? 0 : -1;
}

static const char *port_name(const struct opening *o)
{
	return o->socket ? port_stream_name(o->port) : port_pty_path(o->port);
}

static int open_ports(struct program *p, unsigned i, struct opening *ports, struct err *e)
{
	const struct cli *o = p->o;

	if (open_port(p, o->listen ? o->listen : o->link, i, &ports[EMU_PORT_UART], e))
		return -1;
	for (int role = EMU_PORT_UART + 1; role < EMU_PORT_COUNT; role++) {
		if (o->port[role] && open_port(p, *o->port[role] ? o->port[role] : NULL, i, &ports[role], e))
			return -1;
	}
	return 0;
}

static void say_ready(const struct program *p, const struct opening *ports)
{
	printf("ready %s", port_name(&ports[EMU_PORT_UART]));
	if (ports[EMU_PORT_UART].link && !ports[EMU_PORT_UART].socket)
		printf(" link=%s", ports[EMU_PORT_UART].link);
	printf(" profile=%s", emu_setup_profile_name(p->setup));
	for (int role = EMU_PORT_UART + 1; role < EMU_PORT_COUNT; role++) {
		if (!ports[role].port)
			continue;
		printf(" %s=%s", emu_port_name(role), port_name(&ports[role]));
		if (ports[role].link && !ports[role].socket)
			printf(" %s.link=%s", emu_port_name(role), ports[role].link);
	}
	putchar('\n');
	fflush(stdout);
}

static struct emu *make_modem(struct program *p, unsigned i, struct opening *ports, struct err *e)
{
	const struct cli *o = p->o;
	char state_buf[4096];
	struct emu_options eo = {
		.setup = p->setup, .clock = p->clock, .loop = p->loop, .allow_network = o->allow_network,
		.baud = o->baud, .cold = o->cold,
		.seed = o->seed + i, .state_dir = unit_path(o, o->state_dir, i, state_buf, sizeof(state_buf)),
	};
	int err = open_ports(p, i, ports, e);

	eo.port = ports[EMU_PORT_UART].port;
	for (int role = EMU_PORT_UART + 1; role < EMU_PORT_COUNT; role++)
		eo.more[role] = ports[role].port;
	if (!err)
		return emu_new(&eo, e);
	port_free(eo.port);
	for (int role = EMU_PORT_UART + 1; role < EMU_PORT_COUNT; role++)
		port_free(eo.more[role]);
	return NULL;
}

static int start_unit(struct program *p, unsigned i, struct err *e)
{
	const struct cli *o = p->o;
	char control_buf[4096], trace_buf[4096];
	const char *control = unit_path(o, o->control, i, control_buf, sizeof(control_buf));
	const char *trace = unit_path(o, o->trace, i, trace_buf, sizeof(trace_buf));
	struct opening ports[EMU_PORT_COUNT] = { 0 };
	struct unit *u = &p->unit[i];

	u->emu = make_modem(p, i, ports, e);
	if (!u->emu)
		return -1;
	if (trace && !(u->trace = trace_file_new(emu_trace(u->emu), trace, e)))
		return -1;
	if (control && !(u->control = control_socket_new(p->loop, control, u->emu, e)))
		return -1;
	say_ready(p, ports);
	return 0;
}

static void stop_unit(struct unit *u)
{
	control_socket_free(u->control);
	trace_file_free(u->trace);
	emu_free(u->emu);
}

static void on_signal(uv_signal_t *h, int signo)
{
	struct program *p = h->data;

	p->signo = signo;
	loop_stop(p->loop);
}

/* Whatever was traced is on disk before the program sleeps, so that a killed run leaves a whole trace. */
static void on_before_wait(uv_prepare_t *h)
{
	struct program *p = h->data;

	for (unsigned i = 0; i < p->o->count; i++) {
		if (p->unit[i].trace)
			trace_file_flush(p->unit[i].trace);
	}
}

static void start_handles(struct program *p)
{
	uv_loop_t *uv = loop_uv(p->loop);

	uv_signal_init(uv, &p->sigint);
	uv_signal_init(uv, &p->sigterm);
	uv_prepare_init(uv, &p->before_wait);
	p->sigint.data = p->sigterm.data = p->before_wait.data = p;
	uv_signal_start(&p->sigint, on_signal, SIGINT);
	uv_signal_start(&p->sigterm, on_signal, SIGTERM);
	if (p->o->trace)
		uv_prepare_start(&p->before_wait, on_before_wait);
}

static void stop_handles(struct program *p)
{
	uv_close((uv_handle_t *)&p->sigint, NULL);
	uv_close((uv_handle_t *)&p->sigterm, NULL);
	uv_close((uv_handle_t *)&p->before_wait, NULL);
}

static int run(struct program *p, struct err *e)
{
	unsigned i = 0;

	while (i < p->o->count && !start_unit(p, i, e))
		i++;
	if (i == p->o->count)
		loop_run(p->loop);
	for (unsigned k = 0; k < p->o->count; k++)
		stop_unit(&p->unit[k]);
	return i == p->o->count ? 0 : 3;
}

static int run_program(struct program *p, struct err *e)
{
	const struct cli *o = p->o;
	struct emu_setup_options so = {
		.profile = o->profile, .worlds = o->world, .n_worlds = o->n_worlds,
		.quirks = o->quirk, .n_quirks = o->n_quirks,
	};
	int code = 2;

	p->setup = emu_setup_load(&so, e);
	if (!p->setup)
		return 2;
	p->clock = clock_new_monotonic(o->speed);
	p->loop = p->clock ? loop_new(p->clock) : NULL;
	p->unit = calloc(o->count, sizeof(*p->unit));
	if (p->loop && p->unit) {
		start_handles(p);
		code = run(p, e);
		stop_handles(p);
	} else {
		err_set(e, -ENOMEM, "cannot start");
	}
	loop_free(p->loop);
	clock_free(p->clock);
	emu_setup_free(p->setup);
	free(p->unit);
	return code;
}

int main(int argc, char **argv)
{
	struct cli o;
	struct program p = { .o = &o };
	struct err e = { 0 };
	int code = cli_parse(argc, argv, &o);

	if (code >= 0)
		return code;
	if (o.verb)
		return list_run(&o);
	signal(SIGPIPE, SIG_IGN);
	code = run_program(&p, &e);
	if (e.code)
		fprintf(stderr, "sim7600-emu: %s\n", e.msg);
	if (p.signo) {
		signal(p.signo, SIG_DFL);
		raise(p.signo);
	}
	return code;
}
