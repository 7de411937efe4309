/* Voice calls as the host sees them: exact bytes and times of calls out, in, several at once, and how each ends. */
#include <errno.h>

#include "link/world.h"
#include "modem/net.h"
#include "modem/phonebook.h"
#include "modem/pins.h"
#include "modem/rtc.h"
#include "modem/sim.h"
#include "modem/voice.h"
#include "tests/rig.h"

#define B04 "LE20B04SIM7600G22"
#define CME(text) "\r\n+CME ERROR: " text "\r\n"
#define LINE(text) "\r\n" text "\r\n"
#define BEGIN LINE("VOICE CALL: BEGIN")

static const char world_text[] = "schema: 1\n"
				 "phones:\n"
				 "  - {match: \"1\", after: 4s, talk: 61s}\n"
				 "  - {match: \"2\", result: busy}\n"
				 "  - {match: \"3\", result: no_answer, after: 30s}\n"
				 "  - {match: \"4\", result: rejected}\n"
				 "  - {match: \"5\", result: congestion}\n"
				 "  - {match: \"6\", result: silent}\n"
				 "  - {match: \"8\", notice: forwarded}\n"
				 "  - {match: \"7*\"}\n"
				 "  - {match: \"+49*\"}\n"
				 "phonebook:\n"
				 "  - {number: \"+4912345678\", name: Anna}\n"
				 "  - {number: \"2\", name: \"3M\", index: 4}\n"
				 "ussd:\n"
				 "  - {code: \"*100#\", text: \"5.00\"}\n";

static struct rig *rig_voice(const char *profile, const char *const *quirks)
{
	struct err e = { 0 };
	struct world *w = world_load_text("world.yaml", world_text, sizeof(world_text) - 1, &e);
	struct rig *r;

	ck_assert_msg(w != NULL, "%s", e.msg);
	r = rig_new_in(profile, quirks, w, NULL);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	return r;
}

static void from(struct rig *r, const char *number)
{
	const char *to;

	r->sent_us = clock_now_us(r->clock);
	ck_assert_int_eq(voice_incoming(r->modem->voice, number, 45000000, &to), 0);
}

static void pass(struct rig *r, uint64_t ms)
{
	clock_advance_to(r->clock, clock_now_us(r->clock) + ms * 1000);
}

