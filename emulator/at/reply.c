/*
 * The one mouth: every byte to the host passes here. Frames by V, Q, S3 and S4, result codes by CMEE, unsolicited lines
 * that wait while the host enters data. Output of a turn leaves in one piece.
 */
#include "at/at_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void reply_bytes(struct at_channel *at, const void *p, size_t n)
{
	if (!at->enabled)
		return;
	while (n) {
		size_t room = OUT_MAX - at->out.len, part = n < room ? n : room;

		if (buf_add(&at->out, p, part))
			return;
		p = (const char *)p + part;
		n -= part;
		if (at->out.len == OUT_MAX)
			reply_flush(at);
		if (at->out.len == OUT_MAX)
			return;	/* out of memory for good, or called from inside the flush */
	}
}

/* Hands out what was written; what is written meanwhile follows in the same call. */
void reply_flush(struct at_channel *at)
{
	if (at->flushing)
		return;
	at->flushing = true;
	while (at->out.len) {
		struct buf now = at->out;

		at->out = at->out_now;
		at->out_now = now;
		if (!fault_mutes(at, now.len)) {
			trace_bytes(at->trace, TRACE_MODEM, now.data, now.len);
			at->hooks.out(now.data, now.len, at->hooks.ctx);
		}
		buf_reset(&at->out_now);
	}
	at->flushing = false;
	if (at->line_baud != at->set.ipr) {
		at->line_baud = at->set.ipr;
		if (at->hooks.baud)
			at->hooks.baud(at->line_baud, at->hooks.ctx);
	}
}

static void line_start(struct at_channel *at)
{
	const char crlf[2] = { (char)at->set.s[3], (char)at->set.s[4] };

	if (at->set.verbose)
		reply_bytes(at, crlf, 2);
}

static void line_stop(struct at_channel *at)
{
	const char crlf[2] = { (char)at->set.s[3], (char)at->set.s[4] };

	reply_bytes(at, crlf, 2);
}

/* Formats straight into the output where it fits on the stack; longer lines take a buffer. */
static void add_text(struct at_channel *at, const char *fmt, va_list ap)
{
	char small[512];
	va_list again;
	struct buf big;
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	if (n >= 0 && (size_t)n < sizeof(small)) {
		reply_bytes(at, small, (size_t)n);
	} else {
		buf_init(&big, OUT_MAX);
		buf_addv(&big, fmt, again);
		reply_bytes(at, buf_str(&big), big.len);
		buf_free(&big);
	}
	va_end(again);
}

static void info(struct at_channel *at, const char *fmt, va_list ap)
{
	at_turn_begin(at);
	line_start(at);
	add_text(at, fmt, ap);
	line_stop(at);
	at_turn_end(at);
}

void at_info(struct at_channel *at, const char *fmt, ...)
{
	va_list ap;

	at->rows_open = false;
	va_start(ap, fmt);
	info(at, fmt, ap);
	va_end(ap);
}

void at_row(struct at_channel *at, const char *fmt, ...)
{
	va_list ap;

	at_turn_begin(at);
	if (!at->rows_open)
		line_start(at);
	at->rows_open = true;
	va_start(ap, fmt);
	add_text(at, fmt, ap);
	va_end(ap);
	line_stop(at);
	at_turn_end(at);
}

void at_raw(struct at_channel *at, const void *p, size_t n)
{
	at->rows_open = false;
	at_turn_begin(at);
	reply_bytes(at, p, n);
	at_turn_end(at);
}

enum at_status at_fail(struct at_channel *at, const char *fmt, ...)
{
	va_list ap;

	at->rows_open = false;
	va_start(ap, fmt);
	info(at, fmt, ap);
	va_end(ap);
	return AT_STATUS_ERROR;
}

enum at_status at_cme(struct at_channel *at, int code)
{
	at->code = code;
	return AT_STATUS_CME;
}

enum at_status at_cms(struct at_channel *at, int code)
{
	at->code = code;
	return AT_STATUS_CMS;
}

static const char *result_words(enum at_result result)
{
	switch (result) {
	case AT_RESULT_OK:
		return "OK";
	case AT_RESULT_CONNECT:
		return "CONNECT";
	case AT_RESULT_RING:
		return "RING";
	case AT_RESULT_NO_CARRIER:
		return "NO CARRIER";
	case AT_RESULT_ERROR:
		return "ERROR";
	case AT_RESULT_NO_DIALTONE:
		return "NO DIALTONE";
	case AT_RESULT_BUSY:
		return "BUSY";
	case AT_RESULT_NO_ANSWER:
		return "NO ANSWER";
	case AT_RESULT_NONE:
		break;
	}
	return "";
}

