/* A client with its own HTTP on a socket of the modem, against a modelled site: byte for byte. */
#include "link/model_stream.h"
#include "test_stream_rig.h"

static const char world[] =
	"schema: 1\nhosts:\n"
	"  - match: web.x\n"
	"    model:\n"
	"      http:\n"
	"        server: rig\n"
	"        idle: 10s\n"
	"        pages:\n"
	"          - {path: /hello, text: \"Hello!\\r\\n\"}\n"
	"          - {path: /big, bytes: 1000000, rate: 1000000000}\n"
	"          - {path: /echo, echo: true, limit: 60}\n"
	"          - {path: /secret, text: inside, auth: {user: u, password: p}}\n"
	"          - {path: /put, methods: [PUT], text: done, close: true}\n"
	"          - {path: /chunked, text: no length, chunked: true}\n"
	"          - {path: /slow, bytes: 200, rate: 50}\n"
	"          - {path: /late, text: late, delay: 5s}\n"
	"          - {path: /never, misbehave: no_response}\n"
	"          - {path: /close, misbehave: close}\n"
	"          - {path: /reset, misbehave: reset}\n"
	"          - {path: /garbage, misbehave: garbage}\n"
	"          - {path: /cut, bytes: 32, misbehave: cut}\n"
	"          - {path: /stall, bytes: 32, misbehave: stall}\n"
	"          - {path: /badlength, text: short, misbehave: bad_length}\n"
	"  - {match: bye.x, model: {http: {server: \"\", close: true, pages: [{path: /, text: bye}]}}}\n"
	"  - {match: tls.x, model: {tls: {min: 1.2}, http: {server: rig, pages: [{path: /, text: safe}]}}}\n"
	"  - {match: mute.x, model: {misbehave: [mute], http: {}}}\n"
	"  - {match: shut.x, model: {misbehave: [close_after_connect], http: {}}}\n";

#define OK(type, length, rest) "HTTP/1.1 200 OK\r\nServer: rig\r\nContent-Type: " type "\r\nContent-Length: " length "\r\n" \
	"Connection: keep-alive\r\n" rest "\r\n"
#define RANGES "Accept-Ranges: bytes\r\n"
#define HELLO OK("text/plain", "8", RANGES) "Hello!\r\n"
#define REFUSED(status) "HTTP/1.1 " status "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

