/*
 * The way of a byte: past the armed faults in the order they were armed, so that the outcome does not depend on how the
 * bytes were cut, and out when its time has come, never before the byte in front of it.
 */
#include "harness/fault_parts.h"

#include <stdlib.h>

/* --- past the faults -------------------------------------------------------------------------------------------- */

static bool is_on(const struct armed *a, const struct fault_way *w)
{
	if (a->on_net != w->on_net)
		return false;
	if (w->on_net)
		return (a->f->toward == TOWARD_BROKER) == (w->toward == TOWARD_BROKER);
	return a->f->kind == FAULT_HANGUP || (a->f->toward == TOWARD_MODEM) == (w->toward == TOWARD_MODEM);
}

static bool acts_on(struct armed *a, const struct fault_way *w)
{
	if (!is_on(a, w))
		return false;
	if (a->phase == PHASE_OFFSET) {
		if (a->left_offset-- > 0)
			return false;
		fault_activate(a);
	}
	if (!a->row->byte || a->phase != PHASE_ACTIVE)
		return false;
	/* Without a trigger to judge, each byte of a one-shot kind is its own chance. */
	return a->trigger || !a->row->one_shot || a->f->chance >= 1 ||
	       prng_below(&a->line->prng, 1000000) < (uint32_t)(a->f->chance * 1000000);
}

/* NULL: out of memory. */
static struct lane *lane_of(struct fault_way *w, struct armed *a)
{
	struct lane *lane;

	SLIST_FOREACH(lane, &w->lanes, entry)
	{
		if (lane->fault == a)
			break;
	}
	if (!lane) {
		lane = calloc(1, sizeof(*lane));
		if (!lane)
			return NULL;
		lane->fault = a;
		lane->way = w;
		SLIST_INSERT_HEAD(&w->lanes, lane, entry);
	}
	if (lane->round != a->rounds)
		lane->count = 0;
	lane->round = a->rounds;
	return lane;
}

/* Counts one byte of a one-shot kind; at the end of the run the copy follows and the next round is due. */
static void consume(struct lane *lane, uint64_t due_us)
{
	struct armed *a = lane->fault;

	if (++lane->count < (a->f->bytes ? a->f->bytes : 1))
		return;
	lane->count = 0;
	for (size_t i = 0; i < a->copy.len; i++)
		fault_pass(lane->way, TAILQ_NEXT(a, entry), (unsigned char)a->copy.data[i], due_us);
	if (a->copy.len)
		fault_set_fired(a, ": %zu bytes twice", a->copy.len);
	buf_reset(&a->copy);
	fault_round_over(a);
}

/* What leaves last. NULL: the way is empty. */
static struct run *last_run(const struct fault_way *w)
{
	return TAILQ_LAST(&w->runs, runs);
}

/* NULL: out of memory. */
static struct run *add_run(struct fault_way *w, uint64_t due_us)
{
	struct run *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->due_us = due_us;
	TAILQ_INSERT_TAIL(&w->runs, r, entry);
	return r;
}

static void drop_run(struct fault_way *w, struct run *r)
{
	TAILQ_REMOVE(&w->runs, r, entry);
	free(r);
}

/* Bytes that are through leave now or when they are due. Past the most a way may hold they are lost. */
static void leave(struct fault_way *w, const void *p, size_t n, uint64_t due_us)
{
	struct run *r = last_run(w);

	if (w->closed)
		return;
	if (!r && due_us <= clock_now_us(w->line->clock)) {
		buf_add(&w->now, p, n);
		return;
	}
	if (!r || due_us > r->due_us)
		r = add_run(w, due_us);
	if (r && !buf_add(&w->held, p, n))
		r->n += n;
}

void fault_pass(struct fault_way *w, struct armed *a, unsigned char byte, uint64_t due_us)
{
	for (; a; a = TAILQ_NEXT(a, entry)) {
		struct lane *lane = acts_on(a, w) ? lane_of(w, a) : NULL;
		bool kept;

		if (!lane)
			continue;
		kept = a->row->byte(lane, &byte, &due_us);
		if (a->row->one_shot && kept) {
			fault_pass(w, TAILQ_NEXT(a, entry), byte, due_us);
			consume(lane, due_us);
			return;
		}
		if (a->row->one_shot)
			consume(lane, due_us);
		if (!kept)
			return;
	}
	leave(w, &byte, 1, due_us);
}

/* --- out -------------------------------------------------------------------------------------------------------- */

void fault_way_flush(struct fault_way *w)
{
	struct buf out = w->now;

	buf_init(&w->now, HELD_MAX_BYTES);
	if (out.len)
		w->hooks.out(out.data, out.len, w->hooks.ctx);
	buf_free(&out);
}

/* At the end of each call: what is due goes, the clock is asked for the rest. */
static void send_now(struct fault_way *w)
{
	struct run *r;

	fault_way_flush(w);
	if (w->closed)
		return;
	r = TAILQ_FIRST(&w->runs);
	if (r && r->due_us != UINT64_MAX) {
		uint64_t now = clock_now_us(w->line->clock);

		clock_arm(w->line->clock, &w->timer, r->due_us > now ? r->due_us - now : 0);
	} else if (!r && w->cut) {
		w->hooks.cut(w->hooks.ctx);
	}
}

