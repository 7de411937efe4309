/* The report as text: verdict, revision, what was assumed, both conversations, causes, changes. */
#include "harness/reproduce/tell.h"

#include <string.h>

#include "harness/reproduce/cause.h"
#include "harness/reproduce/outcome.h"
#include "harness/wire/side_by_side.h"

enum { CLUES_MAX = 6, RESULT_WIDTH = 22, LINE_INDENT = 13, ALL_MAX = 12, LINE_MAX_BYTES = 1 << 16 };

struct page {
	const struct reproduction *r;
	struct buf *out;
	unsigned width;
	bool color, all;
};

static void heading(struct page *p, const char *text)
{
	buf_addf(p->out, p->color ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text);
}

/* Where the last piece of text that fits into n columns ends. */
static size_t break_at(const char *s, size_t n)
{
	size_t at = n;

	if (strlen(s) <= n)
		return strlen(s);
	while (at && s[at] != ' ')
		at--;
	return at ? at : n;
}

/* Text broken at blanks; every line but the first begins with indent blanks. */
static void wrap(struct page *p, const char *text, unsigned indent, unsigned used)
{
	size_t room = p->width > indent + 20 ? p->width - indent : 20,
	       first = p->width > used + 20 ? p->width - used : 20;

	for (size_t n = break_at(text, first); *text; n = break_at(text, room)) {
		buf_add(p->out, text, n);
		buf_addc(p->out, '\n');
		text += n;
		text += strspn(text, " ");
		if (*text)
			buf_addf(p->out, "%*s", (int)indent, "");
	}
}

static void wrap_lines(struct page *p, const char *text)
{
	char line[4096];

	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n >= sizeof(line))
			n = sizeof(line) - 1;
		memcpy(line, text, n);
		line[n] = '\0';
		wrap(p, line, 2, 0);
		text += n;
		text += *text == '\n';
	}
}

static void put_verdict(struct page *p)
{
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES);
	cause_verdict(p->r, &b);
	wrap_lines(p, buf_str(&b));
	buf_free(&b);
}

static void put_line(struct page *p, unsigned line)
{
	if (line)
		buf_addf(p->out, "  line %-5u ", line);
	else
		buf_addf(p->out, "  %-10s ", "");
}

/* --- revision and assumptions ---------------------------------------------------------------------------------- */

static void put_clue(struct page *p, const struct clue *c)
{
	if (c->points)
		buf_addf(p->out, "  %+4d  ", c->points);
	if (c->line)
		buf_addf(p->out, "line %u, ", c->line);
	buf_addf(p->out, "%s%s%s\n", c->what, *c->text ? ": " : "", c->text);
}

static void put_revision(struct page *p)
{
	const struct reproduction *r = p->r;
	const struct ranked *best = &r->ranked[0];

	heading(p, "Revision");
	if (r->given) {
		buf_addf(p->out, "  %s, as asked for; the log speaks for %s (%d points)\n", r->revision->name,
			 best->revision->name, best->score);
		return;
	}
	buf_addf(p->out, "  %s", r->revision->name);
	for (size_t i = 0; i < r->revisions.n && best->revision != r->revision; i++)
		best = &r->ranked[i];
	buf_addf(p->out, " (%d points)", best->score);
	if (r->revisions.n > 1)
		buf_addf(p->out, "; next is %s (%d)", r->ranked[best == r->ranked].revision->name,
			 r->ranked[best == r->ranked].score);
	buf_adds(p->out, best->named ? "\n" : "; the text names none\n");
	for (size_t i = 0; i < best->n_clues && i < CLUES_MAX; i++)
		put_clue(p, &best->clues[i]);
}

/* On one line where both fit. */
static void put_assumption(struct page *p, const struct assumption *a)
{
	put_line(p, a->line);
	if (LINE_INDENT + strlen(a->what) + strlen(a->why) + 5 <= p->width) {
		buf_addf(p->out, "%s  - %s\n", a->what, a->why);
		return;
	}
	wrap(p, a->what, LINE_INDENT + 4, LINE_INDENT);
	buf_addf(p->out, "%*s- ", LINE_INDENT + 2, "");
	wrap(p, a->why, LINE_INDENT + 4, LINE_INDENT + 4);
}

