/* AT+HTTP*: the service, its parameters, requests, and how an answer is read. */
#include "harness/probe/rows.h"

#define NET (PROBE_WRITE | PROBE_NETWORK)

#define INIT "AT+HTTPINIT @130s\n"
#define TERM "-AT+HTTPTERM @30s\n"
#define URL(path) "AT+HTTPPARA=\"URL\",\"http://{http}" path "\"\n"
#define ACTION(method) "AT+HTTPACTION=" method " ~^\\+HTTPACTION: @260s\n"
#define READ(offset, bytes) "AT+HTTPREAD=" offset "," bytes " ~^\\+HTTPREAD: 0$ @150s\n"

/* A file for AT+HTTPPOSTFILE where place 1 may be: a request for another page than the URL names. */
#define REQUEST \
	"POST /echo HTTP/1.1\\r\\nHost: hil.example\\r\\nContent-Length: 10\\r\\nX-Hil: probe\\r\\n\\r\\n1234567890"
#define POSTED(args) "^> AT\\+HTTPPOSTFILE=\"hilprobe.txt\"," args "\n(?:< .*\n)*?< \\+HTTPPOSTFILE: "
#define IN_PLACES "-AT+FSDEL=\"C:/hilprobe.txt\"\n-AT+FSDEL=\"F:/hilprobe.txt\"\n"

#define TO_FILE(place) "AT+HTTPREADFILE=\"hil" place ".pem\"," place " ~^\\+HTTPREADFILE: @60s\n"
#define LIST(drive) "AT+FSCD=" drive "/\nAT+FSLS=2\n"
#define NO_FILES(place) \
	"-AT+FSDEL=\"C:/hil" place ".pem\"\n-AT+FSDEL=\"D:/hil" place ".pem\"\n-AT+FSDEL=\"E:/hil" place ".pem\"\n" \
	"-AT+FSDEL=\"F:/hil" place ".pem\"\n-AT+CCERTDELE=\"hil" place ".pem\"\n"
#define ON_DRIVE(drive, place) \
	{ \
		"http_places", \
			"^> AT\\+FSCD=" drive "/\n< \\+FSCD: [^\n]*\n< OK\n> AT\\+FSLS=2\n(?:< .*\n)*?< hil" place \
			"\\.pem$", \
			drive \
	}
#define PLACE(place) \
	ON_DRIVE("C:", place), ON_DRIVE("D:", place), ON_DRIVE("E:", place), ON_DRIVE("F:", place), \
	{ \
		"http_places", "^< \\+CCERTLIST: \"hil" place "\\.pem\"$", "cert" \
	}

