/* How a real session begins and ends with brokers of all kinds of manners: each by a script, byte by byte. */
#include "tests/test_real_fake.h"

#define UP "< >20020000 "

struct fixture {
	struct fake fake;
	struct real_rig rig;
};

static void start(struct fixture *f, const char *script, double speed)
{
	fake_start(&f->fake, script);
	real_rig_start_at_fast(&f->rig, f->fake.port, speed);
}

static void stop(struct fixture *f)
{
	real_rig_stop(&f->rig);
	fake_stop(&f->fake);
}

/* --- until the CONNACK ---------------------------------------------------------------------------------------------- */

static const struct {
	const char *what, *script;
	bool user;
	enum link_status status;
	int code;
	const char *rule, *text;
} rows[] = {
	{ "in one piece", UP ".", false, LINK_OK, 0, NULL, NULL },
	{ "byte by byte", "< >20 >02 >00 >00 .", false, LINK_OK, 0, NULL, NULL },
	{ "CONNACK 1", "< >20020001 .", false, LINK_CONNACK, 1, "broker", "protocol level" },
	{ "CONNACK 2", "< >20020002 .", false, LINK_CONNACK, 2, "broker", "client id" },
	{ "CONNACK 3", "< >20020003 .", false, LINK_CONNACK, 3, "broker", "not ready" },
	{ "CONNACK 4", "< >20020004 .", true, LINK_CONNACK, 4, "broker", "does not know this user name and password" },
	{ "CONNACK 5", "< >20020005 x", true, LINK_CONNACK, 5, "broker", "does not let this user in" },
	{ "CONNACK 5, no name", "< >20020005 !", false, LINK_CONNACK, 5, "broker", "none were given" },
	{ "CONNACK 6", "< >20020006 .", false, LINK_PEER_CLOSED_AFTER, 0, "broker", "no CONNACK" },
	{ "something else", "< >485454502f312e310d0a .", false, LINK_PEER_CLOSED_AFTER, 0, "broker", "no CONNACK" },
	{ "PUBLISH first", "< >3003000174 .", false, LINK_PEER_CLOSED_AFTER, 0, "broker", "no CONNACK" },
	{ "a TLS alert", "< >15030100020246 x", false, LINK_PEER_CLOSED_AFTER, 0, "tls",
	  "speaks TLS and the client is a plain one" },
	{ "closes on CONNECT", "< x", false, LINK_PEER_CLOSED_AFTER, 0, "broker", "closes on CONNECT" },
	{ "resets on CONNECT", "< !", false, LINK_RESET, 0, "broker", "resets the connection" },
	{ "does not even read it", "!", false, LINK_RESET, 0, "broker", "resets the connection" },
	{ "half a CONNACK", "< >2002 x", false, LINK_PEER_CLOSED_AFTER, 0, "broker", "closes on CONNECT" },
	{ "never answers", "< .", false, LINK_TIMEOUT, 0, "time", "no CONNACK comes" },
};

START_TEST(test_connack)
{
	struct link_mqtt_setup setup = { .client_id = "c", .clean = true, .user = rows[_i].user ? "u" : NULL };
	bool mute = rows[_i].status == LINK_TIMEOUT;
	struct fixture f;
	struct peer p;

	start(&f, rows[_i].script, mute ? 1000 : 1);
	peer_start(&f.rig, &p, setup);
	peer_wait(&p);
	ck_assert_msg(p.status == rows[_i].status, "%s: %s", rows[_i].what, link_status_text(p.status));
	ck_assert_int_eq(p.code, rows[_i].code);
	ck_assert_int_eq(p.why.n != 0, p.status != LINK_OK);
	if (rows[_i].rule)
		ck_assert_msg(real_why_says(&p.why, rows[_i].rule, rows[_i].text), "%s: %s", rows[_i].what,
			      p.why.step[0].text);
	if (mute)
		ck_assert_uint_ge(clock_now_us(f.rig.clock), 120000000);
	ck_assert_ptr_nonnull(strstr(buf_str(&f.rig.model), "b.x:1883 is 127.0.0.1:"));
	ck_assert_ptr_nonnull(strstr(buf_str(&f.rig.model), "(test.yaml:3), plain\n"));
	peer_stop(&p);
	stop(&f);
}
END_TEST

/* Nobody listens, or nobody answers a SYN: one that does not accept and whose queue is full. */
START_TEST(test_no_tcp)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM, 0), filler[4] = { -1, -1, -1, -1 };
	struct real_rig r;
	struct peer p;

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&addr, n), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&addr, &n), 0);
	if (_i) {
		ck_assert_int_eq(listen(listener, 0), 0);
		for (int i = 0; i < 4; i++) {
			filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
			ck_assert(!connect(filler[i], (struct sockaddr *)&addr, n) || errno == EINPROGRESS);
		}
	}
	real_rig_start_at_fast(&r, ntohs(addr.sin_port), _i ? 1000 : 1);
	peer_start(&r, &p, (struct link_mqtt_setup){ .client_id = "c", .clean = true });
	peer_wait(&p);
	ck_assert_int_eq(p.status, _i ? LINK_TIMEOUT : LINK_REFUSED);
	ck_assert_msg(real_why_says(&p.why, _i ? "time" : "tcp", _i ? "nothing answers" : "Connection refused"), "%s",
		      p.why.step[0].text);
	peer_stop(&p);
	real_rig_stop(&r);
	for (int i = 0; i < 4; i++)
		close(filler[i]);
	close(listener);
}
END_TEST

