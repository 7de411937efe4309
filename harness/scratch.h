/* Short-lived folders of a cell, named after the process that made them so that whoever survives it can clear up. */
#ifndef HARNESS_SCRATCH_H
#define HARNESS_SCRATCH_H

#include <sys/types.h>

#include "base/err.h"

enum { SCRATCH_PATH_MAX = 64 };		/* sockets are made in it, whose paths are short */

/* Makes one under $XDG_RUNTIME_DIR, or /tmp. 0 or a negative error with *e filled; path is "" then. */
int scratch_make(char path[SCRATCH_PATH_MAX], struct err *e);
/* Removes it with all that is in it. "" is fine. */
void scratch_remove(const char *path);
/* Removes those of a process that is no more. */
void scratch_remove_of(pid_t pid);

/* The folder and all above it, as mkdir -p makes them. path is written to and restored. 0 or a negative errno. */
int scratch_dirs(char *path);

#endif
