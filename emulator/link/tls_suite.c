/* The suite table is OpenSSL's own, so that a world file and a real server mean the same by a name. */
#include "link/tls_suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#include "base/str.h"

static enum suite_key key_of(const SSL_CIPHER *c)
{
	int nid = SSL_CIPHER_get_auth_nid(c);

	if (nid == NID_auth_rsa)
		return SUITE_RSA;
	if (nid == NID_auth_ecdsa)
		return SUITE_ECDSA;
	return nid == NID_auth_any ? SUITE_ANY_KEY : SUITE_OTHER_KEY;
}

static void fill(struct suite *s, const SSL_CIPHER *c)
{
	const char *version = SSL_CIPHER_get_version(c);

	s->number = SSL_CIPHER_get_protocol_id(c);
	s->name = SSL_CIPHER_get_name(c);
	s->standard = SSL_CIPHER_standard_name(c);
	s->key = key_of(c);
	s->max = 2;
	if (!strcmp(version, "TLSv1.3"))
		s->min = s->max = 3;
	else if (!strcmp(version, "TLSv1.2"))
		s->min = 2;
}

static int read_stack(struct suites *s, const STACK_OF(SSL_CIPHER) *all)
{
	int n = sk_SSL_CIPHER_num(all);

	s->row = calloc(n > 0 ? (size_t)n : 1, sizeof(*s->row));
	if (!s->row)
		return -ENOMEM;
	for (int i = 0; i < n; i++)
		fill(&s->row[s->n++], sk_SSL_CIPHER_value(all, i));
	return 0;
}

static int read_default(struct suites *s, const STACK_OF(SSL_CIPHER) *list)
{
	int n = sk_SSL_CIPHER_num(list);

	s->by_default = calloc(n > 0 ? (size_t)n : 1, sizeof(*s->by_default));
	if (!s->by_default)
		return -ENOMEM;
	for (int i = 0; i < n; i++)
		s->by_default[s->n_default++] = SSL_CIPHER_get_protocol_id(sk_SSL_CIPHER_value(list, i));
	return 0;
}

int suites_load(struct suites *s)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	int err = ctx ? read_default(s, SSL_CTX_get_ciphers(ctx)) : -ENOMEM;

	if (!err && !SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL:@SECLEVEL=0"))
		err = -ENOMEM;
	if (!err)
		err = read_stack(s, SSL_CTX_get_ciphers(ctx));
	SSL_CTX_free(ctx);
	return err;
}

const struct suites *suites_ready(struct suites *s)
{
	if (!s->n && suites_load(s))
		suites_free(s);
	return s;
}

void suites_free(struct suites *s)
{
	free(s->row);
	free(s->by_default);
	*s = (struct suites){ 0 };
}

const struct suite *suite_by_number(const struct suites *s, uint16_t number)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->row[i].number == number)
			return &s->row[i];
	}
	return NULL;
}

const struct suite *suite_by_name(const struct suites *s, const char *name)
{
	long long number;

	if (!str_to_num_any(name, strlen(name), 0, 0xffff, &number))
		return suite_by_number(s, (uint16_t)number);
	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(s->row[i].name, name) || (s->row[i].standard && !strcmp(s->row[i].standard, name)))
			return &s->row[i];
	}
	return NULL;
}

const char *suite_nearest(const struct suites *s, const char *name)
{
	const char **names = calloc(s->n + 1, sizeof(*names));
	const char *near;

	if (!names)
		return NULL;
	for (size_t i = 0; i < s->n; i++)
		names[i] = s->row[i].name;
	near = str_nearest(name, names);
	free(names);
	return near;
}
