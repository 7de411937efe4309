/*
 * Puts a story together: the acts in the log's order, then, before them, what the modem must have been told before the
 * log began. Nothing is played here.
 */
#include "harness/reproduce/tale.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "harness/reproduce/choice.h"
#include "harness/reproduce/dump.h"
#include "harness/reproduce/format.h"
#include "harness/reproduce/needs.h"
#include "harness/reproduce/outcome.h"
#include "harness/reproduce/play.h"
#include "harness/wire/exchange_rows.h"

enum { TEXT_MAX_BYTES = 4096, NAME_SIZE = 32, DAMAGED_BYTES = 900, FIELD_CA = 4, FIELD_KEY = 6 };

/* What an emulated modem that is up and quiet does not say by itself. */
static const char *const played_urcs[] = { "SMS DONE", "PB DONE",	"RDY",	  "+CPIN: READY", "RING", "+CMTI:",
					   "+CLIP:",   "UNDER-VOLTAGE", "+CGEV:", "*ATREADY",	  NULL };

/* What the log has for one act. */
struct answer {
	bool hangs;	    /* there is a prompt and no final result */
	const char *result; /* its result, or its final one; NULL: none */
	unsigned line;	    /* of it */
	bool early;	    /* it stands before OK */
};

struct work {
	const struct log *log;
	const struct tale_parts *parts;
	const struct tale_guess *guess;
	struct tale *out;
	struct dump ssl;	/* as the acts so far leave it */
	struct answer *answers; /* per act of the log, what it has */
	struct script stored;	/* acts that fill the store, which go first */
	bool before;		/* what is assumed now was so before the log */
	size_t n_before;
	struct err *e;
	int err;
};

/* What was before the log began goes before the rest. */
static void assume(struct work *w, const char *what, const char *why, unsigned line)
{
	struct assumption *list = pool_grow(w->log->pool, (void *)w->out->assumed, w->out->n_assumed, sizeof(*list));
	size_t at = w->before ? w->n_before++ : w->out->n_assumed;

	memmove(&list[at + 1], &list[at], (w->out->n_assumed - at) * sizeof(*list));
	list[at] = (struct assumption){ .what = what, .why = why, .line = line, .before = w->before };
	w->out->n_assumed++;
	w->out->assumed = list;
}

/* The newest assumption of those before the log is a guess. */
static void only_so(struct work *w)
{
	((struct assumption *)w->out->assumed)[w->n_before - 1].only_so = true;
}

static struct act *add_act(struct script *s, struct pool *pool, enum act_kind kind, const char *command, unsigned line)
{
	s->acts = pool_grow(pool, s->acts, s->n, sizeof(*s->acts));
	s->acts[s->n] = (struct act){ .kind = kind, .command = command, .line = line };
	return &s->acts[s->n++];
}

void tale_store(struct script *s, struct pool *pool, const char *name, const char *data, size_t n)
{
	struct act *a = add_act(s, pool, ACT_SILENT, format_text(pool, "AT+CCERTDOWN=\"%s\",%zu", name, n), 0);

	a->data = data;
	a->data_len = n;
}

/* --- the log's own conversation -------------------------------------------------------------------------------- */

static void record(struct work *w, enum wire_from from, const char *text, size_t n, uint64_t t_us, unsigned line)
{
	const struct wire_event ev = { .t_us = t_us, .from = from, .data = text, .len = n, .line = line };

	if (!w->err && recording_add(w->out->recording, &ev))
		w->err = err_set(w->e, -ENOMEM, "out of memory");
}

static void record_command(struct work *w, const char *command, uint64_t t_us, unsigned line)
{
	record(w, WIRE_HOST, command, strlen(command), t_us, line);
	record(w, WIRE_HOST, "\r", 1, t_us, line);
}

static void record_line(struct work *w, const char *text, size_t n, uint64_t t_us, unsigned line)
{
	record(w, WIRE_MODEM, "\r\n", 2, t_us, line);
	record(w, WIRE_MODEM, text, n, t_us, line);
	record(w, WIRE_MODEM, "\r\n", 2, t_us, line);
}

