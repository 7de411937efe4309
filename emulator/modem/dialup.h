/*
 * Data calls (ATD*99#, AT+CGDATA): PPP with the host on one side, the packets of a context on the other. One call a
 * port, one port a context. at-general 13.
 */
#ifndef MODEM_DIALUP_H
#define MODEM_DIALUP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "link/link_ip.h"
#include "modem/modem.h"
#include "ppp/ppp.h"

enum { DIALUP_CALLS_MAX = 8 };

enum dialup_err {
	DIALUP_OK,
	DIALUP_NO_SERVICE, /* not registered */
	DIALUP_NO_CONTEXT, /* not defined, or not of a type that carries IPv4 */
	DIALUP_BUSY,	   /* the context, or the port, has a call */
};

enum dialup_state { DIALUP_IDLE, DIALUP_DIALLING, DIALUP_ONLINE };

struct dialup;

struct dialup_call {
	struct dialup *dialup;
	int owner; /* the port, as the caller numbers them */
	enum dialup_state state;
	int cid;
	bool was_active;    /* the context was up before the call and stays up after it */
	struct timer timer; /* CONNECT is due */
	struct timer flows; /* the host has taken enough for packets to go on */
	struct ppp *ppp;    /* ONLINE */
	struct link_ip *ip; /* while PPP is up */
	struct buf out;	    /* frames for the host */
	bool was_full;
	uint64_t lost; /* packets that found no room */
	bool login_good;
	/* quirk ppp_burst */
	uint64_t second_us;
	long burst;
};

struct dialup {
	struct modem *modem;
	struct dialup_call call[DIALUP_CALLS_MAX];
};

struct dialup *dialup_new(struct modem *m);
void dialup_free(struct dialup *d);
/* Calls are gone without a word. */
void dialup_reset(struct dialup *d);

/* Accepted: DIALUP_CONNECTED follows from the clock. What stands against it is in the trace. */
enum dialup_err dialup_start(struct dialup *d, int owner, int cid);
enum dialup_state dialup_state(const struct dialup *d, int owner);
/* Of a call that is not idle. */
int dialup_cid(const struct dialup *d, int owner);

/* Bytes of the host. */
void dialup_feed(struct dialup *d, int owner, const void *p, size_t n);
/* Bytes for the host: DIALUP_READY tells when there are some. Takes up to size of them. */
size_t dialup_waiting(const struct dialup *d, int owner);
size_t dialup_fetch(struct dialup *d, int owner, void *p, size_t size);

/* The host has hung up: the call is over at once, without an event. */
void dialup_hang_up(struct dialup *d, int owner);
/* The modem ends all calls by itself: Terminate-Request, then DIALUP_ENDED. false: there is none. */
bool dialup_terminate(struct dialup *d);
/* The context is gone, or (cid 0) all of them are. */
void dialup_context_lost(struct dialup *d, int cid);

/* Appends a line a call: "dialup.0=up cid=1 10.64.0.2 ...". */
void dialup_status(const struct dialup *d, struct buf *out);

#endif
