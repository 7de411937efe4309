/*
 * Wiring and time of one cell. On the virtual clock waiting is stepping from timer to timer and costs nothing; on the
 * real clock it is one libuv loop. No judgement is made here.
 */
#include "harness/rig.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "clock/clock.h"
#include "harness/dut.h"
#include "harness/mux_line.h"
#include "harness/ppp_line.h"
#include "harness/program.h"
#include "harness/proxies.h"
#include "harness/target.h"
#include "io/loop.h"

enum {
	STILL_MAX = 2000000,		/* timers fired without time passing: something spins */
	WHYS_MAX = 64,
	STOP_GRACE_US = 5000000,
	STOP_POLL_US = 200000,		/* how soon a signal is noticed on the real clock */
};

struct why_note {
	uint64_t t_us;
	int code;
	char family[16];
	char meaning[128];
	char text[1024];
};

struct rig {
	struct rig_options o;
	struct clock *clock;
	bool is_virtual;
	struct loop *loop;		/* real clock only */
	struct timer tick;		/* ends a wait in the loop */
	struct target *target;
	struct dut *dut;
	struct program *program;
	struct fault_line *line;
	struct stream_order order;
	struct stream *stream[STREAM_COUNT];
	struct mux_ear *ear;
	struct ppp_ear *ppp;
	bool dtr_off;			/* by a step */
	bool modem_spoke;		/* a line since the host's last byte */
	bool running, exited;
	int status;
	char gone[256], wrong[512];
	char client[512];
	bool (*watch)(void *ctx);
	void *watch_ctx;
	struct why_note why[WHYS_MAX];
	size_t n_why;
};

static void tell(struct rig *r, const char *from, const void *p, size_t n, bool bytes)
{
	const struct rig_event ev = { rig_now_us(r), from, p, n, bytes };

	if (r->o.on_event)
		r->o.on_event(&ev, r->o.ctx);
}

/* --- the two directions of the line --------------------------------------------------------------------------- */

static void to_modem(const void *p, size_t n, void *ctx)
{
	struct rig *r = ctx;

	if (r->target)
		target_write(r->target, p, n);
}

static void to_host(const void *p, size_t n, void *ctx)
{
	struct rig *r = ctx;

	stream_add(r->stream[STREAM_MODEM], rig_now_us(r), p, n);
	if (memchr(p, '\n', n))
		r->modem_spoke = true;
	tell(r, "modem", p, n, true);
	mux_ear_hear(r->ear, p, n);
	ppp_ear_hear(r->ppp, p, n);
	if (r->dut)
		dut_rx(r->dut, p, n);
	if (r->program)
		program_rx(r->program, p, n);
}

/* A payload has no line end; what the host says after the modem has spoken is a new line (see stream.h). */
static void on_host_bytes(const void *p, size_t n, void *ctx)
{
	struct rig *r = ctx;

	if (r->modem_spoke) {
		stream_break_line(r->stream[STREAM_HOST]);
		fault_line_break(r->line, STREAM_HOST);
	}
	r->modem_spoke = false;
	stream_add(r->stream[STREAM_HOST], rig_now_us(r), p, n);
	tell(r, "host", p, n, true);
	fault_line_feed(r->line, STREAM_HOST, p, n);
}

static void on_modem_bytes(const void *p, size_t n, void *ctx)
{
	struct rig *r = ctx;

	fault_line_feed(r->line, STREAM_MODEM, p, n);
}

static void on_log(const void *p, size_t n, void *ctx)
{
	struct rig *r = ctx;

	stream_add(r->stream[STREAM_LOG], rig_now_us(r), p, n);
	tell(r, "log", p, n, false);
	fault_line_notice(r->line, STREAM_LOG, p, n);
}

static void on_exited(int status, void *ctx)
{
	struct rig *r = ctx;

	r->running = false;
	r->exited = true;
	r->status = status;
}

