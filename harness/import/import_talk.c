/*
 * Who said what. Where a log gives no direction, AT begins the host's lines and the rest is told by its look and by
 * what is open: inside an answer nearly everything belongs to it, outside words are prose.
 */
#include "harness/import/import_talk.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "harness/wire/exchange.h"
#include "harness/wire/exchange_rows.h"

enum {
	AHEAD_MAX = 40, /* lines in which an answer has to end */
};

/* --- lines of both sides -------------------------------------------------------------------------------------- */

static void guess(struct import_talk *t, const struct import_unit *u, const char *who, const char *p, size_t n)
{
	if (u->from == UNIT_UNKNOWN)
		import_notes_add(t->notes, IMPORT_GUESS, u->line, p, n, "%s", who);
}

static void add_line(struct import_talk *t, enum wire_from from, unsigned line, const char *before, const char *p,
		     size_t n, const char *after)
{
	struct buf whole;

	buf_init(&whole, SIZE_MAX);
	buf_adds(&whole, before);
	buf_add(&whole, p, n);
	if (buf_adds(&whole, after))
		t->failed = true;
	import_talk_add(t, from, line, buf_str(&whole), whole.len);
	buf_free(&whole);
}

/* Commands that ask for data take what comes behind a prompt: the count of bytes, -1 for text up to 0x1a. */
static void take_command(struct import_talk *t, const struct import_unit *u, const char *p, size_t n)
{
	char command[sizeof(t->command)];

	snprintf(command, sizeof(command), "%.*s", (int)n, p);
	if (t->doubled && t->open && !strcmp(command, t->command)) {
		add_line(t, WIRE_MODEM, u->line, "", p, n, "\r\r\n");
		t->command[0] = '\0';
		return;
	}
	guess(t, u, "host, because it begins with AT", p, n);
	add_line(t, WIRE_HOST, u->line, "", p, n, "\r");
	str_copy(t->command, sizeof(t->command), command);
	command_name(command, t->name, sizeof(t->name));
	t->data_length = n > 2 ? rows_data_length(command) : -1;
	t->open = true;
	t->torn = false;
	t->unanswered++;
}

static void take_modem_line(struct import_talk *t, const struct import_unit *u, const char *p, size_t n,
			    enum import_look look)
{
	guess(t, u, "modem", p, n);
	add_line(t, WIRE_MODEM, u->line, t->torn ? "" : "\r\n", p, n, u->torn ? "" : "\r\n");
	if (t->torn)
		import_notes_add(t->notes, IMPORT_JOINED, u->line, p, n,
				 "goes on with a line that another block began");
	t->torn = u->torn;
	t->unanswered = 0;
	t->follow = import_data_behind(t->tables, p, n);
	if (look == LOOK_FINAL && !u->torn)
		t->open = false;
}

/* +NAME: of another command than the one that is open, after a list of commands without any answers. */
static bool is_of_another(const struct import_talk *t, const char *p, size_t n)
{
	size_t len = strlen(t->name);
	char line[64];

	snprintf(line, sizeof(line), "%.*s", (int)n, p);
	return t->unanswered >= 2 && p[0] == '+' && (n <= len || strncasecmp(p, t->name, len) || p[len] != ':') &&
	       !rows_is_urc(line);
}

/* --- what is not said by either side -------------------------------------------------------------------------- */

static void mention(struct import_talk *t, const struct import_unit *u, const char *p, size_t n)
{
	struct import_span span;

	for (size_t from = 0; import_find_mention(t->tables, p, n, from, &span) && span.len;
	     from = span.start + span.len)
		import_notes_add(t->notes, IMPORT_MENTION, u->line, p + span.start, span.len,
				 "a command in a sentence");
}

static void take_prose(struct import_talk *t, const struct import_unit *u, const char *p, size_t n)
{
	mention(t, u, p, n);
	t->prose_lines++;
	if (!t->gap_lines || t->after_blank)
		t->gap_paragraphs++;
	t->gap_lines++;
}

