/* Command by command. What the recording does not have next is wrong, or the emulator's to answer. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/wire/exchange_rows.h"
#include "harness/wire/normalise.h"
#include "harness/wire/playback_engine.h"
#include "harness/wire/playback_script.h"
#include "harness/wire/playback_shadow.h"

enum { CTRL_Z = 0x1a, ESC = 0x1b };

struct commands {
	struct playback *r;
	struct beats script;
	struct normaliser *normaliser;
	struct shadow shadow;
	size_t at;	 /* the beat that is being answered */
	size_t skipped;	 /* beats of data that were not given */
	struct buf said; /* of the host */
	bool in_data;
	bool data_foreign; /* the emulator has asked for it */
	long data_left;
	struct buf passing; /* of the emulator, to be said */
};

/* --- what is the same command ----------------------------------------------------------------------------------- */

/* Without blanks, in capitals, but for what is in quotes; without the number of bytes that follow. */
static void canonical(const char *command, struct buf *out)
{
	size_t n = 0;
	const char *length = rows_length_argument(command, &n);
	bool quoted = false;

	for (const char *s = command; *s; s++) {
		quoted ^= *s == '"';
		if (length && s >= length && s < length + n)
			continue;
		if (quoted)
			buf_addc(out, *s);
		else if (*s != ' ')
			buf_addc(out, (char)toupper((unsigned char)*s));
	}
}

static bool is_same(struct commands *c, const char *a, const char *b)
{
	struct buf plain[2], key[2];
	bool same;

	for (int i = 0; i < 2; i++) {
		buf_init(&plain[i], SIZE_MAX);
		buf_init(&key[i], SIZE_MAX);
		canonical(i ? b : a, &plain[i]);
		normalise(c->normaliser, NORMALISE_COMMAND, buf_str(&plain[i]), plain[i].len, &key[i]);
	}
	same = !strcmp(buf_str(&key[0]), buf_str(&key[1]));
	for (int i = 0; i < 2; i++) {
		buf_free(&plain[i]);
		buf_free(&key[i]);
	}
	return same;
}

/* --- saying ----------------------------------------------------------------------------------------------------- */

static void say_parts(struct commands *c, uint64_t now_us)
{
	const struct beats *s = &c->script;
	const struct beat *b = &s->list[c->at];

	for (size_t i = 0; i < b->n_parts; i++) {
		const struct beat_part *p = &s->parts[b->first_part + i];

		playback_say(c->r, now_us + playback_scaled(c->r, p->after_us), s->modem.data + p->start, p->len);
	}
}

static void begin(struct playback *r, uint64_t now_us)
{
	say_parts(r->state, now_us);
}

/* The beat begins: what was to be said before it is said first. An echo is of what this host says. */
static void begin_beat(struct commands *c, size_t at, uint64_t now_us, bool with_cr)
{
	playback_hurry(c->r, now_us);
	c->at = at;
	if (c->script.list[at].echoed) {
		playback_say(c->r, now_us, c->said.data, c->said.len);
		playback_say(c->r, now_us, "\r", with_cr);
	}
	say_parts(c, now_us);
}

static void tell_shadow(struct commands *c, uint64_t now_us, bool is_data, bool foreign)
{
	const struct shadow_item item = { c->said.data, c->said.len, is_data, foreign };

	if (c->r->o.hooks.to_profile)
		shadow_add(&c->shadow, now_us, &item);
}

/* --- the host --------------------------------------------------------------------------------------------------- */

static void begin_data(struct commands *c, const char *command, bool foreign)
{
	c->in_data = true;
	c->data_foreign = foreign;
	c->data_left = rows_data_length(command);
}

/* The next command of the recording; the number of beats when there is none. */
static size_t next_command(const struct commands *c)
{
	size_t i = c->at + 1;

	while (i < c->script.n && c->script.list[i].kind != BEAT_COMMAND)
		i++;
	return i;
}

static void hear_foreign(struct commands *c, size_t next, uint64_t now_us)
{
	struct buf is, was;

	if (c->r->o.unknown_profile) {
		if (c->r->o.hooks.foreign)
			c->r->o.hooks.foreign(buf_str(&c->said), c->r->o.hooks.ctx);
		tell_shadow(c, now_us, false, true);
		return;
	}
	buf_init(&is, SIZE_MAX);
	buf_init(&was, SIZE_MAX);
	playback_view(&is, c->said.data, c->said.len);
	if (next < c->script.n)
		playback_view(&was, beat_text(&c->script, &c->script.list[next]), c->script.list[next].len);
	if (next < c->script.n)
		playback_wrong(c->r, "the recording goes on with %s, the host says %s", buf_str(&was), buf_str(&is));
	else
		playback_wrong(c->r, "the recording has ended, the host says %s", buf_str(&is));
	buf_free(&is);
	buf_free(&was);
}

