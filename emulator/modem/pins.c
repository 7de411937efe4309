/* Pulses and presses: one timer each. How lines of the UART follow a call is the channel's. at-general 3 and 15a. */
#include "modem/pins.h"

#include <stdlib.h>

#include "modem/hw.h"
#include "modem/power.h"

static const struct quirks *quirks(const struct pins *p)
{
	return &p->modem->profile->q;
}

static void on_pwrkey(void *ctx)
{
	struct pins *p = ctx;

	trace_text(p->modem->trace, TRACE_NOTE, "PWRKEY was held for long enough to switch %s",
		   power_is_on(p->modem->power) ? "off" : "on");
	if (power_is_on(p->modem->power))
		power_down(p->modem->power, false);
	else
		power_on(p->modem->power, MODEM_BOOT_COLD);
}

static void on_reset(void *ctx)
{
	power_pin_reset(((struct pins *)ctx)->modem->power);
}

static void set_ri(struct pins *p, bool on)
{
	if (p->ri == on)
		return;
	p->ri = on;
	p->ri_count += on;
	trace_text(p->modem->trace, TRACE_NOTE, on ? "RI on" : "RI off");
}

static void on_ring_over(void *ctx)
{
	struct pins *p = ctx;

	set_ri(p, p->calling);
}

void pins_call(struct pins *p, bool rings)
{
	p->calling = rings;
	set_ri(p, rings || timer_armed(&p->ring));
}

struct pins *pins_new(struct modem *m)
{
	struct pins *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->modem = m;
	p->level[PIN_DTR] = true;
	timer_init(&p->pwrkey, on_pwrkey, p);
	timer_init(&p->reset, on_reset, p);
	timer_init(&p->ring, on_ring_over, p);
	return p;
}

void pins_reset(struct pins *p)
{
	timer_cancel(&p->ring);
	p->calling = false;
	p->ri = false;
}

void pins_free(struct pins *p)
{
	if (!p)
		return;
	timer_cancel(&p->pwrkey);
	timer_cancel(&p->reset);
	timer_cancel(&p->ring);
	free(p);
}

/* What a press has begun ends when it is let go. */
static void press(struct pins *p, struct timer *timer, bool asserted, long ms)
{
	if (asserted)
		clock_arm(p->modem->clock, timer, (uint64_t)ms * 1000);
	else
		timer_cancel(timer);
}

static void change_dtr(struct pins *p, bool asserted)
{
	if (asserted && hw_get(p->modem->hw, HW_SLEEP) == 1)
		p->awake_us = clock_now_us(p->modem->clock) + (uint64_t)quirks(p)->sleep_wake_ms * 1000;
}

void pins_set(struct pins *p, enum pin pin, bool asserted)
{
	static const char *const names[] = { [PIN_DTR] = "DTR", [PIN_PWRKEY] = "PWRKEY", [PIN_RESET] = "RESET" };
	const struct quirks *q = quirks(p);

	if (p->level[pin] == asserted)
		return;
	p->level[pin] = asserted;
	trace_text(p->modem->trace, TRACE_NOTE, "%s %s", names[pin], asserted ? "on" : "off");
	switch (pin) {
	case PIN_DTR:
		change_dtr(p, asserted);
		break;
	case PIN_PWRKEY:
		press(p, &p->pwrkey, asserted, power_is_on(p->modem->power) ? q->power_key_off_ms : q->power_key_on_ms);
		break;
	case PIN_RESET:
		press(p, &p->reset, asserted, q->reset_pin_ms);
		break;
	case PINS:
		break;
	}
}

/* Guess: it sleeps as soon as it may; on the modem it waits until nothing is to be done. */
bool pins_asleep(const struct pins *p)
{
	if (!p->level[PIN_DTR] && hw_get(p->modem->hw, HW_SLEEP) == 1)
		return true;
	return clock_now_us(p->modem->clock) < p->awake_us;
}

void pins_ring(struct pins *p, enum pins_ring who)
{
	static const enum hw_setting times[] = { [PINS_RING_URC] = HW_RING_URC_MS, [PINS_RING_SMS] = HW_RING_SMS_MS };
	uint64_t us = (uint64_t)hw_get(p->modem->hw, times[who]) * 1000;
	uint64_t now = clock_now_us(p->modem->clock);

	if (!hw_get(p->modem->hw, HW_RING_ON) || (timer_armed(&p->ring) && p->ring.due_us >= now + us))
		return;
	set_ri(p, true);
	clock_arm(p->modem->clock, &p->ring, us);
}
