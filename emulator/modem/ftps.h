/*
 * The modem's own FTP(S) client (AT+CFTPS*): one service, one session, one operation at a time. Typed calls in, events
 * out; every refusal and every non-zero result is explained in the trace. Manual V3.00 chapter 12.
 */
#ifndef MODEM_FTPS_H
#define MODEM_FTPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modem/modem.h"

/* <errcode> of the family, manual 12.3.1. */
enum ftps_err {
	FTPS_ERR_BARE = -1, /* refused without a code: the modem prints ERROR alone */
	FTPS_ERR_NONE,
	FTPS_ERR_SSL_ALERT,
	FTPS_ERR_UNKNOWN,
	FTPS_ERR_BUSY,
	FTPS_ERR_CLOSED,
	FTPS_ERR_TIMEOUT,
	FTPS_ERR_TRANSFER,
	FTPS_ERR_MEMORY,
	FTPS_ERR_PARAMETER,
	FTPS_ERR_REJECTED,
	FTPS_ERR_NETWORK,
	FTPS_ERR_STATE,
	FTPS_ERR_DNS,
	FTPS_ERR_SOCKET_CREATE,
	FTPS_ERR_SOCKET_CONNECT,
	FTPS_ERR_SOCKET_CLOSE,
	FTPS_ERR_SSL_CLOSED,
	FTPS_ERR_FILE,
	FTPS_ERR_CONTROL_TIMEOUT = 421,
};

/* The manual's words for a code, NULL when it has none. */
const char *ftps_err_text(int code);

/* What the host asks for; the outcome of each is MODEM_EVENT_FTPS_DONE with index set to it. */
enum ftps_op {
	FTPS_OP_NONE,
	FTPS_OP_START,
	FTPS_OP_STOP,
	FTPS_OP_LOGIN,
	FTPS_OP_LOGOUT,
	FTPS_OP_MKD,
	FTPS_OP_RMD,
	FTPS_OP_DELE,
	FTPS_OP_CWD,
	FTPS_OP_PWD, /* DONE has the directory as payload */
	FTPS_OP_TYPE,
	FTPS_OP_LIST, /* MODEM_EVENT_FTPS_DATA, then DONE */
	FTPS_OP_SIZE, /* DONE has the digits as payload */
	FTPS_OP_GETFILE,
	FTPS_OP_PUTFILE,
	FTPS_OP_GET, /* MODEM_EVENT_FTPS_DATA, or MODEM_EVENT_FTPS_CACHED for ftps_cache_read(), then DONE */
	FTPS_OP_PUT,
	FTPS_OP_ABORT,
	FTPS_OPS,
};

enum { FTPS_TEXT_MAX = 256, FTPS_PUT_MAX = 2048, FTPS_CACHE_READ_MAX = 1024 };

/* <dir> of GETFILE and PUTFILE. */
enum ftps_place { FTPS_PLACE_CACHE = 1, FTPS_PLACE_SD, FTPS_PLACE_DATA, FTPS_PLACE_CERT };

struct ftps;

struct ftps *ftps_new(struct modem *m);
/* Power-off and reboot: the session is gone without a word. */
void ftps_reset(struct ftps *f);
void ftps_free(struct ftps *f);

/* The bearer is gone: what is under way ends with FTPS_ERR_NETWORK, session and service are down. */
void ftps_network_lost(struct ftps *f);

/* For read forms and the control socket. */
bool ftps_is_logged_in(const struct ftps *f);
const char *ftps_state_name(const struct ftps *f); /* "stopped", "started", "logged in" ... */
bool ftps_is_ascii(const struct ftps *f);
bool ftps_single_ip(const struct ftps *f);
void ftps_set_single_ip(struct ftps *f, bool on);

/*
 * Records in the trace why code is answered, and returns code. For refusals that only the caller can see (arguments out
 * of range).
 */
enum ftps_err ftps_refuse(struct ftps *f, enum ftps_err code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Would op be accepted now? FTPS_ERR_NONE, or the (traced) refusal. Asked before a prompt. */
enum ftps_err ftps_may(struct ftps *f, enum ftps_op op);

/*
 * All calls below return FTPS_ERR_NONE when accepted, and DONE follows; else the (traced) refusal. None emits an event
 * before it returns.
 */
enum ftps_err ftps_start(struct ftps *f);
enum ftps_err ftps_stop(struct ftps *f);

struct ftps_login {
	const char *host, *user, *password;
	uint16_t port;
	int type; /* 0 FTP, 1 AUTH SSL, 2 AUTH TLS, 3 implicit */
};

enum ftps_err ftps_log_in(struct ftps *f, const struct ftps_login *to);
enum ftps_err ftps_log_out(struct ftps *f);
/* MKD, RMD, DELE, CWD, PWD (path NULL), LIST (path NULL: the current directory), SIZE. */
enum ftps_err ftps_command(struct ftps *f, enum ftps_op op, const char *path);
enum ftps_err ftps_set_ascii(struct ftps *f, bool ascii);

/* The local file has the last part of path for a name, at the root of its drive or in the certificate store. */
enum ftps_err ftps_get_file(struct ftps *f, const char *path, enum ftps_place place, uint64_t offset);
enum ftps_err ftps_put_file(struct ftps *f, const char *path, enum ftps_place place, uint64_t rest);
/* cached: the bytes wait for ftps_cache_read(), and DONE until they are read. */
enum ftps_err ftps_get(struct ftps *f, const char *path, uint64_t rest, bool cached);
/* Before the prompt: keeps path and rest; then the bytes, which are copied. */
enum ftps_err ftps_announce_put(struct ftps *f, const char *path, uint64_t rest);
enum ftps_err ftps_put(struct ftps *f, const char *data, size_t len);

size_t ftps_cache_len(const struct ftps *f);
/* The first bytes of the cache, at most FTPS_CACHE_READ_MAX; ftps_cache_drop() takes them away. Borrowed until then. */
size_t ftps_cache_peek(const struct ftps *f, const char **data);
void ftps_cache_drop(struct ftps *f, size_t n);

/* Ends the session and the service at once; an operation under way gets its DONE first. */
enum ftps_err ftps_abort(struct ftps *f);

#endif
