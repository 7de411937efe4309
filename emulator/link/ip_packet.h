/* Headers of IPv4, UDP, TCP and ICMP, as far as somebody has to look into a packet before libslirp gets it. */
#ifndef LINK_IP_PACKET_H
#define LINK_IP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { IP_PACKET_MAX = 1500, IP_TEXT_SIZE = 16 };

/* Addresses and ports as numbers. */
struct ip_packet {
	const uint8_t *raw; /* the whole packet, borrowed */
	size_t raw_len;
	uint32_t src, dst;
	uint8_t protocol;
	bool odd;	       /* a fragment, or with options of IP: what follows the header is not looked at */
	uint16_t sport, dport; /* UDP, TCP */
	uint8_t flags;	       /* TCP: TH_SYN ... */
	uint32_t seq, ack;
	const uint8_t *data; /* UDP, TCP: the payload; ICMP: the message; else behind the header of IP */
	size_t len;
};

/* false: no sound header of IPv4, or what it carries is cut short. Checks of UDP and ICMP must be right. */
bool ip_packet_parse(const void *p, size_t n, struct ip_packet *out);

/* Appends a datagram. false: it is too long for one packet. */
bool ip_packet_udp(struct buf *out, uint32_t src, uint16_t sport, uint32_t dst, uint16_t dport, const void *data,
		   size_t n);

/* Appends a reset to where request, a segment of TCP, came from. */
void ip_packet_reset(struct buf *out, const struct ip_packet *request, uint32_t seq, uint32_t ack);

/* request is an echo request. */
bool ip_packet_is_echo(const struct ip_packet *request);
/* Appends the answer to one. */
void ip_packet_echo_reply(struct buf *out, const struct ip_packet *request);

/* "192.0.2.1" */
const char *ip_text(uint32_t address, char out[IP_TEXT_SIZE]);

#endif
