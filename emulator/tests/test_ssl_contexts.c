/* AT+CSSLCFG: rows, test forms, both ends of each range and one past, per revision (facts at-ssl-mqtt 7.1). */
#include "modem/ssl.h"
#include "tests/rig_certs.h"

#define B03 "LE20B03SIM7600M22"
#define LE11 "LE11B14SIM7600M22"
#define A7670 "A011B03A7670M7_F"

/* Ten rows, alike but for their number. */
static void all_rows(struct rig *r, const char *row)
{
	struct buf want;

	buf_init(&want, 4096);
	for (int i = 0; i < SSL_CONTEXTS; i++)
		buf_addf(&want, "%s+CSSLCFG: %d%s\r\n", i ? "" : "\r\n", i, row);
	buf_adds(&want, RIG_OK);
	rig_row(r, "AT+CSSLCFG?\r", want.data);
	buf_free(&want);
}

START_TEST(defaults)
{
	static const char *const rows[][2] = {
		{ B03, ",4,0,1,300,\"\",\"\",\"\",0,\"\",0x0" },
		{ LE11, ",4,0,1,300,\"\",\"\",\"\"" },
		{ A7670, ",4,0,1,300,\"\",\"\",\"\",\"\",0" },
	};
	struct rig *r = rig_new(rows[_i][0]);

	all_rows(r, rows[_i][1]);
	rig_free(r);
}
END_TEST

START_TEST(test_form)
{
	static const char common[] =
		"\r\n+CSSLCFG: \"sslversion\",(0-9),(0-4)\r\n+CSSLCFG: \"authmode\",(0-9),(0-3)\r\n"
		"+CSSLCFG: \"ignorelocaltime\",(0-9),(0,1)\r\n+CSSLCFG: \"negotiatetime\",(0-9),(10-300)\r\n";
	static const char *const forms[][2] = {
		{ B03, "+CSSLCFG: \"cacert\",(0-9),(5-128)\r\n+CSSLCFG: \"clientcert\",(0-9),(5-128)\r\n"
		       "+CSSLCFG: \"clientkey\",(0-9),(5-128)\r\n+CSSLCFG: \"enableSNI\",(0-9),(0,1)\r\n"
		       "+CSSLCFG: \"keypwd\",(0-9),(0-128)\r\n+CSSLCFG: \"ciphersuites\",(0-9),(0x002F,0Xffff)\r\n" },
		{ LE11, "+CSSLCFG: \"cacert\",(0-9),(5-128)\r\n+CSSLCFG: \"clientcert\",(0-9),(5-128)\r\n"
			"+CSSLCFG: \"clientkey\",(0-9),(5-128)\r\n" },
		{ A7670, "+CSSLCFG: \"cacert\",(0-9),(5-108)\r\n+CSSLCFG: \"clientcert\",(0-9),(5-108)\r\n"
			 "+CSSLCFG: \"clientkey\",(0-9),(5-108)\r\n+CSSLCFG: \"enableSNI\",(0-9),(0,1)\r\n"
			 "+CSSLCFG: \"password\",(0-9),(5-108)\r\n+CSSLCFG: \"ciphersuites\",(0-9),(0x002F,0Xffff)\r\n" },
	};
	struct rig *r = rig_new(forms[_i][0]);
	char want[1024];

	snprintf(want, sizeof(want), "%s%s%s", common, forms[_i][1], RIG_OK);
	rig_row(r, "AT+CSSLCFG=?\r", want);
	rig_free(r);
}
END_TEST

