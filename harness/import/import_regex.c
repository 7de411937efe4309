/* Tables of regexes. A pathological text ends a search instead of the program: PCRE2's match limit is set low. */
#include "harness/import/import_regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <errno.h>
#include <stdlib.h>

enum { STEPS_MAX = 100000, PAIRS_MAX = 24 };

struct compiled {
	pcre2_code *code;
	int number[GROUP_COUNT]; /* of the named group; -1: this regex has none */
};

struct import_regexes {
	struct compiled *rows;
	size_t n;
	pcre2_match_data *data;
	pcre2_match_context *limits;
	bool gave_up;
};

static const char *const group_names[GROUP_COUNT] = {
	[GROUP_TEXT] = "text",	   [GROUP_YEAR] = "year",     [GROUP_MONTH] = "month",	 [GROUP_DAY] = "day",
	[GROUP_HOUR] = "hour",	   [GROUP_MINUTE] = "minute", [GROUP_SECOND] = "second", [GROUP_FRACTION] = "fraction",
	[GROUP_MS] = "ms",	   [GROUP_DIR] = "dir",	      [GROUP_HEX] = "hex",	 [GROUP_OFFSET] = "offset",
	[GROUP_LENGTH] = "length", [GROUP_SECRET] = "secret",
};

static int compile(struct compiled *c, const char *regex, struct err *e)
{
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at;
	int code;

	c->code = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED, PCRE2_DOLLAR_ENDONLY, &code, &at, NULL);
	if (!c->code) {
		pcre2_get_error_message(code, why, sizeof(why));
		return err_set(e, -EINVAL, "regex '%s', character %zu: %s", regex, (size_t)at + 1, (const char *)why);
	}
	for (int g = 0; g < GROUP_COUNT; g++)
		c->number[g] =
			g == GROUP_ALL ? 0 : pcre2_substring_number_from_name(c->code, (PCRE2_SPTR)group_names[g]);
	return 0;
}

struct import_regexes *import_regexes_new(const void *rows, size_t n, size_t row_size, struct err *e)
{
	struct import_regexes *r = calloc(1, sizeof(*r));
	int err = r ? 0 : -ENOMEM;

	if (r) {
		r->n = n;
		r->rows = calloc(n, sizeof(*r->rows));
		r->data = pcre2_match_data_create(PAIRS_MAX, NULL);
		r->limits = pcre2_match_context_create(NULL);
		err = r->rows && r->data && r->limits ? 0 : -ENOMEM;
	}
	for (size_t i = 0; !err && i < n; i++)
		err = compile(&r->rows[i], *(const char *const *)((const char *)rows + i * row_size), e);
	if (!err) {
		pcre2_set_match_limit(r->limits, STEPS_MAX);
		return r;
	}
	err_set(e, err, "out of memory");
	import_regexes_free(r);
	return NULL;
}

void import_regexes_free(struct import_regexes *r)
{
	if (!r)
		return;
	for (size_t i = 0; r->rows && i < r->n; i++)
		pcre2_code_free(r->rows[i].code);
	free(r->rows);
	pcre2_match_data_free(r->data);
	pcre2_match_context_free(r->limits);
	free(r);
}

static void fill(const struct compiled *c, const PCRE2_SIZE *ends, int pairs, struct import_hit *hit)
{
	*hit = (struct import_hit){ 0 };
	for (int g = 0; g < GROUP_COUNT; g++) {
		int number = c->number[g];

		if (number < 0 || number >= pairs || ends[2 * number] == PCRE2_UNSET)
			continue;
		hit->group[g] = (struct import_span){ ends[2 * number], ends[2 * number + 1] - ends[2 * number], true };
	}
}

bool import_regex_find(struct import_regexes *r, size_t i, const char *p, size_t n, size_t from, struct import_hit *hit)
{
	const struct compiled *c = &r->rows[i];
	int pairs = from > n ? -1 : pcre2_match(c->code, (PCRE2_SPTR)p, n, from, 0, r->data, r->limits);

	if (pairs < 0) {
		r->gave_up = r->gave_up || (from <= n && pairs != PCRE2_ERROR_NOMATCH);
		return false;
	}
	if (hit)
		fill(c, pcre2_get_ovector_pointer(r->data), pairs ? pairs : PAIRS_MAX, hit);
	return true;
}

void import_regexes_set_steps(struct import_regexes *r, unsigned steps)
{
	pcre2_set_match_limit(r->limits, steps);
}

bool import_regexes_gave_up(const struct import_regexes *r)
{
	return r->gave_up;
}

size_t import_regex_first(struct import_regexes *r, const char *p, size_t n, struct import_hit *hit)
{
	size_t i = 0;

	while (i < r->n && !import_regex_find(r, i, p, n, 0, hit))
		i++;
	return i;
}
