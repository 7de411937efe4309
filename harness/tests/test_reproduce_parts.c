/* What a reproduction is made of: dumps as settings, needs, outcomes, the commands behind answers, the brokers' rows.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "harness/reproduce/broker.h"
#include "harness/reproduce/dump.h"
#include "harness/reproduce/needs.h"
#include "harness/reproduce/outcome.h"
#include "harness/reproduce/play.h"
#include "harness/reproduce/revision.h"
#include "harness/reproduce/tale.h"
#include "harness/target.h"

static struct pool *pool;

static void setup(void)
{
	pool = pool_new();
}

static void teardown(void)
{
	pool_free(pool);
}

/* --- dumps ----------------------------------------------------------------------------------------------------- */

static const struct {
	const char *line;
	size_t columns;	      /* 0: no whole row */
	const char *commands; /* that lead there from power-on, each with LF */
} dump_rows[] = {
	{ "+CSSLCFG: 0,4,1,1,300,\"emqxsl-ca.pem\",\"\",\"\",1,\"\",0xFFFF", 11,
	  "AT+CSSLCFG=\"authmode\",0,1\nAT+CSSLCFG=\"cacert\",0,\"emqxsl-ca.pem\"\nAT+CSSLCFG=\"enableSNI\",0,1\n"
	  "AT+CSSLCFG=\"ciphersuites\",0,0xFFFF\n" },
	{ "+CSSLCFG: 9,4,0,1,300,\"\",\"\",\"\",0,\"\",0x0", 11, "" },
	{ "+CSSLCFG: 3,3,0,0,25,\"\",\"\",\"\",0,\"pw\",0x2F", 11,
	  "AT+CSSLCFG=\"sslversion\",3,3\nAT+CSSLCFG=\"ignorelocaltime\",3,0\nAT+CSSLCFG=\"negotiatetime\",3,25\n"
	  "AT+CSSLCFG=\"keypwd\",3,\"pw\"\nAT+CSSLCFG=\"ciphersuites\",3,0x2F\n" },
	{ "+CSSLCFG: 1,4,2,1,300,\"a\",\"b\",\"c\"", 8,
	  "AT+CSSLCFG=\"authmode\",1,2\nAT+CSSLCFG=\"cacert\",1,\"a\"\nAT+CSSLCFG=\"clientcert\",1,\"b\"\n"
	  "AT+CSSLCFG=\"clientkey\",1,\"c\"\n" },
	{ "+CSSLCFG: 0,4,0,1,300,\"\",\"\",\"\",\"pw.txt\",1", 10, "AT+CSSLCFG=\"enableSNI\",0,1\n" },
	/* the ends of the eight captures of the thread */
	{ "+CSSLCFG: 6,4,0,1,30\"\",\"\",0,\"\"", 0, "" },
	{ "+CSSLCFG: 6,4,0,1,3,0,1,300,\"K", 0, "" },
	{ "+CSSLCFG: 6,4,0,1,300,\"\",\"\",\"\",0,\",1,300,\"\",", 0, "" },
	{ "+CSSLCFG: 6,4,0,1,300,\"\",\"\",0x", 0, "" },
	{ "+CSSLCFG: 6,4,0CSSLCFG:", 0, "" },
	{ "+CSSLCFG: 6,4,0,4,0,1,3", 0, "" },
	{ "+ 8,4,0,", 0, "" },
	{ "+CSSLCFG: 10,4,0,1,300,\"\",\"\",\"\",0,\"\",0x0", 0, "" },
	{ "+CSSLCFG: \"sslversion\",(0-9),(0-4)", 0, "" },
	{ "", 0, "" },
};

START_TEST(dumps)
{
	const struct dump before = dump_default();
	struct dump d = dump_default();
	const char **commands;
	size_t columns = 0, n = 0;
	struct buf all;

	ck_assert_int_eq(dump_take(&d, pool, dump_rows[_i].line, &columns), dump_rows[_i].columns > 0);
	ck_assert_uint_eq(columns, dump_rows[_i].columns);
	commands = dump_commands(&before, &d, pool, NULL, &n);
	buf_init(&all, 4096);
	for (size_t i = 0; i < n; i++)
		buf_addf(&all, "%s\n", commands[i]);
	ck_assert_str_eq(buf_str(&all), dump_rows[_i].commands);
	for (size_t i = 0; i < n; i++) {
		const char *value;
		unsigned ctx;
		size_t field;

		ck_assert_msg(dump_setting(commands[i], pool, &field, &ctx, &value), "%s", commands[i]);
		ck_assert_str_eq(value, d.context[ctx].field[field]);
	}
	buf_free(&all);
}
END_TEST