static const struct {
	const char *in, *out;
} forms[] = {
	{ "AT+CLCC\r", RIG_OK },
	{ "AT+CLCC=?\r", LINE("+CLCC: (0-1)") RIG_OK },
	{ "AT+CLCC=1;+CLCC?\r", LINE("+CLCC: 1") RIG_OK },
	{ "AT+CHUP\r", RIG_OK },
	{ "AT+CHUP=?\r", RIG_OK },
	{ "ATH\r", RIG_OK },
	{ "ATA\r", LINE("NO CARRIER") },
	{ "AT+CHLD=?\r", LINE("+CHLD: (0,1,1x,2,2x,3,4)") RIG_OK },
	{ "AT+CHLD=1\r", CME("operation not allowed") },
	{ "AT+CHLD=11\r", CME("operation not allowed") },
	{ "AT+CHLD\r", CME("operation not allowed") },
	{ "AT+CHLD=5\r", RIG_ERROR },
	{ "AT+CHLD=31\r", RIG_ERROR },
	{ "AT+CHLD=18\r", RIG_ERROR },
	{ "AT+CHLD=1y\r", RIG_ERROR },
	{ "AT+CEER\r", LINE("+CEER: No cause information available") RIG_OK },
	{ "AT+CPAS\r", LINE("+CPAS: 0") RIG_OK },
	{ "AT+VTS=?\r", LINE("+VTS: (0-9,*,#,A,B,C,D)") RIG_OK },
	{ "AT+VTS=1\r", RIG_ERROR },
	{ "AT+VTD?\r", LINE("+VTD: 1") RIG_OK },
	{ "AT+VTD=10;+VTD?\r", LINE("+VTD: 10") RIG_OK },
	{ "AT+VTD=256\r", RIG_ERROR },
	{ "AT+CVHU?\r", LINE("+CVHU: 1") RIG_OK },
	{ "AT+CVHU=?\r", LINE("+CVHU: (0-1)") RIG_OK },
	{ "AT+CVHU=0;+CVHU?\r", LINE("+CVHU: 0") RIG_OK },
	{ "AT+CRC=?\r", LINE("+CRC: (0-1)") RIG_OK },
	{ "AT+CRC=1;+CRC?\r", LINE("+CRC: 1") RIG_OK },
	{ "AT+CRC;+CRC?\r", LINE("+CRC: 0") RIG_OK },
	{ "AT+CLIP?\r", LINE("+CLIP: 0,1") RIG_OK },
	{ "AT+CLIP=1;+CLIP?\r", LINE("+CLIP: 1,1") RIG_OK },
	{ "AT+CLIR?\r", LINE("+CLIR: 0,4") RIG_OK },
	{ "AT+CLIR=1;+CLIR?\r", LINE("+CLIR: 1,4") RIG_OK },
	{ "AT+CLIR=?\r", LINE("+CLIR: (0-2)") RIG_OK },
	{ "AT+COLP?\r", LINE("+COLP: 0,1") RIG_OK },
	{ "AT+CSSN=1,1;+CSSN?\r", LINE("+CSSN: 1,1") RIG_OK },
	{ "AT+CSSN=?\r", LINE("+CSSN: (0-1),(0-1)") RIG_OK },
	{ "AT+CSTA?\r", LINE("+CSTA: 129") RIG_OK },
	{ "AT+CSTA=?\r", LINE("+CSTA: (129,145)") RIG_OK },
	{ "AT+CLVL?\r", LINE("+CLVL: 2") RIG_OK },
	{ "AT+CLVL=5;+CLVL?\r", LINE("+CLVL: 5") RIG_OK },
	{ "AT+CLVL=6\r", RIG_ERROR },
	{ "AT+CMUT=1\r", RIG_ERROR },
	{ "AT+CPCMREG=?\r", LINE("+CPCMREG: (0-1)") RIG_OK },
	{ "AT+CPCMREG=1;+CPCMREG?\r", LINE("+CPCMREG: 1") RIG_OK },
	{ "AT+CPCMREG=0,1\r", RIG_OK },
	{ "AT+CCWA=?\r", LINE("+CCWA: (0-1)") RIG_OK },
	{ "AT+CCWA?\r", LINE("+CCWA: 0") RIG_OK },
	{ "AT+CCWA=1,2\r", LINE("+CCWA: 1,1") RIG_OK },
	{ "AT+CCWA=1,0,1;+CCWA=,2;+CCWA?\r", LINE("+CCWA: 0,1") LINE("+CCWA: 1") RIG_OK },
	{ "AT+CCFC=?\r", LINE("+CCFC: (0-5)") RIG_OK },
	{ "AT+CCFC=0,2\r", LINE("+CCFC: 0,255") RIG_OK },
	{ "AT+CCFC=0,3,\"+491\",145;+CCFC=0,2\r", LINE("+CCFC: 1,1,\"+491\",145") RIG_OK },
	{ "AT+CCFC=0,0;+CCFC=0,2\r", LINE("+CCFC: 0,1,\"+491\",145") RIG_OK },
	{ "AT+CCFC=4,4;+CCFC=0,2\r", LINE("+CCFC: 0,255") RIG_OK },
	{ "AT+CCFC=2,3,\"5\",129,1,,,15;+CCFC=2,2\r", LINE("+CCFC: 1,1,\"5\",129,,,15") RIG_OK },
	{ "AT+CCFC=5,2\r", "\r\n+CCFC: 0,255\r\n+CCFC: 1,1,\"5\",129,,,15\r\n+CCFC: 0,255\r\n" RIG_OK },
	{ "AT+CCFC=1,3,\"x\"\r", CME("invalid characters in dial string") },
	{ "ATDabc;\r", CME("invalid characters in dial string") },
	{ "ATD;\r", CME("invalid characters in dial string") },
	{ "ATD12345678901234567890123456789012345678901;\r", CME("invalid characters in dial string") },
	{ "ATD123456789012345678901234567890123456789012;\r", CME("dial string too long") },
	{ "ATD>SM9;\r", CME("not found") },
	{ "ATD>SM201;\r", CME("invalid index") },
	{ "ATD>\"ME\"1;\r", CME("not found") },
	{ "ATD>nobody;\r", CME("not found") },
	{ "ATD>;\r", CME("not found") },
	{ "ATDL\r", CME("not found") },
	{ "ATD*100#;\r", RIG_OK },
};

