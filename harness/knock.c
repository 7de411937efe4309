/* A refused connection costs microseconds on loopback, so the next try comes after a short pause on the loop's clock. */
#include "harness/knock.h"

#include <stdlib.h>

#include "clock/clock.h"

static const uint64_t PAUSE_US = 10000;

struct knock {
	struct loop *loop;
	struct sockaddr_in at;
	uv_tcp_t tcp;
	uv_connect_t request;
	struct timer pause;
	bool open, answered;		/* open: the handle is in use */
};

static void try_once(struct knock *k);

static void on_closed(uv_handle_t *h)
{
	struct knock *k = h->data;

	k->open = false;
	if (!k->answered)
		clock_arm(loop_clock(k->loop), &k->pause, PAUSE_US);
}

static void on_connect(uv_connect_t *request, int status)
{
	struct knock *k = request->data;

	if (status != UV_ECANCELED)
		k->answered = !status;
	if (!uv_is_closing((uv_handle_t *)&k->tcp))
		uv_close((uv_handle_t *)&k->tcp, on_closed);
}

static void on_pause(void *ctx)
{
	try_once(ctx);
}

static void try_once(struct knock *k)
{
	uv_tcp_init(loop_uv(k->loop), &k->tcp);
	k->open = true;
	k->tcp.data = k->request.data = k;
	if (uv_tcp_connect(&k->request, &k->tcp, (const struct sockaddr *)&k->at, on_connect))
		uv_close((uv_handle_t *)&k->tcp, on_closed);
}

struct knock *knock_new(struct loop *loop, unsigned port)
{
	struct knock *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->loop = loop;
	uv_ip4_addr("127.0.0.1", (int)port, &k->at);
	timer_init(&k->pause, on_pause, k);
	try_once(k);
	return k;
}

bool knock_answered(const struct knock *k)
{
	return k->answered && !k->open;
}

void knock_free(struct knock *k)
{
	if (!k)
		return;
	k->answered = true;	/* no further try */
	timer_cancel(&k->pause);
	if (k->open && !uv_is_closing((uv_handle_t *)&k->tcp))
		uv_close((uv_handle_t *)&k->tcp, on_closed);
	while (k->open)
		loop_once(k->loop);
	free(k);
}
