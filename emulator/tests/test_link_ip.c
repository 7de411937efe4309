/* IP packets of a host into the modelled world: TCP, UDP, names, echo; refusals; packets that are none. */
#include <arpa/inet.h>

#include "link/ip_packet.h"
#include "link/link_ip.h"
#include "link/names.h"
#include "link/world.h"
#include "tests/test_ip_host.h"

static const char world_text[] =
	"schema: 1\nhosts:\n"
	"  - {match: echo.test, port: 7, model: {service: echo, latency: {ping: 70ms}}}\n"
	"  - {match: echo.test, port: 8, model: {service: discard, misbehave: [refuse]}}\n"
	"  - {match: lost.test, model: {service: echo, misbehave: [tcp_timeout]}}\n"
	"  - {match: once.test, model: {script: [{expect: GET, send: \"200 ok\\r\\n\", close: close}]}}\n"
	"  - {match: slam.test, model: {script: [{expect: GET, send: \"2\", close: reset}]}}\n"
	"  - {match: slow.test, model: {service: discard, limits: {window: 1000, rate: 1000}}}\n"
	"  - {match: quiet.test, ping: no, model: {service: echo, latency: {ping: 70ms}}}\n"
	"  - {match: echo.test, model: {service: echo, latency: {ping: 70ms}}}\n"
	"  - {match: 192.0.2.7, port: 7, model: {service: echo, greeting: 'hi\\r\\n'}}\n"
	"  - {match: web.test, port: 80, model: {http: {pages: [{path: /big, bytes: 300000}]}}}\n";

enum { DNS_1 = 0x0a40ff01, DNS_2 = 0x0a40ff02, FLOWS = 8 };

struct rig {
	struct clock *clock;
	struct trace *trace;
	struct world *world;
	struct link *link;
	struct link_ip *ip;
	struct buf notes;
	/* packets to the host that it has not looked at */
	struct packet {
		size_t len;
		uint8_t data[IP_PACKET_MAX];
	} * in;
	size_t n_in;
	struct host_tcp tcp[FLOWS];
	size_t n_tcp;
	struct buf other; /* UDP and ICMP that came: "udp 198.18.1.2:7>5000 HEX\n" */
	bool full;
};

enum { PACKETS_MAX = 4096 };

static void on_packet(const void *p, size_t n, void *ctx)
{
	struct rig *r = ctx;

	ck_assert_uint_le(n, IP_PACKET_MAX);
	ck_assert_uint_lt(r->n_in, PACKETS_MAX);
	memcpy(r->in[r->n_in].data, p, n);
	r->in[r->n_in++].len = n;
}

static bool on_full(void *ctx)
{
	return ((struct rig *)ctx)->full;
}

static void on_trace(const struct trace_event *ev, void *ctx)
{
	struct rig *r = ctx;

	if (ev->kind == TRACE_NOTE) {
		buf_add(&r->notes, ev->data, ev->len);
		buf_addc(&r->notes, '\n');
	}
}

static struct rig *rig_new(void)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct err e = { 0 };
	const struct link_ip_setup setup = {
		.address = HOST_ADDRESS,
		.dns = { DNS_1, DNS_2 },
		.packet = on_packet,
		.full = on_full,
		.ctx = r,
	};

	ck_assert_ptr_nonnull(r);
	buf_init(&r->notes, 1 << 20);
	buf_init(&r->other, 1 << 20);
	r->in = calloc(PACKETS_MAX, sizeof(*r->in));
	r->clock = clock_new_virtual();
	r->trace = trace_new(clock_now_for_trace, r->clock);
	trace_add_sink(r->trace, on_trace, r);
	r->world = world_load_text("ip", world_text, sizeof(world_text) - 1, &e);
	ck_assert_msg(r->world != NULL, "%s", e.msg);
	r->link = link_new(&(struct link_options){ .world = r->world, .clock = r->clock, .trace = r->trace });
	link_set_network(r->link, true);
	r->ip = link_ip_open(r->link, &setup);
	ck_assert_ptr_nonnull(r->ip);
	return r;
}