START_TEST(test_forms)
{
	struct rig *r = rig_voice(B04, NULL);

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		rig_row(r, forms[i].in, forms[i].out);
	rig_free(r);
}
END_TEST

START_TEST(test_answered)
{
	struct rig *r = rig_voice(B04, NULL);

	rig_feed(r, "ATD1;\r", 6);
	rig_after(r, 300, RIG_OK);
	rig_row(r, "AT+CLCC\r", LINE("+CLCC: 1,0,2,0,0,\"1\",129") RIG_OK);
	pass(r, 1200);
	rig_row(r, "AT+CLCC;+CPAS\r", LINE("+CLCC: 1,0,3,0,0,\"1\",129") LINE("+CPAS: 4") RIG_OK);
	r->sent_us = 0;
	rig_after(r, 4000, BEGIN);
	rig_row(r, "AT+CLCC\r", LINE("+CLCC: 1,0,0,0,0,\"1\",129") RIG_OK);
	rig_row(r, "AT+VTS=5;+VTS=\"1,2,#\";+CMUT=1;+CMUT?\r", LINE("+CMUT: 1") RIG_OK);
	r->sent_us = 0;
	rig_after(r, 65000, LINE("VOICE CALL: END: 000101"));
	rig_row(r, "AT+CLCC;+CMUT?;+CEER\r", LINE("+CMUT: 0") LINE("+CEER: Normal call clearing") RIG_OK);
	rig_row(r, "AT+CPBS=\"DC\";+CPBR=1,10\r", LINE("+CPBR: 1,\"1\",129,\"\"") RIG_OK);
	rig_free(r);
}
END_TEST

static const struct {
	const char *in, *end, *ceer;
	uint64_t ms;
	const char *why;
} ends[] = {
	{ "ATD2;\r", LINE("BUSY"), "User busy", 3000, "world.yaml:4" },
	{ "ATD3;\r", LINE("NO ANSWER"), "Alerting, no answer", 30000, "world.yaml:5" },
	{ "ATD4;\r", LINE("NO CARRIER"), "Call rejected", 8000, "world.yaml:6" },
	{ "ATD5;\r", LINE("NO CARRIER"), "No circuit or channel available", 2000, "world.yaml:7" },
	{ "ATD99;\r", LINE("NO CARRIER"), "Unassigned/unallocated number", 300, "99" },
	{ "ATD>\"3M\";\r", LINE("BUSY"), "User busy", 3000, "world.yaml:4" },
	{ "ATD>SM4;\r", LINE("BUSY"), "User busy", 3000, "world.yaml:4" },
	{ "ATD>\"SM\"4;\r", LINE("BUSY"), "User busy", 3000, "world.yaml:4" },
	{ "ATD>4;\r", LINE("BUSY"), "User busy", 3000, "world.yaml:4" },
	{ "ATDL;\r", LINE("BUSY"), "User busy", 3000, "world.yaml:4" },
	{ "atdt 2;\r", LINE("BUSY"), "User busy", 3000, "world.yaml:4" },
	{ "ATDT(2),!@W;\r", LINE("BUSY"), "User busy", 3000, "world.yaml:4" },
	{ "ATD2I;\r", LINE("BUSY"), "User busy", 3000, "world.yaml:4" },
};

START_TEST(test_ends)
{
	struct rig *r = rig_voice(B04, NULL);
	char want[80];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		buf_reset(&r->why);
		rig_feed(r, ends[i].in, strlen(ends[i].in));
		if (ends[i].ms > 300) {
			rig_after(r, 300, RIG_OK);
			rig_after(r, ends[i].ms, ends[i].end);
		} else {
			pass(r, 1);
			rig_check(r, ends[i].in, ends[i].end, strlen(ends[i].end));
		}
		rig_why(r, ends[i].why);
		snprintf(want, sizeof(want), LINE("+CEER: %s") RIG_OK, ends[i].ceer);
		rig_row(r, "AT+CEER\r", want);
	}
	rig_free(r);
}
END_TEST

