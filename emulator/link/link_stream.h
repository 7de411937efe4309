/*
 * Sockets between the modem and the world, modelled or real: TCP and UDP, with TLS on top of TCP, and listening ones.
 * The features that have sockets (AT+CIP*, AT+CCH*, AT+CNTP) see nothing else.
 */
#ifndef LINK_LINK_STREAM_H
#define LINK_LINK_STREAM_H

#include "link/link.h"

enum link_stream_kind { LINK_STREAM_TCP, LINK_STREAM_UDP, LINK_STREAM_LISTEN };

enum { LINK_STREAM_ADDRESS_SIZE = 64 };

struct link_stream_setup {
	enum link_stream_kind kind;
	const char *host; /* TCP: the peer; NULL for the others */
	uint16_t port;
	uint16_t local_port;	    /* 0: any; UDP and LISTEN are bound to it */
	const struct link_tls *tls; /* TCP: TLS before OPENED; NULL: none. Borrowed during the call only */
	uint64_t timeout_us;	    /* for name, connect and handshake together; 0: the peer's own patience */
};

enum link_stream_event_type {
	LINK_STREAM_OPENED,   /* outcome of the open in status; UDP and LISTEN: bound */
	LINK_STREAM_DATA,     /* data, len; UDP: one datagram and from, from_port */
	LINK_STREAM_WRITABLE, /* link_stream_send() took less than offered and takes more now */
	LINK_STREAM_ACKED,    /* the peer has acknowledged all that was sent (TCP) */
	LINK_STREAM_ACCEPTED, /* LISTEN: accepted is a stream that is open, from and from_port its peer */
	LINK_STREAM_CLOSED,   /* status LINK_PEER_CLOSED, LINK_RESET, LINK_TIMEOUT or LINK_NO_NETWORK */
};

struct link_stream;

struct link_stream_event {
	enum link_stream_event_type type;
	enum link_status status;
	const void *data; /* borrowed until the callback returns, as all of this is */
	size_t len;
	const char *from; /* numeric address */
	uint16_t from_port;
	struct link_stream *accepted; /* the owner's from now on; see link_stream_own() */
	const struct why *why;	      /* NULL when all is well */
};

/*
 * Comes from the clock or the loop, never from inside a link_stream_*() call. After OPENED with a failure and after
 * CLOSED the stream is dead: the owner must link_stream_close() it, also from inside the callback. What the peer sent
 * before it closed is told before CLOSED.
 */
typedef void (*link_stream_func_t)(const struct link_stream_event *ev, void *ctx);

/* Starts to open; the outcome is an event. NULL only when out of memory. */
struct link_stream *link_stream_open(struct link *l, const struct link_stream_setup *setup, link_stream_func_t func,
				     void *ctx);
/* Gives an accepted stream its owner; until then its events wait. */
void link_stream_own(struct link_stream *s, link_stream_func_t func, void *ctx);

/*
 * Takes up to len bytes (copied) and returns how many, 0 when the peer does not read: WRITABLE tells when it goes on.
 * -ENOTCONN when not open.
 */
long link_stream_send(struct link_stream *s, const void *data, size_t len);
/* One datagram of an open UDP stream. 0, or -EINVAL (no such place), -EMSGSIZE, -ENOTCONN. */
int link_stream_send_to(struct link_stream *s, const char *host, uint16_t port, const void *data, size_t len);

/* true: DATA waits, and with it the peer (back-pressure). */
void link_stream_pause(struct link_stream *s, bool paused);

struct link_stream_info {
	char peer[LINK_STREAM_ADDRESS_SIZE]; /* numeric address, "" when none is known */
	uint16_t peer_port, local_port;
	uint16_t here; /* UDP, LISTEN: the port of this machine that stands for local_port, 0: none */
	uint64_t sent, acked, received;	      /* bytes of the session */
	const char *tls_version, *tls_cipher; /* "1.2", "ECDHE-RSA-AES128-GCM-SHA256"; NULL: plain */
};
void link_stream_info(const struct link_stream *s, struct link_stream_info *out);

/* Closes towards the peer (FIN after what was sent) and frees, without an event. NULL is fine. */
void link_stream_close(struct link_stream *s);

/* --- names -------------------------------------------------------------------------------------------------------- */

struct link_lookup;
/* address is numeric and "" unless status is LINK_OK. From the clock or the loop; the lookup is freed after it. */
typedef void (*link_lookup_func_t)(enum link_status status, const char *address, const struct why *why, void *ctx);

/*
 * AT+CDNSGIP: the address of a name. A host of the world has a stable one of 198.18.0.0/15, which leads back to it when it is
 * opened; a numeric name is its own. NULL: out of memory.
 */
struct link_lookup *link_lookup(struct link *l, const char *name, link_lookup_func_t func, void *ctx);
/* AT+CDNSGHNAME, the other way round: func gets the name of an address, as far as the world knows one. */
struct link_lookup *link_lookup_name(struct link *l, const char *address, link_lookup_func_t func, void *ctx);
/* Without an event. NULL is fine. */
void link_lookup_cancel(struct link_lookup *k);

#endif
