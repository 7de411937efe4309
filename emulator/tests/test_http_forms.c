/* AT+HTTP*: what each form takes and answers, in each state of the service. */
#include "modem/http.h"
#include "tests/rig_http.h"

#define B04 "LE20B04V03SIM7600M22"
#define A7670 "A011B03A7670M7_F"

/* A row per form, before AT+HTTPINIT and after it. */
static const struct {
	const char *in, *stopped, *started;
} forms[] = {
	{ "AT+HTTPINIT=?\r", RIG_OK, RIG_OK },
	{ "AT+HTTPINIT?\r", RIG_ERROR, RIG_ERROR },
	{ "AT+HTTPTERM=?\r", RIG_OK, RIG_OK },
	{ "AT+HTTPPARA=?\r", RIG_OK, RIG_OK },
	{ "AT+HTTPPARA?\r", RIG_ERROR, RIG_ERROR },
	{ "AT+HTTPPARA\r", RIG_ERROR, RIG_ERROR },
	{ "AT+HTTPACTION=?\r", "\r\n+HTTPACTION: (0-3)\r\n" RIG_OK, "\r\n+HTTPACTION: (0-3)\r\n" RIG_OK },
	{ "AT+HTTPACTION=4\r", RIG_ERROR, RIG_ERROR },
	{ "AT+HTTPACTION=0\r", RIG_ERROR, RIG_ERROR },	/* no URL */
	{ "AT+HTTPHEAD=?\r", RIG_OK, RIG_OK },
	{ "AT+HTTPHEAD\r", RIG_ERROR, RIG_ERROR },	/* no answer */
	{ "AT+HTTPREAD=?\r", RIG_OK, RIG_OK },
	{ "AT+HTTPREAD?\r", RIG_ERROR, RIG_ERROR },
	{ "AT+HTTPREAD\r", RIG_ERROR, RIG_ERROR },
	{ "AT+HTTPREAD=10\r", RIG_ERROR, RIG_ERROR },
	{ "AT+HTTPREAD=0\r", RIG_ERROR, RIG_ERROR },
	{ "AT+HTTPREAD=-1,5\r", RIG_ERROR, RIG_ERROR },
	{ "AT+HTTPDATA=?\r", RIG_OK, RIG_OK },
	{ "AT+HTTPDATA=0,10\r", RIG_ERROR, RIG_ERROR },
	{ "AT+HTTPDATA=153601,10\r", RIG_ERROR, RIG_ERROR },
	{ "AT+HTTPDATA=1,9\r", RIG_ERROR, RIG_ERROR },
	{ "AT+HTTPDATA=1,65536\r", RIG_ERROR, RIG_ERROR },
	{ "AT+HTTPDATA=1\r", RIG_ERROR, RIG_ERROR },
	{ "AT+HTTPPOSTFILE=?\r", "\r\n+HTTPPOSTFILE: <filename>[,(1-3)[,(0-3)[,(0-1)]]]\r\n" RIG_OK,
	  "\r\n+HTTPPOSTFILE: <filename>[,(1-3)[,(0-3)[,(0-1)]]]\r\n" RIG_OK },
	{ "AT+HTTPPOSTFILE=\"none.txt\"\r", RIG_ERROR, RIG_ERROR },
	{ "AT+HTTPREADFILE=?\r", "\r\n+HTTPREADFILE: <filename>[,(1-4)]\r\n" RIG_OK,
	  "\r\n+HTTPREADFILE: <filename>[,(1-4)]\r\n" RIG_OK },
	{ "AT+HTTPREADFILE=\"a.txt\"\r", RIG_ERROR, RIG_ERROR },
	{ "AT+HTTPREADFILE=\"a.txt\",5\r", RIG_ERROR, RIG_ERROR },
	{ "AT+CHTTPACT=\"x\",80\r", RIG_ERROR, RIG_ERROR },	/* V1.01's, gone */
};

START_TEST(form_rows)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		rig_row(r, forms[i].in, forms[i].stopped);
	rig_row(r, "AT+HTTPINIT\r", RIG_OK);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		rig_row(r, forms[i].in, forms[i].started);
	rig_row(r, "AT+HTTPINIT\r", RIG_ERROR);
	rig_why(r, "started already");
	rig_free(r);
}
END_TEST

