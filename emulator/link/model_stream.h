/*
 * What the files of modelled streams share. A connection has two ends: the modem's (struct model_stream, what
 * link_stream.h is made of) and the world's (struct model_peer, a server or whoever has connected to the modem), each
 * with the lane of what is on its way to it.
 */
#ifndef LINK_MODEL_STREAM_H
#define LINK_MODEL_STREAM_H

#include "link/lane.h"
#include "link/model.h"
#include "link/session.h"

enum stream_state { STREAM_OPENING, STREAM_UP, STREAM_DEAD };

/* What an open comes to, decided when it starts. */
struct stream_plan {
	enum link_status status;
	struct why why;
	const struct host *host;
	char name[ROUTE_ADDRESS_SIZE];
	struct faults faults;
	struct tls_result handshake;
	bool plain_to_tls; /* a plain client of a TLS port: connected, and closed on its first bytes */
};

struct model_stream {
	struct link_stream base;
	TAILQ_ENTRY(model_stream) entry;
	enum link_stream_kind kind;
	enum stream_state state;
	struct stream_plan *plan; /* until OPENED */
	struct model_peer *peer;  /* TCP: the other end, NULL when there is none any more */
	struct timer timer;	  /* OPENED, then the loss of the network */
	struct lane in, acks;
	uint64_t sent, acked, room, received;
	size_t window; /* of the peer */
	bool blocked;  /* WRITABLE is owed */
	bool paused;
	char peer_address[LINK_STREAM_ADDRESS_SIZE];
	uint16_t peer_port, local_port;
	const char *tls_version, *tls_cipher;
};

/* model_dial.c: fills s->plan; when its outcome is due, or UINT64_MAX when out of memory. */
uint64_t stream_plan(struct model_stream *s, const struct route *r, const struct link_stream_setup *setup);

struct model_service;

/* A server's end of a connection, or the one remote place of a UDP stream. Numbered for the control language. */
struct model_peer {
	TAILQ_ENTRY(model_peer) entry;
	struct link *link;
	struct model_stream *stream; /* NULL: the modem has closed, and what it sent before is still under way */
	unsigned number;
	enum link_stream_kind kind; /* TCP or UDP */
	char name[ROUTE_ADDRESS_SIZE];
	char address[LINK_STREAM_ADDRESS_SIZE];
	uint16_t port;
	const struct host *host; /* NULL: has connected to the modem by command */
	const struct model_service *service;
	struct faults faults;
	struct lane in;
	struct buf unread;  /* has arrived, and the service has not read it */
	uint64_t arrived, read;
	struct timer wake;  /* the service has something to do then */
	uint64_t read_at_us; /* not before, because of limits: rate */
	bool ended;	    /* has closed or reset: what arrives is lost */
	size_t step;	    /* script: the step that is next */
	bool matched;	    /* its text has come, and it happens at due_us */
	uint64_t due_us;
	size_t column; /* chargen */
	void *state; /* of the service */
	bool connack_5; /* MQTT over TLS: the server cannot tell whose client this is */
	bool plain_on_tls, no_client_cert; /* HTTP: it says so */
};

/* model_stream.c: the end of s that a command of the control language has connected; from is numeric. NULL: memory. */
struct model_stream *model_stream_accept(struct model_stream *listener, const char *from, uint16_t from_port);
/* The listening stream of a local port, or NULL. */
struct model_stream *model_stream_listening(struct link *l, uint16_t port);

/* model_peer.c. host NULL: a peer that has connected to the modem. NULL: out of memory. */
struct model_peer *model_peer_new(struct model_stream *s, const char *name, uint16_t port, const struct host *host,
				  const struct faults *faults);
void model_peer_free(struct model_peer *p);
/* The modem's end is closed: the peer hears of it after all that was sent, and goes. */
void model_peer_hang_up(struct model_peer *p);
/* The bearer is gone. */
void model_peer_lost(struct model_peer *p);
/* Half a round trip. */
uint64_t model_peer_way_us(const struct model_peer *p);
/* The modem has read: the peer hears of the room half a round trip later. */
void model_peer_drained(struct model_peer *p);
/* Bytes that may be sent now. */
size_t model_peer_room(const struct model_peer *p);
/* Sends towards the modem, at once or after_us from now; what is sent later never overtakes it. */
void model_peer_send(struct model_peer *p, const void *data, size_t len);
void model_peer_send_after(struct model_peer *p, const void *data, size_t len, uint64_t after_us);
/* Closes (LINK_PEER_CLOSED) or resets towards the modem, for a reason that goes into why. */
void model_peer_end(struct model_peer *p, enum link_status status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Lets the service run delay_us from now, or earlier. */
void model_peer_wake(struct model_peer *p, uint64_t delay_us);
/* The world's wall clock. */
time_t model_wall_time(const struct link *l, uint32_t *microseconds);

/* model_service.c: what answers. */
struct model_service {
	void (*open)(struct model_peer *p);				  /* the connection stands; may be NULL */
	void (*run)(struct model_peer *p);				  /* it is time; may be NULL */
	size_t (*read)(struct model_peer *p, const void *data, size_t len); /* TCP; returns how much it took */
	void (*datagram)(struct model_peer *p, const void *data, size_t len); /* UDP; NULL: nothing there */
	void (*gone)(struct model_peer *p); /* the connection is at its end, once or twice; may be NULL */
	void (*forget)(struct model_peer *p); /* frees what the service has of it; may be NULL */
	bool has_connect; /* misbehaviours after a connect are after its own, which it sees to */
};
const struct model_service *model_service(enum service service);
/* Reads everything and says nothing of its own: what control commands play. */
const struct model_service *model_service_quiet(void);
/* A TLS port that a plain client has opened. */
const struct model_service *model_service_tls_only(void);
/* A server that lets a client without a certificate through the handshake and closes then. */
const struct model_service *model_service_no_cert(void);

/* script_model.c */
void model_script_open(struct model_peer *p);
void model_script_run(struct model_peer *p);
size_t model_script_read(struct model_peer *p, const void *data, size_t len);
void model_script_datagram(struct model_peer *p, const void *data, size_t len);

/* mqtt_server.c */
void mqtt_server_run(struct model_peer *p);
size_t mqtt_server_read(struct model_peer *p, const void *data, size_t len);
void mqtt_server_gone(struct model_peer *p);
void mqtt_server_forget(struct model_peer *p);

/* http_server.c */
void http_server_open(struct model_peer *p);
void http_server_run(struct model_peer *p);
size_t http_server_read(struct model_peer *p, const void *data, size_t len);
void http_server_forget(struct model_peer *p);

/* stream_control.c: rows of link_control(). */
int control_connect(struct link *l, char *args, struct buf *reply);
int control_peer(struct link *l, char *args, struct buf *reply);
int control_peers(struct link *l, char *args, struct buf *reply);
/* Ends every connection of streams, returns how many. */
unsigned model_peers_drop(struct link *l, enum link_status status);
/* After a mute that is over. */
void model_peers_wake(struct link *l);

#endif