static void hear_command(struct commands *c, uint64_t now_us)
{
	size_t next = next_command(c);

	if (next == c->script.n || !is_same(c, beat_text(&c->script, &c->script.list[next]), buf_str(&c->said))) {
		hear_foreign(c, next, now_us);
		return;
	}
	c->skipped += next - c->at - 1;
	begin_beat(c, next, now_us, true);
	tell_shadow(c, now_us, false, false);
	if (next + 1 < c->script.n && c->script.list[next + 1].kind == BEAT_DATA)
		begin_data(c, buf_str(&c->said), false);
}

static void hear_data(struct commands *c, uint64_t now_us)
{
	c->in_data = false;
	if (!c->data_foreign)
		begin_beat(c, c->at + 1, now_us, false);
	tell_shadow(c, now_us, true, c->data_foreign);
}

static void hear_byte(struct commands *c, uint64_t now_us, char ch)
{
	bool ends = false;

	if (c->in_data) {
		buf_addc(&c->said, ch);
		c->data_left -= c->data_left > 0;
		ends = !c->data_left || (c->data_left < 0 && (ch == CTRL_Z || ch == ESC));
	} else if (ch == '\r') {
		ends = c->said.len > 0;
	} else if (ch != '\n') {
		buf_addc(&c->said, ch);
	}
	if (!ends)
		return;
	if (c->in_data)
		hear_data(c, now_us);
	else
		hear_command(c, now_us);
	buf_reset(&c->said);
}

static void hear(struct playback *r, uint64_t now_us, const char *p, size_t n)
{
	for (size_t i = 0; i < n && !r->is_wrong; i++)
		hear_byte(r->state, now_us, p[i]);
}

/* --- the emulator ----------------------------------------------------------------------------------------------- */

static void on_give(const void *p, size_t n, void *ctx)
{
	const struct playback_hooks *h = &((struct commands *)ctx)->r->o.hooks;

	h->to_profile(p, n, h->ctx);
}

static void on_pass(const void *p, size_t n, void *ctx)
{
	struct commands *c = ctx;

	buf_add(&c->passing, p, n);
}

static void on_prompt(const char *command, void *ctx)
{
	begin_data(ctx, command, true);
}

static void hear_profile(struct playback *r, uint64_t now_us, const char *p, size_t n)
{
	struct commands *c = r->state;
	struct buf out;

	shadow_hear(&c->shadow, now_us, p, n);
	out = c->passing;
	buf_init(&c->passing, SIZE_MAX);
	if (out.len)
		r->o.hooks.to_host(out.data, out.len, r->o.hooks.ctx);
	buf_free(&out);
}

/* --- the whole -------------------------------------------------------------------------------------------------- */

static int read_commands(struct playback *r, const struct recording *rec)
{
	struct commands *c = calloc(1, sizeof(*c));
	const struct shadow_hooks hooks = { on_give, on_pass, on_prompt, c };
	int err;

	if (!c)
		return -ENOMEM;
	r->state = c;
	c->r = r;
	buf_init(&c->said, SIZE_MAX);
	buf_init(&c->passing, SIZE_MAX);
	shadow_init(&c->shadow, &hooks);
	c->normaliser = normaliser_new();
	err = beats_read(&c->script, rec);
	return err || c->normaliser ? err : -ENOMEM;
}

static bool left(const struct playback *r, struct buf *out)
{
	const struct commands *c = r->state;
	size_t next = next_command(c), commands = 0, all = 0;

	for (size_t i = 0; i < c->script.n; i++) {
		all += c->script.list[i].kind == BEAT_COMMAND;
		commands += c->script.list[i].kind == BEAT_COMMAND && i >= next;
	}
	if (c->at + 1 >= c->script.n && r->first == r->n && !c->skipped)
		return false;
	if (!out)
		return true;
	if (commands) {
		buf_addf(out, "%zu of %zu commands are left; the next: ", commands, all);
		playback_view(out, beat_text(&c->script, &c->script.list[next]), c->script.list[next].len);
	} else if (r->first < r->n) {
		buf_adds(out, "the modem has still to say: ");
		playback_view(out, r->mouth.data, r->mouth.len);
	} else {
		buf_adds(out, "what was given at a prompt was not given");
	}
	return true;
}

static void free_commands(struct playback *r)
{
	struct commands *c = r->state;

	beats_free(&c->script);
	normaliser_free(c->normaliser);
	shadow_free(&c->shadow);
	buf_free(&c->said);
	buf_free(&c->passing);
	free(c);
}

const struct playback_engine playback_commands = {
	.read = read_commands,
	.begin = begin,
	.host = hear,
	.profile = hear_profile,
	.left = left,
	.free = free_commands,
};
