/*
 * USSD: one session at a time between host and network. The network's side is the list ussd: of the world files.
 * M3 5.2 (CUSD), 27.007 7.15, 22.090.
 */
#ifndef MODEM_USSD_H
#define MODEM_USSD_H

#include "link/world_phone.h"
#include "modem/modem.h"

enum ussd_state {
	USSD_IDLE,
	USSD_ASKED, /* the network has the word */
	USSD_OPEN,  /* the host has */
};

/* <m> of +CUSD */
enum ussd_m { USSD_M_DONE, USSD_M_MORE, USSD_M_ENDED, USSD_M_OTHER, USSD_M_UNSUPPORTED, USSD_M_TIMEOUT };

struct ussd_boot {
	bool report; /* AT+CUSD=1 */
	enum ussd_state state;
	const struct ussd_code *said; /* what the network answers next; borrowed from the world */
	const struct ussd_code *menu; /* what may be said in an open session */
	size_t n_menu;
};

struct ussd {
	struct modem *modem;
	struct timer timer;
	struct ussd_boot boot;
};

struct ussd *ussd_new(struct modem *m);
void ussd_reset(struct ussd *u);
void ussd_free(struct ussd *u);

void ussd_set_report(struct ussd *u, bool on);
/*
 * Opens a session, or answers in an open one; text is UTF-8. MODEM_EVENT_USSD follows, never before this returns. 0,
 * -EBUSY the network has not answered yet, -ENETDOWN not registered.
 */
int ussd_send(struct ussd *u, const char *text);
/* The host ends the session; nothing follows. */
void ussd_cancel(struct ussd *u);
/* The network has something to say by itself; asks: it waits for an answer, which it takes whatever it is. -EBUSY. */
int ussd_from_network(struct ussd *u, const char *text, bool asks);
/* The network is gone. */
void ussd_network_lost(struct ussd *u);
/* "idle", "asked", "open" */
const char *ussd_state_name(const struct ussd *u);

#endif
