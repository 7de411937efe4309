/*
 * Bytes from the host to lines and data: hunts for AT, edits and ends lines, counts prompt data, keeps what is typed
 * ahead of a running command, echoes. Runs nothing; a complete line goes to dispatch. Manual: M3 1.4, 2.2.8, V.250 5.
 */
#include "at/at_internal.h"

#include <string.h>

/*
 * The state after c. Used twice: for what is executed, and for the echo, which follows the bytes as they arrive and so
 * may run ahead of execution.
 */
static enum frame_state step(const struct at_channel *at, enum frame_state state, char c)
{
	switch (state) {
	case FRAME_HUNT:
		return c == 'A' || c == 'a' ? FRAME_GOT_A : FRAME_HUNT;
	case FRAME_GOT_A:
		if (c == 'T' || c == 't')
			return FRAME_LINE;
		return c == 'A' || c == 'a' ? FRAME_GOT_A : FRAME_HUNT;
	case FRAME_LINE:
		break;
	}
	return (uint8_t)c == at->set.s[3] ? FRAME_HUNT : FRAME_LINE;
}

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Noise between lines is not echoed, nor is LF; everything of a line is, its CR included (EP#351). */
static bool is_echoed(const struct at_channel *at, enum frame_state before, enum frame_state after, char c)
{
	if (before == FRAME_HUNT)
		return after == FRAME_GOT_A;
	if (before == FRAME_GOT_A)
		return after != FRAME_HUNT || c == '/';
	return !is_control(c) || (uint8_t)c == at->set.s[3] || (uint8_t)c == at->set.s[5];
}

static void echo_byte(struct at_channel *at, char c)
{
	enum frame_state before = at->echo_frame;

	if (at->quiet_take)
		return;
	at->echo_frame = step(at, before, c);
	if (at->set.echo && is_echoed(at, before, at->echo_frame, c))
		reply_bytes(at, &c, 1);
}

void framer_hunt(struct at_channel *at)
{
	at->frame = FRAME_HUNT;
	if (!at->ahead.len)
		at->echo_frame = FRAME_HUNT;
}

static void line_done(struct at_channel *at)
{
	at->line[at->line_len] = '\0';
	at->after_cr = true;
	if (!at->line_long) {
		memcpy(at->last, at->line, at->line_len + 1);
		at->last_len = at->line_len;
	}
	dispatch_line(at);
}

/* A/: the first one after power-up repeats an empty line, which is OK (M1 3.1). */
static void line_repeat(struct at_channel *at)
{
	memcpy(at->line, at->last, at->last_len);
	at->line_len = at->last_len;
	at->line[at->line_len] = '\0';
	at->line_long = false;
	dispatch_line(at);
}

static void line_edit(struct at_channel *at, char c)
{
	if ((uint8_t)c == at->set.s[5]) {
		at->line_len -= at->line_len > 0;
	} else if (!is_control(c)) {
		if (at->line_len < (size_t)at->profile->q.line_max)
			at->line[at->line_len++] = c;
		else
			at->line_long = true;
	}
}

/* A byte while no command is open. */
static void take_line_byte(struct at_channel *at, char c)
{
	enum frame_state before = at->frame;

	echo_byte(at, c);
	at->frame = step(at, before, c);
	if (before == FRAME_LINE) {
		if (at->frame == FRAME_HUNT)
			line_done(at);
		else
			line_edit(at, c);
	} else if (at->frame == FRAME_LINE) {
		at->line_len = 0;
		at->line_long = false;
	} else if (before == FRAME_GOT_A && c == '/') {
		line_repeat(at);
	}
}

/* Typed ahead: echoed now, as the UART does [guess], and executed when the open command is done. */
static void keep_ahead(struct at_channel *at, char c)
{
	echo_byte(at, c);
	if (at->ahead.len - at->ahead_pos >= (size_t)at->profile->q.type_ahead_bytes || buf_addc(&at->ahead, c)) {
		if (!at->ahead_lost++)
			trace_text(at->trace, TRACE_NOTE, "type-ahead full: input is lost");
	}
}

static void prompt_complete(struct at_channel *at, bool given_up)
{
	struct buf entry = at->entry;

	buf_init(&at->entry, 0);
	framer_hunt(at);
	dispatch_prompt_done(at, given_up ? NULL : buf_str(&entry), given_up ? 0 : entry.len);
	buf_free(&entry);
}

static size_t take_length(struct at_channel *at, const char *p, size_t n)
{
	size_t want = at->entry_len - at->entry.len;

	n = n < want ? n : want;
	if (at->set.echo && at->entry_echo && !at->quiet_take)
		reply_bytes(at, p, n);
	if (buf_add(&at->entry, p, n)) {
		dispatch_prompt_failed(at);
		return n;
	}
	if (at->entry.len == at->entry_len)
		prompt_complete(at, false);
	return n;
}

static size_t take_ctrl_z(struct at_channel *at, char c)
{
	if (c == 0x1a || c == 0x1b) {
		prompt_complete(at, c == 0x1b);
		return 1;
	}
	if (at->set.echo && at->entry_echo && !at->quiet_take)
		reply_bytes(at, &c, 1);
	buf_addc(&at->entry, c);	/* beyond the limit: lost */
	return 1;
}

/* As take_ctrl_z(), but 0x03 before 0x03, 0x1A or 0x1B makes it data; before another byte it is data itself [guess]. */
static size_t take_escaped(struct at_channel *at, char c)
{
	bool escaped = at->entry_escape;

	if (c == 0x03 && !escaped) {
		at->entry_escape = true;
		return 1;
	}
	if (!escaped)
		return take_ctrl_z(at, c);
	at->entry_escape = false;
	if (c != 0x03 && c != 0x1a && c != 0x1b)
		buf_addc(&at->entry, 0x03);
	buf_addc(&at->entry, c);
	return 1;
}

/*
 * The LF of a host that ends its lines with CR LF comes when a prompt may be open already, and is no data. A host that
 * was seen to end lines with CR alone may well send a payload that starts with LF. true: c is swallowed.
 */
static bool is_line_end_lf(struct at_channel *at, char c)
{
	if (!at->after_cr)
		return false;
	at->after_cr = false;
	if (c != '\n') {
		at->eol = HOST_EOL_CR;
		return false;
	}
	if (at->mode != AT_MODE_LINE && at->eol == HOST_EOL_CR)
		return false;
	at->eol = HOST_EOL_CRLF;
	return true;
}

/* Takes at least one byte by the mode; returns how many. */
static size_t take_some(struct at_channel *at, const char *p, size_t n)
{
	if (at->mode == AT_MODE_LINE && at->state != LINE_IDLE) {
		keep_ahead(at, *p);
		return 1;
	}
	if (is_line_end_lf(at, *p))
		return 1;
	switch (at->mode) {
	case AT_MODE_LINE:
		break;
	case AT_MODE_PROMPT_LENGTH:
		return take_length(at, p, n);
	case AT_MODE_PROMPT_CTRL_Z:
		return take_ctrl_z(at, *p);
	case AT_MODE_PROMPT_ESCAPED:
		return take_escaped(at, *p);
	case AT_MODE_DATA:
		return data_take(at, p, n);
	}
	take_line_byte(at, *p);
	return 1;
}

/* Whatever waits behind the open command stays there. */
static void take_abort(struct at_channel *at, char c)
{
	if (!is_line_end_lf(at, c))
		dispatch_abort(at);
}

void framer_take(struct at_channel *at, const char *p, size_t n)
{
	while (n && at->enabled) {
		size_t took = 1;

		if (dispatch_can_abort(at))
			take_abort(at, *p);
		else if (at->ahead.len)
			keep_ahead(at, *p);	/* behind what waits already */
		else
			took = take_some(at, p, n);
		p += took;
		n -= took;
	}
}

static bool can_take(const struct at_channel *at)
{
	return at->enabled && (at->mode != AT_MODE_LINE || at->state == LINE_IDLE);
}

/* Executes what was typed ahead, until a command stays open again. */
void framer_drain_ahead(struct at_channel *at)
{
	if (!at->ahead.len || at->quiet_take)
		return;
	at->quiet_take = true;
	while (at->ahead_pos < at->ahead.len && can_take(at)) {
		char c = at->ahead.data[at->ahead_pos++];

		take_some(at, &c, 1);
	}
	at->quiet_take = false;
	buf_drop(&at->ahead, at->ahead_pos);
	at->ahead_pos = 0;
	if (!at->ahead.len) {
		at->ahead_lost = 0;
		at->echo_frame = at->frame;
	}
}

static void prompt_open(struct at_channel *at, enum at_prompt kind)
{
	const char crlf[2] = { (char)at->set.s[3], (char)at->set.s[4] };

	reply_bytes(at, crlf, 2);
	if (kind == AT_PROMPT_DOWNLOAD) {
		reply_bytes(at, "DOWNLOAD", sizeof("DOWNLOAD") - 1);
		reply_bytes(at, crlf, 2);
		return;
	}
	reply_bytes(at, "> ", kind == AT_PROMPT_CTRL_Z ? 2 : 1);
	if (kind != AT_PROMPT_CTRL_Z && at->profile->q.prompt_crlf == QUIRK_prompt_crlf_crlf)
		reply_bytes(at, crlf, 2);
}

void at_prompt_quiet(struct at_channel *at)
{
	at->entry_echo = false;
}

enum at_status at_prompt(struct at_channel *at, enum at_prompt kind, size_t len, at_data_func_t done, int tag)
{
	static const enum at_mode modes[] = {
		[AT_PROMPT_LENGTH] = AT_MODE_PROMPT_LENGTH, [AT_PROMPT_DOWNLOAD] = AT_MODE_PROMPT_LENGTH,
		[AT_PROMPT_CTRL_Z] = AT_MODE_PROMPT_CTRL_Z, [AT_PROMPT_ESCAPED] = AT_MODE_PROMPT_ESCAPED,
	};
	long ms = at->profile->q.prompt_timeout_ms;

	if ((kind == AT_PROMPT_CTRL_Z || kind == AT_PROMPT_ESCAPED) && !len)
		len = CTRL_Z_MAX;
	buf_free(&at->entry);
	buf_init(&at->entry, len);
	at->entry_len = len;
	at->done = done;
	at->done_tag = tag;
	at->tag = tag;
	at->mode = modes[kind];
	at->entry_echo = kind == AT_PROMPT_CTRL_Z || at->profile->q.echo_data;
	at->entry_escape = false;
	at->rows_open = false;
	at_turn_begin(at);
	prompt_open(at, kind);
	if (ms > 0)
		clock_arm(at->clock, &at->watchdog, (uint64_t)ms * 1000);
	at_turn_end(at);
	return AT_STATUS_PENDING;
}

void at_prompt_limit(struct at_channel *at, uint64_t us)
{
	if (at->mode != AT_MODE_LINE && at->mode != AT_MODE_DATA)
		clock_arm(at->clock, &at->watchdog, us);
}

void prompt_timed_out(void *ctx)
{
	struct at_channel *at = ctx;

	trace_text(at->trace, TRACE_NOTE, "prompt timed out with %zu of %zu bytes", at->entry.len, at->entry_len);
	at_turn_begin(at);
	buf_reset(&at->entry);
	framer_hunt(at);
	dispatch_prompt_failed(at);
	at_turn_end(at);
}
