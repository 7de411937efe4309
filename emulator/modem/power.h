/*
 * Supply, boot and shutdown: when the UART lives, and what a reset tears down on its way. at-general 3.
 */
#ifndef MODEM_POWER_H
#define MODEM_POWER_H

#include <stdbool.h>

#include "modem/modem.h"

enum power_state {
	POWER_OFF,
	POWER_SILENT,		/* supply on, before the first line of the boot */
	POWER_UP,
	POWER_DETACHING,	/* OK of a reset or power-off is out; the network goes next */
	POWER_LEAVING,		/* network gone; the UART dies next */
};

struct power_boot {
	enum power_state state;
	bool reboot;		/* DETACHING, LEAVING: comes back by itself */
	size_t lines;		/* of boot_lines that were told */
};

struct power {
	struct modem *modem;
	struct timer timer;	/* the next state */
	struct timer line;	/* the next of boot_lines */
	struct power_boot boot;
	long battery_mv;	/* the world's: not cleared */
	int temperature_c;
};

struct power *power_new(struct modem *m);
/* Stops the clockwork; the state is POWER_OFF. */
void power_reset(struct power *p);
void power_free(struct power *p);

/* Supply on. Does nothing unless off. */
void power_on(struct power *p, enum modem_boot boot);
/* Supply gone at once. */
void power_cut(struct power *p);
/* Orderly reset or power-off (AT+CRESET, AT+CPOF): OK first, then the network goes, then the UART. */
void power_down(struct power *p, bool reboot);
/* Reset at once, as by a watchdog: nothing is said. */
void power_crash(struct power *p);
/* The same by the board's RESET. */
void power_pin_reset(struct power *p);

bool power_is_on(const struct power *p);
/* Booted, and not on its way down. */
bool power_is_up(const struct power *p);
/* Between the OK of a reset or power-off and the silence. */
bool power_is_leaving(const struct power *p);

#endif
