/* Restarts: how the modem goes, what it says when it comes, and what it has forgotten. */
#include "harness/probe/rows.h"

/* Asked until it is gone, now and then or all the time. */
#define RESET "AT+CRESET\n*AT @200ms\n"
#define RESET_WATCHED "AT+CRESET\n*AT @5ms\n"
#define BOOT ".~^PB DONE$ @4m\n"

/* The last AT is the one that was not answered; the first line behind it is that of the boot, less what a UART spits.
 */
#define SILENCE "\\A(?s:.*)^> AT\n(?:< \\\\x.*\n)?"
#define FIRST SILENCE "(< .*)$"
#define LAST_OK "\\A(?s:.*)^< (OK)\n> AT\n(?!< OK)"
#define RESET_OK "^> AT\\+CRESET\n(?:< .*\n)*?< (OK)$"

const struct experiment probe_boot[] = {
	/* The network goes before the modem does. */
	{ PROBE_WRITE | PROBE_NETWORK | PROBE_BOOT, .setup = "AT+NETOPEN ~^\\+NETOPEN: 0 @130s",
	  .ask = "AT+CRESET ~^\\+CIPEVENT: @70s\n*AT @100ms\n" BOOT,
	  .read = { { "power_detach_ms", TIME("^< (\\+CIPEVENT: )"), .from = RESET_OK } } },
	/* What was open goes with a word, or without; then whether the network opens at once. */
	{ PROBE_WRITE | PROBE_NETWORK | PROBE_BOOT,
	  .setup = "AT+NETOPEN ~^\\+NETOPEN: 0 @130s\nAT+CMQTTSTART ~^\\+CMQTTSTART: @130s\nAT+CMQTTACCQ=0,\"h\"\n"
		   "AT+CMQTTCONNECT=0,\"tcp://{mqtt}\",60,1 ~^\\+CMQTTCONNECT: @150s",
	  .ask = RESET BOOT ". @2s\nAT+NETOPEN ~^\\+NETOPEN: @130s\n-AT+NETCLOSE ~^\\+NETCLOSE: @150s\n"
		 "-AT+NETOPEN ~^\\+NETOPEN: @130s",
	  .cleanup = "-AT+NETCLOSE ~^\\+NETCLOSE: @150s",
	  .read = { { "reset_lines", "^< \\+CMQTTCONNLOST: 0,3$", "all" },
		    { "reset_lines", "^< \\+CIPEVENT: ", "network" },
		    { "netopen", "^> AT\\+NETOPEN\n< ERROR\n> AT\\+NETCLOSE(?s:.*)^< \\+NETOPEN: 0$",
		      "error_until_close" } } },
	/* What comes by itself. */
	{ PROBE_BOOT, .ask = RESET_WATCHED BOOT "ATV1",
	  .read = { { "power_off_ms", TIME(LAST_OK), .from = RESET_OK, .within = 10 },
		    { "boot_ready_ms", TIME(FIRST), .from = LAST_OK, .within = 10 },
		    { "boot_ready", SILENCE "< \\+CPIN: ", "" },
		    { "boot_ready", SILENCE "< (.*)$", "$1" },
		    { "boot_cpin_ms", TIME("^< (\\+CPIN: READY)$"), .from = FIRST },
		    { "boot_sms_done_ms", TIME("^< (SMS DONE)$"), .from = FIRST },
		    { "boot_pb_done_ms", TIME("^< (PB DONE)$"), .from = FIRST },
		    { "boot_pb_done_ms", "^< SMS DONE$", "0" },
		    { "boot_noise", "^.*OK\\\\r\\\\n((?:(?!\\\\r\\\\n).)*)\\\\r\\\\n(?!OK)(?=.*OK)", .kind = READ_BYTES,
		      .raw = true },
		    { "echo_default", "ATV1\\\\r", "true", .raw = true },
		    { "echo_default", "^> ATV1\n< OK$", "false" } } },
	/* The SIM is asked for before it can answer, and the registration is watched. */
	{ PROBE_BOOT,
	  .ask = RESET ".~. @130s\nAT+CMEE=1\nAT+CPIN?\nAT+CPIN?\nAT+CGREG=1\n.~^\\+CGREG: [15] @11m\n. @2s\n" BOOT,
	  .read = { { "boot_register_ms", TIME("^< (\\+CGREG: [15])"), .from = FIRST },
		    { "boot_cgev", "^< \\+CGEV: ", "true" },
		    { "boot_cgev", "^< \\+CGREG: [15]", "false" },
		    { "cpin_early", "^> AT\\+CPIN\\?\n< \\+CME ERROR: (\\d+)\n> AT\\+CPIN", "$1" },
		    { "cpin_early_again", "^< \\+CME ERROR: \\d+\n> AT\\+CPIN\\?\n< \\+CME ERROR: (\\d+)$", "$1" } } },
	{ PROBE_WRITE | PROBE_BOOT, .setup = "AT+CSSLCFG=\"negotiatetime\",9,299", .ask = RESET BOOT "AT+CSSLCFG?",
	  .cleanup = "AT+CSSLCFG=\"negotiatetime\",9,300",
	  .read = { { "csslcfg_persist", "^< \\+CSSLCFG: 9,\\d+,\\d+,\\d+,299,", "true" },
		    { "csslcfg_persist", "^< \\+CSSLCFG: 9,", "false" } } },
	{ .ask = NULL },
};
