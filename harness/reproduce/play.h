/* A script played against the emulator, in this process and in virtual time. */
#ifndef REPRODUCE_PLAY_H
#define REPRODUCE_PLAY_H

#include "base/err.h"
#include "harness/pool.h"
#include "harness/reproduce/script.h"
#include "harness/wire/exchange.h"
#include "harness/wire/recording.h"

/* What modems are made of, each read once. */
struct play_cache;

struct play_cache *play_cache_new(void);
void play_cache_free(struct play_cache *c);
/* That of a revision alone. NULL with *e filled on failure. */
struct target_setup;
const struct target_setup *play_cache_get(struct play_cache *c, const char *profile, struct err *e);

/* What the modem is for one run. All borrowed. */
struct play_setup {
	struct play_cache *cache; /* NULL: profile and world are read for this run */
	const char *profile;
	const char *quirks[4]; /* "name=value", up to the first NULL */
	const char *world;     /* a world file before the built-in one; NULL: none */
	long baud;	       /* 0: no pacing */
};

struct cause {
	const char *rule, *text;
	const char *quirk; /* NULL: none; then the rest is "" */
	const char *value, *evidence, *confidence;
};

/* The chain behind one result that was not success. */
struct why_note {
	size_t act; /* index into the script */
	const char *family, *meaning;
	int code;
	const struct cause *causes;
	size_t n_causes;
};

struct play {
	struct recording *recording; /* without silent acts; each event's line is 1 + the index of its act */
	struct conversation *talk;   /* the same, folded */
	const struct why_note *whys; /* of all acts */
	size_t n_whys;
	const char **results; /* per act: its result line, or its final one; NULL: no answer */
};

/*
 * Plays the script from a modem that is booted and registered. All of *out but recording and talk is the pool's;
 * play_free() in any case. 0 or a negative error with *e filled.
 */
int play_run(const struct play_setup *setup, const struct script *script, struct pool *pool, struct play *out,
	     struct err *e);
void play_free(struct play *p);

/*
 * The data as the modem wants it: exactly n bytes, by a line end more or others, by blanks, or cut. *how says what was
 * done, NULL when nothing was.
 */
const char *play_fit_data(struct pool *pool, const char *data, size_t len, size_t n, const char **how);

#endif
