/*
 * The top state machine: one setter, enter/event/leave per state, and the
 * events that mean the same in every state (reboot, losses). The states
 * themselves are in network.c, tls.c, session.c, online.c, resync.c.
 */
#include "core/node.h"

#include "core/node_state.h"

#include <string.h>

static void done_enter(struct node *n)
{
	script_stop(n);
	deadline_stop(&n->produce);
	deadline_stop(&n->limit);
	deadline_stop(&n->stable);
	node_say(n, n->exit_code ? "failed" : "done");
}

static void done_event(struct node *n, const struct node_event *event)
{
	(void)n;
	(void)event;
}

static const struct node_state node_finished = {
	"done", done_enter, done_event, NULL, NODE_DONE, true,
};

static const struct node_state *const node_states[NODE_STATES] = {
	[NODE_BOOT] = &network_boot,
	[NODE_IDENT] = &network_ident,
	[NODE_REGISTER] = &network_register,
	[NODE_NET] = &network_net,
	[NODE_CERT] = &tls_cert,
	[NODE_CLEAN] = &session_clean,
	[NODE_TLS] = &tls_configure,
	[NODE_CONNECT] = &session_connect,
	[NODE_SUBSCRIBE] = &session_subscribe,
	[NODE_ONLINE] = &online_online,
	[NODE_WAIT] = &resync_wait,
	[NODE_RESYNC] = &resync_resync,
	[NODE_CLOSE] = &session_close,
	[NODE_DONE] = &node_finished,
};

const char *node_state_name(enum node_state_id id)
{
	return node_states[id]->name;
}

void node_fmt(struct node *n, struct fmt *f)
{
	fmt_init(f, n->text, sizeof(n->text));
}

void node_log(struct node *n, enum port_log_level level, const struct fmt *f)
{
	n->port->log(n->port->ctx, (int)level, f->text);
}

void node_say(struct node *n, const char *text)
{
	n->port->log(n->port->ctx, PORT_LOG_INFO, text);
}

void node_say_once(struct node *n, unsigned bit, const char *text)
{
	if (n->said & bit)
		return;
	n->said = (uint8_t)(n->said | bit);
	node_say(n, text);
}

void node_fmt_sni(const struct node *n, struct fmt *f)
{
	if (n->cfg->tls)
		fmt_text(f, n->policy.on ? " sni=on" : " sni=off");
}

const struct node_file *node_file(const struct node *n, uint8_t index)
{
	const struct node_config *cfg = n->cfg;

	return index == 0 ? &cfg->ca : index == 1 ? &cfg->cert : &cfg->key;
}

void node_go(struct node *n, enum node_state_id next)
{
	n->next = next;
}

/* The only place where the state changes. */
static void set_state(struct node *n)
{
	enum node_state_id from = n->state;
	enum node_state_id to = n->next;
	struct fmt f;

	if (node_states[from]->leave)
		node_states[from]->leave(n);
	node_fmt(n, &f);
	fmt_print(&f, "state %s -> %s", node_state_name(from),
		  node_state_name(to));
	node_log(n, PORT_LOG_DEBUG, &f);
	script_stop(n);
	deadline_stop(&n->timer);
	deadline_stop(&n->quiet);
	n->tries = 0;
	n->state = to;
	node_states[to]->enter(n);
}

static void apply_next(struct node *n)
{
	while (n->next != n->state)
		set_state(n);
}

/* Earlier states come first in the enumeration. */
static void resume_no_later_than(struct node *n, enum node_state_id back)
{
	if (back < n->resume)
		n->resume = back;
}

