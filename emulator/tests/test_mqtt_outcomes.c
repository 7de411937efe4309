/*
 * TLS connects against the built-in world: O1 to O17 of the field thread (quirks 1.2), and what profile, context and
 * files make of a connect beside them.
 */
#include "tests/rig_certs.h"

#define B03 "LE20B03SIM7600M22"
#define B03V03 "LE20B03V03SIM7600M22"
#define B04 "LE20B04V03SIM7600M22"
#define LE11 "LE11B14SIM7600M22"
#define A7670 "A011B03A7670M7_F"

#define HIVEMQ "x.s2.eu.hivemq.cloud:8883"
#define SERVERLESS "x.ala.us-east-1.emqxsl.com:8883"
#define EMQX "broker.emqx.io:8883"
#define AWS "x.iot.us-east-1.amazonaws.com:8883"
#define AZURE "x.azure-devices.net:8883"
#define DOCKER "emqx.docker.example:8883"

#define SNI "AT+CSSLCFG=\"enableSNI\",0,1\r"
#define AUTH(n) "AT+CSSLCFG=\"authmode\",0," #n "\r"
#define CA(name) "AT+CSSLCFG=\"cacert\",0,\"" name "\"\r"
#define CERT(name) "AT+CSSLCFG=\"clientcert\",0,\"" name "\"\r"
#define KEY(name) "AT+CSSLCFG=\"clientkey\",0,\"" name "\"\r"
#define CIPHERS(n) "AT+CSSLCFG=\"ciphersuites\",0," #n "\r"
#define TIME(n) "AT+CSSLCFG=\"ignorelocaltime\",0," #n "\r"
#define VERSION(n) "AT+CSSLCFG=\"sslversion\",0," #n "\r"
#define DELE(name) "AT+CCERTDELE=\"" name "\"\r"

enum { ANY_TIME = -1 };

