/*
 * The fold from bytes to exchanges. Which answers come late, which commands take data and what comes unasked are rows of
 * exchange_rows.c; the rest follows from V.250: a command ends at CR, a line at CR or LF, an answer at its final result.
 */
#include "harness/wire/exchange.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "harness/wire/exchange_rows.h"

enum { TEXT_MAX_BYTES = 1 << 30, NAME_SIZE = 32 };

struct conversation {
	struct exchange *items;
	size_t n, cap;
};

/* The state between two bytes. */
struct fold {
	struct conversation *c;
	struct buf command, data, line;
	uint64_t line_us;
	unsigned command_line, line_line;	/* source lines of what is being collected */
	size_t open;		/* index of the exchange that waits for its final result */
	bool is_open;
	bool prompted;		/* what the host sends is data */
	long data_left;		/* bytes of data still to come; -1: until the final result, or 0x1a */
	size_t lines;		/* of the modem, so far */
	bool failed;		/* out of memory */
};

const char *line_role_name(enum line_role role)
{
	static const char *const names[] = {
		[LINE_ECHO] = "echo", [LINE_INFO] = "info", [LINE_PROMPT] = "prompt",
		[LINE_FINAL] = "final", [LINE_RESULT] = "result", [LINE_URC] = "urc",
	};

	return names[role];
}

bool command_name(const char *command, char *out, size_t size)
{
	size_t n = 0;

	*out = '\0';
	if (toupper((unsigned char)command[0]) != 'A' || toupper((unsigned char)command[1]) != 'T')
		return false;
	for (const char *s = command + 2; *s && n + 1 < size; s++) {
		bool sign = n == 0 && strchr("+*#$^&%", *s);

		if (!sign && !isalnum((unsigned char)*s) && *s != '_')
			break;
		if (isdigit((unsigned char)*s) && (n == 0 || !strchr("+*#$^%", out[0])))
			break;
		out[n++] = (char)toupper((unsigned char)*s);
	}
	out[n] = '\0';
	return n > 0;
}

/* --- exchanges and lines -------------------------------------------------------------------------------------- */

static struct exchange *add_exchange(struct fold *f)
{
	struct conversation *c = f->c;

	if (c->n == c->cap) {
		size_t cap = c->cap ? 2 * c->cap : 32;
		struct exchange *more = reallocarray(c->items, cap, sizeof(*more));

		if (!more) {
			f->failed = true;
			return NULL;
		}
		c->items = more;
		c->cap = cap;
	}
	c->items[c->n] = (struct exchange){ 0 };
	return &c->items[c->n++];
}

static char *copy_bytes(const struct buf *b)
{
	char *p = malloc(b->len + 1);

	if (p) {
		memcpy(p, buf_str(b), b->len);
		p[b->len] = '\0';
	}
	return p;
}

/* Lines of one exchange grow in powers of two, so that their number tells their room. */
static void add_line(struct fold *f, struct exchange *x, enum line_role role)
{
	struct exchange_line *lines = (struct exchange_line *)x->lines;
	char *text = copy_bytes(&f->line);

	if (!(x->n_lines & (x->n_lines - 1)))
		lines = reallocarray(lines, x->n_lines ? 2 * x->n_lines : 1, sizeof(*lines));
	if (lines)
		x->lines = lines;
	if (!text || !lines) {
		free(text);
		f->failed = true;
		return;
	}
	lines[x->n_lines++] = (struct exchange_line){ role, f->line_us, text, f->line.len, f->line_line, f->lines++ };
}

static void add_unsolicited(struct fold *f)
{
	struct exchange *x = add_exchange(f);

	if (!x)
		return;
	x->t_us = f->line_us;
	x->line = f->line_line;
	add_line(f, x, LINE_URC);
}

static struct exchange *opened(struct fold *f)
{
	return f->is_open ? &f->c->items[f->open] : NULL;
}

/* --- what a line of the modem is ------------------------------------------------------------------------------ */

