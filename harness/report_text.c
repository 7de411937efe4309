/* The report people read: one line a cell, the whole story of a failure, the breakdown at the end. */
#include "harness/report.h"

#include <stdlib.h>
#include <string.h>

#include "harness/wall_real.h"

/* How often a cell that fails again and again is told whole, and how often at all. */
enum { STORIES_MAX = 3, HEADS_MAX = 20, DRAW_EVERY_US = 100000 };

struct report_text {
	struct report base;
	struct report_text_options o;
	size_t cells, seen, failed;
	bool drawn;			/* the line that is written over stands there */
	uint64_t drawn_us;
	struct buf out;
	/* of a run in rounds */
	bool rounds;
	unsigned round;
	char round_seed[32];
	size_t round_failed;		/* cells, when the round began */
	uint64_t begun_us, told_us;	/* the run; the last line about a round */
	json_t *troubles;		/* file::cell -> how often it failed */
};

static const char *color_of(const struct report_text *t, const struct report_cell *c)
{
	static const char *const colors[] = {
		[OUTCOME_PASS] = "\033[32m", [OUTCOME_FAIL] = "\033[1;31m", [OUTCOME_ERROR] = "\033[1;35m",
		[OUTCOME_SKIP] = "\033[33m", [OUTCOME_XFAIL] = "\033[33m", [OUTCOME_XPASS] = "\033[1;31m",
	};

	if (!t->o.color)
		return "";
	/* set aside, or fine and yet not */
	if (outcome_is_bad(c->outcome) != c->bad || c->flaky)
		return colors[OUTCOME_SKIP];
	return colors[c->outcome];
}

static void wipe(struct report_text *t)
{
	if (t->drawn)
		buf_adds(&t->out, "\r\033[K");
	t->drawn = false;
}

static void flush(struct report_text *t)
{
	fwrite(buf_str(&t->out), 1, t->out.len, t->o.out);
	fflush(t->o.out);
	buf_reset(&t->out);
}

/* "[12/48] 3 running, 1 failed, mqtt-tls-sni[B03,sni=1] connect 4.2s", never wider than the terminal. */
static void draw(struct report_text *t, const struct report_progress *p)
{
	struct buf line;

	if (!t->o.redraw || t->o.verbosity < 0)
		return;
	wipe(t);
	buf_init(&line, 4096);
	if (t->rounds)
		buf_addf(&line, "round %u ", t->round);
	buf_addf(&line, "[%zu/%zu] ", t->seen, t->cells);
	if (p->running)
		buf_addf(&line, "%zu running, ", p->running);
	buf_addf(&line, "%zu failed", t->failed);
	if (p->cell)
		buf_addf(&line, ", %s%s%s %.1fs", p->cell, *p->step ? " " : "", p->step, p->seconds);
	buf_add(&t->out, buf_str(&line), t->o.width && line.len >= t->o.width ? t->o.width - 1 : line.len);
	buf_free(&line);
	t->drawn = true;
	t->drawn_us = wall_us();
}

static void text_tick(struct report *base, const struct report_progress *p)
{
	struct report_text *t = (struct report_text *)base;

	if (!p->running && t->drawn)
		wipe(t);
	else if (p->running)
		draw(t, p);
	flush(t);
}

static void text_pause(struct report *base)
{
	struct report_text *t = (struct report_text *)base;

	wipe(t);
	flush(t);
}

/* Cells end faster than anybody can read. */
static void draw_end(struct report_text *t, const struct report_cell *c)
{
	const struct report_progress p = { .cell = c->cell, .step = "", .seconds = c->took };

	if (t->seen < t->cells && (!t->drawn_us || wall_us() - t->drawn_us >= DRAW_EVERY_US))
		draw(t, &p);
}

static void add_rounds(struct buf *out, const struct report_run *run)
{
	if (run->repeat)
		buf_addf(out, ", %zu rounds", run->repeat);
	if (run->until_fail)
		buf_adds(out, ", until one fails");
	if (run->soak >= 3600)
		buf_addf(out, ", for %gh", run->soak / 3600);
	else if (run->soak > 0)
		buf_addf(out, ", for %gs", run->soak);
}

static void text_run(struct report *base, const struct report_run *run)
{
	struct report_text *t = (struct report_text *)base;

	t->cells = run->cells;
	t->rounds = report_has_rounds(run);
	t->begun_us = t->told_us = wall_us();
	if (t->o.verbosity >= 0) {
		buf_addf(&t->out, "%zu cells, target %s, seed %s", run->cells, run->target, run->seed);
		if (*run->shuffle)
			buf_addf(&t->out, ", shuffled by %s", run->shuffle);
		add_rounds(&t->out, run);
		buf_addc(&t->out, '\n');
	}
	flush(t);
}

/* --- rounds --------------------------------------------------------------------------------------------------- */

/* The longer it goes on, the rarer are the lines: a day of short rounds is some hundred of them. */
static bool round_is_told(struct report_text *t, uint64_t now_us)
{
	uint64_t pause = (now_us - t->begun_us) / 100;

	if (!t->round || t->o.verbosity < 0)
		return false;
	return t->o.verbosity > 0 || now_us - t->told_us >= (pause > 1000000 ? pause : 1000000);
}

