/* The control language and the wiring: lines in, lines out, and what the host then sees, on the virtual clock. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/emu.h"
#include "io/port_pair.h"

struct bench {
	struct clock *clock;
	struct emu_setup *setup;
	struct emu *emu;
	struct port *host;
	struct buf seen;
};

static void on_rx(const void *p, size_t n, void *ctx)
{
	buf_add(ctx, p, n);
}

static void on_event(enum port_event ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

static void bench_start(struct bench *b, const char *profile)
{
	struct emu_setup_options so = { .profile = profile };
	struct emu_options eo = { .seed = 1 };
	struct err e = { 0 };

	b->clock = clock_new_virtual();
	b->setup = emu_setup_load(&so, &e);
	ck_assert_msg(b->setup != NULL, "%s", e.msg);
	ck_assert_int_eq(port_pair_new(b->clock, 65536, &b->host, &eo.port), 0);
	eo.setup = b->setup;
	eo.clock = b->clock;
	b->emu = emu_new(&eo, &e);
	ck_assert_msg(b->emu != NULL, "%s", e.msg);
	buf_init(&b->seen, 1 << 20);
	port_set_owner(b->host, on_rx, on_event, &b->seen);
}

static void bench_stop(struct bench *b)
{
	emu_free(b->emu);
	port_free(b->host);
	emu_setup_free(b->setup);
	clock_free(b->clock);
	buf_free(&b->seen);
}

/* Types a line and lets ms pass; what the host saw replaces the older. */
static const char *type(struct bench *b, const char *line, unsigned ms)
{
	buf_reset(&b->seen);
	port_write(b->host, line, strlen(line));
	clock_advance_to(b->clock, clock_now_us(b->clock) + ms * 1000ull);
	return buf_str(&b->seen);
}

static void control(struct bench *b, const char *line, int want, const char *part)
{
	struct buf reply;
	int err;

	buf_init(&reply, 1 << 20);
	err = emu_control(b->emu, line, &reply);
	ck_assert_msg(err == want, "%s: %d, %s", line, err, buf_str(&reply));
	ck_assert_msg(strstr(buf_str(&reply), part) != NULL, "%s: '%s' is not in '%s'", line, part, buf_str(&reply));
	buf_free(&reply);
}

