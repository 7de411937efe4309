/*
 * Data mode: bytes go straight to the owner of the call, and three '+' between two pauses lead back to commands
 * (M3 2.2.9). What the bytes mean is the owner's.
 */
#include "at/at_internal.h"

static void set_owner(struct at_channel *at, const struct at_data_ops *ops, void *ctx)
{
	bool changes = !at->data_ops != !ops;

	at->data_ops = ops;
	at->data_ctx = ctx;
	if (changes && at->hooks.carrier)
		at->hooks.carrier(ops != NULL, at->hooks.ctx);
}

static void give(struct at_channel *at, const char *p, size_t n)
{
	at->data_last_us = clock_now_us(at->clock);
	if (at->data_ops && n)
		at->data_ops->bytes(at, p, n, at->data_ctx);
}

/* The pluses that turned out to be data. */
static void release_pluses(struct at_channel *at)
{
	size_t n = at->plus;

	at->plus = 0;
	timer_cancel(&at->plus_timer);
	give(at, "+++", n);
}

static void to_line(struct at_channel *at)
{
	at->mode = AT_MODE_LINE;
	at->plus = 0;
	timer_cancel(&at->plus_timer);
	framer_hunt(at);
}

static void escape(struct at_channel *at)
{
	const struct at_data_ops *ops = at->data_ops;

	at_turn_begin(at);
	to_line(at);
	reply_result(at, AT_RESULT_OK, NULL);
	if (ops && ops->escaped)
		ops->escaped(at, at->data_ctx);
	if (at->mode == AT_MODE_LINE)
		reply_release_urcs(at);
	at_turn_end(at);
}

static void hold_plus(struct at_channel *at)
{
	at->plus++;
	clock_arm(at->clock, &at->plus_timer, at->plus == 3 ? DATA_GUARD_US : DATA_PLUS_GAP_US);
}

void data_plus_timer(void *ctx)
{
	struct at_channel *at = ctx;

	if (at->plus == 3) {
		escape(at);
	} else {
		at_turn_begin(at);
		release_pluses(at);
		at_turn_end(at);
	}
}

size_t data_take(struct at_channel *at, const char *p, size_t n)
{
	bool quiet_before = clock_now_us(at->clock) >= at->data_last_us + DATA_GUARD_US;

	if (*p == '+' && at->plus < 3 && (at->plus || quiet_before)) {
		hold_plus(at);
		return 1;
	}
	if (at->plus) {
		release_pluses(at);
		return 0;	/* the owner may have left data mode on these */
	}
	give(at, p, n);
	return n;
}

void data_forget(struct at_channel *at)
{
	at->plus = 0;
	timer_cancel(&at->plus_timer);
	set_owner(at, NULL, NULL);
}

void at_data_enter(struct at_channel *at, const struct at_data_ops *ops, void *ctx)
{
	at_data_offer(at, ops, ctx);
	at->mode = AT_MODE_DATA;
	at->plus = 0;
	at->data_last_us = clock_now_us(at->clock);
}

bool at_data_active(const struct at_channel *at)
{
	return at->mode == AT_MODE_DATA;
}

void at_data_offer(struct at_channel *at, const struct at_data_ops *ops, void *ctx)
{
	set_owner(at, ops, ctx);
}

const struct at_data_ops *at_data_owner(const struct at_channel *at)
{
	return at->data_ops;
}

void at_data_release(struct at_channel *at)
{
	if (at->mode != AT_MODE_DATA)
		data_forget(at);
}

void at_data_leave(struct at_channel *at, enum at_result result)
{
	if (at->mode != AT_MODE_DATA)
		return;
	at_turn_begin(at);
	to_line(at);
	data_forget(at);
	reply_result(at, result, NULL);
	reply_release_urcs(at);
	at_turn_end(at);
}

enum at_status at_data_resume(struct at_channel *at)
{
	const struct at_data_ops *ops = at->data_ops;

	if (!ops || !ops->resume)
		return at_result(at, AT_RESULT_NO_CARRIER, NULL);
	return ops->resume(at, at->data_ctx);
}

void at_data_hangup(struct at_channel *at)
{
	const struct at_data_ops *ops = at->data_ops;
	void *ctx = at->data_ctx;

	if (!ops)
		return;
	at_turn_begin(at);
	if (at->mode == AT_MODE_DATA)
		to_line(at);
	data_forget(at);
	if (ops->hangup)
		ops->hangup(at, ctx);
	if (at->mode == AT_MODE_LINE)
		reply_release_urcs(at);
	at_turn_end(at);
}

void at_dtr_drop(struct at_channel *at)
{
	if (at->set.dtr == 2)
		at_data_hangup(at);
	else if (at->set.dtr == 1 && at->mode == AT_MODE_DATA)
		escape(at);
}
