/*
 * The table of commands, folded from cmd_tables(), the revisions and cmd_absent[]. A word chooses: "+CGD" commands that
 * begin so, "sms" a family, anything else names and sources that have it.
 */
#include "app/commands.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "profile/profile.h"

enum { REVISIONS_MAX = 128, NAMES_MAX_BYTES = 16 * 1024 };

struct listing {
	struct profile *revision[REVISIONS_MAX];	/* all there are */
	size_t n;
	const struct profile *only;	/* --profile */
	char **word;
	int n_words;
	bool *used;			/* word i has chosen something */
	bool json;
	size_t shown;
};

/* One command, as it is shown. */
struct entry {
	const char *name, *family, *source;
	const struct at_cmd *cmd;	/* NULL: it is not there, and why is the reason */
	const char *why;
};

static bool lacks(const struct profile *p, const char *name)
{
	const struct word_list *absent = &p->q.absent_commands;
	size_t i = 0;

	while (i < absent->n && strcasecmp(absent->word[i], name) != 0)
		i++;
	return i < absent->n;
}

enum { FORMS = AT_FORM_WRITE + 1 };

static const char *const form_names[FORMS] = { "exec", "read", "test", "write" };

/* E, &C and their like take their number where others are executed. */
static bool has_form(const struct at_cmd *c, int form)
{
	switch ((enum at_form)form) {
	case AT_FORM_EXEC:
		return c->exec != NULL;
	case AT_FORM_READ:
		return c->read != NULL;
	case AT_FORM_TEST:
		return c->test || (c->arg && !c->no_test);
	case AT_FORM_WRITE:
		break;
	}
	return c->write != NULL;
}

/* --- choosing ------------------------------------------------------------------------------------------------------ */

static bool word_fits(const char *word, const struct entry *en)
{
	if (!strncasecmp(word, "AT", 2) && strchr("+&\\$%", word[2]) && word[2])
		word += 2;
	if (strchr("+&\\$%", *word))
		return !strncasecmp(en->name, word, strlen(word));
	return (en->family && !strcasecmp(en->family, word)) || strcasestr(en->name, word) ||
	       (en->source && strcasestr(en->source, word));
}

static bool is_chosen(struct listing *l, const struct entry *en)
{
	bool chosen = !l->n_words;

	for (int i = 0; i < l->n_words; i++) {
		if (word_fits(l->word[i], en)) {
			l->used[i] = true;
			chosen = true;
		}
	}
	return chosen;
}

/* --- showing ------------------------------------------------------------------------------------------------------- */

static const char *short_name(const struct profile *p)
{
	return *p->alias ? p->alias : p->name;
}

static size_t count_lacking(const struct listing *l, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += lacks(l->revision[i], name);
	return n;
}

/* "sim7600" of "sim7600/B03": how long it is; all of a name without '/'. */
static size_t series(const struct profile *p)
{
	return strcspn(short_name(p), "/");
}

static bool same_series(const struct profile *a, const struct profile *b)
{
	return series(a) == series(b) && !strncmp(short_name(a), short_name(b), series(a));
}

/* All revisions of the series of i have it, or none has; *first: it is the first of them. */
static bool series_agrees(const struct listing *l, size_t i, const char *name, bool *first)
{
	*first = true;
	for (size_t k = 0; k < l->n; k++) {
		if (!same_series(l->revision[k], l->revision[i]))
			continue;
		*first = *first && k >= i;
		if (lacks(l->revision[k], name) != lacks(l->revision[i], name))
			return false;
	}
	return true;
}

static void add_revision(const struct listing *l, size_t i, const char *name, struct buf *out)
{
	const struct profile *p = l->revision[i];
	bool first;

	if (!series_agrees(l, i, name, &first))
		buf_addf(out, " %s", short_name(p));
	else if (first)
		buf_addf(out, " %.*s", (int)series(p), short_name(p));
}

/* The revisions that do not have it, or those that do when they are the fewer. */
static void add_revisions(const struct listing *l, const char *name, struct buf *out)
{
	size_t lacking = count_lacking(l, name);
	bool few_have = lacking > l->n / 2;

	if (lacking == l->n)
		buf_adds(out, "; on no revision");
	if (!lacking || lacking == l->n)
		return;
	buf_adds(out, few_have ? "; only on" : "; not on");
	for (size_t i = 0; i < l->n; i++) {
		if (lacks(l->revision[i], name) != few_have)
			add_revision(l, i, name, out);
	}
}

