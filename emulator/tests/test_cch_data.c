/*
 * Conversations over CCH sessions to modelled hosts, byte by byte: plain TCP, both ways of receiving, sending against a
 * peer that is slow, and every way in which a session ends.
 */
#include "modem/cch_impl.h"
#include "modem/net.h"
#include "tests/rig_world.h"

#define B04 "LE20B04V03SIM7600M22"
#define A7670 "A011B03A7670M7_F"

static const char world[] =
	RIG_HOST("echo.test, port: 7", "{service: echo}")
	RIG_HOST("hello.test", "{service: echo, greeting: 'hi\\r\\n'}")
	RIG_HOST("busy.test", "{service: echo, misbehave: [refuse]}")
	RIG_HOST("lost.test", "{service: echo, misbehave: [tcp_timeout]}")
	RIG_HOST("slow.test", "{service: discard, limits: {window: 100, rate: 100}}")
	RIG_HOST("mute.test", "{service: discard, misbehave: [mute], limits: {window: 10}}")
	RIG_HOST("bye.test", "{script: [{expect: Q, send: bye, close: close}]}")
	RIG_HOST("slam.test", "{script: [{expect: Q, close: reset}]}")
	RIG_HOST("chargen.test", "{service: chargen}")
	RIG_HOST("day.test", "{service: daytime}");

enum { LINE_MAX_ROWS = 24 };

/*
 * in NULL: nothing is typed, what comes is awaited; "=": a line of the world's control language, "=net" the network goes;
 * "~": half a second passes.
 */
struct line {
	const char *in, *out;
};

#define START { "AT+CCHSTART\r", RIG_OK "\r\n+CCHSTART: 0\r\n" }
#define MANUAL { "AT+CCHSET=1,1\r", RIG_OK }, START
#define AUTO START
#define OPEN(host, port) { "AT+CCHOPEN=0,\"" host "\"," port ",1\r", RIG_OK "\r\n+CCHOPEN: 0,0\r\n" }
#define SEND(n, data) { "AT+CCHSEND=0," n "\r", "\r\n>" }, { data, RIG_OK }

