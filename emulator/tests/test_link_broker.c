/* The modelled broker: topics, QoS, retained and queued messages, will, takeover, policy, control lines. */
#include <errno.h>

#include "link/topic.h"
#include "test_link_rig.h"

static const char world[] =
	"schema: 1\n"
	"hosts:\n"
	"  - {match: b.x, model: {}}\n"
	"  - match: aws.x\n"
	"    model: {acl: {deny_publish: [forbidden/#], deny_subscribe: [\"secret/+\"]}}\n"
	"  - match: polite.x\n"
	"    model: {acl: {deny_publish: [forbidden], deny_subscribe: [secret], action: refuse}}\n"
	"  - {match: early.x, model: {misbehave: [publish_before_suback]}}\n"
	"  - {match: twice.x, model: {misbehave: [duplicate_publish]}}\n"
	"  - {match: silent.x, model: {misbehave: [no_puback, no_suback, no_pingresp]}}\n"
	"  - {match: droppub.x, model: {misbehave: [drop_on_publish]}}\n"
	"  - {match: dropsub.x, model: {misbehave: [drop_on_subscribe]}}\n";

static const struct {
	const char *filter, *name;
	bool valid, match;
} topics[] = {
	{ "a", "a", true, true },
	{ "a", "b", true, false },
	{ "a", "a/b", true, false },
	{ "a/b", "a", true, false },
	{ "a/b", "a/b", true, true },
	{ "a/b", "a/bc", true, false },
	{ "+", "a", true, true },
	{ "+", "a/b", true, false },
	{ "+", "", true, true },
	{ "+/+", "a/b", true, true },
	{ "+/+", "/b", true, true },
	{ "+/+", "a", true, false },
	{ "/+", "/b", true, true },
	{ "/+", "b", true, false },
	{ "a/+/c", "a/b/c", true, true },
	{ "a/+/c", "a//c", true, true },
	{ "a/+/c", "a/b/d", true, false },
	{ "a/+", "a/", true, true },
	{ "a/+", "a", true, false },
	{ "#", "a", true, true },
	{ "#", "a/b/c", true, true },
	{ "#", "/", true, true },
	{ "a/#", "a", true, true },
	{ "a/#", "a/b/c", true, true },
	{ "a/#", "ab", true, false },
	{ "a/#", "b/a", true, false },
	{ "+/#", "a", true, true },
	{ "#", "$SYS/x", true, false },
	{ "+/x", "$SYS/x", true, false },
	{ "$SYS/#", "$SYS/x", true, true },
	{ "a/", "a/", true, true },
	{ "a/", "a", true, false },
	{ "", "", false, true },
	{ "a#", "a#", false, true },
	{ "a/#/b", "a/x/b", false, true },
	{ "a+", "a+", false, true },
	{ "a/+b", "a/+b", false, true },
	{ "#/", "a", false, true },
};

START_TEST(test_topic)
{
	const char *f = topics[_i].filter, *n = topics[_i].name;

	ck_assert_int_eq(topic_filter_valid(f, strlen(f)), topics[_i].valid);
	if (topics[_i].valid)
		ck_assert_msg(topic_matches(f, strlen(f), n, strlen(n)) == topics[_i].match, "'%s' and '%s'", f, n);
}
END_TEST

/* published with, subscribed with, arrives with */
static const struct { int pub, sub, got; unsigned pub_ms; } qos_rows[] = {
	{ 0, 0, 0, 10 },  { 0, 1, 0, 10 },  { 0, 2, 0, 10 },  { 1, 0, 0, 120 }, { 1, 1, 1, 120 },
	{ 1, 2, 1, 120 }, { 2, 0, 0, 240 }, { 2, 1, 1, 240 }, { 2, 2, 2, 240 },
};

START_TEST(test_qos)
{
	struct rig r;
	struct peer a, b;
	char want[64];

	rig_start(&r, world);
	peer_up(&r, &a, "b.x", "a");
	peer_up(&r, &b, "b.x", "b");
	ck_assert_int_eq(peer_subscribe(&b, "t/+", qos_rows[_i].sub), 1);
	rig_wait_ms(&r, 500);
	ck_assert_str_eq(buf_str(&b.log), "sub 1 0\n");
	ck_assert_int_eq(peer_publish(&a, "t/1", "hello", qos_rows[_i].pub, false), 1);
	rig_wait_ms(&r, qos_rows[_i].pub_ms - 1);
	ck_assert_str_eq(buf_str(&a.log), "");
	rig_wait_ms(&r, 1);
	ck_assert_str_eq(buf_str(&a.log), "pub 1 0\n");
	rig_wait_ms(&r, 500);
	snprintf(want, sizeof(want), "sub 1 0\nmsg t/1 hello q%d\n", qos_rows[_i].got);
	ck_assert_str_eq(buf_str(&b.log), want);
	peer_stop(&a);
	peer_stop(&b);
	rig_stop(&r);
}
END_TEST

