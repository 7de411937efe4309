/* The proxy with real sockets: a client and an echo server on its loop, every fault of the network as a row. */
#include "harness/net_proxy.h"

#include <check.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LIMIT_US = 50000000,
	STILL_US = 100000, /* nothing has moved for so long: it stands */
	CHUNK_BYTES = 64 * 1024,
	PROXY_MAX_BYTES = 2 * 3 * CHUNK_BYTES, /* each direction: what is held, and one chunk more */
	MANY = 40,
};

static struct clock *clock_;
static struct loop *loop;
static struct fault_line *line;
static struct net_proxy *proxy;
static struct buf fired;
static uv_tcp_t listener;
static unsigned handles;

/* One end of a connection of the test. */
struct peer {
	uv_tcp_t tcp;
	uv_connect_t connect;
	uv_shutdown_t shutdown;
	bool open, echo, ended;
	int end; /* 0: an end, else the error */
	struct buf got;
	uint64_t ended_us;
};

static struct peer client[MANY], server[MANY];
static unsigned n_servers;
static bool server_echoes, server_reads, client_reads;

/* --- peers ------------------------------------------------------------------------------------------------------ */

static unsigned char pattern(size_t i)
{
	return (unsigned char)(i * 31 + (i >> 8));
}

static void on_closed(uv_handle_t *h)
{
	(void)h;
	handles--;
}

static void peer_open(struct peer *p, unsigned family)
{
	buf_init(&p->got, 64 << 20);
	ck_assert_int_eq(uv_tcp_init_ex(loop_uv(loop), &p->tcp, family), 0);
	uv_tcp_nodelay(&p->tcp, 1);
	p->tcp.data = p;
	p->open = true;
	handles++;
}

static void peer_close(struct peer *p)
{
	if (p->open)
		uv_close((uv_handle_t *)&p->tcp, on_closed);
	p->open = false;
}

static void peer_ended(struct peer *p, int how)
{
	if (p->ended)
		return;
	p->ended = true;
	p->end = how;
	p->ended_us = clock_now_us(clock_);
}

static void on_written(uv_write_t *req, int status)
{
	(void)status; /* the reading side says how it ended */
	free(req);
}

static void peer_write(struct peer *p, const void *data, size_t n)
{
	uv_write_t *req = malloc(sizeof(*req) + n);
	uv_buf_t b = uv_buf_init((char *)(req + 1), (unsigned)n);

	ck_assert_ptr_nonnull(req);
	memcpy(b.base, data, n);
	if (uv_write(req, (uv_stream_t *)&p->tcp, &b, 1, on_written))
		free(req);
}

static void on_shutdown(uv_shutdown_t *req, int status)
{
	(void)req;
	(void)status;
}

static void peer_end(struct peer *p)
{
	uv_shutdown(&p->shutdown, (uv_stream_t *)&p->tcp, on_shutdown);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *b)
{
	static char chunk[CHUNK_BYTES];

	(void)h;
	(void)suggested;
	*b = uv_buf_init(chunk, sizeof(chunk));
}

/* libuv tells bytes with a reset behind them as bytes with an end behind them. */
static int socket_error(const struct peer *p)
{
	int err = 0;
	socklen_t len = sizeof(err);
	uv_os_fd_t fd;

	ck_assert(!uv_fileno((const uv_handle_t *)&p->tcp, &fd));
	ck_assert(!getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len));
	return -err;
}

static void on_read(uv_stream_t *tcp, ssize_t n, const uv_buf_t *b)
{
	struct peer *p = tcp->data;

	if (n > 0) {
		ck_assert_int_eq(buf_add(&p->got, b->base, (size_t)n), 0);
		if (p->echo)
			peer_write(p, b->base, (size_t)n);
	} else if (n < 0) {
		peer_ended(p, n == UV_EOF ? socket_error(p) : (int)n);
		if (n == UV_EOF && p->echo)
			peer_end(p);
	}
}

