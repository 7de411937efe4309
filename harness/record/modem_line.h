/* The modem that --port means: a board of boards.yaml by its name, any free one of a pool, or an address. */
#ifndef RECORD_MODEM_LINE_H
#define RECORD_MODEM_LINE_H

#include "base/err.h"
#include "harness/board/board.h"
#include "io/loop.h"
#include "io/port.h"

struct modem_line {
	struct boards *boards;
	const struct board *board; /* NULL: there is none */
	int lock;		   /* -1 */
};

/*
 * Finds it, takes it for as long as *m is open, and opens its port with baud (0: the board's own). NULL with *e filled;
 * modem_line_close() in both cases.
 */
struct port *modem_line_open(struct modem_line *m, struct loop *loop, const char *what, unsigned baud, struct err *e);
/* The port is freed by then. */
void modem_line_close(struct modem_line *m);

#endif
