/* Patterns on what was said, and what makes two values the same. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "harness/probe/read.h"

#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/probe/commands.h"

struct hit {
	pcre2_match_data *md;
	const PCRE2_SIZE *at;
	int groups; /* 0: no hit */
};

static int find(const char *pattern, const char *text, struct hit *h)
{
	int code, groups;
	PCRE2_SIZE at;
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_MULTILINE, &code, &at, NULL);

	*h = (struct hit){ .groups = 0 };
	if (!re)
		return -EINVAL;
	h->md = pcre2_match_data_create_from_pattern(re, NULL);
	groups = h->md ? pcre2_match(re, (PCRE2_SPTR)text, strlen(text), 0, 0, h->md, NULL) : 0;
	pcre2_code_free(re);
	if (groups > 0) {
		h->groups = groups;
		h->at = pcre2_get_ovector_pointer(h->md);
	}
	return 0;
}

static void add_template(const char *value, const char *text, const struct hit *h, struct buf *out)
{
	for (; *value; value++) {
		int group = *value == '$' ? value[1] - '0' : -1;

		if (group < 0 || group > 9) {
			buf_addc(out, *value);
			continue;
		}
		value++;
		if (group < h->groups && h->at[2 * group] != PCRE2_UNSET)
			buf_add(out, text + h->at[2 * group], h->at[2 * group + 1] - h->at[2 * group]);
	}
}

/* Where a hit points: its first group, or all of it. */
static size_t place(const struct hit *h)
{
	return h->groups > 1 && h->at[2] != PCRE2_UNSET ? h->at[2] : h->at[0];
}

/* Microseconds from the line of from (the first line when NULL) to that of the hit. false: from does not match. */
static bool span(const struct talk *t, const struct reading *row, const struct hit *h, uint64_t reply_us, uint64_t *us)
{
	const char *text = talk_text(t);
	uint64_t to_us = talk_time_at(t, place(h));
	size_t at = 0;
	struct hit from;

	if (row->from) {
		bool found = !find(row->from, text, &from) && from.groups;

		at = found ? place(&from) : 0;
		pcre2_match_data_free(from.md);
		if (!found)
			return false;
	}
	*us = talk_time_at(t, at);
	if (!row->whole && !strncmp(text + at, "> AT", 4))
		*us += reply_us;
	*us = to_us > *us ? to_us - *us : 0;
	return true;
}

static int add_time(const struct talk *t, const struct reading *row, const struct hit *h, uint64_t reply_us,
		    struct buf *out)
{
	uint64_t unit_us = 1000u * (row->per ? row->per : 1), us;

	if (!span(t, row, h, reply_us, &us))
		return 0;
	buf_addf(out, "%llu", (unsigned long long)((us + unit_us / 2) / unit_us));
	return 1;
}

static int add_rate(const struct talk *t, const struct reading *row, const struct hit *h, uint64_t reply_us,
		    struct buf *out)
{
	uint64_t us;

	if (!span(t, row, h, reply_us, &us) || !us)
		return 0;
	buf_addf(out, "%llu", (unsigned long long)((row->per * 1000000ull + us / 2) / us));
	return 1;
}

/* "\xffM" to "0xFF,0x4D". */
static void add_bytes(const char *text, const struct hit *h, struct buf *out)
{
	struct buf view, bytes;

	buf_init(&view, h->at[1] + 1);
	buf_init(&bytes, h->at[1] + 1);
	if (h->groups > 1 && h->at[2] != PCRE2_UNSET)
		buf_add(&view, text + h->at[2], h->at[3] - h->at[2]);
	str_unescape(&bytes, buf_str(&view));
	for (size_t i = 0; i < bytes.len; i++)
		buf_addf(out, "%s0x%02X", i ? "," : "", (unsigned char)bytes.data[i]);
	buf_free(&view);
	buf_free(&bytes);
}

int read_groups(const char *text, const char *pattern, const char *value, struct buf *out)
{
	struct hit h;
	int err = find(pattern, text, &h);

	if (!err && h.groups)
		add_template(value, text, &h, out);
	pcre2_match_data_free(h.md);
	return err ? err : h.groups > 0;
}

int read_value(const struct talk *t, const struct reading *row, uint64_t reply_us, struct buf *out, size_t *end)
{
	const char *text = row->raw ? talk_raw(t) : talk_text(t);
	struct hit h;
	int fits = find(row->match, text, &h);

	*end = 0;
	if (!fits && h.groups) {
		fits = 1;
		*end = row->raw ? 0 : h.at[1];
		switch (row->kind) {
		case READ_VALUE:
			add_template(row->value ? row->value : "", text, &h, out);
			break;
		case READ_TIME:
			fits = add_time(t, row, &h, reply_us, out);
			break;
		case READ_RATE:
			fits = add_rate(t, row, &h, reply_us, out);
			break;
		case READ_BYTES:
			add_bytes(text, &h, out);
			break;
		}
	}
	pcre2_match_data_free(h.md);
	return fits;
}

/* --- values --------------------------------------------------------------------------------------------------- */

static bool is_choice(const struct emu_value_info *info, const char *text)
{
	for (const char *const *c = info->choices; *c; c++) {
		if (!strcmp(*c, text))
			return true;
	}
	return false;
}

bool value_fits(const struct emu_value_info *info, const char *text)
{
	long long v;

	if (info->choices)
		return is_choice(info, text);
	if (!strcmp(info->type, "number"))
		return !str_to_num(text, strlen(text), info->min, info->max, &v);
	if (!strcmp(info->type, "yes/no"))
		return !strcmp(text, "true") || !strcmp(text, "false");
	return true;
}

bool list_has(const char *list, const char *word, size_t n)
{
	while (*list) {
		size_t len = strcspn(list, ",");

		if (len == n && !strncasecmp(list, word, n))
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}

/* A command that no revision answers is absent whether a list names it or not. */
static bool list_within(const char *a, const char *b, bool commands)
{
	while (*a) {
		size_t n = strcspn(a, ",");

		if (!list_has(b, a, n) && !(commands && !command_is_known(a, n)))
			return false;
		a += n + (a[n] == ',');
	}
	return true;
}

bool value_same(const struct emu_value_info *info, const char *a, const char *b, unsigned within)
{
	bool commands = !strcmp(info->name, "absent_commands"), ordered = !strcmp(info->name, "http_places");
	long long x, y;

	if (!strcmp(a, b))
		return true;
	if (!strcmp(info->type, "list") && !ordered)
		return list_within(a, b, commands) && list_within(b, a, commands);
	if (strcmp(info->type, "number") || !within || str_to_num(a, strlen(a), info->min, info->max, &x) ||
	    str_to_num(b, strlen(b), info->min, info->max, &y))
		return false;
	return llabs(x - y) <= within;
}
