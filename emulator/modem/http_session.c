/*
 * A request on the wire: its head by the parameters of AT+HTTPPARA, its result as soon as the answer's head is there, the
 * body on its way into the cache. Facts at-general 9.
 */
#include "modem/http_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "modem/ssl.h"

enum { HEADERS_MAX = 48, LINES_MAX = 8 * 1024 };

enum { SENT_MAX = 16 * 1024 * 1024 };	/* no file of the drives is longer */

const char *http_method_name(int method)
{
	return (const char *const[HTTP_METHODS]){ "GET", "POST", "HEAD", "DELETE", "PUT" }[method];
}

/* --- results ------------------------------------------------------------------------------------------------------ */

/* Ends the pending request and tells. action.why holds the reasons of a code that is an error. */
static void finish(struct http *h, int code, long long length)
{
	struct http_action *a = &h->action;
	struct modem_event ev = {
		.type = a->for_file ? MODEM_EVENT_HTTP_FILE_POSTED : MODEM_EVENT_HTTP_ACTION, .code = code,
		.index = a->tell_method ? a->method : -1, .length = length,
	};

	timer_cancel(&h->delay);
	a->active = false;
	if (code >= HTTP_ERR_NOT_HTTP)
		http_trace_code(h, code, &a->why);
	modem_emit(h->modem, &ev);
}

static void finish_later(struct http *h, int code, long delay_ms)
{
	if (!delay_ms) {
		finish(h, code, 0);
		return;
	}
	h->action.result = code;
	clock_arm(h->modem->clock, &h->delay, (uint64_t)delay_ms * 1000);
}

static void delay_over(void *ctx)
{
	struct http *h = ctx;

	finish(h, h->action.result, 0);
}

void http_session_init(struct http *h)
{
	timer_init(&h->delay, delay_over, h);
	buf_init(&h->body, HTTP_BODY_MAX);
	buf_init(&h->sent, SENT_MAX);
	http_cache_init(h);
}

void http_session_drop(struct http *h)
{
	timer_cancel(&h->delay);
	link_http_close(h->link);
	h->link = NULL;
	h->action = (struct http_action){ 0 };
	buf_free(&h->body);
	buf_free(&h->sent);
	http_cache_clear(h);
}

void http_session_lost(struct http *h)
{
	struct why why = { 0 };

	why_add(&why, "net", "the bearer went down");
	if (h->action.active) {
		h->action.why = why;
		finish(h, HTTP_ERR_NO_NETWORK, 0);
	} else if (h->answer.present && !h->answer.whole) {
		http_cache_end(h, LINK_NO_NETWORK, &why);
	}
	link_http_close(h->link);
	h->link = NULL;
}

/* --- what the link reports ---------------------------------------------------------------------------------------- */

/* A HEAD request has no body to read: its length is that of the head, where the revision says so. */
static long long told_length(const struct http *h, const struct link_http_event *ev)
{
	const struct quirks *q = &h->modem->profile->q;

	if (h->action.method == HTTP_HEAD)
		return q->http_head_length == QUIRK_http_head_length_head ? (long long)ev->len : 0;
	if (ev->code == 206 && q->http_range_length_zero)
		return 0;
	return ev->length < 0 ? 0 : ev->length;
}

/* A body that this revision has no room for ends the request. */
static bool is_too_long(struct http *h, const struct link_http_event *ev)
{
	const struct profile *p = h->modem->profile;

	if (!p->q.http_body_max_bytes || h->action.method == HTTP_HEAD || ev->length <= p->q.http_body_max_bytes)
		return false;
	profile_why(p, QUIRK_ID_http_body_max_bytes, &h->action.why, "memory", "a body of %lld bytes", (long long)ev->length);
	link_http_cancel(h->link);
	finish(h, HTTP_ERR_TRANSFER, 0);
	return true;
}

/* After so much since boot an answer has its length alone. */
static bool is_hollow(struct http *h)
{
	const struct profile *p = h->modem->profile;
	struct why why = { 0 };

	if (!p->q.http_boot_max_bytes || h->taken < p->q.http_boot_max_bytes)
		return false;
	profile_why(p, QUIRK_ID_http_boot_max_bytes, &why, "memory", "%lld bytes were taken since boot", h->taken);
	http_trace_code(h, HTTP_ERR_BARE, &why);
	return true;
}

