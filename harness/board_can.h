/* What of a scenario cannot be had on a board, known before anything runs. */
#ifndef HARNESS_BOARD_CAN_H
#define HARNESS_BOARD_CAN_H

#include "harness/scenario.h"

struct board;
struct firmware;

/* Why a cell cannot be judged on this board, written to out; NULL when it can. */
const char *board_cannot(const struct cell *cell, const struct board *board, char *out, size_t size);

/* Why a cell cannot be judged with firmware on a board of its own, NULL when it can: no cable can be pulled, and what
 * it says to a modem of its own is not heard. */
const char *firmware_cannot(const struct cell *cell, const struct firmware *f);

/* A real modem says 32 and not why: what is wanted of that stream is left out, and a step of nothing else is a skip. */
bool board_leaves_out(const struct step *s);

#endif
