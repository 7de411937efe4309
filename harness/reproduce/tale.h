/*
 * The log made whole: the script to be played, the log's own conversation with the commands it leaves out filled in,
 * what had to be assumed for that, and the results that the session is about.
 */
#ifndef REPRODUCE_TALE_H
#define REPRODUCE_TALE_H

#include "base/err.h"
#include "harness/reproduce/broker.h"
#include "harness/reproduce/implied.h"
#include "harness/reproduce/items.h"
#include "harness/reproduce/log.h"
#include "harness/reproduce/script.h"

enum tale_ca {
	TALE_CA_RIGHT,	 /* the CA that ends the broker's chain */
	TALE_CA_DAMAGED, /* the same, cut */
	TALE_CA_OTHER	 /* one that signs something else */
};

/* What the log does not show and its answers depend on. All zero: as plain as can be. */
struct tale_guess {
	enum tale_ca ca;
	bool sni; /* enableSNI is 1 although nothing in the log says so */
};

struct assumption {
	const char *what; /* "AT+CMQTTSTART" or words */
	const char *why;
	unsigned line; /* of the log, 0: of none */
	bool before;   /* it was so when the log began */
	bool only_so;  /* a guess: the outcome fits with it and not without */
};

struct goal {
	size_t act;	  /* index into the script */
	const char *seen; /* the log's result line; NULL: the log has none */
	int code;
	bool ok;
	bool hangs;    /* the log shows a prompt that is never left; seen is NULL */
	unsigned line; /* of the result, else of the command */
};

struct tale {
	struct script script;
	struct recording *recording; /* of the log, completed */
	struct conversation *talk;   /* the same, folded: its commands are the script's without the silent ones */
	const struct assumption *assumed;
	size_t n_assumed;
	const struct goal *goals;
	size_t n_goals;
	const unsigned *unknown; /* lines whose command nobody can tell */
	size_t n_unknown;
	unsigned listed;    /* commands of lists that were passed over */
	bool ca_is_right;   /* a CA was assumed, and it is the one that ends the broker's chain */
	bool only_commands; /* the log has no answers */
	bool shows_sni;	    /* the log says what enableSNI is */
};

/* What is the same for all guesses. */
struct tale_parts {
	struct items items;
	struct implied_list implied;
};

struct tale_parts tale_parts(const struct log *l);

/* Everything but recording and talk is l's pool's; tale_free() in any case. 0 or a negative error with *e filled. */
int tale_build(const struct log *l, const struct tale_parts *parts, const struct tale_guess *guess, struct tale *out,
	       struct err *e);
void tale_free(struct tale *s);

/* Appends an act that puts a file of n bytes into the store of certificates. */
void tale_store(struct script *s, struct pool *pool, const char *name, const char *data, size_t n);

#endif
