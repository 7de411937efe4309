/*
 * Received messages: from the modem's lines to the log and the goal.
 */
#include "core/node_state.h"

#define CRC_TAIL 20 /* room for "... crc=12345678" */

static void say_message(struct node *n)
{
	const struct receive *r = &n->receive;
	size_t kept = receive_payload_kept(r);
	struct fmt f;

	node_fmt(n, &f);
	f.size -= CRC_TAIL;
	fmt_text(&f, "received ");
	fmt_bytes(&f, r->topic, receive_topic_kept(r));
	fmt_print(&f, " %u ", (unsigned)r->payload_got);
	fmt_bytes(&f, r->payload, kept);
	f.size += CRC_TAIL;
	if (f.cut || kept < r->payload_got) {
		fmt_text(&f, "... crc=");
		fmt_hex(&f, receive_crc(r), 8);
	}
	node_log(n, PORT_LOG_INFO, &f);
}

static void await_raw(struct node *n, uint32_t left)
{
	if (left)
		deadline_set(&n->raw, n->now, NODE_RAW_SILENCE_MS);
	else
		deadline_stop(&n->raw);
}

void received_line(struct node *n, const struct urc *urc)
{
	uint32_t raw;
	enum receive_end end = receive_line(&n->receive, urc, &raw);

	if (raw)
		at_client_read_raw(&n->at, raw);
	await_raw(n, raw);
	if (end == RECEIVE_DAMAGED)
		node_say(n, "received damaged message");
	if (end != RECEIVE_WHOLE)
		return;
	n->received++;
	say_message(n);
	online_kick(n);
}

void received_raw(struct node *n, const uint8_t *p, size_t len)
{
	receive_raw(&n->receive, p, len);
	await_raw(n, n->at.raw_left);
}
