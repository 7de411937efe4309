/* Text goes out while cells are compared; JSON and Markdown are kept until the end, as both begin with or hold the sum.
 */
#include "harness/compare_report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/compare_tally.h"

enum { FIRST_REASONS = 3 };

static bool on_stdout(const struct compare_report *r)
{
	return !r->json && !(r->markdown && !strcmp(r->markdown, "-"));
}

void compare_report_begin(struct compare_report *r)
{
	r->list = r->json ? json_array() : NULL;
	r->tally = json_object();
	buf_init(&r->page, SIZE_MAX);
}

static void print(const struct buf *b)
{
	fwrite(buf_str(b), 1, b->len, stdout);
}

/* --- one cell ------------------------------------------------------------------------------------------------- */

static void print_row(const struct comparison *c, const struct compare_row *row)
{
	struct buf text;

	buf_init(&text, SIZE_MAX);
	compare_tally_row(c, row, false, &text);
	printf("    %s\n", buf_str(&text));
	buf_free(&text);
}

static void print_reasons(const struct comparison *c)
{
	size_t told = 0, left = 0;

	for (size_t i = 0; i < compare_size(c); i++) {
		const struct compare_row *row = compare_at(c, i);

		if (row->verdict == COMPARE_SAME || row->verdict == COMPARE_DECLARED)
			continue;
		if (told++ < FIRST_REASONS)
			print_row(c, row);
		else
			left++;
	}
	if (left)
		printf("    and %zu more\n", left);
}

static void print_cell(const struct compare_report *r, const struct compare_pair *pair, const struct comparison *c)
{
	bool differs = compare_differs(c);
	struct buf sum;

	if (!differs && !r->verbose)
		return;
	buf_init(&sum, 1 << 16);
	side_by_side_counts(c, &sum);
	printf("%s%-9s%s %s  (%s)\n", r->side.color ? (differs ? "\033[1;31m" : "\033[32m") : "",
	       differs				    ? "different"
	       : compare_count(c, COMPARE_DECLARED) ? "declared"
						    : "same",
	       r->side.color ? "\033[0m" : "", pair->name, buf_str(&sum));
	buf_free(&sum);
	if (differs)
		print_reasons(c);
}

static void print_echo(const struct comparison *c)
{
	size_t commands_a, commands_b, echoed_a, echoed_b;

	compare_echo(c, false, &commands_a, &echoed_a);
	compare_echo(c, true, &commands_b, &echoed_b);
	if (echoed_a * commands_b != echoed_b * commands_a)
		printf("echo, which is not compared: %zu of %zu commands in %s, %zu of %zu in %s\n", echoed_a,
		       commands_a, compare_name(c, false), echoed_b, commands_b, compare_name(c, true));
}

static void print_single(const struct compare_report *r, const struct comparison *c)
{
	struct buf page;

	buf_init(&page, SIZE_MAX);
	side_by_side_text(c, &r->side, &page);
	print(&page);
	buf_free(&page);
	print_echo(c);
}

static void add_json(struct compare_report *r, const struct compare_pair *pair, const struct comparison *c)
{
	json_t *j = side_by_side_json(c);

	json_object_set_new(j, "a", json_string(pair->a));
	json_object_set_new(j, "b", json_string(pair->b));
	json_object_set_new(j, "cell", *pair->name ? json_string(pair->name) : json_null());
	json_object_set_new(j, "differs", json_boolean(compare_differs(c)));
	json_array_append_new(r->list, j);
}

static void add_markdown(struct compare_report *r, const struct compare_pair *pair, const struct comparison *c)
{
	if (r->folders && !compare_differs(c) && !r->verbose)
		return;
	if (r->folders) {
		buf_addf(&r->page, "### %s\n\n", pair->name);
		side_by_side_counts(c, &r->page);
		buf_adds(&r->page, "\n\n");
	}
	side_by_side_markdown(c, &r->side, &r->page);
	buf_adds(&r->page, "\n");
}

static bool is_paired(const struct comparison *c)
{
	return compare_count(c, COMPARE_SAME) || compare_count(c, COMPARE_DECLARED) ||
	       compare_count(c, COMPARE_DIFFERENT);
}

void compare_report_cell(struct compare_report *r, const struct compare_pair *pair, const struct comparison *c)
{
	for (int v = 0; v < COMPARE_VERDICTS; v++)
		r->counts[v] += compare_count(c, (enum compare_verdict)v);
	compare_tally_add(r->tally, r->cells++, c);
	r->equal += !compare_differs(c);
	if (!r->first && compare_differs(c))
		r->first = strdup(pair->name);
	r->met = r->met || r->folders || is_paired(c);
	if (r->json)
		add_json(r, pair, c);
	if (r->markdown)
		add_markdown(r, pair, c);
	if (!on_stdout(r) || r->quiet)
		return;
	if (r->single)
		print_single(r, c);
	else
		print_cell(r, pair, c);
}

