/* One experiment after the other. Decides nothing about values: rows say what an answer means. */
#include "harness/probe/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/probe/commands.h"
#include "harness/probe/read.h"
#include "harness/probe/rows.h"
#include "harness/probe/script.h"

enum {
	NOTES_MAX_BYTES = 64 * 1024,
	VALUE_MAX_BYTES = 4096,
	REPEAT_MAX = 32,
	QUIET_US = 300000,
	LONG_US = 10000000,
	LINES_MAX = 200
};

struct probe {
	struct talk *talk;
	const struct probe_options *o;
	struct probe_result *r;
	struct script_words words;
	struct script session, script; /* what is put back at the end, and after each experiment */
	size_t done, all;
	uint64_t reply_us; /* from a command to its answer, whatever the command */
	bool echo;	   /* as it was found */
};

/* --- the line ------------------------------------------------------------------------------------------------- */

/*
 * What wakes a modem that does not answer AT: an entry of an earlier session is given up by ESC, a data connection is
 * left by
 * +++ between two silent seconds.
 */
static const char *const wakers[] = {
	"AT @1s", "AT @1s", "<\\x1b @200ms\nAT @1s", "ATQ0V1 @1s", ". @1100ms\n<+++ @1100ms\nAT @1s", "AT @3s"
};

static int no_modem(struct probe *p, struct err *e)
{
	size_t printable, heard = talk_heard(p->talk, &printable);

	if (*talk_why_gone(p->talk))
		return err_set(e, -EIO, "%s", talk_why_gone(p->talk));
	if (!heard)
		return err_set(e, -EPROTO, "nothing answers AT: is the modem on, and is this its AT port?");
	if (strstr(talk_raw(p->talk), "AT\\r"))
		return err_set(e, -EPROTO,
			       "AT comes back and is not answered: the modem waits for the data of a prompt");
	return err_set(e, -EPROTO,
		       printable * 10 < heard * 9
			       ? "what answers AT is noise (%zu bytes, %zu of them printable): is the line speed right?"
			       : "what answers AT is no modem (%zu bytes, %zu of them printable, no OK)",
		       heard, printable);
}

static bool answers_at(struct probe *p)
{
	for (size_t i = 0; i < sizeof(wakers) / sizeof(wakers[0]); i++) {
		talk_begin(p->talk);
		p->session.silent = 0;
		if (script_play(&p->session, wakers[i], false) == TALK_OK)
			return true;
		if (*talk_why_gone(p->talk))
			return false;
	}
	return false;
}

/* How long an answer takes, by the last of three, since the first may have been that to an earlier question. */
static void take_pace(struct probe *p)
{
	uint64_t from_us = 0;

	for (int i = 0; i < 3; i++) {
		for (int k = 0; k < LINES_MAX && talk_listen(p->talk, ".", QUIET_US + p->reply_us); k++)
			;
		talk_begin(p->talk);
		from_us = talk_now(p->talk);
		script_play(&p->session, "AT @20s", false);
		p->reply_us = talk_now(p->talk) - from_us;
	}
	p->session.patience_us = p->script.patience_us = p->reply_us;
}

static int wake(struct probe *p, struct err *e)
{
	size_t printable;

	while (talk_listen(p->talk, ".", QUIET_US)) {
		if (talk_heard(p->talk, &printable) > NOTES_MAX_BYTES)
			return err_set(e, -EPROTO,
				       "the port does not stop talking: this is no modem that waits for commands");
	}
	if (!answers_at(p))
		return no_modem(p, e);
	take_pace(p);
	return 0;
}

/* Echo off and errors as numbers, for this session; what they were comes back at its end. */
static void begin_session(struct probe *p)
{
	talk_begin(p->talk);
	script_play(&p->session, "AT", false);
	p->echo = strstr(talk_raw(p->talk), "AT\\r") != NULL;
	script_play(&p->session, "ATE0\n?+CMEE\nAT+CMEE=1", false);
}

