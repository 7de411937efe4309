/* Choosing the parent, and writing what differs from it. */
#include "harness/probe/yaml_out.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/probe/commands.h"
#include "harness/probe/read.h"
#include "harness/probe/rows.h"

/* --- the parent ----------------------------------------------------------------------------------------------- */

bool probe_is_personal(const char *name)
{
	static const char *const names[] = { "imei", "imsi", "iccid", "msisdn" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

bool probe_differs(const struct probe_result *r, size_t i, const struct emu_revision *rev)
{
	struct emu_value_info info = emu_value_info(i);

	return r->value[i].state == PROBE_SEEN &&
	       !value_same(&info, r->value[i].value, emu_revision_value(rev, i), r->value[i].within);
}

static size_t count_differences(const struct probe_result *r, const struct emu_revision *rev)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += probe_differs(r, i, rev) && !probe_is_personal(emu_value_info(i).name);
	return n;
}

struct emu_revision *probe_nearest(const struct probe_result *r, const char **name, size_t *n)
{
	struct emu_revision *best = NULL;

	for (const char *const *names = emu_profile_names(); *names; names++) {
		struct emu_revision *rev = emu_revision_load(*names, NULL);
		size_t differences = rev ? count_differences(r, rev) : 0;

		if (!rev || (best && differences >= *n)) {
			emu_revision_free(rev);
			continue;
		}
		emu_revision_free(best);
		best = rev;
		*name = *names;
		*n = differences;
	}
	return best;
}

/* --- writing -------------------------------------------------------------------------------------------------- */

static bool is_plain(const char *s)
{
	return *s && isalpha((unsigned char)*s) &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")] == '\0' &&
	       strcmp(s, "true") && strcmp(s, "false");
}

static void add_quoted(struct buf *out, const char *s)
{
	buf_addc(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_addf(out, "\\%c", *s);
		else if (*s == '\n')
			buf_adds(out, "\\n");
		else if ((unsigned char)*s < ' ' || *s == 0x7f)
			buf_addf(out, "\\x%02x", (unsigned char)*s);
		else
			buf_addc(out, *s);
	}
	buf_addc(out, '"');
}

static void add_text(struct buf *out, const char *s)
{
	if (is_plain(s))
		buf_adds(out, s);
	else
		add_quoted(out, s);
}

static bool every_word(const char *word, size_t n)
{
	(void)word;
	(void)n;
	return true;
}

/* The parent may know commands to be absent of which this program knows nothing. */
static bool unknown_command(const char *word, size_t n)
{
	return !command_is_known(word, n);
}

/* The words that are wanted, quoted; whether any stands before them in *any. */
static void add_words(struct buf *out, const char *words, bool (*wanted)(const char *word, size_t n), bool *any)
{
	char word[256];

	while (*words) {
		size_t n = strcspn(words, ",");

		if (wanted(words, n)) {
			snprintf(word, sizeof(word), "%.*s", (int)n, words);
			buf_adds(out, *any ? ", " : "");
			add_quoted(out, word);
			*any = true;
		}
		words += n + (words[n] == ',');
	}
}

static void add_list(struct buf *out, const struct emu_value_info *info, const char *value, const char *inherited)
{
	bool any = false;

	buf_addc(out, '[');
	add_words(out, value, every_word, &any);
	if (!strcmp(info->name, "absent_commands"))
		add_words(out, inherited, unknown_command, &any);
	buf_addc(out, ']');
}

static void add_value(struct buf *out, const struct emu_value_info *info, const char *value, const char *inherited)
{
	if (!strcmp(info->type, "list"))
		add_list(out, info, value, inherited);
	else if (!strcmp(info->type, "text"))
		add_text(out, value);
	else
		buf_adds(out, value);
}

static bool is_flag(const char *name)
{
	return !strcmp(name, "qcn") || !strcmp(name, "meid");
}

struct writer {
	const struct probe_result *r;
	const struct emu_revision *parent;
	const struct yaml_options *o;
	struct buf *out;
};

static bool is_written(const struct writer *w, size_t i, bool identity)
{
	struct emu_value_info info = emu_value_info(i);

	if (info.identity != identity || w->r->value[i].state != PROBE_SEEN)
		return false;
	if (identity && probe_is_personal(info.name) && !w->o->ids)
		return false;
	return w->o->all || probe_differs(w->r, i, w->parent);
}

static void write_identity(const struct writer *w)
{
	bool any = false;

	for (size_t i = 0; i < w->r->n; i++) {
		struct emu_value_info info = emu_value_info(i);

		if (!is_written(w, i, true))
			continue;
		buf_addf(w->out, "%s  %s: ", any ? "" : "identity:\n", info.name);
		if (is_flag(info.name))
			buf_adds(w->out, w->r->value[i].value);
		else
			add_quoted(w->out, w->r->value[i].value);
		buf_addc(w->out, '\n');
		any = true;
	}
}

static void write_quirk(const struct writer *w, size_t i)
{
	struct emu_value_info info = emu_value_info(i);

	buf_addf(w->out, "  %s: {value: ", info.name);
	add_value(w->out, &info, w->r->value[i].value, emu_revision_value(w->parent, i));
	buf_adds(w->out, ", evidence: [");
	add_quoted(w->out, w->r->value[i].evidence);
	buf_adds(w->out, "], confidence: seen}\n");
}

static void write_quirks(const struct writer *w)
{
	bool any = false;

	for (size_t i = 0; i < w->r->n; i++) {
		if (!is_written(w, i, false))
			continue;
		buf_adds(w->out, any ? "" : "quirks:\n");
		write_quirk(w, i);
		any = true;
	}
}

static const char *reason(const char *name)
{
	const struct unseen_row *row = probe_unseen;

	while (row->name && strcmp(row->name, name))
		row++;
	return row->why;
}

/* "# --write: mqtt_start_order mqtt_stop_order ..." broken into lines; what can never be seen has its reason elsewhere.
 */
static void write_names(const struct writer *w, const char *title, enum probe_state state, unsigned needs)
{
	size_t n = 0, column = 0;

	for (size_t i = 0; i < w->r->n; i++) {
		const struct probe_value *v = &w->r->value[i];
		struct emu_value_info info = emu_value_info(i);

		if (v->state != state || (state == PROBE_NOT_ALLOWED && v->needs != needs) || reason(info.name))
			continue;
		if (!n)
			buf_addf(w->out, "#\n# %s:", title);
		if (!n || column + strlen(info.name) > 100) {
			buf_adds(w->out, "\n#  ");
			column = 4;
		}
		buf_addf(w->out, " %s", info.name);
		column += strlen(info.name) + 1;
		n++;
	}
	if (n)
		buf_addc(w->out, '\n');
}

static void write_reasons(const struct writer *w)
{
	buf_adds(w->out, "#\n# cannot be seen from the host:\n");
	for (const struct unseen_row *row = probe_unseen; row->name; row++)
		buf_addf(w->out, "#   %-27s %s\n", row->name, row->why);
}

static void flags_text(unsigned needs, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", needs & PROBE_WRITE ? " --write" : "", needs & PROBE_NETWORK ? " --network" : "",
		 needs & PROBE_BOOT ? " --boot" : "");
}

