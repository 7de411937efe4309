/* One timer on the cell's clock, hidden: the firmware's headers and clock/clock.h cannot be seen in one file. */
#ifndef HARNESS_DUT_WAKE_H
#define HARNESS_DUT_WAKE_H

#include <stdint.h>

struct clock;
struct dut_wake;

/* NULL: out of memory. clock is borrowed. */
struct dut_wake *dut_wake_new(struct clock *clock, void (*func)(void *ctx), void *ctx);
void dut_wake_free(struct dut_wake *w);	/* NULL is fine */

/* (Re)arms it; never calls back before returning. */
void dut_wake_in(struct dut_wake *w, uint64_t delay_us);
void dut_wake_cancel(struct dut_wake *w);
uint64_t dut_wake_now_us(const struct dut_wake *w);

#endif
