/* A client with its own MQTT on a socket of the modem, against the modelled broker: byte for byte. */
#include "link/model_stream.h"
#include "test_mqtt_bytes.h"
#include "test_stream_rig.h"

#define HOST(name, model) "  - {match: " name ", model: " model "}\n"
static const char world[] =
	"schema: 1\nhosts:\n"
	HOST("b.x", "{}")
	HOST("no.x", "{connack: 3}")
	HOST("login.x", "{credentials: {user: u, password: p}}")
	HOST("acl.x", "{acl: {deny_publish: [secret], deny_subscribe: [secret]}}")
	HOST("soft.x", "{acl: {deny_publish: [secret], deny_subscribe: [secret], action: refuse}}")
	HOST("shy.x", "{misbehave: [close_before_connack]}")
	HOST("shut.x", "{misbehave: [close_after_connect]}")
	HOST("rst.x", "{misbehave: [reset_after_connect]}")
	HOST("mute.x", "{misbehave: [mute]}")
	HOST("noack.x", "{misbehave: [no_puback, no_suback, no_pingresp]}")
	HOST("pdrop.x", "{misbehave: [drop_on_publish]}")
	HOST("sdrop.x", "{misbehave: [drop_on_subscribe]}")
	HOST("dup.x", "{misbehave: [duplicate_publish]}")
	HOST("early.x", "{misbehave: [publish_before_suback]}")
	HOST("sni.x", "{tls: {min: 1.2}, no_sni: connack_5}");

#define CONNECT "10 r13 s4 'MQTT' 04 02 m60 s1 'c'"
#define KEEP "10 r13 s4 'MQTT' 04 00 m60 s1 'c'"
#define OK "20 r2 00 00"
#define SUB "82 r6 m1 s1 't' 01"
#define SUBBED "90 r3 m1 01"

/*
 * What the client sends and what comes back, in turns; "" as a reply: nothing. "!reset" and "!closed" are the end of the
 * connection, with a part of the reason behind it. "=line" is a line of the control language.
 */
