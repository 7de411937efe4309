/* Folders of runs are walked with fts; what is below them is what run_cell.c made: SCENARIO/CELL-ATTEMPT/wire.jsonl. */
#include "harness/compare_pairs.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "harness/match.h"
#include "harness/pool.h"

static const char file_name[] = "wire.jsonl";

/* One wire file below a folder. */
struct found {
	const char *name, *path;
	long long attempt;
};

struct list {
	struct found *items;
	size_t n;
};

bool compare_is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static int check_path(const char *path, struct err *e)
{
	struct stat st;

	return stat(path, &st) ? err_set(e, -errno, "%s: %s", path, strerror(errno)) : 0;
}

/* "scenario/cell-2" of ".../scenario/cell-2/wire.jsonl": name without the attempt, and the attempt. */
static struct found split(struct pool *p, const char *path, size_t root)
{
	const char *below = path + root + strspn(path + root, "/");
	size_t n = strlen(below) - strlen(file_name), dash;
	struct found f = { .path = pool_strdup(p, path), .attempt = 1 };

	n -= n > 0;
	for (dash = n - (n > 0); dash > 0 && below[dash] != '-' && below[dash] != '/'; dash--)
		;
	if (below[dash] == '-' && dash && !str_to_num(below + dash + 1, n - dash - 1, 0, 1000000, &f.attempt))
		n = dash;
	f.name = n ? pool_copy(p, below, n) : ".";
	return f;
}

static int by_name(const void *x, const void *y)
{
	const struct found *a = x, *b = y;
	int order = strcmp(a->name, b->name);

	return order ? order : (a->attempt > b->attempt) - (a->attempt < b->attempt);
}

/* All attempts of all cells, sorted; then only the last attempt of each. */
static void keep_last(struct list *l)
{
	size_t n = 0;

	if (l->n)
		qsort(l->items, l->n, sizeof(*l->items), by_name);
	for (size_t i = 0; i < l->n; i++) {
		if (i + 1 == l->n || strcmp(l->items[i].name, l->items[i + 1].name))
			l->items[n++] = l->items[i];
	}
	l->n = n;
}

static int find_files(struct pool *p, const char *root, struct list *l, struct err *e)
{
	char *const roots[] = { pool_strdup(p, root), NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	const FTSENT *entry;
	int err = fts ? 0 : -errno;

	while (!err && (entry = fts_read(fts))) {
		if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR)
			err = -entry->fts_errno;
		if (entry->fts_info != FTS_F || strcmp(entry->fts_name, file_name))
			continue;
		l->items = pool_grow(p, l->items, l->n, sizeof(*l->items));
		l->items[l->n++] = split(p, entry->fts_path, strlen(root));
	}
	if (fts)
		fts_close(fts);
	keep_last(l);
	return err ? err_set(e, err, "%s: %s", root, strerror(-err)) : 0;
}

/* "scenario[a,b=c]" as the folder it has: run_cell.c. */
static const char *folder_of(struct pool *p, const char *cell)
{
	size_t cut = strcspn(cell, "["), n = 0;
	char *name = pool_alloc(p, strlen(cell) + sizeof("/cell"));

	if (strchr(cell, '/'))
		return cell;
	memcpy(name, cell, cut);
	n = cut;
	name[n++] = '/';
	if (!cell[cut])
		memcpy(name + n, "cell", sizeof("cell"));
	for (const char *s = cell[cut] ? cell + cut + 1 : ""; *s; s++) {
		if (*s != ']')
			name[n++] = strchr("/\\ :*?\"<>|", *s) ? '_' : *s;
	}
	return name;
}

static void add(struct pool *p, struct compare_pairs *out, const char *only, const char *name, const char *a,
		const char *b)
{
	if (only && strcmp(only, name))
		return;
	out->items = pool_grow(p, out->items, out->n, sizeof(*out->items));
	out->items[out->n++] = (struct compare_pair){ name, a, b };
}

static void merge(struct pool *p, const struct list *a, const struct list *b, const char *only,
		  struct compare_pairs *out)
{
	for (size_t i = 0, k = 0; i < a->n || k < b->n;) {
		int order = i == a->n ? 1 : k == b->n ? -1 : strcmp(a->items[i].name, b->items[k].name);

		add(p, out, only, order <= 0 ? a->items[i].name : b->items[k].name,
		    order <= 0 ? a->items[i].path : NULL, order >= 0 ? b->items[k].path : NULL);
		i += order <= 0;
		k += order >= 0;
	}
}

int compare_pairs_find(struct pool *p, const char *a, const char *b, const char *cell, struct compare_pairs *out,
		       struct err *e)
{
	struct list in_a = { 0 }, in_b = { 0 };
	bool folder = compare_is_folder(a);
	int err = check_path(a, e);

	*out = (struct compare_pairs){ 0 };
	err = err ? err : check_path(b, e);
	if (!err && folder != compare_is_folder(b))
		err = err_set(e, -EINVAL, "%s is a folder and %s is a file: compare two of a kind", folder ? a : b,
			      folder ? b : a);
	if (!err && !folder)
		add(p, out, NULL, "", a, b);
	if (err || !folder)
		return err;
	err = find_files(p, a, &in_a, e);
	err = err ? err : find_files(p, b, &in_b, e);
	if (!err)
		merge(p, &in_a, &in_b, cell ? folder_of(p, cell) : NULL, out);
	return err;
}

/* --- selection ------------------------------------------------------------------------------------------------ */

static int compile(const struct strings *from, const char *flag, struct match ***out, struct err *e)
{
	struct err why = { 0 };

	*out = calloc(from->n + 1, sizeof(struct match *));
	for (size_t i = 0; *out && i < from->n; i++) {
		(*out)[i] = match_new(PATTERN_MATCH, from->items[i], &why);
		if (!(*out)[i])
			return err_set(e, -EINVAL, "--%s: '%s': %s", flag, from->items[i], why.msg);
	}
	return *out ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static void free_all(struct match **list)
{
	for (size_t i = 0; list && list[i]; i++)
		match_free(list[i]);
	free(list);
}

static bool any_finds(struct match *const *list, const char *name)
{
	for (size_t i = 0; list[i]; i++) {
		if (match_find(list[i], name, strlen(name), 0, true, NULL))
			return true;
	}
	return false;
}

int compare_pairs_select(struct compare_pairs *pairs, const struct strings *filter, const struct strings *exclude,
			 struct err *e)
{
	struct match **in = NULL, **out = NULL;
	int err = compile(filter, "filter", &in, e);
	size_t n = 0;

	err = err ? err : compile(exclude, "exclude", &out, e);
	for (size_t i = 0; !err && i < pairs->n; i++) {
		const char *name = pairs->items[i].name;

		if ((!filter->n || any_finds(in, name)) && !any_finds(out, name))
			pairs->items[n++] = pairs->items[i];
	}
	if (!err)
		pairs->n = n;
	free_all(in);
	free_all(out);
	return err;
}
