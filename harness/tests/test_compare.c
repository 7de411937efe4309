/* Comparison: rows of two conversations and the verdicts they must get; what is not compared; alignment. */
#include <check.h>
#include <stdio.h>
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
	  "different AT+NETOPEN: result '+NETOPEN: 0' only in A (B ends here)\n" },
	{ "no answer", "> AT\n", "> AT\n< OK\n", "different AT: no answer in A (A ends here)\n" },
	{ "final result and information", "> ATI\n< Model: X\n< OK\n", "> ATI\n< Model: Y\n< ERROR\n",
	  "different ATI: final result 'OK' in A, 'ERROR' in B; line 'Model: X' in A, 'Model: Y' in B\n" },
	{ "one line more", "> AT+CCERTLIST\n< +CCERTLIST: \"a\"\n< OK\n",
	  "> AT+CCERTLIST\n< +CCERTLIST: \"a\"\n< +CCERTLIST: \"b\"\n< OK\n",
	  "different AT+CCERTLIST: line '+CCERTLIST: \"b\"' only in B (A ends here)\n" },
	{ "lines in another order", "> AT+CCERTLIST\n< +CCERTLIST: \"a\"\n< +CCERTLIST: \"b\"\n< OK\n",
	  "> AT+CCERTLIST\n< +CCERTLIST: \"b\"\n< +CCERTLIST: \"a\"\n< OK\n",
	  "different AT+CCERTLIST: '+CCERTLIST: \"a\"' before '+CCERTLIST: \"b\"' in A, after it in B\n" },
	{ "echo is not compared", "> AT\n< AT\n< OK\n", "> AT\n< OK\n", "same AT\n" },
	{ "prompt and data", "> AT+CMQTTTOPIC=0,1\n< >\n! a\n< OK\n", "> AT+CMQTTTOPIC=0,1\n< >\n! b\n< OK\n",
	  "different AT+CMQTTTOPIC=0,1: data 'a' in A, 'b' in B\n" },
	{ "data is no line", "> AT+CMQTTTOPIC=0,1\n< >\n! a\n< OK\n", "> AT+CMQTTTOPIC=0,1\n< a\n< >\n< OK\n",
	  "different AT+CMQTTTOPIC=0,1: data 'a' in A, none in B; line 'a' only in B (A ends here)\n" },
	{ "no prompt", "> AT+CMQTTTOPIC=0,1\n< >\n! a\n< OK\n", "> AT+CMQTTTOPIC=0,1\n< ERROR\n",
	  "different AT+CMQTTTOPIC=0,1: data 'a' in A, none in B; final result 'OK' in A, 'ERROR' in B; prompt '>' only in A (B ends here)\n" },
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

/* --- what is not compared ------------------------------------------------------------------------------------- */

