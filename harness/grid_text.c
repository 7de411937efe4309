/* The grid is laid out twice: with words, and where those are too wide for the terminal with letters and a legend. */
#include "harness/grid_text.h"

#include <stdlib.h>
#include <string.h>

enum { GAP = 2, LABEL_MIN = 24, LABEL_MAX = 60, WORD_MAX = 64, LISTED_MAX = 20, LEGEND_NAME = 22 };

struct layout {
	const struct grid *t;
	const struct grid_text_options *o;
	bool narrow;
	size_t first, last;		/* columns of this block; last is behind it */
	unsigned label, *column;	/* widths */
	struct buf *out;
};

/* --- words ----------------------------------------------------------------------------------------------------- */

/* "F32!" for "FAIL 32!". */
static void narrow_word(const char *word, struct buf *out)
{
	static const char *const shorter[][2] = {
		{ "ok", "+" }, { "FAIL", "F" }, { "ERR", "E" }, { "skip", "s" }, { "xfail", "x" }, { "XPASS", "X" },
	};

	for (size_t i = 0; i < sizeof(shorter) / sizeof(shorter[0]); i++) {
		size_t n = strlen(shorter[i][0]);

		if (strncmp(word, shorter[i][0], n))
			continue;
		buf_adds(out, shorter[i][1]);
		word += n + (word[n] == ' ');
		break;
	}
	buf_adds(out, word);
}

static void place_word(const struct layout *l, const struct grid_place *p, struct buf *out)
{
	struct buf word;

	buf_init(&word, WORD_MAX);
	grid_word(p, &word);
	if (l->narrow)
		narrow_word(buf_str(&word), out);
	else
		buf_adds(out, buf_str(&word));
	buf_free(&word);
}

static void column_head(const struct layout *l, size_t c, struct buf *out)
{
	if (l->narrow)
		buf_addf(out, "%c", (int)('a' + c % 26));
	else
		buf_adds(out, l->t->columns[c].label);
}

static const char *color_of(const struct layout *l, const struct grid_place *p)
{
	static const char *const colors[OUTCOME_COUNT] = { "\033[32m", "\033[1;31m", "\033[1;35m",
							   "\033[33m", "\033[33m",   "\033[1;31m" };

	if (!l->o->color)
		return "";
	return p->state == GRID_RUN ? colors[p->outcome] : "\033[2m";
}

/* --- layout ---------------------------------------------------------------------------------------------------- */

static bool is_shown(const struct grid *t, size_t row)
{
	for (size_t c = 0; c < t->n_columns; c++) {
		enum grid_state s = t->rows[row].places[c].state;

		if (s == GRID_RUN || s == GRID_WAITING)
			return true;
	}
	return false;
}

static bool is_plain(const struct grid *t, size_t row)
{
	for (size_t c = 0; c < t->n_columns; c++) {
		const struct grid_place *p = &t->rows[row].places[c];

		if (p->state == GRID_WAITING || (p->state == GRID_RUN && (p->outcome != OUTCOME_PASS || p->change)))
			return false;
	}
	return true;
}

static void measure_columns(struct layout *l)
{
	struct buf word;

	buf_init(&word, WORD_MAX);
	for (size_t c = 0; c < l->t->n_columns; c++) {
		column_head(l, c, &word);
		l->column[c] = (unsigned)word.len;
		for (size_t r = 0; r < l->t->n_rows; r++) {
			buf_reset(&word);
			place_word(l, &l->t->rows[r].places[c], &word);
			if (word.len > l->column[c])
				l->column[c] = (unsigned)word.len;
		}
		buf_reset(&word);
	}
	buf_free(&word);
}

static unsigned label_width(const struct layout *l)
{
	size_t widest = 0;

	for (size_t first = 0, n; first < l->t->n_rows; first += n) {
		size_t folded = strlen(l->t->rows[first].scenario);

		n = grid_group(l->t, first);
		folded += n > 1 ? sizeof(" (999 rows)") - 1 : 0;
		widest = folded > widest ? folded : widest;
		for (size_t r = first; n > 1 && r < first + n; r++) {
			size_t label = strlen(l->t->rows[r].label) + 2;

			widest = label > widest ? label : widest;
		}
	}
	return widest < LABEL_MAX ? (unsigned)widest : LABEL_MAX;
}

static unsigned columns_width(const struct layout *l)
{
	unsigned n = 0;

	for (size_t c = 0; c < l->t->n_columns; c++)
		n += l->column[c] + GAP;
	return n;
}

static void lay_out(struct layout *l)
{
	measure_columns(l);
	if (columns_width(l) + LABEL_MIN <= l->o->width)
		return;
	l->narrow = true;
	measure_columns(l);
}

