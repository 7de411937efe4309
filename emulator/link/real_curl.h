/*
 * libcurl on the event loop: a multi handle, its sockets and its timer, for one client of the modem. One client, one
 * multi: so its kept connections end when it does. What a transfer is (HTTP, FTP) is its owner's business.
 */
#ifndef LINK_REAL_CURL_H
#define LINK_REAL_CURL_H

#include "link/real_libs.h"
#include "link/session.h"

struct real_tls;
struct real_multi;

/*
 * From the loop only, and never from inside a call of this file or of libcurl. Callbacks of easy handles are called by
 * libcurl itself, from inside: they only put aside what there is to tell, and ran() tells it.
 */
struct real_multi_owner {
	/* A transfer has ended and its handle is out of the multi; to be noted, nothing more. */
	void (*done)(CURL *easy, CURLcode code, void *ctx);
	/* libcurl has run. The owner may do anything in here, also free the multi. */
	void (*ran)(void *ctx);
	/* TCP is up and TLS begins; to be noted. May be NULL. */
	void (*secures)(CURL *easy, void *ctx);
	/*
	 * A server has closed a connection that libcurl does not look at: it was kept, or its transfer is paused. libcurl
	 * finds out by itself. As ran(). May be NULL.
	 */
	void (*closed)(void *ctx);
	/*
	 * For transfers that only connect (CURLOPT_CONNECT_ONLY): there are bytes for easy_recv(), see real_multi_listen().
	 * As ran(). Not NULL: handles that are done stay in the multi until real_multi_stop(), and with them the connection.
	 */
	void (*stirs)(void *ctx);
	void *ctx;
};

/* On l->o.loop. NULL when libcurl cannot be had or memory is short, with the reason in why. */
struct real_multi *real_multi_new(struct link *l, const struct real_multi_owner *owner, struct why *why);
/* Closes its connections. Its transfers must have been stopped or done. NULL is fine. */
void real_multi_free(struct real_multi *m);

const struct real_curl *real_multi_api(const struct real_multi *m);
/* stirs() whenever a connection that libcurl does not look at has something to be read; or not any more. */
void real_multi_listen(struct real_multi *m, bool listens);
/* How many there are, kept ones included. */
unsigned real_multi_connections(const struct real_multi *m);

/*
 * A handle with what all transfers share: no proxy, no environment, no redirects, no other protocols than those of the
 * list ("http,https"), no certificate bundle. The owner's, to be given to easy_cleanup(). NULL: out of memory.
 */
CURL *real_multi_easy(struct real_multi *m, const char *protocols);
/* Connections of easy go to the route's address, while URL, Host and server name stay. 0 or -ENOMEM. */
int real_multi_route(struct real_multi *m, CURL *easy, const struct route *r, struct curl_slist **list);
/* TLS of easy, as of all in this multi, is t's, which outlives it. */
void real_multi_tls(struct real_multi *m, CURL *easy, struct real_tls *t);

/* 0, then done(); -ENOMEM. */
int real_multi_start(struct real_multi *m, CURL *easy);
/* Ends a transfer without done(); its connection is closed unless it was through. */
void real_multi_stop(struct real_multi *m, CURL *easy);

/* Adds a line to a list, which is freed and NULL when memory is short. 0 or -ENOMEM. */
int real_curl_add(const struct real_curl *api, struct curl_slist **list, const char *line);

/* What a failure is in the words of the link. TLS has been asked before: see real_tls_judge(). */
enum link_status real_curl_status(const struct real_curl *api, CURL *easy, CURLcode code);
/* A step with libcurl's words for it; reason is the handle's CURLOPT_ERRORBUFFER. */
void real_curl_why(const struct real_curl *api, CURL *easy, CURLcode code, const char *reason, const struct route *r,
		   struct why *why);
/* The codes that say no more than "TLS failed". */
bool real_curl_is_tls(CURLcode code);

#endif
