/*
 * What becomes of TLS on a CCH session: the rules of the field thread (quirks 1.7) with this family's codes, each with its
 * time and its cause.
 */
#include "tests/rig_certs.h"
#include "tests/rig_world.h"

#define B03 "LE20B03SIM7600M22"
#define B04 "LE20B04V03SIM7600M22"
#define LE11 "LE11B14SIM7600M22"
#define A7670 "A011B03A7670M7_F"

static const char world[] =
	RIG_HOST("echo.test", "{service: echo, tls: {min: 1.2}, chain: {key: rsa, root: {name: Rig, skid: "
			      "'01:02:03:04:05:06:07:08'}}}")
	RIG_HOST("alert.test", "{service: echo, no_sni: tls_alert}")
	RIG_HOST("tenant.test", "{service: echo, no_sni: connack_5}")
	RIG_HOST("tls13.test", "{service: echo, tls: {min: 1.3, max: 1.3}}")
	RIG_HOST("cert.test", "{service: echo, client_cert: required, tls: {max: 1.2}}")
	RIG_HOST("plain.test", "{service: echo}")
	RIG_HOST("wait.test", "{service: discard}")
	RIG_HOST("ecdsa.test", "{service: echo, chain: ecdsa}");

#define SNI "AT+CSSLCFG=\"enableSNI\",0,1\r"
#define AUTH(n) "AT+CSSLCFG=\"authmode\",0," #n "\r"
#define CA(name) "AT+CSSLCFG=\"cacert\",0,\"" name "\"\r"
#define CERT(name) "AT+CSSLCFG=\"clientcert\",0,\"" name "\"\r"
#define KEY(name) "AT+CSSLCFG=\"clientkey\",0,\"" name "\"\r"
#define VERSION(n) "AT+CSSLCFG=\"sslversion\",0," #n "\r"
#define NEGOTIATE(n) "AT+CSSLCFG=\"negotiatetime\",0," #n "\r"

/* ms: from the command to the result. why: a piece of the explanation, NULL when the open succeeds. */
static const struct {
	const char *profile, *quirk, *config[4], *host;
	int code, ms;
	const char *why;
} rows[] = {
	{ B03, NULL, { NULL }, "echo.test", 0, 1550, NULL },
	{ B04, NULL, { SNI }, "echo.test", 0, 1550, NULL },
	{ B04, NULL, { SNI }, "alert.test", 0, 1550, NULL },
	{ B03, NULL, { NULL }, "alert.test", 15, 660, "R3" },
	{ B04, NULL, { NULL }, "alert.test", 15, 660, "R3" },
	{ LE11, NULL, { NULL }, "alert.test", 15, 660, "this revision sends no SNI" },
	{ B03, NULL, { SNI }, "alert.test", 15, 660, "R2" },
	{ B03, NULL, { SNI }, "echo.test", 15, 660, "tls_sni" },
	{ A7670, NULL, { SNI }, "echo.test", 15, 660, "R2" },
	/* who routes by tenant lets TLS through; nothing in this family hears of it */
	{ B04, NULL, { NULL }, "tenant.test", 0, 1550, NULL },
	{ B04, NULL, { NULL }, "tls13.test", 15, 660, "protocol_version" },
	{ B04, NULL, { VERSION(1) }, "echo.test", 15, 660, "protocol_version" },
	{ B04, "tls_ecdsa=false", { NULL }, "ecdsa.test", 15, 660, "ECDSA" },
	{ B04, "tls_fail_all=true", { NULL }, "echo.test", 15, 660, "tls_fail_all" },
	{ B04, "tls_fail_ms=1000", { NULL }, "alert.test", 15, 1660, "R3" },
	{ B04, "tls_fail_code_cch=6", { NULL }, "alert.test", 6, 660, "tls_fail_code_cch" },
	{ B04, "cch_table=v1", { NULL }, "alert.test", 1, 660, "R3" },
	{ B04, NULL, { AUTH(1), CA("own.pem") }, "echo.test", 0, 1550, NULL },
	{ B04, NULL, { AUTH(1), CA("other.pem") }, "echo.test", 15, 660, "x509" },
	{ B04, NULL, { AUTH(1), CA("broken.pem") }, "echo.test", 10, 703, "R1" },
	{ B04, NULL, { AUTH(1) }, "echo.test", 19, 703, "needs a cacert" },
	{ B03, NULL, { AUTH(1), SNI }, "echo.test", 19, 703, "R1" },
	{ B04, NULL, { AUTH(3), CERT("own.pem"), KEY("own-key.pem") }, "cert.test", 0, 1550, NULL },
	{ B04, NULL, { NULL }, "plain.test", 15, 660, "does not speak TLS" },
	{ B04, NULL, { NEGOTIATE(10) }, "wait.test", 5, 10650, "no ServerHello" },
};

