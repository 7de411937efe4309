/* Random command lines from the command tables themselves: what a table says is what is tried, inside and outside. */
#ifndef COMMANDS_GRAMMAR_H
#define COMMANDS_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

#include "at/at.h"
#include "base/buf.h"
#include "base/prng.h"
#include "profile/profile.h"

/* The rows of all tables in one list, and where each table begins. */
struct grammar {
	const struct at_cmd **row;
	size_t n;
	size_t *first; /* of table i in row; first[tables] is n */
	size_t tables;
};

/* From cmd_tables(). Ends the program when memory is out. */
void grammar_init(struct grammar *g);
void grammar_free(struct grammar *g);

/* n of 100 times. */
bool grammar_chance(struct prng *r, unsigned percent);
/* One of min to max. */
long grammar_number(struct prng *r, long min, long max);

/*
 * One command line without AT and its end: a command or several, mostly of table favourite and mostly right, for a
 * modem of profile. What is wrong is wrong in one place.
 */
void grammar_line(const struct grammar *g, struct prng *r, const struct profile *profile, size_t favourite,
		  struct buf *out);
/* n bytes for a prompt or data mode: words, text of other alphabets, hex, PDUs, noise. */
void grammar_payload(struct prng *r, size_t n, struct buf *out);
/* A line of the control language: one that is known to be right, or one made from the words of help (its text). */
void grammar_control(struct prng *r, const char *help, struct buf *out);

#endif
