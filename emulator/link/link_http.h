/*
 * HTTP and HTTPS between the modem's own client (AT+HTTP*) and a server, modelled or real. A client sends one request
 * at a time and keeps its connection for the next one to the same place, as HTTP/1.1 does.
 */
#ifndef LINK_LINK_HTTP_H
#define LINK_LINK_HTTP_H

#include "link/link.h"

enum { LINK_HTTP_HEAD_MAX = 64 * 1024 }; /* status line and headers; a longer answer is no HTTP to us */

struct link_http_setup {
	const char *method; /* "GET", "HEAD", "POST" ... */
	const char *host;
	uint16_t port;
	const char *path;	     /* as it goes into the request line: "/a?b=c" */
	const char *const *header;   /* "Accept: text/html", NULL-terminated; Host and Content-Length are added here */
	const void *body;	     /* NULL: the request has none */
	size_t len;		     /* of body, which is borrowed until the request ends */
	const struct link_tls *tls;  /* NULL: plain HTTP. Borrowed during the call only */
	uint64_t connect_us;	     /* for name, TCP and TLS together; 0 for any of these: the peer's own patience */
	uint64_t response_us;	     /* from the request to the first byte of the answer */
	uint64_t receive_us;	     /* longest silence within the body */
};

/* How far a request had come when it failed. */
enum link_http_phase { LINK_HTTP_CONNECT, LINK_HTTP_TLS, LINK_HTTP_RESPONSE, LINK_HTTP_BODY };

enum link_http_event_type {
	LINK_HTTP_HEAD,	  /* the answer's head is complete */
	LINK_HTTP_DATA,	  /* a part of the body, without its transfer encoding */
	LINK_HTTP_DONE,	  /* the request has ended: status, and phase unless LINK_OK */
	LINK_HTTP_CLOSED, /* the server has closed the connection that was kept for the next request */
};

struct link_http_event {
	enum link_http_event_type type;
	enum link_status status;
	enum link_http_phase phase;
	int code;	   /* HEAD: 200 */
	const void *data;  /* HEAD: bytes as they came, the empty line included; DATA. Borrowed, as why is */
	size_t len;
	long long length;  /* HEAD: bytes of the body to come, -1 when the server does not say */
	const struct why *why; /* NULL when all is well */
};

/*
 * Comes from the clock or the loop, never from inside a link_http_*() call; these may all be called from inside. Between
 * a request and its DONE there is at most one HEAD, and DATA only behind it.
 */
typedef void (*link_http_func_t)(const struct link_http_event *ev, void *ctx);

struct link_http;

/* A client without a connection. NULL: out of memory. */
struct link_http *link_http_new(struct link *l, link_http_func_t func, void *ctx);

/* Sends a request; what comes of it are events. 0, -EBUSY (the one before has not ended) or -ENOMEM. */
int link_http_request(struct link_http *h, const struct link_http_setup *s);

/* true: DATA waits, and with it the server (back-pressure). A new request starts without a pause. */
void link_http_pause(struct link_http *h, bool paused);

/* Ends the request under way, if any, without an event; its connection is closed. */
void link_http_cancel(struct link_http *h);

/* Closes the connection and frees, without an event. NULL is fine. */
void link_http_close(struct link_http *h);

#endif