static const struct {
	const char *what, *profile, *quirk;
	struct line line[LINE_MAX_ROWS];
	const char *why;
} rows[] = {
	{ "manual: event, length, data, terminator", B04, NULL,
	  { MANUAL, OPEN("echo.test", "7"), SEND("5", "hello"), { NULL, "\r\n+CCHSEND: 0,0\r\n\r\n+CCHEVENT: 0,RECV EVENT\r\n" },
	    { "AT+CCHRECV?\r", "\r\n+CCHRECV: LEN,5,0\r\n" RIG_OK },
	    { "AT+CCHRECV=0\r", RIG_OK "\r\n+CCHRECV: DATA,0,5\r\nhello\r\n+CCHRECV: 0,0\r\n" },
	    { "AT+CCHRECV?\r", "\r\n+CCHRECV: LEN,0,0\r\n" RIG_OK },
	    { "AT+CCHRECV=0\r", "\r\n+CCHRECV: 0,8\r\n" RIG_ERROR },
	    { "AT+CCHCLOSE=0\r", RIG_OK "\r\n+CCHCLOSE: 0,0\r\n" },
	    { "AT+CCHSTOP\r", RIG_OK "\r\n+CCHSTOP: 0\r\n" } },
	  NULL },
	{ "an empty cache", B04, NULL, { MANUAL, OPEN("echo.test", "7"), { "AT+CCHRECV=0\r", "\r\n+CCHRECV: 0,8\r\n" RIG_ERROR } },
	  "no data is cached" },
	{ "the terminator of a row is raw bytes", B04, NULL,
	  { MANUAL, OPEN("echo.test", "7"), { "AT+CCHSEND=0,4\r", "\r\n>" }, { "\r\n\x1a\x1b", RIG_OK },
	    { NULL, "\r\n+CCHSEND: 0,0\r\n\r\n+CCHEVENT: 0,RECV EVENT\r\n" },
	    { "AT+CCHRECV=0\r", RIG_OK "\r\n+CCHRECV: DATA,0,4\r\n\r\n\x1a\x1b\r\n+CCHRECV: 0,0\r\n" } },
	  NULL },
	{ "a partial read leaves an event behind", B04, NULL,
	  { MANUAL, OPEN("echo.test", "7"), SEND("5", "hello"), { NULL, "\r\n+CCHSEND: 0,0\r\n\r\n+CCHEVENT: 0,RECV EVENT\r\n" },
	    { "AT+CCHRECV=0,2\r", RIG_OK "\r\n+CCHRECV: DATA,0,2\r\nhe\r\n+CCHRECV: 0,0\r\n\r\n+CCHEVENT: 0,RECV EVENT\r\n" },
	    { "AT+CCHRECV=0,0\r", RIG_OK "\r\n+CCHRECV: DATA,0,3\r\nllo\r\n+CCHRECV: 0,0\r\n" } },
	  NULL },
	{ "a partial read leaves none", B04, "cch_event_after_read=false",
	  { MANUAL, OPEN("hello.test", "1"), { NULL, "\r\n+CCHEVENT: 0,RECV EVENT\r\n" },
	    { "AT+CCHRECV=0,1\r", RIG_OK "\r\n+CCHRECV: DATA,0,1\r\nh\r\n+CCHRECV: 0,0\r\n" },
	    { "AT+CCHRECV?\r", "\r\n+CCHRECV: LEN,3,0\r\n" RIG_OK } },
	  NULL },
	{ "blocks of the revision's size", B04, "cch_recv_chunk=16",
	  { MANUAL, OPEN("echo.test", "7"), SEND("20", "0123456789abcdefghij"),
	    { NULL, "\r\n+CCHSEND: 0,0\r\n\r\n+CCHEVENT: 0,RECV EVENT\r\n" },
	    { "AT+CCHRECV=0\r", RIG_OK "\r\n+CCHRECV: DATA,0,16\r\n0123456789abcdef\r\n+CCHRECV: DATA,0,4\r\nghij\r\n"
				       "+CCHRECV: 0,0\r\n" } },
	  NULL },
	{ "one event for what is cached already", B04, NULL,
	  { MANUAL, OPEN("echo.test", "7"), SEND("1", "a"), { NULL, "\r\n+CCHSEND: 0,0\r\n\r\n+CCHEVENT: 0,RECV EVENT\r\n" },
	    SEND("1", "b"), { "~", "\r\n+CCHSEND: 0,0\r\n" },
	    { "AT+CCHRECV?\r", "\r\n+CCHRECV: LEN,2,0\r\n" RIG_OK } },
	  NULL },
	{ "automatic: data comes by itself, and no result is reported", B04, NULL,
	  { AUTO, OPEN("echo.test", "7"), SEND("5", "hello"), { NULL, "\r\n+CCHRECV: DATA,0,5\r\nhello" },
	    { "AT+CCHRECV=0\r", "\r\n+CCHRECV: 0,11\r\n" RIG_ERROR },
	    { "AT+CCHCLOSE=0\r", RIG_OK "\r\n+CCHCLOSE: 0,0\r\n" } },
	  NULL },
	{ "automatic: what came before the peer closed, then the close", B04, NULL,
	  { AUTO, OPEN("day.test", "13"),
	    { NULL, "\r\n+CCHRECV: DATA,0,41\r\nThursday, January 01, 2026 00:00:01-UTC\r\n\r\n+CCH_PEER_CLOSED: 0\r\n" } },
	  "daytime has said it all" },
	{ "automatic: data waits for the end of a prompt", B04, NULL,
	  { AUTO, OPEN("hello.test", "1"), { "AT+CCHSEND=0,2\r", "\r\n>" }, { "~", "" }, { "x", "" }, { "y", RIG_OK "\r\n+CCHRECV: DATA,0,4\r\nhi\r\n\r\n+CCHRECV: DATA,0,2\r\nxy" } },
	  NULL },
	{ "the peer closes: the cache stays", B04, NULL,
	  { MANUAL, OPEN("bye.test", "1"), SEND("1", "Q"),
	    { NULL, "\r\n+CCHSEND: 0,0\r\n\r\n+CCHEVENT: 0,RECV EVENT\r\n\r\n+CCH_PEER_CLOSED: 0\r\n" },
	    { "AT+CCHRECV?\r", "\r\n+CCHRECV: LEN,3,0\r\n" RIG_OK }, { "AT+CCHOPEN?\r", "\r\n+CCHOPEN: 0,\"\",,,\r\n+CCHOPEN: 1,\"\",,,\r\n" RIG_OK },
	    { "AT+CCHRECV=0\r", RIG_OK "\r\n+CCHRECV: DATA,0,3\r\nbye\r\n+CCHRECV: 0,0\r\n" },
	    { "AT+CCHSEND=0,1\r", RIG_ERROR }, { "AT+CCHCLOSE=0\r", RIG_ERROR }, OPEN("echo.test", "7") },
	  NULL },
	{ "the peer closes: the cache is lost", B04, "cch_cache_after_close=false",
	  { MANUAL, OPEN("bye.test", "1"), SEND("1", "Q"),
	    { NULL, "\r\n+CCHSEND: 0,0\r\n\r\n+CCHEVENT: 0,RECV EVENT\r\n\r\n+CCH_PEER_CLOSED: 0\r\n" },
	    { "AT+CCHRECV?\r", "\r\n+CCHRECV: LEN,0,0\r\n" RIG_OK } },
	  NULL },
	{ "the peer closes: CCHCLOSE is welcome", B04, "cch_close_after_peer=true",
	  { MANUAL, OPEN("bye.test", "1"), SEND("1", "Q"),
	    { NULL, "\r\n+CCHSEND: 0,0\r\n\r\n+CCHEVENT: 0,RECV EVENT\r\n\r\n+CCH_PEER_CLOSED: 0\r\n" },
	    { "AT+CCHCLOSE=0\r", RIG_OK "\r\n+CCHCLOSE: 0,0\r\n" }, { "AT+CCHRECV?\r", "\r\n+CCHRECV: LEN,0,0\r\n" RIG_OK } },
	  NULL },
	{ "the peer resets", B04, NULL,
	  { MANUAL, OPEN("slam.test", "1"), SEND("1", "Q"), { NULL, "\r\n+CCHSEND: 0,0\r\n\r\n+CCH_RECV_CLOSED: 0,6\r\n" } },
	  "its script does" },
	{ "the peer resets, in the words of a box of the manual", B04, "cch_lost_urc=error",
	  { MANUAL, OPEN("slam.test", "1"), SEND("1", "Q"), { NULL, "\r\n+CCHSEND: 0,0\r\n\r\n+CCH_RECV_ERROR: 0,6\r\n" } },
	  NULL },
	{ "the network is lost", B04, NULL,
	  { MANUAL, OPEN("echo.test", "7"), { "=net", "\r\n+CCH_RECV_CLOSED: 0,9\r\n" },
	    { "AT+CCHADDR\r", RIG_ERROR }, { "AT+CCHSTOP\r", RIG_ERROR } },
	  "the CCH service is not started" },
	{ "the network is lost, other silicon", A7670, NULL,
	  { MANUAL, OPEN("echo.test", "7"),
	    { "=net", "\r\n+CGEV: NW PDN DEACT 1\r\n\r\n+CCH_RECV_CLOSED: 0,9\r\n\r\n+CCH: CCH STOP\r\n" } },
	  NULL },
	{ "a slow peer: the result comes when it has taken all", B04, NULL,
	  { MANUAL, OPEN("slow.test", "9"), { "AT+CCHSEND=0,200\r", "\r\n>" },
	    { "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
	      "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789", RIG_OK },
	    { "AT+CCHSEND?\r", "\r\n+CCHSEND: 0,100,1,0\r\n" RIG_OK }, { "AT+CCHSEND=0,1\r", RIG_ERROR },
	    { NULL, "\r\n+CCHSEND: 0,0\r\n" }, { "AT+CCHSEND?\r", "\r\n+CCHSEND: 0,0,1,0\r\n" RIG_OK } },
	  NULL },
	{ "a peer that takes nothing: sendtimeout", B04, NULL,
	  { MANUAL, { "AT+CCHCFG=\"sendtimeout\",0,60\r", RIG_OK }, OPEN("mute.test", "9"), { "AT+CCHSEND=0,20\r", "\r\n>" },
	    { "01234567890123456789", RIG_OK }, { NULL, "\r\n+CCHSEND: 0,18\r\n" } },
	  "sendtimeout" },
	{ "a close takes the unsent with it", B04, NULL,
	  { MANUAL, OPEN("mute.test", "9"), { "AT+CCHSEND=0,20\r", "\r\n>" }, { "01234567890123456789", RIG_OK },
	    { "AT+CCHCLOSE=0\r", RIG_OK "\r\n+CCHSEND: 0,16\r\n\r\n+CCHCLOSE: 0,0\r\n" } },
	  "before the peer had taken everything" },
	{ "the peer closes on a send", B04, NULL,
	  { MANUAL, OPEN("mute.test", "9"), { "AT+CCHSEND=0,20\r", "\r\n>" }, { "01234567890123456789", RIG_OK },
	    { "=drop close", "\r\n+CCHSEND: 0,4\r\n\r\n+CCH_PEER_CLOSED: 0\r\n" } },
	  "control: drop" },
	{ "STOP takes open sessions with it", B04, NULL,
	  { MANUAL, OPEN("echo.test", "7"), { "AT+CCHSTOP\r", RIG_OK "\r\n+CCHSTOP: 0\r\n" },
	    { "AT+CCHSTART\r", RIG_OK "\r\n+CCHSTART: 0\r\n" }, OPEN("echo.test", "7") },
	  NULL },
	{ "no such name", B04, NULL,
	  { MANUAL, { "AT+CCHOPEN=0,\"no.test\",1,1\r", RIG_OK "\r\n+CCHOPEN: 0,13\r\n" }, OPEN("echo.test", "7") }, NULL },
	{ "a name is explained", B04, NULL, { MANUAL, { "AT+CCHOPEN=0,\"no.test\",1,1\r", RIG_OK "\r\n+CCHOPEN: 0,13\r\n" } },
	  "is not in the modelled world" },
	{ "refused", B04, NULL, { MANUAL, { "AT+CCHOPEN=0,\"busy.test\",1,1\r", RIG_OK "\r\n+CCHOPEN: 0,14\r\n" } },
	  "misbehaviour refuse" },
	{ "refused, with a close behind it", B04, "cch_open_fail_close=true",
	  { MANUAL, { "AT+CCHOPEN=1,\"busy.test\",1,1\r", RIG_OK "\r\n+CCHOPEN: 1,14\r\n\r\n+CCHCLOSE: 1,14\r\n" } }, NULL },
	{ "no answer", B04, NULL, { MANUAL, { "AT+CCHOPEN=0,\"lost.test\",1,1\r", RIG_OK "\r\n+CCHOPEN: 0,5\r\n" } },
	  "tcp_timeout" },
	{ "the network goes while opening", B04, NULL,
	  { MANUAL, { "AT+CCHOPEN=0,\"lost.test\",1,1\r", RIG_OK }, { "=net", "\r\n+CCHOPEN: 0,17\r\n" } }, NULL },
	{ "no network to start on", B04, NULL,
	  { { "=net", "" }, { "AT+CCHSTART\r", RIG_OK "\r\n+CCHSTART: 9\r\n" }, { "AT+CCHSTOP\r", RIG_ERROR } },
	  "the CCH service is not started" },
	{ "the line first: OPEN", B04, "cch_open_order=urc_first",
	  { MANUAL, { "AT+CCHOPEN=0,\"echo.test\",7,1\r", "\r\n+CCHOPEN: 0,0\r\n" RIG_OK },
	    { "AT+CCHOPEN=1,\"busy.test\",7,1\r", "\r\n+CCHOPEN: 1,14\r\n" RIG_ERROR } },
	  NULL },
	{ "the line first: CLOSE", B04, "cch_close_order=urc_first",
	  { MANUAL, OPEN("echo.test", "7"), { "AT+CCHCLOSE=0\r", "\r\n+CCHCLOSE: 0,0\r\n" RIG_OK } }, NULL },
	{ "the line first: STOP", B04, "cch_stop_order=urc_first",
	  { MANUAL, { "AT+CCHSTOP\r", "\r\n+CCHSTOP: 0\r\n" RIG_OK } }, NULL },
	{ "START with the network open: the line first", B04, NULL,
	  { { "AT+NETOPEN\r", RIG_OK "\r\n+NETOPEN: 0\r\n" }, { "AT+CCHSTART\r", "\r\n+CCHSTART: 0\r\n" RIG_OK } }, NULL },
	{ "START with the network open, other silicon", A7670, NULL,
	  { { "AT+NETOPEN\r", RIG_OK "\r\n+NETOPEN: 0\r\n" }, { "AT+CCHSTART\r", RIG_OK "\r\n+CCHSTART: 0\r\n" } }, NULL },
	{ "START with the network open: blocked", B04, "cch_start_blocked=true",
	  { { "AT+NETOPEN\r", RIG_OK "\r\n+NETOPEN: 0\r\n" }, { "AT+CCHSTART\r", RIG_ERROR } }, "cch_start_blocked" },
	{ "codes of twice", B04, "cch_start_twice_code=11",
	  { START, { "AT+CCHSTART\r", "\r\n+CCHSTART: 11\r\n" RIG_ERROR } }, "started already" },
	{ "the table of 2016 ends at 9", B04, "cch_table=v1",
	  { MANUAL, { "AT+CCHOPEN=0,\"no.test\",1,1\r", RIG_OK "\r\n+CCHOPEN: 0,9\r\n" },
	    { "AT+CCHRECV=0\r", "\r\n+CCHRECV: 0,7\r\n" RIG_ERROR } },
	  NULL },
	{ "states, where they can be asked for", B04, "cch_state=true",
	  { { "AT+CCHSTATE\r", "\r\n+CCHSTATE: 0,0,0\r\n" RIG_OK }, MANUAL, OPEN("echo.test", "7"),
	    { "AT+CCHSTATE\r", "\r\n+CCHSTATE: 2,2,0\r\n" RIG_OK } },
	  NULL },
	{ "a foreign client type opens plain TCP", B04, "cch_type_any=true",
	  { MANUAL, { "AT+CCHOPEN=0,\"echo.test\",7,3\r", RIG_OK "\r\n+CCHOPEN: 0,0\r\n" },
	    { "AT+CCHOPEN?\r", "\r\n+CCHOPEN: 0,\"echo.test\",7,1,\r\n+CCHOPEN: 1,\"\",,,\r\n" RIG_OK } },
	  NULL },
	{ "two sessions at once", B04, NULL,
	  { MANUAL, OPEN("echo.test", "7"), { "AT+CCHOPEN=1,\"hello.test\",25,1,5000\r", RIG_OK "\r\n+CCHOPEN: 1,0\r\n" },
	    { NULL, "\r\n+CCHEVENT: 1,RECV EVENT\r\n" },
	    { "AT+CCHOPEN?\r", "\r\n+CCHOPEN: 0,\"echo.test\",7,1,\r\n+CCHOPEN: 1,\"hello.test\",25,1,5000\r\n" RIG_OK },
	    { "AT+CCHRECV=1\r", RIG_OK "\r\n+CCHRECV: DATA,1,4\r\nhi\r\n\r\n+CCHRECV: 1,0\r\n" },
	    SEND("1", "a"), { NULL, "\r\n+CCHSEND: 0,0\r\n\r\n+CCHEVENT: 0,RECV EVENT\r\n" },
	    { "AT+CCHRECV?\r", "\r\n+CCHRECV: LEN,1,0\r\n" RIG_OK } },
	  NULL },
};

