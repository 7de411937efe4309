/* The phone book as the host sees it: exact bytes of each form, all character sets, limits, what is kept. */
#include "link/world.h"
#include "modem/phonebook.h"
#include "modem/sim.h"
#include "tests/rig.h"

#define B04 "LE20B04SIM7600G22"
#define CME(text) "\r\n+CME ERROR: " text "\r\n"
#define D40 "1234567890123456789012345678901234567890"

static const char world_text[] = "schema: 1\n"
				 "phonebook:\n"
				 "  - {number: \"+4912345678\", name: Anna}\n"
				 "  - {number: \"0301234567\", name: \"J\\u00fcrgen\", index: 3}\n"
				 "  - {memory: ME, number: \"*100#\", name: Balance}\n"
				 "  - {memory: FD, number: \"112\", name: Help}\n"
				 "  - {memory: ON, number: \"+15550142\", name: Line 1}\n"
				 "  - {memory: SM, number: \"1\", index: 999}\n";

static struct rig *rig_with(const char *world, const char *const *quirks, const char *state)
{
	struct err e = { 0 };
	struct world *w = world_load_text("world.yaml", world, strlen(world), &e);
	struct rig *r;

	ck_assert_msg(w != NULL, "%s", e.msg);
	r = rig_new_in(B04, quirks, w, state);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	return r;
}

static const struct {
	const char *in, *out;
} forms[] = {
	{ "AT+CPBS=?\r", "\r\n+CPBS: (\"SM\",\"DC\",\"FD\",\"LD\",\"MC\",\"ME\",\"RC\",\"EN\",\"ON\")\r\n" RIG_OK },
	{ "AT+CPBS?\r", "\r\n+CPBS: \"SM\",2,200\r\n" RIG_OK },
	{ "AT+CPBS=\"XX\"\r", RIG_ERROR },
	{ "AT+CPBS\r", RIG_ERROR },
	{ "AT+CPBR=?\r", "\r\n+CPBR: (1-200),40,14\r\n" RIG_OK },
	{ "AT+CPBF=?\r", "\r\n+CPBF: 40,14\r\n" RIG_OK },
	{ "AT+CPBW=?\r", "\r\n+CPBW: (1-200),40,(129,145,161,177),14\r\n" RIG_OK },
	{ "AT+CPBR=1\r", "\r\n+CPBR: 1,\"+4912345678\",145,\"Anna\"\r\n" RIG_OK },
	{ "AT+CPBR=2\r", RIG_OK },
	{ "AT+CPBR=1,200\r",
	  "\r\n+CPBR: 1,\"+4912345678\",145,\"Anna\"\r\n+CPBR: 3,\"0301234567\",129,\"J?rgen\"\r\n" RIG_OK },
	{ "AT+CPBR=0\r", CME("invalid index") },
	{ "AT+CPBR=201\r", CME("invalid index") },
	{ "AT+CPBR=1,201\r", CME("invalid index") },
	{ "AT+CPBR=3,1\r", CME("invalid index") },
	{ "AT+CPBR\r", RIG_ERROR },
	{ "AT+CSCS=\"UCS2\"\r", RIG_OK },
	{ "AT+CPBR=3\r", "\r\n+CPBR: 3,\"0301234567\",129,\"004A00FC007200670065006E\"\r\n" RIG_OK },
	{ "AT+CPBF=\"004A00FC\"\r", "\r\n+CPBF: 3,\"0301234567\",129,\"004A00FC007200670065006E\"\r\n" RIG_OK },
	{ "AT+CPBF=\"004\"\r", CME("invalid characters in text string") },
	{ "AT+CPBW=4,\"99\",129,\"XY\"\r", CME("invalid characters in text string") },
	{ "AT+CPBW=4,\"99\",129,\"0411\"\r", RIG_OK },
	{ "AT+CSCS=\"GSM\"\r", RIG_OK },
	{ "AT+CPBR=3,4\r", "\r\n+CPBR: 3,\"0301234567\",129,\"J\x7ergen\"\r\n+CPBR: 4,\"99\",129,\"?\"\r\n" RIG_OK },
	{ "AT+CSCS=\"IRA\"\r", RIG_OK },
	{ "AT+CPBF=\"An\"\r", "\r\n+CPBF: 1,\"+4912345678\",145,\"Anna\"\r\n" RIG_OK },
	{ "AT+CPBF=\"nna\"\r", CME("not found") },
	{ "AT+CPBW=4\r", RIG_OK },
	{ "AT+CPBW=4\r", RIG_OK },
	{ "AT+CPBF=\"\"\r",
	  "\r\n+CPBF: 1,\"+4912345678\",145,\"Anna\"\r\n+CPBF: 3,\"0301234567\",129,\"J?rgen\"\r\n" RIG_OK },
	{ "AT+CPBW=,\"6666666\",129,\"mary\";+CPBR=2\r", "\r\n+CPBR: 2,\"6666666\",129,\"mary\"\r\n" RIG_OK },
	{ "AT+CPBW=5,\"+491\";+CPBR=5\r", "\r\n+CPBR: 5,\"+491\",145,\"\"\r\n" RIG_OK },
	{ "AT+CPBW=6,\"491\",145,\"x\";+CPBR=6\r", "\r\n+CPBR: 6,\"491\",145,\"x\"\r\n" RIG_OK },
	{ "AT+CPBW=7,\"" D40 "\",129,\"12345678901234\"\r", RIG_OK },
	{ "AT+CPBW=7,\"+" D40 "\",145,\"12345678901234\"\r", RIG_OK },
	{ "AT+CPBW=7,\"" D40 "1\"\r", CME("dial string too long") },
	{ "AT+CPBW=7,\"12a\"\r", CME("invalid characters in dial string") },
	{ "AT+CPBW=7,\"\"\r", CME("invalid characters in dial string") },
	{ "AT+CPBW=7,\"1\",129,\"123456789012345\"\r", CME("text string too long") },
	{ "AT+CPBW=0,\"1\"\r", CME("invalid index") },
	{ "AT+CPBW=201,\"1\"\r", CME("invalid index") },
	{ "AT+CPBW=\r", RIG_ERROR },
	{ "AT+CPBW=1,\"1\",5\r", RIG_ERROR },
	{ "AT+CMEE=1;+CPBR=201\r", CME("21") },
	{ "AT+CMEE=0;+CPBR=201\r", RIG_ERROR },
	{ "AT+CMEE=2;+CPBS=\"me\";+CPBS?;+CPBR=1\r",
	  "\r\n+CPBS: \"ME\",1,100\r\n\r\n+CPBR: 1,\"*100#\",129,\"Balance\"\r\n" RIG_OK },
	{ "AT+CPBS=\"FD\";+CPBR=1\r", "\r\n+CPBR: 1,\"112\",129,\"Help\"\r\n" RIG_OK },
	{ "AT+CPBW=1\r", CME("SIM PIN2 required") },
	{ "AT+CPBS=\"EN\";+CPBR=1,2\r", "\r\n+CPBR: 1,\"112\",129,\"\"\r\n+CPBR: 2,\"911\",129,\"\"\r\n" RIG_OK },
	{ "AT+CPBW=1\r", CME("operation not allowed") },
	{ "AT+CPBS=\"DC\";+CPBS?\r", "\r\n+CPBS: \"DC\",0,10\r\n" RIG_OK },
	{ "AT+CPBF\r", CME("not found") },
	{ "AT+CNUM\r", "\r\n+CNUM: \"Line 1\",\"+15550142\",145\r\n" RIG_OK },
	{ "AT+CPBS=\"ON\";+CPBW=2,\"030\",129,\"b\";+CNUM\r",
	  "\r\n+CNUM: \"Line 1\",\"+15550142\",145\r\n+CNUM: \"b\",\"030\",129\r\n" RIG_OK },
};

