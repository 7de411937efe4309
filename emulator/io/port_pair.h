/* Two ports joined in process: what one writes the other receives, by the clock, never from inside port_write(). */
#ifndef IO_PORT_PAIR_H
#define IO_PORT_PAIR_H

#include "clock/clock.h"
#include "io/port.h"

/*
 * Each end is freed on its own; writing to an end whose twin is gone returns -EIO. Bytes written before the twin has
 * an owner wait. limit_bytes bounds what waits in each direction (port_write then takes fewer). 0 or -ENOMEM.
 */
int port_pair_new(struct clock *clock, size_t limit_bytes, struct port **a, struct port **b);

/* The speed of this end, which its twin sees as port_peer_baud(); 0, as at the beginning: unknown. */
void port_pair_set_baud(struct port *port, long baud);

#endif
