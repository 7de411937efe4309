/*
 * From two conversations to rows with verdicts. The alignment is align.h's, the texts are turns.h's; here they become
 * pairs, what came unasked finds its twin across a command, and each row is judged.
 */
#include "harness/wire/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/wire/align.h"
#include "harness/wire/compare_reason.h"
#include "harness/wire/turns.h"

enum {
	COMMAND_WORTH = 40,
	UNSOLICITED_WORTH = 10,
	LINE_WORTH = 10,
	FINAL_WORTH = 400,
	REASONS_MAX_BYTES = 1 << 30,
	TWIN_ROWS = 256
};

struct comparison {
	struct turns a, b;
	struct compare_names names;
	struct divergences *divergences;
	struct compare_row *rows;
	size_t n;
	struct compare_line *lines; /* of all rows */
	size_t n_lines;
	struct buf reasons;
	size_t counts[COMPARE_VERDICTS];
};

/* One row while it is made: which turns, and where its reason is. */
struct draft {
	const struct turn *a, *b;
	size_t reason;
	size_t first_line;
	bool gone;		/* merged into another one */
	const char *moved_past; /* the command that B has on the other side of this line */
	bool moved_late;	/* B has it after that command */
};

const char *compare_verdict_name(enum compare_verdict verdict)
{
	static const char *const names[] = {
		[COMPARE_SAME] = "same",	[COMPARE_DECLARED] = "declared", [COMPARE_DIFFERENT] = "different",
		[COMPARE_ONLY_A] = "only in A", [COMPARE_ONLY_B] = "only in B",
	};

	return names[verdict];
}

/* --- alignment ------------------------------------------------------------------------------------------------ */

static struct align_item *items_of(const struct turns *t)
{
	struct align_item *items = calloc(t->n + 1, sizeof(*items));

	for (size_t i = 0; items && i < t->n; i++) {
		const struct turn *turn = &t->items[i];

		items[i] = (struct align_item){
			.key = turn->command ? turn->command : turn->answer,
			.near = turn->near,
			.answer = turn->all,
			.worth = turn->command ? COMMAND_WORTH : UNSOLICITED_WORTH,
		};
	}
	return items;
}

static struct draft *align_turns(const struct comparison *c, size_t *n)
{
	struct align_item *a = items_of(&c->a), *b = items_of(&c->b);
	struct align_pair *pairs = NULL;
	struct draft *drafts = NULL;

	if (a && b && !align(a, c->a.n, b, c->b.n, &pairs, n))
		drafts = calloc(*n + 1, sizeof(*drafts));
	for (size_t i = 0; drafts && i < *n; i++) {
		drafts[i].a = pairs[i].a == ALIGN_NONE ? NULL : &c->a.items[pairs[i].a];
		drafts[i].b = pairs[i].b == ALIGN_NONE ? NULL : &c->b.items[pairs[i].b];
	}
	free(pairs);
	free(a);
	free(b);
	return drafts;
}

/* --- unsolicited lines ---------------------------------------------------------------------------------------- */

static bool is_lone(const struct draft *d)
{
	const struct turn *t = d->a ? d->a : d->b;

	return !d->gone && !d->a != !d->b && !t->command;
}

/*
 * What the modem says unasked comes when it comes, and whether the host has sent its next command by then is the host's
 * time. So a line finds its twin past one command. Past other unsolicited lines it does not: their order is the
 * modem's.
 */
static size_t find_twin(const struct draft *drafts, size_t n, size_t i)
{
	const char *line = (drafts[i].a ? drafts[i].a : drafts[i].b)->answer;
	unsigned commands = 0;

	for (size_t k = i + 1; k < n && k - i < TWIN_ROWS && commands <= 1; k++) {
		const struct draft *d = &drafts[k];
		const struct turn *t = d->a ? d->a : d->b;

		if (d->gone)
			continue;
		if (t->command) {
			commands++;
			continue;
		}
		if (!d->a == !drafts[i].a && !d->b == !drafts[i].b)
			continue;
		return commands && is_lone(d) && !strcmp(t->answer, line) ? k : n;
	}
	return n;
}

static const char *command_between(const struct draft *drafts, size_t from, size_t to)
{
	for (size_t k = from + 1; k < to; k++) {
		const struct turn *t = drafts[k].a ? drafts[k].a : drafts[k].b;

		if (!drafts[k].gone && t->command)
			return t->x->command;
	}
	return "";
}

static void join_twins(struct draft *drafts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t twin = is_lone(&drafts[i]) ? find_twin(drafts, n, i) : n;

		if (twin == n)
			continue;
		drafts[i].moved_past = command_between(drafts, i, twin);
		drafts[i].moved_late = drafts[i].a != NULL;
		if (drafts[i].a)
			drafts[i].b = drafts[twin].b;
		else
			drafts[i].a = drafts[twin].a;
		drafts[twin].gone = true;
	}
}

/* --- lines of a row ------------------------------------------------------------------------------------------- */

