/*
 * The modem's own line speed on top of a port that knows its host's: between two speeds bytes become others, and a
 * modem that looks for its host's speed hears nothing until it has it.
 */
#ifndef IO_PORT_SPEED_H
#define IO_PORT_SPEED_H

#include <stdbool.h>

#include "base/trace.h"
#include "io/port.h"

struct port_speed_config {
	bool exact;	     /* false: a host at another speed is understood all the same */
	struct trace *trace; /* what became of bytes; may be NULL */
	/* The host's speed was found in its AT or at, which is consumed. Called before the bytes behind it. */
	void (*found)(long baud, void *ctx);
	void *ctx;
};

/* Takes below over, even when it fails with NULL (out of memory). The speed is 115200. */
struct port *port_speed_new(struct port *below, const struct port_speed_config *cfg);

/* From now on; 0: the host's, which is looked for. */
void port_speed_set(struct port *port, long baud);

#endif
