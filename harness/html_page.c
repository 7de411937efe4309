/*
 * The table is written as a table, so that it is there at once and prints; wires are data that the script draws when
 * somebody looks at a cell. Whatever a wire says goes through html_text() or through JSON without '<'.
 */
#include "harness/html_page.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "harness/codes.h"
#include "harness/html_wire.h"

/* harness/html, put into the program by ld. */
extern const char _binary_report_css_start[], _binary_report_css_end[];
extern const char _binary_report_js_start[], _binary_report_js_end[];

enum { WORD_MAX = 64, SAID_MAX = 1 << 16, LISTED_MAX = 200 };

struct html_page {
	struct html_wires *wires;
	size_t *wire_of, n, cap;	/* by number of the place */
};

struct html_page *html_page_new(void)
{
	struct html_page *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->wires = html_wires_new();
	if (p->wires)
		return p;
	free(p);
	return NULL;
}

void html_page_free(struct html_page *p)
{
	if (!p)
		return;
	html_wires_free(p->wires);
	free(p->wire_of);
	free(p);
}

void html_page_wire(struct html_page *p, size_t number, const struct story *s)
{
	size_t cap = p->cap ? p->cap : 256;
	size_t *more;

	while (cap <= number)
		cap *= 2;
	if (cap > p->cap) {
		more = realloc(p->wire_of, cap * sizeof(*more));
		if (!more)
			return;
		memset(more + p->cap, 0, (cap - p->cap) * sizeof(*more));
		p->wire_of = more;
		p->cap = cap;
	}
	p->wire_of[number] = html_wires_add(p->wires, s);
}

/* --- text ------------------------------------------------------------------------------------------------------- */

void html_text(struct buf *out, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '<')
			buf_adds(out, "&lt;");
		else if (c == '>')
			buf_adds(out, "&gt;");
		else if (c == '&')
			buf_adds(out, "&amp;");
		else if (c == '"')
			buf_adds(out, "&quot;");
		else if (c == '\'')
			buf_adds(out, "&#39;");
		else if (c < 0x20 && !strchr("\t\n", c))
			buf_addf(out, "\\x%02x", c);
		else
			buf_addc(out, *s);
	}
}

/* <tag class="..."> text </tag> */
static void element(struct buf *out, const char *tag, const char *class, const char *text)
{
	buf_addf(out, "<%s class=\"%s\">", tag, class);
	html_text(out, text);
	buf_addf(out, "</%s>", tag);
}

/* JSON inside a script element: nothing in it may look like markup. */
static void json_text(struct buf *out, const json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(12));

	for (const char *s = text ? text : "null"; *s; s++) {
		if (*s == '<')
			buf_adds(out, "\\u003c");
		else
			buf_addc(out, *s);
	}
	free(text);
}

/* --- data for the script ---------------------------------------------------------------------------------------- */

static void take(json_t *to, const char *as, const json_t *from, const char *key)
{
	json_t *value = json_object_get(from, key);

	if (value)
		json_object_set(to, as, value);
}

/* The last lines before a failure are on the wire, which is there as a whole. */
static void take_failure(json_t *to, const char *as, const json_t *from, const char *key)
{
	json_t *copy = json_copy(json_object_get(from, key));

	if (!copy)
		return;
	json_object_del(copy, "wire");
	json_object_set_new(to, as, copy);
}

static json_t *place_json(const struct html_page *p, const struct grid_place *place, size_t row, size_t column)
{
	json_t *j = json_pack("{s:I, s:I, s:s, s:s}", "row", (json_int_t)row, "column", (json_int_t)column, "outcome",
			      outcome_name(place->outcome), "codes", place->codes);

	if (place->number < p->cap)
		json_object_set_new(j, "wire", json_integer((json_int_t)p->wire_of[place->number]));
	take(j, "cell", place->end, "cell");
	take(j, "profile", place->end, "profile");
	take(j, "line", place->end, "line");
	take(j, "took", place->end, "took");
	take(j, "reason", place->end, "reason");
	take(j, "saved", place->end, "saved");
	take(j, "again", place->end, "again");
	take(j, "file", place->end, "wire");
	take(j, "attempts", place->end, "attempts");
	take(j, "quarantined", place->end, "quarantined");
	take_failure(j, "failure", place->end, "failure");
	take_failure(j, "later", place->end, "later");
	if (place->change)
		json_object_set_new(j, "change", json_string(grid_change_name(place->change)));
	if (place->was)
		json_object_set_new(j, "was", json_string(place->was));
	return j;
}