/* V1: CR LF words CR LF. V0: number CR. Q1: nothing. */
void reply_result(struct at_channel *at, enum at_result result, const char *text)
{
	char number[8];

	if (at->set.quiet || result == AT_RESULT_NONE)
		return;
	if (!at->set.verbose) {
		snprintf(number, sizeof(number), "%d%c", (int)result, at->set.s[3]);
		reply_bytes(at, number, strlen(number));
		return;
	}
	text = text ? text : result_words(result);
	line_start(at);
	reply_bytes(at, text, strlen(text));
	line_stop(at);
}

enum at_status at_result(struct at_channel *at, enum at_result result, const char *text)
{
	at->rows_open = false;
	at_turn_begin(at);
	reply_result(at, result, text);
	at_turn_end(at);
	return AT_STATUS_SILENT;
}

/* +CME ERROR and +CMS ERROR by CMEE. With V0 the line keeps its text and loses the leading CR LF [guess]. */
static void reply_error_code(struct at_channel *at, const char *family, const char *text)
{
	char line[128];

	if (at->set.quiet)
		return;
	if (at->set.cmee == 2 && text)
		snprintf(line, sizeof(line), "+%s ERROR: %s", family, text);
	else
		snprintf(line, sizeof(line), "+%s ERROR: %d", family, at->code);
	line_start(at);
	reply_bytes(at, line, strlen(line));
	line_stop(at);
}

void reply_final(struct at_channel *at, enum at_status status)
{
	if (status == AT_STATUS_OK)
		reply_result(at, AT_RESULT_OK, NULL);
	else if (status == AT_STATUS_CME && at->set.cmee)
		reply_error_code(at, "CME", at_cme_text(at->code));
	else if (status == AT_STATUS_CMS && at->set.cmee)
		reply_error_code(at, "CMS", at_cms_text(at->code));
	else
		reply_result(at, AT_RESULT_ERROR, NULL);
}

/* Keeps an unsolicited line for later; what does not fit any more is lost whole. */
static void urc_keep(struct at_channel *at, const void *p, size_t n)
{
	if (!at->enabled)
		return;
	if (buf_add(&at->urc, p, n)) {
		at->urc_lost++;
		trace_text(at->trace, TRACE_NOTE, "unsolicited line lost: %zu bytes wait already", at->urc.len);
	}
}

/* What one who asks at_takes() may write then. */
enum { TAKES_MAX = 8 * 1024 };

/* Little of what the host cannot take yet is kept: the rest of a turn, and what waits for the end of a prompt. */
static bool takes(const struct at_channel *at)
{
	if (at->out.len > TAKES_MAX || (at->hooks.full && at->hooks.full(at->hooks.ctx)))
		return false;
	return at->mode == AT_MODE_LINE || at->mode == AT_MODE_DATA || at->urc.len <= TAKES_MAX;
}

bool at_takes(struct at_channel *at)
{
	if (takes(at))
		return true;
	at->starved = true;
	return false;
}

void reply_flows(struct at_channel *at)
{
	while (at->starved && !at->flushing && takes(at)) {
		at->starved = false;
		if (at->hooks.flows)
			at->hooks.flows(at, at->hooks.ctx);
	}
}

static void tell_unsolicited(struct at_channel *at)
{
	if (at->enabled && at->hooks.unsolicited)
		at->hooks.unsolicited(at->hooks.ctx);
}

void at_urc_raw(struct at_channel *at, const void *p, size_t n)
{
	if (at->mode != AT_MODE_LINE) {
		urc_keep(at, p, n);
		return;
	}
	at->rows_open = false;
	at_turn_begin(at);
	reply_bytes(at, p, n);
	tell_unsolicited(at);
	at_turn_end(at);
}

void at_urc(struct at_channel *at, const char *fmt, ...)
{
	struct buf line;
	va_list ap;

	buf_init(&line, URC_MAX);
	if (at->set.verbose)
		buf_addf(&line, "%c%c", at->set.s[3], at->set.s[4]);
	va_start(ap, fmt);
	buf_addv(&line, fmt, ap);
	va_end(ap);
	buf_addf(&line, "%c%c", at->set.s[3], at->set.s[4]);
	at_urc_raw(at, buf_str(&line), line.len);
	buf_free(&line);
}

void reply_release_urcs(struct at_channel *at)
{
	if (!at->urc.len)
		return;
	at->rows_open = false;
	reply_bytes(at, buf_str(&at->urc), at->urc.len);
	tell_unsolicited(at);
	buf_reset(&at->urc);
}

size_t at_urc_waiting(const struct at_channel *at)
{
	return at->urc.len;
}
