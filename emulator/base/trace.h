/*
 * The one trace: everything on the wire and every note about it, one event at a time, to any number of sinks.
 * The JSONL form is what reports, `hil` and the control socket's `watch` read.
 */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/why.h"

enum trace_kind {
	TRACE_HOST,	/* bytes from the host to the modem, as the modem got them */
	TRACE_MODEM,	/* bytes from the modem to the host, as they left */
	TRACE_BROKER,	/* text: what the broker saw ("t/1 hello", "connect client-1", ...) */
	TRACE_MODEL,	/* text: what the modelled world did */
	TRACE_FAULT,	/* text: a fault that fired */
	TRACE_WHY,	/* the cause chain of a non-zero result */
	TRACE_NOTE,	/* text: state changes, power, profile */
};

struct trace_event {
	uint64_t t_us;			/* time on the owner's clock */
	enum trace_kind kind;
	const void *data;		/* bytes, or text without a NUL needed */
	size_t len;
	const char *port;		/* the port it is about; NULL: the main one, or none */
	const char *family;		/* TRACE_WHY: "mqtt", "ssl", "at" ... */
	int code;			/* TRACE_WHY: the number the modem answered */
	const char *meaning;		/* TRACE_WHY: the manual's words for it */
	const struct why *why;		/* TRACE_WHY: the chain */
};

/* Called for each event; the event and all it points to are borrowed until it returns. */
typedef void (*trace_func_t)(const struct trace_event *ev, void *ctx);

struct trace;

/* now_us(now_ctx) stamps the events. Returns NULL when out of memory. */
struct trace *trace_new(uint64_t (*now_us)(void *now_ctx), void *now_ctx);
void trace_free(struct trace *t);

/*
 * A trace of one of several ports: its events go to the sinks of t, with port (borrowed, as t is) in them. Sinks are
 * added to t only. NULL when out of memory.
 */
struct trace *trace_new_port(struct trace *t, const char *port);

/* Adds and removes a sink. A sink may remove itself from inside its call. At most 8; returns 0 or -ENOSPC. */
int trace_add_sink(struct trace *t, trace_func_t func, void *ctx);
void trace_remove_sink(struct trace *t, trace_func_t func, void *ctx);

/* All of these take t == NULL and do nothing then. */
void trace_bytes(struct trace *t, enum trace_kind kind, const void *p, size_t n);
void trace_text(struct trace *t, enum trace_kind kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void trace_why(struct trace *t, const char *family, int code, const char *meaning, const struct why *why);

/*
 * One event as one JSON line, LF included:
 * {"t":12.304100,"d":"modem","hex":"0d0a..","text":"\\r\\nOK\\r\\n"}; times in seconds with microseconds.
 * Bytes of a further port say which: "port":"at". Notes have "text" alone; why has family, code, meaning, chain:[{rule,text,quirk,value,evidence,confidence}].
 */
void trace_to_json(const struct trace_event *ev, struct buf *out);

/* "host", "modem", "broker", "model", "fault", "why", "note". */
const char *trace_kind_name(enum trace_kind kind);

#endif
