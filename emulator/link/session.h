/*
 * What the two back ends share and nobody outside this room sees: the link itself, the first member of everything that
 * is open between modem and world, and the way from a name to whoever answers there.
 */
#ifndef LINK_SESSION_H
#define LINK_SESSION_H

#include <bsd/sys/queue.h>

#include "link/broker_model.h"
#include "link/link.h"
#include "link/link_ftp.h"
#include "link/link_http.h"
#include "link/link_mqtt.h"
#include "link/link_stream.h"
#include "link/world.h"

struct link_http_peer;

/* First member of every session, modelled or real. */
struct link_session {
	TAILQ_ENTRY(link_session) entry;
	/* The bearer is gone: the session ends with LINK_NO_NETWORK, told from the clock and never from inside this. */
	void (*network_lost)(struct link_session *s);
	/* See link_hold(); link->held says it too. NULL: nothing comes unasked. Set before link_session_open(). */
	void (*hold)(struct link_session *s, bool held);
};

void link_session_open(struct link *l, struct link_session *s, void (*network_lost)(struct link_session *s));
void link_session_close(struct link *l, struct link_session *s);

struct link {
	struct link_options o;
	bool down, held, stuck;
	struct real_libs *libs; /* real world: NULL until one is used */
	TAILQ_HEAD(, link_session) sessions; /* in the order they were opened */
	/* modelled world */
	bool refuse, mute;
	struct faults faults; /* for new connections */
	TAILQ_HEAD(, conn) conns;
	TAILQ_HEAD(, broker) brokers;
	TAILQ_HEAD(, ftp_conn) ftp_conns;
	TAILQ_HEAD(, ftp_server) ftp_servers; /* what sessions changed lasts as long as the link */
	TAILQ_HEAD(, model_http) http_clients;
	struct queue retained; /* from the control socket, for brokers yet to come */
	TAILQ_HEAD(, model_stream) streams;
	TAILQ_HEAD(, model_peer) peers; /* their other ends; some outlive their stream by what is under way */
	unsigned last_peer;
	uint16_t next_port; /* of the modem */
	TAILQ_HEAD(, real_linger) lingering;
	TAILQ_HEAD(, name) names; /* that have been looked up */
	size_t n_names;
	time_t utc_at_start; /* the world's wall clock at time 0 of the clock */
};

enum { ROUTE_ADDRESS_SIZE = 256 };

/* Who answers at a name. */
struct route {
	char name[ROUTE_ADDRESS_SIZE]; /* what was asked for; the name, when that was an address names.h has given it */
	enum link_status status; /* LINK_OK, or what the attempt ends in after delay_us, with why */
	uint64_t delay_us;
	struct why why;
	const struct host *host; /* the modelled host, or the row that maps the name; NULL: unknown to the world */
	bool real;		 /* address and port are to be reached by real sockets on l->o.loop */
	char address[ROUTE_ADDRESS_SIZE]; /* numeric, or a name to be looked up first */
	uint16_t port;
};

/* Looks name up in the world file, then (allow_network) outside. Never blocks; *out is filled whatever comes of it. */
void route_find(const struct link *l, const char *name, uint16_t port, struct route *out);

/* The same for the name alone, whatever the port: status tells whether it has an address. */
void route_lookup(const struct link *l, const char *name, struct route *out);

/* A numeric IPv4 or IPv6 address. */
bool route_is_address(const char *host);
/* A numeric address of this machine itself, or "localhost". */
bool route_is_loopback(const char *host);

/* --- MQTT ------------------------------------------------------------------------------------------------------- */

struct link_mqtt_ops {
	int (*publish)(struct link_mqtt *m, const char *topic, size_t topic_len, const void *payload, size_t len,
		       int qos, bool retain, bool dup);
	int (*subscribe)(struct link_mqtt *m, const struct link_mqtt_topic *topics, size_t n);
	int (*unsubscribe)(struct link_mqtt *m, const struct link_mqtt_topic *topics, size_t n);
	int (*disconnect)(struct link_mqtt *m);
	void (*close)(struct link_mqtt *m);
};

/* First member of the back ends' own. */
struct link_mqtt {
	struct link_session session;
	const struct link_mqtt_ops *ops;
};

/* model_mqtt.c: also tells of a route that leads nowhere. NULL: out of memory. */
struct link_mqtt *model_mqtt_connect(struct link *l, const struct route *r, const struct link_mqtt_setup *setup,
				     link_mqtt_func_t func, void *ctx);
