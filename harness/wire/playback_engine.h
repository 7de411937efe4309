/* Inside playback: what the three ways of following a host share. */
#ifndef WIRE_PLAYBACK_ENGINE_H
#define WIRE_PLAYBACK_ENGINE_H

#include "harness/wire/playback.h"

struct playback_engine {
	/* 0 or -ENOMEM; state is r->state from then on, freed by free. */
	int (*read)(struct playback *r, const struct recording *rec);
	void (*begin)(struct playback *r, uint64_t now_us);
	void (*host)(struct playback *r, uint64_t now_us, const char *p, size_t n);
	void (*profile)(struct playback *r, uint64_t now_us, const char *p, size_t n);
	/* Whether something may be said now. NULL: always. */
	bool (*may_speak)(const struct playback *r);
	bool (*left)(const struct playback *r, struct buf *out);
	void (*free)(struct playback *r);
};

extern const struct playback_engine playback_exact, playback_commands, playback_urcs;

/* Something to be said. */
struct playback_saying {
	uint64_t due_us;
	size_t end; /* in the mouth's bytes, counted from the first that ever waited */
};

struct playback {
	const struct playback_engine *engine;
	struct playback_options o;
	void *state;
	bool is_wrong;
	struct buf mouth; /* bytes that wait */
	struct playback_saying *sayings;
	size_t first, n, cap; /* of sayings */
	size_t said;	      /* bytes said so far */
};

/* What has passed of the recording's time, in the playback's. */
uint64_t playback_scaled(const struct playback *r, uint64_t us);

/* To be said at due_us, behind all that was to be said before. */
void playback_say(struct playback *r, uint64_t due_us, const void *p, size_t n);
/* What waits is due by now_us at the latest: the host goes on earlier than it did. */
void playback_hurry(struct playback *r, uint64_t now_us);

void playback_wrong(struct playback *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The escaped view of n bytes, cut after a line's worth. */
void playback_view(struct buf *out, const void *p, size_t n);

#endif
