/*
 * A byte pipe: what carries bytes between the emulated modem and a host program. Back ends: pty, pair (in process),
 * later tcp, unix and abstract sockets; wire stacks on any of them (pacing, splitting, receive impairment).
 */
#ifndef IO_PORT_H
#define IO_PORT_H

#include <stdbool.h>
#include <stddef.h>

struct port;

enum port_event {
	PORT_EVENT_WRITABLE,	/* a short write may be tried again */
	PORT_EVENT_OPENED,	/* a peer opened the other end */
	PORT_EVENT_CLOSED,	/* the last peer left: what a real tty shows as a DTR drop */
	PORT_EVENT_BAUD,	/* the peer's line speed changed; see port_peer_baud() */
};

/* Bytes from the peer; borrowed until it returns. May be called from inside port_write() by a pair, never by a pty. */
typedef void (*port_rx_func_t)(const void *p, size_t n, void *ctx);
typedef void (*port_event_func_t)(enum port_event ev, void *ctx);

struct port_ops {
	/* Takes up to n bytes and returns how many (0: the peer does not read), or -errno when the port is gone. */
	long (*write)(struct port *port, const void *p, size_t n);
	/* Stops and resumes reading from the peer (back-pressure). */
	void (*pause)(struct port *port, bool paused);
	/* Forgets what the peer has not read yet (power-on flush). */
	void (*flush)(struct port *port);
	/* The peer's line speed in baud, 0 when unknown. */
	long (*peer_baud)(struct port *port);
	void (*free)(struct port *port);
	/* An owner was installed: what waited may be handed over, never from inside this call. May be NULL. */
	void (*owned)(struct port *port);
};

/* First member of every back end. */
struct port {
	const struct port_ops *ops;
	port_rx_func_t rx;
	port_event_func_t event;
	void *ctx;
	bool away;		/* nobody has the other end open; false where that cannot be known */
	unsigned latency_us;	/* from a timer's due time to the peer having the byte; pacing makes up for it */
};

/* Installs the owner's callbacks; before that, bytes wait in the back end. */
void port_set_owner(struct port *port, port_rx_func_t rx, port_event_func_t event, void *ctx);
long port_write(struct port *port, const void *p, size_t n);
void port_pause(struct port *port, bool paused);
void port_flush(struct port *port);
long port_peer_baud(struct port *port);
void port_free(struct port *port);	/* NULL is fine */

#endif
