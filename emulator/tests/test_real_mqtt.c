/* MQTT sessions with a real mosquitto: all that a session does, and every way in which it ends. */
#include "tests/test_real_peer.h"

#define ANYBODY "allow_anonymous true\n"

struct fixture {
	struct broker_child broker;
	struct real_rig rig;
};

static void start(struct fixture *f, const char *conf)
{
	broker_prepare(&f->broker);
	broker_start(&f->broker, conf);
	real_rig_start_at(&f->rig, f->broker.port);
}

static void stop(struct fixture *f)
{
	real_rig_stop(&f->rig);
	broker_stop(&f->broker);
}

/* --- messages ------------------------------------------------------------------------------------------------------- */

START_TEST(test_qos)
{
	int qos = _i % 3, version = _i < 3 ? 4 : 3;
	struct peer a, b;
	struct fixture f;
	char line[64];

	start(&f, ANYBODY);
	peer_start(&f.rig, &a, (struct link_mqtt_setup){ .client_id = "a", .clean = true, .version = version });
	peer_wait(&a);
	ck_assert_int_eq(a.status, LINK_OK);
	peer_up(&f.rig, &b, "b");
	ck_assert_int_eq(peer_subscribe(&b, "t/#", qos), 1);
	peer_wait_for(&b, "sub 1 0\n");
	ck_assert_int_eq(peer_publish(&a, "t/1", "hello", qos, false), 1);
	ck_assert_str_eq(buf_str(&a.log), ""); /* never from inside the call */
	peer_wait_for(&a, "pub 1 0\n");
	snprintf(line, sizeof(line), "msg t/1 hello q%d\n", qos);
	peer_wait_for(&b, line);
	ck_assert_int_eq(peer_publish(&a, "u/1", "not for b", qos, false), 2);
	ck_assert_int_eq(peer_publish(&a, "t/2", "", qos, false), 3);
	snprintf(line, sizeof(line), "msg t/2  q%d\n", qos);
	peer_wait_for(&b, line);
	peer_wait_for(&a, "pub 3 0\n");
	peer_stop(&a);
	peer_stop(&b);
	stop(&f);
}
END_TEST

START_TEST(test_retained)
{
	struct peer a, b;
	struct fixture f;

	start(&f, ANYBODY);
	peer_up(&f.rig, &a, "a");
	peer_publish(&a, "t", "kept", 1, true);
	peer_wait_for(&a, "pub 1 0\n");
	peer_up(&f.rig, &b, "b");
	peer_subscribe(&b, "t", 2);
	peer_wait_for(&b, "msg t kept q1 retain\n");
	peer_stop(&a);
	peer_stop(&b);
	stop(&f);
}
END_TEST

/* Several filters of different QoS are one operation with one event. */
START_TEST(test_filters)
{
	const struct link_mqtt_topic t[] = { { "a/1", 3, 0 }, { "a/2", 3, 0 }, { "b", 1, 2 }, { "c", 1, 1 } };
	struct peer a, b;
	struct fixture f;

	start(&f, ANYBODY);
	peer_up(&f.rig, &a, "a");
	peer_up(&f.rig, &b, "b");
	ck_assert_int_eq(link_mqtt_subscribe(b.m, t, 4), 1);
	peer_wait_for(&b, "sub 1 0\n");
	peer_publish(&a, "a/2", "x", 2, false);
	peer_publish(&a, "b", "y", 2, false);
	peer_publish(&a, "c", "z", 2, false);
	peer_wait_for(&b, "msg a/2 x q0\n");
	peer_wait_for(&b, "msg b y q2\n");
	peer_wait_for(&b, "msg c z q1\n");
	ck_assert_int_eq(link_mqtt_unsubscribe(b.m, t + 1, 2), 2);
	peer_wait_for(&b, "unsub 2 0\n");
	peer_publish(&a, "b", "not any more", 0, false);
	peer_publish(&a, "c", "last", 0, false);
	peer_wait_for(&b, "msg c last q0\n");
	ck_assert_ptr_null(strstr(buf_str(&b.log), "not any more"));
	peer_stop(&a);
	peer_stop(&b);
	stop(&f);
}
END_TEST