/* By number of the place; null for what has not run. */
static json_t *cells_json(const struct html_page *p, const struct grid *g)
{
	json_t *cells = json_array();

	for (size_t i = 0; i < g->n_places; i++)
		json_array_append_new(cells, json_null());
	for (size_t i = 0; i < g->n_rows * g->n_columns; i++) {
		const struct grid_place *place = &g->rows[i / g->n_columns].places[i % g->n_columns];

		if (place->state == GRID_RUN)
			json_array_set_new(cells, place->number, place_json(p, place, i / g->n_columns, i % g->n_columns));
	}
	return cells;
}

static json_t *rows_json(const struct grid *g)
{
	json_t *rows = json_array();

	for (size_t r = 0; r < g->n_rows; r++)
		json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s}", "file", g->rows[r].file, "scenario",
						      g->rows[r].scenario, "summary", g->rows[r].summary, "name",
						      g->rows[r].name));
	return rows;
}

static json_t *columns_json(const struct grid *g)
{
	json_t *columns = json_array();

	for (size_t c = 0; c < g->n_columns; c++)
		json_array_append_new(columns, json_pack("{s:s, s:s, s:s}", "name", g->columns[c].name, "label",
							 g->columns[c].label, "summary", g->columns[c].summary));
	return columns;
}

static void put_data(const struct html_page *p, const struct grid *g, struct buf *out)
{
	json_t *j = html_wires_json(p->wires);

	json_object_set_new(j, "cells", cells_json(p, g));
	json_object_set_new(j, "rows", rows_json(g));
	json_object_set_new(j, "columns", columns_json(g));
	buf_adds(out, "<script type=\"application/json\" id=\"data\">");
	json_text(out, j);
	buf_adds(out, "</script>\n");
	json_decref(j);
}

/* --- the table -------------------------------------------------------------------------------------------------- */

static bool is_run_table(const struct grid *g)
{
	return !*g->columns[0].name;
}

static void put_head_cell(const struct grid *g, size_t c, struct buf *out)
{
	size_t run = 0, bad = 0;

	for (size_t r = 0; r < g->n_rows; r++) {
		const struct grid_place *p = &g->rows[r].places[c];

		run += p->state == GRID_RUN;
		bad += p->state == GRID_RUN && outcome_is_bad(p->outcome);
	}
	buf_addf(out, "<th scope=\"col\" data-column=\"%zu\" title=\"", c);
	html_text(out, g->columns[c].name);
	buf_adds(out, *g->columns[c].summary ? ": " : "");
	html_text(out, g->columns[c].summary);
	buf_adds(out, "\">");
	html_text(out, g->columns[c].label);
	buf_addf(out, "<small>%zu of %zu fail</small></th>", bad, run);
}

/* What the filter looks at beside the row's own words. */
static void put_place(const struct grid *g, size_t row, size_t column, struct buf *out)
{
	static const char *const words[OUTCOME_COUNT] = { "ok", "FAIL", "ERROR", "skip", "xfail", "XPASS" };
	const struct grid_place *p = &g->rows[row].places[column];
	const char *change = grid_change_name(p->change);
	struct report_cell cell;

	if (p->state != GRID_RUN) {
		buf_addf(out, "<td class=\"none\" data-label=\"");
		html_text(out, g->columns[column].label);
		buf_adds(out, p->state == GRID_WAITING ? "\">not run</td>" : "\">\342\200\223</td>");
		return;
	}
	buf_addf(out, "<td class=\"%s%s%s\" data-label=\"", outcome_name(p->outcome), *change ? " " : "", change);
	html_text(out, g->columns[column].label);
	buf_addf(out, "\"><a href=\"#cell=%zu\">%s", p->number, words[p->outcome]);
	if (*p->codes) {
		buf_adds(out, " <b>");
		html_text(out, codes_last(p->codes));
		buf_adds(out, "</b>");
	}
	if (*change)
		element(out, "i", "change", change);
	report_read_cell(&cell, p->end);
	if (cell.flaky)
		element(out, "i", "facet", "flaky");
	if (cell.quarantined)
		element(out, "i", "facet", "quarantined");
	buf_adds(out, "</a></td>");
}

