/* The line and the ring are the emulator's own impairments (quirks host_rx_*), set on top of the profile. */
#include "harness/reproduce/loss.h"

#include <string.h>

#include "harness/reproduce/cuts.h"
#include "harness/reproduce/format.h"

enum { BAUD = 115200, RING = 256, DRAIN = 1 };

/* From the smallest change on. */
static const struct remedy {
	const char *words;
	long baud;
	unsigned ring, drain;
} remedies[] = {
	{ "57600 baud", 57600, RING, DRAIN },	     { "9600 baud", 9600, RING, DRAIN },
	{ "a ring of 512 bytes", BAUD, 512, DRAIN }, { "a ring of 1024 bytes", BAUD, 1024, DRAIN },
	{ "reading 12 bytes/ms", BAUD, RING, 12 },
};

unsigned loss_ring_bytes(void)
{
	return RING;
}

unsigned loss_drain_bytes_per_ms(void)
{
	return DRAIN;
}

/* Bytes of the modem inside one act. */
static size_t bytes_in(const struct play *p, size_t act)
{
	size_t n = 0;

	for (size_t i = 0; i < recording_size(p->recording); i++) {
		const struct wire_event ev = recording_at(p->recording, i);

		if (ev.from == WIRE_MODEM && ev.line == act + 1)
			n += ev.len;
	}
	return n;
}

/* As the modem sends lines: CR LF before the first and behind each, but for the last one, which is torn. */
static size_t bytes_seen(const struct exchange *x)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n_lines; i++)
		n += x->lines[i].role == LINE_ECHO ? 0 : x->lines[i].len + 2;
	return n;
}

static int play_on(const struct play_setup *setup, long baud, unsigned ring, unsigned drain,
		   const struct script *script, struct pool *pool, struct play *p, struct err *e)
{
	struct play_setup slow = *setup;

	slow.baud = baud;
	slow.quirks[0] = format_text(pool, "host_rx_fifo_bytes=%u", ring);
	slow.quirks[1] = format_text(pool, "host_rx_drain_bytes_per_ms=%u", drain);
	return play_run(&slow, script, pool, p, e);
}

static void add_loss(struct losses *out, struct pool *pool, const struct loss *l)
{
	struct loss *list = pool_grow(pool, (void *)out->items, out->n, sizeof(*list));

	list[out->n++] = *l;
	out->items = list;
}

static int find_remedies(const struct play_setup *setup, const struct script *script, struct pool *pool,
			 struct losses *out, struct err *e)
{
	const struct loss *first = &out->items[0];
	const struct script part = { script->acts, first->act + 1 };
	size_t n = 0;
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(remedies) / sizeof(remedies[0]) && n < LOSS_REMEDIES_MAX; i++) {
		const struct remedy *r = &remedies[i];
		struct play p;

		err = play_on(setup, r->baud, r->ring, r->drain, &part, pool, &p, e);
		if (!err && bytes_in(&p, first->act) == first->whole)
			out->remedies[n++] = r->words;
		play_free(&p);
	}
	return err;
}

int loss_find(const struct comparison *c, const struct play_setup *setup, const struct script *script,
	      const struct play *whole, struct pool *pool, struct losses *out, struct err *e)
{
	struct play slow;
	int err;

	*out = (struct losses){ 0 };
	for (size_t i = 0; i < compare_size(c); i++) {
		const struct compare_row *r = compare_at(c, i);
		const size_t act = cuts_lost_end(r) ? r->b->line - 1 : 0;

		if (cuts_lost_end(r))
			add_loss(out, pool,
				 &(struct loss){ .act = act, .whole = bytes_in(whole, act), .seen = bytes_seen(r->a) });
	}
	if (!out->n)
		return 0;
	err = play_on(setup, BAUD, RING, DRAIN, script, pool, &slow, e);
	for (size_t i = 0; !err && i < out->n; i++)
		((struct loss *)out->items)[i].kept = bytes_in(&slow, out->items[i].act);
	play_free(&slow);
	return err ? err : find_remedies(setup, script, pool, out, e);
}
