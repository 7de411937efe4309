/* A recording as the host of a modem: its commands are given to the modem, whose answers are compared with the
 * recording's. */
#ifndef RECORD_AS_HOST_H
#define RECORD_AS_HOST_H

#include "harness/options.h"
#include "harness/wire/recording.h"

/*
 * Plays r to the modem at o->port and prints the differences. Each command waits for the one before it: its final
 * result and, where the recording has one, its own. speed: commands come no earlier than they did, 0: at once. An enum
 * hil_exit: FAIL when something differs.
 */
int as_host(const struct options *o, const struct recording *r, double speed);

#endif