void compare_report_lone(struct compare_report *r, const struct compare_pair *pair)
{
	r->only_a += pair->a != NULL;
	r->only_b += pair->b != NULL;
	if (on_stdout(r) && r->verbose)
		printf("only in %s %s\n", pair->a ? "A" : "B", pair->name);
	if (r->json)
		json_array_append_new(r->list,
				      json_pack("{s:s, s:s*, s:s*}", "cell", pair->name, "a", pair->a, "b", pair->b));
}

/* --- the end -------------------------------------------------------------------------------------------------- */

/* Entries that were of no use. Where one's exchanges were there with other answers, their rows say so. */
static void tell_divergences(const struct compare_report *r, const struct divergences *d, struct buf *out)
{
	size_t idle = 0;

	for (size_t i = 0; d && i < divergences_size(d); i++) {
		const struct divergence *one = divergences_at(d, i);

		idle += !one->held;
		if (r->verbose && !one->held)
			buf_addf(out, "%s:%u: not used: %s matched %u exchange%s, none with the pinned answers\n",
				 one->file, one->line, one->subject, one->met, one->met == 1 ? "" : "s");
	}
	if (idle)
		buf_addf(out, "%zu of %zu declared differences not used%s\n", idle, divergences_size(d),
			 r->verbose ? "" : " (-v lists them)");
}

static void tell_sum(const struct compare_report *r, struct buf *out)
{
	if (r->folders)
		buf_addf(out, "%zu cells: %zu same or declared, %zu different, %zu only in A, %zu only in B; ",
			 r->cells, r->equal, r->cells - r->equal, r->only_a, r->only_b);
	buf_adds(out, "exchanges: ");
	side_by_side_sum(r->counts, "A", "B", out);
	buf_addc(out, '\n');
}

static json_t *divergences_json(const struct divergences *d)
{
	json_t *list = json_array();

	for (size_t i = 0; d && i < divergences_size(d); i++) {
		const struct divergence *one = divergences_at(d, i);

		json_array_append_new(list,
				      json_pack("{s:s, s:i, s:s, s:i, s:i}", "file", one->file, "line", (int)one->line,
						"subject", one->subject, "met", (int)one->met, "held", (int)one->held));
	}
	return list;
}

static int print_json(struct compare_report *r, const struct divergences *d)
{
	json_t *counts = json_object(), *j;
	char *text;

	for (int v = 0; v < COMPARE_VERDICTS; v++)
		json_object_set_new(counts, compare_verdict_name((enum compare_verdict)v),
				    json_integer((json_int_t)r->counts[v]));
	j = json_pack("{s:i, s:o, s:O, s:o}", "schema", 1, "counts", counts, "cells", r->list, "divergences",
		      divergences_json(d));
	text = j ? json_dumps(j, JSON_INDENT(1) | JSON_REAL_PRECISION(12)) : NULL;
	if (text)
		puts(text);
	free(text);
	json_decref(j);
	return text ? 0 : -ENOMEM;
}

static int write_markdown(struct compare_report *r, struct err *e)
{
	bool to_stdout = !strcmp(r->markdown, "-");
	FILE *f = to_stdout ? stdout : fopen(r->markdown, "we");
	int err = f ? 0 : -errno;

	if (!err && fwrite(buf_str(&r->page), 1, r->page.len, f) != r->page.len)
		err = -EIO;
	if (f && !to_stdout && fclose(f) && !err)
		err = -errno;
	return err ? err_set(e, err, "%s: %s", r->markdown, strerror(-err)) : 0;
}

int compare_report_end(struct compare_report *r, const struct divergences *d, struct err *e)
{
	struct buf text;
	int err = 0;

	buf_init(&text, SIZE_MAX);
	tell_divergences(r, d, &text);
	if (!r->single && !r->quiet)
		compare_tally_tell(r->tally, &text);
	if (on_stdout(r) && !r->single && !r->quiet && r->first)
		buf_addf(&text, "side by side: hil compare %s %s --cell '%s'\n", r->path_a, r->path_b, r->first);
	tell_sum(r, &text);
	if (on_stdout(r))
		print(&text);
	if (r->markdown) {
		buf_add(&r->page, buf_str(&text), text.len);
		err = write_markdown(r, e);
	}
	if (r->json && print_json(r, d) && !err)
		err = err_set(e, -ENOMEM, "out of memory");
	buf_free(&text);
	return err;
}

void compare_report_free(struct compare_report *r)
{
	free(r->first);
	buf_free(&r->page);
	json_decref(r->list);
	json_decref(r->tally);
}
