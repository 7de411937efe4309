/*
 * Dumps: blocks that say how many bytes crossed the line, or where in the whole a row of hex stands. Bytes whose
 * direction is known are kept as they crossed; the others become lines of text, to be understood like a capture.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/import/import_rows.h"
#include "harness/import/import_unit.h"

enum { BLOCK_MAX_BYTES = 1 << 20, REPEAT_MAX_BYTES = 1 << 20, JPNEVULATOR_ROW = 16 };

static uint64_t number(const char *p, const struct import_span *span, bool hex)
{
	char text[32] = "0x";
	long long n = 0;

	if (!span->set || span->len > 16)
		return 0;
	memcpy(text + 2, p + span->start, span->len);
	if (hex)
		str_to_num_any(text, span->len + 2, 0, INT64_MAX, &n);
	else
		str_to_num(text + 2, span->len, 0, INT64_MAX, &n);
	return (uint64_t)n;
}

static const char *line_at(const struct import_reader *in, size_t i, size_t *n)
{
	*n = in->source->lines[i].len;
	return import_source_text(in->source, i);
}

static unsigned line_number(const struct import_reader *in)
{
	size_t i = in->next < in->source->n ? in->next : in->source->n - 1;

	return in->source->lines[i].number;
}

/* Appends the bytes of "41 54 0d" at p; stops at two blanks, a tab or what is no pair. Returns how many there were. */
static size_t read_pairs(const char *p, size_t n, struct buf *out)
{
	size_t pairs = 0, i = 0;

	while (i + 2 <= n && isxdigit((unsigned char)p[i]) && isxdigit((unsigned char)p[i + 1]) &&
	       (i + 2 == n || isspace((unsigned char)p[i + 2]))) {
		char pair[3] = { p[i], p[i + 1], '\0' };

		str_unhex(out, pair);
		pairs++;
		i += i + 2 < n && p[i + 2] == ' ' && i + 3 < n && p[i + 3] != ' ' ? 3 : n;
	}
	return pairs;
}

/* --- dumps without directions --------------------------------------------------------------------------------- */

static int end_line(struct import_reader *in)
{
	int err = 0;

	if (in->line.len)
		err = import_units_add(in->units, &in->line_unit, buf_str(&in->line), in->line.len);
	buf_reset(&in->line);
	return err;
}

int import_end_dump(struct import_reader *in)
{
	in->offset[2] = 0;
	in->repeats = false;
	return end_line(in);
}

static int add_text_bytes(struct import_reader *in, const struct import_unit *unit, const char *p, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		if (p[i] == '\r' || p[i] == '\n') {
			err = end_line(in);
			continue;
		}
		if (!in->line.len)
			in->line_unit = *unit;
		err = buf_addc(&in->line, p[i]);
	}
	return err;
}

static int add_bytes(struct import_reader *in, struct import_unit *unit, const struct buf *bytes)
{
	int err;

	if (unit->from == UNIT_UNKNOWN)
		return add_text_bytes(in, unit, buf_str(bytes), bytes->len);
	err = end_line(in);
	unit->raw = true;
	return err || !bytes->len ? err : import_units_add(in->units, unit, buf_str(bytes), bytes->len);
}

/* --- socat ---------------------------------------------------------------------------------------------------- */

static bool is_block_head(const struct import_reader *in, size_t row, size_t i)
{
	size_t n;
	const char *p = line_at(in, i, &n);

	return import_regex_find(in->formats, row, p, n, 0, NULL);
}

/* Where bytes are missing the next header comes before the length is reached. */
static bool begins_block(const struct import_reader *in, size_t row, const char *p, size_t n)
{
	return n > 2 && (p[0] == '<' || p[0] == '>') && p[1] == ' ' &&
	       import_regex_find(in->formats, row, p, n, 0, NULL);
}

static bool is_hex_line(const char *p, size_t n)
{
	return n > 2 && p[0] == ' ' && isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2]) &&
	       (n == 3 || p[3] == ' ');
}

static void read_socat_hex(struct import_reader *in, size_t length, struct buf *out)
{
	size_t n;

	while (in->next < in->source->n && out->len < length) {
		const char *p = line_at(in, in->next, &n);

		if (!is_hex_line(p, n) || !read_pairs(p + 1, n - 1, out))
			return;
		in->next++;
	}
	if (in->next < in->source->n) {
		const char *p = line_at(in, in->next, &n);

		in->next += n == 2 && !memcmp(p, "--", 2);
	}
}

