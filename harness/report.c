/* Events back to structs, the counting, and the texts that several reports share. */
#include "harness/report.h"

#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

static unsigned number_of(const json_t *j, const char *key)
{
	return (unsigned)json_integer_value(json_object_get(j, key));
}

static void read_failure(struct report_failure *f, const json_t *j)
{
	const json_t *nearest = json_object_get(j, "nearest"), *wire = json_object_get(j, "wire"), *one;
	size_t i;

	f->file = text_of(j, "file");
	f->source = text_of(j, "source");
	f->step = text_of(j, "step");
	f->note = text_of(j, "note");
	f->what = text_of(j, "what");
	f->wanted = text_of(j, "wanted");
	f->line = number_of(j, "line");
	f->column = number_of(j, "column");
	f->nearest_from = text_of(nearest, "from");
	f->nearest = text_of(nearest, "text");
	f->nearest_t = json_number_value(json_object_get(nearest, "t"));
	f->code = (int)number_of(j, "code");
	f->meaning = text_of(j, "meaning");
	f->why = text_of(j, "why");
	json_array_foreach(wire, i, one) {
		if (i < FAILURE_WIRE_LINES)
			f->wire[f->n_wire++] = (struct report_wire){
				json_number_value(json_object_get(one, "t")), *text_of(one, "d"), text_of(one, "text"),
			};
	}
}

static void read_facets(struct report_cell *c, const json_t *j)
{
	const json_t *quarantine = json_object_get(j, "quarantine"), *bad = json_object_get(j, "bad");

	c->quarantined = quarantine != NULL;
	c->quarantine_reason = text_of(quarantine, "reason");
	c->quarantine_ref = text_of(quarantine, "ref");
	c->flaky = outcome_is_flaky(c->outcome, json_array_size(c->attempts));
	c->bad = bad ? json_is_true(bad) : !c->quarantined && outcome_is_bad(c->outcome);
}

void report_read_cell(struct report_cell *c, json_t *j)
{
	memset(c, 0, sizeof(*c));
	c->json = j;
	c->cell = text_of(j, "cell");
	c->file = text_of(j, "file");
	c->scenario = text_of(j, "scenario");
	c->summary = text_of(j, "summary");
	c->target = text_of(j, "target");
	c->profile = text_of(j, "profile");
	c->reason = text_of(j, "reason");
	c->again = text_of(j, "again");
	c->wire = text_of(j, "wire");
	c->point = text_of(json_object_get(j, "sweep"), "point");
	c->fault = text_of(json_object_get(j, "sweep"), "fault");
	c->where = text_of(json_object_get(j, "sweep"), "where");
	c->line = number_of(j, "line");
	c->round = number_of(j, "round");
	c->outcome = outcome_from_name(text_of(j, "outcome"));
	c->took = json_number_value(json_object_get(j, "took"));
	c->real = json_number_value(json_object_get(j, "real"));
	c->attempts = json_object_get(j, "attempts");
	c->failed = json_object_get(j, "failure") != NULL;
	c->failed_later = json_object_get(j, "later") != NULL;
	read_failure(&c->failure, json_object_get(j, "failure"));
	read_failure(&c->later, json_object_get(j, "later"));
	if (c->outcome == OUTCOME_COUNT)
		c->outcome = OUTCOME_ERROR;
	read_facets(c, j);
}

/* --- shared texts --------------------------------------------------------------------------------------------- */

void report_clean(struct buf *out, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == 0x1b && s[1] == '[') {
			s += 2 + strspn(s + 2, "0123456789;?");
			if (!*s)
				return;
		} else if (c >= 0x20 || c == '\t' || c == '\n') {
			buf_addc(out, *s);
		}
	}
}

static void add_source(struct buf *out, const struct report_failure *f, const char *indent)
{
	size_t blanks = strspn(f->source, " ");

	buf_addf(out, "%s%5u |%s%s\n", indent, f->line, *f->source ? " " : "", f->source);
	if (f->column < blanks)
		return;
	buf_addf(out, "%s      | ", indent);
	/* Tabs stay tabs, so that the caret is under its character. */
	for (unsigned i = 0; i + 1 < f->column && f->source[i]; i++)
		buf_addc(out, f->source[i] == '\t' ? '\t' : ' ');
	buf_addc(out, '^');
	if (*f->wanted)
		buf_addf(out, " wanted %s", f->wanted);
	buf_addc(out, '\n');
}