START_TEST(forms_a7670)
{
	struct rig *r = rig_http_new(A7670, NULL, "");

	rig_row(r, "AT+HTTPACTION=?\r", "\r\n+HTTPACTION: (0-4)\r\n" RIG_OK);
	rig_row(r, "AT+HTTPPOSTFILE=?\r", "\r\n+HTTPPOSTFILE: <filename>[,(1-2)[,(0-4)[,(0-1)]]]\r\n" RIG_OK);
	rig_row(r, "AT+HTTPREADFILE=?\r", "\r\n+HTTPREADFILE: <filename>[,(1-2)]\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define TEXT_256 FIFTY FIFTY FIFTY FIFTY FIFTY "012345"

/* sim7600 and a7670: 1 OK, 0 ERROR. */
static const struct {
	const char *para;
	int sim7600, a7670;
} paras[] = {
	{ "\"URL\",\"http://a.b/c\"", 1, 1 },
	{ "\"URL\",http://a.b/c", 1, 1 },
	{ "\"url\",\"https://a.b\"", 1, 1 },
	{ "\"URL\",\"ftp://a.b/c\"", 0, 0 },
	{ "\"URL\",\"a.b/c\"", 0, 0 },
	{ "\"URL\",\"\"", 0, 0 },
	{ "\"CONNECTTO\",20", 1, 1 },
	{ "\"CONNECTTO\",120", 1, 1 },
	{ "\"CONNECTTO\",19", 0, 0 },
	{ "\"CONNECTTO\",121", 0, 0 },
	{ "\"CONNECTTO\",\"60\"", 1, 1 },
	{ "\"CONNECTTO\",x", 0, 0 },
	{ "\"RECVTO\",2", 1, 1 },
	{ "\"RECVTO\",120", 1, 1 },
	{ "\"RECVTO\",1", 0, 0 },
	{ "\"RESPTO\",20", 1, 0 },
	{ "\"RESPTO\",19", 0, 0 },
	{ "\"CONTENT\",\"application/json\"", 1, 1 },
	{ "\"CONTENT\",\"" TEXT_256 "\"", 1, 1 },
	{ "\"CONTENT\",\"" TEXT_256 "6\"", 0, 0 },
	{ "\"ACCEPT\",\"text/*\"", 1, 1 },
	{ "\"UA\",\"probe/1.0 (x, y)\"", 1, 0 },
	{ "\"SSLCFG\",0", 1, 1 },
	{ "\"SSLCFG\",9", 1, 1 },
	{ "\"SSLCFG\",10", 0, 0 },
	{ "\"USERDATA\",\"X-A: {\"a\",1}\"", 1, 1 },
	{ "\"USERDATA\",\"" TEXT_256 "\"", 1, 1 },
	{ "\"USERDATA\",\"" TEXT_256 "7\"", 1, 0 },
	{ "\"USERDATA\",\"\"", 1, 1 },
	{ "\"BREAK\",0", 1, 0 },
	{ "\"BREAKEND\",4294967295", 1, 0 },
	{ "\"BREAK\",-1", 0, 0 },
	{ "\"READMODE\",1", 0, 1 },
	{ "\"READMODE\",2", 0, 0 },
	{ "\"CID\",1", 0, 0 },
	{ "\"URL\"", 0, 0 },
	{ "", 0, 0 },
};

static void para_rows(const char *profile, bool a7670)
{
	struct rig *r = rig_http_new(profile, NULL, "");
	char line[700];

	rig_row(r, "AT+HTTPPARA=\"URL\",\"http://a.b\"\r", RIG_ERROR);
	rig_why(r, "the HTTP service is stopped");
	rig_row(r, "AT+HTTPINIT\r", RIG_OK);
	for (size_t i = 0; i < sizeof(paras) / sizeof(paras[0]); i++) {
		bool good = a7670 ? paras[i].a7670 : paras[i].sim7600;

		snprintf(line, sizeof(line), "AT+HTTPPARA=%s\r", paras[i].para);
		rig_row(r, line, good ? RIG_OK : RIG_ERROR);
		ck_assert_msg(good || r->why.len, "%s: ERROR without a reason", paras[i].para);
	}
	rig_free(r);
}

START_TEST(para)
{
	para_rows(B04, false);
}
END_TEST

START_TEST(para_a7670)
{
	para_rows(A7670, true);
}
END_TEST

/* --- URLs --------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *url, *host;
	unsigned port;	/* 0: not a URL */
	bool tls;
	const char *path;
} urls[] = {
	{ "http://a.b", "a.b", 80, false, "/" },
	{ "https://a.b", "a.b", 443, true, "/" },
	{ "HTTP://A.b/", "A.b", 80, false, "/" },
	{ "http://a.b:8080", "a.b", 8080, false, "/" },
	{ "http://a.b:8080/x/y?z=1&w=http://q", "a.b", 8080, false, "/x/y?z=1&w=http://q" },
	{ "http://a.b?z=1", "a.b", 80, false, "/?z=1" },
	{ "http://a.b/x#top", "a.b", 80, false, "/x" },
	{ "http://a.b#top", "a.b", 80, false, "/" },
	/* The manual's own form: the port belongs to the path then (SIM7500-LTE-Shield#7). */
	{ "http://a.b/x:8080", "a.b", 80, false, "/x:8080" },
	{ "http://127.0.0.1:1/%20", "127.0.0.1", 1, false, "/%20" },
	{ "http://[::1]:65535/a", "::1", 65535, false, "/a" },
	{ "http://x_y-1.z", "x_y-1.z", 80, false, "/" },
	{ .url = "" }, { .url = "http" }, { .url = "http:" }, { .url = "http:/a" }, { .url = "http://" },
	{ .url = "http:///x" }, { .url = "http://:80/" }, { .url = "http://a b/" }, { .url = "http://a.b:/" },
	{ .url = "http://a.b:0/" }, { .url = "http://a.b:65536/" }, { .url = "http://a.b:80x/" },
	{ .url = "http://a.b/x y" }, { .url = "http://u@a.b/" }, { .url = "http://[::1/" }, { .url = "http://[]/" },
	{ .url = "mqtt://a.b/" }, { .url = " http://a.b/" }, { .url = "http://a.b/\x01" },
};

START_TEST(url_rows)
{
	struct http_url u;

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		ck_assert_msg(http_url_parse(urls[i].url, &u) == (urls[i].port != 0), "%s", urls[i].url);
		if (!urls[i].port)
			continue;
		ck_assert_str_eq(u.host, urls[i].host);
		ck_assert_str_eq(u.path, urls[i].path);
		ck_assert_uint_eq(u.port, urls[i].port);
		ck_assert(u.tls == urls[i].tls);
	}
}
END_TEST

