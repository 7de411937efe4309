/* HAProxy before a broker: who is let in by name, who is not, and what each of them gets; and programs of any kind. */
#include "harness/tests/test_fixture_rig.h"

static const struct {
	const char *settings;
	struct tls_try client;
	const char *outcome, *heard;
} rows[] = {
	{ "", { .version = 0 }, "TLSv1.3 TLS_AES_256_GCM_SHA384", NULL },
	{ "", { .no_name = true }, "tlsv1 unrecognized name", "tls unrecognized name\n" },
	{ "", { .name = "other.test" }, "tlsv1 unrecognized name", "tls unrecognized name\n" },
	{ "sni: ['*.good.test', a.test], ", { .name = "x.good.test" }, "TLSv1.3 TLS_AES_256_GCM_SHA384", NULL },
	{ "sni: ['*.good.test', a.test], ", { .name = "b.test" }, "tlsv1 unrecognized name", NULL },
	{ "no_sni: ok, ", { .no_name = true }, "TLSv1.3 TLS_AES_256_GCM_SHA384", NULL },
	{ "no_sni: ok, ", { .name = "other.test" }, "TLSv1.3 TLS_AES_256_GCM_SHA384", NULL },
	{ "tls: {min: 1.0, max: 1.0}, ", { .version = 0 }, "TLSv1 ECDHE-RSA-AES256-SHA", NULL },
	{ "tls: '1.2', ciphers: [AES128-SHA, AES256-SHA], ", { .ciphers = "AES256-SHA:AES128-SHA" }, "TLSv1.2 AES128-SHA", NULL },
	{ "tls: '1.2', ciphers: AES128-SHA, ", { .ciphers = "AES256-SHA" }, "sslv3 alert handshake failure", "tls no shared cipher\n" },
	{ "tls: '1.3', ciphers: TLS_AES_128_GCM_SHA256, ", { .version = 0 }, "TLSv1.3 TLS_AES_128_GCM_SHA256", NULL },
	{ "tls: '1.2', cert: {key: ecdsa, intermediates: 1}, ", { .version = 0 }, "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384", NULL },
	/* with 1.3 the server may be gone before the alert comes */
	{ "tls: '1.2', ", { .wrong_ca = true }, "certificate verify failed", "tls tlsv1 alert unknown ca\n" },
	{ "tls: '1.2', client_cert: required, ", { .version = 0 }, "sslv3 alert handshake failure",
	  "tls peer did not return a certificate\n" },
	{ "tls: '1.2', client_cert: required, ", { .own_cert = true }, "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384", NULL },
};

START_TEST(handshake)
{
	struct bench b;
	char text[512], outcome[160];

	snprintf(text, sizeof(text), "  plain: {use: mosquitto}\n  b: {use: sni-front, %sto: plain}\n", rows[_i].settings);
	start(&b, text);
	ck_assert_str_eq(var(&b, "b.port"), "8883");
	shake_hands(&b, &rows[_i].client, outcome);
	ck_assert_msg(!strcmp(outcome, rows[_i].outcome), "%s: %s", rows[_i].settings, outcome);
	if (rows[_i].heard)
		hear(&b, rows[_i].heard);
	stop(&b);
}
END_TEST

static const char connect_x[] = "\x10\x0d\0\4MQTT\4\2\0\x3c\0\1x";

/* The first four bytes that answer a CONNECT. */
static void connack(const struct bench *b, bool with_name, char out[4])
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(ctx);
	int fd = dial(b);

	SSL_set_fd(ssl, fd);
	if (with_name)
		SSL_set_tlsext_host_name(ssl, "b.test");
	ck_assert_int_eq(SSL_connect(ssl), 1);
	SSL_write(ssl, connect_x, sizeof(connect_x) - 1);
	ck_assert_int_eq(SSL_read(ssl, out, 4), 4);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	close(fd);
}