static void end_session(struct probe *p)
{
	p->session.finishing = true;
	script_restore(&p->session);
	script_play(&p->session, p->echo ? "ATE1" : NULL, false);
}

/* --- values --------------------------------------------------------------------------------------------------- */

static void first_command(const char *ask, char *out, size_t size)
{
	size_t n = strcspn(ask, "=\n ~{");

	if (ask[n] == '=' && ask[n + 1] == '?')
		n += 2;
	if (n >= size)
		n = size - 1;
	memcpy(out, ask, n);
	out[n] = '\0';
}

/* The last command that begins in the first n characters of a script or of what was said; NULL: none. */
static const char *last_command(const char *text, size_t n)
{
	const char *last = NULL;

	for (const char *at = text; at && (at = strstr(at, "AT")) != NULL && at < text + n; at++) {
		if (at == text || strchr("\n-! ", at[-1]))
			last = at;
	}
	return last;
}

/* What an experiment asks: its first command; where that only waits, what had been asked before. */
static void asked(const struct experiment *x, char *out, size_t size)
{
	const char *command = strstr(x->ask, "AT");

	if (!command && x->setup)
		command = last_command(x->setup, strlen(x->setup));
	first_command(command ? command : x->ask, out, size);
}

/* The command that showed it: the last one before the end of the match. Of a restart that is what caused it. */
static void evidence(struct probe *p, const struct experiment *x, size_t end, char *out, size_t size)
{
	const char *command = x->needs & PROBE_BOOT ? NULL : last_command(talk_text(p->talk), end);
	char name[64];

	if (x->search)
		command = last_command(x->ask, strlen(x->ask));
	if (command)
		first_command(command, name, sizeof(name));
	else
		asked(x, name, sizeof(name));
	snprintf(out, size, "probe:%s", name);
}

static struct probe_value *value_of(struct probe *p, const char *name)
{
	return &p->r->value[emu_value_find(name)];
}

/* Word by word; the list begins empty with an empty word. Returns the text that is the value now, the caller's. */
static char *joined(const struct probe_value *v, const char *word)
{
	struct buf b;
	char *text;

	buf_init(&b, VALUE_MAX_BYTES);
	if (*word && v->value && *v->value)
		buf_addf(&b, "%s,", v->value);
	buf_adds(&b, word);
	text = strdup(buf_str(&b));
	buf_free(&b);
	return text;
}

/* Of times on a real clock: the host's own delays, and a part of the whole. */
enum { JITTER_MS = 25, JITTER_PART = 20 };

/* Times come a little early or late, those taken by asking again and again as late as an answer; so do rates. */
static unsigned tolerance(const struct probe *p, const struct reading *row, const char *text)
{
	unsigned value = (unsigned)strtoul(text, NULL, 10), within = row->within;

	if (row->kind == READ_RATE)
		return talk_is_real(p->talk) ? value / 2 + 1 : value / 50 + 1;
	if (row->kind != READ_TIME)
		return within;
	within = within ? within + (unsigned)(p->reply_us / 1000) : 1;
	return talk_is_real(p->talk) ? within + JITTER_MS + value / JITTER_PART : within;
}

static void set_value(struct probe *p, const struct experiment *x, const struct reading *row, const char *text,
		      size_t end)
{
	struct probe_value *v = value_of(p, row->name);
	struct emu_value_info info = emu_value_info(emu_value_find(row->name));
	char *copy;

	if (!value_fits(&info, text)) {
		buf_addf(&p->r->notes, "%s: the modem shows '%s', which a profile cannot say\n", row->name, text);
		return;
	}
	copy = strcmp(info.type, "list") ? strdup(text) : joined(v, text);
	if (!copy)
		return;
	free(v->value);
	v->value = copy;
	v->state = PROBE_SEEN;
	v->within = tolerance(p, row, text);
	evidence(p, x, end, v->evidence, sizeof(v->evidence));
}

/* --- one experiment ------------------------------------------------------------------------------------------- */

