/*
 * What goes wrong in the field, one test each: reboots, losses, odd orders,
 * lost bytes, missing prompts. Every one ends with the message acknowledged
 * (or, where that cannot be, with a clear end) and without spinning.
 */
#include "tests/fake_modem.h"

#define MINUTES(n) ((uint32_t)(n) * 60000u)

static const struct node_topic topic = {"t/in", 1};

/* ---- one changed answer each: the message still gets out ---- */

struct odd_row {
	const char *why;
	struct fake_row rows[4];
	const char *logged;	/* must be in the log, NULL: nothing special */
	const char *not_logged; /* must not */
};

#define OK_ "\r\nOK\r\n"
#define ERR_ "\r\nERROR\r\n"
#define PROMPT_ "\r\n>"

static const struct odd_row odd_rows[] = {
	{"START: OK, then the line",
	 {{"AT+CMQTTSTART!", OK_, 900, "\r\n+CMQTTSTART: 0\r\n"}}},
	{"START: a URC between OK and line",
	 {{"AT+CMQTTSTART!",
	   "\r\n+CGREG: 0,1\r\n\r\nOK\r\n\r\nSMS DONE\r\n\r\nOK\r\n", 300,
	   "\r\n+CMQTTSTART: 0\r\n"}}},
	{"START: already started",
	 {{"AT+CMQTTSTART!", "\r\n+CMQTTSTART: 23\r\n\r\nERROR\r\n"}},
	 NULL, "retry in*"},
	{"START: already started, ERROR first",
	 {{"AT+CMQTTSTART!", "\r\nERROR\r\n\r\n+CMQTTSTART: 23\r\n"}},
	 NULL, "retry in*"},
	{"START: already started, as A76xx says it",
	 {{"AT+CMQTTSTART!", ERR_}}, NULL, "retry in*"},
	{"START: fails after OK, once",
	 {{"AT+CMQTTSTART!", OK_, 2000, "\r\n+CMQTTSTART: 7\r\n", 1}},
	 "session failed 7 (network open failed) at AT+CMQTTSTART"},
	{"ACCQ: client in use, once",
	 {{"AT+CMQTTACCQ=", "\r\n+CMQTTACCQ: 0,19\r\n\r\nERROR\r\n", 0, NULL,
	   1}},
	 "session failed 19 (client in use) at *"},
	{"REL: not acquired", {{"AT+CMQTTREL=0!",
	 "\r\n+CMQTTREL: 0,20\r\n\r\nERROR\r\n"}}, NULL, "retry in*"},
	{"STOP: NONET behind it",
	 {{"AT+CMQTTSTOP!",
	   "\r\n+CMQTTSTOP: 0\r\n\r\nOK\r\n\r\n+CMQTTNONET\r\n"}},
	 NULL, "network lost"},
	{"STOP: client not released",
	 {{"AT+CMQTTSTOP!", "\r\n+CMQTTSTOP: 21\r\n\r\nERROR\r\n"}}},
	{"DISC: OK first", {{"AT+CMQTTDISC=0,60!", OK_, 49,
	 "\r\n+CMQTTDISC: 0,0\r\n"}}},
	{"CONNECT: fails after OK, once",
	 {{"AT+CMQTTCONNECT=", OK_, 700, "\r\n+CMQTTCONNECT: 0,3\r\n", 1}},
	 "connect 0,3 (TCP connect failed)"},
	{"CONNECT: line, then ERROR, once",
	 {{"AT+CMQTTCONNECT=", "\r\n+CMQTTCONNECT: 0,6\r\n\r\nERROR\r\n", 0,
	   NULL, 1}},
	 "connect 0,6 (message receive failed)"},
	{"CONNECT: not started, once",
	 {{"AT+CMQTTCONNECT=", "\r\n+CMQTTCONNECT: 0,9\r\n\r\nERROR\r\n", 0,
	   NULL, 1}},
	 "connect 0,9 (service not started)"},
	{"CONNECT: no result, once",
	 {{"AT+CMQTTCONNECT=", OK_, 0, NULL, 1}}, "no answer to AT+CMQTTCONNECT"},
	{"CONNECT: OK lost",
	 {{"AT+CMQTTCONNECT=", NULL, 700, "\r\n+CMQTTCONNECT: 0,0\r\n"}}},
	{"PUB: busy three times",
	 {{"AT+CMQTTPUB=", "\r\n+CMQTTPUB: 0,14\r\n\r\nERROR\r\n", 0, NULL, 1},
	  {"AT+CMQTTPUB=", "\r\n+CMQTTPUB: 0,14\r\n\r\nERROR\r\n", 0, NULL, 2},
	  {"AT+CMQTTPUB=", "\r\n+CMQTTPUB: 0,14\r\n\r\nERROR\r\n", 0, NULL, 3}},
	 NULL, "publish 1 failed*"},
	{"PUB: line, then OK",
	 {{"AT+CMQTTPUB=", "\r\n+CMQTTPUB: 0,0\r\n\r\nOK\r\n"}}},
	{"PUB: OK, then timeout, once",
	 {{"AT+CMQTTPUB=", OK_, 61000, "\r\n+CMQTTPUB: 0,17\r\n", 1}},
	 "publish 1 failed 0,17 (timeout)"},
	{"PUB: dropped by the server",
	 {{"AT+CMQTTPUB=",
	   "\r\nOK\r\n\r\n+CMQTTPUB: 0,6\r\n\r\n+CMQTTCONNLOST: 0,1\r\n", 0,
	   NULL, 1}},
	 "publish 1 failed 0,6 (message receive failed)"},
	{"PUB: not connected, once",
	 {{"AT+CMQTTPUB=", "\r\n+CMQTTPUB: 0,11\r\n\r\nERROR\r\n", 0, NULL,
	   1}}, "connection lost cause=0"},
	{"PUB: no answer at all, once", {{"AT+CMQTTPUB=", NULL, 0, NULL, 1}},
	 "no answer to AT+CMQTTPUB"},
	{"TOPIC: prompt with a space",
	 {{"AT+CMQTTTOPIC=", "\r\n> ", 0, OK_}}, NULL, "no answer*"},
	{"TOPIC: prompt with a line end",
	 {{"AT+CMQTTTOPIC=", "\r\n>\r\n", 0, OK_}}, NULL, "no answer*"},
	{"TOPIC: URC before the prompt",
	 {{"AT+CMQTTTOPIC=", "\r\nPB DONE\r\n\r\n>", 0, OK_}}, NULL,
	 "no answer*"},
	{"TOPIC: late OK before the prompt",
	 {{"AT+CMQTTTOPIC=", "\r\nOK\r\n\r\n>", 0, OK_}}, NULL, "no answer*"},
	{"TOPIC: refused before the prompt, once",
	 {{"AT+CMQTTTOPIC=", "\r\n+CMQTTTOPIC: 0,14\r\n\r\nERROR\r\n", 0, NULL,
	   1}}},
	{"TOPIC: prompt never comes, once",
	 {{"AT+CMQTTTOPIC=", NULL, 0, NULL, 1}}, "no answer to AT+CMQTTTOPIC"},
	{"PAYLOAD: OK lost, once",
	 {{"AT+CMQTTPAYLOAD=", PROMPT_, 0, NULL, 1}},
	 "no answer to AT+CMQTTPAYLOAD"},
	{"PAYLOAD: connection lost at the prompt",
	 {{"AT+CMQTTPAYLOAD=", "\r\n>", 20,
	   "\r\n+CMQTTCONNLOST: 0,1\r\n\r\nOK\r\n", 1}},
	 "connection lost cause=1"},
	{"PAYLOAD: network lost at the prompt",
	 {{"AT+CMQTTPAYLOAD=", "\r\n+CMQTTNONET\r\n\r\n>", 20, OK_, 1}},
	 "network lost"},
	{"NETOPEN: already opened",
	 {{"AT+NETOPEN!",
	   "\r\n+IP ERROR: Network is already opened\r\n\r\nERROR\r\n"}},
	 "network open", "network open failed*"},
	{"NETOPEN: already opened, numeric",
	 {{"AT+NETOPEN!", "\r\n+IP ERROR: 4\r\n\r\nERROR\r\n"}},
	 "network open", "network open failed*"},
	{"NETOPEN: open before",
	 {{"AT+NETOPEN?!", "\r\n+NETOPEN: 1\r\n\r\nOK\r\n"}}, "network open"},
	{"NETOPEN: line before OK",
	 {{"AT+NETOPEN!", "\r\n+NETOPEN: 0\r\n\r\nOK\r\n"}}, "network open"},
	{"NETOPEN: never works, START does",
	 {{"AT+NETOPEN!", ERR_}},
	 "network open failed 60 (ERROR without a code)"},
	{"CPIN: busy as text, then ready",
	 {{"AT+CPIN?!", "\r\n+CME ERROR: SIM busy\r\n", 0, NULL, 1},
	  {"AT+CPIN?!", "\r\n+CME ERROR: SIM busy\r\n", 0, NULL, 2}},
	 "sim not ready: +CME ERROR: SIM busy"},
	{"CPIN: numeric error, then ready",
	 {{"AT+CPIN?!", "\r\n+CME ERROR: 13\r\n", 0, NULL, 1}},
	 "sim not ready: +CME ERROR: 13"},
	{"registration by CGREG alone, roaming",
	 {{"AT+CEREG?!", "\r\n+CEREG: 0,4\r\n\r\nOK\r\n"},
	  {"AT+CGREG?!", "\r\n+CGREG: 0,5\r\n\r\nOK\r\n"}}, "registered"},
	{"registration takes a while",
	 {{"AT+CEREG?!", "\r\n+CEREG: 0,2\r\n\r\nOK\r\n", 0, NULL, 1},
	  {"AT+CEREG?!", "\r\n+CEREG: 0,2\r\n\r\nOK\r\n", 0, NULL, 2}},
	 "registered"},
	{"no SIMCOMATI: CGMR has the revision",
	 {{"AT+SIMCOMATI!", ERR_},
	  {"AT+CGMR!", "\r\n+CGMR: LE20B03SIM7600M22\r\n\r\nOK\r\n"}},
	 "modem LE20B03SIM7600M22"},
	{"no revision at all", {{"AT+SIMCOMATI!", ERR_}, {"AT+CGMR!", ERR_}},
	 "modem unknown"},
	{"ATE1: damaged once", {{"ATE1!", ERR_, 0, NULL, 1}}},
	{"boot: first words are noise",
	 {{"AT!", NULL, 10, "\xff" "M\x80\x01\r\n\r\nRDY\r\n", 1}}, NULL,
	 "modem rebooted"},
	{"URC with the name of another client",
	 {{"AT+CMQTTPUB=",
	   "\r\nOK\r\n\r\n+CMQTTCONNLOST: 1,1\r\n\r\n+CMQTTPUB: 1,11\r\n", 100,
	   "\r\n+CMQTTPUB: 0,0\r\n"}},
	 NULL, "connection lost*"},
	{"a damaged code line is no code",
	 {{"AT+CMQTTPUB=", "\r\nOK\r\n\r\n+CMQTTPUB: 0,\r\n", 200,
	   "\r\n+CMQTTPUB: 0,0\r\n"}}},
};

