/*
 * A filter BIO on the read side of a data connection. curl 7.88 shakes hands on it before the server has said whether
 * it takes the transfer, and gives everything up when it ends there, although "550 no such file" stands in the other
 * socket.
 */
#include <errno.h>
#include <stdlib.h>

#include "link/real_ftp_impl.h"

struct guard {
	bool (*holds)(void *ctx);
	void *ctx;
};

static int guard_read(BIO *bio, char *data, size_t size, size_t *n)
{
	const struct guard *g = BIO_get_data(bio);
	int ok = BIO_read_ex(BIO_next(bio), data, size, n);

	BIO_clear_retry_flags(bio);
	if (ok)
		return ok;
	if (BIO_should_retry(BIO_next(bio)))
		BIO_copy_next_retry(bio);
	else if (g->holds(g->ctx))
		BIO_set_retry_read(bio);
	return ok;
}

static long guard_ctrl(BIO *bio, int what, long number, void *arg)
{
	return BIO_ctrl(BIO_next(bio), what, number, arg);
}

static int guard_destroy(BIO *bio)
{
	free(BIO_get_data(bio));
	return 1;
}

static BIO_METHOD *make_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_FILTER | BIO_get_new_index(), "guard");

	if (m) {
		BIO_meth_set_read_ex(m, guard_read);
		BIO_meth_set_ctrl(m, guard_ctrl);
		BIO_meth_set_destroy(m, guard_destroy);
	}
	return m;
}

int real_ftp_guard(SSL *ssl, BIO_METHOD **method, bool (*holds)(void *ctx), void *ctx)
{
	struct guard *g = malloc(sizeof(*g));
	BIO *bio;

	if (!*method)
		*method = make_method();
	bio = g && *method ? BIO_new(*method) : NULL;
	if (!bio) {
		free(g);
		return -ENOMEM;
	}
	*g = (struct guard){ holds, ctx };
	BIO_set_data(bio, g);
	BIO_set_init(bio, 1);
	BIO_up_ref(SSL_get_rbio(ssl));
	BIO_push(bio, SSL_get_rbio(ssl));
	SSL_set0_rbio(ssl, bio);
	return 0;
}
