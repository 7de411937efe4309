/* Peels the layers off each line by the rows of the formats, and hands dumps to import_blocks.c. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "harness/import/import_rows.h"
#include "harness/import/import_unit.h"

enum { LAYERS_MAX = 6 };

int import_units_add(struct import_units *u, const struct import_unit *unit, const char *p, size_t len)
{
	int err = len ? buf_add(&u->bytes, p, len) : 0;

	if (!err && u->n == u->cap) {
		size_t cap = u->cap ? 2 * u->cap : 256;
		struct import_unit *more = reallocarray(u->items, cap, sizeof(*more));

		if (!more)
			return -ENOMEM;
		u->items = more;
		u->cap = cap;
	}
	if (err)
		return err;
	u->items[u->n] = *unit;
	u->items[u->n].start = u->bytes.len - len;
	u->items[u->n++].len = len;
	return 0;
}

const char *import_units_text(const struct import_units *u, const struct import_unit *unit)
{
	return buf_str(&u->bytes) + unit->start;
}

void import_units_free(struct import_units *u)
{
	buf_free(&u->bytes);
	free(u->items);
}

/* --- times ---------------------------------------------------------------------------------------------------- */

static uint64_t number(const char *p, const struct import_span *span)
{
	long long n = 0;

	if (span->set)
		str_to_num(p + span->start, span->len, 0, 1LL << 40, &n);
	return (uint64_t)n;
}

/* Days since some day long ago; only differences count. */
static uint64_t day_number(uint64_t year, uint64_t month, uint64_t day)
{
	if (month < 3) {
		year--;
		month += 12;
	}
	return 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day;
}

static uint64_t fraction_us(const char *p, const struct import_span *span)
{
	uint64_t us = 0;

	for (size_t i = 0; i < 6; i++)
		us = 10 * us + (span->set && i < span->len ? (uint64_t)(p[span->start + i] - '0') : 0);
	return us;
}

bool import_read_time(const char *p, const struct import_hit *hit, uint64_t *t_us)
{
	const struct import_span *g = hit->group;
	uint64_t days = 0, year;

	if (g[GROUP_MS].set) {
		*t_us = 1000 * number(p, &g[GROUP_MS]);
		return true;
	}
	if (!g[GROUP_HOUR].set)
		return false;
	year = number(p, &g[GROUP_YEAR]);
	if (g[GROUP_YEAR].set && year)
		days = day_number(year, number(p, &g[GROUP_MONTH]), number(p, &g[GROUP_DAY]));
	*t_us = 86400000000u * days + 3600000000u * number(p, &g[GROUP_HOUR]) +
		60000000u * number(p, &g[GROUP_MINUTE]) + 1000000u * number(p, &g[GROUP_SECOND]) +
		fraction_us(p, &g[GROUP_FRACTION]);
	return true;
}

/* --- one line ------------------------------------------------------------------------------------------------- */

/* A line of text with what its layers said. */
struct peeled {
	const char *p;
	size_t n;
	struct import_unit unit;
};

static bool is_wanted(const struct import_reader *in, size_t row)
{
	const struct import_format *f = &import_format_rows[row];

	return in->only == import_format_count || f->layer == LAYER_WRAP ||
	       !strcmp(f->name, import_format_rows[in->only].name);
}

static size_t find_format(const struct import_reader *in, const char *p, size_t n, struct import_hit *hit)
{
	for (size_t i = 0; i < import_format_count; i++) {
		if (is_wanted(in, i) && import_regex_find(in->formats, i, p, n, 0, hit))
			return i;
	}
	return import_format_count;
}

static enum import_look look_of(const struct import_reader *in, const char *p, size_t n)
{
	size_t row = import_regex_first(in->looks, p, n, NULL);

	return row < import_look_count ? import_look_rows[row].look : LOOK_UNKNOWN;
}

static bool is_talk(enum import_look look)
{
	return look == LOOK_COMMAND || look == LOOK_PROMPT || look == LOOK_FINAL || look == LOOK_ANSWER;
}

static void take_mark(struct peeled *l, const struct import_hit *hit)
{
	const struct import_span *dir = &hit->group[GROUP_DIR];

	l->unit.from = import_is_host_word(l->p + dir->start, dir->len) ? UNIT_HOST : UNIT_MODEM;
}

/* A firmware's log line is talk when it shows what crossed the line, and a word of its own otherwise. */
static void take_log(struct import_reader *in, struct peeled *l, const char *text, size_t n)
{
	enum import_look look;

	text = str_trim(text, &n);
	look = look_of(in, text, n);
	if (n >= 7 && !memcmp(text, "writing", 7))
		in->dump_from = UNIT_HOST;
	else if (n >= 7 && !memcmp(text, "reading", 7))
		in->dump_from = UNIT_MODEM;
	if (!is_talk(look) && look != LOOK_BLANK)
		l->unit.from = UNIT_LOG;
}

