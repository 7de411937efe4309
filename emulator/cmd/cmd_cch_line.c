/*
 * The transparent line (AT+CCHMODE=1): session 0 and one channel in data mode. Which channel that is the channels know;
 * here is no state. Facts at-ssl-mqtt 10; at-general 2 (ATO, +++).
 */
#include "cmd/cmd_cch.h"

#include "modem/pdp.h"

static void on_bytes(struct at_channel *at, const void *p, size_t n, void *ctx)
{
	(void)ctx;
	cch_line_in(cch_of(at), p, n);
}

static void on_escaped(struct at_channel *at, void *ctx)
{
	(void)ctx;
	cch_line_attach(cch_of(at), false);
}

/* ATH, or DTR with &D2: as AT+CCHCLOSE [guess]. */
static void on_hangup(struct at_channel *at, void *ctx)
{
	(void)ctx;
	cch_line_attach(cch_of(at), false);
	if (cch_line_is_open(cch_of(at)))
		cch_close(cch_of(at), 0);
}

static enum at_status online(struct at_channel *at);

/* ATO: the session may have gone with the service meanwhile. */
static enum at_status on_resume(struct at_channel *at, void *ctx)
{
	enum at_status status;

	(void)ctx;
	if (!cch_line_is_open(cch_of(at))) {
		at_data_release(at);
		return at_result(at, AT_RESULT_NO_CARRIER, NULL);
	}
	status = online(at);
	cch_line_attach(cch_of(at), true);
	return status;
}

static const struct at_data_ops ops = {
	.bytes = on_bytes,
	.escaped = on_escaped,
	.hangup = on_hangup,
	.resume = on_resume,
};

static enum at_status online(struct at_channel *at)
{
	at_data_enter(at, &ops, cmd_host(at));
	return cmd_connect(at, "TCP", (int)cmd_modem(at)->pdp->boot.set.cid);
}

static struct at_channel *find(const struct cmd_host *h)
{
	for (size_t i = 0; i < h->n; i++) {
		if (at_data_owner(h->channel[i]) == &ops)
			return h->channel[i];
	}
	return NULL;
}

/* CONNECT FAIL is a result code of its own, which V0 has no number for. */
void cmd_cch_line_opened(struct cmd_host *h, int code)
{
	struct at_channel *at = cmd_waiting(h, CMD_TAG_CCH_OPEN);

	if (!at)
		return;
	at_finish(at, code ? at_result(at, AT_RESULT_NO_CARRIER, "CONNECT FAIL") : online(at));
	if (!code)
		cch_line_attach(h->modem->cch, true);
}

void cmd_cch_line_ended(struct cmd_host *h)
{
	struct at_channel *at = find(h);

	cch_line_attach(h->modem->cch, false);
	if (at) {
		at_data_leave(at, AT_RESULT_NONE);
		at_data_release(at);
	}
	cmd_urc(h, "CLOSED");
}

void cmd_cch_line_push(struct cmd_host *h)
{
	struct at_channel *at = find(h);
	char data[1024];
	size_t n;

	while (at && at_data_active(at) && at_takes(at)) {
		n = cch_fetch(h->modem->cch, 0, data, sizeof(data));
		if (!n)
			return;
		at_raw(at, data, n);
	}
}
