/* The rows behind the fold; sources are the manual (M3) and the drivers that rely on them (facts: at-general 17, at-ssl-mqtt). */
#include "harness/wire/exchange_rows.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

struct row {
	const char *text;
	bool whole;		/* the line is this text; else it begins with it */
};

static const struct row finals[] = {
	{ "OK", true }, { "ERROR", true }, { "+CME ERROR:", false }, { "+CMS ERROR:", false }, { "NO CARRIER", true },
	{ "CONNECT", false }, { "BUSY", true }, { "NO ANSWER", true }, { "NO DIALTONE", true }, { "ABORTED", true },
	{ "CONNECT FAIL", true },
};

/* What may come between two bytes of any answer. Registration and time are also answers, which the command's name tells. */
static const struct row urcs[] = {
	{ "RDY", true }, { "SMS DONE", true }, { "PB DONE", true }, { "NORMAL POWER DOWN", true }, { "RING", true },
	{ "+CPIN:", false }, { "+CREG:", false }, { "+CGREG:", false }, { "+CEREG:", false }, { "+CSQ:", false },
	{ "+CNSMOD:", false }, { "+CPSI:", false }, { "+CTZV:", false }, { "+CTZE:", false }, { "+CGEV:", false },
	{ "+SIMCARD:", false }, { "+CMTI:", false }, { "+CMT:", false }, { "+CDS:", false }, { "+CDSI:", false },
	{ "+CLIP:", false }, { "+CRING:", false }, { "+CUSD:", false }, { "+CMTE:", false }, { "UNDER-VOLTAGE", false },
	{ "OVER-VOLTAGE", false }, { "*ATREADY", false }, { "Autobaud:", false }, { "+CMQTTCONNLOST:", false },
	{ "+CMQTTNONET", true }, { "+CMQTTRXSTART:", false }, { "+CMQTTRXTOPIC:", false }, { "+CMQTTRXPAYLOAD:", false },
	{ "+CMQTTRXEND:", false }, { "+CIPEVENT:", false }, { "+IPCLOSE:", false }, { "RECV FROM:", false },
	{ "+RECEIVE", false }, { "+CLIENT:", false }, { "+CCHEVENT:", false }, { "+CCH_PEER_CLOSED:", false },
	{ "+CCH_RECV_CLOSED:", false }, { "+CCHRECV:", false }, { "+HTTP_PEER_CLOSED", true }, { "+HTTP_NONET_EVENT", true },
	{ "+CFTPSNOTIFY:", false }, { "+CFTPSNONET", true }, { "+PPPD:", false }, { "+CGNSSINFO:", false },
	{ "+CGPSINFO:", false },
};

/* Commands that answer OK when they begin and their own line when they are done. */
static const char *const late_names[] = {
	"+CMQTTSTART", "+CMQTTSTOP", "+CMQTTCONNECT", "+CMQTTDISC", "+CMQTTPUB", "+CMQTTSUB", "+CMQTTUNSUB", "+NETOPEN",
	"+NETCLOSE", "+CIPOPEN", "+CIPCLOSE", "+CIPSEND", "+CIPRXGET", "+SERVERSTART", "+SERVERSTOP", "+CDNSGIP", "+CPING",
	"+CNTP", "+CHTPUPDATE", "+CCHSTART", "+CCHSTOP", "+CCHOPEN", "+CCHCLOSE", "+CCHSEND", "+HTTPACTION", "+HTTPREAD",
	"+HTTPHEAD", "+HTTPPOSTFILE", "+HTTPREADFILE", "+CFTPSSTART", "+CFTPSSTOP", "+CFTPSLOGIN", "+CFTPSLOGOUT",
	"+CFTPSLIST", "+CFTPSMKD", "+CFTPSRMD", "+CFTPSDELE", "+CFTPSCWD", "+CFTPSPWD", "+CFTPSTYPE", "+CFTPSSIZE",
	"+CFTPSGET", "+CFTPSGETFILE", "+CFTPSPUT", "+CFTPSPUTFILE", "+CFTPSCACHERD", "+CFTRANTX", "+CUSD", "+CGPS",
};

/* Commands that ask for a number of bytes; argument counts from 0. */
static const struct {
	const char *name;
	int argument;
} lengths[] = {
	{ "+CMQTTTOPIC", 1 },	  { "+CMQTTPAYLOAD", 1 }, { "+CMQTTSUBTOPIC", 1 }, { "+CMQTTSUB", 1 },
	{ "+CMQTTUNSUBTOPIC", 1 }, { "+CMQTTUNSUB", 1 },   { "+CMQTTWILLTOPIC", 1 }, { "+CMQTTWILLMSG", 1 },
	{ "+CCERTDOWN", 1 },	  { "+CCHSEND", 1 },	  { "+CIPSEND", 1 },	     { "+CFTRANRX", 1 },
	{ "+HTTPDATA", 0 },	  { "+CFTPSPUT", 1 },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool fits(const struct row *r, const char *line)
{
	return r->whole ? !strcmp(line, r->text) : !strncmp(line, r->text, strlen(r->text));
}

bool rows_is_final(const char *line)
{
	for (size_t i = 0; i < COUNT(finals); i++) {
		if (fits(&finals[i], line))
			return true;
	}
	return false;
}

bool rows_is_urc(const char *line)
{
	for (size_t i = 0; i < COUNT(urcs); i++) {
		if (fits(&urcs[i], line))
			return true;
	}
	return false;
}

bool rows_is_late(const char *name, const char *line)
{
	size_t n = strlen(name);

	if (strncasecmp(line, name, n) || line[n] != ':')
		return false;
	for (size_t i = 0; i < COUNT(late_names); i++) {
		if (!strcasecmp(late_names[i], name))
			return true;
	}
	return false;
}

bool rows_is_any_late(const char *line)
{
	for (size_t i = 0; i < COUNT(late_names); i++) {
		size_t n = strlen(late_names[i]);

		if (!strncasecmp(line, late_names[i], n) && line[n] == ':')
			return true;
	}
	return false;
}

/* Argument number index of a command; a comma inside quotes does not part. Empty when there is none. */
static const char *argument(const char *command, int index, size_t *n)
{
	const char *s = strchr(command, '=');
	bool quoted = false;

	for (s = s ? s + 1 : ""; *s && index; s++) {
		quoted ^= *s == '"';
		index -= *s == ',' && !quoted;
	}
	*n = strcspn(s, ",");
	return str_trim(s, n);
}

const char *rows_length_argument(const char *command, size_t *n)
{
	for (size_t i = 0; i < COUNT(lengths) && !strncasecmp(command, "AT", 2); i++) {
		size_t len = strlen(lengths[i].name);

		if (!strncasecmp(command + 2, lengths[i].name, len) && command[2 + len] == '=')
			return argument(command, lengths[i].argument, n);
	}
	return NULL;
}

long rows_data_length(const char *command)
{
	size_t n;
	const char *s = rows_length_argument(command, &n);
	long long value;

	return !s || str_to_num(s, n, 1, 1 << 30, &value) ? -1 : (long)value;
}
