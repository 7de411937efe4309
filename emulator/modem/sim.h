/*
 * The SIM: present or not, locked or not, and how long after power-on it, its messages and its phone book are there.
 * PIN and its counters live on the card and survive everything. at-general 3 and 5.
 */
#ifndef MODEM_SIM_H
#define MODEM_SIM_H

#include <stdbool.h>

#include "link/cell.h"
#include "modem/modem.h"

enum { SIM_PIN_MAX = 8, SIM_PIN_TRIES = 3, SIM_PUK_TRIES = 10 };

/* The card of a new modem, when no state says otherwise. */
#define SIM_DEFAULT_PIN "1234"
#define SIM_DEFAULT_PUK "12345678"

enum sim_state {
	SIM_OFF,	/* not powered: modem off, booting, AT+CFUN=0 */
	SIM_ABSENT,
	SIM_BUSY,	/* being read */
	SIM_PIN,
	SIM_PUK,
	SIM_READY,
	SIM_FAILURE,
};

/* What is in the slot: the world's side. */
enum sim_card { SIM_CARD_OK, SIM_CARD_ABSENT, SIM_CARD_BUSY, SIM_CARD_BROKEN };

enum sim_err {
	SIM_ERR_NONE,
	SIM_ERR_ABSENT,
	SIM_ERR_BUSY,
	SIM_ERR_PIN,		/* wants its PIN */
	SIM_ERR_PUK,
	SIM_ERR_FAILURE,
	SIM_ERR_PASSWORD,	/* wrong PIN or PUK */
	SIM_ERR_NOT_ALLOWED,	/* nothing to unlock */
	SIM_ERR_OFF,		/* switched off by AT+CFUN=0 */
};

struct sim_boot {
	enum sim_state state;
	bool sms_done, pb_done;
	bool refused_early;	/* the host was told that the card is being read */
	unsigned selected;	/* the file that AT+CSIM selected, 0 none */
	bool fetch;		/* its description waits to be fetched */
};

struct sim_nv {
	char pin[SIM_PIN_MAX + 1];
	bool locked;		/* asks for the PIN after power-on */
	int pin_left, puk_left;
};

struct sim {
	struct modem *modem;
	struct timer ready, sms, pb;
	enum sim_card card;
	char puk[SIM_PIN_MAX + 1];	/* printed on the card */
	char provider[CELL_SHORT_MAX + 1];	/* and who sold it */
	struct sim_boot boot;
	struct sim_nv nv;
};

struct sim *sim_new(struct modem *m);
void sim_reset(struct sim *s);
void sim_free(struct sim *s);

/* Supply on: reads the card in the profile's time, or is done already (MODEM_BOOT_WARM). */
void sim_power_on(struct sim *s, enum modem_boot boot);
/* AT+CFUN=0. Tells SIM_REMOVED when there was a card. */
void sim_power_off(struct sim *s);

/* SIM_ERR_NONE when ready, else what stands in the way. */
enum sim_err sim_check(const struct sim *s);
/* The host is about to be told SIM_ERR_BUSY; true the first time since power-on. */
bool sim_refuse_early(struct sim *s);

/* The PIN as AT+CSIM hands it in; a card that waited for it becomes ready. */
enum sim_err sim_verify(struct sim *s, const char *pin);
/* Nothing is told before these return; SIM_READY and what follows come from the clock. */
enum sim_err sim_enter_pin(struct sim *s, const char *pin);
enum sim_err sim_enter_puk(struct sim *s, const char *puk, const char *new_pin);
enum sim_err sim_set_lock(struct sim *s, bool locked, const char *pin);
enum sim_err sim_change_pin(struct sim *s, const char *old_pin, const char *new_pin);

/*
 * From the control socket: "ready" "pin" "puk" "absent" "busy" "failure". A modem that is up sees it at once, and a
 * card put back is read like at boot. 0 or -EINVAL.
 */
int sim_set_state(struct sim *s, const char *name);
/* The same words for the present state, and "off". */
const char *sim_state_name(const struct sim *s);

#endif
