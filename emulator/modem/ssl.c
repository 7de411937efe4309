/*
 * SSL contexts and the modem's own part of opening a TLS session (quirks rules R1, R2). Talks to no peer: the link
 * does. Contexts are volatile unless csslcfg_persist says otherwise. Manual V3.00 10.2; facts at-ssl-mqtt 7.
 */
#include "modem/ssl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/str.h"
#include "modem/cert.h"
#include "modem/rtc.h"

struct ssl_context {
	long number[SSL_NUMBERS];
	char *text[SSL_TEXTS];	/* NULL: "" */
};

/* What a reset clears: all of it. What csslcfg_persist keeps is in the store, under the keys below. */
struct ssl_boot {
	struct ssl_context context[SSL_CONTEXTS];
};

struct ssl {
	struct modem *modem;
	struct ssl_boot boot;
};

/* Defaults as AT+CSSLCFG? shows them (issue-49:505-510); key is the name in the store. */
static const struct {
	const char *key;
	long def;
} numbers[SSL_NUMBERS] = {
	[SSL_NUMBER_VERSION] = { "sslversion", 4 },
	[SSL_NUMBER_AUTHMODE] = { "authmode", 0 },
	[SSL_NUMBER_IGNORE_TIME] = { "ignorelocaltime", 1 },
	[SSL_NUMBER_NEGOTIATE] = { "negotiatetime", 300 },
	[SSL_NUMBER_SNI] = { "enableSNI", 0 },
	[SSL_NUMBER_CIPHERS] = { "ciphersuites", 0 },
};

static const char *const texts[SSL_TEXTS] = {
	[SSL_TEXT_CA] = "cacert", [SSL_TEXT_CERT] = "clientcert", [SSL_TEXT_KEY] = "clientkey",
	[SSL_TEXT_PASSWORD_FILE] = "password", [SSL_TEXT_KEY_PASSWORD] = "keypwd",
};

static void store_key(char *key, size_t size, int ctx, const char *name)
{
	snprintf(key, size, "ssl.%d.%s", ctx, name);
}

static void context_clear(struct ssl_context *c)
{
	for (size_t i = 0; i < SSL_TEXTS; i++)
		free(c->text[i]);
	*c = (struct ssl_context){ 0 };
}

static void context_load(struct ssl *s, int ctx)
{
	struct ssl_context *c = &s->boot.context[ctx];
	bool kept = s->modem->profile->q.csslcfg_persist;
	const char *text;
	char key[48];

	for (size_t i = 0; i < SSL_NUMBERS; i++) {
		store_key(key, sizeof(key), ctx, numbers[i].key);
		c->number[i] = kept ? store_num(s->modem->store, key, numbers[i].def) : numbers[i].def;
	}
	for (size_t i = 0; kept && i < SSL_TEXTS; i++) {
		store_key(key, sizeof(key), ctx, texts[i]);
		text = store_text(s->modem->store, key, "");
		c->text[i] = *text ? strdup(text) : NULL;
	}
}

struct ssl *ssl_new(struct modem *m)
{
	struct ssl *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->modem = m;
	ssl_reset(s);
	return s;
}

void ssl_reset(struct ssl *s)
{
	for (int i = 0; i < SSL_CONTEXTS; i++) {
		context_clear(&s->boot.context[i]);
		context_load(s, i);
	}
}

void ssl_forget(struct ssl *s)
{
	for (int i = 0; i < SSL_CONTEXTS; i++) {
		for (size_t k = 0; k < SSL_NUMBERS; k++)
			ssl_set_number(s, i, (enum ssl_number)k, numbers[k].def);
		for (size_t k = 0; k < SSL_TEXTS; k++)
			ssl_set_text(s, i, (enum ssl_text)k, "");
	}
}

void ssl_free(struct ssl *s)
{
	if (!s)
		return;
	for (int i = 0; i < SSL_CONTEXTS; i++)
		context_clear(&s->boot.context[i]);
	free(s);
}

long ssl_number(const struct ssl *s, int ctx, enum ssl_number what)
{
	return s->boot.context[ctx].number[what];
}

const char *ssl_text(const struct ssl *s, int ctx, enum ssl_text what)
{
	const char *text = s->boot.context[ctx].text[what];

	return text ? text : "";
}