/* From first on as many columns as fit, one at least; the label takes what it needs of the rest. */
static void lay_out_block(struct layout *l)
{
	unsigned wanted = label_width(l), columns = 0, least = wanted < LABEL_MIN ? wanted : LABEL_MIN;

	for (l->last = l->first; l->last < l->t->n_columns; l->last++) {
		if (l->last > l->first && columns + l->column[l->last] + GAP + least > l->o->width)
			break;
		columns += l->column[l->last] + GAP;
	}
	l->label = columns + least > l->o->width ? least : l->o->width - columns;
	l->label = l->label < wanted ? l->label : wanted;
}

/* --- lines ----------------------------------------------------------------------------------------------------- */

static void put_label(struct layout *l, const char *indent, const char *label)
{
	size_t room = l->label - strlen(indent), n = strlen(label);

	if (n > room)
		buf_addf(l->out, "%s%.*s..", indent, (int)room - 2, label);
	else
		buf_addf(l->out, "%s%s%*s", indent, label, (int)(room - n), "");
}

/* Blanks at the end of a line are for nobody. */
static void end_line(struct layout *l)
{
	while (l->out->len && l->out->data[l->out->len - 1] == ' ')
		l->out->data[--l->out->len] = '\0';
	buf_addc(l->out, '\n');
}

static void put_places(struct layout *l, size_t row)
{
	struct buf word;

	buf_init(&word, WORD_MAX);
	for (size_t c = l->first; c < l->last; c++) {
		const struct grid_place *p = &l->t->rows[row].places[c];
		const char *color = color_of(l, p);

		buf_reset(&word);
		place_word(l, p, &word);
		buf_addf(l->out, "  %s%s%s%*s", color, buf_str(&word), *color ? "\033[0m" : "",
			 (int)(l->column[c] - word.len), "");
	}
	end_line(l);
	buf_free(&word);
}

static void put_row(struct layout *l, size_t row, bool is_alone)
{
	if (is_alone)
		put_label(l, "", l->t->rows[row].scenario);
	else
		put_label(l, "  ", l->t->rows[row].label);
	put_places(l, row);
}

/* One line for a scenario of which all is well. */
static void put_folded(struct layout *l, size_t first, size_t n)
{
	char label[300];

	snprintf(label, sizeof(label), n > 1 ? "%s (%zu rows)" : "%s", l->t->rows[first].scenario, n);
	put_label(l, "", strlen(label) <= l->label ? label : l->t->rows[first].scenario);
	for (size_t c = l->first; c < l->last; c++) {
		const struct grid_place *p = NULL;
		const char *color;

		for (size_t r = first; r < first + n && (!p || p->state != GRID_RUN); r++)
			p = &l->t->rows[r].places[c];
		color = color_of(l, p);
		buf_addf(l->out, "  %s%s%s%*s", color, p->state == GRID_RUN ? (l->narrow ? "+ " : "ok") : "- ",
			 *color ? "\033[0m" : "", (int)l->column[c] - 2 > 0 ? (int)l->column[c] - 2 : 0, "");
	}
	end_line(l);
}

static void put_group(struct layout *l, size_t first, size_t n)
{
	bool plain = !l->o->all;
	size_t shown = 0;

	for (size_t r = first; r < first + n; r++) {
		plain = plain && is_plain(l->t, r);
		shown += is_shown(l->t, r);
	}
	if (!shown)
		return;
	if (plain && n > 1) {
		put_folded(l, first, n);
		return;
	}
	if (n > 1)
		buf_addf(l->out, "%s\n", l->t->rows[first].scenario);
	for (size_t r = first; r < first + n; r++) {
		if (is_shown(l->t, r))
			put_row(l, r, n == 1);
	}
}

static void put_head(struct layout *l)
{
	struct buf head;

	buf_init(&head, WORD_MAX);
	put_label(l, "", "");
	for (size_t c = l->first; c < l->last; c++) {
		buf_reset(&head);
		column_head(l, c, &head);
		buf_addf(l->out, "  %-*s", (int)l->column[c], buf_str(&head));
	}
	end_line(l);
	buf_free(&head);
}

static void put_columns(struct layout *l)
{
	struct buf head;

	buf_init(&head, WORD_MAX);
	for (size_t c = 0; c < l->t->n_columns; c++) {
		const struct grid_column *column = &l->t->columns[c];
		size_t from = l->out->len;

		buf_reset(&head);
		column_head(l, c, &head);
		buf_addf(l->out, "  %-10s %-*s %s", buf_str(&head), LEGEND_NAME, column->name, column->summary);
		if (l->out->len - from > l->o->width) {
			l->out->len = from + l->o->width - 2;
			buf_adds(l->out, "..");
		}
		end_line(l);
	}
	buf_free(&head);
}

