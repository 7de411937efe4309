/* Start, step and wire events are folded; a step is told when it ends, so its beginning is where the one before ended. */
#include "harness/story.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { BYTES_MAX = 64 << 20 };

struct story {
	struct recording *wire;
	struct story_step *steps;
	size_t n, cap;
	size_t since;			/* events that belong to the steps told so far */
};

struct story *story_new(void)
{
	struct story *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->wire = recording_new();
	if (s->wire)
		return s;
	free(s);
	return NULL;
}

void story_free(struct story *s)
{
	if (!s)
		return;
	recording_free(s->wire);
	free(s->steps);
	free(s);
}

static void begin(struct story *s)
{
	struct recording *empty = recording_new();

	if (empty) {
		recording_free(s->wire);
		s->wire = empty;
	}
	s->n = 0;
	s->since = 0;
}

static const char *text_of(const json_t *j, const char *key)
{
	const char *text = json_string_value(json_object_get(j, key));

	return text ? text : "";
}

static uint64_t time_of(const json_t *j, const char *key)
{
	return (uint64_t)llround(json_number_value(json_object_get(j, key)) * 1e6);
}

static void take_wire(struct story *s, const json_t *j)
{
	const char *hex = json_string_value(json_object_get(j, "hex")), *text = text_of(j, "text");
	struct wire_event ev = { .t_us = time_of(j, "t"), .data = text, .len = strlen(text) };
	struct buf bytes;

	buf_init(&bytes, BYTES_MAX);
	if (hex && !str_unhex(&bytes, hex)) {
		ev.data = buf_str(&bytes);
		ev.len = bytes.len;
	}
	if (wire_from_find(text_of(j, "d"), &ev.from))
		recording_add(s->wire, &ev);
	buf_free(&bytes);
}

static bool has_room(struct story *s)
{
	size_t cap = s->cap ? 2 * s->cap : 32;
	struct story_step *more;

	if (s->n < s->cap)
		return true;
	more = realloc(s->steps, cap * sizeof(*more));
	if (!more)
		return false;
	s->steps = more;
	s->cap = cap;
	return true;
}

static void take_step(struct story *s, const json_t *j)
{
	struct story_step *step;

	if (!has_room(s))
		return;
	step = &s->steps[s->n++];
	*step = (struct story_step){
		.first = s->since, .t_us = time_of(j, "t"), .took_us = time_of(j, "took"),
		.outcome = outcome_from_name(text_of(j, "outcome")),
		.in_finally = json_is_true(json_object_get(j, "finally")),
		.line = (unsigned)json_integer_value(json_object_get(j, "line")),
	};
	str_copy(step->id, sizeof(step->id), text_of(j, "id"));
	str_copy(step->kind, sizeof(step->kind), text_of(j, "kind"));
	s->since = recording_size(s->wire);
}

void story_feed(struct story *s, const char *line, size_t n)
{
	json_t *j = json_loadb(line, n, 0, NULL);
	const char *event = text_of(j, "event");

	if (!strcmp(event, "start"))
		begin(s);
	else if (!strcmp(event, "wire"))
		take_wire(s, j);
	else if (!strcmp(event, "step"))
		take_step(s, j);
	json_decref(j);
}

const struct recording *story_wire(const struct story *s)
{
	return s->wire;
}

const struct story_step *story_steps(const struct story *s, size_t *n)
{
	*n = s->n;
	return s->steps;
}
