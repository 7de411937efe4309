/*
 * A recording that plays the modem. Three ways to follow the host:
 *   exact     byte by byte: what was said before the host's byte n was followed by what the modem said then
 *   commands  command by command: spacing, client ids, credentials and what is given at prompts may differ
 *   urcs      an emulator answers, the recording adds what the modem said unasked, at its places between the commands
 * A state machine: its owner has the clock, gives it bytes and says what it wants said.
 */
#ifndef WIRE_PLAYBACK_H
#define WIRE_PLAYBACK_H

#include "base/buf.h"
#include "base/err.h"
#include "harness/wire/recording.h"

enum playback_match { PLAYBACK_MATCH_EXACT, PLAYBACK_MATCH_COMMANDS, PLAYBACK_MATCH_URCS };

/* All borrowed until the function returns. to_host is called by playback_run() and playback_profile(), never by
 * playback_host(). */
struct playback_hooks {
	void (*to_host)(const void *p, size_t n, void *ctx);
	/* To the emulator that stands behind the recording; NULL when there is none. */
	void (*to_profile)(const void *p, size_t n, void *ctx);
	/* A command that is not the recording's next one goes to the emulator. */
	void (*foreign)(const char *command, void *ctx);
	/* The host has said what the recording has no answer to, once; nothing more is said. */
	void (*wrong)(const char *what, void *ctx);
	void *ctx;
};

struct playback_options {
	enum playback_match match; /* urcs needs to_profile */
	double speed;		   /* of time: 1 as recorded, 0 without any */
	bool unknown_profile;	   /* commands: what the recording does not have is the emulator's to answer */
	struct playback_hooks hooks;
};

struct playback;

/* Reads r, which may go away afterwards. NULL: out of memory. */
struct playback *playback_new(const struct recording *r, const struct playback_options *o);
void playback_free(struct playback *r);

/* Time begins at now_us; before that nothing is said. */
void playback_begin(struct playback *r, uint64_t now_us);
/* Bytes of the host, and of the emulator behind. */
void playback_host(struct playback *r, uint64_t now_us, const void *p, size_t n);
void playback_profile(struct playback *r, uint64_t now_us, const void *p, size_t n);

/* When something is to be said next; false: nothing is before the host speaks. */
bool playback_due(const struct playback *r, uint64_t *due_us);
/* Says what is due. */
void playback_run(struct playback *r, uint64_t now_us);

/* Whether anything of the recording was not reached; what, in one line, appended to out (may be NULL). */
bool playback_left(const struct playback *r, struct buf *out);

/* "recorded", "fast" or "4x" as a speed. 0 or -EINVAL. */
int playback_speed(const char *timing, double *speed);

#endif