static const struct {
	const char *what, *host, *turn[16], *broker;
} rows[] = {
	{ "session", "b.x", { CONNECT, OK, "C0 r0", "D0 r0", "E0 r0", "!closed DISCONNECT" }, "connect c\ndisconnect c\n" },
	{ "the client just closes", "b.x", { CONNECT, OK }, "connect c\nlost c\n" },
	{ "publish", "b.x",
	  { CONNECT, OK, "30 r5 s1 't' 'q0'", "", "32 r7 s1 't' m5 'q1'", "40 r2 m5", "34 r7 s1 't' m6 'q2'", "50 r2 m6", "62 r2 m6",
	    "70 r2 m6" }, "connect c\nt q0\nt q1\nt q2\nlost c\n" },
	{ "QoS 2 sent again is published once", "b.x",
	  { CONNECT, OK, "34 r7 s1 't' m6 'q2'", "50 r2 m6", "3C r7 s1 't' m6 'q2'", "50 r2 m6", "62 r2 m6", "70 r2 m6", "62 r2 m6",
	    "70 r2 m6" }, "connect c\nt q2\nlost c\n" },
	{ "own messages come back at the granted QoS", "b.x",
	  { CONNECT, OK, SUB, SUBBED, "30 r4 s1 't' 'a'", "30 r4 s1 't' 'a'", "34 r6 s1 't' m9 'b'", "50 r2 m9", "62 r2 m9",
	    "32 r6 s1 't' m1 'b' 70 r2 m9" }, "connect c\nsubscribe t 1\nt a\nt b\nlost c\n" },
	{ "from outside", "b.x", { CONNECT, OK, SUB, SUBBED, "=publish t hello qos 1", "32 r10 s1 't' m1 'hello'", "40 r2 m1", "" },
	  "connect c\nsubscribe t 1\nt hello\nlost c\n" },
	{ "QoS 2 to the client", "b.x",
	  { CONNECT, OK, "82 r6 m1 s1 't' 02", "90 r3 m1 02", "=publish t x qos 2", "34 r6 s1 't' m1 'x'", "50 r2 m1", "62 r2 m1",
	    "70 r2 m1", "" }, "connect c\nsubscribe t 2\nt x\nlost c\n" },
	{ "several filters, one of them wrong", "b.x",
	  { CONNECT, OK, "82 r15 m7 s1 't' 00 s2 'a#' 01 s1 '+' 02", "90 r5 m7 00 80 02", "A2 r5 m8 s1 't'", "B0 r2 m8",
	    "30 r4 s1 't' 'a'", "30 r4 s1 't' 'a'", "A2 r5 m9 s1 '+'", "B0 r2 m9", "30 r4 s1 't' 'a'", "" },
	  "connect c\nsubscribe t 0\nsubscribe a# 1\nsubscribe + 2\nunsubscribe t\nt a\nunsubscribe +\nt a\nlost c\n" },
	{ "retained comes behind SUBACK", "b.x",
	  { CONNECT, OK, "31 r4 s1 't' 'r'", "", SUB, SUBBED " 31 r4 s1 't' 'r'" }, "connect c\nt r\nsubscribe t 1\nlost c\n" },
	{ "retained comes before SUBACK", "early.x",
	  { CONNECT, OK, "31 r4 s1 't' 'r'", "", SUB, "31 r4 s1 't' 'r' " SUBBED }, "connect c\nt r\nsubscribe t 1\nlost c\n" },
	{ "3.1", "b.x", { "10 r15 s6 'MQIsdp' 03 02 m60 s1 'c'", OK }, "connect c\nlost c\n" },
	{ "3.1 without an id", "b.x", { "10 r14 s6 'MQIsdp' 03 02 m60 s0", "20 r2 00 02", "", "!closed CONNACK 2" }, "refused  2\n" },
	{ "5.0", "b.x", { "10 r13 s4 'MQTT' 05 02 m60 00 s0", "20 r2 00 01", "", "!closed protocol level 5" }, "refused  1\n" },
	{ "unavailable", "no.x", { CONNECT, "20 r2 00 03", "", "!closed CONNACK 3" }, "refused c 3\n" },
	{ "credentials", "login.x", { "10 r19 s4 'MQTT' 04 C2 m60 s1 'c' s1 'u' s1 'p'", OK }, "connect c\nlost c\n" },
	{ "no credentials", "login.x", { CONNECT, "20 r2 00 05", "", "!closed CONNACK 5" }, "refused c 5\n" },
	{ "wrong credentials", "login.x", { "10 r19 s4 'MQTT' 04 C2 m60 s1 'c' s1 'u' s1 'q'", "20 r2 00 04", "", "!closed CONNACK 4" },
	  "refused c 4\n" },
	{ "forbidden: closed", "acl.x", { CONNECT, OK, "32 r10 s6 'secret' m1", "!closed forbids publishing to \"secret\"" },
	  "connect c\nlost c\n" },
	{ "forbidden: forgotten", "soft.x", { CONNECT, OK, "32 r10 s6 'secret' m1", "40 r2 m1", "82 r11 m2 s6 'secret' 00", "90 r3 m2 80" },
	  "connect c\nsubscribe secret 0\nlost c\n" },
	{ "forbidden subscription: closed", "acl.x", { CONNECT, OK, "82 r11 m2 s6 'secret' 00", "!closed forbids this subscription" },
	  "connect c\nlost c\n" },
	{ "close_before_connack", "shy.x", { CONNECT, "!closed close_before_connack" }, "" },
	{ "close_after_connect", "shut.x", { CONNECT, "!closed close_after_connect" }, "" },
	{ "reset_after_connect", "rst.x", { CONNECT, "!reset reset_after_connect" }, "" },
	{ "mute", "mute.x", { CONNECT, "" }, "" },
	{ "no answers", "noack.x", { CONNECT, OK, "32 r5 s1 't' m1", "", SUB, "", "C0 r0", "" },
	  "connect c\nt \nsubscribe t 1\nlost c\n" },
	{ "drop_on_publish", "pdrop.x", { CONNECT, OK, "30 r3 s1 't'", "!closed drop_on_publish" }, "connect c\nlost c\n" },
	{ "drop_on_subscribe", "sdrop.x", { CONNECT, OK, SUB, "!closed drop_on_subscribe" }, "connect c\nlost c\n" },
	{ "duplicate_publish", "dup.x", { CONNECT, OK, SUB, SUBBED, "=publish t x qos 1", "32 r6 s1 't' m1 'x' 32 r6 s1 't' m1 'x'" },
	  "connect c\nsubscribe t 1\nt x\nlost c\n" },
	{ "will", "b.x", { "10 r20 s4 'MQTT' 04 0E m60 s1 'c' s1 'w' s2 'hi'", OK, "=drop reset", "!reset control: drop" },
	  "connect c\nlost c\nw hi\n" },
	{ "goodbye: no will", "b.x", { "10 r20 s4 'MQTT' 04 0E m60 s1 'c' s1 'w' s2 'hi'", OK, "E0 r0", "!closed DISCONNECT" },
	  "connect c\ndisconnect c\n" },
	{ "no CONNECT first", "b.x", { "C0 r0", "!closed the first packet is no CONNECT" }, "" },
	{ "a second CONNECT", "b.x", { CONNECT, OK, CONNECT, "!closed a second CONNECT" }, "connect c\nlost c\n" },
	{ "no MQTT at all", "b.x", { "'GET / HTTP/1.1'", "!closed the flags of the fixed header" }, "" },
	{ "a broken packet", "b.x", { CONNECT, OK, "32 r5 s1 't' m0", "!closed packet identifier 0" }, "connect c\nlost c\n" },
	{ "packets in one piece", "b.x", { CONNECT " " SUB " C0 r0", OK " " SUBBED " D0 r0" }, "connect c\nsubscribe t 1\nlost c\n" },
};

