/*
 * HTTP clients: which back end answers is decided here, request by request, and told apart here what may share a
 * connection. No byte of HTTP is made or read in this file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "link/session.h"

/* FNV-1a. */
static void mix(uint64_t *key, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*key = (*key ^ ((const unsigned char *)p)[i]) * UINT64_C(1099511628211);
}

static void mix_number(uint64_t *key, uint64_t n)
{
	mix(key, &n, sizeof(n));
}

static void mix_text(uint64_t *key, const char *s)
{
	mix(key, s ? s : "", s ? strlen(s) + 1 : 1);
}

static void mix_file(uint64_t *key, const struct link_file *f)
{
	mix_text(key, f->name);
	if (f->data)
		mix(key, f->data, f->len);
}

/* The clock and the patience of a session do not make it another one. */
static void mix_tls(uint64_t *key, const struct link_tls *t)
{
	mix_number(key, t->versions);
	mix(key, t->ciphers, t->n_ciphers * sizeof(*t->ciphers));
	mix_number(key, (uint64_t)(t->send_sni | t->verify_server << 1 | t->send_client_cert << 2 | t->check_dates << 3 |
				   t->verify_hostname << 4 | t->ecdsa << 5 | t->wildcard << 6));
	mix_number(key, t->max_chain_bytes);
	mix_number(key, (uint64_t)t->ec_bits_max);
	mix_file(key, &t->ca);
	mix_file(key, &t->cert);
	mix_file(key, &t->key);
	mix_text(key, t->key_password);
}

static uint64_t place_key(const struct link_http_setup *s)
{
	uint64_t key = UINT64_C(14695981039346656037);

	mix_text(&key, s->host);
	mix_number(&key, s->port);
	if (s->tls)
		mix_tls(&key, s->tls);
	return key;
}

static void network_lost(struct link_session *session)
{
	struct link_http *h = (struct link_http *)session;

	if (h->model)
		h->model->ops->abort(h->model, LINK_NO_NETWORK, "the bearer went down");
	if (h->real)
		h->real->ops->abort(h->real, LINK_NO_NETWORK, "the bearer went down");
}

struct link_http *link_http_new(struct link *l, link_http_func_t func, void *ctx)
{
	struct link_http *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	*h = (struct link_http){ .link = l, .func = func, .ctx = ctx };
	link_session_open(l, &h->session, network_lost);
	return h;
}

/* The back end for a route; the other one gives up the connection it has kept. */
static struct link_http_peer *peer_for(struct link_http *h, bool real)
{
	struct link_http_peer **to = real ? &h->real : &h->model, *other = real ? h->model : h->real;

	if (other)
		other->ops->cancel(other);
	if (!*to)
		*to = real ? real_http_new(h) : model_http_new(h);
	return *to;
}

int link_http_request(struct link_http *h, const struct link_http_setup *s)
{
	struct link_http_peer *peer;
	struct route r;
	int err;

	if (h->busy)
		return -EBUSY;
	route_find(h->link, s->host, s->port, &r);
	peer = peer_for(h, r.real && !r.status);
	if (!peer)
		return -ENOMEM;
	h->busy = peer;
	err = peer->ops->request(peer, &r, s, place_key(s));
	if (err)
		h->busy = NULL;
	return err;
}

void link_http_tell(struct link_http *h, const struct link_http_event *ev)
{
	if (ev->type == LINK_HTTP_DONE)
		h->busy = NULL;
	h->func(ev, h->ctx);
}

void link_http_pause(struct link_http *h, bool paused)
{
	if (h->busy)
		h->busy->ops->pause(h->busy, paused);
}

void link_http_cancel(struct link_http *h)
{
	if (!h->busy)
		return;
	h->busy->ops->cancel(h->busy);
	h->busy = NULL;
}

void link_http_close(struct link_http *h)
{
	if (!h)
		return;
	if (h->model)
		h->model->ops->free(h->model);
	if (h->real)
		h->real->ops->free(h->real);
	link_session_close(h->link, &h->session);
	free(h);
}
