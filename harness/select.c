/*
 * The filters, one after the other; the first that says no is the reason. Then the shard, over what is left, so that
 * all shards together are the whole, and last the order.
 */
#include "harness/select.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/prng.h"
#include "base/str.h"
#include "harness/changed.h"
#include "harness/estimates.h"
#include "harness/event.h"
#include "harness/pool.h"
#include "harness/xdg.h"

/* Lists of compiled patterns and what else the filters need. */
struct filters {
	const struct options *o;
	pcre2_code **filter, **exclude;
	struct changed *changed;	/* since --newer; NULL: not asked */
	struct strings failed;		/* keys of what did not pass, see select.h */
	struct strings exact;
};

const char *cell_full_id(struct pool *p, const struct cell *cell)
{
	struct buf b;
	const char *id;

	buf_init(&b, 16384);
	buf_addf(&b, "%s::%s", cell->scenario->file, cell->id);
	id = pool_strdup(p, buf_str(&b));
	buf_free(&b);
	return id;
}

/* One file may be written in many ways, from one folder or another. */
void cell_key(struct buf *out, const char *file, const char *id)
{
	char real[PATH_MAX];

	buf_addf(out, "%s::%s", realpath(file, real) ? real : file, id);
}

/* --- patterns ------------------------------------------------------------------------------------------------ */

static void free_patterns(pcre2_code **list)
{
	for (size_t i = 0; list && list[i]; i++)
		pcre2_code_free(list[i]);
	free(list);
}

static pcre2_code **compile(const struct strings *texts, const char *flag, struct err *e)
{
	pcre2_code **list = calloc(texts->n + 1, sizeof(*list));
	char why[128] = "";
	PCRE2_SIZE at;
	int code;

	for (size_t i = 0; list && i < texts->n; i++) {
		list[i] = pcre2_compile((PCRE2_SPTR)texts->items[i], PCRE2_ZERO_TERMINATED, 0, &code, &at, NULL);
		if (list[i])
			continue;
		pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
		err_set(e, -EINVAL, "--%s '%s': not a regex: %s at character %zu", flag, texts->items[i], why, at + 1);
		free_patterns(list);
		return NULL;
	}
	if (!list)
		err_set(e, -ENOMEM, "out of memory");
	return list;
}

static bool any_matches(pcre2_code *const *list, const char *id)
{
	bool hit = false;

	for (size_t i = 0; list[i] && !hit; i++) {
		pcre2_match_data *md = pcre2_match_data_create(1, NULL);

		hit = md && pcre2_match(list[i], (PCRE2_SPTR)id, PCRE2_ZERO_TERMINATED, 0, 0, md, NULL) >= 0;
		pcre2_match_data_free(md);
	}
	return hit;
}

static bool has(const struct strings *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++) {
		if (!strcmp(list->items[i], s))
			return true;
	}
	return false;
}

static bool any_of(const struct strings *wanted, const char *const *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (has(wanted, items[i]))
			return true;
	}
	return false;
}

/* --- one cell ------------------------------------------------------------------------------------------------ */

static bool is_of_firmware(const struct cell *c, const char *wanted)
{
	for (size_t i = 0; i < c->n_matrix; i++) {
		if (strcmp(c->matrix[i].name, "firmware") && strcmp(c->matrix[i].name, "profile"))
			continue;
		if (!strcmp(c->matrix[i].value, wanted))
			return true;
	}
	return c->modem.profile && strstr(c->modem.profile, wanted);
}

/* Whether other cells of this one's file were asked for by their ids, and this one was not. */
static bool is_not_exact(const struct filters *f, const struct cell *c, const char *id)
{
	size_t n = strlen(c->scenario->file);

	for (size_t i = 0; i < f->exact.n; i++) {
		if (!strncmp(f->exact.items[i], c->scenario->file, n) && !strncmp(f->exact.items[i] + n, "::", 2))
			return !has(&f->exact, id);
	}
	return false;
}

static bool is_failed(const struct filters *f, const struct cell *c)
{
	struct buf key;
	bool hit;

	buf_init(&key, 16384);
	cell_key(&key, c->scenario->file, c->id);
	hit = has(&f->failed, buf_str(&key));
	buf_free(&key);
	return hit;
}

