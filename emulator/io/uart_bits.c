/*
 * Time is counted in ticks of 1 / (2 * from * to) s, so that a sender's bit, a receiver's bit and half of one are whole
 * numbers. A receiver waits for a falling edge, then looks at the middle of start bit, eight bits and stop bit.
 */
#include "io/uart_bits.h"

#include <stdbool.h>
#include <stdint.h>

enum { FRAME_BITS = 10 };

struct line {
	const uint8_t *p;
	size_t n;
	uint64_t bit; /* ticks of a sender's bit */
};

/* Start bit, eight bits from the lowest, stop bit; idle is high. */
static bool level(const struct line *l, uint64_t t)
{
	uint64_t bit = t / l->bit;
	unsigned k = (unsigned)(bit % FRAME_BITS);

	if (bit / FRAME_BITS >= l->n || k == FRAME_BITS - 1)
		return true;
	return k > 0 && (l->p[bit / FRAME_BITS] >> (k - 1) & 1);
}

/* The first time from t on at which the line has this level; edges are where a sender's bits begin. */
static uint64_t when(const struct line *l, uint64_t t, bool high, uint64_t end)
{
	while (t < end && level(l, t) != high)
		t = (t / l->bit + 1) * l->bit;
	return t;
}

void uart_cross(const void *p, size_t n, long from_baud, long to_baud, enum uart_broken broken, struct buf *out)
{
	const struct line l = { p, n, 2 * (uint64_t)to_baud };
	const uint64_t bit = 2 * (uint64_t)from_baud, end = (uint64_t)n * FRAME_BITS * l.bit;
	uint64_t t = when(&l, 0, false, end);

	while (t < end) {
		uint64_t middle = t + bit / 2;
		unsigned byte = 0;

		if (level(&l, middle)) { /* a spike */
			t = when(&l, middle, false, end);
			continue;
		}
		for (unsigned i = 0; i < 8; i++)
			byte |= (unsigned)level(&l, middle + (i + 1) * bit) << i;
		t = middle + (FRAME_BITS - 1) * bit;
		if (level(&l, t))
			buf_addc(out, (char)byte);
		else if (broken == UART_BROKEN_NUL)
			buf_addc(out, '\0');
		t = when(&l, when(&l, t, true, end), false, end);
	}
}
