/* What leads to the results of AT+CPING, AT+CNTP and AT+CHTPUPDATE. */
#include "app/explain_family.h"

#include "modem/htp.h"
#include "modem/ntp.h"
#include "modem/ping.h"

static const struct explain_cause ping_causes[] = {
	{ 2, "ping", EXPLAIN_NO_QUIRK, NULL,
	  "the host answers no echo requests (ping: no in a world file), or its answer came too late",
	  "ask another host; raise wait_time" },
	{ 2, "net", EXPLAIN_NO_QUIRK, NULL, "the bearer was lost while the request was out", "wait for registration" },
	{ 3, "dns", EXPLAIN_NO_QUIRK, NULL,
	  "all zeros: nothing was sent, since the name has no address or there is no working PDN",
	  "check name, address type and registration; add the host to a --world file" },
};

const struct explain_family explain_ping = {
	.word = "ping",
	.title = "CPING result",
	.text = ping_result_text,
	.cause = ping_causes,
	.n = sizeof(ping_causes) / sizeof(ping_causes[0]),
};

static const struct explain_cause ntp_causes[] = {
	{ 2, "state", EXPLAIN_NO_QUIRK, NULL, "no server is set", "AT+CNTP=\"pool.ntp.org\",0 first" },
	{ 3, "sntp", EXPLAIN_NO_QUIRK, NULL,
	  "the server answered without a time: kiss of death, or its own clock is not synchronised",
	  "ask another server" },
	{ 4, "dns", EXPLAIN_NO_QUIRK, NULL, "the server's name is unknown to the world",
	  "check the name; add the host to a --world file (model: {service: ntp})" },
	{ 4, "net", EXPLAIN_NO_QUIRK, NULL, "there is no bearer", "wait for registration" },
	{ 5, "state", EXPLAIN_NO_QUIRK, NULL, "the zone is beyond what the clock can show (-47 to 48 quarter hours)",
	  "AT+CNTP=\"<server>\",<zone> with a zone in that range" },
	{ 6, "timeout", QUIRK_ID_cntp_timeout_ms, NULL, "the server did not answer", "ask another server" },
};

const struct explain_family explain_ntp = {
	.word = "ntp",
	.title = "CNTP result",
	.text = ntp_err_text,
	.cause = ntp_causes,
	.n = sizeof(ntp_causes) / sizeof(ntp_causes[0]),
};

static const struct explain_cause htp_causes[] = {
	{ 2, "state", EXPLAIN_NO_QUIRK, NULL, "no server is set, or the command does not fit the list",
	  "AT+CHTPSERV=\"ADD\",\"<host>\",80,1 first" },
	{ 3, "htp", EXPLAIN_NO_QUIRK, NULL, "the last server answered without a date that can be read",
	  "ask another server" },
	{ 4, "net", EXPLAIN_NO_QUIRK, NULL, "the last server could not be reached, or there is no bearer",
	  "check name and port; add the host to a --world file (model: {http: {date: true}})" },
};

const struct explain_family explain_htp = {
	.word = "htp",
	.title = "CHTPUPDATE result",
	.text = htp_err_text,
	.cause = htp_causes,
	.n = sizeof(htp_causes) / sizeof(htp_causes[0]),
};