static void clean_up(struct probe *p, const struct experiment *x)
{
	p->script.finishing = p->script.silent < SCRIPT_SILENT_MAX;
	script_play(&p->script, x->cleanup, false);
	script_restore(&p->script);
	p->script.finishing = false;
	if (x->needs & PROBE_BOOT)
		begin_session(p);
}

/* Plays it once; true when its setup held, so that talk_text() is the answer. */
static bool play(struct probe *p, const struct experiment *x)
{
	enum talk_end end = script_play(&p->script, x->setup, true);

	talk_begin(p->talk);
	if (end != TALK_OK && end != TALK_PROMPT)
		return false;
	return script_play(&p->script, x->ask, false) != TALK_GONE;
}

static bool is_list(const char *name)
{
	return !strcmp(emu_value_info(emu_value_find(name)).type, "list");
}

static void read_all(struct probe *p, const struct experiment *x)
{
	bool seen[READINGS_MAX] = { false };
	struct buf value;
	size_t end;

	buf_init(&value, VALUE_MAX_BYTES);
	for (size_t i = 0; i < READINGS_MAX && x->read[i].name; i++) {
		const struct reading *row = &x->read[i];

		for (size_t k = 0; k < i; k++)
			seen[i] |= seen[k] && !strcmp(x->read[k].name, row->name) && !is_list(row->name);
		buf_reset(&value);
		if (seen[i] || read_value(p->talk, row, p->reply_us, &value, &end) != 1)
			continue;
		seen[i] = true;
		set_value(p, x, row, buf_str(&value), end);
	}
	buf_free(&value);
}

/* Plays it; whether read[0] matches. */
static bool answers(struct probe *p, const struct experiment *x)
{
	struct buf unused;
	size_t end;
	bool yes;

	buf_init(&unused, VALUE_MAX_BYTES);
	yes = play(p, x) && read_value(p->talk, &x->read[0], p->reply_us, &unused, &end) == 1;
	buf_free(&unused);
	return yes;
}

static bool accepts(struct probe *p, const struct experiment *x, long n)
{
	bool yes;

	p->words.n = n;
	yes = answers(p, x);
	clean_up(p, x);
	return yes;
}

/* Halves the range until one number is left. The far end is asked first: most modems take all of it. */
static void search(struct probe *p, const struct experiment *x)
{
	struct emu_value_info info = emu_value_info(emu_value_find(x->read[0].name));
	long from = x->to ? x->from : info.min, to = x->to ? x->to : info.max;
	bool largest = x->search == SEARCH_LARGEST;
	long good = largest ? from : to, bad = largest ? to : from;
	char text[32];

	if (accepts(p, x, bad)) {
		if (largest && to < info.max)
			return; /* it may well be more */
		good = bad;
	} else if (!accepts(p, x, good)) {
		return;
	}
	while (labs(good - bad) > 1) {
		long middle = bad + (good - bad) / 2;

		if (accepts(p, x, middle))
			good = middle;
		else
			bad = middle;
	}
	/* at the near end nothing was waited for */
	good += x->plus + (x->paced && good != bad ? (long)(p->reply_us / 1000) : 0);
	snprintf(text, sizeof(text), "%ld", good);
	set_value(p, x, &x->read[0], text, 0);
}

/* Whether read[1] matches what was just said: an experiment without it takes no empty list for an answer. */
static bool makes_sense(struct probe *p, const struct experiment *x)
{
	struct buf unused;
	size_t end;
	bool yes;

	if (!x->read[1].name)
		return false;
	buf_init(&unused, VALUE_MAX_BYTES);
	yes = read_value(p->talk, &x->read[1], p->reply_us, &unused, &end) == 1;
	buf_free(&unused);
	return yes;
}

