/* Talking to a board before or beside a scenario: one command, its answer, waiting on the loop. */
#ifndef BOARD_LINE_H
#define BOARD_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "harness/board/board.h"
#include "io/loop.h"
#include "io/port.h"

struct board_line;

/* Opens the board's port. The loop is borrowed. NULL with *e filled. */
struct board_line *board_line_open(const struct board *b, struct loop *loop, struct err *e);
/* The same over a port of that board that is open already, and stays its own's. NULL when out of memory. */
struct board_line *board_line_over(const struct board *b, struct loop *loop, struct port *port);
/* Its port alone, at baud, or the board's own speed (0), which is looked for when that is `auto`. NULL with *e filled. */
struct port *board_port_open(const struct board *b, struct loop *loop, long baud, struct err *e);
/* Closes it; *port, when not NULL, gets the open port instead, without an owner. */
void board_line_close(struct board_line *l, struct port **port);

/*
 * Sends a command and waits for OK, ERROR or an error with a code. answer gets the lines before it, LF-ended, without
 * echo; may be NULL. 0: OK; -EPROTO: another result, which is then the answer's last line; -ETIMEDOUT; -EIO: the board
 * went away.
 */
int board_ask(struct board_line *l, const char *command, uint64_t within_us, struct buf *answer);

/* Waits for a whole line that is text. 0, -ETIMEDOUT or -EIO. */
int board_wait_line(struct board_line *l, const char *text, uint64_t within_us);

/*
 * Brings the modem to a known place: whatever it was saying is drained, a prompt is given up, AT is answered, echo is
 * on. With `baud: auto` its speed is found first; a modem that does not answer at the speed of boards.yaml is looked for
 * at others and brought back to it by AT+IPR. 0, or a negative error with *e filled.
 */
int board_sync(struct board_line *l, struct err *e);

/* What board_sync() found: the speed at which the modem answered first (0: the port has none), and bytes of the time before. */
long board_line_found_baud(const struct board_line *l);
size_t board_line_drained(const struct board_line *l);
/* The present speed of the line; 0: it has none. */
long board_line_baud(const struct board_line *l);

/* Presses a key of the board, or lets it go, as boards.yaml says; -ENOTSUP with *e filled when it does not. */
int board_line_press(struct board_line *l, int key, bool pressed, struct err *e);

/* The revision of AT+CGMR. 0, or a negative error with *e filled. */
int board_revision(struct board_line *l, char *out, size_t size, struct err *e);

/* Resets the modem as boards.yaml says and waits until it can be used; nothing when it says nothing. */
int board_reset(struct board_line *l, struct err *e);

#endif
