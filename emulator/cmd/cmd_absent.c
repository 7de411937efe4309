/*
 * Commands of the fact sheets that no table has, each with its reason. A real module answers most of them with ERROR too;
 * which ones it would know is said. Nothing is decided here: a name without a row in a table is ERROR anyway.
 */
#include "cmd/cmd.h"

#define NOT_OF_THE_FAMILY "not a command of this family: a real module answers ERROR"
#define PROBE "a client asks whether it is there; other makers have it, this family answers ERROR"
#define VIEWED "AT&V of a live module shows its setting, its answers were never captured"
#define OLD_FTP "FTP of the 2016 manual; V3.00 has AT+CFTPS* in its place, and whether later builds still know it is not known"
#define NO_FORMS "named by the manual of 2016 alone; its forms are not known here"

const struct cmd_absent cmd_absent[] = {
	/* sent by clients that know other modules */
	{ "$TSSPCSW", PROBE, "gammu" },
	{ "%IPSYS", PROBE, "ModemManager" },
	{ "+MODE", PROBE, "gammu" },
	{ "+SYNCML", PROBE, "gammu" },
	{ "+XACT", PROBE, "ModemManager" },
	{ "+CPROT", PROBE, "gammu" },
	{ "+CMMS", VIEWED "; gammu does without", "log of a live AT&V" },
	{ "+CIND", VIEWED "; ModemManager does without", "log of a live AT&V" },
	{ "+CMER", VIEWED "; ModemManager does without", "log of a live AT&V" },
	{ "+CGPSWARM", "sent by one board's library; no manual has it", "LilyGO" },
	{ "+CIPMUX", NOT_OF_THE_FAMILY, "LwCELL; seen refused" },
	{ "+CIPSTART", NOT_OF_THE_FAMILY, "LwCELL" },
	{ "+CSTT", NOT_OF_THE_FAMILY, "LwCELL" },
	{ "+CIICR", NOT_OF_THE_FAMILY, "LwCELL" },
	{ "+CIFSR", NOT_OF_THE_FAMILY, "LwCELL" },
	{ "+CMGDA", NOT_OF_THE_FAMILY, "LwCELL" },
	{ "+CNACT", NOT_OF_THE_FAMILY, "SIM7000-LTE-Shield#133, seen refused" },
	{ "+CNTPCID", NOT_OF_THE_FAMILY, "TinyGSM, which does not mind" },
	{ "+CPISI", "a slip of the pen for +CPSI, seen refused", "LilyGo-Modem-Series#346" },
	{ "+CPOWD", NOT_OF_THE_FAMILY ", AT+CPOF switches it off", "M3" },
	{ "+CPWROFF", NOT_OF_THE_FAMILY ", AT+CPOF switches it off", "M3" },
	{ "+CPSMS", VIEWED "; no manual has it", "log of a live AT&V" },
	{ "+CCID", "undocumented; AT+CICCID and AT+ICCID are there", "guess" },
	/* of the manual of 2016 */
	{ "+CFTPPORT", OLD_FTP, "M1 15.3" },
	{ "+CFTPMODE", OLD_FTP, "M1 15.3" },
	{ "+CFTPTYPE", OLD_FTP, "M1 15.3" },
	{ "+CFTPSERV", OLD_FTP, "M1 15.3" },
	{ "+CFTPUN", OLD_FTP, "M1 15.3" },
	{ "+CFTPPW", OLD_FTP, "M1 15.3" },
	{ "+CFTPGETFILE", OLD_FTP, "M1 15.3" },
	{ "+CFTPGET", OLD_FTP, "M1 15.3" },
	{ "+CFTPPUT", OLD_FTP, "M1 15.3" },
	{ "+CFTPLIST", OLD_FTP, "M1 15.3" },
	{ "+CFTPMKD", OLD_FTP, "M1 15.3" },
	{ "+CFTPRMD", OLD_FTP, "M1 15.3" },
	{ "+CFTPDELE", OLD_FTP, "M1 15.3" },
	{ "+CHTTPACT", "raw HTTP of the 2016 manual; V3.00 has AT+HTTPINIT and its like in its place", "M1 15.4" },
	{ "+CIPFILTERSET", NO_FORMS, "M1 15" },
	{ "+CTCPFIN", NO_FORMS, "M1 15" },
	{ "+CTCPINICMPALLOW", NO_FORMS, "M1 15" },
	{ "+CTCPTEUTP", NO_FORMS, "M1 15" },
	{ "+CTCPUPURE", NO_FORMS, "M1 15" },
	{ 0 },
};