static void print_row(const struct listing *l, const struct entry *en)
{
	struct buf revisions;

	if (!en->cmd) {
		printf("AT%-15s %s (%s)\n", en->name, en->why, en->source);
		return;
	}
	buf_init(&revisions, NAMES_MAX_BYTES);
	add_revisions(l, en->name, &revisions);
	printf("AT%-15s %-9s", en->name, en->family);
	for (int f = 0; f < FORMS; f++)
		printf(" %-*s", (int)strlen(form_names[f]), has_form(en->cmd, f) ? form_names[f] : "-");
	printf("  %s%s\n", en->source ? en->source : "", buf_str(&revisions));
	buf_free(&revisions);
}

static json_t *lacking_names(const struct listing *l, const char *name)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->n; i++) {
		if (lacks(l->revision[i], name))
			json_array_append_new(list, json_string(l->revision[i]->name));
	}
	return list;
}

static json_t *forms_of(const struct at_cmd *c)
{
	json_t *list = json_array();

	for (int f = 0; f < FORMS; f++) {
		if (has_form(c, f))
			json_array_append_new(list, json_string(form_names[f]));
	}
	return list;
}

static void print_json(const struct listing *l, const struct entry *en)
{
	json_t *row;

	if (en->cmd)
		row = json_pack("{s:s+, s:s, s:o, s:o, s:s}", "command", "AT", en->name, "family", en->family, "forms",
				forms_of(en->cmd), "not_on", lacking_names(l, en->name), "source",
				en->source ? en->source : "");
	else
		row = json_pack("{s:s+, s:b, s:s, s:s}", "command", "AT", en->name, "absent", 1, "why", en->why, "source",
				en->source);
	json_dumpf(row, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(row);
}

static void show(struct listing *l, const struct entry *en, const char *heading)
{
	if (l->only && lacks(l->only, en->name))
		return;
	if (!is_chosen(l, en))
		return;
	if (!l->shown && !l->json)
		puts(heading);
	l->shown++;
	if (l->json)
		print_json(l, en);
	else
		print_row(l, en);
}

static void show_commands(struct listing *l)
{
	const struct at_cmd *const *tables = cmd_tables();

	for (size_t t = 0; tables[t]; t++) {
		for (const struct at_cmd *c = tables[t]; c->name; c++) {
			struct entry en = { c->name, cmd_family(t), c->source, c, NULL };

			show(l, &en, "COMMAND           FAMILY    FORMS                 SOURCE");
		}
	}
}

static void show_absent(struct listing *l)
{
	size_t before = l->shown;

	l->shown = 0;
	for (const struct cmd_absent *a = cmd_absent; a->name; a++) {
		struct entry en = { a->name, NULL, a->source, NULL, a->why };

		show(l, &en, before ? "\nNOT THERE         WHY" : "NOT THERE         WHY");
	}
	l->shown += before;
}

/* --- the revisions ------------------------------------------------------------------------------------------------- */

static int load_revisions(struct listing *l, struct err *e)
{
	for (const char *const *name = profile_names(); *name; name++) {
		if (l->n == REVISIONS_MAX)
			return err_set(e, -ENOSPC, "more than %d revisions", REVISIONS_MAX);
		l->revision[l->n] = profile_load(*name, e);
		if (!l->revision[l->n])
			return -EINVAL;
		l->n++;
	}
	return 0;
}

static int check_words(const struct listing *l, struct err *e)
{
	for (int i = 0; i < l->n_words; i++) {
		if (!l->used[i])
			return err_set(e, -EINVAL, "commands: nothing fits '%s'", l->word[i]);
	}
	return 0;
}

int commands_print(const struct cli *o, struct err *e)
{
	struct listing l = { .word = o->args, .n_words = o->n_args, .json = o->json };
	struct profile *only = o->profile ? profile_load(o->profile, e) : NULL;
	int err = o->profile && !only ? -EINVAL : load_revisions(&l, e);

	l.only = only;
	l.used = calloc((size_t)l.n_words + 1, sizeof(*l.used));
	if (!err && !l.used)
		err = err_set(e, -ENOMEM, "out of memory");
	if (!err) {
		show_commands(&l);
		show_absent(&l);
		err = check_words(&l, e);
	}
	for (size_t i = 0; i < l.n; i++)
		profile_free(l.revision[i]);
	profile_free(only);
	free(l.used);
	return err ? 2 : 0;
}
