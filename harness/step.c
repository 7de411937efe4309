/* Dispatch of steps by a table, the simple kinds, guards, and the recording of failures. */
#include "harness/step.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/fixture.h"
#include "harness/match.h"
#include "harness/vars.h"

enum {
	TEXT_MAX_BYTES = 1 << 20,
	BURST_GAP_US = 100000,		/* quiet: bytes this close together are one saying */
	BURST_MAX_US = 10000000,
	PROGRAM_LIMIT_US = 60000000,	/* a program in the foreground ends in this time unless the step says otherwise */
};

/* --- failures ------------------------------------------------------------------------------------------------- */

static char *add_wire_text(const struct stream *s, size_t i, struct buf *scratch)
{
	struct stream_line line = stream_line(s, i);
	size_t end = line.end, len = stream_len(s);
	const char *p = stream_bytes(s);

	buf_reset(scratch);
	stream_view(s, i, scratch);
	buf_addc(scratch, ' ');
	while (end < len && end < line.end + 2 && (p[end] == '\r' || p[end] == '\n'))
		end++;
	str_escape(scratch, p + line.end, end - line.end);
	return scratch->data;
}

/* The last lines of host and modem in the order they began. */
static void add_wire(struct play *p, struct failure *f)
{
	const struct stream *s[2] = { rig_stream(p->rig, STREAM_HOST), rig_stream(p->rig, STREAM_MODEM) };
	size_t left[2] = { stream_lines(s[0]), stream_lines(s[1]) };
	struct buf text;

	buf_init(&text, TEXT_MAX_BYTES);
	f->n_wire = 0;
	while (f->n_wire < FAILURE_WIRE_LINES && (left[0] || left[1])) {
		uint64_t seq[2] = { 0, 0 };
		struct failure_line *out = &f->wire[FAILURE_WIRE_LINES - 1 - f->n_wire++];
		int w;

		for (int i = 0; i < 2; i++)
			seq[i] = left[i] ? stream_seq(s[i], stream_line(s[i], left[i] - 1).start) + 1 : 0;
		w = seq[0] > seq[1] ? 0 : 1;
		left[w]--;
		out->t_us = stream_time(s[w], stream_line(s[w], left[w]).start);
		out->arrow = w ? '<' : '>';
		str_copy(out->text, sizeof(out->text), add_wire_text(s[w], left[w], &text));
	}
	memmove(f->wire, f->wire + FAILURE_WIRE_LINES - f->n_wire, f->n_wire * sizeof(f->wire[0]));
	buf_free(&text);
}

int play_fail(struct play *p, enum outcome kind, const struct place *at, const char *fmt, ...)
{
	bool first = p->failure.outcome == OUTCOME_PASS;
	struct failure *f = first ? &p->failure : &p->later;
	va_list ap;

	memset(f, 0, sizeof(*f));
	f->outcome = kind;
	if (at)
		f->place = *at;
	if (p->step && p->step->id)
		str_copy(f->step, sizeof(f->step), p->step->id);
	if (p->step && p->step->note)
		str_copy(f->note, sizeof(f->note), p->step->note);
	va_start(ap, fmt);
	vsnprintf(f->what, sizeof(f->what), fmt, ap);
	va_end(ap);
	if (p->rig) {
		add_wire(p, f);
		str_copy(f->why, sizeof(f->why), rig_why(p->rig, p->step_us));
	}
	return -1;
}

static bool is_foreground(const struct step *s)
{
	return (s->kind == STEP_CLIENT && !s->background) || (s->kind == STEP_PROGRAM && !s->program->background);
}

static uint64_t step_limit_us(const struct step *s)
{
	return !s->timeout_us && s->kind == STEP_PROGRAM && is_foreground(s) ? PROGRAM_LIMIT_US : s->timeout_us;
}

