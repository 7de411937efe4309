/* The clock as the in-process client sees it. Nothing but forwarding. */
#include "harness/dut_wake.h"

#include <stdlib.h>

#include "clock/clock.h"

struct dut_wake {
	struct clock *clock;
	struct timer timer;
};

struct dut_wake *dut_wake_new(struct clock *clock, void (*func)(void *ctx), void *ctx)
{
	struct dut_wake *w = calloc(1, sizeof(*w));

	if (w) {
		w->clock = clock;
		timer_init(&w->timer, func, ctx);
	}
	return w;
}

void dut_wake_free(struct dut_wake *w)
{
	if (w)
		timer_cancel(&w->timer);
	free(w);
}

void dut_wake_in(struct dut_wake *w, uint64_t delay_us)
{
	clock_arm(w->clock, &w->timer, delay_us);
}

void dut_wake_cancel(struct dut_wake *w)
{
	timer_cancel(&w->timer);
}

uint64_t dut_wake_now_us(const struct dut_wake *w)
{
	return clock_now_us(w->clock);
}
