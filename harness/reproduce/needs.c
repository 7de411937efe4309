/* One row a command: facts at-ssl-mqtt 6 (MQTT), 5 (CCH), at-general 11 to 13. */
#include "harness/reproduce/needs.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "harness/reproduce/outcome.h"
#include "harness/wire/exchange.h"

enum {
	NAME_SIZE = 32,
	CODE_NOT_STARTED = 9,
	CODE_NO_CONNECTION = 11,
	CODE_USED = 19,
	CODE_NOT_ACQUIRED = 20,
	CODE_OPENED = 23 /* 16.3.1 */
};

#define MQTT_ALL (NEED_MQTT | NEED_CLIENT | NEED_BINDING | NEED_SESSION)

/* needs: whenever the answer is no complaint about it. sets and clears: when it succeeded. */
static const struct row {
	const char *name;
	unsigned needs, sets, clears;
	bool on_success; /* needs only when it succeeded */
	int code;	 /* the row holds for this result alone, 0: for all others */
	int complaint;	 /* the code that says it was not so, beside 9, 11 and 20 of MQTT; 0: none */
	bool early;	 /* the row holds where the result stands before OK */
} rows[] = {
	{ "+NETOPEN", 0, NEED_NET, 0, true },
	{ "+NETCLOSE", NEED_NET, 0, NEED_NET, true },
	{ "+CIPOPEN", NEED_NET, 0, 0, .complaint = 2 },
	{ "+CMQTTSTART", 0, NEED_MQTT, 0, true },
	{ "+CMQTTSTART", NEED_MQTT, 0, 0, .code = CODE_OPENED },
	/* R9: START that need not bring up the network itself answers with its result first */
	{ "+CMQTTSTART", NEED_NET, NEED_MQTT, 0, true, .early = true },
	{ "+CMQTTACCQ", NEED_CLIENT, 0, 0, .code = CODE_USED },
	{ "+CMQTTSTOP", NEED_MQTT, 0, MQTT_ALL, true },
	{ "+CMQTTACCQ", NEED_MQTT, NEED_CLIENT, 0, true },
	{ "+CMQTTREL", 0, 0, NEED_CLIENT | NEED_BINDING, true },
	{ "+CMQTTSSLCFG", 0, NEED_BINDING, 0, true },
	{ "+CMQTTWILLTOPIC", NEED_CLIENT, 0, 0, true },
	{ "+CMQTTCONNECT", NEED_MQTT | NEED_CLIENT, NEED_SESSION, 0, false },
	{ "+CMQTTDISC", NEED_SESSION, 0, NEED_SESSION, true },
	{ "+CMQTTSUB", NEED_SESSION, 0, 0, true },
	{ "+CMQTTPUB", NEED_SESSION, 0, 0, true },
	{ "+CMQTTTOPIC", NEED_CLIENT, 0, 0, true },
	{ "+CMQTTPAYLOAD", NEED_CLIENT, 0, 0, true },
	{ "+CCHSTART", 0, NEED_CCH, 0, true },
	{ "+CCHSTOP", NEED_CCH, 0, NEED_CCH, true },
	{ "+CCHOPEN", NEED_CCH, 0, 0, false },
	{ "+HTTPINIT", 0, NEED_HTTP, 0, true },
	{ "+HTTPPARA", NEED_HTTP, 0, 0, true },
	{ "+HTTPACTION", NEED_HTTP, 0, 0, false },
	{ "+HTTPTERM", 0, 0, NEED_HTTP, true },
	{ "+CFTPSSTART", 0, NEED_FTPS, 0, true },
	{ "+CFTPSSTOP", NEED_FTPS, 0, NEED_FTPS, true },
	{ "+CFTPSLOGIN", NEED_FTPS, 0, 0, false },
};

/* A session needs a client, a client the service, and TLS a binding. */
static const struct {
	const char *command, *words;
	unsigned implies;
} needs[NEED_COUNT] = {
	{ "AT+NETOPEN", "the network is open", 0 },
	{ "AT+CMQTTSTART", "the MQTT service runs", 0 },
	{ "AT+CMQTTACCQ=0,\"client1\",1", "client 0 is acquired", NEED_MQTT },
	{ "AT+CMQTTSSLCFG=0,0", "client 0 is bound to SSL context 0", NEED_CLIENT },
	{ "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:8883\",60,1", "client 0 is connected somewhere",
	  NEED_CLIENT | NEED_BINDING },
	{ "AT+CCHSTART", "the SSL service runs", 0 },
	{ "AT+HTTPINIT", "the HTTP service runs", 0 },
	{ "AT+CFTPSSTART", "the FTPS service runs", 0 },
};

const char *needs_command(size_t i)
{
	return needs[i].command;
}

const char *needs_words(size_t i)
{
	return needs[i].words;
}

/* How well a row fits: one for the result's own code goes before one for its place, and that before the general one. */
static int fit_of(const struct row *row, int code, bool early)
{
	if (row->code)
		return row->code == code ? 3 : 0;
	return row->early ? (early ? 2 : 0) : 1;
}

static const struct row *row_of(const char *command, int code, bool early)
{
	const struct row *found = NULL;
	char name[NAME_SIZE];
	int best = 0;

	if (!command_name(command, name, sizeof(name)) || strchr(command, '?'))
		return NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fit = strcmp(rows[i].name, name) ? 0 : fit_of(&rows[i], code, early);

		if (fit > best) {
			best = fit;
			found = &rows[i];
		}
	}
	return found;
}

/* Whether the result complains that the service, the client or the session is not there. */
static bool complains(const struct row *row, const struct outcome *o)
{
	if (row->complaint)
		return !o->rank || (o->rank == 9 && !o->ok) || o->code == row->complaint;
	return !o->rank || (o->rank == 9 && !o->ok) || o->code == CODE_NOT_STARTED || o->code == CODE_NO_CONNECTION ||
	       o->code == CODE_NOT_ACQUIRED;
}

/* A port that speaks TLS wants the client bound to an SSL context. */
static unsigned needs_now(const struct row *row, const char *command)
{
	bool tls = (row->needs & NEED_CLIENT) && (row->sets & NEED_SESSION) && strstr(command, ":8883");

	return row->needs | (tls ? NEED_BINDING : 0);
}

struct needs_found needs_of(const struct needs_step *steps, size_t n)
{
	struct needs_found f = { 0 };
	unsigned have = 0, known = 0; /* known: a step has said how it is, since the beginning */

	for (size_t i = 0; i < n; i++) {
		const struct outcome o = outcome_of(steps[i].result);
		const struct row *row = row_of(steps[i].command, o.code, steps[i].early);
		unsigned want;

		if (!row)
			continue;
		want = (row->on_success ? !o.ok : complains(row, &o)) ? 0 : needs_now(row, steps[i].command);
		for (size_t k = NEED_COUNT; k-- > 0;)
			want |= want & 1u << k ? needs[k].implies : 0;
		for (size_t k = 0; k < NEED_COUNT; k++) {
			if (!(want & 1u << k) || (have | known) & 1u << k)
				continue;
			f.bits |= 1u << k;
			f.by[k] = i;
		}
		have |= want;
		if (!o.ok)
			continue;
		have = (have | row->sets) & ~row->clears;
		known |= row->sets | row->clears;
	}
	return f;
}
