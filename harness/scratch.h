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

#endif