static const struct {
	const char *what, *host, *out, *in;
	const char *end; /* of the reason, NULL: the connection stays */
	const char *broker;
} rows[] = {
	{ "GET", "web.x", "GET /hello HTTP/1.1\r\nHost: web.x\r\n\r\n", HELLO, NULL, "GET /hello 200 8\n" },
	{ "without headers", "web.x", "GET /hello HTTP/1.1\r\n\r\n", HELLO, NULL, "GET /hello 200 8\n" },
	{ "one after the other", "web.x", "GET /hello HTTP/1.1\r\n\r\nHEAD /hello HTTP/1.1\r\n\r\nGET /hello HTTP/1.1\r\n\r\n",
	  HELLO OK("text/plain", "8", RANGES) HELLO, NULL, "GET /hello 200 8\nHEAD /hello 200 0\nGET /hello 200 8\n" },
	{ "1.0 closes", "web.x", "GET /hello HTTP/1.0\r\n\r\n",
	  "HTTP/1.1 200 OK\r\nServer: rig\r\nContent-Type: text/plain\r\nContent-Length: 8\r\nConnection: close\r\n" RANGES "\r\nHello!\r\n",
	  "closes behind its answer", "GET /hello 200 8\n" },
	{ "1.0 may go on", "web.x", "GET /hello HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", HELLO, NULL, "GET /hello 200 8\n" },
	{ "1.0 knows no chunks", "web.x", "GET /chunked HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	  "HTTP/1.1 200 OK\r\nServer: rig\r\nContent-Type: text/plain\r\nConnection: close\r\n" RANGES "\r\nno length",
	  "closes behind its answer", "GET /chunked 200 9\n" },
	{ "lines that end in LF", "web.x", "POST /echo HTTP/1.1\nContent-Length: 2\n\n\n\nGET /hello HTTP/1.1\n\n",
	  OK("text/plain", "2", "") "\n\n" HELLO, NULL, "POST /echo 200 2\nGET /hello 200 8\n" },
	{ "empty lines before a request", "web.x", "\r\n\n\r\nGET /hello HTTP/1.1\r\n\r\n\r\nGET /hello HTTP/1.1\r\n\r\n", HELLO HELLO, NULL,
	  "GET /hello 200 8\nGET /hello 200 8\n" },
	{ "a proxy's way to ask", "web.x", "GET http://web.x/hello HTTP/1.1\r\n\r\n", HELLO, NULL, "GET /hello 200 8\n" },
	{ "that without a path", "bye.x", "GET http://bye.x HTTP/1.1\r\n\r\n",
	  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n" RANGES "\r\nbye",
	  "closes behind its answer", "GET / 200 3\n" },
	{ "POST", "web.x", "POST /echo HTTP/1.1\r\ncontent-length: 5\r\nContent-Type: a/b\r\n\r\nhello", OK("a/b", "5", "") "hello", NULL,
	  "POST /echo 200 5\n" },
	{ "POST without a body", "web.x", "POST /echo HTTP/1.1\r\n\r\n", OK("text/plain", "0", ""), NULL, "POST /echo 200 0\n" },
	{ "100-continue", "web.x", "POST /echo HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
	  "HTTP/1.1 100 Continue\r\n\r\n", NULL, "" },
	{ "range", "web.x", "GET /hello HTTP/1.1\r\nRange: bytes=1-3\r\n\r\n",
	  "HTTP/1.1 206 Partial Content\r\nServer: rig\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: keep-alive\r\n"
	  "Content-Range: bytes 1-3/8\r\n\r\nell", NULL, "GET /hello 206 3\n" },
	{ "password", "web.x", "GET /secret HTTP/1.1\r\nAuthorization: Basic dTpw\r\n\r\n", OK("text/plain", "6", RANGES) "inside", NULL,
	  "GET /secret 200 6\n" },
	{ "nothing there", "web.x", "GET /no HTTP/1.1\r\n\r\n",
	  "HTTP/1.1 404 Not Found\r\nServer: rig\r\nContent-Type: text/html\r\nContent-Length: 14\r\nConnection: keep-alive\r\n\r\n"
	  "404 Not Found\n", NULL, "GET /no 404 14\n" },
	{ "close by page", "web.x", "PUT /put HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
	  "HTTP/1.1 200 OK\r\nServer: rig\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nConnection: close\r\n" RANGES "\r\ndone",
	  "closes behind its answer", "PUT /put 200 4\n" },
	{ "chunked", "web.x", "GET /chunked HTTP/1.1\r\n\r\n",
	  "HTTP/1.1 200 OK\r\nServer: rig\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n" RANGES
	  "\r\n9\r\nno length\r\n0\r\n\r\n", NULL, "GET /chunked 200 9\n" },
	{ "no answer", "web.x", "GET /never HTTP/1.1\r\n\r\n", "", NULL, "GET /never none\n" },
	{ "close", "web.x", "GET /close HTTP/1.1\r\n\r\n", "", "misbehaves: close", "GET /close none\n" },
	{ "reset", "web.x", "GET /reset HTTP/1.1\r\n\r\n", "", "misbehaves: reset", "GET /reset none\n" },
	{ "garbage", "web.x", "GET /garbage HTTP/1.1\r\n\r\n", "garbage\r\n\r\n", "misbehaves: garbage", "GET /garbage none\n" },
	{ "cut", "web.x", "GET /cut HTTP/1.1\r\n\r\n", OK("application/octet-stream", "32", RANGES) "00000000.......\n",
	  "misbehaves: cut", "GET /cut 200 32\n" },
	{ "stall", "web.x", "GET /stall HTTP/1.1\r\n\r\n", OK("application/octet-stream", "32", RANGES) "00000000.......\n", NULL,
	  "GET /stall 200 32\n" },
	{ "bad length", "web.x", "GET /badlength HTTP/1.1\r\n\r\n",
	  "HTTP/1.1 200 OK\r\nServer: rig\r\nContent-Type: text/plain\r\nContent-Length: 15\r\nConnection: close\r\n" RANGES "\r\nshort",
	  "closes behind its answer", "GET /badlength 200 5\n" },
	{ "no HTTP", "web.x", "hello\r\n\r\n", REFUSED("400 Bad Request"), "understands no such request", "" },
	{ "no version", "web.x", "GET /hello\r\n\r\n", REFUSED("400 Bad Request"), "understands no such request", "" },
	{ "no path", "web.x", "GET  HTTP/1.1\r\n\r\n", REFUSED("400 Bad Request"), "understands no such request", "" },
	{ "no header", "web.x", "GET / HTTP/1.1\r\nhello\r\n\r\n", REFUSED("400 Bad Request"), "understands no such request", "" },
	{ "no length", "web.x", "POST /echo HTTP/1.1\r\nContent-Length: x\r\n\r\n", REFUSED("400 Bad Request"),
	  "understands no such request", "" },
	{ "chunks of a client", "web.x", "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", REFUSED("411 Length Required"),
	  "understands no such request", "" },
	{ "plain on a TLS port", "tls.x", "GET / HTTP/1.1\r\n\r\n",
	  "HTTP/1.1 400 Bad Request\r\nServer: rig\r\nContent-Type: text/html\r\nContent-Length: 63\r\nConnection: close\r\n\r\n"
	  "400 Bad Request: The plain HTTP request was sent to HTTPS port\n", "closes behind its answer", "GET / 400 63\n" },
	{ "mute", "mute.x", "GET / HTTP/1.1\r\n\r\n", "", NULL, "" },
	{ "closed at once", "shut.x", "GET / HTTP/1.1\r\n\r\n", "", "close_after_connect", "" },
};

