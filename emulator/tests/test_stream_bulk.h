/* Many bytes through a stream and back by an echo, to a reader that pauses: nothing is lost, changed or told too early. */
#ifndef TESTS_TEST_STREAM_BULK_H
#define TESTS_TEST_STREAM_BULK_H

#include <check.h>

#include "link/link_stream.h"

enum { BULK_BLOCK = 1460, BULK_PAUSE_EVERY = 100000 };

struct bulk {
	struct clock *clock;
	struct link_stream *s;
	size_t total, sent, got;
	uint64_t pause_us; /* 0: never */
	bool acked, closed, paused, done;
	enum link_status status;
	struct timer resume;
};

static inline unsigned char bulk_byte(size_t at)
{
	return (unsigned char)(at * 31 + (at >> 8) * 7 + (at >> 16));
}

static inline void bulk_fill(struct bulk *b)
{
	unsigned char block[BULK_BLOCK];
	size_t len = BULK_BLOCK;
	long n = BULK_BLOCK;

	while ((size_t)n == len && b->sent < b->total) {
		len = b->total - b->sent < BULK_BLOCK ? b->total - b->sent : BULK_BLOCK;
		for (size_t i = 0; i < len; i++)
			block[i] = bulk_byte(b->sent + i);
		n = link_stream_send(b->s, block, len);
		ck_assert_int_ge(n, 0);
		b->sent += (size_t)n;
	}
}

static inline void bulk_resume(void *ctx)
{
	struct bulk *b = ctx;

	b->paused = false;
	link_stream_pause(b->s, false);
}

static inline void bulk_take(struct bulk *b, const unsigned char *p, size_t len)
{
	size_t before = b->got, wrong = 0;

	ck_assert(!b->paused);
	for (size_t i = 0; i < len; i++, b->got++)
		wrong += p[i] != bulk_byte(b->got);
	ck_assert_uint_eq(wrong, 0);
	if (!b->pause_us || b->got / BULK_PAUSE_EVERY == before / BULK_PAUSE_EVERY)
		return;
	b->paused = true;
	link_stream_pause(b->s, true);
	clock_arm(b->clock, &b->resume, b->pause_us);
}

static inline void bulk_event(const struct link_stream_event *ev, void *ctx)
{
	struct bulk *b = ctx;

	switch (ev->type) {
	case LINK_STREAM_OPENED:
		ck_assert_int_eq(ev->status, LINK_OK);
		bulk_fill(b);
		break;
	case LINK_STREAM_WRITABLE:
		bulk_fill(b);
		break;
	case LINK_STREAM_DATA:
		bulk_take(b, ev->data, ev->len);
		break;
	case LINK_STREAM_ACKED:
		b->acked = b->sent == b->total;
		break;
	case LINK_STREAM_ACCEPTED:
	case LINK_STREAM_CLOSED:
		b->closed = true;
		b->status = ev->status;
		break;
	}
	b->done = b->closed || (b->got == b->total && b->acked);
}

static inline void bulk_start(struct bulk *b, struct clock *clock, size_t total, uint64_t pause_us)
{
	*b = (struct bulk){ .clock = clock, .total = total, .pause_us = pause_us };
	timer_init(&b->resume, bulk_resume, b);
}

#endif
