/* What is replaced, what stays, and that nothing of an original is left in anything an import hands out. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "harness/import/import.h"
#include "harness/import/import_draft.h"
#include "harness/import/import_regex.h"
#include "harness/import/import_report.h"

enum { TEXT_MAX = 1 << 20 };

static const struct row {
	const char *text;
	const char *want;  /* the text, redacted */
	const char *kinds; /* in order, each with how often */
} rows[] = {
	{ "IMEI: 868822040986638", "IMEI: 000000000000001", "IMEI 1" },
	{ "AT+CGSN\n868822040986638\n\nOK", "AT+CGSN\n000000000000001\n\nOK", "IMEI or IMSI 1" },
	{ "+CIMI: 262011234567890", "+CIMI: 000000000000001", "IMSI 1" },
	{ "+ICCID: 8949020000012345678F", "+ICCID: 0000000000000000001F", "ICCID 1" },
	{ "AT+CMGS=\"+491701234567\"", "AT+CMGS=\"+000000000001\"", "phone number 1" },
	{ "ATD+491701234567;", "ATD+000000000001;", "phone number 1" },
	{ "+CLIP: \"01701234567\",129", "+CLIP: \"00000000001\",129", "phone number 1" },
	{ "AT+CPIN=1234", "AT+CPIN=0001", "PIN 1" },
	{ "AT+CMQTTCONNECT=0,\"tcp://acme.s1.eu.hivemq.cloud:8883\",60,1,\"joe\",\"S3cret-Word\"",
	  "AT+CMQTTCONNECT=0,\"tcp://xxxb.s1.eu.hivemq.cloud:8883\",60,1,\"xxb\",\"X0xxxx-Xxxb\"",
	  "user name 1, password 1, host name 1" },
	{ "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:8883\",60,1,joe,secret",
	  "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:8883\",60,1,xxb,xxxxxb", "user name 1, password 1" },
	{ "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:8883\",60,1,\"joe\",\"joe\"",
	  "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:8883\",60,1,\"xxb\",\"xxb\"", "user name 2" },
	{ "AT+CMQTTCONNECT=0,\"tcp://xxx.s1.eu.hivemq.cloud:8883\",60,1,\"xxx\",\"***\"",
	  "AT+CMQTTCONNECT=0,\"tcp://xxx.s1.eu.hivemq.cloud:8883\",60,1,\"xxx\",\"***\"", "" },
	{ "AT+CMQTTCONNECT=0,\"tcp://plant7.azure-devices.net:8883\",60,1,\"d\",\"SharedAccessSignature "
	  "sr=a&sig=aBc%2F12&se=1\"",
	  "AT+CMQTTCONNECT=0,\"tcp://xxxxx1.azure-devices.net:8883\",60,1,\"b\",\"XxxxxxXxxxxxXxxxxxxxx "
	  "xx=x&xxx=xXx%0X00&xx=1\"",
	  "user name 1, password 1, host name 1" },
	{ "AT+CMQTTCONNECT=0,\"tcp://iot.acme.com:8883\",60,1\nAT+CDNSGIP=\"iot.acme.com\"",
	  "AT+CMQTTCONNECT=0,\"tcp://xxx.xxxx.xxb:8883\",60,1\nAT+CDNSGIP=\"xxx.xxxx.xxb\"", "host name 2" },
	{ "AT+CIPOPEN=0,\"TCP\",\"91.12.7.203\",1883\nAT+CIPOPEN=1,\"TCP\",\"91.12.7.204\",1883",
	  "AT+CIPOPEN=0,\"TCP\",\"10.10.1.101\",1883\nAT+CIPOPEN=1,\"TCP\",\"10.10.1.102\",1883",
	  "address 1, address 1" },
	{ "AT+CIPOPEN=0,\"TCP\",\"127.0.0.1\",1883\nAT+CDNSCFG=\"8.8.8.8\",\"114.1.1.1\"",
	  "AT+CIPOPEN=0,\"TCP\",\"127.0.0.1\",1883\nAT+CDNSCFG=\"8.8.8.8\",\"100.1.1.2\"", "address 1" },
	{ "AT+CFTPSLOGIN=\"ftp.acme.com\",21,\"joe\",\"pass\",0",
	  "AT+CFTPSLOGIN=\"xxx.xxxx.xxb\",21,\"xxb\",\"xxxb\",0", "user name 1, password 1, host name 1" },
	{ "AT+CGAUTH=1,1,\"pass\",\"joe\"", "AT+CGAUTH=1,1,\"xxxb\",\"xxb\"", "password 1, user name 1" },
	{ "+CGPSINFO: 3113.343286,N,12121.234064,E,250311,072809.3,44.1,0.0,0",
	  "+CGPSINFO: 0000.000000,N,00000.000000,E,000000,000000.0,00.0,0.0,0", "position 1" },
	{ "$GPGGA,072809.3,3113.343286,N,12121.234064,E,1,8,1.0,44.1,M,,,,*5C",
	  "$GPGGA,000000.0,0000.000000,N,00000.000000,E,0,0,0.0,00.0,M,,,,*5C", "position 1" },
	{ "AT+HTTPPARA=\"URL\",\"https://api.acme.com/x?token=abcdef\"",
	  "AT+HTTPPARA=\"URL\",\"https://xxx.xxxx.xxb/x?token=xxxxxb\"", "token 1, host name 1" },
	/* what may stay */
	{ "+CSSLCFG: 0,4,1,1,300,\"ca.pem\",\"\",\"\",1,\"\",0xFFFF",
	  "+CSSLCFG: 0,4,1,1,300,\"ca.pem\",\"\",\"\",1,\"\",0xFFFF", "" },
	{ "Revision: LE20B03SIM7600M22\nSIM7600M22_B03V02_200828",
	  "Revision: LE20B03SIM7600M22\nSIM7600M22_B03V02_200828", "" },
	{ "AT+CCERTDOWN=\"ca.pem\",54\n>-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\nOK",
	  "AT+CCERTDOWN=\"ca.pem\",54\n>-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\nOK", "" },
	{ "AT+CCERTDOWN=\"key.pem\",56\n>-----BEGIN PRIVATE KEY-----\nMIIabc/1+\n-----END PRIVATE KEY-----\nOK",
	  "AT+CCERTDOWN=\"key.pem\",56\n>-----BEGIN PRIVATE KEY-----\nXXXxxx/0+\n-----END PRIVATE KEY-----\nOK",
	  "private key 1" },
};

