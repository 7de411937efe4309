/*
 * An FTP session between the modem (AT+CFTPS*) and a server, modelled or real: one control connection, plain or with
 * TLS, and one operation at a time. A control connection that is lost stays lost: nobody logs in again behind the
 * modem's back.
 */
#ifndef LINK_LINK_FTP_H
#define LINK_LINK_FTP_H

#include "link/link.h"

/* <server_type> of AT+CFTPSLOGIN. */
enum link_ftp_security { LINK_FTP_PLAIN, LINK_FTP_AUTH_SSL, LINK_FTP_AUTH_TLS, LINK_FTP_IMPLICIT };

struct link_ftp_setup {
	const char *host;
	uint16_t port;
	const char *user, *password;
	enum link_ftp_security security;
	const struct link_tls *tls; /* for control and data connections; NULL: plain. Borrowed during the call only */
	bool single_ip;		    /* data connections go to the control connection's address, whatever PASV says */
};

enum link_ftp_op {
	LINK_FTP_CWD,
	LINK_FTP_PWD,
	LINK_FTP_MKD,
	LINK_FTP_RMD,
	LINK_FTP_DELE,
	LINK_FTP_TYPE,
	LINK_FTP_LIST,
	LINK_FTP_SIZE,
	LINK_FTP_GET,
	LINK_FTP_PUT,
};

/*
 * The bytes of an upload: fills up to n bytes of p and returns how many, 0 at the end. Called from the clock or the
 * loop, never from inside a link_ftp_*() call, and not any more after DONE.
 */
typedef size_t (*link_ftp_read_func_t)(void *p, size_t n, void *ctx);

struct link_ftp_request {
	enum link_ftp_op op;
	const char *path;	   /* LIST: NULL is the current directory. Borrowed during the call only */
	uint64_t offset;	   /* GET: first byte wanted; PUT: where the server goes on writing (REST) */
	bool ascii;		   /* TYPE: A instead of I */
	link_ftp_read_func_t read; /* PUT; its ctx is the session's */
};

enum link_ftp_event_type {
	LINK_FTP_LOGGED_IN, /* outcome of the login */
	LINK_FTP_DATA,	    /* a piece of GET or LIST */
	LINK_FTP_DONE,	    /* outcome of the operation */
	LINK_FTP_LOGGED_OUT,
	LINK_FTP_LOST, /* the control connection is gone, and nothing was under way (any more) */
};

struct link_ftp_event {
	enum link_ftp_event_type type;
	enum link_status status;
	enum link_ftp_op op; /* DONE */
	int reply;	     /* the server's last reply code, 0 when it said nothing */
	const void *data;    /* DATA; borrowed until the callback returns, as all of this is */
	size_t len;
	const char *text;      /* DONE of PWD: the directory */
	uint64_t size;	       /* DONE of SIZE */
	const struct why *why; /* NULL when all is well */
};

/*
 * Comes from the clock or the loop, never from inside a link_ftp_*() call. After LOGGED_IN with a failure, LOGGED_OUT
 * and LOST the session is dead: the owner must link_ftp_close() it, also from inside the callback. An operation under
 * way when the connection is lost gets its DONE first.
 */
typedef void (*link_ftp_func_t)(const struct link_ftp_event *ev, void *ctx);

struct link_ftp;

/* Connects and logs in; the outcome is an event. NULL only when out of memory. */
struct link_ftp *link_ftp_login(struct link *l, const struct link_ftp_setup *setup, link_ftp_func_t func, void *ctx);
/* 0, then DONE; -EBUSY while another operation is under way, -ENOTCONN when not logged in, -ENOMEM. */
int link_ftp_start(struct link_ftp *f, const struct link_ftp_request *r);
/* true: DATA waits, and with it the server (back-pressure). Also holds while link_hold() does. */
void link_ftp_pause(struct link_ftp *f, bool paused);
/* QUIT, then LOGGED_OUT. As link_ftp_start(). */
int link_ftp_logout(struct link_ftp *f);
/* Closes and frees at once, without an event. NULL is fine. */
void link_ftp_close(struct link_ftp *f);

#endif