static void add_line(struct comparison *c, const struct turn_line *a, const struct turn_line *b)
{
	c->lines[c->n_lines++] = (struct compare_line){
		.a = a ? a->line : NULL,
		.b = b ? b->line : NULL,
		.same = a && b && !strcmp(a->text, b->text),
	};
}

/* The final result is what the others are before or after, so it counts for more than they do. */
static void line_items(const struct turn *t, struct align_item *items)
{
	for (size_t i = 0; i < t->n_lines; i++) {
		unsigned worth = t->lines[i].line->role == LINE_FINAL ? FINAL_WORTH : LINE_WORTH;

		items[i] = (struct align_item){ t->lines[i].text, t->lines[i].kind, "", worth };
	}
}

/* 0 or -ENOMEM. */
static int align_lines(struct comparison *c, const struct turn *a, const struct turn *b)
{
	struct align_item *items = calloc(a->n_lines + b->n_lines + 1, sizeof(*items));
	struct align_pair *pairs = NULL;
	size_t n = 0;
	int err;

	if (!items)
		return -1;
	line_items(a, items);
	line_items(b, items + a->n_lines);
	err = align(items, a->n_lines, items + a->n_lines, b->n_lines, &pairs, &n);
	for (size_t i = 0; i < n; i++)
		add_line(c, pairs[i].a == ALIGN_NONE ? NULL : &a->lines[pairs[i].a],
			 pairs[i].b == ALIGN_NONE ? NULL : &b->lines[pairs[i].b]);
	free(pairs);
	free(items);
	return err;
}

static int pair_lines(struct comparison *c, const struct draft *d)
{
	if (d->a && d->b)
		return align_lines(c, d->a, d->b);
	for (size_t i = 0; d->a && i < d->a->n_lines; i++)
		add_line(c, &d->a->lines[i], NULL);
	for (size_t i = 0; d->b && i < d->b->n_lines; i++)
		add_line(c, NULL, &d->b->lines[i]);
	return 0;
}

/* --- verdicts ------------------------------------------------------------------------------------------------- */