struct talk {
	struct rig rig;
	struct stream_rig r;
	struct buf got;
	bool ended;
	struct why why;
};

static void on_event(const struct link_stream_event *ev, void *ctx)
{
	struct talk *t = ctx;

	if (ev->type == LINK_STREAM_DATA)
		buf_add(&t->got, ev->data, ev->len);
	if (ev->type == LINK_STREAM_CLOSED) {
		t->ended = true;
		t->why = *ev->why;
	}
}

static void talk_start(struct talk *t, const char *host, const struct link_tls *tls)
{
	const struct link_stream_setup setup = { .host = host, .port = 80, .tls = tls };

	memset(t, 0, sizeof(*t));
	rig_start(&t->rig, world);
	stream_rig_start(&t->r, &t->rig, NULL);
	buf_init(&t->got, 1 << 21);
	t->r.stream = link_stream_open(t->rig.link, &setup, on_event, t);
	rig_wait_ms(&t->rig, tls ? 2000 : 700);
}

static void talk_stop(struct talk *t)
{
	stream_rig_stop(&t->r);
	rig_stop(&t->rig);
	buf_free(&t->got);
}

static void say(struct talk *t, const char *text, size_t step)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i += step)
		link_stream_send(t->r.stream, text + i, len - i < step ? len - i : step);
}

static void check_broker(const char *got, const char *what, const char *want)
{
	struct buf own;

	buf_init(&own, 1 << 16);
	for (const char *end; (end = strchr(got, '\n')) != NULL; got = end + 1) {
		if (strncmp(got, "tcp ", 4))
			buf_add(&own, got, (size_t)(end - got + 1));
	}
	ck_assert_msg(!strcmp(buf_str(&own), want), "%s: got\n%swanted\n%s", what, buf_str(&own), want);
	buf_free(&own);
}

static void play(int row, size_t step)
{
	struct talk t;

	talk_start(&t, rows[row].host, NULL);
	say(&t, rows[row].out, step);
	rig_wait_ms(&t.rig, 3000);
	ck_assert_msg(!strcmp(buf_str(&t.got), rows[row].in), "%s, %zu a piece: got\n%s\nwanted\n%s", rows[row].what, step,
		      buf_str(&t.got), rows[row].in);
	ck_assert_msg(t.ended == (rows[row].end != NULL), "%s: %s", rows[row].what, t.ended ? "closed" : "open");
	if (rows[row].end)
		ck_assert_msg(why_says(&t.why, NULL, rows[row].end), "%s: %s", rows[row].what, t.why.step[0].text);
	check_broker(buf_str(&t.rig.broker), rows[row].what, rows[row].broker);
	talk_stop(&t);
}

START_TEST(test_rows)
{
	for (size_t step = 1; step <= strlen(rows[_i].out); step++)
		play(_i, step);
}
END_TEST

START_TEST(test_continue)
{
	struct talk t;

	talk_start(&t, "web.x", NULL);
	say(&t, "POST /echo HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", 10);
	rig_wait_ms(&t.rig, 200);
	say(&t, "hi", 1);
	rig_wait_ms(&t.rig, 200);
	ck_assert_str_eq(buf_str(&t.got), "HTTP/1.1 100 Continue\r\n\r\n" OK("text/plain", "2", "") "hi");
	talk_stop(&t);
}
END_TEST

