/*
 * The common channel of the modem (AT+CCH*): one service and two sessions, TCP with or without TLS. Typed calls in,
 * events out; every refusal is explained in the trace. Manual V3.00 chapter 10.
 */
#ifndef MODEM_CCH_H
#define MODEM_CCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modem/modem.h"

enum { CCH_SESSIONS = 2, CCH_HOST_MAX = 256, CCH_SEND_TIMEOUT_S = 150 };

/* <err> of the family, manual 10.3. */
enum cch_err {
	CCH_ERR_NONE,
	CCH_ERR_ALERTING,
	CCH_ERR_UNKNOWN,
	CCH_ERR_BUSY,
	CCH_ERR_PEER_CLOSED,
	CCH_ERR_TIMEOUT,
	CCH_ERR_TRANSFER,
	CCH_ERR_MEMORY,
	CCH_ERR_PARAMETER,
	CCH_ERR_NETWORK,
	CCH_ERR_OPEN_SESSION,
	CCH_ERR_STATE,
	CCH_ERR_SOCKET_CREATE,
	CCH_ERR_DNS,
	CCH_ERR_CONNECT,
	CCH_ERR_HANDSHAKE,
	CCH_ERR_SOCKET_CLOSE,
	CCH_ERR_NO_NETWORK,
	CCH_ERR_SEND_TIMEOUT,
	CCH_ERR_CERTIFICATE,
};

/* The manual's words for a code, NULL when it has none. */
const char *cch_err_text(int code);

enum cch_service { CCH_SERVICE_STOPPED, CCH_SERVICE_STARTING, CCH_SERVICE_STARTED, CCH_SERVICE_STOPPING };

enum cch_session_state {
	CCH_SESSION_CLOSED,
	CCH_SESSION_OPENING,
	CCH_SESSION_OPEN,
	CCH_SESSION_LEAVING, /* the peer has ended it, and the host has not got all of its data yet */
	CCH_SESSION_CLOSING,
	CCH_SESSION_ENDED, /* by the peer or a failure; what had come can still be read */
};

/* What AT+CCHSET and AT+CCHMODE choose before the service starts. */
struct cch_settings {
	bool report;	  /* +CCHSEND tells when data is sent */
	bool manual;	  /* received data waits for AT+CCHRECV */
	bool transparent; /* session 0 is a line without frames */
};

/* Where a session leads; also what AT+CCHOPEN? shows. */
struct cch_peer {
	char host[CCH_HOST_MAX + 1];
	uint16_t port, local_port; /* local_port 0: any */
	bool tls;
};

/* Plain data of a session: no memory and no timers, so that a reset may wipe it. */
struct cch_session_boot {
	enum cch_session_state state;
	struct cch_peer peer;
	int ssl_ctx; /* bound SSL context, -1: the one of the session's number */
	int send_timeout_s;
	bool sending;	 /* a send is not through */
	bool reading;	 /* AT+CCHRECV has yet to bring its data */
	size_t read_max; /* of that */
	int result;	 /* told when the delay is over: OPENING an enum cch_err, LEAVING an enum link_status */
};

/* All of it is gone after a reset. */
struct cch_boot {
	enum cch_service service;
	bool network_open; /* how START found the data service */
	struct cch_settings set;
	struct cch_session_boot session[CCH_SESSIONS];
};

struct cch;

struct cch *cch_new(struct modem *m);
/* Stops the service without a word and clears struct cch_boot: reboot and power-off. */
void cch_reset(struct cch *c);
void cch_free(struct cch *c);

/* The bearer is gone: CCH_LOST for each open session, then CCH_NONET where the revision has that; the service is down.
 */
void cch_network_lost(struct cch *c);

/* State, for read forms and the control socket. */
const struct cch_boot *cch_boot(const struct cch *c);
bool cch_is_started(const struct cch *c);
/* START would find the data service up. */
bool cch_network_is_open(const struct cch *c);
/* NULL unless the session is open. */
const struct cch_peer *cch_connected_to(const struct cch *c, int session);
size_t cch_unsent(const struct cch *c, int session); /* bytes the peer has not taken */
size_t cch_cached(const struct cch *c, int session); /* bytes that wait for the host */

/* The number behind +CCHRECV: 0,N for a refusal of cch_read(), which one manual counts differently. */
int cch_read_code(const struct cch *c, enum cch_err err);

/*
 * Records in the trace why code is answered, and returns code. For refusals that only the caller can see (arguments
 * that do not fit).
 */
enum cch_err cch_refuse(struct cch *c, enum cch_err code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * All calls below return CCH_ERR_NONE when accepted, else the refusal (already traced). None emits an event before it
 * returns.
 */
enum cch_err cch_set(struct cch *c, const struct cch_settings *set); /* before START */
enum cch_err cch_start(struct cch *c);				     /* then CCH_STARTED */
enum cch_err cch_stop(struct cch *c);				     /* closes what is open, then CCH_STOPPED */
enum cch_err cch_bind_ssl(struct cch *c, int session, int ctx);	     /* after START, before OPEN */
enum cch_err cch_set_send_timeout(struct cch *c, int session, int seconds);

/* Then CCH_OPENED. peer is copied. */
enum cch_err cch_open(struct cch *c, int session, const struct cch_peer *peer);
enum cch_err cch_close(struct cch *c, int session); /* then CCH_CLOSED */
/* Would data be taken now? Asked before the prompt, and again by cch_send(). */
enum cch_err cch_may_send(struct cch *c, int session);
/* Data is copied; CCH_SENT follows when the peer has taken it. */
enum cch_err cch_send(struct cch *c, int session, const void *data, size_t len);
/* Then CCH_READ with up to max bytes. */
enum cch_err cch_read(struct cch *c, int session, size_t max);

/* Received data goes to the host as it comes: CCH_RECV tells that there is some for cch_fetch(). */
bool cch_pushes(const struct cch *c);
/* Takes up to max bytes of what waits; returns how many. The end of the session follows the last of them. */
size_t cch_fetch(struct cch *c, int session, void *data, size_t max);

/*
 * Transparent mode: bytes the host typed into the line. What neither peer nor memory takes is lost, as on a UART
 * without flow control, and traced.
 */
void cch_line_in(struct cch *c, const void *data, size_t len);
/*
 * The host is in the line, or has stepped out of it: what comes then waits, and with it the peer. CCH_RECV may come
 * from inside this.
 */
void cch_line_attach(struct cch *c, bool attached);
bool cch_line_is_open(const struct cch *c);

#endif
