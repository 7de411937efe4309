/* Command tables: an index by name for dispatch, and the check that a set of tables makes sense. Runs no command. */
#include "at/at_internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static size_t hash_name(const char *name, size_t n)
{
	size_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (size_t)toupper((unsigned char)name[i])) * 16777619u;
	return h ^ (h >> 15);
}

static size_t count_rows(const struct at_cmd *const *tables)
{
	size_t n = 0;

	for (; *tables; tables++) {
		for (const struct at_cmd *row = *tables; row->name; row++)
			n++;
	}
	return n;
}

static bool is_absent(const struct profile *profile, const char *name)
{
	const struct word_list *absent = &profile->q.absent_commands;

	for (size_t i = 0; i < absent->n; i++) {
		if (strcasecmp(absent->word[i], name) == 0)
			return true;
	}
	return false;
}

static void add_row(struct at_channel *at, const struct at_cmd *row)
{
	size_t n = strlen(row->name);
	size_t i = hash_name(row->name, n) & at->index_mask;

	if (is_absent(at->profile, row->name) || table_find(at, row->name, n))
		return;
	while (at->index[i])
		i = (i + 1) & at->index_mask;
	at->index[i] = row;
}

/* Rows the profile's build does not have are left out: they are unknown commands from then on. */
int table_index(struct at_channel *at, const struct at_cmd *const *tables)
{
	size_t size = 16, rows = count_rows(tables);

	while (size < rows * 2)
		size *= 2;
	at->index = calloc(size, sizeof(*at->index));
	if (!at->index)
		return -ENOMEM;
	at->index_mask = size - 1;
	for (; *tables; tables++) {
		for (const struct at_cmd *row = *tables; row->name; row++)
			add_row(at, row);
	}
	return 0;
}

const struct at_cmd *table_find(const struct at_channel *at, const char *name, size_t n)
{
	size_t i = hash_name(name, n) & at->index_mask;

	for (; at->index[i]; i = (i + 1) & at->index_mask) {
		if (strncasecmp(at->index[i]->name, name, n) == 0 && at->index[i]->name[n] == '\0')
			return at->index[i];
	}
	return NULL;
}

static bool name_is_good(const char *name)
{
	size_t n = strlen(name);

	for (const char *p = name; *p; p++) {
		if (*p <= ' ' || *p > '~' || islower((unsigned char)*p) || strchr("=?;\",", *p))
			return false;
	}
	if (strchr("+^#$*%@", name[0]))
		return n >= 2;
	if (name[0] == '&' || name[0] == '\\')
		return n == 2;
	return n == 1 || name[0] == 'S';
}

static const char *check_args(const struct at_cmd *row)
{
	if (row->args > AT_ARGS_MAX)
		return "more arguments than AT_ARGS_MAX";
	if (row->args && !row->arg)
		return "arguments are counted and missing";
	for (size_t i = 0; i < row->args; i++) {
		const struct at_arg *a = &row->arg[i];

		if (!a->name)
			return "an argument has no name";
		if (a->min > a->max)
			return "min is above max";
		if (a->type == AT_ARG_RAW && i + 1 != row->args)
			return "a raw argument is not the last";
	}
	return NULL;
}

static const char *check_row(const struct at_cmd *row)
{
	bool answers = row->exec || row->read || row->test || row->write || row->refuse;

	if (!name_is_good(row->name))
		return "the name is not a command name in capitals";
	if (!answers && !row->args)
		return "the row answers nothing";
	return check_args(row);
}

static bool seen_before(const struct at_cmd *const *tables, const struct at_cmd *end)
{
	for (; *tables; tables++) {
		for (const struct at_cmd *row = *tables; row->name; row++) {
			if (row == end)
				return false;
			if (strcasecmp(row->name, end->name) == 0)
				return true;
		}
	}
	return false;
}

const char *at_check_tables_row(const struct at_cmd *const *tables, const char **name)
{
	for (const struct at_cmd *const *table = tables; *table; table++) {
		for (const struct at_cmd *row = *table; row->name; row++) {
			const char *what = check_row(row);

			if (!what && seen_before(tables, row))
				what = "the name appears twice";
			*name = row->name;
			if (what)
				return what;
		}
	}
	*name = NULL;
	return NULL;
}

const char *at_check_tables(const struct at_cmd *const *tables)
{
	const char *name;

	return at_check_tables_row(tables, &name);
}
