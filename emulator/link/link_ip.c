#include "link/link_ip.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "link/ip_impl.h"
#include "link/session.h"

enum { TURNS_MAX = 1000 };

void ip_out(struct link_ip *ip, const struct buf *packet)
{
	ip->setup.packet(packet->data, packet->len, ip->setup.ctx);
}

void ip_out_udp(struct link_ip *ip, uint32_t src, uint16_t sport, uint16_t dport, const void *data, size_t n)
{
	struct buf packet;

	buf_init(&packet, IP_PACKET_MAX);
	if (ip_packet_udp(&packet, src, sport, ip->setup.address, dport, data, n))
		ip_out(ip, &packet);
	else
		trace_text(ip->link->o.trace, TRACE_NOTE, "ip: a datagram of %zu bytes is too long for the link", n);
	buf_free(&packet);
}

bool ip_is_dns(const struct link_ip *ip, uint32_t address)
{
	return address == ip->setup.dns[0] || address == ip->setup.dns[1];
}

/* Both ends of every connection are in this process: when neither moves any more, only time or a packet can go on. */
void ip_turn(struct link_ip *ip)
{
	uint64_t due_us;
	bool moves = true;

	if (ip->turning)
		return;
	ip->turning = true;
	for (int i = 0; moves && i < TURNS_MAX; i++) {
		moves = ip_stack_turn(ip->stack);
		moves = ip_tcp_turn(ip) || moves;
	}
	ip->turning = false;
	due_us = moves ? 0 : ip_stack_due_us(ip->stack);
	if (due_us == UINT64_MAX)
		timer_cancel(&ip->due);
	else if (!timer_armed(&ip->due) || timer_left_us(&ip->due) > due_us)
		clock_arm(ip->link->o.clock, &ip->due, due_us);
}

static void on_due(void *ctx)
{
	ip_turn(ctx);
}

static void stack_packet(const void *p, size_t n, void *ctx)
{
	struct link_ip *ip = ctx;
	struct ip_packet segment;

	if (ip_packet_parse(p, n, &segment) && segment.protocol == IPPROTO_TCP)
		ip_tcp_sent(ip, &segment);
	ip->setup.packet(p, n, ip->setup.ctx);
}

static bool stack_full(void *ctx)
{
	struct link_ip *ip = ctx;

	return ip->setup.full(ip->setup.ctx);
}

struct link_ip *link_ip_open(struct link *l, const struct link_ip_setup *setup)
{
	struct link_ip *ip = calloc(1, sizeof(*ip));
	const struct ip_stack_ops ops = { stack_packet, stack_full, ip };

	if (!ip)
		return NULL;
	ip->link = l;
	ip->setup = *setup;
	TAILQ_INIT(&ip->flows);
	TAILQ_INIT(&ip->udps);
	TAILQ_INIT(&ip->queries);
	TAILQ_INIT(&ip->echoes);
	timer_init(&ip->due, on_due, ip);
	ip->stack = ip_stack_new(setup->address, l->o.clock, &ops);
	if (!ip->stack) {
		free(ip);
		return NULL;
	}
	return ip;
}

void link_ip_close(struct link_ip *ip)
{
	if (!ip)
		return;
	timer_cancel(&ip->due);
	ip->turning = true;
	ip_stack_free(ip->stack);
	ip_tcp_forget(ip);
	ip_udp_forget(ip);
	ip_dns_forget(ip);
	ip_echo_forget(ip);
	free(ip);
}

/* Fragments are not put together: libslirp 4.7 can be brought down by them, and hosts that know the MTU send none. */
void link_ip_input(struct link_ip *ip, const void *packet, size_t n)
{
	struct ip_packet p;

	if (!ip_packet_parse(packet, n, &p) || p.src != ip->setup.address)
		return;
	if (p.odd)
		trace_text(ip->link->o.trace, TRACE_NOTE,
			   "ip: a fragment, or a packet with options, is lost: only whole and plain ones get through");
	else if (p.protocol == IPPROTO_TCP)
		ip_tcp_input(ip, &p);
	else if (p.protocol == IPPROTO_UDP && ip_is_dns(ip, p.dst) && p.dport == IP_DNS_PORT)
		ip_dns_input(ip, &p);
	else if (p.protocol == IPPROTO_UDP)
		ip_udp_input(ip, &p);
	else if (ip_packet_is_echo(&p))
		ip_echo_input(ip, &p);
}

void link_ip_flows(struct link_ip *ip)
{
	ip_turn(ip);
}