static bool texts_equal(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Rows of normalise that made two texts equal which are not. */
static uint32_t replaced_in(const struct draft *d)
{
	uint32_t set = 0;

	if (d->a->command && strcmp(d->a->x->command, d->b->x->command))
		set |= d->a->command_replaced | d->b->command_replaced;
	if (d->a->data && strcmp(d->a->x->data, d->b->x->data))
		set |= d->a->data_replaced | d->b->data_replaced;
	for (size_t i = 0; i < d->a->n_lines && i < d->b->n_lines; i++) {
		const struct turn_line *a = &d->a->lines[i], *b = &d->b->lines[i];

		if (strcmp(a->line->text, b->line->text))
			set |= a->replaced | b->replaced;
	}
	return set;
}

static void tell_same(struct comparison *c, const struct draft *d)
{
	uint32_t replaced = replaced_in(d);

	if (d->moved_past) {
		buf_addf(&c->reasons, "%s ", d->moved_late ? "after" : "before");
		compare_quote(d->moved_past, strlen(d->moved_past), &c->reasons);
		buf_addf(&c->reasons, " in %s%s", c->names.b, replaced ? "; " : "");
	}
	if (replaced) {
		buf_adds(&c->reasons, "apart from ");
		normalise_names(replaced, &c->reasons);
	}
}

/* The reason of the row before ends in NUL, so that another last byte belongs to this row. */
static void tell_pin(struct comparison *c, const struct divergence *pin)
{
	bool more = c->reasons.len && buf_str(&c->reasons)[c->reasons.len - 1];

	buf_addf(&c->reasons, "%s%s:%u pins other answers", more ? "; " : "", pin->file, pin->line);
}

/* A command that only one side has, or with other arguments, is the host's doing: no answer to it can be declared. */
static const struct divergence *judge(struct comparison *c, const struct draft *d, const struct divergence **other)
{
	const struct turn *t = d->a ? d->a : d->b;
	const char *subject = t->command ? t->x->command : t->answer;
	const struct divergence *hit;
	struct buf view;

	*other = NULL;
	if (t->command && !(d->a && d->b && texts_equal(d->a->command, d->b->command)))
		return NULL;
	buf_init(&view, SIZE_MAX);
	if (t->command)
		str_escape(&view, subject, strlen(subject));
	else
		buf_add(&view, subject, strcspn(subject, "\n"));
	hit = divergences_judge(c->divergences, !t->command, buf_str(&view), d->a ? d->a->answer : "",
				d->b ? d->b->answer : "", other);
	buf_free(&view);
	return hit;
}

/* Where a recording ends, what is missing may only not have been waited for. */
static void tell_end(struct comparison *c, const struct draft *d)
{
	bool a_ends = d->a == &c->a.items[c->a.n - 1] && d->a->n_lines < d->b->n_lines;
	bool b_ends = d->b == &c->b.items[c->b.n - 1] && d->b->n_lines < d->a->n_lines;

	if (a_ends || b_ends)
		buf_addf(&c->reasons, " (%s ends here)", a_ends ? c->names.a : c->names.b);
}

static bool is_same(const struct draft *d)
{
	return d->a && d->b && texts_equal(d->a->command, d->b->command) && !strcmp(d->a->all, d->b->all) &&
	       !d->a->data == !d->b->data;
}

static enum compare_verdict verdict_of(struct comparison *c, const struct draft *d, struct compare_row *row)
{
	const struct divergence *other, *pin = judge(c, d, &other);

	if (is_same(d)) {
		tell_same(c, d);
		return COMPARE_SAME;
	}
	if (pin) {
		row->declared = pin;
		buf_addf(&c->reasons, "%s (%s)", pin->reason, pin->evidence);
		return COMPARE_DECLARED;
	}
	if (d->a && d->b) {
		compare_reason(d->a, d->b, row->lines, row->n_lines, &c->names, &c->reasons);
		tell_end(c, d);
	}
	if (other)
		tell_pin(c, other);
	if (d->a && d->b)
		return COMPARE_DIFFERENT;
	return d->a ? COMPARE_ONLY_A : COMPARE_ONLY_B;
}

static int make_row(struct comparison *c, struct draft *d)
{
	struct compare_row *row = &c->rows[c->n++];
	int err;

	d->first_line = c->n_lines;
	err = pair_lines(c, d);
	row->a = d->a ? d->a->x : NULL;
	row->b = d->b ? d->b->x : NULL;
	row->lines = &c->lines[d->first_line];
	row->n_lines = c->n_lines - d->first_line;
	d->reason = c->reasons.len;
	row->verdict = verdict_of(c, d, row);
	buf_addc(&c->reasons, '\0');
	c->counts[row->verdict]++;
	return err;
}

static int make_rows(struct comparison *c)
{
	size_t n = 0, row = 0;
	struct draft *drafts = align_turns(c, &n);
	int err = drafts ? 0 : -1;

	c->rows = calloc(n + 1, sizeof(*c->rows));
	if (!c->rows || err) {
		free(drafts);
		return -1;
	}
	join_twins(drafts, n);
	for (size_t i = 0; i < n && !err; i++) {
		if (!drafts[i].gone)
			err = make_row(c, &drafts[i]);
	}
	for (size_t i = 0; i < n && !err; i++) {
		if (!drafts[i].gone)
			c->rows[row++].reason = buf_str(&c->reasons) + drafts[i].reason;
	}
	free(drafts);
	return err;
}

/* --- public --------------------------------------------------------------------------------------------------- */

static size_t lines_of(const struct turns *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += t->items[i].n_lines;
	return n;
}

struct comparison *compare_new(const struct conversation *a, const struct conversation *b, const char *name_a,
			       const char *name_b, struct divergences *d)
{
	struct comparison *c = calloc(1, sizeof(*c));
	struct normaliser *n = normaliser_new();
	int err = c && n ? 0 : -1;

	if (!err) {
		c->names = (struct compare_names){ name_a ? name_a : "A", name_b ? name_b : "B" };
		c->divergences = d;
		buf_init(&c->reasons, REASONS_MAX_BYTES);
		err = turns_init(&c->a, a, n);
		err = err ? err : turns_init(&c->b, b, n);
	}
	if (!err) {
		c->lines = calloc(lines_of(&c->a) + lines_of(&c->b) + 1, sizeof(*c->lines));
		err = c->lines ? make_rows(c) : -1;
	}
	normaliser_free(n);
	if (!err)
		return c;
	compare_free(c);
	return NULL;
}

void compare_free(struct comparison *c)
{
	if (!c)
		return;
	turns_free(&c->a);
	turns_free(&c->b);
	buf_free(&c->reasons);
	free(c->rows);
	free(c->lines);
	free(c);
}

size_t compare_size(const struct comparison *c)
{
	return c->n;
}

const struct compare_row *compare_at(const struct comparison *c, size_t i)
{
	return &c->rows[i];
}

const char *compare_name(const struct comparison *c, bool of_b)
{
	return of_b ? c->names.b : c->names.a;
}

size_t compare_count(const struct comparison *c, enum compare_verdict verdict)
{
	return c->counts[verdict];
}

bool compare_differs(const struct comparison *c)
{
	return c->counts[COMPARE_DIFFERENT] || c->counts[COMPARE_ONLY_A] || c->counts[COMPARE_ONLY_B];
}

void compare_echo(const struct comparison *c, bool of_b, size_t *commands, size_t *echoed)
{
	const struct turns *t = of_b ? &c->b : &c->a;

	*commands = *echoed = 0;
	for (size_t i = 0; i < t->n; i++) {
		*commands += t->items[i].command != NULL;
		*echoed += t->items[i].echoed;
	}
}

bool compare_took(const struct exchange *x, uint64_t *us)
{
	const struct exchange_line *last = x->n_lines ? &x->lines[x->n_lines - 1] : NULL;

	if (!x->command || !last || last->role == LINE_ECHO || last->t_us < x->t_us)
		return false;
	*us = last->t_us - x->t_us;
	return true;
}
