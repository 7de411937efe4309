/*
 * A TCP proxy in front of one server: on a port of its own on 127.0.0.1 it takes connections, makes one to the server
 * for each, and passes what both say through the faults of the network (fault.h), in both directions. A side that does
 * not read stops the other side's reading, so memory is bounded; an end of one direction leaves the other one open.
 */
#ifndef HARNESS_NET_PROXY_H
#define HARNESS_NET_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "harness/fault.h"
#include "io/loop.h"

struct net_proxy;

/*
 * Takes a port and refuses connections. target_port: of the server on 127.0.0.1, which need not run yet; a connection
 * that it refuses is reset. loop is borrowed and outlives the proxy. NULL with *e filled on failure.
 */
struct net_proxy *net_proxy_new(struct loop *loop, uint16_t target_port, struct err *e);
/* Leaves and gives the port back. NULL is fine. */
void net_proxy_free(struct net_proxy *p);

/* From now on it takes connections; line is borrowed until it leaves. 0 or a negative error with *e filled. */
int net_proxy_join(struct net_proxy *p, struct fault_line *line, struct err *e);
/* Resets what is open and refuses; runs the loop until the last handle is closed. Nothing to do where it is not joined.
 */
void net_proxy_leave(struct net_proxy *p);

/* Where to connect to, the same for the proxy's life, whatever faults are in force. */
uint16_t net_proxy_port(const struct net_proxy *p);

/* false: the server has ended, connections are refused as without a proxy; those that are open end as it ends them. */
void net_proxy_set_serving(struct net_proxy *p, bool serving);

/* Connections that are open on either side, and the bytes that the proxy holds for them. */
size_t net_proxy_connections(const struct net_proxy *p);
size_t net_proxy_held(const struct net_proxy *p);

#endif