static void take_log(struct import_talk *t, const struct import_unit *u)
{
	size_t i = (size_t)(u - t->units->items);

	if (t->log_first == t->log_end)
		t->log_first = i;
	t->log_end = i + 1;
	t->prose_lines++;
}

/* --- lines without a direction -------------------------------------------------------------------------------- */

static const char *trimmed(const struct import_talk *t, const struct import_unit *u, size_t *n)
{
	*n = u->len;
	return str_trim(import_units_text(t->units, u), n);
}

/* Whether the answer that is open ends soon: no command, no new paragraph of prose, and then a final result. */
static bool is_answered_ahead(const struct import_talk *t, const struct import_unit *u)
{
	const struct import_unit *end = t->units->items + t->units->n;
	bool blank = false;

	if (!t->open)
		return false;
	for (const struct import_unit *x = u + 1; x < end && x - u < AHEAD_MAX && x->post == u->post; x++) {
		size_t n;
		const char *p = trimmed(t, x, &n);
		enum import_look look = x->raw ? LOOK_COMMAND : import_look_at(t->tables, p, n);

		if (look == LOOK_FINAL)
			return true;
		if (look == LOOK_COMMAND || look == LOOK_HEADER || look == LOOK_CODE || (look == LOOK_PROSE && blank))
			return false;
		blank = look == LOOK_BLANK;
	}
	return false;
}

static const struct import_format *format_of(const struct import_unit *u)
{
	return &import_format_rows[u->format];
}

/* A program that stamps each line of the port shows nothing but the port. */
static bool is_stamped(const struct import_unit *u)
{
	return format_of(u)->every_line && format_of(u)->layer != LAYER_PLAIN;
}

/* A line right behind the conversation, or in a code block or on the port with it, is the firmware's own. */
static bool is_log(const struct import_talk *t, const struct import_unit *u, bool words)
{
	if (is_stamped(u) || format_of(u)->layer == LAYER_LOG)
		return true;
	return words && (u->fenced || (t->cur && !t->after_blank && !t->gap_lines));
}

/* What is there and is no talk of a modem is the firmware's own line, a sentence, or a riddle. */
static void take_unclear(struct import_talk *t, const struct import_unit *u, const char *p, size_t n,
			 enum import_look look)
{
	bool stamped = is_stamped(u);
	bool words = look == LOOK_PROSE || look == LOOK_CODE || look == LOOK_OTHER || look == LOOK_PEM;
	struct import_span mentioned;
	bool inside = is_answered_ahead(t, u) && (look != LOOK_PROSE || !t->after_blank) && look != LOOK_CODE;

	if (inside || (stamped && look == LOOK_UNKNOWN)) {
		if (!inside && *p != '+')
			import_notes_add(t->notes, IMPORT_DAMAGED, u->line, p, n,
					 "no line of a modem; kept as it came");
		import_talk_enter(t, u, false);
		take_modem_line(t, u, p, n, look);
	} else if (is_log(t, u, words || look == LOOK_WORD)) {
		mention(t, u, p, n);
		take_log(t, u);
	} else if (words || look == LOOK_WORD || import_find_mention(t->tables, p, n, 0, &mentioned)) {
		take_prose(t, u, p, n);
	} else {
		import_notes_add(t->notes, IMPORT_UNREAD, u->line, p, n, "neither a line of a modem nor a sentence");
		t->gap_lines++;
	}
}

