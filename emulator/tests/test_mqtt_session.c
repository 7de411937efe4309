/* Publish, subscribe, losses, time-outs and settings of connected clients, against modelled brokers. */
#include "modem/mqtt.h"
#include "tests/rig.h"

#define B04 "LE20B04V03SIM7600M22"
#define CONNECT(c) "AT+CMQTTCONNECT=" #c ",\"tcp://broker.test\",600,1\r"

static const char world[] =
	"schema: 1\n"
	"hosts:\n"
	"  - match: broker.test\n"
	"    port: 1883\n"
	"    model:\n"
	"      acl: {deny_publish: [\"secret/#\"], deny_subscribe: [\"secret/#\"]}\n"
	"  - match: refuse.test\n"
	"    port: 1883\n"
	"    model:\n"
	"      acl: {deny_publish: [\"secret/#\"], deny_subscribe: [\"secret/#\"], action: refuse}\n"
	"  - match: login.test\n"
	"    port: 1883\n"
	"    model: {credentials: {user: joe, password: pw}}\n"
	"  - match: connack1.test\n"
	"    port: 1883\n"
	"    model: {connack: 1}\n"
	"  - match: connack2.test\n"
	"    port: 1883\n"
	"    model: {connack: 2}\n"
	"  - match: connack3.test\n"
	"    port: 1883\n"
	"    model: {connack: 3}\n"
	"  - match: connack5.test\n"
	"    port: 1883\n"
	"    model: {connack: 5}\n"
	"  - match: early.test\n"
	"    port: 1883\n"
	"    model: {misbehave: [close_before_connack]}\n"
	"  - match: late.test\n"
	"    port: 1883\n"
	"    model: {misbehave: [close_after_connect]}\n"
	"  - match: mute.test\n"
	"    port: 1883\n"
	"    model: {misbehave: [mute]}\n"
	"  - match: nopong.test\n"
	"    port: 1883\n"
	"    model: {misbehave: [no_pingresp]}\n";

static struct rig *rig_started(const char *profile, const char *const *quirks)
{
	char path[] = "/tmp/world-XXXXXX.yaml";
	const char *const paths[] = { path };
	int fd = mkstemps(path, 5);
	struct rig *r;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, world, sizeof(world) - 1), sizeof(world) - 1);
	close(fd);
	r = rig_new_off(profile, quirks, paths, 1, NULL);
	unlink(path);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CMQTTSTART\r", RIG_OK "\r\n+CMQTTSTART: 0\r\n");
	return r;
}

static struct rig *rig_connected(const char *const *quirks)
{
	struct rig *r = rig_started(B04, quirks);