static void peer_read(struct peer *p)
{
	uv_read_start((uv_stream_t *)&p->tcp, on_alloc, on_read);
}

static void on_connected(uv_connect_t *req, int status)
{
	struct peer *p = req->data;

	if (status)
		peer_ended(p, status);
	else if (client_reads)
		peer_read(p);
}

/* So that what the kernel keeps is little beside what is sent. */
static void small_buffers(uv_tcp_t *tcp)
{
	int in = CHUNK_BYTES, out = CHUNK_BYTES;

	uv_recv_buffer_size((uv_handle_t *)tcp, &in);
	uv_send_buffer_size((uv_handle_t *)tcp, &out);
}

static void dial(struct peer *p)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(net_proxy_port(proxy)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	peer_open(p, AF_INET);
	small_buffers(&p->tcp);
	p->connect.data = p;
	ck_assert_int_eq(uv_tcp_connect(&p->connect, &p->tcp, (const struct sockaddr *)&to, on_connected), 0);
}

static void on_connection(uv_stream_t *tcp, int status)
{
	struct peer *p = &server[n_servers++];

	ck_assert_int_eq(status, 0);
	ck_assert_uint_le(n_servers, MANY);
	peer_open(p, AF_UNSPEC);
	p->echo = server_echoes;
	ck_assert_int_eq(uv_accept(tcp, (uv_stream_t *)&p->tcp), 0);
	if (server_reads)
		peer_read(p);
}

static uint16_t listen_somewhere(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int len = sizeof(at);

	uv_tcp_init(loop_uv(loop), &listener);
	handles++;
	ck_assert_int_eq(uv_tcp_bind(&listener, (struct sockaddr *)&at, 0), 0);
	small_buffers(&listener);
	ck_assert_int_eq(uv_listen((uv_stream_t *)&listener, MANY, on_connection), 0);
	ck_assert_int_eq(uv_tcp_getsockname(&listener, (struct sockaddr *)&at, &len), 0);
	return ntohs(at.sin_port);
}

static void stop_listening(void)
{
	if (!uv_is_closing((uv_handle_t *)&listener))
		uv_close((uv_handle_t *)&listener, on_closed);
}

/* --- waiting ---------------------------------------------------------------------------------------------------- */

static void on_timer(void *ctx)
{
	*(bool *)ctx = true;
}

static bool wait_until(bool (*done)(void), uint64_t limit_us)
{
	struct timer limit;
	bool late = false;

	timer_init(&limit, on_timer, &late);
	clock_arm(clock_, &limit, limit_us);
	while (!done() && !late)
		loop_once(loop);
	timer_cancel(&limit);
	return done();
}

static bool never(void)
{
	return false;
}

static bool client_ended(void)
{
	return client[0].ended;
}

static bool both_ended(void)
{
	return client[0].ended && server[0].ended;
}

static bool nothing_open(void)
{
	return !net_proxy_connections(proxy);
}

static size_t queued(const struct peer *p)
{
	return uv_stream_get_write_queue_size((const uv_stream_t *)&p->tcp);
}

/* All that changes while something is under way. */
static size_t moved(void)
{
	size_t n = client[0].got.len + server[0].got.len + n_servers + net_proxy_held(proxy) + queued(&client[0]);

	return n_servers ? n + queued(&server[0]) : n;
}

/* Lets things go on until nothing moves any more. */
static void until_still(void)
{
	size_t before;

	do {
		before = moved();
		wait_until(never, STILL_US);
	} while (moved() != before);
}

/* --- set-up ----------------------------------------------------------------------------------------------------- */

static void on_serial(const void *p, size_t n, void *ctx)
{
	(void)p;
	(void)n;
	(void)ctx;
}

static int on_control(const char *text, struct buf *reply, void *ctx)
{
	(void)text;
	(void)reply;
	(void)ctx;
	return -1;
}