static void take_piece(struct import_talk *t, const struct import_unit *u, const char *p, size_t n, bool prose)
{
	size_t len = import_without_comment(t->tables, p, n), rest = n - len;
	enum import_look look = import_look_at(t->tables, p, len);
	const char *comment = str_trim(p + len, &rest);

	if (len < n)
		import_notes_add(t->notes, IMPORT_COMMENT, u->line, comment, rest, "cut off");
	switch (look) {
	case LOOK_BLANK:
		break;
	case LOOK_COMMAND:
		import_talk_enter(t, u, prose);
		take_command(t, u, p, len);
		break;
	case LOOK_PROMPT:
		if (t->open && import_talk_goes_on(t, u)) {
			import_talk_enter(t, u, prose);
			import_talk_prompt(t, u, p + 1, len - 1);
		} else if (is_stamped(u)) {
			import_talk_enter(t, u, prose);
			take_modem_line(t, u, p, len, look);
		} else {
			take_unclear(t, u, p, len, LOOK_UNKNOWN);
		}
		break;
	case LOOK_ANSWER:
		if (t->cur && is_of_another(t, p, len))
			import_talk_end_segment(t);
		import_talk_enter(t, u, prose);
		take_modem_line(t, u, p, len, look);
		break;
	case LOOK_FINAL:
		import_talk_enter(t, u, prose);
		take_modem_line(t, u, p, len, look);
		break;
	case LOOK_HEADER:
		t->prose_lines++;
		break;
	case LOOK_CODE:
	case LOOK_PEM:
	case LOOK_OTHER:
	case LOOK_PROSE:
	case LOOK_WORD:
	case LOOK_UNKNOWN:
		take_unclear(t, u, p, len, look);
		break;
	}
	t->after_blank = look == LOOK_BLANK;
}

static void take_text(struct import_talk *t, const struct import_unit *u, const char *p, size_t n)
{
	struct import_parts parts;

	import_split_line(t->tables, p, n, &parts);
	if (parts.n > 1 + (size_t)parts.part[0].prose)
		import_notes_add(t->notes, IMPORT_JOINED, u->line, p, n,
				 parts.glued ? "a command ran into the line before it: two lines"
					     : "several lines in one: cut into %zu",
				 parts.n);
	for (size_t i = 0; i < parts.n; i++) {
		const struct import_part_span *part = &parts.part[i];

		if (part->prose)
			take_prose(t, u, p + part->start, part->len);
		else
			take_piece(t, u, p + part->start, part->len, parts.part[0].prose);
	}
}

static bool has_open_quote(const char *p, size_t n)
{
	bool open = false;

	for (size_t i = 0; i < n; i++)
		open ^= p[i] == '"';
	return open;
}

/* A terminal's edge tears a line inside its quotes: what follows is no line of its own and closes them. */
static bool is_continued(const struct import_talk *t, const struct import_unit *u, const char *p, size_t n)
{
	const struct import_unit *next = u + 1;
	enum import_look look;

	if (next >= t->units->items + t->units->n || next->raw || next->post != u->post || next->from != u->from ||
	    !has_open_quote(p, n))
		return false;
	look = import_look_at(t->tables, p, n);
	if (look != LOOK_COMMAND && look != LOOK_ANSWER)
		return false;
	p = trimmed(t, next, &n);
	look = import_look_at(t->tables, p, n);
	return (look == LOOK_UNKNOWN || look == LOOK_WORD) && has_open_quote(p, n) && !memchr(p, ' ', n);
}

/* A word processor's quotes make no command; with plain ones the line is one. True: it was. */
static bool take_fancy(struct import_talk *t, const struct import_unit *u, const char *p, size_t n)
{
	struct buf plain;
	bool talk = false;

	buf_init(&plain, SIZE_MAX);
	if (import_make_plain(p, n, &plain)) {
		size_t len = plain.len;
		const char *s = str_trim(buf_str(&plain), &len);
		enum import_look look = import_look_at(t->tables, s, len);

		talk = look == LOOK_COMMAND || look == LOOK_ANSWER || look == LOOK_FINAL;
		if (talk) {
			import_notes_add(t->notes, IMPORT_DAMAGED, u->line, p, n,
					 "quotes or blanks of a word processor: read as plain ones");
			take_text(t, u, s, len);
		}
	}
	buf_free(&plain);
	return talk;
}

