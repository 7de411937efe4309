/*
 * The player: sends a command, lets virtual time run until its answer is whole, gives data at a prompt, and waits for
 * the result that comes after OK. Knows no command; which ones answer late is a row of wire/exchange_rows.
 */
#include "harness/reproduce/play.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "clock/clock.h"
#include "harness/reproduce/outcome.h"
#include "harness/target.h"
#include "harness/wire/exchange_rows.h"

enum {
	ANSWER_MAX_US = 130000000, /* AT+CMQTTSTART may take 120 s (manual 16.2.2) */
	PAUSE_US = 100000,	   /* between two commands */
	STILL_MAX = 10000,	   /* steps without time passing */
	LINE_MAX_BYTES = 1 << 16,
	NAME_SIZE = 32
};

struct player {
	struct clock *clock;
	struct target *target;
	struct pool *pool;
	struct play *out;
	struct buf line; /* what the modem has sent of a line */
	size_t act;
	bool silent;
	char name[NAME_SIZE];	    /* of the command under way */
	const char *final, *result; /* of it, the pool's */
	const char *command;	    /* the one under way */
	bool late;		    /* what it gives after OK has come */
	bool prompted, gone;
};

/* --- what the modem says --------------------------------------------------------------------------------------- */

static void record(struct player *p, enum wire_from from, const void *data, size_t n)
{
	const struct wire_event ev = {
		.t_us = clock_now_us(p->clock),
		.from = from,
		.data = data,
		.len = n,
		.line = (unsigned)p->act + 1,
	};

	if (!p->silent)
		recording_add(p->out->recording, &ev);
}

static void take_line(struct player *p)
{
	const char *text = buf_str(&p->line);

	if (p->line.len && !p->final && rows_is_final(text))
		p->final = pool_strdup(p->pool, text);
	if (p->line.len && p->command && outcome_belongs(p->command, text))
		p->result = pool_strdup(p->pool, text);
	p->late = p->late || (p->line.len && rows_is_late(p->name, text));
	buf_reset(&p->line);
}

static void on_bytes(const void *bytes, size_t n, void *ctx)
{
	const char *s = bytes;
	struct player *p = ctx;

	record(p, WIRE_MODEM, bytes, n);
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\r' || s[i] == '\n')
			take_line(p);
		else
			buf_addc(&p->line, s[i]);
		p->prompted = p->prompted || !strcmp(buf_str(&p->line), ">");
	}
}

static const char *kept(struct pool *pool, const char *s)
{
	return pool_strdup(pool, s ? s : "");
}

static const struct cause *copy_causes(struct pool *pool, const struct why *why)
{
	struct cause *list = pool_alloc(pool, why->n * sizeof(*list));

	for (size_t i = 0; i < why->n; i++) {
		const struct why_step *s = &why->step[i];

		list[i].rule = kept(pool, s->rule);
		list[i].text = kept(pool, s->text);
		list[i].quirk = s->quirk ? pool_strdup(pool, s->quirk) : NULL;
		list[i].value = kept(pool, s->value);
		list[i].evidence = kept(pool, s->evidence);
		list[i].confidence = kept(pool, s->confidence);
	}
	return list;
}

static void on_event(const struct target_event *ev, void *ctx)
{
	struct player *p = ctx;
	struct why_note *list, *note;

	if (ev->note != TARGET_NOTE_WHY || !ev->why)
		return;
	list = pool_grow(p->pool, (void *)p->out->whys, p->out->n_whys, sizeof(*list));
	note = &list[p->out->n_whys++];
	note->act = p->act;
	note->family = kept(p->pool, ev->family);
	note->meaning = kept(p->pool, ev->meaning);
	note->code = ev->code;
	note->causes = copy_causes(p->pool, ev->why);
	note->n_causes = ev->why->n;
	p->out->whys = list;
}

static void on_gone(const char *why, void *ctx)
{
	(void)why;
	((struct player *)ctx)->gone = true;
}

/* --- one act --------------------------------------------------------------------------------------------------- */

