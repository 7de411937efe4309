/*
 * Transparent mode (AT+CIPMODE=1): link 0 and one channel in data mode. Which channel that is the channels know; here
 * is no state. Facts at-general 7 and 13 (+++).
 */
#include "cmd/cmd_cip.h"

#include "modem/pdp.h"

static struct socket *sockets(const struct at_channel *at)
{
	return cmd_modem(at)->socket;
}

static void on_bytes(struct at_channel *at, const void *p, size_t n, void *ctx)
{
	(void)ctx;
	socket_stream(sockets(at), 0, p, n);
}

/* ATH, or DTR with &D2: the link goes, and nobody has to be told but the peer. */
static void on_hangup(struct at_channel *at, void *ctx)
{
	(void)ctx;
	socket_abandon(sockets(at), 0);
}

static enum at_status on_resume(struct at_channel *at, void *ctx)
{
	enum at_status status = cmd_cip_online(at);

	cmd_cip_stream(ctx);
	return status;
}

static const struct at_data_ops ops = { .bytes = on_bytes, .hangup = on_hangup, .resume = on_resume };

static struct at_channel *find(const struct cmd_host *h)
{
	for (size_t i = 0; i < h->n; i++) {
		if (at_data_owner(h->channel[i]) == &ops)
			return h->channel[i];
	}
	return NULL;
}

enum at_status cmd_cip_online(struct at_channel *at)
{
	const struct socket_link *l = socket_link(sockets(at), 0);

	at_data_enter(at, &ops, cmd_host(at));
	return cmd_connect(at, l->kind == SOCKET_TCP ? "TCP" : "UDP", (int)cmd_modem(at)->pdp->boot.set.cid);
}

void cmd_cip_called(struct cmd_host *h, int owner)
{
	struct at_channel *at = h->channel[owner];

	if (at_data_owner(at))
		return; /* another call has the channel */
	if (at_busy(at)) {
		at_data_offer(at, &ops, h);
		return;
	}
	cmd_cip_online(at);
}

bool cmd_cip_has_data(const struct cmd_host *h)
{
	return find(h) != NULL;
}

void cmd_cip_end_data(struct cmd_host *h)
{
	struct at_channel *at = find(h);

	if (!at)
		return;
	at_data_leave(at, AT_RESULT_NONE);
	at_data_release(at);
	at_urc(at, "CLOSED");
}

void cmd_cip_stream(struct cmd_host *h)
{
	struct at_channel *at = find(h);
	char data[SOCKET_SEND_MAX];

	if (!at || !at_data_active(at))
		return;
	while (socket_waiting(h->modem->socket, 0) && at_takes(at))
		at_raw(at, data, socket_fetch(h->modem->socket, 0, data, sizeof(data), NULL));
}
