/*
 * The command line: what is taken, what is refused and with which words.
 */
#include "port/host/options.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGS_MAX 24

static int parse(const char *line, struct node_options *o, char *err, size_t size)
{
	static char words[2048]; /* outlives the options */
	char *argv[ARGS_MAX + 1] = {"mqtt-node"};
	int argc = 1;
	char *save = NULL;

	snprintf(words, sizeof(words), "%s", line);
	for (char *w = strtok_r(words, " ", &save); w;
	     w = strtok_r(NULL, " ", &save)) {
		ck_assert_int_lt(argc, ARGS_MAX);
		argv[argc++] = w;
	}
	return node_options_parse(argc, argv, o, err, size);
}

struct bad_row {
	const char *line;
	const char *err; /* part of it */
};

static const struct bad_row bad_rows[] = {
	{"", "--broker is missing"},
	{"--broker", "--broker needs a value"},
	{"--broker h:0", "'0' is not a number from 1 to 65535"},
	{"--broker h:65536", "not a number from 1 to 65535"},
	{"--broker h:", "'' is not a number"},
	{"--broker :1", "1 to 240 characters, has 0"},
	{"--broker tcp://h:1", "not a URL"},
	{"--broker h\"x:1", "only printable ASCII without \""},
	{"--broker h --broker i", "given twice"},
	{"--broker h --sni maybe", "'maybe' is none of auto, on, off"},
	{"--broker h --sni on", "need --tls"},
	{"--broker h --qos 3", "'3' is not a number from 0 to 2"},
	{"--broker h --qos -1", "'-1' is not a number"},
	{"--broker h --qos 1x", "'1x' is not a number"},
	{"--broker h --keepalive 0", "from 1 to 64800"},
	{"--broker h --keepalive 64801", "from 1 to 64800"},
	{"--broker h --clean 2", "from 0 to 1"},
	{"--broker h --tls --authmode 4", "from 0 to 3"},
	{"--broker h --tls --authmode 1", "--authmode 1 needs --ca"},
	{"--broker h --tls --authmode 3", "--authmode 3 needs --cert"},
	{"--broker h --tls --ciphers 0x10000", "from 1 to 65535"},
	{"--broker h --pass p", "--pass needs --user"},
	{"--broker h --tls --cert x.pem", "--cert and --key go together"},
	{"--broker h --tls --ca /nonexistent/a\"b.pem", "only printable"},
	{"--broker h --tls --ca /nonexistent/ca.pem", "No such file"},
	{"--broker h --tls --ca /dev/null", "5 to 128 characters, has 4"},
	{"--broker h --tls --ca /dev/null --ca-name a.pem", "has nothing"},
	{"--broker h --tls --ca /etc/passwd --ca-name p.crt",
	 "names ending in .pem or .der only"},
	{"--broker h --publish t", "'t' is not TOPIC=TEXT"},
	{"--broker h --publish =x", "a topic has 1 to 1024 bytes"},
	{"--broker h --will t=", "1 to 1024 bytes"},
	{"--broker h --subscribe t,3", "'3' is not a number from 0 to 2"},
	{"--broker h --subscribe ,1", "a topic has 1 to 1024 bytes"},
	{"--broker h --interval 5x", "has no unit"},
	{"--broker h --interval x", "is not a duration"},
	{"--broker h --interval 9999999h", "too long"},
	{"--broker h --exit-when done", "is none of connected"},
	{"--broker h --exit-when published", "needs --publish"},
	{"--broker h --exit-when received=1", "needs --subscribe"},
	{"--broker h --exit-when received=0", "from 1 to"},
	{"--broker h --frobnicate", "unknown or ambiguous option --frobnicate"},
	{"--broker h --tls=1", "a value where none belongs"},
	{"--broker h stray", "'stray' belongs to no option"},
};

START_TEST(refused)
{
	struct node_options o;
	char err[256];

	ck_assert_int_eq(parse(bad_rows[_i].line, &o, err, sizeof(err)),
			 OPTIONS_BAD);
	ck_assert_msg(strstr(err, bad_rows[_i].err), "%s: '%s'",
		      bad_rows[_i].line, err);
	ck_assert_ptr_null(strchr(err, '\n'));
	node_options_free(&o);
}
END_TEST