static const struct {
	const char *line;
	int want;
	const char *part;
} replies[] = {
	{ "status", 0, "power=on\nsim=ready\nregistered=yes\nnetopen=no\nmqtt=stopped\nmqtt.0=free\n" },
	{ "profile", 0, "name=LE20B03SIM7600M22\nrevision=LE20B03SIM7600M22\n" },
	{ "profile", 0, "tls_sni=broken\tseen\tLE20B03SIM7600M22\tissue-49:538-558" },
	{ "explain", 0, "nothing has failed yet\n" },
	{ "explain 32", 0, "quirk tls_sni=broken" },
	{ "explain +CMQTTCONNECT: 0,31", 0, "CONNACK 5" },
	{ "explain +CME ERROR: 14", 0, "SIM busy" },
	{ "explain +CME ERROR: 22", 0, "quirk pb_find_none=not_found" },
	{ "explain +CME ERROR: 99", -EINVAL, "" },
	{ "explain +CUSD: 4", 0, "+CUSD 4: operation not supported\n" },
	{ "explain BUSY", 0, "result: busy in a world file" },
	{ "explain VOICE CALL: END: 000017", 0, "how long it was" },
	{ "explain +CMS ERROR: 322", 0, "quirk sms_sm_slots=50" },
	{ "explain +CMS ERROR: 300", 0, "+CMS ERROR 300: ME failure\n" },
	{ "explain cms 38", 0, "network out of order" },
	{ "explain cms 1000", -EINVAL, "" },
	{ "sms", -EINVAL, "sms receive FROM TEXT" },
	{ "sms receive", -EINVAL, "sms receive FROM TEXT" },
	{ "sms receive +4912345", -EINVAL, "sms receive FROM TEXT" },
	{ "sms receive much-too-long-name hello", -EINVAL, "up to 11 characters" },
	{ "sms receive 1 \"\\xff\"", -EINVAL, "UTF-8" },
	{ "sms pdu 04xx", -EINVAL, "not hex" },
	{ "sms pdu 0405", -EINVAL, "its address is broken" },
	{ "sms refuse 0", -EINVAL, "sms refuse CODE" },
	{ "sms refuse off 2", -EINVAL, "sms refuse CODE" },
	{ "sms refuse 38 2", 0, "" },
	{ "sms refuse off", 0, "" },
	{ "sms list", 0, "waiting=0\n" },
	{ "sms lost", -EINVAL, "sms receive FROM TEXT" },
	{ "call", -EINVAL, "call from NUMBER|withheld [for TIME]" },
	{ "call from", -EINVAL, "call from NUMBER" },
	{ "call from 12x", -EINVAL, "call from NUMBER" },
	{ "call from 1 fr 5s", -EINVAL, "call from NUMBER" },
	{ "call from 1 for 5", -EINVAL, "call from NUMBER" },
	{ "call from +4912345 for 5s", 0, "" },
	{ "call from withheld", 0, "" },
	{ "call hangup", -EINVAL, "there is no such call" },
	{ "call hangup 9", -EINVAL, "there is no such call" },
	{ "call dtmf 1", -EINVAL, "nobody talks" },
	{ "call list", 0, "" },
	{ "ussd", -EINVAL, "ussd notify TEXT | request TEXT" },
	{ "ussd notify", -EINVAL, "text in UTF-8" },
	{ "ussd request \"yes or no?\"", 0, "" },
	{ "ussd notify hello", 0, "" },
	{ "explain +CCHOPEN: 0,15", 0, "handshake error" },
	{ "explain cch 15", 0, "quirk tls_sni=broken" },
	{ "explain +CLBS: 21", 0, "AT+CNETSTART first" },
	{ "explain +CLBS: 3", 0, "location failed" },
	{ "explain +CNETSTART: 7", 0, "network is opened" },
	{ "explain +CNTP: 6", 0, "time out error" },
	{ "explain +CHTPUPDATE: 3", 0, "without a date" },
	{ "explain ping 2", 0, "no reply" },
	{ "explain 715", 0, "HTTP result 715: handshake failed" },
	{ "explain +HTTPACTION: 0,714,0", 0, "http://host:8080/path" },
	{ "explain +HTTPACTION: 0,200,15", -22, "explain [CODE]" },
	{ "explain cch 20", -22, "explain [CODE]" },
	{ "explain +CIPOPEN: 0,11", 0, "name is unknown to the world" },
	{ "explain +CIPERROR: 4", 0, "quirk cip_closed_code=4" },
	{ "explain +IPCLOSE: 0,2", 0, "AT+CIPCCFG" },
	{ "explain +NETOPEN: 10", 0, "AT+CIPTIMEOUT" },
	{ "explain +IP ERROR: 21", 0, "nothing waits on that link" },
	{ "explain +IP ERROR: 8", 0, "AT+NETOPEN first" },
	{ "explain +CDNSGIP: 0,10", 0, "quirk dns_fail_code=10" },
	{ "explain +CIPOPEN: 0,13", -22, "explain [CODE]" },
	{ "explain 4711", -22, "explain [CODE]" },
	{ "help", 0, "watch    (socket only)" },
	{ "statsu", -22, "unknown 'statsu' (did you mean 'status'?)" },
	{ "", -22, "unknown ''" },
	{ "power", -22, "power on|off|cycle" },
	{ "net sideways", -22, "net drop|up|stuck" },
	{ "net", 0, "coverage=true\nregistration=home\nvoice=home\nrat=lte\noperator=Test PLMN 1-1\n" },
	{ "net rat 5g", -22, "rat must be one of gsm" },
	{ "net cqs 4", -22, "unknown 'cqs' (did you mean 'csq'?)" },
	{ "net deactivate 1", 0, "" },
	{ "net deactivate one", -22, "net deactivate CID" },
	{ "net csq", -22, "net drop|up|stuck" },
	{ "net csq 4 over soon", -22, "net drop|up|stuck" },
	{ "net operator \"O2 - de\" plmn 26203 csq 12 over 10s", 0, "" },
	{ "supply 3700", 0, "" },
	{ "supply 12", -22, "supply MILLIVOLTS" },
	{ "temperature -5", 0, "" },
	{ "temperature hot", -22, "temperature CELSIUS" },
	{ "adc 1200", 0, "" },
	{ "adc 6000", -22, "adc MILLIVOLTS" },
	{ "gpio 3 1", 0, "gpio.3=1\n" },
	{ "gpio 3", 0, "gpio.3=0\n" },
	{ "gpio 4", -22, "gpio NUMBER" },
	{ "mute 5", -22, "mute DURATION" },
	{ "reply OnlyOne", -22, "reply MATCH TEXT" },
	{ "reply \"open", -22, "reply MATCH TEXT" },
	{ "sim tired", -22, "sim ready|pin" },
	{ "gnss fix 45.05 0.74", 0, "" },
	{ "gnss fix 45.05 0.74 33.3 0 359.9", 0, "" },
	{ "gnss lost", 0, "" },
	{ "status", 0, "gnss=off\n" },
	{ "gnss", -22, "gnss fix LAT LON" },
	{ "gnss fix", -22, "gnss fix LAT LON" },
	{ "gnss fix 45.05", -22, "at least LAT and LON" },
	{ "gnss fix 45.05 181", -22, "degrees from -180 to 180" },
	{ "gnss fix 45.05 0.74 33.33", -22, "metres from" },
	{ "gnss fix 1 2 3 4 5 6", -22, "degrees from 0 to 359.9" },
	{ "gnss lost 1", -22, "gnss fix LAT LON" },
	{ "port", -22, "port NAME: uart" },
	{ "port uart", -22, "unknown ''" },
	{ "port uart port uart urc x", -22, "port NAME urc|reply|mute" },
	{ "port uart power off", -22, "port NAME urc|reply|mute" },
	{ "port uart mute 5", -22, "mute DURATION" },
	{ "port uart mute 5ms", 0, "" },
	{ "port at mute 5ms", -22, "port NAME: uart" },
	{ "port nmea urc x", -22, "port NAME: uart" },
	{ "urc", -22, "urc TEXT" },
	{ "urc bad\\q", -22, "urc TEXT" },
};

