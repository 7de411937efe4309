/*
 * The real back end of link_stream.h: TCP, with TLS by OpenSSL, on the event loop. What the kernel does not take waits in a
 * bounded buffer, what the owner does not read waits in the kernel, and no call reports anything before it has returned.
 */
#include "link/real_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/sockios.h>
#include <openssl/err.h>

#include "base/str.h"
#include "link/real_socket.h"

enum { FIRST_ACK_US = 500 };

/* --- bytes --------------------------------------------------------------------------------------------------------------- */

static long ssl_result(SSL *ssl, int ret)
{
	int error = SSL_get_error(ssl, ret);

	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return -EAGAIN;
	if (error == SSL_ERROR_ZERO_RETURN)
		return 0;
	return error == SSL_ERROR_SYSCALL && errno ? -errno : -EPROTO;
}

static int part(size_t len)
{
	return len < INT32_MAX ? (int)len : INT32_MAX;
}

long real_read(int fd, SSL *ssl, void *data, size_t len)
{
	long n;

	if (!ssl) {
		n = recv(fd, data, len, 0);
		return n < 0 ? -errno : n;
	}
	ERR_clear_error();
	errno = 0;
	n = SSL_read(ssl, data, part(len));
	return n > 0 ? n : ssl_result(ssl, (int)n);
}

long real_write(int fd, SSL *ssl, const void *data, size_t len)
{
	long n;

	if (!ssl) {
		n = send(fd, data, len, MSG_NOSIGNAL);
		return n < 0 ? -errno : n;
	}
	ERR_clear_error();
	errno = 0;
	n = SSL_write(ssl, data, part(len));
	return n > 0 ? n : ssl_result(ssl, (int)n);
}

/* --- its end -------------------------------------------------------------------------------------------------------------- */

static void tell(struct real_stream *s, enum link_stream_event_type type)
{
	const struct link_stream_event ev = { .type = type };

	s->base.func(&ev, s->base.ctx);
}

static void tell_end(struct real_stream *s)
{
	const struct why why = s->why;
	const struct link_stream_event ev = {
		.type = s->opened ? LINK_STREAM_CLOSED : LINK_STREAM_OPENED, .status = s->status, .why = &why,
	};

	s->state = REAL_DEAD;
	s->base.func(&ev, s->base.ctx);
}

void real_stream_drop(struct real_stream *s, bool abort)
{
	const struct linger reset = { .l_onoff = 1 };

	timer_cancel(&s->acks);
	real_poll_free(s->poll);
	s->poll = NULL;
	s->events = 0;
	SSL_free(s->ssl);
	s->ssl = NULL;
	if (s->fd < 0)
		return;
	if (abort)
		setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(s->fd);
	s->fd = -1;
}

void real_stream_end(struct real_stream *s, enum link_status status)
{
	real_stream_drop(s, false);
	s->state = REAL_ENDING;
	s->status = status;
	clock_arm(s->base.link->o.clock, &s->timer, 0);
}

static void network_lost(struct link_session *session)
{
	struct real_stream *s = (struct real_stream *)session;

	if (s->state == REAL_ENDING || s->state == REAL_DEAD)
		return;
	real_lookup_cancel(s->lookup);
	s->lookup = NULL;
	real_stream_drop(s, true);
	real_tls_free(s->tls);	/* a judgement under way is of no interest any more */
	s->tls = NULL;
	why_reset(&s->why);
	why_add(&s->why, "net", "the bearer went down");
	real_stream_end(s, LINK_NO_NETWORK);
}

/* What a read says that is no number of bytes. A write may have been told of a reset, and then no read is. */
static void broken(struct real_stream *s, long error)
{
	enum link_status status = LINK_OK;

	if (!error)
		error = s->write_error;
	why_reset(&s->why);
	if (error == -EPROTO && s->tls)
		status = real_tls_outcome(s->tls, &s->why);
	if (status == LINK_OK && (error == 0 || error == -EPROTO)) {
		status = LINK_PEER_CLOSED;
		why_add(&s->why, "peer", "%.80s:%u closed the connection", s->host, s->port);
	} else if (status == LINK_OK) {
		status = error == -ETIMEDOUT ? LINK_TIMEOUT : LINK_RESET;
		why_add(&s->why, "reset", "%.80s:%u: %s", s->host, s->port, strerror((int)-error));
	}
	real_stream_end(s, status);
}

/* --- towards the peer --------------------------------------------------------------------------------------------------- */

/* Bytes that the peer's stack has acknowledged; of TLS the kernel knows records, so that counts when it has none. */
static uint64_t acknowledged(const struct real_stream *s)
{
	uint64_t gone = s->sent - s->out.len;
	int queued = 0;

	if (ioctl(s->fd, SIOCOUTQ, &queued) || queued < 0)
		return s->acked;
	if (s->ssl)
		return queued ? s->acked : gone;
	return gone > (uint64_t)queued ? gone - (uint64_t)queued : 0;
}