void report_failure_text(struct buf *out, const struct report_cell *c, const struct report_failure *f,
			 const char *indent)
{
	buf_adds(out, indent);
	if (f->line)
		buf_addf(out, "%s:%u:%u: ", f->file, f->line, f->column);
	buf_addf(out, "%s%s%s\n", f->step, *f->step ? ": " : "", f->what);
	if (f->line)
		add_source(out, f, indent);
	if (*c->where)
		buf_addf(out, "%s   fault: %s\n", indent, c->where);
	if (*f->note)
		buf_addf(out, "%s   note: %s\n", indent, f->note);
	if (*f->nearest_from)
		buf_addf(out, "%s   nearest line from %s, %.1fs in:   %s", indent, f->nearest_from, f->nearest_t, f->nearest);
	if (*f->nearest_from && *f->meaning)
		buf_addf(out, "      (%d: %s)", f->code, f->meaning);
	if (*f->nearest_from)
		buf_addc(out, '\n');
	if (*f->why)
		buf_addf(out, "%s   why: %s\n", indent, f->why);
	for (size_t i = 0; i < f->n_wire; i++)
		buf_addf(out, "%s   %-17s %6.1fs %c %s\n", indent, i ? "" : "last wire lines:", f->wire[i].t, f->wire[i].arrow,
			 f->wire[i].text);
	if (*c->again)
		buf_addf(out, "%s   again:  %s\n", indent, c->again);
	if (*c->wire)
		buf_addf(out, "%s   wire:   %s\n", indent, c->wire);
}

void report_facets_text(struct buf *out, const struct report_cell *c)
{
	if (c->flaky)
		buf_addf(out, "flaky (%zu attempts)", json_array_size(c->attempts) + 1);
	if (!c->quarantined)
		return;
	buf_addf(out, "%squarantined: %s", c->flaky ? "  " : "", c->quarantine_reason);
	if (*c->quarantine_ref)
		buf_addf(out, " (%s)", c->quarantine_ref);
}

static size_t bad_cells(const struct report_totals *t)
{
	size_t n = 0;

	for (int o = 0; o < OUTCOME_COUNT; o++)
		n += t->bad[o];
	return n;
}

size_t report_totals_failed(const struct report_totals *t)
{
	size_t n = bad_cells(t);

	for (size_t i = 0; i < t->n_own; i++)
		n += t->own[i].n;
	return n;
}

static void add_breakdown(struct buf *out, const struct report_totals *t)
{
	for (int o = 0; o < OUTCOME_COUNT; o++)
		buf_addf(out, "%s%zu %s", o ? ", " : "", t->n[o], outcome_word((enum outcome)o));
	if (t->flaky)
		buf_addf(out, ", %zu flaky", t->flaky);
	if (t->quarantined)
		buf_addf(out, ", %zu quarantined", t->quarantined);
	if (t->set_aside)
		buf_addf(out, " (%zu failed)", t->set_aside);
	for (size_t i = 0; i < t->n_own; i++) {
		if (t->own[i].n)
			buf_addf(out, ", %zu %s", t->own[i].n, t->own[i].what);
	}
	if (t->not_run)
		buf_addf(out, ", %zu not run", t->not_run);
}

/* What is set aside is no failure of the run and has not passed either: it is among the skipped. */
void report_totals_text(struct buf *out, const struct report_totals *t)
{
	const size_t *n = t->n;
	size_t cells = 0;

	add_breakdown(out, t);
	if (t->rounds)
		buf_addf(out, ", %zu round%s", t->rounds, t->rounds == 1 ? "" : "s");
	buf_addf(out, " in %.2fs%s%s\n", t->real, t->stopped ? ", stopped: " : "", t->stopped ? t->stopped : "");
	for (int o = 0; o < OUTCOME_COUNT; o++)
		cells += n[o];
	buf_addf(out, "%zu passed, %zu failed, %zu skipped\n", cells - bad_cells(t) - n[OUTCOME_SKIP] - t->set_aside,
		 report_totals_failed(t), n[OUTCOME_SKIP] + t->set_aside);
}

/* --- the set --------------------------------------------------------------------------------------------------- */

void report_set_add(struct report_set *s, struct report *r)
{
	if (r && s->n < REPORTS_MAX)
		s->report[s->n++] = r;
}

