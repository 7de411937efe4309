/*
 * Each command of the CCH family in each state of service and session, both ends of each range and one past, test and
 * read forms. Nothing is refused without a reason.
 */
#include "tests/rig_world.h"

#define B04 "LE20B04V03SIM7600M22"

static const char world[] =
	RIG_HOST("echo.test", "{service: echo}")
	RIG_HOST("hello.test", "{service: echo, greeting: hello}")
	RIG_HOST("bye.test", "{script: [{send: bye, close: close}]}")
	RIG_HOST("mute.test", "{service: discard, misbehave: [mute], limits: {window: 1}}")
	RIG_HOST("slow.test", "{service: echo, latency: {tcp: 60s}}");

enum state { STOPPED, STARTED, OPENING, OPENED, SENDING, CACHED, ENDED, STATES };

#define PROMPT "\r\n>"
#define DATA(text, n) RIG_OK "\r\n+CCHRECV: DATA,0," n "\r\n" text "\r\n+CCHRECV: 0,0\r\n"
#define RECV_REFUSED(code) "\r\n+CCHRECV: 0," code "\r\n" RIG_ERROR
#define LEN(n) "\r\n+CCHRECV: LEN," n ",0\r\n" RIG_OK
#define NOBODY "\r\n+CCHOPEN: 0,\"\",,,\r\n+CCHOPEN: 1,\"\",,,\r\n" RIG_OK
#define SOMEBODY(host) "\r\n+CCHOPEN: 0,\"" host "\",7,1,\r\n+CCHOPEN: 1,\"\",,,\r\n" RIG_OK
#define OPEN_OK RIG_OK "\r\n+CCHOPEN: 0,0\r\n"

static const struct {
	const char *in, *out[STATES];	/* stopped, started, opening, open, sending, with cached data, ended */
} cells[] = {
	{ "AT+CCHSTART\r",
	  { RIG_OK "\r\n+CCHSTART: 0\r\n", RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR } },
	{ "AT+CCHSTOP\r",
	  { RIG_ERROR, RIG_OK "\r\n+CCHSTOP: 0\r\n", RIG_OK "\r\n+CCHSTOP: 0\r\n", RIG_OK "\r\n+CCHSTOP: 0\r\n",
	    RIG_OK "\r\n+CCHSTOP: 0\r\n", RIG_OK "\r\n+CCHSTOP: 0\r\n", RIG_OK "\r\n+CCHSTOP: 0\r\n" } },
	{ "AT+CCHSET=1,1\r", { RIG_OK, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR } },
	{ "AT+CCHMODE=1\r", { RIG_OK, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR } },
	{ "AT+CCHADDR\r",
	  { RIG_ERROR, "\r\n+CCHADDR: 10.64.0.2\r\n" RIG_OK, "\r\n+CCHADDR: 10.64.0.2\r\n" RIG_OK,
	    "\r\n+CCHADDR: 10.64.0.2\r\n" RIG_OK, "\r\n+CCHADDR: 10.64.0.2\r\n" RIG_OK,
	    "\r\n+CCHADDR: 10.64.0.2\r\n" RIG_OK, "\r\n+CCHADDR: 10.64.0.2\r\n" RIG_OK } },
	{ "AT+CCHSTATE\r", { RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR } },
	{ "AT+CCHCFG=\"sendtimeout\",0,60\r", { RIG_OK, RIG_OK, RIG_OK, RIG_OK, RIG_OK, RIG_OK, RIG_OK } },
	{ "AT+CCHCFG=\"sslctx\",0,3\r", { RIG_ERROR, RIG_OK, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_OK } },
	{ "AT+CCHSSLCFG=0,3\r", { RIG_ERROR, RIG_OK, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_OK } },
	{ "AT+CCHOPEN=0,\"echo.test\",7,1\r",
	  { RIG_ERROR, OPEN_OK, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, OPEN_OK } },
	{ "AT+CCHOPEN?\r",
	  { NOBODY, NOBODY, NOBODY, SOMEBODY("echo.test"), SOMEBODY("mute.test"), SOMEBODY("hello.test"), NOBODY } },
	{ "AT+CCHSEND=0,1\r", { RIG_ERROR, RIG_ERROR, RIG_ERROR, PROMPT, RIG_ERROR, PROMPT, RIG_ERROR } },
	{ "AT+CCHSEND?\r",
	  { "\r\n+CCHSEND: 0,0,1,0\r\n" RIG_OK, "\r\n+CCHSEND: 0,0,1,0\r\n" RIG_OK, "\r\n+CCHSEND: 0,0,1,0\r\n" RIG_OK,
	    "\r\n+CCHSEND: 0,0,1,0\r\n" RIG_OK, "\r\n+CCHSEND: 0,2,1,0\r\n" RIG_OK, "\r\n+CCHSEND: 0,0,1,0\r\n" RIG_OK,
	    "\r\n+CCHSEND: 0,0,1,0\r\n" RIG_OK } },
	{ "AT+CCHRECV=0\r",
	  { RECV_REFUSED("11"), RECV_REFUSED("8"), RECV_REFUSED("8"), RECV_REFUSED("8"), RECV_REFUSED("8"),
	    DATA("hello", "5"), DATA("bye", "3") } },
	{ "AT+CCHRECV?\r", { LEN("0"), LEN("0"), LEN("0"), LEN("0"), LEN("0"), LEN("5"), LEN("3") } },
	{ "AT+CCHCLOSE=0\r",
	  { RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_OK "\r\n+CCHCLOSE: 0,0\r\n",
	    RIG_OK "\r\n+CCHSEND: 0,16\r\n\r\n+CCHCLOSE: 0,0\r\n", RIG_OK "\r\n+CCHCLOSE: 0,0\r\n", RIG_ERROR } },
	/* the other session is closed in every state */
	{ "AT+CCHSEND=1,1\r", { RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR } },
	{ "AT+CCHCLOSE=1\r", { RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR, RIG_ERROR } },
};

