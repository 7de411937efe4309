/* Modelled streams on the virtual clock: exact times, exact bytes, what the server saw. */
#include "test_stream_bulk.h"
#include "test_stream_rig.h"

#define HOST(name, model) "  - {match: " name ", model: " model "}\n"
static const char world[] =
	"schema: 1\nhosts:\n"
	HOST("echo.test, port: 7", "{service: echo}")
	HOST("hello.test", "{service: echo, greeting: 'hi\\r\\n'}")
	HOST("fast.test", "{service: echo, latency: {dns: 0ms, tcp: 0ms, trip: 0ms}}")
	HOST("discard.test", "{service: discard}")
	HOST("chargen.test", "{service: chargen}")
	HOST("day.test", "{service: daytime}")
	HOST("ntp.test", "{service: ntp}")
	HOST("mqtt.test", "{}")
	HOST("script.test", "{greeting: '220 hi\\r\\n', script: [{expect: 'USER', send: '331 pw\\r\\n'}, {expect: \"\\r\\n\", "
			    "send: '230 in\\r\\n', after: 1s}, {send: 'late', after: 250ms}, {expect: QUIT, send: bye, close: close}]}")
	HOST("slam.test", "{script: [{expect: x, close: reset}]}")
	HOST("busy.test", "{service: echo, misbehave: [refuse]}")
	HOST("lost.test", "{service: echo, misbehave: [tcp_timeout]}")
	HOST("mute.test", "{service: echo, misbehave: [mute], limits: {window: 10}}")
	HOST("shut.test", "{service: echo, misbehave: [close_after_connect]}")
	HOST("rst.test", "{service: echo, misbehave: [reset_after_connect]}")
	HOST("slow.test", "{service: discard, limits: {window: 100, rate: 100}}")
	HOST("few.test", "{service: echo, limits: {close_after: 5}}")
	HOST("fewer.test", "{service: echo, limits: {reset_after: 3}}")
	HOST("secure.test", "{service: echo, tls: {min: 1.2}}")
	HOST("cert.test", "{service: echo, client_cert: required, tls: {max: 1.2}}")
	HOST("quiet.test", "{service: echo, tls: {min: 1.2}, misbehave: [tls_mute]}")
	HOST("mapped.test", "{service: echo}")
	"  - {match: away.test, real: \"127.0.0.1:1\"}\n";

