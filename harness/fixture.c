/*
 * Fixtures. A world is a file for the modelled network; kinds that need the real one are refused with their place until
 * something plays them.
 */
#include "harness/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/vars.h"

enum { WORLD_MAX_BYTES = 1 << 20 };

struct fixtures {
	char **worlds;
	size_t n_worlds;
};

static int at_place(const struct fixture *f, struct err *e, const char *what)
{
	return err_set(e, -EINVAL, "%s:%u:%u: fixture %s: %.300s", f->place.file, f->place.line, f->place.column, f->name,
		       what);
}

static int set_var(struct cell *cell, const struct fixture *f, const char *what, const char *template, struct err *e)
{
	char name[128];
	struct buf value;
	int err;

	if (!template)
		return 0;
	snprintf(name, sizeof(name), "%s.%s", f->name, what);
	buf_init(&value, WORLD_MAX_BYTES);
	err = vars_expand(cell, template, &value, e);
	if (!err)
		err = vars_set(cell, name, buf_str(&value));
	buf_free(&value);
	return err;
}

static int write_file(const char *path, const struct buf *text, struct err *e)
{
	FILE *out = fopen(path, "we");
	bool ok = out && fwrite(buf_str(text), 1, text->len, out) == text->len;

	if (out)
		ok = !fclose(out) && ok;
	return ok ? 0 : err_set(e, -EIO, "%s: %s", path, strerror(errno));
}

static int start_world(struct fixtures *all, struct cell *cell, const struct fixture *f, const char *dir, struct err *e)
{
	struct buf text;
	char *path = NULL;
	int err;

	if (!f->world)
		return 0;
	buf_init(&text, WORLD_MAX_BYTES);
	err = vars_expand(cell, f->world, &text, e);
	if (!err && asprintf(&path, "%s/world-%s.yaml", dir, f->name) < 0)
		err = err_set(e, -ENOMEM, "out of memory");
	if (!err)
		err = write_file(path, &text, e);
	if (err)
		free(path);
	else
		all->worlds[all->n_worlds++] = path;
	buf_free(&text);
	return err;
}

static int start_one(struct fixtures *all, struct cell *cell, const struct fixture *f, const char *dir, struct err *e)
{
	int err;

	if (f->kind != FIXTURE_WORLD)
		return err_set(e, -ENOTSUP, "use: %s needs a real network, which this target does not have",
			       fixture_kind_names[f->kind]);
	err = set_var(cell, f, "host", f->host, e);
	if (!err)
		err = set_var(cell, f, "port", f->port, e);
	return err ? err : start_world(all, cell, f, dir, e);
}

struct fixtures *fixtures_start(struct cell *cell, const char *dir, struct err *e)
{
	struct fixtures *all = calloc(1, sizeof(*all));

	if (all)
		all->worlds = calloc(cell->n_fixtures + 1, sizeof(*all->worlds));
	if (!all || !all->worlds) {
		free(all);
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < cell->n_fixtures; i++) {
		struct err why = { 0 };

		if (!start_one(all, cell, &cell->fixtures[i], dir, &why))
			continue;
		at_place(&cell->fixtures[i], e, why.msg);
		fixtures_stop(all);
		return NULL;
	}
	return all;
}

void fixtures_stop(struct fixtures *f)
{
	if (!f)
		return;
	while (f->n_worlds > 0)
		free(f->worlds[--f->n_worlds]);
	free(f->worlds);
	free(f);
}

const char *const *fixtures_worlds(const struct fixtures *f, size_t *n)
{
	*n = f->n_worlds;
	return (const char *const *)f->worlds;
}