/* The words that stand in this grid, and what they mean. */
static void put_words(struct layout *l)
{
	static const char *const meanings[OUTCOME_COUNT] = { "passed", "failed", "error that is not the firmware's",
							      "skipped", "failed as expected", "passed unexpectedly" };
	bool any[OUTCOME_COUNT] = { false }, waits = false, none = false;
	struct buf word;

	for (size_t i = 0; i < l->t->n_rows * l->t->n_columns; i++) {
		const struct grid_place *p = &l->t->rows[i / l->t->n_columns].places[i % l->t->n_columns];

		any[p->outcome] = any[p->outcome] || p->state == GRID_RUN;
		waits = waits || p->state == GRID_WAITING;
		none = none || p->state == GRID_NONE || p->state == GRID_LEFT_OUT;
	}
	buf_init(&word, WORD_MAX);
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		const struct grid_place p = { .state = GRID_RUN, .outcome = (enum outcome)o, .codes = "" };

		buf_reset(&word);
		place_word(l, &p, &word);
		if (any[o])
			buf_addf(l->out, "  %-10s %s\n", buf_str(&word), meanings[o]);
	}
	buf_free(&word);
	if (waits)
		buf_addf(l->out, "  %-10s not run\n", "?");
	if (none)
		buf_addf(l->out, "  %-10s no such cell, or it is not selected\n", "-");
	buf_addf(l->out, "  %-10s last result code of a connect or request\n", "number");
	if (grid_count(l->t).run > grid_count(l->t).change[CHANGE_NONE])
		buf_addf(l->out, "  %-10s against the baseline: broken, fixed, changed, new\n", "! + ~ *");
}

static void put_legend(struct layout *l)
{
	put_columns(l);
	buf_addc(l->out, '\n');
	put_words(l);
}

void grid_text(const struct grid *t, const struct grid_text_options *o, struct buf *out)
{
	struct layout l = { .t = t, .o = o, .out = out };

	l.column = calloc(t->n_columns + 1, sizeof(*l.column));
	if (!l.column)
		return;
	lay_out(&l);
	for (; l.first < t->n_columns; l.first = l.last) {
		lay_out_block(&l);
		put_head(&l);
		for (size_t r = 0; r < t->n_rows; r += grid_group(t, r))
			put_group(&l, r, grid_group(t, r));
		buf_addc(out, '\n');
	}
	put_legend(&l);
	free(l.column);
}

/* --- changes --------------------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

/* "t.yaml:34:10: connect: not seen within 30s" */
static void put_reason(const struct grid_place *p, struct buf *out)
{
	const json_t *f = json_object_get(p->end, "failure");
	int line = (int)json_integer_value(json_object_get(f, "line"));

	if (line)
		buf_addf(out, "%s:%d:%d: ", text_of(f, "file"), line, (int)json_integer_value(json_object_get(f, "column")));
	buf_addf(out, "%s%s%s\n", text_of(f, "step"), *text_of(f, "step") ? ": " : "",
		 f ? text_of(f, "what") : "passed, and was expected to fail");
}

static void put_story(const struct grid_place *p, struct buf *out)
{
	buf_adds(out, "           ");
	put_reason(p, out);
	if (*text_of(p->end, "again"))
		buf_addf(out, "           again: %s\n", text_of(p->end, "again"));
}

void grid_failures_text(const struct grid *t, size_t n, struct buf *out)
{
	size_t bad = 0;

	for (size_t i = 0; i < t->n_rows * t->n_columns; i++) {
		const struct grid_place *p = &t->rows[i / t->n_columns].places[i % t->n_columns];

		if (p->state != GRID_RUN || !outcome_is_bad(p->outcome) || bad++ >= n)
			continue;
		buf_addf(out, "%-5s %s on %s\n      ", outcome_word(p->outcome), t->rows[i / t->n_columns].name,
			 t->columns[i % t->n_columns].label);
		put_reason(p, out);
	}
	if (bad > n)
		buf_addf(out, "... and %zu more: -v lists all, --html FILE shows their wires\n", bad - n);
	if (bad)
		buf_addc(out, '\n');
}

static void put_change(const struct grid *t, size_t row, size_t column, struct buf *out)
{
	const struct grid_place *p = &t->rows[row].places[column];

	buf_addf(out, "  %-8s %s on %s: ", grid_change_name(p->change), t->rows[row].name, t->columns[column].label);
	if (p->was)
		buf_addf(out, "was %s, is ", p->was);
	grid_said(p, out);
	buf_addc(out, '\n');
	if (p->change == CHANGE_BROKEN)
		put_story(p, out);
}

