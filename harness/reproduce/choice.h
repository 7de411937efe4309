/* The connect that an answer tells of, when the log does not show it: to which broker, and in which words. */
#ifndef REPRODUCE_CHOICE_H
#define REPRODUCE_CHOICE_H

#include "harness/reproduce/log.h"

struct choice {
	const char *command;
	const char *why;
};

/* line: of the answer; ca: name of the CA file in force, "" for none. Texts are the log's pool's. */
struct choice choice_of_connect(const struct log *l, unsigned line, const char *ca);

#endif