void ssl_set_number(struct ssl *s, int ctx, enum ssl_number what, long value)
{
	char key[48];

	s->boot.context[ctx].number[what] = value;
	store_key(key, sizeof(key), ctx, numbers[what].key);
	if (s->modem->profile->q.csslcfg_persist)
		store_set_num(s->modem->store, key, value);
}

int ssl_set_text(struct ssl *s, int ctx, enum ssl_text what, const char *value)
{
	char **text = &s->boot.context[ctx].text[what], *copy = NULL, key[48];
	bool is_file = what != SSL_TEXT_KEY_PASSWORD;

	if (is_file && *value && s->modem->profile->q.csslcfg_file_check && !cert_get(s->modem->cert, value))
		return -ENOENT;
	if (*value) {
		copy = strdup(value);
		if (!copy)
			return -ENOMEM;
	}
	free(*text);
	*text = copy;
	store_key(key, sizeof(key), ctx, texts[what]);
	if (s->modem->profile->q.csslcfg_persist)
		store_set_text(s->modem->store, key, value);
	return 0;
}

/* --- opening a session ----------------------------------------------------------------------------------------- */

/* Bit n: TLS 1.n. Profiles that list no version speak what every SIM7600 does: 1.0 to 1.2, no 1.3. */
static unsigned profile_versions(const struct profile *p)
{
	static const char *const name[] = { "1.0", "1.1", "1.2", "1.3" };
	unsigned mask = 0;

	if (!p->q.tls_versions.n)
		return 7;
	for (unsigned i = 0; i < 4; i++)
		mask |= quirk_list_has(&p->q.tls_versions, name[i]) ? 1u << i : 0;
	return mask;
}

/* sslversion 0 is SSL 3.0 alone: no peer speaks it any more, so nothing is left to offer. */
static unsigned offered_versions(const struct ssl *s, int ctx)
{
	static const unsigned mask[] = { 0, 1, 2, 4, 15 };

	return mask[ssl_number(s, ctx, SSL_NUMBER_VERSION)] & profile_versions(s->modem->profile);
}

/*
 * What all holds is not documented for this family; profiles that list nothing offer RSA and ECDHE with AES, the
 * smallest set that holds the one suite known to work, 0xC02F (facts at-ssl-mqtt 7.4) [guess].
 */
static size_t offered_ciphers(const struct ssl *s, int ctx, uint16_t *out)
{
	static const uint16_t family[] = {
		0xc02f, 0xc030, 0xc02b, 0xc02c, 0xc027, 0xc028, 0xc013, 0xc014, 0x009c, 0x009d, 0x003c, 0x003d,
		0x002f, 0x0035,
	};
	const struct word_list *listed = &s->modem->profile->q.tls_ciphers;
	long want = ssl_number(s, ctx, SSL_NUMBER_CIPHERS);
	size_t n = 0, total = listed->n ? listed->n : sizeof(family) / sizeof(family[0]);
	long long id;

	for (size_t i = 0; i < total && n < SSL_CIPHERS_MAX; i++) {
		id = listed->n ? 0 : family[i];
		if (listed->n && str_to_num_any(listed->word[i], strlen(listed->word[i]), 1, 0xffff, &id))
			continue;
		if (want == 0 || want == 0xffff || want == (long)id)
			out[n++] = (uint16_t)id;
	}
	return n;
}

/* The key's password: as typed, or the first line of the file that holds it. */
static const char *key_password(const struct ssl *s, int ctx, struct ssl_setup *out)
{
	const struct store_file *f = cert_get(s->modem->cert, ssl_text(s, ctx, SSL_TEXT_PASSWORD_FILE));

	str_copy(out->password, sizeof(out->password), f ? f->data : ssl_text(s, ctx, SSL_TEXT_KEY_PASSWORD));
	if (f)
		out->password[strcspn(out->password, "\r\n")] = '\0';
	return out->password[0] ? out->password : NULL;
}

