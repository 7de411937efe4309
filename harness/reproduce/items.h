/* A conversation as a row of commands and of answers that nobody is seen to have asked for. */
#ifndef REPRODUCE_ITEMS_H
#define REPRODUCE_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/pool.h"
#include "harness/wire/exchange.h"

/* A command with its answer, or one line without a command: command is NULL then, and there is one line. */
struct item {
	const char *command;
	const char *data; /* given at its prompt, NULL: none */
	size_t data_len;
	const struct exchange_line *lines; /* without the echo; texts are borrowed from the conversation */
	size_t n_lines;
	unsigned line; /* of the log, 0: not known */
	uint64_t t_us;
};

struct items {
	struct item *items;
	size_t n;
	bool only_commands; /* a list of commands: the log has no answer at all */
	unsigned listed;    /* commands left out because they are such a list beside a log with answers */
};

/* All of it is the pool's, but the texts of lines, which are c's. In the order of the log's lines. */
struct items items_of(const struct conversation *c, struct pool *pool);

/* The text of an item without a command; "" for a command. */
const char *item_text(const struct item *it);
/* Whether a command got as far as a prompt. */
bool item_prompts(const struct item *it);
/* Final result, and the command's own result, of a command; NULL: none. */
const struct exchange_line *item_final(const struct item *it);
const struct exchange_line *item_result(const struct item *it);

#endif