static bool has_final(const struct player *p)
{
	return p->final;
}

static bool has_final_or_prompt(const struct player *p)
{
	return p->final || p->prompted;
}

static bool has_late(const struct player *p)
{
	return p->late;
}

static bool never(const struct player *p)
{
	(void)p;
	return false;
}

/* Lets time run until done, at most for_us. */
static void run(struct player *p, uint64_t for_us, bool (*done)(const struct player *p))
{
	uint64_t until = clock_now_us(p->clock) + for_us, due;
	unsigned still = 0;

	while (!done(p) && !p->gone && still < STILL_MAX) {
		uint64_t before = clock_now_us(p->clock);

		if (!clock_next(p->clock, &due) || due > until) {
			clock_advance_to(p->clock, until);
			return;
		}
		clock_step(p->clock);
		still = clock_now_us(p->clock) == before ? still + 1 : 0;
	}
}

static void send(struct player *p, const void *data, size_t n)
{
	record(p, WIRE_HOST, data, n);
	target_write(p->target, data, n);
}

static void send_command(struct player *p, const char *command)
{
	size_t n = strlen(command);
	char *line = pool_alloc(p->pool, n + 2);

	memcpy(line, command, n);
	line[n] = '\r';
	send(p, line, n + 1);
}

const char *play_fit_data(struct pool *pool, const char *data, size_t len, size_t n, const char **how)
{
	char *fit = pool_alloc(pool, n + 1);
	size_t lf = 0;

	*how = NULL;
	for (size_t i = 0; i < len; i++)
		lf += data[i] == '\n';
	if (len == n)
		return pool_copy(pool, data, len);
	memset(fit, ' ', n);
	if (len + 1 == n && lf) {
		*how = "a line end added";
		memcpy(fit, data, len);
		fit[len] = '\n';
		return fit;
	}
	*how = len < n ? "filled with blanks" : "cut";
	memcpy(fit, data, len < n ? len : n);
	return fit;
}

/* What is not known is not given: the modem then waits, as the log's may have done. */
static void give_data(struct player *p, const struct act *a)
{
	p->prompted = false;
	if (a->data)
		send(p, a->data, a->data_len);
	if (a->data && rows_data_length(a->command) < 0)
		send(p, "\x1a", 1);
	run(p, ANSWER_MAX_US, has_final);
}

static bool answers_late(const struct player *p)
{
	char line[NAME_SIZE + 2];

	snprintf(line, sizeof(line), "%s:", p->name);
	return *p->name && rows_is_late(p->name, line);
}

static void inject(struct player *p, const char *urc)
{
	struct buf line, reply;

	buf_init(&line, LINE_MAX_BYTES);
	buf_init(&reply, LINE_MAX_BYTES);
	buf_addf(&line, "urc %s", urc);
	target_control(p->target, buf_str(&line), &reply);
	buf_free(&line);
	buf_free(&reply);
}

static void play_act(struct player *p, const struct act *a)
{
	p->final = p->result = NULL;
	p->prompted = p->late = false;
	p->command = a->command;
	p->silent = a->kind == ACT_SILENT;
	*p->name = '\0';
	if (!a->command) {
		inject(p, a->urc);
		run(p, PAUSE_US, never);
		return;
	}
	command_name(a->command, p->name, sizeof(p->name));
	send_command(p, a->command);
	if (a->urc)
		inject(p, a->urc);
	run(p, ANSWER_MAX_US, has_final_or_prompt);
	if (!p->final && p->prompted)
		give_data(p, a);
	if (p->final && !strcmp(p->final, "OK") && answers_late(p))
		run(p, ANSWER_MAX_US, has_late);
	run(p, PAUSE_US, never);
	p->out->results[p->act] = p->result ? p->result : p->final;
}

/* --- the run --------------------------------------------------------------------------------------------------- */

static size_t count_quirks(const struct play_setup *s)
{
	size_t n = 0;

	while (n < sizeof(s->quirks) / sizeof(s->quirks[0]) && s->quirks[n])
		n++;
	return n;
}

