/*
 * A modem as a port: a serial device (libserialport), a PTY such as the emulator's (termios, since libserialport
 * refuses those), tcp://HOST:PORT, or rfc2217://HOST:PORT. When it goes away (an adapter is pulled out, a connection ends) the owner hears
 * PORT_EVENT_CLOSED; it is looked for under the same address until it is back, which is PORT_EVENT_OPENED.
 */
#ifndef HARNESS_PORT_BOARD_H
#define HARNESS_PORT_BOARD_H

#include <stdbool.h>

#include "base/err.h"
#include "harness/lines.h"
#include "io/loop.h"
#include "io/port.h"

/*
 * Opens address raw with baud (0: 115200).  A path may be a link (/dev/serial/by-id/...), which is resolved at each opening. NULL
 * with *e filled when it cannot be opened now. Its port_write() takes bytes while the board is there, -EIO when it is
 * gone.
 */
struct port *port_board_new(struct loop *loop, const char *address, long baud, struct err *e);

/* What is open, or was last: the device behind the links, or the address. */
const char *port_board_name(const struct port *port);

/* The line's speed from now on, kept over a loss; what was written before leaves with the old one. 0 or -errno. */
int port_board_set_baud(struct port *port, long baud);

/* Drives DTR or RTS. A PTY and a connection have none: -ENOTSUP. */
int port_board_set_line(struct port *port, enum serial_line which, bool on);

/* CTS, DSR, DCD and RI, with how often they moved where the driver counts that. -ENOTSUP as above. */
int port_board_get_lines(struct port *port, struct serial_lines *out);

#endif
