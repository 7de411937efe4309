/*
 * Expectations: in order, each with its window from the moment the one before has held; sets in any order; counts and
 * saved groups. A hit is consumed, so that the same bytes never hold two expectations.
 */
#include "harness/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/match.h"
#include "harness/vars.h"

/* One pattern that is looked for. */
struct seeker {
	const struct expect *e;
	struct match *match;
	const struct stream *s;
	size_t pos;
	unsigned seen;
	bool done;
	uint64_t until_us;
	struct stream_hit hit;		/* the last one */
};

/* A set: one pattern, or those of any_order. */
struct seekers {
	struct play *p;
	struct seeker *one;
	size_t n;
	bool last;			/* nothing more will come */
};

/* Two seekers of a set must not hold by the same bytes, nor a later step by the final result of a command. */
static bool is_taken(const struct seekers *set, const struct seeker *by, const struct stream_hit *hit)
{
	const struct play *p = set->p;

	if (by->e->pattern.from == STREAM_MODEM && p->final_of && p->final_of != p->step && hit->start < p->final.end &&
	    p->final.start < hit->end)
		return true;
	for (size_t i = 0; i < set->n; i++) {
		const struct seeker *o = &set->one[i];

		if (o != by && o->s == by->s && o->seen && hit->start < o->hit.end && o->hit.start < hit->end)
			return true;
	}
	return false;
}

static void seek(struct seekers *set, struct seeker *k)
{
	struct stream_hit hit;

	while (!k->done && stream_find(k->s, k->match, k->pos, set->last, &hit, &k->pos)) {
		k->pos = hit.resume;
		if (is_taken(set, k, &hit))
			continue;
		k->hit = hit;
		k->done = ++k->seen >= k->e->count;
	}
}

static bool all_seen(void *ctx)
{
	struct seekers *set = ctx;
	bool all = true;

	for (size_t i = 0; i < set->n; i++) {
		seek(set, &set->one[i]);
		all = all && set->one[i].done;
	}
	return all;
}

/* The first of a set whose window is over. */
static struct seeker *overdue(struct seekers *set)
{
	struct seeker *first = NULL;

	for (size_t i = 0; i < set->n; i++) {
		struct seeker *k = &set->one[i];

		if (!k->done && (!first || k->until_us < first->until_us))
			first = k;
	}
	return first;
}

static int fail_seeker(struct seekers *set, const struct seeker *k, enum rig_wait how)
{
	struct play *p = set->p;
	const char *from = stream_name(k->e->pattern.from);
	char what[64];

	if (k->e->count > 1)
		snprintf(what, sizeof(what), "%s (seen %u of %u)", from, k->seen, k->e->count);
	else
		snprintf(what, sizeof(what), "%s", from);
	play_fail_wait(p, how, &k->e->pattern.place, k->e->within_us, what);
	if (how == RIG_TIMEOUT || how == RIG_GONE)
		play_add_wanted(p, match_text(k->match), k->e->pattern.from);
	return -1;
}

/* Waits until each of the set has held; a window that ends first fails it. */
static int wait_all(struct seekers *set)
{
	struct seeker *k;

	while ((k = overdue(set)) != NULL) {
		enum rig_wait how = play_wait(set->p, k->until_us, all_seen, set);

		if (how == RIG_TIMEOUT) {
			set->last = true;
			all_seen(set);
			set->last = false;
		}
		if (how != RIG_DONE && !k->done)
			return fail_seeker(set, k, how);
	}
	return 0;
}

static int save_groups(struct play *p, const struct seeker *k)
{
	for (size_t i = 0; i < k->e->n_saves; i++) {
		const struct save *s = &k->e->saves[i];

		if (s->group >= k->hit.n_groups)
			return play_fail(p, OUTCOME_ERROR, &k->e->pattern.place, "save: no group %u in this pattern", s->group);
		if (vars_set(p->cell, s->name, k->hit.group[s->group]))
			return play_fail(p, OUTCOME_ERROR, &k->e->pattern.place, "save: out of memory");
	}
	return 0;
}

static int open_set(struct seekers *set, const struct expect *list, size_t n)
{
	struct play *p = set->p;

	set->one = calloc(n, sizeof(*set->one));
	for (size_t i = 0; set->one && i < n; i++) {
		struct seeker *k = &set->one[set->n];

		if (!play_hears(p, list[i].pattern.from))
			continue;
		k->e = &list[i];
		k->s = rig_stream(p->rig, k->e->pattern.from);
		k->pos = p->cursor[k->e->pattern.from];
		k->until_us = play_window(p, k->e->within_us);
		k->match = play_match(p, &k->e->pattern);
		if (!k->match)
			return -1;
		set->n++;
	}
	return set->one ? 0 : -1;
}

static int expect_run(struct play *p, const struct expect *e)
{
	struct seekers set = { .p = p };
	int err;

	if (!e->n_any_order && !play_hears(p, e->pattern.from))
		return 0;
	err = e->n_any_order ? open_set(&set, e->any_order, e->n_any_order) : open_set(&set, e, 1);

	if (!err)
		err = wait_all(&set);
	for (size_t i = 0; !err && i < set.n; i++) {
		play_consume(p, set.one[i].e->pattern.from, &set.one[i].hit);
		err = save_groups(p, &set.one[i]);
	}
	for (size_t i = 0; i < set.n; i++)
		match_free(set.one[i].match);
	free(set.one);
	return err;
}

int step_expects(struct play *p, const struct step *s)
{
	int err = 0;

	for (size_t i = 0; !err && i < s->n_expects; i++)
		err = expect_run(p, &s->expects[i]);
	return err;
}
