/* The real back end of link_http.h against a server in a thread: requests, bodies, back-pressure, and each way to fail. */
#include "link/link_http.h"
#include "tests/test_real_http_server.h"
#include "tests/test_real_rig.h"
#include "tests/test_real_server.h"

/* A client and what it was told. */
struct client {
	struct real_rig *rig;
	struct link_http *h;
	bool done, closed;
	enum link_status status;
	enum link_http_phase phase;
	int code;
	long long length;
	struct buf head;
	struct buf body; /* up to its limit; beyond, bytes are only counted and compared with the pattern */
	unsigned long long received;
	bool pattern, wrong;
	unsigned long long pause_at; /* pauses itself when so much has come, 0 never */
	bool paused;
	bool cancel_on_data;
	struct why why;
};

static void on_data(struct client *c, const struct link_http_event *ev)
{
	const char *data = ev->data;

	for (size_t i = 0; c->pattern && i < ev->len; i++)
		c->wrong |= data[i] != web_byte(c->received + i);
	c->received += ev->len;
	if (!c->pattern)
		buf_add(&c->body, ev->data, ev->len);
	if (c->pause_at && c->received >= c->pause_at) {
		c->paused = true;
		link_http_pause(c->h, true);
	}
	if (c->cancel_on_data) {
		link_http_cancel(c->h);
		c->done = true;
	}
}

static void on_event(const struct link_http_event *ev, void *ctx)
{
	struct client *c = ctx;

	switch (ev->type) {
	case LINK_HTTP_HEAD:
		c->code = ev->code;
		c->length = ev->length;
		buf_reset(&c->head);
		buf_add(&c->head, ev->data, ev->len);
		break;
	case LINK_HTTP_DATA:
		on_data(c, ev);
		break;
	case LINK_HTTP_DONE:
		c->done = true;
		c->status = ev->status;
		c->phase = ev->phase;
		if (ev->why)
			c->why = *ev->why;
		break;
	case LINK_HTTP_CLOSED:
		c->closed = true;
		break;
	}
}

static void client_start(struct client *c, struct real_rig *r, struct web *w)
{
	char world[512];

	memset(c, 0, sizeof(*c));
	snprintf(world, sizeof(world),
		 "schema: 1\nhosts:\n"
		 "  - {match: web.example, real: \"127.0.0.1:%u\"}\n"
		 "  - {match: b.x, real: \"127.0.0.1:%u\"}\n"
		 "  - {match: nobody.example, real: \"127.0.0.1:1\"}\n",
		 w->port, w->port);
	real_rig_start(r, world);
	c->rig = r;
	buf_init(&c->head, 1 << 16);
	buf_init(&c->body, 1 << 16);
	c->h = link_http_new(r->link, on_event, c);
}

static void client_stop(struct client *c)
{
	link_http_close(c->h);
	real_rig_stop(c->rig);
	buf_free(&c->head);
	buf_free(&c->body);
}

static void ask(struct client *c, struct link_http_setup s)
{
	c->done = c->closed = c->wrong = false;
	c->received = 0;
	c->code = 0;
	buf_reset(&c->body);
	why_reset(&c->why);
	s.method = s.method ? s.method : "GET";
	s.host = s.host ? s.host : "web.example";
	s.port = s.port ? s.port : 80;
	ck_assert_int_eq(link_http_request(c->h, &s), 0);
	ck_assert_int_eq(link_http_request(c->h, &s), -EBUSY);
}

static void get(struct client *c, const char *path)
{
	ask(c, (struct link_http_setup){ .path = path, .connect_us = 5000000, .response_us = 5000000,
					 .receive_us = 5000000 });
	real_rig_wait(c->rig, &c->done);
}

static void with_server(void (*test)(struct client *c, struct web *w))
{
	struct web w;
	struct real_rig r;
	struct client c;

	web_start(&w, NULL);
	client_start(&c, &r, &w);
	test(&c, &w);
	client_stop(&c);
	web_stop(&w);
}

/* --- what goes well ----------------------------------------------------------------------------------------------- */