int play_fail_wait(struct play *p, enum rig_wait how, const struct place *at, uint64_t window_us, const char *what)
{
	char window[32];

	switch (how) {
	case RIG_TIMEOUT:
		if (rig_now_us(p->rig) >= p->deadline_us && !p->in_finally) {
			duration_text(p->cell->timeout_us, window);
			return play_fail(p, OUTCOME_FAIL, at, "timed out waiting for %s when the scenario's timeout of %s was over",
					 what, window);
		}
		if (rig_now_us(p->rig) >= p->step_limit_us) {
			duration_text(step_limit_us(p->step), window);
			return play_fail(p, OUTCOME_FAIL, at, "timed out waiting for %s when the step's timeout of %s was over",
					 what, window);
		}
		duration_text(window_us, window);
		return play_fail(p, OUTCOME_FAIL, at, "timed out waiting for %s, not seen within %s", what, window);
	case RIG_GONE:
		return play_fail(p, OUTCOME_ERROR, at, "%s", rig_gone(p->rig));
	case RIG_STOPPED:
		return play_fail(p, OUTCOME_ERROR, at, "interrupted");
	case RIG_WATCH:	/* the guard has recorded its own */
	case RIG_DONE:
		break;
	}
	return -1;
}

void play_add_wanted(struct play *p, const char *wanted, enum stream_id from)
{
	struct failure *f = p->later.outcome == OUTCOME_PASS ? &p->failure : &p->later;
	const struct stream *s = rig_stream(p->rig, from);
	const char *meaning;
	struct buf view;
	size_t line;

	str_copy(f->wanted, sizeof(f->wanted), wanted);
	if (!nearest_line(s, p->start[from], wanted, &line) && !nearest_line(s, 0, wanted, &line))
		return;
	buf_init(&view, TEXT_MAX_BYTES);
	stream_view(s, line, &view);
	str_copy(f->nearest, sizeof(f->nearest), buf_str(&view));
	buf_free(&view);
	str_copy(f->nearest_from, sizeof(f->nearest_from), stream_name(from));
	f->nearest_us = stream_time(s, stream_line(s, line).start);
	meaning = rig_meaning(p->rig, f->nearest, &f->code);
	str_copy(f->meaning, sizeof(f->meaning), meaning ? meaning : "");
}

/* --- texts and patterns --------------------------------------------------------------------------------------- */

char *play_expand(struct play *p, const char *text, const struct place *at)
{
	struct err e = { 0 };
	struct buf out;

	buf_init(&out, TEXT_MAX_BYTES);
	if (!vars_expand(p->cell, text, &out, &e) && !buf_adds(&out, ""))
		return out.data;
	buf_free(&out);
	play_fail(p, OUTCOME_ERROR, at, "%s", *e.msg ? e.msg : "text too long");
	return NULL;
}

const char *play_keep(struct play *p, const char *text, const struct place *at)
{
	char **more = reallocarray(p->kept, p->n_kept + 1, sizeof(*more));
	char *out;

	if (!more)
		return NULL;
	p->kept = more;
	out = play_expand(p, text, at);
	if (out)
		p->kept[p->n_kept++] = out;
	return out;
}

struct match *play_match(struct play *p, const struct pattern *pattern)
{
	char *text = play_expand(p, pattern->text, &pattern->place);
	struct err e = { 0 };
	struct match *m;

	if (!text)
		return NULL;
	m = match_new(pattern->kind, text, &e);
	if (!m)
		play_fail(p, OUTCOME_ERROR, &pattern->place, "%s", e.msg);
	free(text);
	return m;
}

/* --- guards --------------------------------------------------------------------------------------------------- */

static void guards_free(struct guards *g)
{
	for (size_t i = 0; i < g->n; i++)
		match_free(g->guard[i].match);
	free(g->guard);
	*g = (struct guards){ 0 };
}