/* The rows of the field thread, and a password in clear. */
START_TEST(configured_rows)
{
	struct rig *r = rig_new(B03);

	rig_put_text(r, "emqxsl-ca.pem", "x");
	rig_put_text(r, "clientcert.pem", "x");
	rig_put_text(r, "clientkey.pem", "x");
	rig_row(r, "AT+CSSLCFG=\"authmode\",0,1\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"cacert\",0,\"emqxsl-ca.pem\"\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"enableSNI\",0,1\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"ciphersuites\",0,0xFFFF\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=0\r", "\r\n+CSSLCFG: 0,4,1,1,300,\"emqxsl-ca.pem\",\"\",\"\",1,\"\",0xFFFF\r\n" RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"clientcert\",9,\"clientcert.pem\"\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"clientkey\",9,clientkey.pem\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"keypwd\",9,\"a,b\"\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"ciphersuites\",9,0x002F\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=9\r",
		"\r\n+CSSLCFG: 9,4,0,1,300,\"\",\"clientcert.pem\",\"clientkey.pem\",0,\"a,b\",0x2F\r\n" RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"keypwd\",9,\"\"\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=9\r",
		"\r\n+CSSLCFG: 9,4,0,1,300,\"\",\"clientcert.pem\",\"clientkey.pem\",0,\"\",0x2F\r\n" RIG_OK);
	rig_row(r, "AT+CSSLCFG=10\r", RIG_ERROR);
	rig_row(r, "AT+CSSLCFG=\"0\"\r", RIG_ERROR);
	rig_free(r);
}
END_TEST

static const struct {
	const char *profile, *in, *out;
} settings[] = {
	{ B03, "AT+CSSLCFG=\"sslversion\",0,0\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"sslversion\",0,4\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"sslversion\",0,5\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"sslversion\",0,-1\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"sslversion\",0,4\"\r", RIG_ERROR },	/* quirks Q32 */
	{ B03, "AT+CSSLCFG=\"sslversion\",0, 4\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"sslversion\", 0, 4\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"sslversion\",0\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"sslversion\",0,\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"sslversion\",0,4,1\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"sslversion\",9,4\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"sslversion\",10,4\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"authmode\",0,0\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"authmode\",0,3\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"authmode\",0,4\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"ignorelocaltime\",0,0\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"ignorelocaltime\",0,2\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"negotiatetime\",0,9\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"negotiatetime\",0,10\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"negotiatetime\",0,300\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"negotiatetime\",0,301\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"enableSNI\",0,1\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"enableSNI\",0,2\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"ciphersuites\",0,0x002F\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"ciphersuites\",0,0XFFFF\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"ciphersuites\",0,47\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"ciphersuites\",0,0xC02F\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"ciphersuites\",0,0\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"ciphersuites\",0,0x10000\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"cacert\",0,\"have.pem\"\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"cacert\",0,\"have.crt\"\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"cacert\",0,{non-ascii}\"686176652E70656D\"\r", RIG_OK },
	{ B03, "AT+CSSLCFG=\"cacert\",0,\"cert.pem\"\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"cacert\",0,\"\"\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"cacert\",0,\"../have.pem\"\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"clientkey\",0,\"key_cert.pem\"\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"keypwd\",0,secret\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"password\",0,\"have.pem\"\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\"nosuchtag\",0,1\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG\r", RIG_ERROR },
	{ B03, "AT+CSSLCFG=\r", RIG_ERROR },
	{ LE11, "AT+CSSLCFG=\"enableSNI\",0,1\r", RIG_ERROR },
	{ LE11, "AT+CSSLCFG=\"ciphersuites\",0,0xFFFF\r", RIG_ERROR },
	{ LE11, "AT+CSSLCFG=\"keypwd\",0,\"a\"\r", RIG_ERROR },
	{ LE11, "AT+CSSLCFG=\"authmode\",0,2\r", RIG_OK },
	{ A7670, "AT+CSSLCFG=\"password\",0,\"have.pem\"\r", RIG_OK },
	{ A7670, "AT+CSSLCFG=\"keypwd\",0,\"a\"\r", RIG_ERROR },
};

START_TEST(setting)
{
	struct rig *r = rig_new(settings[_i].profile);

	rig_put_text(r, "have.pem", "x");
	rig_put_text(r, "have.crt", "x");
	rig_row(r, settings[_i].in, settings[_i].out);
	rig_free(r);
}
END_TEST

