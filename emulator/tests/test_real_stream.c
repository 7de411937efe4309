/* Real streams against servers of the loopback: the rows that both worlds agree on, bulk, TLS, and ends at every moment. */
#include <arpa/inet.h>
#include <signal.h>

#include "link/names.h"
#include "test_real_certs.h"
#include "test_stream_bulk.h"
#include "test_stream_rig.h"
#include "test_stream_rows.h"
#include "test_stream_server.h"

/* The hosts of the shared rows; a world for each back end is made of them. */
static const struct {
	const char *name, *port, *model;
	struct stream_server server;
} hosts[] = {
	{ "echo.test", "7", "{service: echo}", { .service = SERVE_ECHO } },
	{ "hello.test", "7", "{service: echo, greeting: 'hi\\r\\n'}", { .service = SERVE_ECHO, .greeting = "hi\r\n" } },
	{ "busy.test", "7", "{service: echo, misbehave: [refuse]}", { .service = SERVE_NOTHING } },
	{ "shut.test", "7", "{service: echo, misbehave: [close_after_connect]}", { .service = SERVE_SHUT } },
	{ "rst.test", "7", "{service: echo, misbehave: [reset_after_connect]}", { .service = SERVE_RESET } },
	{ "few.test", "7", "{service: echo, limits: {close_after: 5}}", { .service = SERVE_ECHO, .close_after = 5 } },
	{ "fewer.test", "7", "{service: echo, limits: {reset_after: 3}}", { .service = SERVE_ECHO, .reset_after = 3 } },
	{ "mute.test", "7", "{service: echo, misbehave: [mute]}", { .service = SERVE_MUTE } },
	{ "secure.test", "443", "{service: echo, tls: {min: 1.2}, chain: {root: {name: Real Root}}}", { .service = SERVE_ECHO } },
	{ "sfew.test", "443", "{service: echo, tls: {min: 1.2}, limits: {close_after: 5}}",
	  { .service = SERVE_ECHO, .close_after = 5 } },
};
enum { HOSTS = sizeof(hosts) / sizeof(hosts[0]) };

/* Made once: keys take their time. */
static struct real_pki pki;
static SSL_CTX *server_ctx;

struct both {
	struct rig rig;
	struct loop *loop; /* NULL: modelled */
	struct stream_rig r;
	struct stream_server server[HOSTS], udp;
	struct link_tls tls, tls_verify;
	struct buf other_root;
};

static void make_world(struct both *b, bool real, struct buf *text)
{
	buf_adds(text, "schema: 1\nhosts:\n");
	for (size_t i = 0; i < HOSTS; i++) {
		buf_addf(text, "  - {match: %s, port: %s, ", hosts[i].name, hosts[i].port);
		if (real)
			buf_addf(text, "real: '127.0.0.1:%u'}\n", b->server[i].port);
		else
			buf_addf(text, "model: %s}\n", hosts[i].model);
	}
}

static void make_certs(void)
{
	real_pki_make(&pki);
	server_ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_min_proto_version(server_ctx, TLS1_2_VERSION);
	SSL_CTX_use_certificate(server_ctx, pki.leaf);
	SSL_CTX_use_PrivateKey(server_ctx, pki.rsa_key);
	SSL_CTX_add1_chain_cert(server_ctx, pki.mid);
}

static void drop_certs(void)
{
	SSL_CTX_free(server_ctx);
	real_pki_drop(&pki);
}

static void start_servers(struct both *b)
{
	for (size_t i = 0; i < HOSTS; i++) {
		b->server[i] = hosts[i].server;
		b->server[i].ctx = !strcmp(hosts[i].port, "443") ? server_ctx : NULL;
		stream_server_start(&b->server[i]);
	}
}

static void stop_servers(struct both *b)
{
	for (size_t i = 0; i < HOSTS; i++)
		stream_server_stop(&b->server[i]);
}