START_TEST(settings)
{
	static const struct {
		const char *command, *value; /* NULL: no setting */
		size_t field;
		unsigned ctx;
	} rows[] = {
		{ "AT+CSSLCFG=\"enableSNI\",0,1", "1", 7, 0 },
		{ "AT+CSSLCFG=\"enableSNI\", 0, 1", "1", 7, 0 },
		{ "at+csslcfg=\"CACERT\",9,\"a,b\"", "a,b", 4, 9 },
		{ "AT+CSSLCFG=\"ciphersuites\",0,0xFFFF", "0xFFFF", 9, 0 },
		{ "AT+CSSLCFG=\"enableSNI\",10,1", NULL, 0, 0 },
		{ "AT+CSSLCFG=\"enableSNI\",0", NULL, 0, 0 },
		{ "AT+CSSLCFG=\"nosuch\",0,1", NULL, 0, 0 },
		{ "AT+CSSLCFG=\"cacert\",0,\"a", NULL, 0, 0 },
		{ "AT+CSSLCFG?", NULL, 0, 0 },
		{ "AT+CSSLCFG=\"", NULL, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *value = NULL;
		unsigned ctx = 0;
		size_t field = 0;

		ck_assert_msg(dump_setting(rows[i].command, pool, &field, &ctx, &value) == (rows[i].value != NULL),
			      "%s", rows[i].command);
		ck_assert_pstr_eq(rows[i].value ? value : NULL, rows[i].value);
		ck_assert_msg(!rows[i].value || (field == rows[i].field && ctx == rows[i].ctx), "%s", rows[i].command);
	}
}
END_TEST

/* A row cut anywhere changes nothing, unless what is left is a row of an older generation. */
START_TEST(dumps_cut_anywhere)
{
	static const char row[] = "+CSSLCFG: 0,4,1,1,300,\"emqxsl-ca.pem\",\"\",\"\",1,\"\",0xFFFF";

	for (size_t n = 0; n < sizeof(row) - 1; n++) {
		struct dump d = dump_default();
		size_t columns = 0;

		if (dump_take(&d, pool, pool_copy(pool, row, n), &columns))
			ck_assert_msg(columns == 8 || columns == 11, "%.*s", (int)n, row);
		else
			ck_assert_str_eq(d.context[0].field[1], "0");
	}
}
END_TEST

/* --- outcomes and needs ---------------------------------------------------------------------------------------- */

static const struct {
	const char *line;
	int rank, code;
	bool ok;
} outcome_rows[] = {
	{ "+CMQTTCONNECT: 0,0", 1, 0, true },
	{ "+CMQTTCONNECT: 0,32", 1, 32, false },
	{ "+CMQTTSTART: 0", 4, 0, true },
	{ "+CMQTTSTART: 23", 4, 23, false },
	{ "+HTTPACTION: 0,200,121", 1, 200, true },
	{ "+HTTPACTION: 0,715,0", 1, 715, false },
	{ "+CFTPSLOGIN: 0", 1, 0, true },
	{ "OK", 9, -1, true },
	{ "ERROR", 9, -1, false },
	{ "+CME ERROR: 14", 9, 14, false },
	{ NULL, 0, -1, false },
	{ "+CMQTTCONNECT:", 9, -1, false },
	{ "+CMQTTCONNECT: 0,x", 1, 0, true },
};

START_TEST(outcomes)
{
	const struct outcome o = outcome_of(outcome_rows[_i].line);

	ck_assert_int_eq(o.rank, outcome_rows[_i].rank);
	ck_assert_int_eq(o.code, outcome_rows[_i].code);
	ck_assert_int_eq(o.ok, outcome_rows[_i].ok);
}
END_TEST

enum { STEPS_MAX = 5 };

static const struct {
	struct needs_step step[STEPS_MAX];
	unsigned bits;
	const char *why;
} needs_rows[] = {
	{ { { "AT+CMQTTCONNECT=0,\"tcp://h:8883\",60,1", "+CMQTTCONNECT: 0,32", false } },
	  NEED_MQTT | NEED_CLIENT | NEED_BINDING,
	  "a TLS connect that got as far as 32" },
	{ { { "AT+CMQTTCONNECT=0,\"tcp://h:1883\",60,1", "+CMQTTCONNECT: 0,3", false } },
	  NEED_MQTT | NEED_CLIENT,
	  "without TLS" },
	{ { { "AT+CMQTTCONNECT=0,\"tcp://h:1883\",60,1", "ERROR", false } }, 0, "it may have failed for want of all" },
	{ { { "AT+CMQTTCONNECT=0,\"tcp://h:1883\",60,1", "+CMQTTCONNECT: 0,20", false } }, 0, "not acquired, it says" },
	{ { { "AT+CMQTTSTART", "+CMQTTSTART: 0", false },
	    { "AT+CMQTTACCQ=0,\"c\"", "OK", false },
	    { "AT+CMQTTCONNECT=0,\"tcp://h:1883\",60,1", "+CMQTTCONNECT: 0,0", false } },
	  0,
	  "all is there" },
	{ { { "AT+CMQTTSTART", "+CMQTTSTART: 0", true } }, NEED_NET, "its result first: the network was up" },
	{ { { "AT+CMQTTSTART", "+CMQTTSTART: 23", false } }, NEED_MQTT, "it ran already" },
	{ { { "AT+CMQTTDISC=0,60", "+CMQTTDISC: 0,0", false },
	    { "AT+CMQTTREL=0", "OK", false },
	    { "AT+CMQTTSTOP", "+CMQTTSTOP: 0", false },
	    { "AT+CMQTTSTART", "+CMQTTSTART: 0", false } },
	  NEED_MQTT | NEED_CLIENT | NEED_BINDING | NEED_SESSION,
	  "a session was there to be ended" },
	{ { { "AT+CMQTTSTOP", "+CMQTTSTOP: 9", false } }, 0, "it did not run" },
	{ { { "AT+HTTPACTION=0", "+HTTPACTION: 0,200,5", false } }, NEED_HTTP, "HTTP" },
	{ { { "AT+CMQTTSTART?", "OK", false } }, 0, "a question needs nothing" },
};

START_TEST(what_is_needed)
{
	size_t n = 0;

	while (n < STEPS_MAX && needs_rows[_i].step[n].command)
		n++;
	ck_assert_msg(needs_of(needs_rows[_i].step, n).bits == needs_rows[_i].bits, "%s", needs_rows[_i].why);
}
END_TEST

/* --- the script of a log ----------------------------------------------------------------------------------------- */

#define DUMP(ca, sni) \
	"+CSSLCFG: 0,4,0,1,300,\"" ca "\",\"\",\"\"," sni ",\"\",0x0\n+CSSLCFG: " \
	"1,4,0,1,300,\"\",\"\",\"\",0,\"\",0x0\n"

/* want: one command a line; '.' the log shows it, '?' it is implied, nothing is said of what was before. */
static const struct script_row {
	const char *what, *text, *want;
} script_rows[] = {
	{ "commands and answers", "AT\nOK\nAT+CSQ\n+CSQ: 20,0\n\nOK\n", ".AT .AT+CSQ" },
	{ "a list beside a log is not played",
	  "AT+CMQTTSTART\nAT+CMQTTACCQ=0,\"mine\",1\nAT+CMQTTSSLCFG=0,0\nAT+CMQTTCONNECT=0,\"tcp://"
	  "broker.emqx.io:8883\",60,1\n\n"
	  "12:00:01.000 -> +CMQTTSTART: 0\n12:00:01.000 -> \n12:00:01.010 -> OK\n12:00:05.000 -> OK\n12:00:08.000 -> "
	  "OK\n"
	  "12:00:12.000 -> OK\n12:00:12.900 -> +CMQTTCONNECT: 0,0\n",
	  "?AT+CMQTTSTART ?AT+CMQTTACCQ=0,\"mine\",1 ?AT+CMQTTSSLCFG=0,0 "
	  "?AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:8883\",60,1" },
	{ "a list alone is played", "AT+CMQTTSTART\nAT+CMQTTACCQ=0,\"mine\",1\n",
	  ".AT+CMQTTSTART .AT+CMQTTACCQ=0,\"mine\",1" },
	{ "two dumps tell the setting between them",
	  "12:00:01.000 -> " DUMP("", "1") "12:00:05.000 -> OK\n12:00:09.000 -> " DUMP("", "0"),
	  "?AT+CSSLCFG? ?AT+CSSLCFG=\"enableSNI\",0,0 ?AT+CSSLCFG?" },
	{ "the end of a session",
	  "12:00:01.000 -> +CMQTTDISC: 0,0\n12:00:01.050 -> OK\n12:00:05.000 -> OK\n12:00:09.000 -> +CMQTTSTOP: 0\n"
	  "12:00:09.000 -> OK\n",
	  "?AT+CMQTTDISC=0,120 ?AT+CMQTTREL=0 ?AT+CMQTTSTOP" },
	{ "the answer to an earlier query", "AT+CMQTTSTART\n\n+CGREG: 0,1\n\nOK\n\nSMS DONE\n\nOK\n\n+CMQTTSTART: 0\n",
	  "?AT+CGREG? .AT+CMQTTSTART" },
	{ "the name of a CA names the broker", DUMP("isrgrootx1.pem", "1") "OK\n+CMQTTCONNECT: 0,32\n",
	  "?AT+CSSLCFG? ?AT+CMQTTCONNECT=0,\"tcp://xxx.s1.eu.hivemq.cloud:8883\",60,1,\"xxx\",\"xxx\"" },
};

static void show_script(const struct script *s, struct buf *out)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct act *a = &s->acts[i];

		if (a->command && a->kind != ACT_SILENT)
			buf_addf(out, "%s%c%s", out->len ? " " : "", a->kind == ACT_SEEN ? '.' : '?', a->command);
	}
}