static void requests(struct client *c, struct web *w)
{
	static const char *const header[] = { "Accept: */*", "User-Agent: M", NULL };
	static const char *const post_header[] = { "Content-Type: text/plain", "X-Own: 1", NULL };

	get(c, "/hello");
	ck_assert_int_eq(c->status, LINK_OK);
	ck_assert_int_eq(c->code, 200);
	ck_assert_int_eq(c->length, 5);
	ck_assert_str_eq(buf_str(&c->body), "Hello");
	ck_assert_str_eq(buf_str(&c->head), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\n");
	/* What is sent is what the modem says, and no more. */
	ck_assert_str_eq(buf_str(&w->log), "GET /hello HTTP/1.1\r\nHost: web.example\r\n\r\n");

	buf_reset(&w->log);
	ask(c, (struct link_http_setup){ .method = "HEAD", .path = "/hello", .header = header });
	real_rig_wait(c->rig, &c->done);
	ck_assert_int_eq(c->code, 200);
	ck_assert_uint_eq(c->body.len, 0);
	ck_assert_str_eq(buf_str(&w->log), "HEAD /hello HTTP/1.1\r\nHost: web.example\r\nAccept: */*\r\nUser-Agent: M\r\n\r\n");

	buf_reset(&w->log);
	ask(c, (struct link_http_setup){ .method = "POST", .path = "/echo", .header = post_header, .body = "a\0b", .len = 3 });
	real_rig_wait(c->rig, &c->done);
	ck_assert_int_eq(c->code, 201);
	ck_assert_uint_eq(c->body.len, 3);
	ck_assert(!memcmp(c->body.data, "a\0b", 3));
	ck_assert_ptr_nonnull(strstr(buf_str(&w->log), "POST /echo HTTP/1.1\r\nHost: web.example\r\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&w->log), "Content-Type: text/plain\r\nX-Own: 1\r\nContent-Length: 3\r\n\r\n"));
	ask(c, (struct link_http_setup){ .method = "PUT", .path = "/echo", .body = "", .len = 0 });
	real_rig_wait(c->rig, &c->done);
	ck_assert_int_eq(c->code, 201);
	ck_assert_uint_eq(c->body.len, 0);

	/* Redirects are the host's business; interim answers, chunks and trailers are nobody's. */
	get(c, "/moved");
	ck_assert_int_eq(c->code, 302);
	get(c, "/chunked");
	ck_assert_int_eq(c->code, 200);
	ck_assert_int_eq(c->length, -1);
	ck_assert_str_eq(buf_str(&c->body), "chunked!");
	ck_assert_str_eq(buf_str(&c->head), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	/* All of it on one connection. */
	ck_assert_uint_eq(atomic_load(&w->connections), 1);
	ck_assert(!c->closed);
}

START_TEST(test_requests)
{
	with_server(requests);
}
END_TEST

static void closing(struct client *c, struct web *w)
{
	get(c, "/close");
	ck_assert_int_eq(c->status, LINK_OK);
	ck_assert_str_eq(buf_str(&c->body), "bye");
	real_rig_wait(c->rig, &c->closed);
	get(c, "/endless");
	ck_assert_int_eq(c->length, -1);
	ck_assert_str_eq(buf_str(&c->body), "until the end");
	real_rig_wait(c->rig, &c->closed);
	/* A connection that was kept, and that the server ends later. */
	get(c, "/hello");
	ck_assert(!c->closed);
	shutdown(w->fd, SHUT_RDWR);
	real_rig_wait(c->rig, &c->closed);
	get(c, "/hello");
	ck_assert_str_eq(buf_str(&c->body), "Hello");
	ck_assert_uint_eq(atomic_load(&w->connections), 4);
}

START_TEST(test_closing)
{
	with_server(closing);
}
END_TEST

static void set_flag(void *flag)
{
	*(bool *)flag = true;
}

/* What the server does while the client does nothing. */
static void let_pass(struct client *c, uint64_t us)
{
	bool over = false;
	struct timer t;

	timer_init(&t, set_flag, &over);
	clock_arm(c->rig->clock, &t, us);
	real_rig_wait(c->rig, &over);
}

/* Ten megabytes, and a client that does not read: what the server can send is what sockets hold. */
static void back_pressure(struct client *c, struct web *w)
{
	unsigned long long before;

	c->pattern = true;
	c->pause_at = 100000;
	ask(c, (struct link_http_setup){ .path = "/big", .receive_us = 300000 });
	real_rig_wait(c->rig, &c->paused);
	ck_assert_uint_lt(c->received, 300000);
	do {
		before = atomic_load(&w->sent);
		let_pass(c, 50000);
	} while (atomic_load(&w->sent) != before);
	ck_assert_uint_lt(c->received, 300000);
	ck_assert_uint_lt(before, 9u << 20);
	/* Longer than the silence that ends a request: it is not the server's. */
	let_pass(c, 400000);
	ck_assert(!c->done);
	c->pause_at = 0;
	link_http_pause(c->h, false);
	real_rig_wait(c->rig, &c->done);
	ck_assert_int_eq(c->status, LINK_OK);
	ck_assert_uint_eq(c->received, 10u << 20);
	ck_assert(!c->wrong);
}

START_TEST(test_back_pressure)
{
	with_server(back_pressure);
}
END_TEST

static void cancel(struct client *c, struct web *w)
{
	c->pattern = true;
	c->cancel_on_data = true;
	get(c, "/big");
	c->cancel_on_data = c->pattern = false;
	get(c, "/hello");
	ck_assert_str_eq(buf_str(&c->body), "Hello");
	ck_assert_uint_eq(atomic_load(&w->connections), 2);
	/* While it connects, and when nobody asks any more. */
	ask(c, (struct link_http_setup){ .path = "/hello" });
	link_http_cancel(c->h);
	link_http_cancel(c->h);
	ask(c, (struct link_http_setup){ .path = "/mute" });
}

START_TEST(test_cancel)
{
	with_server(cancel);
}
END_TEST

/* --- what does not ------------------------------------------------------------------------------------------------ */

static const struct {
	const char *host, *path;
	enum link_status status;
	enum link_http_phase phase;
	const char *why;
} failures[] = {
	{ "web.example", "/none", LINK_PEER_CLOSED, LINK_HTTP_RESPONSE, "Empty reply" },
	{ "web.example", "/reset", LINK_RESET, LINK_HTTP_RESPONSE, "Connection reset" },
	{ "web.example", "/garbage", LINK_PROTOCOL, LINK_HTTP_RESPONSE, "HTTP/0.9" },
	{ "web.example", "/mute", LINK_TIMEOUT, LINK_HTTP_RESPONSE, "no answer" },
	{ "web.example", "/stall", LINK_TIMEOUT, LINK_HTTP_BODY, "no more of the body" },
	{ "web.example", "/cut", LINK_PEER_CLOSED, LINK_HTTP_BODY, "bytes remaining" },
	{ "nobody.example", "/", LINK_REFUSED, LINK_HTTP_CONNECT, "refused" },
	{ "unknown.example", "/", LINK_DNS, LINK_HTTP_CONNECT, "not in the modelled world" },
};

static void failure(struct client *c, struct web *w)
{
	(void)w;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		ask(c, (struct link_http_setup){ .host = failures[i].host, .path = failures[i].path,
						 .connect_us = 5000000, .response_us = 300000, .receive_us = 300000 });
		real_rig_wait(c->rig, &c->done);
		ck_assert_msg(c->status == failures[i].status, "%s: %s", failures[i].path, link_status_text(c->status));
		ck_assert_msg(c->phase == failures[i].phase, "%s: phase %d", failures[i].path, (int)c->phase);
		ck_assert_msg(real_why_says(&c->why, NULL, failures[i].why), "%s: %s", failures[i].path,
			      c->why.n ? c->why.step[0].text : "no reason");
	}
}

START_TEST(test_failures)
{
	with_server(failure);
}
END_TEST

/* --- TLS ---------------------------------------------------------------------------------------------------------- */

static struct real_pki pki;

static const uint16_t suites[] = { 0xC02F, 0xC030, 0x009C };

enum { SNI = 1, CA = 2, OTHER_CA = 4, NO_TLS = 8, PLAIN_SERVER = 16 };

static const struct {
	int how;
	int server_min, server_max; /* TLS1_2_VERSION ... */
	enum link_status status;
	enum link_http_phase phase;
	const char *why;
} secured[] = {
	{ 0, 0, 0, LINK_OK },
	{ SNI | CA, 0, 0, LINK_OK },
	{ SNI | OTHER_CA, 0, 0, LINK_TLS_UNTRUSTED, LINK_HTTP_TLS, "not accepted with CA file" },
	{ SNI, TLS1_3_VERSION, TLS1_3_VERSION, LINK_TLS_FAILED, LINK_HTTP_TLS, "protocol_version" },
	{ PLAIN_SERVER, 0, 0, LINK_TLS_FAILED, LINK_HTTP_TLS, "TLS" },
	{ NO_TLS, 0, 0, LINK_RESET, LINK_HTTP_RESPONSE, "reset" },
};

START_TEST(test_tls)
{
	struct server setup = { .min = secured[_i].server_min, .max = secured[_i].server_max, .leaf = pki.leaf,
				.key = pki.rsa_key, .mid = pki.mid };
	struct link_tls tls = {
		.versions = 7, .ciphers = suites, .n_ciphers = 3, .ecdsa = true, .wildcard = true, .now = real_now,
		.send_sni = secured[_i].how & SNI, .negotiate_us = 5000000,
		.verify_server = secured[_i].how & (CA | OTHER_CA),
	};
	struct buf ca;
	struct real_rig r;
	struct web w;
	struct client c;
	char note[200];

	buf_init(&ca, 1 << 16);
	real_pem_cert(&ca, secured[_i].how & OTHER_CA ? pki.other_root : pki.root);
	tls.ca = real_file("ca.pem", &ca);
	web_start(&w, secured[_i].how & PLAIN_SERVER ? NULL : server_ctx(&setup));
	client_start(&c, &r, &w);
	for (int i = 0; i < 2; i++) {
		ask(&c, (struct link_http_setup){ .host = "b.x", .port = 443, .path = "/hello", .connect_us = 9000000,
						  .tls = secured[_i].how & NO_TLS ? NULL : &tls });
		real_rig_wait(&r, &c.done);
		ck_assert_msg(c.status == secured[_i].status, "%s: %s", link_status_text(c.status),
			      c.why.n ? c.why.step[0].text : "");
		ck_assert(!c.status || c.phase == secured[_i].phase);
		ck_assert_msg(!c.status || real_why_says(&c.why, NULL, secured[_i].why), "%s",
			      c.why.n ? c.why.step[0].text : "no reason");
	}
	if (!c.status) {
		ck_assert_str_eq(buf_str(&c.body), "Hello");
		ck_assert_str_eq(setup.sni, secured[_i].how & SNI ? "b.x" : "");
		ck_assert_uint_eq(atomic_load(&w.connections), 1);
		/* Who answered, and how, is told once a connection. */
		snprintf(note, sizeof(note), "b.x:443 is 127.0.0.1:%u (test.yaml:4), sni=%s\ntls 1.2 ECDHE-RSA-AES256-GCM-SHA384\n",
			 w.port, secured[_i].how & SNI ? "b.x" : "none");
		ck_assert_str_eq(buf_str(&r.model), note);
		/* Other TLS settings are another place. */
		tls.send_sni = !tls.send_sni;
		ask(&c, (struct link_http_setup){ .host = "b.x", .port = 443, .path = "/hello", .tls = &tls });
		real_rig_wait(&r, &c.done);
		ck_assert_uint_eq(atomic_load(&w.connections), 2);
		ck_assert_str_eq(setup.sni, tls.send_sni ? "b.x" : "");
	}
	client_stop(&c);
	web_stop(&w);
	buf_free(&ca);
}
END_TEST

/* --- the bearer --------------------------------------------------------------------------------------------------- */

static void bearer(struct client *c, struct web *w)
{
	(void)w;
	ask(c, (struct link_http_setup){ .path = "/mute" });
	loop_once(c->rig->loop);
	link_set_network(c->rig->link, false);
	ck_assert(!c->done);
	real_rig_wait(c->rig, &c->done);
	ck_assert_int_eq(c->status, LINK_NO_NETWORK);
	link_set_network(c->rig->link, true);
	get(c, "/hello");
	ck_assert_int_eq(c->status, LINK_OK);
	/* A kept connection goes without a word. */
	link_set_network(c->rig->link, false);
	loop_poll(c->rig->loop);
	ck_assert(!c->closed);
}

START_TEST(test_bearer)
{
	with_server(bearer);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("real http");
	TCase *tc = tcase_create("real http");
	int failed;

	real_pki_make(&pki);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_requests);
	tcase_add_test(tc, test_closing);
	tcase_add_test(tc, test_back_pressure);
	tcase_add_test(tc, test_cancel);
	tcase_add_test(tc, test_failures);
	tcase_add_test(tc, test_bearer);
	tcase_add_loop_test(tc, test_tls, 0, sizeof(secured) / sizeof(secured[0]));
	suite_add_tcase(s, tc);
	failed = real_rig_main(s);
	real_pki_drop(&pki);
	return failed;
}
