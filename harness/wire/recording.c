/* Recordings in memory, and their JSON lines. Lines are written by hand, since they are many, and read by jansson. */
#include "harness/wire/recording.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/wire/whole_file.h"
#include "harness/wire/wire_json.h"

enum { DATA_MAX_BYTES = 1 << 30, KEYS_MAX = 16 };

struct stored {
	uint64_t t_us;
	size_t start, len;
	unsigned line;
	enum wire_from from;
};

struct recording {
	struct stored *events;
	size_t n, cap;
	struct buf data;
	char *keys[KEYS_MAX], *values[KEYS_MAX];
	size_t n_keys;
	bool cut;
};

static const char *const from_names[WIRE_FROM_COUNT] = {
	[WIRE_HOST] = "host", [WIRE_MODEM] = "modem", [WIRE_LOG] = "log", [WIRE_BROKER] = "broker",
	[WIRE_MODEL] = "model", [WIRE_FAULT] = "fault", [WIRE_WHY] = "why", [WIRE_NOTE] = "note",
};

const char *wire_from_name(enum wire_from from)
{
	return from_names[from];
}

bool wire_from_find(const char *name, enum wire_from *out)
{
	for (int i = 0; i < WIRE_FROM_COUNT; i++) {
		if (strcmp(from_names[i], name))
			continue;
		*out = (enum wire_from)i;
		return true;
	}
	return false;
}

struct recording *recording_new(void)
{
	struct recording *r = calloc(1, sizeof(*r));

	if (r)
		buf_init(&r->data, DATA_MAX_BYTES);
	return r;
}

void recording_free(struct recording *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n_keys; i++) {
		free(r->keys[i]);
		free(r->values[i]);
	}
	buf_free(&r->data);
	free(r->events);
	free(r);
}

int recording_add(struct recording *r, const struct wire_event *ev)
{
	size_t start = r->data.len;
	int err;

	if (r->n == r->cap) {
		size_t cap = r->cap ? 2 * r->cap : 64;
		struct stored *more = reallocarray(r->events, cap, sizeof(*more));

		if (!more)
			return -ENOMEM;
		r->events = more;
		r->cap = cap;
	}
	err = ev->len ? buf_add(&r->data, ev->data, ev->len) : 0;
	if (!err)
		r->events[r->n++] = (struct stored){ ev->t_us, start, ev->len, ev->line, ev->from };
	return err;
}

size_t recording_size(const struct recording *r)
{
	return r->n;
}

struct wire_event recording_at(const struct recording *r, size_t i)
{
	const struct stored *s = &r->events[i];

	return (struct wire_event){ s->t_us, s->from, buf_str(&r->data) + s->start, s->len, s->line };
}

/* --- what is known of the whole ------------------------------------------------------------------------------- */

static size_t find_key(const struct recording *r, const char *key)
{
	size_t i = 0;

	while (i < r->n_keys && strcmp(r->keys[i], key))
		i++;
	return i;
}

int recording_set(struct recording *r, const char *key, const char *value)
{
	size_t i = find_key(r, key);
	char *copy;

	if (i == KEYS_MAX)
		return -ENOSPC;
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	if (i == r->n_keys) {
		r->keys[i] = strdup(key);
		if (!r->keys[i]) {
			free(copy);
			return -ENOMEM;
		}
		r->n_keys++;
	}
	free(r->values[i]);
	r->values[i] = copy;
	return 0;
}

const char *recording_get(const struct recording *r, const char *key)
{
	size_t i = find_key(r, key);

	return i < r->n_keys ? r->values[i] : NULL;
}

bool recording_is_cut(const struct recording *r)
{
	return r->cut;
}

/* --- writing -------------------------------------------------------------------------------------------------- */

void recording_head(struct buf *out, const struct recording *r)
{
	json_t *j = json_pack("{s:i, s:s}", "schema", 1, "event", "recording");
	char *text;

	for (size_t i = 0; i < r->n_keys; i++)
		json_object_set_new(j, r->keys[i], json_string(r->values[i]));
	text = r->n_keys ? json_dumps(j, JSON_COMPACT) : NULL;
	if (text)
		buf_addf(out, "%s\n", text);
	free(text);
	json_decref(j);
}

/* line: of the source; 0: is not told */
static void add_event_line(struct buf *out, const struct wire_event *ev, unsigned line)
{
	buf_addc(out, '{');
	wire_json(out, ev->t_us, wire_from_name(ev->from), ev->from <= WIRE_MODEM, ev->data, ev->len);
	if (line)
		buf_addf(out, ",\"line\":%u", line);
	buf_adds(out, "}\n");
}

void recording_line(struct buf *out, const struct wire_event *ev)
{
	add_event_line(out, ev, 0);
}

static int write_all(FILE *f, void *ctx)
{
	const struct recording *r = ctx;
	bool with_lines = recording_get(r, "source") != NULL;
	struct buf line;

	buf_init(&line, SIZE_MAX);
	recording_head(&line, r);
	for (size_t i = 0; i < r->n; i++) {
		const struct wire_event ev = recording_at(r, i);

		add_event_line(&line, &ev, with_lines ? ev.line : 0);
		fwrite(line.data, 1, line.len, f);
		buf_reset(&line);
	}
	fwrite(buf_str(&line), 1, line.len, f);
	buf_free(&line);
	return fflush(f) || ferror(f) ? -EIO : 0;
}

int recording_write(const struct recording *r, const char *path, struct err *e)
{
	return whole_file_fill(path, write_all, (void *)r, e);
}

/* --- reading -------------------------------------------------------------------------------------------------- */

/* One file being read. */
struct reader {
	const char *name, *cell;
	struct recording *r;
	struct buf scratch;
	char *first_cell;	/* the cell that events without a wanted cell belong to */
	struct err *e;
	unsigned line;
};

