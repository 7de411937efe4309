/*
 * A serial line on top of another port: bytes take their time, receivers that are too slow lose them, deliveries may be
 * cut. Bytes the other port cannot take yet wait; nothing grows without bound.
 */
#ifndef IO_PORT_WIRE_H
#define IO_PORT_WIRE_H

#include <stddef.h>

#include "base/trace.h"
#include "clock/clock.h"
#include "io/port.h"

/*
 * A receiver's ring: bytes arrive at line speed (115200 when the wire has none), the reader takes drain_bytes_per_ms,
 * and while the ring is full new bytes are lost. fifo_bytes 0: never; drain_bytes_per_ms 0: the reader is at once.
 */
struct port_wire_ring {
	size_t fifo_bytes;
	unsigned drain_bytes_per_ms;
};

struct port_wire_config {
	long baud;			/* both directions, 10 bits a byte; 0: no pacing */
	struct port_wire_ring to_peer;	/* the host's ring */
	struct port_wire_ring from_peer; /* the ring between host and modem */
	size_t split;			/* most bytes in one delivery, 0 any number */
	struct trace *trace;		/* losses go here; may be NULL */
};

/* Takes below over, even when it fails with NULL (out of memory). */
struct port *port_wire_new(struct clock *clock, struct port *below, const struct port_wire_config *cfg);

/* Changes the line speed for bytes written from now on; 0: no pacing. */
void port_wire_set_baud(struct port *port, long baud);

/* Bytes lost so far in full rings. */
unsigned long long port_wire_lost_to_peer(const struct port *port);
unsigned long long port_wire_lost_from_peer(const struct port *port);

#endif