static struct rig *rig_in(enum state s)
{
	static const char *const host[STATES] = {
		[OPENING] = "slow.test", [OPENED] = "echo.test", [SENDING] = "mute.test", [CACHED] = "hello.test",
		[ENDED] = "bye.test",
	};
	struct rig *r = rig_new_world(B04, NULL, world);
	char line[64];

	rig_row(r, "AT+CCHSET=1,1\r", RIG_OK);
	if (s == STOPPED)
		return r;
	rig_row(r, "AT+CCHSTART\r", RIG_OK "\r\n+CCHSTART: 0\r\n");
	if (!host[s])
		return r;
	snprintf(line, sizeof(line), "AT+CCHOPEN=0,\"%s\",7,1\r", host[s]);
	rig_row(r, line, s == OPENING ? RIG_OK : OPEN_OK);
	if (s == SENDING) {
		rig_row(r, "AT+CCHSEND=0,3\r", PROMPT);
		rig_row(r, "abc", RIG_OK);
	} else if (s == CACHED || s == ENDED) {
		rig_more(r, s == CACHED ? "\r\n+CCHEVENT: 0,RECV EVENT\r\n" :
					  "\r\n+CCHEVENT: 0,RECV EVENT\r\n\r\n+CCH_PEER_CLOSED: 0\r\n");
	}
	return r;
}

START_TEST(state_table)
{
	for (int s = 0; s < STATES; s++) {
		struct rig *r = rig_in((enum state)s);
		bool refused = strstr(cells[_i].out[s], "ERROR") != NULL;

		rig_row(r, cells[_i].in, cells[_i].out[s]);
		ck_assert_msg(!refused || strstr(buf_str(&r->why), "\"family\":\"cch\""), "%s in state %d", cells[_i].in, s);
		rig_free(r);
	}
}
END_TEST

