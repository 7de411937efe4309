/* Fixtures under test: started cells, programs and TLS clients that speak to them, and what was heard. */
#ifndef TEST_FIXTURE_RIG_H
#define TEST_FIXTURE_RIG_H

#include "harness/fixture.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "harness/certs.h"
#include "harness/child.h"
#include "harness/run.h"
#include "harness/scratch.h"
#include "harness/timebase.h"
#include "harness/vars.h"

#define HEAD "schema: 1\nname: t\nsummary: t\nsteps: [{at: AT}]\nfixtures:\n"

/* One started cell. */
struct bench {
	struct scenario *scenario;
	struct timebase time;
	struct fixtures *fixtures;
	char dir[SCRATCH_PATH_MAX];
	struct buf heard; /* broker lines, each with its LF */
	struct buf gone;
};

static const struct run_options run = { .target = HIL_TARGET_INPROC, .clock = HIL_CLOCK_REAL };

static inline void on_broker(const char *line, void *ctx)
{
	struct bench *b = ctx;

	buf_addf(&b->heard, "%s\n", line);
}

static inline void on_gone(const char *why, void *ctx)
{
	struct bench *b = ctx;

	buf_adds(&b->gone, why);
}

static inline void prepare(struct bench *b, const char *fixtures)
{
	struct err e = { 0 };
	char text[4096];

	memset(b, 0, sizeof(*b));
	buf_init(&b->heard, 1 << 20);
	buf_init(&b->gone, 1 << 16);
	snprintf(text, sizeof(text), HEAD "%s", fixtures);
	b->scenario = scenario_load_text("t.yaml", text, strlen(text), NULL, &e);
	ck_assert_msg(b->scenario != NULL, "%s", e.msg);
	ck_assert_int_eq(scratch_make(b->dir, &e), 0);
	ck_assert_int_eq(timebase_make(&b->time, &run, true, &e), 0);
}

static inline struct fixtures *try_start(struct bench *b, struct err *e)
{
	const struct fixtures_options o = {
		.cell = b->scenario->cells[0], .dir = b->dir, .loop = b->time.loop, .seed = 7
	};
	const struct fixture_hooks hooks = { on_broker, on_gone, b };

	b->fixtures = fixtures_start(&o, e);
	if (b->fixtures)
		fixtures_listen(b->fixtures, &hooks);
	return b->fixtures;
}

static inline void start(struct bench *b, const char *fixtures)
{
	struct err e = { 0 };

	prepare(b, fixtures);
	ck_assert_msg(try_start(b, &e) != NULL, "%s", e.msg);
}

/* Children of this process, as the kernel lists them. */
static inline void no_children(void)
{
	char path[64], text[256] = "";
	FILE *in;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	in = fopen(path, "r");
	ck_assert_ptr_nonnull(in);
	if (!fgets(text, sizeof(text), in))
		text[0] = '\0';
	fclose(in);
	ck_assert_str_eq(text, "");
}

static inline void stop(struct bench *b)
{
	fixtures_stop(b->fixtures);
	timebase_free(&b->time);
	scratch_remove(b->dir);
	ck_assert_int_ne(access(b->dir, F_OK), 0);
	scenario_free(b->scenario);
	buf_free(&b->heard);
	buf_free(&b->gone);
	no_children();
}

static inline const char *var(const struct bench *b, const char *name)
{
	const char *value = vars_get(b->scenario->cells[0], name);

	ck_assert_msg(value != NULL, "${%s} has no value", name);
	return value;
}

/* --- waiting --------------------------------------------------------------------------------------------------- */

enum { LONG_US = 30000000 };

static inline void on_tick(void *ctx)
{
	(void)ctx;
}

static inline void wait_until(struct bench *b, bool (*done)(struct bench *b, const void *what), const void *what,
		       const char *name)
{
	uint64_t until = clock_now_us(b->time.clock) + LONG_US;
	struct timer tick;

	timer_init(&tick, on_tick, NULL);
	while (!done(b, what)) {
		ck_assert_msg(clock_now_us(b->time.clock) < until, "waited for %s; heard: %s", name,
			      buf_str(&b->heard));
		clock_arm(b->time.clock, &tick, 100000);
		loop_once(b->time.loop);
	}
	timer_cancel(&tick);
}

static inline bool has_heard(struct bench *b, const void *what)
{
	return strstr(buf_str(&b->heard), what) != NULL;
}

static inline void hear(struct bench *b, const char *line)
{
	wait_until(b, has_heard, line, line);
}

/* --- other programs -------------------------------------------------------------------------------------------- */

struct other {
	bool ended;
	int status;
	struct buf said;
};

static inline void on_said(const void *p, size_t n, void *ctx)
{
	buf_add(&((struct other *)ctx)->said, p, n);
}

static inline void on_ended(int status, void *ctx)
{
	struct other *o = ctx;

	o->ended = true;
	o->status = status;
}

