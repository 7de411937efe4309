/* What leads to +CME ERROR, to +CUSD, and to the results of calls, which are words and no numbers. */
#include "app/explain_family.h"

#include <string.h>

#include "at/at.h"

/* --- +CME ERROR -------------------------------------------------------------------------------------------------- */

static const struct explain_cause cme_causes[] = {
	{ 3, "state", EXPLAIN_NO_QUIRK, NULL,
	  "not now: a call or a USSD session is in the way, there is no call to do that with, or the list is the "
	  "modem's own",
	  "AT+CLCC, AT+CUSD=2, AT+CPBS?" },
	{ 10, "sim", EXPLAIN_NO_QUIRK, NULL, "there is no SIM, or AT+CFUN=0 has switched it off", "AT+CPIN?" },
	{ 11, "sim", EXPLAIN_NO_QUIRK, NULL, "the SIM waits for its PIN", "AT+CPIN=\"<pin>\"" },
	{ 12, "sim", EXPLAIN_NO_QUIRK, NULL, "the PIN is blocked", "AT+CPIN=\"<puk>\",\"<new pin>\"" },
	{ 13, "sim", EXPLAIN_NO_QUIRK, NULL, "the SIM does not work", "another SIM" },
	{ 14, "sim", EXPLAIN_NO_QUIRK, NULL, "the SIM, or the phone book on it, is still being read",
	  "wait for +CPIN: READY, for the phone book for PB DONE" },
	{ 16, "sim", EXPLAIN_NO_QUIRK, NULL, "a wrong PIN or PUK", "AT+SPIC tells how many tries are left" },
	{ 17, "sim", EXPLAIN_NO_QUIRK, NULL, "FD can be written with PIN2 only, and the card here has none",
	  "AT+CPBS=\"SM\"" },
	{ 20, "full", QUIRK_ID_pb_sm_slots, NULL, "no free place in the phone book memory",
	  "AT+CPBW=<index> empties one" },
	{ 21, "state", EXPLAIN_NO_QUIRK, NULL, "the memory has no such place; they count from 1", "AT+CPBR=?" },
	{ 22, "state", QUIRK_ID_pb_find_none, "not_found", "AT+CPBF found nobody, ATD> or ATDL nothing to dial",
	  "AT+CPBR=1,<last> lists who is there" },
	{ 22, "state", QUIRK_ID_pb_read_empty, "not_found", "AT+CPBR of places without an entry",
	  "AT+CPBS? counts them" },
	{ 23, "disk", EXPLAIN_NO_QUIRK, NULL, "the directory of --state does not take the entry", "look at the disk" },
	{ 24, "text", QUIRK_ID_pb_text_max, NULL, "a name of more characters than an entry has", "AT+CPBR=?" },
	{ 25, "text", EXPLAIN_NO_QUIRK, NULL, "AT+CSCS=\"UCS2\" wants hex, four digits a character",
	  "AT+CSCS=\"IRA\"" },
	{ 26, "text", QUIRK_ID_pb_number_max, NULL, "a number of more digits than an entry or a call takes",
	  "AT+CPBR=?" },
	{ 27, "text", EXPLAIN_NO_QUIRK, NULL, "something else than digits, * and # with a + in front",
	  "ATD<number>; without quotes" },
	{ 30, "net", EXPLAIN_NO_QUIRK, NULL, "not registered",
	  "wait for AT+CREG? (calls, USSD) or AT+CGREG? (data) 1 or 5" },
};

const struct explain_family explain_cme = {
	.word = "cme",
	.title = "+CME ERROR",
	.text = at_cme_text,
	.cause = cme_causes,
	.n = sizeof(cme_causes) / sizeof(cme_causes[0]),
};

/* --- +CUSD ------------------------------------------------------------------------------------------------------- */

/* <m> of 27.007 7.15 */
static const char *ussd_text(int m)
{
	static const char *const texts[] = {
		"no further action needed",    "the network waits for an answer", "terminated by the network",
		"another client has answered", "operation not supported",	  "network time out",
	};

	return m >= 0 && (size_t)m < sizeof(texts) / sizeof(texts[0]) ? texts[m] : NULL;
}

static const struct explain_cause ussd_causes[] = {
	{ 2, "world", EXPLAIN_NO_QUIRK, NULL, "the world file has the network end the session there (result: ended)",
	  "begin again with the code" },
	{ 4, "world", EXPLAIN_NO_QUIRK, NULL, "no world file knows this code, or it says result: unsupported",
	  "an entry under ussd: (sim7600-world(5))" },
	{ 5, "world", EXPLAIN_NO_QUIRK, NULL, "the world file says result: timeout", "an entry with a text" },
	{ 5, "net", EXPLAIN_NO_QUIRK, NULL, "the network was lost in the middle of the session",
	  "wait for AT+CREG? 1 or 5" },
};

const struct explain_family explain_ussd = {
	.word = "cusd",
	.title = "+CUSD",
	.text = ussd_text,
	.cause = ussd_causes,
	.n = sizeof(ussd_causes) / sizeof(ussd_causes[0]),
};

/* --- calls ------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *words, *when, *way_out;
} results[] = {
	{ "BUSY", "the number called is busy: result: busy in a world file, or call busy on the control socket",
	  "AT+CEER tells the last cause" },
	{ "NO ANSWER", "it rang over there, and nobody came (result: no_answer)", "AT+CEER tells the last cause" },
	{ "NO CARRIER",
	  "a call that came to nothing: not registered (AT+CREG?), rejected, nobody has the number, no channel, given "
	  "up by a "
	  "byte during ATD; ATA or ATO without a call",
	  "AT+CEER tells the last cause" },
	{ "MISSED_CALL", "the caller gave up before ATA", "AT+CPBS=\"MC\" has who it was" },
	{ "VOICE CALL: END", "a call is over; behind it how long it was, hhmmss", "AT+CEER tells who ended it" },
};

bool explain_call_words(const char *text, struct buf *out)
{
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		if (!strstr(text, results[i].words))
			continue;
		buf_addf(out, "%s: %s\n      way out: %s\n", results[i].words, results[i].when, results[i].way_out);
		return true;
	}
	return false;
}
