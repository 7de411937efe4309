/* Comparison: rows of two conversations and the verdicts they must get; normalisation; alignment; declared differences. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tests/test_compare_rig.h"
#include "harness/wire/align.h"
#include "harness/wire/compare.h"
#include "harness/wire/normalise.h"

/* One line a row: "same AT", "different AT: reason", "only in A +X". */
static void show(const struct comparison *c, struct buf *out)
{
	for (size_t i = 0; i < compare_size(c); i++) {
		const struct compare_row *row = compare_at(c, i);
		const struct exchange *x = row->a ? row->a : row->b;

		buf_addf(out, "%s %s", compare_verdict_name(row->verdict), x->command ? x->command : x->lines[0].text);
		if (*row->reason)
			buf_addf(out, ": %s", row->reason);
		buf_addc(out, '\n');
	}
}

static void check_rows(const char *what, const char *a, const char *b, struct divergences *d, const char *want)
{
	struct conversation *ca = rig_conversation(a), *cb = rig_conversation(b);
	struct comparison *c = compare_new(ca, cb, NULL, NULL, d);
	struct buf got;

	buf_init(&got, 1 << 20);
	show(c, &got);
	ck_assert_msg(!strcmp(buf_str(&got), want), "%s:\n%swanted:\n%s", what, buf_str(&got), want);
	buf_free(&got);
	compare_free(c);
	conversation_free(ca);
	conversation_free(cb);
}

#define CONNECT "AT+CMQTTCONNECT=0,\"tcp://h:1\",60,1"

