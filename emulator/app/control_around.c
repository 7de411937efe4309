/* The modem's surroundings on the control socket: the radio (net), the card (sim), supply, temperature, pins. */
#include "app/control_words.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "link/cell.h"
#include "modem/guard.h"
#include "modem/hw.h"
#include "modem/net.h"
#include "modem/pdp.h"
#include "modem/power.h"
#include "modem/sim.h"

/* --- net ----------------------------------------------------------------------------------------------------------- */

#define NET_USAGE                                                                                                     \
	"net drop|up|stuck | deactivate CID | NAME VALUE ... [over TIME]: coverage registration voice rat operator short plmn area cell csq rsrp " \
	"rsrq rssi snr pci band channel bandwidth nitz zone"

static size_t member_of(const char *name)
{
	size_t i = 0;

	while (cell_names[i] && strcmp(cell_names[i], name) != 0)
		i++;
	return i;
}

static int no_such_name(struct buf *reply, const char *name)
{
	const char *near = str_nearest(name, cell_names);

	if (!near)
		return control_refuse(reply, NET_USAGE);
	buf_addf(reply, "net: unknown '%s' (did you mean '%s'?)\n", name, near);
	return -EINVAL;
}

/* "csq 5 band 3 over 30s" into *c and *over_us. */
static int take_members(const char *args, struct net_cell *c, uint64_t *over_us, struct buf *reply)
{
	struct buf name, value;
	const char *want;
	int err = 0;

	buf_init(&name, 64);
	buf_init(&value, 256);
	while (!err && (args = control_word(args, &name)) != NULL) {
		size_t i = member_of(buf_str(&name));
		bool over = !strcmp(buf_str(&name), "over");

		args = control_word(args, &value);
		if (!args)
			err = control_refuse(reply, NET_USAGE);
		else if (over)
			err = str_to_duration_us(buf_str(&value), over_us) ? control_refuse(reply, NET_USAGE) : 0;
		else if (!cell_names[i])
			err = no_such_name(reply, buf_str(&name));
		else if (cell_set(c, i, buf_str(&value), &want))
			err = buf_addf(reply, "net: %s must be %s\n", cell_names[i], want) ? -ENOMEM : -EINVAL;
	}
	buf_free(&name);
	buf_free(&value);
	return err;
}

static int change_cell(struct emu *m, const char *args, struct buf *reply)
{
	struct net *n = m->modem->net;
	struct net_cell cell = n->cell;
	uint64_t over_us = 0;
	int csq, err = take_members(args, &cell, &over_us, reply);

	if (err)
		return err;
	trace_text(m->trace, TRACE_FAULT, "net %s", args);
	csq = cell.csq;
	if (over_us)
		cell_set_csq(&cell, n->cell.csq);
	net_set_cell(n, &cell);
	if (over_us)
		net_ramp_csq(n, csq, over_us);
	return 0;
}

/* The network takes one context away. */
static int deactivate(struct emu *m, const char *args, struct buf *reply)
{
	long long cid;

	if (str_to_num(args, strlen(args), 1, PDP_CID_MAX, &cid))
		return control_refuse(reply, "net deactivate CID");
	trace_text(m->trace, TRACE_FAULT, "net deactivate %s", args);
	pdp_deactivate(m->modem->pdp, (int)cid, false);
	return 0;
}

int control_net(struct emu *m, const char *args, struct buf *reply)
{
	bool drop = !strcmp(args, "drop"), stuck = !strcmp(args, "stuck");

	if (!*args) {
		cell_show(&m->modem->net->cell, reply);
		return 0;
	}
	if (!strncmp(args, "deactivate ", 11))
		return deactivate(m, args + 11, reply);
	if (!drop && !stuck && strcmp(args, "up") != 0)
		return change_cell(m, args, reply);
	trace_text(m->trace, TRACE_FAULT, "net %s", args);
	link_set_stuck(m->modem->link, stuck);
	if (drop)
		net_drop(m->modem->net);
	else if (!stuck)
		net_up(m->modem->net);
	return 0;
}

/* --- supply, temperature, pins ------------------------------------------------------------------------------------- */

static bool take_number(const char *args, long long min, long long max, long long *out)
{
	return !str_to_num(args, strlen(args), min, max, out);
}

/* A dip is over before anybody could say something: the modem starts again. */
int control_supply(struct emu *m, const char *args, struct buf *reply)
{
	long long mv;

	if (!strcmp(args, "dip")) {
		trace_text(m->trace, TRACE_FAULT, "supply dip");
		power_crash(m->modem->power);
		return 0;
	}
	if (!take_number(args, 2500, 5500, &mv))
		return control_refuse(reply, "supply MILLIVOLTS (2500 to 5500) | dip");
	trace_text(m->trace, TRACE_FAULT, "supply %s", args);
	guard_set_supply(m->modem->guard, (long)mv);
	return 0;
}

int control_temperature(struct emu *m, const char *args, struct buf *reply)
{
	long long celsius;

	if (!take_number(args, -100, 150, &celsius))
		return control_refuse(reply, "temperature CELSIUS (-100 to 150)");
	trace_text(m->trace, TRACE_FAULT, "temperature %s", args);
	guard_set_temperature(m->modem->guard, (int)celsius);
	return 0;
}

int control_adc(struct emu *m, const char *args, struct buf *reply)
{
	long long mv;

	if (!take_number(args, 0, 5000, &mv))
		return control_refuse(reply, "adc MILLIVOLTS (0 to 5000)");
	m->modem->hw->adc_mv = (long)mv;
	return 0;
}

/* "3 1": what drives a pin from outside while it is an input; "3": how it stands. */
int control_gpio(struct emu *m, const char *args, struct buf *reply)
{
	struct buf word;
	long long number = 0, level = 0;
	const char *rest;
	int pin = -1;
	bool good;

	buf_init(&word, 16);
	rest = control_word(args, &word);
	if (rest && take_number(buf_str(&word), 1, 77, &number))
		pin = hw_pin((long)number);
	good = pin >= 0;
	if (good && (rest = control_word(rest, &word)) != NULL) {
		good = take_number(buf_str(&word), 0, 1, &level);
		if (good)
			m->modem->hw->outside[pin] = level != 0;
	}
	buf_free(&word);
	if (!good)
		return control_refuse(reply, "gpio NUMBER [0|1]: 1 2 3 6 12 14 16 18 22 41 43 63 77");
	return buf_addf(reply, "gpio.%lld=%d\n", number, hw_pin_level(m->modem->hw, pin));
}