static int guards_set(struct play *p, struct guards *g, const struct pattern *patterns, size_t n)
{
	g->guard = n ? calloc(n, sizeof(*g->guard)) : NULL;
	for (g->n = 0; g->guard && g->n < n; g->n++) {
		struct guard *one = &g->guard[g->n];

		one->pattern = &patterns[g->n];
		one->pos = p->start[one->pattern->from];
		one->match = play_match(p, one->pattern);
		if (!one->match)
			return -1;
	}
	return 0;
}

static bool guard_seen(struct play *p, struct guard *g)
{
	const struct stream *s = rig_stream(p->rig, g->pattern->from);
	struct stream_hit hit;
	struct buf view;

	if (!stream_find(s, g->match, g->pos, false, &hit, &g->pos))
		return false;
	g->pos = hit.resume;
	buf_init(&view, TEXT_MAX_BYTES);
	str_escape(&view, stream_bytes(s) + hit.start, hit.end - hit.start);
	play_fail(p, OUTCOME_FAIL, &g->pattern->place, "seen in %s, %.3fs in, and must never be: %s",
		  stream_name(g->pattern->from), (double)hit.t_us / 1e6, buf_str(&view));
	buf_free(&view);
	return true;
}

/* The host has left the recording that plays the modem. */
static bool is_lost(struct play *p)
{
	char what[512];

	if (!rig_take_wrong(p->rig, what, sizeof(what)))
		return false;
	play_fail(p, OUTCOME_FAIL, &p->cell->modem.replay.place, "%s", what);
	return true;
}

static bool guards_watch(void *ctx)
{
	struct play *p = ctx;

	if (is_lost(p) || program_has_failed(p))
		return true;

	for (size_t i = 0; i < p->standing.n; i++) {
		if (guard_seen(p, &p->standing.guard[i]))
			return true;
	}
	for (size_t i = 0; i < p->local.n; i++) {
		if (guard_seen(p, &p->local.guard[i]))
			return true;
	}
	return false;
}

/* --- time and streams ----------------------------------------------------------------------------------------- */

uint64_t play_window(const struct play *p, uint64_t within_us)
{
	uint64_t end = rig_now_us(p->rig) + (uint64_t)((double)within_us * p->run->timeout_scale);

	if (end > p->step_limit_us)
		end = p->step_limit_us;
	return !p->in_finally && end > p->deadline_us ? p->deadline_us : end;
}

enum rig_wait play_wait(struct play *p, uint64_t until_us, bool (*done)(void *ctx), void *ctx)
{
	return rig_wait(p->rig, until_us, done, ctx);
}

void play_consume(struct play *p, enum stream_id id, const struct stream_hit *hit)
{
	if (hit->resume > p->cursor[id])
		p->cursor[id] = hit->resume;
	if (hit->seq > p->last_seq)
		p->last_seq = hit->seq;
}

/* --- the simple kinds ----------------------------------------------------------------------------------------- */

static int step_expect(struct play *p, const struct step *s)
{
	(void)p;
	(void)s;
	return 0;	/* its expectations are judged for every kind */
}

static int step_wait(struct play *p, const struct step *s)
{
	enum rig_wait how = play_wait(p, rig_now_us(p->rig) + s->duration_us, NULL, NULL);

	return how == RIG_TIMEOUT ? 0 : play_fail_wait(p, how, &s->place, s->duration_us, "time");
}

struct quiet {
	const struct stream *s, *host;
	size_t pos;			/* looked at so far */
	size_t echo;			/* next byte of the host that may come back */
	bool may_echo;
};

/* The rest of a line end, and the echo of what the host has just sent, are not something said. */
static bool something_came(void *ctx)
{
	struct quiet *q = ctx;
	const char *said = stream_bytes(q->s), *sent = stream_bytes(q->host);

	for (; q->pos < stream_len(q->s); q->pos++) {
		char c = said[q->pos];

		if (q->may_echo && q->echo < stream_len(q->host) && c == sent[q->echo])
			q->echo++;
		else if (c != '\r' && c != '\n')
			return true;
	}
	return false;
}