static void rig_free(struct rig *r)
{
	link_ip_close(r->ip);
	link_free(r->link);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	world_free(r->world);
	trace_free(r->trace);
	clock_free(r->clock);
	buf_free(&r->notes);
	buf_free(&r->other);
	for (size_t i = 0; i < r->n_tcp; i++)
		buf_free(&r->tcp[i].in);
	free(r->in);
	free(r);
}

static uint32_t address_of(struct rig *r, const char *name)
{
	char text[LINK_STREAM_ADDRESS_SIZE];
	struct in_addr a;

	names_address(r->link, name, text);
	ck_assert_int_eq(inet_pton(AF_INET, text, &a), 1);
	return ntohl(a.s_addr);
}

/* --- the host ------------------------------------------------------------------------------------------------------
 */

static void take_other(struct rig *r, const uint8_t *p, size_t n)
{
	char from[IP_TEXT_SIZE];

	ck_assert_uint_eq(ones_sum(p, 20, 0), 0xffff);
	if (p[9] == 17) {
		ck_assert_uint_eq(ones_sum(p + 20, n - 20, ones_sum(p + 12, 8, 17 + (unsigned)n - 20)), 0xffff);
		buf_addf(&r->other, "udp %s:%u>%u ", ip_text(get32(p + 12), from), get16(p + 20), get16(p + 22));
		str_hex(&r->other, p + 28, n - 28);
	} else {
		ck_assert_uint_eq(ones_sum(p + 20, n - 20, 0), 0xffff);
		buf_addf(&r->other, "icmp %s %u ", ip_text(get32(p + 12), from), p[20]);
		str_hex(&r->other, p + 24, n - 24);
	}
	buf_addc(&r->other, '\n');
}

static void take_packet(struct rig *r, const uint8_t *p, size_t n)
{
	struct buf answer;

	ck_assert_uint_eq(get32(p + 16), HOST_ADDRESS);
	ck_assert_uint_eq(get16(p + 2), n);
	if (p[9] != 6) {
		take_other(r, p, n);
		return;
	}
	buf_init(&answer, 2000);
	for (size_t i = 0; i < r->n_tcp; i++) {
		if (r->tcp[i].sport == get16(p + 22))
			tcp_take(&r->tcp[i], p + 20, n - 20, &answer);
	}
	if (answer.len)
		link_ip_input(r->ip, answer.data, answer.len);
	buf_free(&answer);
}

/* Lets packets and time pass for so long. */
static void run(struct rig *r, uint64_t ms)
{
	uint64_t end = clock_now_us(r->clock) + ms * 1000, due;

	for (;;) {
		for (size_t i = 0; i < r->n_in; i++)
			take_packet(r, r->in[i].data, r->in[i].len);
		if (r->n_in) {
			r->n_in = 0;
			continue;
		}
		if (!clock_next(r->clock, &due) || due > end)
			break;
		clock_advance_to(r->clock, due);
	}
	clock_advance_to(r->clock, end);
}

static void input(struct rig *r, struct buf *packet)
{
	link_ip_input(r->ip, packet->data, packet->len);
	buf_free(packet);
}

static struct host_tcp *tcp_open(struct rig *r, uint32_t dst, uint16_t port)
{
	struct host_tcp *t = &r->tcp[r->n_tcp];
	struct buf packet;

	*t = (struct host_tcp){ .dst = dst,
				.dport = port,
				.sport = (uint16_t)(40000 + r->n_tcp),
				.seq = 1000,
				.syn_sent = true,
				.window = 16000 };
	r->n_tcp++;
	buf_init(&t->in, 1 << 20);
	buf_init(&packet, 2000);
	make_tcp(&packet, t, TCP_SYN, NULL, 0);
	t->seq++;
	input(r, &packet);
	run(r, 3000);
	return t;
}

static void tcp_send(struct rig *r, struct host_tcp *t, int flags, const char *text)
{
	struct buf packet;

	buf_init(&packet, 2000);
	make_tcp(&packet, t, flags | TCP_ACK, text, strlen(text));
	t->seq += (uint32_t)strlen(text) + (flags & TCP_FIN ? 1 : 0);
	input(r, &packet);
	run(r, 3000);
}

/* --- TCP -----------------------------------------------------------------------------------------------------------
 */

