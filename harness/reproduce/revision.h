/* Which shipped revision a log comes from: clues in the text and in the shape of the answers, each with its points. */
#ifndef REPRODUCE_REVISION_H
#define REPRODUCE_REVISION_H

#include "base/err.h"
#include "harness/reproduce/log.h"
#include "harness/reproduce/play.h"

/* A shipped revision, as its emulated modem tells of itself. */
struct revision {
	const char *name;	   /* of the profile */
	const char *revision;	   /* AT+CGMR */
	const char *model, *build; /* of AT+SIMCOMATI; build "" where it prints none */
	const char *settings; /* the lines of the control word `profile`: quirk=value TAB confidence TAB profile TAB
				 evidence */
	bool field; /* known from a few field reports alone */
};

struct revisions {
	struct revision *items; /* in the order of their names */
	size_t n;
};

/* Whether a log names a revision that is known from a few field reports alone: else nobody thinks of one. */
bool revisions_names_field(const struct log *l);
/*
 * Asks each shipped revision, with field also those known from a few field reports alone. All is the pool's. 0 or a
 * negative error with *e filled.
 */
int revisions_load(struct pool *pool, struct play_cache *cache, bool field, struct revisions *out, struct err *e);
/*
 * The revision of this name or alias, or of a profile's file, which is then added to *all. NULL with *e filled when
 * there is none.
 */
const struct revision *revisions_get(struct pool *pool, struct play_cache *cache, struct revisions *all,
				     const char *name, struct err *e);
const struct revision *revisions_find(const struct revisions *all, const char *name);

/* The value of a quirk, as text in pool; NULL when the profile does not set it. The others may be NULL. */
const char *revision_quirk(const struct revision *r, struct pool *pool, const char *quirk, const char **confidence,
			   const char **evidence);

/* What firmware of one kind can be loaded into has one family: "SIM7600M22". "" when the name tells none. */
const char *revision_family(const struct revision *r, struct pool *pool);

struct clue {
	const char *what; /* in words */
	const char *text; /* what was found, "" for a shape */
	unsigned line;	  /* 0: of the answers as a whole */
	int points;
};

struct ranked {
	const struct revision *revision;
	int score;
	bool named; /* the text names it */
	bool kin;   /* firmware of the same module as the default */
	const struct clue *clues;
	size_t n_clues;
};

/* Ranks all revisions, best first, into an array of all->n. talk is the log's conversation, completed. */
struct ranked *revisions_rank(const struct revisions *all, const struct log *l, const struct conversation *talk);

#endif