/* One byte of socat's text, which shows \r as two characters. Returns how many were used. */
static size_t read_escaped(const char *p, size_t n, struct buf *out)
{
	static const char letters[] = "abtnvfr\\\"", bytes[] = "\a\b\t\n\v\f\r\\\"";
	const char *at = n > 1 && p[0] == '\\' ? strchr(letters, p[1]) : NULL;

	if (!at || !*at) {
		buf_addc(out, p[0]);
		return 1;
	}
	buf_addc(out, bytes[at - letters]);
	return 2;
}

/* Text has no end mark: the header's length counts, and the next header may stand on the same line. */
static void read_socat_text(struct import_reader *in, size_t row, size_t length, struct buf *out)
{
	for (; in->next < in->source->n && out->len < length; in->next++) {
		struct source_line *l = &in->source->lines[in->next];
		const char *p = import_source_text(in->source, in->next);
		size_t i = 0;

		if (is_block_head(in, row, in->next))
			return;
		while (i < l->len && out->len < length && !begins_block(in, row, p + i, l->len - i))
			i += read_escaped(p + i, l->len - i, out);
		if (i < l->len) {
			l->start += i;
			l->len -= i;
			return;
		}
		if (out->len < length)
			buf_addc(out, '\n');
		else
			return (void)in->next++;
	}
}

static void check_offset(struct import_reader *in, uint64_t *expected, uint64_t at, uint64_t length)
{
	if (*expected && at && at != *expected)
		import_notes_add(in->notes, IMPORT_DAMAGED, line_number(in), "", 0,
				 at > *expected ? "bytes %" PRIu64 " to %" PRIu64 " of the dump are missing"
						: "the dump expects byte %" PRIu64
						  " here and goes on with byte %" PRIu64,
				 *expected, at > *expected ? at - 1 : at);
	*expected = at + length;
}

static int read_socat(struct import_reader *in, size_t row, const char *p, const struct import_hit *hit,
		      struct import_unit *unit)
{
	const struct import_span *g = hit->group;
	uint64_t length = number(p, &g[GROUP_LENGTH], false);
	bool left = p[0] == '>';
	struct buf bytes;
	size_t n;
	int err;

	unit->from = left ? UNIT_PORT_A : UNIT_PORT_B;
	check_offset(in, &in->offset[left], number(p, &g[GROUP_OFFSET], false), length);
	in->next++;
	if (length > BLOCK_MAX_BYTES)
		length = BLOCK_MAX_BYTES;
	buf_init(&bytes, BLOCK_MAX_BYTES + 64);
	p = in->next < in->source->n ? line_at(in, in->next, &n) : NULL;
	if (p && is_hex_line(p, n))
		read_socat_hex(in, (size_t)length, &bytes);
	else
		read_socat_text(in, row, (size_t)length, &bytes);
	if (bytes.len != length)
		import_notes_add(in->notes, IMPORT_DAMAGED, unit->line, "", 0,
				 "the dump says length=%" PRIu64 ", %zu bytes follow", length, bytes.len);
	err = add_bytes(in, unit, &bytes);
	buf_free(&bytes);
	return err;
}

/* --- jpnevulator ---------------------------------------------------------------------------------------------- */

static enum unit_from port_of(struct import_reader *in, const char *p, const struct import_span *name)
{
	char text[sizeof(in->port[0])] = "";

	if (!name->set)
		return UNIT_UNKNOWN;
	snprintf(text, sizeof(text), "%.*s", (int)name->len, p + name->start);
	for (int i = 0; i < 2; i++) {
		if (!in->port[i][0])
			str_copy(in->port[i], sizeof(in->port[i]), text);
		if (!strcmp(in->port[i], text))
			return i ? UNIT_PORT_B : UNIT_PORT_A;
	}
	return UNIT_UNKNOWN;
}

/* Every row but a block's last is full, or the time of another block has stood between. */
static void check_row(struct import_reader *in, size_t before, unsigned line)
{
	if (before && before < JPNEVULATOR_ROW)
		import_notes_add(in->notes, IMPORT_DAMAGED, line, "", 0,
				 "a row of %zu bytes stands before this one: a line with a time is missing", before);
}

