/* Registration, the data network, names, time and echo requests. */
#include "harness/probe/rows.h"

#define NET (PROBE_WRITE | PROBE_NETWORK)

/* The radio off, and on again when the experiment is over. */
#define WATCH "?+CFUN 1\n?+CGREG 1\nAT+CGREG=1\n"
#define AIR_OFF WATCH "AT+CFUN=4\n. @1s\n"
#define AIR_ON "AT+CFUN=1 ~^\\+CGREG: [15] @11m\n"

#define NETOPEN "AT+NETOPEN ~^\\+NETOPEN: @130s\n"
#define NETCLOSE "-AT+NETCLOSE ~^\\+NETCLOSE: @150s\n"

const struct experiment probe_net[] = {
	/* Registration */
	{ PROBE_WRITE, .setup = "?+CREG 1\nAT+CREG=2", .ask = "AT+CREG?",
	  .read = { { "creg_quoted", "^< \\+CREG: 2,\\d,\"", "true" },
		    { "creg_quoted", "^< \\+CREG: 2,\\d,[0-9A-F]", "false" } } },
	{ PROBE_WRITE, .setup = "?+CEREG 1", .ask = "AT+CEREG=2\nAT+CEREG?\nAT+CEREG=1\nAT+CEREG?",
	  .read = { { "cereg_query_unknown", "^< \\+CEREG: 2,[15],(?s:.*)^< \\+CEREG: 1,4$", "true" },
		    { "cereg_query_unknown", "^< \\+CEREG: 2,[15],(?s:.*)^< \\+CEREG: 1,[15]$", "false" } } },
	{ PROBE_WRITE, .setup = AIR_OFF, .ask = "AT+COPS?", .cleanup = AIR_ON,
	  .read = { { "cops_no_service_error", "^< \\+CME ERROR: ", "true" },
		    { "cops_no_service_error", "^< \\+COPS: \\d$", "false" } } },
	{ PROBE_WRITE, .setup = AIR_OFF, .ask = "AT+CPSI?", .cleanup = AIR_ON,
	  .read = { { "cpsi_space", "^< \\+CPSI: NO SERVICE, ", "true" }, { "cpsi_space", "^< \\+CPSI: NO SERVICE,\\w", "false" } } },
	{ .ask = "AT+CPSI?",
	  .read = { { "cpsi_scale", "^< \\+CPSI: LTE,(?:[^,\n]*,){9}-\\d", "tenths" },
		    { "cpsi_scale", "^< \\+CPSI: LTE,(?:[^,\n]*,){9}\\d", "index" } } },
	{ PROBE_WRITE, .setup = AIR_OFF, .ask = AIR_ON, .read = { { "net_search_ms", TIME("^< (\\+CGREG: [15])") } } },
	{ PROBE_WRITE, .setup = WATCH "AT+CFUN=0\n. @1s", .ask = "AT+CPIN?", .cleanup = AIR_ON,
	  .read = { { "sim_off_code", "^< \\+CME ERROR: (\\d+)$", "$1" } } },
	{ NET, .ask = "AT+COPS=? @11m", .read = { { "cops_scan_ms", TIME("^< (\\+COPS: )") } } },
	{ NET, .ask = "!AT+COPS=?\n. @500ms\n<\\r @5s\n. @1s",
	  .read = { { "cops_abort", "^< OK$", "ok" }, { "cops_abort", "^< ERROR$", "error" } } },
	/* The data network */
	{ NET, .setup = "-AT+CGACT=1,1", .ask = NETOPEN NETCLOSE,
	  .read = { { "netopen", "^< \\+NETOPEN: 0$", "ok" },
		    { "netopen", "^< \\+NETOPEN: [1-9]", "fail_urc" },
		    { "netopen", "^> AT\\+NETOPEN\n< ERROR$", "error" },
		    { "netopen_ms", TIME("^< (\\+NETOPEN: 0)$") },
		    { "netopen_order", "^> AT\\+NETOPEN\n< OK\n< \\+NETOPEN: 0$", "ok_first" },
		    { "netopen_order", "^> AT\\+NETOPEN\n< \\+NETOPEN: 0\n< OK$", "line_first" },
		    { "netopen_fail_code", "^< \\+NETOPEN: ([1-9]\\d*)$", "$1" },
		    { "netclose_ms", TIME("^< (\\+NETCLOSE: 0)$"), .from = "^> AT\\+NETCLOSE" } } },
	{ NET, .setup = "AT+CGACT=0,1\n. @500ms", .ask = NETOPEN, .cleanup = NETCLOSE "-AT+CGACT=1,1",
	  .read = { { "netopen_cold_ms", TIME("^< (\\+NETOPEN: 0)$") } } },
	{ NET, .setup = WATCH NETOPEN, .ask = "AT+CFUN=4\n. @3s\nAT+NETOPEN?", .cleanup = AIR_ON NETCLOSE,
	  .read = { { "netopen_after_loss", "^< \\+CIPEVENT: (?s:.*)^< \\+NETOPEN: 1", "open" },
		    { "netopen_after_loss", "^< \\+CIPEVENT: (?s:.*)^< \\+NETOPEN: 0", "closed" } } },
	/* Names */
	{ NET, .ask = "AT+CDNSGIP=\"{nowhere.host}\" @5m",
	  .read = { { "dns_fail_code", "^< \\+CDNSGIP: 0,(\\d+)$", "$1" } } },
	{ NET, .setup = "?+CIPDNSSET\nAT+CIPDNSSET=0,30000,0", .ask = "AT+CDNSGIP=\"{slow-name.host}\" @5m",
	  .read = { { "dns_query_ms", TIME("^< (\\+CDNSGIP: 0,)") } } },
	/* Echo requests and network time */
	{ NET, .ask = "AT+CPING=\"{tcp.host}\",1,1,64,1000,10000,77 ~^\\+CPING: [23] @60s\n. @1s",
	  .read = { { "cping_size", "^< \\+CPING: 1,[^,\n]*,64,", "payload" },
		    { "cping_size", "^< \\+CPING: 1,[^,\n]*,\\d+,", "packet" },
		    { "cping_ttl", "^< \\+CPING: 1,.*,77$", "request" },
		    { "cping_ttl", "^< \\+CPING: 1,.*,\\d+$", "reply" } } },
	{ NET, .setup = "?+CNTP\nAT+CNTP=\"{mute.host}\",0", .ask = "AT+CNTP ~^\\+CNTP: @11m",
	  .read = { { "cntp_timeout_ms", TIME("^< (\\+CNTP: [1-9])"), .within = 8 } } },
	{ .ask = NULL },
};