static void run_odd(const struct odd_row *row, bool byte_by_byte, bool echo)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, row->rows);

	f->byte_by_byte = byte_by_byte;
	f->echo = echo;
	fake_run(f, MINUTES(20));
	if (f->node.published != 1 || !node_done(&f->node, NULL) ||
	    (row->logged && !fake_logged(f, row->logged)) ||
	    (row->not_logged && fake_logged(f, row->not_logged))) {
		fake_dump(f);
		ck_abort_msg("%s%s%s", row->why, byte_by_byte ? " (bytes)" : "",
			     echo ? " (echo)" : "");
	}
	fake_free(f);
}

START_TEST(odd_answer)
{
	run_odd(&odd_rows[_i], false, false);
	run_odd(&odd_rows[_i], true, false);
	run_odd(&odd_rows[_i], true, true);
}
END_TEST

/* ---- things said unasked while the node is busy or idle ---- */

struct urc_case {
	const char *urc;
	const char *logged;
	const char *sent_again; /* what the way back must contain */
};

static const struct urc_case urc_cases[] = {
	{"\r\nRDY\r\n", "modem rebooted", "ATE1"},
	{"\r\n*ATREADY: 1\r\n", "modem rebooted", "ATE1"},
	{"\r\n+CMQTTCONNLOST: 0,1\r\n", "connection lost cause=1",
	 "AT+CMQTTCONNECT="},
	{"\r\n+CMQTTNONET\r\n", "network lost", "AT+CMQTTSTART"},
	{"\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n", "network lost",
	 "AT+NETCLOSE"},
	{"\r\n+CMQTTPING: 0,17\r\n", "keepalive failed 17 (timeout)",
	 "AT+CMQTTDISC=0,60"},
};

