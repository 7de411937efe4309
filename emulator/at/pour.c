/* Answers of any length: written piece by piece, as fast as the host takes them. Knows no command. */
#include "at/at_internal.h"

static bool is_full(const struct at_channel *at)
{
	return at->hooks.full && at->hooks.full(at->hooks.ctx);
}

/* A piece leaves before the next is asked for: only then is known whether the host takes it. */
static enum at_status pour(struct at_channel *at)
{
	enum at_status status = AT_STATUS_PENDING;
	unsigned epoch = at->epoch;

	while (status == AT_STATUS_PENDING && at->epoch == epoch && !is_full(at)) {
		status = at->pour(at, at->tag);
		if (status == AT_STATUS_PENDING)
			reply_flush(at);
	}
	if (at->epoch != epoch)
		return AT_STATUS_PENDING;
	if (status != AT_STATUS_PENDING)
		at->pour = NULL;
	return status;
}

enum at_status at_pour(struct at_channel *at, int tag, at_pour_func_t more)
{
	at_wait(at, tag);
	at->pour = more;
	return pour(at);
}

void at_host_ready(struct at_channel *at)
{
	enum at_status status;

	if (at->flushing)
		return;
	at_turn_begin(at);
	status = at->pour && at->state == LINE_WAITING ? pour(at) : AT_STATUS_PENDING;
	if (status != AT_STATUS_PENDING)
		at_finish(at, status);
	at_turn_end(at);
}
