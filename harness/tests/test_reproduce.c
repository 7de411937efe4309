/* Excerpts of the field thread: what each is found to be, why, and what helps; held against the facts of the thread. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/reproduce/cause.h"
#include "harness/reproduce/outcome.h"
#include "harness/reproduce/regression.h"
#include "harness/reproduce/reproduce.h"
#include "harness/reproduce/tell.h"
#include "harness/verbs.h"
#include "harness/wire/recording.h"

static const char whole[] = "harness/tests/data/issue-49-1-900.txt";

/* One of the thread's connects; smallest and with are what the search finds, NULL for a success. */
static const struct row {
	const char *file;
	unsigned from, to; /* 0: all of the file */
	const char *seen;  /* O-numbers of the facts, table 1.2 */
	const char *profile, *result, *rule, *quirk, *smallest, *with;
	bool fits;
} rows[] = {
	{ whole, 59, 67, "O3", "A011B03A7670M7_F", "+CMQTTCONNECT: 0,32", "R2", "tls_sni",
	  "AT+CSSLCFG=\"enableSNI\",0,0", "broker broker.emqx.io", true },
	{ whole, 142, 196, "O5", "LE20B04V03SIM7600M22", "+CMQTTCONNECT: 0,0", NULL, NULL, NULL, NULL, true },
	{ whole, 242, 253, "O6", "LE20B03SIM7600M22", "+CMQTTCONNECT: 0,34", "R1", NULL, "AT+CSSLCFG=\"authmode\",0,0",
	  "firmware LE20B04V03SIM7600M22", true },
	{ whole, 269, 336, "O7", "LE20B03V03SIM7600M22", "+CMQTTCONNECT: 0,0", NULL, NULL, NULL, NULL, true },
	{ whole, 377, 405, "O9", "LE20B03SIM7600M22", "+CMQTTCONNECT: 0,32", "R2", "tls_sni",
	  "firmware LE20B04V03SIM7600M22", NULL, true },
	{ whole, 486, 558, "O11 O12", "LE20B03SIM7600M22", "+CMQTTCONNECT: 0,32", "R2", "tls_sni",
	  "AT+CSSLCFG=\"enableSNI\",0,0", NULL, true },
	{ whole, 743, 763, "O16", "LE20B03SIM7600M22", "+CMQTTCONNECT: 0,0", NULL, NULL, NULL, NULL, true },
	{ whole, 104, 116, "O13", "LE20B03SIM7600M22", "+CMQTTCONNECT: 0,32", "R2", "tls_sni",
	  "firmware LE20B04V03SIM7600M22", NULL, false },
	{ "harness/tests/data/issue-49-59-67.txt", 0, 0, "O3", "A011B03A7670M7_F", "+CMQTTCONNECT: 0,32", "R2",
	  "tls_sni", "AT+CSSLCFG=\"enableSNI\",0,0", "broker broker.emqx.io", true },
	{ "harness/tests/data/issue-49-142-196.txt", 0, 0, "O5", "LE20B04V03SIM7600M22", "+CMQTTCONNECT: 0,0", NULL,
	  NULL, NULL, NULL, true },
	{ "harness/tests/data/issue-49-242-253.txt", 0, 0, "O6", NULL, "+CMQTTCONNECT: 0,34", "R1", NULL,
	  "AT+CSSLCFG=\"authmode\",0,0", "firmware LE20B04V03SIM7600M22", true },
	{ "harness/tests/data/issue-49-269-336.txt", 0, 0, "O7", NULL, "+CMQTTCONNECT: 0,0", NULL, NULL, NULL, NULL,
	  true },
};

struct rig {
	struct log *log;
	struct reproduction r;
};

static void read_text(const char *path, struct buf *text)
{
	struct err e = { 0 };

	buf_init(text, 1 << 20);
	ck_assert_msg(!wire_read_file(path, text, &e), "%s", e.msg);
}