START_TEST(test_replies)
{
	struct bench b;

	bench_start(&b, "LE20B03SIM7600M22");
	control(&b, replies[_i].line, replies[_i].want, replies[_i].part);
	bench_stop(&b);
}
END_TEST

START_TEST(test_urc_reply_mute)
{
	struct bench b;

	bench_start(&b, "LE20B04V03SIM7600M22");
	type(&b, "ATE0\r", 100);
	buf_reset(&b.seen);
	control(&b, "urc +CMTI: \"SM\",4", 0, "");
	clock_advance_to(b.clock, clock_now_us(b.clock) + 1000);
	ck_assert_str_eq(buf_str(&b.seen), "\r\n+CMTI: \"SM\",4\r\n");
	control(&b, "reply AT+CSQ \"\\r\\nERROR\\r\\n\" 2", 0, "");
	control(&b, "faults", 0, "unfired=1\n");
	ck_assert_str_eq(type(&b, "AT+CSQ\r", 100), "\r\nERROR\r\n");
	ck_assert_str_eq(type(&b, "AT+CSQ\r", 100), "\r\nERROR\r\n");
	control(&b, "faults", 0, "unfired=0\n");
	ck_assert_ptr_nonnull(strstr(type(&b, "AT+CSQ\r", 100), "+CSQ: "));
	control(&b, "mute 500ms", 0, "");
	ck_assert_str_eq(type(&b, "AT\r", 400), "");
	bench_stop(&b);
}
END_TEST

START_TEST(test_power)
{
	struct bench b;

	bench_start(&b, "LE20B04V03SIM7600M22");
	control(&b, "power off", 0, "");
	control(&b, "status", 0, "power=off");
	ck_assert_str_eq(type(&b, "AT\r", 60000), "");
	control(&b, "power on", 0, "");
	ck_assert_str_eq(type(&b, "", 11000), "");
	ck_assert_str_eq(type(&b, "", 30000), "\r\nRDY\r\n\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n");
	bench_stop(&b);
}
END_TEST

static const char connect[] =
	"AT+CSSLCFG=\"enableSNI\",0,1;+CMQTTSTART\r";

/* The newest why of a failing connect is what `explain` tells, with the quirk and its evidence. */
START_TEST(test_explain_last)
{
	struct bench b;

	bench_start(&b, "LE20B03SIM7600M22");
	type(&b, connect, 2000);
	type(&b, "AT+CMQTTACCQ=0,\"c\",1\r", 100);
	ck_assert_ptr_nonnull(strstr(type(&b, "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:8883\",60,1\r", 3000),
				     "\r\n+CMQTTCONNECT: 0,32\r\n"));
	control(&b, "explain", 0, "why mqtt 32");
	control(&b, "explain", 0, "quirk tls_sni=broken   evidence issue-49:538-558");
	control(&b, "explain", 0, "ssl 0: enableSNI=1");
	control(&b, "status", 0, "mqtt=started\nmqtt.0=acquired\n");
	bench_stop(&b);
}
END_TEST

static void nobody(const void *p, size_t n, void *ctx)
{
	(void)p;
	(void)n;
	(void)ctx;
}

/* A host that never reads: the queue ends at its limit, the modem's clock goes on, and the loss is counted. */
START_TEST(test_host_that_never_reads)
{
	struct bench b;
	struct emu_options eo = { .seed = 1 };
	struct port *host;
	struct err e = { 0 };
	struct emu *m;
	struct buf reply;

	bench_start(&b, "LE20B03SIM7600M22");
	ck_assert_int_eq(port_pair_new(b.clock, 20480, &host, &eo.port), 0);	/* without an owner nothing is read */
	eo.setup = b.setup;
	eo.clock = b.clock;
	m = emu_new(&eo, &e);
	buf_init(&reply, 1 << 20);
	for (int i = 0; i < 3000; i++)
		ck_assert_int_eq(emu_control(m, "urc +TEST: 0123456789012345678901234567890123456789", &reply), 0);
	clock_advance_to(b.clock, clock_now_us(b.clock) + 1000000);
	ck_assert_int_eq(emu_control(m, "status", &reply), 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&reply), "lost_bytes="));
	ck_assert_ptr_null(strstr(buf_str(&reply), "lost_bytes=0\n"));
	port_set_owner(host, nobody, on_event, NULL);
	clock_advance_to(b.clock, clock_now_us(b.clock) + 1000000);
	buf_free(&reply);
	emu_free(m);
	port_free(host);
	bench_stop(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("app_control");
	TCase *t = tcase_create("control");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, test_replies, 0, sizeof(replies) / sizeof(replies[0]));
	tcase_add_test(t, test_urc_reply_mute);
	tcase_add_test(t, test_power);
	tcase_add_test(t, test_explain_last);
	tcase_add_test(t, test_host_that_never_reads);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