START_TEST(test_bad_arguments)
{
	struct link_mqtt_topic nul = { "a\0b", 3, 0 };
	struct peer a;
	struct fixture f;

	start(&f, ANYBODY);
	peer_up(&f.rig, &a, "a");
	ck_assert_int_eq(peer_publish(&a, "t/+", "x", 0, false), -EINVAL);
	ck_assert_int_eq(peer_publish(&a, "t\xff", "x", 1, false), -EINVAL);
	ck_assert_int_eq(peer_publish(&a, "t", "x", 3, false), -EINVAL);
	ck_assert_int_eq(link_mqtt_publish(a.m, "a\0b", 3, "x", 1, 0, false, false), -EINVAL);
	ck_assert_int_eq(link_mqtt_subscribe(a.m, &nul, 1), -EINVAL);
	ck_assert_int_eq(link_mqtt_subscribe(a.m, &nul, 0), -EINVAL);
	ck_assert_int_eq(peer_subscribe(&a, "a/#/b", 0), -EINVAL);
	ck_assert_int_gt(peer_publish(&a, "t", "x", 1, false), 0);
	peer_wait_for(&a, "pub ");
	peer_stop(&a);
	stop(&f);
}
END_TEST

/* A session that the broker keeps: what came in the meantime is told right behind the CONNACK. */
START_TEST(test_kept_session)
{
	struct link_mqtt_setup keep = { .client_id = "b" };
	struct peer a, b;
	struct fixture f;

	start(&f, ANYBODY);
	peer_up(&f.rig, &a, "a");
	peer_start(&f.rig, &b, keep);
	peer_wait(&b);
	peer_subscribe(&b, "t", 1);
	peer_wait_for(&b, "sub 1 0\n");
	ck_assert_int_gt(link_mqtt_disconnect(b.m), 0);
	peer_wait_for(&b, "disc 0 0\n");
	peer_stop(&b);
	peer_publish(&a, "t", "one", 1, false);
	peer_publish(&a, "t", "two", 1, false);
	peer_wait_for(&a, "pub 2 0\n");
	peer_start(&f.rig, &b, keep);
	peer_wait_for(&b, "msg t one q1\nmsg t two q1\n");
	ck_assert(b.done);
	peer_stop(&a);
	peer_stop(&b);
	stop(&f);
}
END_TEST

/* --- the end -------------------------------------------------------------------------------------------------------- */

/* A client that vanishes leaves its will, one that disconnects takes it along. */
START_TEST(test_will)
{
	struct link_mqtt_setup setup = { .client_id = "a", .clean = true,
					 .will = { .topic = "will", .payload = "gone", .len = 4, .qos = 1 } };
	struct peer a, b;
	struct fixture f;

	start(&f, ANYBODY);
	peer_up(&f.rig, &b, "b");
	peer_subscribe(&b, "#", 2);
	peer_wait_for(&b, "sub 1 0\n");
	peer_start(&f.rig, &a, setup);
	peer_wait(&a);
	if (_i) {
		ck_assert_int_gt(link_mqtt_disconnect(a.m), 0);
		ck_assert_int_eq(link_mqtt_disconnect(a.m), -ENOTCONN);
		ck_assert_int_eq(peer_publish(&a, "t", "x", 0, false), -ENOTCONN);
		peer_wait_for(&a, "disc 0 0\n");
	}
	peer_stop(&a);
	peer_publish(&b, "end", "", 1, false);
	peer_wait_for(&b, "msg end  q1\n");
	if (_i)
		ck_assert_ptr_null(strstr(buf_str(&b.log), "gone"));
	else
		peer_wait_for(&b, "msg will gone q1\n");
	peer_stop(&b);
	stop(&f);
}
END_TEST

static const struct {
	const char *what, *conf;
	struct link_mqtt_setup setup;
	enum link_status status;
	int code;
	const char *rule, *text;
} refused[] = {
	{ "anybody", ANYBODY, { .client_id = "c", .clean = true }, LINK_OK, 0, NULL, NULL },
	{ "no name given", "password_file passwd\n", { .client_id = "c", .clean = true }, LINK_CONNACK, 5, "broker",
	  "wants a user name and password and none were given" },
	{ "wrong password", "password_file passwd\n",
	  { .client_id = "c", .clean = true, .user = "u", .password = "no" }, LINK_CONNACK, 5, "broker",
	  "does not let this user in" },
	{ "right password", "password_file passwd\n",
	  { .client_id = "c", .clean = true, .user = "u", .password = "secret" }, LINK_OK, 0, NULL, NULL },
	{ "id not text", ANYBODY, { .client_id = "\xff\xfe", .clean = true }, LINK_REFUSED, 0, "broker",
	  "libmosquitto makes no client" },
	{ "no id, session kept", ANYBODY, { .client_id = "" }, LINK_REFUSED, 0, "broker", "libmosquitto makes no client" },
	{ "no id", ANYBODY, { .client_id = "", .clean = true }, LINK_OK, 0, NULL, NULL },
};

