/*
 * One handshake between a modem and a server, computed from what both can do. Pure: no time, no state. The real world
 * comes here too: with the chain a server has shown, and, to explain a refusal, with what a server was measured to take.
 */
#ifndef LINK_TLS_POLICY_H
#define LINK_TLS_POLICY_H

#include "link/link.h"
#include "link/world.h"

struct tls_result {
	enum link_status status;	/* LINK_OK or what the handshake ends in */
	unsigned version;		/* TLS 1.version */
	const struct suite *suite;
	bool sni_sent;
	bool connack_5;			/* TLS completes, and the broker cannot tell whose client this is (R4) */
	bool close_without_cert;	/* TLS completes, and the server closes for want of a client certificate */
};

/*
 * What the modem makes of the chain a server shows: the limits of its revision, then (verify_server) trust. LINK_OK, or
 * the outcome with its steps in why and in *error the X509_V_ERR_... that a TLS stack would make its alert of.
 */
enum link_status tls_judge_chain(const struct link_tls *c, const struct chain *chain, const char *name, int *error,
				 struct why *why);

/* Words that the modelled and the real world share. who: a name, or name:port. */
void tls_explain_no_tls(struct why *why, const char *who);
void tls_explain_no_cert(struct why *why, const char *who);
void tls_explain_cert_alert(struct why *why, const char *who, const char *alert);
void tls_explain_cert_refused(struct why *why, const char *who, const char *file, const char *alert);
void tls_explain_no_tenant(struct why *why, const char *who, const char *match);

/* Fills *out; every outcome that is not a plain success has its steps in why. */
void tls_negotiate(const struct suites *suites, const struct link_tls *c, const struct host *h, const char *name,
		   struct tls_result *out, struct why *why);

#endif
