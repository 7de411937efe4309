/*
 * The order of a real handshake: the modem's own files, the ClientHello (server name, versions, suites), the server's
 * certificate (type, size, trust), the client's. The first thing that does not fit is the outcome.
 */
#include "link/tls_policy.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "link/x509_check.h"

static const char *const version_names[] = { "1.0", "1.1", "1.2", "1.3" };
static const char *const key_names[] = { [KEY_RSA] = "RSA", [KEY_ECDSA] = "ECDSA" };

/* A step that rests on what the world says of this host. */
static void add_evidence(struct why *why, const struct host *h)
{
	if (!why->n)
		return;
	why->step[why->n - 1].evidence = h->evidence ? h->evidence : "";
	why->step[why->n - 1].confidence = h->confidence;
}

static void refuse_without_name(const struct host *h, const char *name, struct tls_result *out, struct why *why)
{
	if (out->sni_sent || h->model.server.no_sni != NO_SNI_TLS_ALERT)
		return;
	why_add(why, "R3", "no server name was sent and %.60s (\"%.40s\") answers such a ClientHello with a TLS alert", name,
		h->match);
	add_evidence(why, h);
	out->status = LINK_TLS_FAILED;
}

static bool knows_name(const struct word_set *known, const char *name)
{
	for (size_t i = 0; i < known->n; i++) {
		if (!fnmatch(known->word[i], name, FNM_CASEFOLD))
			return true;
	}
	return !known->n;
}

static void refuse_wrong_name(const struct host *h, const char *name, struct tls_result *out, struct why *why)
{
	if (!out->sni_sent || knows_name(&h->model.server.known, name))
		return;
	why_add(why, "tls", "the server does not know the name %.80s (%.60s): alert unrecognized_name (112)", name, h->place);
	add_evidence(why, h);
	out->status = LINK_TLS_FAILED;
}

static void add_versions(char *buf, size_t size, unsigned bits)
{
	size_t at = 0;

	buf[0] = '\0';
	for (unsigned v = 0; v < 4 && at < size; v++) {
		if (bits & 1u << v)
			at += (size_t)snprintf(buf + at, size - at, "%s%s", at ? " " : "", version_names[v]);
	}
	if (!at)
		snprintf(buf, size, "none");
}

static void pick_version(const struct link_tls *c, const struct tls_server *s, struct tls_result *out, struct why *why)
{
	char ours[32];

	for (unsigned v = s->max + 1; v-- > s->min;) {
		if (c->versions & 1u << v) {
			out->version = v;
			return;
		}
	}
	add_versions(ours, sizeof(ours), c->versions);
	why_add(why, "tls", "the modem offers TLS %s, the server takes %s to %s: alert protocol_version (70)", ours,
		version_names[s->min], version_names[s->max]);
	out->status = LINK_TLS_FAILED;
}

static bool offers(const struct link_tls *c, uint16_t number)
{
	for (size_t i = 0; i < c->n_ciphers; i++) {
		if (c->ciphers[i] == number)
			return true;
	}
	return false;
}

static bool fits(const struct link_tls *c, const struct tls_server *s, const struct suite *row, unsigned version)
{
	if (!row || version < row->min || version > row->max)
		return false;
	if (s->chain.key == KEY_ECDSA && !c->ecdsa)
		return false;
	return row->key == SUITE_ANY_KEY || row->key == (s->chain.key == KEY_ECDSA ? SUITE_ECDSA : SUITE_RSA);
}

/* "C02F C030 +12" */
static void add_numbers(char *buf, size_t size, const uint16_t *list, size_t n)
{
	size_t at = 0, i;

	buf[0] = '\0';
	for (i = 0; i < n && at + 14 < size; i++)
		at += (size_t)snprintf(buf + at, size - at, "%s%04X", i ? " " : "", list[i]);
	if (i < n)
		snprintf(buf + at, size - at, " +%zu", n - i);
}

/* A limit of the modem's revision that the server's chain does not keep; quirk and evidence go with it. */
static void explain_limit(const struct link_tls *c, enum quirk_id id, struct why *why, const char *text)
{
	if (c->profile)
		profile_why(c->profile, id, why, "tls", "%s", text);
	else
		why_add(why, "tls", "%s", text);
}

static void explain_ecdsa(const struct link_tls *c, struct why *why)
{
	explain_limit(c, QUIRK_ID_tls_ecdsa, why,
		      "the server has an ECDSA certificate only and this revision does not understand those");
}

/* Whether the revision's limits refuse a chain whatever signs it. */
static bool is_over_limit(const struct link_tls *c, const struct chain *chain, struct why *why)
{
	char text[128];

	if (chain->key == KEY_ECDSA && !c->ecdsa) {
		explain_ecdsa(c, why);
	} else if (chain->key == KEY_ECDSA && c->ec_bits_max && (int)chain->bits > c->ec_bits_max) {
		snprintf(text, sizeof(text), "the server has an ECDSA key of %d bits and this revision takes %d", (int)chain->bits,
			 c->ec_bits_max);
		explain_limit(c, QUIRK_ID_tls_ec_bits_max, why, text);
	} else if (c->max_chain_bytes && chain->bytes > c->max_chain_bytes) {
		snprintf(text, sizeof(text), "the server's chain is %zu bytes and this revision takes %zu", chain->bytes,
			 c->max_chain_bytes);
		explain_limit(c, QUIRK_ID_tls_max_chain_bytes, why, text);
	} else if (chain->wildcard && !c->wildcard) {
		explain_limit(c, QUIRK_ID_tls_wildcard, why,
			      "the server's certificate is a wildcard one and this revision does not understand those");
	} else {
		return false;
	}
	return true;
}