static void put_row(const struct grid *g, size_t row, bool is_alone, struct buf *out)
{
	const struct grid_row *r = &g->rows[row];
	const char *profile = NULL;

	if (is_run_table(g))
		profile = json_string_value(json_object_get(r->places[0].end, "profile"));
	buf_adds(out, "<tr data-row=\"");
	buf_addf(out, "%zu\"><th scope=\"row\" title=\"", row);
	html_text(out, r->name);
	buf_adds(out, "\">");
	element(out, "span", is_alone ? "scenario" : "label", is_alone ? r->scenario : r->label);
	if (is_alone && *r->summary)
		element(out, "span", "summary", r->summary);
	if (profile)
		element(out, "span", "revision", profile);
	buf_adds(out, "</th>");
	for (size_t c = 0; c < g->n_columns; c++)
		put_place(g, row, c, out);
	buf_adds(out, "</tr>\n");
}

static bool is_shown(const struct grid *g, size_t row)
{
	for (size_t c = 0; c < g->n_columns; c++) {
		if (g->rows[row].places[c].state == GRID_RUN || g->rows[row].places[c].state == GRID_WAITING)
			return true;
	}
	return false;
}

static void put_group(const struct grid *g, size_t first, size_t n, struct buf *out)
{
	const struct grid_row *r = &g->rows[first];
	size_t shown = 0;

	for (size_t i = first; i < first + n; i++)
		shown += is_shown(g, i);
	if (!shown)
		return;
	buf_adds(out, "<tbody>\n");
	if (n > 1) {
		buf_addf(out, "<tr class=\"group\"><th colspan=\"%zu\" scope=\"rowgroup\">", g->n_columns + 1);
		element(out, "span", "scenario", r->scenario);
		if (*r->summary)
			element(out, "span", "summary", r->summary);
		element(out, "span", "file", r->file);
		buf_adds(out, "</th></tr>\n");
	}
	for (size_t i = first; i < first + n; i++) {
		if (is_shown(g, i))
			put_row(g, i, n == 1, out);
	}
	buf_adds(out, "</tbody>\n");
}

static void put_table(const struct grid *g, struct buf *out)
{
	buf_addf(out, "<div class=\"frame\" tabindex=\"-1\"><table id=\"table\"><thead><tr><th scope=\"col\">%s</th>",
		 is_run_table(g) ? "cell" : "scenario");
	for (size_t c = 0; c < g->n_columns; c++)
		put_head_cell(g, c, out);
	buf_adds(out, "</tr></thead>\n");
	for (size_t r = 0; r < g->n_rows; r += grid_group(g, r))
		put_group(g, r, grid_group(g, r), out);
	buf_adds(out, "</table><p id=\"nothing\" hidden>No cell matches this filter.</p></div>\n");
}

/* --- head and summary ------------------------------------------------------------------------------------------- */

/* The one script that may run, by its hash: whatever a wire holds cannot be another. */
static void put_policy(struct buf *out)
{
	unsigned char sum[EVP_MAX_MD_SIZE], text[2 * EVP_MAX_MD_SIZE];
	unsigned n = 0;

	EVP_Digest(_binary_report_js_start, (size_t)(_binary_report_js_end - _binary_report_js_start), sum, &n, EVP_sha256(),
		   NULL);
	EVP_EncodeBlock(text, sum, (int)n);
	buf_addf(out,
		 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
		 "script-src 'sha256-%s'\">\n", (char *)text);
}

