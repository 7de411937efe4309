/*
 * Settings of pins, sleep and supervision, as numbers: kept and shown. Sleep and RI are acted on by pins.c, those of the
 * supervision by guard.c. The general purpose pins and the converter. at-general 15a.
 */
#ifndef MODEM_HW_H
#define MODEM_HW_H

#include <stdbool.h>

#include "modem/modem.h"

/* In the order of the arguments of their commands. What survives power-off comes from HW_VOLATILE on. */
enum hw_setting {
	HW_SLEEP,		/* AT+CSCLK */
	HW_RING_ON,		/* AT+CFGRI: RI goes low so long for a URC, so long for a message */
	HW_RING_URC_MS,
	HW_RING_SMS_MS,
	HW_AUX_ON,		/* AT+CVAUXS, AT+CVAUXV: VREG_AUX1, on boards the antenna's supply */
	HW_AUX_MV,
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

enum { HW_PINS = 13 };

struct hw_pin {
	bool out, high;		/* high: as driven by the module */
};

struct hw_boot {
	long value[HW_VOLATILE];
	struct hw_pin pin[HW_PINS];
};

struct hw_nv {
	long value[HW_SETTINGS - HW_VOLATILE];
};

struct hw {
	struct modem *modem;
	bool outside[HW_PINS];	/* the world's: what drives a pin that is an input */
	long adc_mv;
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

/* The index of a pin by its number in AT+CGDRT, -1 when there is none. */
int hw_pin(long number);
/* Its number, 0 behind the last. */
long hw_pin_number(int pin);
void hw_pin_direct(struct hw *h, int pin, bool out);
/* false: the pin is an input. */
bool hw_pin_drive(struct hw *h, int pin, bool high);
bool hw_pin_level(const struct hw *h, int pin);

#endif