/* ms: from the command to the result; why: a piece of the explanation, NULL when the connect succeeds. */
static const struct {
	const char *id, *profile, *quirk, *config[8], *host;
	int code, ms;
	const char *why;
} rows[] = {
	{ "O1", B03, NULL, { NULL }, HIVEMQ, 31, ANY_TIME, "R4" },
	{ "O2", B04, NULL, { NULL }, HIVEMQ, 31, ANY_TIME, "R4" },
	{ "O3", A7670, NULL, { SNI }, HIVEMQ, 32, 660, "R2" },
	{ "O4", LE11, NULL, { NULL }, HIVEMQ, 31, ANY_TIME, "this revision sends no SNI" },
	{ "O5", B04, NULL, { VERSION(4), SNI, CIPHERS(0xFFFF), TIME(1), CA("digicert.pem") }, HIVEMQ, 0, 1931, NULL },
	{ "O6", B03, NULL, { AUTH(1), CA("broken.pem"), SNI, CIPHERS(0xFFFF) }, SERVERLESS, 34, 703, "R1" },
	{ "O7", B03V03, NULL, { VERSION(4), AUTH(1), CA("digicert.pem") }, EMQX, 0, 1931, NULL },
	{ "O8", B04, NULL, { NULL }, AZURE, 0, ANY_TIME, NULL },
	{ "O9", B03, NULL, { CA("broken.der"), SNI, CIPHERS(0xFFFF) }, SERVERLESS, 32, 660, "R2" },
	{ "O10", B03, NULL, { VERSION(4), AUTH(1), TIME(1), CA("digicert.pem"), CIPHERS(0xFFFF) }, EMQX, 0, 1931, NULL },
	{ "O11", B03, NULL, { AUTH(1), CA("digicert.pem"), SNI, CIPHERS(0xFFFF) }, EMQX, 32, 660, "R2" },
	{ "O13", B03, NULL, { AUTH(1), CA("isrg.pem"), SNI, CIPHERS(0xFFFF) }, HIVEMQ, 32, 660, "R2" },
	{ "O14", B03, NULL, { AUTH(1), CA("digicert.pem"), CIPHERS(0xFFFF), SNI }, SERVERLESS, 32, 660, "R2" },
	{ "O15", B03, NULL, { NULL }, SERVERLESS, 32, ANY_TIME, "R3" },
	{ "O16", B03, NULL, { AUTH(2), CA("amazon.pem"), CERT("own.pem"), KEY("ownkey.pem"), CIPHERS(0xFFFF) }, AWS, 0,
	  2246, NULL },
	{ "O17", B03, NULL, { SNI }, DOCKER, 32, 660, "R2" },

	{ "B04 serverless", B04, NULL, { AUTH(1), CA("digicert.pem"), SNI }, SERVERLESS, 0, ANY_TIME, NULL },
	{ "B04 docker", B04, NULL, { SNI }, DOCKER, 0, ANY_TIME, NULL },
	{ "the wrong CA", B04, NULL, { AUTH(1), CA("digicert.pem"), SNI }, HIVEMQ, 32, ANY_TIME, "x509" },
	{ "the wrong CA, other silicon", A7670, NULL, { AUTH(1), CA("isrg.pem") }, EMQX, 34, ANY_TIME, "x509" },
	{ "no CA set", B04, NULL, { AUTH(1) }, EMQX, 33, 703, "R1" },
	{ "no client certificate set", B04, NULL, { AUTH(2), CA("amazon.pem") }, AWS, 33, 703, "clientcert" },
	{ "no client key set", B04, NULL, { AUTH(3), CERT("own.pem") }, AWS, 33, 703, "clientkey" },
	{ "client only", B04, NULL, { AUTH(3), CERT("own.pem"), KEY("ownkey.pem") }, AWS, 0, ANY_TIME, NULL },
	{ "key of another", B04, NULL, { AUTH(3), CERT("own.pem"), KEY("otherkey.pem") }, AWS, 34, 703, "R1" },
	{ "CA gone since", B04, NULL, { AUTH(1), CA("isrg.pem"), DELE("isrg.pem") }, EMQX, 34, 703, "R1" },
	{ "R1 comes before R2", B03, NULL, { AUTH(1), SNI }, EMQX, 33, 703, "R1" },
	{ "table ends at 33", LE11, NULL, { AUTH(1), CA("broken.pem") }, EMQX, 32, 703, "R1" },
	{ "authmode forgotten", B04, NULL, { NULL }, AWS, 26, ANY_TIME, "client certificate" },
	{ "cipher 002F alone", B04, NULL, { AUTH(3), CERT("own.pem"), KEY("ownkey.pem"), CIPHERS(0x002F) }, AWS, 32,
	  ANY_TIME, "002F" },
	{ "TLS 1.0 alone", B04, NULL, { VERSION(1) }, EMQX, 32, ANY_TIME, "protocol_version" },
	{ "SSL 3.0 alone", B04, NULL, { VERSION(0) }, EMQX, 32, ANY_TIME, "offers TLS none" },
	{ "TLS 1.2 alone", B04, NULL, { VERSION(3) }, EMQX, 0, 1931, NULL },
	{ "CA expired, dates ignored", B04, NULL, { AUTH(1), CA("old.pem"), TIME(1) }, EMQX, 0, ANY_TIME, NULL },
	{ "CA expired, dates checked", B04, NULL, { AUTH(1), CA("old.pem"), TIME(0) }, EMQX, 32, ANY_TIME, "expired" },
	{ "CA with CR LF", B04, NULL, { AUTH(1), CA("crlf.pem") }, EMQX, 0, ANY_TIME, NULL },
	{ "CA with CR LF refused", B04, "ca_crlf=open_fail", { AUTH(1), CA("crlf.pem") }, EMQX, 34, 703, "ca_crlf" },
	{ "CA with CR LF against the LF count", B04, NULL, { AUTH(1), CA("cut.pem") }, EMQX, 34, 703, "R1" },
	{ "CA to 2051", B04, NULL, { AUTH(1), CA("long.pem") }, EMQX, 0, ANY_TIME, NULL },
	{ "CA to 2051 refused", B04, "ca_generalized_time=open_fail", { AUTH(1), CA("long.pem") }, EMQX, 34, 703,
	  "ca_generalized_time" },
	{ "CA to 2040 taken", B04, "ca_generalized_time=open_fail", { AUTH(1), CA("emqx.pem") }, EMQX, 0, ANY_TIME, NULL },
	{ "every handshake fails", B04, "tls_fail_all=true", { NULL }, EMQX, 32, 660, "tls_fail_all" },
	{ "other code", B03, "tls_fail_code_mqtt=15", { SNI }, EMQX, 15, 660, "R2" },
	{ "want of SNI has a code", B04, "tls_no_sni_code_mqtt=15", { NULL }, SERVERLESS, 15, ANY_TIME, "R3" },
	{ "chain too long", B04, "tls_max_chain_bytes=1000", { NULL }, EMQX, 32, ANY_TIME, "chain" },
	{ "no ECDSA", B04, "tls_ecdsa=false", { NULL }, DOCKER, 32, ANY_TIME, "ECDSA" },
	{ "slow failure", B04, "tls_fail_ms=20000", { VERSION(1) }, EMQX, 32, 20660, "protocol_version" },
	{ "no such name", B04, NULL, { NULL }, "nobody.example:8883", 25, ANY_TIME, "" },
	{ "no such port", B04, NULL, { NULL }, "broker.emqx.io:9", 3, ANY_TIME, "" },
};

