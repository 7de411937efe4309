/*
 * Supervision of supply and temperature: warns and switches off as AT+CVALARM, AT+CPMVT and AT+CMTE say. What is
 * measured is the world's. at-general 3 and 15a.
 */
#ifndef MODEM_GUARD_H
#define MODEM_GUARD_H

#include "modem/modem.h"

struct guard_boot {
	int heat_told;	/* the level of temperature that was told last: -2 to 2 */
};

struct guard {
	struct modem *modem;
	struct timer warn;
	struct guard_boot boot;
};

struct guard *guard_new(struct modem *m);
void guard_reset(struct guard *g);
void guard_free(struct guard *g);

/* Settings or surroundings may have changed, or the modem is up: warns, or begins to switch off. */
void guard_look(struct guard *g);

/* The world: supply in mV, temperature of the module in degrees Celsius. */
void guard_set_supply(struct guard *g, long mv);
void guard_set_temperature(struct guard *g, int celsius);

#endif