static struct import *read_text(const char *text, bool redact)
{
	const struct import_options o = { .redact = redact };
	struct err e = { 0 };
	struct import *imp = import_text("log", text, strlen(text), &o, &e);

	ck_assert_msg(imp != NULL, "%s", e.msg);
	ck_assert_uint_eq(import_segments(imp), 1);
	return imp;
}

static void bytes_of(const struct import *imp, struct buf *out)
{
	const struct recording *r = import_recording(imp, 0);

	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		buf_add(out, ev.data, ev.len);
	}
}

static void kinds_of(const struct import *imp, struct buf *out)
{
	for (size_t i = 0; i < import_replacements(imp); i++)
		buf_addf(out, "%s%s %zu", i ? ", " : "", import_replaced(imp, i)->kind, import_replaced(imp, i)->count);
}

/* The redacted import is, byte for byte, the import of the redacted text. */
START_TEST(test_rows)
{
	const struct row *row = &rows[_i];
	struct import *imp = read_text(row->text, true), *want = read_text(row->want, false);
	struct buf got, expected, kinds;

	buf_init(&got, TEXT_MAX);
	buf_init(&expected, TEXT_MAX);
	buf_init(&kinds, TEXT_MAX);
	bytes_of(imp, &got);
	bytes_of(want, &expected);
	kinds_of(imp, &kinds);
	ck_assert_str_eq(buf_str(&got), buf_str(&expected));
	ck_assert_str_eq(buf_str(&kinds), row->kinds);
	buf_free(&got);
	buf_free(&expected);
	buf_free(&kinds);
	import_free(imp);
	import_free(want);
}
END_TEST

/* Bytes of a value may be of several events, and an original has one stand-in wherever it stands. */
START_TEST(test_across_events)
{
	static const char text[] = "{\"t\":0,\"d\":\"modem\",\"hex\":\"494d45493a2038363838\"}\n"
				   "{\"t\":0,\"d\":\"host\",\"hex\":\"41540d\"}\n"
				   "{\"t\":1,\"d\":\"modem\",\"hex\":\"32323034303938363633380d0a\"}\n";
	struct import *imp = read_text(text, true);
	struct buf got;

	buf_init(&got, TEXT_MAX);
	bytes_of(imp, &got);
	ck_assert_str_eq(buf_str(&got), "IMEI: 0000AT\r00000000001\r\n");
	ck_assert_uint_eq(import_replaced(imp, 0)->line, 1);
	buf_free(&got);
	import_free(imp);
}
END_TEST