static void play_text(struct rig *rig, const char *name, const char *text, size_t n, unsigned from, unsigned to,
		      const char *profile)
{
	const struct import_options io = { .redact = true, .first_line = from, .last_line = to };
	struct err e = { 0 };

	rig->log = log_read(name, text, n, &io, &e);
	ck_assert_msg(rig->log != NULL, "%s", e.msg);
	ck_assert_msg(!reproduce_log(rig->log, profile, &rig->r, &e), "%s: %s", name, e.msg);
}

static void play_row(struct rig *rig, const struct row *row)
{
	struct buf text;

	read_text(row->file, &text);
	play_text(rig, row->file, buf_str(&text), text.len, row->from, row->to, NULL);
	buf_free(&text);
}

static void end(struct rig *rig)
{
	reproduction_free(&rig->r);
	log_free(rig->log);
}

static void check_best(const struct row *row, const struct search *s)
{
	ck_assert_msg((s->best != NULL) == (row->smallest != NULL), "%s: %s", row->seen,
		      s->best ? s->best->a->what : "nothing helps");
	if (!s->best)
		return;
	ck_assert_str_eq(s->best->a->what, row->smallest);
	ck_assert_msg((s->best->b != NULL) == (row->with != NULL), "%s: with %s", row->seen,
		      s->best->b ? s->best->b->what : "nothing");
	if (s->best->b)
		ck_assert_str_eq(s->best->b->what, row->with);
	ck_assert(outcome_of(s->best->result).ok);
}

static void check_cause(const struct row *row, const struct reproduction *r)
{
	const struct cause *c = cause_first(reproduction_why(r, r->focus));

	ck_assert_msg((c != NULL) == (row->rule != NULL), "%s", row->seen);
	if (!c)
		return;
	ck_assert_str_eq(c->rule, row->rule);
	if (row->quirk)
		ck_assert_str_eq(c->quirk, row->quirk);
}

START_TEST(excerpts)
{
	const struct row *row = &rows[_i];
	struct rig rig;

	play_row(&rig, row);
	if (row->profile)
		ck_assert_str_eq(rig.r.revision->name, row->profile);
	ck_assert_str_eq(reproduction_result(&rig.r, rig.r.focus), row->result);
	ck_assert_int_eq(reproduction_fits(&rig.r), row->fits);
	check_cause(row, &rig.r);
	check_best(row, &rig.r.search);
	end(&rig);
}
END_TEST

/* --- the verdict ----------------------------------------------------------------------------------------------- */

static void expect_words(const struct reproduction *r, const char *const *words)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	cause_verdict(r, &b);
	for (; *words; words++)
		ck_assert_msg(strstr(buf_str(&b), *words) != NULL, "no '%s' in\n%s", *words, buf_str(&b));
	buf_free(&b);
}

#define START "AT+CMQTTSTART\nOK\n\n+CMQTTSTART: 0\nAT+CMQTTACCQ=0,\"c\",1\nOK\nAT+CMQTTSSLCFG=0,0\nOK\n"
#define CONNECT(host, result) "AT+CMQTTCONNECT=0,\"tcp://" host ":8883\",60,1\nOK\n\n+CMQTTCONNECT: 0," result "\n"

