/*
 * One version after the other with all suites there are, then, at the version both sides speak, one suite after the
 * other: what the server has chosen is taken off the next offer, until nothing is left that it takes. Bounded in number
 * and time. Nothing here touches the link from the thread; the answer is judged on the loop.
 */
#include "link/real_probe.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/str.h"
#include "io/loop.h"
#include "link/real_socket.h"
#include "link/session.h"
#include "link/x509_check.h"

enum { ANY_VERSION = 4 }; /* beside 0 to 3 */

enum {
	HANDSHAKES_MAX = 20,
	HANDSHAKE_MS = 1000,
	LOOK_UP_MS = 50, /* how soon the thread sees that nobody wants to know any more */
	SUITES_MAX = HANDSHAKES_MAX,
};

/* What one handshake has shown. */
struct seen {
	bool accepted; /* there was a certificate, or the handshake is through */
	const SSL_CIPHER *cipher;
	bool wants_cert;
	X509 *leaf;
	STACK_OF(X509) *others;
};

struct real_probe {
	uv_work_t work;
	struct link *link;
	real_probe_func_t func; /* NULL: cancelled; of the loop's thread */
	void *ctx;
	atomic_bool stop;
	/* asked */
	struct real_address to;
	bool is_it_tls;	   /* the one question */
	unsigned versions; /* of the modem */
	bool send_sni, has_name;
	char name[ROUTE_ADDRESS_SIZE], where[ROUTE_ADDRESS_SIZE + 8];
	/* found */
	unsigned handshakes, accepted; /* bit n: TLS 1.n */
	bool refuses_without_name;
	const SSL_CIPHER *suite[SUITES_MAX];
	size_t n_suites;
	struct seen rsa, ecdsa; /* the first chain of each kind; of the others no more than the suite is kept */
	bool wants_cert;
};

/* --- one handshake, in the thread --------------------------------------------------------------------------------- */

static void seen_clear(struct seen *s)
{
	X509_free(s->leaf);
	sk_X509_pop_free(s->others, X509_free);
	*s = (struct seen){ .accepted = false };
}

static int on_chain(X509_STORE_CTX *store, void *arg)
{
	struct seen *s = arg;
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());

	s->accepted = true;
	s->cipher = SSL_get_pending_cipher(ssl);
	s->leaf = X509_STORE_CTX_get0_cert(store);
	X509_up_ref(s->leaf);
	s->others = X509_chain_up_ref(X509_STORE_CTX_get0_untrusted(store));
	X509_free(sk_X509_shift(s->others)); /* the leaf comes first */
	return 1;
}

static int on_cert_wanted(SSL *ssl, X509 **x, EVP_PKEY **key)
{
	struct seen *s = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	(void)x;
	(void)key;
	s->wants_cert = true;
	return 0;
}

static void set_version(SSL_CTX *ctx, unsigned v)
{
	static const int number[] = { TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION };

	SSL_CTX_set_min_proto_version(ctx, v == ANY_VERSION ? TLS1_VERSION : number[v]);
	SSL_CTX_set_max_proto_version(ctx, v == ANY_VERSION ? TLS1_3_VERSION : number[v]);
}

static bool has_suite(const struct real_probe *p, const char *name)
{
	for (size_t i = 0; i < p->n_suites; i++) {
		if (!strcmp(SSL_CIPHER_get_name(p->suite[i]), name))
			return true;
	}
	return false;
}

/* All suites but those that are known already. */
static bool offer_rest(const struct real_probe *p, SSL_CTX *ctx, unsigned version)
{
	static const char *const tls13[] = { "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
					     "TLS_AES_128_GCM_SHA256", "TLS_AES_128_CCM_SHA256",
					     "TLS_AES_128_CCM_8_SHA256" };
	struct buf list;
	bool ok;

	buf_init(&list, 8192);
	if (version == 3) {
		for (size_t i = 0; i < sizeof(tls13) / sizeof(tls13[0]); i++) {
			if (!has_suite(p, tls13[i]))
				buf_addf(&list, "%s%s", list.len ? ":" : "", tls13[i]);
		}
		ok = list.len && SSL_CTX_set_ciphersuites(ctx, buf_str(&list));
	} else {
		buf_adds(&list, "ALL:COMPLEMENTOFALL:@SECLEVEL=0");
		for (size_t i = 0; i < p->n_suites; i++)
			buf_addf(&list, ":!%s", SSL_CIPHER_get_name(p->suite[i]));
		ok = SSL_CTX_set_cipher_list(ctx, buf_str(&list));
	}
	buf_free(&list);
	return ok;
}