static void start(struct both *b, bool real, bool allow_network)
{
	struct buf text;
	struct err e = { 0 };

	memset(b, 0, sizeof(*b));
	signal(SIGPIPE, SIG_IGN); /* as all programs do */
	buf_init(&text, 1 << 16);
	buf_init(&b->other_root, 1 << 16);
	start_servers(b);
	make_world(b, real, &text);
	if (real) {
		buf_init(&b->rig.broker, 1 << 20);
		b->rig.clock = clock_new_monotonic(1);
		b->loop = loop_new(b->rig.clock);
		b->rig.trace = trace_new(clock_now_for_trace, b->rig.clock);
		trace_add_sink(b->rig.trace, rig_on_trace, &b->rig);
		b->rig.world = world_load_text("test.yaml", text.data, text.len, &e);
		ck_assert_msg(b->rig.world, "%s", e.msg);
		b->rig.link = link_new(&(struct link_options){ .world = b->rig.world, .clock = b->rig.clock,
							       .trace = b->rig.trace, .loop = b->loop,
							       .allow_network = allow_network });
	} else {
		rig_start(&b->rig, text.data);
	}
	buf_free(&text);
	b->tls = b->tls_verify = RIG_TLS;
	b->tls.now = b->tls_verify.now = real_now;
	real_pem_cert(&b->other_root, pki.other_root);
	b->tls_verify.verify_server = true;
	b->tls_verify.ca = real_file("other.pem", &b->other_root);
	stream_rig_start(&b->r, &b->rig, b->loop);
	b->r.times = false;
	b->r.tls = &b->tls;
	b->r.tls_verify = &b->tls_verify;
}

static void stop(struct both *b)
{
	stream_rig_stop(&b->r);
	if (b->loop) {
		link_free(b->rig.link);
		ck_assert_uint_eq(clock_armed(b->rig.clock), 0);
		world_free(b->rig.world);
		trace_free(b->rig.trace);
		loop_free(b->loop);
		clock_free(b->rig.clock);
		buf_free(&b->rig.broker);
	} else {
		rig_stop(&b->rig);
	}
	buf_free(&b->other_root);
	stop_servers(b);
}

/* UDP of the rows goes to echo.test, whose port is another server's in UDP. */
static void start_udp(struct both *b)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				    .sin_port = htons(b->server[0].port) };

	b->udp = (struct stream_server){ .service = SERVE_ECHO, .type = SOCK_DGRAM, .port = b->server[0].port };
	b->udp.fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(b->udp.fd, (struct sockaddr *)&addr, sizeof(addr)))
		ck_abort_msg("somebody else has UDP port %u", b->udp.port);
	ck_assert_int_eq(pthread_create(&b->udp.thread, NULL, stream_server_thread, &b->udp), 0);
}

/* A host of the world is at its own address for the modem, wherever it really is. */
START_TEST(test_senders)
{
	struct both b;

	start(&b, _i, false);
	start_udp(&b);
	b.r.senders = true;
	stream_play(&b.r, "open hello.test:7;until hi;close");
	ck_assert_str_eq(buf_str(&b.r.log), "opened\ndata 198.19.85.128:7 hi\\r\\n\n");
	buf_reset(&b.r.log);
	stream_play(&b.r, "udp 0;until opened;to echo.test:7 abc;until abc;close");
	ck_assert_str_eq(buf_str(&b.r.log), "opened\ndata 198.18.91.241:7 abc\n");
	stop(&b);
	stream_server_stop(&b.udp);
}
END_TEST

static void check_row(const struct stream_row *row, bool real)
{
	struct both b;

	start(&b, real, false);
	start_udp(&b);
	stream_play(&b.r, row->play);
	ck_assert_msg(!strcmp(buf_str(&b.r.log), row->log), "%s, %s\ngot:\n%swanted:\n%s(%s)", row->what,
		      real ? "real" : "modelled", buf_str(&b.r.log), row->log, b.r.why.step[0].text);
	if (row->why)
		ck_assert_msg(why_says(&b.r.why, NULL, row->why), "%s, %s: %s", row->what, real ? "real" : "modelled",
			      b.r.why.step[0].text);
	stop(&b);
	stream_server_stop(&b.udp);
}

START_TEST(test_modelled)
{
	check_row(&stream_rows[_i], false);
}
END_TEST