static void lost_answer(struct node *n, const struct node_event *event)
{
	struct fmt f;

	node_fmt(n, &f);
	fmt_text(&f, "no answer to ");
	for (const char *c = event->row->command; *c && *c != '='; c++)
		fmt_char(&f, *c);
	node_log(n, PORT_LOG_INFO, &f);
	/* a transfer that stalled has probably lost bytes to a small ring */
	if (n->exchange.owed && n->exchange.prompted)
		n->tx.paced = true;
	if (n->state == NODE_CONNECT) {
		n->failures++;
		n->session.maybe_dirty = true;
		n->backoff_due = true;
	}
	n->resume = node_states[n->state]->resume;
	if (n->lost != NODE_STATES)
		resume_no_later_than(n, n->lost);
	n->lost = NODE_STATES;
	if (++n->resyncs > NODE_RESYNC_MOST) {
		n->session.maybe_dirty = true;
		n->session.connected = false;
		n->session.subscribed = 0;
		n->resume = NODE_BOOT;
		n->resyncs = 0;
	}
	node_go(n, NODE_RESYNC);
}

void node_dispatch(struct node *n, const struct node_event *event)
{
	const struct node_state *state = node_states[n->state];

	if (event->kind == NODE_EVENT_SILENT && !state->own_silence)
		lost_answer(n, event);
	else
		state->event(n, event);
}

void node_give_up(struct node *n, const char *why)
{
	struct fmt f;

	node_fmt(n, &f);
	fmt_print(&f, "giving up: %s", why);
	node_log(n, PORT_LOG_ERROR, &f);
	node_end(n, 1);
}

void node_retry(struct node *n, enum node_state_id then, const char *why)
{
	struct fmt f;

	if (n->cfg->give_up && n->failures >= NODE_GIVE_UP_AFTER) {
		node_give_up(n, why);
		return;
	}
	n->wait_ms = backoff_next_ms(&n->backoff);
	node_fmt(n, &f);
	fmt_print(&f, "retry in %u ms", (unsigned)n->wait_ms);
	node_log(n, PORT_LOG_INFO, &f);
	n->resume = then;
	node_go(n, NODE_WAIT);
}

static void lose_now(struct node *n, enum node_state_id back)
{
	bool stable = n->session.stable;

	n->session.stable = false;
	deadline_stop(&n->stable);
	if (n->state == NODE_WAIT || n->state == NODE_RESYNC) {
		resume_no_later_than(n, back);
		return;
	}
	if (n->exchange.phase != EXCHANGE_IDLE) {
		n->resume = back;
		n->backoff_due = !stable;
		node_go(n, NODE_RESYNC);
		return;
	}
	if (stable)
		node_go(n, back);
	else
		node_retry(n, back, "connection lost");
}

void node_lose(struct node *n, enum node_state_id back)
{
	n->session.connected = false;
	n->session.subscribed = 0;
	if (n->state <= back || n->state == NODE_CLOSE ||
	    n->state == NODE_DONE || n->state == NODE_CLEAN)
		return;
	if (exchange_in_data(&n->exchange))
		n->lost = back < n->lost ? back : n->lost;
	else
		lose_now(n, back);
}

void node_end(struct node *n, int exit_code)
{
	n->exit_code = exit_code;
	node_go(n, n->session.started ? NODE_CLOSE : NODE_DONE);
}

void node_wait_quiet(struct node *n)
{
	n->quiet_since = n->now;
	deadline_set(&n->quiet, n->now, NODE_QUIET_MS);
}

bool node_goal_reached(const struct node *n)
{
	switch (n->cfg->goal) {
	case NODE_GOAL_NEVER:
		return false;
	case NODE_GOAL_CONNECTED:
		return n->session.connected;
	case NODE_GOAL_PUBLISHED:
		return n->rounds >= n->cfg->count && !n->outbox.count;
	case NODE_GOAL_RECEIVED:
		return n->received >= n->cfg->goal_count;
	}
	return false;
}

static void take_reboot(struct node *n, const struct urc *urc)
{
	enum node_state_id next = n->state == NODE_CLOSE ? NODE_DONE : NODE_BOOT;

	(void)urc;
	memset(&n->session, 0, sizeof(n->session));
	n->lost = NODE_STATES;
	n->backoff_due = false;
	deadline_stop(&n->stable);
	if (n->state == NODE_BOOT)
		return;
	node_say(n, "modem rebooted");
	script_stop(n);
	at_tx_reset(&n->tx);
	n->exchange.owed = 0;
	node_go(n, next);
}

