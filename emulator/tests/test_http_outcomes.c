/* What an AT+HTTPACTION ends in, when, and why: every code that a server or the way to it can bring about. */
#include "tests/rig_certs.h"
#include "tests/rig_http.h"

#define B03 "LE20B03SIM7600M22"
#define B04 "LE20B04V03SIM7600M22"
#define A7670 "A011B03A7670M7_F"

/* ms: from OK to the result. */
static const struct {
	const char *url;
	int method;
	const char *outcome;
	unsigned ms;
	const char *why;	/* NULL: it went well */
} rows[] = {
	{ "http://web.example/hello", 0, "200,15", 770, NULL },
	{ "http://web.example/none", 0, "404,14", 770, NULL },
	{ "http://web.example/hello", 1, "405,23", 770, NULL },
	{ "http://web.example/put", 3, "200,4", 770, NULL },
	{ "http://web.example/moved", 0, "302,0", 770, NULL },
	{ "http://web.example/secret", 0, "401,17", 770, NULL },
	/* No Content-Length: nobody knows how much will come. */
	{ "http://web.example/chunked", 0, "200,0", 770, NULL },
	{ "http://web.example/late", 0, "200,4", 5770, NULL },
	{ "http://web.example/never", 0, "720,0", 20710, "no_response" },
	{ "http://web.example/close", 0, "704,0", 770, "misbehaviour close" },
	{ "http://web.example/reset", 0, "706,0", 770, "misbehaviour reset" },
	{ "http://web.example/garbage", 0, "600,0", 770, "misbehaviour garbage" },
	{ "http://nowhere.example/", 0, "713,0", 150, "not in the modelled world" },
	{ "http://web.example:81/", 0, "714,0", 650, "port 80" },
	{ "http://refuse.example/", 1, "714,0", 650, "misbehaviour refuse" },
	{ "http://silent.example/", 0, "714,0", 75150, "misbehaviour tcp_timeout" },
	{ "http://mqtt.example/", 0, "704,0", 660, "serves no HTTP" },
	/* The manual's form of a URL with a port asks for a strange path of port 80. */
	{ "http://web.example/hello:8080", 0, "404,14", 770, NULL },
	{ "https://web.example:80/", 0, "715,0", 660, "does not speak TLS" },
	{ "http://secure.example:443/", 0, "400,63", 770, NULL },
	{ "https://secure.example/", 0, "200,4", 1670, NULL },
	{ "https://old.example/", 0, "715,0", 660, "alert protocol_version" },
};

START_TEST(outcome)
{
	struct rig *r = rig_http_new(B04, NULL, "");
	char line[40], want[60];

	rig_http_start(r, rows[_i].url);
	snprintf(line, sizeof(line), "AT+HTTPACTION=%d\r", rows[_i].method);
	snprintf(want, sizeof(want), "\r\n+HTTPACTION: %d,%s\r\n", rows[_i].method, rows[_i].outcome);
	rig_row(r, line, RIG_OK);
	rig_after(r, rows[_i].ms, want);
	if (rows[_i].why)
		rig_why(r, rows[_i].why);
	else
		ck_assert_uint_eq(r->why.len, 0);
	if (rows[_i].why)
		rig_row(r, "AT+HTTPREAD?\r", RIG_ERROR);
	/* Whatever happened, the next request starts anew. */
	rig_http_url(r, "http://web.example/hello");
	rig_http_action(r, 0, "200,15");
	rig_free(r);
}
END_TEST

/* CONNECTTO and RESPTO are the modem's patience. */
START_TEST(timeouts)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://silent.example/");
	rig_row(r, "AT+HTTPPARA=\"CONNECTTO\",30\r", RIG_OK);
	rig_row(r, "AT+HTTPACTION=0\r", RIG_OK);
	rig_after(r, 30000, "\r\n+HTTPACTION: 0,714,0\r\n");
	rig_http_url(r, "http://web.example/never");
	rig_row(r, "AT+HTTPPARA=\"RESPTO\",25\r", RIG_OK);
	rig_row(r, "AT+HTTPACTION=0\r", RIG_OK);
	rig_after(r, 25710, "\r\n+HTTPACTION: 0,720,0\r\n");
	rig_free(r);
}
END_TEST

/* One request at a time. */
START_TEST(busy)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://web.example/hello");
	rig_row(r, "AT+HTTPACTION=0\r", RIG_OK);
	rig_row(r, "AT+HTTPACTION=0\r", RIG_ERROR);
	rig_why(r, "a request is under way");
	rig_row(r, "AT+HTTPREAD?\r", RIG_ERROR);
	rig_more(r, "\r\n+HTTPACTION: 0,200,15\r\n");
	/* TERM while one is under way: it is forgotten. */
	rig_row(r, "AT+HTTPACTION=0\r", RIG_OK);
	rig_row(r, "AT+HTTPTERM\r", RIG_OK);
	rig_quiet(r, 100000);
	rig_free(r);
}
END_TEST

