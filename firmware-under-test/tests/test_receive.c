/*
 * Received messages through the whole client: the byte layout of the
 * application note, chunks of 1500, damage on the line. Every stream comes
 * whole, byte by byte, and cut at each position.
 */
#include "tests/fake_modem.h"

static const struct node_topic topic = {"t/#", 1};

static struct node_config config(void)
{
	struct node_config c = {0};

	c.host = "broker.example";
	c.port = 1883;
	c.authmode = NODE_AUTHMODE_AUTO;
	c.client_id = "dev";
	c.keepalive_s = 60;
	c.clean = true;
	c.subscribe = &topic;
	c.subscribe_count = 1;
	c.goal = NODE_GOAL_NEVER;
	return c;
}

#define START(t, p) "\r\n+CMQTTRXSTART: 0," #t "," #p "\r\n"
#define TOPIC(n, text) "+CMQTTRXTOPIC: 0," #n "\r\n" text "\r\n"
#define PAYLOAD(n, text) "+CMQTTRXPAYLOAD: 0," #n "\r\n" text "\r\n"
#define END "+CMQTTRXEND: 0\r\n"

struct rx_row {
	const char *in;
	const char *logged;
	unsigned received;
};

static const struct rx_row rx_rows[] = {
	{START(3, 5) TOPIC(3, "t/1") PAYLOAD(5, "hello") END,
	 "received t/1 5 hello", 1},
	{START(3, 0) TOPIC(3, "t/1") END, "received t/1 0 ", 1},
	{START(3, 0) "+CMQTTRXTOPIC: 0,3\r\nt/1\r\n\r\n" END,
	 "received t/1 0 ", 1},
	{START(3, 6) TOPIC(3, "t/1") PAYLOAD(6, "\r\nOK\r\n") END,
	 "received t/1 6 \\x0d\\x0aOK\\x0d\\x0a", 1},
	{START(3, 18) TOPIC(3, "t/1") PAYLOAD(18, "+CMQTTCONNLOST: 0,") END,
	 "received t/1 18 +CMQTTCONNLOST: 0,", 1},
	{START(3, 9) TOPIC(3, "t/1") PAYLOAD(4, "half") PAYLOAD(5, "other") END,
	 "received t/1 9 halfother", 1},
	{START(6, 2) TOPIC(3, "t/1") TOPIC(3, "/ab") PAYLOAD(2, "hi") END,
	 "received t/1/ab 2 hi", 1},
	{START(3, 2) TOPIC(3, "t/1") PAYLOAD(2, "hi") END
	 START(3, 2) TOPIC(3, "t/2") PAYLOAD(2, "ho") END,
	 "received t/2 2 ho", 2},
	/* another client's message is not ours */
	{"\r\n+CMQTTRXSTART: 1,3,2\r\n+CMQTTRXTOPIC: 1,3\r\nt/1\r\n"
	 "+CMQTTRXPAYLOAD: 1,2\r\nhi\r\n+CMQTTRXEND: 1\r\n", NULL, 0},
	/* a byte of the payload lost: the count takes the line end instead */
	{START(3, 5) TOPIC(3, "t/1") "+CMQTTRXPAYLOAD: 0,5\r\nhell\r\n" END
	 START(3, 2) TOPIC(3, "t/1") PAYLOAD(2, "hi") END,
	 "received t/1 2 hi", 2},
	/* RXSTART lost */
	{TOPIC(3, "t/1") PAYLOAD(5, "hello") END, "received damaged message",
	 0},
	/* RXEND lost */
	{START(3, 5) TOPIC(3, "t/1") PAYLOAD(5, "hello")
	 START(3, 2) TOPIC(3, "t/1") PAYLOAD(2, "hi") END,
	 "received damaged message", 1},
	/* a record lost */
	{START(3, 9) TOPIC(3, "t/1") PAYLOAD(4, "half") END,
	 "received damaged message", 0},
	/* lengths that cannot be */
	{START(3, 5) TOPIC(3, "t/1") "+CMQTTRXPAYLOAD: 0,9999\r\nhello\r\n" END,
	 "received damaged message", 0},
	{START(3, 5) TOPIC(3, "t/1") "+CMQTTRXPAYLOAD: 0,-5\r\nhello\r\n" END,
	 "received damaged message", 0},
	{START(3, 5) TOPIC(3, "t/1") "+CMQTTRXPAYLOAD: 0,\r\nhello\r\n" END,
	 "received damaged message", 0},
};

static struct fake *online(const struct node_config *c)
{
	struct fake *f = fake_new(c, NULL);

	fake_run(f, 20000);
	ck_assert_int_eq(f->node.state, NODE_ONLINE);
	return f;
}