static void put_head(const struct html_about *about, struct buf *out)
{
	buf_adds(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	put_policy(out);
	buf_adds(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	html_text(out, about->title);
	buf_adds(out, "</title>\n<style>\n");
	buf_add(out, _binary_report_css_start, (size_t)(_binary_report_css_end - _binary_report_css_start));
	buf_adds(out, "</style>\n</head>\n<body>\n");
}

static void put_chip(struct buf *out, const char *kind, const char *value, const char *word, size_t n)
{
	if (n)
		buf_addf(out, "<button type=\"button\" class=\"chip %s\" data-%s=\"%s\" aria-pressed=\"false\"><b>%zu</b> %s</button>\n",
			 value, kind, value, n, word);
}

static void put_chips(const struct grid *g, struct buf *out)
{
	static const char *const words[OUTCOME_COUNT] = { "passed", "failed", "errors", "skipped", "failed as expected",
							   "passed unexpectedly" };
	size_t outcome[OUTCOME_COUNT] = { 0 }, change[CHANGE_COUNT] = { 0 };

	for (size_t i = 0; i < g->n_rows * g->n_columns; i++) {
		const struct grid_place *p = &g->rows[i / g->n_columns].places[i % g->n_columns];

		if (p->state != GRID_RUN)
			continue;
		outcome[p->outcome]++;
		change[p->change]++;
	}
	for (int o = 0; o < OUTCOME_COUNT; o++)
		put_chip(out, "outcome", outcome_name((enum outcome)o), words[o], outcome[o]);
	for (int c = CHANGE_NONE + 1; c < CHANGE_COUNT; c++)
		put_chip(out, "change", grid_change_name((enum grid_change)c), grid_change_name((enum grid_change)c), change[c]);
}

static void put_facts(const struct grid *g, const struct html_about *about, struct buf *out)
{
	buf_addf(out, "<p class=\"facts\">%zu cells", grid_count(g).run);
	if (!is_run_table(g))
		buf_addf(out, " on %zu revisions", g->n_columns);
	buf_addf(out, " in %.1f s \302\267 <span>target ", about->real);
	html_text(out, about->target);
	buf_adds(out, "</span> \302\267 <span>seed ");
	html_text(out, about->seed);
	buf_adds(out, "</span> \302\267 <span>");
	html_text(out, about->started);
	buf_adds(out, "</span>");
	if (about->stopped) {
		buf_adds(out, " \302\267 ");
		element(out, "strong", "stopped", about->stopped);
	}
	buf_adds(out, "</p>\n");
}

static void put_filter(const struct grid *g, struct buf *out)
{
	buf_adds(out, "<form id=\"filter\" role=\"search\" hidden>\n"
		      "<input id=\"text\" type=\"search\" placeholder=\"Filter: words of scenario, variables, codes\" "
		      "aria-label=\"Filter by text\" autocomplete=\"off\" spellcheck=\"false\">\n");
	if (!is_run_table(g)) {
		buf_adds(out, "<select id=\"revision\" aria-label=\"Filter by revision\"><option value=\"\">all revisions</option>");
		for (size_t c = 0; c < g->n_columns; c++) {
			buf_addf(out, "<option value=\"%zu\">", c);
			html_text(out, g->columns[c].label);
			buf_adds(out, "</option>");
		}
		buf_adds(out, "</select>\n");
	}
	buf_adds(out, "<output id=\"shown\" for=\"text\"></output>\n</form>\n");
}

static void put_reason(const json_t *failure, struct buf *out)
{
	const char *step = json_string_value(json_object_get(failure, "step"));

	if (!failure)
		return;
	buf_adds(out, "<small>");
	html_text(out, step ? step : "");
	buf_adds(out, step && *step ? ": " : "");
	html_text(out, json_string_value(json_object_get(failure, "what")));
	buf_adds(out, "</small>");
}

static void put_change(const struct grid *g, size_t row, size_t column, struct buf *out)
{
	const struct grid_place *p = &g->rows[row].places[column];
	struct buf is;

	buf_init(&is, SAID_MAX);
	grid_said(p, &is);
	buf_addf(out, "<li class=\"%s\"><b>%s</b> <a href=\"#cell=%zu\">", grid_change_name(p->change),
		 grid_change_name(p->change), p->number);
	html_text(out, g->rows[row].name);
	buf_adds(out, "</a> on ");
	html_text(out, g->columns[column].label);
	buf_adds(out, p->was ? ": was <q>" : ": ");
	html_text(out, p->was ? p->was : "");
	buf_adds(out, p->was ? "</q>, is <q>" : "<q>");
	html_text(out, buf_str(&is));
	buf_adds(out, "</q>");
	if (outcome_is_bad(p->outcome))
		put_reason(json_object_get(p->end, "failure"), out);
	buf_adds(out, "</li>\n");
	buf_free(&is);
}

static void put_changes_of(const struct grid *g, enum grid_change change, struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n_rows * g->n_columns; i++) {
		const struct grid_place *p = &g->rows[i / g->n_columns].places[i % g->n_columns];

		if (p->state == GRID_RUN && p->change == change && n++ < LISTED_MAX)
			put_change(g, i / g->n_columns, i % g->n_columns, out);
	}
	if (n > LISTED_MAX)
		buf_addf(out, "<li class=\"%s\"><b>%s</b> and %zu more</li>\n", grid_change_name(change), grid_change_name(change),
			 n - LISTED_MAX);
}

static void on_gone(const struct baseline_gone *g, void *ctx)
{
	struct buf *out = ctx;

	buf_adds(out, "<li class=\"gone\"><b>gone</b> ");
	html_text(out, g->row);
	buf_adds(out, " on ");
	html_text(out, g->revision);
	buf_adds(out, ": was <q>");
	html_text(out, g->was);
	buf_adds(out, "</q></li>\n");
}

static void put_changes(const struct grid *g, const struct html_about *about, struct buf *out)
{
	const struct grid_verdict *v = &about->verdict;
	struct buf counts;

	if (!v->baseline)
		return;
	buf_init(&counts, SAID_MAX);
	grid_counts_text(g, v, &counts);
	buf_addf(out, "<details class=\"changes\"%s><summary>", grid_count(g).change[CHANGE_BROKEN] ? " open" : "");
	html_text(out, buf_str(&counts));
	buf_adds(out, "</summary><ul>\n");
	for (int c = CHANGE_NONE + 1; c < CHANGE_COUNT; c++)
		put_changes_of(g, (enum grid_change)c, out);
	baseline_each_gone(v->baseline, g, v->paths, v->n_paths, on_gone, out);
	buf_adds(out, "</ul></details>\n");
	buf_free(&counts);
}

static void put_legend(const struct grid *g, struct buf *out)
{
	buf_adds(out, "<details class=\"legend\"><summary>Legend</summary>\n<p>A number is the last result code of a connect or "
		      "request; \342\200\223 means that the scenario has no such cell. Each cell leads to its wire. Keys: "
		      "<kbd>/</kbd> filter, arrows move between cells, <kbd>Enter</kbd> opens a wire, <kbd>j</kbd> and "
		      "<kbd>k</kbd> the next and previous failure, <kbd>Esc</kbd> closes.</p>\n");
	if (!is_run_table(g))
		buf_adds(out, "<dl>");
	for (size_t c = 0; c < g->n_columns && !is_run_table(g); c++) {
		element(out, "dt", "label", g->columns[c].label);
		buf_adds(out, "<dd><code>");
		html_text(out, g->columns[c].name);
		buf_adds(out, "</code> ");
		html_text(out, g->columns[c].summary);
		buf_adds(out, "</dd>");
	}
	buf_adds(out, is_run_table(g) ? "</details>\n" : "</dl></details>\n");
}

void html_page_write(const struct html_page *p, const struct grid *g, const struct html_about *about, struct buf *out)
{
	put_head(about, out);
	buf_adds(out, "<header><h1>");
	html_text(out, about->title);
	buf_adds(out, "</h1>\n");
	put_facts(g, about, out);
	buf_adds(out, "<button type=\"button\" id=\"theme\" hidden>Theme: auto</button></header>\n<main>\n<div class=\"chips\">\n");
	put_chips(g, out);
	buf_adds(out, "</div>\n");
	put_changes(g, about, out);
	put_legend(g, out);
	put_filter(g, out);
	put_table(g, out);
	buf_adds(out, "</main>\n<aside id=\"detail\" aria-label=\"Wire of a cell\" tabindex=\"-1\" hidden></aside>\n"
		      "<noscript><p>Wires are drawn by a script, which this browser does not run.</p></noscript>\n");
	put_data(p, g, out);
	buf_adds(out, "<script>");
	buf_add(out, _binary_report_js_start, (size_t)(_binary_report_js_end - _binary_report_js_start));
	buf_adds(out, "</script>\n</body>\n</html>\n");
}
