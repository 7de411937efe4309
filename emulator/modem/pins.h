/*
 * The pins beside the UART's data: DTR puts the modem to sleep and wakes it, RI tells a host that sleeps that something
 * came, PWRKEY and RESET are pressed by the board. at-general 3 and 15a.
 */
#ifndef MODEM_PINS_H
#define MODEM_PINS_H

#include "modem/modem.h"

/* Asserted (low) is true; a modem that nobody wired has its DTR asserted and its keys not. */
enum pin { PIN_DTR, PIN_PWRKEY, PIN_RESET, PINS };

/* Who rings. */
enum pins_ring { PINS_RING_URC, PINS_RING_SMS };

struct pins {
	struct modem *modem;
	bool level[PINS];	    /* the board's: not cleared by a reset */
	uint64_t awake_us;	    /* the UART hears from then on */
	struct timer pwrkey, reset; /* pressed for long enough */
	struct timer ring;	    /* ends RI */
	bool calling;		    /* somebody rings: RI is held */
	bool ri;
	unsigned long ri_count; /* how often RI went on */
};

struct pins *pins_new(struct modem *m);
/* RI falls back; what the board holds stays held. */
void pins_reset(struct pins *p);
void pins_free(struct pins *p);

/*
 * PWRKEY held for power_key_on_ms starts a modem that is off, for power_key_off_ms shuts down one that runs; RESET held
 * for reset_pin_ms starts it over; DTR not asserted lets one sleep that AT+CSCLK=1 allows it.
 */
void pins_set(struct pins *p, enum pin pin, bool asserted);

/* Nothing from the host is heard: AT+CSCLK=1 without DTR, or not yet awake after it. */
bool pins_asleep(const struct pins *p);

/* RI for AT+CFGRI's time, when that is on; a pulse that lasts longer is not cut short. */
void pins_ring(struct pins *p, enum pins_ring who);
/* RI for as long as a call rings, whatever AT+CFGRI says [guess]. */
void pins_call(struct pins *p, bool rings);

#endif
