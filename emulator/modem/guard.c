/* Limits held against what is measured. Warnings of the supply come again while it stays outside; those of heat do not. */
#include "modem/guard.h"

#include <stdlib.h>
#include <string.h>

#include "modem/hw.h"
#include "modem/power.h"

enum { WARN_AGAIN_US = 10000000, HEAT_OFF = 2 };

/* -1 below, 1 above, 0 within the limits of a setting that is on; its two limits follow it. */
static int outside(const struct guard *g, enum hw_setting on)
{
	const struct hw *h = g->modem->hw;
	long mv = g->modem->power->battery_mv;

	if (!hw_get(h, on))
		return 0;
	if (mv < hw_get(h, (enum hw_setting)(on + 1)))
		return -1;
	return mv > hw_get(h, (enum hw_setting)(on + 2));
}

static int heat(const struct guard *g)
{
	const struct quirks *q = &g->modem->profile->q;
	int t = g->modem->power->temperature_c;

	if (t <= q->cmte_off_low || t >= q->cmte_off_high)
		return t <= q->cmte_off_low ? -2 : 2;
	if (t <= q->cmte_warn_low || t >= q->cmte_warn_high)
		return t <= q->cmte_warn_low ? -1 : 1;
	return 0;
}

/* true: it switches off. */
static bool look_at_heat(struct guard *g)
{
	int level = hw_get(g->modem->hw, HW_TEMPERATURE_ON) ? heat(g) : 0;

	if (level == g->boot.heat_told)
		return false;
	g->boot.heat_told = level;
	if (level)
		modem_emit_code(g->modem, MODEM_EVENT_HEAT, 0, level);
	return abs(level) == HEAT_OFF;
}

/* The same for the supply. */
static bool look_at_supply(struct guard *g)
{
	int off = outside(g, HW_SUPPLY_OFF_ON), warn = outside(g, HW_SUPPLY_WARN_ON);

	if (off) {
		modem_emit_code(g->modem, MODEM_EVENT_SUPPLY_OFF, 0, off);
		return true;
	}
	if (!warn)
		timer_cancel(&g->warn);
	else if (!timer_armed(&g->warn)) {
		modem_emit_code(g->modem, MODEM_EVENT_SUPPLY_WARNING, 0, warn);
		clock_arm(g->modem->clock, &g->warn, WARN_AGAIN_US);
	}
	return false;
}

void guard_look(struct guard *g)
{
	if (!power_is_up(g->modem->power))
		return;
	if (!look_at_heat(g) && !look_at_supply(g))
		return;
	timer_cancel(&g->warn);
	power_down(g->modem->power, false);
}

static void on_warn(void *ctx)
{
	guard_look(ctx);
}

struct guard *guard_new(struct modem *m)
{
	struct guard *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->modem = m;
	timer_init(&g->warn, on_warn, g);
	return g;
}

void guard_reset(struct guard *g)
{
	timer_cancel(&g->warn);
	memset(&g->boot, 0, sizeof(g->boot));
}

void guard_free(struct guard *g)
{
	if (!g)
		return;
	timer_cancel(&g->warn);
	free(g);
}

void guard_set_supply(struct guard *g, long mv)
{
	g->modem->power->battery_mv = mv;
	trace_text(g->modem->trace, TRACE_NOTE, "power: supply %ld mV", mv);
	guard_look(g);
}

void guard_set_temperature(struct guard *g, int celsius)
{
	g->modem->power->temperature_c = celsius;
	trace_text(g->modem->trace, TRACE_NOTE, "power: temperature %d C", celsius);
	guard_look(g);
}