static void setup_tls(const struct ssl *s, int ctx, struct ssl_setup *out)
{
	const struct quirks *q = &s->modem->profile->q;
	long authmode = ssl_number(s, ctx, SSL_NUMBER_AUTHMODE);

	*out = (struct ssl_setup){
		.tls = {
			.versions = offered_versions(s, ctx),
			.send_sni = ssl_number(s, ctx, SSL_NUMBER_SNI) && q->tls_sni == QUIRK_tls_sni_ok,
			.verify_server = authmode == 1 || authmode == 2,
			.send_client_cert = authmode == 2 || authmode == 3,
			.check_dates = !ssl_number(s, ctx, SSL_NUMBER_IGNORE_TIME),
			.verify_hostname = q->tls_verify_hostname,
			.ecdsa = q->tls_ecdsa,
			.wildcard = q->tls_wildcard,
			.max_chain_bytes = (size_t)q->tls_max_chain_bytes,
			.ec_bits_max = (int)q->tls_ec_bits_max,
			.profile = s->modem->profile,
			.negotiate_us = (uint64_t)ssl_number(s, ctx, SSL_NUMBER_NEGOTIATE) * 1000000,
			.now = rtc_time(s->modem->rtc),
		},
	};
	out->tls.ciphers = out->cipher;
	out->tls.n_ciphers = offered_ciphers(s, ctx, out->cipher);
	out->tls.key_password = key_password(s, ctx, out);
}

static enum ssl_open_result need_file(const struct ssl *s, int ctx, enum ssl_text what, struct link_file *out,
				      struct why *why)
{
	const char *name = ssl_text(s, ctx, what);
	const struct store_file *f;

	if (!*name) {
		why_add(why, "cert", "ssl %d: authmode=%ld needs a %s and none is configured", ctx,
			ssl_number(s, ctx, SSL_NUMBER_AUTHMODE), texts[what]);
		return SSL_OPEN_NOT_SET;
	}
	f = cert_get(s->modem->cert, name);
	if (!f) {
		why_add(why, "cert", "ssl %d: %s=\"%s\" is not in the certificate store", ctx, texts[what], name);
		return SSL_OPEN_UNUSABLE;
	}
	*out = (struct link_file){ .name = f->name, .data = f->data, .len = f->len };
	return SSL_OPEN_OK;
}

static enum ssl_open_result need_files(const struct ssl *s, int ctx, struct link_tls *tls, struct why *why)
{
	enum ssl_open_result r = SSL_OPEN_OK;

	if (tls->verify_server)
		r = need_file(s, ctx, SSL_TEXT_CA, &tls->ca, why);
	if (!r && tls->send_client_cert)
		r = need_file(s, ctx, SSL_TEXT_CERT, &tls->cert, why);
	if (!r && tls->send_client_cert)
		r = need_file(s, ctx, SSL_TEXT_KEY, &tls->key, why);
	return r;
}