static void on_head(struct http *h, const struct link_http_event *ev)
{
	struct http_answer *r = &h->answer;

	if (is_too_long(h, ev))
		return;
	r->hollow = is_hollow(h);
	r->present = true;
	r->method = h->action.method;
	r->length = h->action.method == HTTP_HEAD ? 0 : ev->length;
	buf_reset(&r->head);
	buf_add(&r->head, ev->data, ev->len);
	finish(h, ev->code, told_length(h, ev));
}

static bool is_tls_failure(const struct link_http_event *ev)
{
	return ev->status == LINK_TLS_FAILED || ev->status == LINK_TLS_UNTRUSTED || ev->status == LINK_TLS_OPEN;
}

static void on_failed(struct http *h, const struct link_http_event *ev)
{
	const struct profile *p = h->modem->profile;
	int code;

	if (ev->why)
		h->action.why = *ev->why;
	code = http_code(p, ev->status, ev->phase, &h->action.why);
	if (h->action.url.tls)
		ssl_explain(h->modem->ssl, h->action.ctx, &h->action.why);
	finish_later(h, code, is_tls_failure(ev) ? p->q.tls_fail_ms : 0);
}

/* The body has ended, well or badly. A server that closed in the middle of it is told of as one that closes later. */
static void on_body_end(struct http *h, const struct link_http_event *ev)
{
	http_cache_end(h, ev->status, ev->why);
	if (ev->status == LINK_PEER_CLOSED || ev->status == LINK_RESET)
		modem_emit_code(h->modem, MODEM_EVENT_HTTP_PEER_CLOSED, 0, 0);
}

static void on_link(const struct link_http_event *ev, void *ctx)
{
	struct http *h = ctx;

	switch (ev->type) {
	case LINK_HTTP_HEAD:
		on_head(h, ev);
		break;
	case LINK_HTTP_DATA:
		http_cache_take(h, ev->data, ev->len);
		break;
	case LINK_HTTP_DONE:
		if (h->action.active)
			on_failed(h, ev);
		else
			on_body_end(h, ev);
		break;
	case LINK_HTTP_CLOSED:
		modem_emit_code(h->modem, MODEM_EVENT_HTTP_PEER_CLOSED, 0, 0);
		break;
	}
}

/* --- the request -------------------------------------------------------------------------------------------------- */

/* Header lines one behind the other, a NUL after each; the table of them is made when all are there. */
struct headers {
	struct buf lines;
	const char *line[HEADERS_MAX + 1];
};

static void add_line(struct headers *t, const char *name, const char *value, size_t n)
{
	if (n)
		buf_addf(&t->lines, "%s%.*s%c", name, (int)n, value, '\0');
}

/* A host cannot type a line end into USERDATA: \r\n between two headers stands for it [guess]. */
static void add_userdata(struct headers *t, const char *text)
{
	const char *next;

	for (; *text; text = next) {
		size_t n = 0;

		while (text[n] && text[n] != '\r' && text[n] != '\n' && strncmp(text + n, "\\r", 2) &&
		       strncmp(text + n, "\\n", 2))
			n++;
		add_line(t, "", text, n);
		next = text + n;
		next += strncmp(next, "\\r", 2) && strncmp(next, "\\n", 2) ? *next != '\0' : 2;
	}
}

/* BREAK and BREAKEND both 0: the whole. An end that is not behind its beginning is the end of the resource. */
static void add_range(struct headers *t, long long from, long long to)
{
	if (!from && !to)
		return;
	if (to > from)
		buf_addf(&t->lines, "Range: bytes=%lld-%lld%c", from, to, '\0');
	else
		buf_addf(&t->lines, "Range: bytes=%lld-%c", from, '\0');
}

static void make_headers(struct http *h, struct headers *t, bool with_body)
{
	const struct http_boot *b = &h->boot;
	size_t n = 0;

	buf_init(&t->lines, LINES_MAX);
	add_line(t, "Accept: ", b->text[HTTP_TEXT_ACCEPT], strlen(b->text[HTTP_TEXT_ACCEPT]));
	add_line(t, "User-Agent: ", b->text[HTTP_TEXT_AGENT], strlen(b->text[HTTP_TEXT_AGENT]));
	if (with_body)
		add_line(t, "Content-Type: ", b->text[HTTP_TEXT_CONTENT], strlen(b->text[HTTP_TEXT_CONTENT]));
	if (!h->modem->profile->q.http_keep_alive)
		add_line(t, "", "Connection: close", sizeof("Connection: close") - 1);
	add_range(t, b->number[HTTP_NUMBER_BREAK], b->number[HTTP_NUMBER_BREAK_END]);
	add_userdata(t, b->text[HTTP_TEXT_USERDATA]);
	for (size_t at = 0; at < t->lines.len && n < HEADERS_MAX; at += strlen(t->lines.data + at) + 1)
		t->line[n++] = t->lines.data + at;
	t->line[n] = NULL;
}

