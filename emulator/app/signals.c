/* What each line does is a row; where it leads is the device's (pins.c) or the channel's (data mode, flow control). */
#include "app/signals.h"

#include <errno.h>
#include <string.h>

#include "app/line.h"
#include "base/str.h"
#include "modem/pins.h"

/* AT&C2: how long DCD is off when a call ends [guess]. */
enum { DCD_WINK_US = 100000 };

static struct at_channel *uart(const struct emu *m)
{
	return m->line[EMU_PORT_UART].at;
}

/* --- into the modem ---------------------------------------------------------------------------------------------- */

/* DTR is off without a host, too: what falls is the two together. */
static void set_dtr(struct emu *m, bool on)
{
	struct signals *s = &m->signals;
	bool before = s->in[SIGNAL_DTR] && !s->left;

	s->in[SIGNAL_DTR] = on;
	on = on && !s->left;
	pins_set(m->modem->pins, PIN_DTR, on);
	if (before && !on)
		at_dtr_drop(uart(m));
}

static void set_rts(struct emu *m, bool on)
{
	m->signals.in[SIGNAL_RTS] = on;
	trace_text(m->trace, TRACE_NOTE, "RTS %s", on ? "on" : "off");
	line_go_on(m);
}

static void set_pwrkey(struct emu *m, bool on)
{
	m->signals.in[SIGNAL_PWRKEY] = on;
	pins_set(m->modem->pins, PIN_PWRKEY, on);
}

static void set_reset(struct emu *m, bool on)
{
	m->signals.in[SIGNAL_RESET] = on;
	pins_set(m->modem->pins, PIN_RESET, on);
}

static const struct {
	const char *name;
	void (*set)(struct emu *m, bool on);
} inputs[SIGNAL_INPUTS] = {
	[SIGNAL_DTR] = { "dtr", set_dtr },
	[SIGNAL_RTS] = { "rts", set_rts },
	[SIGNAL_PWRKEY] = { "pwrkey", set_pwrkey },
	[SIGNAL_RESET] = { "reset", set_reset },
};

static void set(struct emu *m, enum signal_input which, bool on)
{
	timer_cancel(&m->signals.back[which].timer);
	if (m->signals.in[which] != on)
		inputs[which].set(m, on);
}

static void on_back(void *ctx)
{
	struct signal_back *b = ctx;
	struct emu *m = b->emu;
	enum signal_input which = (enum signal_input)(b - m->signals.back);

	set(m, which, !m->signals.in[which]);
}

void signals_host(struct emu *m, bool there)
{
	struct signals *s = &m->signals;
	bool on = s->in[SIGNAL_DTR];

	if (s->left == !there)
		return;
	s->left = !there;
	pins_set(m->modem->pins, PIN_DTR, on && there);
	if (on && !there)
		at_dtr_drop(uart(m));
}

bool signals_hold_output(struct emu *m)
{
	return !m->signals.in[SIGNAL_RTS] && uart(m) && at_settings(uart(m))->ifc[0] == 2;
}

/* --- out of the modem -------------------------------------------------------------------------------------------- */

static void on_wink_over(void *ctx)
{
	struct emu *m = ctx;

	trace_text(m->trace, TRACE_NOTE, "DCD on");
	m->signals.dcd_count++;
}

void signals_carrier(struct emu *m, bool on)
{
	int mode = at_settings(uart(m))->dcd;

	if (mode == 1) {
		trace_text(m->trace, TRACE_NOTE, "DCD %s", on ? "on" : "off");
		m->signals.dcd_count += on;
	} else if (mode == 2 && !on) {
		trace_text(m->trace, TRACE_NOTE, "DCD off");
		clock_arm(m->clock, &m->signals.wink, DCD_WINK_US);
	}
}

static bool has_call(const struct emu *m)
{
	return at_data_owner(uart(m)) != NULL;
}

static bool dcd(struct emu *m)
{
	switch (at_settings(uart(m))->dcd) {
	case 1:
		return has_call(m);
	case 2:
		return !timer_armed(&m->signals.wink);
	default:
		return true;
	}
}

static bool dsr(struct emu *m)
{
	return !at_settings(uart(m))->dsr || has_call(m);
}

static bool cts(struct emu *m)
{
	return !pins_asleep(m->modem->pins);
}

/* A modem without power drives nothing. */
static void print_outputs(struct emu *m, struct buf *reply)
{
	bool power = modem_is_on(m->modem);

	buf_addf(reply, "cts=%s\n", power && cts(m) ? "on" : "off");
	buf_addf(reply, "dsr=%s\n", power && dsr(m) ? "on" : "off");
	buf_addf(reply, "dcd=%s\ndcd.times=%lu\n", power && dcd(m) ? "on" : "off", m->signals.dcd_count);
	buf_addf(reply, "ri=%s\nri.times=%lu\n", m->modem->pins->ri ? "on" : "off", m->modem->pins->ri_count);
	buf_addf(reply, "asleep=%s\n", power && pins_asleep(m->modem->pins) ? "yes" : "no");
}

/* --- the control language ---------------------------------------------------------------------------------------- */

static int print_all(struct emu *m, struct buf *reply)
{
	for (int i = 0; i < SIGNAL_INPUTS; i++)
		buf_addf(reply, "%s=%s\n", inputs[i].name, m->signals.in[i] ? "on" : "off");
	print_outputs(m, reply);
	return 0;
}

/* The word at *s, which is moved behind it and what follows. */
static size_t word(const char **s)
{
	const char *begin = *s;
	size_t n = strcspn(begin, " \t");

	*s = begin + n + strspn(begin + n, " \t");
	return n;
}

static bool is_word(const char *s, size_t n, const char *what)
{
	return strlen(what) == n && !memcmp(s, what, n);
}

int signals_control(struct emu *m, const char *args, struct buf *reply)
{
	const char *name = args, *state, *rest = args;
	size_t n = word(&rest), n_state;
	uint64_t us = 0;
	int which = 0;

	if (!*args)
		return print_all(m, reply);
	state = rest;
	n_state = word(&rest);
	while (which < SIGNAL_INPUTS && !is_word(name, n, inputs[which].name))
		which++;
	if (which == SIGNAL_INPUTS || (!is_word(state, n_state, "on") && !is_word(state, n_state, "off")) ||
	    (*rest && str_to_duration_us(rest, &us))) {
		buf_addf(reply, "line NAME on|off [DURATION]: dtr, rts, pwrkey, reset\n");
		return -EINVAL;
	}
	set(m, (enum signal_input)which, n_state == 2);
	if (us)
		clock_arm(m->clock, &m->signals.back[which].timer, us);
	return 0;
}

/* --- life -------------------------------------------------------------------------------------------------------- */

void signals_init(struct emu *m)
{
	struct signals *s = &m->signals;

	s->in[SIGNAL_DTR] = s->in[SIGNAL_RTS] = true;
	timer_init(&s->wink, on_wink_over, m);
	for (int i = 0; i < SIGNAL_INPUTS; i++) {
		s->back[i].emu = m;
		timer_init(&s->back[i].timer, on_back, &s->back[i]);
	}
}

void signals_stop(struct emu *m)
{
	timer_cancel(&m->signals.wink);
	for (int i = 0; i < SIGNAL_INPUTS; i++)
		timer_cancel(&m->signals.back[i].timer);
}