struct talk {
	struct rig rig;
	struct stream_rig r;
	struct buf got;
	bool ended;
	enum link_status status;
	struct why why;
};

static void on_event(const struct link_stream_event *ev, void *ctx)
{
	struct talk *t = ctx;

	if (ev->type == LINK_STREAM_DATA)
		buf_add(&t->got, ev->data, ev->len);
	if (ev->type == LINK_STREAM_CLOSED) {
		t->ended = true;
		t->status = ev->status;
		t->why = *ev->why;
	}
}

static void talk_open(struct talk *t, const char *host, uint16_t port, const struct link_tls *tls)
{
	const struct link_stream_setup setup = { .host = host, .port = port, .tls = tls };

	t->r.stream = link_stream_open(t->rig.link, &setup, on_event, t);
	rig_wait_ms(&t->rig, 2000);
}

static void talk_start(struct talk *t, const char *host)
{
	memset(t, 0, sizeof(*t));
	rig_start(&t->rig, world);
	stream_rig_start(&t->r, &t->rig, NULL);
	buf_init(&t->got, 1 << 20);
	talk_open(t, host, 1883, NULL);
}

static void talk_stop(struct talk *t)
{
	stream_rig_stop(&t->r);
	rig_stop(&t->rig);
	buf_free(&t->got);
}

/* step: bytes that are sent at once, 0 for all. */
static void say(struct talk *t, const char *packets, size_t step)
{
	struct buf bytes;

	buf_init(&bytes, 1 << 16);
	mqtt_bytes(&bytes, packets);
	if (!step)
		step = bytes.len;
	for (size_t i = 0; i < bytes.len && !t->ended; i += step)
		link_stream_send(t->r.stream, bytes.data + i, bytes.len - i < step ? bytes.len - i : step);
	buf_free(&bytes);
}