/* All words for which read[0] matches. */
static void try_each(struct probe *p, const struct experiment *x)
{
	char *words = strdup(x->each), *save = NULL;
	bool any = false;

	for (char *word = words ? strtok_r(words, " ", &save) : NULL; word; word = strtok_r(NULL, " ", &save)) {
		char *half = strchr(word, ':');
		bool yes, sense;

		if (half)
			*half++ = '\0';
		p->words.each = word;
		p->words.with = half;
		yes = answers(p, x);
		sense = makes_sense(p, x);
		clean_up(p, x);
		if (!any && (yes || sense))
			set_value(p, x, &x->read[0], "", 0);
		any = any || yes || sense;
		if (yes)
			set_value(p, x, &x->read[0], word, 0);
	}
	p->words.each = p->words.with = NULL;
	free(words);
}

static int by_number(const void *a, const void *b)
{
	unsigned long long x = *(const unsigned long long *)a, y = *(const unsigned long long *)b;

	return (x > y) - (x < y);
}

/* The middle one of several times instead of the last; what showed it is the same. */
static void set_time(struct probe *p, const struct reading *row, const char *text)
{
	struct probe_value *v = value_of(p, row->name);
	char *copy = strdup(text);

	if (!copy)
		return;
	free(v->value);
	v->value = copy;
	v->within = tolerance(p, row, text);
}

/* Again and again for the times, where one is not long by itself; the middle one of each counts. */
static void repeat(struct probe *p, const struct experiment *x, unsigned times)
{
	unsigned long long ms[READINGS_MAX][REPEAT_MAX];
	unsigned n[READINGS_MAX] = { 0 };
	uint64_t from_us = talk_now(p->talk);
	char text[32];

	for (unsigned round = 0; round < times && talk_now(p->talk) - from_us < LONG_US; round++) {
		bool held = play(p, x);

		if (held)
			read_all(p, x);
		for (size_t i = 0; held && i < READINGS_MAX && x->read[i].name; i++) {
			const struct probe_value *v = value_of(p, x->read[i].name);

			if (x->read[i].kind == READ_TIME && v->state == PROBE_SEEN)
				ms[i][n[i]++] = strtoull(v->value, NULL, 10);
		}
		clean_up(p, x);
	}
	for (size_t i = 0; i < READINGS_MAX && x->read[i].name; i++) {
		if (!n[i])
			continue;
		qsort(ms[i], n[i], sizeof(ms[i][0]), by_number);
		snprintf(text, sizeof(text), "%llu", ms[i][n[i] / 2]);
		set_time(p, &x->read[i], text);
	}
}

static bool has_times(const struct experiment *x)
{
	for (size_t i = 0; i < READINGS_MAX && x->read[i].name; i++) {
		if (x->read[i].kind == READ_TIME)
			return true;
	}
	return false;
}

static void mark(struct probe *p, const struct experiment *x, enum probe_state state)
{
	for (size_t i = 0; i < READINGS_MAX && x->read[i].name; i++) {
		struct probe_value *v = value_of(p, x->read[i].name);

		if (v->state != PROBE_UNSEEN)
			continue;
		v->state = state;
		v->needs = x->needs & ~p->o->allowed;
	}
}

/* The first command is one that the modem does not have: an ERROR would say nothing else. */
static bool lacks_command(struct probe *p, const struct experiment *x)
{
	const char *absent = value_of(p, "absent_commands")->value;
	char name[64];

	asked(x, name, sizeof(name));
	name[strcspn(name, "=?")] = '\0';
	return absent && strlen(name) > 2 && list_has(absent, name + 2, strlen(name + 2));
}

/* "quirk=value" of n characters was seen. */
static bool was_seen(struct probe *p, const char *what, size_t n)
{
	const char *eq = memchr(what, '=', n), *value;
	char name[64];

	if (!eq)
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)(eq - what), what);
	value = value_of(p, name)->value;
	n -= (size_t)(eq + 1 - what);
	return value && strlen(value) == n && !memcmp(value, eq + 1, n);
}

static bool is_meant(struct probe *p, const struct experiment *x)
{
	const char *word = x->only ? x->only : "";
	bool all = true;

	while (*word) {
		size_t n = strcspn(word, " ");

		all = all && was_seen(p, word, n);
		word += n + (word[n] == ' ');
	}
	return all;
}

