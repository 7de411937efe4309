/* Modelled web sites as data: what a world file says below `http:`, const after loading. */
#ifndef LINK_WORLD_HTTP_H
#define LINK_WORLD_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/yml.h"

/* Where a server goes wrong instead of answering, or within its answer. */
enum http_fault {
	HTTP_FAULT_NONE,
	HTTP_FAULT_NO_RESPONSE,	/* silence */
	HTTP_FAULT_CLOSE,	/* closes without an answer */
	HTTP_FAULT_RESET,
	HTTP_FAULT_GARBAGE,	/* answers something that is no HTTP */
	HTTP_FAULT_CUT,		/* closes in the middle of the body */
	HTTP_FAULT_STALL,	/* silence from the middle of the body on */
	HTTP_FAULT_BAD_LENGTH,	/* announces ten bytes more than it has, sends what it has and closes */
};

struct http_login {
	char *user, *password; /* NULL: anybody */
};

struct http_page {
	char *path;		/* fnmatch pattern, without the query */
	char **method;		/* none: GET and HEAD, with echo or limit also POST and PUT */
	size_t n_methods;
	int status;
	char *type;
	char **header;		/* "Name: value" */
	size_t n_headers;
	char *text;		/* the body, or ... */
	size_t text_len;
	uint64_t bytes;		/* ... so many of the pattern of site_body() */
	bool echo;		/* the body is the request's */
	bool echo_head;		/* the body is the request line and the header lines of the request */
	uint64_t limit;		/* longest request body, longer ones get 413; 0 any */
	bool no_ranges, chunked, close;
	uint64_t delay_us;	/* before the head */
	uint64_t rate;		/* bytes/s */
	struct http_login auth;
	enum http_fault fault;
};

struct http_site {
	char *server;		/* "" for no such header */
	bool date;		/* every answer has a Date */
	bool close;		/* after every answer */
	uint64_t idle_us;	/* how long a kept connection may be idle */
	struct http_login auth;
	struct http_page *page;	/* first match wins */
	size_t n;
};

/* map NULL: an empty site. NULL with *e filled and its place. */
struct http_site *http_site_read(const struct yml_node *map, struct err *e);
void http_site_free(struct http_site *s);	/* NULL is fine */

#endif