/* After every single command of a run, once: still published, one copy. */
START_TEST(urc_after_each_command)
{
	const struct urc_case *u = &urc_cases[_i];

	for (unsigned at = 0; at < 40; at++) {
		struct node_config c = fake_config_tls();
		struct fake *f = fake_new(&c, (const struct fake_row[]){
			{"AT+CCERTLIST!",
			 "\r\n+CCERTLIST: \"ca.pem\"\r\n\r\nOK\r\n"},
			{NULL}});
		size_t lines = 0;

		c.subscribe = &topic;
		c.subscribe_count = 1;
		while (lines < at && !node_done(&f->node, NULL)) {
			uint32_t next = fake_next(f);

			fake_run(f, next ? next : 1);
			lines = fake_sent(f, "");
		}
		fake_say(f, 0, u->urc);
		fake_run(f, MINUTES(30));
		if (f->node.published != 1 || !node_done(&f->node, NULL)) {
			fake_dump(f);
			ck_abort_msg("%s after command %u", u->urc, at);
		}
		fake_free(f);
	}
}
END_TEST

START_TEST(urc_while_idle)
{
	const struct urc_case *u = &urc_cases[_i];
	struct node_config c = fake_config();
	unsigned before;
	struct fake *f = fake_new(&c, NULL);

	c.goal = NODE_GOAL_NEVER;
	fake_run(f, MINUTES(2));
	ck_assert_int_eq(f->node.state, NODE_ONLINE);
	before = fake_sent(f, u->sent_again);
	fake_say(f, 0, u->urc);
	fake_run(f, MINUTES(2));
	FAKE_ASSERT_LOGGED(f, u->logged);
	ck_assert_int_eq(f->node.state, NODE_ONLINE);
	ck_assert_uint_gt(fake_sent(f, u->sent_again), before);
	ck_assert_uint_eq(fake_logged(f, "connected broker=*"), 2);
	fake_free(f);
}
END_TEST