static bool is_of(const char *line, const char *name)
{
	size_t n = strlen(name);

	return n && !strncasecmp(line, name, n) && line[n] == ':';
}

static bool is_echo(const struct fold *f, const struct exchange *x)
{
	const char *line = buf_str(&f->line);

	if (x->data && strstr(x->data, line))
		return true;
	return !x->n_lines && !strcmp(line, x->command);
}

static enum line_role role_in(const struct fold *f, const struct exchange *x)
{
	const char *line = buf_str(&f->line);
	char name[NAME_SIZE];

	if (rows_is_final(line))
		return LINE_FINAL;
	if (is_echo(f, x))
		return LINE_ECHO;
	if (command_name(x->command, name, sizeof(name)) && is_of(line, name))
		return LINE_INFO;
	return rows_is_urc(line) ? LINE_URC : LINE_INFO;
}

static bool has_role(const struct exchange *x, enum line_role role)
{
	for (size_t i = 0; i < x->n_lines; i++) {
		if (x->lines[i].role == role)
			return true;
	}
	return false;
}

/* The command that a line after its final result still belongs to: the latest of its name that has no result yet. */
static struct exchange *find_late(struct fold *f)
{
	const char *line = buf_str(&f->line);
	char name[NAME_SIZE];

	if (!rows_is_any_late(line))
		return NULL;
	for (size_t i = f->c->n; i-- > 0;) {
		struct exchange *x = &f->c->items[i];

		if (!x->command || !command_name(x->command, name, sizeof(name)) || !rows_is_late(name, line))
			continue;
		return has_role(x, LINE_RESULT) || exchange_result(x) ? NULL : x;
	}
	return NULL;
}

static void close_exchange(struct fold *f)
{
	f->is_open = false;
	f->prompted = false;
	buf_reset(&f->data);
}

static void take_line(struct fold *f)
{
	struct exchange *x = opened(f), *late;
	enum line_role role = x ? role_in(f, x) : LINE_URC;

	if (x && role != LINE_URC) {
		add_line(f, x, role);
		if (role == LINE_FINAL)
			close_exchange(f);
		return;
	}
	late = find_late(f);
	if (late)
		add_line(f, late, LINE_RESULT);
	else
		add_unsolicited(f);
}

static void end_line(struct fold *f)
{
	if (f->line.len)
		take_line(f);
	buf_reset(&f->line);
}

/* --- the host's side ------------------------------------------------------------------------------------------ */

/* What is typed byte by byte comes back so, too: the line that the modem has begun is the command's echo. */
static bool is_being_echoed(const struct fold *f)
{
	return f->line.len && f->line.len <= f->command.len && !memcmp(f->line.data, f->command.data, f->line.len);
}

static void take_command(struct fold *f, uint64_t t_us)
{
	struct exchange *x;

	if (!f->command.len)
		return;
	if (!is_being_echoed(f))
		end_line(f);
	x = add_exchange(f);
	if (!x)
		return;
	x->t_us = t_us;
	x->line = f->command_line;
	x->command = copy_bytes(&f->command);
	f->failed = f->failed || !x->command;
	f->open = f->c->n - 1;
	f->is_open = x->command != NULL;
	f->prompted = false;
	buf_reset(&f->command);
	buf_reset(&f->data);
}

static void keep_data(struct fold *f)
{
	struct exchange *x = opened(f);

	free((char *)x->data);
	x->data = copy_bytes(&f->data);
	x->data_len = f->data.len;
	f->failed = f->failed || !x->data;
}

static void take_data(struct fold *f, char c)
{
	if (f->data_left < 0 && (c == 0x1a || c == 0x1b)) {
		f->prompted = false;
		return;
	}
	buf_addc(&f->data, c);
	if (f->data_left > 0 && --f->data_left == 0)
		f->prompted = false;
}

static void host_byte(struct fold *f, char c, uint64_t t_us, unsigned line)
{
	if (f->prompted) {
		take_data(f, c);
		return;
	}
	if (c == '\r') {
		take_command(f, t_us);
	} else if (c != '\n') {
		if (!f->command.len)
			f->command_line = line;
		buf_addc(&f->command, c);
	}
}

