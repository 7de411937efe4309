/* AT+CCH*: orders, refusals, times, and how received data is kept and read. */
#include "harness/probe/rows.h"

#define NET (PROBE_WRITE | PROBE_NETWORK)

#define START "AT+CCHSTART ~^\\+CCHSTART: @130s\n"
#define STOP "-AT+CCHSTOP ~^\\+CCHSTOP: @150s\n"
#define OPEN(peer) "AT+CCHOPEN=0,\"{" peer ".host}\",{" peer ".port},1 ~^\\+CCHOPEN: 0, @150s\n"
#define CLOSE "-AT+CCHCLOSE=0 ~^\\+CCHCLOSE: @150s\n"
#define SEND(text, bytes) "AT+CCHSEND=0," bytes "\n<" text "\n"
/* Results of sends told; data kept until it is read; put back before the service runs again. */
#define MANUAL "?+CCHSET\nAT+CCHSET=1,1\n"
#define REPORT "?+CCHSET\nAT+CCHSET=1,0\n"

#define COLD "\\A> AT\\+NETOPEN\\?\n< \\+NETOPEN: 0[^\n]*\n< OK\n> AT\\+CCHSTART\n"
#define OPENED "(?s:.*)^> AT\\+NETOPEN\n(?:< .*\n)*?< \\+NETOPEN: 0\n(?s:.*?)^> AT\\+CCHSTART\n"
#define SOON "(?:(?!^> )(?s:.))*?"

