/* Inside the list of boards: one entry of boards.yaml into its struct. */
#ifndef BOARD_BOARDS_READ_H
#define BOARD_BOARDS_READ_H

#include "base/yml.h"
#include "harness/board/board.h"
#include "harness/pool.h"

/* 0, or -EINVAL with *e = file:line:column. Texts are those of the tree, lists the pool's. */
int board_read(struct pool *pool, const struct yml_node *n, struct board *out, struct err *e);
int firmware_read(const struct yml_node *n, struct firmware *out, struct err *e);

/* Of a board that no file describes. */
void board_no_wires(struct board *b);

#endif