static void on_hangup(bool gone, void *ctx)
{
	(void)gone;
	(void)ctx;
}

static void on_fired(const struct fault *f, const char *text, void *ctx)
{
	(void)f;
	(void)ctx;
	buf_addf(&fired, "%s\n", text);
}

static void setup(void)
{
	const struct fault_hooks hooks = {
		.to_modem = on_serial,
		.to_host = on_serial,
		.control = on_control,
		.hangup = on_hangup,
		.fired = on_fired,
	};

	memset(client, 0, sizeof(client));
	memset(server, 0, sizeof(server));
	n_servers = 0;
	server_echoes = server_reads = client_reads = true;
	buf_init(&fired, 1 << 20);
	clock_ = clock_new_monotonic(1);
	loop = loop_new(clock_);
	line = fault_line_new(clock_, 7, &hooks);
	proxy = net_proxy_new(loop, listen_somewhere(), NULL);
	ck_assert_ptr_nonnull(proxy);
	ck_assert_int_eq(net_proxy_join(proxy, line, NULL), 0);
}

static void teardown(void)
{
	stop_listening();
	for (unsigned i = 0; i < MANY; i++) {
		peer_close(&client[i]);
		peer_close(&server[i]);
	}
	net_proxy_free(proxy);
	while (handles)
		loop_once(loop);
	for (unsigned i = 0; i < MANY; i++) {
		buf_free(&client[i].got);
		buf_free(&server[i].got);
	}
	fault_line_free(line);
	loop_free(loop);
	ck_assert_uint_eq(clock_armed(clock_), 0);
	clock_free(clock_);
	buf_free(&fired);
}

static void arm(const struct fault *f)
{
	struct err e = { 0 };

	ck_assert_msg(!fault_line_arm(line, f, &e), "%s", e.msg);
}

static void send_pattern(struct peer *p, size_t n)
{
	unsigned char *bytes = malloc(n + 1);

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < n; i++)
		bytes[i] = pattern(i);
	peer_write(p, bytes, n);
	free(bytes);
}

/* The pattern with n bytes missing at `at`. */
static bool is_pattern(const struct buf *b, size_t at, size_t missing)
{
	for (size_t i = 0; i < b->len; i++) {
		if ((unsigned char)b->data[i] != pattern(i < at ? i : i + missing))
			return false;
	}
	return true;
}

/* --- every fault ------------------------------------------------------------------------------------------------ */

enum { ALL = -1, ANY = -2, MEGA = 1000000 };

#define UP .link = FAULT_LINK_NET, .toward = TOWARD_BROKER, .chance = 1
#define DOWN .link = FAULT_LINK_NET, .toward = TOWARD_MODEM, .chance = 1
#define NOW .trigger = { .offset = -1 }
#define BEHIND(n) .trigger = { .offset = n }

