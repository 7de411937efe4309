/*
 * AT+CCHMODE=1: session 0 as a line without frames. In and out of it, bytes both ways, and every way in which it ends; all
 * on the virtual clock, where the guard times of +++ are exact.
 */
#include "modem/cch.h"
#include "modem/net.h"
#include "tests/rig_world.h"

#define B04 "LE20B04V03SIM7600M22"

static const char world[] =
	RIG_HOST("echo.test", "{service: echo}")
	RIG_HOST("secure.test", "{service: echo, no_sni: ok}")
	RIG_HOST("alert.test", "{service: echo, no_sni: tls_alert}")
	RIG_HOST("hello.test", "{service: echo, greeting: hello}")
	RIG_HOST("late.test", "{script: [{send: late, after: 5s}, {send: '', after: 1s, close: close}]}")
	RIG_HOST("bye.test", "{script: [{expect: Q, send: bye, close: close}]}")
	RIG_HOST("slam.test", "{script: [{expect: Q, close: reset}]}")
	RIG_HOST("chargen.test", "{service: chargen}")
	RIG_HOST("mute.test", "{service: discard, misbehave: [mute], limits: {window: 10}}")
	RIG_HOST("busy.test", "{service: echo, misbehave: [refuse]}");

#define CONNECT "\r\nCONNECT 115200\r\n"
#define CLOSED "\r\nCLOSED\r\n"
#define OPEN(host) "AT+CCHOPEN=0,\"" host "\",7,1\r"

static struct rig *rig_started(void)
{
	struct rig *r = rig_new_world(B04, NULL, world);

	rig_row(r, "AT+CCHMODE=1\r", RIG_OK);
	rig_row(r, "AT+CCHMODE?\r", "\r\n+CCHMODE: 1\r\n" RIG_OK);
	rig_row(r, "AT+CCHSTART\r", RIG_OK "\r\n+CCHSTART: 0\r\n");
	return r;
}

static struct rig *rig_online(const char *open)
{
	struct rig *r = rig_started();

	rig_row(r, open, CONNECT);
	return r;
}

static void pass(struct rig *r, uint64_t ms)
{
	clock_advance_to(r->clock, clock_now_us(r->clock) + ms * 1000);
}

/* Silence, three pluses, silence. */
static void escape(struct rig *r)
{
	pass(r, 1000);
	rig_row(r, "+++", RIG_OK);
}

START_TEST(there_and_back)
{
	struct rig *r = rig_online(OPEN("echo.test"));

	rig_row(r, "AT+CSQ\r", "AT+CSQ\r");
	rig_row_bytes(r, "\0\x1a\x1b\xff", 4, "\0\x1a\x1b\xff", 4);
	escape(r);
	rig_row(r, "AT\r", RIG_OK);
	rig_row(r, "AT+CCHOPEN?\r", "\r\n+CCHOPEN: 0,\"echo.test\",7,1,\r\n+CCHOPEN: 1,\"\",,,\r\n" RIG_OK);
	rig_row(r, "ATO\r", CONNECT);
	rig_row(r, "x", "x");
	escape(r);
	rig_row(r, "AT+CCHCLOSE=0\r", RIG_OK CLOSED);
	rig_row(r, "ATO\r", "\r\nNO CARRIER\r\n");
	rig_row(r, "AT+CCHSTOP\r", RIG_OK "\r\n+CCHSTOP: 0\r\n");
	rig_free(r);
}
END_TEST