static void put_changes(const struct grid *t, enum grid_change change, struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_rows * t->n_columns; i++) {
		const struct grid_place *p = &t->rows[i / t->n_columns].places[i % t->n_columns];

		if (p->state == GRID_RUN && p->change == change && n++ < LISTED_MAX)
			put_change(t, i / t->n_columns, i % t->n_columns, out);
	}
	if (n > LISTED_MAX)
		buf_addf(out, "  %-8s ... and %zu more\n", grid_change_name(change), n - LISTED_MAX);
}

struct gone {
	struct buf *out;		/* NULL: only counted */
	const struct grid *t;
	size_t n;
};

static void on_gone(const struct baseline_gone *g, void *ctx)
{
	struct gone *all = ctx;

	if (all->n++ < LISTED_MAX && all->out)
		buf_addf(all->out, "  %-8s %s on %s: was %s\n", "gone", g->row, g->revision, g->was);
}

static size_t count_gone(const struct grid *t, const struct grid_verdict *v)
{
	struct gone all = { .t = t };

	baseline_each_gone(v->baseline, t, v->paths, v->n_paths, on_gone, &all);
	return all.n;
}

void grid_counts_text(const struct grid *t, const struct grid_verdict *v, struct buf *out)
{
	struct grid_counts n = grid_count(t);

	buf_addf(out, "against %s: %zu the same, %zu broken, %zu fixed, %zu changed, %zu new, %zu gone", v->name,
		 n.change[CHANGE_NONE], n.change[CHANGE_BROKEN], n.change[CHANGE_FIXED], n.change[CHANGE_DIFFERENT],
		 n.change[CHANGE_NEW], count_gone(t, v));
}

void grid_changes_text(const struct grid *t, const struct grid_verdict *v, struct buf *out)
{
	struct gone all = { .out = out, .t = t };

	if (!v->baseline)
		return;
	grid_counts_text(t, v, out);
	buf_addc(out, '\n');
	for (int c = CHANGE_NONE + 1; c < CHANGE_COUNT; c++)
		put_changes(t, (enum grid_change)c, out);
	baseline_each_gone(v->baseline, t, v->paths, v->n_paths, on_gone, &all);
	if (all.n > LISTED_MAX)
		buf_addf(out, "  %-8s ... and %zu more\n", "gone", all.n - LISTED_MAX);
}

/* --- Markdown -------------------------------------------------------------------------------------------------- */

/* What a table cell of Markdown cannot hold as it is. */
static void markdown_text(struct buf *out, const char *s)
{
	for (; *s; s++) {
		if (strchr("|\\`*_[]<>~", *s))
			buf_addc(out, '\\');
		buf_addc(out, *s == '\n' ? ' ' : *s);
	}
}

static void markdown_row(const struct grid *t, size_t row, struct buf *out)
{
	struct buf word;

	buf_init(&word, WORD_MAX);
	buf_addf(out, "| `%s`", t->rows[row].name);	/* ids have no character that would end it */
	for (size_t c = 0; c < t->n_columns; c++) {
		const struct grid_place *p = &t->rows[row].places[c];
		const char *strong = p->state == GRID_RUN && outcome_is_bad(p->outcome) ? "**" : "";

		buf_reset(&word);
		grid_word(p, &word);
		buf_addf(out, " | %s", strong);
		markdown_text(out, buf_str(&word));
		buf_adds(out, strong);
	}
	buf_adds(out, " |\n");
	buf_free(&word);
}

void grid_markdown(const struct grid *t, const struct grid_verdict *v, struct buf *out)
{
	struct grid_counts n = grid_count(t);

	buf_addf(out, "## Regression table\n\n%zu cells on %zu revisions, %zu fail.\n\n", n.run, t->n_columns, n.bad);
	if (v->baseline) {
		buf_adds(out, "```text\n");
		grid_changes_text(t, v, out);
		buf_adds(out, "```\n\n");
	}
	buf_adds(out, "| cell");
	for (size_t c = 0; c < t->n_columns; c++) {
		buf_adds(out, " | ");
		markdown_text(out, t->columns[c].label);
	}
	buf_adds(out, " |\n|---");
	for (size_t c = 0; c < t->n_columns; c++)
		buf_adds(out, "|---");
	buf_adds(out, "|\n");
	for (size_t r = 0; r < t->n_rows; r++) {
		if (is_shown(t, r))
			markdown_row(t, r, out);
	}
	buf_adds(out, "\nok PASS, ERR ERROR; a number is the last code of a connect or request; - no such cell, ? not run; ! broken, "
		      "+ fixed, \\~ changed, \\* new.\n\n");
	for (size_t c = 0; c < t->n_columns; c++)
		buf_addf(out, "- **%s** %s: %s\n", t->columns[c].label, t->columns[c].name, t->columns[c].summary);
}