START_TEST(test_overlap_and_unsubscribe)
{
	struct link_mqtt_topic both[] = { { "t/1", 3, 0 }, { "t/#", 3, 2 } };
	struct rig r;
	struct peer a;

	rig_start(&r, world);
	peer_up(&r, &a, "b.x", "a");
	link_mqtt_subscribe(a.m, both, 2);
	rig_wait_ms(&r, 500);
	peer_publish(&a, "t/1", "x", 2, false);
	rig_wait_ms(&r, 1000);
	ck_assert_str_eq(buf_str(&a.log), "sub 1 0\npub 2 0\nmsg t/1 x q2\n");
	buf_reset(&a.log);
	link_mqtt_unsubscribe(a.m, &both[1], 1);
	rig_wait_ms(&r, 500);
	peer_publish(&a, "t/1", "y", 2, false);
	peer_publish(&a, "t/2", "z", 0, false);
	rig_wait_ms(&r, 1000);
	ck_assert_str_eq(buf_str(&a.log), "unsub 3 0\npub 5 0\npub 4 0\nmsg t/1 y q0\n");
	ck_assert_int_eq(link_mqtt_unsubscribe(a.m, both, 0), -EINVAL);
	ck_assert_int_eq(peer_publish(&a, "t", "", 3, false), -EINVAL);
	peer_stop(&a);
	rig_stop(&r);
}
END_TEST

START_TEST(test_retained)
{
	struct rig r;
	struct peer a;

	rig_start(&r, world);
	peer_up(&r, &a, "b.x", "a");
	peer_publish(&a, "t/1", "old", 1, true);
	peer_publish(&a, "t/1", "new", 1, true);
	peer_publish(&a, "t/2", "gone", 0, true);
	peer_publish(&a, "t/2", "", 0, true);
	rig_wait_ms(&r, 500);
	buf_reset(&a.log);
	peer_subscribe(&a, "t/#", 0);
	rig_wait_ms(&r, 500);
	ck_assert_str_eq(buf_str(&a.log), "sub 5 0\nmsg t/1 new q0 retain\n");
	buf_reset(&a.log);
	peer_publish(&a, "t/1", "live", 0, true);
	rig_wait_ms(&r, 500);
	ck_assert_str_eq(buf_str(&a.log), "pub 6 0\nmsg t/1 live q0\n");
	peer_stop(&a);
	rig_stop(&r);
}
END_TEST

static void start_persistent(struct rig *r, struct peer *p, bool clean)
{
	peer_start(r, p, (struct link_mqtt_setup){ .host = "b.x", .client_id = "keep", .clean = clean });
	peer_wait(p);
	ck_assert_int_eq(p->status, LINK_OK);
}

/* A persistent session gets what came while it was away, QoS 0 excepted; a clean one starts anew. */
START_TEST(test_queue)
{
	struct rig r;
	struct peer a, b;

	rig_start(&r, world);
	peer_up(&r, &a, "b.x", "a");
	start_persistent(&r, &b, false);
	peer_subscribe(&b, "t", 1);
	rig_wait_ms(&r, 500);
	if (_i)
		link_mqtt_disconnect(b.m);
	rig_wait_ms(&r, 500);
	peer_stop(&b);
	peer_publish(&a, "t", "one", 1, false);
	peer_publish(&a, "t", "zero", 0, false);
	peer_publish(&a, "t", "two", 2, false);
	rig_wait_ms(&r, 500);
	start_persistent(&r, &b, false);
	rig_wait_ms(&r, 500);
	ck_assert_str_eq(buf_str(&b.log), "msg t one q1\nmsg t two q1\n");
	peer_stop(&b);
	start_persistent(&r, &b, true);
	peer_publish(&a, "t", "three", 1, false);
	rig_wait_ms(&r, 500);
	ck_assert_str_eq(buf_str(&b.log), "");
	peer_stop(&b);
	peer_stop(&a);
	rig_stop(&r);
}
END_TEST