static void record_item(struct work *w, const struct item *it, const struct act *a)
{
	record_command(w, it->command, it->t_us, it->line);
	for (size_t i = 0; i < it->n_lines; i++) {
		const struct exchange_line *l = &it->lines[i];

		if (l->role != LINE_PROMPT) {
			record_line(w, l->text, l->len, l->t_us, l->line);
			continue;
		}
		record(w, WIRE_MODEM, "\r\n>", 3, l->t_us, l->line);
		if (a->data)
			record(w, WIRE_HOST, a->data, a->data_len, l->t_us, l->line);
		if (a->data && rows_data_length(a->command) < 0)
			record(w, WIRE_HOST, "\x1a", 1, l->t_us, l->line);
	}
}

/* --- acts in the log's order ----------------------------------------------------------------------------------- */

static void keep_answer(struct work *w, const struct answer *a)
{
	size_t n = w->out->script.n - 1;

	w->answers = pool_grow(w->log->pool, w->answers, n, sizeof(*w->answers));
	w->answers[n] = *a;
}

static void follow_setting(struct work *w, const char *command, const char *result)
{
	const char *value;
	unsigned ctx;
	size_t field;

	if (!dump_setting(command, w->log->pool, &field, &ctx, &value))
		return;
	if (!strcasecmp(dump_tag(field), "enableSNI"))
		w->out->shows_sni = true;
	if (!result || !strcmp(result, "OK"))
		w->ssl.context[ctx].field[field] = value;
}

static bool is_played_urc(const char *text)
{
	for (const char *const *s = played_urcs; *s; s++) {
		if (!strncmp(text, *s, strlen(*s)))
			return true;
	}
	return false;
}

/* A prompt at the very end of the log; where more follows, the data was given and is not shown. */
static bool hangs(const struct work *w, const struct item *it)
{
	const struct items *all = &w->parts->items;

	return it == &all->items[all->n - 1] && item_prompts(it) && !item_final(it);
}

static struct answer answer_of(const struct work *w, const struct item *it)
{
	const struct exchange_line *result = item_result(it), *final = item_final(it), *l = result ? result : final;

	if (!l)
		return (struct answer){ .hangs = hangs(w, it) };
	return (struct answer){ .result = l->text, .line = l->line, .early = result && final && result < final };
}

/* Data of no declared length ends at Ctrl-Z or Escape, which the player sends; there may be none. */
static void end_data(struct act *a, bool ended)
{
	size_t n = 0;

	while (n < a->data_len && a->data[n] != 0x1a && a->data[n] != 0x1b)
		n++;
	a->data_len = n;
	if (ended && !a->data)
		a->data = "";
}

/* What people show of their data is seldom what they sent: it is made as long as it was declared. */
static void fit_data(struct work *w, struct act *a, const struct item *it)
{
	long want = it->data || item_prompts(it) ? rows_data_length(it->command) : -1;
	const char *how = NULL;

	a->data = it->data;
	a->data_len = it->data_len;
	if (want < 0)
		end_data(a, item_prompts(it) && !hangs(w, it));
	if (want < 0 || hangs(w, it))
		return;
	a->data = play_fit_data(w->log->pool, it->data ? it->data : "", it->data_len, (size_t)want, &how);
	a->data_len = (size_t)want;
	if (how)
		assume(w, format_text(w->log->pool, "%s: its data %s", it->command, how),
		       format_text(w->log->pool, "the log shows %zu bytes of %ld", it->data_len, want), it->line);
}

static void add_seen(struct work *w, const struct item *it)
{
	struct act *a = add_act(&w->out->script, w->log->pool, ACT_SEEN, it->command, it->line);
	const struct answer answer = answer_of(w, it);

	fit_data(w, a, it);
	follow_setting(w, a->command, answer.result);
	keep_answer(w, &answer);
	record_item(w, it, a);
}