static void put_assumed(struct page *p)
{
	const struct tale *s = &p->r->tale;

	for (size_t i = 0; i < s->n_assumed; i++) {
		if (!i || s->assumed[i].before != s->assumed[i - 1].before)
			heading(p, s->assumed[i].before ? "Assumed, before the log begins" : "Assumed, within the log");
		put_assumption(p, &s->assumed[i]);
	}
}

/* Assumed commands that the emulated revision does not take. */
static bool is_refused(const struct reproduction *r, size_t i)
{
	const struct outcome o = outcome_of(r->play.results[i]);

	return r->tale.script.acts[i].kind == ACT_SILENT && !o.ok;
}

static size_t count_refused(const struct reproduction *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->tale.script.n; i++)
		n += is_refused(r, i);
	return n;
}

/* One remark, broken where the page ends. */
static void put_remark(struct page *p, const struct buf *text)
{
	buf_adds(p->out, "  ");
	wrap(p, buf_str(text), 4, 2);
}

static void put_losses(struct page *p)
{
	const struct losses *all = &p->r->losses;
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES);
	for (size_t i = 0; i < all->n; i++) {
		const struct loss *l = &all->items[i];
		const struct act *a = &p->r->tale.script.acts[l->act];

		buf_reset(&b);
		buf_addf(&b, "line %u, %s: %zu of %zu bytes came; a ring of %u bytes, emptied at %u byte/ms, keeps %zu",
			 a->line, a->command, l->seen, l->whole, loss_ring_bytes(), loss_drain_bytes_per_ms(), l->kept);
		put_remark(p, &b);
	}
	buf_reset(&b);
	for (size_t i = 0; all->n && i < LOSS_REMEDIES_MAX && all->remedies[i]; i++)
		buf_addf(&b, "%s%s", i ? "; " : "all of it comes with ", all->remedies[i]);
	if (b.len)
		put_remark(p, &b);
	buf_free(&b);
}

static void put_refused(struct page *p)
{
	const struct reproduction *r = p->r;

	for (size_t i = 0; i < r->tale.script.n; i++) {
		if (is_refused(r, i))
			buf_addf(p->out, "  %s, assumed, is answered %s by %s\n", r->tale.script.acts[i].command,
				 r->play.results[i] ? r->play.results[i] : "by nothing", r->revision->name);
	}
}

static void put_remarks(struct page *p)
{
	const struct tale *s = &p->r->tale;

	if (!s->n_unknown && !s->listed && !p->r->n_cuts && !count_refused(p->r))
		return;
	heading(p, "Remarks");
	if (s->listed)
		buf_addf(p->out, "  %u commands are lists without answers: they are looked at, not played\n",
			 s->listed);
	if (p->r->n_cuts)
		buf_addf(p->out, "  %zu answer%s only in part in the log\n", p->r->n_cuts,
			 p->r->n_cuts > 1 ? "s are" : " is");
	put_losses(p);
	put_refused(p);
	for (size_t i = 0; i < s->n_unknown; i++)
		buf_addf(p->out, "  line %u: which command this answers cannot be told; it is not played\n",
			 s->unknown[i]);
}

/* --- both conversations ---------------------------------------------------------------------------------------- */

static void put_outcomes(struct page *p)
{
	const struct tale *s = &p->r->tale;

	if (s->n_goals < 2)
		return;
	heading(p, "Outcomes");
	for (size_t i = 0; i < s->n_goals; i++) {
		const char *result = reproduction_result(p->r, i);
		const struct outcome a = outcome_of(s->goals[i].seen), b = outcome_of(result);

		put_line(p, s->goals[i].line);
		buf_addf(p->out, "%-*s %s %s\n", RESULT_WIDTH, s->goals[i].seen ? s->goals[i].seen : "(no answer)",
			 a.code == b.code && a.ok == b.ok ? "=" : "|", result ? result : "(no answer)");
	}
}

static void put_talks(struct page *p)
{
	const struct side_options o = {
		.width = p->width,
		.color = p->color,
		.all = p->all || compare_size(p->r->comparison) <= ALL_MAX,
	};
	struct buf counts;

	buf_init(&counts, LINE_MAX_BYTES);
	heading(p, "Conversation");
	side_by_side_text(p->r->comparison, &o, p->out);
	side_by_side_counts(p->r->comparison, &counts);
	buf_addf(p->out, "  %s\n", buf_str(&counts));
	buf_free(&counts);
}

