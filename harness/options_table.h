/* Inside the options: the rows of all flags. */
#ifndef HARNESS_OPTIONS_TABLE_H
#define HARNESS_OPTIONS_TABLE_H

#include "harness/options.h"

enum option_type {
	OPTION_FLAG,		/* bool */
	OPTION_COUNT,		/* int, one more each time */
	OPTION_QUIET,		/* int, -1 */
	OPTION_TEXT,		/* const char * */
	OPTION_PATH,		/* const char *; in .hil.yaml relative to that file */
	OPTION_TEXTS,		/* struct strings, each time one more */
	OPTION_WORDS,		/* struct strings, separated by commas */
	OPTION_UINT,		/* unsigned from min to max; without an argument (optional) 1 */
	OPTION_SEED,		/* uint64_t and a bool that says it was given */
	OPTION_SCALE,		/* double, more than 0 */
	OPTION_DURATION,	/* uint64_t, microseconds */
	OPTION_CHOICE		/* int, index of a word */
};

struct option_row {
	const char *name;		/* without the dashes; HIL_NAME in the environment; the key in .hil.yaml */
	char letter;			/* 0: none */
	enum option_type type;
	size_t at;
	size_t at_given;		/* bool, 0: none; of numbers and seeds */
	const char *const *words;
	unsigned min, max;
	const char *argument;		/* for help; NULL: takes none */
	bool optional;			/* the argument, only as --name=X */
	unsigned verbs;			/* 1u << VERB_* */
	const char *help;
};

extern const struct option_row option_rows[];	/* ends with a NULL name */

/* The row called name, or NULL. */
const struct option_row *option_find(const char *name);

#endif
