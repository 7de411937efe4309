/* Sockets of this machine, non-blocking, and what their errors mean for the modem. IPv4 and IPv6 for clients. */
#ifndef LINK_REAL_SOCKET_H
#define LINK_REAL_SOCKET_H

#include <netinet/in.h>
#include <sys/socket.h>

#include <uv.h>

#include "link/session.h"

struct real_address {
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} sa;
	socklen_t len;
};

/* false: text is no numeric address. */
bool real_address_set(struct real_address *a, const char *text, uint16_t port);
/* Numeric, into LINK_STREAM_ADDRESS_SIZE bytes. */
void real_address_text(const struct real_address *a, char *text, uint16_t *port);

/*
 * A TCP socket on its way to a (errno EINPROGRESS is success), from local_port if that is not 0 and free. Returns the
 * descriptor or -errno.
 */
int real_socket_connect(const struct real_address *a, uint16_t local_port);

/*
 * A bound IPv4 socket, SOCK_DGRAM or SOCK_STREAM (which listens then): on loopback, or on all addresses where the link may
 * use the network; on the wanted port, or on any when that is taken, forbidden or 0. Returns the descriptor or -errno.
 */
int real_socket_bind(const struct link *l, int type, uint16_t wanted, uint16_t *port);

/* The error that waits on a socket, as a positive errno; 0: none. */
int real_socket_error(int fd);
/* ECONNREFUSED: LINK_REFUSED, ETIMEDOUT: LINK_TIMEOUT, ECONNRESET: LINK_RESET ... */
enum link_status real_socket_status(int error);

/* A poll handle of its own memory; its data is NULL from real_poll_free() on, and it lives until libuv is through with it. */
uv_poll_t *real_poll_new(const struct link *l, int fd, void *data);
/* NULL is fine. The descriptor may be closed right after. */
void real_poll_free(uv_poll_t *poll);

#endif
