/*
 * Shared by the files of modem/http only. http.c: service, parameters, who may do what; http_session.c: the request and
 * its answer; http_cache.c: what is read from it; http_file.c: files.
 */
#ifndef MODEM_HTTP_IMPL_H
#define MODEM_HTTP_IMPL_H

#include "link/link_http.h"
#include "modem/http.h"

enum http_service { HTTP_SERVICE_STOPPED, HTTP_SERVICE_STARTING, HTTP_SERVICE_STARTED, HTTP_SERVICE_STOPPING };

/* All of it is gone after a reset; AT+HTTPINIT too starts from the defaults. */
struct http_boot {
	enum http_service service;
	long long number[HTTP_NUMBERS];
	char text[HTTP_TEXTS][HTTP_USERDATA_MAX + 1];
	char url[HTTP_URL_MAX + 1];	/* "" until it is set */
	long long taken;		/* bytes of bodies since AT+HTTPINIT */
};

/* The request under way. */
struct http_action {
	bool active;			/* no result told yet */
	int method;
	bool for_file;			/* of AT+HTTPPOSTFILE */
	bool tell_method;
	struct http_url url;
	int ctx;			/* SSL context in use */
	int result;			/* known but not told yet, see delay */
	long long length;
	struct why why;
};

/* What came of the last one. The window is the part of its body that is here: [base, base + window.len). */
struct http_answer {
	bool present;
	int method;
	struct buf head;
	long long length;		/* as announced, -1 when it was not */
	struct buf window;
	long long base;
	bool whole;			/* nothing more will come */
	bool paused;			/* the rest waits in the server */
	bool hollow;			/* it has a length, and nothing can be read */
	enum link_status status;	/* of its end */
	struct why why;
};

/* A read under way, to the host or into a file. */
struct http_reader {
	bool active, held;
	bool to_file, to_store;
	long long pos, left;		/* left < 0: to the end */
	char name[HTTP_FILE_MAX + 8];	/* "E:/name", or without a drive in the certificate store */
	struct buf file;		/* what goes to the store is kept until it is whole */
};

struct http {
	struct modem *modem;
	struct timer timer;		/* INIT and TERM */
	struct timer delay;		/* a result that is known but not told yet */
	struct timer pump;
	struct http_boot boot;
	/* while the service is up */
	struct link_http *link;
	struct buf body;		/* of the next request; used up by it */
	struct buf sent;		/* of the one under way, which the link borrows */
	struct http_action action;
	struct http_answer answer;
	struct http_reader reader;
	long long last_read;		/* behind the last byte that was read */
	long long taken;		/* bytes of bodies since boot */
};

/* http_session.c */
void http_session_init(struct http *h);
/* Forgets request, answer and read, and closes the connection, without an event. */
void http_session_drop(struct http *h);
/*
 * Begins a request. header: its lines, NULL-terminated; NULL: those of AT+HTTPPARA. body is copied; NULL: none.
 */
enum http_err http_session_begin(struct http *h, const struct http_action *a, const char *const *header,
				 const void *body, size_t len);
const char *http_method_name(int method);
/* The pending request ends with 717 now. */
void http_session_lost(struct http *h);

/* http_cache.c: bytes of the body come and go. */
void http_cache_init(struct http *h);
void http_cache_clear(struct http *h);
void http_cache_take(struct http *h, const void *data, size_t len);
void http_cache_end(struct http *h, enum link_status status, const struct why *why);
/* Is there something at pos, or will there be? */
enum http_err http_cache_may_read(struct http *h, long long pos);
/* left < 0: to the end. */
void http_cache_start_reader(struct http *h, long long pos, long long left);

/* http.c: HTTP_ERR_NONE when a request may begin now. */
enum http_err http_may_act(struct http *h);

/* http_file.c: a block for the file that is read into; it is whole. 0 or enum http_err. */
int http_file_take(struct http *h, const void *data, size_t len);
int http_file_finish(struct http *h);

/* http_codes.c */
int http_code(const struct profile *p, enum link_status status, enum link_http_phase phase, struct why *why);
void http_trace_code(struct http *h, int code, const struct why *why);

#endif