/* The line that tells of the loss got lost: asking finds out. */
START_TEST(silent_loss_is_found)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		{"AT+CMQTTDISC?!", "\r\n+CMQTTDISC: 0,1\r\n"
		 "+CMQTTDISC: 1,1\r\n\r\nOK\r\n", 0, NULL, 2},
		{NULL}});

	c.goal = NODE_GOAL_NEVER;
	fake_run(f, MINUTES(5));
	FAKE_ASSERT_LOGGED(f, "connection lost cause=0");
	ck_assert_uint_eq(fake_logged(f, "connected broker=*"), 2);
	fake_free(f);
}
END_TEST

/* ---- lost bytes, both ways, every position ---- */

static void run_with_loss(size_t to_host, size_t to_modem, size_t *bytes)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, NULL);

	f->drop_to_host = to_host;
	f->drop_to_modem = to_modem;
	fake_run(f, MINUTES(60));
	*bytes = to_host ? f->count_to_host : f->count_to_modem;
	if (f->node.published != 1 || !node_done(&f->node, NULL)) {
		fake_dump(f);
		ck_abort_msg("lost byte %zu to host, %zu to modem", to_host,
			     to_modem);
	}
	fake_free(f);
}

START_TEST(each_byte_to_host_lost)
{
	size_t bytes = 2;

	for (size_t at = 1; at <= bytes && at < 2000; at++)
		run_with_loss(at, 0, &bytes);
	ck_assert_uint_gt(bytes, 500);
}
END_TEST

