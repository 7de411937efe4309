/*
 * Supply, boot and shutdown. One timer drives one state machine; what a state means for the features is called here,
 * what it means for the line (RDY, a dead UART) is told by events.
 */
#include "modem/power.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "modem/gnss.h"
#include "modem/guard.h"
#include "modem/net.h"
#include "modem/sim.h"

enum { BATTERY_MV = 3800, TEMPERATURE_C = 29 };

static const char *const state_names[] = {
	[POWER_OFF] = "off",
	[POWER_SILENT] = "silent",
	[POWER_UP] = "up",
	[POWER_DETACHING] = "detaching",
	[POWER_LEAVING] = "leaving",
};

/* Bit n: state n may follow. A cut or a crash goes to OFF from anywhere, through power_reset(). */
static const unsigned allowed[] = {
	[POWER_OFF] = 1u << POWER_SILENT,
	[POWER_SILENT] = 1u << POWER_UP,
	[POWER_UP] = 1u << POWER_DETACHING,
	[POWER_DETACHING] = 1u << POWER_LEAVING,
	[POWER_LEAVING] = 0,
};

static void set_state(struct power *p, enum power_state next)
{
	if (!(allowed[p->boot.state] & (1u << next)))
		abort();
	trace_text(p->modem->trace, TRACE_NOTE, "power: %s -> %s", state_names[p->boot.state], state_names[next]);
	p->boot.state = next;
}

static void arm_ms(struct power *p, long ms)
{
	clock_arm(p->modem->clock, &p->timer, (uint64_t)ms * 1000);
}

/* Supply stays, everything volatile is gone, the boot starts over. */
static void restart(struct power *p)
{
	modem_emit_code(p->modem, MODEM_EVENT_REBOOT, 0, 0);
	modem_reset(p->modem);
	set_state(p, POWER_SILENT);
	arm_ms(p, p->modem->profile->q.boot_ready_ms);
}

/* When line i of boot_lines is due, from ready; the profile has checked its form, MS:TEXT. */
static long line_ms(const struct power *p, size_t i)
{
	const char *word = p->modem->profile->q.boot_lines.word[i];
	long long ms = 0;

	str_to_num(word, strcspn(word, ":"), 0, 600000, &ms);
	return (long)ms;
}

/* before_ms: when the line before it was due. */
static void arm_line(struct power *p, long before_ms)
{
	if (p->boot.lines < p->modem->profile->q.boot_lines.n)
		clock_arm(p->modem->clock, &p->line, (uint64_t)(line_ms(p, p->boot.lines) - before_ms) * 1000);
}

static void on_line(void *ctx)
{
	struct power *p = ctx;
	size_t i = p->boot.lines++;

	modem_emit_code(p->modem, MODEM_EVENT_BOOT_LINE, (int)i, 0);
	arm_line(p, line_ms(p, i));
}

static void ready(struct power *p)
{
	set_state(p, POWER_UP);
	modem_emit_code(p->modem, MODEM_EVENT_READY, 0, 0);
	arm_line(p, 0);
	sim_power_on(p->modem->sim, MODEM_BOOT_COLD);
	net_power_on(p->modem->net, MODEM_BOOT_COLD);
	gnss_power_on(p->modem->gnss);
	guard_look(p->modem->guard);
}

static void leave(struct power *p)
{
	if (p->boot.reboot)
		restart(p);
	else
		power_cut(p);
}

static void detach(struct power *p)
{
	const struct quirks *q = &p->modem->profile->q;

	set_state(p, POWER_LEAVING);
	net_detach(p->modem->net);
	arm_ms(p, q->power_off_ms > q->power_detach_ms ? q->power_off_ms - q->power_detach_ms : 0);
}

static void on_timer(void *ctx)
{
	struct power *p = ctx;

	switch (p->boot.state) {
	case POWER_SILENT:
		ready(p);
		break;
	case POWER_DETACHING:
		detach(p);
		break;
	case POWER_LEAVING:
		leave(p);
		break;
	case POWER_OFF:
	case POWER_UP:
		break;
	}
}

struct power *power_new(struct modem *m)
{
	struct power *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->modem = m;
	p->battery_mv = BATTERY_MV;
	p->temperature_c = TEMPERATURE_C;
	if (link_around(m->link)->supply_mv >= 0)
		p->battery_mv = link_around(m->link)->supply_mv;
	if (link_around(m->link)->has_temperature)
		p->temperature_c = link_around(m->link)->temperature_c;
	timer_init(&p->timer, on_timer, p);
	timer_init(&p->line, on_line, p);
	return p;
}

void power_reset(struct power *p)
{
	timer_cancel(&p->timer);
	timer_cancel(&p->line);
	memset(&p->boot, 0, sizeof(p->boot));
}

void power_free(struct power *p)
{
	if (!p)
		return;
	timer_cancel(&p->timer);
	timer_cancel(&p->line);
	free(p);
}

void power_on(struct power *p, enum modem_boot boot)
{
	if (p->boot.state != POWER_OFF)
		return;
	set_state(p, POWER_SILENT);
	modem_emit_code(p->modem, MODEM_EVENT_POWERED_ON, 0, 0);
	if (boot == MODEM_BOOT_COLD) {
		arm_ms(p, p->modem->profile->q.boot_ready_ms);
		return;
	}
	set_state(p, POWER_UP);
	sim_power_on(p->modem->sim, MODEM_BOOT_WARM);
	net_power_on(p->modem->net, MODEM_BOOT_WARM);
	/* Last: what the features told on their way was told to a dead line. */
	modem_emit_code(p->modem, MODEM_EVENT_WARM, 0, 0);
	gnss_power_on(p->modem->gnss);
	guard_look(p->modem->guard);
}

void power_cut(struct power *p)
{
	if (p->boot.state == POWER_OFF)
		return;
	trace_text(p->modem->trace, TRACE_NOTE, "power: %s -> off", state_names[p->boot.state]);
	modem_emit_code(p->modem, MODEM_EVENT_POWERED_OFF, 0, 0);
	modem_reset(p->modem);
}

void power_down(struct power *p, bool reboot)
{
	if (p->boot.state != POWER_UP)
		return;
	set_state(p, POWER_DETACHING);
	p->boot.reboot = reboot;
	arm_ms(p, p->modem->profile->q.power_detach_ms);
}

void power_crash(struct power *p)
{
	if (p->boot.state == POWER_OFF)
		return;
	trace_text(p->modem->trace, TRACE_FAULT, "power: the modem resets by itself");
	restart(p);
}

void power_pin_reset(struct power *p)
{
	if (p->boot.state == POWER_OFF)
		return;
	trace_text(p->modem->trace, TRACE_NOTE, "power: reset by its pin");
	restart(p);
}

bool power_is_on(const struct power *p)
{
	return p->boot.state != POWER_OFF;
}

bool power_is_up(const struct power *p)
{
	return p->boot.state == POWER_UP;
}

bool power_is_leaving(const struct power *p)
{
	return p->boot.state == POWER_DETACHING || p->boot.state == POWER_LEAVING;
}