/* The client sends n bytes and its end; the server echoes all and then ends too. */
static const struct {
	const char *name;
	struct fault fault;
	size_t n;
	long up, down;		    /* bytes that arrive at the server, and back at the client */
	int client_end, server_end; /* 1: does not matter */
	long missing_at, missing;
	uint64_t at_least_us;
	bool unfired;
} rows[] = {
	{ "nothing", { .kind = FAULT_DROP, UP, BEHIND(1000 * MEGA) }, 10 * MEGA, ALL, ALL, .unfired = true },
	{ "nothing to send", { .kind = FAULT_DROP, UP, NOW }, 0, ALL, ALL, .unfired = true },
	{ "latency up", { .kind = FAULT_LATENCY, UP, NOW, .delay_us = 30000 }, 1000, ALL, ALL, .at_least_us = 30000 },
	{ "latency down",
	  { .kind = FAULT_LATENCY, DOWN, NOW, .delay_us = 30000 },
	  1000,
	  ALL,
	  ALL,
	  .at_least_us = 30000 },
	{ "latency of an end",
	  { .kind = FAULT_LATENCY, DOWN, NOW, .delay_us = 30000 },
	  0,
	  ALL,
	  ALL,
	  .at_least_us = 30000 },
	{ "latency of much",
	  { .kind = FAULT_LATENCY, UP, NOW, .delay_us = 2000 },
	  MEGA,
	  ALL,
	  ALL,
	  .at_least_us = 2000 },
	{ "jitter",
	  { .kind = FAULT_LATENCY, UP, NOW, .delay_us = 5000, .jitter_us = 10000 },
	  MEGA / 2,
	  ALL,
	  ALL,
	  .at_least_us = 5000 },
	{ "bandwidth", { .kind = FAULT_BANDWIDTH, UP, NOW, .rate = 100000 }, 5000, ALL, ALL, .at_least_us = 49990 },
	{ "bandwidth, fast",
	  { .kind = FAULT_BANDWIDTH, DOWN, NOW, .rate = 20 * MEGA },
	  MEGA,
	  ALL,
	  ALL,
	  .at_least_us = 49000 },
	{ "slice", { .kind = FAULT_SLICE, UP, NOW, .bytes = 10, .gap_us = 3000 }, 95, ALL, ALL, .at_least_us = 27000 },
	{ "slice of much",
	  { .kind = FAULT_SLICE, DOWN, NOW, .bytes = 250000, .gap_us = 1000 },
	  10 * MEGA,
	  ALL,
	  ALL,
	  .at_least_us = 39000 },
	{ "drop", { .kind = FAULT_DROP, UP, BEHIND(10), .bytes = 5, .times = 1 }, 1000, 995, 995, 0, 0, 10, 5 },
	{ "corrupt", { .kind = FAULT_CORRUPT, UP, BEHIND(10), .bytes = 3, .times = 1 }, 1000, ALL, ALL },
	{ "stall", { .kind = FAULT_STALL, UP, BEHIND(0), .hold_us = 40000 }, MEGA, ALL, ALL, .at_least_us = 40000 },
	{ "limit up", { .kind = FAULT_LIMIT, UP, NOW, .bytes = 1234, .times = 1 }, 5000, 1234, ANY },
	{ "limit down", { .kind = FAULT_LIMIT, DOWN, NOW, .bytes = 1234, .times = 1 }, 5000, ANY, 1234 },
	{ "limit of much", { .kind = FAULT_LIMIT, DOWN, NOW, .bytes = 777777, .times = 1 }, 3 * MEGA, ANY, 777777 },
	{ "limit not reached",
	  { .kind = FAULT_LIMIT, UP, NOW, .bytes = 5001, .times = 1 },
	  5000,
	  ALL,
	  ALL,
	  .unfired = true },
	{ "reset at the first byte",
	  { .kind = FAULT_RESET, UP, BEHIND(0), .times = 1 },
	  1000,
	  0,
	  0,
	  UV_ECONNRESET,
	  UV_ECONNRESET },
	{ "reset behind 100 bytes",
	  { .kind = FAULT_RESET, UP, BEHIND(100), .times = 1 },
	  1000,
	  100,
	  ANY,
	  UV_ECONNRESET,
	  UV_ECONNRESET },
	{ "reset on the way back",
	  { .kind = FAULT_RESET, DOWN, BEHIND(100), .times = 1 },
	  1000,
	  ANY,
	  100,
	  UV_ECONNRESET,
	  1 },
	{ "reset of a new connection",
	  { .kind = FAULT_RESET, UP, NOW, .hold_us = LIMIT_US, .times = 1 },
	  1000,
	  0,
	  0,
	  UV_ECONNRESET,
	  1 },
	{ "down", { .kind = FAULT_DOWN, UP, NOW, .times = 1 }, 0, 0, 0, UV_ECONNREFUSED, 1 },
	{ "down behind 100 bytes", { .kind = FAULT_DOWN, UP, BEHIND(100), .times = 1 }, 1000, 100, ANY },
};

