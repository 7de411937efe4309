/* A PTY and what waits for a program that does not read. No judgement of bytes. */
#include "harness/host_port.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "io/port_pty.h"

enum { BACKLOG_MAX_BYTES = 1 << 20 };

struct host_port {
	struct host_port_hooks hooks;
	struct port *port;
	struct buf backlog;
};

static void on_bytes(const void *p, size_t n, void *ctx)
{
	struct host_port *h = ctx;

	h->hooks.bytes(p, n, h->hooks.ctx);
}

static void flush_backlog(struct host_port *h)
{
	long n = 1;

	while (h->backlog.len && n > 0) {
		n = port_write(h->port, h->backlog.data, h->backlog.len);
		if (n > 0)
			buf_drop(&h->backlog, (size_t)n);
	}
}

static void on_event(enum port_event ev, void *ctx)
{
	struct host_port *h = ctx;

	if (ev == PORT_EVENT_WRITABLE)
		flush_backlog(h);
	if (ev == PORT_EVENT_CLOSED && h->hooks.left)
		h->hooks.left(h->hooks.ctx);
}

struct host_port *host_port_new(struct loop *loop, const char *link, const struct host_port_hooks *hooks, struct err *e)
{
	struct host_port *h = calloc(1, sizeof(*h));

	if (!h) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	h->hooks = *hooks;
	buf_init(&h->backlog, BACKLOG_MAX_BYTES);
	h->port = port_pty_new(loop, link, e);
	if (h->port) {
		port_set_owner(h->port, on_bytes, on_event, h);
		return h;
	}
	host_port_free(h);
	return NULL;
}

void host_port_free(struct host_port *h)
{
	if (!h)
		return;
	port_free(h->port);
	buf_free(&h->backlog);
	free(h);
}

const char *host_port_path(const struct host_port *h)
{
	return port_pty_path(h->port);
}

void host_port_write(struct host_port *h, const void *p, size_t n)
{
	buf_add(&h->backlog, p, n);
	flush_backlog(h);
}

void host_port_clear(struct host_port *h)
{
	buf_reset(&h->backlog);
	port_flush(h->port);
}

bool host_port_in_use(const struct host_port *h)
{
	return !h->port->away;
}
