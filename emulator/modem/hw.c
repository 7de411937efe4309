/* Numbers with a default, some of them kept over power-off. What a number means is not known here. at-general 15a. */
#include "modem/hw.h"

#include <stdlib.h>
#include <string.h>

#include "modem/store.h"

/*
 * The A76XX manual does not save CSCLK and CFGRI. Guess: the supervision is kept, since a module that forgot its limits
 * would come up unprotected, and is on with the values of the examples.
 */
static const struct {
	long def;
	const char *key;	/* kept under this name */
} settings[HW_SETTINGS] = {
	[HW_SLEEP] = { 0, NULL },
	[HW_RING_ON] = { 0, NULL },
	[HW_RING_URC_MS] = { 60, NULL },
	[HW_RING_SMS_MS] = { 120, NULL },
	[HW_AUX_ON] = { 0, NULL },
	[HW_AUX_MV] = { 2800, NULL },
	[HW_TEMPERATURE_ON] = { 1, "hw.temperature_on" },
	[HW_SUPPLY_OFF_ON] = { 1, "hw.supply_off_on" },
	[HW_SUPPLY_OFF_LOW_MV] = { 3400, "hw.supply_off_low" },
	[HW_SUPPLY_OFF_HIGH_MV] = { 4300, "hw.supply_off_high" },
	[HW_SUPPLY_WARN_ON] = { 1, "hw.supply_warn_on" },
	[HW_SUPPLY_WARN_LOW_MV] = { 3400, "hw.supply_warn_low" },
	[HW_SUPPLY_WARN_HIGH_MV] = { 4300, "hw.supply_warn_high" },
};

enum { ADC_MV = 187 };	/* the manual's example */

static const long pins[HW_PINS + 1] = { 1, 2, 3, 6, 12, 14, 16, 18, 22, 41, 43, 63, 77 };

struct hw *hw_new(struct modem *m)
{
	struct hw *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->modem = m;
	h->adc_mv = link_around(m->link)->adc_mv >= 0 ? link_around(m->link)->adc_mv : ADC_MV;
	for (int s = HW_VOLATILE; s < HW_SETTINGS; s++)
		h->nv.value[s - HW_VOLATILE] = store_num(m->store, settings[s].key, settings[s].def);
	return h;
}

void hw_reset(struct hw *h)
{
	memset(&h->boot, 0, sizeof(h->boot));
	for (int s = 0; s < HW_VOLATILE; s++)
		h->boot.value[s] = settings[s].def;
}

void hw_free(struct hw *h)
{
	free(h);
}

long hw_get(const struct hw *h, enum hw_setting s)
{
	return s < HW_VOLATILE ? h->boot.value[s] : h->nv.value[s - HW_VOLATILE];
}

long hw_default(enum hw_setting s)
{
	return settings[s].def;
}

void hw_set(struct hw *h, enum hw_setting s, long value)
{
	if (s < HW_VOLATILE) {
		h->boot.value[s] = value;
		return;
	}
	h->nv.value[s - HW_VOLATILE] = value;
	store_set_num(h->modem->store, settings[s].key, value);
}

int hw_pin(long number)
{
	int i = 0;

	while (i < HW_PINS && pins[i] != number)
		i++;
	return i < HW_PINS ? i : -1;
}

long hw_pin_number(int pin)
{
	return pins[pin];
}

void hw_pin_direct(struct hw *h, int pin, bool out)
{
	h->boot.pin[pin].out = out;
}

bool hw_pin_drive(struct hw *h, int pin, bool high)
{
	if (!h->boot.pin[pin].out)
		return false;
	h->boot.pin[pin].high = high;
	return true;
}

bool hw_pin_level(const struct hw *h, int pin)
{
	return h->boot.pin[pin].out ? h->boot.pin[pin].high : h->outside[pin];
}
