/* What the files of the real MQTT back end share. real_mqtt.c: a session and its operations; real_mqtt_open.c: from a
 * name to the CONNACK; real_mqtt_again.c: one more CONNECT to learn why; real_mqtt_wire.c: libmosquitto on the loop. */
#ifndef LINK_REAL_MQTT_H
#define LINK_REAL_MQTT_H

#include <bsd/sys/queue.h>

#include <uv.h>

#include "link/real_libs.h"
#include "link/real_lookup.h"
#include "link/real_probe.h"
#include "link/real_tls.h"
#include "link/session.h"

/* In this order; RM_JUDGING only after a handshake or CONNACK that failed. */
enum real_mqtt_state {
	RM_RESOLVING,
	RM_CONNECTING,	/* TCP */
	RM_HANDSHAKING, /* TLS */
	RM_WAITING,	/* CONNECT is on its way */
	RM_UP,
	RM_LEAVING, /* DISCONNECT is */
	RM_JUDGING, /* why did it fail? */
	RM_DEAD,
};

/* An event that waits for its turn on the clock; one block with its data. */
struct real_mqtt_event {
	TAILQ_ENTRY(real_mqtt_event) entry;
	struct link_mqtt_event ev;
	struct why why;
	char data[];
};

/* A publish, subscribe or unsubscribe under way: one packet of libmosquitto, or one for each QoS among the filters. */
struct real_mqtt_op {
	TAILQ_ENTRY(real_mqtt_op) entry;
	enum link_mqtt_event_type type;
	int mid;
	int code;    /* the highest granted QoS, 0x80 */
	size_t left; /* packets not answered */
	size_t n;
	int packet[]; /* libmosquitto's ids, 0 once answered */
};

struct real_mqtt {
	struct link_mqtt base;
	struct link *link;
	link_mqtt_func_t func;
	void *ctx;
	enum real_mqtt_state state;
	/* where to */
	char *host;
	uint16_t port, real_port;
	char address[ROUTE_ADDRESS_SIZE]; /* a name until it is looked up */
	const struct host *row;		  /* that maps host, NULL: none */
	/* how */
	uint16_t keepalive_s;
	bool has_user;
	uint64_t negotiate_us;
	/* with what */
	const struct real_mosquitto *lib;
	struct mosquitto *mosq;
	struct real_tls *tls; /* NULL: plain */
	struct real_lookup *lookup;
	struct real_probe *probe;
	struct real_mqtt_again *again; /* TLS without a server name, until the outcome */
	int fd; /* our own duplicate of libmosquitto's, -1: none */
	uv_poll_t *poll;
	/* what is going on */
	struct timer timer; /* patience of the state; keep-alive */
	struct timer tell;  /* the next event */
	TAILQ_HEAD(, real_mqtt_event) events;
	TAILQ_HEAD(, real_mqtt_op) ops;
	size_t waiting_bytes; /* of messages among the events */
	unsigned n_told;      /* events made so far: whether a read has brought one */
	int last_mid;
	bool heard;	     /* the broker's first bytes have been looked at */
	int connack;	     /* -1: none */
	bool ping_out, logs; /* a PINGREQ waits for its answer; libmosquitto tells of both */
	bool broken;	     /* a write failed: the session ends at the next turn of the clock */
	/* outcome of the connect while it is being judged */
	enum link_status status;
	struct why why;
};

/* real_mqtt.c: queues an event; topic and payload are copied. why NULL: all is well. */
void real_mqtt_queue(struct real_mqtt *m, const struct link_mqtt_event *ev, const struct why *why);
/* real_mqtt.c: the connection has ended: operations under way, then LOST. */
void real_mqtt_lose(struct real_mqtt *m, enum link_status status, const struct why *why);
/* real_mqtt.c: an answer to packet of an operation of that type. */
void real_mqtt_answered(struct real_mqtt *m, enum link_mqtt_event_type type, int packet, int code);
/* real_mqtt.c: the outcome of a disconnect. */
void real_mqtt_left(struct real_mqtt *m);

/* real_mqtt_open.c: looks up, connects, shakes hands; ends in real_mqtt_up() or in the event of a failure. */
void real_mqtt_open(struct real_mqtt *m, const struct route *r, const struct link_mqtt_setup *setup);
/* The socket is ready, or the state's patience is over. */
void real_mqtt_open_ready(struct real_mqtt *m, int events);
void real_mqtt_open_late(struct real_mqtt *m);
/* Ends a connect that has not come to its end; once. */
void real_mqtt_open_fail(struct real_mqtt *m, enum link_status status);
/* The same for a CONNACK of 1 to 5, with its reason unless why has one. */
void real_mqtt_open_refused(struct real_mqtt *m);

/* real_mqtt_again.c: keeps what a second CONNECT would need, where it could tell something. */
void real_mqtt_again_prepare(struct real_mqtt *m, const struct link_mqtt_setup *setup);
/* After CONNACK 5, with the first connection dropped: true when real_mqtt_open_refused() follows. */
bool real_mqtt_again(struct real_mqtt *m);
/* NULL is fine. */
void real_mqtt_again_free(struct real_mqtt_again *a);

/* real_mqtt_wire.c: libmosquitto's client, made of setup. NULL with a step in why. */
struct mosquitto *real_mqtt_client(struct real_mqtt *m, const struct link_mqtt_setup *setup, struct why *why);
/* Takes over the socket libmosquitto has just made. 0 or -errno. */
int real_mqtt_attach(struct real_mqtt *m);
/* Tells libuv what to wait for now. */
void real_mqtt_watch(struct real_mqtt *m);
/* The session is up: messages flow, the keep-alive runs. */
void real_mqtt_start(struct real_mqtt *m);
void real_mqtt_keep_alive(struct real_mqtt *m);
/* Socket and client go, at once. */
void real_mqtt_drop(struct real_mqtt *m);
/* LINK_RESET or LINK_PEER_CLOSED: how the peer has ended the connection. */
enum link_status real_mqtt_ending(const struct real_mqtt *m);

#endif