/* Data is kept as it is known when an event ends, so that none is lost where a recording is. */
static void host_bytes(struct fold *f, const struct wire_event *ev)
{
	size_t before = f->data.len;
	bool was_prompted = f->prompted;

	for (size_t i = 0; i < ev->len; i++) {
		host_byte(f, ev->data[i], ev->t_us, ev->line);
		if (was_prompted && !f->prompted && opened(f)) {
			keep_data(f);
			was_prompted = false;
		}
	}
	if (was_prompted && f->data.len != before && opened(f))
		keep_data(f);
}

/* --- the modem's side ----------------------------------------------------------------------------------------- */

static bool is_prompt(const struct fold *f)
{
	const char *line = buf_str(&f->line);

	return f->is_open && !f->prompted && line[0] == '>' && f->line.len == 1;
}

static void take_prompt(struct fold *f)
{
	struct exchange *x = opened(f);

	add_line(f, x, LINE_PROMPT);
	buf_reset(&f->line);
	f->prompted = true;
	f->data_left = rows_data_length(x->command);
}

static void modem_bytes(struct fold *f, const struct wire_event *ev)
{
	for (size_t i = 0; i < ev->len; i++) {
		char c = ev->data[i];

		if (c == '\r' || c == '\n') {
			end_line(f);
			continue;
		}
		if (c == ' ' && !f->line.len)
			continue;
		if (!f->line.len) {
			f->line_us = ev->t_us;
			f->line_line = ev->line;
		}
		buf_addc(&f->line, c);
		if (is_prompt(f))
			take_prompt(f);
	}
}

/* --- public --------------------------------------------------------------------------------------------------- */

struct conversation *conversation_new(const struct recording *r)
{
	struct fold f = { .c = calloc(1, sizeof(*f.c)) };

	if (!f.c)
		return NULL;
	buf_init(&f.command, TEXT_MAX_BYTES);
	buf_init(&f.data, TEXT_MAX_BYTES);
	buf_init(&f.line, TEXT_MAX_BYTES);
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		if (ev.from == WIRE_HOST)
			host_bytes(&f, &ev);
		else if (ev.from == WIRE_MODEM)
			modem_bytes(&f, &ev);
	}
	end_line(&f);
	if (f.command.len)
		take_command(&f, recording_size(r) ? recording_at(r, recording_size(r) - 1).t_us : 0);
	buf_free(&f.command);
	buf_free(&f.data);
	buf_free(&f.line);
	if (!f.failed)
		return f.c;
	conversation_free(f.c);
	return NULL;
}

void conversation_free(struct conversation *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		struct exchange *x = &c->items[i];

		for (size_t k = 0; k < x->n_lines; k++)
			free((char *)x->lines[k].text);
		free((struct exchange_line *)x->lines);
		free((char *)x->command);
		free((char *)x->data);
	}
	free(c->items);
	free(c);
}

size_t conversation_size(const struct conversation *c)
{
	return c->n;
}

const struct exchange *conversation_at(const struct conversation *c, size_t i)
{
	return &c->items[i];
}

static const struct exchange_line *last_of(const struct exchange *x, enum line_role role)
{
	for (size_t i = x->n_lines; i-- > 0;) {
		if (x->lines[i].role == role)
			return &x->lines[i];
	}
	return NULL;
}

const struct exchange_line *exchange_final(const struct exchange *x)
{
	return last_of(x, LINE_FINAL);
}

const struct exchange_line *exchange_result(const struct exchange *x)
{
	const struct exchange_line *late = last_of(x, LINE_RESULT);
	char name[NAME_SIZE];

	if (late || !x->command || !command_name(x->command, name, sizeof(name)))
		return late;
	for (size_t i = x->n_lines; i-- > 0;) {
		if (x->lines[i].role == LINE_INFO && rows_is_late(name, x->lines[i].text))
			return &x->lines[i];
	}
	return NULL;
}
