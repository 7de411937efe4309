/*
 * The order of results differs by command, revision and moment (OK then
 * line, line then OK, line then ERROR, OK then failing line): all of them
 * end here in one code. Chapter 16 of the SIM7600 manual, result boxes.
 */
#include "core/exchange.h"

#include <string.h>

#define DEAF_MOST 3

void exchange_init(struct exchange *x, struct at_client *at, struct at_tx *tx)
{
	memset(x, 0, sizeof(*x));
	x->at = at;
	x->tx = tx;
}

static void wait_for_answer(struct exchange *x, uint32_t now)
{
	deadline_set(&x->deadline, now,
		     x->spec.data ? NODE_PROMPT_MS : x->spec.timeout_ms);
}

void exchange_start(struct exchange *x, const struct exchange_spec *spec,
		    uint32_t now)
{
	x->spec = *spec;
	x->ok_seen = false;
	x->error_seen = false;
	x->code_seen = false;
	x->heard = false;
	x->stray = false;
	x->answered = false;
	x->prompted = false;
	x->code = 0;
	x->owed = (uint32_t)spec->data_len;
	x->phase = spec->data ? EXCHANGE_PROMPT : EXCHANGE_SENT;
	at_client_skip_echo(x->at, (const uint8_t *)spec->line,
			    spec->line_len);
	wait_for_answer(x, now);
}

void exchange_forget_echo(struct exchange *x)
{
	x->echoes = false;
	x->echoes_data = false;
	x->deaf = 0;
	x->garbled = 0;
}

void exchange_abort(struct exchange *x)
{
	x->phase = EXCHANGE_IDLE;
	deadline_stop(&x->deadline);
	at_tx_reset(x->tx);
	at_client_skip_echo(x->at, NULL, 0);
}

bool exchange_in_data(const struct exchange *x)
{
	return x->phase == EXCHANGE_PROMPT || x->phase == EXCHANGE_DATA;
}

static enum exchange_end finish(struct exchange *x, int code)
{
	x->phase = EXCHANGE_IDLE;
	x->code = code;
	x->owed = 0;
	deadline_stop(&x->deadline);
	at_client_skip_echo(x->at, NULL, 0);
	return EXCHANGE_ENDED;
}

static enum exchange_end settle(struct exchange *x, uint32_t now, uint32_t ms)
{
	x->phase = EXCHANGE_SETTLE;
	deadline_set(&x->deadline, now, ms);
	return EXCHANGE_RUNNING;
}

/*
 * An answer before the echo is another command's, or the modem has heard
 * another one than was sent: it counts for nothing, and soon for silence.
 */
static enum exchange_end unheard(struct exchange *x, uint32_t now)
{
	x->heard = false;
	x->answered = true;
	if (deadline_left(&x->deadline, now) > NODE_SETTLE_ERROR_MS)
		deadline_set(&x->deadline, now, NODE_SETTLE_ERROR_MS);
	return EXCHANGE_RUNNING;
}

/*
 * What the modem took as data is what it sent back. A receive ring may be too
 * small for the echo of much data: then it is not asked for any more.
 */
static bool is_data_damaged(struct exchange *x)
{
	const struct at_client *at = x->at;

	if (at->echo_whole) {
		x->echoes_data = true;
		x->garbled = 0;
		return false;
	}
	if (!x->echoes || x->garbled >= DEAF_MOST ||
	    !(x->echoes_data || at->echo_broken || x->stray))
		return false;
	x->garbled++;
	return true;
}

static enum exchange_end take_ok(struct exchange *x, uint32_t now)
{
	if (x->phase == EXCHANGE_PROMPT)
		return EXCHANGE_RUNNING; /* late answer to something earlier */
	if (x->phase == EXCHANGE_DATA && is_data_damaged(x))
		return unheard(x, now);
	x->owed = 0;
	x->ok_seen = true;
	if (x->code_seen)
		return finish(x, x->code);
	if (!x->spec.needed)
		return finish(x, 0);
	if (x->phase == EXCHANGE_DATA)
		deadline_set(&x->deadline, now, x->spec.timeout_ms);
	x->phase = EXCHANGE_CODE;
	return EXCHANGE_RUNNING;
}

