/* The declarations are written as a file of divergences would be: JSON is YAML. */
#include "harness/reproduce/cuts.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

enum { TEXT_MAX_BYTES = 1 << 20 };

static const char lost_end[] =
	"the log lost the end of the answer: a host that reads too slowly, with a ring that is too small";
static const char no_begin[] = "the log has the end of this answer alone";

/* Only the end of the answer is there: the log begins inside it, or passes over the rest. */
static bool is_headless(const struct compare_row *r)
{
	bool begun = false;

	if (r->verdict != COMPARE_DIFFERENT || !r->a || !r->b || !r->a->command || exchange_final(r->a))
		return false;
	for (size_t i = 0; i < r->n_lines; i++) {
		if (begun ? !r->lines[i].same : r->lines[i].a && !r->lines[i].same)
			return false;
		begun = begun || r->lines[i].a;
	}
	return begun;
}

bool cuts_lost_end(const struct compare_row *r)
{
	size_t own = 0, differ = 0;

	if (!r->a || !r->b || !r->a->command || exchange_final(r->a) || !exchange_final(r->b))
		return false;
	for (size_t i = 0; i < r->n_lines; i++) {
		if (!r->lines[i].a)
			continue;
		own++;
		if (differ)
			return false;
		differ = !r->lines[i].same;
	}
	return own > 1;
}

static json_t *lines_of(const struct exchange *x)
{
	json_t *list = json_array();
	struct buf line;

	buf_init(&line, TEXT_MAX_BYTES);
	for (size_t i = 0; i < x->n_lines; i++) {
		if (x->lines[i].role == LINE_ECHO)
			continue;
		buf_reset(&line);
		str_escape(&line, x->lines[i].text, x->lines[i].len);
		json_array_append_new(list, json_string(buf_str(&line)));
	}
	buf_free(&line);
	return list;
}

static json_t *declaration(const struct exchange *a, const struct exchange *b, const char *reason)
{
	struct buf regex;
	json_t *d;

	buf_init(&regex, TEXT_MAX_BYTES);
	buf_adds(&regex, "^\\Q");
	str_escape(&regex, a->command, strlen(a->command));
	buf_adds(&regex, "\\E$");
	d = json_pack("{s:s, s:o, s:o, s:s, s:[o]}", "command", buf_str(&regex), "a", lines_of(a), "b", lines_of(b),
		      "reason", reason, "evidence", json_string(reason == lost_end ? "quirks Q22" : "the log"));
	buf_free(&regex);
	return d;
}

struct divergences *cuts_declare(const struct comparison *c, size_t *n)
{
	json_t *list = json_array(), *all = json_pack("{s:i, s:o}", "schema", 1, "divergences", list);
	struct divergences *d = NULL;
	struct err e = { 0 };
	char *text;

	*n = 0;
	for (size_t i = 0; all && i < compare_size(c); i++) {
		const struct compare_row *r = compare_at(c, i);

		if (cuts_lost_end(r) && !json_array_append_new(list, declaration(r->a, r->b, lost_end)))
			++*n;
		else if (is_headless(r) && !json_array_append_new(list, declaration(r->a, r->b, no_begin)))
			++*n;
	}
	text = *n ? json_dumps(all, JSON_ENSURE_ASCII) : NULL;
	if (text)
		d = divergences_parse("cut answers", text, strlen(text), &e);
	free(text);
	json_decref(all);
	return d;
}