static void check(struct fake *f, const struct rx_row *row, const char *how)
{
	if (f->node.received != row->received ||
	    (row->logged && !fake_logged(f, row->logged))) {
		fake_dump(f);
		ck_abort_msg("row %d %s: %u received", (int)(row - rx_rows),
			     how, f->node.received);
	}
	ck_assert_uint_eq(fake_logged(f, "connection lost*"), 0);
}

START_TEST(cut_everywhere)
{
	const struct rx_row *row = &rx_rows[_i];
	const uint8_t *in = (const uint8_t *)row->in;
	size_t len = strlen(row->in);
	struct node_config c = config();

	for (size_t cut = 0; cut <= len; cut++) {
		struct fake *f = online(&c);

		node_rx(&f->node, in, cut);
		node_poll(&f->node);
		node_rx(&f->node, in + cut, len - cut);
		check(f, row, "cut");
		fake_free(f);
	}
}
END_TEST

START_TEST(byte_by_byte)
{
	struct node_config c = config();
	struct fake *f = online(&c);

	f->byte_by_byte = true;
	fake_say(f, 0, rx_rows[_i].in);
	fake_run(f, 1000);
	check(f, &rx_rows[_i], "by bytes");
	fake_free(f);
}
END_TEST

static void say_n(struct node *n, const char *head, char c, size_t count)
{
	node_rx(n, (const uint8_t *)head, strlen(head));
	for (size_t i = 0; i < count; i++)
		node_rx(n, (const uint8_t *)&c, 1);
}

/* 2039 bytes as 1500 and 539; CRC-32 made with another program. */
START_TEST(long_payload)
{
	struct node_config c = config();
	struct fake *f = online(&c);

	say_n(&f->node, START(3, 2039) TOPIC(3, "t/1")
	      "+CMQTTRXPAYLOAD: 0,1500\r\n", 'x', 1500);
	say_n(&f->node, "\r\n+CMQTTRXPAYLOAD: 0,539\r\n", 'y', 539);
	say_n(&f->node, "\r\n" END, 'z', 0);
	ck_assert_uint_eq(f->node.received, 1);
	ck_assert_uint_eq(fake_logged(f, "received t/1 2039 xxxx*"), 1);
	ck_assert_ptr_nonnull(strstr(f->log[f->log_count - 1],
				     "xx... crc=dda43013"));
	fake_free(f);
}
END_TEST

/* Data announced and never sent must not swallow the session for ever. */
START_TEST(stalled_payload)
{
	struct node_config c = config();
	struct fake *f = online(&c);

	fake_say(f, 0, START(3, 500) TOPIC(3, "t/1")
		 "+CMQTTRXPAYLOAD: 0,500\r\nonly this");
	fake_say(f, 2500, "\r\n+CMQTTCONNLOST: 0,1\r\n");
	fake_run(f, 60000);
	FAKE_ASSERT_LOGGED(f, "connection lost cause=1");
	ck_assert_int_eq(f->node.state, NODE_ONLINE);
	ck_assert_uint_eq(f->node.received, 0);
	fake_free(f);
}
END_TEST

/* Between OK and +CMQTTSUB, and between OK and +CMQTTPUB. */
START_TEST(inside_answers)
{
	static const struct node_message hello = {"t/1", "hello"};
	struct node_config c = config();
	struct fake *f;

	c.publish = &hello;
	c.publish_count = 1;
	c.count = 1;
	c.goal = NODE_GOAL_RECEIVED;
	c.goal_count = 2;
	f = fake_new(&c, (const struct fake_row[]){
		{"AT+CMQTTSUB=", "\r\n>", 0,
		 "\r\nOK\r\n" START(3, 2) TOPIC(3, "t/1") PAYLOAD(2, "hi") END
		 "\r\n+CMQTTSUB: 0,0\r\n"},
		{"AT+CMQTTPUB=",
		 "\r\nOK\r\n" START(3, 2) TOPIC(3, "t/1") PAYLOAD(2, "ho") END
		 "\r\n+CMQTTPUB: 0,0\r\n"},
		{NULL}});
	fake_run(f, 60000);
	FAKE_ASSERT_LOGGED(f, "received t/1 2 hi");
	FAKE_ASSERT_LOGGED(f, "received t/1 2 ho");
	FAKE_ASSERT_EXIT(f, 0);
	fake_free(f);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("receive");
	TCase *t = tcase_create("streams");
	int n = sizeof(rx_rows) / sizeof(rx_rows[0]);
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, cut_everywhere, 0, n);
	tcase_add_loop_test(t, byte_by_byte, 0, n);
	tcase_add_test(t, long_payload);
	tcase_add_test(t, stalled_payload);
	tcase_add_test(t, inside_answers);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