static void play(struct rig *r, const struct line *l)
{
	if (!l->in) {
		rig_more(r, l->out);
	} else if (!strcmp(l->in, "=net")) {
		buf_reset(&r->why);
		net_drop(r->modem->net);
		rig_more(r, l->out);
	} else if (l->in[0] == '~') {
		clock_advance_to(r->clock, clock_now_us(r->clock) + 500000);
		rig_check(r, l->in, l->out, strlen(l->out));
	} else if (l->in[0] == '=') {
		buf_reset(&r->why);
		rig_world(r, l->in + 1);
		rig_more(r, l->out);
	} else {
		rig_row(r, l->in, l->out);
	}
}

START_TEST(conversation)
{
	const char *const quirks[] = { rows[_i].quirk, NULL };
	struct rig *r = rig_new_world(rows[_i].profile, quirks, world);

	for (int i = 0; i < LINE_MAX_ROWS && (rows[_i].line[i].in || rows[_i].line[i].out); i++)
		play(r, &rows[_i].line[i]);
	if (rows[_i].why)
		rig_why(r, rows[_i].why);
	rig_free(r);
}
END_TEST

/* A peer that sends without end: the cache has its size, the peer waits, and reading lets it go on. */
START_TEST(cache_is_bounded)
{
	static const char *const quirks[] = { "cch_cache_bytes=4096", NULL };
	struct rig *r = rig_new_world(B04, quirks, world);
	size_t total = 0;

	rig_row(r, "AT+CCHSET=0,1\r", RIG_OK);
	rig_row(r, "AT+CCHSTART\r", RIG_OK "\r\n+CCHSTART: 0\r\n");
	rig_row(r, "AT+CCHOPEN=0,\"chargen.test\",19,1\r", RIG_OK "\r\n+CCHOPEN: 0,0\r\n");
	rig_more(r, "\r\n+CCHEVENT: 0,RECV EVENT\r\n");
	rig_quiet(r, 60000);
	for (int i = 0; i < 20; i++) {
		rig_row(r, "AT+CCHRECV?\r", "\r\n+CCHRECV: LEN,4096,0\r\n" RIG_OK);
		rig_feed(r, "AT+CCHRECV=0,2048\r", 18);
		clock_advance_to(r->clock, clock_now_us(r->clock) + 1000000);
		total += r->out.len;
		buf_reset(&r->out);
	}
	ck_assert_uint_gt(total, 20 * 2048);
	/* what the link had under way when it was told to pause */
	ck_assert_uint_lt(r->modem->cch->socket[0].in.len, 2 * 4096);
	rig_free(r);
}
END_TEST

