/* What the files of link_ip share. */
#ifndef LINK_IP_IMPL_H
#define LINK_IP_IMPL_H

#include <bsd/sys/queue.h>

#include "link/ip_packet.h"
#include "link/ip_stack.h"
#include "link/link_ip.h"
#include "link/link_stream.h"

enum { IP_DNS_PORT = 53 };

struct ip_flow;
struct ip_udp;
struct ip_query;
struct ip_echo;

struct link_ip {
	struct link *link;
	struct link_ip_setup setup;
	struct ip_stack *stack;
	struct timer due; /* of the stack */
	bool turning;
	TAILQ_HEAD(, ip_flow) flows;	/* ip_tcp.c */
	TAILQ_HEAD(, ip_udp) udps;	/* ip_udp.c; in the order of their last use */
	TAILQ_HEAD(, ip_query) queries; /* ip_dns.c */
	TAILQ_HEAD(, ip_echo) echoes;	/* ip_echo.c */
	size_t n_flows, n_udps, n_queries, n_echoes;
};

/* What a packet to the host is made in. */
void ip_out(struct link_ip *ip, const struct buf *packet);
void ip_out_udp(struct link_ip *ip, uint32_t src, uint16_t sport, uint16_t dport, const void *data, size_t n);
bool ip_is_dns(const struct link_ip *ip, uint32_t address);
/* Everything that can move does, then the timer is set for what only time moves. */
void ip_turn(struct link_ip *ip);

/* Each takes the packets of its kind, and forgets all it has. */
void ip_tcp_input(struct link_ip *ip, const struct ip_packet *p);
/* A segment of the stack on its way to the host. */
void ip_tcp_sent(struct link_ip *ip, const struct ip_packet *p);
bool ip_tcp_turn(struct link_ip *ip);
void ip_tcp_forget(struct link_ip *ip);
void ip_udp_input(struct link_ip *ip, const struct ip_packet *p);
void ip_udp_forget(struct link_ip *ip);
void ip_dns_input(struct link_ip *ip, const struct ip_packet *p);
void ip_dns_forget(struct link_ip *ip);
void ip_echo_input(struct link_ip *ip, const struct ip_packet *p);
void ip_echo_forget(struct link_ip *ip);

#endif