/* Cut anywhere, and with each byte changed: no crash, and what is taken is whole. */
START_TEST(url_cuts)
{
	static const char url[] = "https://[2001:db8::1]:8443/a/b?c=d#e";
	struct http_url u;
	char text[sizeof(url)];

	for (size_t n = 0; n < sizeof(url); n++) {
		memcpy(text, url, n);
		text[n] = '\0';
		if (http_url_parse(text, &u))
			ck_assert(u.port && u.host[0] && u.path[0] == '/');
		memcpy(text, url, sizeof(url));
		for (int c = 1; c < 256 && n < sizeof(url) - 1; c++) {
			text[n] = (char)c;
			if (http_url_parse(text, &u))
				ck_assert(u.port && u.host[0] && u.path[0] == '/');
		}
	}
}
END_TEST

/* --- life --------------------------------------------------------------------------------------------------------- */

/* TERM and a reset take everything back. */
START_TEST(defaults)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://web.example/hello");
	rig_http_action(r, 0, "200,15");
	rig_row(r, "AT+HTTPTERM\r", RIG_OK);
	rig_row(r, "AT+HTTPINIT\r", RIG_OK);
	rig_row(r, "AT+HTTPACTION=0\r", RIG_ERROR);
	rig_why(r, "no URL was set");
	rig_row(r, "AT+HTTPREAD?\r", RIG_ERROR);
	rig_http_url(r, "http://web.example/pattern");
	rig_row(r, "AT+HTTPACTION=0\r", RIG_OK);
	modem_power_off(r->modem);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_quiet(r, 60000);
	rig_row(r, "AT+HTTPREAD?\r", RIG_ERROR);
	rig_row(r, "AT+HTTPPARA=\"CONNECTTO\",30\r", RIG_ERROR);
	rig_free(r);
}
END_TEST

START_TEST(term_idle)
{
	static const char *const quirks[] = { "http_term_idle=error", NULL };
	struct rig *r = rig_http_new(B04, NULL, ""), *strict = rig_http_new(B04, quirks, "");

	rig_row(r, "AT+HTTPTERM\r", RIG_OK);
	rig_row(r, "AT+HTTPINIT\r", RIG_OK);
	rig_row(strict, "AT+HTTPTERM\r", RIG_ERROR);
	rig_why(strict, "the HTTP service is not started");
	rig_free(r);
	rig_free(strict);
}
END_TEST

/* Without a network the service does not start; with one that is closed it takes longer. */
START_TEST(no_network)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_row(r, "AT+HTTPINIT\r", "");
	rig_after(r, 900, RIG_OK);
	rig_row(r, "AT+HTTPTERM\r", RIG_OK);
	rig_row(r, "AT+NETOPEN\r", RIG_OK "\r\n+NETOPEN: 0\r\n");
	rig_row(r, "AT+HTTPINIT\r", "");
	rig_after(r, 10, RIG_OK);
	rig_row(r, "AT+HTTPTERM\r", RIG_OK);
	rig_row(r, "AT+COPS=2\r", "\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n" RIG_OK);
	rig_row(r, "AT+HTTPINIT\r", RIG_ERROR);
	rig_why(r, "not registered");
	rig_free(r);
}
END_TEST

/* Data that does not come in time. */
START_TEST(data_timeout)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://web.example/echo");
	rig_row(r, "AT+HTTPDATA=10,10\r", "\r\nDOWNLOAD\r\n");
	rig_row(r, "12345", "");
	clock_advance_to(r->clock, clock_now_us(r->clock) + 9999999);
	rig_check(r, "(waiting)", "", 0);
	rig_quiet(r, 0);
	rig_more(r, RIG_ERROR);
	rig_http_action(r, 1, "200,0");
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, form_rows);
	tcase_add_test(tc, forms_a7670);
	tcase_add_test(tc, para);
	tcase_add_test(tc, para_a7670);
	tcase_add_test(tc, url_rows);
	tcase_add_test(tc, url_cuts);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, term_idle);
	tcase_add_test(tc, no_network);
	tcase_add_test(tc, data_timeout);
}

int main(void)
{
	return rig_main("http forms", add);
}