static void check_bytes(const struct buf *got, long wanted, size_t sent, int row)
{
	if (wanted == ALL)
		wanted = (long)sent;
	ck_assert_msg(wanted == ANY || got->len == (size_t)wanted, "%s: %zu bytes, wanted %ld", rows[row].name,
		      got->len, wanted);
	if (rows[row].fault.kind != FAULT_CORRUPT)
		ck_assert_msg(is_pattern(got, (size_t)rows[row].missing_at, (size_t)rows[row].missing),
			      "%s: other bytes", rows[row].name);
}

START_TEST(every_fault)
{
	uint64_t begin_us = clock_now_us(clock_);

	/* An answer into a reset connection would find the error before the reader does. */
	server_echoes = rows[_i].server_end != UV_ECONNRESET;
	arm(&rows[_i].fault);
	dial(&client[0]);
	send_pattern(&client[0], rows[_i].n);
	peer_end(&client[0]);
	ck_assert_msg(wait_until(rows[_i].server_end == 1 ? client_ended : both_ended, LIMIT_US),
		      "%s: no end, %zu and %zu bytes", rows[_i].name, server[0].got.len, client[0].got.len);
	check_bytes(&server[0].got, rows[_i].up, rows[_i].n, _i);
	check_bytes(&client[0].got, rows[_i].down, rows[_i].n, _i);
	ck_assert_msg(client[0].end == rows[_i].client_end, "%s: client: %s", rows[_i].name,
		      uv_err_name(client[0].end));
	if (rows[_i].server_end != 1)
		ck_assert_msg(server[0].end == rows[_i].server_end, "%s: server: %s", rows[_i].name,
			      uv_err_name(server[0].end));
	ck_assert_msg(client[0].ended_us - begin_us >= rows[_i].at_least_us, "%s: took %" PRIu64 " us", rows[_i].name,
		      client[0].ended_us - begin_us);
	ck_assert_msg(!fault_line_unfired(line) != rows[_i].unfired, "%s: %s", rows[_i].name, buf_str(&fired));
	peer_close(&client[0]);
	peer_close(&server[0]);
	ck_assert_msg(wait_until(nothing_open, LIMIT_US), "%s: a connection is left", rows[_i].name);
}
END_TEST

START_TEST(corrupts_some_bytes_by_its_seed)
{
	static const struct fault f = { .kind = FAULT_CORRUPT, UP, BEHIND(10), .bytes = 3, .times = 1 };

	arm(&f);
	dial(&client[0]);
	send_pattern(&client[0], 50);
	peer_end(&client[0]);
	ck_assert(wait_until(both_ended, LIMIT_US));
	for (size_t i = 0; i < 50; i++) {
		bool same = (unsigned char)server[0].got.data[i] == pattern(i);

		ck_assert_int_eq(same, i < 10 || i >= 13);
	}
}
END_TEST

/* --- the rest --------------------------------------------------------------------------------------------------- */

static bool both_got_all(void)
{
	return server[0].got.len == 10 * MEGA;
}

/* A server that does not read stops the client: what is not in the kernel's buffers stays with the client. */
START_TEST(a_side_that_does_not_read_stops_the_other)
{
	static const struct fault late = { .kind = FAULT_LATENCY, UP, NOW, .delay_us = 1000 };

	if (_i)
		arm(&late);
	server_reads = server_echoes = false;
	dial(&client[0]);
	send_pattern(&client[0], 10 * MEGA);
	until_still();
	ck_assert_uint_gt(queued(&client[0]), 9 * MEGA);
	ck_assert_uint_le(net_proxy_held(proxy), PROXY_MAX_BYTES);
	ck_assert_uint_gt(net_proxy_held(proxy), 0);
	peer_read(&server[0]);
	ck_assert(wait_until(both_got_all, LIMIT_US));
	ck_assert(is_pattern(&server[0].got, 0, 0));
}
END_TEST

