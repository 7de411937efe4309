/* Whole conversations of AT+HTTP*, byte for byte: facts at-general 9. */
#include "tests/rig_http.h"

#define B04 "LE20B04V03SIM7600M22"
#define A7670 "A011B03A7670M7_F"

#define HELLO_HEAD \
	"HTTP/1.1 200 OK\r\nServer: rig\r\nContent-Type: text/plain\r\nContent-Length: 15\r\nConnection: keep-alive\r\n" \
	"Accept-Ranges: bytes\r\n\r\n"

START_TEST(get)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://web.example/hello");
	rig_http_action(r, 0, "200,15");
	rig_row(r, "AT+HTTPHEAD\r", "\r\n+HTTPHEAD: DATA,124\r\n" HELLO_HEAD RIG_OK);
	rig_row(r, "AT+HTTPREAD?\r", "\r\n+HTTPREAD: LEN,15\r\n" RIG_OK);
	rig_row(r, "AT+HTTPREAD=0,15\r",
		RIG_OK "\r\n+HTTPREAD: DATA,15\r\nHello, modem!\r\n\r\n+HTTPREAD: 0\r\n");
	/* Once more, a part, more than there is. */
	rig_row(r, "AT+HTTPREAD=7,5\r", RIG_OK "\r\n+HTTPREAD: DATA,5\r\nmodem\r\n+HTTPREAD: 0\r\n");
	rig_row(r, "AT+HTTPREAD=12,500\r", RIG_OK "\r\n+HTTPREAD: DATA,3\r\n!\r\n\r\n+HTTPREAD: 0\r\n");
	rig_row(r, "AT+HTTPREAD=15,1\r", RIG_ERROR);
	rig_why(r, "the answer has 15 bytes to read");
	rig_row(r, "AT+HTTPTERM\r", RIG_OK);
	rig_row(r, "AT+HTTPTERM\r", RIG_OK);
	rig_quiet(r, 200000);
	rig_free(r);
}
END_TEST

START_TEST(get_a7670)
{
	struct rig *r = rig_http_new(A7670, NULL, "");

	rig_http_start(r, "http://web.example/hello");
	rig_http_action(r, 0, "200,15");
	rig_row(r, "AT+HTTPHEAD\r", "\r\n+HTTPHEAD: 124\r\n" HELLO_HEAD RIG_OK);
	rig_row(r, "AT+HTTPREAD=0,5\r", RIG_OK "\r\n+HTTPREAD: 5\r\nHello\r\n+HTTPREAD: 0\r\n");
	rig_row(r, "AT+HTTPREAD=5\r", RIG_OK "\r\n+HTTPREAD: 5\r\n, mod\r\n+HTTPREAD: 0\r\n");
	rig_row(r, "AT+HTTPTERM\r", RIG_OK);
	rig_row(r, "AT+HTTPTERM\r", RIG_ERROR);
	rig_why(r, "http_term_idle");
	rig_free(r);
}
END_TEST

/* A body of more than one block. */
START_TEST(blocks)
{
	struct rig *r = rig_http_new(B04, NULL, "");
	struct buf want;

	rig_http_start(r, "http://web.example/pattern");
	rig_http_action(r, 0, "200,2500");
	buf_init(&want, 8192);
	buf_adds(&want, RIG_OK);
	for (int at = 0; at < 2500; at += 1024) {
		int n = 2500 - at < 1024 ? 2500 - at : 1024;

		buf_addf(&want, "\r\n+HTTPREAD: DATA,%d\r\n", n);
		for (int i = at; i < at + n; i += 16) {
			char line[24];

			snprintf(line, sizeof(line), "%08x.......\n", (unsigned)i);
			buf_add(&want, line, (size_t)(at + n - i < 16 ? at + n - i : 16));
		}
	}
	buf_adds(&want, "\r\n+HTTPREAD: 0\r\n");
	rig_row_bytes(r, "AT+HTTPREAD=0,2500\r", 19, want.data, want.len);
	buf_free(&want);
	rig_free(r);
}
END_TEST

START_TEST(post)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://web.example/echo?x=1");
	rig_row(r, "AT+HTTPPARA=\"CONTENT\",\"application/json\"\r", RIG_OK);
	rig_row(r, "AT+HTTPDATA=11,10000\r", "\r\nDOWNLOAD\r\n");
	rig_row(r, "{\"a\":\r\n\"b\"}", RIG_OK);
	rig_http_action(r, 1, "200,11");
	rig_row(r, "AT+HTTPREAD=0,11\r",
		RIG_OK "\r\n+HTTPREAD: DATA,11\r\n{\"a\":\r\n\"b\"}\r\n+HTTPREAD: 0\r\n");
	/* What was entered is used up. */
	rig_http_action(r, 1, "200,0");
	rig_row(r, "AT+HTTPREAD?\r", RIG_ERROR);
	rig_why(r, "nothing to read");
	rig_free(r);
}
END_TEST

/* The length of a HEAD is that of the head; there is no body. The server closes behind it. */
START_TEST(head)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://closing.example");
	rig_row(r, "AT+HTTPACTION=2\r", RIG_OK "\r\n+HTTPACTION: 2,200,105\r\n\r\n+HTTP_PEER_CLOSED\r\n");
	rig_row(r, "AT+HTTPHEAD\r",
		"\r\n+HTTPHEAD: DATA,105\r\nHTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n"
		"Connection: close\r\nAccept-Ranges: bytes\r\n\r\n" RIG_OK);
	rig_row(r, "AT+HTTPREAD=0,3\r", RIG_ERROR);
	rig_row(r, "AT+HTTPREAD?\r", RIG_ERROR);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, get);
	tcase_add_test(tc, get_a7670);
	tcase_add_test(tc, blocks);
	tcase_add_test(tc, post);
	tcase_add_test(tc, head);
}

int main(void)
{
	return rig_main("http golden scripts", add);
}
