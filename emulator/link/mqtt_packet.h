/*
 * Packets of MQTT 3.1 and 3.1.1 as a broker reads and writes them, for clients that bring their own MQTT over a socket of
 * the modem. Pure: bytes in, fields out, nothing copied. Sections are those of the OASIS standard, version 3.1.1.
 */
#ifndef LINK_MQTT_PACKET_H
#define LINK_MQTT_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* 2.2.1 */
enum mqtt_type {
	MQTT_CONNECT = 1,
	MQTT_CONNACK,
	MQTT_PUBLISH,
	MQTT_PUBACK,
	MQTT_PUBREC,
	MQTT_PUBREL,
	MQTT_PUBCOMP,
	MQTT_SUBSCRIBE,
	MQTT_SUBACK,
	MQTT_UNSUBSCRIBE,
	MQTT_UNSUBACK,
	MQTT_PINGREQ,
	MQTT_PINGRESP,
	MQTT_DISCONNECT,
};

/* Bytes of the packet; data NULL: the field is not there. */
struct mqtt_span {
	const char *data;
	size_t len;
};

struct mqtt_packet {
	enum mqtt_type type;
	uint16_t id; /* of all that have one */
	/* PUBLISH */
	struct mqtt_span topic, payload;
	int qos;
	bool retain, dup;
	/* CONNECT */
	int level; /* 3 or 4 where the name fits it; whatever the client says */
	bool clean, will, will_retain;
	int will_qos;
	uint16_t keepalive_s;
	struct mqtt_span client_id, will_topic, will_payload, user, password;
	/* SUBSCRIBE, UNSUBSCRIBE: filters for mqtt_next_filter() */
	struct mqtt_span filters;
};

/* 2.2.3: the most that four bytes of remaining length can say is far more than any modem sends. */
enum { MQTT_PACKET_MAX = 256 * 1024 };

/*
 * One packet from the front of data. Returns its length, 0 when more bytes are needed, or -1 with *why: the connection must
 * be closed (4.8). All that *out points to lies in data.
 */
long mqtt_packet_read(const void *data, size_t len, struct mqtt_packet *out, const char **why);

/* Cuts the next filter off; its QoS is 0 of an UNSUBSCRIBE. false: no more. mqtt_packet_read() has checked them all. */
bool mqtt_next_filter(struct mqtt_packet *p, struct mqtt_span *filter, int *qos);

/* Append a packet. 0 or -ENOMEM, -ENOSPC. */
int mqtt_write_connack(struct buf *out, bool session_present, int code);
int mqtt_write_publish(struct buf *out, uint16_t id, struct mqtt_span topic, struct mqtt_span payload, int qos, bool retain,
		       bool dup);
/* PUBACK, PUBREC, PUBREL, PUBCOMP, UNSUBACK; PINGRESP with id 0. */
int mqtt_write_ack(struct buf *out, enum mqtt_type type, uint16_t id);
int mqtt_write_suback(struct buf *out, uint16_t id, const unsigned char *codes, size_t n);

#endif