static SSL_CTX *make_ctx(struct real_probe *p, unsigned version, struct seen *out)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (!ctx)
		return NULL;
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT);
	set_version(ctx, version);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, on_chain, out);
	SSL_CTX_set_app_data(ctx, out);
	SSL_CTX_set_client_cert_cb(ctx, on_cert_wanted);
	if (offer_rest(p, ctx, version))
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

/* Waits for the socket, at most until *left_ms is used up. */
static bool wait_for(const struct real_probe *p, int fd, short events, int *left_ms)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	while (*left_ms > 0 && !atomic_load(&p->stop)) {
		*left_ms -= LOOK_UP_MS;
		if (poll(&pfd, 1, LOOK_UP_MS) > 0)
			return true;
	}
	return false;
}

static int dial(const struct real_probe *p, int *left_ms)
{
	int fd = real_socket_connect(&p->to, 0);

	if (fd >= 0 && (!wait_for(p, fd, POLLOUT, left_ms) || real_socket_error(fd))) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool shake_hands(const struct real_probe *p, SSL *ssl, int fd, int *left_ms)
{
	for (;;) {
		int r = SSL_connect(ssl), err = SSL_get_error(ssl, r);

		if (r == 1)
			return true;
		if (err != SSL_ERROR_WANT_READ && err != SSL_ERROR_WANT_WRITE)
			return false;
		if (!wait_for(p, fd, err == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, left_ms))
			return false;
	}
}

/* True when the server went along far enough to show what it takes. */
static bool try_once(struct real_probe *p, unsigned version, bool sni, struct seen *out)
{
	int left_ms = HANDSHAKE_MS, fd;
	SSL_CTX *ctx;
	SSL *ssl;

	*out = (struct seen){ .accepted = false };
	if (atomic_load(&p->stop) || p->handshakes++ >= HANDSHAKES_MAX)
		return false;
	ctx = make_ctx(p, version, out);
	ssl = ctx ? SSL_new(ctx) : NULL;
	fd = ssl ? dial(p, &left_ms) : -1;
	if (fd >= 0 && SSL_set_fd(ssl, fd)) {
		if (sni)
			SSL_set_tlsext_host_name(ssl, p->name);
		if (shake_hands(p, ssl, fd, &left_ms)) {
			out->accepted = true;
			out->cipher = SSL_get_current_cipher(ssl);
			SSL_shutdown(ssl);
		}
	}
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	if (fd >= 0)
		close(fd);
	ERR_clear_error();
	return out->accepted;
}

/* --- the series --------------------------------------------------------------------------------------------------- */

/* Keeps what one handshake has shown; takes its certificates. */
static void take(struct real_probe *p, struct seen *s)
{
	const EVP_PKEY *key = s->leaf ? X509_get0_pubkey(s->leaf) : NULL;
	struct seen *kept = key && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC ? &p->ecdsa : &p->rsa;

	p->wants_cert |= s->wants_cert;
	if (s->leaf && !kept->leaf)
		*kept = *s;
	else
		seen_clear(s);
}

static void find_versions(struct real_probe *p)
{
	struct seen s;

	for (unsigned v = 4; v-- > 0;) {
		if (!try_once(p, v, p->has_name, &s))
			continue;
		p->accepted |= 1u << v;
		take(p, &s);
	}
}

static bool highest(unsigned bits, unsigned *out)
{
	for (unsigned v = 4; v-- > 0;) {
		if (bits & 1u << v) {
			*out = v;
			return true;
		}
	}
	return false;
}

static void find_name_rule(struct real_probe *p)
{
	struct seen s;
	unsigned v;

	if (p->send_sni || !p->has_name || !highest(p->accepted, &v))
		return;
	p->refuses_without_name = !try_once(p, v, false, &s) && !atomic_load(&p->stop);
	seen_clear(&s);
}

static void find_suites(struct real_probe *p)
{
	struct seen s;
	unsigned v;

	if (!highest(p->accepted & p->versions, &v))
		return;
	while (p->n_suites < SUITES_MAX && try_once(p, v, p->has_name, &s)) {
		const char *name = s.cipher ? SSL_CIPHER_get_name(s.cipher) : NULL;
		bool news = name && !has_suite(p, name);

		if (news)
			p->suite[p->n_suites++] = s.cipher;
		take(p, &s);
		if (!news)
			break;
	}
}

static void find_any(struct real_probe *p)
{
	struct seen s;

	p->accepted = try_once(p, ANY_VERSION, p->has_name, &s);
	seen_clear(&s);
}

static void on_thread(uv_work_t *work)
{
	struct real_probe *p = work->data;

	if (p->is_it_tls) {
		find_any(p);
		return;
	}
	find_versions(p);
	find_name_rule(p);
	if (!p->refuses_without_name)
		find_suites(p);
}

/* --- the answer, on the loop --------------------------------------------------------------------------------------- */

static void trace_measured(const struct real_probe *p, const struct tls_server *s)
{
	static const char *const version[] = { "1.0", "1.1", "1.2", "1.3" };
	struct buf list;

	buf_init(&list, 2048);
	for (size_t i = 0; i < p->n_suites; i++)
		buf_addf(&list, "%s%s", i ? ":" : "", SSL_CIPHER_get_name(p->suite[i]));
	trace_text(p->link->o.trace, TRACE_MODEL, "%s was asked in %u handshakes: tls=%s-%s suites=%s", p->where,
		   p->handshakes, version[s->min], version[s->max], list.len ? buf_str(&list) : "not asked");
	buf_free(&list);
}

static void tell(struct real_probe *p)
{
	const struct seen *chain = p->rsa.leaf ? &p->rsa : &p->ecdsa;
	uint16_t cipher[SUITES_MAX];
	struct host h = {
		.match = p->where, .place = p->where, .evidence = "asked", .confidence = "seen",
		.model = { .tls = true, .server = { .cipher = cipher, .n_ciphers = p->n_suites,
						    .client_cert = p->wants_cert } },
	};
	struct tls_server *s = &h.model.server;

	for (size_t i = 0; i < p->n_suites; i++)
		cipher[i] = SSL_CIPHER_get_protocol_id(p->suite[i]);
	highest(p->accepted, &s->max);
	for (s->min = 0; s->min < s->max && !(p->accepted & 1u << s->min); s->min++)
		;
	s->no_sni = p->refuses_without_name ? NO_SNI_TLS_ALERT : NO_SNI_OK;
	s->chain.leaf = chain->leaf;
	s->chain.intermediates = chain->others;
	if (chain->leaf)
		x509_describe_chain(&s->chain);
	if (p->accepted && !p->is_it_tls)
		trace_measured(p, s);
	p->func(p->accepted ? &h : NULL, p->ctx);
}

static void probe_free(struct real_probe *p)
{
	seen_clear(&p->rsa);
	seen_clear(&p->ecdsa);
	free(p);
}

static void after_thread(uv_work_t *work, int status)
{
	struct real_probe *p = work->data;

	(void)status;
	if (p->func)
		tell(p);
	probe_free(p);
}

struct real_probe *real_probe_start(struct link *l, const struct link_tls *tls, const char *name, const char *address,
				    uint16_t port, real_probe_func_t func, void *ctx)
{
	struct real_probe *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	*p = (struct real_probe){
		.link = l, .func = func, .ctx = ctx, .is_it_tls = !tls, .versions = tls ? tls->versions : 0,
		.send_sni = tls && tls->send_sni, .has_name = !route_is_address(name),
	};
	p->work.data = p;
	if (real_address_set(&p->to, address, port) && str_copy(p->name, sizeof(p->name), name)) {
		snprintf(p->where, sizeof(p->where), "%s:%u", address, port);
		if (!uv_queue_work(loop_uv(l->o.loop), &p->work, on_thread, after_thread))
			return p;
	}
	probe_free(p);
	return NULL;
}

void real_probe_cancel(struct real_probe *p)
{
	if (!p)
		return;
	p->func = NULL;
	atomic_store(&p->stop, true);
	uv_cancel((uv_req_t *)&p->work); /* after_thread() comes in any case */
}