/* Default latencies: dns 150 ms, tcp 500, tls 900, alert 10, a round trip of data 120. */
static const struct {
	const char *what, *play, *log, *broker, *why;
} rows[] = {
	{ "echo: acknowledged after a round trip, then the answer", "open echo.test:7;until opened;send abc;after 500",
	  "650 opened\n770 acked\n770 data abc\n", "tcp echo.test:7 open\ntcp echo.test:7 < abc\n", NULL },
	{ "a numeric address needs no name server", "open 198.18.0.1:7;after 1000", "500 opened refused\n", "",
	  "nothing in the modelled world is at 198.18.0.1" },
	{ "greeting", "open hello.test:25;after 2000", "650 opened\n770 data hi\\r\\n\n", "tcp hello.test:25 open\n", NULL },
	{ "bytes in order, one ACKED for all", "open echo.test:7;until opened;send a;send b;send c;after 500",
	  "650 opened\n770 data a\n770 data b\n770 acked\n770 data c\n",
	  "tcp echo.test:7 open\ntcp echo.test:7 < a\ntcp echo.test:7 < b\ntcp echo.test:7 < c\n", NULL },
	{ "no time at all", "open fast.test:7;until opened;send abc;after 1", "0 opened\n0 acked\n0 data abc\n",
	  "tcp fast.test:7 open\ntcp fast.test:7 < abc\n", NULL },
	{ "what was sent arrives though the modem closes at once", "open echo.test:7;until opened;send last;close;after 500",
	  "650 opened\n", "tcp echo.test:7 open\ntcp echo.test:7 < last\ntcp echo.test:7 closed\n", NULL },
	{ "an unknown name", "open no.test:7;after 1000", "150 opened dns\n", "", "\"no.test\" is not in the modelled world" },
	{ "another port", "open echo.test:8;after 1000", "650 opened refused\n", "", "has port 7" },
	{ "refuse", "open busy.test:7;after 1000", "650 opened refused\n", "", "misbehaviour refuse" },
	{ "refuse by command", "ctl refuse on;open echo.test:7;after 1000", "650 opened refused\n", "", "misbehaviour refuse" },
	{ "tcp_timeout", "open lost.test:7;after 80000", "75150 opened timeout\n", "", "misbehaviour tcp_timeout" },
	{ "real on a virtual clock", "open away.test:7;after 1000", "150 opened dns\n", "", "virtual time" },
	{ "mute: the window fills, and no more is taken", "open mute.test:7;until opened;send 0123456;send 789abc;send x;after 5000",
	  "650 opened\ntook 3\ntook 0\n770 acked\n", "tcp mute.test:7 open\ntcp mute.test:7 < 0123456\ntcp mute.test:7 < 789\n", NULL },
	{ "mute is over", "ctl mute on;open echo.test:7;until opened;send a;after 500;ctl mute off;after 500",
	  "650 opened\n770 acked\n1210 data a\n", "tcp echo.test:7 open\ntcp echo.test:7 < a\n", NULL },
	{ "close_after_connect", "open shut.test:7;after 2000", "650 opened\n770 closed peer_closed\n", "tcp shut.test:7 open\n",
	  "misbehaviour close_after_connect" },
	{ "reset_after_connect", "open rst.test:7;after 2000", "650 opened\n770 closed reset\n", "tcp rst.test:7 open\n",
	  "misbehaviour reset_after_connect" },
	{ "dead after CLOSED", "open shut.test:7;after 2000;send abc", "650 opened\n770 closed peer_closed\ntook -107\n",
	  "tcp shut.test:7 open\n", NULL },
	{ "not yet open", "open echo.test:7;send abc;after 1000", "took -107\n650 opened\n", "tcp echo.test:7 open\n", NULL },
	{ "limits: close_after answers first", "open few.test:7;until opened;send abc;after 500;send def;after 500",
	  "650 opened\n770 acked\n770 data abc\n1270 acked\n1270 data def\n1270 closed peer_closed\n",
	  "tcp few.test:7 open\ntcp few.test:7 < abc\ntcp few.test:7 < def\n", "few.test closes after 5 bytes" },
	{ "limits: reset_after", "open fewer.test:7;until opened;send abc;after 500",
	  "650 opened\n770 acked\n770 data abc\n770 closed reset\n", "tcp fewer.test:7 open\ntcp fewer.test:7 < abc\n",
	  "fewer.test resets after 3 bytes" },
	{ "script", "open script.test:21;until opened;send xUS;after 300;send ER me\\r\\nQUI;after 2000;send T;after 500",
	  "650 opened\n770 data 220 hi\\r\\n\n770 acked\n1070 acked\n1070 data 331 pw\\r\\n\n2070 data 230 in\\r\\n\n"
	  "2320 data late\n3070 acked\n3070 data bye\n3070 closed peer_closed\n",
	  "tcp script.test:21 open\ntcp script.test:21 < xUS\ntcp script.test:21 < ER me\\r\\nQUI\ntcp script.test:21 < T\n",
	  "its script does, at step 4" },
	{ "script: reset", "open slam.test:1;until opened;send axb;after 500", "650 opened\n770 acked\n770 closed reset\n",
	  "tcp slam.test:1 open\ntcp slam.test:1 < axb\n", "its script does, at step 1" },
	{ "daytime is the world's clock", "open day.test:13;after 2000",
	  "650 opened\n770 data Thursday, January 01, 2026 00:00:00-UTC\\r\\n\n770 closed peer_closed\n", "tcp day.test:13 open\n",
	  NULL },
	{ "a paused owner gets what waits, then the close", "open few.test:7;until opened;pause;send abcde;after 1000;resume;after 0",
	  "650 opened\n770 acked\n1650 data abcde\n1650 closed peer_closed\n",
	  "tcp few.test:7 open\ntcp few.test:7 < abcde\n", NULL },
	{ "a broker is told something else", "open mqtt.test:1883;until opened;send GET /;after 500",
	  "650 opened\n770 acked\n770 closed peer_closed\n", "tcp mqtt.test:1883 open\ntcp mqtt.test:1883 < GET /\n",
	  "the flags of the fixed header do not fit its packet type" },
	{ "NTP is no TCP", "open ntp.test:123;after 1000", "650 opened refused\n", "", "NTP is spoken over UDP" },
	{ "TLS", "tls secure.test:443;until opened;send abc;after 500", "1550 opened\n1670 acked\n1670 data abc\n",
	  "tcp secure.test:443 open tls 1.2 ECDHE-RSA-AES256-GCM-SHA384\ntcp secure.test:443 < abc\n", NULL },
	{ "TLS to a plain server", "tls echo.test:7;after 1000", "660 opened tls_failed\n", "", "does not speak TLS" },
	{ "TLS to a plain server that waits", "tls discard.test:7;after 400000", "300650 opened timeout\n", "", "no ServerHello comes" },
	{ "plain into a TLS port", "open secure.test:443;until opened;send GET;after 500;send  /;after 500",
	  "650 opened\n770 acked\n1270 acked\n1270 closed peer_closed\n",
	  "tcp secure.test:443 open\ntcp secure.test:443 < GET\ntcp secure.test:443 <  /\n",
	  "speaks TLS and the client is a plain one" },
	{ "TLS, no certificate", "tls cert.test:443;after 2000", "1550 opened\n1670 closed peer_closed\n",
	  "tcp cert.test:443 open tls 1.2 ECDHE-RSA-AES256-GCM-SHA384\n", "wants a client certificate" },
	{ "tls_mute", "tls quiet.test:443;after 400000", "300650 opened timeout\n", "", "misbehaviour tls_mute" },
	{ "network lost while opening", "open echo.test:7;after 100;down;after 1000", "100 opened no_network\n", "",
	  "the bearer went down" },
	{ "network lost: what is under way is lost with it", "open echo.test:7;until opened;send abc;after 90;down;after 1000",
	  "650 opened\n740 closed no_network\n", "tcp echo.test:7 open\ntcp echo.test:7 < abc\ntcp echo.test:7 lost\n",
	  "the bearer went down" },
	{ "network lost: told to an owner that has paused", "open echo.test:7;until opened;send abc;pause;after 500;down;after 1",
	  "650 opened\n770 acked\n1150 closed no_network\n", "tcp echo.test:7 open\ntcp echo.test:7 < abc\ntcp echo.test:7 lost\n", NULL },
	{ "network is away", "down;open echo.test:7;after 10", "0 opened no_network\n", "", "the bearer is down" },
	{ "the server's side by command",
	  "open discard.test:9;until opened;ctl peers;ctl peer 1 send a\\r\\n;after 100;ctl peer 1 close;after 100;ctl peers",
	  "650 opened\n= 1=tcp:discard.test:9\n710 data a\\r\\n\n810 closed peer_closed\n= none\n", "tcp discard.test:9 open\n",
	  "control: peer 1 close" },
	{ "no such peer", "ctl peer 1 close;ctl peer x send a;ctl peers", "= no peer 1 is connected; peers tells who is\n"
	  "= no peer x is connected; peers tells who is\n= none\n", "", NULL },
	{ "drop", "open echo.test:7;until opened;ctl drop reset;after 100", "650 opened\n= ok 1\n710 closed reset\n",
	  "tcp echo.test:7 open\n", "control: drop" },
	{ "listening: the world connects",
	  "listen 80;until opened;ctl connect 80 203.0.113.9:4711;until accepted;accept;ctl peer 1 send GET /;after 100;"
	  "send 200;after 500;ctl peer 1 close;after 100",
	  "0 opened\n= ok 1\n60 accepted 203.0.113.9:4711\n120 data GET /\n280 acked\n720 closed peer_closed\n",
	  "tcp 203.0.113.9:4711 < 200\n", NULL },
	{ "listening: events wait for an owner", "listen 80;until opened;ctl connect 80;ctl peer 1 send early;ctl peer 1 reset;"
	  "after 300;accept;after 0", "0 opened\n= ok 1\n60 accepted 198.51.100.1:50001\n300 data early\n300 closed reset\n", "", NULL },
	{ "listening: closed before it hears", "listen 80;until opened;ctl connect 80;close;after 100;ctl peers",
	  "0 opened\n= ok 1\n= none\n", "tcp 198.51.100.1:50001 closed\n", NULL },
	{ "nobody listens", "listen 80;until opened;ctl connect 81;ctl connect;ctl connect 80 x:1;ctl connect 80 1.2.3.4",
	  "0 opened\n= the modem does not listen on port 81\n= connect takes a port of the modem: connect PORT [ADDRESS:PORT]\n"
	  "= connect takes a port of the modem: connect PORT [ADDRESS:PORT]\n"
	  "= connect takes a port of the modem: connect PORT [ADDRESS:PORT]\n", "", NULL },
	{ "listening ends with the network", "listen 80;until opened;down;after 1", "0 opened\n0 closed no_network\n", "", NULL },
	{ "UDP echo", "udp 5000;until opened;to hello.test:9 abc;after 200", "0 opened\n120 data abc\n", "udp hello.test:9 < abc\n",
	  NULL },
	{ "UDP: each datagram by itself", "udp 0;until opened;to discard.test:9 a;to hello.test:9 bc;to hello.test:9 d;after 200",
	  "0 opened\n120 data bc\n120 data d\n", "udp discard.test:9 < a\nudp hello.test:9 < bc\nudp hello.test:9 < d\n", NULL },
	{ "UDP to nowhere", "udp 0;until opened;to no.test:9 a;to 1.2.3.4:5 a;to echo.test:8 a;after 2000",
	  "0 opened\ntook -22\n", "", NULL },
	{ "UDP to a server of TCP", "udp 0;until opened;to mqtt.test:9 a;after 2000", "0 opened\n", "udp mqtt.test:9 < a\n", NULL },
	{ "UDP daytime, chargen, script", "udp 0;until opened;to day.test:13 ?;after 200;to slam.test:1 y;after 200",
	  "0 opened\n120 data Thursday, January 01, 2026 00:00:00-UTC\\r\\n\n", "udp day.test:13 < ?\nudp slam.test:1 < y\n", NULL },
	{ "UDP: the server sends on command", "udp 0;until opened;to discard.test:9 a;after 100;ctl peers;ctl peer 1 send b;"
	  "ctl peer 1 close;after 100", "0 opened\n= 1=udp:discard.test:9\n= UDP has no connection to end\n160 data b\n",
	  "udp discard.test:9 < a\n", NULL },
	{ "UDP is sent though the modem closes at once", "udp 0;until opened;to discard.test:9 a;close;after 100", "0 opened\n",
	  "udp discard.test:9 < a\n", NULL },
	{ "no server for a TCP stream's datagrams", "open echo.test:7;until opened;to echo.test:7 a", "650 opened\ntook -107\n", "", NULL },
};

