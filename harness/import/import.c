/* From text to recordings: lines, units, talk, redaction, and what is to be said about all of it. */
#include "harness/import/import.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "harness/import/import_damage.h"
#include "harness/import/import_redact.h"
#include "harness/import/import_rows.h"
#include "harness/import/import_talk.h"
#include "harness/wire/exchange.h"

struct part {
	struct import_segment shown;
	struct recording *recording;
};

struct import {
	struct part *parts;
	size_t n_parts;
	struct import_notes notes;
	struct redactor *redactor; /* NULL: nothing was replaced */
	unsigned first_line;
	unsigned lines, prose;
	char *name;
};

/* --- the names of the formats --------------------------------------------------------------------------------- */

const char *const *import_formats(void)
{
	static const char *const names[] = { "arduino",	 "esp-idf", "hexdump",	      "jpnevulator", "jsonl",
					     "markdown", "marked",  "minicom",	      "picocom",     "plain",
					     "putty",	 "quoted",  "script",	      "sent-recv",   "socat",
					     "sscom",	 "stamped", "streamdebugger", "teraterm",    "tio",
					     "xxd",	 NULL };

	return names;
}

const char *import_format_help(const char *name)
{
	for (size_t i = 0; i < import_format_count; i++) {
		if (!strcmp(import_format_rows[i].name, name) && import_format_rows[i].help)
			return import_format_rows[i].help;
	}
	return "";
}

static int find_format(const char *name, size_t *out, struct err *e)
{
	const char *near;

	*out = import_format_count;
	for (size_t i = 0; name && i < import_format_count && *out == import_format_count; i++) {
		if (!strcmp(import_format_rows[i].name, name))
			*out = i;
	}
	if (!name || *out < import_format_count)
		return 0;
	near = str_nearest(name, import_formats());
	return near ? err_set(e, -EINVAL, "no format is called '%s' (did you mean '%s'?)", name, near)
		    : err_set(e, -EINVAL, "no format is called '%s' (hil import --formats lists them)", name);
}

const char *import_remark_name(enum import_remark_kind kind)
{
	static const char *const names[] = {
		[IMPORT_UNREAD] = "unread",   [IMPORT_DAMAGED] = "damaged", [IMPORT_JOINED] = "joined",
		[IMPORT_COMMENT] = "comment", [IMPORT_MENTION] = "mention", [IMPORT_GUESS] = "guess",
	};

	return names[kind];
}

/* --- redaction of what was said ------------------------------------------------------------------------------- */

/* The bytes of one direction of a segment in a row, so that what is replaced may span events. */
struct side {
	struct buf bytes;
	struct import_event **events;
	size_t *starts; /* of each event in bytes */
	size_t n;
};

static bool is_host(enum wire_from from)
{
	return from == WIRE_HOST;
}

static bool is_modem(enum wire_from from)
{
	return from == WIRE_MODEM;
}

static bool is_note(enum wire_from from)
{
	return from > WIRE_MODEM;
}

