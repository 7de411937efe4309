/* Echo requests of a host: answered when the world says that the place answers, after its time. */
#include <stdlib.h>

#include "link/ip_impl.h"
#include "link/link_ping.h"
#include "link/session.h"

enum { ECHOES_MAX = 64, DNS_TRIP_US = 40000 /* [guess] */ };

struct ip_echo {
	TAILQ_ENTRY(ip_echo) entry;
	struct link_ip *ip;
	struct timer timer;
	struct buf reply;
};

static void echo_free(struct ip_echo *e)
{
	TAILQ_REMOVE(&e->ip->echoes, e, entry);
	e->ip->n_echoes--;
	timer_cancel(&e->timer);
	buf_free(&e->reply);
	free(e);
}

static void on_timer(void *ctx)
{
	struct ip_echo *e = ctx;

	ip_out(e->ip, &e->reply);
	echo_free(e);
}

static void answer_in(struct link_ip *ip, const struct ip_packet *p, uint64_t us)
{
	struct ip_echo *e = ip->n_echoes < ECHOES_MAX ? calloc(1, sizeof(*e)) : NULL;

	if (!e)
		return;
	e->ip = ip;
	timer_init(&e->timer, on_timer, e);
	buf_init(&e->reply, 2 * IP_PACKET_MAX);
	ip_packet_echo_reply(&e->reply, p);
	TAILQ_INSERT_TAIL(&ip->echoes, e, entry);
	ip->n_echoes++;
	clock_arm(ip->link->o.clock, &e->timer, us);
}

void ip_echo_input(struct link_ip *ip, const struct ip_packet *p)
{
	struct link_ping ping = { .answers = true, .trip_us = DNS_TRIP_US };
	struct why why = { 0 };
	char host[IP_TEXT_SIZE];

	if (!ip_is_dns(ip, p->dst))
		link_ping(ip->link, ip_text(p->dst, host), &ping, &why);
	if (ping.answers)
		answer_in(ip, p, ping.trip_us);
	else
		trace_text(ip->link->o.trace, TRACE_NOTE, "ip: ping %s: no answer: %s", host, why.step[0].text);
}

void ip_echo_forget(struct link_ip *ip)
{
	while (!TAILQ_EMPTY(&ip->echoes))
		echo_free(TAILQ_FIRST(&ip->echoes));
}
