/* AT+CCERT*: exact counts (quirks 1.5), names, and what survives. */
#include "tests/rig_certs.h"

#define B04 "LE20B04V03SIM7600M22"
#define A7670 "A011B03A7670M7_F"

static struct buf crlf_pem(void)
{
	struct buf b;

	buf_init(&b, 4096);
	for (const char *s = RIG_DIGICERT; *s; s++) {
		if (*s == '\n')
			buf_addc(&b, '\r');
		buf_addc(&b, *s);
	}
	return b;
}

static void stored(struct rig *r, const char *name, const char *data, size_t n)
{
	const struct store_file *f = cert_get(r->modem->cert, name);

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(f->len, n);
	ck_assert(!memcmp(f->data, data, n));
}

/* E22: LF ends, the last one included, are the 1338 bytes of the command. */
START_TEST(exact_count)
{
	struct rig *r = rig_new(B04);

	ck_assert_uint_eq(strlen(RIG_DIGICERT), 1338);
	rig_row(r, "AT+CCERTDOWN=\"ca_cert.pem\",1338\r", "\r\n>");
	rig_row(r, RIG_DIGICERT, RIG_OK);
	stored(r, "ca_cert.pem", RIG_DIGICERT, 1338);
	rig_free(r);
}
END_TEST

/* One byte short waits for ever; the next command is taken for data. */
START_TEST(one_short)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+CCERTDOWN=\"ca_cert.pem\",1338\r", "\r\n>");
	rig_feed(r, RIG_DIGICERT, 1337);
	rig_quiet(r, 24 * 3600 * 1000);
	ck_assert_ptr_null(cert_get(r->modem->cert, "ca_cert.pem"));
	rig_row(r, "AT\r", RIG_OK);	/* its A is the last byte; T and CR are no command */
	ck_assert_ptr_nonnull(cert_get(r->modem->cert, "ca_cert.pem"));
	rig_free(r);
}
END_TEST

/*
 * CRLF against the count of LF: OK after 1338 and a file cut inside its last line; "END CERTIFICATE-----" is left for
 * the command parser, which finds an ATE with an odd argument in it.
 */
START_TEST(crlf_against_lf_count)
{
	struct rig *r = rig_new(B04);
	struct buf pem = crlf_pem();

	ck_assert_uint_eq(pem.len, 1360);
	rig_row(r, "AT+CCERTDOWN=\"ca_cert.pem\",1338\r", "\r\n>");
	rig_row_bytes(r, pem.data, pem.len, RIG_OK RIG_ERROR, strlen(RIG_OK RIG_ERROR));
	rig_quiet(r, 1000);
	stored(r, "ca_cert.pem", pem.data, 1338);
	rig_row(r, "AT\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"cacert\",0,\"ca_cert.pem\"\r", RIG_OK);
	buf_free(&pem);
	rig_free(r);
}
END_TEST

START_TEST(crlf_with_its_count)
{
	struct rig *r = rig_new(B04);
	struct buf pem = crlf_pem();

	rig_row(r, "AT+CCERTDOWN=\"ca_cert.pem\",1360\r", "\r\n>");
	rig_row_bytes(r, pem.data, pem.len, RIG_OK, strlen(RIG_OK));
	stored(r, "ca_cert.pem", pem.data, 1360);
	buf_free(&pem);
	rig_free(r);
}
END_TEST

/* Every byte counts as data: CR, LF, Ctrl-Z, ESC, NUL, and AT. */
START_TEST(any_byte)
{
	static const char data[] = "\0\r\n\x1a\x1b" "AT\r\xff";
	struct rig *r = rig_new(B04);
	size_t n = sizeof(data) - 1;

	rig_row(r, "AT+CCERTDOWN=\"any.pem\",9\r", "\r\n>");
	ck_assert_uint_eq(n, 9);
	for (size_t i = 0; i + 1 < n; i++) {
		rig_feed(r, data + i, 1);
		rig_quiet(r, 10);
	}
	rig_row_bytes(r, data + n - 1, 1, RIG_OK, strlen(RIG_OK));
	stored(r, "any.pem", data, n);
	rig_free(r);
}
END_TEST

#define NAME_128 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz" \
	"abcdefghijklmnopqrst.pem"
#define NAME_108 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz.pem"