static const struct {
	const char *what, *a, *b, *want;
} rows[] = {
	{ "nothing", "", "", "" },
	{ "the same", "> AT\n< OK\n", "> AT\n< OK\n", "same AT\n" },
	{ "a result code", "> " CONNECT "\n< OK\n< +CMQTTCONNECT: 0,32\n", "> " CONNECT "\n< OK\n< +CMQTTCONNECT: 0,0\n",
	  "different " CONNECT ": result '+CMQTTCONNECT: 0,32' in A, '+CMQTTCONNECT: 0,0' in B\n" },
	{ "the order of result and OK", "> AT+CMQTTSTART\n< +CMQTTSTART: 0\n< OK\n", "> AT+CMQTTSTART\n< OK\n< +CMQTTSTART: 0\n",
	  "different AT+CMQTTSTART: result before OK in A, after it in B\n" },
	{ "the same the other way round", "> AT+CMQTTSTART\n< OK\n< +CMQTTSTART: 0\n",
	  "> AT+CMQTTSTART\n< +CMQTTSTART: 0\n< OK\n", "different AT+CMQTTSTART: result after OK in A, before it in B\n" },
	{ "another code in another order", "> " CONNECT "\n< +CMQTTCONNECT: 0,32\n< ERROR\n",
	  "> " CONNECT "\n< OK\n< +CMQTTCONNECT: 0,0\n",
	  "different " CONNECT ": result '+CMQTTCONNECT: 0,32' in A, '+CMQTTCONNECT: 0,0' in B; "
	  "result before final result in A, after it in B; final result 'ERROR' in A, 'OK' in B\n" },
	{ "a missing result", "> AT+NETOPEN\n< OK\n< +NETOPEN: 0\n", "> AT+NETOPEN\n< OK\n",
	  "different AT+NETOPEN: result '+NETOPEN: 0' only in A\n" },
	{ "no answer", "> AT\n", "> AT\n< OK\n", "different AT: no answer in A\n" },
	{ "final result and information", "> ATI\n< Model: X\n< OK\n", "> ATI\n< Model: Y\n< ERROR\n",
	  "different ATI: final result 'OK' in A, 'ERROR' in B; line 'Model: X' in A, 'Model: Y' in B\n" },
	{ "one line more", "> AT+CCERTLIST\n< +CCERTLIST: \"a\"\n< OK\n",
	  "> AT+CCERTLIST\n< +CCERTLIST: \"a\"\n< +CCERTLIST: \"b\"\n< OK\n",
	  "different AT+CCERTLIST: line '+CCERTLIST: \"b\"' only in B\n" },
	{ "lines in another order", "> AT+CCERTLIST\n< +CCERTLIST: \"a\"\n< +CCERTLIST: \"b\"\n< OK\n",
	  "> AT+CCERTLIST\n< +CCERTLIST: \"b\"\n< +CCERTLIST: \"a\"\n< OK\n",
	  "different AT+CCERTLIST: '+CCERTLIST: \"a\"' before '+CCERTLIST: \"b\"' in A, after it in B\n" },
	{ "echo is not compared", "> AT\n< AT\n< OK\n", "> AT\n< OK\n", "same AT\n" },
	{ "prompt and data", "> AT+CMQTTTOPIC=0,1\n< >\n! a\n< OK\n", "> AT+CMQTTTOPIC=0,1\n< >\n! b\n< OK\n",
	  "different AT+CMQTTTOPIC=0,1: data 'a' in A, 'b' in B\n" },
	{ "no prompt", "> AT+CMQTTTOPIC=0,1\n< >\n! a\n< OK\n", "> AT+CMQTTTOPIC=0,1\n< ERROR\n",
	  "different AT+CMQTTTOPIC=0,1: data 'a' in A, none in B; final result 'OK' in A, 'ERROR' in B; prompt '>' only in A\n" },
	{ "one command more", "> AT\n< OK\n> AT+CSQ\n< OK\n", "> AT\n< OK\n> ATE0\n< OK\n> AT+CSQ\n< OK\n",
	  "same AT\nonly in B ATE0\nsame AT+CSQ\n" },
	{ "one setting differs", "> AT+CSSLCFG=\"enableSNI\",0,1\n< OK\n", "> AT+CSSLCFG=\"enableSNI\",0,0\n< OK\n",
	  "different AT+CSSLCFG=\"enableSNI\",0,1: command 'AT+CSSLCFG=\"enableSNI\",0,1' in A, "
	  "'AT+CSSLCFG=\"enableSNI\",0,0' in B\n" },
	{ "other settings are other commands", "> AT+CSSLCFG=\"authmode\",0,1\n< OK\n", "> AT+CSSLCFG=\"sslversion\",0,4\n< OK\n",
	  "only in A AT+CSSLCFG=\"authmode\",0,1\nonly in B AT+CSSLCFG=\"sslversion\",0,4\n" },
	{ "the answer picks among equal commands", "> AT\n> AT\n< ERROR\n> AT\n< OK\n", "> AT\n< ERROR\n",
	  "only in A AT\nsame AT\nonly in A AT\n" },
	{ "an unsolicited line at another place", "< RDY\n> AT\n< OK\n< PB DONE\n> ATI\n< OK\n",
	  "< RDY\n> AT\n< OK\n> ATI\n< OK\n< PB DONE\n", "same RDY\nsame AT\nsame PB DONE: after 'ATI' in B\nsame ATI\n" },
	{ "the same the other way round", "> AT\n< OK\n> ATI\n< OK\n< PB DONE\n", "> AT\n< OK\n< PB DONE\n> ATI\n< OK\n",
	  "same AT\nsame PB DONE: before 'ATI' in B\nsame ATI\n" },
	{ "an unsolicited line far away", "< PB DONE\n> AT\n< OK\n> ATI\n< OK\n", "> AT\n< OK\n> ATI\n< OK\n< PB DONE\n",
	  "only in A PB DONE\nsame AT\nsame ATI\nonly in B PB DONE\n" },
	{ "unsolicited lines in another order", "< SMS DONE\n< PB DONE\n", "< PB DONE\n< SMS DONE\n",
	  "only in A SMS DONE\nsame PB DONE\nonly in B SMS DONE\n" },
	{ "they cross past a command, too", "< SMS DONE\n< PB DONE\n> AT\n< OK\n", "> AT\n< OK\n< PB DONE\n< SMS DONE\n",
	  "only in A SMS DONE\nsame PB DONE: after 'AT' in B\nsame AT\nonly in B SMS DONE\n" },
	{ "another reason of the same event", "< +CMQTTCONNLOST: 0,1\n", "< +CMQTTCONNLOST: 0,3\n",
	  "different +CMQTTCONNLOST: 0,1: line '+CMQTTCONNLOST: 0,1' in A, '+CMQTTCONNLOST: 0,3' in B\n" },
	{ "what is not compared is said", "> AT+CSQ\n< +CSQ: 20,0\n< OK\n", "> AT+CSQ\n< +CSQ: 31,99\n< OK\n",
	  "same AT+CSQ: apart from signal quality\n" },
	{ "client ids", "> AT+CMQTTACCQ=0,\"a1\",1\n< OK\n", "> AT+CMQTTACCQ=0,\"b2\",1\n< OK\n",
	  "same AT+CMQTTACCQ=0,\"a1\",1: apart from client id\n" },
	{ "bytes that are no text", "> AT\n< \x01\xff\n< OK\n", "> AT\n< \x01\xfe\n< OK\n",
	  "different AT: line '\\x01\\xff' only in A; line '\\x01\\xfe' only in B\n" },
};

START_TEST(verdicts)
{
	check_rows(rows[_i].what, rows[_i].a, rows[_i].b, NULL, rows[_i].want);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("compare");
	TCase *t = tcase_create("compare");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, verdicts, 0, sizeof(rows) / sizeof(rows[0]));
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