/* What was on its way when the connection went is not lost for a persistent session. */
START_TEST(test_in_flight)
{
	struct rig r;
	struct peer a, b;
	struct buf reply;

	rig_start(&r, world);
	buf_init(&reply, 1000);
	peer_up(&r, &a, "b.x", "a");
	start_persistent(&r, &b, false);
	peer_subscribe(&b, "t", 1);
	rig_wait_ms(&r, 500);
	if (_i)
		link_mqtt_disconnect(b.m);
	rig_wait_ms(&r, 100);		/* the good-bye needs 120 ms, the message 60 */
	ck_assert_int_eq(link_control(r.link, "publish t hi qos 1", &reply), 0);
	if (!_i)
		ck_assert_int_eq(link_control(r.link, "drop reset", &reply), 0);
	ck_assert_str_eq(buf_str(&reply), _i ? "ok" : "okok 2");
	rig_wait_ms(&r, 500);
	ck_assert_str_eq(buf_str(&b.log), _i ? "sub 1 0\ndisc 0 0\n" : "sub 1 0\nlost 0 4 why\n");
	peer_stop(&b);
	start_persistent(&r, &b, false);
	rig_wait_ms(&r, 500);
	ck_assert_str_eq(buf_str(&b.log), "msg t hi q1\n");
	buf_free(&reply);
	peer_stop(&b);
	peer_stop(&a);
	rig_stop(&r);
}
END_TEST

START_TEST(test_queue_is_bounded)
{
	struct rig r;
	struct peer a, b;
	char text[16];

	rig_start(&r, world);
	peer_up(&r, &a, "b.x", "a");
	start_persistent(&r, &b, false);
	peer_subscribe(&b, "t", 1);
	rig_wait_ms(&r, 500);
	peer_stop(&b);
	for (int i = 0; i < 150; i++) {
		snprintf(text, sizeof(text), "%d", i);
		peer_publish(&a, "t", text, 1, false);
	}
	rig_wait_ms(&r, 500);
	start_persistent(&r, &b, false);
	rig_wait_ms(&r, 500);
	ck_assert_int_eq(strncmp(buf_str(&b.log), "msg t 50 q1\n", 12), 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&b.log), "msg t 149 q1\n"));
	peer_stop(&b);
	peer_stop(&a);
	rig_stop(&r);
}
END_TEST

enum how_gone { GONE_CLOSE, GONE_DISCONNECT, GONE_TAKEOVER, GONE_DROP, GONE_COUNT };

/* The will speaks unless the client said good-bye. */
START_TEST(test_will)
{
	struct rig r;
	struct peer a, b, twin = { 0 };
	struct buf reply;

	rig_start(&r, world);
	buf_init(&reply, 100);
	peer_start(&r, &b, (struct link_mqtt_setup){ .host = "b.x", .client_id = "b",
						     .will = { "t/will", "gone", 4, 1 } });
	peer_wait(&b);
	if (_i != GONE_DROP)
		peer_up(&r, &a, "b.x", "a");
	if (_i != GONE_DROP)
		peer_subscribe(&a, "t/#", 2);
	rig_wait_ms(&r, 500);
	if (_i == GONE_DISCONNECT)
		link_mqtt_disconnect(b.m);
	if (_i == GONE_TAKEOVER)
		peer_up(&r, &twin, "b.x", "b");
	if (_i == GONE_DROP)
		link_control(r.link, "drop", &reply);
	if (_i == GONE_CLOSE)
		peer_stop(&b);
	rig_wait_ms(&r, 500);
	if (_i != GONE_DROP)
		ck_assert_str_eq(buf_str(&a.log), _i == GONE_DISCONNECT ? "sub 1 0\n" : "sub 1 0\nmsg t/will gone q1\n");
	ck_assert_int_eq(strstr(buf_str(&r.broker), "t/will gone") != NULL, _i != GONE_DISCONNECT);
	if (_i == GONE_TAKEOVER || _i == GONE_DROP)
		ck_assert_str_eq(buf_str(&b.log), "lost 0 5 why\n");
	if (twin.m)
		peer_stop(&twin);
	if (b.m)
		peer_stop(&b);
	if (_i != GONE_DROP)
		peer_stop(&a);
	buf_free(&reply);
	rig_stop(&r);
}
END_TEST