static size_t add_text(char *at, const char *text)
{
	memcpy(at, text, strlen(text));
	return strlen(text);
}

/*
 * Data that nobody takes is not lost: while the host is at a prompt only so much of it can wait there. What is left comes
 * when the prompt is over, and the end of the session behind it.
 */
START_TEST(waits_for_the_host)
{
	static const char *const quirks[] = { "cch_cache_bytes=100000", NULL };
	char *text = calloc(1, 200000), *at = text;
	struct rig *r;
	size_t total = 0;

	at += add_text(at, "  - {match: big.test, model: {script: [{expect: Q, send: \"");
	for (int i = 0; i < 2; i++) {
		memset(at, 'a' + i, 40000);
		at += 40000;
		at += add_text(at, i ? "\", close: close}]}}\n" : "\"}, {send: \"");
	}
	r = rig_new_world(B04, quirks, text);
	free(text);
	rig_row(r, "AT+CCHSTART\r", RIG_OK "\r\n+CCHSTART: 0\r\n");
	rig_row(r, "AT+CCHOPEN=0,\"big.test\",1,1\r", RIG_OK "\r\n+CCHOPEN: 0,0\r\n");
	rig_row(r, "AT+CCHSEND=0,1\r", "\r\n>");
	rig_row(r, "Q", RIG_OK);
	rig_quiet(r, 25);
	rig_row(r, "AT+CCHSEND=0,1\r", "\r\n>");
	rig_quiet(r, 60000);
	ck_assert_uint_gt(cch_cached(r->modem->cch, 0), 10000);
	ck_assert_int_eq(cch_boot(r->modem->cch)->session[0].state, CCH_SESSION_LEAVING);
	rig_feed(r, "x", 1);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 1000);
	for (size_t i = 0; i < r->out.len; i++)
		total += r->out.data[i] == 'a' || r->out.data[i] == 'b';
	ck_assert_uint_eq(total, 80000);
	ck_assert_str_eq(r->out.data + r->out.len - 24, "b\r\n+CCH_PEER_CLOSED: 0\r\n");
	ck_assert_int_eq(strncmp(r->out.data, RIG_ERROR, strlen(RIG_ERROR)), 0);
	buf_reset(&r->out);
	rig_quiet(r, 60000);
	rig_free(r);
}
END_TEST

