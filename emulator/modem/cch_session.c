/*
 * A CCH session on the wire: open, send, receive and close through the link, and what the link reports turned into the
 * family's events and codes. Who may ask for what is cch.c's. Facts at-ssl-mqtt 10.
 */
#include "modem/cch_impl.h"

#include <string.h>

enum {
	OPEN_TIMEOUT_US = 120000000, /* name, connect and handshake together (M3 10.2, longest response) */
	SLACK_BYTES = 256 * 1024,    /* what the link may still bring when it is told to pause */
	LINE_OUT_BYTES = 64 * 1024,  /* typed into the transparent line and not taken by the peer */
};

static struct modem *modem_of(const struct cch_socket *s)
{
	return s->service->modem;
}

static struct cch_session_boot *boot_of(struct cch_socket *s)
{
	return &s->service->boot.session[s->index];
}

static bool is_line(const struct cch_socket *s)
{
	return s->service->boot.set.transparent;
}

static size_t cache_limit(const struct cch_socket *s)
{
	return (size_t)modem_of(s)->profile->q.cch_cache_bytes;
}

static void emit(struct cch_socket *s, enum modem_event_type type, enum cch_err code)
{
	modem_emit_code(modem_of(s), type, s->index, cch_code_shown(modem_of(s)->profile, code));
}

static void emit_data(struct cch_socket *s, enum modem_event_type type, const void *data, size_t n)
{
	struct modem_event ev = { .type = type, .index = s->index, .payload = data, .payload_len = n };

	modem_emit(modem_of(s), &ev);
}

static bool pushes(const struct cch_socket *s)
{
	return is_line(s) ? s->service->attached : !s->service->boot.set.manual;
}

static void hang_up(struct cch_socket *s)
{
	link_stream_close(s->stream);
	s->stream = NULL;
	s->paused = false;
	s->received = 0;
}

void cch_socket_drop(struct cch_socket *s)
{
	timer_cancel(&s->delay);
	timer_cancel(&s->send);
	timer_cancel(&s->read);
	hang_up(s);
	buf_free(&s->in);
	buf_free(&s->out);
	boot_of(s)->sending = boot_of(s)->reading = false;
}

size_t cch_unsent(const struct cch *c, int session)
{
	return c->socket[session].out.len;
}

size_t cch_cached(const struct cch *c, int session)
{
	const struct cch_socket *s = &c->socket[session];

	return s->in.len < cache_limit(s) ? s->in.len : cache_limit(s);
}

/* --- open -------------------------------------------------------------------------------------------------------- */

/* Tells the outcome. s->why holds the reasons of a code. */
static void opened(struct cch_socket *s, enum cch_err code)
{
	cch_set_session(s->service, s->index, code ? CCH_SESSION_CLOSED : CCH_SESSION_OPEN);
	if (code) {
		cch_socket_drop(s);
		boot_of(s)->ssl_ctx = -1;
		cch_trace_result(s->service, code, &s->why);
	}
	emit(s, MODEM_EVENT_CCH_OPENED, code);
}

static void opened_later(struct cch_socket *s, enum cch_err code, long delay_ms)
{
	boot_of(s)->result = (int)code;
	clock_arm(modem_of(s)->clock, &s->delay, (uint64_t)delay_ms * 1000);
}

static void on_opened(struct cch_socket *s, const struct link_stream_event *ev)
{
	const struct modem *m = modem_of(s);
	long delay_ms = ssl_fail_delay_ms(m->ssl, ev->status);
	int ctx = boot_of(s)->ssl_ctx < 0 ? s->index : boot_of(s)->ssl_ctx;
	enum cch_err code;

	if (ev->why)
		s->why = *ev->why;
	code = cch_code_open(m->profile, ev->status, &s->why);
	if (code && boot_of(s)->peer.tls)
		ssl_explain(m->ssl, ctx, &s->why);
	if (delay_ms)
		opened_later(s, code, delay_ms);
	else
		opened(s, code);
}

static void on_stream(const struct link_stream_event *ev, void *ctx);

static void dial(struct cch_socket *s, const struct link_tls *tls)
{
	const struct cch_peer *peer = &boot_of(s)->peer;
	const struct link_stream_setup setup = {
		.kind = LINK_STREAM_TCP,
		.host = peer->host,
		.port = peer->port,
		.local_port = peer->local_port,
		.tls = tls,
		.timeout_us = OPEN_TIMEOUT_US,
	};

	s->stream = link_stream_open(modem_of(s)->link, &setup, on_stream, s);
	if (!s->stream) {
		why_add(&s->why, "memory", "out of memory");
		opened_later(s, CCH_ERR_SOCKET_CREATE, 1);
	}
}

