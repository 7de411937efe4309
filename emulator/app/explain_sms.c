/* What leads to +CMS ERROR: the device's own codes, and the causes of the network below 256. */
#include "app/explain_family.h"

#include "at/at.h"
#include "modem/sms.h"

static const struct explain_cause causes[] = {
	{ 302, "state", EXPLAIN_NO_QUIRK, NULL, "AT+CMSS names a message that was received",
	  "AT+CMGL=4 shows which were written" },
	{ 304, "pdu", EXPLAIN_NO_QUIRK, NULL,
	  "what was entered is not hex, not as long as AT+CMGS=<length> said (the centre's address does not count), or "
	  "no SMS-SUBMIT",
	  "explain on the control socket says which octets" },
	{ 305, "text", EXPLAIN_NO_QUIRK, NULL,
	  "AT+CSMP's dcs or fo wants hex, or AT+CSCS=\"UCS2\" does, and the text is none",
	  "AT+CSMP=17,167,0,0 and AT+CSCS=\"GSM\" for plain text" },
	{ 310, "sim", QUIRK_ID_sms_sim_error, "cms", "there is no SIM, or AT+CFUN=0 has switched it off", "AT+CPIN?" },
	{ 311, "sim", QUIRK_ID_sms_sim_error, "cms", "the SIM waits for its PIN", "AT+CPIN=\"<pin>\"" },
	{ 313, "sim", QUIRK_ID_sms_sim_error, "cms", "the SIM does not work", "another SIM" },
	{ 314, "sim", QUIRK_ID_sms_sim_error, "cms", "the SIM, or what is on it, is still being read",
	  "wait for SMS DONE" },
	{ 316, "sim", QUIRK_ID_sms_sim_error, "cms", "the PIN is blocked", "AT+CPIN=\"<puk>\",\"<new pin>\"" },
	{ 320, "disk", EXPLAIN_NO_QUIRK, NULL, "the directory of --state does not take the message",
	  "look at the disk" },
	{ 321, "state", EXPLAIN_NO_QUIRK, NULL, "the memory of AT+CPMS has no message there; places count from 0",
	  "AT+CMGD=? lists what is there, AT+CPMS? which memory it is" },
	{ 322, "full", QUIRK_ID_sms_sm_slots, NULL, "no free place on the SIM", "AT+CMGD=0,1 deletes what was read" },
	{ 322, "full", QUIRK_ID_sms_me_slots, NULL, "no free place in ME, when AT+CPMS names that", "AT+CMGD=0,1" },
	{ 331, "net", EXPLAIN_NO_QUIRK, NULL, "not registered with any network",
	  "wait for AT+CREG? or AT+CEREG? 1 or 5" },
	{ 332, "net", EXPLAIN_NO_QUIRK, NULL, "the network was lost while the message went out", "send it again" },
	{ 340, "state", EXPLAIN_NO_QUIRK, NULL,
	  "AT+CNMA without a message that waits for it: AT+CSMS=1 was not set, it came too late, or twice",
	  "AT+CSMS=1 and one AT+CNMA for each +CMT" },
	{ 342, "text", QUIRK_ID_sms_too_long_code, "342",
	  "more than 160 characters of the GSM alphabet; {}[]~\\|^ and the euro sign count twice",
	  "send it in parts: AT+CMGSEX, or PDU mode" },
};

static const char *text_of(int code)
{
	const char *text = at_cms_text(code);

	return text ? text : sms_cause_text(code);
}

const struct explain_family explain_sms = {
	.word = "cms",
	.title = "+CMS ERROR",
	.text = text_of,
	.cause = causes,
	.n = sizeof(causes) / sizeof(causes[0]),
};