START_TEST(each_byte_to_modem_lost)
{
	size_t bytes = 2;

	for (size_t at = 1; at <= bytes && at < 2000; at++)
		run_with_loss(0, at, &bytes);
	ck_assert_uint_gt(bytes, 250);
}
END_TEST

/*
 * hil run --sweep cmd-corrupt: a topic's length that the modem heard as 2 made
 * "t/1" the topic "t/". Its echo tells.
 */
static size_t run_with_flip(size_t at, uint8_t bits)
{
	static const char message[] =
		"AT+CMQTTTOPIC=0,3\n<3>\nAT+CMQTTPAYLOAD=0,5\n<5>\n"
		"AT+CMQTTPUB=0,1,60\nAT+CMQTTDISC=0,60\n";
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, NULL);
	size_t bytes;

	f->echo = true;
	f->flip_to_modem = at;
	f->flip_bits = bits;
	fake_run(f, MINUTES(60));
	bytes = f->count_to_modem;
	if (f->node.published != 1 || !node_done(&f->node, NULL) ||
	    (at < 230 && !strstr(f->sent, message)) ||
	    memcmp(f->data, "hello", 5) != 0) {
		fake_dump(f);
		ck_abort_msg("byte %zu to modem, bits %02x", at, bits);
	}
	fake_free(f);
	return bytes;
}

START_TEST(each_byte_to_modem_damaged)
{
	static const uint8_t bits[] = {1, 2};
	size_t bytes = 2;

	for (size_t at = 1; at <= bytes && at < 2000; at++)
		bytes = run_with_flip(at, bits[_i]);
	ck_assert_uint_gt(bytes, 250);
}
END_TEST

START_TEST(an_echo_that_is_always_damaged_is_missed_no_more)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, NULL);

	f->echo = true;
	f->garble = true;
	fake_run(f, MINUTES(5));
	FAKE_ASSERT_EXIT(f, 0);
	ck_assert_uint_eq(fake_logged(f, "no answer to*"), 3);
	fake_free(f);
}
END_TEST

/* What only looks like an echo is none, and who never gives one is believed. */
START_TEST(an_echo_that_stops_is_missed_no_more)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, NULL);

	f->echo = true;
	fake_run(f, 1000);
	f->echo = false;
	fake_run(f, MINUTES(5));
	FAKE_ASSERT_EXIT(f, 0);
	FAKE_ASSERT_LOGGED(f, "no answer to*");
	fake_free(f);
}
END_TEST

/* The bridge of the field thread: 256 bytes, 1 byte per ms. */
START_TEST(certificate_through_a_small_ring)
{
	static uint8_t pem[1338];
	struct node_config c = fake_config_tls();
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		{"AT+CCERTLIST!", "\r\n+CCERTLIST: \"ca.pem\"\r\n\r\nOK\r\n", 0,
		 NULL, 3},
		{"AT+CCERTLIST!", "\r\n+CCERTLIST: \"ca.pem\"\r\n\r\nOK\r\n", 0,
		 NULL, 2},
		{NULL}});

	for (size_t i = 0; i < sizeof(pem); i++)
		pem[i] = (uint8_t)('A' + i % 26);
	c.ca.data = pem;
	c.ca.size = sizeof(pem);
	f->ring = 256;
	while (!node_done(&f->node, NULL) &&
	       !fake_logged(f, "certificate ca.pem stored (1338 bytes)"))
		fake_run(f, 1000);
	FAKE_ASSERT_LOGGED(f, "no answer to AT+CCERTDOWN");
	ck_assert_mem_eq(f->data, pem, sizeof(pem));
	fake_run(f, MINUTES(10));
	FAKE_ASSERT_EXIT(f, 0);
	fake_free(f);
}
END_TEST

/* ---- this side restarts alone ---- */

