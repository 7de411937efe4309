/*
 * The HTTP service: who may do what in which state, and the parameters. What happens on the wire is http_session.c's.
 * Manual V3.00 chapter 13; facts at-general 9.
 */
#include "modem/http_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "modem/pdp.h"

/* TERM releases the PDP context; no capture has its time [guess]. */
enum { TERM_US = 20000 };

/* Bit n: a change to state n is allowed. */
static const uint8_t allowed[] = {
	[HTTP_SERVICE_STOPPED] = 1 << HTTP_SERVICE_STARTING,
	[HTTP_SERVICE_STARTING] = 1 << HTTP_SERVICE_STARTED | 1 << HTTP_SERVICE_STOPPED,
	[HTTP_SERVICE_STARTED] = 1 << HTTP_SERVICE_STOPPING,
	[HTTP_SERVICE_STOPPING] = 1 << HTTP_SERVICE_STOPPED,
};

static const char *const names[] = { "stopped", "starting", "started", "stopping" };

static void set_service(struct http *h, enum http_service next)
{
	enum http_service now = h->boot.service;

	if (!(allowed[now] >> next & 1)) {
		trace_text(h->modem->trace, TRACE_NOTE, "http: %s -> %s refused", names[now], names[next]);
		return;
	}
	h->boot.service = next;
	trace_text(h->modem->trace, TRACE_NOTE, "http: %s -> %s", names[now], names[next]);
}

const char *http_state_name(const struct http *h)
{
	return names[h->boot.service];
}

enum http_err http_refuse(struct http *h, const char *fmt, ...)
{
	struct why why = { 0 };
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	why_add(&why, "state", "%s", text);
	http_trace_code(h, HTTP_ERR_BARE, &why);
	return HTTP_ERR_BARE;
}

enum http_err http_need_service(struct http *h)
{
	if (h->boot.service == HTTP_SERVICE_STARTED)
		return HTTP_ERR_NONE;
	return http_refuse(h, "the HTTP service is %s", http_state_name(h));
}

/* --- life --------------------------------------------------------------------------------------------------------- */

static void set_defaults(struct http *h)
{
	const struct quirks *q = &h->modem->profile->q;
	struct http_boot *b = &h->boot;
	enum http_service service = b->service;

	memset(b, 0, sizeof(*b));
	b->service = service;
	b->number[HTTP_NUMBER_CONNECT_S] = 120;
	b->number[HTTP_NUMBER_RECEIVE_S] = q->http_recv_timeout_s;
	b->number[HTTP_NUMBER_RESPONSE_S] = q->http_response_timeout_s;
	str_copy(b->text[HTTP_TEXT_CONTENT], HTTP_VALUE_MAX + 1, "text/plain");
	str_copy(b->text[HTTP_TEXT_ACCEPT], HTTP_VALUE_MAX + 1, "*/*");
	str_copy(b->text[HTTP_TEXT_AGENT], HTTP_VALUE_MAX + 1, q->http_user_agent);
}

static void started(struct http *h)
{
	struct why why = { 0 };

	if (pdp_can_carry(h->modem->pdp)) {
		set_service(h, HTTP_SERVICE_STARTED);
		modem_emit_code(h->modem, MODEM_EVENT_HTTP_STARTED, 0, HTTP_ERR_NONE);
		return;
	}
	set_service(h, HTTP_SERVICE_STOPPED);
	why_add(&why, "network", "no PDP context could be activated: the module is not registered");
	http_trace_code(h, HTTP_ERR_BARE, &why);
	modem_emit_code(h->modem, MODEM_EVENT_HTTP_STARTED, 0, HTTP_ERR_BARE);
}

static void on_timer(void *ctx)
{
	struct http *h = ctx;

	if (h->boot.service == HTTP_SERVICE_STARTING) {
		started(h);
		return;
	}
	if (h->boot.service == HTTP_SERVICE_STOPPING)
		set_service(h, HTTP_SERVICE_STOPPED);
	set_defaults(h);
	modem_emit_code(h->modem, MODEM_EVENT_HTTP_STOPPED, 0, HTTP_ERR_NONE);
}

struct http *http_new(struct modem *m)
{
	struct http *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->modem = m;
	timer_init(&h->timer, on_timer, h);
	http_session_init(h);
	set_defaults(h);
	return h;
}

void http_reset(struct http *h)
{
	http_session_drop(h);
	timer_cancel(&h->timer);
	h->boot.service = HTTP_SERVICE_STOPPED;
	h->taken = 0;
	set_defaults(h);
}

void http_free(struct http *h)
{
	if (!h)
		return;
	http_reset(h);
	free(h);
}

void http_network_lost(struct http *h)
{
	/* INIT and TERM under way end by their own timer: the first finds no network, the second needs none. */
	if (h->boot.service != HTTP_SERVICE_STARTED)
		return;
	http_session_lost(h);
	modem_emit_code(h->modem, MODEM_EVENT_HTTP_NONET, 0, 0);
}