START_TEST(tenants_by_name)
{
	struct bench b;
	char answer[4];

	start(&b, "  plain: {use: mosquitto}\n  b: {use: sni-front, to: plain, no_sni: connack_5}\n");
	connack(&b, true, answer);
	ck_assert_mem_eq(answer, "\x20\2\0\0", 4);
	hear(&b, "connect x\n");
	connack(&b, false, answer);
	ck_assert_mem_eq(answer, "\x20\2\0\5", 4);
	hear(&b, "refused x 5\n");
	stop(&b);
}
END_TEST

START_TEST(web_behind_it)
{
	struct bench b;

	start(&b, "  web: {use: nginx, files: [{path: /a, text: x}]}\n  b: {use: sni-front, to: web, aliases: [c.test]}\n");
	ck_assert_str_eq(var(&b, "b.port"), "443");
	stop(&b);
}
END_TEST

START_TEST(the_model_of_both)
{
	struct bench b;
	char text[16384];
	size_t n;
	FILE *in;

	start(&b, "  plain: {use: mosquitto, users: {a: b}, world: modelled}\n"
		  "  b: {use: sni-front, to: plain, aliases: [c.test], world: modelled}\n");
	in = fopen(fixtures_worlds(b.fixtures, &n)[1], "r");
	ck_assert_uint_eq(n, 2);
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	ck_assert_ptr_nonnull(strstr(text, "\"no_sni\": \"tls_alert\""));
	ck_assert_ptr_nonnull(strstr(text, "\"password\": \"b\""));
	ck_assert_ptr_nonnull(strstr(text, "\"match\": \"b.test\""));
	ck_assert_ptr_nonnull(strstr(text, "\"match\": \"c.test\""));
	stop(&b);
}
END_TEST

/* --- programs ---------------------------------------------------------------------------------------------------- */

START_TEST(a_program)
{
	struct bench b;
	int fd;
	char byte;

	start(&b, "  b: {use: program, port: 7, command: 'socat TCP-LISTEN:{port},bind=127.0.0.1,fork \"SYSTEM:echo hi\"'}\n");
	ck_assert_str_eq(var(&b, "b.port"), "7");
	fd = dial(&b);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(read(fd, &byte, 1), 1);
	close(fd);
	stop(&b);
}
END_TEST

START_TEST(a_program_that_tells)
{
	struct bench b;

	start(&b, "  b: {use: program, ready: '^up ([0-9]+)$', command: '/bin/sh -c \"echo wait; echo up {port}; echo more; exec cat\"'}\n");
	hear(&b, "more\n");
	stop(&b);
}
END_TEST

START_TEST(programs_that_do_not_start)
{
	static const struct {
		const char *text, *error;
		int code;
	} bad[] = {
		{ "  b: {use: program, command: no-such-program}\n", "no-such-program is not installed", -ENOPKG },
		{ "  b: {use: program, command: '/bin/sh -c \"echo oh; echo no; exit 3\"'}\n",
		  "/bin/sh did not start, status 3: oh | no", -EIO },
		{ "  b: {use: program, command: \"''\"}\n", "", -EIO },
	};

	for (size_t i = 0; i < 2; i++) {
		struct err e = { 0 };
		struct bench b;

		prepare(&b, bad[i].text);
		ck_assert_ptr_null(try_start(&b, &e));
		ck_assert_int_eq(e.code, bad[i].code);
		ck_assert_msg(strstr(e.msg, bad[i].error) != NULL, "%s", e.msg);
		stop(&b);
	}
}
END_TEST

int main(void)
{
	const struct cert_setup rsa = { .bits = 0 }, ecdsa = { .key = CERT_ECDSA, .intermediates = 1 };
	TCase *tc = tcase_create("front");

	certs_prepare(&rsa, 7);
	certs_prepare(&ecdsa, 7);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, handshake, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, tenants_by_name);
	tcase_add_test(tc, web_behind_it);
	tcase_add_test(tc, the_model_of_both);
	tcase_add_test(tc, a_program);
	tcase_add_test(tc, a_program_that_tells);
	tcase_add_test(tc, programs_that_do_not_start);
	return run_suite("fixture front", tc);
}
