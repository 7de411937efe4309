/*
 * Patterns. Regexes see only the escaped view, so that NUL and control bytes can be written in a YAML file and shown in
 * a failure; an unfinished line is matched with PCRE2's hard partial mode, which keeps `0,3$` from matching half of 32.
 */
#include "harness/match.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum {
	PATTERN_MAX_BYTES = 64 * 1024,
	STEPS_MAX = 1000000,	/* a pathological regex gives up instead of hanging the run */
};

struct match {
	enum pattern_kind kind;
	char *text;
	struct buf bytes;	/* text, bytes: what to look for */
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
};

static int compile_regex(struct match *m, struct err *e)
{
	PCRE2_UCHAR why[160];
	PCRE2_SIZE at;
	int code;

	m->code = pcre2_compile((PCRE2_SPTR)m->text, PCRE2_ZERO_TERMINATED, PCRE2_DOLLAR_ENDONLY, &code, &at, NULL);
	if (!m->code) {
		pcre2_get_error_message(code, why, sizeof(why));
		return err_set(e, -EINVAL, "bad pattern at character %zu: %s", (size_t)at + 1, (const char *)why);
	}
	m->data = pcre2_match_data_create_from_pattern(m->code, NULL);
	m->limits = pcre2_match_context_create(NULL);
	if (!m->data || !m->limits)
		return err_set(e, -ENOMEM, "out of memory");
	pcre2_set_match_limit(m->limits, STEPS_MAX);
	return 0;
}

static int compile_bytes(struct match *m, struct err *e)
{
	int err;

	err = m->kind == PATTERN_BYTES ? str_unhex(&m->bytes, m->text) : buf_adds(&m->bytes, m->text);
	if (err)
		return err_set(e, err, m->kind == PATTERN_BYTES ? "not hex bytes" : "pattern too long");
	if (!m->bytes.len)
		return err_set(e, -EINVAL, "empty pattern");
	return 0;
}

struct match *match_new(enum pattern_kind kind, const char *text, struct err *e)
{
	struct match *m = calloc(1, sizeof(*m));
	int err;

	if (!m)
		return NULL;
	m->kind = kind;
	buf_init(&m->bytes, PATTERN_MAX_BYTES);
	m->text = strdup(text);
	err = !m->text ? -ENOMEM : kind == PATTERN_MATCH ? compile_regex(m, e) : compile_bytes(m, e);
	if (!err)
		return m;
	match_free(m);
	return NULL;
}

void match_free(struct match *m)
{
	if (!m)
		return;
	pcre2_match_context_free(m->limits);
	pcre2_match_data_free(m->data);
	pcre2_code_free(m->code);
	buf_free(&m->bytes);
	free(m->text);
	free(m);
}

bool match_by_line(const struct match *m)
{
	return m->kind == PATTERN_MATCH;
}

const char *match_text(const struct match *m)
{
	return m->text;
}

size_t match_length(const struct match *m)
{
	return m->bytes.len;
}

static bool find_regex(const struct match *m, const char *p, size_t n, size_t from, bool complete,
		       struct match_hit *hit)
{
	int groups = pcre2_match(m->code, (PCRE2_SPTR)p, n, from, complete ? 0 : PCRE2_PARTIAL_HARD, m->data, m->limits);
	const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(m->data);

	if (groups < 0)
		return false;
	if (!hit)
		return true;
	hit->n = groups < MATCH_GROUPS_MAX ? (unsigned)groups : MATCH_GROUPS_MAX;
	for (unsigned i = 0; i < hit->n; i++) {
		hit->start[i] = ends[2 * i];
		hit->end[i] = ends[2 * i + 1];
	}
	return true;
}

static bool find_bytes(const struct match *m, const char *p, size_t n, size_t from, struct match_hit *hit)
{
	const char *at = memmem(p + from, n - from, m->bytes.data, m->bytes.len);

	if (at && hit) {
		hit->n = 1;
		hit->start[0] = (size_t)(at - p);
		hit->end[0] = hit->start[0] + m->bytes.len;
	}
	return at != NULL;
}

bool match_find(const struct match *m, const char *p, size_t n, size_t from, bool complete, struct match_hit *hit)
{
	if (from > n)
		return false;
	if (m->kind == PATTERN_MATCH)
		return find_regex(m, p, n, from, complete, hit);
	return n && find_bytes(m, p, n, from, hit);
}