static bool client_got_all(void)
{
	return client[0].got.len == 10 * MEGA;
}

START_TEST(a_client_that_does_not_read_stops_the_server)
{
	client_reads = false;
	dial(&client[0]);
	while (!n_servers)
		loop_once(loop);
	send_pattern(&server[0], 10 * MEGA);
	until_still();
	ck_assert_uint_gt(queued(&server[0]), 9 * MEGA);
	ck_assert_uint_le(net_proxy_held(proxy), PROXY_MAX_BYTES);
	peer_read(&client[0]);
	ck_assert(wait_until(client_got_all, LIMIT_US));
	ck_assert(is_pattern(&client[0].got, 0, 0));
}
END_TEST

/* What was said before a reset arrives, and then the reset, not an end. */
START_TEST(a_reset_passes_as_a_reset)
{
	server_echoes = false;
	dial(&client[0]);
	while (!n_servers)
		loop_once(loop);
	send_pattern(&server[0], 10);
	uv_tcp_close_reset(&server[0].tcp, on_closed);
	server[0].open = false;
	ck_assert(wait_until(client_ended, LIMIT_US));
	ck_assert_uint_eq(client[0].got.len, 10);
	ck_assert_int_eq(client[0].end, UV_ECONNRESET);
	ck_assert(wait_until(nothing_open, LIMIT_US));
}
END_TEST

START_TEST(a_stall_without_end_is_bounded_too)
{
	static const struct fault f = { .id = "still", .kind = FAULT_STALL, UP, NOW };

	arm(&f);
	dial(&client[0]);
	send_pattern(&client[0], 10 * MEGA);
	until_still();
	ck_assert_uint_eq(server[0].got.len, 0);
	ck_assert_uint_gt(queued(&client[0]), 9 * MEGA);
	ck_assert_uint_le(net_proxy_held(proxy), PROXY_MAX_BYTES);
	ck_assert_int_eq(fault_line_clear(line, "still"), 0);
	ck_assert(wait_until(both_got_all, LIMIT_US));
}
END_TEST

static bool server_got_late(void)
{
	return server[0].got.len == 4;
}

/* The server ends first; what the client says afterwards still arrives. */
START_TEST(half_close_leaves_the_other_half_open)
{
	server_echoes = false;
	dial(&client[0]);
	send_pattern(&client[0], 2);
	while (!n_servers || server[0].got.len < 2)
		loop_once(loop);
	peer_end(&server[0]);
	ck_assert(wait_until(client_ended, LIMIT_US));
	ck_assert_int_eq(client[0].end, 0);
	send_pattern(&client[0], 2);
	ck_assert(wait_until(server_got_late, LIMIT_US));
	ck_assert(!server[0].ended);
	peer_end(&client[0]);
	ck_assert(wait_until(both_ended, LIMIT_US));
	ck_assert(wait_until(nothing_open, LIMIT_US));
}
END_TEST

/* A limit has closed the connection; a client that goes on as if nothing had happened does not keep it for ever. */
START_TEST(who_does_not_answer_an_end_is_closed)
{
	static const struct fault f = { .kind = FAULT_LIMIT, UP, NOW, .bytes = 10, .times = 1 };

	arm(&f);
	dial(&client[0]);
	send_pattern(&client[0], 20);
	ck_assert(wait_until(both_ended, LIMIT_US));
	ck_assert_int_eq(client[0].end, 0);
	ck_assert_uint_eq(net_proxy_connections(proxy), 1);
	ck_assert(wait_until(nothing_open, LIMIT_US));
}
END_TEST

static bool all_served(void)
{
	return n_servers == MANY;
}

static bool all_ended(void)
{
	for (unsigned i = 0; i < MANY; i++) {
		if (!client[i].ended)
			return false;
	}
	return true;
}

