/*
 * From silence to an open network: boot wait, identity, SIM, registration,
 * PDP. General AT manual chapters 2 to 6 and 11.
 */
#include "core/node_state.h"

#include <string.h>

static const struct script_row boot_rows[] = {
	{"AT", WHEN_ALWAYS, DATA_NONE, URC_NONE, false, 1, ACCEPT_OK, 0},
};

/* The echo says whether the modem has heard what was said (exchange.c). */
static const struct script_row ident_rows[] = {
	{"ATE1", WHEN_ALWAYS, DATA_NONE, URC_NONE, false, 5, ACCEPT_OK, 0},
	{"AT+CMEE=2", WHEN_ALWAYS, DATA_NONE, URC_NONE, false, 5, ACCEPT_ANY, 0},
	{"AT+SIMCOMATI", WHEN_ALWAYS, DATA_NONE, URC_NONE, false, 5,
	 ACCEPT_ANY, 0},
	{"AT+CGMR", WHEN_NO_REVISION, DATA_NONE, URC_NONE, false, 5,
	 ACCEPT_ANY, 0},
};

static const struct script_row sim_rows[] = {
	{"AT+CPIN?", WHEN_ALWAYS, DATA_NONE, URC_NONE, false, 10, ACCEPT_OK, 0},
};

static const struct script_row apn_rows[] = {
	{"AT+CGDCONT=1,\"IP\",\"$a\"", WHEN_APN, DATA_NONE, URC_NONE, false, 10,
	 ACCEPT_OK, 0},
};

/* A data-only SIM is registered for CGREG or CEREG alone. */
static const struct script_row register_rows[] = {
	{"AT+CEREG?", WHEN_UNREGISTERED, DATA_NONE, URC_NONE, false, 10,
	 ACCEPT_ANY, 0},
	{"AT+CGREG?", WHEN_UNREGISTERED, DATA_NONE, URC_NONE, false, 10,
	 ACCEPT_ANY, 0},
	{"AT+CREG?", WHEN_UNREGISTERED, DATA_NONE, URC_NONE, false, 10,
	 ACCEPT_ANY, 0},
};

static const struct script_row net_rows[] = {
	{"AT+NETCLOSE", WHEN_NET_STALE, DATA_NONE, URC_NETCLOSE, true, 30,
	 ACCEPT_ANY, 0},
	{"AT+NETOPEN?", WHEN_ALWAYS, DATA_NONE, URC_NONE, false, 10,
	 ACCEPT_ANY, 0},
	{"AT+NETOPEN", WHEN_NET_CLOSED, DATA_NONE, URC_NETOPEN, true, 125,
	 ACCEPT_OK, 0},
};

/* ---- boot: RDY is welcome, an answer to AT is enough ---- */

static void boot_enter(struct node *n)
{
	n->session.alive = false;
	exchange_forget_echo(&n->exchange);
	SCRIPT_START(n, boot_rows);
}

/*
 * If only this side restarted, the modem may sit at a data prompt and take
 * every AT as data. Its count is unknown, so carriage returns fill it up to
 * the largest there is.
 */
static void boot_silent(struct node *n)
{
	n->tries++;
	if (n->tries >= NODE_BOOT_FLUSH_AFTER &&
	    n->tries < NODE_BOOT_FLUSH_AFTER + 24)
		at_tx_fill(&n->tx, MODEM_PAYLOAD_MAX / 20);
	if (n->tries >= NODE_BOOT_SILENT_AFTER) {
		node_say_once(n, SAID_SILENT, "modem does not answer");
		if (n->cfg->give_up) {
			node_give_up(n, "modem does not answer");
			return;
		}
	}
	SCRIPT_START(n, boot_rows);
}

static void boot_event(struct node *n, const struct node_event *event)
{
	switch (event->kind) {
	case NODE_EVENT_DONE:
		n->session.alive = true;
		node_wait_quiet(n);
		break;
	case NODE_EVENT_SILENT:
		boot_silent(n);
		break;
	case NODE_EVENT_FAILED:
		/* half a line was still in the modem's buffer */
		deadline_set(&n->timer, n->now, NODE_RETRY_MS);
		break;
	case NODE_EVENT_TIMER:
		if (n->session.alive)
			node_go(n, NODE_IDENT);
		else
			SCRIPT_START(n, boot_rows);
		break;
	case NODE_EVENT_LINE:
		break;
	}
}

const struct node_state network_boot = {
	"boot", boot_enter, boot_event, NULL, NODE_BOOT, true,
};

/* ---- ident ---- */

static void ident_enter(struct node *n)
{
	SCRIPT_START(n, ident_rows);
}

static void ident_done(struct node *n)
{
	struct fmt f;

	n->said &= (uint8_t)~SAID_SILENT;
	node_fmt(n, &f);
	fmt_print(&f, "modem %s",
		  n->policy.revision[0] ? n->policy.revision : "unknown");
	node_log(n, PORT_LOG_INFO, &f);
	node_go(n, NODE_REGISTER);
}

static void ident_event(struct node *n, const struct node_event *event)
{
	if (event->kind == NODE_EVENT_LINE &&
	    event->urc->id == URC_REVISION) {
		policy_set_revision(&n->policy, event->urc->text);
	} else if (event->kind == NODE_EVENT_DONE) {
		ident_done(n);
	} else if (event->kind == NODE_EVENT_FAILED) {
		node_retry(n, NODE_BOOT, "modem refuses ATE1");
	}
}

