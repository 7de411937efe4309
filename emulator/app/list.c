/* Tables about the program, printed from the data the program runs on. */
#include "app/list.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "app/commands.h"
#include "app/explain.h"
#include "base/buf.h"
#include "profile/profile.h"

/* One JSON object a line; takes the object. */
static void print_json(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

static void print_profile(const struct profile *p, bool json)
{
	if (json)
		print_json(json_pack("{s:s, s:s, s:s, s:b}", "name", p->name, "alias", p->alias, "summary", p->summary,
				     "field", p->field));
	else
		printf("%-24s %-14s %s\n", p->name, p->alias, p->summary);
}

/* The built-in revisions of one kind: those known well, or those known from a few field reports alone. */
static int print_kind(bool field, bool json)
{
	for (const char *const *name = profile_names(); *name; name++) {
		struct err e = { 0 };
		struct profile *p = profile_load(*name, &e);

		if (!p) {
			fprintf(stderr, "sim7600-emu: %s\n", e.msg);
			return 2;
		}
		if (p->field == field)
			print_profile(p, json);
		profile_free(p);
	}
	return 0;
}

static int print_profiles(bool json)
{
	int code = print_kind(false, json);

	if (!code && !json)
		puts("\nOf these a few field reports tell; the rest is their family's:");
	return code ? code : print_kind(true, json);
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

static void print_quirk_json(const struct profile *p, enum quirk_id id)
{
	const struct quirk_info *q = quirk_info(id);
	const struct quirk_source *src = &p->source[id];
	char value[256];

	print_json(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name", q->name, "value",
			     profile_value(p, id, value, sizeof(value)), "what", q->what, "unit", q->unit, "profile",
			     src->profile, "evidence", src->evidence, "confidence", src->confidence));
}

static void print_quirks(const struct profile *p, bool json)
{
	if (!json)
		printf("# %s\n", p->name);
	for (int id = 0; id < QUIRK_COUNT; id++)
		(json ? print_quirk_json : print_quirk)(p, (enum quirk_id)id);
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
		return print_profiles(o->json);
	if (!strcmp(o->verb, "commands")) {
		code = commands_print(o, &e);
		if (e.code)
			fprintf(stderr, "sim7600-emu: %s\n", e.msg);
		return code;
	}
	p = profile_load(o->profile ? o->profile : profile_default_name(), &e);
	if (!p) {
		fprintf(stderr, "sim7600-emu: %s\n", e.msg);
		return 2;
	}
	if (!strcmp(o->verb, "explain"))
		code = print_explanation(p, o);
	else
		print_quirks(p, o->json);
	profile_free(p);
	return code;
}
