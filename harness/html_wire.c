/* Texts and wires are found again by their content (jansson's objects are hashes). */
#include "harness/html_wire.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum {
	TEXT_HEAD = 480, TEXT_TAIL = 120,	/* characters kept of a long text */
	EVENTS_HEAD = 900, EVENTS_TAIL = 300,	/* events kept of a long wire */
	TORN_US = 20000,			/* pieces of a line that are no further apart are one */
	VIEW_MAX = 256 << 20,
	LANE_GAP = 8,
};

struct html_wires {
	json_t *texts, *text_numbers;	/* array, and text to number */
	json_t *wires, *wire_numbers;
};

/* One event as it will be shown: bytes are joined until it is put down. */
struct piece {
	bool is_open;
	uint64_t t_us, last_us;
	enum wire_from from;
	struct buf view;
};

/* A wire in the making. */
struct builder {
	struct html_wires *w;
	json_t *events, *steps;
	struct piece piece;
	uint64_t t_us;
	size_t n;			/* events put down */
};

struct html_wires *html_wires_new(void)
{
	struct html_wires *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->texts = json_array();
	w->text_numbers = json_object();
	w->wires = json_array();
	w->wire_numbers = json_object();
	return w;
}

void html_wires_free(struct html_wires *w)
{
	if (!w)
		return;
	json_decref(w->texts);
	json_decref(w->text_numbers);
	json_decref(w->wires);
	json_decref(w->wire_numbers);
	free(w);
}

/* --- numbers for what is there already -------------------------------------------------------------------------- */

/* The number of value, which is known by key; takes a reference of value. */
static size_t number_of(json_t *list, json_t *numbers, const char *key, json_t *value)
{
	const json_t *known = json_object_get(numbers, key);
	size_t n = json_array_size(list);

	if (known) {
		json_decref(value);
		return (size_t)json_integer_value(known);
	}
	json_array_append_new(list, value);
	json_object_set_new(numbers, key, json_integer((json_int_t)n));
	return n;
}

static json_t *text_number(struct html_wires *w, const char *text)
{
	json_t *value = json_string(text);
	struct buf view;
	size_t n;

	if (value)
		return json_integer((json_int_t)number_of(w->texts, w->text_numbers, text, value));
	/* cut in the middle of a character */
	buf_init(&view, VIEW_MAX);
	str_escape(&view, text, strlen(text));
	n = number_of(w->texts, w->text_numbers, buf_str(&view), json_string(buf_str(&view)));
	buf_free(&view);
	return json_integer((json_int_t)n);
}

/* --- events ----------------------------------------------------------------------------------------------------- */

static void put_event(struct builder *b, uint64_t t_us, int lane, const char *text)
{
	json_array_append_new(b->events, json_integer((json_int_t)t_us - (json_int_t)b->t_us));
	json_array_append_new(b->events, json_integer(lane));
	json_array_append_new(b->events, text_number(b->w, text));
	b->t_us = t_us;
	b->n++;
}

/* An escape sequence is not cut: \x1a is four characters that mean one. */
static size_t whole_escapes(const char *s, size_t n)
{
	for (size_t back = 1; back <= 3 && back < n; back++) {
		if (s[n - back] == '\\' && (n - back == 0 || s[n - back - 1] != '\\'))
			return n - back;
	}
	return n;
}

static void put_piece(struct builder *b)
{
	struct piece *p = &b->piece;
	struct buf text;
	size_t head, tail;

	if (!p->is_open)
		return;
	p->is_open = false;
	buf_init(&text, VIEW_MAX);
	/* a cause is read to its end */
	if (p->from != WIRE_WHY && p->view.len > TEXT_HEAD + TEXT_TAIL + 40) {
		head = whole_escapes(p->view.data, TEXT_HEAD);
		tail = whole_escapes(p->view.data, p->view.len - TEXT_TAIL);
		buf_add(&text, p->view.data, head);
		buf_addf(&text, "\342\200\246[%zu characters]\342\200\246", tail - head);
		buf_adds(&text, p->view.data + tail);
	} else {
		buf_adds(&text, buf_str(&p->view));
	}
	put_event(b, p->t_us, (int)p->from, buf_str(&text));
	buf_free(&text);
}