/* Takes one layer off l. Returns its row, or import_format_count when there is none. */
static size_t peel(struct import_reader *in, struct peeled *l, struct import_hit *hit)
{
	size_t row = find_format(in, l->p, l->n, hit);
	const struct import_format *f = row < import_format_count ? &import_format_rows[row] : NULL;

	if (!f || f->layer > LAYER_LOG)
		return row;
	if (f->layer != LAYER_WRAP) {
		l->unit.timed = import_read_time(l->p, hit, &l->unit.t_us) || l->unit.timed;
		l->unit.format = row;
	}
	if (f->layer == LAYER_MARK || f->layer == LAYER_QUOTED)
		take_mark(l, hit);
	if (f->layer == LAYER_LOG && in->banner == import_format_plain)
		in->banner = row;
	if (f->layer == LAYER_LOG)
		take_log(in, l, l->p + hit->group[GROUP_TEXT].start, hit->group[GROUP_TEXT].len);
	l->p += hit->group[GROUP_TEXT].start;
	l->n = hit->group[GROUP_TEXT].set ? hit->group[GROUP_TEXT].len : 0;
	l->unit.raw = f->layer == LAYER_QUOTED;
	return row;
}

/* Bytes in the spelling of C are bytes; where the spelling is wrong they are kept as they are written. */
static int add_quoted(struct import_reader *in, const struct peeled *l)
{
	char *text = strndup(l->p, l->n);
	struct buf bytes;
	size_t bad;
	int err = text ? 0 : -ENOMEM;

	buf_init(&bytes, SIZE_MAX);
	bad = text ? str_unescape(&bytes, text) : 0;
	if (bad) {
		import_notes_add(in->notes, IMPORT_DAMAGED, l->unit.line, l->p, l->n, "character %zu begins no byte",
				 bad);
		buf_reset(&bytes);
		err = buf_add(&bytes, l->p, l->n);
	}
	if (!err && bytes.len)
		err = import_units_add(in->units, &l->unit, buf_str(&bytes), bytes.len);
	buf_free(&bytes);
	free(text);
	return err;
}

/* esp_modem prints what it got as Command: {...} and Token: {...}, over several lines where there is a line end. */
static void unwrap_token(struct peeled *l)
{
	static const struct {
		const char *before;
		enum unit_from from;
	} rows[] = { { "Command: {", UNIT_HOST }, { "Token: {", UNIT_MODEM } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].before);

		if (l->n < n || memcmp(l->p, rows[i].before, n))
			continue;
		l->p += n;
		l->n -= n;
		if (l->n && l->p[l->n - 1] == '}')
			l->n--;
		l->unit.from = rows[i].from;
	}
}

static int take_line(struct import_reader *in)
{
	const struct source_line *src = &in->source->lines[in->next];
	struct peeled l = { import_source_text(in->source, in->next),
			    src->len,
			    { .line = src->number, .post = in->post, .fenced = src->fenced, .format = in->banner } };
	struct import_hit hit;

	for (int layer = 0; layer < LAYERS_MAX; layer++) {
		size_t row = peel(in, &l, &hit);

		if (row == import_format_count || l.unit.raw)
			break;
		if (import_format_rows[row].layer == LAYER_BANNER) {
			in->banner = row;
			in->next++;
			return 0;
		}
		if (import_format_rows[row].layer > LAYER_BANNER)
			return import_read_block(in, row, l.p, &hit, &l.unit);
	}
	in->next++;
	if (import_format_rows[l.unit.format].layer == LAYER_LOG)
		unwrap_token(&l);
	else if (import_end_dump(in))
		return -ENOMEM;
	if (l.unit.raw)
		return add_quoted(in, &l);
	if (l.unit.format == in->banner && in->loose != import_format_plain) {
		l.unit.format = in->loose;
		l.unit.from = UNIT_LOG;
	}
	return import_units_add(in->units, &l.unit, l.p, l.n);
}

/* A post ends where another person begins to speak, or is no longer cited. */
static bool begins_post(const struct import_reader *in)
{
	const struct source_line *l = &in->source->lines[in->next];

	return (in->next && l->quoted != l[-1].quoted) ||
	       look_of(in, import_source_text(in->source, in->next), l->len) == LOOK_HEADER;
}

int import_read(struct import_reader *in, struct err *e)
{
	int err = 0;

	while (in->next < in->source->n && !err) {
		if (begins_post(in)) {
			in->post++;
			in->banner = in->loose = import_format_plain;
		}
		if (in->source->lines[in->next].fence)
			in->next++;
		else
			err = take_line(in);
	}
	if (!err)
		err = import_end_dump(in);
	return err ? err_set(e, err, "%s: %s", in->name, strerror(-err)) : 0;
}