static struct log *read_log(const char *text, size_t n)
{
	const struct import_options io = { .redact = false };
	struct err e = { 0 };
	struct log *l = log_read("log", text, n, &io, &e);

	ck_assert_msg(l != NULL, "%s", e.msg);
	return l;
}

START_TEST(scripts)
{
	const struct script_row *row = &script_rows[_i];
	struct log *l = read_log(row->text, strlen(row->text));
	const struct tale_parts parts = tale_parts(l);
	const struct tale_guess plain = { 0 };
	struct err e = { 0 };
	struct tale t;
	struct buf got;

	ck_assert_int_eq(tale_build(l, &parts, &plain, &t, &e), 0);
	buf_init(&got, 4096);
	show_script(&t.script, &got);
	ck_assert_msg(!strcmp(buf_str(&got), row->want), "%s: %s", row->what, buf_str(&got));
	buf_free(&got);
	tale_free(&t);
	log_free(l);
}
END_TEST

/* Whatever was torn off, something can be made of the rest. */
START_TEST(scripts_cut_anywhere)
{
	const char *text = script_rows[_i].text;

	for (size_t n = 0; n < strlen(text); n += 7) {
		struct log *l = read_log(text, n);
		const struct tale_parts parts = tale_parts(l);
		const struct tale_guess plain = { 0 };
		struct err e = { 0 };
		struct tale t;

		ck_assert_int_eq(tale_build(l, &parts, &plain, &t, &e), 0);
		tale_free(&t);
		log_free(l);
	}
}
END_TEST

