/*
 * Details whose loss the client would survive, only worse: each is checked
 * by what goes over the line or by how long the way back takes.
 */
#include "tests/fake_modem.h"

#define OK_ "\r\nOK\r\n"
#define ERR_ "\r\nERROR\r\n"

static const struct fake_row listed_row = {
	"AT+CCERTLIST!", "\r\n+CCERTLIST: \"ca.pem\"\r\n\r\nOK\r\n",
};

START_TEST(code_behind_error_is_seen)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		{"AT+CMQTTACCQ=", "\r\nERROR\r\n\r\n+CMQTTACCQ: 0,19\r\n", 0,
		 NULL, 1},
		{NULL}});

	fake_run(f, 60000);
	FAKE_ASSERT_LOGGED(f, "session failed 19 (client in use) at "
			   "AT+CMQTTACCQ=0,\"$i\",$t$v");
	fake_free(f);
}
END_TEST

START_TEST(one_bare_error_is_damage)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		{"AT+CMQTTACCQ=", ERR_, 0, NULL, 1},
		{"ATE1!", ERR_, 0, NULL, 1},
		{NULL}});

	fake_run(f, 60000);
	FAKE_ASSERT_EXIT(f, 0);
	ck_assert_uint_eq(fake_logged(f, "retry in*"), 0);
	ck_assert_uint_eq(fake_sent(f, "AT+CMQTTACCQ="), 2);
	fake_free(f);
}
END_TEST

/* An answer cannot belong to a command that is not out yet. */
START_TEST(answer_before_the_command_is_out)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, NULL);

	f->tx_most = 1;
	while (f->line_len < 10 || strncmp(f->line, "AT+CMQTTAC", 10) != 0)
		fake_run(f, 1);
	fake_say(f, 0, OK_);
	fake_run(f, 60000);
	FAKE_ASSERT_EXIT(f, 0);
	ck_assert_uint_eq(fake_sent(f, "AT+CMQTTACCQ=0,\"dev\",0,4\n"), 1);
	fake_free(f);
}
END_TEST

START_TEST(echoed_data_is_no_answer)
{
	static const struct node_message nasty = {
		"t/1", "\r\n+CMQTTPAYLOAD: 0,14\r\n",
	};
	struct node_config c = fake_config();
	struct fake *f;

	c.publish = &nasty;
	f = fake_new(&c, NULL);
	f->echo = true;
	fake_run(f, 60000);
	FAKE_ASSERT_EXIT(f, 0);
	ck_assert_uint_eq(fake_sent(f, "AT+CMQTTPAYLOAD="), 1);
	fake_free(f);
}
END_TEST

START_TEST(busy_publish_brings_topic_and_payload_again)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		{"AT+CMQTTPUB=", "\r\n+CMQTTPUB: 0,14\r\n\r\nERROR\r\n", 0, NULL,
		 1},
		{NULL}});

	fake_run(f, 60000);
	FAKE_ASSERT_EXIT(f, 0);
	ck_assert_uint_eq(fake_sent(f, "AT+CMQTTTOPIC="), 2);
	ck_assert_uint_eq(fake_sent(f, "AT+CMQTTPAYLOAD="), 2);
	fake_free(f);
}
END_TEST

/* The modem waits for 5 bytes: they are the payload, whatever is lost. */
START_TEST(prompt_is_served_first)
{
	static const char *const lost[] = {
		"\r\n>\r\n+CMQTTNONET\r\n>",
		"\r\n+CMQTTCONNLOST: 0,1\r\n\r\n>",
	};
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		{"AT+CMQTTPAYLOAD=", lost[_i], 300, OK_, 1},
		{NULL}});

	while (!strstr(f->sent, "<5>"))
		fake_run(f, 1);
	ck_assert_mem_eq(f->data, "hello", 5);
	fake_run(f, 60000);
	FAKE_ASSERT_EXIT(f, 0);
	/* and nothing is published on a connection known to be lost */
	ck_assert_uint_eq(fake_sent(f, "AT+CMQTTPUB="), 1);
	ck_assert_uint_eq(fake_sent(f, "AT+CMQTTCONNECT="), 2);
	fake_free(f);
}
END_TEST