static uint64_t seconds(const struct http *h, enum http_number what)
{
	return (uint64_t)h->boot.number[what] * 1000000;
}

static int dial(struct http *h, const char *const *header, const struct link_tls *tls, bool with_body)
{
	const struct http_action *a = &h->action;
	const struct link_http_setup setup = {
		.method = http_method_name(a->method), .host = a->url.host, .port = a->url.port, .path = a->url.path,
		.header = header, .tls = tls, .body = with_body ? buf_str(&h->sent) : NULL,
		.len = with_body ? h->sent.len : 0, .connect_us = seconds(h, HTTP_NUMBER_CONNECT_S),
		.response_us = seconds(h, HTTP_NUMBER_RESPONSE_S), .receive_us = seconds(h, HTTP_NUMBER_RECEIVE_S),
	};

	if (!h->link)
		h->link = link_http_new(h->modem->link, on_link, h);
	return h->link ? link_http_request(h->link, &setup) : -ENOMEM;
}

/* What the modem's own part of a TLS session ends in, and when the host hears of it (quirks 1.2, latencies). */
static void fail_open(struct http *h, enum ssl_open_result r)
{
	const struct profile *p = h->modem->profile;
	const struct quirks *q = &p->q;
	enum quirk_id id = QUIRK_ID_tls_fail_code_http;
	int code = (int)q->tls_fail_code_http;
	long ms = q->tls_open_fail_ms;

	if (r == SSL_OPEN_HANDSHAKE) {
		ms = q->tls_sni_fail_ms;
	} else if (r == SSL_OPEN_UNUSABLE) {
		code = (int)q->tls_open_fail_code_http;
		id = QUIRK_ID_tls_open_fail_code_http;
	} else {
		code = (int)q->tls_missing_file_code_http;
		id = QUIRK_ID_tls_missing_file_code_http;
	}
	profile_why(p, id, &h->action.why, "code", "reported as %d", code);
	finish_later(h, code, ms ? ms : 1);
}

/* The modem's part of a TLS session; some builds get wrong here what their MQTT gets right (quirks Q4). */
static enum ssl_open_result open_tls(struct http *h, struct ssl_setup *ssl)
{
	const struct profile *p = h->modem->profile;
	struct http_action *a = &h->action;
	enum ssl_open_result r = ssl_open(h->modem->ssl, a->ctx, ssl, &a->why);

	if (r || p->q.tls_sni_http != QUIRK_tls_sni_http_broken || !ssl_number(h->modem->ssl, a->ctx, SSL_NUMBER_SNI))
		return r;
	profile_why(p, QUIRK_ID_tls_sni_http, &a->why, "tls", "no HTTPS handshake succeeds while SNI is on");
	why_add(&a->why, "ssl", "ssl %d: enableSNI=1", a->ctx);
	return SSL_OPEN_HANDSHAKE;
}

static void dial_or_fail(struct http *h, const char *const *header, bool with_body)
{
	struct http_action *a = &h->action;
	struct ssl_setup ssl;
	struct headers t;
	enum ssl_open_result r = SSL_OPEN_OK;

	a->ctx = (int)h->boot.number[HTTP_NUMBER_SSL];
	if (a->url.tls)
		r = open_tls(h, &ssl);
	if (r) {
		fail_open(h, r);
		return;
	}
	make_headers(h, &t, with_body);
	if (dial(h, header ? header : t.line, a->url.tls ? &ssl.tls : NULL, with_body)) {
		why_add(&a->why, "memory", "out of memory");
		finish_later(h, HTTP_ERR_SOCKET, 1);
	}
	buf_free(&t.lines);
}

enum http_err http_session_begin(struct http *h, const struct http_action *a, const char *const *header,
				 const void *body, size_t len)
{
	if (h->link)
		link_http_cancel(h->link);
	http_cache_clear(h);
	buf_free(&h->sent);
	if (body && buf_add(&h->sent, body, len))
		return http_refuse(h, "out of memory");
	h->action = *a;
	h->action.active = true;
	dial_or_fail(h, header, body != NULL);
	return HTTP_ERR_NONE;
}