/* What is under way may end first: bytes that follow one another closely, for a bounded time. */
static enum rig_wait let_finish(struct play *p, struct quiet *q)
{
	uint64_t limit = rig_now_us(p->rig) + BURST_MAX_US;
	enum rig_wait how;

	do {
		how = play_wait(p, rig_now_us(p->rig) + BURST_GAP_US, something_came, q);
		q->pos = how == RIG_DONE ? stream_len(q->s) : q->pos;
	} while (how == RIG_DONE && rig_now_us(p->rig) < limit);
	return how;
}

static int step_quiet(struct play *p, const struct step *s)
{
	struct quiet q = {
		.s = rig_stream(p->rig, s->from), .host = rig_stream(p->rig, STREAM_HOST),
		.pos = stream_len(rig_stream(p->rig, s->from)), .echo = p->sent_from, .may_echo = s->from == STREAM_MODEM,
	};
	enum rig_wait how = let_finish(p, &q);
	struct buf view;
	char window[32];

	if (how == RIG_TIMEOUT)
		how = play_wait(p, rig_now_us(p->rig) + s->duration_us, something_came, &q);
	p->cursor[s->from] = stream_len(q.s);
	if (how == RIG_TIMEOUT)
		return 0;
	if (how != RIG_DONE)
		return play_fail_wait(p, how, &s->place, s->duration_us, "quiet");
	duration_text(s->duration_us, window);
	buf_init(&view, TEXT_MAX_BYTES);
	str_escape(&view, stream_bytes(q.s) + q.pos, stream_len(q.s) - q.pos);
	play_fail(p, OUTCOME_FAIL, &s->place, "%s was to be quiet for %s and said %.200s", stream_name(s->from), window,
		  buf_str(&view));
	buf_free(&view);
	return -1;
}

static int step_clear(struct play *p, const struct step *s)
{
	char *id = play_expand(p, s->text, &s->place);
	int err = id ? fault_line_clear(rig_line(p->rig), id) : 0;

	/* In finally the step that armed it may never have run. */
	if (err && !p->in_finally)
		play_fail(p, OUTCOME_ERROR, &s->place, "no fault is called '%s'", id);
	else
		err = 0;
	free(id);
	return err || !id ? -1 : 0;
}

bool play_hears(const struct play *p, enum stream_id id)
{
	return id != STREAM_WHY || p->run->target != HIL_TARGET_BOARD;
}

int step_control_line(struct play *p, const struct step *s, const char *line)
{
	struct buf reply;
	int err;

	buf_init(&reply, TEXT_MAX_BYTES);
	err = rig_control(p->rig, line, &reply);
	while (reply.len && reply.data[reply.len - 1] == '\n')
		reply.data[--reply.len] = '\0';
	if (err == -ENOTSUP)
		snprintf(p->skip, sizeof(p->skip), "needs the emulator's control line: %s", line);
	if (err)
		play_fail(p, OUTCOME_ERROR, &s->place, "the emulator refused '%s': %s", line, buf_str(&reply));
	buf_free(&reply);
	return err ? -1 : 0;
}

static int step_control(struct play *p, const struct step *s)
{
	char *line = play_expand(p, s->text, &s->place);
	int err = line ? step_control_line(p, s, line) : -1;

	free(line);
	return err;
}

static int step_power(struct play *p, const struct step *s)
{
	static const char *const lines[] = {
		[POWER_ON] = "power on", [POWER_OFF] = "power off", [POWER_CYCLE] = "power cycle",
	};

	return step_control_line(p, s, lines[s->power]);
}

/* --- the walk ------------------------------------------------------------------------------------------------- */