/* A million bytes to a modem that reads now and then: all of them, each where it belongs. */
START_TEST(test_big)
{
	enum { TOTAL = 1000000 };
	char line[32];
	const char *body;
	struct talk t;

	talk_start(&t, "web.x", NULL);
	say(&t, "GET /big HTTP/1.1\r\n\r\n", 100);
	for (int i = 0; i < 40; i++) {
		link_stream_pause(t.r.stream, !(i & 1));
		rig_wait_ms(&t.rig, 500);
		ck_assert_uint_le(((struct model_stream *)t.r.stream)->in.bytes, MODEL_WINDOW_BYTES);
	}
	link_stream_pause(t.r.stream, false);
	rig_wait_ms(&t.rig, 5000);
	body = strstr(buf_str(&t.got), "\r\n\r\n") + 4;
	ck_assert_uint_eq(t.got.len - (size_t)(body - t.got.data), TOTAL);
	for (size_t at = 0; at < TOTAL; at += 16) {
		snprintf(line, sizeof(line), "%08zx.......\n", at);
		ck_assert(!memcmp(body + at, line, 16));
	}
	talk_stop(&t);
}
END_TEST

static const struct {
	const char *path;
	uint64_t least_ms, most_ms;
} times[] = { { "/slow", 4000, 4500 }, { "/late", 5000, 5300 } };

START_TEST(test_times)
{
	char ask[64];
	struct talk t;
	uint64_t from;

	talk_start(&t, "web.x", NULL);
	from = clock_now_us(t.rig.clock);
	snprintf(ask, sizeof(ask), "GET %s HTTP/1.0\r\n\r\n", times[_i].path);
	say(&t, ask, 100);
	while (!t.ended)
		ck_assert(clock_step(t.rig.clock));
	ck_assert_uint_ge(clock_now_us(t.rig.clock) - from, times[_i].least_ms * 1000);
	ck_assert_uint_le(clock_now_us(t.rig.clock) - from, times[_i].most_ms * 1000);
	talk_stop(&t);
}
END_TEST

START_TEST(test_idle)
{
	struct talk t;

	talk_start(&t, "web.x", NULL);
	rig_wait_ms(&t.rig, 8000);
	if (_i)
		say(&t, "GET /hello HTTP/1.1\r\n\r\n", 100);
	rig_wait_ms(&t.rig, 8000);
	ck_assert(t.ended == !_i);
	rig_wait_ms(&t.rig, 4000);
	ck_assert(t.ended && why_says(&t.why, NULL, "closes a connection that is idle"));
	talk_stop(&t);
}
END_TEST

START_TEST(test_tls)
{
	struct link_tls tls = RIG_TLS;
	struct talk t;

	talk_start(&t, "tls.x", &tls);
	say(&t, "GET / HTTP/1.1\r\n\r\n", 3);
	rig_wait_ms(&t.rig, 1000);
	ck_assert_str_eq(buf_str(&t.got), OK("text/plain", "4", RANGES) "safe");
	talk_stop(&t);
}
END_TEST

/* A head that never ends, and a body that is longer than anybody may send. */
START_TEST(test_too_long)
{
	char line[1001];
	struct talk t;

	memset(line, 'x', 1000);
	memcpy(line, "A: ", 3);
	line[998] = '\r';
	line[999] = '\n';
	line[1000] = '\0';
	talk_start(&t, "web.x", NULL);
	if (_i)
		say(&t, "POST /echo HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n", 100);
	else
		say(&t, "GET / HTTP/1.1\r\n", 100);
	for (int i = 0; i < 80 && !_i && !t.ended; i++) {
		say(&t, line, 1000);
		rig_wait_ms(&t.rig, 200);
	}
	rig_wait_ms(&t.rig, 1000);
	ck_assert_str_eq(buf_str(&t.got), _i ? REFUSED("400 Bad Request") : REFUSED("431 Request Header Fields Too Large"));
	ck_assert(t.ended);
	talk_stop(&t);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("http_server");
	TCase *t = tcase_create("server");

	tcase_add_loop_test(t, test_rows, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, test_continue);
	tcase_add_test(t, test_big);
	tcase_add_loop_test(t, test_times, 0, 2);
	tcase_add_loop_test(t, test_idle, 0, 2);
	tcase_add_test(t, test_tls);
	tcase_add_loop_test(t, test_too_long, 0, 2);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return rig_main(s);
}