static const struct {
	enum normalise_of of;
	const char *text, *want, *names;
} normal_rows[] = {
	{ NORMALISE_ANSWER, "OK", "OK", "" },
	{ NORMALISE_ANSWER, "+CSQ: 20,99", "+CSQ: RSSI,BER", "signal quality" },
	{ NORMALISE_COMMAND, "+CSQ: 20,99", "+CSQ: 20,99", "" },
	{ NORMALISE_COMMAND, "AT+CMQTTACCQ=0,\"Sim7600_fa7d2288\",1", "AT+CMQTTACCQ=0,\"CLIENT\",1", "client id" },
	{ NORMALISE_COMMAND, "AT+CMQTTACCQ=0,\"\",1", "AT+CMQTTACCQ=0,\"CLIENT\",1", "client id" },
	{ NORMALISE_COMMAND, "AT+CMQTTCONNECT=0,\"tcp://10.0.0.1:18883\",60,1,\"me\",\"s,e\"",
	  "AT+CMQTTCONNECT=0,\"tcp://ADDRESS\",60,1,\"USER\",\"PASSWORD\"", "credentials, address" },
	{ NORMALISE_COMMAND, "AT+CMQTTCONNECT=0,\"tcp://h.example:8883\",60,1", "AT+CMQTTCONNECT=0,\"tcp://h.example:8883\",60,1", "" },
	{ NORMALISE_COMMAND, "AT+CIPOPEN=0,\"TCP\",\"127.0.0.1\",34567", "AT+CIPOPEN=0,\"TCP\",\"ADDRESS\"", "address" },
	{ NORMALISE_ANSWER, "+CGPADDR: 1,10.11.12.13", "+CGPADDR: 1,ADDRESS", "address" },
	{ NORMALISE_ANSWER, "867962045678901", "NUMBER15", "IMEI or IMSI" },
	{ NORMALISE_ANSWER, "86796204567890", "86796204567890", "" },
	{ NORMALISE_ANSWER, "IMEI: 867962045678901", "IMEI: IMEI", "IMEI" },
	{ NORMALISE_ANSWER, "+ICCID: 89860318760238610932", "+ICCID: ICCID", "ICCID" },
	{ NORMALISE_ANSWER, "89860318760238610932", "ICCID", "ICCID" },
	{ NORMALISE_ANSWER, "+CREG: 2,1,D504,80D413D", "+CREG: 2,1,AREA,CELL", "cell" },
	{ NORMALISE_ANSWER, "+CGREG: 1,\"D504\",\"80D413D\"", "+CGREG: 1,AREA,CELL", "cell" },
	{ NORMALISE_ANSWER, "+CREG: 0,1", "+CREG: 0,1", "" },
	{ NORMALISE_ANSWER, "+CPSI: LTE,Online,460-00,0x230A,175499523,318,EUTRAN-BAND3,1650,5,0,21,67,255,19", "+CPSI: LTE,Online,CELL", "cell" },
	{ NORMALISE_ANSWER, "+CPSI: NO SERVICE,Online", "+CPSI: NO SERVICE,Online", "" },
	{ NORMALISE_ANSWER, "+COPS: 0,0,\"CHINA MOBILE\",7", "+COPS: 0,0,\"OPERATOR\",7", "operator" },
	{ NORMALISE_ANSWER, "+CCLK: \"26/11/28,12:00:00+00\"", "+CCLK: \"CLOCK\"", "clock" },
	{ NORMALISE_COMMAND, "AT+CCLK=\"26/11/28,12:00:00+00\"", "AT+CCLK=\"CLOCK\"", "clock" },
	{ NORMALISE_ANSWER, "+CGPSINFO: 3113.343286,N,12121.234064,E,250311,072809.3,44.1,0.0,0", "+CGPSINFO: POSITION", "position" },
	{ NORMALISE_ANSWER, "+CGPSINFO: ,,,,,,,,", "+CGPSINFO: ,,,,,,,,", "" },
	{ NORMALISE_ANSWER, "+CBC: 3.912V", "+CBC: V", "voltage" },
	{ NORMALISE_ANSWER, "+CMGS: 17", "+CMGS: N", "message reference" },
	{ NORMALISE_ANSWER, "+CPING: 1,93.184.216.34,64,91,53", "+CPING: 1,ADDRESS,64,MS,TTL", "address, round trip" },
	{ NORMALISE_DATA, "from hil-0123abcd on", "from hil-RUN on", "run id" },
	{ NORMALISE_DATA, "a\x1a\xff", "a\\x1a\\xff", "" },
};

START_TEST(normal_forms)
{
	struct normaliser *n = normaliser_new();
	struct buf got, names;

	buf_init(&got, 1 << 16);
	buf_init(&names, 1 << 16);
	normalise_names(normalise(n, normal_rows[_i].of, normal_rows[_i].text, strlen(normal_rows[_i].text), &got), &names);
	ck_assert_str_eq(buf_str(&got), normal_rows[_i].want);
	ck_assert_str_eq(buf_str(&names), normal_rows[_i].names);
	buf_free(&got);
	buf_free(&names);
	normaliser_free(n);
}
END_TEST

/* --- alignment ------------------------------------------------------------------------------------------------ */

enum { SMALL = 6, LONG = 5000, INSERTED = 322 };

/* Items whose keys are the letters of s; capitals are near to their small ones. */
static size_t letters(const char *s, struct align_item *items, char text[][4])
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++) {
		text[i][0] = s[i];
		text[i][1] = '\0';
		text[i][2] = (char)(s[i] | 0x20);
		text[i][3] = '\0';
		items[i] = (struct align_item){ text[i], text[i] + 2, "", 4 };
	}
	return n;
}