static int (*const kinds[])(struct play *p, const struct step *s) = {
	[STEP_AT] = step_at, [STEP_SEND] = step_send, [STEP_MUX] = step_mux, [STEP_PPP] = step_ppp, [STEP_CLIENT] = step_client,
	[STEP_PROGRAM] = step_program, [STEP_TYPE] = step_type, [STEP_EXPECT] = step_expect,
	[STEP_INJECT] = step_inject, [STEP_CLEAR] = step_clear, [STEP_POWER] = step_power,
	[STEP_LINE] = step_line, [STEP_BAUD] = step_baud, [STEP_CONTROL] = step_control, [STEP_SERVER] = step_server, [STEP_CHECK] = step_check, [STEP_WAIT] = step_wait, [STEP_QUIET] = step_quiet,
};

/* Steps that only look carry on where the one before has left off: what that did not consume is still to be seen. */
static bool only_looks(const struct step *s)
{
	return s->kind == STEP_EXPECT || s->kind == STEP_CHECK || s->kind == STEP_WAIT || s->kind == STEP_CLEAR;
}

/* A step that does something begins behind what was consumed, and behind all that came before that. */
static void begin_streams(struct play *p)
{
	if (p->final.seq > p->last_seq)
		p->last_seq = p->final.seq;
	if (p->final.resume > p->cursor[STREAM_MODEM])
		p->cursor[STREAM_MODEM] = p->final.resume;
	for (int i = 0; i < STREAM_COUNT; i++) {
		const struct stream *st = rig_stream(p->rig, (enum stream_id)i);
		size_t pos = p->cursor[i];

		if (pos < stream_len(st) && stream_seq(st, pos) < p->last_seq)
			pos = stream_after_seq(st, p->last_seq);
		p->start[i] = p->cursor[i] = pos;
	}
}

static void add_mark(struct play *p, const struct step *s)
{
	struct play_mark *more = reallocarray(p->marks, p->n_marks + 1, sizeof(*more));

	if (!more)
		return;
	p->marks = more;
	more[p->n_marks].id = s->id;
	for (int i = 0; i < STREAM_COUNT; i++)
		more[p->n_marks].len[i] = stream_len(rig_stream(p->rig, (enum stream_id)i));
	p->n_marks++;
}

static void begin_step(struct play *p, const struct step *s)
{
	uint64_t limit_us = step_limit_us(s);

	add_mark(p, s);
	p->step = s;
	p->program = NULL;
	p->step_us = rig_now_us(p->rig);
	p->step_limit_us = limit_us ? p->step_us + (uint64_t)((double)limit_us * p->run->timeout_scale) : UINT64_MAX;
	if (only_looks(s))
		return;
	begin_streams(p);
	if (p->reads_lines)
		check_note_lines(p);
}

/* A client or program in the foreground ends with its step. */
static int end_client(struct play *p, const struct step *s)
{
	enum rig_wait how;
	uint64_t until;

	if (!is_foreground(s))
		return 0;
	until = p->in_finally ? p->step_us + p->cell->timeout_us : p->deadline_us;
	until = p->step_limit_us < until ? p->step_limit_us : until;
	if (s->kind == STEP_PROGRAM)
		return step_program_end(p, s, until);
	how = play_wait(p, until, client_has_ended, p->rig);
	return how == RIG_DONE ? 0 :
	       play_fail_wait(p, how, &s->place, until - p->step_us, "the client to exit");
}

int step_run(struct play *p, const struct step *s)
{
	int err;

	if (!s->applies)
		return 0;
	begin_step(p, s);
	err = p->cell->judge == JUDGE_ALL ? guards_set(p, &p->local, s->nevers, s->n_nevers) : 0;
	rig_set_watch(p->rig, guards_watch, p);
	if (!err)
		err = kinds[s->kind](p, s);
	if (!err)
		err = step_expects(p, s);
	if (!err)
		err = end_client(p, s);
	rig_set_watch(p->rig, NULL, NULL);
	guards_free(&p->local);
	p->took_us = rig_now_us(p->rig) - p->step_us;
	return err;
}

