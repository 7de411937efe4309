/* nginx as a fixture: answers to the letter, since the modelled web server has to give the same. */
#include "harness/tests/test_fixture_rig.h"

#define WEB                                                                                                            \
	"files: [{path: /a.txt, text: hello}, {path: /d/big, bytes: 100000}, {path: /p, text: posted, post: true}, "  \
	"{path: /c, text: chunks, chunked: true}]"
#define TAIL " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"

static const struct {
	const char *settings, *request;
	const char *status, *body;	/* how the answer begins and ends */
	const char *heard;
} requests[] = {
	{ "", "GET /a.txt" TAIL "\r\n", "HTTP/1.1 200 ", "\r\n\r\nhello", "GET /a.txt 200 5\n" },
	{ "", "HEAD /a.txt" TAIL "\r\n", "HTTP/1.1 200 ", "\r\n\r\n", "HEAD /a.txt 200 0\n" },
	{ "", "GET /a.txt?x=1" TAIL "Range: bytes=1-2\r\n\r\n", "HTTP/1.1 206 ", "\r\n\r\nel", "GET /a.txt?x=1 206 2\n" },
	{ "", "GET /a.txt" TAIL "Range: bytes=9-\r\n\r\n", "HTTP/1.1 416 ", "\n416 Requested Range Not Satisfiable\n",
	  "GET /a.txt 416 36\n" },
	{ "", "GET /d/big" TAIL "Range: bytes=99984-\r\n\r\n", "HTTP/1.1 206 ", "\r\n\r\n00018690.......\n",
	  "GET /d/big 206 16\n" },
	{ "", "GET /none" TAIL "\r\n", "HTTP/1.1 404 ", "\r\n\r\n404 Not Found\n", "GET /none 404 14\n" },
	{ "", "POST /a.txt" TAIL "Content-Length: 2\r\n\r\nhi", "HTTP/1.1 405 ", "\r\n\r\n405 Method Not Allowed\n",
	  "POST /a.txt 405 23\n" },
	{ "", "POST /p" TAIL "Content-Length: 2\r\n\r\nhi", "HTTP/1.1 200 ", "\r\n\r\nposted", "POST /p 200 6\n" },
	{ "", "GET /c" TAIL "\r\n", "HTTP/1.1 200 ", "\r\n\r\n6\r\nchunks\r\n0\r\n\r\n", "GET /c 200 " },
	{ "users: {a: 'b:c'}, ", "GET /a.txt" TAIL "\r\n", "HTTP/1.1 401 ", "\r\n\r\n401 Unauthorized\n",
	  "GET /a.txt 401 17\n" },
	{ "users: {a: 'b:c'}, ", "GET /a.txt" TAIL "Authorization: Basic YTpiOmM=\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\nhello",
	  "GET /a.txt 200 5\n" },
	{ "tls: '1.2', ", "GET /a.txt" TAIL "\r\n", "HTTP/1.1 200 ", "\r\n\r\nhello", "GET /a.txt 200 5\n" },
	{ "tls: '1.2', client_cert: required, ", "GET /a.txt" TAIL "\r\n", "HTTP/1.1 400 ",
	  "\r\n\r\n400 Bad Request: No required SSL certificate was sent\n", "GET /a.txt 400 54\n" },
};

START_TEST(answers)
{
	struct bench b;
	struct buf answer;
	char text[512];

	snprintf(text, sizeof(text), "  b: {use: nginx, %s%s}\n", requests[_i].settings, WEB);
	start(&b, text);
	ck_assert_str_eq(var(&b, "b.port"), strstr(requests[_i].settings, "tls") ? "443" : "80");
	buf_init(&answer, 1 << 20);
	fetch(&b, requests[_i].request, &answer);
	ck_assert_msg(!strncmp(buf_str(&answer), requests[_i].status, strlen(requests[_i].status)), "%s", buf_str(&answer));
	ck_assert_msg(answer.len > strlen(requests[_i].body) &&
			      !strcmp(answer.data + answer.len - strlen(requests[_i].body), requests[_i].body),
		      "%s", buf_str(&answer));
	hear(&b, requests[_i].heard);
	buf_free(&answer);
	stop(&b);
}
END_TEST

static const struct {
	const char *settings;
	struct tls_try client;
	const char *outcome, *heard;
} handshakes[] = {
	{ "tls: '1.3', ", { .version = TLS1_2_VERSION }, "tlsv1 alert protocol version", "tls unsupported protocol\n" },
	{ "tls: '1.2', ciphers: AES128-SHA, ", { .ciphers = "AES256-SHA" }, "sslv3 alert handshake failure", "tls no shared cipher\n" },
	{ "tls: '1.2', ", { .wrong_ca = true }, "certificate verify failed", "tls tlsv1 alert unknown ca\n" },
	{ "tls: {min: 1.0, max: 1.1}, ", { .version = TLS1_VERSION }, "TLSv1 ECDHE-RSA-AES256-SHA", NULL },
	{ "tls: '1.3', ciphers: TLS_AES_128_GCM_SHA256, ", { .version = 0 }, "TLSv1.3 TLS_AES_128_GCM_SHA256", NULL },
	{ "cert: {key: ecdsa}, ", { .version = TLS1_2_VERSION }, "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384", NULL },
};

START_TEST(handshake)
{
	struct bench b;
	char text[512], outcome[160];

	snprintf(text, sizeof(text), "  b: {use: nginx, %s%s}\n", handshakes[_i].settings, WEB);
	start(&b, text);
	shake_hands(&b, &handshakes[_i].client, outcome);
	ck_assert_str_eq(outcome, handshakes[_i].outcome);
	if (handshakes[_i].heard)
		hear(&b, handshakes[_i].heard);
	stop(&b);
}
END_TEST

int main(void)
{
	const struct cert_setup rsa = { .bits = 0 }, ecdsa = { .key = CERT_ECDSA };
	TCase *tc = tcase_create("nginx");

	certs_prepare(&rsa, 7);
	certs_prepare(&ecdsa, 7);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, answers, 0, sizeof(requests) / sizeof(requests[0]));
	tcase_add_loop_test(tc, handshake, 0, sizeof(handshakes) / sizeof(handshakes[0]));
	return run_suite("fixture web", tc);
}
