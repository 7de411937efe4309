/*
 * The host's end of the line as a PTY: where a program finds the modem. The harness holds the other end, so that it is
 * a proxy and sees every byte.
 */
#ifndef HARNESS_HOST_PORT_H
#define HARNESS_HOST_PORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "io/loop.h"

struct host_port;

/* Borrowed until the function returns. */
struct host_port_hooks {
	void (*bytes)(const void *p, size_t n, void *ctx); /* what a program wrote */
	void (*left)(void *ctx); /* the last program that had it open has closed it; may be NULL */
	void *ctx;
};

/* link: a path that leads to it while it is there, or NULL. NULL with *e filled on failure. */
struct host_port *host_port_new(struct loop *loop, const char *link, const struct host_port_hooks *hooks,
				struct err *e);
void host_port_free(struct host_port *h);

/* "/dev/pts/7" */
const char *host_port_path(const struct host_port *h);

/* Bytes from the modem. What a program does not read at once is kept, up to 1 MB. */
void host_port_write(struct host_port *h, const void *p, size_t n);
/* What nobody has read is not for the next program. */
void host_port_clear(struct host_port *h);

/* Whether any program has it open. */
bool host_port_in_use(const struct host_port *h);

#endif
