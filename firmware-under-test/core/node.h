/*
 * The client: one modem, one broker, one queue. The caller owns the memory
 * of struct node, struct node_config and everything the config points to,
 * for as long as the node is used. Nothing is allocated, nothing blocks.
 *
 * Log lines. They are a contract: scenarios match them. Every event is one
 * line, in lower case. N, C, MS are decimal numbers; C is the modem's code
 * and TEXT its meaning (codes.c); SNI is " sni=on", " sni=off" or nothing
 * without TLS.
 *
 *   modem REVISION			revision found ("unknown" if it has none)
 *   modem rebooted			RDY or *ATREADY in mid-session
 *   modem does not answer		30 s of silence
 *   sim not ready: TEXT		said once per text
 *   sim removed
 *   not registered yet			after 30 polls
 *   registered
 *   network open
 *   network open failed C (TEXT)
 *   network lost			+CMQTTNONET, +CIPEVENT
 *   certificate NAME present
 *   certificate NAME stored (N bytes)
 *   certificate NAME not stored: TEXT
 *   client id cut to N characters	2018 revisions
 *   sni on | sni off
 *   sni not supported by REVISION	tag refused
 *   refused: COMMAND			CSSLCFG said ERROR twice
 *   storing certificates again		after 34, once
 *   connect 0,C (TEXT)SNI		a failed CMQTTCONNECT
 *   session failed C (TEXT) at COMMAND	a failed step around it
 *   trying sni on | trying sni off
 *   cannot connect: ...		why, with revision, broker, way out
 *   connected broker=HOST:PORTSNI
 *   subscribed TOPIC
 *   subscribe TOPIC failed 0,C (TEXT)
 *   published N			N counts from 1
 *   publish N failed 0,C (TEXT)
 *   publish N dropped			QoS 0 only
 *   received TOPIC LEN TEXT		not printable: \xNN
 *   received TOPIC LEN TEXT... crc=HEX	more than fits; crc of the whole
 *   received damaged message		counts do not match
 *   connection lost cause=N		+CMQTTCONNLOST; 0: found by asking
 *   keepalive failed C (TEXT)		+CMQTTPING
 *   no answer to COMMAND		timed out, resynchronising
 *   retry in MS ms
 *   disconnected			the node closed the session itself
 *   max time reached
 *   giving up: TEXT			with --give-up
 *   done | failed			the last line: exit code 0 or 1
 */
#ifndef CORE_NODE_H
#define CORE_NODE_H

#include "core/at_client.h"
#include "core/at_tx.h"
#include "core/backoff.h"
#include "core/exchange.h"
#include "core/limits.h"
#include "core/policy.h"
#include "core/receive.h"
#include "core/script.h"
#include "core/outbox.h"
#include "core/deadline.h"
#include "port/port.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node_file {
	const char *name; /* in the modem's store; NULL: no such file */
	const uint8_t *data;
	size_t size;
};

struct node_topic {
	const char *topic;
	uint8_t qos;
};

struct node_message {
	const char *topic;
	const char *text; /* "{n}" becomes the message's number */
};

enum node_goal {
	NODE_GOAL_NEVER,
	NODE_GOAL_CONNECTED,
	NODE_GOAL_PUBLISHED, /* every message acknowledged */
	NODE_GOAL_RECEIVED,  /* goal_count messages */
};

#define NODE_AUTHMODE_AUTO 255

struct node_config {
	const char *host;
	uint16_t port;
	bool tls;
	enum sni_mode sni;
	struct node_file ca;
	struct node_file cert;
	struct node_file key;
	uint8_t authmode;  /* 0..3, or NODE_AUTHMODE_AUTO from the files */
	uint32_t ciphers;  /* 0: left alone */
	const char *user;  /* NULL: none */
	const char *pass;  /* NULL: none */
	const char *client_id;
	uint16_t keepalive_s;
	bool clean;
	struct node_message will; /* topic NULL: none */
	const struct node_topic *subscribe;
	size_t subscribe_count;
	const struct node_message *publish;
	size_t publish_count;
	uint8_t qos;
	bool retain;
	uint32_t count;	      /* rounds over the publish list */
	uint32_t interval_ms; /* between rounds */
	enum node_goal goal;
	uint32_t goal_count;
	uint32_t max_time_ms; /* 0: no limit */
	bool give_up;
	const char *apn; /* NULL: as the modem has it */
	uint32_t seed;	 /* of the jitter */
};

