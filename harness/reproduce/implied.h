/* Which command an answer tells of: rows, and the look for the commands behind answers that stand alone in a log. */
#ifndef REPRODUCE_IMPLIED_H
#define REPRODUCE_IMPLIED_H

#include "harness/pool.h"
#include "harness/reproduce/dump.h"
#include "harness/reproduce/items.h"
#include "harness/reproduce/log.h"

enum implied_shape {
	IMPLIED_INFO,  /* lines, then OK */
	IMPLIED_LATE,  /* OK, then the line (or the line, then ERROR) */
	IMPLIED_EARLY, /* the line, then OK */
	IMPLIED_BOTH   /* OK stands on either side (manual 16.2.2) */
};

struct implied {
	const char *name; /* of the answer's command */
	enum implied_shape shape;
	const char *command; /* where the text has none of that name; NULL: it cannot be guessed */
};

/* The row of the command that gives this line, NULL when there is none. */
const struct implied *implied_find(const char *line);

/* A command that was not seen: it goes before item `before`. */
struct implied_command {
	size_t before; /* index of the first item that answers it */
	size_t last;   /* index of the last one */
	const char *command;
	const char *why; /* in words, with line numbers */
	unsigned line;	 /* of its first answer */
	bool silent;	 /* nothing answers it: the log shows what it did */
	bool connects;	 /* command is NULL: which broker is to be chosen still */
};

struct implied_list {
	struct implied_command *items;
	size_t n;
	const unsigned *unknown; /* lines of answers whose command nobody can tell */
	size_t n_unknown;
	struct dump first;   /* what the SSL contexts held when the log began */
	unsigned first_line; /* of the dump that tells it, 0: none does */
};

struct implied_list implied_commands(const struct log *l, const struct items *items);

#endif