START_TEST(test_real)
{
	check_row(&stream_rows[_i], true);
}
END_TEST

/* The same plays, cut off after every action and closed from inside every event: nothing leaks, nothing is left. */
static unsigned play_until(const char *play, size_t len, unsigned close_at)
{
	char *head = strndup(play, len);
	struct both b;

	start(&b, true, false);
	start_udp(&b);
	b.r.close_at = close_at;
	stream_play(&b.r, head);
	stop(&b);
	stream_server_stop(&b.udp);
	free(head);
	return b.r.events;
}

START_TEST(test_cut)
{
	const char *play = stream_rows[_i].play;
	unsigned at = 1;

	for (const char *end = play; end; end = strchr(end + 1, ';'))
		play_until(play, (size_t)(end - play), 0);
	while (play_until(play, strlen(play), at) >= at)
		at++;
}
END_TEST

static void wait_for(struct both *b, const bool *done)
{
	while (!*done)
		loop_once(b->loop);
}

static const struct {
	const char *host;
	uint16_t port;
	size_t total;
	uint64_t pause_us;
} bulks[] = {
	{ "echo.test", 7, 10 << 20, 1000 },
	{ "secure.test", 443, 10 << 20, 1000 },
	{ "echo.test", 7, 1 << 20, 0 },
	{ "secure.test", 443, 1 << 20, 0 },
};

START_TEST(test_bulk)
{
	char address[LINK_STREAM_ADDRESS_SIZE];
	struct link_stream_info info;
	struct bulk bulk;
	struct both b;
	bool secure = bulks[_i].port == 443;

	start(&b, true, false);
	bulk_start(&bulk, b.rig.clock, bulks[_i].total, bulks[_i].pause_us);
	bulk.s = link_stream_open(b.rig.link,
				  &(struct link_stream_setup){ .host = bulks[_i].host, .port = bulks[_i].port,
							       .tls = secure ? &b.tls : NULL },
				  bulk_event, &bulk);
	wait_for(&b, &bulk.done);
	ck_assert(!bulk.closed);
	ck_assert_uint_eq(bulk.got, bulk.total);
	link_stream_info(bulk.s, &info);
	ck_assert_uint_eq(info.sent, bulk.total);
	ck_assert_uint_eq(info.acked, bulk.total);
	ck_assert_uint_eq(info.received, bulk.total);
	ck_assert_uint_ne(info.local_port, 0);
	names_address(b.rig.link, bulks[_i].host, address);
	ck_assert_str_eq(info.peer, address);
	ck_assert(!secure == !info.tls_cipher);
	if (secure)
		ck_assert_str_eq(info.tls_version, "1.2");
	link_stream_close(bulk.s);
	timer_cancel(&bulk.resume);
	stop(&b);
}
END_TEST

/* What was taken arrives though the stream is closed at once, more of it than a socket holds. */
START_TEST(test_close_sends_all)
{
	enum { TOTAL = 200000 };
	struct bulk bulk;
	struct both b;
	struct stream_server *server;
	size_t host = _i ? 8 : 0;

	start(&b, true, false);
	server = &b.server[host];
	server->service = SERVE_DISCARD;
	bulk_start(&bulk, b.rig.clock, TOTAL, 0);
	bulk.s = link_stream_open(b.rig.link,
				  &(struct link_stream_setup){ .host = hosts[host].name, .port = _i ? 443 : 7,
							       .tls = _i ? &b.tls : NULL }, bulk_event, &bulk);
	while (!bulk.sent)
		loop_once(b.loop);
	link_stream_close(bulk.s);
	while (atomic_load(&server->received) < bulk.sent)
		loop_once(b.loop);
	ck_assert_uint_eq(atomic_load(&server->received), bulk.sent);
	stop(&b);
}
END_TEST