/* Asked while session 0 is open. */
static const struct {
	const char *in, *out;
} forms[] = {
	{ "AT+CCHSET=?\r", "\r\n+CCHSET: (0,1),(0,1)\r\n" RIG_OK },
	{ "AT+CCHSET?\r", "\r\n+CCHSET: 1,1\r\n" RIG_OK },
	{ "AT+CCHMODE=?\r", "\r\n+CCHMODE: (0,1)\r\n" RIG_OK },
	{ "AT+CCHMODE?\r", "\r\n+CCHMODE: 0\r\n" RIG_OK },
	{ "AT+CCHMODE=2\r", RIG_ERROR },
	{ "AT+CCHSTART=?\r", RIG_OK },
	{ "AT+CCHSTART?\r", RIG_ERROR },
	{ "AT+CCHSTATE=?\r", RIG_ERROR },
	{ "AT+CCHSTATE?\r", RIG_ERROR },
	{ "AT+CCHCFG=?\r", "\r\n+CCHCFG: \"sendtimeout\",(0,1),(60-150)\r\n+CCHCFG: \"sslctx\",(0,1),(0-9)\r\n" RIG_OK },
	{ "AT+CCHCFG?\r", "\r\n+CCHCFG: 0,150,\r\n+CCHCFG: 1,150,\r\n" RIG_OK },
	{ "AT+CCHCFG=\"sendtimeout\",1,59\r", RIG_ERROR },
	{ "AT+CCHCFG=\"sendtimeout\",1,60\r", RIG_OK },
	{ "AT+CCHCFG=\"SENDTIMEOUT\",1,150\r", RIG_OK },
	{ "AT+CCHCFG=\"sendtimeout\",1,151\r", RIG_ERROR },
	{ "AT+CCHCFG=\"sendtimeout\",2,60\r", RIG_ERROR },
	{ "AT+CCHCFG=\"sslctx\",1,9\r", RIG_OK },
	{ "AT+CCHCFG=\"sslctx\",1,10\r", RIG_ERROR },
	{ "AT+CCHCFG=\"other\",1,9\r", RIG_ERROR },
	{ "AT+CCHSSLCFG=?\r", "\r\n+CCHSSLCFG: (0,1),(0-9)\r\n" RIG_OK },
	{ "AT+CCHSSLCFG?\r", "\r\n+CCHSSLCFG: 0,\r\n+CCHSSLCFG: 1,\r\n" RIG_OK },
	{ "AT+CCHSSLCFG=1,9\r", RIG_OK },
	{ "AT+CCHSSLCFG=1,10\r", RIG_ERROR },
	{ "AT+CCHSSLCFG=2,0\r", RIG_ERROR },
	{ "AT+CCHOPEN=?\r", "\r\n+CCHOPEN: (0,1),\"ADDRESS\",(1-65535)[,(1-2)[,(1-65535)]]\r\n" RIG_OK },
	{ "AT+CCHOPEN=2,\"echo.test\",7,1\r", RIG_ERROR },
	{ "AT+CCHOPEN=1,\"\",7,1\r", RIG_ERROR },
	{ "AT+CCHOPEN=1,\"echo.test\",0,1\r", RIG_ERROR },
	{ "AT+CCHOPEN=1,\"echo.test\",65536,1\r", RIG_ERROR },
	{ "AT+CCHOPEN=1,\"echo.test\",7,0\r", RIG_ERROR },
	{ "AT+CCHOPEN=1,\"echo.test\",7,3\r", RIG_ERROR },
	{ "AT+CCHOPEN=1,\"echo.test\",7,1,0\r", RIG_ERROR },
	{ "AT+CCHOPEN=1,\"echo.test\",7,1,65536\r", RIG_ERROR },
	{ "AT+CCHOPEN=1,\"echo.test\"\r", RIG_ERROR },
	{ "AT+CCHOPEN=1,\"echo.test\",65535,1,65535\r", RIG_OK "\r\n+CCHOPEN: 1,0\r\n" },
	{ "AT+CCHOPEN=1,echo.test,1,1\r", RIG_OK "\r\n+CCHOPEN: 1,0\r\n" },
	{ "AT+CCHSEND=?\r", "\r\n+CCHSEND: (0,1),(1-2048)\r\n" RIG_OK },
	{ "AT+CCHSEND=0,0\r", RIG_ERROR },
	{ "AT+CCHSEND=0,2048\r", PROMPT },
	{ "AT+CCHSEND=0,2049\r", RIG_ERROR },
	{ "AT+CCHSEND=2,1\r", RIG_ERROR },
	{ "AT+CCHSEND=0\r", RIG_ERROR },
	{ "AT+CCHRECV=?\r", "\r\n+CCHRECV: (0,1),(0-2048)\r\n" RIG_OK },
	{ "AT+CCHRECV=0,2049\r", RIG_ERROR },
	{ "AT+CCHRECV=2\r", RIG_ERROR },
	{ "AT+CCHCLOSE=?\r", "\r\n+CCHCLOSE: (0,1)\r\n" RIG_OK },
	{ "AT+CCHCLOSE=2\r", RIG_ERROR },
	{ "AT+CCHCLOSE\r", RIG_ERROR },
};

