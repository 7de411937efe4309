/*
 * Result codes of one command family, for explain.c: causes as rows of code, the rule that gives it, the quirk behind
 * it, what holds then, and the way out.
 */
#ifndef APP_EXPLAIN_FAMILY_H
#define APP_EXPLAIN_FAMILY_H

#include "app/explain.h"

#define EXPLAIN_NO_QUIRK QUIRK_COUNT

struct explain_cause {
	int code;
	const char *rule;
	enum quirk_id quirk; /* EXPLAIN_NO_QUIRK: holds on every revision */
	const char *value;   /* the quirk's value for which the row holds; NULL: any */
	const char *when;
	const char *way_out;
};

struct explain_family {
	const char *word;	       /* in a pasted line it tells the family: "cch" of +CCHOPEN */
	const char *title;	       /* "CMQTT result" */
	const char *(*text)(int code); /* the manual's words, NULL: there is no such code */
	bool length_behind;	       /* lines end with a length behind the code: +HTTPACTION: 0,715,0 */
	const struct explain_cause *cause;
	size_t n;
};

extern const struct explain_family explain_mqtt, explain_cch, explain_ping, explain_ntp, explain_htp, explain_ftps,
	explain_http;
extern const struct explain_family explain_cip, explain_server, explain_netopen, explain_ipclose, explain_ip, explain_dns;
extern const struct explain_family explain_sms;
extern const struct explain_family explain_lbs, explain_cnet;
extern const struct explain_family explain_cme, explain_ussd;

/* BUSY, NO CARRIER and their like, which are words: true when text has one of them, and out says what is behind it. */
bool explain_call_words(const char *text, struct buf *out);

#endif
