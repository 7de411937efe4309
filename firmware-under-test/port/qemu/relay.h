/* Bytes between a UART of the machine and a port of this host. The port may be pulled: the machine's UART stays. */
#ifndef PORT_QEMU_RELAY_H
#define PORT_QEMU_RELAY_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "port/host/plug.h"

/* What one side has given and the other not taken yet. */
struct relay_way {
	uint8_t bytes[512];
	size_t n;
};

struct relay {
	struct plug plug;
	int uart; /* a stream socket, QEMU at its other end */
	struct relay_way in, out; /* from the port, to the port */
};

/* What to poll(2) for: the port, then the UART. A side is read only when the other has taken all. */
void relay_wants(const struct relay *r, struct pollfd fds[2]);

/* Moves what can be moved after poll(2). */
void relay_move(struct relay *r, const struct pollfd fds[2]);

#endif
