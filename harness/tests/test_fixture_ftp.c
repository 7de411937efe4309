/* ProFTPD as a fixture, spoken to by curl: logins, transfers, and each kind of security, in the model's words. */
#include "harness/tests/test_fixture_rig.h"

#define FILES                                                                                                          \
	"users: {joe: 'pass word', ann: x}, directories: [/in, /a/b], "                                                \
	"files: [{path: /pub/a.txt, text: hello}, {path: /pub/big, bytes: 70000}]"

/* %s is "127.0.0.1:PORT"; exit codes are curl's. */
static const struct {
	const char *settings, *args[10];
	int code;
	const char *port;
	const char *heard[4];
} rows[] = {
	{ "", { "-u", "joe:pass word", "ftp://%s/pub/a.txt" }, 0, "21",
	  { "ftp login joe\n", "ftp retr /pub/a.txt\n", "ftp quit joe\n" } },
	{ "", { "-u", "joe:password", "ftp://%s/pub/a.txt" }, 67, "21", { NULL } },
	{ "", { "-u", "nobody:x", "ftp://%s/pub/a.txt" }, 67, "21", { NULL } },
	{ "", { "-u", "ann:x", "ftp://%s/pub/none" }, 78, "21", { "ftp login ann\n" } },
	{ "", { "-u", "ann:x", "-T", "ci/layers.txt", "ftp://%s/in/l.txt" }, 0, "21", { "ftp login ann\n", "ftp stor /in/l.txt " } },
	{ "", { "-u", "ann:x", "-Q", "MKD /n", "-Q", "DELE /pub/a.txt", "-Q", "RMD n", "ftp://%s/pub/" }, 0, "21",
	  { "ftp mkd /n\n", "ftp dele /pub/a.txt\n", "ftp rmd /n\n" } },
	{ "writable: false, ", { "-u", "ann:x", "-T", "ci/layers.txt", "ftp://%s/in/l.txt" }, 25, "21", { "ftp login ann\n" } },
	{ "writable: false, ", { "-u", "ann:x", "ftp://%s/pub/a.txt" }, 0, "21", { "ftp retr /pub/a.txt\n" } },
	{ "security: optional, ", { "-u", "ann:x", "ftp://%s/pub/a.txt" }, 0, "21", { "ftp retr /pub/a.txt\n" } },
	{ "tls: '1.2', ", { "-u", "ann:x", "--ssl-reqd", "ftp://%s/pub/a.txt" }, 0, "21", { "ftp retr /pub/a.txt\n" } },
	{ "security: explicit, ", { "-u", "ann:x", "ftp://%s/pub/a.txt" }, 67, "21", { NULL } },
	{ "security: explicit, cert: {key: ecdsa, intermediates: 1}, ", { "-u", "ann:x", "--ssl-reqd", "ftp://%s/pub/a.txt" }, 0,
	  "21", { "ftp retr /pub/a.txt\n" } },
	{ "security: implicit, ", { "-u", "ann:x", "ftps://%s/pub/a.txt" }, 0, "990", { "ftp retr /pub/a.txt\n" } },
	{ "security: implicit, tls: '1.2', ciphers: AES128-SHA, ",
	  { "-u", "ann:x", "--ciphers", "AES256-SHA", "ftps://%s/pub/a.txt" }, 35, "990", { "tls no shared cipher\n" } },
	{ "security: implicit, tls: '1.3', ", { "-u", "ann:x", "--tls-max", "1.2", "ftps://%s/pub/a.txt" }, 35, "990",
	  { "tls unsupported protocol\n" } },
	{ "security: implicit, cert: {signed_by: other}, ", { "-u", "ann:x", "ftps://%s/pub/a.txt" }, 60, "990",
	  { "tls tlsv1 alert unknown ca\n" } },
	{ "security: implicit, tls: '1.2', client_cert: required, ", { "-u", "ann:x", "ftps://%s/pub/a.txt" }, 35, "990",
	  { "tls peer did not return a certificate\n" } },
};

