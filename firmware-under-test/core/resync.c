/*
 * Back in step after a lost answer, and waiting between attempts. A modem
 * that still wants data is fed carriage returns: as data they fill the
 * prompt, as input they are empty lines.
 */
#include "core/node_state.h"

#define FLUSH_MORE 64
#define FLUSH_STEP 256
#define RESYNC_TRIES 40

static const struct script_row resync_rows[] = {
	{"AT", WHEN_ALWAYS, DATA_NONE, URC_NONE, false, 2, ACCEPT_OK, 0},
};

static void resync_enter(struct node *n)
{
	if (n->exchange.owed)
		at_tx_fill(&n->tx, n->exchange.owed + FLUSH_MORE);
	n->exchange.owed = 0;
	SCRIPT_START(n, resync_rows);
}

static void resync_silent(struct node *n)
{
	if (++n->tries > RESYNC_TRIES) {
		n->session.maybe_dirty = true;
		node_go(n, NODE_BOOT);
		return;
	}
	at_tx_fill(&n->tx, n->tries < 4 ? FLUSH_MORE : FLUSH_STEP);
	SCRIPT_START(n, resync_rows);
}

static void resync_over(struct node *n)
{
	bool wait = n->backoff_due;

	n->backoff_due = false;
	if (wait)
		node_retry(n, n->resume, "answers get lost");
	else
		node_go(n, n->resume);
}

static void resync_event(struct node *n, const struct node_event *event)
{
	switch (event->kind) {
	case NODE_EVENT_DONE:
		n->session.alive = true;
		node_wait_quiet(n); /* late answers must not fit the next */
		break;
	case NODE_EVENT_SILENT:
		resync_silent(n);
		break;
	case NODE_EVENT_FAILED:
		n->session.alive = false;
		deadline_set(&n->timer, n->now, NODE_RETRY_MS);
		break;
	case NODE_EVENT_TIMER:
		if (n->session.alive)
			resync_over(n);
		else
			SCRIPT_START(n, resync_rows);
		break;
	case NODE_EVENT_LINE:
		break;
	}
}

const struct node_state resync_resync = {
	"resync", resync_enter, resync_event, NULL, NODE_RESYNC, true,
};

/* ---- wait ---- */

static void wait_enter(struct node *n)
{
	deadline_set(&n->timer, n->now, n->wait_ms);
}

static void wait_event(struct node *n, const struct node_event *event)
{
	if (event->kind == NODE_EVENT_TIMER)
		node_go(n, n->resume);
}

const struct node_state resync_wait = {
	"wait", wait_enter, wait_event, NULL, NODE_WAIT, false,
};
