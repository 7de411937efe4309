/* Events as JSON lines. Wire events are many, so they are written by hand; the others by jansson. */
#include "harness/event.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/fixture.h"
#include "harness/quarantine.h"
#include "harness/sources.h"
#include "harness/sweep.h"
#include "harness/vars.h"
#include "harness/wall_real.h"
#include "harness/wire/wire_json.h"

static void add_line(struct buf *out, json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(12));

	if (text) {
		buf_adds(out, text);
		buf_addc(out, '\n');
	}
	free(text);
	json_decref(j);
}

/* A text that was cut in the middle of a character is still a text. */
static json_t *text_json(const char *s)
{
	json_t *j = json_string(s);
	struct buf view;

	if (j)
		return j;
	buf_init(&view, 1 << 20);
	str_escape(&view, s, strlen(s));
	j = json_string(buf_str(&view));
	buf_free(&view);
	return j;
}

static void set_text(json_t *j, const char *key, const char *s)
{
	if (s && *s)
		json_object_set_new(j, key, text_json(s));
}

/* Seconds with microseconds, as a number that prints the same everywhere. */
static json_t *seconds(uint64_t us)
{
	return json_real((double)us / 1e6);
}

const char *target_name(const struct run_options *o)
{
	static const char *const names[] = {
		[HIL_TARGET_INPROC] = "inproc", [HIL_TARGET_PTY] = "pty", [HIL_TARGET_QEMU] = "qemu",
		[HIL_TARGET_BOARD] = "board",
	};

	return names[o->target];
}

/* All that is to run, so that what is lost on the way can be named when results are merged. */
static json_t *cell_ids(struct cell *const *cells, size_t n)
{
	json_t *list = json_array();
	struct buf id;

	buf_init(&id, 1 << 16);
	for (size_t i = 0; i < n; i++) {
		buf_reset(&id);
		buf_addf(&id, "%s::%s", cells[i]->scenario->file, cells[i]->id);
		json_array_append_new(list, json_string(buf_str(&id)));
	}
	buf_free(&id);
	return list;
}

void event_run(struct buf *out, const struct run_options *o, struct cell *const *cells, size_t n_cells)
{
	json_t *j = json_pack("{s:i, s:s, s:I, s:I, s:s}", "schema", 1, "event", "run", "cells", (json_int_t)n_cells,
			      "seed", (json_int_t)o->seed, "target", target_name(o));
	char started[32];

	wall_date(started);
	set_text(j, "dut", o->dut);
	set_text(j, "board", o->board);
	if (o->shuffled)
		json_object_set_new(j, "shuffle", json_integer((json_int_t)o->shuffle_seed));
	if (o->repeat)
		json_object_set_new(j, "repeat", json_integer((json_int_t)o->repeat));
	if (o->until_fail)
		json_object_set_new(j, "until_fail", json_true());
	if (o->soak_us)
		json_object_set_new(j, "soak", seconds(o->soak_us));
	set_text(j, "started", started);
	json_object_set_new(j, "ids", cell_ids(cells, n_cells));
	add_line(out, j);
}

void event_round(struct buf *out, unsigned round, uint64_t seed)
{
	add_line(out, json_pack("{s:i, s:s, s:I, s:I}", "schema", 1, "event", "round", "round", (json_int_t)round, "seed",
				(json_int_t)seed));
}

static void set_round(json_t *j, const struct run_options *o)
{
	if (!o->round)
		return;
	json_object_set_new(j, "round", json_integer((json_int_t)o->round));
	json_object_set_new(j, "seed", json_integer((json_int_t)o->seed));
}

void event_start(struct buf *out, const struct cell *cell, const struct run_options *o)
{
	json_t *j = json_pack("{s:i, s:s, s:s, s:s, s:i}", "schema", 1, "event", "start", "cell", cell->id, "file",
			      cell->scenario->file, "line", (int)cell->scenario->place.line);

	if (fixtures_are_real(cell))
		json_object_set_new(j, "servers", json_true());
	set_round(j, o);
	add_line(out, j);
}

void event_step(struct buf *out, const struct cell *cell, const struct step *s, size_t index, bool in_finally,
		uint64_t t_us, uint64_t took_us, enum outcome outcome)
{
	json_t *j = json_pack("{s:i, s:s, s:s, s:I, s:s, s:s}", "schema", 1, "event", "step", "cell", cell->id, "index",
			      (json_int_t)index, "kind", step_kind_name(s->kind), "outcome", outcome_name(outcome));

	set_text(j, "id", s->id);
	if (in_finally)
		json_object_set_new(j, "finally", json_true());
	json_object_set_new(j, "line", json_integer(s->place.line));
	json_object_set_new(j, "t", seconds(t_us));
	json_object_set_new(j, "took", seconds(took_us));
	add_line(out, j);
}