	rig_row(r, "AT+CMQTTACCQ=0,\"dev\",0\r", RIG_OK);
	rig_row(r, CONNECT(0), RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n");
	return r;
}

static void enter(struct rig *r, const char *command, const char *data)
{
	char line[64];

	snprintf(line, sizeof(line), "AT+%s,%zu\r", command, strlen(data));
	rig_row(r, line, "\r\n>");
	rig_row(r, data, RIG_OK);
}

static void subscribe(struct rig *r, const char *topic)
{
	char line[64];

	snprintf(line, sizeof(line), "AT+CMQTTSUB=0,%zu,1\r", strlen(topic));
	rig_row(r, line, "\r\n>");
	rig_row(r, topic, RIG_OK "\r\n+CMQTTSUB: 0,0\r\n");
}

/* Topic and payload are used up by PUB whatever its result; the payload may be left out. */
START_TEST(publish)
{
	struct rig *r = rig_connected(NULL);

	enter(r, "CMQTTTOPIC=0", "lost");
	enter(r, "CMQTTTOPIC=0", "t/1");
	enter(r, "CMQTTPAYLOAD=0", "hello");
	rig_row(r, "AT+CMQTTPUB=0,0,60\r", RIG_OK "\r\n+CMQTTPUB: 0,0\r\n");
	rig_row(r, "AT+CMQTTPUB=0,0,60\r", "\r\n+CMQTTPUB: 0,18\r\n" RIG_ERROR);
	enter(r, "CMQTTTOPIC=0", "t/1");
	rig_row(r, "AT+CMQTTPUB=0,1,60,1,0\r", RIG_OK "\r\n+CMQTTPUB: 0,0\r\n");
	enter(r, "CMQTTTOPIC=0", "t/1");
	rig_row(r, "AT+CMQTTPUB=0,2,60,0,1\r", RIG_OK "\r\n+CMQTTPUB: 0,0\r\n");
	rig_row(r, "AT+CMQTTDISC=0,60\r", "\r\n+CMQTTDISC: 0,0\r\n" RIG_OK);
	enter(r, "CMQTTTOPIC=0", "t/1");
	rig_row(r, "AT+CMQTTPUB=0,1,60\r", "\r\n+CMQTTPUB: 0,11\r\n" RIG_ERROR);
	rig_row(r, CONNECT(0), RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n");
	rig_row(r, "AT+CMQTTPUB=0,1,60\r", "\r\n+CMQTTPUB: 0,18\r\n" RIG_ERROR);
	rig_free(r);
}
END_TEST

START_TEST(own_message_comes_back)
{
	struct rig *r = rig_connected(NULL);

	subscribe(r, "t/#");
	enter(r, "CMQTTTOPIC=0", "t/1");
	enter(r, "CMQTTPAYLOAD=0", "a\r\nb");
	rig_row(r, "AT+CMQTTPUB=0,0,60\r",
		RIG_OK "\r\n+CMQTTPUB: 0,0\r\n"
		"\r\n+CMQTTRXSTART: 0,3,4\r\n+CMQTTRXTOPIC: 0,3\r\nt/1\r\n+CMQTTRXPAYLOAD: 0,4\r\na\r\nb\r\n"
		"+CMQTTRXEND: 0\r\n");
	rig_free(r);
}
END_TEST

/* The list form takes what SUBTOPIC gathered, once. */
START_TEST(lists)
{
	struct rig *r = rig_connected(NULL);

	rig_row(r, "AT+CMQTTSUBTOPIC=0,1,1\r", "\r\n>");
	rig_row(r, "a", RIG_OK);
	rig_row(r, "AT+CMQTTSUBTOPIC=0,1,0\r", "\r\n>");
	rig_row(r, "b", RIG_OK);
	rig_row(r, "AT+CMQTTSUB=0\r", RIG_OK "\r\n+CMQTTSUB: 0,0\r\n");
	rig_row(r, "AT+CMQTTSUB=0,1\r", "\r\n+CMQTTSUB: 0,18\r\n" RIG_ERROR);
	rig_world(r, "publish a one");
	rig_more(r, "\r\n+CMQTTRXSTART: 0,1,3\r\n+CMQTTRXTOPIC: 0,1\r\na\r\n+CMQTTRXPAYLOAD: 0,3\r\none\r\n+CMQTTRXEND: 0\r\n");
	enter(r, "CMQTTUNSUBTOPIC=0", "a");
	rig_row(r, "AT+CMQTTUNSUB=0,0\r", RIG_OK "\r\n+CMQTTUNSUB: 0,0\r\n");
	rig_row(r, "AT+CMQTTUNSUB=0,1,0\r", "\r\n>");
	rig_row(r, "b", RIG_OK "\r\n+CMQTTUNSUB: 0,0\r\n");
	rig_world(r, "publish a two");
	rig_quiet(r, 5000);
	rig_free(r);
}
END_TEST

/* 5 x 1024 bytes are the most a list holds. */
START_TEST(list_limit)
{
	struct rig *r = rig_connected(NULL);
	char topic[1025];

	memset(topic, 'x', 1024);
	topic[1024] = '\0';
	for (int i = 0; i < 5; i++) {
		rig_row(r, "AT+CMQTTSUBTOPIC=0,1024,0\r", "\r\n>");
		rig_row(r, topic, RIG_OK);
	}
	rig_row(r, "AT+CMQTTSUBTOPIC=0,1,0\r", "\r\n>");
	rig_row(r, "y", "\r\n+CMQTTSUBTOPIC: 0,22\r\n" RIG_ERROR);
	rig_free(r);
}
END_TEST

START_TEST(utf8)
{
	struct rig *r = rig_connected(NULL);

	rig_row(r, "AT+CMQTTTOPIC=0,3\r", "\r\n>");
	rig_row(r, "a\xc3(", "\r\n+CMQTTTOPIC: 0,2\r\n" RIG_ERROR);
	enter(r, "CMQTTTOPIC=0", "gr\xc3\xbc\xc3\x9f");
	enter(r, "CMQTTPAYLOAD=0", "\xff\xfe");
	rig_row(r, "AT+CMQTTDISC=0,60\r", "\r\n+CMQTTDISC: 0,0\r\n" RIG_OK);
	rig_row(r, "AT+CMQTTCFG=\"checkUTF8\",0,0\r", RIG_OK);
	enter(r, "CMQTTTOPIC=0", "a\xc3(");
	rig_free(r);
}
END_TEST

/* Quirks Q15: the broker drops a client that publishes or subscribes where it may not. */
START_TEST(denied)
{
	static const char *const urc_error[] = { "mqtt_pub_fail=urc_error", NULL };
	struct rig *r = rig_connected(NULL);

	enter(r, "CMQTTTOPIC=0", "secret/1");
	rig_row(r, "AT+CMQTTPUB=0,1,60\r", RIG_OK "\r\n+CMQTTPUB: 0,6\r\n\r\n+CMQTTCONNLOST: 0,1\r\n");
	rig_why(r, "\"family\":\"mqtt\",\"code\":6");
	rig_row(r, CONNECT(0), RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n");
	rig_row(r, "AT+CMQTTSUB=0,8,1\r", "\r\n>");
	rig_row(r, "secret/1", RIG_OK "\r\n+CMQTTSUB: 0,6\r\n\r\n+CMQTTCONNLOST: 0,1\r\n");
	rig_free(r);

	r = rig_connected(urc_error);
	enter(r, "CMQTTTOPIC=0", "free/1");
	rig_row(r, "AT+CMQTTPUB=0,1,60\r", RIG_OK "\r\n+CMQTTPUB: 0,0\r\n");
	enter(r, "CMQTTTOPIC=0", "secret/1");
	rig_row(r, "AT+CMQTTPUB=0,1,60\r", "\r\n+CMQTTPUB: 0,6\r\n" RIG_ERROR "\r\n+CMQTTCONNLOST: 0,1\r\n");
	rig_free(r);
}
END_TEST

START_TEST(suback_80)
{
	struct rig *r = rig_started(B04, NULL);

	rig_row(r, "AT+CMQTTACCQ=0,\"dev\",0,4\r", RIG_OK);
	rig_row(r, "AT+CMQTTCONNECT=0,\"tcp://refuse.test\",600,1\r", RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n");
	rig_row(r, "AT+CMQTTSUB=0,8,1\r", "\r\n>");
	rig_row(r, "secret/1", RIG_OK "\r\n+CMQTTSUB: 0,1\r\n");
	rig_row(r, "AT+CMQTTDISC?\r", "\r\n+CMQTTDISC: 0,0\r\n+CMQTTDISC: 1,1\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

static const struct {
	const char *host;
	int code;
} answers[] = {
	{ "connack1.test", 27 }, { "connack2.test", 28 }, { "connack3.test", 29 }, { "login.test", 30 },
	{ "connack5.test", 31 }, { "early.test", 26 }, { "late.test", 6 }, { "mute.test", 17 },
};

START_TEST(connect_refusals)
{
	struct rig *r = rig_started(B04, NULL);
	char line[128], want[128];

	rig_row(r, "AT+CMQTTACCQ=0,\"dev\",0\r", RIG_OK);
	snprintf(line, sizeof(line), "AT+CMQTTCONNECT=0,\"tcp://%s\",600,1,\"u\",\"p\"\r", answers[_i].host);
	snprintf(want, sizeof(want), RIG_OK "\r\n+CMQTTCONNECT: 0,%d\r\n", answers[_i].code);
	rig_row(r, line, want);
	ck_assert_ptr_nonnull(strstr(buf_str(&r->why), "\"chain\":[{"));
	rig_row(r, CONNECT(0), RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n");
	rig_free(r);
}
END_TEST

/* CONNLOST 1, 2 and 3; the client stays acquired, but for the network, which takes the service along. */
START_TEST(losses)
{
	struct rig *r = rig_connected(NULL);

	rig_world(r, "drop close");
	rig_more(r, "\r\n+CMQTTCONNLOST: 0,1\r\n");
	rig_row(r, CONNECT(0), RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n");
	rig_world(r, "drop reset");
	rig_more(r, "\r\n+CMQTTCONNLOST: 0,2\r\n");
	rig_row(r, CONNECT(0), RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n");
	mqtt_network_lost(r->modem->mqtt);
	rig_more(r, "\r\n+CMQTTCONNLOST: 0,3\r\n\r\n+CMQTTNONET\r\n");
	rig_row(r, "AT+CMQTTREL=0\r", "\r\n+CMQTTREL: 0,9\r\n" RIG_ERROR);
	rig_row(r, "AT+CMQTTSTART\r", RIG_OK "\r\n+CMQTTSTART: 0\r\n");
	mqtt_network_lost(r->modem->mqtt);
	rig_more(r, "\r\n+CMQTTNONET\r\n");
	mqtt_network_lost(r->modem->mqtt);
	rig_quiet(r, 5000);
	rig_free(r);
}
END_TEST

/* The burst of a reset while connected (quirks Q16); the boot follows in silence first. */
START_TEST(reset_while_connected)
{
	struct rig *r = rig_started(B04, NULL);

	rig_row(r, "AT+NETOPEN\r", RIG_OK "\r\n+NETOPEN: 0\r\n");
	rig_row(r, "AT+CMQTTACCQ=0,\"dev\",0\r", RIG_OK);
	rig_row(r, CONNECT(0), RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n");
	rig_row(r, "AT+CRESET\r",
		RIG_OK "\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n\r\n+CMQTTCONNLOST: 0,3\r\n\r\n+CMQTTNONET\r\n");
	rig_more(r, "\r\nRDY\r\n");
	rig_free(r);
}
END_TEST

/* What is pending when the network goes ends first. */
START_TEST(loss_while_busy)
{
	struct rig *r = rig_connected(NULL);

	rig_world(r, "mute on");
	enter(r, "CMQTTTOPIC=0", "t");
	rig_row(r, "AT+CMQTTPUB=0,1,60\r", RIG_OK);
	mqtt_network_lost(r->modem->mqtt);
	rig_more(r, "\r\n+CMQTTPUB: 0,6\r\n\r\n+CMQTTCONNLOST: 0,3\r\n\r\n+CMQTTNONET\r\n");
	rig_free(r);
}
END_TEST

START_TEST(timeouts)
{
	struct rig *r = rig_connected(NULL);

	rig_row(r, "AT+CMQTTACCQ=1,\"two\",0\r", RIG_OK);
	rig_row(r, "AT+CMQTTCFG=\"optimeout\",1,20\r", RIG_OK);
	rig_row(r, CONNECT(1), RIG_OK "\r\n+CMQTTCONNECT: 1,0\r\n");
	rig_world(r, "mute on");
	enter(r, "CMQTTTOPIC=0", "t");
	rig_row(r, "AT+CMQTTPUB=0,1,60\r", RIG_OK);
	rig_after(r, 60000, "\r\n+CMQTTPUB: 0,17\r\n");
	rig_row(r, "AT+CMQTTSUB=1,1,1\r", "\r\n>");
	rig_row(r, "a", RIG_OK);
	rig_after(r, 20000, "\r\n+CMQTTSUB: 1,17\r\n");
	rig_row(r, "AT+CMQTTDISC?\r", "\r\n+CMQTTDISC: 0,0\r\n+CMQTTDISC: 1,0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* Quirks Q18. */
START_TEST(busy_after_connect)
{
	static const char *const quirks[] = { "mqtt_sub_busy=3000", NULL };
	struct rig *r = rig_connected(quirks);

	rig_row(r, "AT+CMQTTSUB=0,1,1\r", "\r\n+CMQTTSUB: 0,14\r\n" RIG_ERROR);
	rig_why(r, "mqtt_sub_busy");
	enter(r, "CMQTTTOPIC=0", "t");
	rig_row(r, "AT+CMQTTPUB=0,1,60\r", "\r\n+CMQTTPUB: 0,14\r\n" RIG_ERROR);
	rig_quiet(r, 3000);
	subscribe(r, "a");
	rig_free(r);
}
END_TEST

/* A keep-alive without answer: a URC where the revision has one, a lost connection elsewhere. */
START_TEST(keep_alive)
{
	static const char *const no_urc[] = { "mqtt_ping_urc=false", NULL };
	struct rig *r = rig_started(B04, _i ? no_urc : NULL);

	rig_row(r, "AT+CMQTTACCQ=0,\"dev\",0\r", RIG_OK);
	rig_row(r, "AT+CMQTTCONNECT=0,\"tcp://nopong.test\",60,1\r", RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n");
	rig_more(r, _i ? "\r\n+CMQTTCONNLOST: 0,1\r\n" : "\r\n+CMQTTPING: 0,17\r\n");
	rig_row(r, "AT+CMQTTDISC=0,60\r", _i ? "\r\n+CMQTTDISC: 0,11\r\n" RIG_ERROR : "\r\n+CMQTTDISC: 0,0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* Client 0 busy or lost is nothing to client 1, and results name their client. */
START_TEST(two_clients)
{
	struct rig *r = rig_connected(NULL);

	rig_row(r, "AT+CMQTTACCQ=1,\"two\",0\r", RIG_OK);
	rig_row(r, CONNECT(1), RIG_OK "\r\n+CMQTTCONNECT: 1,0\r\n");
	rig_row(r, "AT+CMQTTSUB=1,1,0\r", "\r\n>");
	rig_row(r, "a", RIG_OK "\r\n+CMQTTSUB: 1,0\r\n");
	enter(r, "CMQTTTOPIC=0", "a");
	rig_row(r, "AT+CMQTTPUB=0,0,60\r",
		RIG_OK "\r\n+CMQTTPUB: 0,0\r\n\r\n+CMQTTRXSTART: 1,1,0\r\n+CMQTTRXTOPIC: 1,1\r\na\r\n+CMQTTRXEND: 1\r\n");
	rig_row(r, "AT+CMQTTDISC=0,60\r", "\r\n+CMQTTDISC: 0,0\r\n" RIG_OK);
	rig_row(r, "AT+CMQTTREL=0\r", RIG_OK);
	rig_row(r, "AT+CMQTTSTOP\r", "\r\n+CMQTTSTOP: 21\r\n" RIG_ERROR);
	rig_row(r, "AT+CMQTTDISC?\r", "\r\n+CMQTTDISC: 0,1\r\n+CMQTTDISC: 1,0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, publish);
	tcase_add_test(tc, own_message_comes_back);
	tcase_add_test(tc, lists);
	tcase_add_test(tc, list_limit);
	tcase_add_test(tc, utf8);
	tcase_add_test(tc, denied);
	tcase_add_test(tc, suback_80);
	tcase_add_loop_test(tc, connect_refusals, 0, (int)(sizeof(answers) / sizeof(answers[0])));
	tcase_add_test(tc, losses);
	tcase_add_test(tc, reset_while_connected);
	tcase_add_test(tc, loss_while_busy);
	tcase_add_test(tc, timeouts);
	tcase_add_test(tc, busy_after_connect);
	tcase_add_loop_test(tc, keep_alive, 0, 2);
	tcase_add_test(tc, two_clients);
}

int main(void)
{
	return rig_main("mqtt sessions", add);
}
