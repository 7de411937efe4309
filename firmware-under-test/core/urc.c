/*
 * The table of lines. One row per prefix; an exact row must be the whole
 * line, so that payload-like text is not mistaken for it.
 */
#include "core/urc.h"

#include "core/fmt.h"

#include <stddef.h>
#include <string.h>

struct urc_row {
	const char *prefix;
	uint8_t id;
	bool exact;
};

static const struct urc_row urc_rows[] = {
	{"RDY", URC_REBOOT, true},
	{"*ATREADY:", URC_REBOOT, false},
	{"+CPIN:", URC_CPIN, false},
	{"+SIMCARD: NOT AVAILABLE", URC_SIM_GONE, true},
	{"+CREG:", URC_REGISTRATION, false},
	{"+CGREG:", URC_REGISTRATION, false},
	{"+CEREG:", URC_REGISTRATION, false},
	{"Revision:", URC_REVISION, false},
	{"+CGMR:", URC_REVISION, false},
	{"+NETOPEN:", URC_NETOPEN, false},
	{"+NETCLOSE:", URC_NETCLOSE, false},
	{"+IP ERROR:", URC_IP_ERROR, false},
	{"+CIPEVENT:", URC_CIPEVENT, false},
	{"+CCERTLIST:", URC_CERT, false},
	{"+CMQTTSTART:", URC_MQTT_START, false},
	{"+CMQTTSTOP:", URC_MQTT_STOP, false},
	{"+CMQTTACCQ:", URC_MQTT_ACCQ, false},
	{"+CMQTTREL:", URC_MQTT_REL, false},
	{"+CMQTTSSLCFG:", URC_MQTT_SSLCFG, false},
	{"+CMQTTWILLTOPIC:", URC_MQTT_WILLTOPIC, false},
	{"+CMQTTWILLMSG:", URC_MQTT_WILLMSG, false},
	{"+CMQTTCONNECT:", URC_MQTT_CONNECT, false},
	{"+CMQTTDISC:", URC_MQTT_DISC, false},
	{"+CMQTTTOPIC:", URC_MQTT_TOPIC, false},
	{"+CMQTTPAYLOAD:", URC_MQTT_PAYLOAD, false},
	{"+CMQTTPUB:", URC_MQTT_PUB, false},
	{"+CMQTTSUB:", URC_MQTT_SUB, false},
	{"+CMQTTCONNLOST:", URC_MQTT_CONNLOST, false},
	{"+CMQTTNONET", URC_MQTT_NONET, true},
	{"+CMQTTPING:", URC_MQTT_PING, false},
	{"+CMQTTRXSTART:", URC_MQTT_RXSTART, false},
	{"+CMQTTRXTOPIC:", URC_MQTT_RXTOPIC, false},
	{"+CMQTTRXPAYLOAD:", URC_MQTT_RXPAYLOAD, false},
	{"+CMQTTRXEND:", URC_MQTT_RXEND, false},
};

static const struct urc_row *find_row(const char *line)
{
	for (size_t i = 0; i < sizeof(urc_rows) / sizeof(urc_rows[0]); i++) {
		const struct urc_row *row = &urc_rows[i];
		size_t len = strlen(row->prefix);

		if (strncmp(line, row->prefix, len) == 0 &&
		    (!row->exact || !line[len]))
			return row;
	}
	return NULL;
}

static void read_numbers(struct urc *urc)
{
	const char *s = urc->text;

	while (urc->count < 3) {
		s = fmt_read_int(s, &urc->value[urc->count]);
		if (!s)
			return;
		if (*s && *s != ',')
			return; /* 0x1F2 or 00C3: no decimal number */
		urc->count++;
		if (!*s)
			return;
		s++;
	}
}

void urc_parse(const char *line, struct urc *urc)
{
	const struct urc_row *row = find_row(line);

	memset(urc, 0, sizeof(*urc));
	urc->text = line;
	if (!row)
		return;
	urc->id = (enum urc_id)row->id;
	urc->text = line + strlen(row->prefix);
	while (*urc->text == ' ')
		urc->text++;
	read_numbers(urc);
}

bool urc_code(const struct urc *urc, int *code)
{
	bool alone = urc->id == URC_MQTT_START || urc->id == URC_MQTT_STOP ||
		     urc->id == URC_NETOPEN || urc->id == URC_NETCLOSE;

	if (urc->count != (alone ? 1 : 2))
		return false;
	if (!alone && urc->value[0] != 0)
		return false;
	*code = (int)urc->value[alone ? 0 : 1];
	return *code >= 0 && *code < 60;
}