static void turn(struct talk *t, const char *out, size_t step)
{
	struct buf reply;

	buf_init(&reply, 256);
	buf_reset(&t->got);
	if (*out == '=')
		ck_assert_msg(!link_control(t->rig.link, out + 1, &reply), "%s", buf_str(&reply));
	else
		say(t, out, step);
	rig_wait_ms(&t->rig, 1000);
	buf_free(&reply);
}

static void check_reply(struct talk *t, const char *what, const char *want)
{
	struct buf bytes, a, b;

	if (*want == '!') {
		ck_assert_msg(t->ended, "%s: not ended: %s", what, want);
		ck_assert_int_eq(t->status, want[1] == 'r' ? LINK_RESET : LINK_PEER_CLOSED);
		ck_assert_msg(why_says(&t->why, NULL, strchr(want, ' ') + 1), "%s: %s", what, t->why.step[0].text);
		return;
	}
	buf_init(&bytes, 1 << 16);
	buf_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	mqtt_bytes(&bytes, want);
	str_hex(&a, t->got.data, t->got.len);
	str_hex(&b, bytes.data, bytes.len);
	ck_assert_msg(!strcmp(buf_str(&a), buf_str(&b)), "%s: got %s, wanted %s", what, buf_str(&a), buf_str(&b));
	buf_free(&bytes);
	buf_free(&a);
	buf_free(&b);
}

/* The lines of the broker itself, without those of the socket. */
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
	struct buf seen;

	talk_start(&t, rows[row].host);
	for (size_t i = 0; rows[row].turn[i]; i += 2) {
		turn(&t, rows[row].turn[i], step);
		if (rows[row].turn[i + 1])
			check_reply(&t, rows[row].what, rows[row].turn[i + 1]);
	}
	link_stream_close(t.r.stream);
	t.r.stream = NULL;
	rig_wait_ms(&t.rig, 1000);
	buf_init(&seen, 1 << 20);
	buf_add(&seen, t.rig.broker.data, t.rig.broker.len);
	talk_stop(&t);
	check_broker(buf_str(&seen), rows[row].what, rows[row].broker);
	buf_free(&seen);
}

START_TEST(test_rows)
{
	play(_i, 0);
	play(_i, 1);
	for (size_t step = 2; step < 30; step++)
		play(_i, step);
}
END_TEST

/* A persistent session keeps what comes while its client is away, and what it has not acknowledged. */
START_TEST(test_persistent)
{
	struct talk t;

	talk_start(&t, "b.x");
	turn(&t, KEEP, 0);
	check_reply(&t, "new", OK);
	turn(&t, SUB, 0);
	turn(&t, "=publish t one qos 1", 0);
	check_reply(&t, "one", "32 r8 s1 't' m1 'one'");
	link_stream_close(t.r.stream);
	t.r.stream = NULL;
	rig_wait_ms(&t.rig, 1000);
	turn(&t, "=publish t two qos 1", 0);
	turn(&t, "=publish t lost", 0);
	talk_open(&t, "b.x", 1883, NULL);
	turn(&t, KEEP, 0);
	check_reply(&t, "again", "20 r2 01 00 32 r8 s1 't' m1 'one' 32 r8 s1 't' m2 'two'");
	talk_stop(&t);
}
END_TEST

START_TEST(test_keepalive)
{
	struct talk t;

	talk_start(&t, "b.x");
	turn(&t, "10 r13 s4 'MQTT' 04 02 m2 s1 'c'", 0);
	rig_wait_ms(&t.rig, 1500);
	turn(&t, "C0 r0", 0);
	check_reply(&t, "in time", "D0 r0");
	rig_wait_ms(&t.rig, 1000);
	ck_assert(!t.ended);
	rig_wait_ms(&t.rig, 1500);
	check_reply(&t, "late", "!closed one and a half times the keep-alive");
	talk_stop(&t);
}
END_TEST

