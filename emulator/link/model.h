/* What the files of the modelled back end share: connections, and what is under way on them. */
#ifndef LINK_MODEL_H
#define LINK_MODEL_H

#include <bsd/sys/queue.h>

#include "link/broker_model.h"
#include "link/session.h"
#include "link/tls_policy.h"
#include "link/world.h"

/* Something that will happen on a connection at its time. */
enum job_kind {
	JOB_ARRIVE,		/* a publish reaches the broker */
	JOB_PUBLISHED,		/* its QoS flow is through */
	JOB_SUBSCRIBE,
	JOB_SUBSCRIBED,
	JOB_UNSUBSCRIBE,
	JOB_DENIED,		/* the broker closes because of this operation */
	JOB_DELIVER,		/* a message reaches the client */
	JOB_DISCONNECT,
	JOB_LOST,
};

struct job {
	TAILQ_ENTRY(job) entry;
	struct timer timer;
	struct conn *m;
	enum job_kind kind;
	enum link_mqtt_event_type type;		/* of the event that ends the operation */
	enum link_status status;
	int mid, code;
	struct message *message;
	int qos;
	bool retain;
	struct link_mqtt_topic *topic;		/* own copies, in one block */
	size_t n_topics;
	char reason[96];			/* JOB_LOST, JOB_DENIED */
};

/* What is known of a session until its CONNACK. */
struct opening {
	char *host, *client_id, *user, *password;
	char *name;			/* the host's, which may have been given by its address */
	uint16_t port;
	int version;
	bool clean, tls;
	const struct host *world;
	struct tls_result handshake;
	bool arrives;			/* the CONNECT packet reaches the broker; else status is the outcome */
	bool answered;			/* the CONNACK is on its way */
	enum link_status status;
	int code;
	struct why why;
};

enum conn_state { CONN_OPENING, CONN_UP, CONN_DEAD };

struct conn {
	struct link_mqtt base;
	TAILQ_ENTRY(conn) entry;
	struct link *link;
	link_mqtt_func_t func;
	void *ctx;
	enum conn_state state;
	struct opening *opening;	/* until the outcome */
	struct timer timer;		/* outcome, then keep-alive */
	TAILQ_HEAD(, job) jobs;
	int last_mid;
	uint16_t keepalive_s;
	struct message *will;
	struct faults faults;
	struct broker *broker;
	struct broker_client client;
	struct session *session;	/* while CONN_UP */
	bool deliver_at_once;
};

/* model_mqtt.c: the connection ends; what is under way gets its event, then LOST. */
void conn_die(struct conn *m, enum link_status status, const char *reason);

/* model_ftp.c, for the control language: ends sessions, counting them; names who is logged in. */
void model_ftp_drop(struct link *l, bool reset, unsigned *n);
void model_ftp_sessions(const struct link *l, struct buf *out, bool *any);
/* model_http.c: the same for its connections. */
void model_http_drop(struct link *l, bool reset, unsigned *n);
void model_http_sessions(const struct link *l, struct buf *out, bool *any);

/* model_open.c: decides what becomes of a connect and when; the outcome arrives by m->timer. */
uint64_t conn_plan(struct conn *m, const struct route *r, const struct link_mqtt_setup *setup);
/* model_open.c: the timer of a session that is opening. */
void conn_open_step(struct conn *m);
void opening_free(struct opening *o);
/* The broker at a place, made when first asked for; it may be forgotten while it has no session. NULL: out of memory. */
struct broker *model_broker(struct link *l, const char *name, uint16_t port, const struct host *host);
/* What holds for a new connection: the host's misbehaviours, and those of the control socket. */
struct faults model_faults(const struct link *l, const struct host *h);
/* A note about who answers at name; tls NULL: plain. */
void model_trace_host(struct trace *t, const char *name, uint16_t port, const struct host *h,
		      const struct tls_result *tls);

/* "1.2" for 2. */
const char *model_tls_version(unsigned version);

enum {
	/* Nothing answers: the SYN of a usual stack gives up then [guess]. */
	MODEL_SYN_TIMEOUT_US = 75000000,
	/* From TCP up to "SSL session cannot be opened": 0.703 s after OK in the one capture (issue-49:252-255). */
	MODEL_TLS_OPEN_US = 53000,
};

/* model_jobs.c */
struct job *job_new(struct conn *m, enum job_kind kind, uint64_t delay_us);
void job_free(struct job *j);
void jobs_clear(struct conn *m);
/* Messages that have not reached the client go back to a session that keeps them. */
void jobs_requeue(struct conn *m);
/* Puts a message on its way to the client; see struct broker_client. */
void conn_deliver(void *client, struct message *message, int qos, bool retain);
/* See struct broker_client. */
void conn_close_by_broker(void *client, const char *reason);
bool conn_muted(const struct conn *m);

#endif
