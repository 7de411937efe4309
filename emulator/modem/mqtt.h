/*
 * The modem's own MQTT client (AT+CMQTT*): one service, two clients. Typed calls in, events out; every refusal is
 * explained in the trace. Manual V3.00 chapter 16.
 */
#ifndef MODEM_MQTT_H
#define MODEM_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modem/modem.h"

enum { MQTT_CLIENTS = 2, MQTT_SUB_LIST_BYTES = 5120 };

/* <err> of the family, manual 16.3.1; 35 is the A76xx's. */
enum mqtt_err {
	MQTT_ERR_BARE = -1,	/* refused without a code: the modem prints ERROR alone */
	MQTT_ERR_NONE,
	MQTT_ERR_FAILED,
	MQTT_ERR_UTF8,
	MQTT_ERR_SOCKET_CONNECT,
	MQTT_ERR_SOCKET_CREATE,
	MQTT_ERR_SOCKET_CLOSE,
	MQTT_ERR_RECEIVE,
	MQTT_ERR_NET_OPEN,
	MQTT_ERR_NET_CLOSE,
	MQTT_ERR_NOT_STARTED,
	MQTT_ERR_CLIENT_INDEX,
	MQTT_ERR_NO_CONNECTION,
	MQTT_ERR_PARAMETER,
	MQTT_ERR_NOT_SUPPORTED,
	MQTT_ERR_BUSY,
	MQTT_ERR_REQUIRE_CONNECTION,
	MQTT_ERR_SEND,
	MQTT_ERR_TIMEOUT,
	MQTT_ERR_TOPIC_EMPTY,
	MQTT_ERR_CLIENT_USED,
	MQTT_ERR_NOT_ACQUIRED,
	MQTT_ERR_NOT_RELEASED,
	MQTT_ERR_LENGTH,
	MQTT_ERR_STARTED,
	MQTT_ERR_PACKET,
	MQTT_ERR_DNS,
	MQTT_ERR_PEER_CLOSED,
	MQTT_ERR_CONNACK_VERSION,
	MQTT_ERR_CONNACK_ID,
	MQTT_ERR_CONNACK_SERVER,
	MQTT_ERR_CONNACK_LOGIN,
	MQTT_ERR_CONNACK_AUTHORIZED,
	MQTT_ERR_HANDSHAKE,
	MQTT_ERR_CERTIFICATE,
	MQTT_ERR_SSL_OPEN,
	MQTT_ERR_DISCONNECT,
};

/* The manual's words for a code, NULL when it has none. */
const char *mqtt_err_text(int code);

enum mqtt_client_state { MQTT_CLIENT_FREE, MQTT_CLIENT_ACQUIRED, MQTT_CLIENT_CONNECTING, MQTT_CLIENT_CONNECTED };

/* What a client is asked to do; the outcome is an event. At most one at a time: the others answer 14 meanwhile. */
enum mqtt_op {
	MQTT_OP_NONE, MQTT_OP_CONNECT, MQTT_OP_DISCONNECT, MQTT_OP_PUBLISH, MQTT_OP_SUBSCRIBE, MQTT_OP_UNSUBSCRIBE,
};

/* What is entered at a data prompt. */
enum mqtt_entry {
	MQTT_ENTRY_TOPIC, MQTT_ENTRY_PAYLOAD, MQTT_ENTRY_WILL_TOPIC, MQTT_ENTRY_WILL_MESSAGE,
	MQTT_ENTRY_SUB_TOPIC, MQTT_ENTRY_UNSUB_TOPIC,
};

struct mqtt *mqtt_new(struct modem *m);
/* Stops the service without a word and clears struct mqtt_boot: reboot and power-off. */
void mqtt_reset(struct mqtt *q);
void mqtt_free(struct mqtt *q);

/* The bearer is gone: MQTT_LOST cause 3 for each connected client, then MQTT_NONET; the service is down. */
void mqtt_network_lost(struct mqtt *q);

