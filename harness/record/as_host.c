/* One exchange after the other; what is said is a recording of its own, and judged as any two recordings are. */
#include "harness/record/as_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/record/live.h"
#include "harness/record/modem_line.h"
#include "harness/record/service.h"
#include "harness/terminal.h"
#include "harness/wire/compare.h"
#include "harness/wire/exchange.h"
#include "harness/wire/exchange_rows.h"
#include "harness/wire/side_by_side.h"

enum {
	PATIENCE_US = 10000000, /* at least, beyond what it took in the recording */
	QUIET_US = 300000,	/* after the last answer */
	BACKLOG_BYTES = 16 << 20,
	NAME_BYTES = 32,
	WIDTH_WITHOUT_TERMINAL = 120,
	CTRL_Z = 0x1a,
};

struct play {
	const struct options *o;
	struct service s;
	struct modem_line modem;
	struct port *port;
	struct conversation *script;
	struct recording *live;
	struct live *show;
	double speed;
	size_t next;		  /* exchange */
	const struct exchange *x; /* that waits for its answer */
	bool prompted, has_final, has_result, lost;
	struct buf backlog; /* what the modem did not take yet */
	struct buf line;    /* of the modem */
	struct timer timer;
};

static void keep(struct play *p, enum wire_from from, const void *data, size_t n)
{
	const struct wire_event ev = { .t_us = clock_now_us(p->s.clock), .from = from, .data = data, .len = n };

	recording_add(p->live, &ev);
	if (p->show)
		live_add(p->show, &ev);
}

/* --- the host ----------------------------------------------------------------------------------------------------- */

static void flush_backlog(struct play *p)
{
	long n = 1;

	while (p->backlog.len && n > 0) {
		n = port_write(p->port, p->backlog.data, p->backlog.len);
		if (n > 0)
			buf_drop(&p->backlog, (size_t)n);
	}
}

static void give(struct play *p, const void *data, size_t n)
{
	keep(p, WIRE_HOST, data, n);
	buf_add(&p->backlog, data, n);
	flush_backlog(p);
}

static void give_data(struct play *p)
{
	p->prompted = true;
	give(p, p->x->data, p->x->data_len);
	if (rows_data_length(p->x->command) < 0)
		give(p, (const char[]){ CTRL_Z }, 1);
}

/* How long the answer may take: as long as it did, and some. */
static uint64_t patience_us(const struct exchange *x)
{
	uint64_t last = x->n_lines ? x->lines[x->n_lines - 1].t_us : x->t_us;

	return 2 * (last - (last > x->t_us ? x->t_us : last)) + PATIENCE_US;
}

static void give_command(struct play *p)
{
	p->x = conversation_at(p->script, p->next++);
	p->prompted = p->has_final = p->has_result = false;
	buf_reset(&p->line);
	give(p, p->x->command, strlen(p->x->command));
	give(p, "\r", 1);
	clock_arm(p->s.clock, &p->timer, patience_us(p->x));
}

/* The next exchange that has a command; false: that was the last. */
static bool find_next(struct play *p)
{
	while (p->next < conversation_size(p->script) && !conversation_at(p->script, p->next)->command)
		p->next++;
	return p->next < conversation_size(p->script);
}

static void go_on(struct play *p)
{
	uint64_t due, now = clock_now_us(p->s.clock);

	p->x = NULL;
	if (!find_next(p)) {
		clock_arm(p->s.clock, &p->timer, QUIET_US);
		return;
	}
	due = p->speed > 0 ? (uint64_t)((double)conversation_at(p->script, p->next)->t_us / p->speed) : 0;
	clock_arm(p->s.clock, &p->timer, due > now ? due - now : 0);
}

/* The time has come for the next command, an answer does not come, or nothing more does. */
static void on_timer(void *ctx)
{
	struct play *p = ctx;

	if (p->x)
		go_on(p);
	else if (find_next(p))
		give_command(p);
	else
		loop_stop(p->s.loop);
}

/* --- the modem ---------------------------------------------------------------------------------------------------- */

