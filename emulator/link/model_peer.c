/*
 * The world's end of a modelled connection: what has arrived, what the service has read of it, and what goes back. Windows
 * on both ways, so that who does not read stops who sends.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "link/model_stream.h"
#include "link/names.h"

static const char *kind_name(const struct model_peer *p)
{
	return p->kind == LINK_STREAM_UDP ? "udp" : "tcp";
}

static struct trace *trace(const struct model_peer *p)
{
	return p->link->o.trace;
}

/* Long payloads are cut: the trace is for people and for patterns, the whole stands on the line to the host. */
static void trace_payload(const struct model_peer *p, enum trace_kind kind, char arrow, const void *data, size_t len)
{
	enum { SHOWN = 4096 };
	struct buf text;

	if (!trace(p))
		return;
	buf_init(&text, 4 * SHOWN + 64);
	str_escape(&text, data, len < SHOWN ? len : SHOWN);
	if (len > SHOWN)
		buf_addf(&text, "... (%zu bytes)", len);
	trace_text(trace(p), kind, "%s %s:%u %c %s", kind_name(p), p->name, p->port, arrow, buf_str(&text));
	buf_free(&text);
}

uint64_t model_peer_way_us(const struct model_peer *p)
{
	static const uint64_t usual = 60000;

	return p->host ? p->host->model.latency.trip / 2 : usual;
}

static bool muted(const struct model_peer *p)
{
	return p->faults.mute || (p->host && p->link->mute);
}

/* --- towards the modem -------------------------------------------------------------------------------------------- */

size_t model_peer_room(const struct model_peer *p)
{
	size_t held = p->stream ? p->stream->in.bytes : 0;

	return held < MODEL_WINDOW_BYTES ? MODEL_WINDOW_BYTES - held : 0;
}

void model_peer_send(struct model_peer *p, const void *data, size_t len)
{
	model_peer_send_after(p, data, len, 0);
}

void model_peer_send_after(struct model_peer *p, const void *data, size_t len, uint64_t after_us)
{
	struct segment *s;

	if (p->ended || !p->stream || !len)
		return;
	if (p->kind == LINK_STREAM_UDP && model_peer_room(p) < len) {
		trace_text(trace(p), TRACE_MODEL, "udp %s:%u > lost: the modem does not read", p->name, p->port);
		return;
	}
	trace_payload(p, TRACE_MODEL, '>', data, len);
	s = lane_push(&p->stream->in, SEGMENT_DATA, data, len, after_us + model_peer_way_us(p));
	if (!s || p->kind != LINK_STREAM_UDP)
		return;
	str_copy(s->from, sizeof(s->from), p->address);
	s->from_port = p->port;
}

static void leave_service(struct model_peer *p)
{
	if (p->service->gone)
		p->service->gone(p);
}

void model_peer_end(struct model_peer *p, enum link_status status, const char *fmt, ...)
{
	struct segment *s;
	va_list ap;

	if (p->ended || !p->stream)
		return;
	p->ended = true;
	timer_cancel(&p->wake);
	leave_service(p);
	s = lane_push(&p->stream->in, SEGMENT_END, NULL, 0, model_peer_way_us(p));
	if (!s)
		return;
	s->status = status;
	va_start(ap, fmt);
	vsnprintf(s->reason, sizeof(s->reason), fmt, ap);
	va_end(ap);
	trace_text(trace(p), TRACE_MODEL, "%s %s:%u %s: %s", kind_name(p), p->name, p->port,
		   status == LINK_RESET ? "resets" : "closes", s->reason);
}

/* What has arrived is acknowledged, whether it is read or not. */
static struct segment *acknowledge(struct model_peer *p)
{
	struct segment *s = NULL;

	if (p->kind == LINK_STREAM_TCP && p->stream)
		s = lane_push(&p->stream->acks, SEGMENT_ACK, NULL, 0, model_peer_way_us(p));
	if (s)
		s->acked = p->arrived;
	return s;
}

/* --- the service ------------------------------------------------------------------------------------------------------ */

void model_peer_wake(struct model_peer *p, uint64_t delay_us)
{
	if (!timer_armed(&p->wake) || timer_left_us(&p->wake) > delay_us)
		clock_arm(p->link->o.clock, &p->wake, delay_us);
}

void model_peer_drained(struct model_peer *p)
{
	if (!p->ended && p->kind == LINK_STREAM_TCP && (p->unread.len || p->service->run))
		model_peer_wake(p, model_peer_way_us(p));
}

/* How much may be read now; limits: rate hands out a twentieth of a second's worth at a time. */
static size_t quota(struct model_peer *p)
{
	uint64_t rate = p->host ? p->host->model.stream.rate : 0, now = clock_now_us(p->link->o.clock);
	size_t part = rate / 20 ? (size_t)(rate / 20) : 1;

	if (!rate)
		return p->unread.len;
	if (now < p->read_at_us) {
		model_peer_wake(p, p->read_at_us - now);
		return 0;
	}
	return part < p->unread.len ? part : p->unread.len;
}

static void has_read(struct model_peer *p, size_t n)
{
	uint64_t rate = p->host ? p->host->model.stream.rate : 0;

	buf_drop(&p->unread, n);
	p->read += n;
	if (rate)
		p->read_at_us = clock_now_us(p->link->o.clock) + n * UINT64_C(1000000) / rate;
}

static void run_service(struct model_peer *p)
{
	size_t n = 1, len;

	if (muted(p))
		return;
	if (p->service->run)
		p->service->run(p);
	while (n && !p->ended && p->unread.len) {
		len = quota(p);
		n = len ? p->service->read(p, p->unread.data, len) : 0;
		if (n)
			has_read(p, n);
	}
}

