#include "link/ip_packet.h"

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>

enum { TTL = 64, ECHO_HEAD = 8 };

/* RFC 1071, without the last complement: sums can be added up. */
static uint32_t sum_of(const void *p, size_t n, uint32_t sum)
{
	const uint8_t *s = p;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)s[i] << 8 | s[i + 1];
	if (n & 1)
		sum += (uint32_t)s[n - 1] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint32_t pseudo_sum(uint32_t src, uint32_t dst, uint8_t protocol, size_t len)
{
	return (src >> 16) + (src & 0xffff) + (dst >> 16) + (dst & 0xffff) + protocol + (uint32_t)len;
}

static bool parse_udp(struct ip_packet *out)
{
	struct udphdr h;
	size_t len;

	if (out->len < sizeof(h))
		return false;
	memcpy(&h, out->data, sizeof(h));
	len = ntohs(h.uh_ulen);
	if (len < sizeof(h) || len > out->len)
		return false;
	if (h.uh_sum && fold(sum_of(out->data, len, pseudo_sum(out->src, out->dst, IPPROTO_UDP, len))))
		return false;
	out->sport = ntohs(h.uh_sport);
	out->dport = ntohs(h.uh_dport);
	out->data += sizeof(h);
	out->len = len - sizeof(h);
	return true;
}

/* The stack checks the rest. */
static bool parse_tcp(struct ip_packet *out)
{
	struct tcphdr h;
	size_t head;

	if (out->len < sizeof(h))
		return false;
	memcpy(&h, out->data, sizeof(h));
	out->sport = ntohs(h.th_sport);
	out->dport = ntohs(h.th_dport);
	out->flags = h.th_flags;
	out->seq = ntohl(h.th_seq);
	out->ack = ntohl(h.th_ack);
	head = (size_t)h.th_off * 4;
	if (head < sizeof(h) || head > out->len)
		return false;
	out->data += head;
	out->len -= head;
	return true;
}

static bool parse_icmp(struct ip_packet *out)
{
	return out->len >= ECHO_HEAD && !fold(sum_of(out->data, out->len, 0));
}

bool ip_packet_parse(const void *p, size_t n, struct ip_packet *out)
{
	struct ip h;
	size_t head, len;

	if (n < sizeof(h))
		return false;
	memcpy(&h, p, sizeof(h));
	head = (size_t)h.ip_hl * 4;
	len = ntohs(h.ip_len);
	if (h.ip_v != IPVERSION || head < sizeof(h) || len < head || len > n || fold(sum_of(p, head, 0)))
		return false;
	*out = (struct ip_packet){
		.raw = p,
		.raw_len = len,
		.src = ntohl(h.ip_src.s_addr),
		.dst = ntohl(h.ip_dst.s_addr),
		.protocol = h.ip_p,
		.odd = head > sizeof(h) || (ntohs(h.ip_off) & (IP_MF | IP_OFFMASK)),
		.data = (const uint8_t *)p + head,
		.len = len - head,
	};
	if (out->odd)
		return true;
	switch (h.ip_p) {
	case IPPROTO_UDP:
		return parse_udp(out);
	case IPPROTO_TCP:
		return parse_tcp(out);
	case IPPROTO_ICMP:
		return parse_icmp(out);
	default:
		return true;
	}
}

static void add_head(struct buf *out, uint32_t src, uint32_t dst, uint8_t protocol, size_t len)
{
	struct ip h = {
		.ip_v = IPVERSION,
		.ip_hl = sizeof(h) / 4,
		.ip_len = htons((uint16_t)(sizeof(h) + len)),
		.ip_ttl = TTL,
		.ip_p = protocol,
		.ip_src = { htonl(src) },
		.ip_dst = { htonl(dst) },
	};

	h.ip_sum = htons(fold(sum_of(&h, sizeof(h), 0)));
	buf_add(out, &h, sizeof(h));
}

bool ip_packet_udp(struct buf *out, uint32_t src, uint16_t sport, uint32_t dst, uint16_t dport, const void *data,
		   size_t n)
{
	struct udphdr h = { .uh_sport = htons(sport), .uh_dport = htons(dport) };
	size_t len = sizeof(h) + n;
	uint16_t sum;

	if (sizeof(struct ip) + len > IP_PACKET_MAX)
		return false;
	h.uh_ulen = htons((uint16_t)len);
	sum = fold(sum_of(data, n, sum_of(&h, sizeof(h), pseudo_sum(src, dst, IPPROTO_UDP, len))));
	h.uh_sum = htons(sum ? sum : 0xffff); /* 0 would say that there is none */
	add_head(out, src, dst, IPPROTO_UDP, len);
	buf_add(out, &h, sizeof(h));
	return buf_add(out, data, n) == 0;
}

void ip_packet_reset(struct buf *out, const struct ip_packet *request, uint32_t seq, uint32_t ack)
{
	struct tcphdr h = {
		.th_sport = htons(request->dport),
		.th_dport = htons(request->sport),
		.th_seq = htonl(seq),
		.th_ack = htonl(ack),
		.th_off = sizeof(h) / 4,
		.th_flags = TH_RST | TH_ACK,
	};

	h.th_sum = htons(fold(sum_of(&h, sizeof(h), pseudo_sum(request->dst, request->src, IPPROTO_TCP, sizeof(h)))));
	add_head(out, request->dst, request->src, IPPROTO_TCP, sizeof(h));
	buf_add(out, &h, sizeof(h));
}

bool ip_packet_is_echo(const struct ip_packet *request)
{
	return request->protocol == IPPROTO_ICMP && !request->odd && request->data[0] == ICMP_ECHO &&
	       request->data[1] == 0;
}

void ip_packet_echo_reply(struct buf *out, const struct ip_packet *request)
{
	uint8_t head[ECHO_HEAD];
	uint16_t sum;

	memcpy(head, request->data, sizeof(head));
	head[0] = ICMP_ECHOREPLY;
	head[2] = head[3] = 0;
	sum = fold(sum_of(request->data + sizeof(head), request->len - sizeof(head), sum_of(head, sizeof(head), 0)));
	head[2] = (uint8_t)(sum >> 8);
	head[3] = (uint8_t)sum;
	add_head(out, request->dst, request->src, IPPROTO_ICMP, request->len);
	buf_add(out, head, sizeof(head));
	buf_add(out, request->data + sizeof(head), request->len - sizeof(head));
}

const char *ip_text(uint32_t address, char out[IP_TEXT_SIZE])
{
	const struct in_addr a = { htonl(address) };

	return inet_ntop(AF_INET, &a, out, IP_TEXT_SIZE);
}