START_TEST(modem_still_connected)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		{"AT+CMQTTDISC=0,60!", "\r\n+CMQTTDISC: 0,0\r\n\r\nOK\r\n"},
		{"AT+CMQTTSTOP!",
		 "\r\n+CMQTTSTOP: 0\r\n\r\nOK\r\n\r\n+CMQTTNONET\r\n"},
		{"AT+NETOPEN?!", "\r\n+NETOPEN: 1\r\n\r\nOK\r\n"},
		{NULL}});

	fake_run(f, MINUTES(1));
	FAKE_ASSERT_EXIT(f, 0);
	ck_assert_uint_eq(fake_logged(f, "network lost"), 0);
	fake_free(f);
}
END_TEST

START_TEST(modem_sits_at_a_prompt)
{
	static const uint32_t counts[] = {1, 5, 1024, 10240};
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, NULL);

	f->data_left = counts[_i];
	f->after_data = "\r\nOK\r\n";
	fake_run(f, MINUTES(3));
	FAKE_ASSERT_EXIT(f, 0);
	fake_free(f);
}
END_TEST

START_TEST(modem_sends_messages_meanwhile)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, NULL);

	fake_say(f, 0, "\r\n+CMQTTRXSTART: 0,1,2\r\n+CMQTTRXTOPIC: 0,1\r\na\r\n"
		 "+CMQTTRXPAYLOAD: 0,2\r\nhi\r\n+CMQTTRXEND: 0\r\n");
	fake_run(f, MINUTES(1));
	FAKE_ASSERT_EXIT(f, 0);
	FAKE_ASSERT_LOGGED(f, "received a 2 hi");
	fake_free(f);
}
END_TEST

/* ---- cold start, silence, port that takes little ---- */

START_TEST(cold_start)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, NULL);

	f->mute = true;
	fake_run(f, 12000);
	f->mute = false;
	fake_say(f, 0, "\r\nRDY\r\n");
	fake_say(f, 2000, "\r\n+CPIN: READY\r\n");
	fake_say(f, 3000, "\r\nSMS DONE\r\n");
	fake_say(f, 5000, "\r\nPB DONE\r\n");
	fake_run(f, MINUTES(1));
	FAKE_ASSERT_EXIT(f, 0);
	ck_assert_uint_eq(fake_logged(f, "modem rebooted"), 0);
	/* a modem that just came up has no session to clean */
	ck_assert_uint_eq(fake_sent(f, "AT+CMQTTSTOP"), 1);
	fake_free(f);
}
END_TEST

START_TEST(silent_modem)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, NULL);

	f->mute = true;
	c.give_up = _i != 0;
	fake_run(f, MINUTES(5));
	FAKE_ASSERT_LOGGED(f, "modem does not answer");
	if (_i) {
		FAKE_ASSERT_EXIT(f, 1);
		FAKE_ASSERT_LOGGED(f, "giving up: modem does not answer");
	} else {
		ck_assert(!node_done(&f->node, NULL));
		f->mute = false;
		fake_run(f, MINUTES(1));
		FAKE_ASSERT_EXIT(f, 0);
	}
	fake_free(f);
}
END_TEST

START_TEST(port_takes_one_byte_at_a_time)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, NULL);

	f->tx_most = 1;
	fake_run(f, MINUTES(5));
	FAKE_ASSERT_EXIT(f, 0);
	ck_assert_uint_eq(fake_sent(f, "AT+CMQTTPUB=0,1,60"), 1);
	fake_free(f);
}
END_TEST

START_TEST(max_time)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		{"AT+CMQTTCONNECT=", OK_, 700, "\r\n+CMQTTCONNECT: 0,25\r\n"},
		{NULL}});

	c.goal = _i ? NODE_GOAL_PUBLISHED : NODE_GOAL_NEVER;
	c.max_time_ms = 60000;
	deadline_set(&f->node.limit, f->now, c.max_time_ms);
	fake_run(f, MINUTES(5));
	FAKE_ASSERT_LOGGED(f, "max time reached");
	FAKE_ASSERT_EXIT(f, _i ? 1 : 0);
	fake_free(f);
}
END_TEST

