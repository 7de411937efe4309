/*
 * Datagrams of a host: each pair of its port and a place is a stream for UDP of its own, as a translator of addresses
 * keeps them, and ends when it has not been used for a while.
 */
#include <stdlib.h>
#include <string.h>

#include "link/ip_impl.h"
#include "link/session.h"

enum {
	UDPS_MAX = 64,
	IDLE_US = 60000000, /* [guess] */
	EARLY_MAX = 8,	    /* datagrams that come before the stream is open */
};

struct early {
	size_t len;
	uint8_t data[IP_PACKET_MAX];
};

struct ip_udp {
	TAILQ_ENTRY(ip_udp) entry;
	struct link_ip *ip;
	uint32_t dst;
	uint16_t sport, dport;
	struct link_stream *stream;
	struct timer idle;
	bool open;
	struct early *early[EARLY_MAX];
	size_t n_early;
};

static void udp_free(struct ip_udp *u)
{
	TAILQ_REMOVE(&u->ip->udps, u, entry);
	u->ip->n_udps--;
	timer_cancel(&u->idle);
	link_stream_close(u->stream);
	for (size_t i = 0; i < u->n_early; i++)
		free(u->early[i]);
	free(u);
}

static void on_idle(void *ctx)
{
	udp_free(ctx);
}

static void send_out(struct ip_udp *u, const void *data, size_t n)
{
	char host[IP_TEXT_SIZE];

	if (link_stream_send_to(u->stream, ip_text(u->dst, host), u->dport, data, n))
		trace_text(u->ip->link->o.trace, TRACE_NOTE, "ip: udp %s:%u cannot be reached", host, u->dport);
}

static void send_early(struct ip_udp *u)
{
	u->open = true;
	for (size_t i = 0; i < u->n_early; i++) {
		send_out(u, u->early[i]->data, u->early[i]->len);
		free(u->early[i]);
	}
	u->n_early = 0;
}

static void keep_early(struct ip_udp *u, const void *data, size_t n)
{
	struct early *e = u->n_early < EARLY_MAX ? malloc(sizeof(*e)) : NULL;

	if (!e)
		return;
	e->len = n;
	memcpy(e->data, data, n);
	u->early[u->n_early++] = e;
}

static void used(struct ip_udp *u)
{
	TAILQ_REMOVE(&u->ip->udps, u, entry);
	TAILQ_INSERT_TAIL(&u->ip->udps, u, entry);
	clock_arm(u->ip->link->o.clock, &u->idle, IDLE_US);
}

static void on_stream(const struct link_stream_event *ev, void *ctx)
{
	struct ip_udp *u = ctx;

	if (ev->type == LINK_STREAM_OPENED && !ev->status) {
		send_early(u);
	} else if (ev->type == LINK_STREAM_OPENED || ev->type == LINK_STREAM_CLOSED) {
		udp_free(u);
	} else if (ev->type == LINK_STREAM_DATA) {
		ip_out_udp(u->ip, u->dst, u->dport, u->sport, ev->data, ev->len);
		used(u);
	}
}

static struct ip_udp *udp_new(struct link_ip *ip, const struct ip_packet *p)
{
	const struct link_stream_setup setup = { .kind = LINK_STREAM_UDP };
	struct ip_udp *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	*u = (struct ip_udp){ .ip = ip, .dst = p->dst, .sport = p->sport, .dport = p->dport };
	timer_init(&u->idle, on_idle, u);
	TAILQ_INSERT_TAIL(&ip->udps, u, entry);
	ip->n_udps++;
	u->stream = link_stream_open(ip->link, &setup, on_stream, u);
	if (u->stream)
		return u;
	udp_free(u);
	return NULL;
}

static struct ip_udp *find(struct link_ip *ip, const struct ip_packet *p)
{
	struct ip_udp *u;

	TAILQ_FOREACH (u, &ip->udps, entry) {
		if (u->sport == p->sport && u->dst == p->dst && u->dport == p->dport)
			return u;
	}
	return NULL;
}

void ip_udp_input(struct link_ip *ip, const struct ip_packet *p)
{
	struct ip_udp *u = find(ip, p);

	if (!u && ip->n_udps == UDPS_MAX)
		udp_free(TAILQ_FIRST(&ip->udps));
	if (!u)
		u = udp_new(ip, p);
	if (!u)
		return;
	used(u);
	if (u->open)
		send_out(u, p->data, p->len);
	else
		keep_early(u, p->data, p->len);
}

void ip_udp_forget(struct link_ip *ip)
{
	while (!TAILQ_EMPTY(&ip->udps))
		udp_free(TAILQ_FIRST(&ip->udps));
}
