/*
 * Connected: publish what is in the store, make messages that are due, ask
 * now and then whether the connection still stands, since the line that
 * would say otherwise can get lost.
 */
#include "core/node_state.h"

#include <string.h>

#define PUBLISH_TRIES 3
#define TEXT_MAX 256

/* CMQTTPUB wipes topic and payload whatever its result: go back to both. */
static const struct script_row publish_rows[] = {
	{"AT+CMQTTTOPIC=0,$l", WHEN_ALWAYS, DATA_TOPIC, URC_MQTT_TOPIC, false,
	 10, ACCEPT_OK, 0},
	{"AT+CMQTTPAYLOAD=0,$l", WHEN_PAYLOAD, DATA_PAYLOAD, URC_MQTT_PAYLOAD,
	 false, 10, ACCEPT_OK, 1},
	{"AT+CMQTTPUB=0,$q,60$r", WHEN_ALWAYS, DATA_NONE, URC_MQTT_PUB, true,
	 70, ACCEPT_OK, 2},
};

static const struct script_row probe_rows[] = {
	{"AT+CMQTTDISC?", WHEN_ALWAYS, DATA_NONE, URC_NONE, false, 10,
	 ACCEPT_OK, 0},
};

static void next_thing(struct node *n)
{
	if (node_goal_reached(n))
		node_end(n, 0);
	else if (n->outbox.count)
		SCRIPT_START(n, publish_rows);
	else
		deadline_set(&n->timer, n->now, NODE_PROBE_MS);
}

void online_kick(struct node *n)
{
	if (n->state != NODE_ONLINE || n->script.running || n->next != n->state)
		return;
	if (n->publish_tries && n->outbox.count)
		return; /* the timer of the failed publish decides */
	deadline_stop(&n->timer);
	next_thing(n);
}

/* ---- making messages ---- */

static void put_text(const char *text, uint32_t number, struct fmt *f)
{
	while (*text) {
		if (strncmp(text, "{n}", 3) == 0) {
			fmt_uint(f, number);
			text += 3;
		} else {
			fmt_char(f, *text++);
		}
	}
}

static bool make_one(struct node *n, const struct node_message *from)
{
	struct outbox_message m = {0};
	char text[TEXT_MAX];
	struct fmt f;

	fmt_init(&f, text, sizeof(text));
	m.number = n->made + 1;
	m.topic = (const uint8_t *)from->topic;
	m.topic_len = (uint16_t)strlen(from->topic);
	m.payload = (const uint8_t *)from->text;
	m.payload_len = (uint16_t)strlen(from->text);
	m.qos = n->cfg->qos;
	m.retain = n->cfg->retain;
	if (strstr(from->text, "{n}")) {
		put_text(from->text, m.number, &f);
		m.payload = (const uint8_t *)text;
		m.payload_len = (uint16_t)f.len;
	}
	if (!outbox_put(&n->outbox, &m))
		return false;
	n->made++;
	return true;
}

/* Stops when the store is full and goes on when a message has left it. */
void online_produce(struct node *n)
{
	while (n->rounds < n->cfg->count && !n->produce.armed) {
		if (!make_one(n, &n->cfg->publish[n->round_at]))
			break;
		if (++n->round_at < n->cfg->publish_count)
			continue;
		n->round_at = 0;
		n->rounds++;
		if (n->cfg->interval_ms && n->rounds < n->cfg->count)
			deadline_set(&n->produce, n->now, n->cfg->interval_ms);
	}
	online_kick(n);
}

/* ---- publishing ---- */

static void leave_store(struct node *n, const char *how, const char *after)
{
	struct outbox_message m;
	struct fmt f;

	if (!outbox_head(&n->outbox, &m))
		return;
	node_fmt(n, &f);
	fmt_print(&f, "%s %u%s", how, (unsigned)m.number, after);
	node_log(n, PORT_LOG_INFO, &f);
	outbox_drop(&n->outbox);
	n->publish_tries = 0;
	online_produce(n);
}

static void published(struct node *n)
{
	n->published++;
	n->resyncs = 0;
	leave_store(n, "published", "");
	online_kick(n);
}

static void session_gone(struct node *n)
{
	node_say(n, "connection lost cause=0");
	n->session.maybe_dirty = true;
	node_lose(n, NODE_CLEAN);
}

static void publish_failed(struct node *n, int code)
{
	struct outbox_message m;
	struct fmt f;

	if (!outbox_head(&n->outbox, &m))
		return;
	node_fmt(n, &f);
	fmt_print(&f, "publish %u failed 0,%d (%s)", (unsigned)m.number, code,
		  codes_text(code));
	node_log(n, PORT_LOG_INFO, &f);
	n->publish_tries++;
	if (!m.qos && n->publish_tries >= PUBLISH_TRIES)
		leave_store(n, "publish", " dropped");
	if (codes_session_gone(code) || n->publish_tries % 4 == 3)
		session_gone(n);
	else
		deadline_set(&n->timer, n->now, 2000);
}

/* ---- the state ---- */

static void online_enter(struct node *n)
{
	if (!n->session.stable && !n->stable.armed)
		deadline_set(&n->stable, n->now, NODE_STABLE_MS);
	next_thing(n);
}

static void probe_line(struct node *n, const struct urc *urc)
{
	if (script_row(n) == &probe_rows[0] && urc->id == URC_MQTT_DISC &&
	    urc->count == 2 && urc->value[0] == 0)
		n->probe_bad = urc->value[1] != 0;
}

static void online_timer(struct node *n)
{
	if (n->outbox.count || node_goal_reached(n)) {
		next_thing(n);
		return;
	}
	n->probe_bad = false;
	SCRIPT_START(n, probe_rows);
}

static void online_done(struct node *n)
{
	if (n->script.rows == publish_rows)
		published(n);
	else if (n->probe_bad)
		session_gone(n);
	else
		next_thing(n);
}

static void online_event(struct node *n, const struct node_event *event)
{
	switch (event->kind) {
	case NODE_EVENT_LINE:
		probe_line(n, event->urc);
		break;
	case NODE_EVENT_DONE:
		online_done(n);
		break;
	case NODE_EVENT_FAILED:
		if (n->script.rows == publish_rows)
			publish_failed(n, event->code);
		else
			session_gone(n);
		break;
	case NODE_EVENT_TIMER:
		online_timer(n);
		break;
	case NODE_EVENT_SILENT:
		break;
	}
}

const struct node_state online_online = {
	"online", online_enter, online_event, NULL, NODE_ONLINE, false,
};
