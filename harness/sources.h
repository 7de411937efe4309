/* The files a cell is made of: for --newer, which asks git about them, and for the digest of `hil list --json`. */
#ifndef HARNESS_SOURCES_H
#define HARNESS_SOURCES_H

#include <jansson.h>

#include "harness/scenario.h"

/* A file on disk; or part of this program, by its path below the top of the repository it was made from. */
enum source_kind { SOURCE_FILE, SOURCE_BUILT_IN };

typedef void source_func(const char *path, enum source_kind kind, void *ctx);

/* Scenario, includes, worlds, recordings, certificates and files that are sent; no profile. */
void sources_of_cell(const struct cell *cell, source_func *each, void *ctx);

/* The name of the cell's profile, the default one when it has none. */
const char *source_profile(const struct cell *cell);
/* The files of a profile: its own and those that it extends. None when it cannot be loaded. */
void sources_of_profile(const char *name, source_func *each, void *ctx);

enum { DIGEST_TEXT_MAX = 65 };

/*
 * SHA-256 as hex digits over all that decides what the cell does, here or on another machine: the bytes of its files,
 * its variables, and every value of its profile. profiles: a JSON object that keeps what was found out of profiles for
 * the next cell; NULL: there is none.
 */
void source_digest(const struct cell *cell, json_t *profiles, char out[DIGEST_TEXT_MAX]);

#endif
