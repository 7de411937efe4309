/* Arguments: what fits, what does not, what handlers get, and the test form that comes from the same rows. */
#include "tests/test_at_rig.h"

#define OK "\r\nOK\r\n"
#define ERR "\r\nERROR\r\n"
#define ARGS(text, shown) ROW("AT" text "\r", "AT" text "\r\r\n" shown "\r\n" OK, text)
#define BAD(text, why) ROW("AT" text "\r", "AT" text "\r" ERR, why)

static const struct rig_row range_rows[] = {
	ARGS("+CONNECTX=0,\"tcp://a:1\",1,0", "[0][q tcp://a:1][1][0]"),
	ARGS("+CONNECTX=1,\"tcp://a:1\",64800,1", "[1][q tcp://a:1][64800][1]"),
	BAD("+CONNECTX=2,\"tcp://a:1\",60,1", "one past the first"),
	BAD("+CONNECTX=-1,\"tcp://a:1\",60,1", "one before the first"),
	BAD("+CONNECTX=0,\"tcp://a:\",60,1", "text of 8"),
	BAD("+CONNECTX=0,\"tcp://a:1\",0,1", "keepalive 0"),
	BAD("+CONNECTX=0,\"tcp://a:1\",64801,1", "keepalive one past"),
	BAD("+CONNECTX=0,\"tcp://a:1\",60,2", "clean one past"),
	BAD("+CONNECTX=0,tcp://a:1,60,1", "quotes are required here"),
	BAD("+CONNECTX=0,\"tcp://a:1\",60", "one missing"),
	BAD("+CONNECTX=0,\"tcp://a:1\",60,1,1", "one too many"),
	BAD("+CONNECTX=0,\"tcp://a:1\",60,1,", "a comma too many"),
	BAD("+CONNECTX=,\"tcp://a:1\",60,1", "an empty one that is required"),
	BAD("+CONNECTX=", "nothing"),
	ARGS("+ZERO=0", "[0]"),
	ARGS("+ZERO=60", "[60]"),
	ARGS("+ZERO=180", "[180]"),
	BAD("+ZERO=59", "between 0 and min"),
	BAD("+ZERO=181", "one past"),
	BAD("+ZERO=1", "between 0 and min"),
	ARGS("+QUIRKY=60", "[60][-]"),
	BAD("+QUIRKY=59", "the profile's minimum, not the row's"),
	ARGS("+QUIRKY=0,abc", "[0][abc]"),
	ARGS("+ZERO=0x3C", "[60]"),
	ARGS("+ZERO=060", "[60]"),
	BAD("+ZERO=6 0", "blank inside a number"),
	BAD("+ZERO=60x", "letters behind a number"),
	BAD("+ZERO=99999999999999999999", "more than a number can hold"),
	BAD("+ZERO=\"60\"", "a quoted number"),
	BAD("+INFO=1", "no write form at all"),
};

