/* A log against the emulator: the revision, the assumptions that make its answers fit, both conversations, and the
 * search. */
#ifndef REPRODUCE_REPRODUCE_H
#define REPRODUCE_REPRODUCE_H

#include "base/err.h"
#include "harness/reproduce/change.h"
#include "harness/reproduce/log.h"
#include "harness/reproduce/loss.h"
#include "harness/reproduce/play.h"
#include "harness/reproduce/revision.h"
#include "harness/reproduce/tale.h"
#include "harness/scratch.h"
#include "harness/wire/compare.h"

enum { REPRODUCTION_ALSO_MAX = 4 };

/* Another reading that fits. */
struct also {
	const char *opening; /* what the log leaves open, in words */
	const char *broker;  /* what a broker that no world knows would do then; NULL: as it was taken */
};

struct reproduction {
	const struct log *log; /* borrowed */
	struct revisions revisions;
	struct ranked *ranked;		 /* all revisions, best first */
	const struct revision *revision; /* the one that was played */
	bool given;			 /* by the user */
	struct tale tale;
	struct play_cache *cache;
	struct play_setup setup;
	struct play play;
	struct comparison *comparison; /* A is the log, B the emulator */
	struct divergences *cuts;      /* answers that lost their end, declared; NULL: none */
	size_t n_cuts;
	struct losses losses;	    /* of them, those that lost their end */
	size_t fits;		    /* goals with the same outcome */
	size_t shown;		    /* goals whose outcome the log shows */
	size_t focus;		    /* index of the goal that is explained */
	char dir[SCRATCH_PATH_MAX]; /* of world files, "" when none was needed */
	const char *stand_in;	    /* what the broker that no world knows was taken to do, NULL: it was known */
	const char *stand_in_host;
	struct also also[REPRODUCTION_ALSO_MAX];
	size_t n_also;
	bool searched;
	struct search search;
};

/*
 * Plays l. profile NULL: guessed. 0; -ENOENT when the log holds no command and no answer that tells of one; else
 * another negative error with *e filled. reproduction_free() in any case.
 */
int reproduce_log(const struct log *l, const char *profile, struct reproduction *out, struct err *e);
void reproduction_free(struct reproduction *r);

/* Every outcome that the log shows came out the same, and it shows one. */
bool reproduction_fits(const struct reproduction *r);

/* The result of goal i on the emulator, NULL: no answer; and its chain, NULL: none. */
const char *reproduction_result(const struct reproduction *r, size_t goal);
const struct why_note *reproduction_why(const struct reproduction *r, size_t goal);

#endif
