/*
 * IP packets between a host behind the modem (PPP) and the world. TCP ends here in the stack of libslirp, and each of
 * its connections becomes a link_stream; datagrams become those of a stream for UDP; names are answered from the world;
 * echo requests as link_ping.h says. So there is one world for AT commands and for packets, and one place that says who
 * may be reached.
 */
#ifndef LINK_LINK_IP_H
#define LINK_LINK_IP_H

#include "link/link.h"

struct link_ip;

/* IPv4 addresses as numbers, 0xC0000201 is 192.0.2.1. */
struct link_ip_setup {
	uint32_t address; /* of the host; packets from elsewhere are dropped */
	uint32_t dns[2];  /* who answers for names, and echo requests */
	/* A packet to the host. From the clock, the loop, or inside link_ip_input(). */
	void (*packet)(const void *p, size_t n, void *ctx);
	/* There is no room for many more: what can wait (TCP) waits until link_ip_flows(). */
	bool (*full)(void *ctx);
	void *ctx;
};

/* setup is copied. NULL: out of memory, or this system has no sockets of its own to give (descriptors, /proc). */
struct link_ip *link_ip_open(struct link *l, const struct link_ip_setup *setup);
/* Connections end without a word to the host. NULL is fine. */
void link_ip_close(struct link_ip *ip);

/* A packet of the host, whole. What is no IPv4 is dropped. */
void link_ip_input(struct link_ip *ip, const void *packet, size_t n);
/* setup.full() is no longer true. */
void link_ip_flows(struct link_ip *ip);

#endif