/* Logs that nobody has written, each about one thing; words are what the verdict must hold. */
static const struct verdict_row {
	const char *what, *text, *profile;
	const char *words[5];
} verdict_rows[] = {
	{ "LE11 sends no server name",
	  "AT+CGMR\n+CGMR: LE11B14SIM7600M22\n\nOK\n" START CONNECT("a.s1.eu.hivemq.cloud", "31"),
	  NULL,
	  { "the broker, which finds its tenant by the server name (LE11B14SIM7600M22)",
	    "Smallest change: AT+CSSLCFG=\"enableSNI\",0,1 together with firmware LE20B04V03SIM7600M22", NULL } },
	{ "without a server name on a revision that could",
	  "AT+CGMR\n+CGMR: LE20B04SIM7600M22\n\nOK\n" START CONNECT("a.s1.eu.hivemq.cloud", "31"),
	  NULL,
	  { "the broker, which finds its tenant by the server name (LE20B04V03SIM7600M22)",
	    "Smallest change: AT+CSSLCFG=\"enableSNI\",0,1; it gives +CMQTTCONNECT: 0,0", NULL } },
	{ "a broker that no world knows",
	  "AT+CGMR\n+CGMR: LE20B04SIM7600M22\n\nOK\n" START CONNECT("mqtt.example.org", "30"),
	  NULL,
	  { "+CMQTTCONNECT: 0,30", "it was taken for a server that answers CONNACK 4: bad user name or password",
	    NULL } },
	{ "a revision that answers otherwise",
	  "AT+CGMR\n+CGMR: LE20B04SIM7600M22\n\nOK\nAT+CSSLCFG=\"enableSNI\",0,1\nOK\n" START CONNECT("broker.emqx.io",
												      "32"),
	  NULL,
	  { "Not reproduced: the log has +CMQTTCONNECT: 0,32", "LE20B04V03SIM7600M22 answers +CMQTTCONNECT: 0,0",
	    NULL } },
	{ "the same, on the revision that was asked for",
	  "AT+CGMR\n+CGMR: LE20B04SIM7600M22\n\nOK\nAT+CSSLCFG=\"enableSNI\",0,1\nOK\n" START CONNECT("broker.emqx.io",
												      "32"),
	  "LE20B03SIM7600M22",
	  { "the modem's own TLS stack (LE20B03SIM7600M22)", "enableSNI\",0,0; it gives +CMQTTCONNECT: 0,0", NULL } },
	{ "the same code for another reason",
	  "AT+CGMR\n+CGMR: LE20B03SIM7600M22\n\nOK\nAT+CSSLCFG=\"enableSNI\",0,1\nOK\n" START CONNECT(
		  "a.ala.us-east-1.emqxsl.com", "32"),
	  NULL,
	  { "Smallest change: firmware LE20B04V03SIM7600M22",
	    "enableSNI\",0,0 leads to +CMQTTCONNECT: 0,32 again, now by the broker", NULL } },
	{ "an address where nobody listens",
	  "AT+CMQTTSTART\nOK\n\n+CMQTTSTART: 0\nAT+CMQTTACCQ=0,\"a\",0\nOK\n"
	  "AT+CMQTTCONNECT=0,\"tcp://192.0.2.7:1883\",20,1\n\n+CMQTTCONNECT: 0,3\n\nERROR\n",
	  NULL,
	  { "+CMQTTCONNECT: 0,3 (line 9) is ", "it was taken for a server that refuses the connection", NULL } },
	{ "a name that nobody knows",
	  "AT+CGMR\n+CGMR: LE20B04SIM7600M22\n\nOK\n" START CONNECT("nosuch.example.org", "25"),
	  NULL,
	  { "+CMQTTCONNECT: 0,25 (line 16) is the name", NULL } },
	{ "the service runs already",
	  "AT+CMQTTSTART\n\n+CMQTTSTART: 23\n\nERROR\nAT+CMQTTACCQ=0,\"x\",0\n\n+CMQTTACCQ: 0,19\n\nERROR\n",
	  NULL,
	  { "+CMQTTSTART: 23 (line 3) is the order of the commands",
	    "Smallest change: AT+CMQTTREL=0, AT+CMQTTSTOP; it gives +CMQTTSTART: 0", NULL } },
	{ "a prompt that is never satisfied",
	  "AT+CGMR\n+CGMR: LE20B03SIM7600M22\n\nOK\nAT+CCERTDOWN=\"ca.pem\",1338\n\n>\n",
	  NULL,
	  { "AT+CCERTDOWN (line 5) is never answered, by LE20B03SIM7600M22 neither",
	    "Smallest change: all 1338 bytes after the prompt; it gives OK", NULL } },
	{ "HTTPS",
	  "AT+CSSLCFG=\"enableSNI\",0,1\nOK\nAT+HTTPINIT\nOK\n"
	  "AT+HTTPPARA=\"URL\",\"https://www.example.org/a.txt\"\nOK\nAT+HTTPACTION=0\nOK\n\n+HTTPACTION: 0,715,0\n",
	  "LE20B03SIM7600M22",
	  { "+HTTPACTION: 0,715,0 (line 10) is the modem's own TLS stack",
	    "Smallest change: AT+CSSLCFG=\"enableSNI\",0,0; it gives +HTTPACTION: 0,200,100", NULL } },
	{ "a socket without network",
	  "AT+CIPOPEN=0,\"TCP\",\"broker.hivemq.com\",1883\n\n+CIPOPEN: 0,2\n\nERROR\n",
	  NULL,
	  { "+CIPOPEN: 0,2 (line 3) is the order of the commands",
	    "Smallest change: AT+NETOPEN; it gives +CIPOPEN: 0,0", NULL } },
	{ "an error that is no result",
	  "AT+CSSLCFG=\"clientcert\",0,\"cert.pem\"\nERROR\n",
	  NULL,
	  { "ERROR (line 2) is the store of certificates", NULL } },
};

