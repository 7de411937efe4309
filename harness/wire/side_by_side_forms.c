/* The comparison for documents and programs: a Markdown table, and JSON. */
#include <string.h>

#include "base/str.h"
#include "harness/wire/side_by_side.h"

/* --- Markdown ------------------------------------------------------------------------------------------------- */

/* Text inside a table: a bar would end the cell, and the rest is not to be read as Markdown or HTML. */
static void add_escaped(const char *s, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		if (strchr("|\\`*_<>[]&", s[i]))
			buf_addf(out, "&#%d;", s[i]);
		else
			buf_addc(out, s[i]);
	}
}

static void add_code(const char *sign, const char *s, size_t n, struct buf *out)
{
	struct buf view;

	buf_init(&view, SIZE_MAX);
	str_escape(&view, s, n);
	buf_addf(out, "<code>%s", sign);
	add_escaped(buf_str(&view), view.len, out);
	buf_adds(out, "</code><br>");
	buf_free(&view);
}

static void add_data(const struct exchange *x, struct buf *out)
{
	if (x->data)
		add_code("! ", x->data, x->data_len, out);
}

static void add_side(const struct compare_row *row, bool of_b, struct buf *out)
{
	const struct exchange *x = of_b ? row->b : row->a;
	bool prompted = false;

	if (x && x->command)
		add_code("&gt; ", x->command, strlen(x->command), out);
	for (size_t i = 0; i < row->n_lines; i++) {
		const struct exchange_line *l = of_b ? row->lines[i].b : row->lines[i].a;

		if (l)
			add_code("&lt; ", l->text, l->len, out);
		if (l && l->role == LINE_PROMPT && !prompted)
			add_data(x, out);
		prompted = prompted || (l && l->role == LINE_PROMPT);
	}
	if (x && !prompted)
		add_data(x, out);
}

void side_by_side_markdown(const struct comparison *c, const struct side_options *o, struct buf *out)
{
	const char *a = o->title_a ? o->title_a : compare_name(c, false);
	const char *b = o->title_b ? o->title_b : compare_name(c, true);

	buf_adds(out, "| ");
	add_escaped(a, strlen(a), out);
	buf_adds(out, " | ");
	add_escaped(b, strlen(b), out);
	buf_adds(out, " | verdict |\n|---|---|---|\n");
	for (size_t i = 0; i < compare_size(c); i++) {
		const struct compare_row *row = compare_at(c, i);

		if (!o->all && row->verdict == COMPARE_SAME)
			continue;
		buf_adds(out, "| ");
		add_side(row, false, out);
		buf_adds(out, " | ");
		add_side(row, true, out);
		buf_addf(out, " | %s%s", compare_verdict_name(row->verdict), *row->reason ? ": " : "");
		add_escaped(row->reason, strlen(row->reason), out);
		buf_adds(out, " |\n");
	}
}

/* --- JSON ----------------------------------------------------------------------------------------------------- */

static json_t *seconds(uint64_t us)
{
	return json_real((double)us / 1e6);
}

static json_t *text(const char *s, size_t n)
{
	struct buf view;
	json_t *j;

	if (!s)
		return json_null();
	buf_init(&view, SIZE_MAX);
	str_escape(&view, s, n);
	j = json_string(buf_str(&view));
	buf_free(&view);
	return j;
}

static json_t *line_json(const struct exchange_line *l)
{
	return json_pack("{s:o, s:s, s:o}", "t", seconds(l->t_us), "role", line_role_name(l->role), "text",
			 text(l->text, l->len));
}

static json_t *exchange_json(const struct exchange *x)
{
	json_t *answer, *j;
	uint64_t took;

	if (!x)
		return json_null();
	answer = json_array();
	for (size_t i = 0; i < x->n_lines; i++)
		json_array_append_new(answer, line_json(&x->lines[i]));
	j = json_pack("{s:o, s:I, s:o, s:o, s:o}", "t", seconds(x->t_us), "line", (json_int_t)x->line, "command",
		      text(x->command, x->command ? strlen(x->command) : 0), "data", text(x->data, x->data_len),
		      "answer", answer);
	if (compare_took(x, &took))
		json_object_set_new(j, "took", seconds(took));
	return j;
}

static json_t *declared_json(const struct divergence *d)
{
	if (!d)
		return json_null();
	return json_pack("{s:s, s:I, s:s, s:s, s:s*}", "file", d->file, "line", (json_int_t)d->line, "reason",
			 d->reason, "evidence", d->evidence, "recording", d->recording);
}

static json_t *row_json(const struct compare_row *row)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o}", "verdict", compare_verdict_name(row->verdict), "reason",
			 row->reason, "declared", declared_json(row->declared), "a", exchange_json(row->a), "b",
			 exchange_json(row->b));
}

json_t *side_by_side_json(const struct comparison *c)
{
	const char *a = compare_name(c, false), *b = compare_name(c, true);
	json_t *rows = json_array(), *counts = json_object();

	for (int v = 0; v < COMPARE_VERDICTS; v++)
		json_object_set_new(counts, compare_verdict_name((enum compare_verdict)v),
				    json_integer((json_int_t)compare_count(c, (enum compare_verdict)v)));
	for (size_t i = 0; i < compare_size(c); i++)
		json_array_append_new(rows, row_json(compare_at(c, i)));
	return json_pack("{s:o, s:o, s:o, s:o}", "a", text(a, strlen(a)), "b", text(b, strlen(b)), "counts", counts,
			 "rows", rows);
}
