/*
 * A story in a process of its own, so that whatever it does to the modem can be told: a broken rule, a crash with what
 * the sanitizers said, or no end. And the shortest part of a story that ends the same way.
 */
#ifndef COMMANDS_TRIAL_H
#define COMMANDS_TRIAL_H

#include "tests/commands/stage.h"

/* How a story ended: "" well, otherwise in words. */
struct verdict {
	char text[2000];
};

/* This process dies when it uses more time than any story needs. Asked again, it begins anew. */
void trial_watch(void);
/* Plays s to its end. setups is read only; the child has its own copy. */
void trial_run(const struct story *s, struct setups *setups, struct verdict *v);
/* Whether two verdicts are about the same thing: numbers and addresses in them do not count. */
bool trial_same(const struct verdict *a, const struct verdict *b);
/* Takes from s what it does not need to end like v, for at most so many seconds. Returns how many trials that took. */
unsigned trial_reduce(struct story *s, struct setups *setups, const struct verdict *v, unsigned seconds);

#endif