/* --- acts that are not seen ------------------------------------------------------------------------------------- */

static struct answer answer_to(const struct work *w, const struct implied_command *c)
{
	struct answer a = { 0 };

	for (size_t i = c->before; i <= c->last && i < w->parts->items.n && !c->silent; i++) {
		const struct item *it = &w->parts->items.items[i];
		bool final = rows_is_final(item_text(it)), result = !final && outcome_of(item_text(it)).rank < 9;

		a.early = a.early || (final && a.result);
		if (result || (final && !a.result))
			a = (struct answer){ .result = item_text(it), .line = it->line, .early = a.early };
	}
	return a;
}

static void add_implied(struct work *w, const struct implied_command *c)
{
	const struct choice choice = c->connects ? choice_of_connect(w->log, c->line, w->ssl.context[0].field[FIELD_CA])
						 : (struct choice){ c->command, NULL };
	const char *command = choice.command;
	const struct item *first = c->before < w->parts->items.n ? &w->parts->items.items[c->before] : NULL;
	const struct answer answer = answer_to(w, c);

	assume(w, command, choice.why ? format_text(w->log->pool, "%s; %s", c->why, choice.why) : c->why, c->line);
	add_act(&w->out->script, w->log->pool, c->silent ? ACT_SILENT : ACT_IMPLIED, command, c->line);
	follow_setting(w, command, answer.result);
	keep_answer(w, &answer);
	if (!c->silent && first)
		record_command(w, command, first->t_us, c->line);
}

static void add_answer(struct work *w, const struct item *it)
{
	const char *text = item_text(it);

	size_t n = w->out->script.n;

	record_line(w, text, strlen(text), it->t_us, it->line);
	if (!is_played_urc(text))
		return;
	if (n && w->out->script.acts[n - 1].command && it->line < w->answers[n - 1].line) {
		w->out->script.acts[n - 1].urc = text;
		return;
	}
	add_act(&w->out->script, w->log->pool, ACT_SEEN, NULL, it->line)->urc = text;
	keep_answer(w, &(struct answer){ 0 });
}

static void add_acts(struct work *w)
{
	const struct implied_list *implied = &w->parts->implied;
	size_t k = 0;

	for (size_t i = 0; i < w->parts->items.n; i++) {
		const struct item *it = &w->parts->items.items[i];

		while (k < implied->n && implied->items[k].before <= i)
			add_implied(w, &implied->items[k++]);
		if (it->command)
			add_seen(w, it);
		else
			add_answer(w, it);
	}
}

/* --- what was before ------------------------------------------------------------------------------------------- */

static void add_before(struct work *w, struct script *before)
{
	const struct implied_list *implied = &w->parts->implied;
	const struct dump plain = dump_default();
	size_t n = 0;
	const char **settings = dump_commands(&plain, &implied->first, w->log->pool, NULL, &n);

	for (size_t i = 0; i < n; i++) {
		add_act(before, w->log->pool, ACT_SILENT, settings[i], implied->first_line);
		assume(w, settings[i], "the SSL context shows it", implied->first_line);
	}
	if (w->guess->sni) {
		add_act(before, w->log->pool, ACT_SILENT, "AT+CSSLCFG=\"enableSNI\",0,1", 0);
		assume(w, "AT+CSSLCFG=\"enableSNI\",0,1", "not shown; the result fits so", 0);
		only_so(w);
	}
}

