/*
 * A channel with a small command table, a virtual clock and default quirks, fed with rows of exact bytes. Each row is
 * fed whole, byte by byte and cut at every position, and must give the same bytes out.
 */
#ifndef TESTS_TEST_AT_RIG_H
#define TESTS_TEST_AT_RIG_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "at/at.h"
#include "base/buf.h"
#include "base/str.h"
#include "cmd/cmd.h"

enum { RIG_TAG_SLOW = 1, RIG_TAG_ENTRY, RIG_SLOW_US = 20000 };

struct rig {
	struct clock *clock;
	struct profile profile;
	struct at_channel *at;
	struct timer slow, slow_urc;
	struct buf out;			/* all that left */
	struct buf data;		/* what the data mode owner got */
	unsigned turns;			/* calls of hooks.out */
	unsigned runs;			/* commands that ran */
	unsigned aborted;		/* commands broken off, and how they end */
	enum at_status abort_status;
	unsigned gate_closed;		/* needs bits the gate refuses */
	long baud;
	bool escaped, hung_up;
};

struct rig_row {
	const char *in, *out, *why;
	size_t in_len;			/* 0: strlen */
};

#define ROW(in_, out_, why_) { in_, out_, why_, sizeof(in_) - 1 }

static inline struct rig *rig_of(const struct at_channel *at)
{
	return at_dev(at);
}

/* --- the table ---------------------------------------------------------------------------------------------- */

static inline enum at_status rig_info(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	rig_of(at)->runs++;
	at_info(at, "%s: 1", at_command(at)->name);
	return AT_STATUS_OK;
}

static inline enum at_status rig_rows(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_row(at, "+ROWS: a");
	at_row(at, "+ROWS: b");
	at_row(at, "+ROWS: c");
	return AT_STATUS_OK;
}

static inline enum at_status rig_fail(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return at_fail(at, "+FAIL: 23");
}

static inline enum at_status rig_cme(struct at_channel *at, const struct at_val *val)
{
	return at_cme(at, (int)val[0].num);
}

static inline enum at_status rig_cms(struct at_channel *at, const struct at_val *val)
{
	return at_cms(at, (int)val[0].num);
}

/* Prints what the parser made of the arguments. */
static inline enum at_status rig_show(struct at_channel *at, const struct at_val *val)
{
	struct buf b;

	buf_init(&b, 4096);
	for (size_t i = 0; i < at_command(at)->args; i++) {
		if (!val[i].given)
			buf_adds(&b, "[-]");
		else if (at_command(at)->arg[i].type == AT_ARG_INT)
			buf_addf(&b, "[%lld]", val[i].num);
		else
			buf_addf(&b, "[%s%s]", val[i].quoted ? "q " : "", val[i].str);
	}
	at_info(at, "%s", buf_str(&b));
	buf_free(&b);
	return AT_STATUS_OK;
}

static inline enum at_status rig_refuse(struct at_channel *at, const struct at_val *val)
{
	return at_fail(at, "+REFUSE: %d,%lld", val[0].given, val[0].num);
}

static inline enum at_status rig_slow(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	clock_arm(rig_of(at)->clock, &rig_of(at)->slow, RIG_SLOW_US);
	return at_wait(at, RIG_TAG_SLOW);
}

static inline void rig_slow_over(void *ctx)
{
	struct rig *r = ctx;

	if (!at_waiting(r->at, RIG_TAG_SLOW))
		return;
	at_info(r->at, "+SLOW: done");
	at_finish(r->at, AT_STATUS_OK);
}

static inline void rig_urc_due(void *ctx)
{
	at_urc(((struct rig *)ctx)->at, "+URC: 7");
}

/* As +SLOW, and an unsolicited line 5 ms after the command. */
static inline enum at_status rig_slow_urc(struct at_channel *at, const struct at_val *val)
{
	clock_arm(rig_of(at)->clock, &rig_of(at)->slow_urc, 5000);
	return rig_slow(at, val);
}

