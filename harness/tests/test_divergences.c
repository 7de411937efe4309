/* Declared differences: what is read and refused, and what a pin does to a verdict. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tests/test_compare_rig.h"
#include "harness/wire/compare.h"

#define HEAD "schema: 1\ndivergences:\n"
#define START "  - command: '^AT\\+CMQTTSTART$'\n"
#define AB "    a: ['+CMQTTSTART: 0', OK]\n    b: [OK, '+CMQTTSTART: 0']\n"
#define WHY "    reason: both are seen\n    evidence: [\"issue-49:164-167\", \"issue-49:395-398\"]\n"

static const struct {
	const char *text, *error;
} bad_rows[] = {
	{ "divergences: []\n", "d.yaml:1:1: needs 'schema'" },
	{ "schema: 2\ndivergences: []\n", "d.yaml:1:9: needs a newer hil: schema is not 1" },
	{ "schema: 1\n", "d.yaml:1:1: needs 'divergences'" },
	{ "schema: 1\ndivergences: {}\n", "d.yaml:2:14: " },
	{ "schema: 1\ndivergence: []\n", "d.yaml:2:1: unknown key 'divergence' (did you mean 'divergences'?)" },
	{ HEAD "  - x\n", "d.yaml:3:5: " },
	{ HEAD START AB WHY "    because: x\n", "d.yaml:8:5: unknown key 'because'" },
	{ HEAD "  - a: []\n    b: [OK]\n" WHY, "d.yaml:3:5: needs one of 'command' and 'unsolicited'" },
	{ HEAD START "    unsolicited: x\n" AB WHY, "d.yaml:3:5: needs one of 'command' and 'unsolicited'" },
	{ HEAD "  - command: 'AT+('\n" AB WHY, "d.yaml:3:14: bad pattern at character " },
	{ HEAD START "    a: OK\n    b: []\n" WHY, "d.yaml:4:8: " },
	{ HEAD START "    a: [OK]\n" WHY, "d.yaml:3:5: needs 'b'" },
	{ HEAD START "    a: [[OK]]\n    b: []\n" WHY, "d.yaml:4:9: " },
	{ HEAD START "    a: [OK]\n    b: [OK]\n" WHY, "d.yaml:3:5: a and b are the same" },
	{ HEAD START AB "    evidence: [x]\n", "d.yaml:3:5: needs 'reason'" },
	{ HEAD START AB "    reason: ''\n    evidence: [x]\n", "d.yaml:6:13: reason must not be empty" },
	{ HEAD START AB "    reason: x\n", "d.yaml:3:5: needs 'evidence'" },
	{ HEAD START AB "    reason: x\n    evidence: []\n", "d.yaml:7:15: needs at least one piece of evidence" },
	{ HEAD START AB WHY "    recording: []\n", "d.yaml:8:16: " },
	{ "\t", "d.yaml:1:1: " },
};

START_TEST(refuses)
{
	struct err e = { 0 };

	ck_assert(!divergences_parse("d.yaml", bad_rows[_i].text, strlen(bad_rows[_i].text), &e));
	ck_assert_msg(!strncmp(e.msg, bad_rows[_i].error, strlen(bad_rows[_i].error)), "%s", e.msg);
}
END_TEST

START_TEST(no_such_file)
{
	struct err e = { 0 };

	ck_assert(!divergences_open("no-such-profile", &e));
	ck_assert_str_eq(e.msg, "no-such-profile: no such file, and no declared differences of this name (there are "
				"LE20B03SIM7600M22, LE20B03V03SIM7600M22, LE20B04V03SIM7600M22)");
}
END_TEST

static const struct {
	const char *what, *entries, *a, *b;
	enum compare_verdict verdict;
	const char *reason;
	unsigned met, held;
} rows[] = {
	{ "as pinned", START AB WHY, "> AT+CMQTTSTART\n< +CMQTTSTART: 0\n< OK\n", "> AT+CMQTTSTART\n< OK\n< +CMQTTSTART: 0\n",
	  COMPARE_DECLARED, "both are seen (issue-49:164-167, issue-49:395-398)", 1, 1 },
	{ "the other way round", START AB WHY, "> AT+CMQTTSTART\n< OK\n< +CMQTTSTART: 0\n",
	  "> AT+CMQTTSTART\n< +CMQTTSTART: 0\n< OK\n", COMPARE_DECLARED, "both are seen (issue-49:164-167, issue-49:395-398)", 1, 1 },
	{ "echo does not count", START AB WHY, "> AT+CMQTTSTART\n< AT+CMQTTSTART\n< +CMQTTSTART: 0\n< OK\n",
	  "> AT+CMQTTSTART\n< OK\n< +CMQTTSTART: 0\n", COMPARE_DECLARED, NULL, 1, 1 },
	{ "another answer than the pinned one", START AB WHY, "> AT+CMQTTSTART\n< +CMQTTSTART: 0\n< OK\n",
	  "> AT+CMQTTSTART\n< OK\n< +CMQTTSTART: 23\n", COMPARE_DIFFERENT,
	  "result '+CMQTTSTART: 0' in A, '+CMQTTSTART: 23' in B; result before OK in A, after it in B; d.yaml:3 pins other answers", 1, 0 },
	{ "the entry with one of the answers is named", "  - {command: ., a: [x], b: [y], reason: r, evidence: [e]}\n" START AB WHY,
	  "> AT+CMQTTSTART\n< +CMQTTSTART: 0\n< OK\n", "> AT+CMQTTSTART\n< ERROR\n", COMPARE_DIFFERENT,
	  "result '+CMQTTSTART: 0' only in A; final result 'OK' in A, 'ERROR' in B (B ends here); d.yaml:4 pins other answers", 1, 0 },
	{ "both answer the same now", START AB WHY, "> AT+CMQTTSTART\n< OK\n< +CMQTTSTART: 0\n",
	  "> AT+CMQTTSTART\n< OK\n< +CMQTTSTART: 0\n", COMPARE_SAME, "", 1, 0 },
	{ "another command", START AB WHY, "> AT\n< OK\n", "> AT\n< ERROR\n", COMPARE_DIFFERENT,
	  "final result 'OK' in A, 'ERROR' in B", 0, 0 },
	{ "numbers that are not compared are not pinned either",
	  "  - command: '^AT\\+CSQ$'\n    a: ['+CSQ: 1,2', OK]\n    b: [ERROR]\n" WHY, "> AT+CSQ\n< +CSQ: 20,0\n< OK\n",
	  "> AT+CSQ\n< ERROR\n", COMPARE_DECLARED, NULL, 1, 1 },
	{ "an unsolicited line that one does not have", "  - unsolicited: '^\\+CMQTTNONET$'\n    a: [+CMQTTNONET]\n    b: []\n" WHY,
	  "< +CMQTTNONET\n", "", COMPARE_DECLARED, NULL, 1, 1 },
	{ "an unsolicited line is no answer", "  - command: '^\\+CMQTTNONET$'\n    a: [+CMQTTNONET]\n    b: []\n" WHY, "< +CMQTTNONET\n",
	  "", COMPARE_ONLY_A, "", 0, 0 },
	{ "a command that one does not have is the host's doing", "  - command: '^AT$'\n    a: [OK]\n    b: []\n" WHY, "> AT\n< OK\n",
	  "", COMPARE_ONLY_A, "", 0, 0 },
	{ "another command's answer is not declared by this one",
	  "  - command: '^AT\\+CREG='\n    a: [OK]\n    b: [ERROR]\n" WHY, "> AT+CREG=1\n< OK\n", "> AT+CREG=2\n< ERROR\n",
	  COMPARE_DIFFERENT, NULL, 0, 0 },
};

START_TEST(pins)
{
	struct err e = { 0 };
	struct buf text;
	struct conversation *a = rig_conversation(rows[_i].a), *b = rig_conversation(rows[_i].b);
	struct comparison *c;
	struct divergences *d;

	buf_init(&text, 1 << 16);
	buf_addf(&text, HEAD "%s", rows[_i].entries);
	d = divergences_parse("d.yaml", text.data, text.len, &e);
	ck_assert_msg(d != NULL, "%s", e.msg);
	c = compare_new(a, b, NULL, NULL, d);
	ck_assert_uint_eq(compare_size(c), 1);
	ck_assert_msg(compare_at(c, 0)->verdict == rows[_i].verdict, "%s: %s", rows[_i].what,
		      compare_verdict_name(compare_at(c, 0)->verdict));
	if (rows[_i].reason)
		ck_assert_str_eq(compare_at(c, 0)->reason, rows[_i].reason);
	ck_assert_uint_eq(divergences_at(d, 0)->met, rows[_i].met);
	ck_assert_uint_eq(divergences_at(d, 0)->held, rows[_i].held);
	compare_free(c);
	divergences_free(d);
	conversation_free(a);
	conversation_free(b);
	buf_free(&text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("divergences");
	TCase *t = tcase_create("divergences");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, refuses, 0, sizeof(bad_rows) / sizeof(bad_rows[0]));
	tcase_add_test(t, no_such_file);
	tcase_add_loop_test(t, pins, 0, sizeof(rows) / sizeof(rows[0]));
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