START_TEST(verdicts)
{
	const struct verdict_row *row = &verdict_rows[_i];
	struct rig rig;

	play_text(&rig, row->what, row->text, strlen(row->text), 0, 0, row->profile);
	expect_words(&rig.r, row->words);
	end(&rig);
}
END_TEST

/* --- the connects of the thread that no excerpt shows --------------------------------------------------------------
 */

/* Facts, table 1.2: what is told of them, written as a log. */
static const struct connect_row {
	const char *o, *revision, *host, *settings, *result, *rule, *smallest, *with;
} connect_rows[] = {
	{ "O1", "LE20B03SIM7600M22", "x.s1.eu.hivemq.cloud", "", "31", "R4", "AT+CSSLCFG=\"enableSNI\",0,1",
	  "firmware LE20B04V03SIM7600M22" },
	{ "O2", "LE20B04SIM7600M22", "x.s1.eu.hivemq.cloud", "", "31", "R4", "AT+CSSLCFG=\"enableSNI\",0,1", NULL },
	{ "O4", "LE11B14SIM7600M22", "x.s2.eu.hivemq.cloud", "", "31", "R4", "AT+CSSLCFG=\"enableSNI\",0,1",
	  "firmware LE20B04V03SIM7600M22" },
	{ "O8", "LE20B04SIM7600M22", "x.azure-devices.net", "", "0", NULL, NULL, NULL },
	{ "O14", "LE20B03SIM7600M22", "x.ala.us-east-1.emqxsl.com",
	  "AT+CSSLCFG=\"authmode\",0,1\nOK\nAT+CSSLCFG=\"cacert\",0,\"emqxsl-ca.pem\"\nOK\n"
	  "AT+CSSLCFG=\"enableSNI\",0,1\nOK\n",
	  "32", "R2", "firmware LE20B04V03SIM7600M22", NULL },
	{ "O15", "LE20B03SIM7600M22", "x.ala.us-east-1.emqxsl.com", "AT+CSSLCFG=\"enableSNI\",0,0\nOK\n", "32", "R3",
	  "AT+CSSLCFG=\"enableSNI\",0,1", "firmware LE20B04V03SIM7600M22" },
	{ "O17", "LE20B03SIM7600M22", "emqx.docker.example", "AT+CSSLCFG=\"enableSNI\",0,1\nOK\n", "32", "R2",
	  "AT+CSSLCFG=\"enableSNI\",0,0", NULL },
};

