/* The table of faults: one row a kind says what it does to a byte, or what happens at the moment of firing. */
#include "harness/fault_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static bool byte_drop(struct armed *a, unsigned char *byte, uint64_t *due)
{
	(void)due;
	fault_set_fired(a, ": lost \\x%02x", *byte);
	return false;
}

static bool byte_corrupt(struct armed *a, unsigned char *byte, uint64_t *due)
{
	unsigned char was = *byte;

	(void)due;
	*byte = (unsigned char)(*byte ^ (1u << prng_below(&a->line->prng, 8)));
	fault_set_fired(a, ": \\x%02x became \\x%02x", was, *byte);
	return true;
}

/* The copy follows when the run is complete, in consume(). */
static bool byte_duplicate(struct armed *a, unsigned char *byte, uint64_t *due)
{
	(void)due;
	buf_addc(&a->copy, (char)*byte);
	return true;
}

static bool byte_latency(struct armed *a, unsigned char *byte, uint64_t *due)
{
	uint64_t jitter = a->f->jitter_us ? prng_below(&a->line->prng, (uint32_t)a->f->jitter_us + 1) : 0;

	(void)byte;
	if (!a->fired)
		fault_set_fired(a, ": %" PRIu64 " us", a->f->delay_us);
	*due += a->f->delay_us + jitter;
	return true;
}

static bool byte_bandwidth(struct armed *a, unsigned char *byte, uint64_t *due)
{
	(void)byte;
	if (!a->fired)
		fault_set_fired(a, ": %ld bytes/s", a->f->rate);
	if (a->free_us > *due)
		*due = a->free_us;
	a->free_us = *due + 1000000u / (uint64_t)a->f->rate;
	return true;
}

static bool byte_slice(struct armed *a, unsigned char *byte, uint64_t *due)
{
	(void)byte;
	if (a->free_us > *due)
		*due = a->free_us;
	if (++a->count < (a->f->bytes ? a->f->bytes : 1))
		return true;
	a->count = 0;
	a->free_us = *due + a->f->gap_us;
	if (!a->fired)
		fault_set_fired(a, ": gap of %" PRIu64 " us", a->f->gap_us);
	return true;
}

static bool byte_stall(struct armed *a, unsigned char *byte, uint64_t *due)
{
	(void)byte;
	if (!a->fired)
		fault_set_fired(a, ": line stands still");
	if (a->until_us > *due)
		*due = a->until_us;
	return true;
}

static bool byte_limit(struct armed *a, unsigned char *byte, uint64_t *due)
{
	(void)byte;
	(void)due;
	if (a->count < a->f->bytes) {
		a->count++;
		return true;
	}
	if (!a->fired)
		fault_set_fired(a, ": nothing passes after %ld bytes", a->f->bytes);
	return false;
}

/* Level of the ring in bytes * 1e6, so that slow rates do not round to nothing. */
static bool byte_fifo(struct armed *a, unsigned char *byte, uint64_t *due)
{
	uint64_t rate = a->f->rate ? (uint64_t)a->f->rate : 1000, now = fault_now_us(a);
	uint64_t waits = a->free_us > now ? (a->free_us - now) * rate / 1000000u : 0;

	if (waits >= (uint64_t)(a->f->bytes ? a->f->bytes : 256)) {
		fault_set_fired(a, ": ring full, lost \\x%02x", *byte);
		return false;
	}
	if (a->free_us > *due)
		*due = a->free_us;
	a->free_us = *due + 1000000u / rate;
	return true;
}

static bool byte_lost(struct armed *a, unsigned char *byte, uint64_t *due)
{
	(void)a;
	(void)byte;
	(void)due;
	return false;
}

static void act_hangup(struct armed *a)
{
	a->hanging = true;
	if (!a->line->hanging++)
		a->line->hooks.hangup(true, a->line->hooks.ctx);
	fault_set_fired(a, ": the port is gone");
}

static void undo_hangup(struct armed *a)
{
	if (!a->hanging)
		return;
	a->hanging = false;
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

static void act_reboot(struct armed *a)
{
	act_control(a, "power cycle");
}

static void act_down(struct armed *a)
{
	act_control(a, "net drop");
}

static void undo_down(struct armed *a)
{
	struct buf reply;

	buf_init(&reply, 64 * 1024);
	a->line->hooks.control("net up", &reply, a->line->hooks.ctx);
	buf_free(&reply);
}

static void act_reset(struct armed *a)
{
	act_control(a, "broker drop reset");
}

/* Exactly between two bytes of an answer is a place only the line knows: the modem would finish its answer first. */
static void insert_urc(struct armed *a)
{
	enum direction d = a->f->toward == TOWARD_MODEM ? TO_MODEM : TO_HOST;
	struct buf text;

	buf_init(&text, 64 * 1024);
	if (!str_unescape(&text, a->f->text)) {
		for (size_t i = 0; i < text.len; i++)
			fault_pass(a->line, d, TAILQ_NEXT(a, entry), (unsigned char)text.data[i], fault_now_us(a));
		fault_set_fired(a, ": %s", a->f->text);
	}
	buf_free(&text);
}

static void act_urc(struct armed *a)
{
	struct buf line;

	if (a->f->trigger.offset > 0 && a->f->text) {
		insert_urc(a);
		return;
	}
	buf_init(&line, 64 * 1024);
	buf_addf(&line, "urc %s", a->f->text ? a->f->text : "");
	act_control(a, buf_str(&line));
	buf_free(&line);
}

static void act_mute(struct armed *a)
{
	char line[64];

	snprintf(line, sizeof(line), "mute %" PRIu64 "us", a->f->hold_us);
	act_control(a, line);
}

/* Appends text as a quoted word of the control language; escapes written in the text stay escapes. */
static void add_word(struct buf *out, const char *text, size_t n)
{
	buf_addc(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"')
			buf_addc(out, '\\');
		buf_addc(out, text[i]);
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
	[FAULT_LATENCY] = { .serial = true, .byte = byte_latency },
	[FAULT_BANDWIDTH] = { .serial = true, .byte = byte_bandwidth },
	[FAULT_SLICE] = { .serial = true, .byte = byte_slice },
	[FAULT_DROP] = { .serial = true, .one_shot = true, .byte = byte_drop },
	[FAULT_CORRUPT] = { .serial = true, .one_shot = true, .byte = byte_corrupt },
	[FAULT_DUPLICATE] = { .serial = true, .one_shot = true, .byte = byte_duplicate },
	[FAULT_STALL] = { .serial = true, .byte = byte_stall },
	[FAULT_LIMIT] = { .serial = true, .byte = byte_limit },
	[FAULT_HANGUP] = { .serial = true, .byte = byte_lost, .act = act_hangup, .undo = undo_hangup },
	[FAULT_FIFO] = { .serial = true, .byte = byte_fifo },
	[FAULT_RESET] = { .act = act_reset },
	[FAULT_DOWN] = { .act = act_down, .undo = undo_down },
	[FAULT_REBOOT] = { .act = act_reboot },
	[FAULT_URC] = { .act = act_urc },
	[FAULT_REPLY] = { .act = act_reply },
	[FAULT_MUTE] = { .act = act_mute },
};

const struct fault_kind_row *fault_kind_row(enum fault_kind kind)
{
	return &rows[kind];
}
