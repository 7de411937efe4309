/* Revisions as texts: what a tool outside the emulator may know of profiles and command tables. Decides nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/emu.h"
#include "cmd/cmd.h"
#include "profile/profile.h"

struct emu_revision {
	struct profile *profile;
};

size_t emu_value_count(void)
{
	return (size_t)IDENTITY_COUNT + QUIRK_COUNT;
}

struct emu_value_info emu_value_info(size_t i)
{
	const struct quirk_info *q;

	if (i < IDENTITY_COUNT) {
		return (struct emu_value_info){
			.name = profile_identity_key(i),
			.identity = true,
			.type = "text",
			.def = "",
			.unit = "",
			.what = "",
		};
	}
	q = quirk_info((enum quirk_id)(i - IDENTITY_COUNT));
	return (struct emu_value_info){
		.name = q->name,
		.type = q->type,
		.def = q->def,
		.unit = q->unit,
		.what = q->what,
		.choices = q->choices,
		.min = q->min,
		.max = q->max,
	};
}

size_t emu_value_find(const char *name)
{
	size_t i = 0;

	while (i < IDENTITY_COUNT && strcmp(profile_identity_key(i), name))
		i++;
	if (i < IDENTITY_COUNT)
		return i;
	for (i = 0; i < QUIRK_COUNT && strcmp(quirk_info((enum quirk_id)i)->name, name);)
		i++;
	return IDENTITY_COUNT + i;
}

static struct emu_revision *wrap(struct profile *p)
{
	struct emu_revision *r = p ? calloc(1, sizeof(*r)) : NULL;

	if (r)
		r->profile = p;
	else
		profile_free(p);
	return r;
}

struct emu_revision *emu_revision_parse(const char *name, const char *text, size_t n, struct err *e)
{
	return wrap(profile_load_text(name, text, n, e));
}

/* The base of a family is no revision; one that only extends it has its values. */
static struct emu_revision *load_base(const char *name)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "schema: 1\nname: base\nextends: %s\n", name);

	return n < (int)sizeof(text) ? emu_revision_parse(name, text, (size_t)n, NULL) : NULL;
}

struct emu_revision *emu_revision_load(const char *name_or_path, struct err *e)
{
	struct err own = { 0 };
	struct emu_revision *r = wrap(profile_load(name_or_path, &own));

	if (!r)
		r = load_base(name_or_path);
	if (!r)
		err_set(e, own.code ? own.code : -ENOMEM, "%s", own.code ? own.msg : "out of memory");
	return r;
}

void emu_revision_free(struct emu_revision *r)
{
	if (!r)
		return;
	profile_free(r->profile);
	free(r);
}

const char *emu_revision_file(const struct emu_revision *r, size_t i)
{
	return i < r->profile->files.n ? r->profile->files.word[i] : NULL;
}

const char *emu_revision_value(const struct emu_revision *r, size_t i)
{
	return i < IDENTITY_COUNT ? profile_identity(r->profile, i) : r->profile->source[i - IDENTITY_COUNT].value;
}

bool emu_command_at(size_t i, struct emu_command *out)
{
	for (const struct at_cmd *const *table = cmd_tables(); *table; table++) {
		for (const struct at_cmd *c = *table; c->name; c++) {
			if (i--)
				continue;
			*out = (struct emu_command){ c->name, !c->no_test, c->read, c->exec };
			return true;
		}
	}
	return false;
}