/* curl believes the fixture's CA under the fixture's name. */
static int run_curl(struct bench *b, const char *const *args, const char *out)
{
	const char *ca = vars_get(b->scenario->cells[0], "b.ca");
	const char *argv[24] = { "curl", "-sS", "-o", out, "--connect-to", "b.test:77:127.0.0.1:0" };
	char to[64], url[128];
	size_t n = 6;

	snprintf(to, sizeof(to), "b.test:77:127.0.0.1:%s", var(b, "b.real_port"));
	argv[5] = to;
	if (ca) {
		argv[n++] = "--cacert";
		argv[n++] = ca;
	}
	for (size_t i = 0; args[i]; i++) {
		snprintf(url, sizeof(url), "%.*sb.test:77%s", strstr(args[i], "%s") ? (int)(strstr(args[i], "%s") - args[i]) : 0,
			 args[i], strstr(args[i], "%s") ? strstr(args[i], "%s") + 2 : "");
		argv[n++] = strstr(args[i], "%s") ? url : args[i];
	}
	return run_program(b, argv);
}

START_TEST(sessions)
{
	struct bench b;
	char text[512], out[96];

	snprintf(text, sizeof(text), "  b: {use: ftp, %s%s}\n", rows[_i].settings, FILES);
	start(&b, text);
	ck_assert_str_eq(var(&b, "b.port"), rows[_i].port);
	snprintf(out, sizeof(out), "%s/out", b.dir);
	ck_assert_int_eq(run_curl(&b, rows[_i].args, out), rows[_i].code);
	for (size_t i = 0; i < 4 && rows[_i].heard[i]; i++)
		hear(&b, rows[_i].heard[i]);
	stop(&b);
}
END_TEST

START_TEST(content)
{
	static const char *const args[] = { "-u", "ann:x", "-r", "65534-65537", "ftp://%s/pub/big", NULL };
	static const char *const put[] = { "-u", "ann:x", "-T", "", "ftp://%s/in/t", NULL };
	struct bench b;
	char out[96], got[8] = "";
	FILE *in;

	start(&b, "  b: {use: ftp, " FILES "}\n");
	snprintf(out, sizeof(out), "%s/out", b.dir);
	ck_assert_int_eq(run_curl(&b, args, out), 0);
	in = fopen(out, "r");
	ck_assert_uint_eq(fread(got, 1, sizeof(got), in), 4);
	fclose(in);
	/* i ^ i >> 8 ^ i >> 16 */
	ck_assert_mem_eq(got, "\x01\x00\x01\x00", 4);
	in = fopen(out, "w");
	fputs("a\tb\n", in);
	fclose(in);
	{
		const char *again[6];

		memcpy(again, put, sizeof(again));
		again[3] = out;
		ck_assert_int_eq(run_curl(&b, again, "/dev/null"), 0);
	}
	hear(&b, "ftp stor /in/t 4 a\\tb\\n\n");
	stop(&b);
}
END_TEST

START_TEST(a_client_that_vanishes)
{
	static const char login[] = "USER ann\r\nPASS x\r\n";
	struct bench b;
	int fd;

	start(&b, "  b: {use: ftp, " FILES "}\n");
	fd = dial(&b);
	ck_assert_int_eq(write(fd, login, sizeof(login) - 1), sizeof(login) - 1);
	hear(&b, "ftp login ann\n");
	close(fd);
	hear(&b, "ftp lost ann\n");
	ck_assert_ptr_null(strstr(buf_str(&b.heard), "quit"));
	stop(&b);
}
END_TEST

int main(void)
{
	const struct cert_setup rsa = { .bits = 0 }, ecdsa = { .key = CERT_ECDSA, .intermediates = 1 };
	TCase *tc = tcase_create("ftp");

	certs_prepare(&rsa, 7);
	certs_prepare(&ecdsa, 7);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, sessions, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, content);
	tcase_add_test(tc, a_client_that_vanishes);
	return run_suite("fixture ftp", tc);
}