static const char secrets_text[] =
	"My device 868822040986638 said this to tcp://iot.acme.com:8883, see\n\n"
	"AT+CMQTTCONNECT=0,\"tcp://iot.acme.com:8883\",60,1,\"joe.doe\",\"hunter2hunter2\"   // to iot.acme.com, "
	"really\nOK\n\n"
	"+CMQTTCONNECT: 0,32\n+CGSN: 868822040986638\nOK\n\n%%% 868822040986638 %%\n"
	"then AT+CMQTTCONNECT=0,\"tcp://iot.acme.com:8883\",60,1,\"joe.doe\",\"hunter2hunter2\" was sent\n";

static const char *const secrets[] = { "868822040986638", "acme", "joe", "hunter2" };

static void check_clean(const struct buf *text)
{
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		ck_assert_msg(!strstr(buf_str(text), secrets[i]), "%s in\n%s", secrets[i], buf_str(text));
}

START_TEST(test_nothing_left)
{
	struct import *imp = read_text(secrets_text, true);
	const struct import_draft d = {
		.name = "a", .source = "log", .segment = import_segment(imp, 0), .recording = import_recording(imp, 0)
	};
	struct buf report, json, yaml, wire;

	buf_init(&report, TEXT_MAX);
	buf_init(&json, TEXT_MAX);
	buf_init(&yaml, TEXT_MAX);
	buf_init(&wire, TEXT_MAX);
	import_write_report(imp, "log", true, &report);
	import_write_json(imp, "log", &json);
	ck_assert_int_eq(import_write_draft(&d, &yaml), 0);
	bytes_of(imp, &wire);
	ck_assert_ptr_nonnull(strstr(buf_str(&report), "not read (1)"));
	ck_assert_ptr_nonnull(strstr(buf_str(&report), "comments cut off (1)"));
	check_clean(&report);
	check_clean(&json);
	check_clean(&yaml);
	check_clean(&wire);
	buf_free(&report);
	buf_free(&json);
	buf_free(&yaml);
	buf_free(&wire);
	import_free(imp);
}
END_TEST

START_TEST(test_no_redact)
{
	struct import *imp = read_text(secrets_text, false);
	struct buf wire;

	buf_init(&wire, TEXT_MAX);
	bytes_of(imp, &wire);
	ck_assert_ptr_nonnull(strstr(buf_str(&wire), "hunter2hunter2"));
	ck_assert_uint_eq(import_replacements(imp), 0);
	buf_free(&wire);
	import_free(imp);
}
END_TEST

static void regexes_are_checked(void)
{
	static const char *const regexes[] = { "(" };
	struct err e = { 0 };

	ck_assert_ptr_null(import_regexes_new(regexes, 1, sizeof(regexes[0]), &e));
	ck_assert_ptr_nonnull(strstr(e.msg, "regex '(', character 2: "));
}

/* A search that gave up is not one that found nothing. */
START_TEST(test_giving_up)
{
	static const char *const regexes[] = { "^(?:a|aa)+$", "(?<text>x)" };
	struct err e = { 0 };
	struct import_regexes *r = import_regexes_new(regexes, 2, sizeof(regexes[0]), &e);
	struct import_hit hit;

	ck_assert_msg(r != NULL, "%s", e.msg);
	ck_assert(!import_regex_find(r, 0, "aaac", 4, 0, NULL));
	ck_assert(import_regex_find(r, 1, "aax", 3, 1, &hit));
	ck_assert_uint_eq(hit.group[GROUP_TEXT].start, 2);
	ck_assert(!hit.group[GROUP_DIR].set);
	ck_assert(!import_regexes_gave_up(r));
	import_regexes_set_steps(r, 1000);
	ck_assert(!import_regex_find(r, 0, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaac", 30, 0, NULL));
	ck_assert(import_regexes_gave_up(r));
	import_regexes_free(r);
	regexes_are_checked();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("import redaction");
	TCase *c = tcase_create("redact");
	SRunner *r;
	int failed;

	tcase_add_loop_test(c, test_rows, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(c, test_across_events);
	tcase_add_test(c, test_nothing_left);
	tcase_add_test(c, test_no_redact);
	tcase_add_test(c, test_giving_up);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
