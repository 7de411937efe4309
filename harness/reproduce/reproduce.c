/*
 * The order of things: rank the revisions, build the story as plainly as can be, play it; while the outcomes are not
 * those of the log, try what the log leaves open, one guess at a time; then search for what would help.
 */
#include "harness/reproduce/reproduce.h"

#include <errno.h>
#include <string.h>

#include "harness/reproduce/cuts.h"
#include "harness/reproduce/outcome.h"
#include "harness/target.h"

enum { TIES_MAX = 16 };

/* What a log may leave open, from the plainest on. */
static const struct opening {
	struct tale_guess guess;
	bool needs_ca;	   /* only where a CA had to be assumed */
	bool needs_no_sni; /* only where the log does not show enableSNI */
} openings[] = {
	{ { 0 } },
	{ { .ca = TALE_CA_DAMAGED }, .needs_ca = true },
	{ { .ca = TALE_CA_OTHER }, .needs_ca = true },
	{ { .sni = true }, .needs_no_sni = true },
};

struct work {
	const struct log *log;
	struct tale_parts parts;
	struct reproduction *out;
	struct err *e;
};

static void drop(struct reproduction *r)
{
	compare_free(r->comparison);
	divergences_free(r->cuts);
	play_free(&r->play);
	tale_free(&r->tale);
	r->comparison = NULL;
	r->cuts = NULL;
}

const char *reproduction_result(const struct reproduction *r, size_t goal)
{
	return r->play.results[r->tale.goals[goal].act];
}

const struct why_note *reproduction_why(const struct reproduction *r, size_t goal)
{
	for (size_t i = r->play.n_whys; i-- > 0;) {
		if (r->play.whys[i].act == r->tale.goals[goal].act)
			return &r->play.whys[i];
	}
	return NULL;
}

static bool same_outcome(const char *a, const char *b)
{
	const struct outcome x = outcome_of(a), y = outcome_of(b);

	return a && b && x.rank == y.rank && x.code == y.code && x.ok == y.ok;
}

static void count(struct reproduction *r)
{
	r->fits = r->shown = 0;
	for (size_t i = 0; i < r->tale.n_goals; i++) {
		const struct goal *g = &r->tale.goals[i];

		r->shown += g->seen != NULL;
		r->fits += g->seen && same_outcome(g->seen, reproduction_result(r, i));
	}
}

bool reproduction_fits(const struct reproduction *r)
{
	return r->shown && r->fits == r->shown;
}

/* --- one way to read the log ----------------------------------------------------------------------------------------
 */

static int play_once(struct work *w, const struct revision *revision, const struct tale_guess *guess)
{
	struct reproduction *r = w->out;
	int err;

	drop(r);
	r->revision = revision;
	r->setup = (struct play_setup){ .profile = revision->name };
	err = tale_build(w->log, &w->parts, guess, &r->tale, w->e);
	if (!err)
		err = play_run(&r->setup, &r->tale.script, w->log->pool, &r->play, w->e);
	if (!err)
		count(r);
	return err;
}

static bool applies(const struct work *w, const struct opening *o)
{
	const struct tale *s = &w->out->tale;
	bool ca = false;

	for (size_t i = 0; i < s->script.n; i++)
		ca = ca || (s->script.acts[i].kind == ACT_SILENT && s->script.acts[i].data);
	return (!o->needs_ca || ca) && (!o->needs_no_sni || !s->shows_sni);
}

/* Tries what is open on one revision; stops where all outcomes fit. */
static int try_openings(struct work *w, const struct revision *revision, struct tale_guess *used)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(openings) / sizeof(openings[0]); i++) {
		if (i && !applies(w, &openings[i]))
			continue;
		*used = openings[i].guess;
		err = play_once(w, revision, used);
		if (err || reproduction_fits(w->out) || !w->out->shown)
			return err;
	}
	return err;
}

/* Other revisions that the clues speak for just as much, when the text names none. */
static size_t ties(const struct reproduction *r)
{
	size_t n = 1;

	while (n < r->revisions.n && n < TIES_MAX && !r->given && !r->ranked[0].named &&
	       r->ranked[n].score == r->ranked[0].score)
		n++;
	return n;
}