/* The best sum by trying everything. */
static unsigned best_sum(const char *a, const char *b)
{
	unsigned sum, other;

	if (!*a || !*b)
		return 0;
	sum = *a == *b ? 20 : (*a | 0x20) == (*b | 0x20) ? 4 : 0;
	sum = sum ? sum + best_sum(a + 1, b + 1) : 0;
	other = best_sum(a + 1, b);
	sum = other > sum ? other : sum;
	other = best_sum(a, b + 1);
	return other > sum ? other : sum;
}

static void check_alignment(const char *a, const char *b)
{
	struct align_item items_a[SMALL], items_b[SMALL];
	char text_a[SMALL][4], text_b[SMALL][4];
	size_t n_a = letters(a, items_a, text_a), n_b = letters(b, items_b, text_b), n, i = 0, k = 0;
	struct align_pair *pairs;
	unsigned sum = 0;

	ck_assert_int_eq(align(items_a, n_a, items_b, n_b, &pairs, &n), 0);
	for (size_t p = 0; p < n; p++) {
		ck_assert(pairs[p].a == ALIGN_NONE || pairs[p].a == i++);
		ck_assert(pairs[p].b == ALIGN_NONE || pairs[p].b == k++);
		if (pairs[p].a != ALIGN_NONE && pairs[p].b != ALIGN_NONE)
			sum += a[i - 1] == b[k - 1] ? 20 : 4;
	}
	ck_assert_uint_eq(i, n_a);
	ck_assert_uint_eq(k, n_b);
	ck_assert_msg(sum == best_sum(a, b), "%s %s: %u", a, b, sum);
	free(pairs);
}

/* All words of up to six letters against some. */
START_TEST(alignment_is_the_best)
{
	static const char alphabet[] = "abAB";
	static const char *const others[] = { "", "a", "abab", "bbaa", "aAbB", "BAabba" };
	char word[SMALL + 1];

	for (unsigned code = 0; code < 1u << (2 * SMALL); code++) {
		size_t n = 1 + code % SMALL;

		for (size_t i = 0; i < n; i++)
			word[i] = alphabet[code >> (2 * i) & 3];
		word[n] = '\0';
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			check_alignment(word, others[i]);
	}
}
END_TEST

/* Longer than the window: what is inserted early, late and in the middle is found, and nothing else; many in a row, too. */
START_TEST(long_sequences)
{
	static const struct {
		size_t at, n;
	} inserted[] = { { 10, 1 }, { 900, 300 }, { 2500, 1 }, { 4990, 20 } };
	struct align_item *a = calloc(LONG, sizeof(*a)), *b = calloc(LONG + INSERTED, sizeof(*b));
	char (*names)[8] = calloc(LONG, sizeof(*names));
	struct align_pair *pairs;
	size_t n_b = 0, n, alone = 0;

	for (size_t i = 0; i < LONG; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu", i % 700);
		a[i] = (struct align_item){ names[i], NULL, "", 10 };
		for (size_t k = 0; k < sizeof(inserted) / sizeof(inserted[0]); k++) {
			for (size_t n_new = inserted[k].at == i ? inserted[k].n : 0; n_new; n_new--)
				b[n_b++] = (struct align_item){ "new", NULL, "", 10 };
		}
		b[n_b++] = a[i];
	}
	ck_assert_int_eq(align(a, LONG, b, n_b, &pairs, &n), 0);
	for (size_t i = 0; i < n; i++) {
		alone += pairs[i].b == ALIGN_NONE || pairs[i].a == ALIGN_NONE;
		ck_assert(pairs[i].a == ALIGN_NONE || pairs[i].b == ALIGN_NONE || a[pairs[i].a].key == b[pairs[i].b].key);
	}
	ck_assert_uint_eq(alone, INSERTED);
	free(pairs);
	free(names);
	free(a);
	free(b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("compare");
	TCase *t = tcase_create("compare");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, verdicts, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(t, normal_forms, 0, sizeof(normal_rows) / sizeof(normal_rows[0]));
	tcase_add_test(t, alignment_is_the_best);
	tcase_add_test(t, long_sequences);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