START_TEST(connects)
{
	const struct connect_row *row = &connect_rows[_i];
	const struct row want = { .seen = row->o, .rule = row->rule, .smallest = row->smallest, .with = row->with };
	char text[1024];
	struct rig rig;

	snprintf(text, sizeof(text),
		 "AT+CGMR\n+CGMR: %s\n\nOK\n%s" START
		 "AT+CMQTTCONNECT=0,\"tcp://%s:8883\",60,1\nOK\n\n+CMQTTCONNECT: 0,%s\n",
		 row->revision, row->settings, row->host, row->result);
	play_text(&rig, row->o, text, strlen(text), 0, 0, NULL);
	ck_assert_msg(reproduction_fits(&rig.r), "%s", row->o);
	check_cause(&want, &rig.r);
	check_best(&want, &rig.r.search);
	end(&rig);
}
END_TEST

/* --- what is printed -------------------------------------------------------------------------------------------- */

START_TEST(text)
{
	static const char *const parts[] = { "\nRevision\n",
					     "line 547   AT+CSSLCFG=\"enableSNI\",0,0",
					     "\nOutcomes\n",
					     "\nConversation\n",
					     "\nWhy\n",
					     "* works    +CMQTTCONNECT: 0,0     AT+CSSLCFG=\"enableSNI\",0,0\n",
					     "tls_sni=ok, seen, issue-49:136-181, O5, O8",
					     "as the log itself shows in line 547" };
	const struct tell_options o = { .width = 140 };
	struct rig rig;
	struct buf b;

	play_row(&rig, &rows[5]);
	buf_init(&b, 1 << 20);
	tell_text(&rig.r, &o, &b);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ck_assert_msg(strstr(buf_str(&b), parts[i]) != NULL, "no '%s'", parts[i]);
	buf_free(&b);
	end(&rig);
}
END_TEST

/* The eight captures of the thread, each of a host with a ring of 256 bytes (quirks 1.4): off by one byte at most. */
START_TEST(losses)
{
	static const size_t seen[] = { 292, 294, 295, 295 };
	struct rig rig;

	play_row(&rig, &rows[5]);
	ck_assert_uint_eq(rig.r.losses.n, sizeof(seen) / sizeof(seen[0]));
	for (size_t i = 0; i < rig.r.losses.n; i++) {
		const struct loss *l = &rig.r.losses.items[i];

		ck_assert_uint_eq(l->seen, seen[i]);
		ck_assert_uint_le(l->kept, l->seen + 1);
		ck_assert_uint_ge(l->kept + 1, l->seen);
		ck_assert_uint_gt(l->whole, 400);
	}
	ck_assert_str_eq(rig.r.losses.remedies[0], "9600 baud");
	end(&rig);
}
END_TEST

START_TEST(json)
{
	struct rig rig;
	json_t *j;

	play_row(&rig, &rows[4]);
	j = tell_json(&rig.r);
	ck_assert_ptr_nonnull(j);
	ck_assert(json_is_true(json_object_get(j, "reproduced")));
	ck_assert_str_eq(
		json_string_value(json_array_get(json_object_get(json_object_get(j, "smallest"), "change"), 0)),
		"firmware LE20B04V03SIM7600M22");
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(j, "smallest"), "class")), "firmware");
	ck_assert_uint_gt(json_array_size(json_object_get(j, "why")), 0);
	ck_assert_uint_gt(json_array_size(json_object_get(json_object_get(j, "conversation"), "rows")), 0);
	json_decref(j);
	end(&rig);
}
END_TEST

/* --- the scenario ----------------------------------------------------------------------------------------------- */

static int run_scenario(const char *path)
{
	const char *argv[] = { "hil", "run", path, "-q", "-j", "1", NULL };
	struct options o;
	struct err e = { 0 };
	int code, old = dup(1), null = open("/dev/null", O_WRONLY);

	ck_assert_msg(!options_parse(&o, 6, (char **)(uintptr_t)argv, &e), "%s", e.msg);
	fflush(stdout);
	dup2(null, 1);
	code = verb_run(&o);
	fflush(stdout);
	dup2(old, 1);
	close(old);
	close(null);
	options_free(&o);
	return code;
}