static void dial_tls(struct cch_socket *s)
{
	const struct modem *m = modem_of(s);
	int ctx = boot_of(s)->ssl_ctx < 0 ? s->index : boot_of(s)->ssl_ctx;
	struct ssl_setup setup;
	enum ssl_open_result r = ssl_open(m->ssl, ctx, &setup, &s->why);
	long ms;
	int code;

	if (r) {
		code = ssl_code_refused(m->ssl, &cch_ssl_codes, r, &s->why, &ms);
		opened_later(s, (enum cch_err)code, ms);
	} else {
		dial(s, &setup.tls);
	}
}

enum cch_err cch_open(struct cch *c, int session, const struct cch_peer *peer)
{
	struct cch_socket *s = &c->socket[session];
	enum cch_err err = cch_check_open(c, session);

	if (err)
		return err;
	cch_socket_drop(s);
	why_reset(&s->why);
	boot_of(s)->peer = *peer;
	cch_set_session(c, session, CCH_SESSION_OPENING);
	if (peer->tls)
		dial_tls(s);
	else
		dial(s, NULL);
	return CCH_ERR_NONE;
}

/* --- send -------------------------------------------------------------------------------------------------------- */

static void sent(struct cch_socket *s, enum cch_err code)
{
	timer_cancel(&s->send);
	boot_of(s)->sending = false;
	buf_free(&s->out);
	cch_trace_result(s->service, code, &s->why);
	emit(s, MODEM_EVENT_CCH_SENT, code);
}

/* The end of a send, or of the patience with a peer that takes nothing. */
static void on_send_timer(void *ctx)
{
	struct cch_socket *s = ctx;

	why_reset(&s->why);
	if (s->out.len)
		why_add(&s->why, "timeout",
			"session %d: the peer took nothing for %d s (AT+CCHCFG sendtimeout), %zu bytes are lost",
			s->index, boot_of(s)->send_timeout_s, s->out.len);
	sent(s, s->out.len ? CCH_ERR_SEND_TIMEOUT : CCH_ERR_NONE);
}

/* Gives the link what it takes. -1: the socket is no more. */
static int flush(struct cch_socket *s)
{
	long n = 1;

	while (s->out.len && n > 0) {
		n = link_stream_send(s->stream, s->out.data, s->out.len);
		if (n > 0)
			buf_drop(&s->out, (size_t)n);
	}
	return n < 0 ? -1 : 0;
}

static void watch_send(struct cch_socket *s)
{
	const struct modem *m = modem_of(s);
	uint64_t limit_us = (uint64_t)boot_of(s)->send_timeout_s * 1000000;

	clock_arm(m->clock, &s->send, s->out.len ? limit_us : (uint64_t)m->profile->q.cch_send_ms * 1000);
}

static void on_writable(struct cch_socket *s)
{
	size_t before = s->out.len;

	if (flush(s) || !boot_of(s)->sending || s->out.len == before)
		return;
	watch_send(s);
}

enum cch_err cch_send(struct cch *c, int session, const void *data, size_t len)
{
	struct cch_socket *s = &c->socket[session];
	enum cch_err err = cch_may_send(c, session);

	if (err)
		return err;
	buf_free(&s->out);
	buf_init(&s->out, len);
	if (buf_add(&s->out, data, len))
		return cch_refuse(c, CCH_ERR_MEMORY, "out of memory");
	if (flush(s)) {
		buf_free(&s->out);
		return cch_refuse(c, CCH_ERR_TRANSFER, "session %d: the socket takes no data", session);
	}
	boot_of(s)->sending = true;
	watch_send(s);
	return CCH_ERR_NONE;
}

void cch_line_in(struct cch *c, const void *data, size_t len)
{
	struct cch_socket *s = &c->socket[0];
	size_t fits;

	if (!cch_line_is_open(c))
		return;
	if (!s->out.data)
		buf_init(&s->out, LINE_OUT_BYTES);
	fits = s->out.max - s->out.len < len ? s->out.max - s->out.len : len;
	if (buf_add(&s->out, data, fits))
		fits = 0;
	if (fits < len)
		trace_text(c->modem->trace, TRACE_NOTE, "cch: the peer does not take what is typed: %zu bytes are lost",
			   len - fits);
	flush(s);
}

/* --- receive ----------------------------------------------------------------------------------------------------- */

/* Quirk cch_stall_bytes: the session stays open, and nothing more comes. */
static bool is_stalled(const struct cch_socket *s)
{
	long limit = modem_of(s)->profile->q.cch_stall_bytes;

	return limit && s->received >= (size_t)limit;
}