static void on_due(void *ctx)
{
	struct fault_way *w = ctx;
	size_t n = 0;
	bool end = false;
	struct run *r;

	while (!end && (r = TAILQ_FIRST(&w->runs)) != NULL && r->due_us <= clock_now_us(w->line->clock)) {
		n += r->n;
		end = r->end;
		drop_run(w, r);
	}
	buf_add(&w->now, w->held.data, n);
	buf_drop(&w->held, n);
	send_now(w);
	if (end && !w->closed)
		w->hooks.end(w->hooks.ctx);
}

/* --- in --------------------------------------------------------------------------------------------------------- */

void fault_line_feed(struct fault_line *l, enum stream_id from, const void *p, size_t n)
{
	struct fault_way *w = from == STREAM_HOST ? l->to_modem : l->to_host;
	const unsigned char *s = p;
	struct armed *a;

	if (TAILQ_EMPTY(&l->armed)) {
		fault_way_feed(w, p, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		fault_pass(w, TAILQ_FIRST(&l->armed), s[i], clock_now_us(l->clock));
		TAILQ_FOREACH (a, &l->armed, entry)
			fault_look(a, from, s[i], false);
	}
	send_now(w);
}

/* Some fault wants to see each byte. */
static bool is_watched(const struct fault_way *w)
{
	const struct armed *a;

	TAILQ_FOREACH (a, &w->line->armed, entry) {
		if (is_on(a, w) && (a->phase == PHASE_OFFSET || (a->phase == PHASE_ACTIVE && a->row->byte)))
			return true;
	}
	return false;
}

void fault_way_feed(struct fault_way *w, const void *p, size_t n)
{
	const unsigned char *s = p;
	bool watched = is_watched(w);

	if (w->cut || w->closed)
		return;
	if (!watched && !last_run(w) && !w->now.len) {
		w->hooks.out(p, n, w->hooks.ctx);
		return;
	}
	if (!watched)
		leave(w, p, n, 0);
	for (size_t i = 0; watched && i < n && !w->cut && !w->closed; i++)
		fault_pass(w, TAILQ_FIRST(&w->line->armed), s[i], clock_now_us(w->line->clock));
	if (!w->closed)
		send_now(w);
}

void fault_way_end(struct fault_way *w)
{
	uint64_t now = clock_now_us(w->line->clock), due = now;
	struct run *last = last_run(w), *r;
	unsigned char none = 0;
	struct armed *a;

	if (w->cut || w->closed)
		return;
	TAILQ_FOREACH (a, &w->line->armed, entry) {
		bool delayed = is_on(a, w) && a->phase == PHASE_ACTIVE && a->row->delays;
		struct lane *lane = delayed ? lane_of(w, a) : NULL;

		if (lane)
			a->row->byte(lane, &none, &due);
	}
	if (last && due < last->due_us)
		due = last->due_us;
	r = last || due > now ? add_run(w, due) : NULL;
	if (!r) {
		w->hooks.end(w->hooks.ctx);
		return;
	}
	r->end = true;
	send_now(w);
}

size_t fault_way_held(const struct fault_way *w)
{
	return w->held.len + w->now.len;
}

/* --- making and ending ------------------------------------------------------------------------------------------ */

static struct fault_way *way_new(struct fault_line *l, bool on_net, enum fault_toward toward,
				 const struct fault_way_hooks *hooks)
{
	struct fault_way *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->line = l;
	w->on_net = on_net;
	w->toward = toward;
	w->hooks = *hooks;
	TAILQ_INIT(&w->runs);
	buf_init(&w->held, HELD_MAX_BYTES);
	buf_init(&w->now, HELD_MAX_BYTES);
	timer_init(&w->timer, on_due, w);
	LIST_INSERT_HEAD(&l->ways, w, entry);
	return w;
}

struct fault_way *fault_way_new(struct fault_line *l, enum fault_toward toward, const struct fault_way_hooks *hooks)
{
	return way_new(l, true, toward, hooks);
}

struct fault_way *fault_way_new_serial(struct fault_line *l, enum fault_toward toward,
				       const struct fault_way_hooks *hooks)
{
	return way_new(l, false, toward, hooks);
}

void fault_release(struct fault_line *l)
{
	struct fault_way *w;
	struct run *r;

	LIST_FOREACH (w, &l->ways, entry) {
		TAILQ_FOREACH (r, &w->runs, entry) {
			if (r->due_us == UINT64_MAX)
				r->due_us = clock_now_us(l->clock);
		}
		send_now(w);
	}
}

void fault_way_close(struct fault_way *w)
{
	struct run *r;

	w->closed = true;
	timer_cancel(&w->timer);
	while ((r = TAILQ_FIRST(&w->runs)) != NULL)
		drop_run(w, r);
	buf_free(&w->held);
	buf_free(&w->now);
}

void fault_way_free(struct fault_way *w)
{
	struct lane *lane;

	if (!w)
		return;
	fault_way_close(w);
	while ((lane = SLIST_FIRST(&w->lanes)) != NULL) {
		SLIST_REMOVE_HEAD(&w->lanes, entry);
		free(lane);
	}
	LIST_REMOVE(w, entry);
	free(w);
}
