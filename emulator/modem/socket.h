/*
 * The sockets of the TCP/IP commands (AT+CIP*): ten links, TCP or UDP, and four listening servers that take links from
 * the same ten. Typed calls in, events out; every refusal is explained in the trace. Manual V3.00 chapter 11.
 */
#ifndef MODEM_SOCKET_H
#define MODEM_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bsd/sys/queue.h>

#include "base/buf.h"
#include "link/link_stream.h"
#include "modem/modem.h"

enum { SOCKET_LINKS = 10, SOCKET_SERVERS = 4, SOCKET_SEND_MAX = 1500, SOCKET_HOST_MAX = 255 };

/* <err> of manual 11.6. */
enum socket_err {
	SOCKET_ERR_NONE,
	SOCKET_ERR_NETWORK,
	SOCKET_ERR_NOT_OPENED,
	SOCKET_ERR_PARAMETER,
	SOCKET_ERR_NOT_SUPPORTED,
	SOCKET_ERR_CREATE,
	SOCKET_ERR_BIND,
	SOCKET_ERR_LISTENING,
	SOCKET_ERR_BUSY,
	SOCKET_ERR_OPENED,
	SOCKET_ERR_TIMEOUT,
	SOCKET_ERR_DNS,
	SOCKET_ERR_UNKNOWN,
};

/* The manual's words for a code, NULL when it has none. */
const char *socket_err_text(int code);

/* Why a link is gone without having been asked: +IPCLOSE. */
enum socket_cause { SOCKET_CAUSE_LOCAL, SOCKET_CAUSE_PEER, SOCKET_CAUSE_SEND_TIMEOUT };
const char *socket_cause_text(int cause);

enum socket_kind { SOCKET_TCP, SOCKET_UDP };

enum socket_state {
	SOCKET_FREE, /* what came before the peer closed may still be read */
	SOCKET_OPENING,
	SOCKET_OPEN,
	SOCKET_BROKEN,	/* open, but a send was not taken whole: it takes no more */
	SOCKET_LEAVING, /* the peer has closed, and what it sent is not with the host yet */
	SOCKET_CLOSING,
};

/* AT+CIPCCFG in its order. */
enum socket_config {
	SOCKET_CONFIG_RETRIES,
	SOCKET_CONFIG_DELAY,
	SOCKET_CONFIG_ACK,
	SOCKET_CONFIG_ERROR_TEXT,
	SOCKET_CONFIG_HEADER,
	SOCKET_CONFIG_ASYNC,
	SOCKET_CONFIG_TIMEOUT,
	SOCKET_CONFIGS,
};

struct socket_settings {
	long transparent;	/* CIPMODE */
	long wait_ack;		/* CIPSENDMODE */
	long manual;		/* CIPRXGET: the host fetches what came */
	long head, show_remote; /* CIPHEAD, CIPSRIP */
	long open_ms, send_ms;	/* CIPTIMEOUT; that of AT+NETOPEN is pdp's */
	long config[SOCKET_CONFIGS];
	long keep_alive[4];	/* AT+CTCPKA: on, idle, count, interval; kept and shown, modelled peers need none */
};

/* What has come and is not with the host: one segment or datagram each. */
struct socket_chunk {
	STAILQ_ENTRY(socket_chunk) entry;
	char from[LINK_STREAM_ADDRESS_SIZE];
	uint16_t from_port;
	size_t len, taken;
	char data[];
};

/* The AT+CIPSEND of a link that has no result yet. */
enum socket_sending { SOCKET_SENDING_NONE, SOCKET_SENDING_WAITS, SOCKET_SENDING_DUE };

struct socket_link {
	enum socket_state state;
	enum socket_kind kind;
	bool astray;	/* OPENING through a context that leads nowhere */
	int server; /* that accepted it, -1: a client */
	char address[LINK_STREAM_ADDRESS_SIZE];
	uint16_t port, local_port;
	char host[SOCKET_HOST_MAX + 1]; /* UDP: where a send without an address goes, "" nowhere */
	struct link_stream *stream;
	uint64_t opened_us;
	/* received */
	STAILQ_HEAD(, socket_chunk) rx;
	size_t rx_bytes;
	bool paused, told;	 /* +CIPRXGET: 1 is out for what waits */
	enum socket_cause cause; /* LEAVING */
	/* being sent */
	char to[SOCKET_HOST_MAX + 1]; /* UDP: where the send that is being entered goes */
	uint16_t to_port;
	struct buf tx; /* taken from the host, not by the stream yet */
	enum socket_sending sending;
	size_t send_len, send_taken;
	uint64_t send_from; /* bytes of the session before this send */
	long send_result;
	uint64_t progress; /* bytes acknowledged when the retry timer was armed */
};

enum socket_server_state { SOCKET_SERVER_FREE, SOCKET_SERVER_STARTING, SOCKET_SERVER_LISTENING };

struct socket_server {
	struct link_stream *stream;
	enum socket_server_state state;
	uint16_t port;
	int owner; /* whoever started it, as the caller numbers them */
};