/* Times from the command on: name and connect, a send's result, a read, a close. */
START_TEST(times)
{
	struct rig *r = rig_new_world(B04, NULL, world);

	rig_row(r, "AT+CCHSET=1,1\r", RIG_OK);
	rig_row(r, "AT+CCHSTART\r", RIG_OK);
	rig_after(r, 900, "\r\n+CCHSTART: 0\r\n");
	rig_row(r, "AT+CCHOPEN=0,\"echo.test\",7,1\r", RIG_OK);
	rig_after(r, 650, "\r\n+CCHOPEN: 0,0\r\n");
	rig_row(r, "AT+CCHSEND=0,1\r", "\r\n>");
	rig_row(r, "a", RIG_OK);
	rig_after(r, 20, "\r\n+CCHSEND: 0,0\r\n");
	rig_after(r, 120, "\r\n+CCHEVENT: 0,RECV EVENT\r\n");
	rig_row(r, "AT+CCHRECV=0\r", RIG_OK);
	rig_after(r, 2, "\r\n+CCHRECV: DATA,0,1\r\na\r\n+CCHRECV: 0,0\r\n");
	rig_row(r, "AT+CCHCLOSE=0\r", RIG_OK);
	rig_after(r, 100, "\r\n+CCHCLOSE: 0,0\r\n");
	rig_row(r, "AT+CCHSTOP\r", RIG_OK);
	rig_after(r, 20, "\r\n+CCHSTOP: 0\r\n");
	rig_free(r);
}
END_TEST