/* On a real line DTR drops now, and rises when the next one opens it; a recording has none, which is fine. */
static void on_left(void *ctx)
{
	struct rig *r = ctx;

	if (!r->target || r->dtr_off)
		return;
	tell(r, "note", "port closed", strlen("port closed"), false);
	if (!target_set_line(r->target, SERIAL_LINE_DTR, false, NULL))
		target_set_line(r->target, SERIAL_LINE_DTR, true, NULL);
}

static void keep_why(struct rig *r, const struct target_event *ev)
{
	struct why_note *w = &r->why[r->n_why++ % WHYS_MAX];

	w->t_us = rig_now_us(r);
	w->code = ev->code;
	str_copy(w->family, sizeof(w->family), ev->family ? ev->family : "");
	str_copy(w->meaning, sizeof(w->meaning), ev->meaning ? ev->meaning : "");
	str_copy(w->text, sizeof(w->text), ev->text);
}

static void add_line(struct rig *r, enum stream_id id, const char *text)
{
	struct buf line;

	buf_init(&line, 128 * 1024);
	buf_addf(&line, "%s\n", text);
	stream_add(r->stream[id], rig_now_us(r), buf_str(&line), line.len);
	fault_line_notice(r->line, id, buf_str(&line), line.len);
	buf_free(&line);
}

void rig_broker_line(const char *line, void *rig)
{
	tell(rig, "broker", line, strlen(line), false);
	add_line(rig, STREAM_BROKER, line);
}

static void on_target_event(const struct target_event *ev, void *ctx)
{
	static const char *const names[] = {
		[TARGET_NOTE_BROKER] = "broker", [TARGET_NOTE_FAULT] = "fault", [TARGET_NOTE_MODEL] = "model",
		[TARGET_NOTE_NOTE] = "note", [TARGET_NOTE_WHY] = "why",
	};
	struct rig *r = ctx;

	tell(r, names[ev->note], ev->text, strlen(ev->text), false);
	if (ev->note == TARGET_NOTE_WHY) {
		keep_why(r, ev);
		add_line(r, STREAM_WHY, ev->text);
	} else if (ev->note == TARGET_NOTE_BROKER) {
		add_line(r, STREAM_BROKER, ev->text);
	}
}

static void on_gone(const char *why, void *ctx)
{
	struct rig *r = ctx;

	str_copy(r->gone, sizeof(r->gone), why);
}

static void on_wrong(const char *what, void *ctx)
{
	struct rig *r = ctx;

	str_copy(r->wrong, sizeof(r->wrong), what);
}

void rig_server_gone(const char *why, void *rig)
{
	on_gone(why, rig);
}

void rig_server_runs(struct rig *r, const struct fixture *server, bool runs)
{
	if (r->o.net)
		proxies_set_serving(r->o.net, server, runs);
}

static int on_fault_control(const char *line, struct buf *reply, void *ctx)
{
	return rig_control(ctx, line, reply);
}

static void on_hangup(bool gone, void *ctx)
{
	struct rig *r = ctx;

	if (r->dut)
		dut_hangup(r->dut, gone);
	if (r->program)
		program_hangup(r->program, gone);
}

static void on_fired(const struct fault *f, const char *text, void *ctx)
{
	(void)f;
	tell(ctx, "fault", text, strlen(text), false);
}

/* --- time ----------------------------------------------------------------------------------------------------- */

static void on_tick(void *ctx)
{
	(void)ctx;	/* it only ends loop_once() */
}

static void step_real(struct rig *r, uint64_t until_us)
{
	uint64_t now = clock_now_us(r->clock), us = until_us > now ? until_us - now : 0;

	clock_arm(r->clock, &r->tick, us < STOP_POLL_US ? us : STOP_POLL_US);
	loop_once(r->loop);
	timer_cancel(&r->tick);
}