static const struct rig_row text_rows[] = {
	ARGS("+OPT=1", "[1][-][-]"),
	ARGS("+OPT=1,", "[1][-][-]"),
	ARGS("+OPT=1,,", "[1][-][-]"),
	ARGS("+OPT=1,,-5", "[1][-][-5]"),
	ARGS("+OPT=1,abc", "[1][abc][-]"),
	ARGS("+OPT=1,\"abc\"", "[1][q abc][-]"),
	ARGS("+OPT=1,\"a,b\",5", "[1][q a,b][5]"),
	ARGS("+OPT=1,\"a;b\"", "[1][q a;b][-]"),
	ARGS("+OPT=1,\" ab \"", "[1][q  ab ][-]"),
	ARGS("+OPT= 1 , \"ab\" , 5 ", "[1][q ab][5]"),
	ARGS("+OPT=1,12345678", "[1][12345678][-]"),
	ARGS("+OPT=1,\"\xc3\xa9\"", "[1][q \xc3\xa9][-]"),
	BAD("+OPT=1,123456789", "text one past"),
	BAD("+OPT=1,\"\"", "an empty text where one character is the least"),
	BAD("+OPT=1,,6", "one past"),
	BAD("+OPT=1,,-6", "one before"),
	BAD("+OPT=1,\"abc", "no closing quote"),
	BAD("+OPT=1,abc\"", "a stray quote at the end (LP10)"),
	BAD("+OPT=1,a\"b\"", "text before the quote"),
	BAD("+OPT=1,\"a\"b", "text behind the quote"),
	BAD("+OPT=1,\"a\"\"b\"", "two texts"),
	BAD("+OPT=1,\xe2\x80\x9d" "a\xe2\x80\x9d", "typographic quotes (TS#77)"),
	BAD("+OPT=1,,4\"", "a stray quote behind a number"),
	ARGS("+RAW=1,a,\"b\",,c", "[1][a,\"b\",,c]"),
	ARGS("+RAW=1", "[1][-]"),
	ARGS("+RAW=1,", "[1][]"),
	ARGS("+RAW=1, x", "[1][ x]"),
	ARGS("+TEXT=\"a\"", "[q a]"),
	BAD("+TEXT=a", "must be quoted"),
};

static const struct rig_row test_rows[] = {
	ROW("AT+CONNECTX=?\r", "AT+CONNECTX=?\r\r\n+CONNECTX: (0-1),(9-256),(1-64800),(0-1)\r\n" OK, "the manual's line"),
	ROW("AT+ZERO=?\r", "AT+ZERO=?\r\r\n+ZERO: (0,60-180)\r\n" OK, "or_zero"),
	ROW("AT+ONE=?\r", "AT+ONE=?\r\r\n+ONE: (0)\r\n" OK, "one value"),
	ROW("AT+TEXT=?\r", "AT+TEXT=?\r\r\n+TEXT: \"ADDRESS\"\r\n" OK, "range text"),
	ROW("AT+OPT=?\r", "AT+OPT=?\r\r\n+OPT: (0-9),(1-8),(-5-5)\r\n" OK, "negative"),
	ROW("AT+QUIRKY=?\r", "AT+QUIRKY=?\r\r\n+QUIRKY: (0,60-180),(1-128)\r\n" OK, "limits of the profile"),
	ROW("AT+NOTEST=?\r", "AT+NOTEST=?\r" ERR, "no test form"),
	ROW("AT+OPT = ?\r", "AT+OPT = ?\r\r\n+OPT: (0-9),(1-8),(-5-5)\r\n" OK, "blanks around ="),
	ROW("AT+ONE=?;+ONE=?\r", "AT+ONE=?;+ONE=?\r\r\n+ONE: (0)\r\n\r\n+ONE: (0)\r\n" OK, "chained"),
};

static const struct rig_row refuse_rows[] = {
	ROW("AT+REFUSE=3,ab\r", "AT+REFUSE=3,ab\r\r\n[3][ab][-]\r\n" OK, "fits"),
	ROW("AT+REFUSE=3,123456789\r", "AT+REFUSE=3,123456789\r\r\n+REFUSE: 1,3\r\n" ERR, "what parsed is there"),
	ROW("AT+REFUSE=77\r", "AT+REFUSE=77\r\r\n+REFUSE: 1,77\r\n" ERR, "a number out of range too"),
	ROW("AT+REFUSE=x\r", "AT+REFUSE=x\r\r\n+REFUSE: 0,0\r\n" ERR, "no number"),
	ROW("AT+REFUSE=1,\"x\r", "AT+REFUSE=1,\"x\r\r\n+REFUSE: 1,1\r\n" ERR, "a stray quote"),
};

static void lower_limits(struct quirks *q)
{
	q->mqtt_disc_timeout_min = 1;
	q->mqtt_client_id_max = 2;
}