START_TEST(test_refused)
{
	struct peer a;
	struct fixture f;

	broker_prepare(&f.broker);
	/* mosquitto_passwd -b passwd u secret */
	broker_write(&f.broker, "passwd", "u:$7$101$4et7DTFYhGKU6IWd$p6Xj0OxSI1MT0EylENqSDyvUQMksXlRWM1"
					  "k0bPie9TojgfxvgsrxLw/nFPci03aG7geq/M3EtdFCz4sGIfjZ9w==\n");
	broker_start(&f.broker, refused[_i].conf);
	real_rig_start_at(&f.rig, f.broker.port);
	peer_start(&f.rig, &a, refused[_i].setup);
	peer_wait(&a);
	ck_assert_msg(a.status == refused[_i].status, "%s: %s", refused[_i].what, link_status_text(a.status));
	ck_assert_int_eq(a.code, refused[_i].code);
	ck_assert_int_eq(a.why.n != 0, a.status != LINK_OK);
	if (refused[_i].rule)
		ck_assert_msg(real_why_says(&a.why, refused[_i].rule, refused[_i].text), "%s: %s", refused[_i].what,
			      a.why.step[0].text);
	peer_stop(&a);
	stop(&f);
}
END_TEST

/* A broker that stands still and is then killed: what is under way ends first. */
START_TEST(test_broker_killed)
{
	struct peer a;
	struct fixture f;

	start(&f, ANYBODY);
	peer_up(&f.rig, &a, "a");
	if (_i)
		kill(f.broker.pid, SIGSTOP);
	if (_i)
		ck_assert_int_eq(peer_publish(&a, "t", "x", 1, false), 1);
	broker_kill(&f.broker, SIGKILL);
	peer_wait_for(&a, "lost 0 ");
	/* With our publish unread the kernel resets, else it closes. */
	ck_assert_str_eq(buf_str(&a.log), _i ? "pub 1 4 why\nlost 0 4 why\n" : "lost 0 5 why\n");
	ck_assert(real_why_says(&a.last_why, "broker", _i ? "has reset" : "has closed the connection"));
	ck_assert_int_eq(peer_publish(&a, "t", "x", 0, false), -ENOTCONN);
	peer_stop(&a);
	stop(&f);
}
END_TEST

START_TEST(test_network_lost)
{
	struct peer up, opening, late;
	struct fixture f;

	start(&f, ANYBODY);
	peer_up(&f.rig, &up, "up");
	kill(f.broker.pid, SIGSTOP);
	peer_publish(&up, "t", "x", 1, false);
	peer_start(&f.rig, &opening, (struct link_mqtt_setup){ .client_id = "opening" });
	for (int i = 0; i < _i; i++)
		loop_poll(f.rig.loop);
	link_set_network(f.rig.link, false);
	ck_assert_str_eq(buf_str(&up.log), ""); /* not from inside the call */
	peer_wait_for(&up, "pub 1 11 why\nlost 0 11 why\n");
	peer_wait(&opening);
	ck_assert_int_eq(opening.status, LINK_NO_NETWORK);
	ck_assert(real_why_says(&opening.why, "net", "bearer"));
	kill(f.broker.pid, SIGCONT);
	peer_start(&f.rig, &late, (struct link_mqtt_setup){ .client_id = "late" });
	peer_wait(&late);
	ck_assert_int_eq(late.status, LINK_NO_NETWORK);
	peer_stop(&late);
	link_set_network(f.rig.link, true);
	peer_up(&f.rig, &late, "late");
	peer_stop(&up);
	peer_stop(&opening);
	peer_stop(&late);
	stop(&f);
}
END_TEST

/* Closed after each turn of the loop, with messages and an answer on their way. */
START_TEST(test_close_at_each_stage)
{
	struct peer a;
	struct fixture f;

	start(&f, ANYBODY);
	peer_start(&f.rig, &a, (struct link_mqtt_setup){ .client_id = "a", .clean = true });
	for (int i = 0; i < _i; i++) {
		loop_poll(f.rig.loop);
		if (i == 12 && a.status == LINK_OK && a.done) {
			peer_subscribe(&a, "#", 2);
			peer_publish(&a, "t", "x", 2, false);
		}
	}
	peer_stop(&a);
	stop(&f);
}
END_TEST

