/*
 * The modem's own HTTP(S) client (AT+HTTP*): one service, one request at a time, its answer kept in a cache of bounded
 * size. Typed calls in, events out; every refusal is explained in the trace. Manual V3.00 chapter 13.
 */
#ifndef MODEM_HTTP_H
#define MODEM_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modem/modem.h"

enum {
	HTTP_URL_MAX = 540,	/* what a command line has room for */
	HTTP_HOST_MAX = 255,
	HTTP_VALUE_MAX = 256,	/* CONTENT, ACCEPT, UA */
	HTTP_USERDATA_MAX = 512,
	HTTP_BODY_MAX = 153600,
	HTTP_FILE_MAX = 112,
};

/* <errcode> of the family, manual 13.3; 600 to 604 stand in its table of status codes. */
enum http_err {
	HTTP_ERR_BARE = -1,	/* refused without a code: the modem prints ERROR alone */
	HTTP_ERR_NONE = 0,
	HTTP_ERR_NOT_HTTP = 600,
	HTTP_ERR_NETWORK_ERROR,
	HTTP_ERR_NO_MEMORY,
	HTTP_ERR_DNS_ERROR,
	HTTP_ERR_STACK_BUSY,
	HTTP_ERR_ALERT = 701,
	HTTP_ERR_UNKNOWN,
	HTTP_ERR_BUSY,
	HTTP_ERR_CLOSED,
	HTTP_ERR_TIMEOUT,
	HTTP_ERR_TRANSFER,
	HTTP_ERR_MEMORY,
	HTTP_ERR_PARAMETER,
	HTTP_ERR_NETWORK,
	HTTP_ERR_SSL_OPEN,
	HTTP_ERR_STATE,
	HTTP_ERR_SOCKET,
	HTTP_ERR_DNS,
	HTTP_ERR_CONNECT,
	HTTP_ERR_HANDSHAKE,
	HTTP_ERR_CLOSE,
	HTTP_ERR_NO_NETWORK,
	HTTP_ERR_SEND_TIMEOUT,
	HTTP_ERR_CA,
	HTTP_ERR_NO_RESPONSE,
};

/* The manual's words for a code, NULL when it has none. */
const char *http_err_text(int code);

enum http_method { HTTP_GET, HTTP_POST, HTTP_HEAD, HTTP_DELETE, HTTP_PUT, HTTP_METHODS };

/* The parameters of AT+HTTPPARA. */
enum http_number {
	HTTP_NUMBER_CONNECT_S, HTTP_NUMBER_RECEIVE_S, HTTP_NUMBER_RESPONSE_S, HTTP_NUMBER_SSL, HTTP_NUMBER_BREAK,
	HTTP_NUMBER_BREAK_END, HTTP_NUMBER_READ_MODE, HTTP_NUMBERS,
};

enum http_text { HTTP_TEXT_CONTENT, HTTP_TEXT_ACCEPT, HTTP_TEXT_AGENT, HTTP_TEXT_USERDATA, HTTP_TEXTS };

/* "http[s]://host[:port][/path]". */
struct http_url {
	bool tls;
	uint16_t port;
	char host[HTTP_HOST_MAX + 1];
	char path[HTTP_URL_MAX + 2];	/* begins with a slash, with its query, without a fragment */
};

/* false: not of that form. */
bool http_url_parse(const char *text, struct http_url *out);

struct http *http_new(struct modem *m);
/* Stops the service without a word and clears struct http_boot: reboot and power-off. */
void http_reset(struct http *h);
void http_free(struct http *h);

/* The bearer is gone: what is under way ends with 717, then HTTP_NONET. */
void http_network_lost(struct http *h);

/* "stopped", "starting", "started" or "stopping". */
const char *http_state_name(const struct http *h);

/* Records in the trace why ERROR is answered, and returns HTTP_ERR_BARE. */
enum http_err http_refuse(struct http *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* HTTP_ERR_NONE, or the (traced) refusal of whatever comes before AT+HTTPINIT. */
enum http_err http_need_service(struct http *h);

/*
 * All calls below return HTTP_ERR_NONE when accepted, else HTTP_ERR_BARE (traced). None emits an event before it
 * returns.
 */
enum http_err http_init(struct http *h);	/* then HTTP_STARTED */
/* Then HTTP_STOPPED; what is under way is forgotten. */
enum http_err http_term(struct http *h);

enum http_err http_set_url(struct http *h, const char *text);
/* The caller has checked the range. */
enum http_err http_set_number(struct http *h, enum http_number what, long long value);
enum http_err http_set_text(struct http *h, enum http_text what, const char *value);

/* The body of the next request with one. Copied. */
enum http_err http_enter(struct http *h, const char *data, size_t len);

/* Then HTTP_ACTION: index the method, code a status or enum http_err, length that of the body to be read. */
enum http_err http_action(struct http *h, enum http_method method);

/* Bytes of the last answer's head; NULL when there is none. Borrowed until the next action. */
const char *http_head(const struct http *h, size_t *len);

/* Bytes there are or will be to read; 0 when there are none. */
long long http_length(const struct http *h);

/*
 * Reads from the cache, and on from the server what did not fit there: HTTP_DATA for each block, then HTTP_READ. offset
 * -1: behind what was read last.
 */
enum http_err http_read(struct http *h, long long offset, long long size);
/* During HTTP_DATA: no further block until http_go_on(). */
void http_hold(struct http *h);
void http_go_on(struct http *h);

/* How many places files may be at: 1 to that; with_store: the certificate store is one of them where there is such. */
int http_places(const struct http *h, bool with_store);
/* The whole body into a file: then HTTP_FILE_READ, code 0 or enum http_err. */
enum http_err http_read_file(struct http *h, const char *name, int place);
/*
 * A request whose body is a file, or which is a file (whole: request line, headers, body). method -1: not given. Then
 * HTTP_FILE_POSTED as HTTP_ACTION, index -1 when the method is not to be told.
 */
enum http_err http_post_file(struct http *h, const char *name, int place, int method, bool whole);

#endif
