/* The files of the card by AT+CRSM and AT+CSIM: what ModemManager and others read, statuses, writing, the PIN. */
#include "tests/rig.h"

#include "modem/sim.h"

struct row {
	const char *in, *out;
};

#define CRSM(args, answer) { "AT+CRSM=" args "\r", "\r\n+CRSM: " answer "\r\n" RIG_OK }

static const struct row reads[] = {
	{ "AT+CRSM=?\r", RIG_OK },
	CRSM("176,12258,0,0,10", "144,0,\"98000101000000000081\""),	/* ICCID, as ModemManager asks for it */
	CRSM("176,12258", "144,0,\"98000101000000000081\""),
	CRSM("176,12258,0,8,2", "144,0,\"0081\""),
	CRSM("176,28423,0,0,9", "144,0,\"080910100000000010\""),	/* IMSI 001010000000001 */
	CRSM("176,28589,0,0,4", "144,0,\"00000002\""),			/* two digits of network code */
	CRSM("176,28486,0,0,17", "144,0,\"0054455354FFFFFFFFFFFFFFFFFFFFFFFF\""),
	CRSM("178,28480,1,4,28", "144,0,\"FFFFFFFFFFFFFFFFFFFFFFFFFFFF059151551000FFFFFFFFFFFFFFFF\""),
	CRSM("176,28542,0,0,11", "144,0,\"FFFFFFFF00F11000C3FF00\""),
	CRSM("176,28633,0,0,3", "144,0,\"00F110\""),			/* home 001-01 */
	CRSM("192,12258,0,0,15", "144,0,\"620F8202412183022FE28A01058002000A\""),
	CRSM("192,28480,0,0,15", "144,0,\"621282054221001C0183026F408A01058002001C\""),
	CRSM("242", "144,0,\"620B8202782183027FFF8A0105\""),
	CRSM("176,28555,0,0,1", "106,130"),
	CRSM("176,12258,0,10,1", "107,0"),
	CRSM("176,12258,0,0,11", "108,10"),
	CRSM("178,28480,2,4,28", "106,131"),
	CRSM("178,12258,1,4,10", "105,129"),
	{ "AT+CRSM=203,12258\r", "\r\n+CME ERROR: operation not allowed\r\n" },
	{ "AT+CRSM=214,28539,0,0,12,\"ABC\"\r", RIG_ERROR },
	{ "AT+CRSM=214,28539,0,0,12,\"XX\"\r", RIG_ERROR },
};

static const struct row writes[] = {
	CRSM("176,28539,0,0,12", "144,0,\"FFFFFFFFFFFFFFFFFFFFFFFF\""),
	CRSM("214,28539,0,3,3,\"64F010\"", "144,0"),
	CRSM("176,28539,0,0,12", "144,0,\"FFFFFF64F010FFFFFFFFFFFF\""),
	CRSM("214,28539,0,11,2,\"64F0\"", "103,0"),
	CRSM("214,12258,0,0,1,\"00\"", "105,130"),
	CRSM("220,28480,1,4,28,\"FFFFFFFFFFFFFFFFFFFFFFFFFFFF0381214FFFFFFFFFFFFFFFFFFFFF\"", "144,0"),
	CRSM("178,28480,1,4,28", "144,0,\"FFFFFFFFFFFFFFFFFFFFFFFFFFFF0381214FFFFFFFFFFFFFFFFFFFFF\""),
};

#define CSIM(apdu, answer) { "AT+CSIM=" apdu "\r", "\r\n+CSIM: " answer "\r\n" RIG_OK }

