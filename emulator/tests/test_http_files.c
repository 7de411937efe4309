/* AT+HTTPREADFILE and AT+HTTPPOSTFILE: answers into files, files as requests. */
#include "modem/cert.h"
#include "modem/fs.h"
#include "tests/rig_http.h"

#define B04 "LE20B04V03SIM7600M22"
#define A7670 "A011B03A7670M7_F"

static const struct store_file *file_of(struct rig *r, const char *path)
{
	enum fs_err err;

	return fs_file(r->modem->fs, path, &err);
}

START_TEST(read_places)
{
	static const struct {
		const char *args, *path;
	} rows[] = {
		{ "\"a.txt\"", "F:/a.txt" }, { "\"a.txt\",1", "F:/a.txt" }, 
		{ "c.txt,3", "E:/c.txt" },
	};
	struct rig *r = rig_http_new(B04, NULL, "");
	char line[60];

	rig_http_start(r, "http://web.example/hello");
	rig_http_action(r, 0, "200,15");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(line, sizeof(line), "AT+HTTPREADFILE=%s\r", rows[i].args);
		rig_row(r, line, RIG_OK "\r\n+HTTPREADFILE: 0\r\n");
		ck_assert_msg(file_of(r, rows[i].path) != NULL, "%s", rows[i].path);
		ck_assert_str_eq(file_of(r, rows[i].path)->data, "Hello, modem!\r\n");
	}
	/* The certificate store is a place too, with its own names. */
	rig_row(r, "AT+HTTPREADFILE=\"ca.pem\",4\r", RIG_OK "\r\n+HTTPREADFILE: 0\r\n");
	ck_assert_str_eq(cert_get(r->modem->cert, "ca.pem")->data, "Hello, modem!\r\n");
	rig_row(r, "AT+CCERTLIST\r", "\r\n+CCERTLIST: \"ca.pem\"\r\n" RIG_OK);
	rig_row(r, "AT+HTTPREADFILE=\"b.txt\",2\r", RIG_ERROR);
	rig_why(r, "SD CARD NOT PLUGGED IN");
	rig_row(r, "AT+HTTPREADFILE=\"a\",4\r", RIG_ERROR);
	rig_why(r, "no name for the certificate store");
	rig_row(r, "AT+HTTPREADFILE=\"no/a.txt\",3\r", RIG_ERROR);
	rig_free(r);
}
END_TEST

/* Ten megabytes go through the cache; ten thousand bytes and one are too many for a certificate. */
START_TEST(read_big)
{
	static const char more[] = "  - {match: long.example, model: {http: {pages: [{path: /, bytes: 10241}]}}}\n";
	struct rig *r = rig_http_new(B04, NULL, more);
	const struct store_file *f;

	rig_http_start(r, "http://web.example/big");
	rig_http_action(r, 0, "200,10485760");
	rig_row(r, "AT+HTTPREADFILE=\"big.bin\",3\r", RIG_OK "\r\n+HTTPREADFILE: 0\r\n");
	f = file_of(r, "E:/big.bin");
	ck_assert_uint_eq(f->len, 10485760);
	ck_assert(!memcmp((const char *)f->data + 0x9ffff0, "009ffff0.......\n", 16));
	rig_http_url(r, "http://long.example/");
	rig_http_action(r, 0, "200,10241");
	rig_row(r, "AT+HTTPREADFILE=\"long.pem\",4\r", RIG_OK "\r\n+HTTPREADFILE: 707\r\n");
	rig_why(r, "too long for the certificate store");
	ck_assert_ptr_null(cert_get(r->modem->cert, "long.pem"));
	rig_free(r);
}
END_TEST

START_TEST(read_fails)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://web.example/badlength");
	rig_row(r, "AT+HTTPREADFILE=\"a.txt\"\r", RIG_ERROR);
	rig_http_action(r, 0, "200,15");
	rig_row(r, "AT+HTTPREADFILE=\"a.txt\"\r", RIG_OK "\r\n+HTTP_PEER_CLOSED\r\n\r\n+HTTPREADFILE: 704\r\n");
	rig_why(r, "announced 15 bytes, sent 5");
	rig_free(r);
}
END_TEST

static void put(struct rig *r, const char *path, const char *text)
{
	ck_assert_int_eq(fs_write(r->modem->fs, path, text, strlen(text)), FS_OK);
}

