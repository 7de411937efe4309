/* The thin side of a port: calls go straight to the back end. */
#include "io/port.h"

void port_set_owner(struct port *port, port_rx_func_t rx, port_event_func_t event, void *ctx)
{
	port->rx = rx;
	port->event = event;
	port->ctx = ctx;
	if (port->ops->owned)
		port->ops->owned(port);
}

long port_write(struct port *port, const void *p, size_t n)
{
	return port->ops->write(port, p, n);
}

void port_pause(struct port *port, bool paused)
{
	port->ops->pause(port, paused);
}

void port_flush(struct port *port)
{
	port->ops->flush(port);
}

long port_peer_baud(struct port *port)
{
	return port->ops->peer_baud(port);
}

void port_free(struct port *port)
{
	if (port)
		port->ops->free(port);
}
