/*
 * The modelled back end of link_http.h: one client's connection to the web sites of its world, all of it on the clock.
 * What a site answers is model_site.c's; here is when, how fast, and what goes wrong on the way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "link/model.h"
#include "link/model_stream.h"
#include "link/model_site.h"

enum step {
	STEP_NONE,	/* no connection */
	STEP_FAIL,	/* the request ends in m->status */
	STEP_ARRIVE,	/* the request reaches the server */
	STEP_HEAD,	/* the answer reaches the client */
	STEP_BODY,	/* a part of its body does */
	STEP_END,
	STEP_KEPT,	/* idle: the server's patience runs */
	STEP_CLOSED,	/* the server closes what was kept, or what it closes behind each answer */
};

struct model_http {
	struct link_http_peer base;
	TAILQ_ENTRY(model_http) entry;
	struct link *link;
	struct timer timer;
	enum step step;
	bool paused;
	/* the connection, while step is not NONE */
	uint64_t key;
	char name[ROUTE_ADDRESS_SIZE];
	uint16_t port;
	const struct host *host;
	struct faults faults;
	bool up, plain_on_tls, no_client_cert;
	/* the request */
	char *method, *path, **header;
	const void *body;
	size_t len;
	uint64_t response_us, receive_us;
	/* the answer */
	struct site_answer answer;
	uint64_t sent, segment_us, head_us;
	/* the failure */
	enum link_status status;
	enum link_http_phase phase;
	struct why why;
};

static void go(struct model_http *m, enum step step, uint64_t delay_us)
{
	m->step = step;
	clock_arm(m->link->o.clock, &m->timer, delay_us);
}

static void request_clear(struct model_http *m)
{
	for (size_t i = 0; m->header && m->header[i]; i++)
		free(m->header[i]);
	free(m->header);
	free(m->method);
	free(m->path);
	m->header = NULL;
	m->method = m->path = NULL;
	m->body = NULL;
	m->len = 0;
	site_answer_free(&m->answer);
	m->answer = (struct site_answer){ 0 };
}

static void hang_up(struct model_http *m)
{
	timer_cancel(&m->timer);
	request_clear(m);
	m->step = STEP_NONE;
	m->up = false;
}

static void fail(struct model_http *m, enum link_status status, enum link_http_phase phase, uint64_t at_us)
{
	m->status = status;
	m->phase = phase;
	go(m, STEP_FAIL, at_us);
}

/* --- what happens at its time ------------------------------------------------------------------------------------- */

static void failed(struct model_http *m)
{
	struct why why = m->why;
	const struct link_http_event ev = {
		.type = LINK_HTTP_DONE, .status = m->status, .phase = m->phase, .why = &why,
	};

	hang_up(m);
	link_http_tell(m->base.client, &ev);
}

/* The server's silence ends where the client's patience does; without one it never ends. */
static void wait_in_vain(struct model_http *m, enum link_http_phase phase, uint64_t patience_us)
{
	if (patience_us) {
		fail(m, LINK_TIMEOUT, phase, patience_us);
	} else {
		timer_cancel(&m->timer);
		m->step = STEP_FAIL;
	}
}

/* Instead of an answer. false: the server answers. */
static bool misbehaves(struct model_http *m, enum http_fault fault)
{
	static const char *const words[] = {
		[HTTP_FAULT_NO_RESPONSE] = "no_response", [HTTP_FAULT_CLOSE] = "close",
		[HTTP_FAULT_RESET] = "reset", [HTTP_FAULT_GARBAGE] = "garbage",
	};
	uint64_t back_us = m->host->model.latency.trip / 2;
	bool mute = m->faults.mute || m->link->mute;

	if (mute)
		fault = HTTP_FAULT_NO_RESPONSE;
	if (fault == HTTP_FAULT_NONE || fault > HTTP_FAULT_GARBAGE)
		return false;
	why_add(&m->why, "fault", "misbehaviour %s of %.80s", mute ? "mute" : words[fault], m->host->match);
	if (fault == HTTP_FAULT_NO_RESPONSE)
		wait_in_vain(m, LINK_HTTP_RESPONSE, m->response_us);
	else if (fault == HTTP_FAULT_CLOSE)
		fail(m, LINK_PEER_CLOSED, LINK_HTTP_RESPONSE, back_us);
	else
		fail(m, fault == HTTP_FAULT_RESET ? LINK_RESET : LINK_PROTOCOL, LINK_HTTP_RESPONSE, back_us);
	return true;
}

