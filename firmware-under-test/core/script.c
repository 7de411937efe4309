/*
 * Runs a script: skips rows that do not apply, repeats what may be cured by
 * repeating (busy, a command damaged on the line), and reports how it ended.
 */
#include "core/script.h"

#include "core/node_state.h"

static void end_with(struct node *n, enum node_event_kind kind, int code)
{
	struct script *s = &n->script;
	struct node_event event = {kind, NULL, NULL, code};

	event.row = s->at < s->count ? &s->rows[s->at] : NULL;
	script_stop(n);
	node_dispatch(n, &event);
}

static void send_row(struct node *n)
{
	const struct script_row *row = &n->script.rows[n->script.at];
	struct exchange_spec spec = {0};
	struct fmt line;

	at_tx_begin(&n->tx, &line);
	if (!command_build(n, row, &line)) {
		end_with(n, NODE_EVENT_FAILED, EXCHANGE_BARE);
		return;
	}
	spec.result = (enum urc_id)row->result;
	spec.needed = row->needed;
	spec.timeout_ms = row->timeout_s * 1000u;
	spec.line = line.text;
	spec.line_len = line.len + 1;
	command_data(n, (enum command_data)row->data, &spec.data,
		     &spec.data_len);
	exchange_start(&n->exchange, &spec, n->now);
	at_tx_command(&n->tx, &line);
}

static void run(struct node *n)
{
	struct script *s = &n->script;

	while (s->at < s->count &&
	       !command_wanted(n, (enum command_when)s->rows[s->at].when))
		s->at++;
	if (s->at < s->count)
		send_row(n);
	else
		end_with(n, NODE_EVENT_DONE, 0);
}

void script_start(struct node *n, const struct script_row *rows, uint8_t count)
{
	struct script *s = &n->script;

	s->rows = rows;
	s->count = count;
	s->at = 0;
	s->busy = 0;
	s->again = 0;
	s->past = 0;
	s->running = true;
	deadline_stop(&s->retry);
	run(n);
}

void script_stop(struct node *n)
{
	n->script.running = false;
	deadline_stop(&n->script.retry);
	if (n->exchange.phase != EXCHANGE_IDLE)
		exchange_abort(&n->exchange);
}

/*
 * Busy is always waited out. A bare ERROR may be a command damaged on the
 * line, so it counts only when it comes twice, except where anything goes.
 */
static bool to_repeat(struct script *s, int code)
{
	uint64_t accept = s->rows[s->at].accept;

	if (code == CODE_BUSY)
		return s->busy++ < NODE_BUSY_MOST;
	if (code == EXCHANGE_BARE && accept != ACCEPT_ANY)
		return s->again++ < 1;
	return false;
}

void script_row_ended(struct node *n, int code)
{
	struct script *s = &n->script;
	const struct script_row *row = &s->rows[s->at];

	if (to_repeat(s, code)) {
		s->at = (uint8_t)(s->at - row->back);
		deadline_set(&s->retry, n->now,
			  code == CODE_BUSY ? NODE_BUSY_MS : NODE_RETRY_MS);
		return;
	}
	if (!(row->accept & ACCEPT(code))) {
		end_with(n, NODE_EVENT_FAILED, code);
		return;
	}
	/* rows that are only on the way back to a busy one count nothing */
	if (s->at >= s->past) {
		s->past = (uint8_t)(s->at + 1);
		s->busy = 0;
		s->again = 0;
	}
	s->at++;
	run(n);
}

void script_row_silent(struct node *n)
{
	end_with(n, NODE_EVENT_SILENT, 0);
}

void script_poll(struct node *n)
{
	if (n->script.running && deadline_take(&n->script.retry, n->now))
		run(n);
}

const struct script_row *script_row(const struct node *n)
{
	const struct script *s = &n->script;

	return s->running && s->at < s->count ? &s->rows[s->at] : NULL;
}
