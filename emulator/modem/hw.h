/*
 * Settings of pins, sleep and supervision, as numbers: kept and shown. Sleep and RI are acted on by pins.c.
 * at-general 15a.
 */
#ifndef MODEM_HW_H
#define MODEM_HW_H

#include "modem/modem.h"

/* In the order of the arguments of their commands. What survives power-off comes from HW_VOLATILE on. */
enum hw_setting {
	HW_SLEEP,		/* AT+CSCLK */
	HW_RING_ON,		/* AT+CFGRI: RI goes low so long for a URC, so long for a message */
	HW_RING_URC_MS,
	HW_RING_SMS_MS,
	HW_VOLATILE,
	HW_TEMPERATURE_ON = HW_VOLATILE,	/* AT+CMTE */
	HW_SUPPLY_OFF_ON,	/* AT+CPMVT: switches itself off outside */
	HW_SUPPLY_OFF_LOW_MV,
	HW_SUPPLY_OFF_HIGH_MV,
	HW_SUPPLY_WARN_ON,	/* AT+CVALARM: warns outside */
	HW_SUPPLY_WARN_LOW_MV,
	HW_SUPPLY_WARN_HIGH_MV,
	HW_SETTINGS,
};

struct hw_boot {
	long value[HW_VOLATILE];
};

struct hw_nv {
	long value[HW_SETTINGS - HW_VOLATILE];
};

struct hw {
	struct modem *modem;
	struct hw_boot boot;
	struct hw_nv nv;
};

struct hw *hw_new(struct modem *m);
void hw_reset(struct hw *h);
void hw_free(struct hw *h);

long hw_get(const struct hw *h, enum hw_setting s);
/* The value a new module has. */
long hw_default(enum hw_setting s);
void hw_set(struct hw *h, enum hw_setting s, long value);

#endif
