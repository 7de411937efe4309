/* The table of faults: one row a kind says what it does to a byte, or what happens at the moment of firing. */
#include "harness/fault_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static bool byte_drop(struct lane *lane, unsigned char *byte, uint64_t *due)
{
	(void)due;
	fault_set_fired(lane->fault, ": lost \\x%02x", *byte);
	return false;
}

static bool byte_corrupt(struct lane *lane, unsigned char *byte, uint64_t *due)
{
	unsigned char was = *byte;

	(void)due;
	*byte = (unsigned char)(*byte ^ (1u << prng_below(&lane->fault->line->prng, 8)));
	fault_set_fired(lane->fault, ": \\x%02x became \\x%02x", was, *byte);
	return true;
}

/* The copy follows when the run is complete, in consume(). */
static bool byte_duplicate(struct lane *lane, unsigned char *byte, uint64_t *due)
{
	(void)due;
	buf_addc(&lane->fault->copy, (char)*byte);
	return true;
}

/* What arrives at one moment stays together. */
static uint64_t jitter_us(struct lane *lane, uint64_t arrived_us)
{
	uint64_t most = lane->fault->f->jitter_us < UINT32_MAX ? lane->fault->f->jitter_us : UINT32_MAX - 1;

	if (most && (lane->arrived_us != arrived_us || !lane->drawn))
		lane->jitter_us = prng_below(&lane->fault->line->prng, (uint32_t)most + 1);
	lane->drawn = true;
	lane->arrived_us = arrived_us;
	return lane->jitter_us;
}

static bool byte_latency(struct lane *lane, unsigned char *byte, uint64_t *due)
{
	struct armed *a = lane->fault;

	(void)byte;
	if (!a->fired)
		fault_set_fired(a, ": %" PRIu64 " us", a->f->delay_us);
	*due += a->f->delay_us + jitter_us(lane, *due);
	return true;
}

/* The byte leaves when the one before it is through; a byte takes 1/rate, kept exactly. */
static void pace(struct lane *lane, uint64_t rate, uint64_t *due)
{
	if (lane->free_us >= *due)
		*due = lane->free_us;
	else
		lane->rest = 0;
	lane->rest += 1000000u % rate;
	lane->free_us = *due + 1000000u / rate + lane->rest / rate;
	lane->rest %= rate;
}

static bool byte_bandwidth(struct lane *lane, unsigned char *byte, uint64_t *due)
{
	struct armed *a = lane->fault;

	(void)byte;
	if (!a->fired)
		fault_set_fired(a, ": %ld bytes/s", a->f->rate);
	pace(lane, (uint64_t)a->f->rate, due);
	return true;
}

static bool byte_slice(struct lane *lane, unsigned char *byte, uint64_t *due)
{
	struct armed *a = lane->fault;

	(void)byte;
	if (lane->free_us > *due)
		*due = lane->free_us;
	if (++lane->count < (a->f->bytes ? a->f->bytes : 1))
		return true;
	lane->count = 0;
	lane->free_us = *due + a->f->gap_us;
	if (!a->fired)
		fault_set_fired(a, ": gap of %" PRIu64 " us", a->f->gap_us);
	return true;
}

static bool byte_stall(struct lane *lane, unsigned char *byte, uint64_t *due)
{
	struct armed *a = lane->fault;

	(void)byte;
	if (!a->fired)
		fault_set_fired(a, ": line stands still");
	if (a->until_us > *due)
		*due = a->until_us;
	return true;
}

/* A connection is closed behind the last byte it may carry; a serial line has no end, nothing passes any more. */
static bool byte_limit(struct lane *lane, unsigned char *byte, uint64_t *due)
{
	struct armed *a = lane->fault;
	bool passes = lane->count < a->f->bytes;

	(void)byte;
	(void)due;
	if (passes)
		lane->count++;
	if (lane->way->on_net && lane->count == a->f->bytes) {
		lane->way->cut = true;
		fault_set_fired(a, ": connection closed after %ld bytes", a->f->bytes);
		fault_round_over(a);
	} else if (!passes && !a->fired) {
		fault_set_fired(a, ": nothing passes after %ld bytes", a->f->bytes);
	}
	return passes;
}

static bool byte_fifo(struct lane *lane, unsigned char *byte, uint64_t *due)
{
	struct armed *a = lane->fault;
	uint64_t rate = a->f->rate ? (uint64_t)a->f->rate : 1000, now = fault_now_us(a);
	uint64_t waits = lane->free_us > now ? (lane->free_us - now) * rate / 1000000u : 0;

	if (waits >= (uint64_t)(a->f->bytes ? a->f->bytes : 256)) {
		fault_set_fired(a, ": ring full, lost \\x%02x", *byte);
		return false;
	}
	pace(lane, rate, due);
	return true;
}

static bool byte_lost(struct lane *lane, unsigned char *byte, uint64_t *due)
{
	(void)lane;
	(void)byte;
	(void)due;
	return false;
}

static void act_hangup(struct armed *a)
{
	a->standing = true;
	if (!a->line->hanging++)
		a->line->hooks.hangup(true, a->line->hooks.ctx);
	fault_set_fired(a, ": the port is gone");
}

