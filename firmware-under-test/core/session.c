/*
 * The MQTT session on the modem: ending an old one, starting, connecting,
 * subscribing, closing. SIM7600 manual V3.00 chapter 16. The URL is tcp://
 * also for TLS; CMQTTACCQ's server type decides.
 */
#include "core/node_state.h"

#define ROW_NONE WHEN_ALWAYS, DATA_NONE

/*
 * Any answer will do: what is not there cannot be ended. Only a client that
 * is still in use when it is released asks for another DISC: that got lost,
 * or something else held the client.
 */
static const struct script_row clean_rows[] = {
	{"AT+CMQTTDISC=0,60", ROW_NONE, URC_MQTT_DISC, true, 65, ACCEPT_ANY, 0},
	{"AT+CMQTTREL=0", ROW_NONE, URC_MQTT_REL, false, 30, ACCEPT_ANY, 1},
	{"AT+CMQTTSTOP", ROW_NONE, URC_MQTT_STOP, true, 30, ACCEPT_ANY, 0},
};

/*
 * 23 is as good as 0. A bare ERROR to CMQTTSTART is how A76xx says 23; if it
 * is not, the next row fails.
 */
static const struct script_row connect_rows[] = {
	{"AT+CMQTTSTART", WHEN_NOT_ACQUIRED, DATA_NONE, URC_MQTT_START, true,
	 125,
	 ACCEPT_OK | ACCEPT(CODE_STARTED_ALREADY) | ACCEPT(EXCHANGE_BARE), 0},
	{"AT+CMQTTACCQ=0,\"$i\",$t$v", WHEN_NOT_ACQUIRED, DATA_NONE,
	 URC_MQTT_ACCQ, false, 10, ACCEPT_OK, 0},
	{"AT+CMQTTWILLTOPIC=0,$l", WHEN_WILL, DATA_WILL_TOPIC,
	 URC_MQTT_WILLTOPIC, false, 10, ACCEPT_OK, 0},
	{"AT+CMQTTWILLMSG=0,$l,$w", WHEN_WILL, DATA_WILL_TEXT,
	 URC_MQTT_WILLMSG, false, 10, ACCEPT_OK, 0},
	/* a failed connect drops the binding, so it is made every time */
	{"AT+CMQTTSSLCFG=0,0", WHEN_TLS, DATA_NONE, URC_MQTT_SSLCFG, false, 10,
	 ACCEPT_OK, 0},
	{"AT+CMQTTCONNECT=0,\"tcp://$h:$p\",$k,$c$u", ROW_NONE,
	 URC_MQTT_CONNECT, true, 130, ACCEPT_OK, 0},
};

static const struct script_row subscribe_rows[] = {
	{"AT+CMQTTSUB=0,$l,$s", WHEN_ALWAYS, DATA_SUBSCRIBE, URC_MQTT_SUB, true,
	 125, ACCEPT_OK, 0},
};

/* ---- clean: this side may have restarted alone ---- */

static void clean_enter(struct node *n)
{
	n->session.connected = false;
	n->session.acquired = false;
	n->session.subscribed = 0;
	n->session.started = false;
	if (n->session.maybe_dirty)
		SCRIPT_START(n, clean_rows);
	else
		node_go(n, NODE_TLS);
}

static void clean_event(struct node *n, const struct node_event *event)
{
	if (event->kind != NODE_EVENT_DONE)
		return;
	n->session.maybe_dirty = false;
	node_go(n, NODE_TLS);
}

const struct node_state session_clean = {
	"clean", clean_enter, clean_event, NULL, NODE_CLEAN, false,
};

/* ---- connect ---- */

#define OLD_CLIENT_ID_MAX 23

static bool longer_than(const char *s, size_t most)
{
	for (size_t i = 0; s[i]; i++) {
		if (i >= most)
			return true;
	}
	return false;
}

static void connect_enter(struct node *n)
{
	if (policy_is_old(&n->policy) &&
	    longer_than(n->cfg->client_id, OLD_CLIENT_ID_MAX))
		node_say_once(n, SAID_ID, "client id cut to 23 characters");
	SCRIPT_START(n, connect_rows);
}

static void fmt_broker(const struct node *n, struct fmt *f)
{
	fmt_print(f, "%s:%u", n->cfg->host, (unsigned)n->cfg->port);
}

static void connected(struct node *n)
{
	struct fmt f;

	node_fmt(n, &f);
	fmt_text(&f, "connected broker=");
	fmt_broker(n, &f);
	node_fmt_sni(n, &f);
	node_log(n, PORT_LOG_INFO, &f);
	n->session.started = true;
	n->session.acquired = true;
	n->session.connected = true;
	n->failures = 0;
	n->resyncs = 0;
	if (n->cfg->tls)
		policy_worked(&n->policy);
	node_go(n, NODE_SUBSCRIBE);
}

static void say_connect_failed(struct node *n, int code)
{
	struct fmt f;

	node_fmt(n, &f);
	fmt_print(&f, "connect 0,%d (%s)", code, codes_text(code));
	node_fmt_sni(n, &f);
	node_log(n, PORT_LOG_INFO, &f);
}

static void explain(struct node *n)
{
	char name[NODE_RX_TOPIC_MAX];
	struct fmt broker;
	struct fmt f;

	fmt_init(&broker, name, sizeof(name));
	fmt_broker(n, &broker);
	node_fmt(n, &f);
	policy_explain(&n->policy, name, &f);
	node_log(n, PORT_LOG_ERROR, &f);
}

static void store_again(struct node *n)
{
	node_say(n, "storing certificates again");
	n->files_redone = true;
	n->files_torn = 7;
	n->session.files = 0;
	node_go(n, NODE_CERT);
}