static const char *left_out(const struct filters *f, const struct cell *c, const char *id)
{
	const struct selection *s = &f->o->select;
	const struct scenario *sc = c->scenario;

	if (is_not_exact(f, c, id))
		return "is not the cell that was given as file::cell";
	if (s->filter.n && !any_matches(f->filter, id))
		return "--filter does not match";
	if (any_matches(f->exclude, id))
		return "--exclude matches";
	if (s->tags.n && !any_of(&s->tags, sc->tags, sc->n_tags))
		return "has none of --tags";
	if (any_of(&s->not_tags, sc->tags, sc->n_tags))
		return "has one of --not-tags";
	if (s->refs.n && !any_of(&s->refs, sc->refs, sc->n_refs))
		return "has none of --ref";
	if (s->firmware && !is_of_firmware(c, s->firmware))
		return "is not of --firmware";
	if (s->failed && !is_failed(f, c))
		return "did not fail last time (--failed)";
	if (f->changed && !changed_cell(f->changed, c))
		return "did not change since --newer";
	return NULL;
}

/* --- the last run -------------------------------------------------------------------------------------------- */

static uint64_t hash_of(const char *s)
{
	uint64_t h = 14695981039346656037u;	/* FNV-1a */

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return h;
}

const char *state_path(struct pool *p, const char *name)
{
	char here[PATH_MAX], path[2 * PATH_MAX], file[NAME_MAX];

	if (!getcwd(here, sizeof(here)))
		return NULL;
	snprintf(file, sizeof(file), "%s-%016llx", name, (unsigned long long)hash_of(here));
	return xdg_state(path, sizeof(path), file) ? pool_strdup(p, path) : NULL;
}

static int read_failed(struct suite *suite, struct filters *f, struct err *e)
{
	const char *path = f->o->run.failed_list;
	FILE *file = path ? fopen(path, "re") : NULL;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (!file)
		return err_set(e, -ENOENT, "--failed: nothing is known of an earlier run in this folder");
	while ((n = getline(&line, &cap, file)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		f->failed.items = pool_grow(suite->pool, f->failed.items, f->failed.n, sizeof(*f->failed.items));
		f->failed.items[f->failed.n++] = pool_strdup(suite->pool, line);
	}
	free(line);
	fclose(file);
	return 0;
}

/* --- shards -------------------------------------------------------------------------------------------------- */

struct shard {
	long long index, total;		/* 0-based */
};

static bool env_num(const char *name, long long min, long long *out)
{
	const char *value = getenv(name);

	return value && !str_to_num(value, strlen(value), min, 1000000, out);
}

/* Bazel wants to see that the shard was understood. */
static void touch_status(void)
{
	const char *path = getenv("TEST_SHARD_STATUS_FILE");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644) : -1;

	if (fd >= 0)
		close(fd);
}