static inline enum at_status rig_long_aborted(struct at_channel *at, int tag)
{
	ck_assert_int_eq(tag, RIG_TAG_SLOW);
	timer_cancel(&rig_of(at)->slow);
	rig_of(at)->aborted++;
	return rig_of(at)->abort_status;
}

/* As +SLOW, for 1 s, and a byte ends it. */
static inline enum at_status rig_long(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	clock_arm(rig_of(at)->clock, &rig_of(at)->slow, 1000000);
	return at_wait_abortable(at, RIG_TAG_SLOW, rig_long_aborted);
}

/* The event comes before the handler returns. */
static inline enum at_status rig_early(struct at_channel *at, const struct at_val *val)
{
	enum at_status status = at_wait(at, RIG_TAG_SLOW);

	(void)val;
	at_info(at, "+EARLY: done");
	at_finish(at, AT_STATUS_OK);
	return status;
}

static inline enum at_status rig_entered(struct at_channel *at, const char *data, size_t n, int tag)
{
	struct buf b;

	if (tag != RIG_TAG_ENTRY || !data)
		return tag == RIG_TAG_ENTRY ? AT_STATUS_OK : AT_STATUS_ERROR;
	buf_init(&b, 65536);
	str_escape(&b, data, n);
	at_info(at, "+GOT: %zu,%s", n, buf_str(&b));
	buf_free(&b);
	return AT_STATUS_OK;
}

static inline enum at_status rig_data(struct at_channel *at, const struct at_val *val)
{
	return at_prompt(at, AT_PROMPT_LENGTH, (size_t)val[0].num, rig_entered, RIG_TAG_ENTRY);
}

static inline enum at_status rig_sms(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return at_prompt(at, AT_PROMPT_CTRL_Z, 0, rig_entered, RIG_TAG_ENTRY);
}

/* CIPSEND without a length */
static inline enum at_status rig_bytes(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_prompt(at, AT_PROMPT_ESCAPED, 8, rig_entered, RIG_TAG_ENTRY);
	at_prompt_quiet(at);
	return AT_STATUS_PENDING;
}

static inline enum at_status rig_entered_slow(struct at_channel *at, const char *data, size_t n, int tag)
{
	(void)data;
	(void)n;
	(void)tag;
	return rig_slow(at, NULL);
}

/* A prompt whose answer takes time: CMGS. */
static inline enum at_status rig_sms_slow(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return at_prompt(at, AT_PROMPT_CTRL_Z, 0, rig_entered_slow, RIG_TAG_ENTRY);
}

static inline void rig_data_bytes(struct at_channel *at, const void *p, size_t n, void *ctx)
{
	struct rig *r = ctx;

	(void)at;
	buf_add(&r->data, p, n);
}

static inline void rig_data_escaped(struct at_channel *at, void *ctx)
{
	(void)at;
	((struct rig *)ctx)->escaped = true;
}

static inline void rig_data_hangup(struct at_channel *at, void *ctx)
{
	(void)at;
	((struct rig *)ctx)->hung_up = true;
}

static const struct at_data_ops rig_data_ops = {
	.bytes = rig_data_bytes, .escaped = rig_data_escaped, .hangup = rig_data_hangup,
};

static inline enum at_status rig_dial(struct at_channel *at, const struct at_val *val)
{
	if (strcmp(val[0].str, "*99#"))
		return at_result(at, AT_RESULT_NO_CARRIER, NULL);
	at_data_enter(at, &rig_data_ops, rig_of(at));
	return at_result(at, AT_RESULT_CONNECT, "CONNECT 115200");
}