/* False when time has reached until_us. */
static bool step_virtual(struct rig *r, uint64_t until_us, unsigned *still)
{
	uint64_t due, before = clock_now_us(r->clock);

	if (!clock_next(r->clock, &due) || due > until_us) {
		clock_advance_to(r->clock, until_us);
		return false;
	}
	clock_step(r->clock);
	*still = clock_now_us(r->clock) == before ? *still + 1 : 0;
	if (*still > STILL_MAX)
		on_gone("time stands still: a timer without delay arms itself for ever", r);
	return true;
}

static enum rig_wait look_around(struct rig *r)
{
	if (r->o.stop && *r->o.stop)
		return RIG_STOPPED;
	if (r->watch && r->watch(r->watch_ctx))
		return RIG_WATCH;
	return *r->gone ? RIG_GONE : RIG_DONE;
}

enum rig_wait rig_wait(struct rig *r, uint64_t until_us, bool (*done)(void *ctx), void *ctx)
{
	enum rig_wait state = look_around(r);
	unsigned still = 0;

	while (state == RIG_DONE) {
		if (done && done(ctx))
			return RIG_DONE;
		if (clock_now_us(r->clock) >= until_us)
			return RIG_TIMEOUT;
		if (r->is_virtual)
			step_virtual(r, until_us, &still);
		else
			step_real(r, until_us);
		state = look_around(r);
	}
	return state;
}

static void tell_line(struct rig *r, enum stream_id id, const char *name, const char *text)
{
	struct buf note;

	add_line(r, id, text);
	buf_init(&note, 256 * 1024);
	buf_addf(&note, "%s: %s", name, text);
	tell(r, "note", buf_str(&note), note.len, false);
	buf_free(&note);
}

static void on_mux_line(const char *text, void *ctx)
{
	tell_line(ctx, STREAM_MUX, "mux", text);
}

static void on_ppp_line(const char *text, void *ctx)
{
	tell_line(ctx, STREAM_PPP, "ppp", text);
}

const struct ppp_ear *rig_ppp(const struct rig *r)
{
	return r->ppp;
}

/* --- making and ending ---------------------------------------------------------------------------------------- */

static int make_line(struct rig *r, struct err *e)
{
	const struct fault_hooks hooks = {
		.to_modem = to_modem, .to_host = to_host, .control = on_fault_control, .hangup = on_hangup,
		.fired = on_fired, .ctx = r,
	};
	bool ok = true;

	r->order.next = 1;
	for (int i = 0; i < STREAM_COUNT; i++) {
		r->stream[i] = stream_new(&r->order);
		ok = ok && r->stream[i];
	}
	r->ear = mux_ear_new(on_mux_line, r);
	r->ppp = ppp_ear_new(on_ppp_line, r);
	r->line = fault_line_new(r->clock, r->o.seed, &hooks);
	return ok && r->ear && r->ppp && r->line ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static int join_net(struct rig *r, struct err *e)
{
	return r->o.net ? proxies_join(r->o.net, r->line, e) : 0;
}

static int make_target(struct rig *r, struct err *e)
{
	const struct target_options to = {
		.modem = r->o.modem, .seed = r->o.seed, .clock = r->clock, .loop = r->loop,
		.emulator = r->o.run->emulator, .board = r->o.run->on_board,
		.hooks = { on_modem_bytes, on_target_event, on_gone, r, on_wrong },
	};

	if (to.modem->replay.place.line) {
		r->target = target_replay_new(&to, e);
		return r->target ? 0 : -EINVAL;
	}
	switch (r->o.run->target) {
	case HIL_TARGET_INPROC:
		r->target = target_inproc_new(&to, e);
		break;
	case HIL_TARGET_PTY:
	case HIL_TARGET_QEMU:
		r->target = target_pty_new(&to, e);
		break;
	case HIL_TARGET_BOARD:
		r->target = target_board_new(&to, e);
		break;
	}
	return r->target ? 0 : err_set(e, -EINVAL, "no modem");
}

/* The bundled client as a program, which lies beside the emulator; NULL when it does not, or the modem is no program. */
static const char *bundled_client(struct rig *r)
{
	const char *emulator = r->o.run->emulator, *slash = emulator ? strrchr(emulator, '/') : NULL;
	const char *name = r->o.run->target == HIL_TARGET_QEMU ? "mqtt-node-qemu" : "mqtt-node";
	char path[sizeof(r->client)];

	if (r->o.run->target == HIL_TARGET_INPROC || !slash)
		return NULL;
	snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - emulator), emulator, name);
	if (access(path, X_OK))
		return NULL;
	snprintf(r->client, sizeof(r->client), "'%.400s' --port {port}", path);
	return r->client;
}

