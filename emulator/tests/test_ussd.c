/* USSD as the host sees it: forms, menus, alphabets, refusals, times; the network's own words. */
#include <errno.h>

#include "link/world.h"
#include "modem/net.h"
#include "modem/ussd.h"
#include "tests/rig.h"

#define B04 "LE20B04SIM7600G22"
#define CME(text) "\r\n+CME ERROR: " text "\r\n"

static const char world_text[] = "schema: 1\n"
				 "ussd:\n"
				 "  - {code: \"*100#\", text: \"Balance: 5.00 @\"}\n"
				 "  - code: \"*101#\"\n"
				 "    text: \"1 Balance\\n2 More\"\n"
				 "    delay: 1s\n"
				 "    menu:\n"
				 "      - {code: \"1\", text: \"5.00\", delay: 0s}\n"
				 "      - {code: \"2\", text: \"1 Data\", menu: [{code: \"1\", text: \"2 GB\"}]}\n"
				 "      - {text: \"Wrong\", result: ended}\n"
				 "  - {code: \"*102#\", result: none}\n"
				 "  - {code: \"*103#\", result: unsupported}\n"
				 "  - {code: \"*104#\", result: timeout, delay: 30s}\n"
				 "  - {code: \"*105#\", text: \"\\u0411\\u0430\\u043b\"}\n"
				 "  - {code: \"*106#\", text: \"ab\", coding: ucs2}\n"
				 "  - {code: \"*107#\", result: ended}\n";

static struct rig *rig_ussd(void)
{
	struct err e = { 0 };
	struct world *w = world_load_text("world.yaml", world_text, sizeof(world_text) - 1, &e);
	struct rig *r;

	ck_assert_msg(w != NULL, "%s", e.msg);
	r = rig_new_in(B04, NULL, w, NULL);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	return r;
}

static const struct {
	const char *in, *out;
} rows[] = {
	{ "AT+CUSD=?\r", "\r\n+CUSD: (0-2)\r\n" RIG_OK },
	{ "AT+CUSD?\r", "\r\n+CUSD: 0\r\n" RIG_OK },
	{ "AT+CUSD=1;+CUSD?\r", "\r\n+CUSD: 1\r\n" RIG_OK },
	{ "AT+CUSD=3\r", RIG_ERROR },
	{ "AT+CUSD=1,\"*100#\",15\r", RIG_OK "\r\n+CUSD: 0,\"Balance: 5.00 @\",15\r\n" },
	{ "AT+CUSD=1,*100#\r", RIG_OK "\r\n+CUSD: 0,\"Balance: 5.00 @\",15\r\n" },
	{ "AT+CUSD=1,\"*101#\"\r", RIG_OK "\r\n+CUSD: 1,\"1 Balance\n2 More\",15\r\n" },
	{ "AT+CUSD=1,\"1\"\r", RIG_OK "\r\n+CUSD: 0,\"5.00\",15\r\n" },
	{ "AT+CUSD=1,\"*101#\"\r", RIG_OK "\r\n+CUSD: 1,\"1 Balance\n2 More\",15\r\n" },
	{ "AT+CUSD=1,\"2\"\r", RIG_OK "\r\n+CUSD: 1,\"1 Data\",15\r\n" },
	{ "AT+CUSD=1,\"1\"\r", RIG_OK "\r\n+CUSD: 0,\"2 GB\",15\r\n" },
	{ "AT+CUSD=1,\"*101#\"\r", RIG_OK "\r\n+CUSD: 1,\"1 Balance\n2 More\",15\r\n" },
	{ "AT+CUSD=1,\"9\"\r", RIG_OK "\r\n+CUSD: 2,\"Wrong\",15\r\n" },
	{ "AT+CUSD=1,\"*103#\"\r", RIG_OK "\r\n+CUSD: 4\r\n" },
	{ "AT+CUSD=1,\"*104#\"\r", RIG_OK "\r\n+CUSD: 5\r\n" },
	{ "AT+CUSD=1,\"*107#\"\r", RIG_OK "\r\n+CUSD: 2\r\n" },
	{ "AT+CUSD=1,\"*999#\"\r", RIG_OK "\r\n+CUSD: 4\r\n" },
	{ "AT+CUSD=1,\"*105#\"\r", RIG_OK "\r\n+CUSD: 0,\"04110430043B\",72\r\n" },
	{ "AT+CUSD=1,\"*106#\"\r", RIG_OK "\r\n+CUSD: 0,\"00610062\",72\r\n" },
	{ "AT+CUSD=1,\"002A0031003000300023\",72\r", RIG_OK "\r\n+CUSD: 0,\"Balance: 5.00 @\",15\r\n" },
	{ "AT+CUSD=1,\"*100#\",72\r", RIG_ERROR },
	{ "AT+CUSD=1,\"2A313030\",68\r", RIG_ERROR },
	{ "AT+CSCS=\"UCS2\"\r", RIG_OK },
	{ "AT+CUSD=1,\"*100#\"\r", RIG_ERROR },
	{ "AT+CUSD=1,\"002A0031003000360023\",15\r", RIG_OK "\r\n+CUSD: 0,\"00610062\",72\r\n" },
	{ "AT+CUSD=1,\"002A0031003000370023\",15\r", RIG_OK "\r\n+CUSD: 2\r\n" },
	{ "AT+CSCS=\"IRA\";+CUSD;+CUSD?\r", "\r\n+CUSD: 0\r\n" RIG_OK },
};

