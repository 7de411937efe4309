/* Who the modem is. Read-only. */
#include "harness/probe/rows.h"

#define ANSWER "^< (?!OK$|ERROR$|\\+CME)"

const struct experiment probe_identity[] = {
	{ .ask = "AT+CGMI", .read = { { "manufacturer", ANSWER "(?:\\+CGMI: )?(.*)$", "$1" } } },
	{ .ask = "AT+CGMM", .read = { { "model", ANSWER "(?:\\+CGMM: )?(.*)$", "$1" } } },
	{ .ask = "AT+CGMR",
	  .read = { { "revision", "^< \\+CGMR: (.*)$", "$1" },
		    { "revision", ANSWER "(.*)$", "$1" },
		    { "cgmr_prefix", "^< \\+CGMR: ", "true" },
		    { "cgmr_prefix", ANSWER, "false" } } },
	/* ATI of a build that has no name of its own there repeats the revision. */
	{ .ask = "ATI\nAT+CGMR",
	  .read = { { "ati_revision", "^< Revision: (.*)$(?s:.*)^< (?:\\+CGMR: )?\\1$", "" },
		    { "ati_revision", "^< Revision: (.*)$", "$1" },
		    { "svn", "^< SVN: ?(.*)$", "$1" },
		    { "svn", WITHOUT("^< SVN:"), "" } } },
	{ .ask = "AT+GCAP", .read = { { "gcap", "^< \\+GCAP: ?(.*)$", "$1" } } },
	{ .ask = "AT+SIMCOMATI",
	  .read = { { "build", "^< Revision: .*\n< (?!QCN|SVN|IMEI|MEID|\\+GCAP|DeviceInfo|OK$)(.*)$", "$1" },
		    { "build", "^< Revision:", "" },
		    { "qcn", "^< QCN:", "true" },
		    { "qcn", WITHOUT("^< QCN:"), "false" },
		    { "short_ati", "^< IMEI: .*\n< OK$", "true" },
		    { "short_ati", "^< IMEI:", "false" },
		    { "meid", "^< MEID:", "true" },
		    { "meid", WITHOUT("^< MEID:"), "false" },
		    { "device_info", "^< DeviceInfo: ?(.*)$", "$1" } } },
	{ .ask = "AT+CSUB",
	  .read = { { "csub", "^< \\+CSUB: (.*)\n< \\+CSUB: (.*)\n< \\+CSUB: (.*)\n< OK$", "$1\n$2\n$3" },
		    { "csub", "^< \\+CSUB: (.*)\n< \\+CSUB: (.*)\n< OK$", "$1\n$2" },
		    { "csub", "^< \\+CSUB: (.*)\n< OK$", "$1" },
		    { "csub", "^< (ERROR|\\+CME)", "" } } },
	{ .ask = "AT+CGSN", .read = { { "imei", "^< (?:\\+CGSN: )?(\\d{14,17})$", "$1" } } },
	{ .ask = "AT+CIMI", .read = { { "imsi", "^< (?:\\+CIMI: )?(\\d{6,15})$", "$1" } } },
	{ .ask = "AT+CICCID", .read = { { "iccid", "^< \\+ICCID: ?([0-9A-Fa-f]+)$", "$1" } } },
	{ .ask = "AT+CNUM",
	  .read = { { "msisdn", "^< \\+CNUM: [^,\n]*,\"([^\"\n]*)\"", "$1" },
		    { "msisdn", WITHOUT("^< \\+CNUM:"), "" } } },
	{ .ask = NULL },
};