/* CONNACK comes when it would come to the modem's own client. */
START_TEST(test_connack_time)
{
	struct talk t;
	uint64_t from;

	talk_start(&t, "b.x");
	from = clock_now_us(t.rig.clock);
	say(&t, CONNECT, 0);
	while (!t.got.len)
		ck_assert(clock_step(t.rig.clock));
	ck_assert_uint_eq(clock_now_us(t.rig.clock) - from, 381000);
	talk_stop(&t);
}
END_TEST

/* The modem's own client and one over a socket meet at one broker; the same id throws the first one out. */
START_TEST(test_both_clients)
{
	struct peer own;
	struct talk t;

	talk_start(&t, "b.x");
	turn(&t, CONNECT, 0);
	turn(&t, SUB, 0);
	peer_up(&t.rig, &own, "b.x", "own");
	peer_subscribe(&own, "u", 0);
	rig_wait_ms(&t.rig, 1000);
	peer_publish(&own, "t", "hello", 1, false);
	buf_reset(&t.got);
	rig_wait_ms(&t.rig, 1000);
	check_reply(&t, "to the socket", "32 r10 s1 't' m1 'hello'");
	turn(&t, "30 r5 s1 'u' 'yo'", 0);
	ck_assert(strstr(buf_str(&own.log), "msg u yo q0"));
	peer_stop(&own);
	peer_up(&t.rig, &own, "b.x", "c");
	rig_wait_ms(&t.rig, 1000);
	check_reply(&t, "thrown out", "!closed another client came with the same id");
	peer_stop(&own);
	talk_stop(&t);
}
END_TEST

/* What a client that does not read is sent stays within bounds and is complete in the end. */
START_TEST(test_slow_client)
{
	enum { MESSAGES = 300, BYTES = 1000 };
	char text[BYTES + 1];
	struct buf line, reply;
	struct talk t;

	memset(text, 'x', BYTES);
	text[BYTES] = '\0';
	buf_init(&line, 4096);
	buf_init(&reply, 4096);
	talk_start(&t, "b.x");
	turn(&t, CONNECT, 0);
	turn(&t, SUB, 0);
	buf_reset(&t.got);
	link_stream_pause(t.r.stream, true);
	for (int i = 0; i < MESSAGES; i++) {
		buf_reset(&line);
		buf_addf(&line, "publish t %s qos 1", text);
		link_control(t.rig.link, buf_str(&line), &reply);
	}
	rig_wait_ms(&t.rig, 5000);
	ck_assert_uint_eq(t.got.len, 0);
	ck_assert_uint_le(((struct model_stream *)t.r.stream)->in.bytes, MODEL_WINDOW_BYTES);
	link_stream_pause(t.r.stream, false);
	rig_wait_ms(&t.rig, 5000);
	ck_assert_uint_eq(t.got.len, MESSAGES * (1 + 2 + 3 + 2 + BYTES));
	buf_free(&line);
	buf_free(&reply);
	talk_stop(&t);
}
END_TEST

/* Over TLS (AT+CCH*): without a name in the ClientHello the broker of many cannot tell whose client this is. */
START_TEST(test_no_sni)
{
	struct link_tls tls = RIG_TLS;
	struct talk t;

	talk_start(&t, "b.x");
	link_stream_close(t.r.stream);
	tls.send_sni = _i;
	talk_open(&t, "sni.x", 8883, &tls);
	turn(&t, CONNECT, 0);
	check_reply(&t, "sni", _i ? OK : "20 r2 00 05");
	talk_stop(&t);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("mqtt_server");
	TCase *t = tcase_create("server");

	tcase_add_loop_test(t, test_rows, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, test_persistent);
	tcase_add_test(t, test_keepalive);
	tcase_add_test(t, test_connack_time);
	tcase_add_test(t, test_both_clients);
	tcase_add_test(t, test_slow_client);
	tcase_add_loop_test(t, test_no_sni, 0, 2);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return rig_main(s);
}