/* An encrypted file must not make OpenSSL ask on a terminal. */
static int no_password(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static X509 *parse_certificate(const struct link_file *f)
{
	BIO *bio = BIO_new_mem_buf(f->data, (int)f->len);
	X509 *x = bio ? PEM_read_bio_X509(bio, NULL, no_password, NULL) : NULL;

	if (bio && !x) {
		(void)BIO_reset(bio);
		x = d2i_X509_bio(bio, NULL);
	}
	BIO_free(bio);
	ERR_clear_error();
	return x;
}

/* Dates from 2050 on are written as GeneralizedTime (RFC 5280 4.1.2.5); some parsers know UTCTime alone. */
static bool ends_after_2049(const struct link_file *f)
{
	X509 *x = parse_certificate(f);
	bool late = x && ASN1_STRING_type(X509_get0_notAfter(x)) == V_ASN1_GENERALIZEDTIME;

	X509_free(x);
	return late;
}

/* What this revision's own parser stumbles over, beside what no parser takes. */
static enum ssl_open_result check_ca_quirks(const struct ssl *s, const struct link_file *ca, struct why *why)
{
	const struct profile *p = s->modem->profile;

	if (!ca->data)
		return SSL_OPEN_OK;
	if (p->q.ca_crlf == QUIRK_ca_crlf_open_fail && memmem(ca->data, ca->len, "\r\n", 2)) {
		profile_why(p, QUIRK_ID_ca_crlf, why, "R1", "\"%s\" has CR LF line ends", ca->name);
		return SSL_OPEN_UNUSABLE;
	}
	if (p->q.ca_generalized_time == QUIRK_ca_generalized_time_open_fail && ends_after_2049(ca)) {
		profile_why(p, QUIRK_ID_ca_generalized_time, why, "R1", "\"%s\" ends in 2050 or later", ca->name);
		return SSL_OPEN_UNUSABLE;
	}
	return SSL_OPEN_OK;
}

static enum ssl_open_result check_files(const struct ssl *s, int ctx, struct link_tls *tls, struct why *why)
{
	enum ssl_open_result r = need_files(s, ctx, tls, why);

	if (!r)
		r = check_ca_quirks(s, &tls->ca, why);
	/* Dates and signatures are the handshake's business; here only what cannot be read at all counts. */
	if (!r && link_tls_check_files(tls, why) == LINK_TLS_OPEN)
		r = SSL_OPEN_UNUSABLE;
	return r;
}

enum ssl_open_result ssl_open(const struct ssl *s, int ctx, struct ssl_setup *out, struct why *why)
{
	const struct profile *p = s->modem->profile;
	enum ssl_open_result r;

	setup_tls(s, ctx, out);
	r = check_files(s, ctx, &out->tls, why);
	if (r) {
		why_add(why, "R1", "ssl %d: authmode=%ld, and a file it needs cannot be used", ctx,
			ssl_number(s, ctx, SSL_NUMBER_AUTHMODE));
		return r;
	}
	if (ssl_number(s, ctx, SSL_NUMBER_SNI) && p->q.tls_sni == QUIRK_tls_sni_broken) {
		profile_why(p, QUIRK_ID_tls_sni, why, "R2", "no TLS handshake succeeds while SNI is on");
		why_add(why, "ssl", "ssl %d: enableSNI=1", ctx);
		return SSL_OPEN_HANDSHAKE;
	}
	if (p->q.tls_fail_all) {
		profile_why(p, QUIRK_ID_tls_fail_all, why, "tls", "every TLS handshake fails on this revision");
		return SSL_OPEN_HANDSHAKE;
	}
	return SSL_OPEN_OK;
}

int ssl_code_refused(const struct ssl *s, const struct ssl_codes *codes, enum ssl_open_result r, struct why *why,
		     long *ms)
{
	const struct profile *p = s->modem->profile;
	enum quirk_id id = r == SSL_OPEN_HANDSHAKE ? codes->fail :
			   r == SSL_OPEN_UNUSABLE ? codes->open_fail : codes->missing_file;
	long code = profile_number(p, id);

	*ms = r == SSL_OPEN_HANDSHAKE ? p->q.tls_sni_fail_ms : p->q.tls_open_fail_ms;
	*ms += *ms == 0;
	if (r != SSL_OPEN_HANDSHAKE)
		profile_why(p, id, why, "code", "reported as %ld", code);
	return (int)code;
}

enum quirk_id ssl_code_failed(const struct ssl_codes *codes, enum link_status status)
{
	if (status == LINK_TLS_FAILED)
		return codes->fail;
	if (status == LINK_TLS_UNTRUSTED)
		return codes->untrusted;
	return status == LINK_TLS_OPEN ? codes->open_fail : 0;
}

long ssl_fail_delay_ms(const struct ssl *s, enum link_status status)
{
	bool tls = status == LINK_TLS_FAILED || status == LINK_TLS_UNTRUSTED || status == LINK_TLS_OPEN;

	return tls ? s->modem->profile->q.tls_fail_ms : 0;
}

void ssl_explain(const struct ssl *s, int ctx, struct why *why)
{
	const struct profile *p = s->modem->profile;

	if (p->q.tls_sni == QUIRK_tls_sni_absent)
		profile_why(p, QUIRK_ID_tls_sni, why, "sni", "this revision sends no SNI");
	why_add(why, "ssl", "ssl %d: sslversion=%ld authmode=%ld ignorelocaltime=%ld cacert=\"%s\" enableSNI=%ld "
		"ciphersuites=0x%lX", ctx, ssl_number(s, ctx, SSL_NUMBER_VERSION),
		ssl_number(s, ctx, SSL_NUMBER_AUTHMODE), ssl_number(s, ctx, SSL_NUMBER_IGNORE_TIME),
		ssl_text(s, ctx, SSL_TEXT_CA), ssl_number(s, ctx, SSL_NUMBER_SNI),
		(unsigned long)ssl_number(s, ctx, SSL_NUMBER_CIPHERS));
}
