/* Shared by the files of modem/cch only. cch.c: service and who may do what; cch_session.c: what the link does. */
#ifndef MODEM_CCH_IMPL_H
#define MODEM_CCH_IMPL_H

#include "base/buf.h"
#include "link/link_stream.h"
#include "modem/cch.h"
#include "modem/ssl.h"

/* What a session holds beside its plain data. */
struct cch_socket {
	struct cch *service;
	int index;
	struct link_stream *stream;
	bool paused;
	size_t received;    /* since it was opened */
	struct buf in;	    /* what came and the host has not got */
	struct buf out;	    /* what the host gave and the peer has not taken */
	struct timer delay; /* a result that is known but not told yet: OPEN, CLOSE */
	struct timer send;  /* the send's end, or its time limit */
	struct timer read;  /* AT+CCHRECV */
	struct why why;	    /* of the result */
};

struct cch {
	struct modem *modem;
	struct timer timer; /* START and STOP */
	bool attached;	    /* the host sees the transparent line */
	struct cch_boot boot;
	struct cch_socket socket[CCH_SESSIONS];
};

/* The only way to change a session's state; notes in the trace, refuses what the table does not allow. */
void cch_set_session(struct cch *c, int session, enum cch_session_state next);
/* Would the call be accepted? The refusal is traced. */
enum cch_err cch_check_open(struct cch *c, int session);
enum cch_err cch_check_read(struct cch *c, int session);
enum cch_err cch_check_close(struct cch *c, int session);
void cch_trace_result(struct cch *c, enum cch_err code, const struct why *why);

void cch_socket_init(struct cch *c, int index);
/* Closes the stream and forgets what is pending and cached, without an event. */
void cch_socket_drop(struct cch_socket *s);
/* The session is gone: what is pending ends, then CCH_PEER_CLOSED or CCH_LOST. */
void cch_session_lost(struct cch_socket *s, enum link_status status, const struct why *why);

/* cch_codes.c */
extern const struct ssl_codes cch_ssl_codes;
enum cch_err cch_code_open(const struct profile *p, enum link_status status, struct why *why);
enum cch_err cch_code_lost(enum link_status status);
/* The number this revision has for code: its table may end earlier. */
int cch_code_shown(const struct profile *p, enum cch_err code);
/* The number behind +CCHRECV, which one manual counts differently. */
int cch_code_shown_recv(const struct profile *p, enum cch_err code);

#endif