static const struct at_arg rig_connect_args[] = {
	{ "client_index", AT_ARG_INT, 0, 1 },
	{ "server_addr", AT_ARG_QSTR, 9, 256 },
	{ "keepalive_s", AT_ARG_INT, 1, 64800 },
	{ "clean", AT_ARG_INT, 0, 1 },
};
static const struct at_arg rig_opt_args[] = {
	{ "a", AT_ARG_INT, 0, 9 },
	{ "b", AT_ARG_STR, 1, 8, .optional = true },
	{ "c", AT_ARG_INT, -5, 5, .optional = true },
};
static const struct at_arg rig_raw_args[] = { { "a", AT_ARG_INT, 0, 9 }, { "rest", AT_ARG_RAW, 0, 0, .optional = true } };
static const struct at_arg rig_zero_args[] = { { "timeout", AT_ARG_INT, 60, 180, .or_zero = true } };
static const struct at_arg rig_one_args[] = { { "n", AT_ARG_INT, 0, 0 } };
static const struct at_arg rig_text_args[] = { { "what", AT_ARG_QSTR, 1, 9, .range_text = "\"ADDRESS\"" } };
static const struct at_arg rig_quirk_args[] = {
	{ "timeout", AT_ARG_INT, 1, 180, .or_zero = true, .min_quirk = QUIRK_ID_mqtt_disc_timeout_min },
	{ "id", AT_ARG_STR, 1, 1, .optional = true, .max_quirk = QUIRK_ID_mqtt_client_id_max },
};
static const struct at_arg rig_code_args[] = { { "code", AT_ARG_INT, 0, 999 } };
static const struct at_arg rig_len_args[] = { { "len", AT_ARG_INT, 0, 10240 } };
static const struct at_arg rig_dial_args[] = { { "number", AT_ARG_RAW, 0, 0, .optional = true } };
static const struct at_arg rig_basic_args[] = { { "n", AT_ARG_INT, 0, 1, .optional = true } };

static const struct at_cmd rig_table[] = {
	{ "+INFO", .exec = rig_info, .read = rig_info },
	{ "+BYTES", .exec = rig_bytes },
	{ "+ROWS", .exec = rig_rows },
	{ "+FAIL", .exec = rig_fail },
	{ "+CMEX", AT_ARGS(rig_code_args), .write = rig_cme },
	{ "+CMSX", AT_ARGS(rig_code_args), .write = rig_cms },
	{ "+CONNECTX", AT_ARGS(rig_connect_args), .write = rig_show },
	{ "+OPT", AT_ARGS(rig_opt_args), .write = rig_show },
	{ "+RAW", AT_ARGS(rig_raw_args), .write = rig_show },
	{ "+ZERO", AT_ARGS(rig_zero_args), .write = rig_show },
	{ "+ONE", AT_ARGS(rig_one_args), .write = rig_show },
	{ "+TEXT", AT_ARGS(rig_text_args), .write = rig_show },
	{ "+QUIRKY", AT_ARGS(rig_quirk_args), .write = rig_show },
	{ "+REFUSE", AT_ARGS(rig_opt_args), .write = rig_show, .refuse = rig_refuse },
	{ "+NOTEST", AT_ARGS(rig_opt_args), .write = rig_show, .no_test = true },
	{ "+GATED", .exec = rig_info, .needs = 1 },
	{ "+SLOW", .exec = rig_slow },
	{ "+LONG", .exec = rig_long },
	{ "+SLOWURC", .exec = rig_slow_urc },
	{ "+EARLY", .exec = rig_early },
	{ "+DATA", AT_ARGS(rig_len_args), .write = rig_data },
	{ "+SMS", .exec = rig_sms },
	{ "+SMSSLOW", .exec = rig_sms_slow },
	{ "^CARET", .exec = rig_info },
	{ "$DOLLAR", .exec = rig_info },
	{ "#HASH", .exec = rig_info },
	{ "B", AT_ARGS(rig_basic_args), .exec = rig_info },
	{ "I", .exec = rig_info },
	{ "D", AT_ARGS(rig_dial_args), .exec = rig_dial },
	{ 0 },
};

static const struct at_cmd *const rig_tables[] = { rig_table, cmd_v250, NULL };

/* --- the rig ------------------------------------------------------------------------------------------------ */

static inline void rig_out(const void *p, size_t n, void *ctx)
{
	struct rig *r = ctx;

	r->turns++;
	buf_add(&r->out, p, n);
}

static inline enum at_status rig_gate(struct at_channel *at, const struct at_cmd *cmd, void *ctx)
{
	struct rig *r = ctx;

	return cmd->needs & r->gate_closed ? at_cme(at, 10) : AT_STATUS_OK;
}