static bool is_bytes(enum wire_from from)
{
	return from == WIRE_HOST || from == WIRE_MODEM;
}

static bool ends_line(const struct buf *view)
{
	return view->len > 1 && view->data[view->len - 2] == '\\' && strchr("nr", view->data[view->len - 1]);
}

static bool continues(const struct piece *p, const struct wire_event *ev)
{
	return p->is_open && p->from == ev->from && is_bytes(ev->from) && ev->t_us >= p->last_us &&
	       ev->t_us - p->last_us <= TORN_US && !ends_line(&p->view);
}

static void take_event(struct builder *b, const struct wire_event *ev)
{
	struct piece *p = &b->piece;

	if (!continues(p, ev)) {
		put_piece(b);
		*p = (struct piece){ .is_open = true, .t_us = ev->t_us, .from = ev->from, .view = p->view };
		buf_reset(&p->view);
	}
	p->last_us = ev->t_us;
	if (is_bytes(ev->from))
		str_escape(&p->view, ev->data, ev->len);
	else
		buf_add(&p->view, ev->data, ev->len);
}

/* --- steps and wires -------------------------------------------------------------------------------------------- */

static void put_step(struct builder *b, const struct story_step *s)
{
	json_t *all = b->steps;

	put_piece(b);
	json_array_append_new(all, json_integer((json_int_t)b->n));
	json_array_append_new(all, json_integer(s->outcome));
	json_array_append_new(all, json_integer(s->line));
	json_array_append_new(all, json_integer(s->in_finally));
	json_array_append_new(all, text_number(b->w, s->kind));
	json_array_append_new(all, text_number(b->w, s->id));
}

static void put_gap(struct builder *b, size_t n)
{
	char text[64];

	put_piece(b);
	snprintf(text, sizeof(text), "%zu events left out", n);
	put_event(b, b->t_us, LANE_GAP, text);
}

static void build(struct builder *b, const struct story *s)
{
	const struct recording *r = story_wire(s);
	size_t n = recording_size(r), n_steps, step = 0, i;
	const struct story_step *steps = story_steps(s, &n_steps);
	bool is_long = n > EVENTS_HEAD + EVENTS_TAIL;

	for (i = 0; i <= n; i++) {
		for (; step < n_steps && steps[step].first <= i; step++)
			put_step(b, &steps[step]);
		if (i == n)
			break;
		if (is_long && i >= EVENTS_HEAD && i < n - EVENTS_TAIL) {
			if (i == EVENTS_HEAD)
				put_gap(b, n - EVENTS_TAIL - EVENTS_HEAD);
			continue;
		}
		take_event(b, &(const struct wire_event){ recording_at(r, i).t_us, recording_at(r, i).from,
							  recording_at(r, i).data, recording_at(r, i).len, 0 });
	}
	put_piece(b);
}

size_t html_wires_add(struct html_wires *w, const struct story *s)
{
	struct builder b = { .w = w, .events = json_array(), .steps = json_array() };
	json_t *wire;
	char *key;
	size_t n = 0;

	buf_init(&b.piece.view, VIEW_MAX);
	build(&b, s);
	buf_free(&b.piece.view);
	wire = json_pack("{s:o, s:o}", "e", b.events, "s", b.steps);
	key = json_dumps(wire, JSON_COMPACT);
	if (key)
		n = number_of(w->wires, w->wire_numbers, key, wire);
	free(key);
	return n;
}

json_t *html_wires_json(const struct html_wires *w)
{
	return json_pack("{s:O, s:O}", "texts", w->texts, "wires", w->wires);
}
