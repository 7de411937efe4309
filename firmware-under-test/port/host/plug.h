/*
 * A serial port that may be pulled and put back under the same path, as a USB
 * adapter with a link of udev is. What is written while it is out is lost, as
 * on an open line.
 */
#ifndef PORT_HOST_PLUG_H
#define PORT_HOST_PLUG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "port/host/serial.h"

/* How often a port that is out is looked for, and how long. */
#define PLUG_RETRY_MS 100u
#define PLUG_PATIENCE_MS 30000u

struct plug {
	const char *path; /* borrowed */
	unsigned baud;
	struct serial *serial; /* NULL while it is out */
	uint32_t out_ms;       /* when it went */
	uint32_t tried_ms;
};

/* Now, in milliseconds that wrap around. */
uint32_t plug_now_ms(void);

/*
 * Opens a port that is there. Returns 0, or -1 with one line of reason in
 * err. The owner calls plug_close().
 */
int plug_open(struct plug *p, const char *path, unsigned baud, char *err,
	      size_t err_size);

/* Descriptor to poll(2) on; -1, which poll passes over, while it is out. */
int plug_fd(const struct plug *p);

/* Reads after poll(2) said revents. Returns the count, 0: nothing. */
size_t plug_read(struct plug *p, short revents, uint8_t *bytes, size_t n);

/* Writes what fits and returns the count; all of it while it is out. */
size_t plug_write(struct plug *p, const uint8_t *bytes, size_t n);

enum plug_state { PLUG_IN, PLUG_BACK, PLUG_OUT, PLUG_GONE };

/*
 * Looks for a port that is out. PLUG_BACK: this call has found it; PLUG_OUT:
 * to be called again within PLUG_RETRY_MS; PLUG_GONE: it does not come back.
 */
enum plug_state plug_look(struct plug *p);

/* The longest a poll(2) may wait: ms, less while the port is out. */
int plug_wait_ms(const struct plug *p, int ms);

void plug_close(struct plug *p);

#endif