static void read_back(struct rig *r, const char *text)
{
	char want[200];

	snprintf(want, sizeof(want), RIG_OK "\r\n+HTTPREAD: DATA,%zu\r\n%s\r\n+HTTPREAD: 0\r\n", strlen(text), text);
	rig_row(r, "AT+HTTPREAD=0,100\r", want);
}

START_TEST(post)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	put(r, "F:/body.txt", "from a file");
	put(r, "E:/body.txt", "from another");
	rig_row(r, "AT+HTTPPOSTFILE=\"body.txt\"\r", RIG_ERROR);
	rig_http_start(r, "http://web.example/echo");
	rig_row(r, "AT+HTTPPOSTFILE=\"body.txt\"\r", RIG_OK "\r\n+HTTPPOSTFILE: 1,200,11\r\n");
	read_back(r, "from a file");
	rig_row(r, "AT+HTTPPOSTFILE=\"body.txt\",3\r", RIG_OK "\r\n+HTTPPOSTFILE: 1,200,12\r\n");
	read_back(r, "from another");
	rig_row(r, "AT+HTTPPOSTFILE=\"body.txt\",1,0\r", RIG_OK "\r\n+HTTPPOSTFILE: 0,200,11\r\n");
	rig_row(r, "AT+HTTPPOSTFILE=\"none.txt\",1,1\r", RIG_ERROR);
	rig_why(r, "FILE NOT EXISTING");
	rig_row(r, "AT+HTTPPOSTFILE=\"body.txt\",4\r", RIG_ERROR);
	rig_row(r, "AT+HTTPPOSTFILE=\"body.txt\",1,4\r", RIG_ERROR);
	rig_http_url(r, "http://nowhere.example/");
	rig_row(r, "AT+HTTPPOSTFILE=\"body.txt\",1,1\r", RIG_OK "\r\n+HTTPPOSTFILE: 1,713,0\r\n");
	rig_free(r);
}
END_TEST

/* A file that is the whole request: method, path and headers are its own. */
START_TEST(post_whole)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	put(r, "F:/req.txt", "POST /echo HTTP/1.1\r\nHost: elsewhere\r\nContent-Type: a/b\r\n\r\nthe body");
	put(r, "F:/lf.txt", "GET /hello HTTP/1.1\nX: y\n");
	put(r, "F:/bad.txt", "no request");
	put(r, "F:/worse.txt", "FETCH /x HTTP/1.1\r\n\r\n");
	rig_http_start(r, "http://web.example/none");
	rig_row(r, "AT+HTTPPOSTFILE=\"req.txt\",1,1,1\r", RIG_OK "\r\n+HTTPPOSTFILE: 1,200,8\r\n");
	read_back(r, "the body");
	rig_row(r, "AT+HTTPPOSTFILE=\"lf.txt\",1,,1\r", RIG_OK "\r\n+HTTPPOSTFILE: 0,200,15\r\n");
	rig_row(r, "AT+HTTPPOSTFILE=\"bad.txt\",1,1,1\r", RIG_ERROR);
	rig_row(r, "AT+HTTPPOSTFILE=\"worse.txt\",1,,1\r", RIG_ERROR);
	rig_why(r, "no HTTP request");
	rig_free(r);
}
END_TEST

/* The A76xx: other places, a whole request by default, and no method that was not given. */
START_TEST(post_a7670)
{
	struct rig *r = rig_http_new(A7670, NULL, "");

	put(r, "C:/getbaidu.txt", "GET /hello HTTP/1.1\r\nAccept: */*\r\n\r\n");
	rig_http_start(r, "http://web.example");
	rig_row(r, "AT+HTTPPOSTFILE=\"getbaidu.txt\",1\r", RIG_OK "\r\n+HTTPPOSTFILE: 200,15\r\n");
	rig_row(r, "AT+HTTPREADFILE=\"readbaidu.dat\"\r", RIG_OK "\r\n+HTTPREADFILE: 0\r\n");
	ck_assert_uint_eq(file_of(r, "C:/readbaidu.dat")->len, 15);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, read_places);
	tcase_add_test(tc, read_big);
	tcase_add_test(tc, read_fails);
	tcase_add_test(tc, post);
	tcase_add_test(tc, post_whole);
	tcase_add_test(tc, post_a7670);
}

int main(void)
{
	return rig_main("http files", add);
}
