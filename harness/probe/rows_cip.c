/* AT+CIP*: codes, orders and times of sockets, and how received data is told. */
#include "harness/probe/rows.h"

#define NET (PROBE_WRITE | PROBE_NETWORK)

#define UP "AT+NETOPEN ~^\\+NETOPEN: 0 @130s\n"
#define DOWN "-AT+NETCLOSE ~^\\+NETCLOSE: @150s\n"
#define OPEN(peer) "AT+CIPOPEN=0,\"TCP\",\"{" peer ".host}\",{" peer ".port} ~^\\+CIPOPEN: 0, @150s\n"
#define CLOSE "-AT+CIPCLOSE=0 ~^\\+CIPCLOSE: 0, @70s\n"
#define SEND "AT+CIPSEND=0,8\n<hilprobe ~^\\+CIPSEND: 0, @130s\n"
#define UDP_OPEN "AT+CIPOPEN=1,\"UDP\",,,5005 ~^\\+CIPOPEN: 1, @60s\n"
#define UDP_CLOSE "-AT+CIPCLOSE=1 ~^\\+CIPCLOSE: 1, @60s\n"
/* Received data by itself, or when it is asked for. */
#define PUSH "?+CIPRXGET\nAT+CIPRXGET=0\n"
#define MANUAL "?+CIPRXGET\nAT+CIPRXGET=1\n"

