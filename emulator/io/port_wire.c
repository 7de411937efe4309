/*
 * Two lanes, one per direction. A byte is queued, crosses the line at its own absolute deadline, may pass a ring with a
 * slow reader, and is delivered with what else is due. Late wake-ups delay a byte, never those behind it.
 */
#include "io/port_wire.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"

enum { LANE_BYTES = 20480, COMPACT_BYTES = 4096, IN_BYTES = 256 * 1024, RING_BAUD = 115200 };

struct wire;

/* Takes bytes that arrived; returns how many. */
typedef size_t (*lane_sink_t)(struct wire *w, const char *p, size_t n);

struct lane {
	struct wire *wire;
	const char *name;
	lane_sink_t sink;
	struct port_wire_ring ring;
	struct buf line;		/* not yet across, but for the first gone bytes of it */
	size_t gone;			/* are across, and are taken out of line many at a time */
	struct buf waiting;		/* in the ring */
	struct buf due;			/* to be delivered now */
	uint64_t byte_ns;		/* 0: no pacing */
	uint64_t early_ns;		/* deadlines are met so much earlier, for what the way behind takes */
	uint64_t late_ns;		/* how late the machine has woken this lane lately; comes on top of early_ns */
	uint64_t behind_ns;		/* bytes were on their way for so long before the wire saw them */
	uint64_t arrive_ns;		/* deadline of the first byte in line */
	uint64_t drain_ns;		/* when the reader takes the next byte */
	uint64_t due_ns;		/* when the newest byte in due was due */
	struct timer timer;
	bool blocked;			/* the sink took less than offered */
	bool running;
	unsigned long long lost, lost_told;
};

struct wire {
	struct port port;
	struct port *below;
	struct clock *clock;
	struct trace *trace;
	size_t split;
	struct lane out, in;		/* to the peer, from the peer */
	uint64_t answer_ns;		/* while the owner is called: when its bytes were due, 0 otherwise */
	bool paused, below_paused, writer_short;
	bool dead;
};

static struct wire *wire_of(struct port *port)
{
	return (struct wire *)port;
}

static uint64_t now_ns(const struct wire *w)
{
	return clock_now_us(w->clock) * 1000;
}

/* The time up to which a lane's deadlines are due. */
static uint64_t lane_now(const struct lane *l)
{
	uint64_t early = l->early_ns ? l->early_ns + l->late_ns : 0;

	if (l->early_ns >= l->byte_ns)
		early = 0;	/* more than a byte early would be another error */
	else if (early >= l->byte_ns)
		early = l->byte_ns - 1;
	return now_ns(l->wire) + early;
}

/* A timer of this lane fired: moving average of the lateness, 1/8 a time. */
static void note_lateness(struct lane *l)
{
	uint64_t now = clock_now_us(l->wire->clock);
	uint64_t late = now > l->timer.due_us ? (now - l->timer.due_us) * 1000 : 0;

	l->late_ns = (7 * l->late_ns + late) / 8;
}

static size_t on_line(const struct lane *l)
{
	return l->line.len - l->gone;
}

/* Moves what is left to the front: not for each byte, or a full line would cost its length for each. */
static void compact(struct lane *l)
{
	buf_drop(&l->line, l->gone);
	l->gone = 0;
}

static bool is_busy(const struct lane *l)
{
	return on_line(l) || l->waiting.len || l->due.len;
}

/* --- one lane ----------------------------------------------------------------------------------------------- */

/* The first byte reached the receiver. */
static void arrive(struct lane *l)
{
	char c = l->line.data[l->gone++];

	if (l->ring.fifo_bytes && l->ring.drain_bytes_per_ms) {
		if (l->waiting.len >= l->ring.fifo_bytes) {
			l->lost++;
		} else {
			if (!l->waiting.len && l->drain_ns < l->arrive_ns)
				l->drain_ns = l->arrive_ns;
			buf_addc(&l->waiting, c);
		}
	} else {
		buf_addc(&l->due, c);
		l->due_ns = l->arrive_ns;
	}
	l->arrive_ns += l->byte_ns;
}

/* The reader takes one byte out of the ring. */
static void drain(struct lane *l)
{
	buf_addc(&l->due, l->waiting.data[0]);
	buf_drop(&l->waiting, 1);
	l->due_ns = l->drain_ns;
	l->drain_ns += 1000000 / l->ring.drain_bytes_per_ms;
}

/* Everything up to now in the order of its deadlines. */
static void advance(struct lane *l, uint64_t now)
{
	while (l->due.len < LANE_BYTES) {
		bool can_drain = l->waiting.len && l->drain_ns <= now;
		bool can_arrive = on_line(l) && l->arrive_ns <= now;

		if (can_drain && (!can_arrive || l->drain_ns <= l->arrive_ns))
			drain(l);
		else if (can_arrive)
			arrive(l);
		else
			break;
	}
	if (!on_line(l) || l->gone >= COMPACT_BYTES)
		compact(l);
}

