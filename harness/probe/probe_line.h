/* The modem that --port names, with the conversation on it: a board or a port of this machine, or the emulator in this
 * process. */
#ifndef PROBE_PROBE_LINE_H
#define PROBE_PROBE_LINE_H

#include "base/err.h"
#include "harness/probe/talk.h"

struct boards;
struct port;
struct target;

struct probe_line {
	struct clock *clock;
	struct loop *loop; /* NULL on the virtual clock */
	struct port *port; /* one of these */
	struct target *target;
	struct talk *talk;
	struct buf backlog; /* what the port did not take yet */
	struct boards *boards;
	int lock; /* on the board, -1: none */
};

/*
 * port: a board of boards.yaml, an address that port_board_new() takes, or "inproc:PROFILE" for an emulated modem on
 * the virtual clock, with the world of probe. baud 0: the board's. 0 or a negative error with *e filled;
 * probe_line_close() in both cases. The struct stays where it is.
 */
int probe_line_open(struct probe_line *l, const char *port, long baud, struct err *e);
void probe_line_close(struct probe_line *l);

#endif
