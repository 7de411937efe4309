/*
 * The modelled back end of link_stream.h: the modem's end of each connection, all of it on the clock. Nothing here opens
 * a socket, and no call reports anything before it has returned.
 */
#include "link/model_stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "link/names.h"

/* --- events --------------------------------------------------------------------------------------------------------- */

static void tell(struct model_stream *s, const struct link_stream_event *ev)
{
	s->base.func(ev, s->base.ctx);
}

/* Nothing arrives while there is no owner yet, and no data while it, or the host behind it, does not read. */
static void set_hold(struct model_stream *s)
{
	bool held = !s->base.func || s->state == STREAM_DEAD;

	lane_hold(&s->in, held || s->paused || s->base.link->held);
	lane_hold(&s->acks, held);
}

static void die(struct model_stream *s)
{
	s->state = STREAM_DEAD;
	timer_cancel(&s->timer);
	set_hold(s);
	lane_clear(&s->acks);
}

static void closed(struct model_stream *s, enum link_status status, const char *rule, const char *reason)
{
	struct why why = { .n = 0 };
	struct link_stream_event ev = { .type = LINK_STREAM_CLOSED, .status = status, .why = &why };

	why_add(&why, rule, "%s", reason);
	die(s);
	tell(s, &ev);
}

static void take_data(struct model_stream *s, struct segment *seg)
{
	struct link_stream_event ev = {
		.type = LINK_STREAM_DATA, .data = seg->data, .len = seg->len,
		.from = seg->from[0] ? seg->from : s->peer_address, .from_port = seg->from[0] ? seg->from_port : s->peer_port,
	};

	s->received += seg->len;
	if (s->peer)
		model_peer_drained(s->peer);
	tell(s, &ev);
	free(seg);
}

static void take_end(struct model_stream *s, struct segment *seg)
{
	enum link_status status = seg->status;
	char reason[sizeof(seg->reason)];

	memcpy(reason, seg->reason, sizeof(reason));
	free(seg);
	model_peer_free(s->peer);
	s->peer = NULL;
	closed(s, status, status == LINK_RESET ? "reset" : "peer", reason);
}

static void take_accepted(struct model_stream *s, struct segment *seg)
{
	struct model_stream *accepted = seg->accepted;
	struct link_stream_event ev = {
		.type = LINK_STREAM_ACCEPTED, .accepted = &accepted->base, .from = accepted->peer_address,
		.from_port = accepted->peer_port,
	};

	free(seg);
	tell(s, &ev);
}

static void on_arrival(struct segment *seg, void *ctx)
{
	struct model_stream *s = ctx;

	if (seg->kind == SEGMENT_ACCEPT)
		take_accepted(s, seg);
	else if (seg->kind == SEGMENT_END)
		take_end(s, seg);
	else
		take_data(s, seg);
}

static void tell_writable(struct model_stream *s)
{
	const struct link_stream_event ev = { .type = LINK_STREAM_WRITABLE };

	s->blocked = false;
	tell(s, &ev);
}

/* WRITABLE comes by the timer, since the owner may close from inside ACKED. */
static void on_ack(struct segment *seg, void *ctx)
{
	const struct link_stream_event ev = { .type = LINK_STREAM_ACKED };
	struct model_stream *s = ctx;
	bool all = seg->acked > s->acked && seg->acked == s->sent;

	if (s->blocked && seg->room > s->room)
		clock_arm(s->base.link->o.clock, &s->timer, 0);
	s->acked = seg->acked;
	s->room = seg->room;
	free(seg);
	if (all)
		tell(s, &ev);
}

/* --- open ----------------------------------------------------------------------------------------------------------- */

