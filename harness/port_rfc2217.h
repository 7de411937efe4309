/*
 * A serial port of another machine whose server speaks RFC 2217 (ser2net, hub4com): bytes, speed and lines over telnet,
 * by libgensio. Where hil was built without it, opening says so.
 */
#ifndef HARNESS_PORT_RFC2217_H
#define HARNESS_PORT_RFC2217_H

#include <stdbool.h>

#include "base/err.h"
#include "harness/lines.h"
#include "io/loop.h"
#include "io/port.h"

/* Whether address is "rfc2217://HOST:PORT". */
bool is_rfc2217(const char *address);

/* As port_board_new(), for such an address. */
struct port *port_rfc2217_new(struct loop *loop, const char *address, long baud, struct err *e);

/* Whether port is one of these; the rest is for such ports alone, and means what it does in port_board.h. */
bool port_is_rfc2217(const struct port *port);
const char *port_rfc2217_name(const struct port *port);
int port_rfc2217_set_baud(struct port *port, long baud);
int port_rfc2217_set_line(struct port *port, enum serial_line which, bool on);
int port_rfc2217_get_lines(const struct port *port, struct serial_lines *out);

#endif
