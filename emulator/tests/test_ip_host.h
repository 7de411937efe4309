/*
 * A host's IP for tests, just enough of it and by code of its own: packets made and read octet by octet, a TCP that
 * acknowledges what comes in order. Packets in both directions wait until host_run().
 */
#ifndef TESTS_TEST_IP_HOST_H
#define TESTS_TEST_IP_HOST_H

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "clock/clock.h"

enum { HOST_ADDRESS = 0x0a400002, TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };

static inline void put16(struct buf *b, unsigned v)
{
	const uint8_t bytes[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	ck_assert_int_eq(buf_add(b, bytes, 2), 0);
}

static inline void put32(struct buf *b, uint32_t v)
{
	put16(b, v >> 16);
	put16(b, v & 0xffff);
}

static inline unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static inline unsigned ones_sum(const uint8_t *p, size_t n, unsigned sum)
{
	for (size_t i = 0; i < n; i++)
		sum += (unsigned)p[i] << (i & 1 ? 0 : 8);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static inline void set16(struct buf *b, size_t at, unsigned v)
{
	b->data[at] = (char)(v >> 8);
	b->data[at + 1] = (char)v;
}

/* An IP packet around a payload whose check, if it has one, is at check (-1: none) of it. */
static inline void make_ip(struct buf *out, uint32_t src, uint32_t dst, int proto, const struct buf *payload, int check)
{
	size_t at = out->len;
	unsigned sum = 0;

	put16(out, 0x4500);
	put16(out, 20 + (unsigned)payload->len);
	put32(out, 0);
	put16(out, 0x4000 | (unsigned)proto);
	put16(out, 0);
	put32(out, src);
	put32(out, dst);
	set16(out, at + 10, 0xffff & ~ones_sum((uint8_t *)out->data + at, 20, 0));
	ck_assert_int_eq(buf_add(out, buf_str(payload), payload->len), 0);
	if (check < 0)
		return;
	if (proto != 1)
		sum = ones_sum((uint8_t *)out->data + at + 12, 8, (unsigned)proto + (unsigned)payload->len);
	set16(out, at + 20 + (size_t)check, 0);
	set16(out, at + 20 + (size_t)check, 0xffff & ~ones_sum((uint8_t *)out->data + at + 20, payload->len, sum));
}

static inline void make_udp(struct buf *out, uint16_t sport, uint32_t dst, uint16_t dport, const void *data, size_t n)
{
	struct buf u;

	buf_init(&u, 2000);
	put16(&u, sport);
	put16(&u, dport);
	put16(&u, 8 + (unsigned)n);
	put16(&u, 0);
	ck_assert_int_eq(buf_add(&u, data, n), 0);
	make_ip(out, HOST_ADDRESS, dst, 17, &u, 6);
	buf_free(&u);
}

static inline void make_echo(struct buf *out, uint32_t dst, unsigned sequence, const char *data)
{
	struct buf m;

	buf_init(&m, 2000);
	put16(&m, 0x0800);
	put16(&m, 0);
	put16(&m, 77);
	put16(&m, sequence);
	buf_adds(&m, data);
	make_ip(out, HOST_ADDRESS, dst, 1, &m, 2);
	buf_free(&m);
}

struct host_tcp {
	uint32_t dst;
	uint16_t sport, dport;
	uint32_t seq, ack;
	bool syn_sent, open, peer_fin, fin_sent, reset;
	struct buf in;
	size_t window;
};

static inline void make_tcp(struct buf *out, const struct host_tcp *t, int flags, const void *data, size_t n)
{
	struct buf s;

	buf_init(&s, 2000);
	put16(&s, t->sport);
	put16(&s, t->dport);
	put32(&s, t->seq);
	put32(&s, flags & TCP_ACK ? t->ack : 0);
	put16(&s, 0x5000 | (unsigned)flags);
	put16(&s, (unsigned)t->window);
	put32(&s, 0);
	ck_assert_int_eq(buf_add(&s, data, n), 0);
	make_ip(out, HOST_ADDRESS, t->dst, 6, &s, 16);
	buf_free(&s);
}

/* A segment for t: what must be sent back goes to out, as a packet. */
static inline void tcp_take(struct host_tcp *t, const uint8_t *p, size_t n, struct buf *out)
{
	size_t head = (size_t)(p[12] >> 4) * 4;
	int flags = p[13];
	size_t len = n - head;

	if (flags & TCP_RST) {
		ck_assert(!t->open || get32(p + 4) == t->ack);
		t->reset = true;
		return;
	}
	if (t->reset) { /* there is no such connection any more */
		make_tcp(out, t, TCP_RST, NULL, 0);
		return;
	}
	if ((flags & TCP_SYN) && t->syn_sent && !t->open) {
		ck_assert_uint_eq(get32(p + 8), t->seq);
		t->ack = get32(p + 4) + 1;
		t->open = true;
		make_tcp(out, t, TCP_ACK, NULL, 0);
		return;
	}
	if (get32(p + 4) != t->ack || (!len && !(flags & TCP_FIN)))
		return;
	ck_assert_int_eq(buf_add(&t->in, p + head, len), 0);
	t->ack += (uint32_t)len + (flags & TCP_FIN ? 1 : 0);
	t->peer_fin = t->peer_fin || (flags & TCP_FIN);
	make_tcp(out, t, TCP_ACK, NULL, 0);
}

#endif