/* What was seen of a quirk, or its default. */
static long number_of(struct probe *p, const char *name)
{
	const char *text = value_of(p, name)->value;

	return strtol(text ? text : emu_value_info(emu_value_find(name)).def, NULL, 10);
}

static void run_experiment(struct probe *p, const struct experiment *x)
{
	unsigned times = p->o->repeat && !(x->needs & PROBE_BOOT) ? p->o->repeat : 1;
	char name[128];

	p->done++;
	if (x->needs & ~p->o->allowed) {
		mark(p, x, PROBE_NOT_ALLOWED);
		return;
	}
	if (lacks_command(p, x)) {
		mark(p, x, PROBE_ABSENT);
		return;
	}
	if (!is_meant(p, x))
		return;
	p->words.n = x->times ? number_of(p, x->times) : x->from;
	asked(x, name, sizeof(name));
	if (p->o->progress)
		p->o->progress(name, p->done, p->all, p->o->ctx);
	if (x->search == SEARCH_EACH)
		try_each(p, x);
	else if (x->search)
		search(p, x);
	else
		repeat(p, x, has_times(x) && times <= REPEAT_MAX ? times : 1);
}

/* --- all of them ---------------------------------------------------------------------------------------------- */

static size_t count_experiments(void)
{
	size_t n = 0;

	for (const struct experiment *const *table = probe_tables(); *table; table++) {
		for (const struct experiment *x = *table; x->ask; x++)
			n++;
	}
	return n;
}

/* A modem that is only busy is waited for; one that is dead is no more asked. */
static int look_after(struct probe *p, const char *asked, struct err *e)
{
	if (*talk_why_gone(p->talk))
		return err_set(e, -EIO, "%s", talk_why_gone(p->talk));
	if (talk_is_interrupted(p->talk))
		return err_set(e, -EINTR, "interrupted; what was changed is put back");
	if (p->script.silent < SCRIPT_SILENT_MAX)
		return 0;
	p->session.silent = p->script.silent = 0;
	return answers_at(p) ? 0
			     : err_set(e, -EIO, "the modem has stopped answering; the last it was asked is %s", asked);
}

static int run_tables(struct probe *p, struct err *e)
{
	int err = look_after(p, "whether it knows a command", e);

	for (const struct experiment *const *table = probe_tables(); !err && *table; table++) {
		for (const struct experiment *x = *table; !err && x->ask; x++) {
			char name[128];

			run_experiment(p, x);
			asked(x, name, sizeof(name));
			err = look_after(p, name, e);
		}
	}
	return err;
}

static int make_result(struct probe_result *r, struct err *e)
{
	*r = (struct probe_result){ .n = emu_value_count() };
	buf_init(&r->notes, NOTES_MAX_BYTES);
	r->value = calloc(r->n + 1, sizeof(*r->value)); /* one more, for a name that no row should have */
	return r->value ? 0 : err_set(e, -ENOMEM, "out of memory");
}

int probe_run(struct talk *t, const struct probe_options *o, struct probe_result *r, struct err *e)
{
	struct probe p = { .talk = t, .o = o, .r = r, .all = count_experiments() };
	int err = make_result(r, e);

	p.words = (struct script_words){ .peers = o->peers, .n_peers = o->n_peers, .seen = r };
	script_init(&p.session, t, &p.words, &r->notes);
	script_init(&p.script, t, &p.words, &r->notes);
	if (!err)
		err = wake(&p, e);
	if (!err) {
		begin_session(&p);
		probe_commands(&p.script, r);
		err = run_tables(&p, e);
		end_session(&p);
	}
	r->commands = p.session.commands + p.script.commands;
	script_free(&p.session);
	script_free(&p.script);
	return err;
}

void probe_result_free(struct probe_result *r)
{
	for (size_t i = 0; r->value && i < r->n; i++)
		free(r->value[i].value);
	free(r->value);
	buf_free(&r->notes);
	*r = (struct probe_result){ 0 };
}