const struct node_state network_ident = {
	"ident", ident_enter, ident_event, NULL, NODE_IDENT, false,
};

/* ---- register: SIM, then network ---- */

static void register_enter(struct node *n)
{
	if (n->session.sim_ready)
		SCRIPT_START(n, apn_rows);
	else
		SCRIPT_START(n, sim_rows);
}

static void sim_not_ready(struct node *n, const char *text)
{
	struct fmt f;

	node_fmt(n, &f);
	fmt_print(&f, "sim not ready: %s", text);
	node_say_once(n, SAID_SIM, f.text);
	if (++n->tries > NODE_SIM_TRIES && n->cfg->give_up) {
		node_give_up(n, "sim not ready");
		return;
	}
	deadline_set(&n->timer, n->now, 1000);
}

static void not_registered(struct node *n)
{
	n->tries++;
	if (n->tries == 30)
		node_say_once(n, SAID_REGISTER, "not registered yet");
	if (n->tries > NODE_REGISTER_TRIES && n->cfg->give_up) {
		node_give_up(n, "no network registration");
		return;
	}
	deadline_set(&n->timer, n->now, 1000);
}

static void register_done(struct node *n)
{
	if (n->script.rows == sim_rows && !n->session.sim_ready) {
		sim_not_ready(n, "no answer to CPIN");
	} else if (n->script.rows == sim_rows) {
		n->said &= (uint8_t)~SAID_SIM;
		SCRIPT_START(n, apn_rows);
	} else if (n->script.rows == apn_rows) {
		SCRIPT_START(n, register_rows);
	} else if (!n->session.registered) {
		not_registered(n);
	} else {
		n->said &= (uint8_t)~SAID_REGISTER;
		node_say(n, "registered");
		node_go(n, NODE_NET);
	}
}

/* Unasked "+CGREG: 1" and answered "+CGREG: 0,1" mean the same here. */
static void registration_line(struct node *n, const struct urc *urc)
{
	int32_t stat = urc->count > 1 ? urc->value[1] : urc->value[0];

	if (urc->count && (stat == 1 || stat == 5))
		n->session.registered = true;
}

static void register_line(struct node *n, const struct urc *urc)
{
	if (urc->id == URC_REGISTRATION)
		registration_line(n, urc);
	if (urc->id != URC_CPIN)
		return;
	if (strcmp(urc->text, "READY") == 0)
		n->session.sim_ready = true;
	else
		sim_not_ready(n, urc->text);
}

static void register_event(struct node *n, const struct node_event *event)
{
	switch (event->kind) {
	case NODE_EVENT_LINE:
		register_line(n, event->urc);
		break;
	case NODE_EVENT_DONE:
		register_done(n);
		break;
	case NODE_EVENT_FAILED:
		if (n->script.rows == sim_rows)
			sim_not_ready(n, n->at.line);
		else
			node_retry(n, NODE_REGISTER, "APN refused");
		break;
	case NODE_EVENT_TIMER:
		if (n->session.sim_ready)
			SCRIPT_START(n, register_rows);
		else
			SCRIPT_START(n, sim_rows);
		break;
	case NODE_EVENT_SILENT:
		break;
	}
}

const struct node_state network_register = {
	"register", register_enter, register_event, NULL, NODE_REGISTER, false,
};

/* ---- net: PDP context for the modem's own stack ---- */

#define NET_TRIES 3
#define NET_ALREADY_OPEN 4 /* "+IP ERROR: 4" with numeric errors */

static void net_enter(struct node *n)
{
	n->session.net_open = false;
	SCRIPT_START(n, net_rows);
}

static void net_line(struct node *n, const struct urc *urc)
{
	const struct script_row *row = script_row(n);

	if (urc->id == URC_NETOPEN && row == &net_rows[1])
		n->session.net_open = urc->count && urc->value[0] == 1;
	if (urc->id == URC_IP_ERROR &&
	    (strcmp(urc->text, "Network is already opened") == 0 ||
	     (urc->count == 1 && urc->value[0] == NET_ALREADY_OPEN)))
		n->session.net_open = true;
}

static void net_opened(struct node *n)
{
	n->session.net_open = true;
	n->session.net_stale = false;
	node_say(n, "network open");
	node_go(n, NODE_CERT);
}

/* CMQTTSTART brings a network up itself: after a few tries let it. */
static void net_failed(struct node *n, int code)
{
	struct fmt f;

	if (n->session.net_open) {
		net_opened(n);
		return;
	}
	if (++n->tries < NET_TRIES) {
		deadline_set(&n->timer, n->now, 2000);
		return;
	}
	node_fmt(n, &f);
	fmt_print(&f, "network open failed %d (%s)", code, codes_text(code));
	node_log(n, PORT_LOG_INFO, &f);
	node_go(n, NODE_CERT);
}

static void net_event(struct node *n, const struct node_event *event)
{
	switch (event->kind) {
	case NODE_EVENT_LINE:
		net_line(n, event->urc);
		break;
	case NODE_EVENT_DONE:
		net_opened(n);
		break;
	case NODE_EVENT_FAILED:
		net_failed(n, event->code);
		break;
	case NODE_EVENT_TIMER:
		SCRIPT_START(n, net_rows);
		break;
	case NODE_EVENT_SILENT:
		break;
	}
}

const struct node_state network_net = {
	"net", net_enter, net_event, NULL, NODE_NET, false,
};
