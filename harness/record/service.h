/* What verbs that stay need: a clock, a loop, and SIGINT and SIGTERM as the wish to end. */
#ifndef RECORD_SERVICE_H
#define RECORD_SERVICE_H

#include <uv.h>

#include "base/err.h"
#include "clock/clock.h"
#include "io/loop.h"

struct service {
	struct clock *clock;
	struct loop *loop;
	uv_signal_t sigint, sigterm;
	int signo; /* the signal that ended it, 0: none yet */
};

/* 0, or a negative error with *e filled and nothing to end. SIGPIPE is an error of write() from here on. */
int service_begin(struct service *s, struct err *e);
/* Until a signal comes or loop_stop(). */
void service_run(struct service *s);
/* All that used the loop is freed by now. Returns code, or HIL_EXIT_SIGNAL + n when a signal came and code is 0. */
int service_end(struct service *s, int code);

#endif
