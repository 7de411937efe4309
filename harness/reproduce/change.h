/* What could be done differently: rows, each tried on the failing session, and the search for the smallest that works.
 */
#ifndef REPRODUCE_CHANGE_H
#define REPRODUCE_CHANGE_H

#include "base/err.h"
#include "harness/reproduce/play.h"
#include "harness/reproduce/revision.h"
#include "harness/reproduce/tale.h"

/* From the smallest on; the cost of a change is the base of its class and a little more for what weighs more inside it.
 */
enum change_class {
	CHANGE_SETTING,	 /* one AT command before the failing one */
	CHANGE_FILE,	 /* a certificate */
	CHANGE_FIRMWARE, /* another revision for the same module */
	CHANGE_BROKER,
	CHANGE_MODULE, /* another module */
	CHANGE_CLASSES
};

/* "setting", "certificate", ... */
const char *change_class_name(enum change_class class);

struct change {
	enum change_class class;
	unsigned cost;
	const char *what; /* a command, or words */
	const char *note; /* what it costs or risks, "" for nothing */
	/* how: any of these */
	const char *command;	      /* before the failing one */
	const char *file, *file_name; /* stored under that name first */
	const char *file2, *file2_name;
	const char *commands[3]; /* after them */
	const struct revision *revision;
	const struct broker *broker;
	bool whole_data;   /* the failing command's data in its declared length */
	const char *field; /* the SSL tag it sets, NULL: none; two changes of one field exclude each other */
};

struct tried {
	const struct change *a, *b; /* b NULL: a alone */
	const char *result;	    /* of the failing command, NULL: no answer */
	bool ok;
	const struct cause *cause; /* of a result that is not ok, NULL: none is known */
	bool refused;		   /* the modem does not take the change itself */
};

struct search {
	const struct tried *tried; /* single changes in the order of their cost, then pairs */
	size_t n;
	const struct tried *best; /* the smallest that works, NULL: none does */
	/* The smallest single change after which something else is wrong; NULL: there is none. */
	const struct tried *next;
	unsigned runs;
};

/* The failing session, and what it ran on. All borrowed. */
struct change_case {
	const struct play_setup *setup;
	const struct script *script;
	size_t act;	    /* the command that fails */
	const char *result; /* its result now */
	const char *rule;   /* of its cause, "" for none */
	const struct revision *revision;
	const struct revisions *revisions;
	bool ca_known_good; /* the CA in the store is the right one already */
};

/* Tries single changes, and pairs when no single one works. All is the pool's. 0 or a negative error with *e filled. */
int change_search(const struct change_case *c, struct pool *pool, struct search *out, struct err *e);

#endif
