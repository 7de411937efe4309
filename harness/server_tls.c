/* OpenSSL says which suites a name or list means; nothing here keeps a table of its own. */
#include "harness/server_tls.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

enum { LIST_MAX_BYTES = 16384 };

/* Certificates and suites of old servers are wanted too; what the modem takes is the modem's business. */
static const char any_level[] = ":@SECLEVEL=0";

int tls_min(const struct tls_versions *v)
{
	if (v->only >= 0)
		return v->only;
	if (v->min >= 0)
		return v->min;
	return v->max >= 0 && v->max < 2 ? v->max : 2;
}

int tls_max(const struct tls_versions *v)
{
	if (v->only >= 0)
		return v->only;
	return v->max >= 0 ? v->max : 3;
}

static bool is_modern(const char *name)
{
	return !strncmp(name, "TLS_", 4);
}

static int set_old(SSL_CTX *ctx, const char *text)
{
	struct buf list;
	int ok;

	buf_init(&list, LIST_MAX_BYTES);
	buf_addf(&list, "%s%s", *text ? text : "DEFAULT", any_level);
	ok = SSL_CTX_set_cipher_list(ctx, buf_str(&list));
	buf_free(&list);
	ERR_clear_error();
	return ok ? 0 : -EINVAL;
}

static int set_modern(SSL_CTX *ctx, const char *text)
{
	int ok = !*text || SSL_CTX_set_ciphersuites(ctx, text);

	ERR_clear_error();
	return ok ? 0 : -EINVAL;
}

static int no_suite(const char *text, struct err *e)
{
	return err_set(e, -EINVAL, "OpenSSL has no cipher suite '%.80s' (openssl ciphers lists them)", text);
}

int tls_check_cipher(const char *text, struct err *e)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	int err = ctx ? is_modern(text) ? set_modern(ctx, text) : set_old(ctx, text) : -ENOMEM;

	SSL_CTX_free(ctx);
	return err || !*text ? no_suite(text, e) : 0;
}

static void add_name(struct buf *list, const char *name)
{
	buf_addf(list, "%s%s", list->len ? ":" : "", name);
}

static void add_names(const SSL_CTX *ctx, struct buf *old, struct buf *modern)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);

	for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		const char *name = SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i));

		add_name(is_modern(name) ? modern : old, name);
	}
}

int tls_cipher_names(const char *const *ciphers, size_t n, struct buf *old, struct buf *modern, struct err *e)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct buf wanted[2];
	int err = ctx ? 0 : -ENOMEM;

	buf_init(&wanted[0], LIST_MAX_BYTES);
	buf_init(&wanted[1], LIST_MAX_BYTES);
	for (size_t i = 0; i < n; i++)
		add_name(&wanted[is_modern(ciphers[i])], ciphers[i]);
	if (!err)
		err = set_old(ctx, buf_str(&wanted[0]));
	if (!err)
		err = set_modern(ctx, buf_str(&wanted[1]));
	if (!err)
		add_names(ctx, old, modern);
	else
		no_suite(buf_str(&wanted[0]), e);
	buf_free(&wanted[0]);
	buf_free(&wanted[1]);
	SSL_CTX_free(ctx);
	return err;
}

int cert_date(const char *text, time_t *out)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%d", &tm);

	if (end && *end)
		end = strptime(end, "T%H:%M:%SZ", &tm);
	if (!end || *end)
		return -EINVAL;
	*out = timegm(&tm);
	return 0;
}