START_TEST(test_no_name)
{
	struct real_rig r;
	struct peer p;

	real_rig_start(&r, "schema: 1\nhosts:\n  - {match: b.x, real: no-such-name.invalid}\n");
	r.link->o.allow_network = true;
	peer_start(&r, &p, (struct link_mqtt_setup){ .client_id = "c", .clean = true });
	peer_wait(&p);
	ck_assert_int_eq(p.status, LINK_DNS);
	ck_assert(real_why_says(&p.why, "dns", "\"no-such-name.invalid\" has no address"));
	peer_stop(&p);
	real_rig_stop(&r);
}
END_TEST

/* --- a session that is up ---------------------------------------------------------------------------------------------- */

static void up(struct fixture *f, struct peer *p, const char *script, double speed, uint16_t keepalive_s)
{
	start(f, script, speed);
	peer_start(&f->rig, p, (struct link_mqtt_setup){ .client_id = "c", .clean = true, .keepalive_s = keepalive_s });
	peer_wait(p);
	ck_assert_int_eq(p->status, LINK_OK);
}

START_TEST(test_rejected_filter)
{
	struct fixture f;
	struct peer p;

	up(&f, &p, UP "< >9003000180 < = .", 1, 0);
	peer_subscribe(&p, "secret", 1);
	peer_wait_for(&p, "sub 1 12 why\n");
	ck_assert(real_why_says(&p.last_why, "broker", "b.x refuses the filter: SUBACK 0x80"));
	peer_subscribe(&p, "open", 0);
	peer_wait_for(&p, "sub 2 0\n");
	peer_stop(&p);
	stop(&f);
}
END_TEST

/* A broker that answers a forbidden publish by closing or resetting: the publish ends first. */
START_TEST(test_publish_refused)
{
	static const struct {
		const char *script, *log, *text;
	} ways[] = {
		{ UP "< x", "pub 1 6 why\nlost 0 5 why\n", "has closed the connection while its answer was awaited" },
		{ UP "< !", "pub 1 4 why\nlost 0 4 why\n", "has reset the connection" },
		{ UP "< >ff00 .", "pub 1 6 why\nlost 0 5 why\n", "sent what is no MQTT" },
	};
	struct fixture f;
	struct peer p;

	up(&f, &p, ways[_i].script, 1, 0);
	peer_publish(&p, "t", "x", 1, false);
	peer_wait_for(&p, "lost");
	if (_i < 2)
		ck_assert_str_eq(buf_str(&p.log), ways[_i].log);
	ck_assert_msg(real_why_says(&p.last_why, "broker", ways[_i].text), "%s", p.last_why.step[0].text);
	peer_stop(&p);
	stop(&f);
}
END_TEST

/* QoS 1 and 2 from the broker, each byte on its own. */
START_TEST(test_message_in_bytes)
{
	struct fixture f;
	struct peer p;

	up(&f, &p, UP ">32 >06 >00 >01 >74 >00 >07 >61 < >34 >05 >00 >01 >74 >00 >08 < >62 >02 >00 >08 < .", 1, 0);
	peer_wait_for(&p, "msg t a q1\nmsg t  q2\n");
	while (!atomic_load(&f.fake.over) && f.fake.n_types < 4)
		loop_poll(f.rig.loop);
	peer_stop(&p);
	stop(&f);
	ck_assert_uint_eq(f.fake.n_types, 4);
	ck_assert_uint_eq(f.fake.types[1], 0x40); /* PUBACK */
	ck_assert_uint_eq(f.fake.types[2], 0x50); /* PUBREC */
	ck_assert_uint_eq(f.fake.types[3], 0x70); /* PUBCOMP */
}
END_TEST

/*
 * One ping is answered, the next is not, and the session stays. libmosquitto counts in real seconds and knows no interval
 * below 5 s.
 */
START_TEST(test_ping)
{
	struct fixture f;
	struct peer p;

	up(&f, &p, UP "< >d000 < .", 5, 3);
	ck_assert_ptr_nonnull(strstr(buf_str(&f.rig.model), "keep-alive 3 is sent to the real broker as 5\n"));
	peer_wait_for(&p, "ping 0 3 why\n");
	ck_assert(real_why_says(&p.last_why, "broker", "b.x did not answer PINGREQ"));
	ck_assert_int_gt(peer_publish(&p, "t", "x", 0, false), 0);
	peer_wait_for(&p, "pub 1 0\n");
	peer_stop(&p);
	stop(&f);
	ck_assert_uint_eq(f.fake.types[1], 0xc0);
	ck_assert_uint_eq(f.fake.types[2], 0xc0);
}
END_TEST