/* --- causes ---------------------------------------------------------------------------------------------------- */

static void put_cause(struct page *p, const struct cause *c)
{
	struct buf source;

	buf_addf(p->out, "    %-6s ", c->rule);
	wrap(p, c->text, 11, 11);
	if (!c->quirk)
		return;
	buf_init(&source, LINE_MAX_BYTES);
	cause_source(c, &source);
	buf_addf(p->out, "%*s", 11, "");
	wrap(p, buf_str(&source), 11, 11);
	buf_free(&source);
}

static void put_whys(struct page *p)
{
	const struct reproduction *r = p->r;
	bool any = false;

	for (size_t i = 0; i < r->play.n_whys; i++) {
		const struct why_note *w = &r->play.whys[i];
		const struct act *a = &r->tale.script.acts[w->act];

		if (a->kind == ACT_SILENT || !a->command)
			continue;
		if (!any)
			heading(p, "Why");
		any = true;
		buf_addf(p->out, "  %s (%s", r->play.results[w->act] ? r->play.results[w->act] : "no answer",
			 w->family);
		if (w->code >= 0)
			buf_addf(p->out, " %d", w->code);
		buf_addf(p->out, "%s%s) to %.60s\n", *w->meaning ? ", " : "", w->meaning, a->command);
		for (size_t k = 0; k < w->n_causes; k++)
			put_cause(p, &w->causes[k]);
	}
}

/* --- changes --------------------------------------------------------------------------------------------------- */

/* The quirk behind the failure, as the other revision has it. */
static void put_evidence(struct page *p, const struct tried *t)
{
	const struct reproduction *r = p->r;
	const struct cause *c = cause_first(reproduction_why(r, r->focus));
	const char *value, *confidence, *evidence;

	if (!t->ok || !t->a->revision || !c || !c->quirk)
		return;
	value = revision_quirk(t->a->revision, r->log->pool, c->quirk, &confidence, &evidence);
	if (value)
		buf_addf(p->out, "%*s%s=%s, %s%s%s\n", 14 + RESULT_WIDTH, "", c->quirk, value, confidence,
			 *evidence ? ", " : "", evidence);
}

static void put_tried(struct page *p, const struct tried *t)
{
	const struct cause *base = cause_first(reproduction_why(p->r, p->r->focus));
	const char *word = t->refused ? "refused" : t->ok ? "works" : "fails";

	buf_addf(p->out, "%c %-8s %-*s ", t == p->r->search.best ? '*' : ' ', word, RESULT_WIDTH,
		 t->result ? t->result : "(no answer)");
	buf_addf(p->out, "%s%s%s", t->a->what, t->b ? " together with " : "", t->b ? t->b->what : "");
	if (*t->a->note)
		buf_addf(p->out, " (%s)", t->a->note);
	if (t->cause && base && !t->refused && strcmp(t->cause->rule, base->rule)) {
		buf_addf(p->out, " - %s, ", t->cause->rule);
		cause_layer(t->cause, p->out);
	}
	buf_addc(p->out, '\n');
	put_evidence(p, t);
}

static void put_changes(struct page *p)
{
	const struct search *s = &p->r->search;

	if (!p->r->searched)
		return;
	heading(p, "Changes, tried in virtual time");
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < s->n; i++) {
			if ((s->tried[i].ok && !s->tried[i].refused) == !pass)
				put_tried(p, &s->tried[i]);
		}
	}
	buf_addf(p->out,
		 "  %u runs; * is the smallest: a setting before a certificate, firmware, another broker, another "
		 "module\n",
		 s->runs);
}

void tell_text(const struct reproduction *r, const struct tell_options *o, struct buf *out)
{
	struct page p = {
		.r = r, .out = out, .width = o->width < 40 ? 40 : o->width, .color = o->color, .all = o->all
	};

	put_verdict(&p);
	if (o->verdict_only)
		return;
	put_revision(&p);
	put_assumed(&p);
	put_remarks(&p);
	put_outcomes(&p);
	put_talks(&p);
	put_whys(&p);
	put_changes(&p);
}