static void on_wake(void *ctx)
{
	struct model_peer *p = ctx;
	uint64_t before = p->read;
	struct segment *s;

	run_service(p);
	if (p->read == before)
		return;
	s = acknowledge(p);
	if (s)
		s->room = p->read;
}

void model_peers_wake(struct link *l)
{
	struct model_peer *p;

	TAILQ_FOREACH(p, &l->peers, entry) {
		if (!p->ended)
			model_peer_wake(p, 0);
	}
}

/* --- from the modem --------------------------------------------------------------------------------------------------- */

static void check_limits(struct model_peer *p)
{
	const struct stream_model *m = p->host ? &p->host->model.stream : NULL;

	if (!m)
		return;
	if (m->close_after && p->arrived >= m->close_after)
		model_peer_end(p, LINK_PEER_CLOSED, "%.40s closes after %llu bytes", p->name,
			       (unsigned long long)m->close_after);
	if (m->reset_after && p->arrived >= m->reset_after)
		model_peer_end(p, LINK_RESET, "%.40s resets after %llu bytes", p->name,
			       (unsigned long long)m->reset_after);
}

static void take_datagram(struct model_peer *p, const struct segment *s)
{
	trace_payload(p, TRACE_BROKER, '<', s->data, s->len);
	p->arrived += s->len;
	if (!p->service->datagram)
		trace_text(trace(p), TRACE_MODEL, "udp %s:%u: nothing listens there", p->name, p->port);
	else if (!muted(p))
		p->service->datagram(p, s->data, s->len);
}

/* A service that has closed knows no more; what still comes is lost, as it is at a socket that is closed. */
static void take_data(struct model_peer *p, const struct segment *s)
{
	struct segment *ack;

	if (p->ended)
		return;
	trace_payload(p, TRACE_BROKER, '<', s->data, s->len);
	p->arrived += s->len;
	buf_add(&p->unread, s->data, s->len);
	ack = acknowledge(p);
	run_service(p);
	if (ack)
		ack->room = p->read;
	check_limits(p);
}

static void take_open(struct model_peer *p)
{
	const struct model_stream *s = p->stream;

	if (s && s->tls_version)
		trace_text(trace(p), TRACE_BROKER, "tcp %s:%u open tls %s %s", p->name, p->port, s->tls_version,
			   s->tls_cipher);
	else
		trace_text(trace(p), TRACE_BROKER, "tcp %s:%u open", p->name, p->port);
	if (!p->service->has_connect && (p->faults.close_after_connect || p->faults.reset_after_connect))
		model_peer_end(p, p->faults.close_after_connect ? LINK_PEER_CLOSED : LINK_RESET, "misbehaviour %s",
			       p->faults.close_after_connect ? "close_after_connect" : "reset_after_connect");
	else if (!muted(p) && p->service->open)
		p->service->open(p);
}

static void on_arrival(struct segment *s, void *ctx)
{
	struct model_peer *p = ctx;
	enum segment_kind kind = s->kind;

	if (kind == SEGMENT_OPEN)
		take_open(p);
	else if (kind == SEGMENT_DATA && p->kind == LINK_STREAM_UDP)
		take_datagram(p, s);
	else if (kind == SEGMENT_DATA)
		take_data(p, s);
	free(s);
	if (kind != SEGMENT_END)
		return;
	if (p->kind == LINK_STREAM_TCP)
		trace_text(trace(p), TRACE_BROKER, "tcp %s:%u closed", p->name, p->port);
	model_peer_free(p);
}

/* --- its life ----------------------------------------------------------------------------------------------------------- */

struct model_peer *model_peer_new(struct model_stream *s, const char *name, uint16_t port, const struct host *host,
				  const struct faults *faults)
{
	struct model_peer *p = calloc(1, sizeof(*p));
	struct link *l = s->base.link;

	if (!p)
		return NULL;
	*p = (struct model_peer){ .link = l, .stream = s, .number = ++l->last_peer, .kind = s->kind, .port = port,
				  .host = host, .faults = *faults };
	/* A mute of the control language is looked at when it matters: it may be over by then. */
	p->faults.mute = host && (l->faults.mute || host->model.faults.mute);
	p->service = host ? model_service(host->model.service) : model_service_quiet();
	str_copy(p->name, sizeof(p->name), name);
	names_address(l, name, p->address);
	lane_init(&p->in, l->o.clock, on_arrival, p);
	buf_init(&p->unread, MODEL_WINDOW_MAX);
	timer_init(&p->wake, on_wake, p);
	TAILQ_INSERT_TAIL(&l->peers, p, entry);
	return p;
}

void model_peer_free(struct model_peer *p)
{
	if (!p)
		return;
	leave_service(p);
	if (p->service->forget)
		p->service->forget(p);
	timer_cancel(&p->wake);
	lane_clear(&p->in);
	buf_free(&p->unread);
	TAILQ_REMOVE(&p->link->peers, p, entry);
	free(p);
}

void model_peer_hang_up(struct model_peer *p)
{
	p->stream = NULL;
	if (p->ended || !lane_push(&p->in, SEGMENT_END, NULL, 0, model_peer_way_us(p)))
		model_peer_free(p);
}

void model_peers_forget(struct link *l)
{
	struct model_peer *p, *next;

	TAILQ_FOREACH_SAFE(p, &l->peers, entry, next) {
		if (!p->stream)
			model_peer_lost(p);
	}
}

void model_peer_lost(struct model_peer *p)
{
	if (p->kind == LINK_STREAM_TCP)
		trace_text(trace(p), TRACE_BROKER, "tcp %s:%u lost", p->name, p->port);
	model_peer_free(p);
}