START_TEST(test_forms)
{
	struct rig *r = rig_with(world_text, NULL, NULL);

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		rig_row(r, forms[i].in, forms[i].out);
	rig_free(r);
}
END_TEST

/* '@' of the GSM alphabet is octet 0. */
START_TEST(test_octet_0)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+CPBW=1,\"1\",129,\"a@b\";+CSCS=\"GSM\"\r", RIG_OK);
	rig_row_bytes(r, "AT+CPBR=1\r", 10, "\r\n+CPBR: 1,\"1\",129,\"a\0b\"\r\n" RIG_OK, 32);
	rig_free(r);
}
END_TEST

START_TEST(test_full)
{
	static const char *const quirks[] = { "pb_sm_slots=1", "pb_read_empty=not_found", "pb_find_none=ok", NULL };
	struct rig *r = rig_with("schema: 1\nphonebook: []\n", quirks, NULL);

	rig_row(r, "AT+CPBR=1\r", CME("not found"));
	rig_why(r, "pb_read_empty");
	rig_row(r, "AT+CPBF=\"x\"\r", RIG_OK);
	rig_row(r, "AT+CPBW=,\"1\"\r", RIG_OK);
	rig_row(r, "AT+CPBW=,\"2\"\r", CME("memory full"));
	rig_why(r, "SM has 1 places");
	rig_free(r);
}
END_TEST

START_TEST(test_sim)
{
	struct rig *r = rig_new_off(B04, NULL, NULL, 0, NULL);

	modem_power_on(r->modem, MODEM_BOOT_COLD);
	clock_advance_to(r->clock, 19999000);
	buf_reset(&r->out);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CPBS?\r", CME("SIM busy"));
	rig_why(r, "before PB DONE");
	rig_row(r, "AT+CPBS=?\r",
		"\r\n+CPBS: (\"SM\",\"DC\",\"FD\",\"LD\",\"MC\",\"ME\",\"RC\",\"EN\",\"ON\")\r\n" RIG_OK);
	rig_more(r, "\r\nPB DONE\r\n");
	rig_row(r, "AT+CPBS=\"ME\";+CPBS?\r", "\r\n+CPBS: \"ME\",0,100\r\n" RIG_OK);
	ck_assert_int_eq(sim_set_state(r->modem->sim, "absent"), 0);
	rig_more(r, "\r\n+SIMCARD: NOT AVAILABLE\r\n");
	rig_row(r, "AT+CPBS?\r", CME("SIM not inserted"));
	rig_free(r);
}
END_TEST

