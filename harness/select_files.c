/* From paths to loaded scenarios: folders are walked in order of names, every file is read, every mistake is kept. */
#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/pool.h"
#include "harness/select.h"

static void add_error(struct suite *s, const char *msg)
{
	s->errors.items = pool_grow(s->pool, s->errors.items, s->errors.n, sizeof(*s->errors.items));
	s->errors.items[s->errors.n++] = pool_strdup(s->pool, msg);
}

/* What a folder holds beside scenarios: step lists, worlds, certificates. */
static bool is_passed_over(const char *name)
{
	static const char *const names[] = { "lib", "world", "certs", NULL };

	if (name[0] == '.')
		return true;
	for (size_t i = 0; names[i]; i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

static bool is_yaml(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && name[0] != '.' && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"));
}

/* A cell with a need that this machine has not is skipped, and says so. */
static void check_needs(const struct scenario *sc, const struct run_options *run)
{
	for (size_t i = 0; i < sc->n_needs; i++) {
		bool has = false;
		char why[160];

		for (size_t k = 0; k < run->n_has; k++)
			has |= !strcmp(run->has[k], sc->needs[i]);
		snprintf(why, sizeof(why), "needs %s, which .hil.yaml does not list under has:", sc->needs[i]);
		for (size_t k = 0; !has && k < sc->n_cells; k++) {
			if (!sc->cells[k]->skip_reason)
				sc->cells[k]->skip_reason = pool_strdup(sc->pool, why);
		}
	}
}

static const struct scenario *same_name(const struct suite *s, const struct scenario *sc)
{
	for (size_t i = 0; i < s->n_scenarios; i++) {
		if (sc->n_cells && !strcmp(s->scenarios[i]->name, sc->name))
			return s->scenarios[i];
	}
	return NULL;
}

static void add_scenario(struct suite *s, struct scenario *sc)
{
	const struct scenario *twin = same_name(s, sc);
	char msg[512];

	if (twin) {
		snprintf(msg, sizeof(msg), "%s:%u:%u: name '%s' is in %s too", sc->file, sc->place.line,
			 sc->place.column, sc->name, twin->file);
		add_error(s, msg);
	}
	s->scenarios = pool_grow(s->pool, s->scenarios, s->n_scenarios, sizeof(struct scenario *));
	s->scenarios[s->n_scenarios++] = sc;
	for (size_t i = 0; i < sc->n_cells; i++) {
		s->entries = pool_grow(s->pool, s->entries, s->n_entries, sizeof(*s->entries));
		s->entries[s->n_entries++] = (struct suite_entry){ .cell = sc->cells[i] };
	}
}

static bool is_loaded(const struct suite *s, const char *path)
{
	for (size_t i = 0; i < s->n_scenarios; i++) {
		if (!strcmp(s->scenarios[i]->file, path))
			return true;
	}
	return false;
}

static void load_one(struct suite *s, const char *path, const struct options *o)
{
	const struct scenario_options so = {
		.target = o->run.target == HIL_TARGET_BOARD ? "board" : "emulator",
		.vars = o->vars.items, .n_vars = o->vars.n, .profile = o->run.profile,
	};
	struct err e = { 0 };
	struct scenario *sc;

	if (is_loaded(s, path))
		return;
	sc = scenario_load_file(path, &so, &e);
	if (!sc) {
		add_error(s, e.msg);
		return;
	}
	check_needs(sc, &o->run);
	add_scenario(s, sc);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void walk_entry(struct suite *s, FTS *tree, FTSENT *ent, const struct options *o)
{
	char msg[PATH_MAX + 128];

	if (ent->fts_info == FTS_D && ent->fts_level && is_passed_over(ent->fts_name))
		fts_set(tree, ent, FTS_SKIP);
	else if (ent->fts_info == FTS_F && (!ent->fts_level || is_yaml(ent->fts_name)))
		load_one(s, ent->fts_path, o);
	if (ent->fts_info != FTS_ERR && ent->fts_info != FTS_DNR && ent->fts_info != FTS_NS)
		return;
	snprintf(msg, sizeof(msg), "%s: %s", ent->fts_path, strerror(ent->fts_errno));
	add_error(s, msg);
}

static void walk(struct suite *s, const char *path, const struct options *o)
{
	char *const paths[] = { pool_strdup(s->pool, path), NULL };
	size_t n = strlen(path);
	FTSENT *ent;
	FTS *tree;

	/* "scenarios/" and "scenarios" are to give the same ids */
	while (n > 1 && paths[0][n - 1] == '/')
		paths[0][--n] = '\0';
	tree = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	if (!tree) {
		add_error(s, strerror(errno));
		return;
	}
	for (ent = fts_read(tree); ent; ent = fts_read(tree))
		walk_entry(s, tree, ent, o);
	fts_close(tree);
}

/* file::cell, as `hil list` prints it, is that cell of that file. */
static void take_path(struct suite *s, const char *path, const struct options *o)
{
	const char *colons = strstr(path, "::");

	if (!colons) {
		walk(s, path, o);
		return;
	}
	s->exact.items = pool_grow(s->pool, s->exact.items, s->exact.n, sizeof(*s->exact.items));
	s->exact.items[s->exact.n++] = path;
	walk(s, pool_copy(s->pool, path, (size_t)(colons - path)), o);
}

int suite_load(struct suite *s, const struct options *o)
{
	*s = (struct suite){ .pool = pool_new() };
	for (size_t i = 0; i < o->select.paths.n; i++)
		take_path(s, o->select.paths.items[i], o);
	return s->errors.n ? -EINVAL : 0;
}

void suite_free(struct suite *s)
{
	for (size_t i = 0; i < s->n_scenarios; i++)
		scenario_free(s->scenarios[i]);
	pool_free(s->pool);
}
