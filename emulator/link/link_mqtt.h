/* An MQTT session between the modem's own client (AT+CMQTT*) and a broker, modelled or real. */
#ifndef LINK_LINK_MQTT_H
#define LINK_LINK_MQTT_H

#include "link/link.h"

struct link_mqtt_setup {
	const char *host;
	uint16_t port;
	const struct link_tls *tls; /* NULL: plain TCP. Borrowed during the call only */
	const char *client_id;
	int version; /* 3 = MQTT 3.1, 4 = 3.1.1 */
	uint16_t keepalive_s;
	bool clean;
	const char *user, *password; /* NULL: none */
	struct {
		const char *topic; /* NULL: no will */
		const void *payload;
		size_t len;
		int qos;
	} will;
};

enum link_mqtt_event_type {
	LINK_MQTT_CONNECTED, /* outcome of the connect in status (and code for LINK_CONNACK) */
	LINK_MQTT_PUBLISHED, /* QoS flow of mid complete */
	LINK_MQTT_SUBSCRIBED,
	LINK_MQTT_UNSUBSCRIBED,
	LINK_MQTT_DISCONNECTED, /* our own disconnect is through */
	LINK_MQTT_MESSAGE,
	LINK_MQTT_LOST, /* status LINK_PEER_CLOSED, LINK_RESET or LINK_NO_NETWORK */
	LINK_MQTT_PING_FAILED,
};

struct link_mqtt_event {
	enum link_mqtt_event_type type;
	enum link_status status;
	int code;	   /* CONNACK return code, SUBACK code */
	int mid;	   /* of the publish, subscribe or unsubscribe */
	const char *topic; /* MESSAGE; borrowed until the callback returns */
	const void *payload;
	size_t topic_len, payload_len;
	int qos;
	bool retain;
	const struct why *why; /* NULL when all is well */
};

/*
 * Comes from the clock, never from inside a link_mqtt_*() call. After CONNECTED with a failure, LOST or DISCONNECTED
 * the session is dead: the owner must link_mqtt_close() it (also allowed from inside the callback). Operations under
 * way when a session is lost get their event first, with the status that LOST then has (LINK_PEER_CLOSED_AFTER for a
 * close).
 */
typedef void (*link_mqtt_func_t)(const struct link_mqtt_event *ev, void *ctx);

struct link_mqtt;

struct link_mqtt_topic {
	const char *topic;
	size_t len;
	int qos;
};

/* Starts a session; the outcome is an event. NULL only when out of memory. */
struct link_mqtt *link_mqtt_connect(struct link *l, const struct link_mqtt_setup *setup, link_mqtt_func_t func,
				    void *ctx);
/* Each returns a message id (> 0) for its event, or -errno. Data is copied. */
int link_mqtt_publish(struct link_mqtt *m, const char *topic, size_t topic_len, const void *payload, size_t len,
		      int qos, bool retain, bool dup);
int link_mqtt_subscribe(struct link_mqtt *m, const struct link_mqtt_topic *topics, size_t n);
int link_mqtt_unsubscribe(struct link_mqtt *m, const struct link_mqtt_topic *topics, size_t n);
int link_mqtt_disconnect(struct link_mqtt *m);
/* Frees at once, without an event; for the broker the client vanished (its will is published). NULL is fine. */
void link_mqtt_close(struct link_mqtt *m);

#endif