/* 1000 ms before, at most 900 between, 1000 after; pluses that are none of it are data. */
START_TEST(guard_times)
{
	struct rig *r = rig_online(OPEN("echo.test"));

	pass(r, 999);
	rig_row(r, "+++", "+++");	/* CONNECT was less than a second ago */
	pass(r, 1000);
	rig_row(r, "+++x", "+++x");
	pass(r, 1000);
	rig_row(r, "+", "");
	pass(r, 900);
	rig_more(r, "+");
	pass(r, 1000);
	rig_row(r, "++", "++");
	pass(r, 1000);
	rig_row(r, "+++", "");
	rig_after(r, 1000, RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(text_of_connect)
{
	struct rig *r = rig_started();

	rig_row(r, "ATX0\r", RIG_OK);
	rig_row(r, OPEN("hello.test"), "\r\nCONNECT\r\nhello");
	rig_free(r);
	r = rig_started();
	rig_row(r, "AT+CCHOPEN=0,\"secure.test\",443,2\r", CONNECT);
	rig_row(r, "tls", "tls");
	rig_free(r);
}
END_TEST

/* code: of the trace; NULL: no refusal. */
static const struct {
	const char *in, *out, *why;
} refusals[] = {
	{ OPEN("busy.test"), "\r\nCONNECT FAIL\r\n", "misbehaviour refuse" },
	{ OPEN("no.test"), "\r\nCONNECT FAIL\r\n", "is not in the modelled world" },
	{ "AT+CCHOPEN=0,\"alert.test\",443,2\r", "\r\nCONNECT FAIL\r\n", "R3" },
	{ "AT+CCHOPEN=1,\"echo.test\",7,1\r", RIG_ERROR, "has session 0 only" },
	{ "AT+CCHRECV=0\r", "\r\n+CCHRECV: 0,11\r\n" RIG_ERROR, "is not kept" },
	{ "ATO\r", "\r\nNO CARRIER\r\n", NULL },
};

START_TEST(refused)
{
	struct rig *r = rig_started();

	rig_row(r, refusals[_i].in, refusals[_i].out);
	if (refusals[_i].why)
		rig_why(r, refusals[_i].why);
	rig_row(r, OPEN("echo.test"), CONNECT);
	rig_free(r);
}
END_TEST

START_TEST(no_frames_into_the_line)
{
	struct rig *r = rig_online(OPEN("echo.test"));

	escape(r);
	rig_row(r, "AT+CCHSEND=0,1\r", RIG_ERROR);
	rig_why(r, "transparent line");
	rig_row(r, OPEN("echo.test"), RIG_ERROR);
	rig_why(r, "another call stands");
	rig_row(r, "ATO\r", CONNECT);
	rig_row(r, "x", "x");
	rig_free(r);
}
END_TEST

/* The peer closes while the host is in the line, after what it has sent. */
START_TEST(peer_closes)
{
	struct rig *r = rig_online(OPEN("bye.test"));

	rig_row(r, "Q", "bye" CLOSED);
	rig_row(r, "AT\r", RIG_OK);
	rig_row(r, "ATO\r", "\r\nNO CARRIER\r\n");
	rig_row(r, OPEN("slam.test"), CONNECT);
	rig_row(r, "Q", CLOSED);
	rig_why(r, "its script does");
	rig_free(r);
}
END_TEST

/* What comes while the host is at commands waits for ATO; a close by the peer does not. */
START_TEST(outside_the_line)
{
	struct rig *r = rig_online(OPEN("late.test"));

	escape(r);
	pass(r, 4000);
	rig_check(r, "(data waits)", "", 0);
	rig_row(r, "ATO\r", CONNECT "late");
	rig_more(r, CLOSED);
	rig_row(r, OPEN("late.test"), CONNECT);
	escape(r);
	rig_more(r, CLOSED);
	rig_row(r, "ATO\r", "\r\nNO CARRIER\r\n");
	rig_free(r);
}
END_TEST

/* A peer that sends without end waits while the host is at commands. */
START_TEST(peer_waits_outside)
{
	struct rig *r = rig_online(OPEN("chargen.test"));
	size_t first;

	pass(r, 1000);
	first = r->out.len;
	ck_assert_uint_gt(first, 10000);
	buf_reset(&r->out);
	rig_feed(r, "+++", 3);
	pass(r, 1000);
	ck_assert_ptr_nonnull(strstr(r->out.data + r->out.len - 6, RIG_OK));
	buf_reset(&r->out);
	rig_quiet(r, 60000);
	rig_feed(r, "ATO\r", 4);
	pass(r, 1);
	/* all that the cache and the window hold */
	ck_assert_uint_gt(r->out.len, 20480);
	ck_assert_uint_lt(r->out.len, 20480 + 65535 + 100);
	rig_free(r);
}
END_TEST

START_TEST(ways_out)
{
	struct rig *r = rig_online(OPEN("echo.test"));

	net_drop(r->modem->net);
	rig_more(r, CLOSED);
	rig_row(r, "AT+CCHSTOP\r", RIG_ERROR);
	rig_free(r);

	r = rig_online(OPEN("echo.test"));
	escape(r);
	rig_row(r, "ATH\r", RIG_OK CLOSED);
	rig_free(r);

	r = rig_online(OPEN("echo.test"));
	at_dtr_drop(r->host.channel[0]);	/* &D2 */
	rig_more(r, CLOSED);
	rig_row(r, "AT\r", RIG_OK);
	rig_free(r);

	r = rig_started();
	rig_row(r, "AT&D1\r", RIG_OK);
	rig_row(r, OPEN("echo.test"), CONNECT);
	at_dtr_drop(r->host.channel[0]);
	rig_more(r, RIG_OK);
	rig_row(r, "ATO\r", CONNECT);
	rig_free(r);

	r = rig_online(OPEN("echo.test"));
	escape(r);
	rig_row(r, "AT+CCHSTOP\r", RIG_OK "\r\n+CCHSTOP: 0\r\n");
	rig_row(r, "ATO\r", "\r\nNO CARRIER\r\n");
	rig_free(r);

	r = rig_online(OPEN("echo.test"));
	modem_power_off(r->modem);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	rig_free(r);
}
END_TEST

/* A peer that takes nothing: what does not fit is lost and noted; the line works on. */
START_TEST(peer_takes_nothing)
{
	static char block[32768];
	struct rig *r = rig_online(OPEN("mute.test"));

	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 5; i++)
		rig_feed(r, block, sizeof(block));
	rig_quiet(r, 60000);
	rig_row(r, "+++", RIG_OK);
	rig_row(r, "AT+CCHSEND?\r", "\r\n+CCHSEND: 0,65536,1,0\r\n" RIG_OK);
	rig_row(r, "AT+CCHCLOSE=0\r", RIG_OK CLOSED);
	rig_free(r);
}
END_TEST

/* The peer closes while the host does not read: what it sent comes first, then the end, or the host leaves it unread. */
START_TEST(host_does_not_read)
{
	for (int leaves = 0; leaves < 2; leaves++) {
		struct rig *r = rig_online(OPEN("bye.test"));

		r->full = true;
		rig_feed(r, "Q", 1);
		rig_quiet(r, 5000);
		ck_assert_int_eq(cch_boot(r->modem->cch)->session[0].state, CCH_SESSION_LEAVING);
		if (leaves) {
			rig_row(r, "+++", RIG_OK CLOSED);
			rig_row(r, "ATO\r", "\r\nNO CARRIER\r\n");
		} else {
			r->full = false;
			at_host_ready(r->host.channel[0]);
			rig_more(r, "bye" CLOSED);
		}
		rig_free(r);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, there_and_back);
	tcase_add_test(tc, guard_times);
	tcase_add_test(tc, text_of_connect);
	tcase_add_loop_test(tc, refused, 0, (int)(sizeof(refusals) / sizeof(refusals[0])));
	tcase_add_test(tc, no_frames_into_the_line);
	tcase_add_test(tc, peer_closes);
	tcase_add_test(tc, outside_the_line);
	tcase_add_test(tc, peer_waits_outside);
	tcase_add_test(tc, ways_out);
	tcase_add_test(tc, peer_takes_nothing);
	tcase_add_test(tc, host_does_not_read);
}

int main(void)
{
	return rig_main("cch line", add);
}