const struct experiment probe_cip[] = {
	{ PROBE_WRITE, .setup = "?+CIPCCFG\nAT+CIPCCFG=,,,0", .ask = "AT+CIPRXGET=2,9,10",
	  .read = { { "ip_no_data_number", "^< \\+IP ERROR: (\\d+)$", "$1" } } },
	{ PROBE_WRITE, .ask = "AT+NETOPEN?\nAT+CIPSEND=0,1",
	  .read = { { "cipsend_no_network_code", "\\A> AT\\+NETOPEN\\?\n< \\+NETOPEN: 0(?s:.*)^< \\+CIPERROR: (\\d+)$",
		      "$1" } } },
	{ NET, .setup = UP, .ask = "AT+CIPMODE=1\nAT+CIPCLOSE=9", .cleanup = "AT+CIPMODE=0\n" DOWN,
	  .read = { { "cipmode_net_open", "^> AT\\+CIPMODE=1\n< OK$", "true" },
		    { "cipmode_net_open", "^> AT\\+CIPMODE=1\n< ERROR$", "false" },
		    { "cip_closed_code", "^< \\+CIPCLOSE: 9,(\\d+)\n< ERROR$", "$1" } } },
	{ NET, .setup = UP, .ask = OPEN("refused"), .cleanup = CLOSE DOWN,
	  .read = { { "cipopen_fail", "^< OK\n< \\+CIPOPEN: 0,[1-9]\\d*$", "ok_urc" },
		    { "cipopen_fail", "^< \\+CIPOPEN: 0,[1-9]\\d*\n< ERROR$", "urc_error" },
		    { "cipopen_refused_code", "^< \\+CIPOPEN: 0,([1-9]\\d*)$", "$1" } } },
	/* A link that answers what it is sent. */
	{ NET, .setup = PUSH UP OPEN("tcp"),
	  .ask = "AT+CIPOPEN=0,\"TCP\",\"{tcp.host}\",{tcp.port}\n. @300ms\n" SEND ". @1s\n" CLOSE,
	  .cleanup = CLOSE DOWN,
	  .read = { { "cipopen_open_code", "^> AT\\+CIPOPEN[^\n]*\n< \\+CIPOPEN: 0,(\\d+)\n< ERROR$", "$1" },
		    { "cipsend_ms", TIME("^< (\\+CIPSEND: 0,)"), .from = "^> \\(data\\)$" },
		    { "cip_recv_from", "^< RECV FROM:", "bare" },
		    { "cip_recv_from", "^< \\+RECV FROM:", "plus" },
		    { "cipclose_ms", TIME("^< (\\+CIPCLOSE: 0,0)$"), .from = "^> AT\\+CIPCLOSE" } } },
	{ NET, .only = "echo_data=true", .setup = UP OPEN("tcp") "ATE1\nAT+CIPSEND=0,8",
	  .ask = "<hilprobe ~^\\+CIPSEND: 0, @130s", .cleanup = "ATE0\n. @500ms\n" CLOSE DOWN,
	  .read = { { "cipsend_echo", "\\Ahilprobe", "true", .raw = true },
		    { "cipsend_echo", "\\A\\\\r\\\\nOK", "false", .raw = true } } },
	{ NET, .setup = MANUAL UP OPEN("tcp"), .ask = SEND ". @500ms\n" SEND ". @500ms", .cleanup = CLOSE DOWN,
	  .read = { { "ciprxget_urc", "^< \\+CIPRXGET: 1,0$(?s:.*)^< \\+CIPRXGET: 1,0$", "each" },
		    { "ciprxget_urc", "^< \\+CIPRXGET: 1,0$", "once" } } },
	/* More than is kept. */
	{ NET, .setup = MANUAL UP OPEN("chargen") ". @20s", .ask = "AT+CIPRXGET=4,0", .cleanup = CLOSE DOWN,
	  .read = { { "cip_rx_buffer_bytes", "^< \\+CIPRXGET: 4,0,(\\d+)$", "$1", .within = 1500 } } },
	/* A page is kept, and then let out at once. */
	{ NET,
	  .setup = "?+CIPHEAD\nAT+CIPHEAD=1\n" MANUAL UP OPEN(
		  "http") "AT+CIPSEND=0,23\n<GET /small HTTP/1.0\\r\\n\\r\\n ~^\\+CIPSEND: 0, @130s\n. @3s",
	  .ask = "AT+CIPRXGET=0\n. @3s", .cleanup = CLOSE DOWN,
	  .read = { { "cip_push_max_bytes", "\\+IPD(\\d+)$(?s:.*)\\+IPD\\1$", "$1" } } },
	/* UDP, while data comes by itself and while it is asked for. */
	{ NET, .setup = PUSH UP, .ask = UDP_OPEN UDP_CLOSE "AT+CIPRXGET=1\n" UDP_OPEN UDP_CLOSE,
	  .cleanup = UDP_CLOSE DOWN,
	  .read = { { "cipopen_udp_order", "^> AT\\+CIPOPEN[^\n]*\n< OK\n< \\+CIPOPEN: 1,0$", "ok_first" },
		    { "cipopen_udp_order", "^> AT\\+CIPOPEN[^\n]*\n< \\+CIPOPEN: 1,0\n< OK$", "line_first" },
		    { "cipclose_udp_order",
		      "^< \\+CIPCLOSE: 1,0\n< OK\n> AT\\+CIPRXGET=1(?s:.*)^< \\+CIPCLOSE: 1,0\n< OK$", "line_first" },
		    { "cipclose_udp_order",
		      "^< \\+CIPCLOSE: 1,0\n< OK\n> AT\\+CIPRXGET=1(?s:.*)^< OK\n< \\+CIPCLOSE: 1,0$",
		      "by_receive_mode" },
		    { "cipclose_udp_order", "^< OK\n< \\+CIPCLOSE: 1,0\n> AT\\+CIPRXGET=1", "ok_first" } } },
	/* The network is closed under a link. */
	{ NET, .setup = UP OPEN("tcp"), .ask = DOWN ". @500ms", .cleanup = CLOSE DOWN,
	  .read = { { "netclose_sockets", "^< \\+NETCLOSE: 9\n< ERROR$", "refuse" },
		    { "netclose_sockets", "^< \\+NETCLOSE: 0$", "close" },
		    { "netclose_lists_links", "^< \\+CIPCLOSE: 0,0$", "true" },
		    { "netclose_lists_links", "^< \\+NETCLOSE: 0$", "false" } } },
	{ .ask = NULL },
};