/* State, for read forms and the control socket. */
bool mqtt_is_started(const struct mqtt *q);
bool mqtt_network_is_open(const struct mqtt *q);	/* START would find the data service up */
/* "free", "acquired", "connecting" or "connected". */
const char *mqtt_state_name(const struct mqtt *q, int client);
enum mqtt_client_state mqtt_client_state(const struct mqtt *q, int client);
const char *mqtt_client_id(const struct mqtt *q, int client);	/* "" when not acquired */
bool mqtt_client_tls(const struct mqtt *q, int client);
int mqtt_client_version(const struct mqtt *q, int client);
int mqtt_client_ssl(const struct mqtt *q, int client);		/* bound SSL context, -1 when unbound */

/*
 * Records in the trace why code is answered, and returns code. For refusals that only the caller can see (arguments
 * out of range).
 */
enum mqtt_err mqtt_refuse(struct mqtt *q, enum mqtt_err code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* MQTT_ERR_NONE, or the (traced) refusal of whatever comes before START. */
enum mqtt_err mqtt_need_service(struct mqtt *q);

/*
 * All calls below return MQTT_ERR_NONE when accepted, else the refusal (already traced). None emits an event before
 * it returns.
 */
enum mqtt_err mqtt_start(struct mqtt *q);	/* then MQTT_STARTED */
enum mqtt_err mqtt_stop(struct mqtt *q);	/* then MQTT_STOPPED */
/* version 0: the default. id is copied. */
enum mqtt_err mqtt_acquire(struct mqtt *q, int client, const char *id, bool tls, int version);
enum mqtt_err mqtt_release(struct mqtt *q, int client);
enum mqtt_err mqtt_bind_ssl(struct mqtt *q, int client, int ctx);

/* May something be entered now? One rule for all entries. Asked before the prompt, and again by mqtt_enter(). */
enum mqtt_err mqtt_may_enter(struct mqtt *q, int client);
/* qos counts for WILL_MESSAGE and SUB_TOPIC. Data is copied. */
enum mqtt_err mqtt_enter(struct mqtt *q, int client, enum mqtt_entry entry, const char *data, size_t len, int qos);

struct mqtt_address {
	const char *url;		/* "tcp://host[:port]" */
	int keepalive_s;
	bool clean;
	const char *user, *password;	/* NULL: none */
};

enum mqtt_err mqtt_connect(struct mqtt *q, int client, const struct mqtt_address *to);
/* The last address connected to, NULL unless connected. Borrowed until the client's state changes. */
const struct mqtt_address *mqtt_connected_to(const struct mqtt *q, int client);
enum mqtt_err mqtt_disconnect(struct mqtt *q, int client, int timeout_s);
/* Topic and payload entered before are used up whatever the result. */
enum mqtt_err mqtt_publish(struct mqtt *q, int client, int qos, int timeout_s, bool retain, bool dup);

struct mqtt_filter {
	const char *topic;
	size_t len;
	int qos;
};

/* Would op be accepted now? Asked before the prompt of the one-topic forms. */
enum mqtt_err mqtt_may(struct mqtt *q, int client, enum mqtt_op op);
/* one NULL: the list entered before, which is used up. */
enum mqtt_err mqtt_subscribe(struct mqtt *q, int client, const struct mqtt_filter *one);
enum mqtt_err mqtt_unsubscribe(struct mqtt *q, int client, const struct mqtt_filter *one);

/* AT+CMQTTCFG of one client; defaults after REL. */
struct mqtt_cfg {
	bool check_utf8;
	int optimeout_s;
	int version;		/* "version" of the A76xx, 0: as acquired */
	bool arg_topic;		/* "argtopic" of the A76xx: kept, shown, without effect on the wire */
	bool ali_auth;		/* "aliauth": kept, without effect: no Alibaba broker is modelled */
};

const struct mqtt_cfg *mqtt_cfg(const struct mqtt *q, int client);
/* Allowed from ACQUIRED on, until connected. */
enum mqtt_err mqtt_set_cfg(struct mqtt *q, int client, const struct mqtt_cfg *cfg);

#endif