static void tell_lost(struct lane *l)
{
	unsigned long long n = l->lost - l->lost_told;

	if (!n || on_line(l))
		return;
	l->lost_told = l->lost;
	trace_text(l->wire->trace, TRACE_FAULT, "wire: %llu bytes lost %s, ring of %zu full", n, l->name,
		   l->ring.fifo_bytes);
}

static void deliver(struct lane *l)
{
	size_t split = l->wire->split;

	l->blocked = false;
	while (l->due.len && !l->blocked && !l->wire->dead) {
		size_t n = split && l->due.len > split ? split : l->due.len;
		size_t took = l->sink(l->wire, l->due.data, n);

		buf_drop(&l->due, took);
		l->blocked = took < n;
		if (split && took)
			break;		/* the rest in its own delivery */
	}
}

static void lane_arm(struct lane *l)
{
	uint64_t now = lane_now(l), next = UINT64_MAX;

	if (l->wire->dead)
		return;
	if (l->due.len && !l->blocked)
		next = now;
	else if (l->due.len >= LANE_BYTES)
		return;		/* until the sink takes some */
	if (on_line(l) && l->arrive_ns < next)
		next = l->arrive_ns;
	if (l->waiting.len && l->drain_ns < next)
		next = l->drain_ns;
	if (next == UINT64_MAX)
		timer_cancel(&l->timer);
	else
		clock_arm(l->wire->clock, &l->timer, next > now ? (next - now + 999) / 1000 : 0);
}

static void lane_run(struct lane *l)
{
	if (l->running)
		return;
	l->running = true;
	advance(l, lane_now(l));
	tell_lost(l);
	deliver(l);
	l->running = false;
	lane_arm(l);
}

/*
 * An answer written from inside a delivery starts where the question ended, not where a late wake-up found it: otherwise
 * each direction would add the machine's own delay (10 % of an AT at 115200).
 */
static size_t lane_add(struct lane *l, const void *p, size_t n)
{
	size_t room = l->line.max - on_line(l);
	uint64_t now = now_ns(l->wire), behind = l->behind_ns < now ? l->behind_ns : 0;
	uint64_t start = l->wire->answer_ns ? l->wire->answer_ns : now - behind;
	uint64_t first = start + l->byte_ns;

	n = n < room ? n : room;
	if (!n)
		return 0;
	if (!on_line(l) && l->arrive_ns < first)
		l->arrive_ns = first;
	if (n > l->line.max - l->line.len)
		compact(l);
	if (buf_add(&l->line, p, n))
		return 0;
	return n;
}

static void lane_set_baud(struct lane *l, long baud)
{
	if (!baud && l->ring.fifo_bytes && l->ring.drain_bytes_per_ms)
		baud = RING_BAUD;
	l->byte_ns = baud > 0 ? 10000000000u / (uint64_t)baud : 0;
}

static void lane_clear(struct lane *l)
{
	buf_reset(&l->line);
	l->gone = 0;
	buf_reset(&l->waiting);
	buf_reset(&l->due);
	timer_cancel(&l->timer);
	l->blocked = false;
}

static void lane_free(struct lane *l)
{
	timer_cancel(&l->timer);
	buf_free(&l->line);
	buf_free(&l->waiting);
	buf_free(&l->due);
}

/* --- to the peer -------------------------------------------------------------------------------------------- */

static size_t sink_below(struct wire *w, const char *p, size_t n)
{
	long took = port_write(w->below, p, n);

	return took < 0 ? n : (size_t)took;	/* gone: into the void */
}

static void tell_writable(struct wire *w)
{
	if (!w->writer_short || on_line(&w->out) >= LANE_BYTES / 2)
		return;
	w->writer_short = false;
	if (w->port.event)
		w->port.event(PORT_EVENT_WRITABLE, w->port.ctx);
}

static void on_out(void *ctx)
{
	struct wire *w = ctx;

	note_lateness(&w->out);
	lane_run(&w->out);
	tell_writable(w);
}

static bool is_plain(const struct wire *w, const struct lane *l)
{
	return !l->byte_ns && !w->split && !is_busy(l);
}

static long wire_write(struct port *port, const void *p, size_t n)
{
	struct wire *w = wire_of(port);
	size_t took;

	if (is_plain(w, &w->out))
		return port_write(w->below, p, n);
	took = lane_add(&w->out, p, n);
	if (took < n)
		w->writer_short = true;
	if (!timer_armed(&w->out.timer) && !w->out.running)
		lane_arm(&w->out);
	return (long)took;
}

/* --- from the peer ------------------------------------------------------------------------------------------ */