static void arrive(struct model_http *m)
{
	const struct model *model = &m->host->model;
	const struct site_request q = {
		.method = m->method, .path = m->path, .header = (const char *const *)m->header, .body = m->body,
		.len = m->len, .plain_on_tls = m->plain_on_tls, .no_client_cert = m->no_client_cert,
		.now = model_wall_time(m->link, NULL),
	};
	uint64_t answer_us;

	m->up = true;
	if (site_answer(model->http, &q, &m->answer)) {
		why_add(&m->why, "memory", "out of memory");
		fail(m, LINK_RESET, LINK_HTTP_RESPONSE, 0);
		return;
	}
	if (misbehaves(m, m->answer.page ? m->answer.page->fault : HTTP_FAULT_NONE)) {
		trace_text(m->link->o.trace, TRACE_BROKER, "%s %s none", m->method, m->path);
		return;
	}
	trace_text(m->link->o.trace, TRACE_BROKER, "%s %s %d %llu", m->method, m->path, m->answer.code,
		   (unsigned long long)m->answer.bytes);
	answer_us = model->latency.trip - model->latency.trip / 2 + (m->answer.page ? m->answer.page->delay_us : 0);
	if (m->response_us && model->latency.trip / 2 + answer_us > m->response_us) {
		why_add(&m->why, "broker", "%.80s takes longer to answer than the modem waits", m->host->match);
		fail(m, LINK_TIMEOUT, LINK_HTTP_RESPONSE, m->response_us - model->latency.trip / 2);
		return;
	}
	go(m, STEP_HEAD, answer_us);
}

static void next_of_body(struct model_http *m)
{
	if (m->sent == m->answer.bytes)
		go(m, STEP_END, 0);
	else
		go(m, STEP_BODY, m->segment_us);
	if (m->paused && m->step == STEP_BODY)
		timer_cancel(&m->timer);
}

static void head(struct model_http *m)
{
	const struct link_http_event ev = {
		.type = LINK_HTTP_HEAD, .code = m->answer.code, .data = m->answer.head.data, .len = m->answer.head.len,
		.length = m->answer.length,
	};

	m->sent = 0;
	m->segment_us = m->answer.page ? site_piece(&m->answer) * UINT64_C(1000000) / m->answer.page->rate : 0;
	next_of_body(m);
	link_http_tell(m->base.client, &ev);
}

static bool ends_early(struct model_http *m)
{
	enum http_fault fault = m->answer.page ? m->answer.page->fault : HTTP_FAULT_NONE;

	if (m->sent < site_body_end(&m->answer))
		return false;
	why_add(&m->why, "fault", "misbehaviour %s of %.80s: %llu of %llu bytes came",
		fault == HTTP_FAULT_CUT ? "cut" : "stall", m->host->match, (unsigned long long)m->sent,
		(unsigned long long)m->answer.bytes);
	if (fault == HTTP_FAULT_CUT)
		fail(m, LINK_PEER_CLOSED, LINK_HTTP_BODY, 0);
	else
		wait_in_vain(m, LINK_HTTP_BODY, m->receive_us);
	return true;
}

static void body(struct model_http *m)
{
	char data[SITE_PIECE_MAX];
	size_t n = site_piece(&m->answer);
	struct link_http_event ev = { .type = LINK_HTTP_DATA, .data = data };

	if (ends_early(m))
		return;
	if (n > site_body_end(&m->answer) - m->sent)
		n = (size_t)(site_body_end(&m->answer) - m->sent);
	site_body(&m->answer, m->sent, data, n);
	m->sent += n;
	ev.len = n;
	next_of_body(m);
	link_http_tell(m->base.client, &ev);
}

static void end(struct model_http *m)
{
	const struct link_http_event ev = { .type = LINK_HTTP_DONE };
	bool close = m->answer.close;

	if (m->answer.length > (long long)m->answer.bytes && strcmp(m->method, "HEAD")) {
		why_add(&m->why, "broker", "%.80s announced %lld bytes, sent %llu and closed", m->host->match,
			m->answer.length, (unsigned long long)m->answer.bytes);
		fail(m, LINK_PEER_CLOSED, LINK_HTTP_BODY, 0);
		return;
	}
	request_clear(m);
	if (close)
		go(m, STEP_CLOSED, m->host->model.latency.alert);
	else
		go(m, STEP_KEPT, m->host->model.http->idle_us);
	link_http_tell(m->base.client, &ev);
}

static void closed(struct model_http *m)
{
	struct why why = { .n = 0 };
	const struct link_http_event ev = { .type = LINK_HTTP_CLOSED, .status = LINK_PEER_CLOSED, .why = &why };

	why_add(&why, "broker", "%.80s closed the connection", m->host->match);
	hang_up(m);
	link_http_tell(m->base.client, &ev);
}

