/*
 * The tap: passes bytes between a host's port and a board's, both ways, and writes down what passed. Bytes are passed
 * on before they are written down; who reads slowly slows the other side, and nothing grows beyond its bound.
 */
#ifndef RECORD_TAP_H
#define RECORD_TAP_H

#include <stdbool.h>

#include "base/err.h"
#include "io/loop.h"
#include "io/port.h"

struct tap;

struct tap_options {
	struct loop *loop;
	struct port *host;   /* where the firmware is: a PTY; owned from here on, also on failure */
	struct port *board;  /* of port_board_new(); owned, too */
	const char *address; /* of the board, as it was given */
	const char *file;    /* of the recording; "-": standard output */
	bool follow_baud;    /* the board gets the speed that the firmware sets */
	bool show;	     /* the conversation on standard error */
};

/* NULL with *e filled: the file cannot be made. */
struct tap *tap_new(const struct tap_options *o, struct err *e);

/* Completes the file. 0, or the negative error for which the recording is not whole. */
int tap_free(struct tap *t);

#endif
