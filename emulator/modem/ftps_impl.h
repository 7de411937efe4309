/*
 * Shared by the files of modem/ftps only. ftps.c: service, session, who may do what; ftps_transfer.c: files and bytes
 * of transfers; ftps_codes.c: words and numbers.
 */
#ifndef MODEM_FTPS_IMPL_H
#define MODEM_FTPS_IMPL_H

#include "base/buf.h"
#include "link/link_ftp.h"
#include "modem/fs.h"
#include "modem/ftps.h"
#include "modem/ssl.h"

enum ftps_state {
	FTPS_STOPPED,
	FTPS_STARTING,
	FTPS_STARTED,
	FTPS_LOGGING_IN,
	FTPS_LOGGED_IN,
	FTPS_LOGGING_OUT,
	FTPS_LOST, /* the server is gone: LOGIN again, LOGOUT is fine too */
	FTPS_STOPPING,
};

/* The modem's side of a transfer. */
struct ftps_transfer {
	char path[FTPS_TEXT_MAX + 1]; /* at the server */
	char local[FS_PATH_SIZE];     /* on a drive, or the name of a certificate */
	enum ftps_place place;
	uint64_t offset;
	bool begun;	  /* GETFILE: the local file is there */
	bool cached;	  /* GET */
	bool told;	  /* GET: the host knows of what is in the cache */
	bool over;	  /* GET, cached: the server has sent all, with result */
	int failed;	  /* the modem's own trouble with its file; the rest of a download is thrown away */
	struct buf bytes; /* PUT: to be sent; GET: the cache; GETFILE to the store: what came */
	size_t pos;	  /* PUT, PUTFILE: next byte */
};

/* All of it is gone after a reset. */
struct ftps_boot {
	enum ftps_state state;
	bool ascii, single_ip;
	bool ascii_wanted; /* by the TYPE that is under way */
	enum ftps_op op;
	enum ftps_op aborted; /* what ABORT has ended and has yet to tell */
	int result;	      /* known, told by the timer */
	bool tls;
	struct link_ftp *link;
	struct why why;
	struct ftps_transfer transfer;
};

struct ftps {
	struct modem *modem;
	struct timer guard, delay;
	struct ftps_boot boot;
};

void ftps_begin(struct ftps *f, enum ftps_op op);
/* The outcome is known and told from the clock. */
void ftps_finish_later(struct ftps *f, int code, long delay_ms);
/* Ends the pending operation and tells; payload may be NULL. f->boot.why holds the reasons of a code. */
void ftps_finish(struct ftps *f, int code, const void *payload, size_t len);
/* The operation goes on: its guard starts anew. */
void ftps_progress(struct ftps *f);

/* ftps_transfer.c: a piece of GETFILE or GET has come; the server is through with it, code or not. */
void ftps_take_data(struct ftps *f, const void *data, size_t len);
void ftps_transfer_over(struct ftps *f, int code);
void ftps_transfer_clear(struct ftps_transfer *t);
/* ftps.c: asks the link; begins op, or refuses. */
enum ftps_err ftps_request(struct ftps *f, enum ftps_op op, const struct link_ftp_request *r);

/* ftps_codes.c */
extern const struct ssl_codes ftps_ssl_codes;
int ftps_code(const struct profile *p, enum link_status status, int reply, struct why *why);
int ftps_code_fs(enum fs_err err);

#endif