/* --- TLS ---------------------------------------------------------------------------------------------------------- */

/* B03 and SNI, as for MQTT: no request succeeds while it is on. */
START_TEST(sni_broken)
{
	struct rig *r = rig_http_new(B03, NULL, "");

	rig_row(r, "AT+CSSLCFG=\"enableSNI\",0,1\r", RIG_OK);
	rig_http_start(r, "https://secure.example/");
	rig_row(r, "AT+HTTPACTION=0\r", RIG_OK);
	rig_after(r, 660, "\r\n+HTTPACTION: 0,715,0\r\n");
	rig_why(r, "\"rule\":\"R2\"");
	rig_why(r, "\"quirk\":\"tls_sni\",\"value\":\"broken\"");
	rig_row(r, "AT+CSSLCFG=\"enableSNI\",0,0\r", RIG_OK);
	rig_http_action(r, 0, "200,4");
	/* Another context is another session: SSLCFG picks it. */
	rig_row(r, "AT+CSSLCFG=\"enableSNI\",3,1\r", RIG_OK);
	rig_row(r, "AT+HTTPPARA=\"SSLCFG\",3\r", RIG_OK);
	rig_http_action(r, 0, "715,0");
	rig_why(r, "ssl 3: enableSNI=1");
	/* Plain HTTP does not care. */
	rig_http_url(r, "http://web.example/hello");
	rig_http_action(r, 0, "200,15");
	rig_free(r);
}
END_TEST

START_TEST(tls_files)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "https://secure.example/");
	rig_row(r, "AT+CSSLCFG=\"authmode\",0,1\r", RIG_OK);
	rig_http_action(r, 0, "719,0");
	rig_why(r, "needs a cacert and none is configured");
	rig_put_text(r, "bad.pem", "no certificate");
	rig_row(r, "AT+CSSLCFG=\"cacert\",0,\"bad.pem\"\r", RIG_OK);
	rig_row(r, "AT+HTTPACTION=0\r", RIG_OK);
	rig_after(r, 703, "\r\n+HTTPACTION: 0,710,0\r\n");
	rig_why(r, "tls_open_fail_code_http");
	rig_put_text(r, "digi.pem", RIG_DIGICERT);
	rig_row(r, "AT+CSSLCFG=\"cacert\",0,\"digi.pem\"\r", RIG_OK);
	rig_http_action(r, 0, "200,4");
	rig_free(r);
}
END_TEST

/* The codes are the revision's. */
START_TEST(tls_codes)
{
	static const char *const quirks[] = { "tls_fail_code_http=706", "tls_fail_ms=2000", NULL };
	struct rig *r = rig_http_new(B04, quirks, "");

	rig_http_start(r, "https://old.example/");
	rig_row(r, "AT+HTTPACTION=0\r", RIG_OK);
	rig_after(r, 2660, "\r\n+HTTPACTION: 0,706,0\r\n");
	rig_why(r, "tls_fail_code_http");
	rig_free(r);
}
END_TEST

START_TEST(client_cert)
{
	static const char more[] = "  - {match: mutual.example, model: {client_cert: required, tls: {min: 1.2}, "
				   "http: {pages: [{path: /, text: hi}]}}}\n";
	struct rig *r = rig_http_new(B04, NULL, more);

	rig_http_start(r, "https://mutual.example/");
	rig_http_action(r, 0, "400,54");
	rig_put_new(r, "me.pem", "key.pem", &(struct rig_cert_spec){ .skid = "00:11:22:33:44:55:66:77" });
	rig_row(r, "AT+CSSLCFG=\"authmode\",0,3\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"clientcert\",0,\"me.pem\"\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"clientkey\",0,\"key.pem\"\r", RIG_OK);
	rig_http_action(r, 0, "200,2");
	rig_free(r);
}
END_TEST

/* --- connections -------------------------------------------------------------------------------------------------- */

/* Kept: no name, no TCP, no TLS for the next one, until the server has had enough. */
START_TEST(kept)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "https://secure.example/");
	rig_http_action(r, 0, "200,4");
	rig_quiet(r, 1000);	/* a body that is still coming would have to be given up */
	rig_row(r, "AT+HTTPACTION=0\r", RIG_OK);
	rig_after(r, 120, "\r\n+HTTPACTION: 0,200,4\r\n");
	rig_quiet(r, 74000);
	rig_more(r, "\r\n+HTTP_PEER_CLOSED\r\n");
	rig_row(r, "AT+HTTPACTION=0\r", RIG_OK);
	rig_after(r, 1670, "\r\n+HTTPACTION: 0,200,4\r\n");
	/* Another place ends it without a word. */
	rig_http_url(r, "http://web.example/hello");
	rig_row(r, "AT+HTTPACTION=0\r", RIG_OK);
	rig_after(r, 770, "\r\n+HTTPACTION: 0,200,15\r\n");
	rig_free(r);
}
END_TEST