START_TEST(data)
{
	static const struct {
		const char *data, *want, *how;
	} rows[] = {
		{ "abc", "abc", NULL },
		{ "ab", "ab ", "filled with blanks" },
		{ "abcd", "abc", "cut" },
		{ "a\n", "a\n\n", "a line end added" },
		{ "", "   ", "filled with blanks" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *how, *got = play_fit_data(pool, rows[i].data, strlen(rows[i].data), 3, &how);

		ck_assert_str_eq(got, rows[i].want);
		ck_assert_pstr_eq(how, rows[i].how);
	}
}
END_TEST

/* --- revisions and brokers -----------------------------------------------------------------------------------------
 */

START_TEST(all_revisions)
{
	struct revisions all;
	struct err e = { 0 };
	const char *confidence, *evidence;
	struct play_cache *cache = play_cache_new();
	size_t n = 0;

	ck_assert_int_eq(revisions_load(pool, cache, true, &all, &e), 0);
	play_cache_free(cache);
	for (const char *const *name = target_profiles(); *name; name++, n++)
		ck_assert_ptr_nonnull(revisions_find(&all, *name));
	ck_assert_uint_eq(all.n, n);
	ck_assert_str_eq(
		revision_quirk(revisions_find(&all, "LE20B03SIM7600M22"), pool, "tls_sni", &confidence, &evidence),
		"broken");
	ck_assert_str_eq(confidence, "seen");
	ck_assert_ptr_nonnull(strstr(evidence, "issue-49:538-558"));
	ck_assert_ptr_null(revision_quirk(&all.items[0], pool, "no_such_quirk", NULL, NULL));
	ck_assert_str_eq(revision_family(revisions_find(&all, "LE20B04V03SIM7600M22"), pool), "SIM7600M22");
	ck_assert_str_eq(revision_family(revisions_find(&all, "A011B03A7670M7_F"), pool), "A7670M7");
	ck_assert_str_eq(revisions_find(&all, "LE20B03V03SIM7600M22")->build, "SIM7600M22_B03V03_210525");
}
END_TEST

static void add(struct script *s, const char *command)
{
	s->acts = pool_grow(pool, s->acts, s->n, sizeof(*s->acts));
	s->acts[s->n++] = (struct act){ .kind = ACT_SILENT, .command = command };
}

static const char *connect_to(const char *host)
{
	char text[256];

	snprintf(text, sizeof(text), "AT+CMQTTCONNECT=0,\"tcp://%s:8883\",60,1", host);
	return pool_strdup(pool, text);
}

static void store(struct script *s, const char *name, const char *file)
{
	size_t n;
	const char *bytes = broker_file(file, &n);

	ck_assert_msg(bytes != NULL, "%s", file);
	tale_store(s, pool, name, bytes, n);
}

/* Connects with verification and a client certificate; whether it worked. */
static bool connects(const struct broker *b, const char *ca, bool sni)
{
	const struct play_setup ps = { .profile = "LE20B04V03SIM7600M22" };
	struct script s = { 0 };
	struct err e = { 0 };
	struct play p;
	bool ok;

	store(&s, "ca.pem", ca);
	store(&s, "cert.pem", "client-cert.pem");
	store(&s, "key.pem", "client-key.pem");
	add(&s, "AT+CSSLCFG=\"cacert\",0,\"ca.pem\"");
	add(&s, "AT+CSSLCFG=\"clientcert\",0,\"cert.pem\"");
	add(&s, "AT+CSSLCFG=\"clientkey\",0,\"key.pem\"");
	add(&s, "AT+CSSLCFG=\"authmode\",0,2");
	add(&s, sni ? "AT+CSSLCFG=\"enableSNI\",0,1" : "AT+CSSLCFG=\"enableSNI\",0,0");
	add(&s, "AT+CMQTTSTART");
	add(&s, "AT+CMQTTACCQ=0,\"c\",1");
	add(&s, "AT+CMQTTSSLCFG=0,0");
	add(&s, connect_to(b->host));
	ck_assert_msg(!play_run(&ps, &s, pool, &p, &e), "%s", e.msg);
	ok = outcome_of(p.results[s.n - 1]).ok;
	play_free(&p);
	return ok;
}

/* The rows agree with the world: CA, server name. */
START_TEST(brokers_of_the_world)
{
	for (const struct broker *b = brokers; b->match; b++) {
		const char *other = strcmp(b->ca, "isrgrootx1.pem") ? "isrgrootx1.pem" : "amazon-root-ca-1.pem";

		ck_assert_ptr_eq(broker_of_host(b->host), b);
		ck_assert_msg(connects(b, b->ca, true), "%s", b->match);
		ck_assert_msg(!connects(b, other, true), "%s", b->match);
		ck_assert_msg(connects(b, b->ca, false) == !b->wants_sni, "%s", b->match);
	}
	ck_assert_ptr_null(broker_of_host("example.org"));
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	Suite *s = suite_create("reproduce parts");
	TCase *t = tcase_create("reproduce parts");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, dumps, 0, COUNT(dump_rows));
	tcase_add_test(t, settings);
	tcase_add_test(t, dumps_cut_anywhere);
	tcase_add_loop_test(t, outcomes, 0, COUNT(outcome_rows));
	tcase_add_loop_test(t, what_is_needed, 0, COUNT(needs_rows));
	tcase_add_loop_test(t, scripts, 0, COUNT(script_rows));
	tcase_add_loop_test(t, scripts_cut_anywhere, 0, COUNT(script_rows));
	tcase_add_test(t, data);
	tcase_add_test(t, all_revisions);
	tcase_add_test(t, brokers_of_the_world);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