/* A broker that does not read: what does not fit waits, and goes with the session. */
START_TEST(test_full_socket)
{
	size_t n = 32 << 20;
	char *payload = calloc(1, n);
	struct fixture f;
	struct peer p;

	up(&f, &p, UP "@", 1, 0);
	ck_assert_int_eq(link_mqtt_publish(p.m, "t", 1, payload, n, _i, false, false), 1);
	for (int i = 0; i < 10; i++)
		loop_poll(f.rig.loop);
	ck_assert_str_eq(buf_str(&p.log), "");
	peer_stop(&p);
	stop(&f);
	free(payload);
}
END_TEST

/* DISCONNECT arrives although the broker goes on sending; one that does not close is left after a while. */
START_TEST(test_disconnect)
{
	static const char *const scripts[] = { UP ">3003000174 >3003000174 < x", UP "< .", UP "< @" };
	struct fixture f;
	struct peer p;
	uint64_t since;

	up(&f, &p, scripts[_i], _i < 2 ? 1 : 100, 0);
	since = clock_now_us(f.rig.clock);
	ck_assert_int_gt(link_mqtt_disconnect(p.m), 0);
	ck_assert_int_eq(peer_publish(&p, "t", "x", 0, false), -ENOTCONN);
	ck_assert_ptr_null(strstr(buf_str(&p.log), "disc"));
	peer_wait_for(&p, "disc 0 0\n");
	ck_assert_ptr_null(strstr(buf_str(&p.log), "lost"));
	ck_assert_int_eq(clock_now_us(f.rig.clock) - since >= 2000000, _i == 2);
	peer_stop(&p);
	stop(&f);
	ck_assert_uint_eq(f.fake.n_types, 2);
	ck_assert_uint_eq(f.fake.types[1], 0xe0);
}
END_TEST

/* A disconnect that cannot get through ends with the bearer, and is none the less a disconnect. */
START_TEST(test_disconnect_stuck)
{
	size_t n = 32 << 20;
	char *payload = calloc(1, n);
	struct fixture f;
	struct peer p;

	up(&f, &p, UP "@", 1, 0);
	link_mqtt_publish(p.m, "t", 1, payload, n, 0, false, false);
	ck_assert_int_gt(link_mqtt_disconnect(p.m), 0);
	for (int i = 0; i < 5; i++)
		loop_poll(f.rig.loop);
	ck_assert_str_eq(buf_str(&p.log), "");
	link_set_network(f.rig.link, false);
	peer_wait_for(&p, "disc 0 0\n");
	peer_stop(&p);
	stop(&f);
	free(payload);
}
END_TEST

/* The host stops reading at the first of two messages that have come together. */
START_TEST(test_hold_inside)
{
	struct fixture f;
	struct peer p;

	up(&f, &p, UP "@ >30040001746130040001746230040001 >7463 .", 1, 0);
	p.hold_inside = true;
	fake_go(&f.fake);
	peer_wait_for(&p, "msg t a q0\n");
	p.hold_inside = false;
	for (int i = 0; i < 10; i++)
		loop_poll(f.rig.loop);
	ck_assert_str_eq(buf_str(&p.log), "msg t a q0\n");
	link_hold(f.rig.link, false);
	peer_wait_for(&p, "msg t a q0\nmsg t b q0\nmsg t c q0\n");
	peer_stop(&p);
	stop(&f);
}
END_TEST

/* The connection is cut at every byte the broker sends. */
START_TEST(test_cut_everywhere)
{
	static const char *const bytes[] = { "20", "02", "00", "00", "90", "03", "00", "01", "00", "32", "06", "00", "01",
					     "74", "00", "07", "61" };
	char script[256] = "< ";
	struct fixture f;
	struct peer p;

	for (int i = 0; i < _i / 2; i++)
		snprintf(script + strlen(script), sizeof(script) - strlen(script), i == 4 ? "< >%s " : ">%s ", bytes[i]);
	snprintf(script + strlen(script), sizeof(script) - strlen(script), _i % 2 ? "!" : "x");
	start(&f, script, 1);
	peer_start(&f.rig, &p, (struct link_mqtt_setup){ .client_id = "c", .clean = true });
	peer_wait(&p);
	if (_i / 2 < 4) {
		ck_assert_int_ne(p.status, LINK_OK);
	} else {
		ck_assert_int_eq(p.status, LINK_OK);
		peer_subscribe(&p, "t", 1);
		peer_wait_for(&p, "lost 0 ");
	}
	peer_stop(&p);
	stop(&f);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("real mqtt ways");
	TCase *t = tcase_create("ways");

	tcase_add_loop_test(t, test_connack, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(t, test_no_tcp, 0, 2);
	tcase_add_test(t, test_no_name);
	tcase_add_test(t, test_rejected_filter);
	tcase_add_loop_test(t, test_publish_refused, 0, 3);
	tcase_add_test(t, test_message_in_bytes);
	tcase_add_test(t, test_ping);
	tcase_add_loop_test(t, test_full_socket, 0, 3);
	tcase_add_loop_test(t, test_disconnect, 0, 3);
	tcase_add_test(t, test_disconnect_stuck);
	tcase_add_test(t, test_hold_inside);
	tcase_add_loop_test(t, test_cut_everywhere, 0, 36);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return real_rig_main(s);
}
