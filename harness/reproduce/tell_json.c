/* The report as JSON; the names are those of the text. */
#include "harness/reproduce/tell.h"

#include "harness/reproduce/cause.h"
#include "harness/reproduce/outcome.h"
#include "harness/wire/side_by_side.h"

enum { LINE_MAX_BYTES = 1 << 16 };

static json_t *clues_json(const struct ranked *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_clues; i++) {
		const struct clue *c = &r->clues[i];

		json_array_append_new(list, json_pack("{s:i, s:s, s:s, s:i}", "points", c->points, "what", c->what,
						      "text", c->text, "line", (int)c->line));
	}
	return list;
}

static json_t *revision_json(const struct reproduction *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->revisions.n; i++)
		json_array_append_new(list, json_pack("{s:s, s:i, s:b, s:o}", "name", r->ranked[i].revision->name,
						      "points", r->ranked[i].score, "named", r->ranked[i].named,
						      "clues", clues_json(&r->ranked[i])));
	return json_pack("{s:s, s:b, s:o}", "name", r->revision->name, "given", r->given, "candidates", list);
}

static json_t *assumed_json(const struct tale *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_assumed; i++) {
		const struct assumption *a = &s->assumed[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:b}", "what", a->what, "why", a->why, "line",
						      (int)a->line, "guess", a->only_so));
	}
	return list;
}

static json_t *outcomes_json(const struct reproduction *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->tale.n_goals; i++) {
		const struct goal *g = &r->tale.goals[i];
		const char *result = reproduction_result(r, i);

		json_array_append_new(list, json_pack("{s:s, s:i, s:s?, s:s?, s:b}", "command",
						      r->tale.script.acts[g->act].command, "line", (int)g->line, "log",
						      g->seen, "emulator", result, "explained", i == r->focus));
	}
	return list;
}

static json_t *cause_json(const struct cause *c)
{
	json_t *j = json_pack("{s:s, s:s}", "rule", c->rule, "text", c->text);

	if (j && c->quirk)
		json_object_update_new(j, json_pack("{s:s, s:s, s:s, s:s}", "quirk", c->quirk, "value", c->value,
						    "evidence", c->evidence, "confidence", c->confidence));
	return j;
}

static json_t *whys_json(const struct reproduction *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->play.n_whys; i++) {
		const struct why_note *w = &r->play.whys[i];
		const struct act *a = &r->tale.script.acts[w->act];
		json_t *chain;

		if (a->kind == ACT_SILENT || !a->command)
			continue;
		chain = json_array();
		for (size_t k = 0; k < w->n_causes; k++)
			json_array_append_new(chain, cause_json(&w->causes[k]));
		json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:i, s:s, s:o}", "command", a->command, "line",
						      (int)a->line, "family", w->family, "code", w->code, "meaning",
						      w->meaning, "chain", chain));
	}
	return list;
}

static json_t *losses_json(const struct reproduction *r)
{
	json_t *list = json_array(), *remedies = json_array();

	for (size_t i = 0; i < r->losses.n; i++) {
		const struct loss *l = &r->losses.items[i];

		json_array_append_new(list, json_pack("{s:i, s:i, s:i, s:i}", "line",
						      (int)r->tale.script.acts[l->act].line, "bytes", (int)l->whole,
						      "seen", (int)l->seen, "kept_by_slow_host", (int)l->kept));
	}
	for (size_t i = 0; i < LOSS_REMEDIES_MAX && r->losses.remedies[i]; i++)
		json_array_append_new(remedies, json_string(r->losses.remedies[i]));
	return json_pack("{s:o, s:o}", "answers", list, "remedies", remedies);
}

static json_t *tried_json(const struct tried *t)
{
	json_t *what = json_pack("[s]", t->a->what);
	const char *rule = t->cause ? t->cause->rule : NULL;

	if (t->b)
		json_array_append_new(what, json_string(t->b->what));
	return json_pack("{s:o, s:s, s:i, s:s?, s:s?, s:b, s:b}", "change", what, "class",
			 change_class_name(t->b && t->b->class > t->a->class ? t->b->class : t->a->class), "cost",
			 (int)(t->a->cost + (t->b ? t->b->cost : 0)), "result", t->result, "rule", rule, "works",
			 t->ok && !t->refused, "refused", t->refused);
}

static json_t *changes_json(const struct search *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(list, tried_json(&s->tried[i]));
	return list;
}

json_t *tell_json(const struct reproduction *r)
{
	struct buf verdict;
	json_t *j;

	buf_init(&verdict, LINE_MAX_BYTES);
	cause_verdict(r, &verdict);
	j = json_pack("{s:i, s:s, s:b, s:{s:s, s:i, s:i}, s:o, s:o, s:o, s:o, s:o, s:o}", "schema", 1, "verdict",
		      buf_str(&verdict), "reproduced", reproduction_fits(r), "log", "name", r->log->name, "from",
		      (int)r->log->from, "to", (int)r->log->to, "revision", revision_json(r), "assumed",
		      assumed_json(&r->tale), "outcomes", outcomes_json(r), "conversation",
		      side_by_side_json(r->comparison), "why", whys_json(r), "changes", changes_json(&r->search));
	if (j && r->losses.n)
		json_object_set_new(j, "losses", losses_json(r));
	if (j && r->stand_in)
		json_object_update_new(
			j, json_pack("{s:{s:s, s:s}}", "stand_in", "host", r->stand_in_host, "broker", r->stand_in));
	if (j)
		json_object_set_new(j, "smallest", r->search.best ? tried_json(r->search.best) : json_null());
	buf_free(&verdict);
	return j;
}