/* V0: results are numbers, also unasked; Q1: none. */
START_TEST(test_numbers)
{
	struct rig *r = rig_voice(B04, NULL);

	rig_row(r, "ATV0\r", "0\r");
	rig_row(r, "ATD2;\r", "0\r7\r");
	rig_row(r, "ATD3;\r", "0\r8\r");
	rig_row(r, "ATD4;\r", "0\r3\r");
	from(r, "1");
	rig_check(r, "ring", "2\r", 2);
	rig_row(r, "ATA\r", "VOICE CALL: BEGIN\r\n0\r");
	rig_row(r, "AT+CHUP\r", "VOICE CALL: END: 000000\r\n0\r");
	rig_row(r, "ATQ1\r", "");
	from(r, "1");
	rig_check(r, "ring", "", 0);
	rig_free(r);
}
END_TEST

START_TEST(test_hang_up)
{
	static const char *const quirks[] = { "voice_end_unanswered=true", NULL };
	struct rig *r = rig_voice(B04, NULL);

	rig_row(r, "ATD7;\r", RIG_OK BEGIN);
	rig_row(r, "ATH\r", RIG_OK); /* AT+CVHU=1 */
	pass(r, 17000);
	rig_row(r, "AT+CVHU=0\r", RIG_OK);
	rig_row(r, "ATH\r", LINE("VOICE CALL: END: 000017") RIG_OK);
	rig_row(r, "ATD7;\r", RIG_OK BEGIN);
	pass(r, 3661000);
	rig_row(r, "AT+CHUP\r", LINE("VOICE CALL: END: 010101") RIG_OK);
	rig_row(r, "ATD6;\r", RIG_OK);
	rig_quiet(r, 600000);
	rig_row(r, "AT+CHUP\r", RIG_OK);
	rig_row(r, "AT+CEER\r", LINE("+CEER: Client ended call") RIG_OK);
	rig_free(r);
	r = rig_voice(B04, quirks);
	rig_row(r, "ATD6;\r", RIG_OK);
	rig_row(r, "AT+CHUP\r", LINE("VOICE CALL: END") RIG_OK);
	rig_free(r);
}
END_TEST

/* Any byte before the OK; those of the first 125 ms complete the line end. */
START_TEST(test_abort)
{
	static const char *const quirks[] = { "voice_dial_ms=5000", NULL };
	struct rig *r = rig_voice(B04, quirks);

	rig_row(r, "ATD6;\r\n", "");
	pass(r, 1000);
	rig_row(r, "x", LINE("NO CARRIER"));
	rig_row(r, "AT+CLCC\r", RIG_OK);
	/* With COLP the OK waits for the answer. */
	rig_row(r, "AT+COLP=1\r", RIG_OK);
	rig_row(r, "ATD7;\r", BEGIN "\r\n+COLP: \"7\",129,,,\r\n" RIG_OK);
	rig_row(r, "AT+CHUP\r", LINE("VOICE CALL: END: 000000") RIG_OK);
	rig_row(r, "ATD2;\r", LINE("BUSY"));
	rig_row(r, "ATD3;\r", "");
	pass(r, 20000);
	rig_row(r, "\r", LINE("NO CARRIER"));
	rig_free(r);
}
END_TEST

