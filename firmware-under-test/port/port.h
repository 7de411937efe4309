/*
 * The one seam between the client and the machine it runs on.
 *
 * A port fills one struct port and drives the five functions of core/node.h.
 * The core calls nothing else: no clock, no file, no library beyond string.h.
 */
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include <stddef.h>
#include <stdint.h>

enum port_log_level {
	PORT_LOG_ERROR,
	PORT_LOG_INFO,
	PORT_LOG_DEBUG,
};

struct port {
	void *ctx; /* handed back to every function below */

	/*
	 * Send bytes to the modem. May take fewer than n, also none; the core
	 * offers the rest again from node_poll(). Called from node_poll() only,
	 * so an in-process modem may answer by node_rx() after it returns.
	 */
	size_t (*tx)(void *ctx, const uint8_t *p, size_t n);

	/* Milliseconds from any start; may wrap. */
	uint32_t (*now_ms)(void *ctx);

	/*
	 * One event as text without line end; level is a port_log_level.
	 * The text is borrowed until the function returns.
	 */
	void (*log)(void *ctx, int level, const char *text);
};

#endif
