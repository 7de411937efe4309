/* A serial device, a PTY or a TCP port as the line to a modem. */
#ifndef PROBE_LINE_FD_H
#define PROBE_LINE_FD_H

#include "base/err.h"
#include "harness/probe/talk.h"
#include "io/loop.h"

struct line_fd;

/*
 * Opens "/dev/ttyUSB2", a symbolic link to one, or "tcp://HOST:PORT", raw, at baud (0: as it is; a TCP port has none).
 * The loop is borrowed. NULL with *e filled.
 */
struct line_fd *line_fd_open(const char *port, long baud, struct loop *loop, struct err *e);
/* Who hears what comes; before that nothing is read. Borrowed. */
void line_fd_start(struct line_fd *l, struct talk *talk);
void line_fd_free(struct line_fd *l);

/* Bytes to the modem, kept while the line does not take them. The write of struct talk_io; ctx is the line. */
void line_fd_write(const void *p, size_t n, void *ctx);

#endif