static void add_needed(struct work *w, struct script *before)
{
	const struct script *s = &w->out->script;
	struct needs_step *steps = pool_alloc(w->log->pool, (s->n + 1) * sizeof(*steps));
	struct needs_found f;

	for (size_t i = 0; i < s->n; i++)
		steps[i] = (struct needs_step){ s->acts[i].command ? s->acts[i].command : "", w->answers[i].result,
						w->answers[i].early };
	f = needs_of(steps, s->n);
	for (size_t k = 0; k < NEED_COUNT; k++) {
		const char *result = f.bits & 1u << k ? w->answers[f.by[k]].result : NULL;
		unsigned line = s->n ? s->acts[f.by[k]].line : 0;

		if (!(f.bits & 1u << k))
			continue;
		add_act(before, w->log->pool, ACT_SILENT, needs_command(k), line);
		assume(w, needs_command(k),
		       format_text(w->log->pool, "%s, as \"%s\" shows", needs_words(k),
				   result ? result : s->acts[f.by[k]].command),
		       line);
	}
}

/* The broker that the next connect after act i goes to, NULL when there is none that is known. */
static const struct broker *broker_after(const struct work *w, size_t i)
{
	size_t at, n;

	for (; i < w->out->script.n; i++) {
		const char *c = w->out->script.acts[i].command;

		if (c && broker_host_in(c, &at, &n))
			return broker_of_host(pool_copy(w->log->pool, c + at, n));
	}
	return NULL;
}

/* Some other broker's CA. */
static const char *other_ca(const char *ca)
{
	for (const struct broker *b = brokers; b->match; b++) {
		if (strcmp(b->ca, ca))
			return b->ca;
	}
	return ca;
}

static void store_file(struct work *w, size_t field, const char *name, size_t act, unsigned line)
{
	const struct broker *b = broker_after(w, act);
	const char *ca = b ? b->ca : brokers[0].ca, *file, *data, *what;
	size_t n;

	if (w->guess->ca == TALE_CA_OTHER)
		ca = other_ca(ca);
	file = field == FIELD_CA ? ca : field == FIELD_KEY ? "client-key.pem" : "client-cert.pem";
	data = broker_file(file, &n);
	if (!data)
		return;
	what = format_text(w->log->pool, "\"%s\" is in the store and holds %s%s", name, file,
			   field == FIELD_CA && w->guess->ca == TALE_CA_DAMAGED ? ", cut" : "");
	if (field == FIELD_CA && w->guess->ca == TALE_CA_DAMAGED)
		n = DAMAGED_BYTES;
	w->out->ca_is_right = w->out->ca_is_right || (field == FIELD_CA && b && !w->guess->ca);
	tale_store(&w->stored, w->log->pool, name, data, n);
	assume(w, what,
	       field != FIELD_CA ? "the context names it"
	       : w->guess->ca	 ? "the context names it; the result fits so"
	       : b ? format_text(w->log->pool, "the context names it; the chain of %s ends there", b->match)
		   : "the context names it",
	       line);
	if (field == FIELD_CA && w->guess->ca)
		only_so(w);
}

static bool is_stored(const struct script *s, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		const char *c = s->acts[i].command, *quote = c ? strchr(c, '"') : NULL;

		if (quote && !strncasecmp(c, "AT+CCERTDOWN=", 13) && !strncmp(quote + 1, name, strlen(name)) &&
		    quote[1 + strlen(name)] == '"')
			return true;
	}
	return false;
}

/* A setting that names a file was taken, so the file was there. */
static void store_for(struct work *w, const struct script *s, size_t act, const char *result)
{
	const char *command = s->acts[act].command, *value;
	unsigned ctx;
	size_t field;

	if (!command || (result && strcmp(result, "OK")))
		return;
	if (!dump_setting(command, w->log->pool, &field, &ctx, &value) || !dump_is_file(field) || !*value)
		return;
	if (!is_stored(s, act, value) && !is_stored(&w->stored, w->stored.n, value))
		store_file(w, field, value, s == &w->out->script ? act : 0, s->acts[act].line);
}

/* Everything silent first; the log's own acts follow. Returns how many acts now stand before them. */
static size_t join(struct work *w, const struct script *before)
{
	const struct script *parts[] = { &w->stored, before, &w->out->script };
	struct script all = { 0 };

	add_act(&all, w->log->pool, ACT_SILENT, "ATE0", 0);
	for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++) {
		for (size_t i = 0; i < parts[p]->n; i++)
			*add_act(&all, w->log->pool, ACT_SILENT, NULL, 0) = parts[p]->acts[i];
	}
	w->out->script = all;
	return 1 + w->stored.n + before->n;
}