START_TEST(loss_at_a_stuck_prompt_is_not_forgotten)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		{"AT+CMQTTPAYLOAD=", "\r\n+CMQTTNONET\r\n\r\n>", 0, NULL, 1},
		{NULL}});

	fake_run(f, 120000);
	FAKE_ASSERT_EXIT(f, 0);
	ck_assert_uint_eq(fake_sent(f, "AT+CEREG?"), 2);
	fake_free(f);
}
END_TEST

/* The count is known, so the prompt is filled in one go. */
START_TEST(lost_prompt_is_filled_at_once)
{
	static uint8_t pem[5000];
	struct node_config c = fake_config_tls();
	struct fake *f;

	memset(pem, 'p', sizeof(pem));
	c.ca.data = pem;
	c.ca.size = sizeof(pem);
	f = fake_new(&c, (const struct fake_row[]){
		{"AT+CCERTLIST!", OK_, 0, NULL, 1},
		{"AT+CCERTDOWN=", "\r\nx>", 0, OK_, 1}, /* a damaged prompt */
		listed_row,
		{NULL}});
	ck_assert(fake_run_until(f, "certificate ca.pem stored", 8000));
	fake_free(f);
}
END_TEST

START_TEST(late_answer_is_left_behind)
{
	struct node_config c = fake_config_tls();
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		listed_row,
		{"AT+CSSLCFG=\"sslversion\"", NULL, 5100, ERR_, 1},
		{NULL}});

	fake_run(f, 60000);
	FAKE_ASSERT_EXIT(f, 0);
	ck_assert_uint_eq(fake_sent(f, "AT+CSSLCFG=\"sslversion\""), 2);
	ck_assert_uint_eq(fake_sent(f, "AT+CMQTTCONNECT="), 1);
	fake_free(f);
}
END_TEST

START_TEST(unclear_session_starts_over)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		{"AT+CMQTTCONNECT=", "\r\n+CMQTTCONNECT: 0,9\r\n\r\nERROR\r\n",
		 0, NULL, 1},
		{NULL}});

	fake_run(f, 60000);
	FAKE_ASSERT_EXIT(f, 0);
	ck_assert_uint_eq(fake_sent(f, "AT+CMQTTSTART"), 2);
	fake_free(f);
}
END_TEST

/* A failed connect leaves the client acquired: CONNECT alone comes next. */
START_TEST(failed_connect_is_repeated_alone)
{
	struct node_config c = fake_config();
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		{"AT+CMQTTCONNECT=", OK_, 700, "\r\n+CMQTTCONNECT: 0,3\r\n", 1},
		{NULL}});

	fake_run(f, 60000);
	FAKE_ASSERT_EXIT(f, 0);
	ck_assert_uint_eq(fake_sent(f, "AT+CMQTTCONNECT="), 2);
	ck_assert_uint_eq(fake_sent(f, "AT+CMQTTACCQ="), 1);
	fake_free(f);
}
END_TEST

START_TEST(time_runs_out_at_a_prompt)
{
	static char topic[301];
	static const struct node_message m = {topic, "x"};
	struct node_config c = fake_config();
	struct fake *f;

	memset(topic, 't', 300);
	c.publish = &m;
	f = fake_new(&c, NULL);
	f->tx_most = 1;
	while (!fake_sent(f, "AT+CMQTTTOPIC="))
		fake_run(f, 1);
	deadline_set(&f->node.limit, f->now, 200);
	fake_run(f, 60000);
	FAKE_ASSERT_EXIT(f, 1);
	ck_assert_ptr_nonnull(strstr(f->sent, "<300>\nAT"));
	fake_free(f);
}
END_TEST