START_TEST(test_rows)
{
	struct link_tls tls = RIG_TLS;
	struct stream_rig r;
	struct rig rig;

	rig_start(&rig, world);
	stream_rig_start(&r, &rig, NULL);
	r.tls = &tls;
	stream_play(&r, rows[_i].play);
	ck_assert_msg(!strcmp(buf_str(&r.log), rows[_i].log), "%s\ngot:\n%swanted:\n%s", rows[_i].what, buf_str(&r.log), rows[_i].log);
	ck_assert_msg(!strcmp(buf_str(&rig.broker), rows[_i].broker), "%s\ngot:\n%swanted:\n%s", rows[_i].what,
		      buf_str(&rig.broker), rows[_i].broker);
	if (rows[_i].why)
		ck_assert_msg(why_says(&r.why, NULL, rows[_i].why), "%s: %s", rows[_i].what, r.why.step[0].text);
	stream_rig_stop(&r);
	rig_stop(&rig);
}
END_TEST

/* Returns how many events there were. */
static unsigned play_until(const char *play, size_t len, unsigned close_at)
{
	struct link_tls tls = RIG_TLS;
	char *head = strndup(play, len);
	struct stream_rig r;
	struct rig rig;

	rig_start(&rig, world);
	stream_rig_start(&r, &rig, NULL);
	r.tls = &tls;
	r.close_at = close_at;
	stream_play(&r, head);
	rig_wait_ms(&rig, close_at ? 1000 : 0);
	stream_rig_stop(&r);
	rig_stop(&rig);
	free(head);
	return r.events;
}