/* What the server has seen of the client before its first bytes. A web server says in words what it misses. */
static void tell_peer(struct model_peer *peer, const struct stream_plan *p)
{
	bool speaks = p->host->model.service == SERVICE_HTTP;

	peer->connack_5 = p->handshake.connack_5;
	peer->plain_on_tls = p->plain_to_tls;
	peer->no_client_cert = p->handshake.close_without_cert;
	if (p->plain_to_tls && !speaks)
		peer->service = model_service_tls_only();
	else if (peer->no_client_cert && !speaks)
		peer->service = model_service_no_cert();
}

static void connected(struct model_stream *s, struct stream_plan *p)
{
	const struct tls_result *tls = &p->handshake;
	struct segment *seg;

	s->peer = model_peer_new(s, p->name, s->peer_port, p->host, &p->faults);
	seg = s->peer ? lane_push(&s->peer->in, SEGMENT_OPEN, NULL, 0, model_peer_way_us(s->peer)) : NULL;
	if (!seg) {
		model_peer_free(s->peer);
		s->peer = NULL;
		why_add(&p->why, "memory", "out of memory");
		p->status = LINK_REFUSED;
		return;
	}
	tell_peer(s->peer, p);
	s->window = p->host->model.stream.window;
	str_copy(s->peer_address, sizeof(s->peer_address), s->peer->address);
	if (tls->suite) {
		s->tls_version = model_tls_version(tls->version);
		s->tls_cipher = tls->suite->name;
	}
}

static void opened(struct model_stream *s)
{
	struct stream_plan *p = s->plan;
	struct why why;
	struct link_stream_event ev = { .type = LINK_STREAM_OPENED, .why = &why };

	s->plan = NULL;
	if (s->kind == LINK_STREAM_TCP && !p->status)
		connected(s, p);
	why = p->why;
	ev.status = p->status;
	if (!p->status)
		ev.why = NULL;
	free(p);
	s->state = ev.status ? STREAM_DEAD : STREAM_UP;
	tell(s, &ev);
}

/* The outcome of the open, then room to send, at the end the loss of the network. */
static void on_timer(void *ctx)
{
	struct model_stream *s = ctx;

	if (s->plan)
		opened(s);
	else if (s->state == STREAM_UP)
		tell_writable(s);
	else if (s->base.func)
		closed(s, LINK_NO_NETWORK, "net", "the bearer went down");
}

static void network_lost(struct link_session *session)
{
	struct model_stream *s = (struct model_stream *)session;
	struct model_peer *p, *next;

	if (s->state == STREAM_DEAD)
		return;
	if (s->plan) {
		s->plan->status = LINK_NO_NETWORK;
		why_reset(&s->plan->why);
		why_add(&s->plan->why, "net", "the bearer went down");
	} else {
		die(s);
	}
	TAILQ_FOREACH_SAFE(p, &s->base.link->peers, entry, next) {
		if (p->stream == s)
			model_peer_lost(p);
	}
	s->peer = NULL;
	clock_arm(s->base.link->o.clock, &s->timer, 0);
}

static void host_held(struct link_session *session, bool held)
{
	(void)held;
	set_hold((struct model_stream *)session);
}

static bool port_taken(const struct link *l, enum link_stream_kind kind, uint16_t port)
{
	const struct model_stream *s;

	TAILQ_FOREACH(s, &l->streams, entry) {
		if (s->kind == kind && s->local_port == port && s->state != STREAM_DEAD)
			return true;
	}
	return false;
}

/* A port of the modem for who has asked for none. */
static uint16_t free_port(struct link *l, enum link_stream_kind kind)
{
	enum { FIRST = 49152, LAST = 65535 };

	for (int i = FIRST; i <= LAST; i++) {
		l->next_port = l->next_port < FIRST || l->next_port == LAST ? FIRST : (uint16_t)(l->next_port + 1);
		if (!port_taken(l, kind, l->next_port))
			break;
	}
	return l->next_port;
}

