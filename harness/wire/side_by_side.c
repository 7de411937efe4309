/* Two columns for a terminal. Everything shown is ASCII by then, so a byte is a column. */
#include "harness/wire/side_by_side.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"

enum { CONTEXT_ROWS = 2, CELL_LINES = 6, GAP = 3, WIDTH_MIN = 40, TIME_WIDTH = 10, INDENT = 4 };

enum paint { PAINT_NONE, PAINT_DIM, PAINT_DECLARED, PAINT_DIFFERENT, PAINT_HEAD };

static const char *const colors[] = {
	[PAINT_NONE] = "",
	[PAINT_DIM] = "\033[2m",
	[PAINT_DECLARED] = "\033[33m",
	[PAINT_DIFFERENT] = "\033[1;31m",
	[PAINT_HEAD] = "\033[1m",
};

static const char marks[COMPARE_VERDICTS] = { '=', '~', '|', '<', '>' };

/* One side of one line: what goes into a column, wrapped. */
struct column {
	struct buf text;
	size_t at; /* shown so far */
	unsigned lines;
};

struct page {
	const struct comparison *c;
	const struct side_options *o;
	struct buf *out;
	size_t width; /* of one column */
	struct column left, right;
};

static void paint(struct page *p, enum paint with)
{
	if (p->o->color && with != PAINT_NONE)
		buf_adds(p->out, colors[with]);
}

static void unpaint(struct page *p, enum paint with)
{
	if (p->o->color && with != PAINT_NONE)
		buf_adds(p->out, "\033[0m");
}

static enum paint paint_of(enum compare_verdict verdict)
{
	if (verdict == COMPARE_SAME)
		return PAINT_NONE;
	return verdict == COMPARE_DECLARED ? PAINT_DECLARED : PAINT_DIFFERENT;
}

/* --- columns -------------------------------------------------------------------------------------------------- */

static void column_set(struct page *p, struct column *col, const char *sign, uint64_t t_us, const char *s, size_t n)
{
	buf_reset(&col->text);
	col->at = 0;
	col->lines = 0;
	if (!s)
		return;
	if (p->o->times)
		buf_addf(&col->text, "%5" PRIu64 ".%03u ", t_us / 1000000, (unsigned)(t_us / 1000 % 1000));
	buf_adds(&col->text, sign);
	str_escape(&col->text, s, n);
}

/* Appends the column's next line, padded; the last line that a cell may have says how much is left. */
static void column_line(struct page *p, struct column *col)
{
	size_t indent = col->lines ? INDENT + (p->o->times ? TIME_WIDTH : 0) : 0;
	size_t room = p->width - indent, left = col->text.len - col->at, n = left < room ? left : room;
	char more[32];

	if (!left) {
		buf_addf(p->out, "%*s", (int)p->width, "");
		return;
	}
	if (++col->lines == CELL_LINES && n < left) {
		snprintf(more, sizeof(more), "... (%zu more)", left);
		n = left;
		buf_addf(p->out, "%*s%-*.*s", (int)indent, "", (int)room, (int)room, more);
	} else {
		buf_addf(p->out, "%*s%-*.*s", (int)indent, "", (int)room, (int)n, buf_str(&col->text) + col->at);
	}
	col->at += n;
}

static bool column_has_more(const struct column *col)
{
	return col->at < col->text.len;
}

