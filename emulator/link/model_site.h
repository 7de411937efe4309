/* What a modelled web site answers to a request. Pure: no time, no connection. */
#ifndef LINK_MODEL_SITE_H
#define LINK_MODEL_SITE_H

#include <time.h>

#include "base/buf.h"
#include "link/world_http.h"

struct site_request {
	const char *method, *path;   /* path with its query */
	const char *const *header;   /* NULL-terminated */
	const void *body;
	size_t len;
	bool old;		     /* HTTP/1.0: no chunks, and closed unless it asks for more */
	bool plain_on_tls;	     /* a plain request on a port that speaks TLS */
	bool no_client_cert;	     /* the server wanted one */
	time_t now;		     /* for a site that tells the date */
};

struct site_answer {
	int code;
	struct buf head;	     /* status line to empty line */
	struct buf text;	     /* the body, unless it is the pattern */
	bool pattern;
	uint64_t from;		     /* first byte of the pattern */
	uint64_t bytes;		     /* of the body as sent; 0 for HEAD */
	long long length;	     /* as announced, -1 when it is not */
	bool chunked;
	bool close;		     /* the connection ends behind it */
	const struct http_page *page; /* NULL: none matched */
};

/* Fills *out, which is to be given to site_answer_free(). 0 or -ENOMEM. site NULL: a host that serves nothing. */
int site_answer(const struct http_site *site, const struct site_request *q, struct site_answer *out);
void site_answer_free(struct site_answer *a);

/*
 * Copies n bytes of the body from offset at. A body that a world file gives by its size alone tells its own offsets:
 * lines of 16 bytes, "000001a0.......\n" stands at byte 0x1a0.
 */
void site_body(const struct site_answer *a, uint64_t at, char *out, size_t n);

enum { SITE_PIECE_MAX = 4096 };

/* A body comes in pieces of at most so many bytes, small ones from a page with a low rate. */
size_t site_piece(const struct site_answer *a);
/* How much of it comes: who cuts an answer short, or falls silent in it, does so in the middle. */
uint64_t site_body_end(const struct site_answer *a);

#endif