START_TEST(not_kept)
{
	static const char *const quirks[] = { "http_keep_alive=false", NULL };
	struct rig *r = rig_http_new(B04, quirks, "");

	rig_http_start(r, "http://web.example/hello");
	for (int i = 0; i < 2; i++) {
		rig_row(r, "AT+HTTPACTION=0\r", RIG_OK);
		rig_after(r, 770, "\r\n+HTTPACTION: 0,200,15\r\n");
		rig_more(r, "\r\n+HTTP_PEER_CLOSED\r\n");
	}
	rig_free(r);
}
END_TEST

static void sessions(struct rig *r, const char *want)
{
	struct buf reply;

	buf_init(&reply, 4096);
	ck_assert_int_eq(link_control(r->modem->link, "sessions", &reply), 0);
	ck_assert_str_eq(buf_str(&reply), want);
	buf_free(&reply);
}

/* The server ends the connection: before its answer, in the body, and while it was kept. */
START_TEST(dropped)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://web.example/never");
	rig_row(r, "AT+HTTPACTION=0\r", RIG_OK);
	sessions(r, "none");
	rig_world(r, "drop");
	rig_quiet(r, 1000);
	sessions(r, "http@web.example:80");
	rig_world(r, "drop");
	rig_more(r, "\r\n+HTTPACTION: 0,704,0\r\n");
	rig_why(r, "control: drop");
	sessions(r, "none");
	rig_http_url(r, "http://web.example/slow");
	rig_http_action(r, 0, "200,200");
	rig_quiet(r, 1000);
	rig_world(r, "drop reset");
	rig_more(r, "\r\n+HTTP_PEER_CLOSED\r\n");
	rig_http_url(r, "http://web.example/hello");
	rig_http_action(r, 0, "200,15");
	rig_quiet(r, 1000);
	rig_world(r, "drop");
	rig_more(r, "\r\n+HTTP_PEER_CLOSED\r\n");
	rig_http_action(r, 0, "200,15");
	rig_free(r);
}
END_TEST

START_TEST(network_lost)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://web.example/never");
	rig_row(r, "AT+HTTPACTION=0\r", RIG_OK);
	rig_row(r, "AT+COPS=2\r", "\r\n+HTTPACTION: 0,717,0\r\n\r\n+HTTP_NONET_EVENT\r\n" RIG_OK);
	rig_why(r, "the bearer went down");
	rig_http_action(r, 0, "717,0");
	rig_why(r, "the bearer is down");
	rig_row(r, "AT+COPS=0\r", RIG_OK);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 10000000);
	rig_http_url(r, "http://web.example/hello");
	rig_http_action(r, 0, "200,15");
	rig_free(r);
}
END_TEST

/* --- what is sent ------------------------------------------------------------------------------------------------- */

START_TEST(login)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://web.example/secret");
	rig_row(r, "AT+HTTPPARA=\"USERDATA\",\"X-One: 1\\r\\nAuthorization: Basic dTpw\"\r", RIG_OK);
	rig_http_action(r, 0, "200,6");
	rig_row(r, "AT+HTTPPARA=\"USERDATA\",\"Authorization: Basic dTpx\"\r", RIG_OK);
	rig_http_action(r, 0, "401,17");
	rig_free(r);
}
END_TEST

START_TEST(too_much)
{
	struct rig *r = rig_http_new(B04, NULL, "");
	char body[62];

	memset(body, 'x', sizeof(body));
	body[61] = '\0';
	rig_http_start(r, "http://web.example/echo");
	rig_row(r, "AT+HTTPDATA=61,10\r", "\r\nDOWNLOAD\r\n");
	rig_row(r, body, RIG_OK);
	rig_http_action(r, 1, "413,29");
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, outcome, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, timeouts);
	tcase_add_test(tc, busy);
	tcase_add_test(tc, sni_broken);
	tcase_add_test(tc, tls_files);
	tcase_add_test(tc, tls_codes);
	tcase_add_test(tc, client_cert);
	tcase_add_test(tc, kept);
	tcase_add_test(tc, not_kept);
	tcase_add_test(tc, dropped);
	tcase_add_test(tc, network_lost);
	tcase_add_test(tc, login);
	tcase_add_test(tc, too_much);
}

int main(void)
{
	return rig_main("http outcomes", add);
}
