/* The board a run is on: found, locked for as long as the run takes, and what it has added to what the machine has. */
#ifndef HARNESS_RUN_BOARD_H
#define HARNESS_RUN_BOARD_H

#include "base/err.h"
#include "harness/hil.h"

struct run_board;

/*
 * For HIL_TARGET_BOARD sets run->on_board, run->has and run->jobs, which is 1, since a board has one user at a time;
 * nothing for other targets, then *out is NULL. 0, or a negative error with *e filled.
 */
int run_board_take(struct run_board **out, struct run_options *run, struct err *e);
/* Lets the board go. NULL is fine. */
void run_board_free(struct run_board *b);

#endif