/* What is written passes: on every revision the outcomes are those of the search. */
START_TEST(regression)
{
	char base[] = "/tmp/hil-test-reproduce-XXXXXX", file[64], remove_all[128], path[128];
	struct rig rig;
	struct err e = { 0 };

	ck_assert_ptr_nonnull(mkdtemp(base));
	setenv("XDG_STATE_HOME", base, 1);
	snprintf(file, sizeof(file), "%s/Case_1", base);
	if (_i < 2)
		play_row(&rig, &rows[_i ? 1 : 5]);
	else
		play_text(&rig, "mine.txt", verdict_rows[2].text, strlen(verdict_rows[2].text), 0, 0, NULL);
	ck_assert_msg(!regression_write(&rig.r, file, &e), "%s", e.msg);
	snprintf(path, sizeof(path), "%s.yaml", file);
	ck_assert_int_eq(run_scenario(path), HIL_EXIT_PASS);
	snprintf(remove_all, sizeof(remove_all), "rm -r %s", base);
	ck_assert_int_eq(system(remove_all), 0);
	end(&rig);
}
END_TEST

/* --- the verb ---------------------------------------------------------------------------------------------------- */

/* Exit code; what is printed is nobody's business here. */
static int call(const char *log, const char *flag)
{
	const char *argv[] = { "hil", "reproduce", log, flag, NULL };
	struct options o;
	struct err e = { 0 };
	int code, old[2], null = open("/dev/null", O_WRONLY);

	ck_assert_msg(!options_parse(&o, flag ? 4 : 3, (char **)(uintptr_t)argv, &e), "%s", e.msg);
	fflush(stdout);
	for (int fd = 1; fd <= 2; fd++) {
		old[fd - 1] = dup(fd);
		dup2(null, fd);
	}
	code = verb_reproduce(&o);
	fflush(stdout);
	for (int fd = 1; fd <= 2; fd++) {
		dup2(old[fd - 1], fd);
		close(old[fd - 1]);
	}
	close(null);
	options_free(&o);
	return code;
}

START_TEST(exit_codes)
{
	ck_assert_int_eq(call("harness/tests/data/issue-49-1-900.txt:59-67", NULL), HIL_EXIT_PASS);
	ck_assert_int_eq(call("harness/tests/data/issue-49-1-900.txt:59-67", "--profile=LE20B04V03SIM7600M22"),
			 HIL_EXIT_FAIL);
	ck_assert_int_eq(call("harness/tests/data/issue-49-1-900.txt:104-116", "--json"), HIL_EXIT_FAIL);
	ck_assert_int_eq(call("harness/tests/data/issue-49-1-900.txt:128-136", NULL), HIL_EXIT_USAGE);
	ck_assert_int_eq(call("harness/tests/data/issue-49-1-900.txt:59-67", "--profile=nosuch"), HIL_EXIT_USAGE);
	ck_assert_int_eq(call("harness/tests/data/issue-49-1-900.txt:59-67", "--profile=a7670/B03"), HIL_EXIT_PASS);
	ck_assert_int_eq(call("README.md:1-10", NULL), HIL_EXIT_USAGE);
	ck_assert_int_eq(call("harness/tests/data/no-such.txt", NULL), HIL_EXIT_USAGE);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	Suite *s = suite_create("reproduce");
	TCase *t = tcase_create("reproduce");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, excerpts, 0, COUNT(rows));
	tcase_add_loop_test(t, connects, 0, COUNT(connect_rows));
	tcase_add_loop_test(t, verdicts, 0, COUNT(verdict_rows));
	tcase_add_test(t, text);
	tcase_add_test(t, losses);
	tcase_add_test(t, json);
	tcase_add_loop_test(t, regression, 0, 3);
	tcase_add_test(t, exit_codes);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
