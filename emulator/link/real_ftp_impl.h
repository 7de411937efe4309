/* Between real_ftp.c, which runs a session, and real_ftp_events.c, to which libcurl tells what happens in it. */
#ifndef LINK_REAL_FTP_IMPL_H
#define LINK_REAL_FTP_IMPL_H

#include "link/real_curl.h"
#include "link/real_tls.h"

enum {
	REAL_FTP_PATH = 1024,
	REAL_FTP_ASIDE = 64 * 1024,			   /* of a download, before curl waits */
	REAL_FTP_ASIDE_LIMIT = REAL_FTP_ASIDE + 8 * 16384, /* what it may still bring then */
	REAL_FTP_REPLY = 256,
};

enum { REPLY_SIZE = 213, REPLY_PASSIVE = 227, REPLY_LOGGED_IN = 230, REPLY_PATH = 257, REPLY_IDLE = 421 };

enum ftp_phase {
	FTP_PHASE_LOGIN,
	FTP_PHASE_READY,
	FTP_PHASE_BUSY,
	FTP_PHASE_LOGOUT,
	FTP_PHASE_LOST, /* the owner has to be told */
	FTP_PHASE_DEAD,
};

struct real_ftp {
	struct link_ftp base;
	struct link *link;
	link_ftp_func_t func;
	void *ctx;
	enum ftp_phase phase;
	struct route route;
	struct real_multi *multi;
	struct real_tls *tls;
	CURL *easy;
	bool running; /* with curl */
	struct curl_slist *connect_to, *quote;
	enum link_ftp_security security;
	uint64_t negotiate_us;
	struct timer tell, patience;
	char url[ROUTE_ADDRESS_SIZE + 32]; /* "ftp://host:port/" */
	char cwd[REAL_FTP_PATH];
	bool ascii;
	/* the operation */
	enum link_ftp_op op;
	link_ftp_read_func_t read;
	bool paused, curl_paused;
	bool neglected;		    /* there is a reply to look at, and curl may not know */
	unsigned seconds_for_reply; /* 0: there is no data connection yet */
	BIO_METHOD *guard;
	bool unguarded; /* TLS begins on a data connection; its end was seen then */
	uint64_t end_seen_us;
	struct buf aside;
	/* what came of it */
	char reason[CURL_ERROR_SIZE], refusal[REAL_FTP_REPLY];
	int reply, refused, replies; /* the last one, the first that said no, how many */
	uint64_t size;
	bool ended, judging;
	enum link_status status;
	struct why why;
};

/* libcurl. */
const struct real_curl *real_ftp_api(const struct real_ftp *f);
/* From the clock the owner is told what there is to tell. */
void real_ftp_tell_soon(struct real_ftp *f);
/* What was under way is over. */
void real_ftp_end(struct real_ftp *f, enum link_status status);
/* The owner takes no data now. */
bool real_ftp_is_held(const struct real_ftp *f);

/* --- real_ftp_events.c -------------------------------------------------------------------------------------------- */

extern const struct real_multi_owner real_ftp_owner; /* without ctx */
/* The callbacks of the session's easy handle, and its patience. */
void real_ftp_set_callbacks(struct real_ftp *f);
/* Of a reply that was looked for: curl shall see it. */
void real_ftp_nudge(struct real_ftp *f);

/* --- real_ftp_guard.c ----------------------------------------------------------------------------------------------
 */

/*
 * Puts a filter in front of what ssl reads: the end of the connection is not seen while holds(ctx). 0 or -ENOMEM; ssl
 * must be gone before *method, which is made by the first call and the owner's to BIO_meth_free().
 */
int real_ftp_guard(SSL *ssl, BIO_METHOD **method, bool (*holds)(void *ctx), void *ctx);

#endif
