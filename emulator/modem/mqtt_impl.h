/* Shared by the files of modem/mqtt only. mqtt.c: service, clients, entries; mqtt_session.c: what the link does. */
#ifndef MODEM_MQTT_IMPL_H
#define MODEM_MQTT_IMPL_H

#include "link/link_mqtt.h"
#include "modem/mqtt.h"
#include "modem/ssl.h"

enum mqtt_service { MQTT_SERVICE_STOPPED, MQTT_SERVICE_STARTING, MQTT_SERVICE_STARTED, MQTT_SERVICE_STOPPING };

/* Bytes entered at a prompt; memory only while there are any. */
struct mqtt_bytes {
	char *data;	/* NUL-terminated beyond len */
	size_t len;
	bool given;
};

struct mqtt_list {
	struct mqtt_filter *item;	/* topics owned */
	size_t n, bytes;
};

struct mqtt_will {
	struct mqtt_bytes topic, message;
	int qos;
};

struct mqtt_client {
	struct mqtt *service;
	int index;
	enum mqtt_client_state state;
	/* acquired */
	char *id;
	bool tls;
	int version;
	struct mqtt_cfg cfg;
	struct mqtt_will will;
	struct mqtt_bytes topic, payload;
	struct mqtt_list sub, unsub;
	/* survives REL: the binding belongs to the index (quirks O7) */
	int ssl_ctx;		/* -1: unbound */
	/* connecting and connected */
	struct link_mqtt *link;
	struct mqtt_address to;	/* strings owned */
	char *host;
	int ctx;		/* SSL context in use */
	uint64_t connected_us;
	/* the pending operation */
	enum mqtt_op op;
	int mid;
	struct timer guard;	/* no answer in time */
	struct timer delay;	/* a result that is known but not told yet */
	int result;
	struct why why;
};

/* All of it is gone after a reset. */
struct mqtt_boot {
	enum mqtt_service service;
	bool network_open;	/* how START found the data service */
	struct mqtt_client client[MQTT_CLIENTS];
};

struct mqtt {
	struct modem *modem;
	struct timer timer;	/* START and STOP */
	struct mqtt_boot boot;
};

/* The only ways to change a state; refuse (and note in the trace) what the tables do not allow. */
void mqtt_set_service(struct mqtt *q, enum mqtt_service next);
void mqtt_set_client(struct mqtt_client *c, enum mqtt_client_state next);
void mqtt_bytes_clear(struct mqtt_bytes *b);
void mqtt_list_clear(struct mqtt_list *l);

/* Is c in a state for op? As mqtt_may(), for a client that exists. */
enum mqtt_err mqtt_check_op(struct mqtt_client *c, enum mqtt_op op);
/* Client index, service and acquired: what every client command needs. NULL with *err set. */
struct mqtt_client *mqtt_check_client(struct mqtt *q, int client, enum mqtt_err *err);

/* Closes the link session and forgets the pending operation, without an event. */
void mqtt_session_drop(struct mqtt_client *c);
void mqtt_session_init(struct mqtt_client *c);
/* MQTT_LOST when connected; the pending operation ends first. */
void mqtt_session_lost(struct mqtt_client *c, enum link_status status, const struct why *why);

/* mqtt_codes.c */
extern const struct ssl_codes mqtt_ssl_codes;
int mqtt_code_connect(const struct profile *p, enum link_status status, int connack, struct why *why);
int mqtt_code_operation(enum link_status status);
int mqtt_code_limit(const struct profile *p, int code, struct why *why);
int mqtt_lost_cause(enum link_status status);

#endif
