/*
 * The order of things: rank the revisions, build the story as plainly as can be, play it; while the outcomes are not
 * those of the log, try what the log leaves open, one guess at a time; then search for what would help.
 */
#include "harness/reproduce/reproduce.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/reproduce/cause.h"
#include "harness/reproduce/cuts.h"
#include "harness/reproduce/outcome.h"
#include "harness/reproduce/stand_in.h"
#include "harness/target.h"

enum { READINGS_MAX = 64 };

/* What a log may leave open, from the plainest on. */
static const struct opening {
	struct tale_guess guess;
	const char *words;
	bool needs_ca;	   /* only where a CA had to be assumed */
	bool needs_no_sni; /* only where the log does not show enableSNI */
} openings[] = {
	{ { 0 }, "nothing else" },
	{ { .ca = TALE_CA_DAMAGED }, "the CA file is damaged", .needs_ca = true },
	{ { .ca = TALE_CA_OTHER }, "the CA file holds another CA", .needs_ca = true },
	{ { .sni = true }, "enableSNI is 1", .needs_no_sni = true },
};

enum { OPENINGS = sizeof(openings) / sizeof(openings[0]) };

/* One way to read the log. */
struct reading {
	const struct revision *revision;
	size_t opening, world; /* rows of openings[] and of stand_in */
};

struct work {
	const struct log *log;
	struct tale_parts parts;
	struct reproduction *out;
	struct err *e;
	bool unknown; /* no world knows the broker: stand-ins take its place */
	struct stand_in stand_in;
	struct reading readings[READINGS_MAX];
	size_t n_readings;
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

static bool fits(const struct goal *g, const char *result)
{
	return g->hangs ? !result : same_outcome(g->seen, result);
}

static void count(struct reproduction *r)
{
	r->fits = r->shown = 0;
	for (size_t i = 0; i < r->tale.n_goals; i++) {
		const struct goal *g = &r->tale.goals[i];

		r->shown += g->seen || g->hangs;
		r->fits += fits(g, reproduction_result(r, i));
	}
}

bool reproduction_fits(const struct reproduction *r)
{
	return r->shown && r->fits == r->shown;
}

/* --- one way to read the log ----------------------------------------------------------------------------------- */

static int make_world(struct work *w, size_t i, char path[SCRATCH_PATH_MAX + 32])
{
	struct reproduction *r = w->out;

	snprintf(path, SCRATCH_PATH_MAX + 32, "%s/world-%zu.yaml", r->dir, i);
	r->stand_in = stand_in_words(i);
	return stand_in_write(i, &w->stand_in, path, w->e);
}

/* Where a world file of ours lies is nobody's business. */
static void hide_files(struct reproduction *r)
{
	for (size_t i = 0; *r->dir && i < r->play.n_whys; i++) {
		for (size_t k = 0; k < r->play.whys[i].n_causes; k++) {
			char *text = (char *)(uintptr_t)r->play.whys[i].causes[k].text, *at = strstr(text, r->dir);
			char *end = at ? strchr(at, ')') : NULL;

			if (end && at - text >= 2 && at[-1] == '(')
				memmove(at - 2, end + 1, strlen(end + 1) + 1);
		}
	}
}

static int play_reading(struct work *w, const struct reading *reading)
{
	struct reproduction *r = w->out;
	char path[SCRATCH_PATH_MAX + 32] = "";
	int err = w->unknown ? make_world(w, reading->world, path) : 0;

	if (err)
		return err;
	drop(r);
	r->revision = reading->revision;
	r->setup = (struct play_setup){ .cache = r->cache, .profile = reading->revision->name };
	if (w->unknown)
		r->setup.world = pool_strdup(w->log->pool, path);
	err = tale_build(w->log, &w->parts, &openings[reading->opening].guess, &r->tale, w->e);
	if (!err)
		err = play_run(&r->setup, &r->tale.script, w->log->pool, &r->play, w->e);
	if (err)
		return err;
	hide_files(r);
	count(r);
	return 0;
}

/* --- all ways -------------------------------------------------------------------------------------------------- */

static bool applies(const struct work *w, const struct opening *o)
{
	const struct tale *s = &w->out->tale;
	bool ca = false;

	for (size_t i = 0; i < s->script.n; i++)
		ca = ca || (s->script.acts[i].kind == ACT_SILENT && s->script.acts[i].data);
	return (!o->needs_ca || ca) && (!o->needs_no_sni || !s->shows_sni);
}

/* Other revisions that the clues speak for just as much, when the text names none. */
static size_t ties(const struct reproduction *r)
{
	size_t n = 1;

	while (n < r->revisions.n && !r->given && !r->ranked[0].named && r->ranked[n].score == r->ranked[0].score)
		n++;
	return n;
}

static void add_reading(struct work *w, const struct revision *revision, size_t opening, size_t world)
{
	if (w->n_readings < READINGS_MAX)
		w->readings[w->n_readings++] = (struct reading){ revision, opening, world };
}

static void list_readings(struct work *w)
{
	const struct reproduction *r = w->out;
	size_t n = ties(r);

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < OPENINGS; k++) {
			if (applies(w, &openings[k]))
				add_reading(w, i ? r->ranked[i].revision : r->revision, k, 0);
		}
	}
	for (size_t i = 1; w->unknown && i < stand_in_count(); i++)
		add_reading(w, r->revision, 0, i);
}