static bool session_unclear(int code)
{
	return code == CODE_NOT_STARTED || code == CODE_NOT_ACQUIRED ||
	       code == CODE_CLIENT_USED || code == CODE_CONNECTED_ALREADY ||
	       code == CODE_BUSY || code >= EXCHANGE_BARE;
}

/* The client stays acquired: the next attempt is CONNECT alone. */
static void connect_failed(struct node *n, int code)
{
	enum policy_verdict verdict = POLICY_WAIT;
	enum node_state_id back = NODE_TLS;

	say_connect_failed(n, code);
	n->failures++;
	n->session.started = true;
	n->session.acquired = true;
	if (session_unclear(code) || n->failures % 4 == 0) {
		n->session.maybe_dirty = true;
		back = NODE_CLEAN;
	}
	if (code == CODE_SSL_SESSION && n->cfg->ca.data && !n->files_redone) {
		store_again(n);
		return;
	}
	if (n->cfg->tls)
		verdict = policy_failed(&n->policy, code);
	if (verdict == POLICY_FLIP) {
		node_say(n, n->policy.on ? "trying sni on" : "trying sni off");
		node_go(n, NODE_TLS);
		return;
	}
	if (verdict == POLICY_EXPLAIN) {
		explain(n);
		if (n->cfg->give_up) {
			node_give_up(n, "the broker cannot be reached");
			return;
		}
	}
	node_retry(n, back, codes_text(code));
}

static void step_failed(struct node *n, const struct node_event *event)
{
	bool start = event->row == &connect_rows[0];
	struct fmt f;

	node_fmt(n, &f);
	fmt_print(&f, "session failed %d (%s) at ", event->code,
		  codes_text(event->code));
	fmt_text(&f, event->row->command);
	node_log(n, PORT_LOG_INFO, &f);
	n->failures++;
	n->session.maybe_dirty = true;
	node_retry(n, start ? NODE_REGISTER : NODE_CLEAN,
		   codes_text(event->code));
}

static void connect_event(struct node *n, const struct node_event *event)
{
	size_t last = sizeof(connect_rows) / sizeof(connect_rows[0]) - 1;

	if (event->kind == NODE_EVENT_LINE &&
	    event->urc->id == URC_MQTT_START)
		n->session.started = true;
	else if (event->kind == NODE_EVENT_DONE)
		connected(n);
	else if (event->kind == NODE_EVENT_FAILED &&
		 event->row == &connect_rows[last])
		connect_failed(n, event->code);
	else if (event->kind == NODE_EVENT_FAILED)
		step_failed(n, event);
}

/* What a lost CONNECT result means is unknown: end it and start over. */
const struct node_state session_connect = {
	"connect", connect_enter, connect_event, NULL, NODE_CLEAN, false,
};

/* ---- subscribe ---- */

#define SUBSCRIBE_TRIES 3

static void subscribe_enter(struct node *n)
{
	if (n->session.subscribed >= n->cfg->subscribe_count)
		node_go(n, NODE_ONLINE);
	else
		SCRIPT_START(n, subscribe_rows);
}

static void subscribe_next(struct node *n)
{
	n->session.subscribed++;
	n->tries = 0;
	subscribe_enter(n);
}

static void subscribed(struct node *n)
{
	struct fmt f;

	node_fmt(n, &f);
	fmt_text(&f, "subscribed ");
	fmt_text(&f, n->cfg->subscribe[n->session.subscribed].topic);
	node_log(n, PORT_LOG_INFO, &f);
	subscribe_next(n);
}

static void subscribe_failed(struct node *n, int code)
{
	struct fmt f;

	node_fmt(n, &f);
	fmt_text(&f, "subscribe ");
	fmt_text(&f, n->cfg->subscribe[n->session.subscribed].topic);
	fmt_print(&f, " failed 0,%d (%s)", code, codes_text(code));
	node_log(n, PORT_LOG_INFO, &f);
	if (codes_session_gone(code)) {
		n->session.maybe_dirty = true;
		n->session.connected = false;
		node_retry(n, NODE_CLEAN, "subscribe failed");
	} else if (++n->tries < SUBSCRIBE_TRIES) {
		deadline_set(&n->timer, n->now, 2000);
	} else {
		subscribe_next(n); /* the other topics still work */
	}
}

static void subscribe_event(struct node *n, const struct node_event *event)
{
	switch (event->kind) {
	case NODE_EVENT_DONE:
		subscribed(n);
		break;
	case NODE_EVENT_FAILED:
		subscribe_failed(n, event->code);
		break;
	case NODE_EVENT_TIMER:
		SCRIPT_START(n, subscribe_rows);
		break;
	case NODE_EVENT_LINE:
	case NODE_EVENT_SILENT:
		break;
	}
}

const struct node_state session_subscribe = {
	"subscribe", subscribe_enter, subscribe_event, NULL, NODE_SUBSCRIBE,
	false,
};

/* ---- close: the node ends and leaves the modem as it found it ---- */

static void close_enter(struct node *n)
{
	n->session.started = false;
	SCRIPT_START(n, clean_rows);
}

static void close_event(struct node *n, const struct node_event *event)
{
	if (event->kind == NODE_EVENT_LINE || event->kind == NODE_EVENT_TIMER)
		return;
	if (event->kind == NODE_EVENT_DONE && n->session.connected)
		node_say(n, "disconnected");
	node_go(n, NODE_DONE);
}

const struct node_state session_close = {
	"close", close_enter, close_event, NULL, NODE_CLOSE, true,
};
