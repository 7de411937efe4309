/*
 * The whole client against a modem of rows: the ordinary way from boot to a
 * published message, every choice of the configuration on the line.
 */
#include "tests/fake_modem.h"

static const struct fake_row cert_rows[] = {
	{"AT+CCERTLIST!", "\r\nOK\r\n", 0, NULL, 1},
	{"AT+CCERTLIST!", "\r\n+CCERTLIST: \"other.pem\"\r\n"
	 "+CCERTLIST: \"ca.pem\"\r\n\r\nOK\r\n"},
	{NULL},
};

START_TEST(plain_publish)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, NULL);

	fake_run(f, 60000);
	FAKE_ASSERT_EXIT(f, 0);
	ck_assert_str_eq(
		f->sent,
		"AT\nATE1\nAT+CMEE=2\nAT+SIMCOMATI\nAT+CPIN?\nAT+CEREG?\n"
		"AT+NETOPEN?\nAT+NETOPEN\n"
		"AT+CMQTTDISC=0,60\nAT+CMQTTREL=0\nAT+CMQTTSTOP\n"
		"AT+CMQTTSTART\nAT+CMQTTACCQ=0,\"dev\",0,4\n"
		"AT+CMQTTCONNECT=0,\"tcp://broker.example:1883\",60,1\n"
		"AT+CMQTTTOPIC=0,3\n<3>\nAT+CMQTTPAYLOAD=0,5\n<5>\n"
		"AT+CMQTTPUB=0,1,60\n"
		"AT+CMQTTDISC=0,60\nAT+CMQTTREL=0\nAT+CMQTTSTOP\n");
	fake_free(f);
}
END_TEST

START_TEST(plain_log)
{
	static const char *const lines[] = {
		"modem LE20B04SIM7600M22", "registered", "network open",
		"connected broker=broker.example:1883", "published 1",
		"disconnected", "done",
	};
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, NULL);

	fake_run(f, 60000);
	ck_assert_uint_eq(f->log_count, sizeof(lines) / sizeof(lines[0]));
	for (size_t i = 0; i < f->log_count; i++)
		ck_assert_str_eq(f->log[i], lines[i]);
	fake_free(f);
}
END_TEST

START_TEST(tls_publish)
{
	struct node_config c = fake_config_tls();
	struct fake *f = fake_new(&c, cert_rows);

	c.ciphers = 0xffff;
	c.user = "u";
	c.pass = "p";
	fake_run(f, 60000);
	FAKE_ASSERT_EXIT(f, 0);
	ck_assert_ptr_nonnull(strstr(
		f->sent,
		"AT+CCERTLIST\nAT+CCERTDOWN=\"ca.pem\",33\n<33>\n"
		"AT+CCERTLIST\n"
		"AT+CMQTTDISC=0,60\nAT+CMQTTREL=0\nAT+CMQTTSTOP\n"
		"AT+CSSLCFG=\"sslversion\",0,4\nAT+CSSLCFG=\"authmode\",0,1\n"
		"AT+CSSLCFG=\"ignorelocaltime\",0,1\n"
		"AT+CSSLCFG=\"cacert\",0,\"ca.pem\"\n"
		"AT+CSSLCFG=\"ciphersuites\",0,0xFFFF\n"
		"AT+CSSLCFG=\"enableSNI\",0,1\n"
		"AT+CMQTTSTART\nAT+CMQTTACCQ=0,\"dev\",1,4\n"
		"AT+CMQTTSSLCFG=0,0\n"
		"AT+CMQTTCONNECT=0,\"tcp://broker.example:8883\",60,1,"
		"\"u\",\"p\"\n"));
	FAKE_ASSERT_LOGGED(f, "certificate ca.pem stored (33 bytes)");
	FAKE_ASSERT_LOGGED(f, "connected broker=broker.example:8883 sni=on");
	fake_free(f);
}
END_TEST

static Suite *node_suite(void)
{
	Suite *s = suite_create("node");
	TCase *t = tcase_create("ordinary");

	tcase_add_test(t, plain_publish);
	tcase_add_test(t, plain_log);
	tcase_add_test(t, tls_publish);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(node_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