static void on_timer(void *ctx)
{
	static void (*const act[])(struct model_http *m) = {
		[STEP_FAIL] = failed, [STEP_ARRIVE] = arrive, [STEP_HEAD] = head, [STEP_BODY] = body, [STEP_END] = end,
		[STEP_KEPT] = closed, [STEP_CLOSED] = closed,
	};
	struct model_http *m = ctx;

	act[m->step](m);
}

/* --- connect ------------------------------------------------------------------------------------------------------ */

static void plan_fault(struct model_http *m, const char *fault, enum link_status status, enum link_http_phase phase,
		       uint64_t at_us)
{
	why_add(&m->why, "fault", "misbehaviour %s of %.80s", fault, m->host->match);
	fail(m, status, phase, at_us);
}

/* The time at which TLS is up, or 0 after a failure was planned. */
static uint64_t plan_tls(struct model_http *m, const struct link_http_setup *s, struct tls_result *tls, uint64_t tcp_up)
{
	const struct latency *l = &m->host->model.latency;

	if (m->faults.tls_mute) {
		plan_fault(m, "tls_mute", LINK_TIMEOUT, LINK_HTTP_TLS, tcp_up + s->tls->negotiate_us);
		return 0;
	}
	tls_negotiate(suites_ready(m->link->o.world->suites), s->tls, m->host, s->host, tls, &m->why);
	if (tls->status) {
		fail(m, tls->status, LINK_HTTP_TLS, tcp_up + (tls->status == LINK_TLS_OPEN ? MODEL_TLS_OPEN_US : l->alert));
		return 0;
	}
	if (s->tls->negotiate_us && l->tls > s->tls->negotiate_us) {
		why_add(&m->why, "tls", "the handshake takes longer than negotiatetime");
		fail(m, LINK_TIMEOUT, LINK_HTTP_TLS, tcp_up + s->tls->negotiate_us);
		return 0;
	}
	m->no_client_cert = tls->close_without_cert;
	return tcp_up + l->tls;
}

/* TLS on one side only, or nobody who speaks HTTP. */
static bool plan_mismatch(struct model_http *m, const struct link_http_setup *s, uint64_t tcp_up)
{
	const struct model *model = &m->host->model;

	if (s->tls && !model->tls) {
		why_add(&m->why, "tls", "%.80s:%u does not speak TLS: what comes back is no ServerHello", s->host, s->port);
		fail(m, LINK_TLS_FAILED, LINK_HTTP_TLS, tcp_up + model->latency.alert);
		return true;
	}
	if (!model->http) {
		why_add(&m->why, "broker", "%.60s:%u (\"%.40s\") serves no HTTP and closes on the request", s->host, s->port,
			m->host->match);
		fail(m, LINK_PEER_CLOSED, LINK_HTTP_RESPONSE, tcp_up + model->latency.alert);
		return true;
	}
	return false;
}

static void plan(struct model_http *m, const struct link_http_setup *s)
{
	const struct model *model = &m->host->model;
	uint64_t up = (route_is_address(s->host) ? 0 : model->latency.dns) + model->latency.tcp;
	struct tls_result tls = { .status = LINK_OK };

	m->faults = model_faults(m->link, m->host);
	m->plain_on_tls = model->tls && !s->tls;
	m->no_client_cert = false;
	if (m->faults.refuse)
		plan_fault(m, "refuse", LINK_REFUSED, LINK_HTTP_CONNECT, up);
	else if (m->faults.tcp_timeout)
		plan_fault(m, "tcp_timeout", LINK_TIMEOUT, LINK_HTTP_CONNECT, model->latency.dns + MODEL_SYN_TIMEOUT_US);
	else if (!plan_mismatch(m, s, up))
		up = s->tls ? plan_tls(m, s, &tls, up) : up;
	model_trace_host(m->link->o.trace, s->host, s->port, m->host, s->tls ? &tls : NULL);
	if (m->step == STEP_NONE)
		go(m, STEP_ARRIVE, up + model->latency.trip / 2);
}

/* The client's patience with name, TCP and TLS. */
static void limit_connect(struct model_http *m, const struct link_http_setup *s)
{
	uint64_t up = timer_left_us(&m->timer);

	if (m->step == STEP_ARRIVE)
		up -= m->host->model.latency.trip / 2;
	else if (m->step != STEP_FAIL || m->phase > LINK_HTTP_TLS)
		return;
	if (!s->connect_us || up <= s->connect_us)
		return;
	if (m->step == STEP_ARRIVE) {
		why_add(&m->why, "broker", "%.80s takes longer to connect than the modem waits", s->host);
		m->phase = LINK_HTTP_CONNECT;
	}
	fail(m, LINK_TIMEOUT, m->phase, s->connect_us);
}

