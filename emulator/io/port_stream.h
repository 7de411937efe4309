/* A listening socket as a port: TCP on loopback, a unix socket, an abstract unix socket. One client at a time. */
#ifndef IO_PORT_STREAM_H
#define IO_PORT_STREAM_H

#include "base/err.h"
#include "io/loop.h"
#include "io/port.h"

/*
 * address: "tcp:127.0.0.1:PORT" (PORT 0: any free one; an address that is not loopback is refused), "unix:PATH" (a stale
 * socket is replaced, and removed by port_free()), "abstract:NAME". The next client is accepted when the present one has
 * left. What is written while there is none is lost, as on an open line. NULL with *e filled on failure.
 */
struct port *port_stream_new(struct loop *loop, const char *address, struct err *e);

/* The address a client can use, with the real port number. */
const char *port_stream_name(const struct port *port);

#endif