static void explain_suites(const struct link_tls *c, const struct tls_server *s, const uint16_t *theirs, size_t n,
			   unsigned version, struct why *why)
{
	char list[128];

	if (s->chain.key == KEY_ECDSA && !c->ecdsa)
		explain_ecdsa(c, why);
	add_numbers(list, sizeof(list), c->ciphers, c->n_ciphers);
	why_add(why, "tls", "the modem offers suites %s", list);
	add_numbers(list, sizeof(list), theirs, n);
	why_add(why, "tls", "the server takes %s", list);
	why_add(why, "tls", "none fits TLS %s with an %s certificate: alert handshake_failure (40)", version_names[version],
		key_names[s->chain.key]);
}

static void pick_suite(const struct suites *suites, const struct link_tls *c, const struct tls_server *s,
		       struct tls_result *out, struct why *why)
{
	const uint16_t *theirs = s->cipher ? s->cipher : suites->by_default;
	size_t n = s->cipher ? s->n_ciphers : suites->n_default;

	for (size_t i = 0; i < n; i++) {
		const struct suite *row = suite_by_number(suites, theirs[i]);

		if (offers(c, theirs[i]) && fits(c, s, row, out->version)) {
			out->suite = row;
			return;
		}
	}
	explain_suites(c, s, theirs, n, out->version, why);
	out->status = LINK_TLS_FAILED;
}

enum link_status tls_judge_chain(const struct link_tls *c, const struct chain *chain, const char *name, int *error,
				 struct why *why)
{
	*error = X509_V_ERR_APPLICATION_VERIFICATION;
	if (is_over_limit(c, chain, why))
		return LINK_TLS_FAILED;
	return c->verify_server ? x509_check_chain(c, chain, name, error, why) : LINK_OK;
}

void tls_explain_no_tls(struct why *why, const char *who)
{
	why_add(why, "tls", "%.90s does not speak TLS: what comes back is no ServerHello", who);
}

void tls_explain_no_cert(struct why *why, const char *who)
{
	why_add(why, "tls", "%.80s wants a client certificate and closes the session of a client without one", who);
}

void tls_explain_cert_alert(struct why *why, const char *who, const char *alert)
{
	why_add(why, "tls", "%.80s wants a client certificate and none was sent: alert %.60s", who, alert);
}

void tls_explain_cert_refused(struct why *why, const char *who, const char *file, const char *alert)
{
	why_add(why, "tls", "%.60s does not accept client certificate \"%.40s\": alert %s", who, file ? file : "", alert);
}

void tls_explain_no_tenant(struct why *why, const char *who, const char *match)
{
	why_add(why, "R4", "TLS is up, but without a server name %.60s (\"%.40s\") finds no tenant: CONNACK 5", who, match);
}

/* What a handshake that has come so far still leads to. */
static void look_ahead(const struct link_tls *c, const struct host *h, const char *name, struct tls_result *out,
		       struct why *why)
{
	const struct tls_server *s = &h->model.server;

	bool missing = s->client_cert && !c->send_client_cert;
	bool unknown = s->client_cert && !missing && s->client_ca && !x509_client_is_known(c, s->client_ca);

	if ((missing || unknown) && s->client_cert_alert) {
		/* In TLS 1.3 the client is through with the handshake when the server finds out. */
		if (unknown)
			tls_explain_cert_refused(why, name, c->cert.name, "unknown_ca (48)");
		else
			tls_explain_cert_alert(why, name,
					       out->version < 3 ? "handshake_failure (40)" : "certificate_required (116)");
		out->close_without_cert = out->version == 3;
		out->status = out->version < 3 ? LINK_TLS_FAILED : LINK_OK;
	} else if (missing || unknown) {
		tls_explain_no_cert(why, name);
		out->close_without_cert = true;
	} else if (!out->sni_sent && s->no_sni == NO_SNI_CONNACK_5) {
		tls_explain_no_tenant(why, name, h->match);
		out->connack_5 = true;
	} else {
		return;
	}
	add_evidence(why, h);
}

void tls_negotiate(const struct suites *suites, const struct link_tls *c, const struct host *h, const char *name,
		   struct tls_result *out, struct why *why)
{
	int error;

	*out = (struct tls_result){ .sni_sent = c->send_sni };
	out->status = link_tls_check_files(c, why);
	if (!out->status)
		refuse_without_name(h, name, out, why);
	if (!out->status)
		refuse_wrong_name(h, name, out, why);
	if (!out->status)
		pick_version(c, &h->model.server, out, why);
	if (!out->status)
		pick_suite(suites, c, &h->model.server, out, why);
	if (!out->status)
		out->status = tls_judge_chain(c, &h->model.server.chain, name, &error, why);
	if (!out->status)
		look_ahead(c, h, name, out, why);
}
