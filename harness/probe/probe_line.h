/* The modem that --port names, with the conversation on it: a device, a socket, or the emulator in this process. */
#ifndef PROBE_PROBE_LINE_H
#define PROBE_PROBE_LINE_H

#include "base/err.h"
#include "harness/probe/talk.h"

struct line_fd;
struct target;

struct probe_line {
	struct clock *clock;
	struct loop *loop;    /* NULL on the virtual clock */
	struct line_fd *line; /* one of these */
	struct target *target;
	struct talk *talk;
};

/*
 * port: what line_fd_open() takes, or "inproc:PROFILE" for an emulated modem on the virtual clock, with the world of
 * probe. 0 or a negative error with *e filled; probe_line_close() in both cases. The struct stays where it is.
 */
int probe_line_open(struct probe_line *m, const char *port, long baud, struct err *e);
void probe_line_close(struct probe_line *m);

#endif