/* The kernel tells nobody: it is asked, ever less often, and only while something is on its way. */
static void await_acks(struct real_stream *s, uint64_t wait_us)
{
	static const uint64_t longest_us = 50000;

	s->ack_wait_us = wait_us < longest_us ? wait_us : longest_us;
	clock_arm(s->base.link->o.clock, &s->acks, s->ack_wait_us);
}

static void on_acks(void *ctx)
{
	struct real_stream *s = ctx;

	if (s->state != REAL_UP || s->write_error)
		return;
	s->acked = acknowledged(s);
	if (s->acked != s->sent)
		await_acks(s, s->ack_wait_us * 2);
	else if (s->base.func)
		tell(s, LINK_STREAM_ACKED);
}

/* An error ends the connection, when what the peer has sent before is read: reading tells of it. */
static void flush(struct real_stream *s)
{
	long n = 1;

	while (s->out.len && n > 0) {
		n = real_write(s->fd, s->ssl, s->out.data, s->out.len);
		if (n > 0)
			buf_drop(&s->out, (size_t)n);
	}
	if (n < 0 && n != -EAGAIN) {
		s->write_error = n;
		buf_reset(&s->out);
	}
	real_stream_watch(s);
}

static long real_send(struct link_stream *base, const void *data, size_t len)
{
	struct real_stream *s = (struct real_stream *)base;
	size_t room = REAL_OUT_MAX - s->out.len;

	if (s->state != REAL_UP || s->write_error)
		return -ENOTCONN;
	s->blocked = len > room;
	len = s->blocked ? room : len;
	if (!len)
		return 0;
	if (buf_add(&s->out, data, len))
		return -ENOMEM;
	s->sent += len;
	if (s->out.len == len)
		flush(s);
	if (!timer_armed(&s->acks))
		await_acks(s, FIRST_ACK_US);
	return (long)len;
}

/* --- from the peer ------------------------------------------------------------------------------------------------------- */

static bool wants_data(const struct real_stream *s)
{
	return s->state == REAL_UP && s->base.func && !s->paused && !s->base.link->held;
}

/* One read a round. It takes all there is of a TLS record (RFC 8446 5.1), so that nothing is left where no poll sees it. */
static void read_some(struct real_stream *s)
{
	char data[16384];
	long n = real_read(s->fd, s->ssl, data, sizeof(data));
	struct link_stream_event ev = {
		.type = LINK_STREAM_DATA, .data = data, .len = n > 0 ? (size_t)n : 0, .from = s->shown,
		.from_port = s->port,
	};

	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		broken(s, n);
		return;
	}
	s->received += (uint64_t)n;
	s->base.func(&ev, s->base.ctx);
}

static void tell_writable(struct real_stream *s)
{
	s->blocked = false;
	tell(s, LINK_STREAM_WRITABLE);
}

/* The handle outlives the stream until libuv's next round. */
static void on_ready(struct real_stream *s, int events)
{
	const uv_poll_t *poll = s->poll;

	if (s->out.len)
		flush(s);
	if (s->blocked && s->base.func && s->out.len < REAL_OUT_MAX / 2 && !s->write_error)
		tell_writable(s);
	if (poll->data && wants_data(s) && (events & UV_READABLE || s->write_error))
		read_some(s);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct real_stream *s = poll->data;

	if (!s)
		return;
	/* After an error libuv has stopped the handle, and what came before it may still be there to be read. */
	if (status) {
		s->events = 0;
		events = UV_READABLE;
	}
	if (s->state == REAL_UP)
		on_ready(s, events);
	else
		real_dial_ready(s);
	if (poll->data)
		real_stream_watch(poll->data);
}

void real_stream_watch(struct real_stream *s)
{
	int events = 0;

	if (!s->poll)
		return;
	if (s->state == REAL_CONNECTING)
		events = UV_WRITABLE;
	else if (s->state == REAL_HANDSHAKING)
		events = s->want_write ? UV_WRITABLE : UV_READABLE;
	else
		events = (wants_data(s) ? UV_READABLE : 0) | (s->out.len ? UV_WRITABLE : 0);
	if (events == s->events)
		return;
	s->events = events;
	if (events)
		uv_poll_start(s->poll, events, on_poll);
	else
		uv_poll_stop(s->poll);
}

/* --- calls of the owner ---------------------------------------------------------------------------------------------------- */

static void on_timer(void *ctx)
{
	struct real_stream *s = ctx;

	switch (s->state) {
	case REAL_RESOLVING:
	case REAL_CONNECTING:
	case REAL_HANDSHAKING:
		real_lookup_cancel(s->lookup);
		s->lookup = NULL;
		real_dial_late(s);
		break;
	case REAL_ENDING:
		if (s->base.func)
			tell_end(s);
		break;
	case REAL_JUDGING:
	case REAL_UP:
	case REAL_DEAD:
		break;
	}
}