static const struct rig_row quirk_rows[] = {
	ROW("AT+QUIRKY=?\r", "AT+QUIRKY=?\r\r\n+QUIRKY: (0,1-180),(1-2)\r\n" OK, "another profile"),
	ROW("AT+QUIRKY=1,ab\r", "AT+QUIRKY=1,ab\r\r\n[1][ab]\r\n" OK, "checks follow"),
	ROW("AT+QUIRKY=1,abc\r", "AT+QUIRKY=1,abc\r" ERR, "one past"),
};

START_TEST(ranges) { RUN_ROWS(range_rows, NULL); } END_TEST
START_TEST(texts) { RUN_ROWS(text_rows, NULL); } END_TEST
START_TEST(test_forms) { RUN_ROWS(test_rows, NULL); } END_TEST
START_TEST(refusals) { RUN_ROWS(refuse_rows, NULL); } END_TEST
START_TEST(profile_limits) { RUN_ROWS(quirk_rows, lower_limits); } END_TEST

START_TEST(longest_text)
{
	struct rig *r = rig_new(NULL);
	char text[300];

	rig_feed(r, "ATE0\r");
	for (size_t n = 256; n <= 257; n++) {
		buf_reset(&r->out);
		memset(text, 'x', n);
		text[n] = '\0';
		rig_feed(r, "AT+CONNECTX=0,\"");
		rig_feed(r, text);
		rig_feed(r, "\",60,1\r");
		if (n == 257)
			rig_expect(r, ERR, "257 characters");
		else
			ck_assert_uint_gt(r->out.len, 256);
	}
	rig_free(r);
}
END_TEST

/* --- tables ------------------------------------------------------------------------------------------------- */

static const struct at_arg bad_range[] = { { "a", AT_ARG_INT, 2, 1 } };
static const struct at_arg raw_first[] = { { "a", AT_ARG_RAW, 0, 0 }, { "b", AT_ARG_INT, 0, 1 } };

static const char *check_one(const struct at_cmd *table)
{
	const struct at_cmd *const tables[] = { table, NULL };

	return at_check_tables(tables);
}

START_TEST(tables_are_checked)
{
	const struct at_cmd twice[] = { { "+A", .exec = rig_info }, { "+A", .exec = rig_info }, { 0 } };
	const struct at_cmd empty[] = { { "+A" }, { 0 } };
	const struct at_cmd lower[] = { { "+a", .exec = rig_info }, { 0 } };
	const struct at_cmd no_plus[] = { { "CSQ", .exec = rig_info }, { 0 } };
	const struct at_cmd range[] = { { "+A", AT_ARGS(bad_range), .write = rig_show }, { 0 } };
	const struct at_cmd raw[] = { { "+A", AT_ARGS(raw_first), .write = rig_show }, { 0 } };

	ck_assert_ptr_null(at_check_tables(rig_tables));
	ck_assert_ptr_nonnull(check_one(twice));
	ck_assert_ptr_nonnull(check_one(empty));
	ck_assert_ptr_nonnull(check_one(lower));
	ck_assert_ptr_nonnull(check_one(no_plus));
	ck_assert_ptr_nonnull(check_one(range));
	ck_assert_ptr_nonnull(check_one(raw));
}
END_TEST

START_TEST(the_wrong_row_is_named)
{
	const struct at_cmd twice[] = { { "+A", .exec = rig_info }, { "+B" }, { 0 } };
	const struct at_cmd *const tables[] = { twice, NULL };
	const char *name;

	ck_assert_ptr_nonnull(at_check_tables_row(tables, &name));
	ck_assert_str_eq(name, "+B");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("at args");
	TCase *tc = tcase_create("rows");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, ranges);
	tcase_add_test(tc, texts);
	tcase_add_test(tc, test_forms);
	tcase_add_test(tc, refusals);
	tcase_add_test(tc, profile_limits);
	tcase_add_test(tc, longest_text);
	tcase_add_test(tc, tables_are_checked);
	tcase_add_test(tc, the_wrong_row_is_named);
	suite_add_tcase(suite, tc);
	return rig_main(suite);
}