/* E2: a file that was never stored is refused, and the trace says so. */
START_TEST(missing_file_is_explained)
{
	static const char *const unchecked[] = { "csslcfg_file_check=false", NULL };
	struct rig *r = rig_new(B03);

	rig_row(r, "AT+CSSLCFG=\"clientcert\",0,\"cert.pem\"\r", RIG_ERROR);
	rig_why(r, "\"rule\":\"R7\"");
	rig_why(r, "csslcfg_file_check");
	rig_free(r);
	r = rig_new_with(B03, unchecked);
	rig_row(r, "AT+CSSLCFG=\"clientcert\",0,\"cert.pem\"\r", RIG_OK);
	rig_free(r);
}
END_TEST

/* Contexts are volatile, unless the profile keeps them. */
START_TEST(persistence)
{
	static const char *const keep[] = { "csslcfg_persist=true", NULL };
	struct rig *r = rig_new_with(B03, _i ? keep : NULL);

	rig_put_text(r, "have.pem", "x");
	rig_row(r, "AT+CSSLCFG=\"authmode\",3,2\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"cacert\",3,\"have.pem\"\r", RIG_OK);
	modem_power_off(r->modem);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CSSLCFG=3\r",
		_i ? "\r\n+CSSLCFG: 3,4,2,1,300,\"have.pem\",\"\",\"\",0,\"\",0x0\r\n" RIG_OK :
		     "\r\n+CSSLCFG: 3,4,0,1,300,\"\",\"\",\"\",0,\"\",0x0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* An encrypted key opens with keypwd, or with the file that holds its password, and with nothing else. */
START_TEST(key_passwords)
{
	static const struct {
		const char *profile, *set;
		bool opens;
	} ways[] = {
		{ B03, "AT+CSSLCFG=\"keypwd\",0,\"secret\"\r", true },
		{ B03, "AT+CSSLCFG=\"keypwd\",0,\"wrong\"\r", false },
		{ B03, "AT\r", false },
		{ A7670, "AT+CSSLCFG=\"password\",0,\"pass.txt\"\r", true },
	};
	struct rig *r = rig_new(ways[_i].profile);
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = rig_sign(key, &(struct rig_cert_spec){ .skid = "01:02:03:04:05:06:07:08" });
	BIO *cert = BIO_new(BIO_s_mem()), *bio = BIO_new(BIO_s_mem());
	struct ssl_setup setup;
	struct why why = { 0 };

	PEM_write_bio_X509(cert, x);
	PEM_write_bio_PrivateKey(bio, key, EVP_aes_128_cbc(), (const unsigned char *)"secret", 6, NULL, NULL);
	rig_put_bio(r, "own.pem", cert);
	rig_put_bio(r, "ownkey.pem", bio);
	rig_put_text(r, "pass.txt", "secret\r\n");
	rig_row(r, "AT+CSSLCFG=\"authmode\",0,3\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"clientcert\",0,\"own.pem\"\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"clientkey\",0,\"ownkey.pem\"\r", RIG_OK);
	rig_row(r, ways[_i].set, RIG_OK);
	ck_assert_int_eq(ssl_open(r->modem->ssl, 0, &setup, &why), ways[_i].opens ? SSL_OPEN_OK : SSL_OPEN_UNUSABLE);
	X509_free(x);
	EVP_PKEY_free(key);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, defaults, 0, 3);
	tcase_add_loop_test(tc, test_form, 0, 3);
	tcase_add_test(tc, configured_rows);
	tcase_add_loop_test(tc, setting, 0, (int)(sizeof(settings) / sizeof(settings[0])));
	tcase_add_test(tc, missing_file_is_explained);
	tcase_add_loop_test(tc, persistence, 0, 2);
	tcase_add_loop_test(tc, key_passwords, 0, 4);
}

int main(void)
{
	return rig_main("ssl contexts", add);
}
