/*
 * Firmware on a board of its own: its modem's wires lead to a port of this machine, so that the harness is between it
 * and the modem as with a program; what it prints comes from another. A client step runs the start hook with its
 * arguments, then resets the board; a line of the console ends it. All waiting is on the cell's loop.
 */
#include "harness/dut.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "harness/board/board.h"
#include "harness/board/hook.h"
#include "harness/child.h"
#include "harness/match.h"
#include "harness/port_board.h"
#include "io/loop.h"

enum {
	BACKLOG_MAX_BYTES = 1 << 20,
	LINE_MAX_BYTES = 4096,
	COMMAND_MAX_BYTES = 1 << 16,
	GRACE_US = 3000000,
	EXIT_BOARD = 126, /* its hook failed, or it is gone */
	EXIT_STOPPED = 143,
};

enum state { IDLE, STARTING, RESETTING, RUNNING };

struct dut_board {
	struct dut base;
	struct loop *loop;
	const struct firmware *f;
	struct port *modem, *console;
	struct buf backlog; /* what the modem's port did not take yet */
	struct buf line;    /* of the console, unfinished */
	struct match *exit; /* NULL: it never ends by itself */
	enum state state;
	struct child *child[FIRMWARE_HOOK_COUNT]; /* one may be started by the end of another */
	int hook;				  /* the one that runs */
	struct timer pulse, limit;
	bool late;
};

static void end(struct dut_board *d, int status)
{
	if (d->state == IDLE)
		return;
	d->state = IDLE;
	timer_cancel(&d->pulse);
	timer_cancel(&d->limit);
	d->base.hooks.exited(status, d->base.hooks.ctx);
}

/* A line of the harness itself among what the firmware printed. */
static void say(struct dut_board *d, const char *text)
{
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	buf_addf(&line, "hil: %s: %s\n", d->f->name, text);
	d->base.hooks.log(buf_str(&line), line.len, d->base.hooks.ctx);
	buf_free(&line);
}

/* --- the console ------------------------------------------------------------------------------------------------- */

/* The status is the regex's first group. */
static int status_of(const struct match_hit *hit, const char *line)
{
	long long status = 0;

	if (hit->n > 1 && hit->start[1] <= hit->end[1] &&
	    str_to_num(line + hit->start[1], hit->end[1] - hit->start[1], 0, 255, &status))
		return EXIT_BOARD;
	return (int)status;
}

/* Until what resets it has begun, the console may still be telling of the run before. */
static bool is_of_this_run(const struct dut_board *d)
{
	const struct firmware_hook *reset = &d->f->hook[FIRMWARE_RESET];

	return d->state > STARTING || (d->state == STARTING && !reset->run && reset->wire.line < 0);
}

static void take_line(struct dut_board *d)
{
	struct match_hit hit;

	if (d->line.len && d->line.data[d->line.len - 1] == '\r')
		d->line.data[--d->line.len] = 0;
	if (d->exit && is_of_this_run(d) && match_find(d->exit, buf_str(&d->line), d->line.len, 0, true, &hit))
		end(d, status_of(&hit, buf_str(&d->line)));
	buf_reset(&d->line);
}

static void on_console(const void *p, size_t n, void *ctx)
{
	struct dut_board *d = ctx;
	const char *s = p;

	d->base.hooks.log(p, n, d->base.hooks.ctx);
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n')
			take_line(d);
		else
			buf_addc(&d->line, s[i]); /* a longer line than is kept has no status */
	}
}

static void on_console_event(enum port_event ev, void *ctx)
{
	struct dut_board *d = ctx;

	if (ev != PORT_EVENT_CLOSED)
		return;
	say(d, "the console went away");
	end(d, EXIT_BOARD);
}

/* --- the modem's wires ------------------------------------------------------------------------------------------- */

/* What it says while no client step runs is for nobody: the scenario itself may be speaking. */
static void on_modem(const void *p, size_t n, void *ctx)
{
	struct dut_board *d = ctx;

	if (d->state != IDLE)
		d->base.hooks.bytes(p, n, d->base.hooks.ctx);
}

