/* The rows of AT+CSSLCFG? as settings: what a context holds, and the commands that lead from one state to another. */
#ifndef REPRODUCE_DUMP_H
#define REPRODUCE_DUMP_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/pool.h"

enum { DUMP_CONTEXTS = 10, DUMP_FIELDS = 10 };

/* The fields of one context, as text without quotes, in the order of dump_tag(). NULL: not known. */
struct dump_context {
	const char *field[DUMP_FIELDS];
};

struct dump {
	struct dump_context context[DUMP_CONTEXTS];
};

/* "sslversion", "authmode", ...: the tag of field i in AT+CSSLCFG="TAG",... */
const char *dump_tag(size_t i);

/* All contexts as after power-on. */
struct dump dump_default(void);

/* Takes one row into d; false for what is no whole row (a damaged one changes nothing). columns (may be NULL): its
 * fields. */
bool dump_take(struct dump *d, struct pool *pool, const char *line, size_t *columns);

/* The commands that make b out of a, appended to *list (n counted on). Fields that no command can set are left out. */
const char **dump_commands(const struct dump *a, const struct dump *b, struct pool *pool, const char **list, size_t *n);

/*
 * AT+CSSLCFG="TAG",CTX,VALUE taken apart; false for any other command. *field is its index, value without quotes.
 */
bool dump_setting(const char *command, struct pool *pool, size_t *field, unsigned *ctx, const char **value);
/* Whether field i names a file of the certificate store. */
bool dump_is_file(size_t i);

#endif
