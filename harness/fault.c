/*
 * Arming of faults, their triggers and their phases. What a kind does is in fault_kinds.c, how bytes pass in
 * fault_way.c.
 */
#include "harness/fault_parts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/match.h"

void fault_set_fired(struct armed *a, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	int n;

	n = snprintf(text, sizeof(text), "%s%s%s", fault_name(a->f->kind), a->f->id ? " " : "",
		     a->f->id ? a->f->id : "");
	va_start(ap, fmt);
	if (n > 0 && (size_t)n < sizeof(text))
		vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	a->fired = true;
	a->line->hooks.fired(a->f, text, a->line->hooks.ctx);
}

/* --- phases -------------------------------------------------------------------------------------------------- */

/* The activity is over: wait for the next trigger, or for good. */
static void finish(struct armed *a)
{
	bool again = !a->f->times || a->rounds < a->f->times;

	timer_cancel(&a->end);
	if (a->row->undo)
		a->row->undo(a);
	a->phase = again && a->trigger ? PHASE_WAIT : PHASE_DONE;
}

void fault_activate(struct armed *a)
{
	uint64_t hold = a->f->hold_us;

	a->phase = PHASE_ACTIVE;
	a->rounds++;
	a->until_us = hold ? fault_now_us(a) + hold : UINT64_MAX;
	if (a->row->act)
		a->row->act(a);
	if (hold)
		clock_arm(a->line->clock, &a->end, hold);
	else if (!a->row->byte && !a->row->lasts)
		finish(a);
}

void fault_round_over(struct armed *a)
{
	if (a->trigger)
		finish(a);
	else if (a->f->times && a->rounds++ >= a->f->times)
		a->phase = PHASE_DONE;
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
	if (a->left_offset || (a->on_net && t->offset == 0))
		a->phase = PHASE_OFFSET;
	else
		fault_activate(a);
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

void fault_look(struct armed *a, enum stream_id from, unsigned char byte, bool from_inside)
{
	struct stream_hit hit;
	long nth = a->f->trigger.nth > 0 ? a->f->trigger.nth : 1;

	if (!a->trigger || a->f->trigger.from != from)
		return;
	stream_add(a->seen, fault_now_us(a), &byte, 1);
	if (!stream_find(a->seen, a->trigger, a->pos, false, &hit, &a->pos))
		return;
	/* The rest of a line that has matched must not match again. */
	a->pos = hit.resume;
	if (stream_line_at(a->seen, hit.start) + 1 == stream_lines(a->seen))
		stream_break_line(a->seen);
	if (++a->matches >= nth && a->phase == PHASE_WAIT)
		triggered(a, from_inside);
}

void fault_line_break(struct fault_line *l, enum stream_id from)
{
	struct armed *a;

	TAILQ_FOREACH (a, &l->armed, entry) {
		if (a->trigger && a->f->trigger.from == from)
			stream_break_line(a->seen);
	}
}

void fault_line_notice(struct fault_line *l, enum stream_id from, const void *p, size_t n)
{
	const unsigned char *s = p;
	struct armed *a;

	TAILQ_FOREACH (a, &l->armed, entry) {
		for (size_t i = 0; i < n; i++)
			fault_look(a, from, s[i], true);
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

static int check_fault(const struct fault_line *l, const struct fault *f, struct err *e)
{
	const struct fault_kind_row *row = fault_kind_row(f->kind);

	if (f->link == FAULT_LINK_NET && !row->net)
		return err_set(e, -EINVAL, "%s is not possible on the network", fault_name(f->kind));
	if (f->link == FAULT_LINK_NET && LIST_EMPTY(&l->nets) && !row->control)
		return err_set(e, -ENOTSUP, "%s on the network needs a real server, there is none here",
			       fault_name(f->kind));
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
	a->row = fault_kind_row(f->kind);
	a->line = l;
	a->on_net = f->link == FAULT_LINK_NET && !LIST_EMPTY(&l->nets);
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
	int err = check_fault(l, f, e);

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

int fault_line_clear(struct fault_line *l, const char *id)
{
	struct armed *a;
	int found = -ENOENT;

	TAILQ_FOREACH (a, &l->armed, entry) {
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
		fault_release(l);
	return found;
}

const struct fault *fault_line_unfired(const struct fault_line *l)
{
	struct armed *a;

	TAILQ_FOREACH (a, &l->armed, entry) {
		if (!a->fired && !a->f->maybe && a->f->chance >= 1)
			return a->f;
	}
	return NULL;
}

bool fault_line_has_fired(const struct fault_line *l, const char *id)
{
	struct armed *a;

	TAILQ_FOREACH (a, &l->armed, entry) {
		if (a->fired && a->f->id && !strcmp(a->f->id, id))
			return true;
	}
	return false;
}

/* --- the line and the network ----------------------------------------------------------------------------------- */

void fault_line_join(struct fault_line *l, struct fault_net *net)
{
	LIST_INSERT_HEAD(&l->nets, net, entry);
}

void fault_line_leave(struct fault_net *net)
{
	LIST_REMOVE(net, entry);
}

bool fault_line_admits(struct fault_line *l)
{
	struct armed *a;

	TAILQ_FOREACH (a, &l->armed, entry) {
		if (!a->on_net || !a->row->resets || a->phase != PHASE_ACTIVE)
			continue;
		fault_set_fired(a, ": a new connection reset");
		return false;
	}
	return true;
}

static void nothing(void *ctx)
{
	(void)ctx; /* a serial line has no end */
}

struct fault_line *fault_line_new(struct clock *clock, uint64_t seed, const struct fault_hooks *hooks)
{
	const struct fault_way_hooks to_modem = { hooks->to_modem, nothing, nothing, hooks->ctx };
	const struct fault_way_hooks to_host = { hooks->to_host, nothing, nothing, hooks->ctx };
	struct fault_line *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->clock = clock;
	l->hooks = *hooks;
	prng_seed(&l->prng, seed);
	TAILQ_INIT(&l->armed);
	l->to_modem = fault_way_new_serial(l, TOWARD_MODEM, &to_modem);
	l->to_host = fault_way_new_serial(l, TOWARD_HOST, &to_host);
	if (l->to_modem && l->to_host)
		return l;
	fault_line_free(l);
	return NULL;
}

void fault_line_free(struct fault_line *l)
{
	struct armed *a;

	if (!l)
		return;
	fault_way_free(l->to_modem);
	fault_way_free(l->to_host);
	while ((a = TAILQ_FIRST(&l->armed)) != NULL) {
		TAILQ_REMOVE(&l->armed, a, entry);
		armed_free(a);
	}
	free(l);
}
