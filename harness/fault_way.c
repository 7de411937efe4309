/*
 * The way of a byte: past the armed faults in the order they were armed, so that the outcome does not depend on how the
 * bytes were cut, and out when its time has come, never before the byte in front of it.
 */
#include "harness/fault_parts.h"

#include <stdlib.h>

static bool acts_on(struct armed *a, enum direction d)
{
	bool here = a->f->kind == FAULT_HANGUP || (a->f->toward == TOWARD_MODEM) == (d == TO_MODEM);

	if (!here)
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

/* Counts one byte of a one-shot kind; at the end of the run the copy follows and the next round is due. */
static void consume(struct fault_line *l, enum direction d, struct armed *a, uint64_t due_us)
{
	struct armed *next = TAILQ_NEXT(a, entry);

	if (++a->count < (a->f->bytes ? a->f->bytes : 1))
		return;
	a->count = 0;
	for (size_t i = 0; i < a->copy.len; i++)
		fault_pass(l, d, next, (unsigned char)a->copy.data[i], due_us);
	if (a->copy.len)
		fault_set_fired(a, ": %zu bytes twice", a->copy.len);
	buf_reset(&a->copy);
	if (a->trigger)
		fault_finish(a);
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

void fault_pass(struct fault_line *l, enum direction d, struct armed *a, unsigned char byte, uint64_t due_us)
{
	for (; a; a = TAILQ_NEXT(a, entry)) {
		bool kept;

		if (!acts_on(a, d))
			continue;
		kept = a->row->byte(a, &byte, &due_us);
		if (a->row->one_shot && kept) {
			fault_pass(l, d, TAILQ_NEXT(a, entry), byte, due_us);
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
		fault_pass(l, d, TAILQ_FIRST(&l->armed), s[i], clock_now_us(l->clock));
		TAILQ_FOREACH (a, &l->armed, entry)
			fault_look(a, from, s[i], false);
	}
	send_now(l, d);
}

void fault_release(struct fault_line *l)
{
	for (int d = 0; d < DIRECTIONS; d++) {
		struct way *w = &l->way[d];
		struct held *h;

		STAILQ_FOREACH(h, &w->queue, entry)
		{
			if (h->due_us == UINT64_MAX)
				h->due_us = clock_now_us(l->clock);
		}
		w->last_due_us = 0;
		send_now(l, (enum direction)d);
	}
}

void fault_way_init(struct fault_line *l)
{
	for (int d = 0; d < DIRECTIONS; d++) {
		STAILQ_INIT(&l->way[d].queue);
		buf_init(&l->way[d].now, HELD_MAX_BYTES);
		timer_init(&l->way[d].timer, on_due, &l->way[d]);
		l->way[d].line = l;
	}
}

void fault_way_free(struct fault_line *l)
{
	struct held *h;

	for (int d = 0; d < DIRECTIONS; d++) {
		timer_cancel(&l->way[d].timer);
		while ((h = STAILQ_FIRST(&l->way[d].queue)) != NULL) {
			STAILQ_REMOVE_HEAD(&l->way[d].queue, entry);
			free(h);
		}
		buf_free(&l->way[d].now);
	}
}