/* The same plays, cut off after every action and closed from inside every event: nothing leaks, no timer is left. */
START_TEST(test_cut)
{
	const char *play = rows[_i].play;
	unsigned at = 1;

	for (const char *end = play; end; end = strchr(end + 1, ';'))
		play_until(play, (size_t)(end - play), 0);
	while (play_until(play, strlen(play), at) == at)
		at++;
}
END_TEST

/* --- bulk ------------------------------------------------------------------------------------------------------------------ */

START_TEST(test_bulk)
{
	struct link_stream_info info;
	struct bulk b;
	struct rig rig;

	rig_start(&rig, world);
	bulk_start(&b, rig.clock, 10 << 20, 700000);
	b.s = link_stream_open(rig.link, &(struct link_stream_setup){ .host = "echo.test", .port = 7 }, bulk_event, &b);
	while (b.got < b.total && clock_step(rig.clock)) {
		/* two windows and what the reader's stack holds, never more */
		ck_assert_uint_le(b.sent - b.got, 3 * 65535);
	}
	rig_wait_ms(&rig, 1000);
	ck_assert_uint_eq(b.got, b.total);
	ck_assert(b.acked && !b.closed);
	link_stream_info(b.s, &info);
	ck_assert_uint_eq(info.sent, b.total);
	ck_assert_uint_eq(info.acked, b.total);
	ck_assert_uint_eq(info.received, b.total);
	ck_assert_uint_ge(clock_now_us(rig.clock), b.total / BULK_PAUSE_EVERY * b.pause_us);
	link_stream_close(b.s);
	rig_stop(&rig);
}
END_TEST

