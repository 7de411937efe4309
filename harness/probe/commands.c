/* The command set, by forms that only ask. A command that has none of them stays open and is left to the parent. */
#include "harness/probe/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/probe/rows.h"

enum { LIST_MAX_BYTES = 16 * 1024 };

bool command_is_known(const char *name, size_t n)
{
	struct emu_command c;

	for (size_t i = 0; emu_command_at(i, &c); i++) {
		if (strlen(c.name) == n && !strncasecmp(c.name, name, n))
			return true;
	}
	return false;
}

/* The forms that are asked. What has neither a test nor a read form answers nothing that could be harmless. */
static const char *forms_of(const struct emu_command *c)
{
	const struct presence_row *row = probe_presence;

	if (*c->name != '+')
		return ""; /* a build without E or Q is no modem */
	while (row->name && strcmp(row->name, c->name))
		row++;
	if (row->name)
		return row->forms;
	return c->test ? "=?" : c->read ? "?" : "";
}

static bool answers(struct script *s, const char *name, const char *form)
{
	char line[64];

	snprintf(line, sizeof(line), "AT%s%s", name, form);
	return script_play(s, line, false) == TALK_OK;
}

/* A build may have no test form of a command that it has. */
static bool is_there(struct script *s, const struct emu_command *c, const char *form)
{
	return answers(s, c->name, form) || (c->read && strcmp(form, "?") && answers(s, c->name, "?"));
}

void probe_commands(struct script *s, struct probe_result *r)
{
	struct probe_value *v = &r->value[emu_value_find("absent_commands")];
	struct emu_command c;
	struct buf absent;

	buf_init(&absent, LIST_MAX_BYTES);
	for (size_t i = 0; emu_command_at(i, &c) && s->silent < SCRIPT_SILENT_MAX && !*talk_why_gone(s->talk); i++) {
		const char *form = forms_of(&c);

		if (*form && !is_there(s, &c, form))
			buf_addf(&absent, "%s%s", absent.len ? "," : "", c.name);
		talk_begin(s->talk);
	}
	v->value = strdup(buf_str(&absent));
	v->state = v->value ? PROBE_SEEN : PROBE_UNSEEN;
	snprintf(v->evidence, sizeof(v->evidence), "probe:AT+...=?");
	buf_free(&absent);
}