static void write_unasked(const struct writer *w)
{
	char flags[64], title[128];

	for (unsigned needs = 1; needs < 2 * PROBE_BOOT; needs++) {
		flags_text(needs, flags, sizeof(flags));
		snprintf(title, sizeof(title), "not asked, would need%s", flags);
		write_names(w, title, PROBE_NOT_ALLOWED, needs);
	}
}

static void write_heading(const struct writer *w, const char *revision)
{
	size_t seen = 0, differ = 0, quirks = 0;
	char flags[64];

	for (size_t i = 0; i < w->r->n; i++) {
		bool quirk = !emu_value_info(i).identity;

		quirks += quirk;
		seen += quirk && w->r->value[i].state == PROBE_SEEN;
		differ += quirk && probe_differs(w->r, i, w->parent);
	}
	flags_text(w->o->allowed, flags, sizeof(flags));
	buf_addf(w->out,
		 "# %s as hil probe%s found it%s%s: %zu of %zu quirks seen, %zu differ from %s.\n"
		 "# What was not seen is inherited.\n",
		 revision, flags, w->o->port ? " on " : "", w->o->port ? w->o->port : "", seen, quirks, differ,
		 w->o->extends);
}

int yaml_out(const struct probe_result *r, const struct emu_revision *parent, const struct yaml_options *o,
	     struct buf *out)
{
	const struct writer w = { r, parent, o, out };
	const struct probe_value *revision = &r->value[emu_value_find("revision")];
	const char *known = revision->value && *revision->value ? revision->value : o->extends;

	write_heading(&w, known);
	buf_adds(out, "schema: 1\nname: ");
	add_text(out, o->name ? o->name : known);
	buf_adds(out, "\nsummary: ");
	add_quoted(out, "found by hil probe");
	buf_adds(out, "\nextends: ");
	add_text(out, o->extends);
	buf_addc(out, '\n');
	write_identity(&w);
	write_quirks(&w);
	write_unasked(&w);
	write_names(&w, "not asked, since the modem has not the command for it", PROBE_ABSENT, 0);
	write_names(&w, "asked, and no answer showed it", PROBE_UNSEEN, 0);
	write_reasons(&w);
	return out->len < out->max ? 0 : -ENOSPC;
}