START_TEST(test_echo)
{
	struct rig *r = rig_new();
	struct host_tcp *t = tcp_open(r, address_of(r, "echo.test"), 7);

	ck_assert(t->open);
	tcp_send(r, t, TCP_PSH, "hello");
	ck_assert_str_eq(buf_str(&t->in), "hello");
	tcp_send(r, t, TCP_PSH, ", world");
	ck_assert_str_eq(buf_str(&t->in), "hello, world");
	ck_assert(!t->peer_fin);
	tcp_send(r, t, TCP_FIN, "");
	ck_assert(t->peer_fin && !t->reset);
	rig_free(r);
}
END_TEST

/* The connection stays open until it is closed: nothing is left when the link is. */
START_TEST(test_left_open)
{
	struct rig *r = rig_new();

	ck_assert(tcp_open(r, address_of(r, "echo.test"), 7)->open);
	ck_assert(tcp_open(r, 0xc0000207, 7)->open);
	ck_assert_str_eq(buf_str(&r->tcp[1].in), "hi\r\n");
	run(r, 600000);
	tcp_send(r, &r->tcp[0], TCP_PSH, "x");
	ck_assert_str_eq(buf_str(&r->tcp[0].in), "x");
	rig_free(r);
}
END_TEST

START_TEST(test_server_closes)
{
	struct rig *r = rig_new();
	struct host_tcp *t = tcp_open(r, address_of(r, "once.test"), 4000);

	tcp_send(r, t, TCP_PSH, "GET");
	ck_assert_str_eq(buf_str(&t->in), "200 ok\r\n");
	ck_assert(t->peer_fin && !t->reset);
	tcp_send(r, t, TCP_FIN, "");
	ck_assert(!t->reset);
	rig_free(r);
}
END_TEST

/* A reset of the server's is one of the host's. */
START_TEST(test_server_resets)
{
	struct rig *r = rig_new();
	struct host_tcp *t = tcp_open(r, address_of(r, "slam.test"), 4000);

	tcp_send(r, t, TCP_PSH, "GET");
	ck_assert(t->reset && !t->peer_fin);
	run(r, 100000);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	rig_free(r);
}
END_TEST

/* The same place twice at once, and other ports meanwhile: each has its own bytes. */
START_TEST(test_side_by_side)
{
	struct rig *r = rig_new();
	uint32_t echo = address_of(r, "echo.test");
	char text[32];

	for (int i = 0; i < 6; i++)
		ck_assert(tcp_open(r, echo, i < 3 ? 7 : (uint16_t)(1000 + i))->open);
	for (int i = 0; i < 6; i++) {
		snprintf(text, sizeof(text), "number %d", i);
		tcp_send(r, &r->tcp[i], TCP_PSH, text);
	}
	for (int i = 0; i < 6; i++) {
		snprintf(text, sizeof(text), "number %d", i);
		ck_assert_str_eq(buf_str(&r->tcp[i].in), text);
	}
	rig_free(r);
}
END_TEST

static const struct {
	const char *host;
	uint16_t port;
	const char *note;
} refused[] = {
	{ "echo.test", 8, "ip: tcp 198." },
	{ "web.test", 81, "is not open in the modelled world" },
	{ "192.0.2.9", 80, "nothing in the modelled world is at 192.0.2.9" },
	{ "127.0.0.1", 22, "nothing in the modelled world is at 127.0.0.1" },
	{ "10.64.255.1", 53, "nothing in the modelled world is at 10.64.255.1" },
};

START_TEST(test_refused)
{
	struct rig *r = rig_new();
	struct host_tcp *t = tcp_open(r, address_of(r, refused[_i].host), refused[_i].port);

	ck_assert(t->reset && !t->open);
	ck_assert_msg(strstr(buf_str(&r->notes), refused[_i].note) != NULL, "%s", buf_str(&r->notes));
	rig_free(r);
}
END_TEST

START_TEST(test_nobody_answers)
{
	struct rig *r = rig_new();
	struct host_tcp *t = tcp_open(r, address_of(r, "lost.test"), 7);

	run(r, 200000);
	ck_assert(!t->reset && !t->open);
	rig_free(r);
}
END_TEST

