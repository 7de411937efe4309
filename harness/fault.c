/*
 * Faults on the line. Every byte passes the armed faults in the order they were armed, so that the outcome does not
 * depend on how the bytes were cut; one row a kind says what it does to a byte.
 */
#include "harness/fault.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/prng.h"
#include "base/str.h"
#include "harness/match.h"
#include "harness/stream.h"

enum { HELD_MAX_BYTES = 1 << 20 };

enum direction { TO_MODEM, TO_HOST, DIRECTIONS };

enum phase {
	PHASE_WAIT,	/* for the trigger */
	PHASE_DELAY,	/* trigger.after runs */
	PHASE_OFFSET,	/* trigger.offset bytes still pass */
	PHASE_ACTIVE,
	PHASE_DONE
};

struct armed {
	TAILQ_ENTRY(armed) entry;
	const struct fault *f;
	const struct fault_kind_row *row;
	struct fault_line *line;
	struct match *trigger;
	struct stream_order order;
	struct stream *seen;		/* what the trigger looks at, since arming */
	size_t pos;
	long matches, rounds, left_offset, count;
	enum phase phase;
	bool fired, hanging;
	uint64_t until_us, free_us;	/* end of the activity; when the next byte may leave */
	struct buf copy;		/* duplicate */
	struct timer timer, end;
};

struct held {
	STAILQ_ENTRY(held) entry;
	uint64_t due_us;
	unsigned char byte;
};

/* One direction's way out, in order. */
struct way {
	STAILQ_HEAD(, held) queue;
	struct buf now;			/* leaves when the current call is over */
	struct timer timer;
	uint64_t last_due_us;
	size_t held;
	struct fault_line *line;
};

struct fault_line {
	struct clock *clock;
	struct prng prng;
	struct fault_hooks hooks;
	TAILQ_HEAD(, armed) armed;
	struct way way[DIRECTIONS];
	unsigned hanging;
};

struct fault_kind_row {
	bool serial, one_shot;		/* one_shot: over after `bytes` bytes */
	/* Changes the byte and the time it leaves; false: it is lost. */
	bool (*byte)(struct armed *a, unsigned char *byte, uint64_t *due_us);
	/* Modem and network kinds, and hangup: what happens at the moment of firing. */
	void (*act)(struct armed *a);
	void (*undo)(struct armed *a);
};

static void pass(struct fault_line *l, enum direction d, struct armed *a, unsigned char byte, uint64_t due_us);

static uint64_t now_us(const struct armed *a)
{
	return clock_now_us(a->line->clock);
}