static int read_jpnevulator(struct import_reader *in, const char *p, const struct import_hit *hit,
			    struct import_unit *unit)
{
	struct buf bytes;
	size_t before = 0;
	int err = 0;

	unit->from = port_of(in, p, &hit->group[GROUP_DIR]);
	buf_init(&bytes, BLOCK_MAX_BYTES);
	for (in->next++; in->next < in->source->n && !err; in->next++) {
		size_t n, pairs;
		const char *row = line_at(in, in->next, &n);

		buf_reset(&bytes);
		pairs = read_pairs(row, n, &bytes);
		if (!pairs)
			break;
		unit->line = in->source->lines[in->next].number;
		check_row(in, before, unit->line);
		before = pairs;
		err = add_bytes(in, unit, &bytes);
	}
	if (!before)
		import_notes_add(in->notes, IMPORT_DAMAGED, unit->line, "", 0, "no bytes follow the time");
	buf_free(&bytes);
	return err;
}

/* --- hex with offsets, or addresses --------------------------------------------------------------------------- */

/* "*" after a row, and the bare offset that ends a dump. */
static void take_dump_marks(struct import_reader *in)
{
	size_t n;
	const char *p;

	if (in->next == in->source->n)
		return;
	p = line_at(in, in->next, &n);
	if (n == 1 && *p == '*') {
		in->repeats = true;
		in->next++;
	} else if (n >= 6 && n <= 8 && strspn(p, "0123456789abcdef") >= n) {
		const struct import_span all = { 0, n, true };

		check_offset(in, &in->offset[2], number(p, &all, true), 0);
		in->offset[2] = 0;
		in->next++;
	}
}

static int repeat_row(struct import_reader *in, uint64_t until, struct import_unit *unit)
{
	int err = 0;

	if (!in->repeats || until > in->offset[2] + REPEAT_MAX_BYTES)
		return 0;
	while (!err && in->row.len && in->offset[2] + in->row.len <= until) {
		err = add_bytes(in, unit, &in->row);
		in->offset[2] += in->row.len;
	}
	in->repeats = false;
	return err;
}

static int read_row(struct import_reader *in, const char *p, const struct import_span *hex, unsigned line)
{
	char *digits = strndup(p + hex->start, hex->len);

	if (!digits)
		return -ENOMEM;
	buf_reset(&in->row);
	if (str_unhex(&in->row, digits))
		import_notes_add(in->notes, IMPORT_DAMAGED, line, p, hex->start + hex->len,
				 "not whole pairs of hex digits");
	free(digits);
	return 0;
}

static int read_hex(struct import_reader *in, const char *p, const struct import_hit *hit, struct import_unit *unit)
{
	const struct import_span *offset = &hit->group[GROUP_OFFSET];
	uint64_t at = number(p, offset, true);
	int err = 0;

	if (offset->set)
		err = repeat_row(in, at, unit);
	else
		unit->from = in->dump_from;
	if (!err)
		err = read_row(in, p, &hit->group[GROUP_HEX], unit->line);
	if (offset->set && at && !in->offset[2])
		import_notes_add(in->notes, IMPORT_DAMAGED, unit->line, "", 0,
				 "bytes 0 to %" PRIu64 " of the dump are missing", at - 1);
	if (offset->set)
		check_offset(in, &in->offset[2], at, in->row.len);
	in->next++;
	if (!err)
		err = add_bytes(in, unit, &in->row);
	if (offset->set)
		take_dump_marks(in);
	return err;
}

/* --- SENT@ and RECV@ ------------------------------------------------------------------------------------------ */

/* The end of a block stands on a line of its own, or right behind text whose line goes on in the next block. */
static bool is_block_end(const char *p, size_t *n)
{
	size_t rest = *n;

	while (rest && p[rest - 1] == '=')
		rest--;
	if (*n - rest < 6)
		return false;
	*n = rest;
	return true;
}

static int read_sent_recv(struct import_reader *in, size_t row, const char *p, const struct import_hit *hit,
			  struct import_unit *unit)
{
	bool ended = false;
	int err = end_line(in);

