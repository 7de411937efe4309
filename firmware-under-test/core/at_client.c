/*
 * The byte level of the AT dialogue (SIM7600 manual 1.4, fact: \r\n>
 * without a space is the prompt of the data commands). Knows no command:
 * what a line means is urc.c, what it ends is exchange.c.
 */
#include "core/at_client.h"

#include <string.h>

void at_client_init(struct at_client *at, at_event_func_t event, void *ctx)
{
	memset(at, 0, sizeof(*at));
	at->event = event;
	at->ctx = ctx;
}

void at_client_read_raw(struct at_client *at, uint32_t n)
{
	at->raw_left = n;
}

void at_client_drop_raw(struct at_client *at)
{
	at->raw_left = 0;
	at->skip_lf = false;
}

void at_client_skip_echo(struct at_client *at, const uint8_t *p, size_t n)
{
	at->echo = n ? p : NULL;
	at->echo_len = n;
	at->echo_at = 0;
	at->echo_whole = false;
	at->echo_broken = false;
}

static void emit(struct at_client *at, enum at_event_kind kind,
		 const char *text, size_t len)
{
	struct at_event event = {kind, text, len};

	at->event(&event, at->ctx);
}

static enum at_event_kind line_kind(const char *line)
{
	if (strcmp(line, "OK") == 0)
		return AT_EVENT_OK;
	if (strcmp(line, "ERROR") == 0)
		return AT_EVENT_ERROR;
	if (strncmp(line, "+CME ERROR:", 11) == 0 ||
	    strncmp(line, "+CMS ERROR:", 11) == 0)
		return AT_EVENT_CME;
	if (strncmp(line, "AT", 2) == 0)
		return AT_EVENT_ECHO;
	return AT_EVENT_LINE;
}

static void end_line(struct at_client *at)
{
	bool whole = !at->overlong;
	enum at_event_kind kind;
	size_t skip = 0;
	size_t len = at->len;

	at->overlong = false;
	at->len = 0;
	if (!len || !whole)
		return;
	at->line[len] = '\0';
	kind = line_kind(at->line);
	if (kind == AT_EVENT_CME)
		skip = at->line[11] == ' ' ? 12 : 11;
	emit(at, kind, at->line + skip, len - skip);
}

/* Line noise at power-on and stray bytes are no part of any answer. */
static bool is_noise(uint8_t c)
{
	return c < 0x20 || c >= 0x7f;
}

static void line_byte(struct at_client *at, uint8_t c)
{
	if (c == '\r' || c == '\n') {
		end_line(at);
		at->skip_lf = at->raw_left && c == '\r';
		return;
	}
	if (is_noise(c))
		return;
	if (!at->len && !at->overlong) {
		if (c == ' ')
			return;
		if (c == '>') {
			emit(at, AT_EVENT_PROMPT, ">", 1);
			return;
		}
	}
	if (at->len == NODE_LINE_MAX) {
		at->overlong = true;
		return;
	}
	at->line[at->len++] = (char)c;
}

static size_t raw_bytes(struct at_client *at, const uint8_t *p, size_t n)
{
	size_t take = n < at->raw_left ? n : at->raw_left;

	if (at->skip_lf) {
		at->skip_lf = false;
		if (*p == '\n')
			return 1;
	}
	at->raw_left -= (uint32_t)take;
	emit(at, AT_EVENT_RAW, (const char *)p, take);
	return take;
}

static void plain_byte(struct at_client *at, uint8_t c)
{
	if (at->raw_left)
		raw_bytes(at, &c, 1);
	else
		line_byte(at, c);
}

static void echo_is_whole(struct at_client *at)
{
	at->echo = NULL;
	at->echo_whole = true;
	emit(at, AT_EVENT_ECHO, "", 0);
}

/*
 * True when c was taken as echo; a false start is given back as text. What
 * comes unasked before the echo is a line of its own.
 */
static bool echo_byte(struct at_client *at, uint8_t c)
{
	const uint8_t *echo = at->echo;
	size_t seen = at->echo_at;

	if (!seen && (at->len || at->overlong))
		return false;
	if (c == echo[seen]) {
		if (++at->echo_at == at->echo_len)
			echo_is_whole(at);
		return true;
	}
	if (!seen)
		return false;
	at->echo = NULL;
	at->echo_broken = true;
	for (size_t i = 0; i < seen; i++)
		plain_byte(at, echo[i]);
	return false;
}

void at_client_rx(struct at_client *at, const uint8_t *p, size_t n)
{
	while (n) {
		size_t taken = 1;

		if (at->raw_left)
			taken = raw_bytes(at, p, n);
		else if (!at->echo || !echo_byte(at, *p))
			plain_byte(at, *p);
		p += taken;
		n -= taken;
	}
}