static const struct {
	const char *profile, *in, *out;
} commands[] = {
	{ B04, "AT+CCERTDOWN=?\r", "\r\n+CCERTDOWN: (5-128),(1-10240)\r\n" RIG_OK },
	{ A7670, "AT+CCERTDOWN=?\r", "\r\n+CCERTDOWN: (5-108),(1-10240)\r\n" RIG_OK },
	{ B04, "AT+CCERTDOWN=\"a.pem\",1\r", "\r\n>" },
	{ B04, "AT+CCERTDOWN=\"a.pem\", 1\r", "\r\n>" },
	{ B04, "AT+CCERTDOWN=\"a.DER\",10240\r", "\r\n>" },
	{ B04, "AT+CCERTDOWN=a.pem,1\r", "\r\n>" },
	{ B04, "AT+CCERTDOWN=\"" NAME_128 "\",1\r", "\r\n>" },
	{ B04, "AT+CCERTDOWN=\"x" NAME_128 "\",1\r", RIG_ERROR },
	{ A7670, "AT+CCERTDOWN=\"" NAME_108 "\",1\r", "\r\n>\r\n" },
	{ A7670, "AT+CCERTDOWN=\"x" NAME_108 "\",1\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN=\".pem\",1\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN=\"abc.crt\",1\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN=\"abcpem\",1\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN=\"../a.pem\",1\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN=\"/a.pem\",1\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN=\"a/b.pem\",1\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN=\"..a.pem\",1\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN=\"a.pem\",0\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN=\"a.pem\",10241\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN=\"a.pem\",x\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN=\"a.pem\"\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN=\"a.pem\",1,2\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN=\"a\"b.pem\",1\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN=\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN={non-ascii}\"E6B58B2E70656D\",1\r", "\r\n>" },
	{ B04, "AT+CCERTDOWN={non-ascii}\"E6B58B2E70656\",1\r", RIG_ERROR },
	{ B04, "AT+CCERTDOWN={non-ascii}\"2E2E2F612E70656D\",1\r", RIG_ERROR },	/* ../a.pem */
	{ B04, "AT+CCERTDOWN={non-ascii}\"61002E70656D\",1\r", RIG_ERROR },	/* NUL */
	{ B04, "AT+CCERTDOWN={non-ascii}E6B58B2E70656D,1\r", RIG_ERROR },
	{ B04, "AT+CCERTLIST\r", RIG_OK },
	{ B04, "AT+CCERTDELE=\"gone.pem\"\r", RIG_ERROR },
	{ B04, "AT+CCERTDELE=\"../gone.pem\"\r", RIG_ERROR },
	{ B04, "AT+CCERTDELE=\r", RIG_ERROR },
	{ B04, "AT+CCERTMOVE=\"a.pem\"\r", RIG_ERROR },
	{ B04, "AT+CCERTMOVE=?\r", RIG_ERROR },
	{ A7670, "AT+CCERTMOVE=\"a.pem\"\r", RIG_ERROR },
	{ A7670, "AT+CCERTMOVE=?\r", "\r\n+CCERTMOVE: \"FILENAME\"\r\n" RIG_OK },
};

START_TEST(command)
{
	struct rig *r = rig_new(commands[_i].profile);

	ck_assert_uint_eq(strlen(NAME_128), 128);
	ck_assert_uint_eq(strlen(NAME_108), 108);
	rig_row(r, commands[_i].in, commands[_i].out);
	rig_free(r);
}
END_TEST

/* Any name that got in by another way is listed; order is that of storing; overwriting is silent. */
START_TEST(list_and_delete)
{
	struct rig *r = rig_new(B04);

	rig_put_text(r, "emqxsl-ca.crt", "x");
	rig_row(r, "AT+CCERTDOWN=\"b.pem\",2\r", "\r\n>");
	rig_row(r, "12", RIG_OK);
	rig_row(r, "AT+CCERTDOWN={non-ascii}\"E6B58B2E70656D\",1\r", "\r\n>");
	rig_row(r, "y", RIG_OK);
	rig_row(r, "AT+CCERTDOWN=\"b.pem\",3\r", "\r\n>");
	rig_row(r, "345", RIG_OK);
	stored(r, "b.pem", "345", 3);
	rig_row(r, "AT+CCERTLIST\r",
		"\r\n+CCERTLIST: \"emqxsl-ca.crt\"\r\n+CCERTLIST: \"b.pem\"\r\n+CCERTLIST: \"\xe6\xb5\x8b.pem\"\r\n" RIG_OK);
	rig_row(r, "AT+CCERTDELE=\"b.pem\"\r", RIG_OK);
	rig_row(r, "AT+CCERTDELE=\"b.pem\"\r", RIG_ERROR);
	rig_row(r, "AT+CCERTDELE={non-ascii}\"E6B58B2E70656D\"\r", RIG_OK);
	rig_row(r, "AT+CCERTLIST\r", "\r\n+CCERTLIST: \"emqxsl-ca.crt\"\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* The builds whose downloads end in ERROR (quirks Q4): the bytes are taken, nothing is stored. */
START_TEST(download_error)
{
	static const char *const quirks[] = { "ccertdown=error", NULL };
	struct rig *r = rig_new_with(B04, quirks);

	rig_row(r, "AT+CCERTDOWN=\"a.pem\",2\r", "\r\n>");
	rig_row(r, "12", RIG_ERROR);
	rig_why(r, "\"quirk\":\"ccertdown\"");
	rig_row(r, "AT+CCERTLIST\r", RIG_OK);
	rig_free(r);
}
END_TEST

/* Files survive power-off; a download that was cut by it does not haunt the next one. */
START_TEST(power_off)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+CCERTDOWN=\"a.pem\",2\r", "\r\n>");
	rig_row(r, "12", RIG_OK);
	rig_row(r, "AT+CCERTDOWN=\"b.pem\",2\r", "\r\n>");
	rig_feed(r, "1", 1);
	modem_power_off(r->modem);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CCERTLIST\r", "\r\n+CCERTLIST: \"a.pem\"\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, exact_count);
	tcase_add_test(tc, one_short);
	tcase_add_test(tc, crlf_against_lf_count);
	tcase_add_test(tc, crlf_with_its_count);
	tcase_add_test(tc, any_byte);
	tcase_add_loop_test(tc, command, 0, (int)(sizeof(commands) / sizeof(commands[0])));
	tcase_add_test(tc, list_and_delete);
	tcase_add_test(tc, download_error);
	tcase_add_test(tc, power_off);
}

int main(void)
{
	return rig_main("certificate store", add);
}
