/* Messages. The memories are put back where a reset has them; nothing is written, sent or deleted. */
#include "harness/probe/rows.h"

#define SIZE "^< \\+CPMS: \\d+,(\\d+),"
#define BACK "-AT+CPMS=\"SM\"\n"

const struct experiment probe_sms[] = {
	{ PROBE_WRITE, .ask = "AT+CPMS=\"SM\"", .cleanup = BACK, .read = { { "sms_sm_slots", SIZE, "$1" } } },
	{ PROBE_WRITE, .ask = "AT+CPMS=\"ME\"", .cleanup = BACK, .read = { { "sms_me_slots", SIZE, "$1" } } },
	{ PROBE_WRITE, .ask = "AT+CPMS=\"SR\"", .cleanup = BACK, .read = { { "sms_sr_slots", SIZE, "$1" } } },
	{ .ask = NULL },
};
