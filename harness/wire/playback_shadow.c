/* A queue of what the host said, and a gate for what the emulator says. */
#include "harness/wire/playback_shadow.h"

#include <stdlib.h>
#include <string.h>

#include "harness/wire/exchange.h"
#include "harness/wire/exchange_rows.h"

enum { STUCK_US = 180000000 }; /* no command of the manual takes longer */

void shadow_init(struct shadow *s, const struct shadow_hooks *hooks)
{
	*s = (struct shadow){ .hooks = *hooks };
	buf_init(&s->line, 1 << 20);
}

void shadow_free(struct shadow *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->queue[i].text);
	free(s->queue);
	free(s->now.text);
	buf_free(&s->line);
}

/* --- giving ----------------------------------------------------------------------------------------------------- */

static struct shadow_item take_first(struct shadow *s)
{
	struct shadow_item item = s->queue[0];

	memmove(s->queue, s->queue + 1, --s->n * sizeof(*s->queue));
	return item;
}

static void remember_name(struct shadow *s, const char *command)
{
	char *name = s->names[s->n_names % SHADOW_NAMES];

	if (command_name(command, name, SHADOW_NAME_BYTES))
		s->n_names++;
}

static void give_command(struct shadow *s, uint64_t now_us)
{
	free(s->now.text);
	s->now = take_first(s);
	s->since_us = now_us;
	s->prompted = s->closing = false;
	if (s->now.foreign)
		remember_name(s, s->now.text);
	s->hooks.to_profile(s->now.text, s->now.len, s->hooks.ctx);
	s->hooks.to_profile("\r", 1, s->hooks.ctx);
}

static void give_data(struct shadow *s)
{
	struct shadow_item item = take_first(s);

	s->prompted = false;
	s->hooks.to_profile(item.text, item.len, s->hooks.ctx);
	free(item.text);
}

/* Data that the emulator does not ask for, since it has refused the command, is not for it. */
static void give(struct shadow *s, uint64_t now_us)
{
	while (!s->now.text && s->n) {
		if (s->queue[0].is_data)
			free(take_first(s).text);
		else
			give_command(s, now_us);
	}
	if (s->now.text && s->prompted && s->n && s->queue[0].is_data)
		give_data(s);
}

static void end_command(struct shadow *s)
{
	free(s->now.text);
	s->now.text = NULL;
	s->closing = false;
}

void shadow_add(struct shadow *s, uint64_t now_us, const struct shadow_item *item)
{
	struct shadow_item copy = *item;

	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 8;
		struct shadow_item *more = reallocarray(s->queue, cap, sizeof(*more));

		if (!more)
			abort();
		s->queue = more;
		s->cap = cap;
	}
	copy.text = malloc(item->len + 1);
	if (!copy.text)
		abort();
	memcpy(copy.text, item->text, item->len);
	copy.text[item->len] = '\0';
	s->queue[s->n++] = copy;
	if (s->now.text && now_us - s->since_us > STUCK_US)
		end_command(s);
	give(s, now_us);
}

/* --- hearing ---------------------------------------------------------------------------------------------------- */

static bool passes(const struct shadow *s)
{
	return s->now.text && s->now.foreign;
}

/* A result that comes after OK, of a command that the emulator has answered. */
static bool is_late(const struct shadow *s)
{
	for (size_t i = 0; i < SHADOW_NAMES && i < s->n_names; i++) {
		if (rows_is_late(s->names[i], buf_str(&s->line)))
			return true;
	}
	return false;
}

static void pass_line(struct shadow *s)
{
	s->hooks.pass("\r\n", 2, s->hooks.ctx);
	s->hooks.pass(s->line.data, s->line.len, s->hooks.ctx);
	s->hooks.pass("\r\n", 2, s->hooks.ctx);
}

static void hear_line(struct shadow *s)
{
	if (!s->line.len)
		return;
	if (s->now.text && rows_is_final(buf_str(&s->line)))
		s->closing = true;
	else if (!passes(s) && is_late(s))
		pass_line(s);
	buf_reset(&s->line);
}

static void hear_byte(struct shadow *s, char c)
{
	if (passes(s))
		s->hooks.pass(&c, 1, s->hooks.ctx);
	if (c == '\r' || c == '\n') {
		hear_line(s);
		if (c == '\n' && s->closing)
			end_command(s);
		return;
	}
	buf_addc(&s->line, c);
	if (c != '>' || s->line.len != 1 || !s->now.text)
		return;
	s->prompted = true;
	if (s->now.foreign)
		s->hooks.prompt(s->now.text, s->hooks.ctx);
}

void shadow_hear(struct shadow *s, uint64_t now_us, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		hear_byte(s, p[i]);
		give(s, now_us);
	}
}
