/* The phone book, and what voice calls begin with. The memory is put back where a reset has it; nothing is written and
 * nobody is called. */
#include "harness/probe/rows.h"

#define SIZE(memory) "^< \\+CPBS: \"" memory "\",\\d+,(\\d+)$"
#define BACK "-AT+CPBS=\"SM\"\n"

const struct experiment probe_phone[] = {
	{ PROBE_WRITE, .setup = "AT+CPBS=\"SM\"", .ask = "AT+CPBS?\nAT+CPBR=?",
	  .read = { { "pb_sm_slots", SIZE("SM"), "$1" },
		    { "pb_number_max", "^< \\+CPBR: \\(\\d+-\\d+\\),(\\d+),\\d+$", "$1" },
		    { "pb_text_max", "^< \\+CPBR: \\(\\d+-\\d+\\),\\d+,(\\d+)$", "$1" } } },
	{ PROBE_WRITE, .setup = "AT+CPBS=\"ME\"", .ask = "AT+CPBS?", .cleanup = BACK,
	  .read = { { "pb_me_slots", SIZE("ME"), "$1" } } },
	{ PROBE_WRITE, .setup = "AT+CPBS=\"FD\"", .ask = "AT+CPBS?", .cleanup = BACK,
	  .read = { { "pb_fd_slots", SIZE("FD"), "$1" } } },
	{ PROBE_WRITE, .setup = "AT+CPBS=\"ON\"", .ask = "AT+CPBS?", .cleanup = BACK,
	  .read = { { "pb_on_slots", SIZE("ON"), "$1" } } },
	{ PROBE_WRITE, .setup = "AT+CPBS=\"DC\"", .ask = "AT+CPBS?", .cleanup = BACK,
	  .read = { { "pb_call_slots", SIZE("DC"), "$1" } } },
	/* The last place is the one most likely to be empty. */
	{ PROBE_WRITE, .setup = "AT+CPBS=\"SM\"", .ask = "AT+CPBR={=pb_sm_slots}",
	  .read = { { "pb_read_empty", "^< \\+CME ERROR: 22$", "not_found" },
		    { "pb_read_empty", WITHOUT("^< \\+CPBR: "), "ok" } } },
	{ PROBE_WRITE, .setup = "AT+CPBS=\"SM\"", .ask = "AT+CPBF=\"zzzzzz\"",
	  .read = { { "pb_find_none", "^< \\+CME ERROR: 22$", "not_found" },
		    { "pb_find_none", WITHOUT("^< \\+CPBF: "), "ok" } } },
	/* These stand where a boot has put them only if nobody has set them: read first, changed by nothing here. */
	{ .ask = "AT+CVHU?", .read = { { "voice_cvhu_default", "^< \\+CVHU: ([01])$", "$1" } } },
	{ .ask = "AT+CLCC?",
	  .read = { { "voice_list_default", "^< \\+CLCC: 1$", "true" },
		    { "voice_list_default", "^< \\+CLCC: 0$", "false" } } },
	{ .ask = "AT+COLP?",
	  .read = { { "voice_colp_default", "^< \\+COLP: 1,", "true" },
		    { "voice_colp_default", "^< \\+COLP: 0,", "false" } } },
	{ .ask = NULL },
};