const struct experiment probe_cch[] = {
	{ PROBE_WRITE, .ask = "AT+NETOPEN?\n" START "AT+CCHSTART\nAT+CCHSET?\n-AT+CCHSET=1\n" STOP "AT+CCHSTOP",
	  .cleanup = STOP,
	  .read = { { "cch_start_order", COLD "< \\+CCHSTART: 0\n< OK$", "urc_first" },
		    { "cch_start_cold_ms", TIME(COLD SOON "^(< \\+CCHSTART: 0)$"), .from = "^> AT\\+CCHSTART" },
		    { "cch_start_twice_code",
		      "^< \\+CCHSTART: 0$(?s:.*?)^> AT\\+CCHSTART\n< \\+CCHSTART: (\\d+)\n< ERROR$", "$1" },
		    { "cch_start_twice_code", "^< \\+CCHSTART: 0$(?s:.*?)^> AT\\+CCHSTART\n< ERROR$", "0" },
		    { "cch_set_after_start", "^< \\+CCHSTART: 0$(?s:.*?)^> AT\\+CCHSET=1\n< OK$", "true" },
		    { "cch_set_after_start", "^< \\+CCHSTART: 0$(?s:.*?)^> AT\\+CCHSET=1\n< ERROR$", "false" },
		    { "cch_stop_order", "^> AT\\+CCHSTOP\n< OK\n< \\+CCHSTOP: 0$", "ok_first" },
		    { "cch_stop_order", "^> AT\\+CCHSTOP\n< \\+CCHSTOP: 0\n< OK$", "urc_first" },
		    { "cch_stop_twice_code", "^< \\+CCHSTOP: 0$(?s:.*?)^> AT\\+CCHSTOP\n< \\+CCHSTOP: (\\d+)\n< ERROR$",
		      "$1" },
		    { "cch_stop_twice_code", "^< \\+CCHSTOP: 0$(?s:.*?)^> AT\\+CCHSTOP\n< ERROR$", "0" } } },
	{ NET, .ask = "AT+NETOPEN?\n" START STOP "AT+NETOPEN ~^\\+NETOPEN: @130s\n" START STOP,
	  .cleanup = STOP "AT+NETCLOSE ~^\\+NETCLOSE: @30s",
	  .read = { { "cch_start_order", COLD "< \\+CCHSTART: 0\n< OK$", "urc_first" },
		    { "cch_start_order", COLD "< OK\n" OPENED "< \\+CCHSTART: 0\n< OK$", "by_network" },
		    { "cch_start_order", COLD "< OK\n" OPENED "< OK\n< \\+CCHSTART: 0$", "ok_first" },
		    { "cch_start_blocked", "^< \\+CCHSTART: 0$" OPENED "(< \\+CCHSTART: [1-9]\\d*\n)?< ERROR$", "true" },
		    { "cch_start_blocked", OPENED "(< OK\n)?< \\+CCHSTART: 0$", "false" },
		    { "cch_start_ms", TIME(OPENED SOON "^(< \\+CCHSTART: 0)$"),
		      .from = "(?s:.*)^(> AT\\+CCHSTART)$" } } },
	/* SSL settings that the service forgets. */
	{ PROBE_WRITE, .setup = "AT+CSSLCFG=\"negotiatetime\",9,299", .ask = START "AT+CSSLCFG?",
	  .cleanup = STOP "AT+CSSLCFG=\"negotiatetime\",9,300",
	  .read = { { "cch_start_clears_ssl", "^< \\+CSSLCFG: 9,\\d+,\\d+,\\d+,299,", "false" },
		    { "cch_start_clears_ssl", "^< \\+CSSLCFG: 9,\\d+,\\d+,\\d+,300,", "true" } } },
	/* Which table: a name that nobody knows is 13, or in the old one 9. */
	{ NET, .setup = START, .ask = OPEN("nowhere") ". @500ms", .cleanup = CLOSE STOP,
	  .read = { { "cch_table", "^< \\+CCHOPEN: 0,13$", "v3" },
		    { "cch_table", "^< \\+CCHOPEN: 0,9$", "v1" },
		    { "cch_open_fail_close", "^< \\+CCHOPEN: 0,[1-9]\\d*$(?s:.*)^< \\+CCHCLOSE: 0,", "true" },
		    { "cch_open_fail_close", "^< \\+CCHOPEN: 0,[1-9]\\d*$", "false" } } },
	{ NET, .setup = START, .ask = OPEN("tcp") CLOSE, .cleanup = CLOSE STOP,
	  .read = { { "cch_open_order", "^> AT\\+CCHOPEN[^\n]*\n< OK\n< \\+CCHOPEN: 0,0$", "ok_first" },
		    { "cch_open_order", "^> AT\\+CCHOPEN[^\n]*\n< \\+CCHOPEN: 0,0\n< OK$", "urc_first" },
		    { "cch_close_order", "^> AT\\+CCHCLOSE[^\n]*\n< OK\n< \\+CCHCLOSE: 0,0$", "ok_first" },
		    { "cch_close_order", "^> AT\\+CCHCLOSE[^\n]*\n< \\+CCHCLOSE: 0,0\n< OK$", "urc_first" },
		    { "cch_close_ms", TIME("^< (\\+CCHCLOSE: 0,0)$"), .from = "^> AT\\+CCHCLOSE" } } },
	{ NET, .setup = START, .ask = "AT+CCHOPEN=0,\"{tcp.host}\",{tcp.port},200 ~^\\+CCHOPEN: 0, @150s",
	  .cleanup = CLOSE STOP,
	  .read = { { "cch_type_any", "^< \\+CCHOPEN: 0,0$", "true" }, { "cch_type_any", "^< ERROR$", "false" } } },
	{ NET, .setup = REPORT START OPEN("tcp"), .ask = SEND("hilprobe ~^\\+CCHSEND: 0, @150s", "8"),
	  .cleanup = CLOSE STOP,
	  .read = { { "cch_send_ms", TIME("^< (\\+CCHSEND: 0,0)$"), .from = "^> \\(data\\)$" } } },
	/* Data that is kept. The old table counts differently here. */
	{ NET, .only = "cch_table=v3", .setup = MANUAL START OPEN("tcp"), .ask = "AT+CCHRECV=0,100",
	  .cleanup = CLOSE STOP, .read = { { "cch_recv_empty_code", "^< \\+CCHRECV: 0,(\\d+)\n< ERROR$", "$1" } } },
	{ NET, .setup = MANUAL START OPEN("tcp"),
	  .ask = SEND("hilprobe ~^\\+CCHEVENT: @30s", "8") ". @1s\nAT+CCHRECV=0,3 ~^\\+CCHRECV: 0,0$ @150s\n. @1s",
	  .cleanup = CLOSE STOP,
	  .read = { { "cch_recv_ms", TIME("^< (\\+CCHRECV: DATA,0,3)$"), .from = "^> AT\\+CCHRECV=0,3$" },
		    { "cch_event_after_read", "^< \\+CCHRECV: DATA,0,3$(?s:.*)^< \\+CCHEVENT: 0,RECV EVENT$", "true" },
		    { "cch_event_after_read", "^< \\+CCHRECV: DATA,0,3$", "false" } } },
	/* More than it keeps, and all that is kept at once. */
	{ NET, .setup = MANUAL START OPEN("chargen") ". @30s",
	  .ask = "AT+CCHRECV?\nAT+CCHRECV=0 ~^\\+CCHRECV: 0,0$ @60s", .cleanup = CLOSE STOP,
	  .read = { { "cch_cache_bytes", "^< \\+CCHRECV: LEN,(\\d+),", "$1" },
		    { "cch_recv_chunk", "^< \\+CCHRECV: DATA,0,(\\d+)$(?s:.*)^.*\\+CCHRECV: DATA,0,", "$1" } } },
	/* A peer that says something and goes; one that breaks off. */
	{ NET, .setup = MANUAL START OPEN("tcp-closes") ".~^\\+CCH_PEER_CLOSED: @30s",
	  .ask = "AT+CCHRECV=0,100 ~^\\+CCHRECV: 0,0$ @150s\nAT+CCHCLOSE=0 ~^\\+CCHCLOSE: @150s", .cleanup = STOP,
	  .read = { { "cch_cache_after_close", "^< \\+CCHRECV: DATA,0,8$", "true" },
		    { "cch_cache_after_close", "^< \\+CCHRECV: 0,\\d+\n< ERROR$", "false" },
		    { "cch_close_after_peer", "^> AT\\+CCHCLOSE=0\n(< \\+CCHCLOSE: 0,0\n)?< OK$", "true" },
		    { "cch_close_after_peer", "^> AT\\+CCHCLOSE=0\n< ERROR$", "false" } } },
	{ NET, .setup = START OPEN("tcp-resets"), .ask = ".~^\\+CCH_RECV_ @30s", .cleanup = STOP,
	  .read = { { "cch_lost_urc", "^< \\+CCH_RECV_CLOSED: ", "closed" },
		    { "cch_lost_urc", "^< \\+CCH_RECV_ERROR: ", "error" } } },
	/* The network goes under the service. */
	{ NET, .setup = "?+CFUN 1\n?+CGREG 1\nAT+CGREG=1\n" START, .ask = "AT+CFUN=4\n. @3s",
	  .cleanup = "AT+CFUN=1 ~^\\+CGREG: [15] @10m\n" STOP,
	  .read = { { "cch_stop_urc", "^< \\+CCH: CCH STOP$", "true" },
		    { "cch_stop_urc", "^> AT\\+CFUN=4$", "false" } } },
	{ .ask = NULL },
};
