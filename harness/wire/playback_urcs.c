/*
 * What the modem said unasked, between the answers of an emulator. A line's place is behind a command, the one it
 * followed in the recording, and there behind its prompt, its final result or its own: the command is told by name and
 * sign, and by how many of that kind came since the line before.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/wire/exchange.h"
#include "harness/wire/exchange_rows.h"
#include "harness/wire/playback_engine.h"

enum { KEY_BYTES = 40 };

enum place { PLACE_COMMAND, PLACE_PROMPT, PLACE_FINAL, PLACE_RESULT };

struct urc {
	char *text;
	char key[KEY_BYTES]; /* of the command; "" before the first one */
	unsigned nth;	     /* of that key since the line before; 0: behind the same command as that one */
	enum place place;
	uint64_t after_us; /* what its place is behind */
};

struct urcs {
	struct playback *r;
	struct urc *items;
	size_t n, cap, next;
	bool reached;				  /* the command of the next one is the present one or has been */
	unsigned seen;				  /* commands of the next one's key */
	enum place at;				  /* how far the present command has come */
	struct buf said, line;			  /* of the host, of the emulator */
	char command[KEY_BYTES], name[KEY_BYTES]; /* the present one */
	bool in_data;
	long data_left;
	bool mid_line; /* the emulator has begun one */
};

/* "+CMQTTPUB=", "+CSQ", "+CGREG?" */
static void make_key(const char *command, char out[KEY_BYTES])
{
	const char *sign;
	size_t n;

	if (!command_name(command, out, KEY_BYTES - 2)) {
		out[0] = '-';
		out[1] = '\0';
	}
	n = strlen(out);
	sign = command + strcspn(command, "=?");
	out[n] = *sign;
	out[n + 1] = '\0';
	if (sign[0] == '=' && sign[1] == '?')
		out[n] = '@'; /* the test form */
}

/* --- the recording ---------------------------------------------------------------------------------------------- */

static enum place place_of(const struct exchange *x, size_t order, uint64_t *from_us)
{
	static const enum place places[] = {
		[LINE_PROMPT] = PLACE_PROMPT, [LINE_FINAL] = PLACE_FINAL,  [LINE_RESULT] = PLACE_RESULT,
		[LINE_ECHO] = PLACE_COMMAND,  [LINE_INFO] = PLACE_COMMAND, [LINE_URC] = PLACE_COMMAND,
	};
	enum place place = PLACE_COMMAND;

	*from_us = x->t_us;
	for (size_t i = 0; i < x->n_lines && x->lines[i].order < order; i++) {
		if (places[x->lines[i].role] <= place)
			continue;
		place = places[x->lines[i].role];
		*from_us = x->lines[i].t_us;
	}
	return place;
}

static struct urc *add_urc(struct urcs *u)
{
	struct urc *more;
	size_t cap = u->cap ? 2 * u->cap : 16;

	if (u->n < u->cap)
		return &u->items[u->n++];
	more = reallocarray(u->items, cap, sizeof(*more));
	if (!more)
		return NULL;
	u->items = more;
	u->cap = cap;
	return &u->items[u->n++];
}

/* How many commands of x's key there are in [from, to). */
static unsigned count_key(const struct conversation *c, size_t from, size_t to, const char *key)
{
	char other[KEY_BYTES];
	unsigned n = 0;

	for (size_t i = from; i < to; i++) {
		if (!conversation_at(c, i)->command)
			continue;
		make_key(conversation_at(c, i)->command, other);
		n += !strcmp(other, key);
	}
	return n;
}

/* command: index of the command before it, SIZE_MAX when there is none; from: behind the command of the line before. */
static int read_urc(struct urcs *u, const struct conversation *c, size_t i, size_t command, size_t from)
{
	const struct exchange *x = conversation_at(c, i);
	struct urc *urc = add_urc(u);
	uint64_t from_us = 0;

	if (!urc)
		return -ENOMEM;
	*urc = (struct urc){ .text = strdup(x->lines[0].text) };
	if (command != SIZE_MAX) {
		make_key(conversation_at(c, command)->command, urc->key);
		urc->nth = count_key(c, from, command + 1, urc->key);
		urc->place = place_of(conversation_at(c, command), x->lines[0].order, &from_us);
	}
	urc->after_us = x->t_us > from_us ? x->t_us - from_us : 0;
	return urc->text ? 0 : -ENOMEM;
}

static int read_all(struct urcs *u, const struct conversation *c)
{
	size_t command = SIZE_MAX, from = 0;
	int err = 0;

	for (size_t i = 0; i < conversation_size(c) && !err; i++) {
		if (conversation_at(c, i)->command) {
			command = i;
			continue;
		}
		if (rows_is_final(conversation_at(c, i)->lines[0].text))
			continue; /* of a command that the recording has not */
		err = read_urc(u, c, i, command, from);
		from = command == SIZE_MAX ? 0 : command + 1;
	}
	return err;
}

