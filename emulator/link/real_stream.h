/* What the files of real streams share: a connection of this machine that plays one of the modem's. */
#ifndef LINK_REAL_STREAM_H
#define LINK_REAL_STREAM_H

#include <uv.h>

#include "link/real_lookup.h"
#include "link/real_tls.h"
#include "link/session.h"

/* What is taken from the owner beyond what the kernel takes; also the TLS record that is under way. */
enum { REAL_OUT_MAX = 64 * 1024 };

enum real_state {
	REAL_RESOLVING,
	REAL_CONNECTING,
	REAL_HANDSHAKING,
	REAL_JUDGING, /* the handshake has failed, and why is being found out */
	REAL_UP,
	REAL_ENDING, /* the socket is gone, status and why are to be told from the clock */
	REAL_DEAD,
};

struct real_stream {
	struct link_stream base;
	enum real_state state;
	uv_poll_t *poll; /* with fd */
	int fd, events;
	SSL *ssl; /* NULL: plain */
	struct real_tls *tls;
	struct real_lookup *lookup;
	struct timer timer; /* patience while opening, then what must be told from the clock */
	uint64_t deadline_us; /* of the owner for the open, UINT64_MAX: none */
	uint64_t negotiate_us;
	bool opened;
	enum link_status status;
	struct why why;
	char *host; /* as the modem called it */
	uint16_t port;	    /* likewise */
	char shown[LINK_STREAM_ADDRESS_SIZE]; /* where the modem believes to be connected to */
	char address[LINK_STREAM_ADDRESS_SIZE];
	uint16_t real_port; /* with address */
	uint16_t local_port;
	struct buf out; /* taken, and not yet in the kernel */
	struct timer acks;
	uint64_t ack_wait_us;
	uint64_t sent, acked, received;
	long write_error; /* -errno */
	bool blocked, paused, want_write;
};

/* real_dial.c: begins to open; what is known at once is told from the clock. */
void real_dial(struct real_stream *s, const struct route *r, const struct link_stream_setup *setup);
/* A step of an open that is under way. */
void real_dial_ready(struct real_stream *s);
/* Its patience is at an end. */
void real_dial_late(struct real_stream *s);

/* real_stream.c */
/* The connection stands. */
void real_stream_up(struct real_stream *s);
/* Ends with status and s->why: OPENED or CLOSED, told from the clock. */
void real_stream_end(struct real_stream *s, enum link_status status);
/* Gives the socket back, without what has not been told; RST with abort. */
void real_stream_drop(struct real_stream *s, bool abort);
/* Takes fd over. 0 or -ENOMEM, and then it is closed. */
int real_stream_attach(struct real_stream *s, int fd);
/* Asks libuv for what the state can use. */
void real_stream_watch(struct real_stream *s);
/* An open stream of a socket that was accepted, without an owner yet. NULL: out of memory, and fd is closed. */
struct real_stream *real_stream_accepted(struct link *l, int fd, uint16_t local_port);

/* real_linger.c: sees to it that what was sent arrives though the stream is closed. Takes fd, ssl, tls and out. */
void real_linger_start(struct link *l, int fd, SSL *ssl, struct real_tls *tls, struct buf *out);

/* Some bytes by TLS or plainly: how many (0: end of what the peer sends), -EAGAIN, or -errno (-EPROTO: TLS, see its outcome). */
long real_read(int fd, SSL *ssl, void *data, size_t len);
long real_write(int fd, SSL *ssl, const void *data, size_t len);

#endif
