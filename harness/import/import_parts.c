/* Mail programs and Markdown make one line of many; a serial monitor lets a command run into an answer. */
#include "harness/import/import_parts.h"

#include <string.h>

#include "base/str.h"

enum { STARTS_MAX = 16, TOKENS_MIN = 3, FOLLOW_MAX_BYTES = 1 << 20 };

int import_tables_load(struct import_tables *t, struct err *e)
{
	t->looks = import_regexes_new(import_look_rows, import_look_count, sizeof(import_look_rows[0]), e);
	t->comments = import_regexes_new(import_comment_rows, import_comment_count, sizeof(import_comment_rows[0]), e);
	t->parts = import_regexes_new(import_part_rows, PART_COUNT, sizeof(import_part_rows[0]), e);
	t->follows = import_regexes_new(import_follow_rows, import_follow_count, sizeof(import_follow_rows[0]), e);
	return t->looks && t->comments && t->parts && t->follows ? 0 : e->code;
}

void import_tables_free(struct import_tables *t)
{
	import_regexes_free(t->looks);
	import_regexes_free(t->comments);
	import_regexes_free(t->parts);
	import_regexes_free(t->follows);
}

enum import_look import_look_at(const struct import_tables *t, const char *p, size_t n)
{
	size_t row = import_regex_first(t->looks, p, n, NULL);

	return row < import_look_count ? import_look_rows[row].look : LOOK_UNKNOWN;
}

static void add_part(struct import_parts *out, const char *p, size_t start, size_t len, bool prose)
{
	const char *trimmed = str_trim(p + start, &len);

	if (out->n < PARTS_MAX && (len || !out->n))
		out->part[out->n++] = (struct import_part_span){ (size_t)(trimmed - p), len, prose };
}

/* Takes tokens from offset from to the end of the line. Returns how many, 0 when something else is among them. */
static size_t take_tokens(const struct import_tables *t, const char *p, size_t n, size_t from, struct import_parts *out)
{
	struct import_hit hit;
	size_t count = 0, before = out->n;

	while (from < n && import_regex_find(t->parts, PART_TOKEN, p, n, from, &hit) && hit.group[GROUP_ALL].len) {
		add_part(out, p, hit.group[GROUP_TEXT].start, hit.group[GROUP_TEXT].len, false);
		from = hit.group[GROUP_ALL].start + hit.group[GROUP_ALL].len;
		count++;
	}
	while (from < n && (p[from] == ' ' || p[from] == '\t'))
		from++;
	if (from == n && count < PARTS_MAX - 1)
		return count;
	out->n = before;
	return 0;
}

static bool ends_with_colon(const char *p, size_t n)
{
	p = str_trim(p, &n);
	return n && p[n - 1] == ':';
}

/* "After the update: AT+SIMCOMATI Manufacturer: ...": words, and then nothing but commands and answers. */
static bool split_after_prose(const struct import_tables *t, const char *p, size_t n, struct import_parts *out)
{
	struct import_hit hit;
	size_t from = 0;

	for (int tries = 0; tries < STARTS_MAX; tries++) {
		size_t start, count;

		if (!import_regex_find(t->parts, PART_TOKEN_START, p, n, from, &hit))
			return false;
		start = hit.group[GROUP_ALL].start;
		from = start + 1;
		if (!start)
			continue;
		out->n = 0;
		add_part(out, p, 0, start, true);
		count = take_tokens(t, p, n, start, out);
		if (count >= TOKENS_MIN || (count && ends_with_colon(p, start)))
			return true;
	}
	return false;
}

static bool split_glued(const struct import_tables *t, const char *p, size_t n, struct import_parts *out)
{
	struct import_hit hit;

	if (!import_regex_find(t->parts, PART_GLUED, p, n, 0, &hit))
		return false;
	out->n = 0;
	add_part(out, p, 0, hit.group[GROUP_TEXT].start, false);
	add_part(out, p, hit.group[GROUP_TEXT].start, hit.group[GROUP_TEXT].len, false);
	out->glued = true;
	return true;
}

void import_split_line(const struct import_tables *t, const char *p, size_t n, struct import_parts *out)
{
	*out = (struct import_parts){ 0 };
	if (take_tokens(t, p, n, 0, out) >= 2)
		return;
	out->n = 0;
	if (import_look_at(t, p, n) != LOOK_COMMAND && (split_after_prose(t, p, n, out) || split_glued(t, p, n, out)))
		return;
	out->n = 0;
	add_part(out, p, 0, n, false);
}

static bool is_talk(enum import_look look)
{
	return look == LOOK_COMMAND || look == LOOK_FINAL || look == LOOK_ANSWER;
}

size_t import_without_comment(const struct import_tables *t, const char *p, size_t n)
{
	struct import_hit hit;
	size_t row = import_regex_first(t->comments, p, n, &hit), len;

	if (row == import_comment_count)
		return n;
	len = hit.group[GROUP_TEXT].start;
	while (len && (p[len - 1] == ' ' || p[len - 1] == '\t'))
		len--;
	return len && is_talk(import_look_at(t, p, len)) ? len : n;
}

static const struct import_plain_row *fancy_at(const char *p, size_t n)
{
	for (size_t i = 0; i < import_plain_count; i++) {
		size_t len = strlen(import_plain_rows[i].fancy);

		if (n >= len && !memcmp(p, import_plain_rows[i].fancy, len))
			return &import_plain_rows[i];
	}
	return NULL;
}

bool import_make_plain(const char *p, size_t n, struct buf *out)
{
	bool any = false;

	for (size_t i = 0; i < n;) {
		const struct import_plain_row *row = fancy_at(p + i, n - i);

		if (row)
			buf_adds(out, row->plain);
		else
			buf_addc(out, p[i]);
		i += row ? strlen(row->fancy) : 1;
		any = any || row;
	}
	return any;
}

size_t import_data_behind(const struct import_tables *t, const char *p, size_t n)
{
	struct import_hit hit;
	long long length;

	if (!n || *p != '+' || import_regex_first(t->follows, p, n, &hit) == import_follow_count)
		return 0;
	if (str_to_num(p + hit.group[GROUP_LENGTH].start, hit.group[GROUP_LENGTH].len, 1, FOLLOW_MAX_BYTES, &length))
		return 0;
	return (size_t)length;
}

bool import_find_mention(const struct import_tables *t, const char *p, size_t n, size_t from, struct import_span *out)
{
	struct import_hit hit;

	if (!import_regex_find(t->parts, PART_MENTION, p, n, from, &hit))
		return false;
	*out = hit.group[GROUP_TEXT];
	return true;
}