static enum exchange_end take_error(struct exchange *x, uint32_t now)
{
	x->error_seen = true;
	if (x->code_seen)
		return finish(x, x->code ? x->code : EXCHANGE_BARE);
	if (x->spec.result == URC_NONE)
		return finish(x, EXCHANGE_BARE);
	return settle(x, now, NODE_SETTLE_ERROR_MS);
}

static enum exchange_end take_prompt(struct exchange *x, uint32_t now)
{
	if (x->phase != EXCHANGE_PROMPT)
		return EXCHANGE_RUNNING;
	x->phase = EXCHANGE_DATA;
	x->prompted = true;
	at_tx_data(x->tx, x->spec.data, x->spec.data_len);
	if (x->heard)
		at_client_skip_echo(x->at, x->spec.data, x->spec.data_len);
	deadline_set(&x->deadline, now,
		  NODE_DATA_MS + 2 * (uint32_t)x->spec.data_len);
	return EXCHANGE_RUNNING;
}

/* A line that only looks like an echo says nothing. */
static enum exchange_end take_echo(struct exchange *x, uint32_t now)
{
	if (x->at->echo_whole && !x->heard && x->phase != EXCHANGE_DATA) {
		x->heard = true;
		x->echoes = x->deaf < DEAF_MOST;
		x->deaf = x->echoes ? 0 : x->deaf;
		wait_for_answer(x, now);
	}
	return EXCHANGE_RUNNING;
}

/* One echo may be damaged; a modem that never gives one is believed. */
static void count_deaf(struct exchange *x)
{
	if (!x->answered || x->deaf >= DEAF_MOST)
		return;
	if (++x->deaf == DEAF_MOST)
		x->echoes = false;
}

enum exchange_end exchange_event(struct exchange *x, enum at_event_kind kind,
				 uint32_t now)
{
	/* nothing can answer a line that is not out yet */
	if (x->phase == EXCHANGE_IDLE || !at_tx_idle(x->tx))
		return EXCHANGE_RUNNING;
	if (kind == AT_EVENT_ECHO)
		return take_echo(x, now);
	if (x->echoes && !x->heard)
		return unheard(x, now);
	switch (kind) {
	case AT_EVENT_OK:
		return take_ok(x, now);
	case AT_EVENT_ERROR:
		return take_error(x, now);
	case AT_EVENT_CME:
		return finish(x, EXCHANGE_CME);
	case AT_EVENT_PROMPT:
		return take_prompt(x, now);
	case AT_EVENT_ECHO:
	case AT_EVENT_LINE:
	case AT_EVENT_RAW:
		break;
	}
	return EXCHANGE_RUNNING;
}

enum exchange_end exchange_line(struct exchange *x, const struct urc *urc,
				uint32_t now)
{
	int code;

	if (x->phase == EXCHANGE_DATA && urc->id == URC_NONE)
		x->stray = x->stray || !x->at->echo_whole;
	if (x->echoes && !x->heard)
		return EXCHANGE_RUNNING;
	if (x->phase == EXCHANGE_IDLE || x->spec.result == URC_NONE ||
	    urc->id != x->spec.result || !at_tx_idle(x->tx))
		return EXCHANGE_RUNNING;
	if (!urc_code(urc, &code))
		return EXCHANGE_RUNNING;
	if (x->phase == EXCHANGE_PROMPT && !code)
		return EXCHANGE_RUNNING; /* late result of something earlier */
	if (x->phase == EXCHANGE_DATA && is_data_damaged(x))
		return unheard(x, now);
	x->code_seen = true;
	x->code = code;
	if (x->ok_seen || x->error_seen)
		return finish(x, code);
	return settle(x, now, NODE_SETTLE_CODE_MS);
}

enum exchange_end exchange_poll(struct exchange *x, uint32_t now)
{
	if (x->phase == EXCHANGE_IDLE || !deadline_take(&x->deadline, now))
		return EXCHANGE_RUNNING;
	if (x->phase == EXCHANGE_SETTLE)
		return finish(x, x->code_seen ? x->code : EXCHANGE_BARE);
	count_deaf(x);
	exchange_abort(x);
	return EXCHANGE_SILENT;
}