static enum outcome feed_end(struct report_set *s, json_t *j)
{
	struct report_cell c;

	report_read_cell(&c, j);
	s->totals.n[c.outcome]++;
	s->totals.bad[c.outcome] += c.bad;
	s->totals.flaky += c.flaky;
	s->totals.quarantined += c.quarantined;
	s->totals.set_aside += c.quarantined && outcome_is_bad(c.outcome);
	for (size_t i = 0; i < s->n; i++) {
		if (s->report[i]->ops->cell)
			s->report[i]->ops->cell(s->report[i], &c);
	}
	return c.outcome;
}

/* A number that is printed as it stands; "" when it is not there. */
static void number_text(const json_t *j, const char *key, char out[32])
{
	out[0] = '\0';
	if (json_object_get(j, key))
		snprintf(out, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(j, key)));
}

bool report_has_rounds(const struct report_run *run)
{
	return run->repeat || run->until_fail || run->soak > 0;
}

static enum outcome feed_run(struct report_set *s, json_t *j)
{
	char seed[32], shuffle[32];
	struct report_run run = {
		.cells = number_of(j, "cells"), .seed = seed, .target = text_of(j, "target"), .started = text_of(j, "started"),
		.board = text_of(j, "board"), .dut = text_of(j, "dut"), .shuffle = shuffle, .repeat = number_of(j, "repeat"),
		.until_fail = json_is_true(json_object_get(j, "until_fail")),
		.soak = json_number_value(json_object_get(j, "soak")),
	};

	number_text(j, "seed", seed);
	number_text(j, "shuffle", shuffle);
	for (size_t i = 0; i < s->n; i++) {
		if (s->report[i]->ops->run)
			s->report[i]->ops->run(s->report[i], &run);
	}
	return OUTCOME_COUNT;
}

static enum outcome feed_round(struct report_set *s, json_t *j)
{
	char seed[32];

	number_text(j, "seed", seed);
	s->totals.rounds++;
	for (size_t i = 0; i < s->n; i++) {
		if (s->report[i]->ops->round)
			s->report[i]->ops->round(s->report[i], number_of(j, "round"), seed);
	}
	return OUTCOME_COUNT;
}

static enum outcome feed_resources(struct report_set *s, json_t *j)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->report[i]->ops->resources)
			s->report[i]->ops->resources(s->report[i], j);
	}
	return OUTCOME_COUNT;
}

static const struct {
	const char *name;
	enum outcome (*feed)(struct report_set *s, json_t *j);
} events[] = {
	{ "\"event\":\"end\"", feed_end },
	{ "\"event\":\"run\"", feed_run },
	{ "\"event\":\"round\"", feed_round },
	{ "\"event\":\"resources\"", feed_resources },
};

enum outcome report_set_feed(struct report_set *s, const char *line, size_t n)
{
	size_t head = n < 64 ? n : 64;
	enum outcome outcome = OUTCOME_COUNT;
	json_t *j;

	for (size_t i = 0; i < s->n; i++) {
		if (s->report[i]->ops->line)
			s->report[i]->ops->line(s->report[i], line, n);
	}
	/* Steps and wire lines are most of the traffic and only those that want lines look at them. */
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (!memmem(line, head, events[i].name, strlen(events[i].name)))
			continue;
		j = json_loadb(line, n, 0, NULL);
		if (j)
			outcome = events[i].feed(s, j);
		json_decref(j);
		break;
	}
	return outcome;
}

void report_set_tick(struct report_set *s, const struct report_progress *p)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->report[i]->ops->tick)
			s->report[i]->ops->tick(s->report[i], p);
	}
}

void report_set_pause(struct report_set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->report[i]->ops->pause)
			s->report[i]->ops->pause(s->report[i]);
	}
}

void report_set_done(struct report_set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!s->report[i]->ops->failures)
			continue;
		s->totals.own[s->totals.n_own].what = s->report[i]->ops->failures_are;
		s->totals.own[s->totals.n_own++].n = s->report[i]->ops->failures(s->report[i]);
	}
	for (size_t i = 0; i < s->n; i++) {
		if (s->report[i]->ops->done)
			s->report[i]->ops->done(s->report[i], &s->totals);
	}
}

void report_set_free(struct report_set *s)
{
	while (s->n > 0) {
		struct report *r = s->report[--s->n];

		r->ops->free(r);
	}
}