static int make_dut(struct rig *r, struct err *e)
{
	struct dut_options dopt = {
		.clock = r->clock, .loop = r->loop, .command = r->o.run->dut,
		.hooks = { on_host_bytes, on_log, on_exited, r },
	};

	if (!r->o.needs_dut)
		return 0;
	if (r->o.run->firmware) {
		r->dut = dut_board_new(&dopt, r->o.run->firmware, e);
		return r->dut ? 0 : -EIO;
	}
	if (!dopt.command)
		dopt.command = bundled_client(r);
	if (!dopt.command && r->o.run->target == HIL_TARGET_QEMU)
		return err_set(e, -ENOENT, "mqtt-node-qemu is not beside %s: make firmware-arm", r->o.run->emulator);
	r->dut = dopt.command ? dut_process_new(&dopt, e) : dut_inproc_new(&dopt, e);
	return r->dut ? 0 : err_set(e, -EINVAL, "no client");
}

static int make_program(struct rig *r, struct err *e)
{
	const struct program_hooks hooks = { on_host_bytes, on_log, on_left, on_exited, r };

	if (!r->o.program_dir)
		return 0;
	r->program = program_new(r->loop, r->o.program_dir, &hooks, e);
	return r->program ? 0 : -EIO;
}

struct rig *rig_new(const struct rig_options *o, struct err *e)
{
	struct rig *r = calloc(1, sizeof(*r));

	if (!r) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	r->o = *o;
	r->clock = o->time->clock;
	r->loop = o->time->loop;
	r->is_virtual = o->time->is_virtual;
	timer_init(&r->tick, on_tick, r);
	if (!make_line(r, e) && !join_net(r, e) && !make_target(r, e) && !make_dut(r, e) && !make_program(r, e))
		return r;
	rig_free(r, NULL);
	return NULL;
}

static bool client_ended(void *ctx)
{
	return !((struct rig *)ctx)->running;
}

void rig_client_stop(struct rig *r)
{
	if (!r->running)
		return;
	if (r->dut)
		dut_stop(r->dut);
	if (r->program)
		program_stop(r->program);
	rig_ignore_stop(r);
	rig_set_watch(r, NULL, NULL);
	rig_wait(r, rig_now_us(r) + STOP_GRACE_US, client_ended, r);
}

/* The loop may turn until a program has ended, and a fault that is due then must find nobody at either end. */
static void free_ends(struct rig *r)
{
	struct target *target = r->target;
	struct program *program = r->program;
	struct dut *dut = r->dut;

	r->program = NULL;
	r->dut = NULL;
	r->target = NULL;
	program_free(program);
	dut_free(dut);
	target_free(target);
}

void rig_free(struct rig *r, unsigned *leaked)
{
	if (!r)
		return;
	rig_client_stop(r);
	free_ends(r);
	if (r->o.net)
		proxies_leave(r->o.net);
	fault_line_free(r->line);
	for (int i = 0; i < STREAM_COUNT; i++)
		stream_free(r->stream[i]);
	mux_ear_free(r->ear);
	ppp_ear_free(r->ppp);
	if (leaked)
		*leaked = clock_armed(r->clock);
	free(r);
}

/* --- what steps use ------------------------------------------------------------------------------------------- */

void rig_set_watch(struct rig *r, bool (*watch)(void *ctx), void *ctx)
{
	r->watch = watch;
	r->watch_ctx = ctx;
}

void rig_ignore_stop(struct rig *r)
{
	r->o.stop = NULL;
}