START_TEST(resets_all_there_are)
{
	static const struct fault f = { .kind = FAULT_RESET, UP, NOW, .times = 1 };

	for (unsigned i = 0; i < MANY; i++)
		dial(&client[i]);
	ck_assert(wait_until(all_served, LIMIT_US));
	arm(&f);
	ck_assert(wait_until(all_ended, LIMIT_US));
	for (unsigned i = 0; i < MANY; i++)
		ck_assert_int_eq(client[i].end, UV_ECONNRESET);
	ck_assert_str_eq(buf_str(&fired), "reset: 40 connections reset\n");
	ck_assert(wait_until(nothing_open, LIMIT_US));
}
END_TEST

static bool ends_with(unsigned i, int how)
{
	dial(&client[i]);
	send_pattern(&client[i], 5);
	peer_end(&client[i]);
	while (!client[i].ended)
		loop_once(loop);
	return client[i].end == how;
}

START_TEST(up_again_on_the_same_port)
{
	static const struct fault f = { .id = "net", .kind = FAULT_DOWN, UP, NOW, .times = 1 };
	uint16_t port = net_proxy_port(proxy);

	ck_assert(ends_with(0, 0));
	arm(&f);
	ck_assert(ends_with(1, UV_ECONNREFUSED));
	fault_line_clear(line, "net");
	ck_assert(ends_with(2, 0));
	ck_assert_uint_eq(client[2].got.len, 5);
	ck_assert_uint_eq(net_proxy_port(proxy), port);
}
END_TEST

START_TEST(a_server_that_has_ended)
{
	stop_listening();
	ck_assert(ends_with(0, UV_ECONNRESET));
	net_proxy_set_serving(proxy, false);
	ck_assert(ends_with(1, UV_ECONNREFUSED));
	net_proxy_set_serving(proxy, true);
	ck_assert(ends_with(2, UV_ECONNRESET));
}
END_TEST

START_TEST(before_it_joins_it_refuses)
{
	net_proxy_leave(proxy);
	ck_assert(ends_with(0, UV_ECONNREFUSED));
	net_proxy_set_serving(proxy, true);
	ck_assert(ends_with(1, UV_ECONNREFUSED));
	ck_assert_int_eq(net_proxy_join(proxy, line, NULL), 0);
	ck_assert(ends_with(2, 0));
}
END_TEST

/* A connection that is in use when the proxy goes. */
START_TEST(ends_with_the_proxy)
{
	static const struct fault late = { .kind = FAULT_LATENCY, UP, NOW, .delay_us = 1000000 };

	arm(&late);
	dial(&client[0]);
	send_pattern(&client[0], MEGA);
	until_still();
	net_proxy_free(proxy);
	proxy = NULL;
	ck_assert(wait_until(client_ended, LIMIT_US));
	ck_assert_int_eq(client[0].end, UV_ECONNRESET);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net_proxy");
	TCase *tc = tcase_create("sockets");
	SRunner *runner;
	int failed;

	signal(SIGPIPE, SIG_IGN); /* as hil does */
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, every_fault, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tc, a_side_that_does_not_read_stops_the_other, 0, 2);
	tcase_add_test(tc, corrupts_some_bytes_by_its_seed);
	tcase_add_test(tc, a_client_that_does_not_read_stops_the_server);
	tcase_add_test(tc, a_reset_passes_as_a_reset);
	tcase_add_test(tc, a_stall_without_end_is_bounded_too);
	tcase_add_test(tc, half_close_leaves_the_other_half_open);
	tcase_add_test(tc, who_does_not_answer_an_end_is_closed);
	tcase_add_test(tc, resets_all_there_are);
	tcase_add_test(tc, up_again_on_the_same_port);
	tcase_add_test(tc, a_server_that_has_ended);
	tcase_add_test(tc, before_it_joins_it_refuses);
	tcase_add_test(tc, ends_with_the_proxy);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