/* UDP and LISTEN: bound at once, told from the clock. */
static uint64_t bind_port(struct model_stream *s, bool taken)
{
	s->plan = calloc(1, sizeof(*s->plan));
	if (!s->plan)
		return UINT64_MAX;
	if (s->base.link->down) {
		why_add(&s->plan->why, "net", "the bearer is down");
		s->plan->status = LINK_NO_NETWORK;
	} else if (taken) {
		why_add(&s->plan->why, "tcp", "local port %u is already bound", s->local_port);
		s->plan->status = LINK_REFUSED;
	}
	return 0;
}

static void start(struct model_stream *s)
{
	lane_init(&s->in, s->base.link->o.clock, on_arrival, s);
	lane_init(&s->acks, s->base.link->o.clock, on_ack, s);
	timer_init(&s->timer, on_timer, s);
	TAILQ_INSERT_TAIL(&s->base.link->streams, s, entry);
	s->base.session.hold = host_held;
	set_hold(s);
	link_session_open(s->base.link, &s->base.session, network_lost);
}

/* --- calls of the owner ------------------------------------------------------------------------------------------------ */

static long model_send(struct link_stream *base, const void *data, size_t len)
{
	struct model_stream *s = (struct model_stream *)base;
	size_t under_way = (size_t)(s->sent - s->room), free_bytes = under_way < s->window ? s->window - under_way : 0;

	if (s->state != STREAM_UP || s->kind != LINK_STREAM_TCP || !s->peer)
		return -ENOTCONN;
	s->blocked = len > free_bytes;
	len = s->blocked ? free_bytes : len;
	if (!len)
		return 0;
	if (!lane_push(&s->peer->in, SEGMENT_DATA, data, len, model_peer_way_us(s->peer)))
		return -ENOMEM;
	s->sent += len;
	return (long)len;
}

/* The oldest goes when a modem sends to one place after the other. */
static struct model_peer *udp_peer(struct model_stream *s, const struct route *r, uint16_t port)
{
	enum { PLACES_MAX = 64 };
	struct model_peer *p, *oldest = NULL;
	struct faults faults = model_faults(s->base.link, r->host);
	size_t n = 0;

	TAILQ_FOREACH(p, &s->base.link->peers, entry) {
		if (p->stream != s)
			continue;
		if (p->port == port && !strcasecmp(p->name, r->name)) {
			p->faults = faults;
			return p;
		}
		oldest = n++ ? oldest : p;
	}
	if (n >= PLACES_MAX)
		model_peer_free(oldest);
	return model_peer_new(s, r->name, port, r->host, &faults);
}

static int model_send_to(struct link_stream *base, const struct route *r, uint16_t port, const void *data, size_t len)
{
	enum { DATAGRAM_MAX = 65507 }; /* 65535 less the headers of IPv4 and UDP */
	struct model_stream *s = (struct model_stream *)base;
	struct trace *t = s->base.link->o.trace;
	struct model_peer *p;

	if (s->state != STREAM_UP || s->kind != LINK_STREAM_UDP)
		return -ENOTCONN;
	if (len > DATAGRAM_MAX)
		return -EMSGSIZE;
	if (r->status) {
		trace_text(t, TRACE_MODEL, "udp %s:%u is lost: %s", r->name, port, r->why.n ? r->why.step[0].text : "");
		return r->status == LINK_DNS ? -EINVAL : 0;
	}
	p = udp_peer(s, r, port);
	if (!p || !lane_push(&p->in, SEGMENT_DATA, data, len, model_peer_way_us(p)))
		return -ENOMEM;
	s->sent += len;
	return 0;
}

static void model_pause(struct link_stream *base, bool paused)
{
	struct model_stream *s = (struct model_stream *)base;

	s->paused = paused;
	set_hold(s);
}

/* What had waited for an owner comes now. */
static void model_owned(struct link_stream *base)
{
	struct model_stream *s = (struct model_stream *)base;

	set_hold(s);
	if (s->state == STREAM_DEAD)
		clock_arm(s->base.link->o.clock, &s->timer, 0);
}

