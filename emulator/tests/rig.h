/*
 * A whole modem on the virtual clock for tests of command families: profile, built-in world, device and one AT channel.
 * rig_row() sends host bytes and wants exact modem bytes; rig_after() wants them at an exact virtual time.
 */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "at/at.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/trace.h"
#include "clock/clock.h"
#include "cmd/cmd.h"
#include "io/loop.h"
#include "modem/modem.h"
#include "profile/profile.h"

/* A row that brings nothing within this time of its last byte failed. */
enum { RIG_PATIENCE_S = 400, RIG_OUT_MAX = 1 << 20 };

#define RIG_OK "\r\nOK\r\n"
#define RIG_ERROR "\r\nERROR\r\n"

struct rig {
	struct profile *profile;
	struct world *world;
	struct clock *clock;
	struct loop *loop;	/* NULL: virtual time */
	struct trace *trace;
	struct link *link;
	struct modem *modem;
	struct cmd_host host;
	struct buf out;		/* what the modem said and no row has taken yet */
	struct buf why;		/* JSON lines of the last results */
	uint64_t sent_us;	/* when the last row was sent */
	bool full;		/* the host does not read; at_host_ready() when that is over */
};

static inline void rig_take_out(const void *p, size_t n, void *ctx)
{
	struct rig *r = ctx;

	ck_assert_int_eq(buf_add(&r->out, p, n), 0);
}

static inline void rig_take_trace(const struct trace_event *ev, void *ctx)
{
	struct rig *r = ctx;

	if (ev->kind == TRACE_WHY)
		trace_to_json(ev, &r->why);
}

static inline bool rig_is_full(void *ctx)
{
	return ((struct rig *)ctx)->full;
}

static inline void rig_flows(struct at_channel *at, void *ctx)
{
	(void)at;
	cmd_flows(&((struct rig *)ctx)->host);
}

/*
 * An off modem of a built-in profile in a world of its own; quirks "name=value", NULL-terminated, or NULL. real: on the
 * real clock and a loop, where the world may lead to real addresses; its owner turns the loop.
 */
static inline struct rig *rig_new_on(const char *profile, const char *const *quirks, struct world *world,
				     const char *state_dir, bool real)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct err e = { 0 };

	ck_assert_ptr_nonnull(r);
	buf_init(&r->out, RIG_OUT_MAX);
	buf_init(&r->why, RIG_OUT_MAX);
	r->profile = profile_load(profile, &e);
	ck_assert_msg(r->profile != NULL, "%s", e.msg);
	for (; quirks && *quirks; quirks++)
		ck_assert_msg(!profile_set(r->profile, *quirks, &e), "%s", e.msg);
	r->world = world;
	r->clock = real ? clock_new_monotonic(1) : clock_new_virtual();
	r->loop = real ? loop_new(r->clock) : NULL;
	r->trace = trace_new(clock_now_for_trace, r->clock);
	trace_add_sink(r->trace, rig_take_trace, r);
	r->link = link_new(&(struct link_options){ .world = r->world, .clock = r->clock, .trace = r->trace,
						      .loop = r->loop });
	ck_assert_ptr_nonnull(r->link);
	r->modem = modem_new(&(struct modem_options){ .profile = r->profile, .link = r->link, .clock = r->clock,
						      .trace = r->trace, .seed = 1, .state_dir = state_dir },
			     cmd_event, &r->host, &e);
	ck_assert_msg(r->modem != NULL, "%s", e.msg);
	r->host.modem = r->modem;
	r->host.channel[0] = at_new(cmd_tables(), r->profile, r->clock, r->trace,
				    &(struct at_hooks){ .out = rig_take_out, .gate = cmd_gate, .full = rig_is_full,
						      .flows = rig_flows, .ctx = r }, &r->host);
	ck_assert_ptr_nonnull(r->host.channel[0]);
	r->host.n = 1;
	return r;
}

static inline struct rig *rig_new_in(const char *profile, const char *const *quirks, struct world *world,
				     const char *state_dir)
{
	return rig_new_on(profile, quirks, world, state_dir, false);
}

/* The same in the built-in world, with files before it. */
static inline struct rig *rig_new_off(const char *profile, const char *const *quirks, const char *const *worlds,
				      size_t n_worlds, const char *state_dir)
{
	struct err e = { 0 };
	struct world *world = world_load(worlds, n_worlds, &e);

	ck_assert_msg(world != NULL, "%s", e.msg);
	return rig_new_in(profile, quirks, world, state_dir);
}

