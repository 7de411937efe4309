/* Tables about the program, printed from the data the program runs on. */
#include "app/list.h"

#include <stdio.h>
#include <string.h>

#include "app/explain.h"
#include "cmd/cmd.h"
#include "profile/profile.h"

static int print_profiles(void)
{
	for (const char *const *name = profile_names(); *name; name++) {
		struct err e = { 0 };
		struct profile *p = profile_load(*name, &e);

		if (!p) {
			fprintf(stderr, "sim7600-emu: %s\n", e.msg);
			return 2;
		}
		printf("%-24s %s\n", p->name, p->summary);
		profile_free(p);
	}
	return 0;
}

static void print_quirk(const struct profile *p, enum quirk_id id)
{
	const struct quirk_info *q = quirk_info(id);
	const struct quirk_source *src = &p->source[id];
	char value[256];

	printf("%-30s %-20s %s%s%s\n", q->name, profile_value(p, id, value, sizeof(value)), q->what,
	       *q->unit ? ", in " : "", q->unit);
	if (*src->profile)
		printf("%-30s %-20s from %s: %s (%s)\n", "", "", src->profile, src->evidence, src->confidence);
}

static void print_forms(const struct at_cmd *c)
{
	printf("AT%-20s %s%s%s%s   %s\n", c->name, c->exec ? "x" : "-", c->read ? "?" : "-",
	       c->test || (c->arg && !c->no_test) ? "t" : "-", c->write ? "=" : "-", c->source ? c->source : "");
}

static int print_commands(void)
{
	puts("command              forms: x execute, ? read, t test, = write; source");
	for (const struct at_cmd *const *table = cmd_tables(); *table; table++) {
		for (const struct at_cmd *c = *table; c->name; c++)
			print_forms(c);
	}
	return 0;
}

static int print_explanation(const struct profile *p, const struct cli *o)
{
	struct buf text, out;
	int err;

	buf_init(&text, 1024);
	buf_init(&out, 65536);
	for (int i = 0; i < o->n_args; i++)
		buf_addf(&text, "%s%s", i ? " " : "", o->args[i]);
	err = explain_text(p, buf_str(&text), &out);
	if (err)
		fprintf(stderr, "sim7600-emu: explain: '%s' names no known code\n", buf_str(&text));
	else
		fputs(buf_str(&out), stdout);
	buf_free(&text);
	buf_free(&out);
	return err ? 2 : 0;
}

int list_run(const struct cli *o)
{
	struct err e = { 0 };
	struct profile *p;
	int code = 0;

	if (!strcmp(o->verb, "profiles"))
		return print_profiles();
	if (!strcmp(o->verb, "commands"))
		return print_commands();
	p = profile_load(o->profile ? o->profile : profile_default_name(), &e);
	if (!p) {
		fprintf(stderr, "sim7600-emu: %s\n", e.msg);
		return 2;
	}
	if (!strcmp(o->verb, "explain")) {
		code = print_explanation(p, o);
	} else {
		printf("# %s\n", p->name);
		for (int id = 0; id < QUIRK_COUNT; id++)
			print_quirk(p, (enum quirk_id)id);
	}
	profile_free(p);
	return code;
}