/* Quirks Q15: PUB 6, then CONNLOST 1. */
START_TEST(test_policy)
{
	static const struct { const char *host; bool publish; const char *topic, *log; } rows[] = {
		{ "aws.x", true, "forbidden/t", "pub 1 6 why\nlost 0 5 why\n" },
		{ "aws.x", true, "allowed", "pub 1 0\n" },
		{ "aws.x", false, "secret/x", "sub 1 6 why\nlost 0 5 why\n" },
		{ "aws.x", false, "open", "sub 1 0\n" },
		{ "aws.x", false, "a/#/b", "sub 1 12 why\n" },
		{ "polite.x", true, "forbidden", "pub 1 0\n" },
		{ "polite.x", false, "secret", "sub 1 12 why\n" },
		{ "droppub.x", true, "t", "pub 1 6 why\nlost 0 5 why\n" },
		{ "dropsub.x", false, "t", "sub 1 6 why\nlost 0 5 why\n" },
		{ "silent.x", true, "t", "" },
		{ "silent.x", false, "t", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig r;
		struct peer a;

		rig_start(&r, world);
		peer_up(&r, &a, rows[i].host, "a");
		if (rows[i].publish)
			peer_publish(&a, rows[i].topic, "x", 1, false);
		else
			peer_subscribe(&a, rows[i].topic, 1);
		rig_wait_ms(&r, 1000);
		ck_assert_msg(!strcmp(buf_str(&a.log), rows[i].log), "%s %s: %s", rows[i].host, rows[i].topic,
			      buf_str(&a.log));
		ck_assert_int_eq(strstr(buf_str(&r.broker), "forbidden") != NULL, false);
		peer_stop(&a);
		rig_stop(&r);
	}
}
END_TEST

/* MQTT 3.1 has no return code for a refusal (3.9 of 3.1.1 brought 0x80): it looks granted, and nothing comes. */
START_TEST(test_refused_without_a_word)
{
	struct rig r;
	struct peer a, b;

	rig_start(&r, world);
	peer_start(&r, &a, (struct link_mqtt_setup){ .host = "polite.x", .client_id = "a", .version = 3, .clean = true });
	peer_up(&r, &b, "polite.x", "b");
	peer_subscribe(&a, "secret", 1);
	rig_wait_ms(&r, 1000);
	peer_publish(&b, "secret", "x", 1, false);
	rig_wait_ms(&r, 1000);
	ck_assert_str_eq(buf_str(&a.log), "sub 1 0\n");
	peer_stop(&b);
	peer_stop(&a);
	rig_stop(&r);
}
END_TEST

START_TEST(test_odd_brokers)
{
	struct rig r;
	struct peer a;

	rig_start(&r, world);
	peer_up(&r, &a, "early.x", "a");
	peer_publish(&a, "t", "kept", 1, true);
	rig_wait_ms(&r, 500);
	buf_reset(&a.log);
	peer_subscribe(&a, "t", 1);
	rig_wait_ms(&r, 500);
	ck_assert_str_eq(buf_str(&a.log), "msg t kept q1 retain\nsub 2 0\n");
	peer_stop(&a);
	peer_up(&r, &a, "twice.x", "a");
	peer_subscribe(&a, "t", 1);
	rig_wait_ms(&r, 500);
	peer_publish(&a, "t", "x", 1, false);
	rig_wait_ms(&r, 500);
	ck_assert_str_eq(buf_str(&a.log), "sub 1 0\npub 2 0\nmsg t x q1\nmsg t x q1\n");
	peer_stop(&a);
	rig_stop(&r);
}
END_TEST

START_TEST(test_keep_alive)
{
	struct rig r;
	struct peer a;
	struct buf reply;

	rig_start(&r, world);
	buf_init(&reply, 100);
	peer_start(&r, &a, (struct link_mqtt_setup){ .host = "b.x", .client_id = "a", .keepalive_s = 60 });
	peer_wait(&a);
	rig_wait_ms(&r, 3600000);
	ck_assert_str_eq(buf_str(&a.log), "");
	link_control(r.link, "mute on", &reply);
	rig_wait_ms(&r, 59000);
	ck_assert_str_eq(buf_str(&a.log), "");
	rig_wait_ms(&r, 2000);
	ck_assert_str_eq(buf_str(&a.log), "ping 0 3 why\n");
	buf_reset(&a.log);
	peer_publish(&a, "t", "unheard", 1, false);
	peer_subscribe(&a, "t", 1);
	rig_wait_ms(&r, 30000);
	ck_assert_str_eq(buf_str(&a.log), "");
	ck_assert_ptr_null(strstr(buf_str(&r.broker), "unheard"));
	link_control(r.link, "mute off", &reply);
	rig_wait_ms(&r, 3600000);
	ck_assert_str_eq(buf_str(&a.log), "");
	buf_free(&reply);
	peer_stop(&a);
	rig_stop(&r);
}
END_TEST

static const struct { const char *line; int err; const char *reply; } controls[] = {
	{ "publish t/1 hello there qos 2 retain", 0, "ok" },
	{ "publish t/2", 0, "ok" },
	{ "publish", -EINVAL, "publish needs a topic: publish TOPIC TEXT [qos N] [retain]" },
	{ "drop sideways", -EINVAL, "drop takes close or reset" },
	{ "refuse on", 0, "ok" },
	{ "refuse maybe", -EINVAL, "must be on or off" },
	{ "mute off", 0, "ok" },
	{ "mute", -EINVAL, "must be on or off" },
	{ "misbehave no_puback mute", 0, "ok" },
	{ "misbehave off", 0, "ok" },
	{ "misbehave", -EINVAL, "misbehave takes words, or off" },
	{ "misbehave no_pubac", -EINVAL, "unknown misbehaviour 'no_pubac' (did you mean 'no_puback'?)" },
	{ "sessions", 0, "a@b.x:1883" },
	{ "frobnicate", -EINVAL, "unknown link command 'frobnicate' (one of: publish drop refuse mute misbehave sessions connect peer peers)" },
	{ "", -EINVAL, "unknown link command '' (one of: publish drop refuse mute misbehave sessions connect peer peers)" },
};

START_TEST(test_control)
{
	struct rig r;
	struct peer a;
	struct buf reply;

	rig_start(&r, world);
	buf_init(&reply, 1000);
	peer_up(&r, &a, "b.x", "a");
	ck_assert_int_eq(link_control(r.link, controls[_i].line, &reply), controls[_i].err);
	ck_assert_str_eq(buf_str(&reply), controls[_i].reply);
	buf_free(&reply);
	peer_stop(&a);
	rig_stop(&r);
}
END_TEST

START_TEST(test_control_acts)
{
	struct rig r;
	struct peer a;
	struct buf reply;

	rig_start(&r, world);
	buf_init(&reply, 1000);
	ck_assert_int_eq(link_control(r.link, "publish t live", &reply), -EINVAL);
	ck_assert_int_eq(link_control(r.link, "publish t kept text qos 1 retain", &reply), 0);
	peer_up(&r, &a, "b.x", "a");
	peer_subscribe(&a, "t", 2);
	rig_wait_ms(&r, 500);
	link_control(r.link, "publish t the qos 2 thing qos 2", &reply);
	rig_wait_ms(&r, 500);
	ck_assert_str_eq(buf_str(&a.log), "sub 1 0\nmsg t kept text q1 retain\nmsg t the qos 2 thing q2\n");
	peer_stop(&a);
	link_control(r.link, "refuse on", &reply);
	peer_start(&r, &a, (struct link_mqtt_setup){ .host = "b.x", .client_id = "a" });
	peer_wait(&a);
	ck_assert_int_eq(a.status, LINK_REFUSED);
	peer_stop(&a);
	link_control(r.link, "refuse off", &reply);
	link_control(r.link, "misbehave drop_on_publish", &reply);
	peer_up(&r, &a, "b.x", "a");
	link_control(r.link, "misbehave off", &reply);	/* this connection keeps what it started with */
	peer_publish(&a, "t", "x", 0, false);
	rig_wait_ms(&r, 500);
	ck_assert_str_eq(buf_str(&a.log), "pub 1 6 why\nlost 0 5 why\n");
	peer_stop(&a);
	peer_up(&r, &a, "b.x", "a");			/* the next one does not */
	peer_publish(&a, "t", "x", 0, false);
	rig_wait_ms(&r, 500);
	ck_assert_str_eq(buf_str(&a.log), "pub 1 0\n");
	peer_stop(&a);
	buf_free(&reply);
	rig_stop(&r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("link broker");
	TCase *t = tcase_create("broker");

	tcase_add_loop_test(t, test_topic, 0, sizeof(topics) / sizeof(topics[0]));
	tcase_add_loop_test(t, test_qos, 0, sizeof(qos_rows) / sizeof(qos_rows[0]));
	tcase_add_test(t, test_overlap_and_unsubscribe);
	tcase_add_test(t, test_retained);
	tcase_add_loop_test(t, test_queue, 0, 2);
	tcase_add_loop_test(t, test_in_flight, 0, 2);
	tcase_add_test(t, test_queue_is_bounded);
	tcase_add_loop_test(t, test_will, 0, GONE_COUNT);
	tcase_add_test(t, test_policy);
	tcase_add_test(t, test_refused_without_a_word);
	tcase_add_test(t, test_odd_brokers);
	tcase_add_test(t, test_keep_alive);
	tcase_add_loop_test(t, test_control, 0, sizeof(controls) / sizeof(controls[0]));
	tcase_add_test(t, test_control_acts);
	suite_add_tcase(s, t);
	return rig_main(s);
}