const struct experiment probe_http[] = {
	{ PROBE_WRITE, .ask = "AT+NETOPEN?\nAT+HTTPTERM @30s\n" INIT, .cleanup = TERM,
	  .read = { { "http_term_idle", "^> AT\\+HTTPTERM\n< OK$", "ok" },
		    { "http_term_idle", "^> AT\\+HTTPTERM\n< ERROR$", "error" },
		    { "http_init_cold_ms",
		      TIME("\\A> AT\\+NETOPEN\\?\n< \\+NETOPEN: 0(?s:.*)^> AT\\+HTTPINIT\n< (OK)$"),
		      .from = "^> AT\\+HTTPINIT" } } },
	{ NET, .setup = "AT+NETOPEN ~^\\+NETOPEN: 0 @130s", .ask = INIT,
	  .cleanup = TERM "AT+NETCLOSE ~^\\+NETCLOSE: @150s", .read = { { "http_init_ms", TIME("^< (OK)$") } } },
	{ PROBE_WRITE, .setup = INIT, .ask = "AT+HTTPPARA=\"{each}\",{with}", .cleanup = TERM, .search = SEARCH_EACH,
	  .each = "URL:\"http://a.example/\" CONNECTTO:20 RECVTO:20 RESPTO:20 CONTENT:\"a/b\" ACCEPT:\"*/*\" UA:\"a\" "
		  "SSLCFG:0 "
		  "USERDATA:\"a:b\" BREAK:0 BREAKEND:0 READMODE:0",
	  .read = { { "http_para_absent", "^< ERROR$", "" }, { "http_para_absent", "^< OK$", "" } } },
	{ PROBE_WRITE, .setup = INIT, .ask = "AT+HTTPPARA=\"USERDATA\",\"{*x}\"", .cleanup = TERM,
	  .search = SEARCH_LARGEST, .read = { { "http_userdata_max", "^< OK$", "" } } },
	{ NET, .setup = INIT URL("/small") ACTION("0"), .ask = READ("0", "8") "AT+HTTPHEAD", .cleanup = TERM,
	  .read = { { "http_data_word", "^< \\+HTTPREAD: DATA,\\d+$", "true" },
		    { "http_data_word", "^< \\+HTTPREAD: [1-9]\\d*$", "false" },
		    { "http_head_order", "^> AT\\+HTTPHEAD\n< \\+HTTPHEAD: ", "data_first" },
		    { "http_head_order", "^> AT\\+HTTPHEAD\n< OK\n< \\+HTTPHEAD: ", "ok_first" } } },
	/* The server goes at once where it is told so, or when it has waited long enough. */
	{ NET, .setup = INIT URL("/"), .ask = ACTION("0") ". @3s", .cleanup = TERM,
	  .read = { { "http_keep_alive", "^< \\+HTTPACTION: 0,200,(?s:.*)^< \\+HTTP_PEER_CLOSED$", "false" },
		    { "http_keep_alive", "^< \\+HTTPACTION: 0,200,", "true" } } },
	/* A page that shows the head of the request. */
	{ NET, .setup = INIT URL("/head") ACTION("0"), .ask = READ("0", "4000"), .cleanup = TERM,
	  .read = { { "http_user_agent", "^< User-Agent: (.*)$", "$1" } } },
	{ NET, .setup = INIT URL("/"), .ask = ACTION("2"), .cleanup = TERM,
	  .read = { { "http_head_length", "^< \\+HTTPACTION: 2,200,0$", "zero" },
		    { "http_head_length", "^< \\+HTTPACTION: 2,200,[1-9]\\d*$", "head" } } },
	{ NET, .setup = INIT URL("/big") "AT+HTTPPARA=\"USERDATA\",\"Range: bytes=0-9\"", .ask = ACTION("0"),
	  .cleanup = TERM,
	  .read = { { "http_range_length_zero", "^< \\+HTTPACTION: 0,206,0$", "true" },
		    { "http_range_length_zero", "^< \\+HTTPACTION: 0,206,10$", "false" } } },
	/* A large page: blocks, what is missing at its end, how much of it is kept. */
	{ NET, .setup = INIT URL("/big") ACTION("0"), .ask = READ("0", "8192"), .cleanup = TERM,
	  .read = { { "http_read_block", "^< \\+HTTPREAD: (?:DATA,)?([1-9]\\d*)$(?s:.*)\\+HTTPREAD: (?:DATA,)?[1-9]",
		      "$1" } } },
	{ NET, .setup = INIT URL("/tail") ACTION("0") ". @500ms",
	  .ask = "AT+HTTPREAD={69999-n},1 ~^\\+HTTPREAD: 0$ @60s", .cleanup = TERM, .search = SEARCH_SMALLEST,
	  .read = { { "http_tail_loss_bytes", "^< \\+HTTPREAD: (DATA,)?1$", "" } } },
	{ NET, .setup = INIT URL("/big") ACTION("0") ". @3s",
	  .ask = "AT+HTTPREAD={n},1 ~^\\+HTTPREAD: 0$ @60s\nAT+HTTPREAD=0,1 ~^\\+HTTPREAD: 0$ @60s", .cleanup = TERM,
	  .search = SEARCH_LARGEST,
	  .read = { { "http_cache_bytes", "^> AT\\+HTTPREAD=0,1\n< OK$", "", .within = 17000 } } },
	/* Servers that keep one waiting. */
	{ NET, .setup = INIT URL("/mute"), .ask = ACTION("0"), .cleanup = TERM,
	  .read = { { "http_response_timeout_s", TIME("^< (\\+HTTPACTION: 0,[67])"), .per = 1000 } } },
	{ NET, .setup = INIT URL("/stall"), .ask = ACTION("0") "AT+HTTPREAD=0,100000 ~^\\+HTTPREAD: 0$ @150s",
	  .cleanup = TERM,
	  .read = { { "http_recv_timeout_s", TIME("^.*(\\+HTTPREAD: 0)$"), .from = "^< (\\+HTTPACTION: 0,200)",
		      .per = 1000 } } },
	/* Files. */
	{ NET,
	  .setup = "-AT+CFTRANRX=\"C:/hilprobe.txt\",86\n<" REQUEST "\n-AT+CFTRANRX=\"F:/hilprobe.txt\",86\n<" REQUEST
		   "\n" INIT URL("/"),
	  .ask = "AT+HTTPPOSTFILE=\"hilprobe.txt\",1 ~^\\+HTTPPOSTFILE: @260s\n"
		 "AT+HTTPPOSTFILE=\"hilprobe.txt\",1,1,1 ~^\\+HTTPPOSTFILE: @260s",
	  .cleanup = TERM IN_PLACES,
	  .read = { { "http_postfile_method", POSTED("1") "\\d,\\d+,\\d+$", "true" },
		    { "http_postfile_method", POSTED("1") "\\d+,\\d+$", "false" },
		    { "http_postfile_whole", POSTED("1,1,1") "(?:1,)?200,8$", "0" },
		    { "http_postfile_whole", POSTED("1,1,1") "(?:1,)?200,\\d+$", "1" } } },
	/* Without all drives one place could not be told from one that is not there. */
	{ NET, .only = "fs_sd_card=true fs_media=present", .setup = "?+FSCD\n" INIT URL("/small") ACTION("0"),
	  .ask = TO_FILE("1") TO_FILE("2") TO_FILE("3") TO_FILE("4") LIST("C:") LIST("D:") LIST("E:")
		  LIST("F:") "AT+CCERTLIST",
	  .cleanup = TERM NO_FILES("1") NO_FILES("2") NO_FILES("3") NO_FILES("4"),
	  .read = { { "http_places", "^< \\+HTTPREADFILE: 0$", "" }, PLACE("1"), PLACE("2"), PLACE("3"), PLACE("4") } },
	{ .ask = NULL },
};