static inline void rig_free(struct rig *r)
{
	at_free(r->host.channel[0]);
	modem_free(r->modem);
	link_free(r->link);
	trace_free(r->trace);
	if (r->loop)
		loop_free(r->loop);
	clock_free(r->clock);
	world_free(r->world);
	profile_free(r->profile);
	buf_free(&r->out);
	buf_free(&r->why);
	free(r);
}

static inline void rig_feed(struct rig *r, const char *in, size_t n)
{
	r->sent_us = clock_now_us(r->clock);
	at_feed(r->host.channel[0], in, n);
}

/* Compares what came with what was wanted, both shown escaped, and forgets it. */
static inline void rig_check(struct rig *r, const char *in, const char *want, size_t n)
{
	struct buf got_text, want_text;
	bool same = r->out.len == n && (!n || !memcmp(r->out.data, want, n));

	buf_init(&got_text, RIG_OUT_MAX);
	buf_init(&want_text, RIG_OUT_MAX);
	str_escape(&got_text, r->out.data, r->out.len);
	str_escape(&want_text, want, n);
	ck_assert_msg(same, "%s at %.3f s\n  want %s\n  got  %s\n  why  %s", in,
		      (double)clock_now_us(r->clock) / 1e6, buf_str(&want_text), buf_str(&got_text), buf_str(&r->why));
	buf_free(&got_text);
	buf_free(&want_text);
	buf_reset(&r->out);
}

/* Lets time pass until as many bytes came as are wanted, or patience ends. */
static inline void rig_wait(struct rig *r, const char *in, const char *want, size_t n)
{
	uint64_t end = clock_now_us(r->clock) + (uint64_t)RIG_PATIENCE_S * 1000000, due;

	while (r->out.len < n && clock_next(r->clock, &due) && due <= end)
		clock_advance_to(r->clock, due);
	rig_check(r, in, want, n);
}

static inline void rig_row_bytes(struct rig *r, const char *in, size_t in_len, const char *want, size_t n)
{
	buf_reset(&r->why);
	rig_feed(r, in, in_len);
	rig_wait(r, in, want, n);
}

/* Host bytes and the exact bytes the modem answers, however long it takes. */
static inline void rig_row(struct rig *r, const char *in, const char *want)
{
	rig_row_bytes(r, in, strlen(in), want, strlen(want));
}

/* Bytes that come unasked. */
static inline void rig_more(struct rig *r, const char *want)
{
	rig_wait(r, "(later)", want, strlen(want));
}

/* Nothing until exactly ms after the last row was sent, then want. */
static inline void rig_after(struct rig *r, uint64_t ms, const char *want)
{
	clock_advance_to(r->clock, r->sent_us + ms * 1000 - 1);
	rig_check(r, "(too early)", "", 0);
	clock_advance_to(r->clock, r->sent_us + ms * 1000);
	rig_check(r, "(in time)", want, strlen(want));
}

/* Nothing more within ms from now. */
static inline void rig_quiet(struct rig *r, uint64_t ms)
{
	clock_advance_to(r->clock, clock_now_us(r->clock) + ms * 1000);
	rig_check(r, "(silence)", "", 0);
}

/* The last results were explained with this text somewhere in the chain. */
static inline void rig_why(struct rig *r, const char *part)
{
	ck_assert_msg(strstr(buf_str(&r->why), part) != NULL, "no %s in %s", part, buf_str(&r->why));
}

/* A warm modem with the echo off; NETOPEN not done. */
static inline struct rig *rig_new_with(const char *profile, const char *const *quirks)
{
	struct rig *r = rig_new_off(profile, quirks, NULL, 0, NULL);

	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	return r;
}

static inline struct rig *rig_new(const char *profile)
{
	return rig_new_with(profile, NULL);
}

/* A line of the world's control language (link.h). */
static inline void rig_world(struct rig *r, const char *line)
{
	struct buf reply;

	buf_init(&reply, 4096);
	ck_assert_msg(!link_control(r->modem->link, line, &reply), "%s: %s", line, buf_str(&reply));
	buf_free(&reply);
}

/* Runs one test case; the exit status of a test program. */
static inline int rig_main(const char *name, void (*add)(TCase *tc))
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	add(tc);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