static void flush_backlog(struct dut_board *d)
{
	long n = 1;

	while (d->backlog.len && n > 0) {
		n = port_write(d->modem, d->backlog.data, d->backlog.len);
		if (n > 0)
			buf_drop(&d->backlog, (size_t)n);
	}
}

static void on_modem_event(enum port_event ev, void *ctx)
{
	struct dut_board *d = ctx;

	if (ev == PORT_EVENT_WRITABLE)
		flush_backlog(d);
	if (ev != PORT_EVENT_CLOSED)
		return;
	say(d, "the modem's port went away");
	end(d, EXIT_BOARD);
}

static void board_rx(struct dut *base, const void *p, size_t n)
{
	struct dut_board *d = (struct dut_board *)base;

	if (d->state == IDLE || !d->modem)
		return;
	buf_add(&d->backlog, p, n);
	flush_backlog(d);
}

/* --- hooks ------------------------------------------------------------------------------------------------------- */

static void begin_reset(struct dut_board *d);

/* What follows a hook that went well. */
static void go_on(struct dut_board *d)
{
	if (d->state == STARTING)
		begin_reset(d);
	else if (d->state == RESETTING)
		d->state = RUNNING;
}

static void on_output(const void *p, size_t n, void *ctx)
{
	struct dut_board *d = ctx;

	d->base.hooks.log(p, n, d->base.hooks.ctx);
}

static void on_hook_ended(int status, void *ctx)
{
	struct dut_board *d = ctx;
	char text[64];

	timer_cancel(&d->limit);
	if (!status || d->state == IDLE) {
		go_on(d);
		return;
	}
	snprintf(text, sizeof(text), d->late ? "its %s hook did not end in time" : "its %s hook failed",
		 d->state == STARTING ? "start" : "reset");
	say(d, text);
	end(d, EXIT_BOARD);
}

static void on_limit(void *ctx)
{
	struct dut_board *d = ctx;

	d->late = true;
	child_kill(d->child[d->hook]);
}

static int run_hook(struct dut_board *d, int hook, const char *command, struct err *e)
{
	const struct child_hooks hooks = { on_output, on_hook_ended, d };
	char *const argv[] = { "sh", "-c", (char *)command, NULL };

	if (d->child[hook])
		child_free(d->child[hook], 0);
	d->late = false;
	d->hook = hook;
	d->child[hook] = child_start(d->loop, argv, &hooks, e);
	if (!d->child[hook])
		return -ENOENT;
	clock_arm(loop_clock(d->loop), &d->limit, d->f->hook[hook].within_us);
	return 0;
}

static int set_wire(struct dut_board *d, const struct board_wire *w, bool pressed, struct err *e)
{
	int err = port_board_set_line(d->console, (enum serial_line)w->line, pressed != w->inverted);

	return err ? err_set(e, err, "%s: the console %s has no line %s", d->f->name, port_board_name(d->console),
			     serial_line_names[w->line])
		   : 0;
}

static void on_pulse_over(void *ctx)
{
	struct dut_board *d = ctx;

	if (set_wire(d, &d->f->hook[FIRMWARE_RESET].wire, false, NULL))
		end(d, EXIT_BOARD);
	else
		go_on(d);
}

/* Everything it says from here on is of this start. */
static void begin_reset(struct dut_board *d)
{
	const struct firmware_hook *h = &d->f->hook[FIRMWARE_RESET];
	struct err e = { 0 };
	int err = 0;

	d->state = RESETTING;
	if (h->run)
		err = run_hook(d, FIRMWARE_RESET, h->run, &e);
	else if (h->wire.line < 0)
		d->state = RUNNING;
	else if (!(err = set_wire(d, &h->wire, true, &e)))
		clock_arm(loop_clock(d->loop), &d->pulse, h->for_us);
	if (!err)
		return;
	say(d, "it cannot be reset");
	end(d, EXIT_BOARD);
}

