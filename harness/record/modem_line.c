/* Nobody else may speak on a line that is recorded. */
#include "harness/record/modem_line.h"

#include <unistd.h>

#include "harness/port_board.h"

struct port *modem_line_open(struct modem_line *m, struct loop *loop, const char *what, unsigned baud, struct err *e)
{
	*m = (struct modem_line){ .boards = boards_load(e), .lock = -1 };
	m->board = m->boards ? boards_find(m->boards, what, e) : NULL;
	if (!m->board || board_lock(m->board, &m->lock, e))
		return NULL;
	return port_board_new(loop, m->board->port, baud ? (long)baud : m->board->baud, e);
}

void modem_line_close(struct modem_line *m)
{
	if (m->lock >= 0)
		close(m->lock);
	boards_free(m->boards);
}
