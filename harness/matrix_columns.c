/* A revision is asked of the emulator, so that aliases, names and files that mean the same are the same column. */
#include "harness/matrix_columns.h"

#include <errno.h>
#include <string.h>

#include "app/emu.h"

static int load_one(struct pool *p, const char *given, struct matrix_column *out, struct err *e)
{
	const struct emu_setup_options o = { .profile = given };
	struct emu_setup *s = emu_setup_load(&o, e);
	const char *alias;

	if (!s)
		return e->code ? e->code : err_set(e, -ENOMEM, "out of memory");
	alias = emu_setup_profile_alias(s);
	out->given = given;
	out->column.name = pool_strdup(p, emu_setup_profile_name(s));
	out->column.summary = pool_strdup(p, emu_setup_profile_summary(s));
	out->alias = *alias ? pool_strdup(p, alias) : out->column.name;
	emu_setup_free(s);
	return 0;
}

static size_t family_length(const char *alias)
{
	const char *slash = strchr(alias, '/');

	return slash ? (size_t)(slash + 1 - alias) : 0;
}

static size_t members(const struct matrix_column *all, size_t n, const char *alias)
{
	size_t len = family_length(alias), count = 0;

	for (size_t i = 0; len && i < n; i++)
		count += !strncmp(all[i].alias, alias, len);
	return count;
}

/* "sim7600/B03" is B03 when most of the columns are sim7600s: narrow, and still no two alike. */
static void give_labels(struct matrix_column *all, size_t n)
{
	const char *most = "";
	size_t best = 0;

	for (size_t i = 0; i < n; i++) {
		if (members(all, n, all[i].alias) <= best)
			continue;
		most = all[i].alias;
		best = members(all, n, most);
	}
	for (size_t i = 0; i < n; i++) {
		size_t len = family_length(most);

		all[i].column.label = all[i].alias + (len && !strncmp(all[i].alias, most, len) ? len : 0);
	}
}

int matrix_columns_load(struct pool *p, const struct strings *names, struct matrix_column **out, size_t *n, struct err *e)
{
	bool every = names->n == 1 && !strcmp(names->items[0], "all");
	bool built_in = every || !names->n;
	const char *const *name = built_in ? emu_profile_names() : names->items;
	size_t total = built_in ? 0 : names->n;
	struct matrix_column *all;

	while (built_in && name[total])
		total++;
	all = pool_alloc(p, (total + 1) * sizeof(*all));
	*n = 0;
	for (size_t k = 0; k < total; k++) {
		int err = 0;

		if (!every && built_in && emu_field_revision(name[k]))
			continue;
		err = load_one(p, name[k], &all[*n], e);
		if (err)
			return err;
		for (size_t i = 0; i < *n; i++) {
			if (!strcmp(all[i].column.name, all[*n].column.name))
				return err_set(e, -EINVAL, "--profiles: '%s' and '%s' are one revision, %s", all[i].given, name[k],
					       all[i].column.name);
		}
		++*n;
	}
	give_labels(all, *n);
	*out = all;
	return 0;
}

size_t matrix_columns_find(struct pool *p, const struct matrix_column *all, size_t n, const char *profile)
{
	struct matrix_column one;
	struct err unknown = { 0 };
	size_t i = 0;

	for (i = 0; profile && i < n; i++) {
		if (!strcmp(all[i].alias, profile) || !strcmp(all[i].column.name, profile))
			return i;
	}
	if (load_one(p, profile, &one, &unknown))
		return n;
	for (i = 0; i < n && strcmp(all[i].column.name, one.column.name); i++)
		;
	return i;
}