/* chargen sends a window, then as much as has been read; the link's hold stops it for all streams. */
START_TEST(test_chargen)
{
	struct stream_rig r;
	struct rig rig;
	uint64_t before;

	rig_start(&rig, world);
	stream_rig_start(&r, &rig, NULL);
	stream_play(&r, "open chargen.test:19;until opened;pause;after 5000");
	ck_assert_uint_eq(r.bytes, 0);
	stream_play(&r, "resume;after 0");
	ck_assert_uint_eq(r.bytes, 65535 / 1480 * 1480);
	ck_assert(strstr(buf_str(&r.log), "data  !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]^_`abcdefg\\r\\n!\"#"));
	link_hold(rig.link, true);
	before = r.bytes;
	stream_play(&r, "after 10000");
	ck_assert_uint_eq(r.bytes, before);
	link_hold(rig.link, false);
	stream_play(&r, "after 10000");
	ck_assert_uint_ge(r.bytes, before + 80 * 60000);
	stream_rig_stop(&r);
	rig_stop(&rig);
}
END_TEST

/* 100 bytes of window, 100 bytes a second: 1000 bytes need their ten seconds. */
START_TEST(test_slow_reader)
{
	unsigned char block[1000] = { 0 };
	struct link_stream_info info;
	struct stream_rig r;
	struct rig rig;
	size_t sent = 0;

	rig_start(&rig, world);
	stream_rig_start(&r, &rig, NULL);
	stream_play(&r, "open slow.test:9;until opened");
	while (sent < sizeof(block)) {
		long n = link_stream_send(r.stream, block, sizeof(block) - sent);

		ck_assert_int_ge(n, 0);
		sent += (size_t)n;
		ck_assert(clock_step(rig.clock));
	}
	rig_wait_ms(&rig, 3000);
	link_stream_info(r.stream, &info);
	ck_assert_uint_eq(info.acked, 1000);
	ck_assert_uint_ge(clock_now_us(rig.clock), 10000000);
	ck_assert_uint_le(clock_now_us(rig.clock), 14000000);
	stream_rig_stop(&r);
	rig_stop(&rig);
}
END_TEST

START_TEST(test_timeout)
{
	struct stream_rig r;
	struct rig rig;

	rig_start(&rig, world);
	stream_rig_start(&r, &rig, NULL);
	r.timeout_us = 600000;
	stream_play(&r, "open echo.test:7;after 1000");
	ck_assert_str_eq(buf_str(&r.log), "600 opened timeout\n");
	ck_assert(why_says(&r.why, "time", "no connection to echo.test:7 within 600 ms"));
	stream_rig_stop(&r);
	rig_stop(&rig);
}
END_TEST

/* A port of the modem belongs to one stream of a kind; any is free again when its stream is closed. */
START_TEST(test_ports)
{
	struct stream_rig r[3];
	struct rig rig;

	rig_start(&rig, world);
	for (int i = 0; i < 3; i++)
		stream_rig_start(&r[i], &rig, NULL);
	stream_play(&r[0], "listen 80;until opened");
	stream_play(&r[1], "listen 80;until opened refused");
	ck_assert(why_says(&r[1].why, "tcp", "local port 80 is already bound"));
	stream_play(&r[2], "udp 80;until opened;close");
	stream_play(&r[0], "close");
	stream_play(&r[2], "listen 80;after 0");
	ck_assert_str_eq(buf_str(&r[2].log), "0 opened\n0 opened\n");
	for (int i = 0; i < 3; i++)
		stream_rig_stop(&r[i]);
	rig_stop(&rig);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("link_stream");
	TCase *t = tcase_create("rows");

	tcase_add_loop_test(t, test_rows, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(t, test_cut, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, test_bulk);
	tcase_add_test(t, test_chargen);
	tcase_add_test(t, test_slow_reader);
	tcase_add_test(t, test_timeout);
	tcase_add_test(t, test_ports);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return rig_main(s);
}