void event_wire(struct buf *out, const struct cell *cell, const struct rig_event *ev)
{
	buf_adds(out, "{\"schema\":1,\"event\":\"wire\",");
	if (cell) {
		buf_adds(out, "\"cell\":\"");
		wire_json_text(out, cell->id, strlen(cell->id));
		buf_adds(out, "\",");
	}
	wire_json(out, ev->t_us, ev->from, ev->bytes, ev->data, ev->len);
	buf_adds(out, "}\n");
}

static json_t *failure_json(const struct failure *f)
{
	json_t *j = json_object(), *wire = json_array();
	char source[400] = "";
	size_t n = 0;

	if (f->place.line) {
		const char *line = place_line(&f->place, &n);

		n = n < sizeof(source) ? n : sizeof(source) - 1;
		memcpy(source, line, n);
		set_text(j, "file", f->place.file);
		json_object_set_new(j, "line", json_integer(f->place.line));
		json_object_set_new(j, "column", json_integer(f->place.column));
		set_text(j, "source", source);
	}
	set_text(j, "step", f->step);
	set_text(j, "note", f->note);
	set_text(j, "what", f->what);
	set_text(j, "wanted", f->wanted);
	if (*f->nearest_from) {
		json_object_set_new(j, "nearest", json_pack("{s:s, s:f, s:o}", "from", f->nearest_from, "t",
							    (double)f->nearest_us / 1e6, "text", text_json(f->nearest)));
	}
	if (*f->meaning) {
		json_object_set_new(j, "code", json_integer(f->code));
		set_text(j, "meaning", f->meaning);
	}
	set_text(j, "why", f->why);
	for (unsigned i = 0; i < f->n_wire; i++) {
		const char arrow[2] = { f->wire[i].arrow, '\0' };

		json_array_append_new(wire, json_pack("{s:f, s:s, s:o}", "t", (double)f->wire[i].t_us / 1e6, "d", arrow,
						      "text", text_json(f->wire[i].text)));
	}
	json_object_set_new(j, "wire", wire);
	return j;
}

/* The part of "name[B03,sni=1]" that picks the cell, as a regex; false for a scenario with one cell. */
static bool cell_filter(const char *id, struct buf *out)
{
	const char *open = strchr(id, '['), *end = id + strlen(id);

	if (!open || end[-1] != ']')
		return false;
	for (const char *s = open + 1; s < end - 1; s++) {
		if (strchr(".+*?()[]{}|^$\\", *s))
			buf_addc(out, '\\');
		buf_addc(out, *s);
	}
	return true;
}

/* The command line that repeats this cell. */
static json_t *again_json(const struct cell *cell, const struct run_options *o)
{
	struct buf line, filter;
	json_t *j;

	buf_init(&line, 16 * 1024);
	buf_init(&filter, 4096);
	buf_addf(&line, "hil run %s", cell->scenario->file);
	if (cell_filter(cell->origin ? cell->origin : cell->id, &filter))
		buf_addf(&line, " --filter '%s'", buf_str(&filter));
	if (cell->rerun)
		buf_addf(&line, " %s", cell->rerun);
	if (o->rerun && *o->rerun)
		buf_addf(&line, " %s", o->rerun);
	/* a seed of the file's own holds unless one is given */
	if (!cell->modem.has_seed || o->seed_given)
		buf_addf(&line, " --seed %" PRIu64, o->seed);
	buf_adds(&line, " -v");
	j = text_json(buf_str(&line));
	buf_free(&line);
	buf_free(&filter);
	return j;
}

static json_t *attempts_json(const struct event_end *end)
{
	json_t *list = json_array();

	for (size_t i = 0; i < end->n_attempts; i++) {
		json_array_append_new(list, json_pack("{s:s, s:o}", "outcome", outcome_name(end->attempts[i].outcome),
						      "text", text_json(end->attempts[i].text)));
	}
	return list;
}

static json_t *matrix_json(const struct cell *cell)
{
	json_t *j = json_object();

	for (size_t i = 0; i < cell->n_matrix; i++)
		set_text(j, cell->matrix[i].name, cell->matrix[i].value);
	return j;
}