START_TEST(forms_and_ranges)
{
	struct rig *r = rig_in(OPENED);

	rig_row(r, forms[_i].in, forms[_i].out);
	rig_free(r);
}
END_TEST

/* CCHSET with one number leaves the other as it is; a binding is shown, and gone after CLOSE and after a failed OPEN. */
START_TEST(settings_last)
{
	static const struct {
		const char *in, *out;
	} lines[] = {
		{ "AT+CCHSET=0\r", RIG_OK },
		{ "AT+CCHSET?\r", "\r\n+CCHSET: 0,1\r\n" RIG_OK },
		{ "AT+CCHSTART\r", RIG_OK "\r\n+CCHSTART: 0\r\n" },
		{ "AT+CCHSSLCFG=0,3\r", RIG_OK },
		{ "AT+CCHCFG=\"sslctx\",1,4\r", RIG_OK },
		{ "AT+CCHCFG?\r", "\r\n+CCHCFG: 0,150,3\r\n+CCHCFG: 1,150,4\r\n" RIG_OK },
		{ "AT+CCHSSLCFG?\r", "\r\n+CCHSSLCFG: 0,3\r\n+CCHSSLCFG: 1,4\r\n" RIG_OK },
		{ "AT+CCHOPEN=0,\"echo.test\",7,1\r", OPEN_OK },
		{ "AT+CCHSSLCFG?\r", "\r\n+CCHSSLCFG: 0,3\r\n+CCHSSLCFG: 1,4\r\n" RIG_OK },
		{ "AT+CCHCLOSE=0\r", RIG_OK "\r\n+CCHCLOSE: 0,0\r\n" },
		{ "AT+CCHSSLCFG?\r", "\r\n+CCHSSLCFG: 0,\r\n+CCHSSLCFG: 1,4\r\n" RIG_OK },
		{ "AT+CCHOPEN=1,\"no.test\",7,1\r", RIG_OK "\r\n+CCHOPEN: 1,13\r\n" },
		{ "AT+CCHSSLCFG?\r", "\r\n+CCHSSLCFG: 0,\r\n+CCHSSLCFG: 1,\r\n" RIG_OK },
		{ "AT+CCHSTOP\r", RIG_OK "\r\n+CCHSTOP: 0\r\n" },
		{ "AT+CCHSET?\r", "\r\n+CCHSET: 0,1\r\n" RIG_OK },
	};
	struct rig *r = rig_in(STOPPED);

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		rig_row(r, lines[i].in, lines[i].out);
	rig_free(r);
}
END_TEST

/* A driver binds behind the OK of START without waiting for its result (issue-49:884-888). */
START_TEST(bound_while_starting)
{
	struct rig *r = rig_in(STOPPED);

	rig_row(r, "AT+CCHSTART\r", RIG_OK);
	rig_row(r, "AT+CCHSSLCFG=0,0\r", RIG_OK);
	rig_row(r, "AT+CCHOPEN=0,\"echo.test\",7,1\r", RIG_ERROR);
	rig_more(r, "\r\n+CCHSTART: 0\r\n");
	rig_row(r, "AT+CCHSSLCFG?\r", "\r\n+CCHSSLCFG: 0,0\r\n+CCHSSLCFG: 1,\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(set_after_start)
{
	static const char *const quirks[] = { "cch_set_after_start=true", NULL };
	struct rig *r = rig_new_world(B04, quirks, world);

	rig_row(r, "AT+CCHSTART\r", RIG_OK "\r\n+CCHSTART: 0\r\n");
	rig_row(r, "AT+CCHSET=1,1\r", RIG_OK);
	rig_row(r, "AT+CCHMODE=1\r", RIG_ERROR);
	rig_free(r);
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, state_table, 0, COUNT(cells));
	tcase_add_loop_test(tc, forms_and_ranges, 0, COUNT(forms));
	tcase_add_test(tc, settings_last);
	tcase_add_test(tc, bound_while_starting);
	tcase_add_test(tc, set_after_start);
}

int main(void)
{
	return rig_main("cch states", add);
}