/* The host types the next command before the first is through; nothing is lost and nothing crashes. */
START_TEST(typed_ahead)
{
	struct rig *r = rig_new_world(B04, NULL, world);

	rig_row(r, "AT+NETOPEN\r", RIG_OK "\r\n+NETOPEN: 0\r\n");
	rig_row(r, "AT+CCHSTART\rAT+CCHOPEN=0,\"echo.test\",7,1\rAT+CCHOPEN=0,\"echo.test\",7,1\rAT+CCHSTOP\rAT+CCHADDR\r",
		"\r\n+CCHSTART: 0\r\n" RIG_OK RIG_OK RIG_ERROR RIG_OK RIG_ERROR "\r\n+CCHSTOP: 0\r\n");
	rig_quiet(r, 10000);
	rig_free(r);
}
END_TEST

START_TEST(reset_clears)
{
	struct rig *r = rig_new_world(B04, NULL, world);

	rig_row(r, "AT+CCHSET=1,1\r", RIG_OK);
	rig_row(r, "AT+CCHCFG=\"sendtimeout\",1,60\r", RIG_OK);
	rig_row(r, "AT+CCHSTART\r", RIG_OK "\r\n+CCHSTART: 0\r\n");
	rig_row(r, "AT+CCHSSLCFG=0,3\r", RIG_OK);
	rig_row(r, "AT+CCHOPEN=0,\"hello.test\",7,1\r", RIG_OK "\r\n+CCHOPEN: 0,0\r\n");
	rig_row(r, "AT+CCHSEND=0,1\r", "\r\n>");
	modem_power_off(r->modem);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	buf_reset(&r->out);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CCHSET?\r", "\r\n+CCHSET: 0,0\r\n" RIG_OK);
	rig_row(r, "AT+CCHCFG?\r", "\r\n+CCHCFG: 0,150,\r\n+CCHCFG: 1,150,\r\n" RIG_OK);
	rig_row(r, "AT+CCHSSLCFG?\r", "\r\n+CCHSSLCFG: 0,\r\n+CCHSSLCFG: 1,\r\n" RIG_OK);
	rig_row(r, "AT+CCHRECV?\r", "\r\n+CCHRECV: LEN,0,0\r\n" RIG_OK);
	rig_row(r, "AT+CCHSTOP\r", RIG_ERROR);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, conversation, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, cache_is_bounded);
	tcase_add_test(tc, waits_for_the_host);
	tcase_add_test(tc, times);
	tcase_add_test(tc, typed_ahead);
	tcase_add_test(tc, reset_clears);
}

int main(void)
{
	return rig_main("cch data", add);
}
