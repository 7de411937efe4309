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

/* Milliseconds from the line of from (the first command when NULL) to the line of the hit. */
static int add_time(const struct talk *t, const struct reading *row, const struct hit *h, struct buf *out)
{
	uint64_t from_us = talk_time_at(t, 0), to_us = talk_time_at(t, h->at[0]);
	struct hit from;
	int fits = 1;

	if (row->from) {
		fits = find(row->from, talk_text(t), &from) ? -EINVAL : from.groups > 0;
		if (fits == 1)
			from_us = talk_time_at(t, from.at[0]);
		pcre2_match_data_free(from.md);
	}
	if (fits == 1)
		buf_addf(out, "%llu", (unsigned long long)(to_us > from_us ? (to_us - from_us + 500) / 1000 : 0));
	return fits;
}

int read_value(const struct talk *t, const struct reading *row, struct buf *out)
{
	const char *text = row->raw ? talk_raw(t) : talk_text(t);
	struct hit h;
	int fits = find(row->match, text, &h);

	if (!fits && h.groups) {
		fits = 1;
		if (row->value)
			add_template(row->value, text, &h, out);
		else
			fits = add_time(t, row, &h, out);
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

static bool list_has(const char *list, const char *word, size_t n)
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