struct play_cache {
	struct cached {
		char *key;
		struct target_setup *setup;
	} * items;
	size_t n;
};

struct play_cache *play_cache_new(void)
{
	return calloc(1, sizeof(struct play_cache));
}

void play_cache_free(struct play_cache *c)
{
	for (size_t i = 0; c && i < c->n; i++) {
		free(c->items[i].key);
		target_setup_free(c->items[i].setup);
	}
	if (c)
		free(c->items);
	free(c);
}

static char *key_of(const struct play_setup *s)
{
	struct buf b;
	char *key;

	buf_init(&b, LINE_MAX_BYTES);
	buf_addf(&b, "%s\n%s", s->profile ? s->profile : "", s->world ? s->world : "");
	for (size_t i = 0; i < count_quirks(s); i++)
		buf_addf(&b, "\n%s", s->quirks[i]);
	key = strdup(buf_str(&b));
	buf_free(&b);
	return key;
}

/* NULL with *e filled on failure. */
static const struct target_setup *cached(struct play_cache *c, const struct play_setup *s,
					 const struct modem_setup *modem, struct err *e)
{
	char *key = key_of(s);
	struct target_setup *setup;
	struct cached *more;

	for (size_t i = 0; key && i < c->n; i++) {
		if (strcmp(c->items[i].key, key))
			continue;
		free(key);
		return c->items[i].setup;
	}
	setup = key ? target_setup_new(modem, e) : NULL;
	more = setup ? reallocarray(c->items, c->n + 1, sizeof(*more)) : NULL;
	if (!more) {
		err_set(e, -ENOMEM, "out of memory");
		target_setup_free(setup);
		free(key);
		return NULL;
	}
	c->items = more;
	c->items[c->n++] = (struct cached){ key, setup };
	return setup;
}

const struct target_setup *play_cache_get(struct play_cache *c, const char *profile, struct err *e)
{
	const struct play_setup s = { .profile = profile };
	const struct modem_setup modem = { .profile = profile };

	return cached(c, &s, &modem, e);
}

static int make_target(struct player *p, const struct play_setup *s, struct err *e)
{
	const struct modem_setup modem = {
		.profile = s->profile,
		.baud = s->baud,
		.quirks = s->quirks,
		.n_quirks = count_quirks(s),
		.worlds = &s->world,
		.n_worlds = s->world ? 1 : 0,
	};
	struct target_options o = {
		.modem = &modem,
		.seed = 1,
		.clock = p->clock,
		.hooks = { on_bytes, on_event, on_gone, p },
	};

	if (s->cache) {
		o.setup = cached(s->cache, s, &modem, e);
		if (!o.setup)
			return -EINVAL;
	}
	p->target = target_inproc_new(&o, e);
	return p->target ? 0 : -EINVAL;
}

static int make(struct player *p, const struct play_setup *s, size_t n_acts, struct err *e)
{
	p->clock = clock_new_virtual();
	p->out->recording = recording_new();
	p->out->results = pool_alloc(p->pool, (n_acts + 1) * sizeof(*p->out->results));
	if (!p->clock || !p->out->recording)
		return err_set(e, -ENOMEM, "out of memory");
	return make_target(p, s, e);
}

int play_run(const struct play_setup *setup, const struct script *script, struct pool *pool, struct play *out,
	     struct err *e)
{
	struct player p = { .pool = pool, .out = out };
	int err;

	*out = (struct play){ 0 };
	buf_init(&p.line, LINE_MAX_BYTES);
	err = make(&p, setup, script->n, e);
	for (; !err && p.act < script->n; p.act++)
		play_act(&p, &script->acts[p.act]);
	target_free(p.target);
	clock_free(p.clock);
	buf_free(&p.line);
	if (err)
		return err;
	out->talk = conversation_new(out->recording);
	return out->talk ? 0 : err_set(e, -ENOMEM, "out of memory");
}

void play_free(struct play *p)
{
	conversation_free(p->talk);
	recording_free(p->recording);
	*p = (struct play){ 0 };
}
