/*
 * The merged run as events, so that all reports are folds over it as over any run. What a unit's last attempt said is
 * passed on byte by byte but for its end, which also tells of the attempts before it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/merge_parts.h"
#include "harness/verdict.h"

enum { TEXT_MAX_BYTES = 1 << 16 };

static const char *text_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

static int add_line(struct buf *out, json_t *j)
{
	char *text = j ? json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
	int err = text ? buf_addf(out, "%s\n", text) : -ENOMEM;

	free(text);
	json_decref(j);
	return err;
}

/* --- the run -------------------------------------------------------------------------------------------------- */

/* What all runs agree in is the merged run's, too. */
static void keep_common(const struct merge *m, const char *key, json_t *into)
{
	json_t *value = json_object_get(json_array_get(m->runs, 0), key), *run;
	size_t i;

	json_array_foreach (m->runs, i, run) {
		if (!json_equal(value, json_object_get(run, key)))
			return;
	}
	if (value)
		json_object_set(into, key, value);
}

static const char *first_start(const struct merge *m)
{
	const char *first = "";
	json_t *run;
	size_t i;

	json_array_foreach (m->runs, i, run) {
		const char *started = text_of(run, "started");

		if (*started && (!*first || strcmp(started, first) < 0))
			first = started;
	}
	return first;
}

static int add_run(const struct merge *m, struct buf *out)
{
	static const char *const common[] = { "seed", "target", "dut", "board" };
	json_t *j = json_pack("{s:i, s:s, s:I, s:I}", "schema", 1, "event", "run", "cells", (json_int_t)m->n_units,
			      "merged", (json_int_t)json_array_size(m->runs));

	for (size_t i = 0; j && i < sizeof(common) / sizeof(common[0]); i++)
		keep_common(m, common[i], j);
	if (j && *first_start(m))
		json_object_set_new(j, "started", json_string(first_start(m)));
	return add_line(out, j);
}

/* --- units ---------------------------------------------------------------------------------------------------- */

/* "file:line:column: step: what", as the attempts of hil run --retry have it. */
static json_t *told_failure(const json_t *end)
{
	const json_t *failure = json_object_get(end, "failure");
	int line = (int)json_integer_value(json_object_get(failure, "line"));
	struct buf text;
	json_t *j;

	buf_init(&text, TEXT_MAX_BYTES);
	if (line)
		buf_addf(&text, "%s:%d:%d: ", text_of(failure, "file"), line,
			 (int)json_integer_value(json_object_get(failure, "column")));
	buf_addf(&text, "%s%s%s", text_of(failure, "step"), *text_of(failure, "step") ? ": " : "",
		 text_of(failure, "what"));
	j = json_string(buf_str(&text));
	buf_free(&text);
	return j;
}

/*
 * An attempt that another one came after, with its own retries before it. A pass that was done once more is no attempt
 * that failed, and neither is one that a dying machine took with it: work is given out at least once.
 */
static void add_earlier(json_t *list, const struct merge_attempt *a)
{
	const char *outcome = text_of(a->result, "outcome");

	json_array_extend(list, json_object_get(a->result, "attempts"));
	if (outcome_is_bad(outcome_from_name(outcome)))
		json_array_append_new(list,
				      json_pack("{s:s, s:o}", "outcome", outcome, "text", told_failure(a->result)));
}

/* What an end is stands first, where readers of lines look for it, wherever the result had it. */
static int add_end(const struct merge_unit *u, bool fail_flaky, struct buf *out)
{
	json_t *end = json_pack("{s:i, s:s}", "schema", 1, "event", "end"), *attempts = json_array();
	bool flaky;

	json_object_update(end, u->attempts[u->n - 1].result);
	for (size_t i = 0; i + 1 < u->n; i++)
		add_earlier(attempts, &u->attempts[i]);
	json_array_extend(attempts, json_object_get(end, "attempts"));
	flaky = outcome_is_flaky(outcome_from_name(text_of(end, "outcome")), json_array_size(attempts));
	if (json_array_size(attempts))
		json_object_set(end, "attempts", attempts);
	if (u->n > 1)
		json_object_set_new(end, "begun", json_integer((json_int_t)u->n));
	if (flaky)
		json_object_set_new(end, "flaky", json_true());
	if (flaky && fail_flaky && !json_object_get(end, "quarantine"))
		json_object_set_new(end, "bad", json_true());
	json_decref(attempts);
	return add_line(out, end);
}

static json_t *again(const struct merge_unit *u)
{
	struct buf text;
	json_t *j;

	buf_init(&text, TEXT_MAX_BYTES);
	buf_addf(&text, "hil run '%s'", u->id);
	j = json_string(buf_str(&text));
	buf_free(&text);
	return j;
}

/* The names are in "file::scenario[matrix] round 2"; what is expected on any target is missing where the others are. */
static int add_lost(const struct merge *m, const struct merge_unit *u, struct buf *out)
{
	const char *cut = strstr(u->id, "::"), *cell = cut ? cut + 2 : u->id;
	const json_t *run = u->run ? u->run : json_array_get(m->runs, 0);
	json_t *end = json_pack("{s:i, s:s, s:s, s:s%, s:i, s:s%, s:s, s:s, s:f, s:f, s:b, s:{s:s}, s:o}", "schema", 1,
				"event", "end", "cell", cell, "file", u->id, cut ? (size_t)(cut - u->id) : (size_t)0,
				"line", 1, "scenario", cell, strcspn(cell, "[ "), "target", text_of(run, "target"),
				"outcome", "error", "took", 0.0, "real", 0.0, "bad", 1, "failure", "what",
				u->n ? "lost: it began and has no result" : "lost: no result of it is there", "again",
				again(u));

	return add_line(out, end);
}

static int add_unit(const struct merge *m, const struct merge_unit *u, bool fail_flaky, struct buf *out)
{
	const struct merge_attempt *last = u->n ? &u->attempts[u->n - 1] : NULL;
	int err;

	if (!last || !last->result)
		return add_lost(m, u, out);
	err = buf_add(out, m->files[last->file].text.data + last->begin, last->end_line - last->begin);
	return err ? err : add_end(u, fail_flaky, out);
}

int merge_events(const struct merge *m, bool fail_flaky, struct buf *out)
{
	int err = add_run(m, out);

	for (size_t i = 0; !err && i < m->n_units; i++)
		err = add_unit(m, &m->units[i], fail_flaky, out);
	return err;
}