/* What is on the card is kept; the world's entries are for a new one alone. */
START_TEST(test_kept)
{
	char dir[] = "/tmp/pb-test-XXXXXX", command[64];
	struct rig *r;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	r = rig_with(world_text, NULL, dir);
	rig_row(r, "AT+CPBW=1;+CPBW=2,\"77\",129,\"a,b\"\r", RIG_OK);
	pb_note_call(r->modem->pb, BOOK_DC, "5");
	pb_note_call(r->modem->pb, BOOK_DC, "+6");
	rig_free(r);
	r = rig_with(world_text, NULL, dir);
	rig_row(r, "AT+CPBR=1,200\r",
		"\r\n+CPBR: 2,\"77\",129,\"a,b\"\r\n+CPBR: 3,\"0301234567\",129,\"J?rgen\"\r\n" RIG_OK);
	rig_row(r, "AT+CPBS=\"DC\";+CPBR=1,10\r", "\r\n+CPBR: 1,\"+6\",145,\"\"\r\n+CPBR: 2,\"5\",129,\"\"\r\n" RIG_OK);
	rig_free(r);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(test_calls_list)
{
	static const char *const quirks[] = { "pb_call_slots=2", NULL };
	struct rig *r = rig_new_with(B04, quirks);

	for (const char *p = "123"; *p; p++)
		pb_note_call(r->modem->pb, BOOK_MC, (const char[]){ *p, '\0' });
	rig_row(r, "AT+CPBS=\"MC\";+CPBR=1,2\r", "\r\n+CPBR: 1,\"3\",129,\"\"\r\n+CPBR: 2,\"2\",129,\"\"\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

static const struct {
	const char *number, *name;
} names[] = {
	{ "+4912345678", "Anna" }, { "012345678", "Anna" }, { "2345678", "Anna" }, { "345678", NULL },
	{ "112345678", "Anna" },   { "+4912345679", NULL }, { "", NULL },	   { "*100#", "Balance" },
};

START_TEST(test_names)
{
	struct rig *r = rig_with(world_text, NULL, NULL);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *name = pb_name(r->modem->pb, names[i].number);

		ck_assert_msg(!name == !names[i].name && (!name || !strcmp(name, names[i].name)), "%s: %s",
			      names[i].number, name ? name : "nobody");
	}
	rig_free(r);
}
END_TEST

static const struct {
	const char *yaml, *want;
} bad[] = {
	{ "phonebook: 1\n", "w:2:12: " },
	{ "phonebook:\n  - {number: abc}\n", "w:3:14: 'number' must be 1 to 40 digits" },
	{ "phonebook:\n  - {name: a}\n", "w:3:5: 'number' must be" },
	{ "phonebook:\n  - {number: 1, memory: XX}\n", "w:3:25: " },
	{ "phonebook:\n  - {number: 1, index: 0}\n", "w:3:24: " },
	{ "phonebook:\n  - {number: 1, nam: a}\n", "(did you mean 'name'?)" },
	{ "phones:\n  - {result: busy}\n", "w:3:5: 'match' is missing" },
	{ "phones:\n  - {match: '1', result: bussy}\n", "(did you mean 'busy'?)" },
	{ "phones:\n  - {match: '1', alert: 5s, after: 4s}\n", "it rings (alert) after the call has its result" },
	{ "phones:\n  - {match: '1', result: busy, talk: 4s}\n", "'talk' needs a phone that answers" },
	{ "phones:\n  - {match: '1', after: 4}\n", "w:3:25: '4' must be a number with a unit" },
	{ "ussd:\n  - {code: '1'}\n", "'text' is missing" },
	{ "ussd:\n  - {code: '1', result: none, text: x}\n", "'text' does not go" },
	{ "ussd:\n  - {code: '1', result: none, menu: []}\n", "'menu' needs a code that is answered" },
	{ "ussd:\n  - {code: '1', text: a, menu: [{text: b, delay: x}]}\n", "w:3:50: " },
	{ "ussd:\n  - {text: a, coding: utf8}\n", "w:3:23: " },
};

START_TEST(test_bad_worlds)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = { 0 };
		char text[256];

		snprintf(text, sizeof(text), "schema: 1\n%s", bad[i].yaml);
		ck_assert_ptr_null(world_load_text("w", text, strlen(text), &e));
		ck_assert_msg(strstr(e.msg, bad[i].want) != NULL, "%s: %s", bad[i].yaml, e.msg);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_forms);
	tcase_add_test(tc, test_octet_0);
	tcase_add_test(tc, test_full);
	tcase_add_test(tc, test_sim);
	tcase_add_test(tc, test_kept);
	tcase_add_test(tc, test_calls_list);
	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_bad_worlds);
}

int main(void)
{
	return rig_main("phonebook", add);
}
