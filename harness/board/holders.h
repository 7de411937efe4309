/* Who else has a board's device open: what comes from a port goes to one of its readers. */
#ifndef BOARD_HOLDERS_H
#define BOARD_HOLDERS_H

#include <stddef.h>

#include "harness/board/board.h"

/* "ModemManager (812), cat (4711)" as far as /proc shows them to this user; "" when there is nobody, or no device. */
void board_holders(const struct board *b, char *out, size_t size);

#endif