static void end_round(struct report_text *t)
{
	uint64_t now_us = t->round ? wall_us() : 0;

	if (!round_is_told(t, now_us))
		return;
	wipe(t);
	t->told_us = now_us;
	buf_addf(&t->out, "round %u, seed %s: %zu of %zu failed; %zu in all, %.1fs\n", t->round, t->round_seed,
		 t->failed - t->round_failed, t->seen, t->failed, (double)(now_us - t->begun_us) / 1e6);
	flush(t);
}

static void text_round(struct report *base, unsigned round, const char *seed)
{
	struct report_text *t = (struct report_text *)base;

	end_round(t);
	t->round = round;
	snprintf(t->round_seed, sizeof(t->round_seed), "%s", seed);
	t->round_failed = t->failed;
	t->seen = 0;
}

/* How often this cell has been in trouble, this time included. */
static json_int_t count_trouble(struct report_text *t, const struct report_cell *c)
{
	struct buf key;
	json_int_t n;

	buf_init(&key, 64 * 1024);
	buf_addf(&key, "%s::%s", c->file, c->cell);
	n = json_integer_value(json_object_get(t->troubles, buf_str(&key))) + 1;
	json_object_set_new(t->troubles, buf_str(&key), json_integer(n));
	buf_free(&key);
	return n;
}

/* --- cells ---------------------------------------------------------------------------------------------------- */

static void add_head(struct report_text *t, const struct report_cell *c)
{
	int pad = 60 - (int)strlen(c->cell);
	struct buf facets;

	wipe(t);
	buf_init(&facets, 4096);
	report_facets_text(&facets, c);
	buf_addf(&t->out, "%s%-5s%s %s%*s %8.1fs", color_of(t, c), outcome_word(c->outcome), t->o.color ? "\033[0m" : "",
		 c->cell, pad > 0 ? pad : 0, "", c->took);
	if (c->round)
		buf_addf(&t->out, "  round %u, seed %" JSON_INTEGER_FORMAT, c->round,
			 json_integer_value(json_object_get(c->json, "seed")));
	if (facets.len)
		buf_addf(&t->out, "  %s", buf_str(&facets));
	if (*c->reason)
		buf_addf(&t->out, "  %s", c->reason);
	buf_addc(&t->out, '\n');
	buf_free(&facets);
}

static void add_attempts(struct report_text *t, const struct report_cell *c)
{
	const json_t *one;
	size_t i;

	json_array_foreach(c->attempts, i, one)
		buf_addf(&t->out, "   attempt %zu: %s\n", i + 1, json_string_value(json_object_get(one, "text")));
}

/* What went wrong, as far as it is of interest: a failure that is set aside has one line unless more is asked for. */
static void add_story(struct report_text *t, const struct report_cell *c)
{
	bool whole = c->bad || t->o.verbosity > 0;

	add_attempts(t, c);
	if (c->failed && whole)
		report_failure_text(&t->out, c, &c->failure, "");
	else if (c->failed && c->quarantined)
		buf_addf(&t->out, "   %s%s%s\n", c->failure.step, *c->failure.step ? ": " : "", c->failure.what);
	if (c->failed_later && whole) {
		buf_adds(&t->out, "   and then:\n");
		report_failure_text(&t->out, c, &c->later, "   ");
	}
	if (c->outcome == OUTCOME_XPASS)
		buf_addf(&t->out, "%s:%u: passed, and was expected to fail\n   again:  %s\n", c->file, c->line, c->again);
	if (c->flaky && c->bad)
		buf_addf(&t->out, "%s:%u: passed only when it was tried again (--fail-flaky)\n", c->file, c->line);
}

/* In a run in rounds only trouble is told, and of that not the same without end. */
static void tell_in_rounds(struct report_text *t, const struct report_cell *c, bool note)
{
	json_int_t n;

	if (t->o.verbosity > 0) {
		add_head(t, c);
		add_story(t, c);
		return;
	}
	if (!c->bad && (!note || t->o.verbosity < 0))
		return;
	n = count_trouble(t, c);
	if (n > HEADS_MAX)
		return;
	add_head(t, c);
	if (n <= STORIES_MAX)
		add_story(t, c);
	if (n == HEADS_MAX)
		buf_addf(&t->out, "   more of this cell are counted and not told\n");
}

static void text_cell(struct report *base, const struct report_cell *c)
{
	struct report_text *t = (struct report_text *)base;
	bool note = c->flaky || (c->quarantined && outcome_is_bad(c->outcome));

	t->seen++;
	t->failed += c->bad;
	if (t->rounds) {
		tell_in_rounds(t, c, note);
	} else if (c->bad || (t->o.verbosity >= 0 && (!(t->o.redraw || t->o.failures_only) || t->o.verbosity > 0 || note))) {
		add_head(t, c);
		add_story(t, c);
	}
	draw_end(t, c);
	flush(t);
}

static void text_done(struct report *base, const struct report_totals *totals)
{
	struct report_text *t = (struct report_text *)base;

	wipe(t);
	report_totals_text(&t->out, totals);
	flush(t);
}

static void text_free(struct report *base)
{
	struct report_text *t = (struct report_text *)base;

	buf_free(&t->out);
	json_decref(t->troubles);
	free(t);
}

struct report *report_text_new(const struct report_text_options *o)
{
	static const struct report_ops ops = {
		.run = text_run, .tick = text_tick, .pause = text_pause, .round = text_round, .cell = text_cell, .done = text_done, .free = text_free,
	};
	struct report_text *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->base.ops = &ops;
	t->o = *o;
	t->troubles = json_object();
	buf_init(&t->out, 4 << 20);
	return &t->base;
}