static uint16_t own_port(int fd)
{
	struct real_address a = { .len = sizeof(a.sa) };
	char text[LINK_STREAM_ADDRESS_SIZE];
	uint16_t port = 0;

	if (!getsockname(fd, &a.sa.any, &a.len))
		real_address_text(&a, text, &port);
	return port;
}

void real_stream_up(struct real_stream *s)
{
	timer_cancel(&s->timer);
	if (!s->local_port)
		s->local_port = own_port(s->fd);
	s->state = REAL_UP;
	s->opened = true;
	real_stream_watch(s);
	tell(s, LINK_STREAM_OPENED);
}

static void host_held(struct link_session *session, bool held)
{
	(void)held;
	real_stream_watch((struct real_stream *)session);
}

static void real_pause(struct link_stream *base, bool paused)
{
	struct real_stream *s = (struct real_stream *)base;

	s->paused = paused;
	real_stream_watch(s);
}

static void real_owned(struct link_stream *base)
{
	struct real_stream *s = (struct real_stream *)base;

	real_stream_watch(s);
	if (s->state == REAL_ENDING)
		clock_arm(s->base.link->o.clock, &s->timer, 0);
}

static int real_send_to(struct link_stream *base, const struct route *r, uint16_t port, const void *data, size_t len)
{
	(void)base;
	(void)r;
	(void)port;
	(void)data;
	(void)len;
	return -ENOTCONN;
}

static void real_info(const struct link_stream *base, struct link_stream_info *out)
{
	const struct real_stream *s = (const struct real_stream *)base;
	const struct real_tls_info *tls = s->tls && s->opened ? real_tls_info(s->tls) : NULL;

	str_copy(out->peer, sizeof(out->peer), s->shown);
	out->peer_port = s->port;
	out->local_port = s->local_port;
	out->sent = s->sent;
	out->acked = s->state == REAL_UP ? acknowledged(s) : s->acked;
	out->received = s->received;
	out->tls_version = tls ? tls->version : NULL;
	out->tls_cipher = tls ? tls->cipher : NULL;
}

static void real_close(struct link_stream *base)
{
	struct real_stream *s = (struct real_stream *)base;
	struct link *l = base->link;

	link_session_close(l, &base->session);
	timer_cancel(&s->timer);
	real_lookup_cancel(s->lookup);
	if (s->state == REAL_UP) {
		real_poll_free(s->poll);
		timer_cancel(&s->acks);
		real_linger_start(l, s->fd, s->ssl, s->tls, &s->out);
	} else {
		real_stream_drop(s, false);
		real_tls_free(s->tls);
		buf_free(&s->out);
	}
	free(s->host);
	free(s);
}

static struct real_stream *stream_new(struct link *l, const char *host, uint16_t port)
{
	static const struct link_stream_ops ops = {
		.send = real_send, .send_to = real_send_to, .pause = real_pause, .owned = real_owned, .info = real_info,
		.close = real_close,
	};
	struct real_stream *s = calloc(1, sizeof(*s));

	if (s)
		s->host = strdup(host);
	if (!s || !s->host) {
		free(s);
		return NULL;
	}
	s->base.ops = &ops;
	s->base.link = l;
	s->base.session.hold = host_held;
	s->fd = -1;
	s->port = port;
	buf_init(&s->out, REAL_OUT_MAX);
	timer_init(&s->timer, on_timer, s);
	timer_init(&s->acks, on_acks, s);
	link_session_open(l, &s->base.session, network_lost);
	return s;
}

int real_stream_attach(struct real_stream *s, int fd)
{
	s->poll = real_poll_new(s->base.link, fd, s);
	s->fd = s->poll ? fd : -1;
	if (s->poll)
		return 0;
	close(fd);
	return -ENOMEM;
}

struct link_stream *real_stream_open(struct link *l, const struct route *r, const struct link_stream_setup *setup,
				     link_stream_func_t func, void *ctx)
{
	struct real_stream *s = stream_new(l, setup->host, setup->port);

	if (!s)
		return NULL;
	s->base.func = func;
	s->base.ctx = ctx;
	s->local_port = setup->local_port;
	real_dial(s, r, setup);
	return &s->base;
}

struct real_stream *real_stream_accepted(struct link *l, int fd, uint16_t local_port)
{
	struct real_address peer = { .len = sizeof(peer.sa) };
	char text[LINK_STREAM_ADDRESS_SIZE] = "";
	struct real_stream *s;
	uint16_t port = 0;

	if (!getpeername(fd, &peer.sa.any, &peer.len))
		real_address_text(&peer, text, &port);
	s = stream_new(l, text, port);
	if (!s) {
		close(fd);
		return NULL;
	}
	str_copy(s->shown, sizeof(s->shown), text);
	s->local_port = local_port;
	s->opened = true;
	s->state = REAL_UP;
	if (!real_stream_attach(s, fd))
		return s;
	s->state = REAL_DEAD;
	real_close(&s->base);
	return NULL;
}
