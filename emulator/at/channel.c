/* One channel as an object: making, resetting, feeding it, and the settings every handler may read. */
#include "at/at_internal.h"

#include <stdlib.h>

static void settings_init(struct at_settings *s, const struct profile *profile)
{
	*s = (struct at_settings){
		.echo = profile->q.echo_default, .verbose = true, .x = 1, .cmee = (int)profile->q.cmee_default,
		.dcd = 2, .dtr = 2, .rate = 1, .ipr = 115200, .iprex = 115200, .icf = { 3, 3 },
		.bsq = 3,
		/* a live AT&V (LM#340) */
		.s = { [2] = 43, [3] = 13, [4] = 10, [5] = 8, [6] = 2, [8] = 2, [9] = 6, [10] = 14, [11] = 95,
		       [103] = 1, [104] = 1 },
	};
}

/* What AT&W stores and ATZ brings back (M3 2.2.26). S0 is not kept over power-off. */
static void settings_copy(struct at_settings *to, const struct at_settings *from)
{
	to->echo = from->echo;
	to->quiet = from->quiet;
	to->verbose = from->verbose;
	to->x = from->x;
	to->dcd = from->dcd;
	to->dtr = from->dtr;
	to->dsr = from->dsr;
	to->v1 = from->v1;
	to->bsq = from->bsq;
	to->ifc[0] = from->ifc[0];
	to->ifc[1] = from->ifc[1];
	to->icf[0] = from->icf[0];
	to->icf[1] = from->icf[1];
	to->s[0] = from->s[0];
	to->s[7] = from->s[7];
	to->s[10] = from->s[10];
}

static void tell_stored(struct at_channel *at)
{
	if (at->hooks.stored)
		at->hooks.stored(at->hooks.ctx);
}

void at_settings_store(struct at_channel *at)
{
	settings_copy(&at->stored, &at->set);
	tell_stored(at);
}

void at_settings_keep_rate(struct at_channel *at, long baud)
{
	at->set.ipr = at->set.iprex = at->stored.iprex = baud;
	tell_stored(at);
}

void at_settings_found_rate(struct at_channel *at, long baud)
{
	at->set.ipr = at->line_baud = baud;
}

void at_settings_restore(struct at_channel *at)
{
	settings_copy(&at->set, &at->stored);
}

void at_settings_factory(struct at_channel *at)
{
	struct at_settings fresh;

	settings_init(&fresh, at->profile);
	fresh.ipr = at->set.ipr;	/* the line would be lost */
	fresh.iprex = at->set.iprex;
	at->set = fresh;
}

/* A second power-on state: factory values, over them what was stored. */
static void settings_boot(struct at_channel *at)
{
	settings_init(&at->set, at->profile);
	settings_copy(&at->set, &at->stored);
	at->set.s[0] = 0;
	at->set.iprex = at->set.ipr = at->stored.iprex;
}

static int alloc_lines(struct at_channel *at)
{
	size_t size = (size_t)at->profile->q.line_max + 2;

	at->line = calloc(3, size);
	if (!at->line)
		return -1;
	at->last = at->line + size;
	at->scratch = at->last + size;
	return 0;
}

static void init_buffers(struct at_channel *at)
{
	buf_init(&at->ahead, 65536 * 2);
	buf_init(&at->entry, 0);
	buf_init(&at->out, OUT_MAX);
	buf_init(&at->out_now, OUT_MAX);
	buf_init(&at->urc, URC_MAX);
	timer_init(&at->delay, dispatch_delay_over, at);
	timer_init(&at->watchdog, prompt_timed_out, at);
	timer_init(&at->plus_timer, data_plus_timer, at);
}

struct at_channel *at_new(const struct at_cmd *const *tables, const struct profile *profile, struct clock *clock,
			  struct trace *trace, const struct at_hooks *hooks, void *dev)
{
	struct at_channel *at = calloc(1, sizeof(*at));

	if (!at)
		return NULL;
	at->profile = profile;
	at->clock = clock;
	at->trace = trace;
	at->hooks = *hooks;
	at->dev = dev;
	init_buffers(at);
	if (alloc_lines(at) || table_index(at, tables)) {
		at_free(at);
		return NULL;
	}
	settings_init(&at->stored, profile);
	settings_boot(at);
	at->line_baud = at->set.ipr;
	return at;
}

void at_free(struct at_channel *at)
{
	if (!at)
		return;
	timer_cancel(&at->delay);
	timer_cancel(&at->watchdog);
	timer_cancel(&at->plus_timer);
	buf_free(&at->ahead);
	buf_free(&at->entry);
	buf_free(&at->out);
	buf_free(&at->out_now);
	buf_free(&at->urc);
	free(at->line);
	free(at->index);
	free(at);
}

void at_turn_begin(struct at_channel *at)
{
	at->turn++;
}

/* Only now does the owner know that nothing of the line is left to be said. */
static void tell_over(struct at_channel *at)
{
	if (!at->over)
		return;
	at->over = false;
	if (at->hooks.over)
		at->hooks.over(at, at->hooks.ctx);
}

void at_turn_end(struct at_channel *at)
{
	if (at->turn == 1)
		framer_drain_ahead(at);
	at->turn--;
	if (!at->turn) {
		reply_flush(at);
		reply_flows(at);
		tell_over(at);
	}
}

void at_feed(struct at_channel *at, const void *p, size_t n)
{
	if (!at->enabled)
		return;
	trace_bytes(at->trace, TRACE_HOST, p, n);
	at_turn_begin(at);
	framer_take(at, p, n);
	at_turn_end(at);
}

void at_forget(struct at_channel *at)
{
	at->epoch++;
	at->mode = AT_MODE_LINE;
	at->state = LINE_IDLE;
	at->tag = 0;
	at->abort = NULL;
	at->pour = NULL;
	at->finished_early = false;
	at->line_len = at->last_len = 0;
	at->after_cr = false;
	at->eol = HOST_EOL_UNKNOWN;
	at->rows_open = false;
	at->starved = at->over = false;
	timer_cancel(&at->delay);
	timer_cancel(&at->watchdog);
	buf_reset(&at->ahead);
	at->ahead_pos = 0;
	buf_reset(&at->entry);
	buf_reset(&at->urc);
	data_forget(at);
	framer_hunt(at);
}

/* What was written before the power went has left the wire. */
void at_enable(struct at_channel *at, bool enabled)
{
	if (at->enabled == enabled)
		return;
	if (!enabled) {
		reply_flush(at);
		at_forget(at);
	}
	at->enabled = enabled;
}

void at_reset(struct at_channel *at)
{
	at_forget(at);
	settings_boot(at);
	if (!at->turn)
		reply_flush(at);	/* a new line speed is told */
}

bool at_busy(const struct at_channel *at)
{
	return at->state != LINE_IDLE;
}

void *at_dev(const struct at_channel *at)
{
	return at->dev;
}

const struct profile *at_profile(const struct at_channel *at)
{
	return at->profile;
}

struct at_settings *at_settings(struct at_channel *at)
{
	return &at->set;
}

struct at_settings *at_stored_settings(struct at_channel *at)
{
	return &at->stored;
}

const struct at_cmd *at_command(const struct at_channel *at)
{
	return at->cmd;
}

enum at_form at_form(const struct at_channel *at)
{
	return at->form;
}
