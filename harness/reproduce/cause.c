/* Words for rules (facts quirks 1.7), and the sentences of the verdict. */
#include "harness/reproduce/cause.h"

#include <string.h>
#include <strings.h>

#include "harness/wire/exchange_rows.h"

static const struct layer {
	const char *rule, *words;
} layers[] = {
	{ "R1", "the certificate files on the modem" },
	{ "R2", "the modem's own TLS stack" },
	{ "R3", "the broker, which refuses clients that name no server" },
	{ "R4", "the broker, which finds its tenant by the server name" },
	{ "R7", "the store of certificates" },
	{ "x509", "the verification of the server" },
	{ "cert", "the certificate files on the modem" },
	{ "tls", "the TLS handshake" },
	{ "ssl", "the SSL settings" },
	{ "connack", "the broker's answer to the MQTT CONNECT" },
	{ "broker", "the broker" },
	{ "fault", "the server" },
	{ "dns", "the name" },
	{ "tcp", "the network" },
	{ "fs", "the file system" },
	{ "cmux", "the multiplexer" },
	{ "state", "the order of the commands" },
	{ "timeout", "an answer that did not come" },
};

static const char *layer_of(const char *rule)
{
	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
		if (!strcmp(layers[i].rule, rule))
			return layers[i].words;
	}
	return NULL;
}

/* What only maps a cause to a number is none. */
static bool is_mapping(const struct cause *c)
{
	return !strcmp(c->rule, "code") || !strcmp(c->rule, "table");
}

static bool is_numbered(const struct cause *c)
{
	return c->rule[0] == 'R' && c->rule[1] >= '1' && c->rule[1] <= '9';
}

const struct cause *cause_first(const struct why_note *why)
{
	const struct cause *first = NULL;

	for (size_t i = 0; why && i < why->n_causes; i++) {
		const struct cause *c = &why->causes[i];

		if (!is_mapping(c) && (!first || (is_numbered(c) && !is_numbered(first))))
			first = c;
	}
	return first;
}

const struct cause *cause_of_act(const struct play *p, size_t act)
{
	for (size_t i = p->n_whys; i-- > 0;) {
		if (p->whys[i].act == act)
			return cause_first(&p->whys[i]);
	}
	return NULL;
}

void cause_layer(const struct cause *c, struct buf *out)
{
	const char *words = layer_of(c->rule);

	buf_adds(out, words ? words : c->rule);
}

void cause_source(const struct cause *c, struct buf *out)
{
	if (!c->quirk)
		return;
	buf_addf(out, "%s=%s, %s", c->quirk, c->value, c->confidence);
	if (*c->evidence)
		buf_addf(out, ", %s", c->evidence);
}

/* --- the verdict ----------------------------------------------------------------------------------------------- */

static const char *or_none(const char *result)
{
	return result ? result : "no answer";
}

static void add_cause(const struct reproduction *r, struct buf *out)
{
	const struct cause *c = cause_first(reproduction_why(r, r->focus));

	if (!c) {
		buf_addf(out, "a result of %s that has no chain of causes.\n", r->revision->name);
		return;
	}
	cause_layer(c, out);
	buf_addf(out, " (%s): %s", r->revision->name, c->text);
	if (c->quirk) {
		buf_adds(out, " (");
		cause_source(c, out);
		buf_addc(out, ')');
	}
	buf_adds(out, ".\n");
}

/* An act of the log that is this change, made after the failure and before a success. */
static unsigned shown_by_log(const struct reproduction *r, const struct change *c)
{
	const struct tale *s = &r->tale;
	size_t ok = s->n_goals;

	for (size_t i = s->n_goals; i-- > r->focus + 1;)
		ok = s->goals[i].ok ? i : ok;
	for (size_t i = s->goals[r->focus].act + 1; c->command && ok < s->n_goals && i < s->goals[ok].act; i++) {
		if (s->script.acts[i].command && !strcasecmp(s->script.acts[i].command, c->command))
			return s->script.acts[i].line;
	}
	return 0;
}