/* Whether the peer has to wait follows from what is kept. */
static void regulate(struct cch_socket *s)
{
	bool full = s->in.len >= cache_limit(s) || is_stalled(s);

	if (!s->stream || full == s->paused)
		return;
	s->paused = full;
	link_stream_pause(s->stream, full);
	trace_text(modem_of(s)->trace, TRACE_NOTE, "cch session %d: %zu bytes are cached, the peer %s", s->index,
		   s->in.len, full ? "waits" : "goes on");
}

/* What of n received bytes still comes through. */
static size_t let_through(struct cch_socket *s, size_t n)
{
	const struct profile *p = modem_of(s)->profile;
	size_t limit = (size_t)p->q.cch_stall_bytes, left = limit > s->received ? limit - s->received : 0;
	struct why why = { 0 };
	bool stalled = is_stalled(s);

	s->received += n;
	if (!stalled && is_stalled(s)) {
		profile_why(p, QUIRK_ID_cch_stall_bytes, &why, "stall", "session %d: no more than %zu bytes come through",
			    s->index, limit);
		trace_why(modem_of(s)->trace, "cch", -1, "the session stalls without a word", &why);
	}
	return limit && left < n ? left : n;
}

static void on_data(struct cch_socket *s, const void *data, size_t n)
{
	bool was_empty = !s->in.len;

	n = let_through(s, n);
	if (!n)
		return;
	if (!s->in.data)
		buf_init(&s->in, cache_limit(s) + SLACK_BYTES);
	if (buf_add(&s->in, data, n))
		trace_text(modem_of(s)->trace, TRACE_NOTE, "cch session %d: no memory for %zu bytes", s->index, n);
	regulate(s);
	if (pushes(s) || (was_empty && !is_line(s)))
		emit(s, MODEM_EVENT_CCH_RECV, CCH_ERR_NONE);
}

bool cch_pushes(const struct cch *c)
{
	return c->boot.set.transparent || !c->boot.set.manual;
}

size_t cch_fetch(struct cch *c, int session, void *data, size_t max)
{
	struct cch_socket *s = &c->socket[session];
	size_t n = s->in.len < max ? s->in.len : max;

	if (!n || !pushes(s))
		return 0;
	memcpy(data, s->in.data, n);
	buf_drop(&s->in, n);
	regulate(s);
	if (!s->in.len && boot_of(s)->state == CCH_SESSION_LEAVING)
		clock_arm(c->modem->clock, &s->delay, 0);
	return n;
}

/* Moves the first n bytes of the cache to out: whoever hears of them may run a command that empties it. */
static void take(struct cch_socket *s, size_t n, struct buf *out)
{
	if (n == s->in.len) {
		*out = s->in;
		buf_init(&s->in, 0);
	} else {
		buf_init(out, n);
		if (buf_add(out, s->in.data, n))
			trace_text(modem_of(s)->trace, TRACE_NOTE, "cch session %d: no memory for %zu bytes", s->index,
				   n);
		buf_drop(&s->in, n);
	}
	regulate(s);
}

static void on_read_timer(void *ctx)
{
	struct cch_socket *s = ctx;
	size_t n = cch_cached(s->service, s->index);
	struct buf data;

	if (n > boot_of(s)->read_max)
		n = boot_of(s)->read_max;
	boot_of(s)->reading = false;
	take(s, n, &data);
	emit_data(s, MODEM_EVENT_CCH_READ, data.data, data.len);
	buf_free(&data);
	if (s->in.len && modem_of(s)->profile->q.cch_event_after_read)
		emit(s, MODEM_EVENT_CCH_RECV, CCH_ERR_NONE);
}

enum cch_err cch_read(struct cch *c, int session, size_t max)
{
	struct cch_socket *s = &c->socket[session];
	enum cch_err err = cch_check_read(c, session);

	if (err)
		return err;
	boot_of(s)->reading = true;
	boot_of(s)->read_max = max;
	clock_arm(c->modem->clock, &s->read, (uint64_t)c->modem->profile->q.cch_recv_ms * 1000);
	return CCH_ERR_NONE;
}

void cch_line_attach(struct cch *c, bool attached)
{
	struct cch_socket *s = &c->socket[0];

	c->attached = attached;
	if (attached && s->in.len)
		emit(s, MODEM_EVENT_CCH_RECV, CCH_ERR_NONE);
	else if (!attached && boot_of(s)->state == CCH_SESSION_LEAVING)
		clock_arm(c->modem->clock, &s->delay, 0);
}

bool cch_line_is_open(const struct cch *c)
{
	return c->boot.set.transparent && c->boot.session[0].state == CCH_SESSION_OPEN;
}

/* --- close ------------------------------------------------------------------------------------------------------- */

