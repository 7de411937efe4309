/* Commands of boards.yaml: what switches power, presses a key, writes a firmware. */
#ifndef BOARD_HOOK_H
#define BOARD_HOOK_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Runs a shell command and waits for it, at most within_us; then it and its children are killed. What it prints goes
 * to out, which may be NULL. 0: exit 0; -ETIMEDOUT; -EINVAL: another exit, or a signal; *e says which, with the last
 * line it printed.
 */
int hook_run(const char *command, uint64_t within_us, struct buf *out, struct err *e);

/* Appends text as one word of the shell. */
void hook_quote(struct buf *out, const char *text);

#endif
