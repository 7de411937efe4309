/* Fan-out of events to sinks, and their JSONL form. Strings are escaped here since jansson would build a tree per byte run. */
#include "base/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { SINKS_MAX = 8 };

struct trace {
	uint64_t (*now_us)(void *ctx);
	void *now_ctx;
	struct trace *of;	/* of one port: whose sinks get its events */
	const char *port;
	struct { trace_func_t func; void *ctx; } sink[SINKS_MAX];
};

struct trace *trace_new(uint64_t (*now_us)(void *now_ctx), void *now_ctx)
{
	struct trace *t = calloc(1, sizeof(*t));

	if (t) {
		t->now_us = now_us;
		t->now_ctx = now_ctx;
	}
	return t;
}

struct trace *trace_new_port(struct trace *t, const char *port)
{
	struct trace *part = trace_new(NULL, NULL);

	if (part) {
		part->of = t;
		part->port = port;
	}
	return part;
}

void trace_free(struct trace *t)
{
	free(t);
}

int trace_add_sink(struct trace *t, trace_func_t func, void *ctx)
{
	for (size_t i = 0; i < SINKS_MAX; i++) {
		if (!t->sink[i].func) {
			t->sink[i].func = func;
			t->sink[i].ctx = ctx;
			return 0;
		}
	}
	return -ENOSPC;
}

void trace_remove_sink(struct trace *t, trace_func_t func, void *ctx)
{
	for (size_t i = 0; i < SINKS_MAX; i++) {
		if (t->sink[i].func == func && t->sink[i].ctx == ctx)
			t->sink[i].func = NULL;
	}
}

static void emit(struct trace *t, struct trace_event *ev)
{
	if (t->of) {
		ev->port = t->port;
		t = t->of;
	}
	ev->t_us = t->now_us(t->now_ctx);
	for (size_t i = 0; i < SINKS_MAX; i++) {
		if (t->sink[i].func)
			t->sink[i].func(ev, t->sink[i].ctx);
	}
}

void trace_bytes(struct trace *t, enum trace_kind kind, const void *p, size_t n)
{
	struct trace_event ev = { .kind = kind, .data = p, .len = n };

	if (t && n)
		emit(t, &ev);
}

void trace_text(struct trace *t, enum trace_kind kind, const char *fmt, ...)
{
	struct trace_event ev = { .kind = kind };
	struct buf text;
	va_list ap;

	if (!t)
		return;
	buf_init(&text, 64 * 1024);
	va_start(ap, fmt);
	buf_addv(&text, fmt, ap);
	va_end(ap);
	ev.data = buf_str(&text);
	ev.len = text.len;
	emit(t, &ev);
	buf_free(&text);
}

void trace_why(struct trace *t, const char *family, int code, const char *meaning, const struct why *why)
{
	struct trace_event ev = {
		.kind = TRACE_WHY, .family = family, .code = code, .meaning = meaning, .why = why,
	};

	if (t)
		emit(t, &ev);
}

const char *trace_kind_name(enum trace_kind kind)
{
	static const char *const names[] = {
		[TRACE_HOST] = "host", [TRACE_MODEM] = "modem", [TRACE_BROKER] = "broker", [TRACE_MODEL] = "model",
		[TRACE_FAULT] = "fault", [TRACE_WHY] = "why", [TRACE_NOTE] = "note",
	};

	return names[kind];
}

/* JSON string body: the escaped view has only ASCII left, so quote and backslash are all that JSON adds. */
static void add_json_text(struct buf *out, const void *p, size_t n, bool view)
{
	const unsigned char *s = p;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"')
			buf_adds(out, "\\\"");
		else if (s[i] == '\\')
			buf_adds(out, view ? "\\\\\\\\" : "\\\\");
		else if (s[i] == '\r' && view)
			buf_adds(out, "\\\\r");
		else if (s[i] == '\n' && view)
			buf_adds(out, "\\\\n");
		else if (s[i] >= 0x20 && s[i] < 0x7f)
			buf_addc(out, (char)s[i]);
		else if (view)
			buf_addf(out, "\\\\x%02x", s[i]);
		else
			buf_addf(out, "\\u%04x", s[i]);
	}
}

static void add_json_member(struct buf *out, const char *key, const char *value)
{
	if (!value)
		return;
	buf_addf(out, ",\"%s\":\"", key);
	add_json_text(out, value, strlen(value), false);
	buf_addc(out, '"');
}

static void add_json_why(struct buf *out, const struct trace_event *ev)
{
	add_json_member(out, "family", ev->family);
	buf_addf(out, ",\"code\":%d", ev->code);
	add_json_member(out, "meaning", ev->meaning);
	buf_adds(out, ",\"chain\":[");
	for (size_t i = 0; ev->why && i < ev->why->n; i++) {
		const struct why_step *s = &ev->why->step[i];

		buf_addf(out, "%s{\"rule\":\"%s\"", i ? "," : "", s->rule);
		add_json_member(out, "text", s->text);
		add_json_member(out, "quirk", s->quirk);
		add_json_member(out, "value", s->value);
		add_json_member(out, "evidence", s->evidence);
		add_json_member(out, "confidence", s->confidence);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

void trace_to_json(const struct trace_event *ev, struct buf *out)
{
	bool bytes = ev->kind == TRACE_HOST || ev->kind == TRACE_MODEM;

	buf_addf(out, "{\"t\":%" PRIu64 ".%06u,\"d\":\"%s\"", ev->t_us / 1000000, (unsigned)(ev->t_us % 1000000),
		 trace_kind_name(ev->kind));
	add_json_member(out, "port", ev->port);
	if (ev->kind == TRACE_WHY) {
		add_json_why(out, ev);
	} else {
		if (bytes) {
			buf_adds(out, ",\"hex\":\"");
			str_hex(out, ev->data, ev->len);
			buf_addc(out, '"');
		}
		buf_adds(out, ",\"text\":\"");
		add_json_text(out, ev->data, ev->len, bytes);
		buf_addc(out, '"');
	}
	buf_adds(out, "}\n");
}