static bool wants_result(const struct exchange *x)
{
	return exchange_result(x) != NULL;
}

static void hear_line(struct play *p)
{
	const char *line = buf_str(&p->line);
	char name[NAME_BYTES];

	if (!p->line.len || !p->x)
		return;
	if (rows_is_final(line))
		p->has_final = true;
	else if (command_name(p->x->command, name, sizeof(name)) && rows_is_late(name, line))
		p->has_result = true;
	if (p->has_final && (p->has_result || !wants_result(p->x) || strcmp(line, "OK")))
		go_on(p);
}

static void on_modem(const void *data, size_t n, void *ctx)
{
	struct play *p = ctx;
	const char *s = data;

	keep(p, WIRE_MODEM, data, n);
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\r' || s[i] == '\n') {
			hear_line(p);
			buf_reset(&p->line);
			continue;
		}
		buf_addc(&p->line, s[i]);
		if (s[i] == '>' && p->line.len == 1 && p->x && p->x->data && !p->prompted)
			give_data(p);
	}
}

static void on_port_event(enum port_event ev, void *ctx)
{
	struct play *p = ctx;

	if (ev == PORT_EVENT_WRITABLE)
		flush_backlog(p);
	if (ev != PORT_EVENT_CLOSED)
		return;
	p->lost = true;
	fprintf(stderr, "hil: %s is gone\n", p->o->port);
	loop_stop(p->s.loop);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static int print(struct play *p)
{
	const struct side_options so = {
		.width = terminal_width(WIDTH_WITHOUT_TERMINAL),
		.color = terminal_color(p->o->run.color),
		.all = p->o->run.verbosity > 0,
		.title_a = "recording",
		.title_b = p->o->port,
	};
	struct conversation *live = conversation_new(p->live);
	struct comparison *c = live ? compare_new(p->script, live, "the recording", "the modem", NULL) : NULL;
	int code = HIL_EXIT_ERROR;
	struct buf text;

	buf_init(&text, SIZE_MAX);
	if (c) {
		code = compare_differs(c) ? HIL_EXIT_FAIL : HIL_EXIT_PASS;
		if (code || so.all)
			side_by_side_text(c, &so, &text);
		side_by_side_counts(c, &text);
		puts(buf_str(&text));
	}
	buf_free(&text);
	compare_free(c);
	conversation_free(live);
	return code;
}

static int play(struct play *p, struct err *e)
{
	int code = HIL_EXIT_PASS;

	p->port = modem_line_open(&p->modem, p->s.loop, p->o->port, p->o->baud, e);
	if (!p->port) {
		code = p->modem.board ? HIL_EXIT_ERROR : HIL_EXIT_USAGE;
		modem_line_close(&p->modem);
		return code;
	}
	timer_init(&p->timer, on_timer, p);
	port_set_owner(p->port, on_modem, on_port_event, p);
	go_on(p);
	service_run(&p->s);
	timer_cancel(&p->timer);
	port_free(p->port);
	modem_line_close(&p->modem);
	if (p->lost)
		return HIL_EXIT_ERROR;
	return p->s.signo ? HIL_EXIT_PASS : print(p);
}

int as_host(const struct options *o, const struct recording *r, double speed)
{
	struct play p = { .o = o, .speed = speed };
	struct err e = { 0 };
	int code = HIL_EXIT_ERROR;

	if (service_begin(&p.s, &e)) {
		fprintf(stderr, "hil: %s\n", e.msg);
		return code;
	}
	buf_init(&p.backlog, BACKLOG_BYTES);
	buf_init(&p.line, 1 << 20);
	p.script = conversation_new(r);
	p.live = recording_new();
	p.show = o->run.verbosity > 0 ? live_new(stderr) : NULL;
	if (p.script && p.live)
		code = play(&p, &e);
	if (e.code)
		fprintf(stderr, "hil: %s\n", e.msg);
	live_free(p.show);
	recording_free(p.live);
	conversation_free(p.script);
	buf_free(&p.backlog);
	buf_free(&p.line);
	return service_end(&p.s, code);
}
