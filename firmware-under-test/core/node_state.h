/*
 * Inside the core: how the state files (network.c, tls.c, session.c,
 * online.c, resync.c) hang on node.c. Not for ports.
 */
#ifndef CORE_NODE_STATE_H
#define CORE_NODE_STATE_H

#include "core/codes.h"
#include "core/fmt.h"
#include "core/node.h"

enum node_event_kind {
	NODE_EVENT_LINE,   /* a line that is not handled for all states */
	NODE_EVENT_DONE,   /* the script ran to its end */
	NODE_EVENT_FAILED, /* a row ended in a code it does not accept */
	NODE_EVENT_SILENT, /* a row got no answer; BOOT, RESYNC, CLOSE only */
	NODE_EVENT_TIMER,  /* n->timer */
};

struct node_event {
	enum node_event_kind kind;
	const struct urc *urc;
	const struct script_row *row;
	int code;
};

struct node_state {
	const char *name;
	void (*enter)(struct node *n);
	void (*event)(struct node *n, const struct node_event *event);
	void (*leave)(struct node *n);
	enum node_state_id resume; /* after a lost answer */
	bool own_silence;	   /* handles NODE_EVENT_SILENT itself */
};

extern const struct node_state network_boot;
extern const struct node_state network_ident;
extern const struct node_state network_register;
extern const struct node_state network_net;
extern const struct node_state tls_cert;
extern const struct node_state tls_configure;
extern const struct node_state session_clean;
extern const struct node_state session_connect;
extern const struct node_state session_subscribe;
extern const struct node_state session_close;
extern const struct node_state online_online;
extern const struct node_state resync_wait;
extern const struct node_state resync_resync;

/* Bits of n->said. */
enum {
	SAID_SIM = 1,
	SAID_REGISTER = 2,
	SAID_SILENT = 4,
	SAID_NO_TAG = 8,
	SAID_ID = 16,
};

/* Change the state when the current event has been dealt with. */
void node_go(struct node *n, enum node_state_id next);

/* Give an event to the state, then apply node_go(). */
void node_dispatch(struct node *n, const struct node_event *event);

/*
 * Start a text in the node's own line buffer. The next node_fmt() overwrites
 * it, and so do node_retry() and node_give_up().
 */
void node_fmt(struct node *n, struct fmt *f);

/* Log a text made with fmt.h. */
void node_log(struct node *n, enum port_log_level level, const struct fmt *f);

/* Log a fixed text at info level. */
void node_say(struct node *n, const char *text);

/* Log a fixed text unless its bit in n->said is set. */
void node_say_once(struct node *n, unsigned bit, const char *text);

/* "sni=..." behind a connect line. */
void node_fmt_sni(const struct node *n, struct fmt *f);

/* Wait as the backoff says, then go to a state; or give up if told so. */
void node_retry(struct node *n, enum node_state_id then, const char *why);

/* The session is gone: find back from the state given. */
void node_lose(struct node *n, enum node_state_id back);

/* Say so and end with exit code 1. */
void node_give_up(struct node *n, const char *why);

/* End with an exit code, closing the session if there is one. */
void node_end(struct node *n, int exit_code);

/* Wait for the line to be silent; the state's timer then fires. */
void node_wait_quiet(struct node *n);

/* Goal of the configuration reached? */
bool node_goal_reached(const struct node *n);

/* The file being stored or asked about, index 0..2: ca, cert, key. */
const struct node_file *node_file(const struct node *n, uint8_t index);

/* command.c: a row's template, condition and data, for this node now. */
bool command_build(const struct node *n, const struct script_row *row,
		   struct fmt *f);
bool command_wanted(const struct node *n, enum command_when when);
void command_data(const struct node *n, enum command_data which,
		  const uint8_t **data, size_t *len);

/* online.c: make messages that are due. */
void online_produce(struct node *n);

/* online.c: something changed while the node was idle. */
void online_kick(struct node *n);

/* received.c: lines and data of +CMQTTRX. */
void received_line(struct node *n, const struct urc *urc);
void received_raw(struct node *n, const uint8_t *p, size_t len);

#endif
