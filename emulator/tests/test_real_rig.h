/* A link on the real clock: loop, world, trace, and waiting for what must happen before a deadline. */
#ifndef TESTS_TEST_REAL_RIG_H
#define TESTS_TEST_REAL_RIG_H

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/trace.h"
#include "clock/clock.h"
#include "io/loop.h"
#include "link/link.h"
#include "link/session.h"
#include "link/world.h"

struct real_rig {
	struct clock *clock;
	struct loop *loop;
	struct trace *trace;
	struct world *world;
	struct link *link;
	struct buf broker, model; /* lines of TRACE_BROKER and TRACE_MODEL, '\n' after each */
	struct timer tick;
	unsigned ticks_left;
	double speed;
};

static inline void real_rig_on_trace(const struct trace_event *ev, void *ctx)
{
	struct real_rig *r = ctx;
	struct buf *b = ev->kind == TRACE_BROKER ? &r->broker : &r->model;

	if (ev->kind != TRACE_BROKER && ev->kind != TRACE_MODEL)
		return;
	buf_add(b, ev->data, ev->len);
	buf_addc(b, '\n');
}

/* A timer may make a condition true and the loop then wait for a descriptor, so it is woken now and then: 20 s in all. */
enum { REAL_RIG_TICK_US = 10000, REAL_RIG_TICKS = 2000 };

static inline void real_rig_on_tick(void *ctx)
{
	struct real_rig *r = ctx;

	if (r->ticks_left && --r->ticks_left)
		clock_arm(r->clock, &r->tick, (uint64_t)(REAL_RIG_TICK_US * r->speed));
}

/* speed: how fast the modem's clock runs, so that its patience costs a test little. */
static inline void real_rig_start_fast(struct real_rig *r, const char *world, double speed)
{
	struct err e = { 0 };

	signal(SIGPIPE, SIG_IGN); /* as all programs do */
	memset(r, 0, sizeof(*r));
	buf_init(&r->broker, 1 << 20);
	buf_init(&r->model, 1 << 20);
	timer_init(&r->tick, real_rig_on_tick, r);
	r->speed = speed;
	r->clock = clock_new_monotonic(speed);
	r->loop = loop_new(r->clock);
	r->trace = trace_new(clock_now_for_trace, r->clock);
	trace_add_sink(r->trace, real_rig_on_trace, r);
	r->world = world_load_text("test.yaml", world, strlen(world), &e);
	ck_assert_msg(r->world, "%s", e.msg);
	r->link = link_new(&(struct link_options){ .world = r->world, .clock = r->clock, .trace = r->trace,
						   .loop = r->loop });
	ck_assert_ptr_nonnull(r->link);
}

static inline void real_rig_start(struct real_rig *r, const char *world)
{
	real_rig_start_fast(r, world, 1);
}

/* A stopped link leaves no timer, and no handle or request but the loop's own. */
static inline void real_rig_stop(struct real_rig *r)
{
	link_free(r->link);
	timer_cancel(&r->tick);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	world_free(r->world);
	trace_free(r->trace);
	loop_free(r->loop);
	clock_free(r->clock);
	buf_free(&r->broker);
	buf_free(&r->model);
}

/* Runs the loop until cond holds. Generous: only a failure lasts that long. */
static inline bool real_rig_until(struct real_rig *r, bool (*cond)(void *ctx), void *ctx)
{
	bool holds;

	r->ticks_left = REAL_RIG_TICKS;
	clock_arm(r->clock, &r->tick, (uint64_t)(REAL_RIG_TICK_US * r->speed));
	while (!(holds = cond(ctx)) && r->ticks_left)
		loop_once(r->loop);
	timer_cancel(&r->tick);
	return holds;
}

static inline bool real_rig_is_true(void *flag)
{
	return *(bool *)flag;
}

static inline void real_rig_wait(struct real_rig *r, bool *done)
{
	ck_assert_msg(real_rig_until(r, real_rig_is_true, done), "nothing came within 20 s");
}

static inline bool real_why_says(const struct why *w, const char *rule, const char *text)
{
	for (size_t i = 0; i < w->n; i++) {
		if ((!rule || !strcmp(w->step[i].rule, rule)) && strstr(w->step[i].text, text))
			return true;
	}
	return false;
}

static inline int real_rig_main(Suite *s)
{
	SRunner *runner = srunner_create(s);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