static void take_connlost(struct node *n, const struct urc *urc)
{
	struct fmt f;

	if (!n->session.connected || (urc->count && urc->value[0] != 0))
		return;
	node_fmt(n, &f);
	fmt_print(&f, "connection lost cause=%d",
		  urc->count > 1 ? (int)urc->value[1] : 0);
	node_log(n, PORT_LOG_INFO, &f);
	node_lose(n, NODE_TLS);
}

static void take_net_lost(struct node *n, const struct urc *urc)
{
	struct node_session *s = &n->session;

	/* B03 says +CMQTTNONET after every CMQTTSTOP: no service, no news */
	if (urc->id == URC_MQTT_NONET && !s->started)
		return;
	if (urc->id == URC_CIPEVENT)
		s->net_stale = true;
	if (s->net_open || s->started)
		node_say(n, "network lost");
	s->net_open = false;
	s->registered = false;
	s->started = false;
	s->acquired = false;
	s->maybe_dirty = true;
	node_lose(n, NODE_REGISTER);
}

static void take_ping(struct node *n, const struct urc *urc)
{
	int code = urc->count > 1 ? (int)urc->value[1] : 1;
	struct fmt f;

	if (!n->session.connected)
		return;
	node_fmt(n, &f);
	fmt_print(&f, "keepalive failed %d (%s)", code, codes_text(code));
	node_log(n, PORT_LOG_INFO, &f);
	n->session.maybe_dirty = true;
	node_lose(n, NODE_CLEAN);
}

static void take_end(struct node *n, enum exchange_end end)
{
	enum node_state_id lost = n->lost;

	if (end == EXCHANGE_RUNNING)
		return;
	if (end == EXCHANGE_SILENT) {
		script_row_silent(n);
		return;
	}
	if (lost == NODE_STATES) {
		script_row_ended(n, n->exchange.code);
		return;
	}
	n->lost = NODE_STATES;
	script_stop(n);
	lose_now(n, lost);
}

static void take_sim_gone(struct node *n, const struct urc *urc)
{
	(void)urc;
	node_say(n, "sim removed");
}

struct node_line {
	enum urc_id id;
	void (*take)(struct node *n, const struct urc *urc);
};

/* Lines that mean the same in every state. */
static const struct node_line node_lines[] = {
	{URC_REBOOT, take_reboot},
	{URC_SIM_GONE, take_sim_gone},
	{URC_MQTT_CONNLOST, take_connlost},
	{URC_MQTT_NONET, take_net_lost},
	{URC_CIPEVENT, take_net_lost},
	{URC_MQTT_PING, take_ping},
	{URC_MQTT_RXSTART, received_line},
	{URC_MQTT_RXTOPIC, received_line},
	{URC_MQTT_RXPAYLOAD, received_line},
	{URC_MQTT_RXEND, received_line},
};

static void take_line(struct node *n, const struct at_event *event)
{
	struct node_event line = {NODE_EVENT_LINE, NULL, NULL, 0};
	struct urc urc;

	urc_parse(event->text, &urc);
	line.urc = &urc;
	for (size_t i = 0; i < sizeof(node_lines) / sizeof(node_lines[0]); i++) {
		if (node_lines[i].id == urc.id) {
			node_lines[i].take(n, &urc);
			return;
		}
	}
	node_dispatch(n, &line);
	take_end(n, exchange_line(&n->exchange, &urc, n->now));
}

static void take_event(const struct at_event *event, void *ctx)
{
	struct node *n = ctx;

	if (n->state == NODE_DONE)
		return;
	if (event->kind == AT_EVENT_RAW)
		received_raw(n, (const uint8_t *)event->text, event->len);
	else if (event->kind == AT_EVENT_LINE)
		take_line(n, event);
	else
		take_end(n, exchange_event(&n->exchange, event->kind, n->now));
	apply_next(n);
}

