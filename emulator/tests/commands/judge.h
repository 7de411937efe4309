/* What a host may expect of the bytes of a modem, said a second time and independently of emulator/at. */
#ifndef COMMANDS_JUDGE_H
#define COMMANDS_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* The characters that make lines on a channel: S3, S4 and S5. */
struct judge_line {
	char end, feed, rub;
};

/*
 * Whether n bytes from a host at the beginning of a line are exactly one command line (or A/), complete with its last
 * byte; LF after its end is part of it.
 */
bool judge_is_one_line(const char *text, size_t n, const struct judge_line *how);

/* What of such a line comes back while echo is on: the line from its A to its end, without other control characters. */
void judge_echo(const char *text, size_t n, const struct judge_line *how, struct buf *echo);

struct judge_finals {
	unsigned results;  /* OK, ERROR, +CME ERROR, +CMS ERROR */
	unsigned connects; /* CONNECT ... */
	unsigned others;   /* NO CARRIER, BUSY ...: results that may also come by themselves */
};

/* Counts the final results among the lines of n bytes from a modem that answers in words with CR LF. */
struct judge_finals judge_finals(const char *text, size_t n);

#endif