struct socket_boot {
	struct socket_settings set;
	struct socket_link link[SOCKET_LINKS];
	struct socket_server server[SOCKET_SERVERS];
};

/* What a link needs beside its state: it outlives resets, because timers hold a place on the clock. */
struct socket_slot {
	struct socket *socket;
	int link;
	struct timer result; /* of a close, or of a send: a result that is due, or no answer in time */
	struct timer retry;  /* the peer acknowledges nothing */
	struct timer delay;  /* received data waits so long before it is told (DelayTm) */
};

struct socket_listener {
	struct socket *socket;
	int server;
};

struct socket {
	struct modem *modem;
	struct socket_listener listener[SOCKET_SERVERS];
	struct socket_slot slot[SOCKET_LINKS];
	struct timer age; /* quirk cip_silent_death_s */
	struct socket_boot boot;
};

struct socket *socket_new(struct modem *m);
/* Without an event: reboot and power-off. */
void socket_reset(struct socket *s);
void socket_free(struct socket *s);

void socket_set_settings(struct socket *s, const struct socket_settings *set);

/*
 * Records in the trace why code is answered, and returns code. For refusals that only the caller can see (arguments out
 * of range).
 */
enum socket_err socket_refuse(struct socket *s, enum socket_err code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* What the revision prints for a code: its number for "unknown" differs. */
int socket_err_number(const struct socket *s, enum socket_err code);

/* --- links: below, link is 0 to 9; calls return SOCKET_ERR_NONE when accepted, else the refusal (already traced), and
 * none emits an event before it returns ------------------------------------------------------------------------- */

struct socket_target {
	enum socket_kind kind;
	const char *host; /* copied; NULL: none (UDP) */
	uint16_t port, local_port;
};

/* Then SOCKET_OPENED with code. */
enum socket_err socket_open(struct socket *s, int link, const struct socket_target *to);

/*
 * May data be entered now? Asked before the prompt. host and port are where it will go (copied), NULL: where the link
 * goes anyway.
 */
enum socket_err socket_prepare(struct socket *s, int link, const char *host, uint16_t port);
/*
 * What was entered, at most SOCKET_SEND_MAX bytes, copied. Then SOCKET_SENT with size, and as code how much of it was
 * confirmed, -1 when the link is gone.
 */
enum socket_err socket_send(struct socket *s, int link, const void *data, size_t len);
/* Transparent mode: what does not fit any more is lost, as on a line without flow control, and noted in the trace. */
void socket_stream(struct socket *s, int link, const void *data, size_t len);

/* Then SOCKET_CLOSED. */
enum socket_err socket_close(struct socket *s, int link);
/* The same at once and without an event. */
void socket_abandon(struct socket *s, int link);

/* false: the host fetches what came (AT+CIPRXGET=1). true: it gets it as it comes. */
bool socket_pushes(const struct socket *s);
/* Bytes that wait to be fetched, of a link that is closed too. */
size_t socket_waiting(const struct socket *s, int link);
/*
 * Fetches up to max of them. from NULL: across datagrams; else the sender, and one datagram at a time. Tells of the end
 * (SOCKET_LOST) from the clock when it was the last of a link whose peer has closed.
 */
struct socket_from {
	char address[LINK_STREAM_ADDRESS_SIZE];
	uint16_t port;
};
size_t socket_fetch(struct socket *s, int link, void *data, size_t max, struct socket_from *from);

const struct socket_link *socket_link(const struct socket *s, int link);
/* Open for the commands that ask: sockets the peer has closed are not. */
bool socket_is_open(const struct socket *s, int link);
/* Sent, acknowledged and received bytes. SOCKET_ERR_NOT_OPENED: closed; SOCKET_ERR_NOT_SUPPORTED: not TCP. Not traced.
 */
enum socket_err socket_counts(const struct socket *s, int link, uint64_t count[3]);

/* --- servers ---------------------------------------------------------------------------------------------------- */

/* Then SERVER_STARTED with code. Who connects comes as SOCKET_ACCEPTED: index link, code server. */
enum socket_err socket_server_start(struct socket *s, int server, uint16_t port, int owner);
enum socket_err socket_server_stop(struct socket *s, int server);
const struct socket_server *socket_server(const struct socket *s, int server);

/* --- the network under them ------------------------------------------------------------------------------------- */

/* AT+NETCLOSE: is it possible now? */
enum socket_err socket_may_net_close(struct socket *s);
/* AT+NETCLOSE has begun: everything closes towards its peers; what is pending ends. */
void socket_net_closing(struct socket *s);
/* It is over: SOCKET_CLOSED for each link that was open where the revision lists them. */
void socket_net_closed(struct socket *s);
/* The bearer is gone: pending results, then silence; the links are free. */
void socket_net_lost(struct socket *s);
/* AT+NETOPEN succeeded. */
void socket_net_opened(struct socket *s);

#endif
