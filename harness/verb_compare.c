/* hil compare A B: two recordings, or all cells of two folders of runs; of more folders see compare_many.h. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "app/emu.h"
#include "harness/compare_many.h"
#include "harness/compare_report.h"
#include "harness/compare_side.h"
#include "harness/pool.h"
#include "harness/terminal.h"
#include "harness/verbs.h"

enum { WIDTH_WITHOUT_TERMINAL = 120 };

static int compare_pair(struct compare_report *r, const struct compare_pair *pair, const char *cell,
			struct divergences *d, struct err *e)
{
	struct compare_side a = { 0 }, b = { 0 };
	struct comparison *c = NULL;
	int err = compare_side_open(&a, pair->a, cell, e);

	err = err ? err : compare_side_open(&b, pair->b, cell, e);
	if (!err) {
		c = compare_new(a.conversation, b.conversation, "A", "B", d);
		err = c ? 0 : err_set(e, -ENOMEM, "out of memory");
	}
	if (!err) {
		r->side.title_a = a.title;
		r->side.title_b = b.title;
		compare_report_cell(r, pair, c);
	}
	compare_free(c);
	compare_side_close(&a);
	compare_side_close(&b);
	return err;
}

static int compare_all(const struct options *o, struct compare_report *r, struct divergences *d, struct err *e)
{
	struct compare_pairs pairs;
	int err = compare_pairs_find(o->pool, o->select.paths.items[0], o->select.paths.items[1], o->compare.cell,
				     &pairs, e);

	if (!err && r->folders)
		err = compare_pairs_select(&pairs, &o->select.filter, &o->select.exclude, e);
	r->single = pairs.n == 1;
	for (size_t i = 0; !err && i < pairs.n; i++) {
		const struct compare_pair *pair = &pairs.items[i];

		if (pair->a && pair->b)
			err = compare_pair(r, pair, r->folders ? NULL : o->compare.cell, d, e);
		else
			compare_report_lone(r, pair);
	}
	return err;
}

static int exit_code(const struct compare_report *r)
{
	if (!r->met) {
		fprintf(stderr, "hil: A and B have %s in common\n", r->folders ? "no cell" : "nothing");
		return HIL_EXIT_EMPTY;
	}
	return r->equal == r->cells ? HIL_EXIT_PASS : HIL_EXIT_FAIL;
}

/* A file, or a revision by any of its names. */
static struct divergences *open_divergences(const char *name, struct err *e)
{
	const struct emu_setup_options o = { .profile = name };
	struct emu_setup *setup = access(name, F_OK) ? emu_setup_load(&o, &(struct err){ 0 }) : NULL;
	struct divergences *d = divergences_open(setup ? emu_setup_profile_name(setup) : name, e);

	emu_setup_free(setup);
	return d;
}

int verb_compare(const struct options *o)
{
	struct compare_report r = {
		.json = o->json,
		.quiet = o->run.verbosity < 0,
		.verbose = o->run.verbosity > 0,
		.path_a = o->select.paths.items[0],
		.path_b = o->select.paths.items[1],
		.folders = compare_is_folder(o->select.paths.items[0]),
		.markdown = o->markdown,
		.side = {
			.width = terminal_width(WIDTH_WITHOUT_TERMINAL),
			.color = terminal_color(o->run.color),
			.times = o->compare.times,
			.all = o->run.verbosity > 0,
		},
	};
	struct divergences *d = NULL;
	struct err e = { 0 };
	int err = 0;

	if (o->compare.divergences) {
		d = open_divergences(o->compare.divergences, &e);
		err = d ? 0 : -EINVAL;
	}
	if (!err && o->select.paths.n > 2) {
		err = compare_many(o, d);
		divergences_free(d);
		return err;
	}
	compare_report_begin(&r);
	err = err ? err : compare_all(o, &r, d, &e);
	if (!err)
		err = compare_report_end(&r, d, &e);
	compare_report_free(&r);
	divergences_free(d);
	if (!err)
		return exit_code(&r);
	fprintf(stderr, "hil: %s\n", e.msg);
	return HIL_EXIT_USAGE;
}