enum node_state_id {
	NODE_BOOT,
	NODE_IDENT,
	NODE_REGISTER,
	NODE_NET,
	NODE_CERT,
	NODE_CLEAN,
	NODE_TLS,
	NODE_CONNECT,
	NODE_SUBSCRIBE,
	NODE_ONLINE,
	NODE_WAIT,
	NODE_RESYNC,
	NODE_CLOSE,
	NODE_DONE,
	NODE_STATES,
};

/* What is true only as long as the modem does not restart. */
struct node_session {
	bool alive; /* answered AT */
	bool sim_ready;
	bool registered;
	bool net_open;
	bool net_stale;	 /* told that the network is gone: close it first */
	bool maybe_dirty; /* the modem may still run an older session */
	bool started;
	bool acquired;
	bool connected;
	bool stable; /* connected for a while */
	uint8_t subscribed; /* topics of the list done */
	uint8_t files; /* bit per file known to be in the store */
};

struct node {
	const struct node_config *cfg;
	const struct port *port;
	uint32_t now;

	struct at_client at;
	struct at_tx tx;
	struct exchange exchange;
	struct script script;
	struct receive receive;
	struct outbox outbox;
	struct policy policy;
	struct backoff backoff;

	enum node_state_id state;
	enum node_state_id next;   /* applied after the current event */
	enum node_state_id resume; /* after WAIT and RESYNC */
	enum node_state_id lost;   /* go there when the prompt is served */
	struct node_session session;

	struct deadline timer;   /* of the state; stopped when it is left */
	struct deadline quiet;   /* restarted by every byte from the modem */
	struct deadline raw;     /* data announced and not coming */
	struct deadline produce; /* next round of messages */
	struct deadline limit;   /* max_time_ms */
	struct deadline stable;  /* online long enough to forget the backoff */

	uint32_t quiet_since;
	uint32_t wait_ms; /* of NODE_WAIT */
	uint16_t tries;	    /* within the state */
	uint8_t resyncs;    /* lost answers since the last success */
	uint8_t failures;   /* connects failed since the last success */
	uint8_t file;	    /* being stored, index into ca, cert, key */
	uint8_t files_torn; /* bit per file whose transfer did not end well */
	bool files_redone;  /* stored again after a 34, once */
	uint8_t said;	    /* things said once, enum in node_state.h */
	bool backoff_due; /* wait before going on after RESYNC */
	int exit_code;

	uint32_t rounds;     /* made so far */
	size_t round_at;     /* next of the publish list in this round */
	uint32_t made;	     /* messages put in the store */
	uint32_t published;  /* messages acknowledged or dropped */
	uint32_t received;
	uint8_t publish_tries;
	bool probe_bad; /* the modem says it is not connected */

	char text[NODE_LOG_MAX]; /* the log line being made */
};

/*
 * Start over. cfg and port are borrowed for the node's life and must be
 * valid (the host program's options.c checks them). Sends nothing yet.
 */
void node_init(struct node *n, const struct node_config *cfg,
	       const struct port *port);

/* Bytes from the modem. Never sends; call node_poll() afterwards. */
void node_rx(struct node *n, const uint8_t *p, size_t len);

/* Let the node work: timers and sending. May be called at any time. */
void node_poll(struct node *n);

/* Milliseconds until node_poll() must be called again, UINT32_MAX: never. */
uint32_t node_next_ms(const struct node *n);

/*
 * True when the node has ended; *exit_code is then 0 (goal reached) or
 * 1 (gave up, or out of time). exit_code may be NULL.
 */
bool node_done(const struct node *n, int *exit_code);

/* Name of a state, for traces. */
const char *node_state_name(enum node_state_id id);

#endif
