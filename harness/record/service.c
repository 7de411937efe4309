/* The frame around a verb that runs until it is told to end. */
#include "harness/record/service.h"

#include <errno.h>
#include <signal.h>

#include "harness/hil.h"

static void on_signal(uv_signal_t *h, int signo)
{
	struct service *s = h->data;

	s->signo = signo;
	loop_stop(s->loop);
}

static void watch_signal(struct service *s, uv_signal_t *h, int signo)
{
	uv_signal_init(loop_uv(s->loop), h);
	h->data = s;
	uv_signal_start(h, on_signal, signo);
}

int service_begin(struct service *s, struct err *e)
{
	*s = (struct service){ .clock = clock_new_monotonic(1) };
	s->loop = s->clock ? loop_new(s->clock) : NULL;
	if (!s->loop) {
		clock_free(s->clock);
		return err_set(e, -ENOMEM, "cannot start a loop");
	}
	signal(SIGPIPE, SIG_IGN);
	watch_signal(s, &s->sigint, SIGINT);
	watch_signal(s, &s->sigterm, SIGTERM);
	return 0;
}

void service_run(struct service *s)
{
	if (!s->signo)
		loop_run(s->loop);
}

int service_end(struct service *s, int code)
{
	uv_close((uv_handle_t *)&s->sigint, NULL);
	uv_close((uv_handle_t *)&s->sigterm, NULL);
	loop_free(s->loop);
	clock_free(s->clock);
	return s->signo && !code ? HIL_EXIT_SIGNAL + s->signo : code;
}