static const char *text_of(const json_t *j, const char *key)
{
	return json_string_value(json_object_get(j, key));
}

static int bad_line(struct reader *in, int column, const char *what)
{
	return err_set(in->e, -EINVAL, "%s:%u:%d: %s", in->name, in->line, column > 0 ? column : 1, what);
}

/* A whole run's events are of many cells: 1 to take this one, 0 to pass over it, or an error. */
static int is_wanted(struct reader *in, const json_t *j)
{
	const char *cell = text_of(j, "cell");

	if (in->cell)
		return cell && !strcmp(cell, in->cell);
	if (!cell)
		return 1;
	if (!in->first_cell)
		in->first_cell = strdup(cell);
	if (in->first_cell && !strcmp(in->first_cell, cell))
		return 1;
	return err_set(in->e, -EINVAL, "%s:%u:1: holds several cells (%s, %s ...): say which one", in->name, in->line,
		       in->first_cell ? in->first_cell : "", cell);
}

static int add_event(struct reader *in, const json_t *j, enum wire_from from)
{
	const char *hex = text_of(j, "hex"), *text = text_of(j, "text");
	const json_t *t = json_object_get(j, "t");
	struct wire_event ev = { .from = from, .line = in->line };
	int err;

	buf_reset(&in->scratch);
	if (!json_is_number(t) || json_number_value(t) < 0 || json_number_value(t) > 1e12)
		return bad_line(in, 1, "t must be the seconds since the beginning");
	if (from <= WIRE_MODEM && (!hex || str_unhex(&in->scratch, hex)))
		return bad_line(in, 1, "hex must be pairs of hex digits");
	if (from > WIRE_MODEM && text && str_unescape(&in->scratch, text)) {
		buf_reset(&in->scratch);
		buf_adds(&in->scratch, text);
	}
	if (from == WIRE_WHY && !text)
		wire_why(&in->scratch, j);
	ev.t_us = (uint64_t)(json_number_value(t) * 1e6 + 0.5);
	ev.data = buf_str(&in->scratch);
	ev.len = in->scratch.len;
	err = recording_add(in->r, &ev);
	return err ? err_set(in->e, err, "%s:%u:1: too much data", in->name, in->line) : 0;
}

static int read_head(struct reader *in, const json_t *j)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)j, key, value) {
		if (json_is_string(value) && strcmp(key, "event"))
			recording_set(in->r, key, json_string_value(value));
	}
	return 0;
}

static int read_object(struct reader *in, const json_t *j)
{
	const char *event = text_of(j, "event"), *d = text_of(j, "d");
	const json_t *schema = json_object_get(j, "schema");
	enum wire_from from;
	int wanted;

	if (schema && json_integer_value(schema) != 1)
		return bad_line(in, 1, "needs a newer hil: schema is not 1");
	if (event && !strcmp(event, "recording"))
		return read_head(in, j);
	if (event && strcmp(event, "wire"))
		return 0;
	if (!d || !wire_from_find(d, &from))
		return bad_line(in, 1, "d must be host, modem, log, broker, model, fault, why or note");
	wanted = is_wanted(in, j);
	return wanted > 0 ? add_event(in, j, from) : wanted;
}

/* last: no line end follows, so that what is wrong with it is that the writer was stopped. */
static int read_line(struct reader *in, const char *p, size_t n, bool last)
{
	json_error_t why;
	json_t *j;
	int err;

	if (!n || (n == 1 && *p == '\r'))
		return 0;
	j = json_loadb(p, n, JSON_REJECT_DUPLICATES, &why);
	if (!j && last) {
		in->r->cut = true;
		return 0;
	}
	if (!j)
		return bad_line(in, why.column, why.text);
	err = json_is_object(j) ? read_object(in, j) : bad_line(in, 1, "is not a JSON object");
	json_decref(j);
	return err;
}

static int read_lines(struct reader *in, const char *p, size_t n)
{
	int err = 0;

	while (n && !err) {
		const char *end = memchr(p, '\n', n);
		size_t len = end ? (size_t)(end - p) : n;

		in->line++;
		err = read_line(in, p, len, !end);
		p += len + (end != NULL);
		n -= len + (end != NULL);
	}
	return err;
}

struct recording *recording_parse(const char *name, const char *text, size_t n, const char *cell, struct err *e)
{
	struct reader in = { .name = name, .cell = cell, .r = recording_new(), .e = e };
	int err;

	if (!in.r) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	buf_init(&in.scratch, DATA_MAX_BYTES);
	err = read_lines(&in, text, n);
	if (!err && cell && !in.r->n)
		err = err_set(e, -ENOENT, "%s: no wire of cell %s", name, cell);
	buf_free(&in.scratch);
	free(in.first_cell);
	if (!err)
		return in.r;
	recording_free(in.r);
	return NULL;
}

int wire_read_file(const char *path, struct buf *out, struct err *e)
{
	FILE *f = fopen(path, "re");
	char chunk[65536];
	size_t n;
	int err = f ? 0 : -errno;

	while (!err && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		err = buf_add(out, chunk, n);
	if (!err && ferror(f))
		err = errno ? -errno : -EIO;
	if (f)
		fclose(f);
	return err ? err_set(e, err, "%s: %s", path, strerror(-err)) : 0;
}

struct recording *recording_read(const char *path, const char *cell, struct err *e)
{
	struct recording *r = NULL;
	struct buf text;

	buf_init(&text, SIZE_MAX);
	if (!wire_read_file(path, &text, e))
		r = recording_parse(path, buf_str(&text), text.len, cell, e);
	buf_free(&text);
	return r;
}