static void take_line(struct import_talk *t, const struct import_unit *u)
{
	struct buf whole;
	size_t n, rest;
	const char *p = trimmed(t, u, &n), *more;

	if (take_fancy(t, u, p, n))
		return;
	if (!is_continued(t, u, p, n)) {
		take_text(t, u, p, n);
		return;
	}
	buf_init(&whole, SIZE_MAX);
	more = trimmed(t, u + 1, &rest);
	buf_add(&whole, p, n);
	if (buf_add(&whole, more, rest))
		t->failed = true;
	import_notes_add(t->notes, IMPORT_JOINED, u->line, buf_str(&whole), whole.len, "goes on in line %u", u[1].line);
	take_text(t, u, buf_str(&whole), whole.len);
	t->skip = true;
	buf_free(&whole);
}

/* A firmware that prints no line end before it sends has the command behind its own words. */
static void take_log_line(struct import_talk *t, const struct import_unit *u)
{
	struct import_unit sent = *u;
	struct import_parts parts;
	size_t n;
	const char *p = trimmed(t, u, &n);

	import_split_line(t->tables, p, n, &parts);
	take_log(t, u);
	/* a library stamps its own lines alone */
	sent.timed = u->timed && t->cur && t->cur->timed;
	sent.from = UNIT_UNKNOWN;
	if (parts.glued)
		take_piece(t, &sent, p + parts.part[1].start, parts.part[1].len, false);
}

/* --- data, and lines with a direction ------------------------------------------------------------------------- */

/* Behind a prompt everything is data until enough of it came, or a final result stands alone. True: it was data. */
static bool take_prompted(struct import_talk *t, const struct import_unit *u)
{
	size_t n;
	const char *p = trimmed(t, u, &n);
	enum import_look look = import_look_at(t->tables, p, n);

	if (!t->prompted)
		return false;
	if (u->raw || u->post != t->cur->post || look == LOOK_FINAL || look == LOOK_HEADER ||
	    import_talk_data_is_complete(t) || (look == LOOK_COMMAND && t->data.len) || u->from == UNIT_LOG ||
	    u->from == UNIT_OTHER) {
		import_talk_end_data(t, look == LOOK_FINAL && n == 2);
		return false;
	}
	import_talk_take_time(t, u);
	import_talk_data_line(t, u, import_units_text(t->units, u), u->len);
	return true;
}

/* Data that the modem announced by its length, whatever it looks like. True: it was that. */
static bool take_following(struct import_talk *t, const struct import_unit *u)
{
	size_t left = t->follow;

	if (!left || !t->cur || u->raw || !u->len || u->post != t->cur->post || u->from == UNIT_HOST ||
	    u->from == UNIT_LOG)
		return false;
	import_talk_take_time(t, u);
	take_modem_line(t, u, import_units_text(t->units, u), u->len, LOOK_UNKNOWN);
	t->follow = left > u->len + 2 ? left - u->len - 2 : 0;
	return true;
}

static void take_host_text(struct import_talk *t, const struct import_unit *u)
{
	size_t n;
	const char *p = trimmed(t, u, &n);

	if (!n)
		return;
	import_talk_enter(t, u, false);
	take_command(t, u, p, n);
}

static void take_modem_text(struct import_talk *t, const struct import_unit *u)
{
	size_t n = u->len;
	const char *p = u->torn || t->torn ? import_units_text(t->units, u) : trimmed(t, u, &n);

	if (!n)
		return;
	import_talk_enter(t, u, false);
	if (*p == '>' && t->open && !t->torn)
		import_talk_prompt(t, u, p + 1, n - 1);
	else
		take_modem_line(t, u, p, n, import_look_at(t->tables, p, n));
}

/* --- bytes ---------------------------------------------------------------------------------------------------- */

static bool is_command_bytes(const char *p, size_t n)
{
	return n >= 2 && toupper((unsigned char)p[0]) == 'A' && toupper((unsigned char)p[1]) == 'T';
}

