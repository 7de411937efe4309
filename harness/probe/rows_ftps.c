/* AT+CFTPS*: orders, times and blocks. What TLS does to it is rows_tls.c's. */
#include "harness/probe/rows.h"

#define NET (PROBE_WRITE | PROBE_NETWORK)

#define START "AT+CFTPSSTART ~^\\+CFTPSSTART: @130s\n"
#define STOP "-AT+CFTPSSTOP ~^\\+CFTPSSTOP: @150s\n"
#define LOGIN "AT+CFTPSLOGIN=\"{ftp.host}\",{ftp.port},\"hil\",\"probe\",0 ~^\\+CFTPSLOGIN: 0 @150s\n"
#define LOGOUT "-AT+CFTPSLOGOUT ~^\\+CFTPSLOGOUT: @150s\n"

const struct experiment probe_ftps[] = {
	{ PROBE_WRITE, .ask = "AT+NETOPEN?\nAT+CFTPSPWD\n" START STOP, .cleanup = STOP,
	  .read = { { "cftps_state_code", "^> AT\\+CFTPSPWD\n< \\+CFTPSPWD: (\\d+)\n< ERROR$", "$1" },
		    { "cftps_state_code", "^> AT\\+CFTPSPWD\n< ERROR$", "0" },
		    { "cftps_start_cold_ms",
		      TIME("\\A> AT\\+NETOPEN\\?\n< \\+NETOPEN: 0(?s:.*?)^< (\\+CFTPSSTART: 0)$"),
		      .from = "^> AT\\+CFTPSSTART" },
		    { "cftps_stop_order", "^> AT\\+CFTPSSTOP\n< OK\n< \\+CFTPSSTOP: 0$", "ok_first" },
		    { "cftps_stop_order", "^> AT\\+CFTPSSTOP\n< \\+CFTPSSTOP: 0\n< OK$", "urc_first" },
		    { "cftps_stop_ms", TIME("^< (\\+CFTPSSTOP: 0)$"), .from = "^> AT\\+CFTPSSTOP" } } },
	{ NET, .setup = "AT+NETOPEN ~^\\+NETOPEN: 0 @130s", .ask = START,
	  .cleanup = STOP "AT+NETCLOSE ~^\\+NETCLOSE: @150s",
	  .read = { { "cftps_start_ms", TIME("^< (\\+CFTPSSTART: 0)$") } } },
	{ NET, .setup = START LOGIN,
	  .ask = "AT+CFTPSPWD ~^\\+CFTPSPWD: @60s\nAT+CFTPSGET=\"hilprobe.bin\" ~^\\+CFTPSGET: 0$ @150s\n" LOGOUT,
	  .cleanup = LOGOUT STOP,
	  .read = { { "cftps_pwd_order", "^> AT\\+CFTPSPWD\n< OK\n< \\+CFTPSPWD: \"", "ok_first" },
		    { "cftps_pwd_order", "^> AT\\+CFTPSPWD\n< \\+CFTPSPWD: \"[^\n]*\n< OK$", "urc_first" },
		    { "cftps_chunk", "\\+CFTPSGET: DATA,(\\d+)$(?s:.*)\\+CFTPSGET: DATA,", "$1" },
		    { "cftps_logout_order", "^> AT\\+CFTPSLOGOUT\n< OK\n< \\+CFTPSLOGOUT: 0$", "ok_first" },
		    { "cftps_logout_order", "^> AT\\+CFTPSLOGOUT\n< \\+CFTPSLOGOUT: 0\n< OK$", "urc_first" } } },
	{ .ask = NULL },
};