static const struct row apdus[] = {
	{ "AT+CSIM=?\r", RIG_OK },
	CSIM("10,\"0020000100\"", "4,\"63C3\""),			/* ModemManager counts the tries so */
	CSIM("14,\"00A4000C023F00\"", "4,\"9000\""),
	CSIM("14,\"00A40004022FE2\"", "4,\"6111\""),
	CSIM("10,\"00C0000011\"", "38,\"620F8202412183022FE28A01058002000A9000\""),
	CSIM("10,\"00C0000011\"", "4,\"6B00\""),
	CSIM("10,\"00B000000A\"", "24,\"980001010000000000819000\""),
	CSIM("10,\"00b0000000\"", "24,\"980001010000000000819000\""),
	CSIM("14,\"00A40004021234\"", "4,\"6A82\""),
	CSIM("18,\"00A4080C047FFF6F07\"", "4,\"9000\""),
	CSIM("10,\"00B0000009\"", "22,\"0809101000000000109000\""),
	CSIM("10,\"00F2000000\"", "38,\"620F8202412183026F078A0105800200099000\""),
	CSIM("8,\"00880000\"", "4,\"6D00\""),
	{ "AT+CSIM=10,\"00B00000\"\r", RIG_ERROR },
	{ "AT+CSIM=8,\"00B0000G\"\r", RIG_ERROR },
};

static void run(struct rig *r, const struct row *row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rig_row(r, row[i].in, row[i].out);
}

#define RUN(r, rows) run(r, rows, sizeof(rows) / sizeof((rows)[0]))

START_TEST(clients_read)
{
	struct rig *r = rig_new("sim7600/B04");

	RUN(r, reads);
	rig_free(r);
}
END_TEST

/* What was written is on the card, not in the modem. */
START_TEST(written_files_stay)
{
	struct rig *r = rig_new("sim7600/B04");

	RUN(r, writes);
	modem_power_off(r->modem);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CRSM=176,28539,0,0,12\r", "\r\n+CRSM: 144,0,\"FFFFFF64F010FFFFFFFFFFFF\"\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(card_by_apdu)
{
	struct rig *r = rig_new("sim7600/B04");

	RUN(r, apdus);
	rig_free(r);
}
END_TEST

static const struct row locked[] = {
	CRSM("176,12258,0,0,10", "144,0,\"98000101000000000081\""),
	CRSM("176,28423,0,0,9", "105,130"),
	CRSM("214,28539,0,0,3,\"64F010\"", "105,130"),
	CSIM("26,\"00200001083939393939393939\"", "4,\"63C2\""),
	CSIM("10,\"0020000100\"", "4,\"63C2\""),
	CSIM("26,\"002000010831323334FFFFFFFF\"", "4,\"9000\""),
};

START_TEST(locked_card)
{
	struct rig *r = rig_new("sim7600/B04");

	ck_assert_int_eq(sim_set_state(r->modem->sim, "pin"), 0);
	rig_more(r, "\r\n+SIMCARD: NOT AVAILABLE\r\n\r\n+CPIN: SIM PIN\r\n");
	RUN(r, locked);
	rig_more(r, "\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n");
	rig_free(r);
}
END_TEST

static const struct row none[] = {
	{ "AT+CRSM=176,12258,0,0,10\r", "\r\n+CME ERROR: SIM not inserted\r\n" },
	{ "AT+CSIM=10,\"0020000100\"\r", "\r\n+CME ERROR: SIM not inserted\r\n" },
};

START_TEST(no_card)
{
	struct rig *r = rig_new("sim7600/B04");

	ck_assert_int_eq(sim_set_state(r->modem->sim, "absent"), 0);
	rig_more(r, "\r\n+SIMCARD: NOT AVAILABLE\r\n");
	RUN(r, none);
	rig_free(r);
}
END_TEST

START_TEST(without_quotes)
{
	struct rig *r = rig_new_with("sim7600/B04", (const char *const[]){ "crsm_quoted=false", NULL });

	rig_row(r, "AT+CRSM=176,28589,0,0,4\r", "\r\n+CRSM: 144,0,00000002\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, clients_read);
	tcase_add_test(tc, written_files_stay);
	tcase_add_test(tc, card_by_apdu);
	tcase_add_test(tc, locked_card);
	tcase_add_test(tc, no_card);
	tcase_add_test(tc, without_quotes);
}

int main(void)
{
	return rig_main("sim_files", add);
}