void node_init(struct node *n, const struct node_config *cfg,
	       const struct port *port)
{
	memset(n, 0, sizeof(*n));
	n->cfg = cfg;
	n->port = port;
	n->now = port->now_ms(port->ctx);
	at_client_init(&n->at, take_event, n);
	at_tx_init(&n->tx);
	exchange_init(&n->exchange, &n->at, &n->tx);
	receive_init(&n->receive);
	outbox_init(&n->outbox);
	policy_init(&n->policy, cfg->sni);
	backoff_init(&n->backoff, cfg->seed);
	n->session.maybe_dirty = true; /* only this side may have restarted */
	n->lost = NODE_STATES;
	if (cfg->max_time_ms)
		deadline_set(&n->limit, n->now, cfg->max_time_ms);
	if (cfg->publish_count)
		deadline_set(&n->produce, n->now, 0);
	n->state = NODE_BOOT;
	n->next = NODE_BOOT;
	node_states[NODE_BOOT]->enter(n);
}

void node_rx(struct node *n, const uint8_t *p, size_t len)
{
	if (n->state == NODE_DONE)
		return;
	n->now = n->port->now_ms(n->port->ctx);
	if (n->quiet.armed &&
	    n->now - n->quiet_since < NODE_QUIET_MOST_MS)
		deadline_set(&n->quiet, n->now, NODE_QUIET_MS);
	at_client_rx(&n->at, p, len);
}

/* Never end inside a prompt: the modem would take the next words as data. */
static void poll_limit(struct node *n)
{
	bool open_end = n->cfg->goal == NODE_GOAL_NEVER;

	if (!deadline_take(&n->limit, n->now))
		return;
	if (exchange_in_data(&n->exchange)) {
		deadline_set(&n->limit, n->now, NODE_RETRY_MS);
		return;
	}
	node_say(n, "max time reached");
	node_end(n, open_end ? 0 : 1);
}

static void poll_timers(struct node *n)
{
	static const struct node_event event = {
		NODE_EVENT_TIMER, NULL, NULL, 0,
	};

	if (deadline_take(&n->raw, n->now)) {
		at_client_drop_raw(&n->at);
		receive_stalled(&n->receive);
	}
	if (deadline_take(&n->stable, n->now)) {
		n->session.stable = true;
		backoff_reset(&n->backoff);
	}
	if (deadline_take(&n->produce, n->now))
		online_produce(n);
	if (deadline_take(&n->quiet, n->now) || deadline_take(&n->timer, n->now))
		node_dispatch(n, &event);
}

void node_poll(struct node *n)
{
	if (n->state == NODE_DONE)
		return;
	n->now = n->port->now_ms(n->port->ctx);
	poll_limit(n);
	apply_next(n);
	take_end(n, exchange_poll(&n->exchange, n->now));
	apply_next(n);
	script_poll(n);
	apply_next(n);
	poll_timers(n);
	apply_next(n);
	if (n->state != NODE_DONE)
		at_tx_pump(&n->tx, n->port, n->now);
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

uint32_t node_next_ms(const struct node *n)
{
	uint32_t now = n->port->now_ms(n->port->ctx);
	const struct deadline *timers[] = {
		&n->timer, &n->quiet, &n->raw, &n->produce, &n->limit,
		&n->stable, &n->script.retry, &n->exchange.deadline,
	};
	uint32_t ms;

	if (n->state == NODE_DONE)
		return UINT32_MAX;
	ms = at_tx_next_ms(&n->tx, now);
	for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++)
		ms = least(ms, deadline_left(timers[i], now));
	return ms;
}

bool node_done(const struct node *n, int *exit_code)
{
	if (n->state != NODE_DONE)
		return false;
	if (exit_code)
		*exit_code = n->exit_code;
	return true;
}