int play_begin(struct play *p, struct rig *rig, struct cell *cell, const struct run_options *run)
{
	p->rig = rig;
	p->cell = cell;
	p->run = run;
	p->reads_lines = check_reads_lines(cell);
	p->deadline_us = (uint64_t)((double)cell->timeout_us * run->timeout_scale);
	if (cell->judge == JUDGE_ALL && guards_set(p, &p->standing, cell->nevers, cell->n_nevers))
		return -1;
	for (size_t i = 0; i < cell->modem.n_faults; i++) {
		if (step_arm(p, &cell->modem.faults[i]))
			return -1;
	}
	return 0;
}

void play_end(struct play *p)
{
	guards_free(&p->standing);
	guards_free(&p->local);
	for (size_t i = 0; i < p->n_kept; i++)
		free(p->kept[i]);
	free(p->kept);
	free(p->marks);
	p->marks = NULL;
	p->kept = NULL;
	p->n_kept = 0;
}

/* --- the whole cell ------------------------------------------------------------------------------------------- */

/* A stream that was cut cannot be judged. */
static int judge_streams(struct play *p)
{
	for (int id = 0; id < STREAM_COUNT; id++) {
		if (stream_is_full(rig_stream(p->rig, (enum stream_id)id)))
			return play_fail(p, OUTCOME_ERROR, &p->cell->scenario->place,
					 "more arrived from %s than is kept of a stream", stream_name((enum stream_id)id));
	}
	return 0;
}

static bool asks_broker(const struct cell *c)
{
	for (size_t i = 0; i < c->n_always; i++) {
		if (c->always[i].pattern.from == STREAM_BROKER)
			return true;
	}
	for (size_t i = 0; i < c->n_nevers; i++) {
		if (c->nevers[i].from == STREAM_BROKER)
			return true;
	}
	return false;
}

/* What a real broker has seen by now is heard before it is judged. */
static int settle(struct play *p)
{
	if (!p->fixtures || !asks_broker(p->cell))
		return 0;
	fixtures_settle(p->fixtures);
	return guards_watch(p) ? -1 : 0;
}

/* A fault that a sweep has put somewhere acts there, or there is no such place; what else the run missed is its doing. */
static int judge_sweep(struct play *p)
{
	const struct modem_setup *modem = &p->cell->modem;
	const struct fault *f = &modem->faults[modem->n_faults - 1];

	if (fault_line_has_fired(rig_line(p->rig), f->id))
		return 0;
	return play_fail(p, OUTCOME_ERROR, &f->place, "fault %s never fired: there is no such point", f->id);
}

static int judge_recording(struct play *p)
{
	const struct replay *replay = &p->cell->modem.replay;
	struct buf what;
	int err = 0;

	if (is_lost(p))
		return -1;
	buf_init(&what, TEXT_MAX_BYTES);
	if (p->cell->judge == JUDGE_ALL && replay->must_finish && rig_left(p->rig, &what))
		err = play_fail(p, OUTCOME_FAIL, &replay->place, "the recording is not finished: %s", buf_str(&what));
	buf_free(&what);
	return err;
}

int play_judge(struct play *p)
{
	const struct fault *f = fault_line_unfired(rig_line(p->rig));

	p->step = NULL;
	p->step_us = 0;
	if (settle(p))
		return -1;
	if (judge_recording(p) || judge_streams(p) || (p->cell->sweep && judge_sweep(p)))
		return -1;
	for (size_t i = 0; i < p->cell->n_always; i++) {
		if (play_hears(p, p->cell->always[i].pattern.from) && step_claim(p, &p->cell->always[i]))
			return -1;
	}
	if (f && !p->cell->sweep)
		return play_fail(p, OUTCOME_FAIL, &f->place, "fault %s never fired", f->id ? f->id : fault_name(f->kind));
	return 0;
}