static void put_files(struct rig *r)
{
	static const char emqx[] = "03:DE:50:35:56:D1:4C:BB:66:F0:A3:E2:1B:1B:C3:97:B2:3D:D1:55";
	static const char amazon[] = "84:18:CC:85:34:EC:BC:0C:94:94:2E:08:59:9C:C7:B2:10:4E:0A:08";
	static const char isrg[] = "79:B4:59:E6:7B:B6:E5:E4:01:73:80:08:88:C8:1A:58:F6:E9:9B:6E";
	static const char own[] = "01:02:03:04:05:06:07:08";
	char crlf[2048];
	size_t n = 0;

	for (const char *s = RIG_DIGICERT; *s; s++) {
		if (*s == '\n')
			crlf[n++] = '\r';
		crlf[n++] = *s;
	}
	crlf[n] = '\0';
	ck_assert_uint_eq(n, 1360);
	rig_put_text(r, "crlf.pem", crlf);
	crlf[1338] = '\0';
	rig_put_text(r, "cut.pem", crlf);
	rig_put_text(r, "digicert.pem", RIG_DIGICERT);
	rig_put_text(r, "broken.pem", "-----BEGIN CERTIFICATE-----\nMIID");
	rig_put_text(r, "broken.der", "0\x82\x03");
	rig_put_new(r, "emqx.pem", NULL, &(struct rig_cert_spec){ .skid = emqx });
	rig_put_new(r, "old.pem", NULL, &(struct rig_cert_spec){ .skid = emqx, .to = "20210101000000Z" });
	rig_put_new(r, "long.pem", NULL, &(struct rig_cert_spec){ .skid = emqx, .to = "20510101000000Z" });
	rig_put_new(r, "amazon.pem", NULL, &(struct rig_cert_spec){ .skid = amazon });
	rig_put_new(r, "isrg.pem", NULL, &(struct rig_cert_spec){ .skid = isrg });
	rig_put_new(r, "own.pem", "ownkey.pem", &(struct rig_cert_spec){ .skid = own });
	rig_put_new(r, "other.pem", "otherkey.pem", &(struct rig_cert_spec){ .skid = own });
}

