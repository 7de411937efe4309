/* A pseudo-terminal as a port: any program that opens a serial device can be the host. */
#ifndef IO_PORT_PTY_H
#define IO_PORT_PTY_H

#include "base/err.h"
#include "io/loop.h"
#include "io/port.h"

/*
 * A new PTY, raw before anybody can know its path. link_path, when not NULL, becomes a symbolic link to it, replaced
 * atomically (a file that is no link is not touched) and removed by port_free(). NULL with *e filled on failure.
 */
struct port *port_pty_new(struct loop *loop, const char *link_path, struct err *e);

/* "/dev/pts/7" */
const char *port_pty_path(const struct port *port);

#endif
