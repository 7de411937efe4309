/*
 * Where a conversation ends and the next begins, and when its lines were: a segment goes on while person, look and time
 * do.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/import/import_talk.h"

enum {
	GAP_PARAGRAPHS_MAX = 2, /* of prose inside one conversation */
	GAP_LINES_MAX = 12,
};

static const uint64_t half_a_day_us = 43200000000u, jitter_us = 2000000;

static void *grow(struct import_talk *t, void *items, size_t n, size_t *cap, size_t size)
{
	void *more = items;

	if (n < *cap)
		return items;
	more = reallocarray(items, *cap ? 2 * *cap : 64, size);
	if (!more) {
		t->failed = true;
		return NULL;
	}
	*cap = *cap ? 2 * *cap : 64;
	return more;
}

void import_talk_add(struct import_talk *t, enum wire_from from, unsigned line, const char *p, size_t n)
{
	struct import_event *more = grow(t, t->events, t->n_events, &t->cap_events, sizeof(*t->events));

	if (!more || !t->cur)
		return;
	t->events = more;
	t->failed = t->failed || (n && buf_add(&t->bytes, p, n));
	if (t->failed)
		return;
	t->events[t->n_events++] = (struct import_event){ t->last_us, from, line, t->bytes.len - n, n };
	t->cur->n_events++;
	if (line > t->cur->last_line)
		t->cur->last_line = line;
}

static bool same_format(size_t a, size_t b)
{
	const struct import_format *x = &import_format_rows[a], *y = &import_format_rows[b];

	return !strcmp(x->name, y->name) || (!x->every_line && !y->every_line);
}

void import_talk_end_segment(struct import_talk *t)
{
	import_talk_end_data(t, false);
	t->cur = NULL;
	t->open = t->torn = false;
	t->unanswered = t->follow = 0;
}

static bool runs_backwards(const struct import_talk *t, const struct import_unit *u)
{
	uint64_t last = t->base_us + t->last_us, at = u->t_us + t->days_us;

	return u->timed && t->cur->timed && at + jitter_us < last && last - at < half_a_day_us;
}

/* A modem that starts is a new conversation, unless it does so in the middle of one. */
static bool starts_anew(const struct import_talk *t, const struct import_unit *u)
{
	return t->gap_paragraphs && !u->raw && u->len >= 3 && !memcmp(import_units_text(t->units, u), "RDY", 3);
}

bool import_talk_goes_on(const struct import_talk *t, const struct import_unit *u)
{
	return t->cur && t->cur->post == u->post && same_format(t->cur->format, u->format) && !runs_backwards(t, u) &&
	       !starts_anew(t, u) && t->gap_paragraphs <= GAP_PARAGRAPHS_MAX && t->gap_lines <= GAP_LINES_MAX;
}

static void begin_segment(struct import_talk *t, const struct import_unit *u)
{
	struct import_stretch *more = grow(t, t->segments, t->n_segments, &t->cap_segments, sizeof(*t->segments));

	if (!more)
		return;
	t->segments = more;
	t->cur = &t->segments[t->n_segments++];
	*t->cur = (struct import_stretch){ .first_event = t->n_events,
					   .first_line = u->line,
					   .last_line = u->line,
					   .format = u->format,
					   .post = u->post,
					   .from_prose = true };
	t->base_us = t->last_us = t->days_us = 0;
}

/* A log's times may begin anywhere, stand still, and pass midnight. */
void import_talk_take_time(struct import_talk *t, const struct import_unit *u)
{
	uint64_t at;

	if (!u->timed) {
		t->last_us += t->cur->timed || !t->cur->n_events ? 0 : 1000;
		return;
	}
	if (!t->cur->timed) {
		t->cur->timed = true;
		t->base_us = u->t_us > t->last_us ? u->t_us - t->last_us : 0;
	}
	if (u->t_us + t->days_us + half_a_day_us < t->base_us + t->last_us)
		t->days_us += 2 * half_a_day_us;
	at = u->t_us + t->days_us;
	at = at > t->base_us ? at - t->base_us : 0;
	if (at > t->last_us)
		t->last_us = at;
}

static void add_logs(struct import_talk *t)
{
	for (size_t i = t->log_first; i < t->log_end; i++) {
		const struct import_unit *u = &t->units->items[i];

		if (!u->raw && u->len)
			import_talk_add(t, WIRE_LOG, u->line, import_units_text(t->units, u), u->len);
	}
	t->log_first = t->log_end = 0;
}

void import_talk_enter(struct import_talk *t, const struct import_unit *u, bool prose)
{
	if (!import_talk_goes_on(t, u)) {
		import_talk_end_segment(t);
		begin_segment(t, u);
		t->log_first = t->log_end = 0;
	}
	if (!t->cur)
		return;
	add_logs(t);
	if (import_format_rows[t->cur->format].layer == LAYER_PLAIN)
		t->cur->format = u->format;
	t->cur->from_prose = t->cur->from_prose && prose;
	import_talk_take_time(t, u);
	t->gap_paragraphs = t->gap_lines = 0;
}