static int shard_from_ci(struct shard *s, struct err *e)
{
	static const struct {
		const char *index, *total;
		int first;
	} known[] = {
		{ "CI_NODE_INDEX", "CI_NODE_TOTAL", 1 },
		{ "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0 },
		{ "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0 },
		{ "TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", 0 },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!env_num(known[i].index, known[i].first, &s->index) || !env_num(known[i].total, 1, &s->total))
			continue;
		s->index -= known[i].first;
		touch_status();
		return s->index < s->total ? 0 : err_set(e, -EINVAL, "--shard auto: %s is too large", known[i].index);
	}
	return err_set(e, -EINVAL, "--shard auto: none of CI_NODE_INDEX, BUILDKITE_PARALLEL_JOB, CIRCLE_NODE_INDEX, "
				   "TEST_SHARD_INDEX is set with its total");
}

static int read_shard(const char *text, struct shard *s, struct err *e)
{
	const char *slash = strchr(text, '/');

	if (!strcmp(text, "auto"))
		return shard_from_ci(s, e);
	if (!slash || str_to_num(slash + 1, strlen(slash + 1), 1, 1000000, &s->total) ||
	    str_to_num(text, (size_t)(slash - text), 1, s->total, &s->index))
		return err_set(e, -EINVAL, "--shard '%s' must be I/N with 1 <= I <= N, or auto", text);
	s->index--;
	return 0;
}

static int take_time(struct suite *suite, const struct options *o, const struct shard *shard, struct err *e)
{
	struct estimates *known = estimates_load(o->run.durations, e);
	double *cost = pool_alloc(suite->pool, (suite->n_entries + 1) * sizeof(*cost));
	size_t *of = pool_alloc(suite->pool, (suite->n_entries + 1) * sizeof(*of)), n = 0;

	if (!known)
		return -EINVAL;
	for (size_t i = 0; i < suite->n_entries; i++) {
		const struct cell *c = suite->entries[i].cell;

		if (!suite->entries[i].left_out)
			cost[n++] = estimates_of(known, target_name(&o->run), c->scenario->file, c->id);
	}
	estimates_free(known);
	estimates_share(cost, n, (size_t)shard->total, of);
	n = 0;
	for (size_t i = 0; i < suite->n_entries; i++) {
		if (!suite->entries[i].left_out && of[n++] != (size_t)shard->index)
			suite->entries[i].left_out = "is in another --shard";
	}
	return 0;
}

static int take_shard(struct suite *suite, const struct options *o, struct err *e)
{
	const struct selection *sel = &o->select;
	struct shard shard = { 0, 1 };
	long long n = 0;

	if (!sel->shard)
		return 0;
	if (read_shard(sel->shard, &shard, e))
		return -EINVAL;
	if (sel->shard_by == SHARD_TIME)
		return take_time(suite, o, &shard, e);
	for (size_t i = 0; i < suite->n_entries; i++) {
		struct suite_entry *one = &suite->entries[i];
		long long mine;

		if (one->left_out)
			continue;
		mine = sel->shard_by == SHARD_HASH ? (long long)(hash_of(one->cell->id) % (uint64_t)shard.total) :
						     n++ % shard.total;
		if (mine != shard.index)
			one->left_out = "is in another --shard";
	}
	return 0;
}

/* --- all of it ----------------------------------------------------------------------------------------------- */

static void collect(struct suite *suite)
{
	suite->cells = pool_alloc(suite->pool, (suite->n_entries + 1) * sizeof(struct cell *));
	suite->n_cells = 0;
	for (size_t i = 0; i < suite->n_entries; i++) {
		if (!suite->entries[i].left_out)
			suite->cells[suite->n_cells++] = suite->entries[i].cell;
	}
}

static void shuffle(struct suite *suite, uint64_t seed)
{
	struct prng prng;

	prng_seed(&prng, seed);
	for (size_t i = suite->n_cells; i > 1; i--) {
		size_t k = prng_below(&prng, (uint32_t)i);
		struct cell *c = suite->cells[i - 1];

		suite->cells[i - 1] = suite->cells[k];
		suite->cells[k] = c;
	}
}

/* What was asked for last time and is gone, or never was: an empty selection has its reason. */
static int check_failed(const struct suite *suite, const struct filters *f, struct err *e)
{
	size_t found = 0;

	if (!f->failed.n)
		return err_set(e, -ENOENT, "--failed: everything passed last time");
	for (size_t i = 0; i < suite->n_entries; i++)
		found += is_failed(f, suite->entries[i].cell);
	if (found)
		return 0;
	return err_set(e, -ENOENT, "--failed: none of the %zu cells that did not pass last time is here (%s%s)", f->failed.n,
		       f->failed.items[0], f->failed.n > 1 ? ", ..." : "");
}

static void choose(struct suite *suite, const struct filters *f)
{
	for (size_t i = 0; i < suite->n_entries; i++) {
		struct cell *c = suite->entries[i].cell;

		suite->entries[i].left_out = left_out(f, c, cell_full_id(suite->pool, c));
	}
}

static int prepare(struct suite *suite, struct filters *f, struct err *e)
{
	const struct selection *s = &f->o->select;

	f->filter = compile(&s->filter, "filter", e);
	f->exclude = f->filter ? compile(&s->exclude, "exclude", e) : NULL;
	if (!f->exclude || (s->failed && read_failed(suite, f, e)))
		return -EINVAL;
	f->changed = s->newer ? changed_since(s->newer, e) : NULL;
	return s->newer && !f->changed ? -EINVAL : 0;
}

int suite_select(struct suite *suite, const struct options *o, struct err *e)
{
	struct filters f = { .o = o, .exact = suite->exact };
	int err = prepare(suite, &f, e);

	if (!err) {
		choose(suite, &f);
		err = take_shard(suite, o, e);
		collect(suite);
	}
	if (!err && o->select.shuffle)
		shuffle(suite, o->select.shuffle_seed);
	if (!err && o->select.failed && !suite->n_cells)
		err = check_failed(suite, &f, e);
	free_patterns(f.filter);
	free_patterns(f.exclude);
	changed_free(f.changed);
	return err;
}