static void undo_hangup(struct armed *a)
{
	if (!a->standing)
		return;
	a->standing = false;
	if (!--a->line->hanging)
		a->line->hooks.hangup(false, a->line->hooks.ctx);
}

/* A refused control line leaves the fault unfired, which fails the cell with its place. */
static void act_control(struct armed *a, const char *line)
{
	struct buf reply;

	buf_init(&reply, 64 * 1024);
	if (!a->line->hooks.control(line, &reply, a->line->hooks.ctx))
		fault_set_fired(a, ": %s", line);
	buf_free(&reply);
}

/* --- the network: connections where there are any, else control lines of the modelled world --------------------- */

static void set_down(struct fault_line *l, bool down)
{
	struct fault_net *net;

	LIST_FOREACH (net, &l->nets, entry)
		net->down(down, net->ctx);
}

static void act_down(struct armed *a)
{
	a->standing = true;
	if (!a->on_net) {
		act_control(a, "net drop");
		return;
	}
	if (!a->line->down++)
		set_down(a->line, true);
	fault_set_fired(a, ": connections are refused");
}

static void undo_down(struct armed *a)
{
	struct buf reply;

	if (!a->standing)
		return;
	a->standing = false;
	if (a->on_net) {
		if (!--a->line->down)
			set_down(a->line, false);
		return;
	}
	buf_init(&reply, 64 * 1024);
	a->line->hooks.control("net up", &reply, a->line->hooks.ctx);
	buf_free(&reply);
}

/* Where there is no connection to reset nothing has happened. */
static void act_reset(struct armed *a)
{
	struct fault_net *net;
	unsigned n = 0;

	if (!a->on_net) {
		act_control(a, "broker drop reset");
		return;
	}
	LIST_FOREACH (net, &a->line->nets, entry)
		n += net->reset(net->ctx);
	if (n)
		fault_set_fired(a, ": %u connection%s reset", n, n > 1 ? "s" : "");
}

/* --- the modem -------------------------------------------------------------------------------------------------- */

static void act_reboot(struct armed *a)
{
	act_control(a, "power cycle");
}

/* Exactly between two bytes of an answer is a place only the line knows: the modem would finish its answer first. */
static void insert_urc(struct armed *a)
{
	struct fault_way *w = a->f->toward == TOWARD_MODEM ? a->line->to_modem : a->line->to_host;
	struct buf text;

	buf_init(&text, 64 * 1024);
	if (!str_unescape(&text, a->f->text)) {
		for (size_t i = 0; i < text.len; i++)
			fault_pass(w, TAILQ_NEXT(a, entry), (unsigned char)text.data[i], fault_now_us(a));
		fault_set_fired(a, ": %s", a->f->text);
	}
	buf_free(&text);
}

/* A control line is one line: what is not printable becomes an escape. Escapes written in the text stay escapes. */
static void add_text(struct buf *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] >= ' ' && text[i] <= '~')
			buf_addc(out, text[i]);
		else
			str_escape(out, &text[i], 1);
	}
}

static void act_urc(struct armed *a)
{
	struct buf line;

	if (a->f->trigger.offset > 0 && a->f->text) {
		insert_urc(a);
		return;
	}
	buf_init(&line, 64 * 1024);
	buf_adds(&line, "urc ");
	add_text(&line, a->f->text ? a->f->text : "", a->f->text ? strlen(a->f->text) : 0);
	act_control(a, buf_str(&line));
	buf_free(&line);
}

static void act_mute(struct armed *a)
{
	char line[64];

	snprintf(line, sizeof(line), "mute %" PRIu64 "us", a->f->hold_us);
	act_control(a, line);
}

/* Appends text as a quoted word of the control language. */
static void add_word(struct buf *out, const char *text, size_t n)
{
	buf_addc(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"')
			buf_addc(out, '\\');
		add_text(out, &text[i], 1);
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
	[FAULT_LATENCY] = { .net = true, .delays = true, .byte = byte_latency },
	[FAULT_BANDWIDTH] = { .net = true, .delays = true, .byte = byte_bandwidth },
	[FAULT_SLICE] = { .net = true, .delays = true, .byte = byte_slice },
	[FAULT_DROP] = { .net = true, .one_shot = true, .byte = byte_drop },
	[FAULT_CORRUPT] = { .net = true, .one_shot = true, .byte = byte_corrupt },
	[FAULT_DUPLICATE] = { .one_shot = true, .byte = byte_duplicate },
	[FAULT_STALL] = { .net = true, .delays = true, .byte = byte_stall },
	[FAULT_LIMIT] = { .net = true, .byte = byte_limit },
	[FAULT_HANGUP] = { .byte = byte_lost, .act = act_hangup, .undo = undo_hangup },
	[FAULT_FIFO] = { .byte = byte_fifo },
	[FAULT_RESET] = { .net = true, .control = true, .resets = true, .act = act_reset },
	[FAULT_DOWN] = { .net = true, .control = true, .lasts = true, .act = act_down, .undo = undo_down },
	[FAULT_REBOOT] = { .act = act_reboot },
	[FAULT_URC] = { .act = act_urc },
	[FAULT_REPLY] = { .act = act_reply },
	[FAULT_MUTE] = { .act = act_mute },
};

const struct fault_kind_row *fault_kind_row(enum fault_kind kind)
{
	return &rows[kind];
}