/* From inside CONNECTED, SUBSCRIBED, a MESSAGE, LOST. */
START_TEST(test_close_inside)
{
	struct peer a;
	struct fixture f;

	start(&f, ANYBODY);
	if (_i == 0) {
		peer_start(&f.rig, &a, (struct link_mqtt_setup){ .client_id = "a", .clean = true });
		a.close_inside = true;
		peer_wait(&a);
	} else {
		peer_up(&f.rig, &a, "a");
		peer_subscribe(&a, "t", 0);
		if (_i == 1)
			a.close_inside = true;
		peer_wait_for(&a, "sub 1 0\n");
	}
	if (_i == 2) {
		a.close_inside = true;
		peer_publish(&a, "t", "x", 1, false);
		peer_wait_for(&a, "1");
	} else if (_i == 3) {
		a.close_inside = true;
		broker_kill(&f.broker, SIGKILL);
		peer_wait_for(&a, "lost");
	}
	real_rig_until(&f.rig, real_rig_is_true, &(bool){ true });
	ck_assert(_i == 2 || !a.m);
	peer_stop(&a);
	stop(&f);
}
END_TEST

/* --- a lot of it ---------------------------------------------------------------------------------------------------- */

enum { BURST = 1000 };

static bool has_burst(void *ctx)
{
	return ((struct peer *)ctx)->messages >= BURST;
}

static void check_burst(const struct peer *b, int qos)
{
	const char *at = buf_str(&b->log);
	char line[64];

	for (int i = 0; i < BURST; i++) {
		snprintf(line, sizeof(line), "msg t message-%d q%d\n", i, qos);
		at = strstr(at, line);
		ck_assert_msg(at, "message %d is missing or out of order", i);
	}
	ck_assert_uint_eq(b->messages, BURST);
}

/* Nothing is lost, doubled or out of order, though the host stops reading again and again. */
START_TEST(test_burst)
{
	int qos = _i % 3;
	bool held = false;
	struct peer a, b;
	struct fixture f;
	char text[32];

	start(&f, ANYBODY "max_queued_messages 0\nmax_inflight_messages 0\n");
	peer_up(&f.rig, &a, "a");
	peer_up(&f.rig, &b, "b");
	peer_subscribe(&b, "t", qos);
	peer_wait_for(&b, "sub 1 0\n");
	for (int i = 0; i < BURST; i++) {
		snprintf(text, sizeof(text), "message-%d", i);
		ck_assert_int_gt(peer_publish(&a, "t", text, qos, false), 0);
		if (i % 50 == 49 && _i >= 3) {
			held = !held;
			link_hold(f.rig.link, held);
			loop_poll(f.rig.loop);
		}
	}
	link_hold(f.rig.link, false);
	ck_assert_msg(real_rig_until(&f.rig, has_burst, &b), "%u of %d messages", b.messages, BURST);
	check_burst(&b, qos);
	peer_stop(&a);
	peer_stop(&b);
	stop(&f);
}
END_TEST

/* While the host does not read, nothing is told, and the broker keeps what does not fit into the sockets. */
START_TEST(test_hold)
{
	struct peer a, b;
	struct fixture f;

	start(&f, ANYBODY);
	peer_up(&f.rig, &a, "a");
	peer_up(&f.rig, &b, "b");
	peer_subscribe(&b, "t", 1);
	peer_wait_for(&b, "sub 1 0\n");
	link_hold(f.rig.link, true);
	peer_publish(&a, "t", "x", 0, false);
	peer_publish(&a, "t", "y", 0, false);
	peer_wait_for(&a, "pub 2 0\n");
	for (int i = 0; i < 20; i++)
		loop_poll(f.rig.loop);
	ck_assert_uint_eq(b.messages, 0);
	link_hold(f.rig.link, false);
	peer_wait_for(&b, "msg t x q0\nmsg t y q0\n");
	peer_stop(&a);
	peer_stop(&b);
	stop(&f);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("real mqtt");
	TCase *t = tcase_create("mqtt");

	tcase_add_loop_test(t, test_qos, 0, 6);
	tcase_add_test(t, test_retained);
	tcase_add_test(t, test_filters);
	tcase_add_test(t, test_bad_arguments);
	tcase_add_test(t, test_kept_session);
	tcase_add_loop_test(t, test_will, 0, 2);
	tcase_add_loop_test(t, test_refused, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_loop_test(t, test_broker_killed, 0, 2);
	tcase_add_loop_test(t, test_network_lost, 0, 4);
	tcase_add_loop_test(t, test_close_at_each_stage, 0, 24);
	tcase_add_loop_test(t, test_close_inside, 0, 4);
	tcase_add_loop_test(t, test_burst, 0, 6);
	tcase_add_test(t, test_hold);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return real_rig_main(s);
}