/* real_mqtt.c, for routes that are real. NULL: out of memory. */
struct link_mqtt *real_mqtt_connect(struct link *l, const struct route *r, const struct link_mqtt_setup *setup,
				    link_mqtt_func_t func, void *ctx);

/* --- streams ---------------------------------------------------------------------------------------------------- */

struct link_stream_ops {
	long (*send)(struct link_stream *s, const void *data, size_t len);
	int (*send_to)(struct link_stream *s, const struct route *r, uint16_t port, const void *data, size_t len);
	void (*pause)(struct link_stream *s, bool paused);
	void (*owned)(struct link_stream *s); /* func and ctx are new */
	void (*info)(const struct link_stream *s, struct link_stream_info *out);
	void (*close)(struct link_stream *s);
};

/* First member of the back ends' own. */
struct link_stream {
	struct link_session session;
	struct link *link;
	const struct link_stream_ops *ops;
	link_stream_func_t func; /* NULL: accepted, and without an owner yet */
	void *ctx;
};

/* model_stream.c: also tells of a route that leads nowhere. NULL: out of memory. */
struct link_stream *model_stream_open(struct link *l, const struct route *r, const struct link_stream_setup *setup,
				      link_stream_func_t func, void *ctx);
/* real_stream.c, real_udp.c, real_listen.c: on l->o.loop, which is there. NULL: out of memory. */
struct link_stream *real_stream_open(struct link *l, const struct route *r, const struct link_stream_setup *setup,
				     link_stream_func_t func, void *ctx);
struct link_stream *real_udp_open(struct link *l, uint16_t local_port, link_stream_func_t func, void *ctx);
struct link_stream *real_listen_open(struct link *l, uint16_t local_port, link_stream_func_t func, void *ctx);
/* real_linger.c: lets go of what is still on its way to peers. */
void real_lingering_forget(struct link *l);

/* dual_stream.c: UDP and LISTEN where there is a loop. */
struct link_stream *dual_stream_open(struct link *l, const struct link_stream_setup *setup, link_stream_func_t func,
				     void *ctx);

/* model_peer.c: frees what is still under way to servers whose stream is closed; the bearer or the link goes. */
void model_peers_forget(struct link *l);
/* --- FTP -------------------------------------------------------------------------------------------------------- */

struct link_ftp_ops {
	int (*start)(struct link_ftp *f, const struct link_ftp_request *r);
	void (*pause)(struct link_ftp *f, bool paused);
	int (*logout)(struct link_ftp *f);
	void (*close)(struct link_ftp *f);
};

/* First member of the back ends' own. */
struct link_ftp {
	struct link_session session;
	const struct link_ftp_ops *ops;
};

/* model_ftp.c: also tells of a route that leads nowhere. NULL: out of memory. */
struct link_ftp *model_ftp_login(struct link *l, const struct route *r, const struct link_ftp_setup *setup,
				 link_ftp_func_t func, void *ctx);
/* real_ftp.c */
struct link_ftp *real_ftp_login(struct link *l, const struct route *r, const struct link_ftp_setup *setup,
				link_ftp_func_t func, void *ctx);
/* --- HTTP ------------------------------------------------------------------------------------------------------- */

/* What a back end does for a client. Each holds at most one connection. */
struct link_http_ops {
	/* key tells one place from another, TLS settings included: equal keys may share a connection. 0 or -ENOMEM. */
	int (*request)(struct link_http_peer *p, const struct route *r, const struct link_http_setup *s, uint64_t key);
	void (*pause)(struct link_http_peer *p, bool paused);
	/* The request under way ends with status, by an event from the clock; a kept connection ends without a word. */
	void (*abort)(struct link_http_peer *p, enum link_status status, const char *reason);
	void (*cancel)(struct link_http_peer *p); /* request and connection, without an event */
	void (*free)(struct link_http_peer *p);
};

/* First member of the back ends' own. */
struct link_http_peer {
	const struct link_http_ops *ops;
	struct link_http *client;
};

struct link_http {
	struct link_session session;
	struct link *link;
	link_http_func_t func;
	void *ctx;
	struct link_http_peer *model, *real; /* made when first needed */
	struct link_http_peer *busy;	     /* the one whose request is under way */
};

/* Tells the owner; DONE frees the way for the next request first. */
void link_http_tell(struct link_http *h, const struct link_http_event *ev);

/* model_http.c: also tells of a route that leads nowhere. NULL: out of memory. */
struct link_http_peer *model_http_new(struct link_http *client);
/* real_http.c. NULL: out of memory. */
struct link_http_peer *real_http_new(struct link_http *client);

#endif
