/* The line itself: echo, errors, how long a command may be. */
#include "harness/probe/rows.h"

const struct experiment probe_line[] = {
	/* The bare form sets what the module starts with. */
	{ .setup = "?+CMEE\nAT+CMEE", .ask = "AT+CMEE?", .read = { { "cmee_default", "^< \\+CMEE: (\\d)", "$1" } } },
	{ .ask = "AT{* } @3s", .search = SEARCH_LARGEST, .read = { { "line_max", "^< OK$", "" } } },
	{ .ask = "AT{*E0} @3s", .search = SEARCH_LARGEST, .read = { { "chain_max", "^< OK$", "" } } },
	{ .ask = "AT", .read = { { "reply_delay_ms", TIME("^< OK$"), .whole = true } } },
	/*
	 * What is typed while a command that takes its time is open: line ends, which do nothing, and then AT. More of
	 * them than 8 KB would still be on the line when the command is over, and all be taken.
	 */
	{ PROBE_WRITE, .ask = "!AT+HTTPINIT\n<{*\\r}AT\\r @2s\n. @2s", .cleanup = "-AT\n-AT+HTTPTERM @30s",
	  .search = SEARCH_LARGEST, .to = 8192, .plus = 3,
	  .read = { { "type_ahead_bytes", "^< OK$(?s:.*)^< OK$", "" } } },
	{ .ask = NULL },
};