static inline void rig_baud(long baud, void *ctx)
{
	((struct rig *)ctx)->baud = baud;
}

static inline void rig_defaults(struct quirks *q)
{
	memset(q, 0, sizeof(*q));
#define QUIRK_ENUM(name, def, what, ...) q->name = QUIRK_##name##_##def;
#define QUIRK_INT(name, def, min, max, unit, what) q->name = def;
#define QUIRK_BOOL(name, def, what) q->name = def;
#define QUIRK_LIST(name, what)
#define QUIRK_STR(name, def, what)
#include "profile/quirks.def"
#undef QUIRK_ENUM
#undef QUIRK_INT
#undef QUIRK_BOOL
#undef QUIRK_LIST
#undef QUIRK_STR
}

/* change may alter quirks before the channel is made; NULL: defaults. */
static inline struct rig *rig_new(void (*change)(struct quirks *q))
{
	struct rig *r = calloc(1, sizeof(*r));
	struct at_hooks hooks = { .out = rig_out, .gate = rig_gate, .ctx = r, .baud = rig_baud };

	ck_assert_ptr_nonnull(r);
	r->clock = clock_new_virtual();
	rig_defaults(&r->profile.q);
	if (change)
		change(&r->profile.q);
	buf_init(&r->out, 1 << 22);
	buf_init(&r->data, 1 << 22);
	timer_init(&r->slow, rig_slow_over, r);
	timer_init(&r->slow_urc, rig_urc_due, r);
	r->at = at_new(rig_tables, &r->profile, r->clock, NULL, &hooks, r);
	ck_assert_ptr_nonnull(r->at);
	at_enable(r->at, true);
	return r;
}

static inline void rig_free(struct rig *r)
{
	at_free(r->at);
	timer_cancel(&r->slow);
	timer_cancel(&r->slow_urc);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	clock_free(r->clock);
	buf_free(&r->out);
	buf_free(&r->data);
	free(r);
}

static inline void rig_feed(struct rig *r, const char *s)
{
	at_feed(r->at, s, strlen(s));
}

static inline void rig_wait_ms(struct rig *r, uint64_t ms)
{
	clock_advance_to(r->clock, clock_now_us(r->clock) + ms * 1000);
}

/* Compares and forgets what came out. */
static inline void rig_expect(struct rig *r, const char *out, const char *why)
{
	if (strlen(out) != r->out.len || memcmp(out, buf_str(&r->out), r->out.len)) {
		struct buf want, got;

		buf_init(&want, 1 << 20);
		buf_init(&got, 1 << 20);
		str_escape(&want, out, strlen(out));
		str_escape(&got, buf_str(&r->out), r->out.len);
		ck_abort_msg("%s\n  want: %s\n  got:  %s", why, buf_str(&want), buf_str(&got));
	}
	buf_reset(&r->out);
}

/* Feeds a, then b, or single bytes when cut is 0; lets pending commands end; compares. */
static inline void rig_run_cut(const struct rig_row *row, size_t n, size_t cut, void (*change)(struct quirks *q))
{
	struct rig *r = rig_new(change);

	if (cut) {
		at_feed(r->at, row->in, cut);
		at_feed(r->at, row->in + cut, n - cut);
	} else {
		for (size_t i = 0; i < n; i++)
			at_feed(r->at, row->in + i, 1);
	}
	rig_wait_ms(r, 500);
	rig_expect(r, row->out, row->why);
	rig_free(r);
}

static inline void feed_all_cuts(const struct rig_row *row, void (*change)(struct quirks *q))
{
	size_t n = row->in_len ? row->in_len : strlen(row->in);

	for (size_t cut = 0; cut <= n; cut++)
		rig_run_cut(row, n, cut, change);
}

#define RUN_ROWS(rows, change)                                            \
	do {                                                              \
		for (size_t i_ = 0; i_ < sizeof(rows) / sizeof((rows)[0]); i_++) \
			feed_all_cuts(&(rows)[i_], change);               \
	} while (0)

static inline int rig_main(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