/* --- commands ----------------------------------------------------------------------------------------------------- */

enum http_err http_init(struct http *h)
{
	const struct quirks *q = &h->modem->profile->q;
	long ms = pdp_net_is_open(h->modem->pdp) ? q->http_init_ms : q->http_init_cold_ms;

	if (h->boot.service != HTTP_SERVICE_STOPPED)
		return http_refuse(h, "the HTTP service is %s already", http_state_name(h));
	if (timer_armed(&h->timer))	/* AT+HTTPTERM on another port, of a service that was not started */
		return http_refuse(h, "the HTTP service is being stopped");
	set_service(h, HTTP_SERVICE_STARTING);
	clock_arm(h->modem->clock, &h->timer, (uint64_t)ms * 1000);
	return HTTP_ERR_NONE;
}

enum http_err http_term(struct http *h)
{
	const struct profile *p = h->modem->profile;
	struct why why = { 0 };

	if (h->boot.service == HTTP_SERVICE_STOPPED && p->q.http_term_idle == QUIRK_http_term_idle_error) {
		profile_why(p, QUIRK_ID_http_term_idle, &why, "state", "the HTTP service is not started");
		http_trace_code(h, HTTP_ERR_BARE, &why);
		return HTTP_ERR_BARE;
	}
	if (h->boot.service == HTTP_SERVICE_STARTING || h->boot.service == HTTP_SERVICE_STOPPING)
		return http_refuse(h, "the HTTP service is %s", http_state_name(h));
	if (h->reader.active)
		return http_refuse(h, "a read is under way");
	if (h->boot.service == HTTP_SERVICE_STARTED)
		set_service(h, HTTP_SERVICE_STOPPING);
	http_session_drop(h);
	clock_arm(h->modem->clock, &h->timer, TERM_US);
	return HTTP_ERR_NONE;
}

/* Parameters can be set while the service is up and, on some builds, has not taken too much yet (quirks Q23). */
static enum http_err may_set(struct http *h)
{
	const struct profile *p = h->modem->profile;
	enum http_err err = http_need_service(h);
	struct why why = { 0 };

	if (err || !p->q.http_session_max_bytes || h->boot.taken < p->q.http_session_max_bytes)
		return err;
	profile_why(p, QUIRK_ID_http_session_max_bytes, &why, "state", "%lld bytes were taken since AT+HTTPINIT",
		    h->boot.taken);
	http_trace_code(h, HTTP_ERR_BARE, &why);
	return HTTP_ERR_BARE;
}

enum http_err http_set_url(struct http *h, const char *text)
{
	enum http_err err = may_set(h);
	struct http_url url;

	if (err)
		return err;
	if (strlen(text) > HTTP_URL_MAX || !http_url_parse(text, &url))
		return http_refuse(h, "\"%.100s\" is not http[s]://host[:port][/path]", text);
	str_copy(h->boot.url, sizeof(h->boot.url), text);
	return HTTP_ERR_NONE;
}

enum http_err http_set_number(struct http *h, enum http_number what, long long value)
{
	enum http_err err = may_set(h);

	if (!err)
		h->boot.number[what] = value;
	return err;
}

enum http_err http_set_text(struct http *h, enum http_text what, const char *value)
{
	enum http_err err = may_set(h);

	if (err)
		return err;
	if (!str_copy(h->boot.text[what], sizeof(h->boot.text[what]), value))
		return http_refuse(h, "the value has more than %d characters", HTTP_USERDATA_MAX);
	return HTTP_ERR_NONE;
}

enum http_err http_enter(struct http *h, const char *data, size_t len)
{
	enum http_err err = http_need_service(h);

	if (err)
		return err;
	buf_reset(&h->body);
	return buf_add(&h->body, data, len) ? http_refuse(h, "out of memory") : HTTP_ERR_NONE;
}

/* "GET" is no body's; the others take what was entered. */
static bool takes_body(enum http_method method)
{
	return method == HTTP_POST || method == HTTP_PUT;
}

enum http_err http_may_act(struct http *h)
{
	enum http_err err = http_need_service(h);

	if (err)
		return err;
	if (h->action.active || h->reader.active)
		return http_refuse(h, h->action.active ? "a request is under way" : "a read is under way");
	if (!*h->boot.url)
		return http_refuse(h, "no URL was set");
	return HTTP_ERR_NONE;
}

enum http_err http_action(struct http *h, enum http_method method)
{
	struct http_action a = { .method = (int)method, .tell_method = true };
	enum http_err err = http_may_act(h);

	if (err)
		return err;
	http_url_parse(h->boot.url, &a.url);
	err = http_session_begin(h, &a, NULL, takes_body(method) ? buf_str(&h->body) : NULL, h->body.len);
	if (takes_body(method))
		buf_free(&h->body);
	return err;
}

/* --- the answer --------------------------------------------------------------------------------------------------- */

const char *http_head(const struct http *h, size_t *len)
{
	*len = h->answer.head.len;
	return h->answer.present ? h->answer.head.data : NULL;
}