/* --- what the client asks for ------------------------------------------------------------------------------------- */

static int copy_headers(struct model_http *m, const char *const *header)
{
	size_t n = 0;

	while (header && header[n])
		n++;
	m->header = calloc(n + 1, sizeof(*m->header));
	for (size_t i = 0; m->header && i < n; i++) {
		m->header[i] = strdup(header[i]);
		if (!m->header[i])
			return -ENOMEM;
	}
	return m->header ? 0 : -ENOMEM;
}

static int copy_request(struct model_http *m, const struct link_http_setup *s)
{
	m->method = strdup(s->method);
	m->path = strdup(s->path);
	m->body = s->body;
	m->len = s->len;
	m->response_us = s->response_us;
	m->receive_us = s->receive_us;
	if (m->method && m->path && !copy_headers(m, s->header))
		return 0;
	request_clear(m);
	return -ENOMEM;
}

static int model_request(struct link_http_peer *p, const struct route *r, const struct link_http_setup *s, uint64_t key)
{
	struct model_http *m = (struct model_http *)p;
	bool kept = m->step == STEP_KEPT && m->key == key && !r->status;

	hang_up(m);
	m->paused = false;
	why_reset(&m->why);
	if (copy_request(m, s))
		return -ENOMEM;
	m->up = kept;
	if (kept) {
		go(m, STEP_ARRIVE, m->host->model.latency.trip / 2);
		return 0;
	}
	m->key = key;
	memcpy(m->name, r->name, sizeof(m->name));
	m->port = s->port;
	m->host = r->host;
	if (r->status) {
		m->why = r->why;
		fail(m, r->status, LINK_HTTP_CONNECT, r->delay_us);
	} else {
		plan(m, s);
	}
	limit_connect(m, s);
	return 0;
}

static void model_pause(struct link_http_peer *p, bool paused)
{
	struct model_http *m = (struct model_http *)p;

	m->paused = paused;
	if (m->step != STEP_BODY)
		return;
	if (paused)
		timer_cancel(&m->timer);
	else if (!timer_armed(&m->timer))
		go(m, STEP_BODY, m->segment_us);
}

static void model_abort(struct link_http_peer *p, enum link_status status, const char *reason)
{
	struct model_http *m = (struct model_http *)p;

	if (m->step == STEP_NONE)
		return;
	if (m->step == STEP_KEPT || m->step == STEP_CLOSED) {
		if (status == LINK_NO_NETWORK)
			hang_up(m);
		else
			go(m, STEP_CLOSED, 0);
		return;
	}
	why_reset(&m->why);
	why_add(&m->why, status == LINK_NO_NETWORK ? "net" : "broker", "%s", reason);
	fail(m, status, m->step == STEP_BODY || m->step == STEP_END ? LINK_HTTP_BODY : LINK_HTTP_RESPONSE, 0);
}

static void model_cancel(struct link_http_peer *p)
{
	hang_up((struct model_http *)p);
}

static void model_free(struct link_http_peer *p)
{
	struct model_http *m = (struct model_http *)p;

	hang_up(m);
	TAILQ_REMOVE(&m->link->http_clients, m, entry);
	free(m);
}

struct link_http_peer *model_http_new(struct link_http *client)
{
	static const struct link_http_ops ops = { model_request, model_pause, model_abort, model_cancel, model_free };
	struct model_http *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->base = (struct link_http_peer){ .ops = &ops, .client = client };
	m->link = client->link;
	timer_init(&m->timer, on_timer, m);
	TAILQ_INSERT_TAIL(&m->link->http_clients, m, entry);
	return &m->base;
}

/* --- the control language ----------------------------------------------------------------------------------------- */

void model_http_drop(struct link *l, bool reset, unsigned *n)
{
	struct model_http *m;

	TAILQ_FOREACH(m, &l->http_clients, entry) {
		if (!m->up)
			continue;
		model_abort(&m->base, reset ? LINK_RESET : LINK_PEER_CLOSED, "control: drop");
		++*n;
	}
}

void model_http_sessions(const struct link *l, struct buf *out, bool *any)
{
	const struct model_http *m;

	TAILQ_FOREACH(m, &l->http_clients, entry) {
		if (!m->up)
			continue;
		buf_addf(out, "%shttp@%s:%u", *any ? " " : "", m->name, m->port);
		*any = true;
	}
}
