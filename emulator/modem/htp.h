/*
 * Time from the Date header of web servers (AT+CHTP*): a list of servers, asked one after the other until one tells the
 * time. Manual V3.00 chapter 15; at-general 8.
 */
#ifndef MODEM_HTP_H
#define MODEM_HTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link/link_http.h"
#include "modem/modem.h"

enum { HTP_SERVERS = 16, HTP_HOST_MAX = 255 };

/* <err> of +CHTPUPDATE. */
enum htp_err { HTP_ERR_NONE, HTP_ERR_UNKNOWN, HTP_ERR_PARAMETER, HTP_ERR_DATE, HTP_ERR_NETWORK };

/* The manual's words for a code, NULL when it has none. */
const char *htp_err_text(int code);

struct htp_server {
	char host[HTP_HOST_MAX + 1];
	uint16_t port;
	int version;		      /* 0: HTTP/1.0, 1: HTTP/1.1; kept and shown, 1.1 is spoken */
	char proxy[HTP_HOST_MAX + 1]; /* "": none */
	uint16_t proxy_port;
};

/* All of it is gone after a reset. */
struct htp_boot {
	struct htp_server server[HTP_SERVERS];
	size_t n;
	bool updating;
	size_t at;	     /* the server that is being asked */
	enum htp_err result; /* of those before it */
	uint64_t sent_us;
};

struct htp {
	struct modem *modem;
	struct link_http *client;
	struct timer timer; /* nobody to ask; the next server */
	struct why why;	    /* of result */
	struct htp_boot boot;
};

struct htp *htp_new(struct modem *m);
void htp_reset(struct htp *h);
void htp_free(struct htp *h);

/* Appends s, which is copied. false: the list is full (traced). */
bool htp_add(struct htp *h, const struct htp_server *s);
/* false: there is no such server (traced). */
bool htp_remove(struct htp *h, size_t index);
/* false: a run is under way (traced). Otherwise HTP_DONE, never before this returns. */
bool htp_start(struct htp *h);

#endif
