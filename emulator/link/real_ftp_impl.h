/*
 * What the files of a real FTP session share. real_ftp.c: the session, from login to its end; real_ftp_control.c: what
 * is said on the control connection; real_ftp_transfer.c: operations, and the data connections some of them have.
 */
#ifndef LINK_REAL_FTP_IMPL_H
#define LINK_REAL_FTP_IMPL_H

#include "link/real_curl.h"
#include "link/real_tls.h"

enum { REAL_FTP_PATH = 1024, REAL_FTP_LINE = 256 };

/* Replies that are looked at. */
enum {
	REPLY_PASSIVE = 227,
	REPLY_PASSIVE_6 = 229,
	REPLY_LOGGED_IN = 230,
	REPLY_PATH = 257,
	REPLY_NO = 400, /* and all above it */
	REPLY_IDLE = 421,
};

enum ftp_phase {
	FTP_PHASE_LOGIN,
	FTP_PHASE_READY,
	FTP_PHASE_BUSY,
	FTP_PHASE_LOGOUT,
	FTP_PHASE_LOST, /* the owner has to be told */
	FTP_PHASE_DEAD,
};

/* What the reply that is waited for answers. */
enum ftp_step {
	FTP_STEP_COMMAND,
	FTP_STEP_PASSIVE,
	FTP_STEP_REST,
	FTP_STEP_GO,   /* RETR, STOR, LIST */
	FTP_STEP_FLOW, /* "150 here it comes" was said, now the last word */
	FTP_STEP_OVER, /* it was said, and data may still be on their way */
};

struct real_ftp {
	struct link_ftp base;
	struct link *link;
	link_ftp_func_t func;
	void *ctx;
	enum ftp_phase phase;
	struct route route;
	char *host; /* as the modem calls it */
	enum link_ftp_security security;
	bool one_address; /* data connections go where the control connection goes */
	uint64_t negotiate_us;
	struct timer tell, patience;
	/* the control connection, which is libcurl's */
	struct real_multi *multi;
	struct real_tls *tls;
	CURL *easy;
	struct curl_slist *connect_to;
	struct buf in, out;
	char reason[CURL_ERROR_SIZE];
	char line[REAL_FTP_LINE], refusal[REAL_FTP_LINE]; /* the last reply, the one that said no */
	int reply, refused, replies;			  /* how many */
	int open_reply;					  /* "123-" was said, "123 " not yet */
	bool lost;
	/* the operation */
	enum link_ftp_op op;
	enum ftp_step step;
	char path[REAL_FTP_PATH];
	uint64_t offset;
	link_ftp_read_func_t read;
	bool paused;
	struct link_stream *stream;
	bool data_up, data_over;
	enum link_status data_status;
	struct why data_why;
	struct buf up; /* read, and not yet taken by the stream */
	char cwd[REAL_FTP_PATH];
	uint64_t size;
	/* what came of it */
	bool ended, judging;
	enum link_status status;
	struct why why;
};

/* --- real_ftp.c --------------------------------------------------------------------------------------------------- */

/* What was under way is over; told from the clock. The reason of a status is in f->why. */
void real_ftp_end(struct real_ftp *f, enum link_status status);
/* The same, and the control connection is of no use any more. */
void real_ftp_lose(struct real_ftp *f, enum link_status status, const char *rule, const char *reason);

/* --- real_ftp_control.c ------------------------------------------------------------------------------------------- */

/* Makes line the latest reply and returns its code. */
int real_ftp_take_reply(struct real_ftp *f, const char *line);
/* A command, path may be NULL. */
void real_ftp_say(struct real_ftp *f, const char *verb, const char *path);
/* Sends what the socket has not taken yet. */
void real_ftp_flush(struct real_ftp *f);
/* Reads what has come. */
void real_ftp_receive(struct real_ftp *f);
/* The last line of a reply, and not one between. */
bool real_ftp_is_reply(const char *line);

/* --- real_ftp_transfer.c ------------------------------------------------------------------------------------------ */

/* Begins f->op. */
void real_ftp_operate(struct real_ftp *f, bool ascii);
/* The server has answered. */
void real_ftp_answered(struct real_ftp *f);
/* The last reply, or data, have not come for too long. */
void real_ftp_out_of_patience(struct real_ftp *f);
/* The data connection, if there is one, is of no interest any more. */
void real_ftp_drop_data(struct real_ftp *f);

#endif
