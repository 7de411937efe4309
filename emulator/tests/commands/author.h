/* Writes a story while it is played: what a host does next depends on what the modem is in the middle of. */
#ifndef COMMANDS_AUTHOR_H
#define COMMANDS_AUTHOR_H

#include "tests/commands/grammar.h"
#include "tests/commands/stage.h"

enum { STORIES_A_MODEM = 24 };	/* with the same revision and quirks, from a multiple of it on */

struct author {
	const struct grammar *grammar;
	struct prng prng;
	size_t favourite[2];	   /* command families of this story */
	const char *const *recipe; /* what is left of the one that is followed; NULL: none */
	struct buf help;	   /* of the control language */
};

/* What kind of modem the story of a seed is about. only NULL: any revision. */
void author_begin(struct author *a, const struct grammar *g, uint64_t seed, const char *only, struct story *s);
void author_end(struct author *a);
/* The next act, added to s; the stage is where the acts so far have led. */
const struct act *author_next(struct author *a, struct stage *st, struct story *s);

#endif
