/*
 * Bytes from the modem made into lines, final results, prompts and data of
 * exact length. The outcome does not depend on how the bytes are cut.
 */
#ifndef CORE_AT_CLIENT_H
#define CORE_AT_CLIENT_H

#include "core/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum at_event_kind {
	AT_EVENT_OK,
	AT_EVENT_ERROR,	 /* plain ERROR */
	AT_EVENT_CME,	 /* +CME ERROR or +CMS ERROR; text is what follows */
	AT_EVENT_PROMPT, /* '>' at the start of a line */
	AT_EVENT_ECHO,	 /* what was sent has come back, or a line like it */
	AT_EVENT_LINE,	 /* anything else */
	AT_EVENT_RAW,	 /* a piece of the data asked for by read_raw */
};

struct at_event {
	enum at_event_kind kind;
	const char *text; /* terminated; for RAW the bytes, not terminated */
	size_t len;
};

/*
 * Called once per event, before the next byte is looked at; may call
 * at_client_read_raw() and at_client_skip_echo(). The event is borrowed.
 */
typedef void (*at_event_func_t)(const struct at_event *event, void *ctx);

struct at_client {
	at_event_func_t event;
	void *ctx;
	char line[NODE_LINE_MAX + 1];
	uint16_t len;
	bool overlong;	  /* the current line did not fit */
	bool skip_lf;	  /* the LF of the line that announced raw data */
	uint32_t raw_left; /* bytes of raw data still to come */
	const uint8_t *echo; /* NULL: none is waited for */
	size_t echo_len;
	size_t echo_at;
	bool echo_whole;  /* all of it has come back */
	bool echo_broken; /* it began and went on otherwise */
};

void at_client_init(struct at_client *at, at_event_func_t event, void *ctx);

/* Take n bytes from the modem. Events come before it returns. */
void at_client_rx(struct at_client *at, const uint8_t *p, size_t n);

/* From an event handler for a LINE: the next n bytes are data, not lines. */
void at_client_read_raw(struct at_client *at, uint32_t n);

/* Give up data that does not come; the rest is lines again. */
void at_client_drop_raw(struct at_client *at);

/*
 * The modem sends back what it is told: take these bytes at the beginning of
 * a line for that, and say ECHO when they are whole. Borrowed until then or
 * until the next call; NULL: nothing is waited for.
 */
void at_client_skip_echo(struct at_client *at, const uint8_t *p, size_t n);

#endif