/* The side that says AT first is the host; the other repeats it as echo. */
static enum unit_from find_host_port(struct import_talk *t, const struct import_unit *u)
{
	const struct import_unit *end = t->units->items + t->units->n;

	for (const struct import_unit *x = u; x < end && x->post == u->post; x++) {
		bool port = x->from == UNIT_PORT_A || x->from == UNIT_PORT_B;

		if (port && is_command_bytes(import_units_text(t->units, x), x->len))
			return x->from;
	}
	import_notes_add(t->notes, IMPORT_GUESS, u->line, "", 0,
			 "neither side begins a line with AT: the first is taken for the host");
	return u->from;
}

static enum wire_from side_of(struct import_talk *t, const struct import_unit *u)
{
	if (u->from == UNIT_OTHER)
		return u->other;
	if (u->from == UNIT_HOST || u->from == UNIT_MODEM)
		return u->from == UNIT_HOST ? WIRE_HOST : WIRE_MODEM;
	if (t->host_port == UNIT_UNKNOWN || t->host_port_post != u->post)
		t->host_port = find_host_port(t, u);
	t->host_port_post = u->post;
	return u->from == t->host_port ? WIRE_HOST : WIRE_MODEM;
}

static void take_bytes(struct import_talk *t, const struct import_unit *u)
{
	enum wire_from from = side_of(t, u);

	/* a recording's notes before its first byte belong to what follows */
	import_talk_enter(t, u, false);
	import_talk_add(t, from, u->line, import_units_text(t->units, u), u->len);
}

/* --- all ------------------------------------------------------------------------------------------------------ */

/* Whether most commands of the post stand twice in a row: sent, and echoed. A bare AT is repeated until it is answered.
 */
static bool is_doubled(const struct import_talk *t, const struct import_unit *first)
{
	const struct import_unit *end = t->units->items + t->units->n, *last = NULL;
	size_t single = 0, twice = 0;

	for (const struct import_unit *x = first; x < end && x->post == first->post; x++) {
		if (!x->raw && !x->len)
			continue;
		if (x->raw || x->len == 2 || !is_command_bytes(import_units_text(t->units, x), x->len)) {
			last = NULL;
			continue;
		}
		if (last && last->len == x->len &&
		    !memcmp(import_units_text(t->units, last), import_units_text(t->units, x), x->len)) {
			twice++;
			single -= single > 0;
			last = NULL;
		} else {
			single++;
			last = x;
		}
	}
	return twice > 1 && twice > single;
}

static void take_unit(struct import_talk *t, const struct import_unit *u)
{
	if (!t->doubled_post || t->doubled_post != u->post + 1) {
		t->doubled_post = u->post + 1;
		t->doubled = is_doubled(t, u);
		if (t->doubled)
			import_notes_add(t->notes, IMPORT_GUESS, u->line, "", 0,
					 "each command stands twice: the second is its echo");
	}
	if (t->cur && t->cur->post != u->post)
		import_talk_end_segment(t);
	if (take_prompted(t, u) || take_following(t, u))
		return;
	if (u->raw)
		take_bytes(t, u);
	else if (u->from == UNIT_HOST)
		take_host_text(t, u);
	else if (u->from == UNIT_MODEM)
		take_modem_text(t, u);
	else if (u->from == UNIT_LOG)
		take_log_line(t, u);
	else
		take_line(t, u);
}

int import_talk_read(struct import_talk *t)
{
	buf_init(&t->bytes, SIZE_MAX);
	buf_init(&t->data, SIZE_MAX);
	for (size_t i = 0; i < t->units->n && !t->failed; i++) {
		take_unit(t, &t->units->items[i]);
		i += t->skip;
		t->skip = false;
	}
	import_talk_end_segment(t);
	return t->failed ? -ENOMEM : 0;
}

void import_talk_free(struct import_talk *t)
{
	free(t->events);
	free(t->segments);
	buf_free(&t->bytes);
	buf_free(&t->data);
}
