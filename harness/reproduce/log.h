/*
 * The log to be reproduced: the conversation of the chosen lines, and the rest of the text around it, which may name
 * the revision and the commands that the chosen lines leave out.
 */
#ifndef REPRODUCE_LOG_H
#define REPRODUCE_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "harness/import/import.h"
#include "harness/pool.h"
#include "harness/wire/exchange.h"

struct log_line {
	const char *text;   /* NUL-terminated, without line end */
	const char *author; /* who wrote it, NULL: not known */
	unsigned comment;   /* lines of one comment have one number */
	bool quoted;	    /* stood in another comment before */
};

struct log_command {
	const char *text;
	unsigned line;
};

/* A piece that was read as one: times inside it can be compared. */
struct log_part {
	unsigned first, last;
	bool timed; /* they are the log's own */
};

struct log {
	struct pool *pool;
	const char *name;	/* of the text, for messages */
	struct log_line *lines; /* see log_line_at() */
	unsigned first;		/* number of the first line: 1 unless the text is an excerpt */
	unsigned n_lines;
	unsigned from, to;	      /* the chosen ones */
	struct conversation *talk;    /* of the chosen ones */
	const struct log_part *parts; /* of the chosen lines */
	size_t n_parts;
	const struct log_command *commands; /* of the whole text, by line */
	size_t n_commands;
	unsigned damaged; /* lines that the importer found damaged, among the chosen ones */
};

/*
 * Reads a text. o->first_line and last_line choose; the rest is looked at for context. NULL with *e filled when o is
 * wrong; a text without conversation gives a log whose talk is empty.
 */
struct log *log_read(const char *name, const char *text, size_t n, const struct import_options *o, struct err *e);
void log_free(struct log *l);

/* Line number n, which must be between first and first + n_lines - 1. */
const struct log_line *log_line_at(const struct log *l, unsigned n);

/* The part that line belongs to, NULL when it is in none. */
const struct log_part *log_part_of(const struct log *l, unsigned line);

/*
 * The command of this name ("+CMQTTACCQ") that stands nearest before line; one inside the chosen lines is preferred,
 * one behind is the last choice. accept (may be NULL) may refuse a candidate. NULL: none.
 */
const struct log_command *log_find(const struct log *l, const char *name, unsigned line,
				   bool (*accept)(const char *command, const void *ctx), const void *ctx);

#endif