/* A peer that does not read: the socket and the queue fill, then no more is taken, and the end comes all the same. */
START_TEST(test_full)
{
	struct link_stream_info info;
	struct bulk bulk;
	struct both b;

	start(&b, true, false);
	bulk_start(&bulk, b.rig.clock, 100 << 20, 0);
	bulk.s = link_stream_open(b.rig.link, &(struct link_stream_setup){ .host = "mute.test", .port = 7 }, bulk_event, &bulk);
	while (!bulk.sent)
		loop_once(b.loop);
	for (int quiet = 0; quiet < 100; quiet++)
		loop_poll(b.loop);
	ck_assert_uint_lt(bulk.sent, bulk.total);
	link_stream_info(bulk.s, &info);
	ck_assert_uint_lt(info.acked, info.sent);
	if (_i == 1)
		link_set_network(b.rig.link, false);
	while (_i == 2 && atomic_load(&b.server[7].connection) < 0)
		loop_poll(b.loop);
	if (_i == 2)
		shutdown(atomic_load(&b.server[7].connection), SHUT_RDWR);
	while (_i && !bulk.closed)
		loop_once(b.loop);
	link_stream_close(bulk.s);
	stop(&b);
}
END_TEST

/* A reset that a write is told of is still a reset when the owner reads on. */
START_TEST(test_reset_found_by_write)
{
	struct both b;

	start(&b, true, false);
	b.server[4].service = SERVE_DISCARD;
	stream_play(&b.r, "open rst.test:7;until opened;pause");
	while (atomic_load(&b.server[4].connection) < 0)
		loop_poll(b.loop);
	stream_server_reset(atomic_load(&b.server[4].connection));
	shutdown(atomic_load(&b.server[4].connection), SHUT_RD);
	stream_play(&b.r, "send a");
	while (atomic_load(&b.server[4].connection) >= 0)
		loop_poll(b.loop);
	for (int i = 0; i < 10; i++)
		stream_play(&b.r, "send b");
	stream_play(&b.r, "resume;until closed");
	ck_assert_msg(strstr(buf_str(&b.r.log), "closed reset"), "%s", buf_str(&b.r.log));
	stop(&b);
}
END_TEST

/* A server that says nothing to a ClientHello, within the modem's patience and the owner's. */
START_TEST(test_patience)
{
	struct both b;

	start(&b, true, false);
	b.tls.negotiate_us = _i ? 300000000 : 50000;
	b.r.timeout_us = _i ? 50000 : 0;
	stream_play(&b.r, "tls mute.test:7;until opened");
	ck_assert_str_eq(buf_str(&b.r.log), "opened timeout\n");
	ck_assert(why_says(&b.r.why, "time", "the TLS handshake does not come to its end in time"));
	stop(&b);
}
END_TEST

START_TEST(test_own_files)
{
	struct both b;

	start(&b, true, false);
	b.tls.verify_server = true;
	stream_play(&b.r, "tls secure.test:443;until opened");
	ck_assert_str_eq(buf_str(&b.r.log), "opened tls_open\n");
	stop(&b);
}
END_TEST

/* --- listening ------------------------------------------------------------------------------------------------------------ */