static void closed(struct cch_socket *s)
{
	why_reset(&s->why);
	if (boot_of(s)->sending) {
		why_add(&s->why, "state", "session %d was closed before the peer had taken everything", s->index);
		sent(s, CCH_ERR_SOCKET_CLOSE);
		if (boot_of(s)->state != CCH_SESSION_CLOSING)
			return; /* the host has stopped the service on hearing that */
	}
	cch_socket_drop(s);
	boot_of(s)->ssl_ctx = -1;
	cch_set_session(s->service, s->index, CCH_SESSION_CLOSED);
	emit(s, MODEM_EVENT_CCH_CLOSED, CCH_ERR_NONE);
}

/* What was read before still comes: the cache goes with the last word of the close. */
enum cch_err cch_close(struct cch *c, int session)
{
	struct cch_socket *s = &c->socket[session];
	enum cch_err err = cch_check_close(c, session);

	if (err)
		return err;
	timer_cancel(&s->send);
	hang_up(s);
	cch_set_session(c, session, CCH_SESSION_CLOSING);
	clock_arm(c->modem->clock, &s->delay, (uint64_t)c->modem->profile->q.cch_close_ms * 1000);
	return CCH_ERR_NONE;
}

/* s->why holds what ended it. */
static void ended(struct cch_socket *s, enum link_status status)
{
	bool by_peer = status == LINK_PEER_CLOSED || status == LINK_PEER_CLOSED_AFTER;
	enum cch_err code = cch_code_lost(status);

	hang_up(s);
	buf_free(&s->out);
	if (is_line(s) || !modem_of(s)->profile->q.cch_cache_after_close)
		buf_free(&s->in);
	boot_of(s)->ssl_ctx = -1;
	cch_set_session(s->service, s->index, CCH_SESSION_ENDED);
	cch_trace_result(s->service, code, &s->why);
	emit(s, by_peer ? MODEM_EVENT_CCH_PEER_CLOSED : MODEM_EVENT_CCH_LOST, code);
}

/* The host gets what came before it hears of the end, where data goes to it by itself. */
static void leave(struct cch_socket *s, enum link_status status)
{
	struct why why = s->why;

	if (boot_of(s)->sending)
		sent(s, cch_code_lost(status));
	if (boot_of(s)->state != CCH_SESSION_OPEN)
		return; /* the host has stopped the service on hearing that */
	s->why = why;
	if (status == LINK_NO_NETWORK || !pushes(s) || !s->in.len) {
		ended(s, status);
		return;
	}
	hang_up(s);
	boot_of(s)->result = (int)status;
	cch_set_session(s->service, s->index, CCH_SESSION_LEAVING);
}

void cch_session_lost(struct cch_socket *s, enum link_status status, const struct why *why)
{
	enum cch_session_state state = boot_of(s)->state;

	if (state != CCH_SESSION_OPENING && state != CCH_SESSION_OPEN && state != CCH_SESSION_LEAVING)
		return;
	why_reset(&s->why);
	if (why)
		s->why = *why;
	else
		why_add(&s->why, "lost", "session %d is gone: %s", s->index, link_status_text(status));
	if (state == CCH_SESSION_OPENING)
		opened(s, cch_code_open(modem_of(s)->profile, status, &s->why));
	else if (state == CCH_SESSION_OPEN)
		leave(s, status);
	else
		ended(s, status);
}

static void on_delay(void *ctx)
{
	struct cch_socket *s = ctx;

	switch ((int)boot_of(s)->state) { /* the states that wait */
	case CCH_SESSION_OPENING:
		opened(s, (enum cch_err)boot_of(s)->result);
		break;
	case CCH_SESSION_LEAVING:
		ended(s, (enum link_status)boot_of(s)->result);
		break;
	case CCH_SESSION_CLOSING:
		closed(s);
		break;
	default:
		break;
	}
}

static void on_stream(const struct link_stream_event *ev, void *ctx)
{
	struct cch_socket *s = ctx;

	switch (ev->type) {
	case LINK_STREAM_OPENED:
		on_opened(s, ev);
		break;
	case LINK_STREAM_DATA:
		on_data(s, ev->data, ev->len);
		break;
	case LINK_STREAM_WRITABLE:
		on_writable(s);
		break;
	case LINK_STREAM_CLOSED:
		cch_session_lost(s, ev->status, ev->why);
		break;
	case LINK_STREAM_ACKED:
	case LINK_STREAM_ACCEPTED:
		break;
	}
}

void cch_socket_init(struct cch *c, int index)
{
	struct cch_socket *s = &c->socket[index];

	s->service = c;
	s->index = index;
	timer_init(&s->delay, on_delay, s);
	timer_init(&s->send, on_send_timer, s);
	timer_init(&s->read, on_read_timer, s);
}