static int find_reading(struct work *w)
{
	struct reproduction *r = w->out;
	const struct revision *first = r->revision;
	struct tale_guess guess = { 0 };
	size_t n = ties(r);
	int err = try_openings(w, first, &guess);

	for (size_t i = 1; !err && i < n && r->shown && !reproduction_fits(r); i++)
		err = try_openings(w, r->ranked[i].revision, &guess);
	if (!err && r->shown && !reproduction_fits(r))
		err = play_once(w, first, &openings[0].guess);
	return err;
}

/* --- what is explained, and what helps
 * -------------------------------------------------------------------------------- */

/* The first outcome that differs; when all fit the first that fails, else the last. */
static void find_focus(struct reproduction *r)
{
	size_t n = r->tale.n_goals;

	r->focus = n ? n - 1 : 0;
	for (size_t i = n; i-- > 0;) {
		const struct goal *g = &r->tale.goals[i];

		if (g->seen && !same_outcome(g->seen, reproduction_result(r, i)))
			r->focus = i;
	}
	for (size_t i = n; reproduction_fits(r) && i-- > 0;) {
		if (!r->tale.goals[i].ok)
			r->focus = i;
	}
}

/* The CA that was assumed is the right one as long as no guess says otherwise; one that the log uploads may be any. */
static bool ca_is_known_good(const struct tale *s)
{
	for (size_t i = 0; i < s->n_assumed; i++) {
		if (strstr(s->assumed[i].what, "in the store") && strstr(s->assumed[i].why, "ends there"))
			return true;
	}
	return false;
}

static int search(struct work *w)
{
	struct reproduction *r = w->out;
	const char *result = reproduction_result(r, r->focus);
	const struct change_case c = {
		.setup = &r->setup,
		.script = &r->tale.script,
		.act = r->tale.goals[r->focus].act,
		.result = result,
		.revision = r->revision,
		.revisions = &r->revisions,
		.ca_known_good = ca_is_known_good(&r->tale),
	};

	if (outcome_of(result).ok)
		return 0;
	r->searched = true;
	return change_search(&c, w->log->pool, &r->search, w->e);
}

static int compare(struct reproduction *r, struct err *e)
{
	r->comparison = compare_new(r->tale.talk, r->play.talk, "log", r->revision->name, NULL);
	if (r->comparison)
		r->cuts = cuts_declare(r->comparison, &r->n_cuts);
	if (!r->cuts)
		return r->comparison ? 0 : err_set(e, -ENOMEM, "out of memory");
	compare_free(r->comparison);
	r->comparison = compare_new(r->tale.talk, r->play.talk, "log", r->revision->name, r->cuts);
	return r->comparison ? 0 : err_set(e, -ENOMEM, "out of memory");
}

/* --- public
 * ------------------------------------------------------------------------------------------------------------ */

static int choose_revision(struct work *w, const char *profile)
{
	struct reproduction *r = w->out;

	r->given = profile != NULL;
	r->revision = profile ? revisions_find(&r->revisions, profile) : r->ranked[0].revision;
	return r->revision ? 0 : err_set(w->e, -EINVAL, "no revision is called '%s'", profile);
}

/* The completed conversation is needed for the clues; which revision it is played on does not matter for it. */
static int rank(struct work *w)
{
	struct reproduction *r = w->out;
	int err = tale_build(w->log, &w->parts, &openings[0].guess, &r->tale, w->e);

	if (err)
		return err;
	if (!r->tale.n_goals)
		return -ENOENT;
	r->ranked = revisions_rank(&r->revisions, w->log, r->tale.talk);
	return 0;
}

int reproduce_log(const struct log *l, const char *profile, struct reproduction *out, struct err *e)
{
	struct work w = { .log = l, .out = out, .e = e };
	int err;

	*out = (struct reproduction){ .log = l };
	w.parts = tale_parts(l);
	err = revisions_load(l->pool, &out->revisions, e);
	if (!err)
		err = rank(&w);
	if (!err)
		err = choose_revision(&w, profile);
	if (!err)
		err = find_reading(&w);
	if (err)
		return err;
	find_focus(out);
	err = compare(out, e);
	return err ? err : search(&w);
}

void reproduction_free(struct reproduction *r)
{
	drop(r);
}