/* A segment of no connection, and a host that thinks better of it. */
START_TEST(test_strays)
{
	struct rig *r = rig_new();
	struct host_tcp *t = &r->tcp[r->n_tcp++];

	*t = (struct host_tcp){ .dst = address_of(r, "echo.test"), .sport = 5, .dport = 7, .seq = 9, .window = 1000 };
	buf_init(&t->in, 100);
	tcp_send(r, t, TCP_PSH, "x");
	ck_assert(t->reset);
	rig_free(r);
}
END_TEST

/* 300000 bytes in the host's window of 16000; for a while there is no room for packets at all. */
START_TEST(test_bulk)
{
	struct rig *r = rig_new();
	struct host_tcp *t = tcp_open(r, address_of(r, "web.test"), 80);
	const char *body;

	r->full = _i;
	tcp_send(r, t, TCP_PSH, "GET /big HTTP/1.1\r\nHost: web.test\r\nConnection: close\r\n\r\n");
	if (_i) {
		run(r, 100000);
		ck_assert_uint_eq(t->in.len, 0);
		r->full = false;
		link_ip_flows(r->ip);
	}
	run(r, 60000);
	body = strstr(buf_str(&t->in), "\r\n\r\n");
	ck_assert_ptr_nonnull(body);
	ck_assert_uint_eq(t->in.len - (size_t)(body + 4 - t->in.data), 300000);
	ck_assert(t->peer_fin);
	rig_free(r);
}
END_TEST

/* A server that takes 1000 bytes a second holds the host back, and loses nothing. */
START_TEST(test_slow_server)
{
	struct rig *r = rig_new();
	struct host_tcp *t = tcp_open(r, address_of(r, "slow.test"), 9);
	char text[1001];

	memset(text, 'x', 1000);
	text[1000] = '\0';
	for (int i = 0; i < 30; i++)
		tcp_send(r, t, TCP_PSH, text);
	ck_assert(t->open && !t->reset);
	tcp_send(r, t, TCP_FIN, "");
	run(r, 60000);
	ck_assert(t->peer_fin);
	rig_free(r);
}
END_TEST

/* The bearer goes under an open connection: the host hears of it by a close. */
START_TEST(test_network_lost)
{
	struct rig *r = rig_new();
	struct host_tcp *t = tcp_open(r, address_of(r, "echo.test"), 7);

	link_set_network(r->link, false);
	run(r, 5000);
	ck_assert(t->peer_fin || t->reset);
	rig_free(r);
}
END_TEST

/* --- UDP, names, echo ------------------------------------------------------------------------------------------------
 */

START_TEST(test_udp)
{
	struct rig *r = rig_new();
	struct buf packet;
	char want[400], name[LINK_STREAM_ADDRESS_SIZE];

	names_address(r->link, "echo.test", name);
	for (int i = 0; i < 3; i++) {
		buf_init(&packet, 2000);
		make_udp(&packet, 5000, address_of(r, "echo.test"), 7, "ping", 4);
		input(r, &packet);
	}
	run(r, 1000);
	snprintf(want, sizeof(want), "udp %s:7>5000 70696e67\nudp %s:7>5000 70696e67\nudp %s:7>5000 70696e67\n", name,
		 name, name);
	ck_assert_str_eq(buf_str(&r->other), want);
	run(r, 100000);
	ck_assert_uint_eq(clock_armed(r->clock), 0); /* nobody has used it for a minute */
	rig_free(r);
}
END_TEST