	in->loose = row;
	unit->format = row;
	unit->from = p[hit->group[GROUP_DIR].start] == 'S' ? UNIT_HOST : UNIT_MODEM;
	for (in->next++; in->next < in->source->n && !err && !ended; in->next++) {
		size_t n;
		const char *text = line_at(in, in->next, &n);

		if (is_block_head(in, row, in->next))
			break;
		ended = is_block_end(text, &n);
		unit->line = in->source->lines[in->next].number;
		unit->torn = ended && n;
		if (n || !ended)
			err = import_units_add(in->units, unit, text, n);
	}
	if (!ended)
		import_notes_add(in->notes, IMPORT_DAMAGED, unit->line, "", 0, "the block has no end");
	return err;
}

/* --- recordings ----------------------------------------------------------------------------------------------- */

/* The events of another cell are another conversation. */
static void take_cell(struct import_reader *in, const char *p, size_t n)
{
	json_t *j = json_loadb(p, n, 0, NULL);
	const char *cell = j ? json_string_value(json_object_get(j, "cell")) : NULL;

	if (cell && strcmp(cell, in->cell)) {
		str_copy(in->cell, sizeof(in->cell), cell);
		in->post++;
	}
	json_decref(j);
}

/* What recording_parse() says of a line by itself: ":1:COLUMN: what". */
static void bad_event(struct import_reader *in, unsigned line, const char *msg)
{
	const char *column = strchr(msg, ':'), *what = NULL;

	if (column)
		column = strchr(column + 1, ':');
	if (column)
		what = strchr(column + 1, ':');
	import_notes_add(in->notes, IMPORT_DAMAGED, line, "", 0, "column %.*s%s", what ? (int)(what - column - 1) : 0,
			 what ? column + 1 : "", what ? what : msg);
}

static int add_event(struct import_reader *in, const struct wire_event *ev, struct import_unit *unit)
{
	unit->raw = true;
	unit->timed = true;
	unit->t_us = ev->t_us;
	unit->other = ev->from;
	unit->from = ev->from == WIRE_HOST ? UNIT_HOST : ev->from == WIRE_MODEM ? UNIT_MODEM : UNIT_OTHER;
	return ev->len ? import_units_add(in->units, unit, ev->data, ev->len) : 0;
}

static int read_jsonl(struct import_reader *in, struct import_unit *unit)
{
	struct recording *r;
	struct err e = { 0 };
	struct buf line;
	size_t n;
	const char *p = line_at(in, in->next, &n);
	int err = end_line(in);

	take_cell(in, p, n);
	unit->post = in->post;
	buf_init(&line, n + 2);
	buf_add(&line, p, n);
	buf_addc(&line, '\n');
	r = recording_parse("", buf_str(&line), line.len, NULL, &e);
	if (!r)
		bad_event(in, unit->line, e.msg);
	for (size_t i = 0; r && i < recording_size(r) && !err; i++) {
		const struct wire_event ev = recording_at(r, i);

		err = add_event(in, &ev, unit);
	}
	if (r && recording_get(r, "profile"))
		str_copy(in->units->profile, sizeof(in->units->profile), recording_get(r, "profile"));
	if (r && recording_get(r, "times"))
		str_copy(in->units->times, sizeof(in->units->times), recording_get(r, "times"));
	recording_free(r);
	buf_free(&line);
	in->next++;
	return err;
}

/* --- all ------------------------------------------------------------------------------------------------------ */

int import_read_block(struct import_reader *in, size_t row, const char *p, const struct import_hit *hit,
		      struct import_unit *unit)
{
	unit->timed = import_read_time(p, hit, &unit->t_us) || unit->timed;
	unit->format = row;
	switch (import_format_rows[row].layer) {
	case LAYER_SOCAT:
		return read_socat(in, row, p, hit, unit);
	case LAYER_JPNEVULATOR:
		return read_jpnevulator(in, p, hit, unit);
	case LAYER_HEX:
		return read_hex(in, p, hit, unit);
	case LAYER_SENT_RECV:
		return read_sent_recv(in, row, p, hit, unit);
	case LAYER_JSONL:
		return read_jsonl(in, unit);
	case LAYER_WRAP:
	case LAYER_STAMP:
	case LAYER_MARK:
	case LAYER_QUOTED:
	case LAYER_LOG:
	case LAYER_BANNER:
	case LAYER_PLAIN:
		break;
	}
	return -EINVAL;
}
