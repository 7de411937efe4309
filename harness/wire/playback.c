/* The mouth, and the choice of the way. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/wire/playback_engine.h"

enum { VIEW_BYTES = 120, WRONG_BYTES = 480 };

static const struct playback_engine *const engines[] = {
	[PLAYBACK_MATCH_EXACT] = &playback_exact,
	[PLAYBACK_MATCH_COMMANDS] = &playback_commands,
	[PLAYBACK_MATCH_URCS] = &playback_urcs,
};

struct playback *playback_new(const struct recording *rec, const struct playback_options *o)
{
	struct playback *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->o = *o;
	r->engine = engines[o->match];
	buf_init(&r->mouth, SIZE_MAX);
	if (!r->engine->read(r, rec))
		return r;
	playback_free(r);
	return NULL;
}

void playback_free(struct playback *r)
{
	if (!r)
		return;
	if (r->state)
		r->engine->free(r);
	buf_free(&r->mouth);
	free(r->sayings);
	free(r);
}

void playback_begin(struct playback *r, uint64_t now_us)
{
	r->engine->begin(r, now_us);
}

void playback_host(struct playback *r, uint64_t now_us, const void *p, size_t n)
{
	if (!r->is_wrong)
		r->engine->host(r, now_us, p, n);
}

void playback_profile(struct playback *r, uint64_t now_us, const void *p, size_t n)
{
	if (!r->is_wrong && r->engine->profile)
		r->engine->profile(r, now_us, p, n);
}

bool playback_left(const struct playback *r, struct buf *out)
{
	return r->engine->left(r, out);
}

/* --- the mouth -------------------------------------------------------------------------------------------------- */

uint64_t playback_scaled(const struct playback *r, uint64_t us)
{
	return r->o.speed > 0 ? (uint64_t)((double)us / r->o.speed) : 0;
}

static struct playback_saying *last_saying(const struct playback *r)
{
	return r->first < r->n ? &r->sayings[r->n - 1] : NULL;
}

static struct playback_saying *add_saying(struct playback *r)
{
	struct playback_saying *more;
	size_t cap = r->cap ? 2 * r->cap : 16;

	if (r->first == r->n)
		r->first = r->n = 0;
	if (r->n < r->cap)
		return &r->sayings[r->n++];
	more = reallocarray(r->sayings, cap, sizeof(*more));
	if (!more)
		abort();
	r->sayings = more;
	r->cap = cap;
	return &r->sayings[r->n++];
}

void playback_say(struct playback *r, uint64_t due_us, const void *p, size_t n)
{
	struct playback_saying *last = last_saying(r);

	if (!n || buf_add(&r->mouth, p, n))
		return;
	if (!last || due_us > last->due_us) {
		last = add_saying(r);
		last->due_us = due_us;
	}
	last->end = r->said + r->mouth.len;
}

void playback_hurry(struct playback *r, uint64_t now_us)
{
	for (size_t i = r->first; i < r->n; i++) {
		if (r->sayings[i].due_us > now_us)
			r->sayings[i].due_us = now_us;
	}
}

static bool may_speak(const struct playback *r)
{
	return !r->is_wrong && r->first < r->n && (!r->engine->may_speak || r->engine->may_speak(r));
}

bool playback_due(const struct playback *r, uint64_t *due_us)
{
	if (!may_speak(r))
		return false;
	*due_us = r->sayings[r->first].due_us;
	return true;
}

/* The host may answer from inside to_host(): what is said is forgotten before. */
void playback_run(struct playback *r, uint64_t now_us)
{
	while (may_speak(r) && r->sayings[r->first].due_us <= now_us) {
		size_t n = r->sayings[r->first++].end - r->said;
		struct buf part;

		buf_init(&part, SIZE_MAX);
		buf_add(&part, buf_str(&r->mouth), n);
		buf_drop(&r->mouth, n);
		r->said += n;
		r->o.hooks.to_host(buf_str(&part), part.len, r->o.hooks.ctx);
		buf_free(&part);
	}
}

/* --- what cannot go on ------------------------------------------------------------------------------------------ */

void playback_wrong(struct playback *r, const char *fmt, ...)
{
	char text[WRONG_BYTES];
	va_list ap;

	if (r->is_wrong)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->is_wrong = true;
	r->o.hooks.wrong(text, r->o.hooks.ctx);
}

void playback_view(struct buf *out, const void *p, size_t n)
{
	str_escape(out, p, n < VIEW_BYTES ? n : VIEW_BYTES);
	if (n > VIEW_BYTES)
		buf_adds(out, "...");
}

int playback_speed(const char *timing, double *speed)
{
	char *end;

	if (!strcmp(timing, "recorded") || !strcmp(timing, "fast")) {
		*speed = *timing == 'r';
		return 0;
	}
	*speed = strtod(timing, &end);
	return end != timing && !strcmp(end, "x") && *speed > 0 && *speed <= 1e6 ? 0 : -EINVAL;
}
