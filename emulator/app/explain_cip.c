/* Causes of the TCP/IP commands' results: <err> of manual V3.00 11.6, the reasons of +IPCLOSE, and +IP ERROR. */
#include "app/explain_family.h"

#include "cmd/cmd.h"
#include "modem/socket.h"

static const struct explain_cause causes[] = {
	{ 1, "tcp", QUIRK_ID_cipopen_refused_code, "1",
	  "the peer refuses the connection, or nothing is at that address",
	  "check host and port; the trace says which of the two" },
	{ 1, "net", EXPLAIN_NO_QUIRK, NULL, "the bearer went down while the command was under way",
	  "wait for registration, then AT+NETOPEN again" },
	{ 1, "netopen", QUIRK_ID_netopen, "fail_urc", "this build cannot activate the context",
	  "AT+CGDCONT with the right APN; one NETCLOSE and another try" },
	{ 2, "state", EXPLAIN_NO_QUIRK, NULL, "AT+NETOPEN was not done, or the network was lost since",
	  "AT+NETOPEN first" },
	{ 2, "state", QUIRK_ID_cipsend_no_network_code, "2", "AT+CIPSEND with the network closed", "AT+NETOPEN first" },
	{ 3, "state", EXPLAIN_NO_QUIRK, NULL,
	  "an argument does not fit: more than 1500 bytes to send, UDP without a local port, no port for TCP",
	  "compare with the test form" },
	{ 4, "state", QUIRK_ID_cip_closed_code, "4",
	  "the link is not open: never opened, closed by the peer (+IPCLOSE), or lost "
	  "with the network (+CIPEVENT)",
	  "AT+CIPCLOSE? tells which links are open; open it again" },
	{ 4, "state", QUIRK_ID_cipopen_open_code, "4", "AT+CIPOPEN of a link that is open", "AT+CIPCLOSE first" },
	{ 4, "state", EXPLAIN_NO_QUIRK, NULL,
	  "AT+CIPSEND in transparent mode, or AT+SERVERSTOP of a server that was not started",
	  "ATO goes back online; AT+SERVERSTART? lists servers" },
	{ 4, "state", EXPLAIN_NO_QUIRK, NULL,
	  "the link takes no more since a send was not taken whole (+CIPSEND: n,req,less)",
	  "AT+CIPCLOSE and open it again; wait for AT+CIPACK to catch up" },
	{ 5, "memory", EXPLAIN_NO_QUIRK, NULL, "out of memory", "close other links" },
	{ 6, "tcp", EXPLAIN_NO_QUIRK, NULL, "the local port is in use by another link or server",
	  "take another local port" },
	{ 7, "state", EXPLAIN_NO_QUIRK, NULL, "this server is started already",
	  "AT+SERVERSTOP first, or another index" },
	{ 8, "state", EXPLAIN_NO_QUIRK, NULL, "the link is being opened, being closed, or a send has no result yet",
	  "wait for the result line" },
	{ 9, "netclose", QUIRK_ID_netclose_sockets, "refuse", "AT+NETCLOSE with links open", "AT+CIPCLOSE them first" },
	{ 9, "state", EXPLAIN_NO_QUIRK, NULL, "AT+SERVERSTOP while a link of that server is open",
	  "AT+CIPCLOSE it first" },
	{ 10, "time", EXPLAIN_NO_QUIRK, NULL, "no answer within AT+CIPTIMEOUT",
	  "check the address; raise the timeout" },
	{ 11, "dns", EXPLAIN_NO_QUIRK, NULL, "the host name is unknown to the world",
	  "check the name; add the host to a --world file" },
};

static const struct explain_cause lost_causes[] = {
	{ 1, "peer", EXPLAIN_NO_QUIRK, NULL, "the peer closed or reset the connection",
	  "read what is left with AT+CIPRXGET, then AT+CIPOPEN again" },
	{ 2, "timeout", EXPLAIN_NO_QUIRK, NULL,
	  "nothing was acknowledged: within the send timeout of AT+CIPTIMEOUT, or after the retries of AT+CIPCCFG",
	  "check the peer; AT+CIPOPEN again" },
};

static const struct explain_cause ip_causes[] = {
	{ 4, "state", EXPLAIN_NO_QUIRK, NULL, "AT+NETOPEN was done already, often before a reset of the host alone",
	  "go on; AT+NETOPEN? tells" },
	{ 8, "state", EXPLAIN_NO_QUIRK, NULL, "AT+NETOPEN was not done, or the network was lost since",
	  "AT+NETOPEN first" },
	{ 11, "state", EXPLAIN_NO_QUIRK, NULL, "AT+CIPACK of a link that is not open", "AT+CIPCLOSE? tells which are" },
	{ 12, "state", EXPLAIN_NO_QUIRK, NULL, "the link is not one of 0 to 9", "compare with the test form" },
	{ 13, "state", EXPLAIN_NO_QUIRK, NULL, "AT+CIPACK of a UDP link: nothing is acknowledged there", "TCP only" },
	{ 21, "state", QUIRK_ID_ip_no_data_number, "21", "AT+CIPRXGET=2 or 3, and nothing waits on that link",
	  "wait for +CIPRXGET: 1; AT+CIPRXGET=4 tells how much there is" },
	{ 22, "state", QUIRK_ID_ip_no_data_number, "22", "AT+CIPRXGET=2 or 3, and nothing waits on that link",
	  "wait for +CIPRXGET: 1; AT+CIPRXGET=4 tells how much there is" },
};

static const struct explain_cause dns_causes[] = {
	{ 10, "dns", QUIRK_ID_dns_fail_code, "10", "the name, or the address, is unknown to the world",
	  "check it; add the host to a --world file" },
	{ 10, "state", QUIRK_ID_dns_fail_code, "10", "there is no network to ask on",
	  "wait for registration; check the APN" },
	{ 10, "timeout", QUIRK_ID_dns_fail_code, "10", "no answer within the retries of AT+CIPDNSSET", "raise them" },
};

static const char *dns_text(int code)
{
	return code == 10 ? "DNS general error" : NULL;
}

#define N(array) sizeof(array) / sizeof((array)[0])

const struct explain_family explain_cip = {
	.word = "cip",
	.title = "CIP result",
	.text = socket_err_text,
	.cause = causes,
	.n = N(causes),
};
const struct explain_family explain_server = {
	.word = "serverst",
	.title = "SERVER result",
	.text = socket_err_text,
	.cause = causes,
	.n = N(causes),
};
const struct explain_family explain_netopen = {
	.word = "+net",
	.title = "NETOPEN result",
	.text = socket_err_text,
	.cause = causes,
	.n = N(causes),
};
const struct explain_family explain_ipclose = {
	.word = "+ipclose",
	.title = "+IPCLOSE reason",
	.text = socket_cause_text,
	.cause = lost_causes,
	.n = N(lost_causes),
};
const struct explain_family explain_ip = {
	.word = "ip error",
	.title = "+IP ERROR",
	.text = cmd_ip_error_text,
	.cause = ip_causes,
	.n = N(ip_causes),
};
const struct explain_family explain_dns = {
	.word = "cdns",
	.title = "DNS error",
	.text = dns_text,
	.cause = dns_causes,
	.n = N(dns_causes),
};
