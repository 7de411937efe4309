/* Taking a board for a run. */
#include "harness/run_board.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/board/board.h"

struct run_board {
	struct boards *list;
	const char **has;
	int lock;
};

static int take(struct run_board *b, struct run_options *run, struct err *e)
{
	const struct board *board = boards_find(b->list, run->board, e);
	char why[160];
	int err;

	if (!board)
		return -ENODEV;
	if (board_out(board, why, sizeof(why)))
		return err_set(e, -ENODEV, "board %s is out: %s (hil boards check %s)", board->name, why, board->name);
	err = board_lock(board, &b->lock, e);
	if (err)
		return err;
	b->has = calloc(run->n_has + board->n_has + 1, sizeof(*b->has));
	if (!b->has)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < run->n_has; i++)
		b->has[i] = run->has[i];
	for (size_t i = 0; i < board->n_has; i++)
		b->has[run->n_has + i] = board->has[i];
	run->has = b->has;
	run->n_has += board->n_has;
	run->on_board = board;
	run->jobs = 1;
	return 0;
}

int run_board_take(struct run_board **out, struct run_options *run, struct err *e)
{
	struct run_board *b;
	int err;

	*out = NULL;
	if (run->target != HIL_TARGET_BOARD)
		return 0;
	b = calloc(1, sizeof(*b));
	if (!b)
		return err_set(e, -ENOMEM, "out of memory");
	b->lock = -1;
	b->list = boards_load(e);
	err = b->list ? take(b, run, e) : -EINVAL;
	if (!err)
		*out = b;
	else
		run_board_free(b);
	return err;
}

void run_board_free(struct run_board *b)
{
	if (!b)
		return;
	if (b->lock >= 0)
		close(b->lock);
	boards_free(b->list);
	free(b->has);
	free(b);
}