START_TEST(defaults)
{
	struct node_options o;
	char err[256];

	ck_assert_int_eq(parse("--broker h", &o, err, sizeof(err)),
			 OPTIONS_RUN);
	ck_assert_str_eq(o.config.host, "h");
	ck_assert_uint_eq(o.config.port, 1883);
	ck_assert(!o.config.tls);
	ck_assert_int_eq(o.config.sni, SNI_AUTO);
	ck_assert_uint_eq(o.config.authmode, NODE_AUTHMODE_AUTO);
	ck_assert_str_eq(o.config.client_id, "mqtt-node");
	ck_assert_uint_eq(o.config.keepalive_s, 60);
	ck_assert(o.config.clean);
	ck_assert_int_eq(o.config.goal, NODE_GOAL_NEVER);
	ck_assert_uint_eq(o.baud, 115200);
	ck_assert_ptr_null(o.port);
	node_options_free(&o);
}
END_TEST

START_TEST(everything)
{
	char ca[] = "/tmp/test-options-XXXXXX";
	char line[512];
	struct node_options o;
	char err[256] = "";
	int fd = mkstemp(ca);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq((int)write(fd, "PEM\n", 4), 4);
	close(fd);
	snprintf(line, sizeof(line),
		 "--port /dev/x --broker h.example:1234 --tls --sni off "
		 "--ca-name root.pem --ca %s --ciphers 0xFFFF", ca);
	ck_assert_msg(parse(line, &o, err, sizeof(err)) == OPTIONS_RUN, "%s",
		      err);
	ck_assert_str_eq(o.port, "/dev/x");
	ck_assert_str_eq(o.config.host, "h.example");
	ck_assert_uint_eq(o.config.port, 1234);
	ck_assert_str_eq(o.config.ca.name, "root.pem");
	ck_assert_uint_eq(o.config.ca.size, 4);
	ck_assert_mem_eq(o.config.ca.data, "PEM\n", 4);
	ck_assert_uint_eq(o.config.ciphers, 0xffff);
	node_options_free(&o);
	unlink(ca);
}
END_TEST

START_TEST(messages)
{
	struct node_options o;
	char err[256] = "";
	const char *line = "--broker h --subscribe a/# --subscribe b,2 --qos 1 "
			   "--publish t/1=x=y,z --publish t/2= --will w=gone "
			   "--count 3 --interval 1500ms --max-time 2m";

	ck_assert_msg(parse(line, &o, err, sizeof(err)) == OPTIONS_RUN, "%s",
		      err);
	ck_assert_uint_eq(o.config.subscribe_count, 2);
	ck_assert_str_eq(o.config.subscribe[0].topic, "a/#");
	ck_assert_uint_eq(o.config.subscribe[0].qos, 1);
	ck_assert_str_eq(o.config.subscribe[1].topic, "b");
	ck_assert_uint_eq(o.config.subscribe[1].qos, 2);
	ck_assert_uint_eq(o.config.publish_count, 2);
	ck_assert_str_eq(o.config.publish[0].topic, "t/1");
	ck_assert_str_eq(o.config.publish[0].text, "x=y,z");
	ck_assert_str_eq(o.config.publish[1].text, "");
	ck_assert_str_eq(o.config.will.text, "gone");
	ck_assert_uint_eq(o.config.interval_ms, 1500);
	ck_assert_uint_eq(o.config.max_time_ms, 120000);
	ck_assert_int_eq(o.config.goal, NODE_GOAL_PUBLISHED);
	node_options_free(&o);
}
END_TEST

START_TEST(goals)
{
	struct node_options o;
	char err[256];

	ck_assert_int_eq(parse("--broker h --publish a=b --exit-when never", &o,
			       err, sizeof(err)), OPTIONS_RUN);
	ck_assert_int_eq(o.config.goal, NODE_GOAL_NEVER);
	node_options_free(&o);
	ck_assert_int_eq(parse("--broker h --subscribe a --exit-when received=7",
			       &o, err, sizeof(err)), OPTIONS_RUN);
	ck_assert_int_eq(o.config.goal, NODE_GOAL_RECEIVED);
	ck_assert_uint_eq(o.config.goal_count, 7);
	node_options_free(&o);
	ck_assert_int_eq(parse("--help", &o, err, sizeof(err)), OPTIONS_HELP);
	node_options_free(&o);
	ck_assert_int_eq(parse("--version", &o, err, sizeof(err)),
			 OPTIONS_VERSION);
	node_options_free(&o);
	ck_assert_ptr_nonnull(strstr(node_options_help(), "--exit-when"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("options");
	TCase *t = tcase_create("lines");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, refused, 0,
			    sizeof(bad_rows) / sizeof(bad_rows[0]));
	tcase_add_test(t, defaults);
	tcase_add_test(t, everything);
	tcase_add_test(t, messages);
	tcase_add_test(t, goals);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
