/* One connection through a proxy: two sockets, two ways. For net_proxy.c and net_conn.c alone. */
#ifndef HARNESS_NET_CONN_H
#define HARNESS_NET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <uv.h>

#include "harness/fault.h"
#include "io/loop.h"

/*
 * Of the sockets on both sides, each direction. The kernel's own choice would take in megabytes, and a side that stands
 * still would be felt by nobody.
 */
enum { NET_CONN_BUFFER_BYTES = 64 * 1024 };

struct net_conn;

/* What a connection needs of its proxy. */
struct net_conn_owner {
	struct loop *loop;
	struct fault_line *line;
	uint16_t target_port;
	char chunk[64 * 1024]; /* what is being read */
	LIST_HEAD(net_conns, net_conn) conns;
};

/*
 * Takes a connection that waits on listener and connects it to the server, or resets it where a fault says so. It
 * joins owner->conns and leaves it by itself when both sides are closed.
 */
void net_conn_accept(struct net_conn_owner *owner, uv_stream_t *listener);

/* RST to both sides, after what is due has been sent. False when it is over already. */
bool net_conn_reset(struct net_conn *c);
/* Ends both directions behind what has been sent, and closes when both sides have ended theirs, or after a while. */
void net_conn_finish(struct net_conn *c);

/* Sets the size of a socket's buffers; those of a listener go to what it accepts. */
void net_conn_small_buffers(uv_tcp_t *tcp);

size_t net_conn_held(const struct net_conn *c);
struct net_conn *net_conn_next(struct net_conn *c);

#endif