static size_t sink_owner(struct wire *w, const char *p, size_t n)
{
	if (w->paused)
		return 0;
	w->answer_ns = w->in.byte_ns ? w->in.due_ns : 0;
	w->port.rx(p, n, w->port.ctx);
	w->answer_ns = 0;
	return n;
}

/* The port below is read only as far as there is room. */
static void below_update(struct wire *w)
{
	bool pause = on_line(&w->in) >= LANE_BYTES - 4096 || (w->paused && is_plain(w, &w->in));

	if (pause == w->below_paused || w->dead)
		return;
	w->below_paused = pause;
	port_pause(w->below, pause);
}

static void wire_finish_free(struct wire *w);

static void on_in(void *ctx)
{
	struct wire *w = ctx;

	lane_run(&w->in);
	if (w->dead)
		wire_finish_free(w);
	else
		below_update(w);
}

static void on_below_rx(const void *p, size_t n, void *ctx)
{
	struct wire *w = ctx;

	if (is_plain(w, &w->in) && !w->paused) {
		w->port.rx(p, n, w->port.ctx);
		return;
	}
	w->in.lost += n - lane_add(&w->in, p, n);	/* a peer that ignores our pause */
	if (!timer_armed(&w->in.timer))
		lane_arm(&w->in);
	below_update(w);
}

static void on_below_event(enum port_event ev, void *ctx)
{
	struct wire *w = ctx;

	if (ev == PORT_EVENT_WRITABLE && w->out.due.len) {
		on_out(w);
		return;
	}
	if (w->port.event)
		w->port.event(ev, w->port.ctx);
}

/* --- the port ----------------------------------------------------------------------------------------------- */

static void wire_pause(struct port *port, bool paused)
{
	struct wire *w = wire_of(port);

	w->paused = paused;
	if (!paused && is_busy(&w->in)) {
		w->in.blocked = false;
		lane_arm(&w->in);
	}
	below_update(w);
}

static void wire_flush(struct port *port)
{
	struct wire *w = wire_of(port);

	lane_clear(&w->out);
	port_flush(w->below);
}

static long wire_peer_baud(struct port *port)
{
	return port_peer_baud(wire_of(port)->below);
}

static void wire_finish_free(struct wire *w)
{
	lane_free(&w->out);
	lane_free(&w->in);
	free(w);
}

static void wire_free(struct port *port)
{
	struct wire *w = wire_of(port);

	port_free(w->below);
	w->dead = true;
	timer_cancel(&w->out.timer);
	timer_cancel(&w->in.timer);
	if (!w->in.running)
		wire_finish_free(w);
}

static void wire_owned(struct port *port)
{
	struct wire *w = wire_of(port);

	port_set_owner(w->below, on_below_rx, on_below_event, w);
}

static const struct port_ops wire_ops = {
	.write = wire_write, .pause = wire_pause, .flush = wire_flush, .peer_baud = wire_peer_baud,
	.free = wire_free, .owned = wire_owned,
};

static void lane_init(struct lane *l, struct wire *w, const char *name, const struct port_wire_ring *ring, size_t max)
{
	l->wire = w;
	l->name = name;
	l->ring = *ring;
	buf_init(&l->line, max);
	buf_init(&l->waiting, ring->fifo_bytes + 1);
	buf_init(&l->due, LANE_BYTES * 2);
}

struct port *port_wire_new(struct clock *clock, struct port *below, const struct port_wire_config *cfg)
{
	struct wire *w = calloc(1, sizeof(*w));

	if (!w) {
		port_free(below);
		return NULL;
	}
	w->port.ops = &wire_ops;
	w->below = below;
	w->clock = clock;
	w->trace = cfg->trace;
	w->split = cfg->split;
	lane_init(&w->out, w, "on the way to the host", &cfg->to_peer, LANE_BYTES);
	lane_init(&w->in, w, "on the way to the modem", &cfg->from_peer, IN_BYTES);
	w->out.sink = sink_below;
	w->out.early_ns = (uint64_t)below->latency_us * 1000;
	w->in.sink = sink_owner;
	w->in.behind_ns = w->out.early_ns;
	timer_init(&w->out.timer, on_out, w);
	timer_init(&w->in.timer, on_in, w);
	port_wire_set_baud(&w->port, cfg->baud);
	return &w->port;
}

void port_wire_set_baud(struct port *port, long baud)
{
	lane_set_baud(&wire_of(port)->out, baud);
	lane_set_baud(&wire_of(port)->in, baud);
}

unsigned long long port_wire_lost_to_peer(const struct port *port)
{
	return ((const struct wire *)port)->out.lost;
}

unsigned long long port_wire_lost_from_peer(const struct port *port)
{
	return ((const struct wire *)port)->in.lost;
}