START_TEST(test_rows)
{
	struct rig *r = rig_ussd();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		rig_row(r, rows[i].in, rows[i].out);
	rig_free(r);
}
END_TEST

START_TEST(test_times)
{
	struct rig *r = rig_ussd();

	rig_row(r, "AT+CUSD=1,\"*100#\"\r", RIG_OK);
	rig_row(r, "AT+CUSD=1,\"*100#\"\r", CME("operation not allowed"));
	rig_why(r, "has not answered the last one");
	r->sent_us = 0;
	rig_after(r, 2500, "\r\n+CUSD: 0,\"Balance: 5.00 @\",15\r\n");
	rig_row(r, "AT+CUSD=1,\"*101#\"\r", RIG_OK);
	rig_after(r, 1000, "\r\n+CUSD: 1,\"1 Balance\n2 More\",15\r\n");
	rig_row(r, "AT+CUSD=1,\"1\"\r", RIG_OK "\r\n+CUSD: 0,\"5.00\",15\r\n");
	rig_row(r, "AT+CUSD=1,\"*102#\"\r", RIG_OK);
	rig_quiet(r, 300000);
	rig_row(r, "AT+CUSD=2\r", RIG_OK);
	/* Cancelled before the network says anything, which is then not heard. */
	rig_row(r, "AT+CUSD=1,\"*100#\"\r", RIG_OK);
	rig_row(r, "AT+CUSD=2\r", RIG_OK);
	rig_quiet(r, 10000);
	/* n 0: said, but what comes is not shown. */
	rig_row(r, "AT+CUSD=0,\"*100#\"\r", RIG_OK);
	rig_quiet(r, 10000);
	rig_free(r);
}
END_TEST

/* '@' is octet 0 of the GSM alphabet. */
START_TEST(test_octet_0)
{
	static const char want[] = RIG_OK "\r\n+CUSD: 0,\"Balance: 5.00 \0\",15\r\n";
	struct rig *r = rig_ussd();

	rig_row(r, "AT+CSCS=\"GSM\"\r", RIG_OK);
	rig_row_bytes(r, "AT+CUSD=1,\"*100#\"\r", 18, want, sizeof(want) - 1);
	rig_row(r, "ATV0\r", "0\r");
	rig_row_bytes(r, "AT+CUSD=1,\"*100#\"\r", 18, "0\r+CUSD: 0,\"Balance: 5.00 \0\",15\r\n", 33);
	rig_free(r);
}
END_TEST

START_TEST(test_network)
{
	struct rig *r = rig_ussd();

	rig_row(r, "AT+CUSD=1,\"*101#\"\r", RIG_OK "\r\n+CUSD: 1,\"1 Balance\n2 More\",15\r\n");
	net_drop(r->modem->net);
	rig_more(r, "\r\n+CUSD: 5\r\n");
	rig_why(r, "the network was lost");
	rig_row(r, "AT+CUSD=1,\"*100#\"\r", CME("no network service"));
	net_up(r->modem->net);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 10000000);
	rig_row(r, "AT+CUSD=1,\"*999#\"\r", RIG_OK "\r\n+CUSD: 4\r\n");
	rig_why(r, "no world file knows this code");
	ck_assert_int_eq(ussd_from_network(r->modem->ussd, "You have won", false), 0);
	rig_more(r, "\r\n+CUSD: 0,\"You have won\",15\r\n");
	ck_assert_int_eq(ussd_from_network(r->modem->ussd, "Yes?", true), 0);
	rig_more(r, "\r\n+CUSD: 1,\"Yes?\",15\r\n");
	ck_assert_int_eq(ussd_from_network(r->modem->ussd, "Yes?", true), -EBUSY);
	rig_row(r, "AT+CUSD=1,\"yes\"\r", RIG_OK "\r\n+CUSD: 0,\"\",15\r\n");
	rig_free(r);
}
END_TEST

START_TEST(test_reset)
{
	struct rig *r = rig_ussd();

	rig_row(r, "AT+CUSD=1,\"*100#\"\r", RIG_OK);
	modem_power_off(r->modem);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	ck_assert_str_eq(ussd_state_name(r->modem->ussd), "idle");
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_rows);
	tcase_add_test(tc, test_times);
	tcase_add_test(tc, test_octet_0);
	tcase_add_test(tc, test_network);
	tcase_add_test(tc, test_reset);
}

int main(void)
{
	return rig_main("ussd", add);
}