/* A fault counts as fired when something came out otherwise than it went in. */
static void set_fired(struct armed *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void set_fired(struct armed *a, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	int n;

	n = snprintf(text, sizeof(text), "%s%s%s", fault_name(a->f->kind), a->f->id ? " " : "", a->f->id ? a->f->id : "");
	va_start(ap, fmt);
	if (n > 0 && (size_t)n < sizeof(text))
		vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	a->fired = true;
	a->line->hooks.fired(a->f, text, a->line->hooks.ctx);
}

/* --- one function a kind ------------------------------------------------------------------------------------- */

static bool byte_drop(struct armed *a, unsigned char *byte, uint64_t *due)
{
	(void)due;
	set_fired(a, ": lost \\x%02x", *byte);
	return false;
}

static bool byte_corrupt(struct armed *a, unsigned char *byte, uint64_t *due)
{
	unsigned char was = *byte;

	(void)due;
	*byte = (unsigned char)(*byte ^ (1u << prng_below(&a->line->prng, 8)));
	set_fired(a, ": \\x%02x became \\x%02x", was, *byte);
	return true;
}

/* The copy follows when the run is complete, in consume(). */
static bool byte_duplicate(struct armed *a, unsigned char *byte, uint64_t *due)
{
	(void)due;
	buf_addc(&a->copy, (char)*byte);
	return true;
}

static bool byte_latency(struct armed *a, unsigned char *byte, uint64_t *due)
{
	uint64_t jitter = a->f->jitter_us ? prng_below(&a->line->prng, (uint32_t)a->f->jitter_us + 1) : 0;

	(void)byte;
	if (!a->fired)
		set_fired(a, ": %" PRIu64 " us", a->f->delay_us);
	*due += a->f->delay_us + jitter;
	return true;
}

static bool byte_bandwidth(struct armed *a, unsigned char *byte, uint64_t *due)
{
	(void)byte;
	if (!a->fired)
		set_fired(a, ": %ld bytes/s", a->f->rate);
	if (a->free_us > *due)
		*due = a->free_us;
	a->free_us = *due + 1000000u / (uint64_t)a->f->rate;
	return true;
}

static bool byte_slice(struct armed *a, unsigned char *byte, uint64_t *due)
{
	(void)byte;
	if (a->free_us > *due)
		*due = a->free_us;
	if (++a->count < (a->f->bytes ? a->f->bytes : 1))
		return true;
	a->count = 0;
	a->free_us = *due + a->f->gap_us;
	if (!a->fired)
		set_fired(a, ": gap of %" PRIu64 " us", a->f->gap_us);
	return true;
}

static bool byte_stall(struct armed *a, unsigned char *byte, uint64_t *due)
{
	(void)byte;
	if (!a->fired)
		set_fired(a, ": line stands still");
	if (a->until_us > *due)
		*due = a->until_us;
	return true;
}

static bool byte_limit(struct armed *a, unsigned char *byte, uint64_t *due)
{
	(void)byte;
	(void)due;
	if (a->count < a->f->bytes) {
		a->count++;
		return true;
	}
	if (!a->fired)
		set_fired(a, ": nothing passes after %ld bytes", a->f->bytes);
	return false;
}

/* Level of the ring in bytes * 1e6, so that slow rates do not round to nothing. */
static bool byte_fifo(struct armed *a, unsigned char *byte, uint64_t *due)
{
	uint64_t rate = a->f->rate ? (uint64_t)a->f->rate : 1000, now = now_us(a);
	uint64_t waits = a->free_us > now ? (a->free_us - now) * rate / 1000000u : 0;

	if (waits >= (uint64_t)(a->f->bytes ? a->f->bytes : 256)) {
		set_fired(a, ": ring full, lost \\x%02x", *byte);
		return false;
	}
	if (a->free_us > *due)
		*due = a->free_us;
	a->free_us = *due + 1000000u / rate;
	return true;
}

static bool byte_lost(struct armed *a, unsigned char *byte, uint64_t *due)
{
	(void)a;
	(void)byte;
	(void)due;
	return false;
}

static void act_hangup(struct armed *a)
{
	a->hanging = true;
	if (!a->line->hanging++)
		a->line->hooks.hangup(true, a->line->hooks.ctx);
	set_fired(a, ": the port is gone");
}

static void undo_hangup(struct armed *a)
{
	if (!a->hanging)
		return;
	a->hanging = false;
	if (!--a->line->hanging)
		a->line->hooks.hangup(false, a->line->hooks.ctx);
}

/* A refused control line leaves the fault unfired, which fails the cell with its place. */
static void act_control(struct armed *a, const char *line)
{
	struct buf reply;

	buf_init(&reply, 64 * 1024);
	if (!a->line->hooks.control(line, &reply, a->line->hooks.ctx))
		set_fired(a, ": %s", line);
	buf_free(&reply);
}

static void act_reboot(struct armed *a)
{
	act_control(a, "power cycle");
}

static void act_down(struct armed *a)
{
	act_control(a, "net drop");
}

static void undo_down(struct armed *a)
{
	struct buf reply;

	buf_init(&reply, 64 * 1024);
	a->line->hooks.control("net up", &reply, a->line->hooks.ctx);
	buf_free(&reply);
}

static void act_reset(struct armed *a)
{
	act_control(a, "broker drop reset");
}

/* Exactly between two bytes of an answer is a place only the line knows: the modem would finish its answer first. */
static void insert_urc(struct armed *a)
{
	enum direction d = a->f->toward == TOWARD_MODEM ? TO_MODEM : TO_HOST;
	struct buf text;

	buf_init(&text, 64 * 1024);
	if (!str_unescape(&text, a->f->text)) {
		for (size_t i = 0; i < text.len; i++)
			pass(a->line, d, TAILQ_NEXT(a, entry), (unsigned char)text.data[i], now_us(a));
		set_fired(a, ": %s", a->f->text);
	}
	buf_free(&text);
}

static void act_urc(struct armed *a)
{
	struct buf line;

	if (a->f->trigger.offset > 0 && a->f->text) {
		insert_urc(a);
		return;
	}
	buf_init(&line, 64 * 1024);
	buf_addf(&line, "urc %s", a->f->text ? a->f->text : "");
	act_control(a, buf_str(&line));
	buf_free(&line);
}

static void act_mute(struct armed *a)
{
	char line[64];

	snprintf(line, sizeof(line), "mute %" PRIu64 "us", a->f->hold_us);
	act_control(a, line);
}

/* Appends text as a quoted word of the control language; escapes written in the text stay escapes. */
static void add_word(struct buf *out, const char *text, size_t n)
{
	buf_addc(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"')
			buf_addc(out, '\\');
		buf_addc(out, text[i]);
	}
	buf_addc(out, '"');
}

/*
 * The command that triggered it has not reached the modem with its line end yet: the modem is told how to answer the
 * line that begins like what was seen so far.
 */
static void act_reply(struct armed *a)
{
	size_t i = stream_lines(a->seen);
	struct buf line, view;

	buf_init(&line, 64 * 1024);
	buf_init(&view, 64 * 1024);
	if (i)
		stream_view(a->seen, i - 1, &view);
	buf_adds(&line, "reply ");
	add_word(&line, buf_str(&view), view.len);
	buf_addc(&line, ' ');
	add_word(&line, a->f->text ? a->f->text : "", a->f->text ? strlen(a->f->text) : 0);
	act_control(a, buf_str(&line));
	buf_free(&line);
	buf_free(&view);
}

static const struct fault_kind_row rows[] = {
	[FAULT_LATENCY] = { .serial = true, .byte = byte_latency },
	[FAULT_BANDWIDTH] = { .serial = true, .byte = byte_bandwidth },
	[FAULT_SLICE] = { .serial = true, .byte = byte_slice },
	[FAULT_DROP] = { .serial = true, .one_shot = true, .byte = byte_drop },
	[FAULT_CORRUPT] = { .serial = true, .one_shot = true, .byte = byte_corrupt },
	[FAULT_DUPLICATE] = { .serial = true, .one_shot = true, .byte = byte_duplicate },
	[FAULT_STALL] = { .serial = true, .byte = byte_stall },
	[FAULT_LIMIT] = { .serial = true, .byte = byte_limit },
	[FAULT_HANGUP] = { .serial = true, .byte = byte_lost, .act = act_hangup, .undo = undo_hangup },
	[FAULT_FIFO] = { .serial = true, .byte = byte_fifo },
	[FAULT_RESET] = { .act = act_reset },
	[FAULT_DOWN] = { .act = act_down, .undo = undo_down },
	[FAULT_REBOOT] = { .act = act_reboot },
	[FAULT_URC] = { .act = act_urc },
	[FAULT_REPLY] = { .act = act_reply },
	[FAULT_MUTE] = { .act = act_mute },
};

/* --- phases -------------------------------------------------------------------------------------------------- */

/* Activity is over: wait for the next trigger, or for good. */
static void finish(struct armed *a)
{
	bool again = !a->f->times || a->rounds < a->f->times;

	timer_cancel(&a->end);
	if (a->row->undo)
		a->row->undo(a);
	a->count = 0;
	a->phase = again && a->trigger ? PHASE_WAIT : PHASE_DONE;
}

static void activate(struct armed *a)
{
	uint64_t hold = a->f->hold_us;

	a->phase = PHASE_ACTIVE;
	a->rounds++;
	a->until_us = hold ? now_us(a) + hold : UINT64_MAX;
	if (a->row->act)
		a->row->act(a);
	if (hold)
		clock_arm(a->line->clock, &a->end, hold);
	else if (!a->row->byte)
		finish(a);
}

/* The trigger has been seen and its delay is over. */
static void begin(struct armed *a)
{
	const struct trigger *t = &a->f->trigger;

	if (a->trigger && a->f->chance < 1 &&
	    prng_below(&a->line->prng, 1000000) >= (uint32_t)(a->f->chance * 1000000)) {
		a->phase = PHASE_WAIT;
		return;
	}
	a->left_offset = t->offset > 0 ? t->offset : 0;
	if (a->left_offset)
		a->phase = PHASE_OFFSET;
	else
		activate(a);
}

static void on_delay(void *ctx)
{
	begin(ctx);
}

static void on_end(void *ctx)
{
	struct armed *a = ctx;

	if (a->phase == PHASE_ACTIVE)
		finish(a);
}

static void triggered(struct armed *a, bool from_inside)
{
	if (a->f->trigger.after_us || from_inside) {
		a->phase = PHASE_DELAY;
		clock_arm(a->line->clock, &a->timer, a->f->trigger.after_us);
	} else {
		begin(a);
	}
}

/* Shows one more byte to a waiting trigger. */
static void look(struct armed *a, enum stream_id from, unsigned char byte, bool from_inside)
{
	struct stream_hit hit;
	long nth = a->f->trigger.nth > 0 ? a->f->trigger.nth : 1;

	if (!a->trigger || a->f->trigger.from != from)
		return;
	stream_add(a->seen, now_us(a), &byte, 1);
	if (!stream_find(a->seen, a->trigger, a->pos, false, &hit, &a->pos))
		return;
	/* The rest of a line that has matched must not match again. */
	a->pos = hit.resume;
	if (stream_line_at(a->seen, hit.start) + 1 == stream_lines(a->seen))
		stream_break_line(a->seen);
	if (++a->matches >= nth && a->phase == PHASE_WAIT)
		triggered(a, from_inside);
}

/* --- the way of a byte --------------------------------------------------------------------------------------- */

static bool acts_on(struct armed *a, enum direction d)
{
	bool here = a->f->kind == FAULT_HANGUP || (a->f->toward == TOWARD_MODEM) == (d == TO_MODEM);

	if (!here)
		return false;
	if (a->phase == PHASE_OFFSET) {
		if (a->left_offset-- > 0)
			return false;
		activate(a);
	}
	if (!a->row->byte || a->phase != PHASE_ACTIVE)
		return false;
	/* Without a trigger to judge, each byte of a one-shot kind is its own chance. */
	return a->trigger || !a->row->one_shot || a->f->chance >= 1 ||
	       prng_below(&a->line->prng, 1000000) < (uint32_t)(a->f->chance * 1000000);
}

/* Counts one byte of a one-shot kind; at the end of the run the copy follows and the next round is due. */
static void consume(struct fault_line *l, enum direction d, struct armed *a, uint64_t due_us)
{
	struct armed *next = TAILQ_NEXT(a, entry);

	if (++a->count < (a->f->bytes ? a->f->bytes : 1))
		return;
	a->count = 0;
	for (size_t i = 0; i < a->copy.len; i++)
		pass(l, d, next, (unsigned char)a->copy.data[i], due_us);
	if (a->copy.len)
		set_fired(a, ": %zu bytes twice", a->copy.len);
	buf_reset(&a->copy);
	if (a->trigger)
		finish(a);
	else if (a->f->times && a->rounds++ >= a->f->times)
		a->phase = PHASE_DONE;
}

static void leave(struct fault_line *l, enum direction d, unsigned char byte, uint64_t due_us)
{
	struct way *w = &l->way[d];
	struct held *h;

	if (due_us < w->last_due_us && !STAILQ_EMPTY(&w->queue))
		due_us = w->last_due_us;
	if (due_us <= clock_now_us(l->clock) && STAILQ_EMPTY(&w->queue)) {
		buf_addc(&w->now, (char)byte);
		return;
	}
	h = w->held < HELD_MAX_BYTES ? malloc(sizeof(*h)) : NULL;
	if (!h)
		return;
	*h = (struct held){ .due_us = due_us, .byte = byte };
	w->last_due_us = due_us;
	w->held++;
	STAILQ_INSERT_TAIL(&w->queue, h, entry);
}

static void pass(struct fault_line *l, enum direction d, struct armed *a, unsigned char byte, uint64_t due_us)
{
	for (; a; a = TAILQ_NEXT(a, entry)) {
		bool kept;

		if (!acts_on(a, d))
			continue;
		kept = a->row->byte(a, &byte, &due_us);
		if (a->row->one_shot && kept) {
			pass(l, d, TAILQ_NEXT(a, entry), byte, due_us);
			consume(l, d, a, due_us);
			return;
		}
		if (a->row->one_shot)
			consume(l, d, a, due_us);
		if (!kept)
			return;
	}
	leave(l, d, byte, due_us);
}

static void send_now(struct fault_line *l, enum direction d)
{
	struct way *w = &l->way[d];
	struct buf out = w->now;
	struct held *h;

	buf_init(&w->now, HELD_MAX_BYTES);
	if (out.len && d == TO_MODEM)
		l->hooks.to_modem(out.data, out.len, l->hooks.ctx);
	else if (out.len)
		l->hooks.to_host(out.data, out.len, l->hooks.ctx);
	buf_free(&out);
	h = STAILQ_FIRST(&w->queue);
	if (h && h->due_us != UINT64_MAX) {
		uint64_t now = clock_now_us(l->clock);

		clock_arm(l->clock, &w->timer, h->due_us > now ? h->due_us - now : 0);
	}
}

static void on_due(void *ctx)
{
	struct way *w = ctx;
	struct held *h;

	while ((h = STAILQ_FIRST(&w->queue)) != NULL && h->due_us <= clock_now_us(w->line->clock)) {
		buf_addc(&w->now, (char)h->byte);
		STAILQ_REMOVE_HEAD(&w->queue, entry);
		w->held--;
		free(h);
	}
	send_now(w->line, (enum direction)(w - w->line->way));
}

void fault_line_feed(struct fault_line *l, enum stream_id from, const void *p, size_t n)
{
	enum direction d = from == STREAM_HOST ? TO_MODEM : TO_HOST;
	const unsigned char *s = p;
	struct armed *a;

	if (TAILQ_EMPTY(&l->armed) && STAILQ_EMPTY(&l->way[d].queue)) {
		buf_add(&l->way[d].now, p, n);
		send_now(l, d);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		pass(l, d, TAILQ_FIRST(&l->armed), s[i], clock_now_us(l->clock));
		TAILQ_FOREACH(a, &l->armed, entry)
			look(a, from, s[i], false);
	}
	send_now(l, d);
}

void fault_line_break(struct fault_line *l, enum stream_id from)
{
	struct armed *a;

	TAILQ_FOREACH(a, &l->armed, entry) {
		if (a->trigger && a->f->trigger.from == from)
			stream_break_line(a->seen);
	}
}

void fault_line_notice(struct fault_line *l, enum stream_id from, const void *p, size_t n)
{
	const unsigned char *s = p;
	struct armed *a;

	TAILQ_FOREACH(a, &l->armed, entry) {
		for (size_t i = 0; i < n; i++)
			look(a, from, s[i], true);
	}
}

/* --- arming -------------------------------------------------------------------------------------------------- */

static void armed_free(struct armed *a)
{
	timer_cancel(&a->timer);
	timer_cancel(&a->end);
	stream_free(a->seen);
	match_free(a->trigger);
	buf_free(&a->copy);
	free(a);
}

static int check_fault(const struct fault *f, struct err *e)
{
	bool net = f->link == FAULT_LINK_NET;

	if (net && f->kind != FAULT_RESET && f->kind != FAULT_DOWN)
		return err_set(e, -ENOTSUP, "%s on the network is not possible here", fault_name(f->kind));
	if (f->kind == FAULT_BANDWIDTH && f->rate <= 0)
		return err_set(e, -EINVAL, "bandwidth needs a rate");
	if (f->kind == FAULT_REPLY && (!f->trigger.match || f->trigger.from != STREAM_HOST))
		return err_set(e, -EINVAL, "reply needs a trigger that matches a command (from: host)");
	if (f->kind == FAULT_MUTE && !f->hold_us)
		return err_set(e, -EINVAL, "mute needs a hold");
	return 0;
}

static struct armed *armed_new(struct fault_line *l, const struct fault *f, struct err *e)
{
	struct armed *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->f = f;
	a->row = &rows[f->kind];
	a->line = l;
	a->order.next = 1;
	timer_init(&a->timer, on_delay, a);
	timer_init(&a->end, on_end, a);
	buf_init(&a->copy, HELD_MAX_BYTES);
	a->seen = stream_new(&a->order);
	if (f->trigger.match)
		a->trigger = match_new(PATTERN_MATCH, f->trigger.match, e);
	if (a->seen && (a->trigger || !f->trigger.match))
		return a;
	armed_free(a);
	return NULL;
}

int fault_line_arm(struct fault_line *l, const struct fault *f, struct err *e)
{
	struct armed *a;
	int err = check_fault(f, e);

	if (err)
		return err;
	a = armed_new(l, f, e);
	if (!a)
		return err_set(e, -EINVAL, "out of memory");
	TAILQ_INSERT_TAIL(&l->armed, a, entry);
	if (!a->trigger)
		triggered(a, false);
	return 0;
}

/* What a stall without end held back leaves now. */
static void release(struct fault_line *l)
{
	for (int d = 0; d < DIRECTIONS; d++) {
		struct way *w = &l->way[d];
		struct held *h;

		STAILQ_FOREACH(h, &w->queue, entry) {
			if (h->due_us == UINT64_MAX)
				h->due_us = clock_now_us(l->clock);
		}
		w->last_due_us = 0;
		send_now(l, (enum direction)d);
	}
}

int fault_line_clear(struct fault_line *l, const char *id)
{
	struct armed *a;
	int found = -ENOENT;

	TAILQ_FOREACH(a, &l->armed, entry) {
		if (!a->f->id || strcmp(a->f->id, id))
			continue;
		found = 0;
		timer_cancel(&a->timer);
		timer_cancel(&a->end);
		if (a->phase == PHASE_ACTIVE && a->row->undo)
			a->row->undo(a);
		a->phase = PHASE_DONE;
	}
	if (!found)
		release(l);
	return found;
}

const struct fault *fault_line_unfired(const struct fault_line *l)
{
	struct armed *a;

	TAILQ_FOREACH(a, &l->armed, entry) {
		if (!a->fired && !a->f->maybe && a->f->chance >= 1)
			return a->f;
	}
	return NULL;
}

struct fault_line *fault_line_new(struct clock *clock, uint64_t seed, const struct fault_hooks *hooks)
{
	struct fault_line *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->clock = clock;
	l->hooks = *hooks;
	prng_seed(&l->prng, seed);
	TAILQ_INIT(&l->armed);
	for (int d = 0; d < DIRECTIONS; d++) {
		STAILQ_INIT(&l->way[d].queue);
		buf_init(&l->way[d].now, HELD_MAX_BYTES);
		timer_init(&l->way[d].timer, on_due, &l->way[d]);
		l->way[d].line = l;
	}
	return l;
}

void fault_line_free(struct fault_line *l)
{
	struct armed *a;
	struct held *h;

	if (!l)
		return;
	while ((a = TAILQ_FIRST(&l->armed)) != NULL) {
		TAILQ_REMOVE(&l->armed, a, entry);
		armed_free(a);
	}
	for (int d = 0; d < DIRECTIONS; d++) {
		timer_cancel(&l->way[d].timer);
		while ((h = STAILQ_FIRST(&l->way[d].queue)) != NULL) {
			STAILQ_REMOVE_HEAD(&l->way[d].queue, entry);
			free(h);
		}
		buf_free(&l->way[d].now);
	}
	free(l);
}