/* ${args} becomes the step's arguments, each a word of the shell. */
static int add_args(struct buf *out, const char *command, const char *const *args, size_t n_args)
{
	const char *hole = strstr(command, "${args}");

	if (!hole)
		return buf_adds(out, command);
	buf_add(out, command, (size_t)(hole - command));
	for (size_t i = 0; i < n_args; i++) {
		if (i)
			buf_addc(out, ' ');
		hook_quote(out, args[i]);
	}
	return buf_adds(out, hole + 7);
}

static int begin_start(struct dut_board *d, const char *const *args, size_t n_args, struct err *e)
{
	const struct firmware_hook *h = &d->f->hook[FIRMWARE_START];
	struct buf command;
	int err;

	d->state = STARTING;
	if (!h->run) {
		begin_reset(d);
		return 0;
	}
	buf_init(&command, COMMAND_MAX_BYTES);
	err = add_args(&command, h->run, args, n_args) ? err_set(e, -E2BIG, "%s: too many arguments", d->f->name)
						       : run_hook(d, FIRMWARE_START, buf_str(&command), e);
	buf_free(&command);
	return err;
}

static int board_start(struct dut *base, const char *const *args, size_t n_args, struct err *e)
{
	struct dut_board *d = (struct dut_board *)base;
	int err;

	if (d->state != IDLE)
		return err_set(e, -EBUSY, "the client of an earlier step still runs");
	buf_reset(&d->backlog);
	buf_reset(&d->line);
	err = begin_start(d, args, n_args, e);
	if (err)
		d->state = IDLE;
	return err;
}

static void end_hooks(struct dut_board *d)
{
	for (int i = 0; i < FIRMWARE_HOOK_COUNT; i++) {
		if (d->child[i])
			child_free(d->child[i], GRACE_US);
		d->child[i] = NULL;
	}
}

/* Its stop hook is run, if it has one; the next start resets it anyway. */
static void board_stop(struct dut *base)
{
	struct dut_board *d = (struct dut_board *)base;
	const struct firmware_hook *h = &d->f->hook[FIRMWARE_STOP];

	if (d->state == IDLE)
		return;
	end_hooks(d);
	if (h->run)
		hook_run(h->run, h->within_us, NULL, NULL);
	end(d, EXIT_STOPPED);
}

static void board_free(struct dut *base)
{
	struct dut_board *d = (struct dut_board *)base;

	board_stop(base);
	end_hooks(d);
	timer_cancel(&d->pulse);
	timer_cancel(&d->limit);
	port_free(d->modem);
	port_free(d->console);
	match_free(d->exit);
	buf_free(&d->backlog);
	buf_free(&d->line);
	free(d);
}

static int open_ports(struct dut_board *d, struct err *e)
{
	d->console = port_board_new(d->loop, d->f->console, d->f->console_baud, e);
	d->modem = d->console && d->f->modem ? port_board_new(d->loop, d->f->modem, d->f->baud, e) : NULL;
	if (d->console)
		port_set_owner(d->console, on_console, on_console_event, d);
	if (d->modem)
		port_set_owner(d->modem, on_modem, on_modem_event, d);
	return d->console && (d->modem || !d->f->modem) ? 0 : -EIO;
}

struct dut *dut_board_new(const struct dut_options *o, const struct firmware *f, struct err *e)
{
	static const struct dut_ops ops = {
		.start = board_start, .rx = board_rx, .stop = board_stop, .free = board_free
	};
	struct dut_board *d = calloc(1, sizeof(*d));

	if (!d) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	d->base = (struct dut){ &ops, o->hooks };
	d->loop = o->loop;
	d->f = f;
	buf_init(&d->backlog, BACKLOG_MAX_BYTES);
	buf_init(&d->line, LINE_MAX_BYTES);
	timer_init(&d->pulse, on_pulse_over, d);
	timer_init(&d->limit, on_limit, d);
	if (f->exit)
		d->exit = match_new(PATTERN_MATCH, f->exit, e);
	if ((!f->exit || d->exit) && !open_ports(d, e))
		return &d->base;
	board_free(&d->base);
	return NULL;
}