static const struct {
	const char *query, *answer; /* %s: the address of echo.test in hex */
} names[] = {
	/* A */
	{ "1234 0100 0001 0000 0000 0000 04 6563686f 04 74657374 00 0001 0001",
	  "123481800001000100000000046563686f04746573740000010001c00c000100010000003c0004%s" },
	/* of a name that is not there */
	{ "1234 0100 0001 0000 0000 0000 06 6e6f626f6479 00 0001 0001",
	  "123481830001000000000000066e6f626f64790000010001" },
	/* AAAA: the name is there, and has none */
	{ "abcd 0000 0001 0000 0000 0000 04 6563686f 04 74657374 00 001c 0001",
	  "abcd80800001000000000000046563686f047465737400001c0001" },
	/* with EDNS, and in other letters */
	{ "1234 0120 0001 0000 0000 0001 04 4543484f 04 74657374 00 0001 0001 00 0029 0500 0000 0000 0000",
	  "123481800001000100000000044543484f04746573740000010001c00c000100010000003c0004%s" },
	/* PTR of an address that has no name */
	{ "1234 0100 0001 0000 0000 0000 0131 0130 0130 03313237 07696e2d61646472 0461727061 00 000c 0001",
	  "1234818300010000000000000131013001300331323707696e2d61646472046172706100000c0001" },
	{ "1234 0100 0001 0000 0000 0000 0131 0461727061 00 000c 0001",
	  "1234818300010000000000000131046172706100000c0001" },
	/* not a query, another class, two questions, none, cut short */
	{ "1234 8100 0001 0000 0000 0000 04 6563686f 04 74657374 00 0001 0001", NULL },
	{ "1234 1100 0001 0000 0000 0000 04 6563686f 04 74657374 00 0001 0001", NULL },
	{ "1234 0100 0001 0000 0000 0000 04 6563686f 04 74657374 00 0001 0003", NULL },
	{ "1234 0100 0002 0000 0000 0000 04 6563686f 00 0001 0001 04 6563686f 00 0001 0001", NULL },
	{ "1234 0100 0000 0000 0000 0000", NULL },
	{ "1234 0100 0001 0000 0000 0000 04 6563686f 04 74657374 00 0001 00", NULL },
	{ "1234 0100 0001 0000 0000 0000 c00c 0001 0001", NULL },
};

static void ask(struct rig *r, uint32_t server, const void *query, size_t n)
{
	struct buf packet;

	buf_init(&packet, 2000);
	make_udp(&packet, 6000, server, 53, query, n);
	input(r, &packet);
	run(r, 5000);
}

START_TEST(test_names)
{
	struct rig *r = rig_new();
	char want[400] = "", address[16], answer[300];
	struct buf query;

	buf_init(&query, 1000);
	ck_assert_int_eq(str_unhex(&query, names[_i].query), 0);
	snprintf(address, sizeof(address), "%08x", address_of(r, "echo.test"));
	ask(r, _i & 1 ? DNS_2 : DNS_1, query.data, query.len);
	if (names[_i].answer) {
		const char *hole = strchr(names[_i].answer, '%');

		snprintf(answer, sizeof(answer), "%.*s%s", hole ? (int)(hole - names[_i].answer) : 300,
			 names[_i].answer, hole ? address : "");
		snprintf(want, sizeof(want), "udp 10.64.255.%d:53>6000 %s\n", _i & 1 ? 2 : 1, answer);
	}
	ck_assert_str_eq(buf_str(&r->other), want);
	buf_free(&query);
	rig_free(r);
}
END_TEST

/* PTR of an address that a name has been given. */
START_TEST(test_reverse)
{
	struct rig *r = rig_new();
	uint32_t a = address_of(r, "echo.test");
	struct buf q;

	buf_init(&q, 1000);
	ck_assert_int_eq(str_unhex(&q, "1234 0100 0001 0000 0000 0000"), 0);
	for (int i = 0; i < 4; i++) {
		char part[4];

		snprintf(part, sizeof(part), "%u", a >> 8 * i & 0xff);
		buf_addc(&q, (char)strlen(part));
		buf_adds(&q, part);
	}
	buf_adds(&q, "\7in-addr\4arpa");
	buf_add(&q, "\0\0\14\0\1", 5);
	ask(r, DNS_1, q.data, q.len);
	ck_assert_ptr_nonnull(strstr(buf_str(&r->other), "046563686f047465737400\n"));
	buf_free(&q);
	rig_free(r);
}
END_TEST

/* A query that ends anywhere does no harm. */
START_TEST(test_names_cut)
{
	struct rig *r = rig_new();
	struct buf query;

	buf_init(&query, 1000);
	ck_assert_int_eq(str_unhex(&query, names[0].query), 0);
	for (size_t n = 0; n < query.len; n++)
		ask(r, DNS_1, query.data, n);
	ck_assert_str_eq(buf_str(&r->other), "");
	buf_free(&query);
	rig_free(r);
}
END_TEST

static const struct {
	const char *host;
	unsigned trip_ms; /* 0: no answer */
} pings[] = {
	{ "echo.test", 70 }, { "10.64.255.1", 40 }, { "10.64.255.2", 40 },
	{ "quiet.test", 0 }, { "nobody.test", 0 },  { "192.0.2.99", 0 },
};