START_TEST(test_incoming)
{
	struct rig *r = rig_voice(B04, NULL);

	from(r, "08020866256");
	rig_check(r, "ring", LINE("RING"), 8);
	rig_after(r, 5000, LINE("RING"));
	rig_row(r, "AT+CLCC;+CPAS\r", LINE("+CLCC: 1,1,4,0,0,\"08020866256\",128") LINE("+CPAS: 3") RIG_OK);
	rig_row(r, "ATA\r", BEGIN RIG_OK);
	rig_quiet(r, 8000);
	ck_assert_int_eq(voice_remote_tones(voice_call(r->modem->voice, 1), "1*A"), 0);
	rig_more(r, LINE("+RXDTMF: 1") LINE("+RXDTMF: *") LINE("+RXDTMF: A"));
	ck_assert_int_eq(voice_remote_tones(voice_call(r->modem->voice, 1), "x"), -EINVAL);
	voice_remote_hangs_up(voice_call(r->modem->voice, 1));
	rig_more(r, LINE("VOICE CALL: END: 000008"));
	rig_row(r, "AT+CPBS=\"RC\";+CPBR=1\r", LINE("+CPBR: 1,\"08020866256\",129,\"\"") RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(test_missed)
{
	struct rig *r = rig_voice(B04, NULL);

	rtc_set(r->modem->rtc, 1767268380, 4); /* 11:53 UTC, an hour east */
	rig_row(r, "AT+CLIP=1;+CRC=1;+CLCC=1\r", RIG_OK);
	from(r, "+4912345678");
	rig_more(r, LINE("+CRING: VOICE") LINE("+CLIP: \"+4912345678\",145,,,\"Anna\",0")
			    LINE("+CLCC: 1,1,4,0,0,\"+4912345678\",145,\"Anna\""));
	voice_remote_hangs_up(voice_call(r->modem->voice, 1));
	rig_more(r, LINE("+CLCC: 1,1,6,0,0,\"+4912345678\",145,\"Anna\"") LINE("MISSED_CALL: 12:53PM +4912345678"));
	from(r, "");
	rig_more(r, LINE("+CRING: VOICE") LINE("+CLIP: \"\",128,,,,1") LINE("+CLCC: 1,1,4,0,0,\"\",128"));
	rig_row(r, "AT+CHUP\r", LINE("+CLCC: 1,1,6,0,0,\"\",128") RIG_OK);
	rig_row(r, "AT+CPBS=\"MC\";+CPBR=1,10\r", LINE("+CPBR: 1,\"+4912345678\",145,\"\"") RIG_OK);
	/* The caller gives up after a while. */
	rig_row(r, "AT+CLIP=0;+CRC=0;+CLCC=0\r", RIG_OK);
	from(r, "1");
	for (int i = 0; i < 9; i++)
		rig_more(r, LINE("RING"));
	rig_more(r, LINE("MISSED_CALL: 12:53PM 1"));
	rig_free(r);
}
END_TEST

START_TEST(test_auto_answer)
{
	struct rig *r = rig_voice(B04, NULL);

	rig_row(r, "ATS0=2\r", RIG_OK);
	from(r, "1");
	rig_more(r, LINE("RING"));
	rig_after(r, 5000, LINE("RING") BEGIN);
	rig_row(r, "AT+CHUP\r", LINE("VOICE CALL: END: 000000") RIG_OK);
	rig_row(r, "ATS0=1;+CLCC=1\r", RIG_OK);
	from(r, "1");
	rig_more(r, LINE("RING") BEGIN LINE("+CLCC: 1,1,0,0,0,\"1\",128"));
	rig_free(r);
}
END_TEST

/* What a SIM7600 telephone's log shows, in its order. */
START_TEST(test_list)
{
	struct rig *r = rig_voice(B04, NULL);

	rig_row(r, "AT+CLCC=1\r", RIG_OK);
	rig_row(r, "ATD7;\r",
		LINE("+CLCC: 1,0,2,0,0,\"7\",129") RIG_OK LINE("+CLCC: 1,0,3,0,0,\"7\",129")
			BEGIN LINE("+CLCC: 1,0,0,0,0,\"7\",129"));
	pass(r, 3000);
	voice_remote_hangs_up(voice_call(r->modem->voice, 1));
	rig_more(r, LINE("+CLCC: 1,0,6,0,0,\"7\",129") LINE("VOICE CALL: END: 000003"));
	from(r, "5");
	rig_more(r, LINE("RING") LINE("+CLCC: 1,1,4,0,0,\"5\",128"));
	rig_row(r, "ATA\r", BEGIN RIG_OK LINE("+CLCC: 1,1,0,0,0,\"5\",128"));
	rig_free(r);
}
END_TEST

START_TEST(test_several)
{
	struct rig *r = rig_voice(B04, NULL);
	const char *to;

	rig_row(r, "AT+CCWA=1\r", RIG_OK);
	rig_row(r, "ATD7;\r", RIG_OK BEGIN);
	from(r, "+4912345678");
	rig_more(r, LINE("+CCWA: \"+4912345678\",145,1,\"Anna\""));
	ck_assert_int_eq(voice_incoming(r->modem->voice, "9", 1000000, &to), -EBUSY);
	rig_row(r, "AT+CLCC\r",
		"\r\n+CLCC: 1,0,0,0,0,\"7\",129\r\n"
		"+CLCC: 2,1,5,0,0,\"+4912345678\",145,\"Anna\"\r\n" RIG_OK);
	rig_row(r, "AT+CHLD=2\r", BEGIN RIG_OK);
	rig_row(r, "AT+CLCC\r",
		"\r\n+CLCC: 1,0,1,0,0,\"7\",129\r\n"
		"+CLCC: 2,1,0,0,0,\"+4912345678\",145,\"Anna\"\r\n" RIG_OK);
	rig_row(r, "AT+CHLD=2\r", RIG_OK);
	rig_row(r, "AT+CLCC\r",
		"\r\n+CLCC: 1,0,0,0,0,\"7\",129\r\n"
		"+CLCC: 2,1,1,0,0,\"+4912345678\",145,\"Anna\"\r\n" RIG_OK);
	rig_row(r, "ATD71;\r", CME("operation not allowed"));
	rig_row(r, "AT+CHLD=3\r", RIG_OK);
	rig_row(r, "AT+CLCC\r",
		"\r\n+CLCC: 1,0,0,0,1,\"7\",129\r\n"
		"+CLCC: 2,1,0,0,1,\"+4912345678\",145,\"Anna\"\r\n" RIG_OK);
	rig_row(r, "AT+CHLD=21\r", RIG_OK);
	rig_row(r, "AT+CLCC\r",
		"\r\n+CLCC: 1,0,0,0,0,\"7\",129\r\n"
		"+CLCC: 2,1,1,0,0,\"+4912345678\",145,\"Anna\"\r\n" RIG_OK);
	rig_row(r, "AT+CHLD=1\r", LINE("VOICE CALL: END: 000000") RIG_OK);
	rig_row(r, "AT+CLCC\r", LINE("+CLCC: 2,1,0,0,0,\"+4912345678\",145,\"Anna\"") RIG_OK);
	rig_row(r, "ATD71;\r", RIG_OK BEGIN);
	rig_row(r, "AT+CHLD=0\r", LINE("VOICE CALL: END: 000005") RIG_OK);
	rig_row(r, "AT+CHLD=11\r", LINE("VOICE CALL: END: 000000") RIG_OK);
	rig_row(r, "AT+CLCC\r", RIG_OK);
	/* Two at once end with one command. */
	rig_row(r, "ATD7;\r", RIG_OK BEGIN);
	rig_row(r, "ATD71;\r", RIG_OK BEGIN);
	rig_row(r, "AT+CHUP\r", LINE("VOICE CALL: END: 000005") LINE("VOICE CALL: END: 000000") RIG_OK);
	/* Connected with each other: both leave. */
	rig_row(r, "ATD7;\r", RIG_OK BEGIN);
	rig_row(r, "ATD71;\r", RIG_OK BEGIN);
	rig_row(r, "AT+CHLD=4\r", LINE("VOICE CALL: END: 000005") LINE("VOICE CALL: END: 000000") RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(test_waiting)
{
	struct rig *r = rig_voice(B04, NULL);
	const char *to = NULL;

	rig_row(r, "AT+CCWA=1;+CSSN=0,1\r", RIG_OK);
	rig_row(r, "ATD7;\r", RIG_OK BEGIN);
	from(r, "5");
	rig_more(r, LINE("+CCWA: \"5\",128,1"));
	rig_row(r, "AT+CHLD=0\r", RIG_OK); /* busy to the second one */
	ck_assert_int_eq(voice_remote_holds(voice_call(r->modem->voice, 1), true), 0);
	rig_more(r, LINE("+CSSU: 2"));
	ck_assert_int_eq(voice_remote_holds(voice_call(r->modem->voice, 1), false), 0);
	rig_more(r, LINE("+CSSU: 3"));
	/* Switched off in the network: the second one is busy, or goes where AT+CCFC says. */
	rig_row(r, "AT+CCWA=1,0\r", RIG_OK);
	ck_assert_int_eq(voice_incoming(r->modem->voice, "5", 1000000, &to), -EBUSY);
	ck_assert_ptr_null(to);
	rig_row(r, "AT+CCFC=1,3,\"99\"\r", RIG_OK);
	ck_assert_int_eq(voice_incoming(r->modem->voice, "5", 1000000, &to), -EBUSY);
	ck_assert_str_eq(to, "99");
	rig_free(r);
}
END_TEST

START_TEST(test_forward)
{
	struct rig *r = rig_voice(B04, NULL);
	const char *to = NULL;

	rig_row(r, "AT+CCFC=2,3,\"99\",129,1,,,10\r", RIG_OK);
	from(r, "5");
	rig_more(r, LINE("RING"));
	rig_after(r, 5000, LINE("RING"));
	rig_after(r, 10000, LINE("MISSED_CALL: 12:00AM 5"));
	rig_row(r, "AT+CCFC=3,3,\"98\"\r", RIG_OK);
	net_drop(r->modem->net);
	ck_assert_int_eq(voice_incoming(r->modem->voice, "5", 1000000, &to), -ENETDOWN);
	ck_assert_str_eq(to, "98");
	rig_row(r, "AT+CCFC=3,2\r", CME("no network service"));
	net_up(r->modem->net);
	pass(r, 10000);
	rig_row(r, "AT+CCFC=0,3,\"97\"\r", RIG_OK);
	ck_assert_int_eq(voice_incoming(r->modem->voice, "5", 1000000, &to), -EBUSY);
	ck_assert_str_eq(to, "97");
	rig_free(r);
}
END_TEST

START_TEST(test_network)
{
	static const char *const error[] = { "voice_no_network=error", NULL };
	static const char *const cme[] = { "voice_no_network=cme", NULL };
	struct rig *r = rig_voice(B04, NULL);

	rig_row(r, "ATD7;\r", RIG_OK BEGIN);
	net_drop(r->modem->net);
	rig_more(r, LINE("VOICE CALL: END: 000000"));
	rig_why(r, "the network was lost while call 1 was active");
	rig_row(r, "ATD7;\r", LINE("NO CARRIER"));
	rig_why(r, "not registered for calls");
	rig_row(r, "AT+CEER\r", LINE("+CEER: No service available") RIG_OK);
	net_up(r->modem->net);
	pass(r, 10000);
	rig_row(r, "ATD3;\r", RIG_OK);
	rig_row(r, "AT+CFUN=4\r", LINE("NO CARRIER") RIG_OK);
	rig_row(r, "AT+CFUN=1\r", RIG_OK);
	pass(r, 10000);
	from(r, "5");
	rig_more(r, LINE("RING"));
	ck_assert_int_eq(sim_set_state(r->modem->sim, "absent"), 0);
	ck_assert(strstr(buf_str(&r->out), "MISSED_CALL: ") != NULL);
	buf_reset(&r->out);
	rig_row(r, "ATD7;\r", CME("SIM not inserted"));
	rig_row(r, "ATD112;\r", LINE("NO CARRIER")); /* it goes out, and this world has nobody there */
	rig_free(r);
	r = rig_voice(B04, error);
	net_drop(r->modem->net);
	rig_row(r, "ATD7;\r", RIG_ERROR);
	rig_free(r);
	r = rig_voice(B04, cme);
	net_drop(r->modem->net);
	rig_row(r, "ATD7;\r", CME("no network service"));
	rig_why(r, "voice_no_network");
	rig_free(r);
}
END_TEST

/* What an A7680C and its kin say. */
START_TEST(test_a76xx)
{
	struct rig *r = rig_voice("a7670/B03", NULL);

	rig_row(r, "ATD7;\r",
		LINE("+CLCC: 1,0,2,0,0,\"7\",129,\"\"") RIG_OK LINE("+CLCC: 1,0,3,0,0,\"7\",129,\"\"")
			BEGIN LINE("+CLCC: 1,0,0,0,0,\"7\",129,\"\"") LINE("+COLP: \"7\",129"));
	pass(r, 4000);
	voice_remote_hangs_up(voice_call(r->modem->voice, 1));
	rig_more(r, LINE("+CLCC: 1,0,6,0,0,\"7\",129,\"\"") LINE("VOICE CALL: END: 000004") LINE("NO CARRIER"));
	rig_row(r, "ATD4;\r",
		LINE("+CLCC: 1,0,2,0,0,\"4\",129,\"\"") RIG_OK LINE("+CLCC: 1,0,3,0,0,\"4\",129,\"\"")
			LINE("+CLCC: 1,0,6,0,0,\"4\",129,\"\"") LINE("NO CARRIER") LINE("VOICE CALL: END"));
	rig_row(r, "ATD7;\r", LINE("+CLCC: 1,0,2,0,0,\"7\",129,\"\"") RIG_OK);
	rig_row(r, "ATH\r", LINE("+CLCC: 1,0,6,0,0,\"7\",129,\"\"") LINE("VOICE CALL: END") RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(test_notices)
{
	struct rig *r = rig_voice(B04, NULL);

	rig_row(r, "ATD8;\r", RIG_OK BEGIN);
	rig_row(r, "AT+CHUP;+CSSN=1\r", LINE("VOICE CALL: END: 000000") RIG_OK);
	rig_row(r, "ATD8;\r", RIG_OK LINE("+CSSI: 2") BEGIN);
	rig_free(r);
}
END_TEST

START_TEST(test_no_voice)
{
	static const char *const quirks[] = { "voice_calls=false", NULL };
	struct rig *r = rig_voice(B04, quirks);
	const char *to;

	rig_row(r, "ATD7;\r", RIG_ERROR);
	rig_why(r, "this module has no voice");
	ck_assert_int_eq(voice_incoming(r->modem->voice, "1", 1000000, &to), -ENETDOWN);
	rig_free(r);
}
END_TEST

/* RI is held while it rings. */
START_TEST(test_ring_pin)
{
	struct rig *r = rig_voice(B04, NULL);

	from(r, "1");
	ck_assert(r->modem->pins->ri);
	pass(r, 20000);
	ck_assert(r->modem->pins->ri);
	ck_assert_uint_eq(r->modem->pins->ri_count, 1);
	buf_reset(&r->out);
	rig_row(r, "ATA\r", BEGIN RIG_OK);
	ck_assert(!r->modem->pins->ri);
	from(r, "2"); /* waits */
	ck_assert(!r->modem->pins->ri);
	rig_free(r);
}
END_TEST

/* A reset in the middle of everything: nothing is armed, nobody hears of it. */
START_TEST(test_reset)
{
	struct rig *r = rig_voice(B04, NULL);

	rig_row(r, "ATD7;\r", RIG_OK BEGIN);
	from(r, "5");
	rig_row(r, "ATD71;\r", CME("operation not allowed"));
	modem_power_off(r->modem);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	ck_assert_ptr_null(voice_find(r->modem->voice, VOICE_ANY));
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "ATD6;\r", "");
	modem_power_off(r->modem);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_forms);
	tcase_add_test(tc, test_answered);
	tcase_add_test(tc, test_ends);
	tcase_add_test(tc, test_numbers);
	tcase_add_test(tc, test_hang_up);
	tcase_add_test(tc, test_abort);
	tcase_add_test(tc, test_incoming);
	tcase_add_test(tc, test_missed);
	tcase_add_test(tc, test_auto_answer);
	tcase_add_test(tc, test_list);
	tcase_add_test(tc, test_several);
	tcase_add_test(tc, test_waiting);
	tcase_add_test(tc, test_forward);
	tcase_add_test(tc, test_network);
	tcase_add_test(tc, test_a76xx);
	tcase_add_test(tc, test_notices);
	tcase_add_test(tc, test_no_voice);
	tcase_add_test(tc, test_ring_pin);
	tcase_add_test(tc, test_reset);
}

int main(void)
{
	return rig_main("voice", add);
}