/* --- goals ----------------------------------------------------------------------------------------------------- */

static bool is_goal(const struct act *a, const struct answer *answer, int rank)
{
	if (!a->command || a->kind == ACT_SILENT)
		return false;
	if (rank < 9)
		return outcome_rank(a->command) == rank;
	return answer->hangs || (answer->result && !outcome_of(answer->result).ok);
}

static void add_goal(struct work *w, size_t i)
{
	const struct act *a = &w->out->script.acts[i];
	const struct outcome o = outcome_of(w->answers[i].result);
	struct goal *list = pool_grow(w->log->pool, (void *)w->out->goals, w->out->n_goals, sizeof(*list));

	list[w->out->n_goals++] = (struct goal){ .act = i,
						 .seen = w->answers[i].result,
						 .code = o.code,
						 .ok = o.ok,
						 .hangs = w->answers[i].hangs,
						 .line = w->answers[i].result ? w->answers[i].line : a->line };
	w->out->goals = list;
}

/* The results nearest to what a session is for; a log without one is about its errors, else about its last command. */
static void find_goals(struct work *w)
{
	const struct script *s = &w->out->script;
	int best = 9;

	for (size_t i = 0; i < s->n; i++) {
		int rank = s->acts[i].command && s->acts[i].kind != ACT_SILENT ? outcome_rank(s->acts[i].command) : 0;

		if (rank && rank < best)
			best = rank;
	}
	for (size_t i = 0; i < s->n; i++) {
		if (is_goal(&s->acts[i], &w->answers[i], best))
			add_goal(w, i);
	}
	for (size_t i = s->n; !w->out->n_goals && i-- > 0;) {
		if (s->acts[i].command && s->acts[i].kind != ACT_SILENT)
			add_goal(w, i);
	}
}

/* --- public ---------------------------------------------------------------------------------------------------- */

struct tale_parts tale_parts(const struct log *l)
{
	struct tale_parts p = { .items = items_of(l->talk, l->pool) };

	p.implied = implied_commands(l, &p.items);
	return p;
}

static void complete(struct work *w)
{
	struct script before = { 0 };
	size_t n_log, shift;

	add_acts(w);
	find_goals(w);
	n_log = w->out->script.n;
	w->before = true;
	add_before(w, &before);
	add_needed(w, &before);
	for (size_t i = 0; i < before.n; i++)
		store_for(w, &before, i, NULL);
	for (size_t i = 0; i < n_log; i++)
		store_for(w, &w->out->script, i, w->answers[i].result);
	shift = join(w, &before);
	for (size_t i = 0; i < w->out->n_goals; i++)
		((struct goal *)w->out->goals)[i].act += shift;
}

int tale_build(const struct log *l, const struct tale_parts *parts, const struct tale_guess *guess, struct tale *out,
	       struct err *e)
{
	struct work w = { .log = l, .parts = parts, .guess = guess, .out = out, .ssl = parts->implied.first, .e = e };

	*out = (struct tale){ .recording = recording_new(),
			      .unknown = parts->implied.unknown,
			      .n_unknown = parts->implied.n_unknown,
			      .listed = parts->items.listed,
			      .only_commands = parts->items.only_commands,
			      .shows_sni = parts->implied.first_line > 0 };
	if (!out->recording)
		return err_set(e, -ENOMEM, "out of memory");
	complete(&w);
	if (w.err)
		return w.err;
	out->talk = conversation_new(out->recording);
	return out->talk ? 0 : err_set(e, -ENOMEM, "out of memory");
}

void tale_free(struct tale *s)
{
	conversation_free(s->talk);
	recording_free(s->recording);
	*s = (struct tale){ 0 };
}