static void add_saved(json_t *j, const struct cell *cell, const struct expect *x)
{
	for (size_t i = 0; i < x->n_saves; i++) {
		const char *value = vars_get(cell, x->saves[i].name);

		if (value)
			set_text(j, x->saves[i].name, value);
	}
	for (size_t i = 0; i < x->n_any_order; i++)
		add_saved(j, cell, &x->any_order[i]);
}

/* What the cell's expectations took from the streams; nothing where it did not run in this process. */
static json_t *saved_json(const struct cell *cell)
{
	json_t *j = json_object();

	for (size_t i = 0; cell->runtime && i < cell->n_steps; i++) {
		for (size_t k = 0; cell->steps[i].applies && k < cell->steps[i].n_expects; k++)
			add_saved(j, cell, &cell->steps[i].expects[k]);
	}
	return j;
}

/* flaky, quarantine, and the word that all reports go by: whether it counts as a failure of the run. */
static void add_facets(json_t *j, const struct event_end *end)
{
	const struct quarantine_entry *aside =
		quarantine_find(end->options->quarantine, end->cell->scenario->file, end->cell->id);
	bool flaky = outcome_is_flaky(end->outcome, end->n_attempts);
	bool bad = outcome_is_bad(end->outcome) || (flaky && end->options->fail_flaky);

	if (flaky)
		json_object_set_new(j, "flaky", json_true());
	if (aside)
		json_object_set_new(j, "quarantine", json_pack("{s:s, s:s*}", "reason", aside->reason, "ref", aside->ref));
	json_object_set_new(j, "bad", json_boolean(bad && !aside));
}

static json_t *sweep_json(const struct cell *cell)
{
	const struct sweep_point *pt = cell->sweep;

	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:s}", "of", cell->origin, "point", pt->name, "fault", pt->row->name,
			 "exchange", (json_int_t)pt->exchange, "byte", (json_int_t)pt->byte, "where", pt->where);
}

static void set_digest(json_t *j, const struct cell *cell)
{
	char digest[DIGEST_TEXT_MAX];

	source_digest(cell, NULL, digest);
	set_text(j, "digest", digest);
}

void event_end(struct buf *out, const struct event_end *end)
{
	const struct cell *cell = end->cell;
	json_t *j = json_pack("{s:i, s:s, s:s, s:s, s:i, s:s, s:s, s:s}", "schema", 1, "event", "end", "cell", cell->id,
			      "file", cell->scenario->file, "line", (int)cell->scenario->place.line, "scenario",
			      cell->scenario->name, "target", target_name(end->options), "outcome",
			      outcome_name(end->outcome));
	bool failed = end->failure && end->failure->outcome != OUTCOME_PASS;

	set_text(j, "summary", cell->scenario->summary);
	set_text(j, "profile", cell->modem.profile);
	if (end->options->junit_wide)
		set_digest(j, cell);
	set_text(j, "reason", end->reason);
	set_round(j, end->options);
	if (end->options->attempt)
		json_object_set_new(j, "attempt", json_integer((json_int_t)end->options->attempt));
	json_object_set_new(j, "matrix", matrix_json(cell));
	json_object_set_new(j, "saved", saved_json(cell));
	json_object_set_new(j, "took", seconds(end->took_us));
	json_object_set_new(j, "real", seconds(end->real_us));
	if (end->n_attempts)
		json_object_set_new(j, "attempts", attempts_json(end));
	add_facets(j, end);
	if (failed)
		json_object_set_new(j, "failure", failure_json(end->failure));
	if (failed || end->outcome == OUTCOME_XPASS)
		json_object_set_new(j, "again", again_json(cell, end->options));
	if (end->later && end->later->outcome != OUTCOME_PASS)
		json_object_set_new(j, "later", failure_json(end->later));
	set_text(j, "wire", end->wire);
	if (cell->sweep)
		json_object_set_new(j, "sweep", sweep_json(cell));
	add_line(out, j);
}

const char *event_last_end(const struct buf *lines, size_t *n)
{
	static const char mark[] = "\"event\":\"end\"";
	const char *last, *stop = lines->data + lines->len;

	if (!lines->len || stop[-1] != '\n')
		return NULL;
	last = memrchr(lines->data, '\n', lines->len - 1);
	last = last ? last + 1 : lines->data;
	*n = (size_t)(stop - last);
	return memmem(last, *n < 64 ? *n : 64, mark, sizeof(mark) - 1) ? last : NULL;
}
