/* The recording that a scenario's modem.replay names. */
#ifndef HARNESS_REPLAY_FILE_H
#define HARNESS_REPLAY_FILE_H

#include "base/err.h"
#include "harness/scenario.h"
#include "harness/wire/playback.h"

/*
 * Reads it, once its digest is the one that is written down, and fills o but for the hooks. NULL with *e filled: where
 * the scenario says replay, or the place in the recording.
 */
struct recording *replay_open(const struct replay *r, struct playback_options *o, struct err *e);

#endif