START_TEST(will_and_subscriptions)
{
	static const struct node_topic topics[] = {{"a/b", 2}, {"c", 0}};
	struct node_config c = fake_config();
	struct fake *f;

	c.will.topic = "w";
	c.will.text = "gone";
	c.subscribe = topics;
	c.subscribe_count = 2;
	c.retain = true;
	c.qos = 2;
	c.apn = "internet";
	f = fake_new(&c, (const struct fake_row[]){
		{"AT+CGDCONT=1,\"IP\",\"internet\"!", OK_},
		{NULL}});
	fake_run(f, 60000);
	FAKE_ASSERT_EXIT(f, 0);
	ck_assert_ptr_nonnull(strstr(
		f->sent, "AT+CMQTTWILLTOPIC=0,1\n<1>\nAT+CMQTTWILLMSG=0,4,2\n"
		"<4>\nAT+CMQTTCONNECT="));
	ck_assert_ptr_nonnull(strstr(
		f->sent, "AT+CMQTTSUB=0,3,2\n<3>\nAT+CMQTTSUB=0,1,0\n<1>\n"));
	ck_assert_uint_eq(fake_sent(f, "AT+CMQTTPUB=0,2,60,1\n"), 1);
	ck_assert_uint_eq(fake_sent(f, "AT+CGDCONT="), 1);
	FAKE_ASSERT_LOGGED(f, "subscribed a/b");
	FAKE_ASSERT_LOGGED(f, "subscribed c");
	fake_free(f);
}
END_TEST

START_TEST(subscription_refused)
{
	static const struct node_topic topics[] = {{"bad", 1}, {"good", 1}};
	struct node_config c = fake_config();
	struct fake *f;

	c.subscribe = topics;
	c.subscribe_count = 2;
	f = fake_new(&c, (const struct fake_row[]){
		{"AT+CMQTTSUB=0,3,1", "\r\n+CMQTTSUB: 0,12\r\n\r\nERROR\r\n"},
		{NULL}});
	fake_run(f, 60000);
	FAKE_ASSERT_EXIT(f, 0);
	FAKE_ASSERT_LOGGED(f, "subscribe bad failed 0,12 (invalid parameter)");
	FAKE_ASSERT_LOGGED(f, "subscribed good");
	fake_free(f);
}
END_TEST

START_TEST(qos_0_is_dropped_qos_1_is_not)
{
	struct node_config c = fake_config();
	struct fake *f;

	c.qos = (uint8_t)_i;
	f = fake_new(&c, (const struct fake_row[]){
		{"AT+CMQTTPUB=", "\r\n+CMQTTPUB: 0,1\r\n\r\nERROR\r\n"},
		{NULL}});
	fake_run(f, 600000);
	ck_assert_uint_eq(fake_logged(f, "publish 1 dropped"), _i ? 0 : 1);
	ck_assert_int_eq(node_done(&f->node, NULL), _i == 0);
	ck_assert_uint_eq(f->node.outbox.count, (unsigned)_i);
	fake_free(f);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("details");
	TCase *t = tcase_create("details");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, code_behind_error_is_seen);
	tcase_add_test(t, one_bare_error_is_damage);
	tcase_add_test(t, answer_before_the_command_is_out);
	tcase_add_test(t, echoed_data_is_no_answer);
	tcase_add_test(t, busy_publish_brings_topic_and_payload_again);
	tcase_add_loop_test(t, prompt_is_served_first, 0, 2);
	tcase_add_test(t, loss_at_a_stuck_prompt_is_not_forgotten);
	tcase_add_test(t, lost_prompt_is_filled_at_once);
	tcase_add_test(t, late_answer_is_left_behind);
	tcase_add_test(t, unclear_session_starts_over);
	tcase_add_test(t, failed_connect_is_repeated_alone);
	tcase_add_test(t, time_runs_out_at_a_prompt);
	tcase_add_test(t, will_and_subscriptions);
	tcase_add_test(t, subscription_refused);
	tcase_add_loop_test(t, qos_0_is_dropped_qos_1_is_not, 0, 2);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
