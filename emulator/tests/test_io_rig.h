/* An owner of a port that remembers what it was told. */
#ifndef TESTS_TEST_IO_RIG_H
#define TESTS_TEST_IO_RIG_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "clock/clock.h"
#include "io/port.h"

struct owner {
	struct port *port;
	struct clock *clock;		/* stamps of arrival, may be NULL */
	struct buf rx;
	unsigned deliveries, longest;
	uint64_t first_us, last_us;
	unsigned events[4];		/* by enum port_event */
	const char *echo;		/* written back for each delivery */
	bool free_on_rx;
};

static inline void owner_rx(const void *p, size_t n, void *ctx)
{
	struct owner *o = ctx;

	if (!o->deliveries++ && o->clock)
		o->first_us = clock_now_us(o->clock);
	if (o->clock)
		o->last_us = clock_now_us(o->clock);
	o->longest = n > o->longest ? (unsigned)n : o->longest;
	buf_add(&o->rx, p, n);
	if (o->echo)
		port_write(o->port, o->echo, strlen(o->echo));
	if (o->free_on_rx) {
		port_free(o->port);
		o->port = NULL;
	}
}

static inline void owner_event(enum port_event ev, void *ctx)
{
	((struct owner *)ctx)->events[ev]++;
}

static inline void owner_take(struct owner *o, struct port *port, struct clock *clock)
{
	memset(o, 0, sizeof(*o));
	buf_init(&o->rx, 1 << 22);
	o->port = port;
	o->clock = clock;
	port_set_owner(port, owner_rx, owner_event, o);
}

static inline void owner_free(struct owner *o)
{
	port_free(o->port);
	buf_free(&o->rx);
}

static inline void owner_expect(struct owner *o, const char *s, const char *why)
{
	ck_assert_msg(o->rx.len == strlen(s) && !memcmp(buf_str(&o->rx), s, o->rx.len), "%s: got '%s'", why,
		      buf_str(&o->rx));
	buf_reset(&o->rx);
}

static inline int io_main(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