/* The line of the last event that begins at or before the byte. */
static unsigned line_of(size_t at, void *ctx)
{
	const struct side *s = ctx;
	size_t low = 0, high = s->n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (s->starts[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	return s->n ? s->events[low]->line : 0;
}

static int collect_side(struct side *side, struct import_talk *t, const struct import_stretch *segment,
			bool (*is_of)(enum wire_from from))
{
	int err = 0;

	side->events = calloc(segment->n_events + 1, sizeof(struct import_event *));
	side->starts = calloc(segment->n_events + 1, sizeof(*side->starts));
	if (!side->events || !side->starts)
		return -ENOMEM;
	for (size_t i = 0; i < segment->n_events && !err; i++) {
		struct import_event *ev = &t->events[segment->first_event + i];

		if (!is_of(ev->from) || !ev->len)
			continue;
		side->starts[side->n] = side->bytes.len;
		side->events[side->n++] = ev;
		err = buf_add(&side->bytes, t->bytes.data + ev->start, ev->len);
	}
	return err;
}

static int redact_side(struct redactor *r, struct import_talk *t, const struct import_stretch *segment,
		       bool (*is_of)(enum wire_from from), bool known)
{
	struct side side = { 0 };
	int err;

	buf_init(&side.bytes, SIZE_MAX);
	err = collect_side(&side, t, segment, is_of);
	if (!err && known && side.n)
		import_redact_known(r, side.bytes.data, side.bytes.len);
	else if (!err && side.n)
		import_redact(r, side.bytes.data, side.bytes.len, line_of, &side);
	for (size_t i = 0; i < side.n && !err; i++)
		memcpy(t->bytes.data + side.events[i]->start, side.bytes.data + side.starts[i], side.events[i]->len);
	buf_free(&side.bytes);
	free(side.events);
	free(side.starts);
	return err;
}

/* Sentences name secrets as well; their line is the remark's. */
static unsigned line_of_remark(size_t at, void *ctx)
{
	(void)at;
	return ((const struct import_remark *)ctx)->line;
}

static int redact_segments(struct redactor *r, struct import_talk *t, bool known)
{
	static bool (*const sides[])(enum wire_from from) = { is_host, is_modem, is_note };
	int err = 0;

	for (size_t i = 0; i < t->n_segments; i++) {
		for (size_t k = 0; k < sizeof(sides) / sizeof(sides[0]) && !err; k++)
			err = redact_side(r, t, &t->segments[i], sides[k], known);
	}
	return err;
}

/* First what a rule knows, then the same words wherever else they are. */
static int redact_all(struct import *imp, struct import_talk *t)
{
	int err = redact_segments(imp->redactor, t, false);

	for (size_t i = 0; i < imp->notes.n && !err; i++) {
		struct import_remark *m = &imp->notes.items[i];
		bool own = m->kind == IMPORT_UNREAD || m->kind == IMPORT_MENTION || m->kind == IMPORT_COMMENT;

		import_redact(imp->redactor, (char *)m->text, strlen(m->text), own ? line_of_remark : NULL, m);
	}
	if (!err)
		err = redact_segments(imp->redactor, t, true);
	for (size_t i = 0; i < imp->notes.n && !err; i++)
		import_redact_known(imp->redactor, (char *)imp->notes.items[i].text, strlen(imp->notes.items[i].text));
	return err ? err : import_redactor_failed(imp->redactor) ? -ENOMEM : 0;
}

/* --- recordings ----------------------------------------------------------------------------------------------- */

static int fill_recording(struct recording *r, const char *name, const struct import_talk *t,
			  const struct import_stretch *s)
{
	const struct import_event *ev = &t->events[s->first_event];
	const char *times = t->units->times[0] ? t->units->times : "real";
	const char *slash = strrchr(name, '/');
	int err = recording_set(r, "source", slash ? slash + 1 : name);

	err = err ? err : recording_set(r, "format", import_format_rows[s->format].name);
	err = err ? err : recording_set(r, "times", s->timed ? times : "none");
	if (!err && t->units->profile[0])
		err = recording_set(r, "profile", t->units->profile);
	for (size_t i = 0; i < s->n_events && !err; i++) {
		const struct wire_event out = { ev[i].t_us, ev[i].from, buf_str(&t->bytes) + ev[i].start, ev[i].len,
						ev[i].line };

		err = recording_add(r, &out);
	}
	return err;
}

/* Returns the lines of the modem. */
static size_t count_exchanges(struct import_segment *s, const struct conversation *c)
{
	size_t lines = 0;

	for (size_t i = 0; i < conversation_size(c); i++) {
		const struct exchange *x = conversation_at(c, i);

		s->commands += x->command != NULL;
		s->answered += x->command && exchange_final(x);
		s->answers += x->command ? 0 : x->n_lines;
		lines += x->n_lines;
	}
	return lines;
}

/* A lone command that nobody answers and that stood in a sentence is a mention and no conversation. */
static void mention_all(struct import *imp, const struct import_talk *t, const struct import_stretch *s)
{
	for (size_t i = 0; i < s->n_events; i++) {
		const struct import_event *ev = &t->events[s->first_event + i];
		const char *p = buf_str(&t->bytes) + ev->start;
		size_t n = ev->len;

		p = str_trim(p, &n);
		if (n)
			import_notes_add(&imp->notes, IMPORT_MENTION, ev->line, p, n, "a command in a sentence");
	}
}

static int add_part(struct import *imp, const struct import_talk *t, const struct import_stretch *s)
{
	struct part *part = &imp->parts[imp->n_parts];
	struct conversation *c;
	size_t lines;
	bool keep;
	int err;

	*part = (struct part){ { .first_line = s->first_line,
				 .last_line = s->last_line,
				 .format = import_format_rows[s->format].name,
				 .timed = s->timed && strcmp(t->units->times, "none") },
			       recording_new() };
	if (!part->recording)
		return -ENOMEM;
	err = fill_recording(part->recording, imp->name, t, s);
	c = err ? NULL : conversation_new(part->recording);
	if (!c) {
		recording_free(part->recording);
		return err ? err : -ENOMEM;
	}
	lines = count_exchanges(&part->shown, c);
	import_find_damage(c, &imp->notes);
	conversation_free(c);
	keep = lines || part->shown.commands;
	if (keep && s->from_prose && !lines && part->shown.commands <= 1) {
		mention_all(imp, t, s);
		keep = false;
	}
	if (keep)
		imp->n_parts++;
	else
		recording_free(part->recording);
	return 0;
}

static int make_parts(struct import *imp, const struct import_talk *t)
{
	int err = 0;

	imp->parts = calloc(t->n_segments ? t->n_segments : 1, sizeof(*imp->parts));
	if (!imp->parts)
		return -ENOMEM;
	for (size_t i = 0; i < t->n_segments && !err; i++)
		err = add_part(imp, t, &t->segments[i]);
	return err;
}

/* --- all ------------------------------------------------------------------------------------------------------ */

static int read_units(struct import *imp, const char *name, struct source *source, const struct import_options *o,
		      struct import_tables *tables, struct import_units *units, struct err *e)
{
	struct import_reader in = { .name = name,
				    .source = source,
				    .units = units,
				    .notes = &imp->notes,
				    .looks = tables->looks,
				    .banner = import_format_plain,
				    .loose = import_format_plain };
	int err = find_format(o->as, &in.only, e);

	if (err)
		return err;
	in.formats = import_regexes_new(import_format_rows, import_format_count, sizeof(import_format_rows[0]), e);
	buf_init(&in.line, SIZE_MAX);
	buf_init(&in.row, SIZE_MAX);
	buf_init(&units->bytes, SIZE_MAX);
	err = in.formats ? import_read(&in, e) : e->code;
	buf_free(&in.line);
	buf_free(&in.row);
	import_regexes_free(in.formats);
	return err;
}

static int understand(struct import *imp, const struct import_tables *tables, const struct import_units *units,
		      const struct import_options *o, struct err *e)
{
	struct import_talk t = { .units = units, .tables = tables, .notes = &imp->notes };
	int err = import_talk_read(&t);

	if (!err && o->redact) {
		imp->redactor = import_redactor_new(e);
		err = imp->redactor ? redact_all(imp, &t) : e->code;
	}
	if (!err)
		err = make_parts(imp, &t);
	imp->prose = t.prose_lines;
	import_notes_sort(&imp->notes);
	import_talk_free(&t);
	if (err == -E2BIG)
		return err_set(e, err, "%s: too long a line to be searched for what is private (--no-redact keeps all)",
			       imp->name);
	return err ? err_set(e, err, "out of memory") : 0;
}

static unsigned count_lines(const char *text, size_t n)
{
	unsigned lines = n && text[n - 1] != '\n';

	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	return lines;
}

/* The digits that end at end, and what stands before them: a dash. */
static const char *number_before(const char *name, const char *end, long long *number)
{
	const char *s = end;

	while (s > name && isdigit((unsigned char)s[-1]))
		s--;
	if (s == end || s - name < 2 || s[-1] != '-' || str_to_num(s, (size_t)(end - s), 1, UINT32_MAX, number))
		return NULL;
	return s - 1;
}

/* "data/issue-49-142-196.txt" of 55 lines: begins at line 142 of issue-49. Returns the number of the first line. */
static unsigned name_it(struct import *imp, const char *name, const char *text, size_t n)
{
	const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name, *dot = strrchr(base, '.');
	long long first = 0, last = 0;
	const char *dash = number_before(base, dot ? dot : base + strlen(base), &last);

	dash = dash ? number_before(base, dash, &first) : NULL;
	if (dash && dash > base && last >= first && last - first + 1 == count_lines(text, n)) {
		imp->name = strndup(base, (size_t)(dash - base));
		return (unsigned)first;
	}
	imp->name = strdup(name);
	return 1;
}

static int check_range(const struct source *s, const char *name, const struct import_options *o, struct err *e)
{
	if (!o->first_line && !o->last_line)
		return 0;
	if (o->first_line <= s->last_number && (!o->last_line || o->last_line >= s->first_number))
		return 0;
	return err_set(e, -EINVAL, "%s: there are no lines %u-%u, it has %u to %u", name, o->first_line, o->last_line,
		       s->first_number, s->last_number);
}

struct import *import_text(const char *name, const char *text, size_t n, const struct import_options *o, struct err *e)
{
	struct import *imp = calloc(1, sizeof(*imp));
	struct import_tables tables = { 0 };
	struct import_units units = { 0 };
	struct source source;
	struct err own = { 0 };
	int err;

	if (!imp) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	err = import_source_read(&source, text, n, name_it(imp, name, text, n), o->first_line, o->last_line);
	imp->first_line = source.first_number;
	imp->lines = source.last_number - source.first_number + 1;
	err = err || !imp->name ? err_set(&own, -ENOMEM, "out of memory") : check_range(&source, name, o, &own);
	err = err ? err : import_tables_load(&tables, &own);
	err = err ? err : read_units(imp, name, &source, o, &tables, &units, &own);
	err = err ? err : understand(imp, &tables, &units, o, &own);
	if (!err && imp->notes.failed)
		err = err_set(&own, -ENOMEM, "out of memory");
	import_source_free(&source);
	import_units_free(&units);
	import_tables_free(&tables);
	if (!err)
		return imp;
	import_free(imp);
	err_set(e, own.code, "%s", own.msg);
	return NULL;
}

void import_free(struct import *imp)
{
	if (!imp)
		return;
	for (size_t i = 0; i < imp->n_parts; i++)
		recording_free(imp->parts[i].recording);
	free(imp->parts);
	import_notes_free(&imp->notes);
	import_redactor_free(imp->redactor);
	free(imp->name);
	free(imp);
}

const char *import_name(const struct import *imp)
{
	return imp->name;
}

size_t import_segments(const struct import *imp)
{
	return imp->n_parts;
}

const struct import_segment *import_segment(const struct import *imp, size_t i)
{
	return &imp->parts[i].shown;
}

const struct recording *import_recording(const struct import *imp, size_t i)
{
	return imp->parts[i].recording;
}

size_t import_remarks(const struct import *imp)
{
	return imp->notes.n;
}

const struct import_remark *import_remark(const struct import *imp, size_t i)
{
	return &imp->notes.items[i];
}

size_t import_replacements(const struct import *imp)
{
	return imp->redactor ? import_redactor_count(imp->redactor) : 0;
}

const struct import_replaced *import_replaced(const struct import *imp, size_t i)
{
	return import_redactor_at(imp->redactor, i);
}

unsigned import_first_line(const struct import *imp)
{
	return imp->first_line;
}

unsigned import_line_count(const struct import *imp)
{
	return imp->lines;
}

unsigned import_prose_count(const struct import *imp)
{
	return imp->prose;
}

/* --- "thread.txt:59-67" --------------------------------------------------------------------------------------- */

static int read_range(const char *text, struct import_options *o)
{
	size_t dash = strcspn(text, "-"), n = strlen(text);
	long long first, last;

	if (str_to_num(text, dash, 1, UINT32_MAX, &first))
		return -EINVAL;
	last = first;
	if (dash < n && str_to_num(text + dash + 1, n - dash - 1, 1, UINT32_MAX, &last))
		return -EINVAL;
	o->first_line = (unsigned)first;
	o->last_line = (unsigned)last;
	return last < first ? -ERANGE : 0;
}

char *import_split_range(const char *argument, struct import_options *o, struct err *e)
{
	const char *colon = strrchr(argument, ':');
	bool range = colon && isdigit((unsigned char)colon[1]) && !colon[1 + strspn(colon + 1, "0123456789-")];
	char *path = range && access(argument, F_OK) ? strndup(argument, (size_t)(colon - argument)) : strdup(argument);

	o->first_line = o->last_line = 0;
	if (path && strlen(path) < strlen(argument) && read_range(colon + 1, o)) {
		err_set(e, -EINVAL, "%s: '%s' must be a line or FIRST-LAST, as in 59-67", argument, colon + 1);
		free(path);
		return NULL;
	}
	if (!path)
		err_set(e, -ENOMEM, "out of memory");
	return path;
}
