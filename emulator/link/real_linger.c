/*
 * The end of a connection that its owner has closed: what was sent goes out, then FIN, and what the peer still sends is
 * read and forgotten, since a socket closed with something unread resets the connection and takes away what is under way.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/real_socket.h"
#include "link/real_stream.h"

/* A peer that never closes is left alone then. */
static const uint64_t PATIENCE_US = 5000000;

struct real_linger {
	TAILQ_ENTRY(real_linger) entry;
	struct link *link;
	uv_poll_t *poll;
	int fd;
	SSL *ssl;
	struct real_tls *tls;
	struct buf out;
	struct timer timer;
	bool said_all; /* FIN is sent */
	bool heard_all;
};

static void linger_free(struct real_linger *g)
{
	TAILQ_REMOVE(&g->link->lingering, g, entry);
	timer_cancel(&g->timer);
	real_poll_free(g->poll);
	SSL_free(g->ssl);
	real_tls_free(g->tls);
	close(g->fd);
	buf_free(&g->out);
	free(g);
}

static void on_timer(void *ctx)
{
	linger_free(ctx);
}

/* false: the peer is gone. */
static bool send_rest(struct real_linger *g)
{
	long n = 1;

	while (g->out.len && n > 0) {
		n = real_write(g->fd, g->ssl, g->out.data, g->out.len);
		if (n > 0)
			buf_drop(&g->out, (size_t)n);
	}
	if (n < 0 && n != -EAGAIN)
		return false;
	if (g->out.len || g->said_all)
		return true;
	g->said_all = true;
	if (g->ssl)
		SSL_shutdown(g->ssl);
	return !shutdown(g->fd, SHUT_WR);
}

/* Past TLS, which nobody reads any more. false: the peer is gone. */
static bool read_rest(struct real_linger *g)
{
	char ignored[16384];
	long n;

	while ((n = real_read(g->fd, NULL, ignored, sizeof(ignored))) > 0)
		;
	g->heard_all |= n == 0;
	return n == 0 || n == -EAGAIN;
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void go_on(struct real_linger *g)
{
	if (!send_rest(g) || !read_rest(g) || (g->said_all && g->heard_all))
		linger_free(g);
	else
		uv_poll_start(g->poll, (g->heard_all ? 0 : UV_READABLE) | (g->said_all ? 0 : UV_WRITABLE), on_poll);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	if (poll->data)
		go_on(poll->data);
}

void real_linger_start(struct link *l, int fd, SSL *ssl, struct real_tls *tls, struct buf *out)
{
	struct real_linger *g = calloc(1, sizeof(*g));

	if (!g || !(g->poll = real_poll_new(l, fd, g))) {
		free(g);
		SSL_free(ssl);
		real_tls_free(tls);
		buf_free(out);
		close(fd);
		return;
	}
	g->link = l;
	g->fd = fd;
	g->ssl = ssl;
	g->tls = tls;
	g->out = *out;
	timer_init(&g->timer, on_timer, g);
	clock_arm(l->o.clock, &g->timer, PATIENCE_US);
	TAILQ_INSERT_TAIL(&l->lingering, g, entry);
	go_on(g);
}

void real_lingering_forget(struct link *l)
{
	while (!TAILQ_EMPTY(&l->lingering))
		linger_free(TAILQ_FIRST(&l->lingering));
}