START_TEST(test_ping)
{
	struct rig *r = rig_new();
	char want[400] = "", name[LINK_STREAM_ADDRESS_SIZE];
	struct buf packet;

	buf_init(&packet, 2000);
	names_address(r->link, pings[_i].host, name);
	make_echo(&packet, address_of(r, pings[_i].host), 3, "abc");
	input(r, &packet);
	if (pings[_i].trip_ms) {
		run(r, pings[_i].trip_ms - 1);
		ck_assert_str_eq(buf_str(&r->other), "");
		snprintf(want, sizeof(want), "icmp %s 0 004d0003616263\n", name);
	}
	run(r, 5000);
	ck_assert_str_eq(buf_str(&r->other), want);
	rig_free(r);
}
END_TEST

/* --- what is dropped -------------------------------------------------------------------------------------------------
 */

/* Each octet of the headers changed in turn: no answer to what does not add up, and none to others' packets. */
START_TEST(test_damaged)
{
	struct rig *r = rig_new();
	struct buf packet;

	buf_init(&packet, 2000);
	make_echo(&packet, DNS_1, 3, "abc");
	for (size_t i = 0; i < packet.len; i++) {
		packet.data[i] = (char)(packet.data[i] ^ 0x10);
		link_ip_input(r->ip, packet.data, packet.len);
		packet.data[i] = (char)(packet.data[i] ^ 0x10);
	}
	for (size_t n = 0; n < packet.len; n++)
		link_ip_input(r->ip, packet.data, n);
	set16(&packet, 12, 0x0a41); /* another's address, with the right sum */
	set16(&packet, 10, get16((uint8_t *)packet.data + 10) - 1);
	link_ip_input(r->ip, packet.data, packet.len);
	run(r, 5000);
	ck_assert_str_eq(buf_str(&r->other), "");
	buf_free(&packet);
	rig_free(r);
}
END_TEST

START_TEST(test_odd)
{
	struct rig *r = rig_new();
	struct host_tcp t = { .dst = address_of(r, "echo.test"), .sport = 5, .dport = 7, .seq = 9, .window = 1000 };
	struct buf packet;

	buf_init(&packet, 2000);
	if (_i & 1)
		make_tcp(&packet, &t, TCP_SYN, NULL, 0);
	else
		make_echo(&packet, DNS_1, 3, "abc");
	if (_i & 2) { /* four of the payload become options */
		packet.data[0] = 0x46;
		set16(&packet, 10, 0);
		set16(&packet, 10, 0xffff & ~ones_sum((uint8_t *)packet.data, 24, 0));
	} else {
		set16(&packet, 6, 0x2000);
		set16(&packet, 10, 0);
		set16(&packet, 10, 0xffff & ~ones_sum((uint8_t *)packet.data, 20, 0));
	}
	input(r, &packet);
	run(r, 5000);
	ck_assert_uint_eq(r->other.len, 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&r->notes), "a fragment, or a packet with options, is lost"));
	rig_free(r);
}
END_TEST

#define LOOP(test, rows) tcase_add_loop_test(tc, test, 0, sizeof(rows) / sizeof((rows)[0]))

int main(void)
{
	Suite *suite = suite_create("link_ip");
	TCase *tc = tcase_create("link_ip");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_echo);
	tcase_add_test(tc, test_left_open);
	tcase_add_test(tc, test_server_closes);
	tcase_add_test(tc, test_server_resets);
	tcase_add_test(tc, test_side_by_side);
	LOOP(test_refused, refused);
	tcase_add_test(tc, test_nobody_answers);
	tcase_add_test(tc, test_strays);
	tcase_add_loop_test(tc, test_bulk, 0, 2);
	tcase_add_test(tc, test_slow_server);
	tcase_add_test(tc, test_network_lost);
	tcase_add_test(tc, test_udp);
	LOOP(test_names, names);
	tcase_add_test(tc, test_reverse);
	tcase_add_test(tc, test_names_cut);
	LOOP(test_ping, pings);
	tcase_add_test(tc, test_damaged);
	tcase_add_loop_test(tc, test_odd, 0, 4);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