/* A client on this machine. */
static int dial(uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

START_TEST(test_listen)
{
	struct link_stream_info info;
	char data[16] = "";
	struct both b;
	int fd;

	start(&b, true, false);
	stream_play(&b.r, "listen 80;until opened");
	link_stream_info(b.r.stream, &info);
	ck_assert_uint_eq(info.local_port, 80);
	ck_assert_uint_ne(info.here, 0);
	fd = dial(info.here);
	ck_assert_int_eq(send(fd, "GET /", 5, 0), 5);
	stream_play(&b.r, "until accepted;accept;until GET /;send 200");
	ck_assert_int_eq(recv(fd, data, sizeof(data), MSG_WAITALL * 0), 3);
	ck_assert_str_eq(data, "200");
	close(fd);
	stream_play(&b.r, "until closed");
	ck_assert_str_eq(buf_str(&b.r.log), "opened\naccepted\ndata GET /\nclosed peer_closed\n");
	stop(&b);
}
END_TEST

/* The modelled world connects to the same stream. */
START_TEST(test_listen_both)
{
	struct both b;

	start(&b, true, false);
	stream_play(&b.r, "listen 8080;until opened;ctl connect 8080;until accepted;accept;ctl peer 1 send hi;until hi;"
			  "ctl peer 1 reset;until closed");
	ck_assert_str_eq(buf_str(&b.r.log), "opened\n= ok 1\naccepted\ndata hi\nclosed reset\n");
	stop(&b);
}
END_TEST

/* Accepted and never owned, accepted by a listener that is closed, connected and not yet accepted. */
START_TEST(test_listen_ends)
{
	struct link_stream_info info;
	struct both b;
	int fd[3];

	start(&b, true, false);
	stream_play(&b.r, "listen 0;until opened");
	link_stream_info(b.r.stream, &info);
	fd[0] = dial(info.here);
	stream_play(&b.r, "until accepted");
	fd[1] = dial(info.here);
	if (_i == 1)
		stream_play(&b.r, "close");
	if (_i == 2)
		stream_play(&b.r, "down;until closed");
	if (_i == 3)
		stream_play(&b.r, "accept;send a;close");
	stop(&b);
	close(fd[0]);
	close(fd[1]);
}
END_TEST

START_TEST(test_udp_bound)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct link_stream_info info;
	struct both b;

	start(&b, true, false);
	stream_play(&b.r, "udp 5000;until opened");
	link_stream_info(b.r.stream, &info);
	addr.sin_port = htons(info.here);
	ck_assert_int_eq(sendto(fd, "hi", 2, 0, (struct sockaddr *)&addr, sizeof(addr)), 2);
	stream_play(&b.r, "until hi");
	stream_play(&b.r, "pause");
	ck_assert_int_eq(sendto(fd, "later", 5, 0, (struct sockaddr *)&addr, sizeof(addr)), 5);
	for (int i = 0; i < 10; i++)
		loop_poll(b.loop);
	ck_assert_uint_eq(b.r.bytes, 2);
	stream_play(&b.r, "resume;until later");
	close(fd);
	stop(&b);
}
END_TEST

/* A name that only the resolver knows: the datagram waits for it. */
START_TEST(test_udp_name)
{
	char play[64];
	struct both b;

	start(&b, true, true);
	start_udp(&b);
	snprintf(play, sizeof(play), "udp 0;until opened;to localhost:%u abc;until abc", b.udp.port);
	stream_play(&b.r, play);
	snprintf(play, sizeof(play), "to no-such-name.invalid:%u x;to localhost:%u last", b.udp.port, b.udp.port);
	stream_play(&b.r, play);
	stop(&b);
	stream_server_stop(&b.udp);
}
END_TEST

START_TEST(test_tcp_name)
{
	char play[128];
	struct both b;

	start(&b, true, true);
	snprintf(play, sizeof(play), "open localhost:%u;until opened;send abc;until abc", b.server[0].port);
	stream_play(&b.r, play);
	ck_assert_str_eq(buf_str(&b.r.log), "opened\ndata abc\n");
	stream_play(&b.r, "close;open no-such-name.invalid:7;until dns");
	stop(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("real_stream");
	TCase *t = tcase_create("streams");
	int failed;

	tcase_add_loop_test(t, test_modelled, 0, STREAM_ROWS);
	tcase_add_loop_test(t, test_real, 0, STREAM_ROWS);
	tcase_add_loop_test(t, test_cut, 0, STREAM_ROWS);
	tcase_add_loop_test(t, test_bulk, 0, sizeof(bulks) / sizeof(bulks[0]));
	tcase_add_loop_test(t, test_close_sends_all, 0, 2);
	tcase_add_loop_test(t, test_full, 0, 3);
	tcase_add_loop_test(t, test_patience, 0, 2);
	tcase_add_test(t, test_reset_found_by_write);
	tcase_add_test(t, test_own_files);
	tcase_add_loop_test(t, test_senders, 0, 2);
	tcase_add_test(t, test_listen);
	tcase_add_test(t, test_listen_both);
	tcase_add_loop_test(t, test_listen_ends, 0, 4);
	tcase_add_test(t, test_udp_bound);
	tcase_add_test(t, test_udp_name);
	tcase_add_test(t, test_tcp_name);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	make_certs();
	failed = rig_main(s);
	drop_certs();
	return failed;
}