START_TEST(gives_up_after_five)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		{"AT+CMQTTCONNECT=", OK_, 700, "\r\n+CMQTTCONNECT: 0,25\r\n"},
		{NULL}});

	c.give_up = true;
	fake_run(f, MINUTES(30));
	FAKE_ASSERT_EXIT(f, 1);
	ck_assert_uint_eq(fake_logged(f, "connect 0,25 (DNS error)"), 5);
	FAKE_ASSERT_LOGGED(f, "giving up: DNS error");
	fake_free(f);
}
END_TEST

START_TEST(waits_grow_and_repeat)
{
	struct node_config c = fake_config();
	char *first[FAKE_LOG_MAX];
	size_t count = 0;

	for (int run = 0; run < 2; run++) {
		struct fake *f = fake_new(&c, (const struct fake_row[]){
			{"AT+CMQTTCONNECT=", OK_, 700,
			 "\r\n+CMQTTCONNECT: 0,25\r\n"},
			{NULL}});

		fake_run(f, MINUTES(60));
		/* about 2 s doubling to 300 s: some 20 tries in an hour */
		ck_assert_uint_gt(fake_logged(f, "connect 0,25*"), 10);
		ck_assert_uint_lt(fake_logged(f, "connect 0,25*"), 30);
		for (size_t i = 0; i < f->log_count; i++) {
			if (run)
				ck_assert_str_eq(f->log[i], first[i]);
			else
				first[count++] = strdup(f->log[i]);
		}
		fake_free(f);
	}
	for (size_t i = 0; i < count; i++)
		free(first[i]);
}
END_TEST

/* ---- 100 messages through an outage ---- */

START_TEST(outage_loses_nothing)
{
	static const struct node_message numbered = {"t/1", "message {n}"};
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, NULL);
	char want[24];

	c.publish = &numbered;
	c.count = 100;
	c.interval_ms = 1000;
	while (f->node.published < 20)
		fake_run(f, 100);
	fake_say(f, 0, "\r\n+CMQTTCONNLOST: 0,3\r\n\r\n+CMQTTNONET\r\n");
	f->mute = true;
	fake_run(f, MINUTES(3));
	f->mute = false;
	fake_run(f, MINUTES(30));
	FAKE_ASSERT_EXIT(f, 0);
	for (unsigned i = 1; i <= 100; i++) {
		snprintf(want, sizeof(want), "published %u", i);
		ck_assert_uint_eq(fake_logged(f, want), 1);
	}
	fake_free(f);
}
END_TEST

/* ---- what the modem keeps refusing ---- */

static unsigned sent_times(const struct fake *f, const char *line)
{
	unsigned n = 0;

	for (const char *s = f->sent; (s = strstr(s, line)) != NULL; s++)
		n++;
	return n;
}

/* hil run --sweep cmd-lost@29: a DISC that was damaged, REL 71 times. */
START_TEST(a_client_in_use_is_disconnected_again)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		{"AT+CMQTTDISC=0,60!", ERR_, 0, NULL, 2},
		{"AT+CMQTTREL=0!", "\r\n+CMQTTREL: 0,14\r\n\r\nERROR\r\n", 0,
		 NULL, 2},
		{NULL}});

	fake_run(f, MINUTES(2));
	FAKE_ASSERT_EXIT(f, 0);
	ck_assert_uint_eq(sent_times(f, "AT+CMQTTDISC=0,60\n"), 3);
	ck_assert_uint_eq(sent_times(f, "AT+CMQTTREL=0\n"), 3);
	fake_free(f);
}
END_TEST

static const struct {
	struct fake_row row;
	const char *logged, *line;
	unsigned most; /* times the line in 3 minutes */
} refusals[] = {
	{{"AT+CMQTTPUB=", "\r\n+CMQTTPUB: 0,14\r\n\r\nERROR\r\n"},
	 "publish 1 failed 0,14 (client busy)", "AT+CMQTTPUB=", 180},
	{{"AT+CMQTTPUB=", ERR_}, "publish 1 failed 0,60*", "AT+CMQTTPUB=", 60},
	{{"AT+CMQTTREL=0!", "\r\n+CMQTTREL: 0,14\r\n\r\nERROR\r\n"}, NULL,
	 "AT+CMQTTREL=0\n", 150},
};