static void trim_right(struct buf *out)
{
	while (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
}

/* What was set into the two columns, with a mark beside the first line. */
static void print_columns(struct page *p, char mark, enum paint with)
{
	bool first = true;

	while (first || column_has_more(&p->left) || column_has_more(&p->right)) {
		paint(p, with);
		column_line(p, &p->left);
		buf_addf(p->out, " %c ", first ? mark : ' ');
		column_line(p, &p->right);
		if (!p->o->color)
			trim_right(p->out);
		unpaint(p, with);
		buf_addc(p->out, '\n');
		first = false;
	}
}

/* --- rows ----------------------------------------------------------------------------------------------------- */

static void set_sides(struct page *p, const char *sign, const struct exchange *a, const struct exchange *b, bool data)
{
	const char *text_a = a ? (data ? a->data : a->command) : NULL,
		   *text_b = b ? (data ? b->data : b->command) : NULL;

	column_set(p, &p->left, sign, a ? a->t_us : 0, text_a, text_a ? (data ? a->data_len : strlen(text_a)) : 0);
	column_set(p, &p->right, sign, b ? b->t_us : 0, text_b, text_b ? (data ? b->data_len : strlen(text_b)) : 0);
}

/* Commands that may stand in one row with other arguments, and data. */
static bool host_differs(const struct exchange *a, const struct exchange *b, bool data)
{
	const char *text_a = data ? a->data : a->command, *text_b = data ? b->data : b->command;

	if (!text_a || !text_b)
		return text_a != text_b;
	return (data && a->data_len != b->data_len) || strcmp(text_a, text_b);
}

static char host_mark(const struct compare_row *row, bool data)
{
	if (!row->a || !row->b)
		return marks[row->verdict];
	if (row->verdict != COMPARE_SAME && host_differs(row->a, row->b, data))
		return '|';
	return row->verdict == COMPARE_SAME && !data ? '=' : ' ';
}

static void print_host(struct page *p, const struct compare_row *row, bool data)
{
	char mark = host_mark(row, data);

	set_sides(p, data ? "! " : "> ", row->a, row->b, data);
	print_columns(p, mark, strchr("= ", mark) ? PAINT_NONE : paint_of(row->verdict));
}

static char line_mark(const struct compare_row *row, const struct compare_line *line)
{
	if (line->same)
		return row->a->command ? ' ' : '=';
	if (row->verdict == COMPARE_DECLARED)
		return '~';
	return line->a && line->b ? '|' : line->a ? '<' : '>';
}

static void print_line(struct page *p, const struct compare_row *row, const struct compare_line *line)
{
	const struct exchange_line *a = line->a, *b = line->b;

	column_set(p, &p->left, "< ", a ? a->t_us : 0, a ? a->text : NULL, a ? a->len : 0);
	column_set(p, &p->right, "< ", b ? b->t_us : 0, b ? b->text : NULL, b ? b->len : 0);
	print_columns(p, line_mark(row, line), line->same ? PAINT_NONE : paint_of(row->verdict));
}

/* The reason over the whole width, wrapped at blanks. */
static void print_reason(struct page *p, const struct compare_row *row)
{
	enum paint with = row->verdict == COMPARE_SAME ? PAINT_DIM : paint_of(row->verdict);
	size_t room = 2 * p->width + GAP - INDENT, n;
	struct buf text;
	const char *s;

	buf_init(&text, SIZE_MAX);
	if (row->verdict == COMPARE_ONLY_A || row->verdict == COMPARE_ONLY_B)
		buf_addf(&text, "only in %s: %s", compare_name(p->c, row->verdict == COMPARE_ONLY_B), row->reason);
	else
		buf_addf(&text, "%s: %s", compare_verdict_name(row->verdict), row->reason);
	for (s = buf_str(&text); *s; s += n + (s[n] == ' ')) {
		n = strlen(s);
		if (n > room) {
			for (n = room; n && s[n] != ' '; n--)
				;
			n = n ? n : room;
		}
		paint(p, with);
		buf_addf(p->out, "%*s%.*s", INDENT, "", (int)n, s);
		unpaint(p, with);
		buf_addc(p->out, '\n');
	}
	buf_free(&text);
}

static bool is_prompt(const struct compare_line *line)
{
	return (line->a ? line->a : line->b)->role == LINE_PROMPT;
}

/* Data belongs behind the prompt that asked for it, where there is one. */
static size_t data_place(const struct compare_row *row)
{
	size_t i = 0;

	while (i < row->n_lines && !is_prompt(&row->lines[i]))
		i++;
	return i < row->n_lines ? i + 1 : 0;
}

static void print_row(struct page *p, const struct compare_row *row)
{
	bool has_data = (row->a && row->a->data) || (row->b && row->b->data);
	size_t data_at = data_place(row);

	if ((row->a ? row->a : row->b)->command)
		print_host(p, row, false);
	for (size_t i = 0; i <= row->n_lines; i++) {
		if (has_data && i == data_at)
			print_host(p, row, true);
		if (i < row->n_lines)
			print_line(p, row, &row->lines[i]);
	}
	if (*row->reason)
		print_reason(p, row);
}

/* --- the page ------------------------------------------------------------------------------------------------- */

static void print_rule(struct page *p)
{
	for (size_t i = 0; i < 2 * p->width + GAP; i++)
		buf_addc(p->out, i < p->width || i >= p->width + GAP ? '-' : ' ');
	buf_addc(p->out, '\n');
}

/* Titles that do not fit stand above, and the columns have the short names. */
static void print_head(struct page *p)
{
	const char *a = compare_name(p->c, false), *b = compare_name(p->c, true);
	const char *title_a = p->o->title_a ? p->o->title_a : a, *title_b = p->o->title_b ? p->o->title_b : b;
	bool fit = strlen(title_a) <= p->width && strlen(title_b) <= p->width;

	if (!fit)
		buf_addf(p->out, "%s: %s\n%s: %s\n", a, title_a, b, title_b);
	paint(p, PAINT_HEAD);
	buf_addf(p->out, "%-*s   %s", (int)p->width, fit ? title_a : a, fit ? title_b : b);
	unpaint(p, PAINT_HEAD);
	buf_addc(p->out, '\n');
	print_rule(p);
}

static bool is_near(const struct comparison *c, size_t i)
{
	size_t from = i < CONTEXT_ROWS ? 0 : i - CONTEXT_ROWS;

	for (size_t k = from; k < compare_size(c) && k <= i + CONTEXT_ROWS; k++) {
		if (compare_at(c, k)->verdict != COMPARE_SAME)
			return true;
	}
	return false;
}

void side_by_side_text(const struct comparison *c, const struct side_options *o, struct buf *out)
{
	struct page p = { .c = c, .o = o, .out = out };
	size_t passed = 0;

	p.width = ((o->width < WIDTH_MIN ? WIDTH_MIN : o->width) - GAP) / 2;
	buf_init(&p.left.text, SIZE_MAX);
	buf_init(&p.right.text, SIZE_MAX);
	print_head(&p);
	for (size_t i = 0; i < compare_size(c); i++) {
		passed += !o->all && !is_near(c, i);
		if (!o->all && !is_near(c, i))
			continue;
		if (passed)
			buf_addf(out, "    ... %zu the same\n", passed);
		passed = 0;
		print_row(&p, compare_at(c, i));
	}
	if (passed)
		buf_addf(out, "    ... %zu the same\n", passed);
	buf_free(&p.left.text);
	buf_free(&p.right.text);
}

void side_by_side_sum(const size_t counts[COMPARE_VERDICTS], const char *name_a, const char *name_b, struct buf *out)
{
	bool any = false;

	for (int v = 0; v < COMPARE_VERDICTS; v++) {
		if (!counts[v])
			continue;
		buf_addf(out, "%s%zu ", any ? ", " : "", counts[v]);
		any = true;
		if (v == COMPARE_ONLY_A || v == COMPARE_ONLY_B)
			buf_addf(out, "only in %s", v == COMPARE_ONLY_A ? name_a : name_b);
		else
			buf_adds(out, compare_verdict_name((enum compare_verdict)v));
	}
	if (!any)
		buf_adds(out, "nothing");
}

void side_by_side_counts(const struct comparison *c, struct buf *out)
{
	size_t counts[COMPARE_VERDICTS];

	for (int v = 0; v < COMPARE_VERDICTS; v++)
		counts[v] = compare_count(c, (enum compare_verdict)v);
	side_by_side_sum(counts, compare_name(c, false), compare_name(c, true), out);
}
