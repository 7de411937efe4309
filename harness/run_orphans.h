/* What a crashed worker leaves behind becomes a child of the runner, which ends it. */
#ifndef HARNESS_RUN_ORPHANS_H
#define HARNESS_RUN_ORPHANS_H

#include <stddef.h>
#include <sys/types.h>

/* From now on orphaned descendants become children of this process. */
void orphans_adopt(void);

/* Kills (by pid) and reaps every child that is not among the n known ones. Returns how many. */
unsigned orphans_kill(const pid_t *known, size_t n);

#endif