START_TEST(what_stays_refused_is_bounded)
{
	struct node_config c = fake_config();
	const struct fake_row rows[] = {refusals[_i].row, {NULL}};
	struct fake *f = fake_new(&c, rows);

	fake_run(f, MINUTES(3));
	if (refusals[_i].logged && !fake_logged(f, refusals[_i].logged)) {
		fake_dump(f);
		ck_abort_msg("%s", refusals[_i].logged);
	}
	ck_assert_uint_le(sent_times(f, refusals[_i].line), refusals[_i].most);
	fake_free(f);
}
END_TEST

/* ---- two nodes share nothing ---- */

START_TEST(two_nodes)
{
	struct node_config a = fake_config();
	struct node_config b = fake_config_tls();
	struct fake *f = fake_new(&a, NULL);
	struct fake *g = fake_new(&b, (const struct fake_row[]){
		{"AT+CCERTLIST!", "\r\n+CCERTLIST: \"ca.pem\"\r\n\r\nOK\r\n"},
		{NULL}});
	struct fake *alone = fake_new(&a, NULL);

	for (int i = 0; i < 600; i++) {
		fake_run(f, 100);
		fake_run(g, 100);
	}
	fake_run(alone, 60000);
	FAKE_ASSERT_EXIT(f, 0);
	FAKE_ASSERT_EXIT(g, 0);
	ck_assert_str_eq(f->sent, alone->sent);
	fake_free(f);
	fake_free(g);
	fake_free(alone);
}
END_TEST

START_TEST(node_is_small)
{
	ck_assert_uint_lt(sizeof(struct node), 6 * 1024);
}
END_TEST

static TCase *survival_case(Suite *s, const char *name)
{
	TCase *t = tcase_create(name);

	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return t;
}

static Suite *survival_suite(void)
{
	Suite *s = suite_create("survival");
	TCase *odd = survival_case(s, "answers");
	TCase *urc = survival_case(s, "unasked");
	TCase *loss = survival_case(s, "losses");
	TCase *life = survival_case(s, "life");
	int urcs = sizeof(urc_cases) / sizeof(urc_cases[0]);

	tcase_add_loop_test(odd, odd_answer, 0,
			    sizeof(odd_rows) / sizeof(odd_rows[0]));
	tcase_add_loop_test(urc, urc_after_each_command, 0, urcs);
	tcase_add_loop_test(urc, urc_while_idle, 0, urcs);
	tcase_add_test(urc, silent_loss_is_found);
	tcase_add_test(loss, each_byte_to_host_lost);
	tcase_add_test(loss, each_byte_to_modem_lost);
	tcase_add_loop_test(loss, each_byte_to_modem_damaged, 0, 2);
	tcase_add_test(loss, an_echo_that_stops_is_missed_no_more);
	tcase_add_test(loss,
		       an_echo_that_is_always_damaged_is_missed_no_more);
	tcase_add_test(loss, certificate_through_a_small_ring);
	tcase_add_test(life, modem_still_connected);
	tcase_add_loop_test(life, modem_sits_at_a_prompt, 0, 4);
	tcase_add_test(life, modem_sends_messages_meanwhile);
	tcase_add_test(life, cold_start);
	tcase_add_loop_test(life, silent_modem, 0, 2);
	tcase_add_test(life, port_takes_one_byte_at_a_time);
	tcase_add_loop_test(life, max_time, 0, 2);
	tcase_add_test(life, gives_up_after_five);
	tcase_add_test(life, waits_grow_and_repeat);
	tcase_add_test(life, outage_loses_nothing);
	tcase_add_test(life, a_client_in_use_is_disconnected_again);
	tcase_add_loop_test(life, what_stays_refused_is_bounded, 0,
			    sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(life, two_nodes);
	tcase_add_test(life, node_is_small);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(survival_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