static int read_urcs(struct playback *r, const struct recording *rec)
{
	struct conversation *c = conversation_new(rec);
	struct urcs *u = calloc(1, sizeof(*u));
	int err = c && u ? 0 : -ENOMEM;

	if (u) {
		u->r = r;
		buf_init(&u->said, SIZE_MAX);
		buf_init(&u->line, SIZE_MAX);
		r->state = u;
	}
	if (!err)
		err = read_all(u, c);
	conversation_free(c);
	return err;
}

/* --- saying them ------------------------------------------------------------------------------------------------ */

static void say(struct urcs *u, uint64_t now_us)
{
	const struct urc *urc = &u->items[u->next++];
	uint64_t due = now_us + playback_scaled(u->r, urc->after_us);

	playback_say(u->r, due, "\r\n", 2);
	playback_say(u->r, due, urc->text, strlen(urc->text));
	playback_say(u->r, due, "\r\n", 2);
	u->seen = 0;
	u->reached = u->next < u->n && !u->items[u->next].nth;
}

static void say_reached(struct urcs *u, uint64_t now_us)
{
	while (u->next < u->n && u->reached && u->items[u->next].place <= u->at)
		say(u, now_us);
}

static void begin(struct playback *r, uint64_t now_us)
{
	struct urcs *u = r->state;

	u->at = PLACE_RESULT; /* lines before the first command are behind nothing */
	u->reached = u->n && !u->items[0].nth;
	say_reached(u, now_us);
}

/* The host goes on: what was to come behind the command before comes now. */
static void begin_command(struct urcs *u, uint64_t now_us)
{
	u->at = PLACE_RESULT;
	say_reached(u, now_us);
	playback_hurry(u->r, now_us);
	make_key(buf_str(&u->said), u->command);
	if (!command_name(buf_str(&u->said), u->name, sizeof(u->name)))
		u->name[0] = '\0';
	u->at = PLACE_COMMAND;
	if (u->next < u->n && !strcmp(u->items[u->next].key, u->command))
		u->reached = ++u->seen == u->items[u->next].nth;
	say_reached(u, now_us);
	u->data_left = rows_data_length(buf_str(&u->said));
	buf_reset(&u->said);
}

static void hear_host_byte(struct urcs *u, char c, uint64_t now_us)
{
	if (u->in_data) {
		u->data_left -= u->data_left > 0;
		u->in_data = u->data_left && c != 0x1a && c != 0x1b;
	} else if (c == '\r' && u->said.len) {
		begin_command(u, now_us);
	} else if (c != '\r' && c != '\n') {
		buf_addc(&u->said, c);
	}
}

static void hear(struct playback *r, uint64_t now_us, const char *p, size_t n)
{
	struct urcs *u = r->state;

	for (size_t i = 0; i < n; i++)
		hear_host_byte(u, p[i], now_us);
	r->o.hooks.to_profile(p, n, r->o.hooks.ctx);
}

/* --- the emulator's answers ------------------------------------------------------------------------------------- */

static void advance(struct urcs *u, enum place at, uint64_t now_us)
{
	if (at > u->at)
		u->at = at;
	say_reached(u, now_us);
}

static void hear_modem_byte(struct urcs *u, char c, uint64_t now_us)
{
	bool ends = c == '\r' || c == '\n';

	u->mid_line = c != '\n';
	if (!ends)
		buf_addc(&u->line, c);
	if (!ends && c == '>' && u->line.len == 1 && u->at == PLACE_COMMAND) {
		u->in_data = true;
		u->mid_line = false;
		advance(u, PLACE_PROMPT, now_us);
	}
	if (!ends || !u->line.len)
		return;
	if (rows_is_final(buf_str(&u->line))) {
		u->in_data = false;
		advance(u, PLACE_FINAL, now_us);
	} else if (rows_is_late(u->name, buf_str(&u->line))) {
		advance(u, PLACE_RESULT, now_us);
	}
	buf_reset(&u->line);
}

static void hear_profile(struct playback *r, uint64_t now_us, const char *p, size_t n)
{
	struct urcs *u = r->state;

	for (size_t i = 0; i < n; i++)
		hear_modem_byte(u, p[i], now_us);
	r->o.hooks.to_host(p, n, r->o.hooks.ctx);
}

static bool may_speak(const struct playback *r)
{
	return !((const struct urcs *)r->state)->mid_line;
}

static bool left(const struct playback *r, struct buf *out)
{
	const struct urcs *u = r->state;

	if (u->next == u->n && r->first == r->n)
		return false;
	if (!out)
		return true;
	buf_addf(out, "%zu of %zu unsolicited lines are left; the next: ", u->n - u->next + (r->n > r->first), u->n);
	if (r->first < r->n)
		playback_view(out, r->mouth.data, r->mouth.len);
	else
		playback_view(out, u->items[u->next].text, strlen(u->items[u->next].text));
	return true;
}

static void free_urcs(struct playback *r)
{
	struct urcs *u = r->state;

	for (size_t i = 0; i < u->n; i++)
		free(u->items[i].text);
	free(u->items);
	buf_free(&u->said);
	buf_free(&u->line);
	free(u);
}

const struct playback_engine playback_urcs = {
	.read = read_urcs,
	.begin = begin,
	.host = hear,
	.profile = hear_profile,
	.may_speak = may_speak,
	.left = left,
	.free = free_urcs,
};