static void put_files(struct rig *r)
{
	rig_put_new(r, "own.pem", "own-key.pem", &(struct rig_cert_spec){ .skid = "01:02:03:04:05:06:07:08" });
	rig_put_new(r, "other.pem", NULL, &(struct rig_cert_spec){ .skid = "11:12:13:14:15:16:17:18" });
	rig_put_text(r, "broken.pem", "-----BEGIN CERTIFICATE-----\nMIID");
}

static struct rig *rig_ready(int i)
{
	const char *const quirks[] = { rows[i].quirk, NULL };
	struct rig *r = rig_new_world(rows[i].profile, quirks, world);

	put_files(r);
	for (int n = 0; n < 4 && rows[i].config[n]; n++)
		rig_row(r, rows[i].config[n], RIG_OK);
	rig_row(r, "AT+CCHSTART\r", RIG_OK "\r\n+CCHSTART: 0\r\n");
	return r;
}

START_TEST(outcome)
{
	struct rig *r = rig_ready(_i);
	char line[80], want[40];

	snprintf(line, sizeof(line), "AT+CCHOPEN=0,\"%s\",443,2\r", rows[_i].host);
	snprintf(want, sizeof(want), "\r\n+CCHOPEN: 0,%d\r\n", rows[_i].code);
	rig_row(r, line, RIG_OK);
	rig_after(r, (uint64_t)rows[_i].ms, want);
	if (rows[_i].why)
		rig_why(r, rows[_i].why);
	rig_free(r);
}
END_TEST

/* The type is TLS when none is given; data goes both ways, and the binding decides the context. */
START_TEST(bound_context)
{
	struct rig *r = rig_new_world(B04, NULL, world);

	put_files(r);
	rig_row(r, "AT+CSSLCFG=\"authmode\",5,1\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"cacert\",5,\"other.pem\"\r", RIG_OK);
	rig_row(r, "AT+CCHSTART\r", RIG_OK "\r\n+CCHSTART: 0\r\n");
	rig_row(r, "AT+CCHSSLCFG=1,5\r", RIG_OK);
	rig_row(r, "AT+CCHOPEN=1,\"echo.test\",443\r", RIG_OK "\r\n+CCHOPEN: 1,15\r\n");
	rig_why(r, "ssl 5: ");
	/* the failed open has dropped the binding: context 1 verifies nothing */
	rig_row(r, "AT+CCHOPEN=1,\"echo.test\",443\r", RIG_OK "\r\n+CCHOPEN: 1,0\r\n");
	rig_row(r, "AT+CCHOPEN?\r", "\r\n+CCHOPEN: 0,\"\",,,\r\n+CCHOPEN: 1,\"echo.test\",443,2,\r\n" RIG_OK);
	rig_row(r, "AT+CCHSEND=1,2\r", "\r\n>");
	rig_row(r, "hi", RIG_OK "\r\n+CCHRECV: DATA,1,2\r\nhi");
	rig_free(r);
}
END_TEST

/* A client without the certificate the server wants gets through the handshake, and is closed then. */
START_TEST(certificate_wanted)
{
	struct rig *r = rig_new_world(B04, NULL, world);

	rig_row(r, "AT+CCHSTART\r", RIG_OK "\r\n+CCHSTART: 0\r\n");
	rig_row(r, "AT+CCHOPEN=0,\"cert.test\",443,2\r", RIG_OK "\r\n+CCHOPEN: 0,0\r\n\r\n+CCH_PEER_CLOSED: 0\r\n");
	rig_why(r, "client certificate");
	rig_free(r);
}
END_TEST

/* A plain client of a TLS port (quirks Q28: a type other than 2 opens plain TCP): connected, and closed on its first bytes. */
START_TEST(plain_into_tls)
{
	struct rig *r = rig_new_world(B04, NULL, world);

	rig_row(r, "AT+CCHSTART\r", RIG_OK "\r\n+CCHSTART: 0\r\n");
	rig_row(r, "AT+CCHOPEN=0,\"echo.test\",443,1\r", RIG_OK "\r\n+CCHOPEN: 0,0\r\n");
	rig_row(r, "AT+CCHSEND=0,5\r", "\r\n>");
	rig_row(r, "GET /", RIG_OK "\r\n+CCH_PEER_CLOSED: 0\r\n");
	rig_why(r, "speaks TLS and the client is a plain one");
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, outcome, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, bound_context);
	tcase_add_test(tc, certificate_wanted);
	tcase_add_test(tc, plain_into_tls);
}

int main(void)
{
	return rig_main("cch tls", add);
}