static void add_best(const struct reproduction *r, struct buf *out)
{
	const struct tried *best = r->search.best;
	unsigned line = best->b ? 0 : shown_by_log(r, best->a);

	buf_addf(out, "Smallest change: %s", best->a->what);
	if (best->b)
		buf_addf(out, " together with %s", best->b->what);
	buf_addf(out, "; it gives %s", or_none(best->result));
	if (line)
		buf_addf(out, ", as the log itself shows in line %u", line);
	buf_adds(out, ".\n");
}

/* Changes that do not help and do move the failure say what waits behind it. */
static void add_next(const struct reproduction *r, struct buf *out)
{
	const struct tried *next = r->search.next, *best = r->search.best;

	if (!next || (best && next->a->cost >= best->a->cost + (best->b ? best->b->cost : 0)))
		return;
	buf_addf(out, "Not enough by itself: %s leads to %s", next->a->what, or_none(next->result));
	if (next->cause && !strcmp(next->result, or_none(reproduction_result(r, r->focus)))) {
		buf_adds(out, " again, now by ");
		cause_layer(next->cause, out);
	}
	buf_adds(out, ".\n");
}

static void add_change(const struct reproduction *r, struct buf *out)
{
	if (!r->searched)
		return;
	if (r->search.best)
		add_best(r, out);
	else
		buf_addf(out, "No change that is known here makes it work (%u tried).\n", r->search.runs);
	add_next(r, out);
}

static void add_conditions(const struct reproduction *r, struct buf *out)
{
	for (size_t i = 0; i < r->tale.n_assumed; i++) {
		if (r->tale.assumed[i].only_so)
			buf_addf(out, "The log leaves it open, and fits so: %s.\n", r->tale.assumed[i].what);
	}
	if (r->stand_in)
		buf_addf(out, "No world knows %s; it was taken for a server that %s.\n", r->stand_in_host, r->stand_in);
	for (size_t i = 0; i < r->n_also; i++)
		buf_addf(out, "%s%s%s%s", i ? "; " : "Also fits: ", r->also[i].broker ? "a server that " : "",
			 r->also[i].broker ? r->also[i].broker : r->also[i].opening, i + 1 < r->n_also ? "" : ".\n");
}

static void add_outcome(const struct reproduction *r, const struct goal *g, const char *result, struct buf *out)
{
	const char *command = r->tale.script.acts[g->act].command;

	if (g->hangs && reproduction_fits(r)) {
		buf_addf(out,
			 "%.*s (line %u) is never answered, by %s neither: its prompt waits for %ld bytes and was "
			 "given %zu.\n",
			 (int)strcspn(command, "="), command, g->line, r->revision->name, rows_data_length(command),
			 r->tale.script.acts[g->act].data_len);
		return;
	}
	if (!g->seen) {
		buf_addf(out, "The log shows no answer to %.*s (line %u); %s answers %s", (int)strcspn(command, "="),
			 command, g->line, r->revision->name, or_none(result));
	} else if (!reproduction_fits(r)) {
		buf_addf(out, "Not reproduced: the log has %s (line %u), %s answers %s", g->seen, g->line,
			 r->revision->name, or_none(result));
	} else if (g->ok) {
		buf_addf(out, "%s (line %u) is success, and %s answers the same.\n", g->seen, g->line,
			 r->revision->name);
		return;
	} else {
		buf_addf(out, "%s (line %u) is ", g->seen, g->line);
		add_cause(r, out);
		return;
	}
	if (reproduction_why(r, r->focus)) {
		buf_adds(out, ", which is ");
		add_cause(r, out);
	} else {
		buf_adds(out, ".\n");
	}
}

void cause_verdict(const struct reproduction *r, struct buf *out)
{
	const struct goal *g = &r->tale.goals[r->focus];

	add_outcome(r, g, reproduction_result(r, r->focus), out);
	add_conditions(r, out);
	add_change(r, out);
}
