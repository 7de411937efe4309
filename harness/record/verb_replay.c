/* hil replay: a recording as the modem of a firmware, on a PTY; or, with --as-host, as the host of a modem. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/record/as_host.h"
#include "harness/replay_file.h"
#include "harness/record/live.h"
#include "harness/record/service.h"
#include "harness/target.h"
#include "harness/verbs.h"
#include "io/port_pty.h"

enum {
	BACKLOG_BYTES = 16 << 20,
	AWAY_US = 1000000, /* a firmware that has closed its port may open it again */
};

/* A recording between a PTY and its end. */
struct stage {
	const struct options *o;
	struct service s;
	struct modem_setup modem;
	struct port *port;
	struct target *target; /* once the firmware has opened the port */
	struct buf backlog;    /* what the firmware did not read yet */
	struct live *live;
	struct timer away;
	unsigned foreign;
	int code;
	struct err e;
};

static void show(struct stage *g, enum wire_from from, const void *p, size_t n)
{
	const struct wire_event ev = { .t_us = clock_now_us(g->s.clock), .from = from, .data = p, .len = n };

	if (g->live)
		live_add(g->live, &ev);
}

/* --- the recording's side -------------------------------------------------------------------------------------- */

static void flush_backlog(struct stage *g)
{
	long n = 1;

	while (g->backlog.len && n > 0) {
		n = port_write(g->port, g->backlog.data, g->backlog.len);
		if (n > 0)
			buf_drop(&g->backlog, (size_t)n);
	}
}

static void on_modem(const void *p, size_t n, void *ctx)
{
	struct stage *g = ctx;

	show(g, WIRE_MODEM, p, n);
	buf_add(&g->backlog, p, n);
	flush_backlog(g);
}

static void on_event(const struct target_event *ev, void *ctx)
{
	struct stage *g = ctx;

	if (ev->note != TARGET_NOTE_NOTE)
		return;
	g->foreign += !strncmp(ev->text, "not in the recording", strlen("not in the recording"));
	show(g, WIRE_NOTE, ev->text, strlen(ev->text));
}

static void end(struct stage *g, int code, const char *why)
{
	if (why)
		fprintf(stderr, "hil: %s\n", why);
	g->code = code;
	loop_stop(g->s.loop);
}

static void on_gone(const char *why, void *ctx)
{
	end(ctx, HIL_EXIT_ERROR, why);
}

static void on_wrong(const char *what, void *ctx)
{
	end(ctx, HIL_EXIT_FAIL, what);
}

/* --- the firmware's side --------------------------------------------------------------------------------------- */

static void begin(struct stage *g)
{
	const struct target_options to = {
		.modem = &g->modem,
		.seed = g->o->run.seed,
		.clock = g->s.clock,
		.loop = g->s.loop,
		.hooks = { on_modem, on_event, on_gone, g, on_wrong },
	};

	g->target = target_replay_new(&to, &g->e);
	if (!g->target)
		end(g, HIL_EXIT_ERROR, *g->e.msg ? g->e.msg : "out of memory");
}

static void on_host(const void *p, size_t n, void *ctx)
{
	struct stage *g = ctx;

	show(g, WIRE_HOST, p, n);
	if (g->target)
		target_write(g->target, p, n);
}

static void on_away(void *ctx)
{
	end(ctx, HIL_EXIT_PASS, NULL);
}

static void on_port_event(enum port_event ev, void *ctx)
{
	struct stage *g = ctx;

	switch (ev) {
	case PORT_EVENT_OPENED:
		timer_cancel(&g->away);
		if (!g->target)
			begin(g);
		break;
	case PORT_EVENT_CLOSED:
		clock_arm(g->s.clock, &g->away, g->target && target_left(g->target, NULL) ? AWAY_US : 0);
		break;
	case PORT_EVENT_WRITABLE:
		flush_backlog(g);
		break;
	case PORT_EVENT_BAUD:
		break;
	}
}

/* --- the verb --------------------------------------------------------------------------------------------------- */

/* What has become of it, in one line, and what of that is a failure. */
static int judge(struct stage *g)
{
	struct buf what;
	bool left;

	buf_init(&what, 1 << 16);
	left = !g->target || target_left(g->target, &what);
	if (!g->target)
		buf_adds(&what, "nobody has opened the port");
	if (left)
		printf("not finished: %s\n", buf_str(&what));
	else if (g->foreign)
		printf("finished; the profile answered %u commands that are not in the recording\n", g->foreign);
	else
		printf("finished\n");
	buf_free(&what);
	return left && g->o->replay.must_finish ? HIL_EXIT_FAIL : g->code;
}

static void run(struct stage *g)
{
	g->port = port_pty_new(g->s.loop, g->o->link, &g->e);
	if (!g->port) {
		end(g, HIL_EXIT_ERROR, g->e.msg);
		return;
	}
	buf_init(&g->backlog, BACKLOG_BYTES);
	timer_init(&g->away, on_away, g);
	port_set_owner(g->port, on_host, on_port_event, g);
	printf("ready %s recording=%s\n", g->o->link, g->modem.replay.log);
	fflush(stdout);
	service_run(&g->s);
	if (!g->code)
		g->code = judge(g);
	timer_cancel(&g->away);
	target_free(g->target);
	port_free(g->port);
	buf_free(&g->backlog);
}

static int play_modem(const struct options *o, const struct replay *replay)
{
	struct stage g = { .o = o, .modem = { .profile = o->run.profile, .replay = *replay } };

	if (service_begin(&g.s, &g.e)) {
		fprintf(stderr, "hil: %s\n", g.e.msg);
		return HIL_EXIT_ERROR;
	}
	g.live = o->run.verbosity > 0 ? live_new(stderr) : NULL;
	run(&g);
	live_free(g.live);
	return service_end(&g.s, g.code);
}

static int wrong_usage(const char *what)
{
	fprintf(stderr, "hil: %s (hil help replay)\n", what);
	return HIL_EXIT_USAGE;
}

int verb_replay(const struct options *o)
{
	struct replay replay = {
		.log = o->select.paths.items[0],
		.timing = o->replay.timing,
		.match = o->replay.match,
		.unknown_profile = o->replay.unknown,
		.must_finish = o->replay.must_finish,
	};
	struct playback_options po;
	struct recording *r;
	struct err e = { 0 };
	int code;

	if (o->replay.as_host ? !o->port : !o->link)
		return wrong_usage(o->replay.as_host ? "replay --as-host needs --port" : "replay needs --link");
	r = replay_open(&replay, &po, &e);
	if (!r) {
		fprintf(stderr, "hil: %s\n", e.msg);
		return HIL_EXIT_USAGE;
	}
	code = o->replay.as_host ? as_host(o, r, po.speed) : play_modem(o, &replay);
	recording_free(r);
	return code;
}
