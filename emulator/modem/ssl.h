/*
 * The ten SSL contexts of AT+CSSLCFG, and what becomes of one when a feature opens a TLS session with it: profile
 * limits applied, files read, firmware faults decided. No result codes of a feature here. Manual V3.00 10.2.
 */
#ifndef MODEM_SSL_H
#define MODEM_SSL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link/link.h"
#include "modem/modem.h"

enum { SSL_CONTEXTS = 10, SSL_CIPHERS_MAX = 64 };

/* The members of a context, in the words of the manual. */
enum ssl_number {
	SSL_NUMBER_VERSION,	/* 0 SSL 3.0, 1 TLS 1.0, 2 TLS 1.1, 3 TLS 1.2, 4 all */
	SSL_NUMBER_AUTHMODE,	/* 0 none, 1 server, 2 mutual, 3 client only */
	SSL_NUMBER_IGNORE_TIME,	/* 1: certificate dates are not checked */
	SSL_NUMBER_NEGOTIATE,	/* longest handshake, s */
	SSL_NUMBER_SNI,
	SSL_NUMBER_CIPHERS,	/* 0 until set, 0x002F, 0xFFFF for all */
	SSL_NUMBERS,
};

enum ssl_text {
	SSL_TEXT_CA, SSL_TEXT_CERT, SSL_TEXT_KEY,	/* file names in the certificate store */
	SSL_TEXT_PASSWORD_FILE,				/* A76xx: file with the key's password */
	SSL_TEXT_KEY_PASSWORD,				/* SIM7600: the password itself */
	SSL_TEXTS,
};

struct ssl *ssl_new(struct modem *m);
/* Contexts back to their defaults, unless the profile keeps them (csslcfg_persist). */
void ssl_reset(struct ssl *s);
/* All contexts back to their defaults, also what csslcfg_persist keeps. */
void ssl_forget(struct ssl *s);
void ssl_free(struct ssl *s);

/* ctx is 0 ... SSL_CONTEXTS - 1 everywhere. Texts are "" when not set, and borrowed until set again. */
long ssl_number(const struct ssl *s, int ctx, enum ssl_number what);
const char *ssl_text(const struct ssl *s, int ctx, enum ssl_text what);
/* The caller has checked the range. */
void ssl_set_number(struct ssl *s, int ctx, enum ssl_number what, long value);
/* "" clears. 0, -ENOENT when the profile wants a stored file and there is none of that name, or -ENOMEM. */
int ssl_set_text(struct ssl *s, int ctx, enum ssl_text what, const char *value);

enum ssl_open_result {
	SSL_OPEN_OK,		/* the rest is between the link and the peer */
	SSL_OPEN_NOT_SET,	/* authmode needs a file that was never configured */
	SSL_OPEN_UNUSABLE,	/* a configured file is gone or cannot be used */
	SSL_OPEN_HANDSHAKE,	/* this firmware completes no such handshake */
};

/* A session about to be opened. tls points into this struct and into the certificate store. */
struct ssl_setup {
	struct link_tls tls;
	uint16_t cipher[SSL_CIPHERS_MAX];
	char password[129];
};

/*
 * Applies profile and context ctx. On a refusal why gets the rule, its quirk and what in the context triggered it;
 * out is valid until the store or the context changes.
 */
enum ssl_open_result ssl_open(const struct ssl *s, int ctx, struct ssl_setup *out, struct why *why);

/* The quirks that hold the numbers by which a family of commands tells what TLS ended in. */
struct ssl_codes {
	enum quirk_id fail;		/* the handshake failed */
	enum quirk_id untrusted;	/* the chain is not the CA's */
	enum quirk_id open_fail;	/* a file cannot be used */
	enum quirk_id missing_file;	/* authmode without its file */
};

/*
 * What a refusal of ssl_open() is called in a family, with the quirk in why when it is not the handshake's own number,
 * and after how many ms the host hears of it (at least 1).
 */
int ssl_code_refused(const struct ssl *s, const struct ssl_codes *codes, enum ssl_open_result r, struct why *why,
		     long *ms);
/* The quirk that names a failure at the peer, enum quirk_id 0 (no int quirk) when status is none of TLS. */
enum quirk_id ssl_code_failed(const struct ssl_codes *codes, enum link_status status);
/* How much later than the link the host hears of a failure at the peer, ms. */
long ssl_fail_delay_ms(const struct ssl *s, enum link_status status);

/* Appends what a peer's refusal may rest on: the context, and a revision that sends no SNI. */
void ssl_explain(const struct ssl *s, int ctx, struct why *why);

#endif