static void model_info(const struct link_stream *base, struct link_stream_info *out)
{
	const struct model_stream *s = (const struct model_stream *)base;

	str_copy(out->peer, sizeof(out->peer), s->peer_address);
	out->peer_port = s->peer_port;
	out->local_port = s->local_port;
	out->sent = s->sent;
	out->acked = s->acked;
	out->received = s->received;
	out->tls_version = s->tls_version;
	out->tls_cipher = s->tls_cipher;
}

static void model_close(struct link_stream *base);

/* Streams nobody has been told of go with the one that listens. */
static void close_waiting(struct model_stream *s)
{
	struct segment *seg;

	STAILQ_FOREACH(seg, &s->in.queue, entry) {
		if (seg->accepted)
			model_close(&seg->accepted->base);
	}
}

static void model_close(struct link_stream *base)
{
	struct model_stream *s = (struct model_stream *)base;
	struct model_peer *p, *next;

	TAILQ_FOREACH_SAFE(p, &s->base.link->peers, entry, next) {
		if (p->stream == s)
			model_peer_hang_up(p);
	}
	close_waiting(s);
	lane_clear(&s->in);
	lane_clear(&s->acks);
	timer_cancel(&s->timer);
	TAILQ_REMOVE(&s->base.link->streams, s, entry);
	link_session_close(s->base.link, &s->base.session);
	free(s->plan);
	free(s);
}

static const struct link_stream_ops ops = {
	.send = model_send, .send_to = model_send_to, .pause = model_pause, .owned = model_owned, .info = model_info,
	.close = model_close,
};

struct link_stream *model_stream_open(struct link *l, const struct route *r, const struct link_stream_setup *setup,
				      link_stream_func_t func, void *ctx)
{
	struct model_stream *s = calloc(1, sizeof(*s));
	uint64_t at_us;
	bool taken;

	if (!s)
		return NULL;
	taken = setup->local_port && port_taken(l, setup->kind, setup->local_port);
	*s = (struct model_stream){
		.base = { .link = l, .ops = &ops, .func = func, .ctx = ctx }, .kind = setup->kind, .peer_port = setup->port,
		.local_port = setup->local_port ? setup->local_port : free_port(l, setup->kind),
	};
	at_us = setup->kind == LINK_STREAM_TCP && !taken ? stream_plan(s, r, setup) : bind_port(s, taken);
	if (at_us == UINT64_MAX) {
		free(s);
		return NULL;
	}
	start(s);
	clock_arm(l->o.clock, &s->timer, at_us);
	return &s->base;
}

/* --- the world connects -------------------------------------------------------------------------------------------------- */

struct model_stream *model_stream_listening(struct link *l, uint16_t port)
{
	struct model_stream *s;

	TAILQ_FOREACH(s, &l->streams, entry) {
		if (s->kind == LINK_STREAM_LISTEN && s->state == STREAM_UP && s->local_port == port)
			return s;
	}
	return NULL;
}

struct model_stream *model_stream_accept(struct model_stream *listener, const char *from, uint16_t from_port)
{
	static const struct faults none;
	struct model_stream *s = calloc(1, sizeof(*s));
	struct segment *told;

	if (!s)
		return NULL;
	*s = (struct model_stream){
		.base = { .link = listener->base.link, .ops = &ops }, .kind = LINK_STREAM_TCP, .state = STREAM_UP,
		.peer_port = from_port, .local_port = listener->local_port, .window = MODEL_WINDOW_BYTES,
	};
	str_copy(s->peer_address, sizeof(s->peer_address), from);
	start(s);
	s->peer = model_peer_new(s, from, from_port, NULL, &none);
	told = s->peer ? lane_push(&listener->in, SEGMENT_ACCEPT, NULL, 0, model_peer_way_us(s->peer)) : NULL;
	if (!told) {
		model_close(&s->base);
		return NULL;
	}
	told->accepted = s;
	return s;
}