START_TEST(outcome)
{
	const char *const quirks[] = { rows[_i].quirk, NULL };
	bool urc_error = !strcmp(rows[_i].profile, A7670) && rows[_i].code;
	struct rig *r = rig_new_with(rows[_i].profile, quirks);
	char line[256], want[256], summary[64];

	put_files(r);
	for (size_t i = 0; rows[_i].config[i]; i++)
		rig_row(r, rows[_i].config[i], RIG_OK);
	rig_row(r, "AT+CMQTTSTART\r", RIG_OK "\r\n+CMQTTSTART: 0\r\n");
	rig_row(r, "AT+CMQTTACCQ=0,\"client1\",1\r", RIG_OK);
	snprintf(line, sizeof(line), "AT+CMQTTCONNECT=0,\"tcp://%s\",60,1,\"admin\",\"public\"\r", rows[_i].host);
	snprintf(want, sizeof(want), "%s\r\n+CMQTTCONNECT: 0,%d\r\n%s", urc_error ? "" : RIG_OK, rows[_i].code,
		 urc_error ? RIG_ERROR : "");
	rig_row(r, line, want);
	snprintf(summary, sizeof(summary), "%s: %.3f s", rows[_i].id,
		 (double)(clock_now_us(r->clock) - r->sent_us) / 1e6);
	if (rows[_i].ms != ANY_TIME)
		ck_assert_msg(clock_now_us(r->clock) - r->sent_us == (uint64_t)rows[_i].ms * 1000, "%s", summary);
	if (rows[_i].why)
		ck_assert_msg(strstr(buf_str(&r->why), rows[_i].why) != NULL, "%s: %s", rows[_i].id, buf_str(&r->why));
	/* a failure leaves the client acquired (quirks R6) */
	rig_row(r, "AT+CMQTTREL=0\r", rows[_i].code ? RIG_OK : "\r\n+CMQTTREL: 0,14\r\n" RIG_ERROR);
	rig_free(r);
}
END_TEST

/* A plain client at a TLS port, as in O18, and a TLS client at a plain one. */
START_TEST(wrong_kind_of_port)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+CMQTTSTART\r", RIG_OK "\r\n+CMQTTSTART: 0\r\n");
	rig_row(r, "AT+CMQTTACCQ=0,\"plain\",0\r", RIG_OK);
	rig_row(r, "AT+CMQTTACCQ=1,\"tls\",1\r", RIG_OK);
	rig_row(r, "AT+CMQTTCONNECT=0,\"tcp://" HIVEMQ "\",60,1\r", RIG_OK "\r\n+CMQTTCONNECT: 0,6\r\n");
	rig_row(r, "AT+CMQTTCONNECT=1,\"tcp://broker.emqx.io:1883\",60,1\r", RIG_OK "\r\n+CMQTTCONNECT: 1,32\r\n");
	rig_free(r);
}
END_TEST

/*
 * R6 with client 1: the binding to context 0 is used once more after a success, is gone after a failure, and context 1
 * takes its place. D18 revisions drop it after any connect.
 */
START_TEST(binding_lifetime)
{
	static const struct {
		const char *profile, *after_success;
	} revisions[] = { { B04, "\r\n+CMQTTSSLCFG: 0,\r\n+CMQTTSSLCFG: 1,0\r\n" RIG_OK },
			  { LE11, "\r\n+CMQTTSSLCFG: 0,\r\n+CMQTTSSLCFG: 1,\r\n" RIG_OK } };
	struct rig *r = rig_new(revisions[_i].profile);

	rig_row(r, "AT+CMQTTSTART\r", RIG_OK "\r\n+CMQTTSTART: 0\r\n");
	rig_row(r, "AT+CMQTTACCQ=1,\"dev\",1\r", RIG_OK);
	rig_row(r, "AT+CMQTTSSLCFG=1,0\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"sslversion\",1,1\r", RIG_OK);
	rig_row(r, "AT+CMQTTCONNECT=1,\"tcp://" EMQX "\",60,1\r", RIG_OK "\r\n+CMQTTCONNECT: 1,0\r\n");
	rig_row(r, "AT+CMQTTSSLCFG?\r", revisions[_i].after_success);
	rig_row(r, "AT+CMQTTDISC=1,60\r", "\r\n+CMQTTDISC: 1,0\r\n" RIG_OK);
	rig_row(r, "AT+CMQTTSSLCFG?\r", "\r\n+CMQTTSSLCFG: 0,\r\n+CMQTTSSLCFG: 1,\r\n" RIG_OK);
	rig_row(r, "AT+CMQTTCONNECT=1,\"tcp://" EMQX "\",60,1\r", RIG_OK "\r\n+CMQTTCONNECT: 1,32\r\n");
	rig_why(r, "ssl 1: sslversion=1");
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, outcome, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, wrong_kind_of_port);
	tcase_add_loop_test(tc, binding_lifetime, 0, 2);
}

int main(void)
{
	return rig_main("mqtt outcomes", add);
}
