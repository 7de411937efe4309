/*
 * Which lines mean something, and the numbers in them.
 */
#ifndef CORE_URC_H
#define CORE_URC_H

#include <stdbool.h>
#include <stdint.h>

enum urc_id {
	URC_NONE,
	URC_REBOOT, /* RDY, *ATREADY */
	URC_CPIN,
	URC_SIM_GONE,
	URC_REGISTRATION, /* +CREG, +CGREG, +CEREG: answer or unasked */
	URC_REVISION,
	URC_NETOPEN,
	URC_NETCLOSE,
	URC_IP_ERROR,
	URC_CIPEVENT,
	URC_CERT,
	URC_MQTT_START,
	URC_MQTT_STOP,
	URC_MQTT_ACCQ,
	URC_MQTT_REL,
	URC_MQTT_SSLCFG,
	URC_MQTT_WILLTOPIC,
	URC_MQTT_WILLMSG,
	URC_MQTT_CONNECT,
	URC_MQTT_DISC,
	URC_MQTT_TOPIC,
	URC_MQTT_PAYLOAD,
	URC_MQTT_PUB,
	URC_MQTT_SUB,
	URC_MQTT_CONNLOST,
	URC_MQTT_NONET,
	URC_MQTT_PING,
	URC_MQTT_RXSTART,
	URC_MQTT_RXTOPIC,
	URC_MQTT_RXPAYLOAD,
	URC_MQTT_RXEND,
};

struct urc {
	enum urc_id id;
	const char *text; /* what follows the prefix; in the line's memory */
	uint8_t count;	  /* leading numbers read, up to 3 */
	int32_t value[3];
};

/* Match one line against the table; id is URC_NONE when nothing fits. */
void urc_parse(const char *line, struct urc *urc);

/*
 * The result code of an MQTT command in its answer line: "+CMQTTSTART: 0"
 * has it alone, all others behind client index 0. Returns false when the
 * line is damaged or about another client.
 */
bool urc_code(const struct urc *urc, int *code);

#endif
