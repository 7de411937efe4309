/* Inside the comparison: a conversation with the texts that are compared beside it. */
#ifndef WIRE_TURNS_H
#define WIRE_TURNS_H

#include "harness/wire/exchange.h"
#include "harness/wire/normalise.h"

struct turn_line {
	const struct exchange_line *line;
	const char *text;  /* with stand-ins */
	const char *kind;  /* with what it may stand together although it differs; NULL: nothing */
	uint32_t replaced; /* rows of normalise */
};

struct turn {
	const struct exchange *x;
	const char *command; /* with stand-ins; NULL: unsolicited */
	const char *data;    /* with stand-ins; NULL: none */
	const char *near;    /* command with its first argument, or an unsolicited line up to its colon; NULL: none */
	const char *answer;  /* lines without the echo, each with LF */
	const char *all;     /* data and answer */
	const struct turn_line *lines; /* without the echo */
	size_t n_lines;
	uint32_t command_replaced, data_replaced;
	bool echoed;
};

struct turns {
	struct turn *items;
	size_t n;
	struct turn_line *lines;
	struct buf text;
};

/* Fills *t from c, which has to outlive it. 0 or -ENOMEM; turns_free() in both cases. */
int turns_init(struct turns *t, const struct conversation *c, struct normaliser *n);
void turns_free(struct turns *t);

#endif