static inline bool has_ended(struct bench *b, const void *what)
{
	(void)b;
	return ((const struct other *)what)->ended;
}

/* Runs a program to its end; returns its status. */
static inline int run_program(struct bench *b, const char *const *argv)
{
	struct other o = { .ended = false };
	const struct child_hooks hooks = { on_said, on_ended, &o };
	struct err e = { 0 };
	struct child *c;

	buf_init(&o.said, 65536);
	c = child_start(b->time.loop, (char *const *)(uintptr_t)argv, &hooks, &e);
	ck_assert_msg(c != NULL, "%s", e.msg);
	wait_until(b, has_ended, &o, argv[0]);
	child_free(c, 0);
	buf_free(&o.said);
	return o.status;
}

/* --- TLS clients ----------------------------------------------------------------------------------------------- */

static inline int dial(const struct bench *b)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons((uint16_t)strtoul(var(b, "b.real_port"), NULL, 10)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!connect(fd, (struct sockaddr *)&at, sizeof(at)))
		return fd;
	close(fd);
	return -1;
}

struct tls_try {
	int version; /* the only one; 0: any */
	const char *ciphers;
	bool own_cert, other_cert, wrong_ca, no_name;
	const char *name;		/* b.test unless given */
};

/* "TLSv1.2 ECDHE-..." or the reason why not. */
static inline void shake_hands(const struct bench *b, const struct tls_try *t, char out[160])
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl;
	int fd = dial(b), ok;
	char byte;

	ck_assert_int_ge(fd, 0);
	SSL_CTX_set_cipher_list(ctx, t->ciphers ? t->ciphers : "ALL:@SECLEVEL=0");
	if (t->version) {
		SSL_CTX_set_min_proto_version(ctx, t->version);
		SSL_CTX_set_max_proto_version(ctx, t->version);
	} else {
		SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	}
	ck_assert_int_eq(SSL_CTX_load_verify_locations(ctx, var(b, t->wrong_ca ? "b.other_ca" : "b.ca"), NULL), 1);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (t->own_cert || t->other_cert) {
		const char *cert = var(b, t->own_cert ? "b.client_cert" : "b.other_cert");
		const char *key = var(b, t->own_cert ? "b.client_key" : "b.other_key");

		ck_assert_int_eq(SSL_CTX_use_certificate_file(ctx, cert, SSL_FILETYPE_PEM), 1);
		ck_assert_int_eq(SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM), 1);
	}
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, fd);
	if (!t->no_name)
		SSL_set_tlsext_host_name(ssl, (void *)(uintptr_t)(t->name ? t->name : "b.test"));
	ERR_clear_error();
	ok = SSL_connect(ssl);
	if (ok == 1) {
		/* TLS 1.3 hears of a missing certificate when it reads; a broker that is content waits for CONNECT */
		const struct timeval soon = { .tv_usec = 300000 };

		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
		if (SSL_read(ssl, &byte, 1) <= 0 && ERR_peek_error())
			ok = 0;
	}
	if (ok == 1)
		snprintf(out, 160, "%s %s", SSL_get_version(ssl), SSL_get_cipher_name(ssl));
	else
		snprintf(out, 160, "%s", ERR_peek_error() ? ERR_reason_error_string(ERR_peek_error()) : "closed");
	/* a close with bytes unread would be a reset, and the alert before it lost */
	shutdown(fd, SHUT_WR);
	while (ok != 1 && read(fd, &byte, 1) > 0)
		;
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	close(fd);
	ERR_clear_error();
}

/* --- requests over TCP or TLS --------------------------------------------------------------------------------- */

/* Sends text and reads all that comes until the end, over TLS when the fixture has a CA. */
static inline void fetch(const struct bench *b, const char *request, struct buf *answer)
{
	const char *ca = vars_get(b->scenario->cells[0], "b.ca");
	SSL_CTX *ctx = ca ? SSL_CTX_new(TLS_client_method()) : NULL;
	SSL *ssl = ctx ? SSL_new(ctx) : NULL;
	int fd = dial(b), n = 1;
	char chunk[4096];

	ck_assert_int_ge(fd, 0);
	if (ssl) {
		SSL_set_fd(ssl, fd);
		ck_assert_int_eq(SSL_connect(ssl), 1);
		SSL_write(ssl, request, (int)strlen(request));
	} else {
		ck_assert_int_eq(write(fd, request, strlen(request)), (ssize_t)strlen(request));
	}
	while (n > 0) {
		n = ssl ? SSL_read(ssl, chunk, sizeof(chunk)) : (int)read(fd, chunk, sizeof(chunk));
		if (n > 0)
			buf_add(answer, chunk, (size_t)n);
	}
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	ERR_clear_error();
	close(fd);
}

/* Runs all tests of a case and returns what main returns. */
static inline int run_suite(const char *name, TCase *tc)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
