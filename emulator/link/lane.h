/*
 * One direction of a modelled connection: what is under way arrives in the order it was sent, each at its time, unless
 * the receiver holds the lane. One timer a lane, whatever is under way.
 */
#ifndef LINK_LANE_H
#define LINK_LANE_H

#include <bsd/sys/queue.h>

#include "link/link_stream.h"

enum segment_kind {
	SEGMENT_OPEN,	/* to the server: the connection stands */
	SEGMENT_DATA,
	SEGMENT_ACK,	/* to the modem: acked and room */
	SEGMENT_END,	/* status LINK_PEER_CLOSED or LINK_RESET, reason */
	SEGMENT_ACCEPT, /* to a listening stream: accepted */
};

struct segment {
	STAILQ_ENTRY(segment) entry;
	uint64_t due_us;
	enum segment_kind kind;
	enum link_status status;
	uint64_t acked, room; /* bytes of the connection that have arrived, and that have been read */
	struct model_stream *accepted;
	char from[LINK_STREAM_ADDRESS_SIZE]; /* UDP */
	uint16_t from_port;
	char reason[96];
	size_t len;
	unsigned char data[];
};

/* Called for each segment at its time, which the callee frees; it may clear the lane. */
typedef void (*lane_func_t)(struct segment *s, void *ctx);

struct lane {
	STAILQ_HEAD(, segment) queue;
	struct timer timer;
	struct clock *clock;
	lane_func_t func;
	void *ctx;
	size_t bytes; /* of data under way or held */
	bool held;
};

void lane_init(struct lane *l, struct clock *clock, lane_func_t func, void *ctx);

/*
 * A segment that arrives delay_us from now, or with the one before it if that is later. Its other members may be filled
 * until it arrives, which is never inside this call. NULL: out of memory.
 */
struct segment *lane_push(struct lane *l, enum segment_kind kind, const void *data, size_t len, uint64_t delay_us);

/* true: nothing arrives; false: what is due does, from the clock. */
void lane_hold(struct lane *l, bool held);

/* Forgets what is under way. Streams that wait to be accepted are the caller's to take out before. */
void lane_clear(struct lane *l);

#endif