/* Whether the modem's world resolves the name; asked of the modem. */
static int look_up(struct work *w, const char *host, bool *unknown)
{
	struct act acts[] = { { .command = "AT+NETOPEN" }, { 0 } };
	const struct script s = { acts, 2 };
	const struct play_setup setup = { .cache = w->out->cache, .profile = target_default_profile() };
	size_t n = strlen(host) + sizeof("AT+CDNSGIP=\"\"");
	char *command = pool_alloc(w->log->pool, n);
	struct play p;
	int err;

	snprintf(command, n, "AT+CDNSGIP=\"%s\"", host);
	acts[1].command = command;
	err = play_run(&setup, &s, w->log->pool, &p, w->e);
	if (!err)
		*unknown = !outcome_of(p.results[1]).ok;
	play_free(&p);
	return err;
}

/* A name or port that no world has. */
static bool is_not_found(const struct reproduction *r)
{
	for (size_t i = 0; i < r->tale.n_goals; i++) {
		const struct why_note *why = reproduction_why(r, i);

		for (size_t k = 0; why && k < why->n_causes; k++) {
			if (!strcmp(why->causes[k].rule, "dns"))
				return true;
		}
	}
	return false;
}

/* A server that no world knows may still have been there. */
static int find_world(struct work *w)
{
	struct reproduction *r = w->out;
	int err = 0;

	if (!stand_in_for(&r->tale.script, w->log->pool, &w->stand_in))
		return 0;
	w->unknown = is_not_found(r);
	if (!w->unknown)
		err = look_up(w, w->stand_in.host, &w->unknown);
	if (err || !w->unknown)
		return err;
	r->stand_in_host = w->stand_in.host;
	return scratch_make(r->dir, w->e);
}

/* Another reading of the same revision that fits, in words. */
static void add_also(struct reproduction *r, const struct reading *reading)
{
	if (r->n_also < REPRODUCTION_ALSO_MAX)
		r->also[r->n_also++] = (struct also){ openings[reading->opening].words,
						      reading->world ? stand_in_words(reading->world) : NULL };
}

static int try_readings(struct work *w, const struct reading **fits)
{
	struct reproduction *r = w->out;
	int err = 0;

	for (size_t i = 0; !err && i < w->n_readings; i++) {
		const struct reading *reading = &w->readings[i];

		err = play_reading(w, reading);
		if (err == -ENOTSUP) {
			err = 0;
			continue;
		}
		if (err || !reproduction_fits(r))
			continue;
		if (!*fits)
			*fits = reading;
		else if (reading->revision == (*fits)->revision)
			add_also(r, reading);
		if (*fits == &w->readings[0])
			break;
	}
	return err;
}

/* An address needs no name server: that nobody is there is the server's doing, not the name's. */
static bool goes_to_address(const struct reproduction *r, struct pool *pool)
{
	struct stand_in in;

	return stand_in_for(&r->tale.script, pool, &in) && !in.host[strspn(in.host, "0123456789.")];
}

static int find_reading(struct work *w)
{
	const struct reading plain = { .revision = w->out->revision };
	const struct reading *fits = NULL;
	int err = play_reading(w, &plain);

	if (err || (reproduction_fits(w->out) && is_not_found(w->out) && !goes_to_address(w->out, w->log->pool)))
		return err;
	err = find_world(w);
	if (!err && w->unknown)
		err = play_reading(w, &plain);
	if (err || reproduction_fits(w->out))
		return err;
	list_readings(w);
	if (w->out->shown)
		err = try_readings(w, &fits);
	return err ? err : play_reading(w, fits ? fits : &plain);
}

/* --- what is explained, and what helps ------------------------------------------------------------------------- */

/* The first outcome that differs; when all fit the first that fails, else the last. */
static void find_focus(struct reproduction *r)
{
	size_t n = r->tale.n_goals;

	r->focus = n ? n - 1 : 0;
	for (size_t i = n; i-- > 0;) {
		const struct goal *g = &r->tale.goals[i];

		if ((g->seen || g->hangs) && !fits(g, reproduction_result(r, i)))
			r->focus = i;
	}
	for (size_t i = n; reproduction_fits(r) && i-- > 0;) {
		if (!r->tale.goals[i].ok)
			r->focus = i;
	}
}

static int search(struct work *w)
{
	struct reproduction *r = w->out;
	const char *result = reproduction_result(r, r->focus);
	const struct cause *cause = cause_of_act(&r->play, r->tale.goals[r->focus].act);
	const struct change_case c = {
		.setup = &r->setup,
		.script = &r->tale.script,
		.act = r->tale.goals[r->focus].act,
		.result = result,
		.rule = cause ? cause->rule : "",
		.revision = r->revision,
		.revisions = &r->revisions,
		.ca_known_good = r->tale.ca_is_right,
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

/* --- public ---------------------------------------------------------------------------------------------------- */

static int load_revisions(struct work *w, const char *profile)
{
	struct reproduction *r = w->out;
	int err = revisions_load(w->log->pool, r->cache, revisions_names_field(w->log), &r->revisions, w->e);

	if (err || !profile)
		return err;
	r->given = true;
	r->revision = revisions_get(w->log->pool, r->cache, &r->revisions, profile, w->e);
	return r->revision ? 0 : -EINVAL;
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

	*out = (struct reproduction){ .log = l, .cache = play_cache_new() };
	w.parts = tale_parts(l);
	err = load_revisions(&w, profile);
	if (!err)
		err = rank(&w);
	if (!err && !profile)
		out->revision = out->ranked[0].revision;
	if (!err)
		err = find_reading(&w);
	if (err)
		return err;
	find_focus(out);
	err = compare(out, e);
	if (!err)
		err = loss_find(out->comparison, &out->setup, &out->tale.script, &out->play, l->pool, &out->losses, e);
	return err ? err : search(&w);
}

void reproduction_free(struct reproduction *r)
{
	drop(r);
	play_cache_free(r->cache);
	r->cache = NULL;
	scratch_remove(r->dir);
	r->dir[0] = '\0';
}