uint64_t rig_now_us(const struct rig *r)
{
	return clock_now_us(r->clock);
}

struct stream *rig_stream(struct rig *r, enum stream_id id)
{
	return r->stream[id];
}

struct fault_line *rig_line(struct rig *r)
{
	return r->line;
}

const char *rig_gone(const struct rig *r)
{
	return r->gone;
}

bool rig_take_wrong(struct rig *r, char *out, size_t size)
{
	bool any = *r->wrong;

	str_copy(out, size, r->wrong);
	*r->wrong = '\0';
	return any;
}

bool rig_left(struct rig *r, struct buf *out)
{
	return r->target && target_left(r->target, out);
}

void rig_send(struct rig *r, const void *p, size_t n)
{
	on_host_bytes(p, n, r);
}

int rig_control(struct rig *r, const char *line, struct buf *reply)
{
	return target_control(r->target, line, reply);
}

int rig_set_line(struct rig *r, enum serial_line which, bool on, struct err *e)
{
	char what[32];

	snprintf(what, sizeof(what), "%s %s", serial_line_names[which], on ? "on" : "off");
	tell(r, "note", what, strlen(what), false);
	if (which == SERIAL_LINE_DTR)
		r->dtr_off = !on;
	return target_set_line(r->target, which, on, e);
}

int rig_get_lines(struct rig *r, struct serial_lines *out, struct err *e)
{
	return target_get_lines(r->target, out, e);
}

int rig_set_baud(struct rig *r, long baud, struct err *e)
{
	char what[32];

	snprintf(what, sizeof(what), "host line speed %ld", baud);
	tell(r, "note", what, strlen(what), false);
	return target_set_baud(r->target, baud, e);
}

int rig_client_start(struct rig *r, const char *const *args, size_t n_args, struct err *e)
{
	int err;

	if (r->running && r->program)
		return err_set(e, -EBUSY, "a program of an earlier step still runs");
	err = dut_start(r->dut, args, n_args, e);

	if (!err)
		r->running = true;
	return err;
}

int rig_program_start(struct rig *r, char *const *argv, bool terminal, struct err *e)
{
	int err;

	if (r->running)
		return err_set(e, -EBUSY, "what an earlier step started still runs");
	err = program_start(r->program, argv, terminal, e);
	if (!err)
		r->running = true;
	return err;
}

int rig_program_type(struct rig *r, const void *keys, size_t n)
{
	return r->program ? program_type(r->program, keys, n) : -EPIPE;
}

const char *rig_program_port(const struct rig *r)
{
	return program_port(r->program);
}

const char *rig_program_dir(const struct rig *r)
{
	return program_dir(r->program);
}

bool rig_program_has_port(const struct rig *r)
{
	return r->program && program_has_port(r->program);
}

bool rig_client_running(const struct rig *r)
{
	return r->running;
}

bool rig_client_status(const struct rig *r, int *status)
{
	*status = r->status;
	return r->exited;
}

/* The number a line ends with. */
static bool last_number(const char *line, int *code)
{
	size_t end = strlen(line), start = end;
	long long v;

	while (start > 0 && line[start - 1] >= '0' && line[start - 1] <= '9')
		start--;
	if (start == end || str_to_num(line + start, end - start, 0, 100000, &v))
		return false;
	*code = (int)v;
	return true;
}

const char *rig_meaning(const struct rig *r, const char *line, int *code)
{
	size_t n = r->n_why < WHYS_MAX ? r->n_why : WHYS_MAX;

	if (!last_number(line, code))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const struct why_note *w = &r->why[(r->n_why - 1 - i) % WHYS_MAX];

		if (w->code == *code && *w->meaning)
			return w->meaning;
	}
	return NULL;
}

const char *rig_why(const struct rig *r, uint64_t since_us)
{
	const struct why_note *w = r->n_why ? &r->why[(r->n_why - 1) % WHYS_MAX] : NULL;

	return w && w->t_us >= since_us ? w->text : "";
}
