/*
 * The radio: functionality (AT+CFUN), search and registration per domain, the cell it is on. at-general 5.
 */
#ifndef MODEM_NET_H
#define MODEM_NET_H

#include <stdbool.h>

#include "link/cell.h"
#include "modem/modem.h"

/* AT+CFUN */
enum net_fun { NET_FUN_MINIMUM = 0, NET_FUN_FULL = 1, NET_FUN_FLIGHT = 4, NET_FUN_TEST = 5, NET_FUN_RESET = 6,
	       NET_FUN_OFFLINE = 7 };

/* AT+COPS <mode> */
enum net_select { NET_SELECT_AUTO, NET_SELECT_MANUAL, NET_SELECT_DEREGISTERED, NET_SELECT_FORMAT,
		  NET_SELECT_MANUAL_AUTO, NET_SELECT_MANUAL_ONCE };

enum { NET_AUTO_MODE = 2 };	/* AT+CNMP default */

struct net_boot {
	enum net_fun fun;
	enum net_stat stat[NET_DOMAINS];
	int report[NET_DOMAINS];	/* AT+CREG=n */
	enum net_select select;
	int format;			/* AT+COPS=3,n */
	bool wanted;			/* not deregistered by AT+COPS=2 or AT+CGATT=0 */
	bool mode_report;		/* AT+CNSMOD=1 */
	int csq_auto, csq_mode, csq_delta;	/* AT+AUTOCSQ, AT+CSQDELTA */
	int csq_told;
	int info_period_s;		/* AT+CPSI=n */
	int system_told;		/* the last +CNSMOD */
	bool held_down;			/* booted a moment ago: still on GSM (quirk net_gsm_first_ms) */
};

/* The signal on its way from one level to another. */
struct net_ramp {
	int from, to;
	uint64_t start_us, us;
};

enum { NET_BANDS_MAX = 66 };

struct net_nv {
	long mode;		/* AT+CNMP */
	char bands[3][NET_BANDS_MAX + 1];	/* AT+CNBP: masks of GSM and WCDMA, LTE, TD-SCDMA, as "0x..." */
};

struct net {
	struct modem *modem;
	struct timer search, csq, info, scan, plan, ramp, climb;
	struct net_cell cell;	/* the world's: not cleared */
	const struct cell_plan *steps;	/* the world's; NULL: the cell stays as it is */
	struct net_cell home;	/* while visiting: where AT+COPS=0 leads back to */
	bool visiting;		/* a network that AT+COPS=1 named */
	bool by_host;			/* a loss of the bearer that follows is the modem's doing, not the network's */
	size_t next_step;
	struct net_ramp ramping;
	struct net_boot boot;
	struct net_nv nv;
};

struct net *net_new(struct modem *m);
void net_reset(struct net *n);
void net_free(struct net *n);

void net_power_on(struct net *n, enum modem_boot boot);
/* The SIM is there (delay after which the network is found), or gone. */
void net_sim_ready(struct net *n, uint64_t delay_us);
void net_sim_lost(struct net *n);
/* Orderly shutdown: sessions and bearer go, registration is not reported. */
void net_detach(struct net *n);

/* AT+CFUN=0, 1, 4, 5, 7. Resets are power.h. */
void net_set_fun(struct net *n, enum net_fun fun);
/* AT+COPS and AT+CGATT: give the network up, or look for it again. */
void net_deregister(struct net *n);
void net_register(struct net *n);
/* AT+COPS=? : MODEM_EVENT_NET_SCANNED when done. */
void net_scan(struct net *n);
void net_scan_stop(struct net *n);
/* Kept over reset. */
void net_set_mode(struct net *n, long mode);
/* AT+CNBP: one of the three masks, which net_bands_ok() finds to be hexadecimal, at most 256 bits. Kept over reset. */
bool net_bands_ok(const char *mask);
void net_set_bands(struct net *n, int which, const char *mask);
/* AT+COPS=0: back from there. */
void net_go_home(struct net *n);
/* AT+COPS=1: another network that the world has. 0, -ENOENT when it is not in the air, -EACCES when it refuses the SIM. */
int net_join(struct net *n, const char *name, int format);

/* Settings of the reports; the cell's state is told by events from then on. */
void net_set_report(struct net *n, enum net_domain domain, int mode);
void net_set_select(struct net *n, enum net_select select, int format);
void net_set_mode_report(struct net *n, bool on);
void net_set_csq_report(struct net *n, int on, int mode);
void net_set_csq_delta(struct net *n, int delta);
void net_set_info_period(struct net *n, int seconds);

/* Registered for packet data: home or roaming. */
bool net_is_registered(const struct net *n);
/* Registered for calls and USSD: the circuit-switched side. */
bool net_has_calls(const struct net *n);
/* Access technology in use, or that would be: AT+CNMP narrows what the cell offers. */
enum net_act net_act(const struct net *n);
/* <rssi> of AT+CSQ: 0-31, or 99 while nothing is found. */
int net_csq(const struct net *n);
/* <stat> of AT+CNSMOD, 0 without service. */
int net_system(const struct net *n);

/* The world: coverage gone and back; another cell (its fields take effect at once). */
void net_drop(struct net *n);
void net_up(struct net *n);
void net_set_cell(struct net *n, const struct net_cell *cell);
/* The signal goes to csq in so much time, a step a second; 0 us: at once. */
void net_ramp_csq(struct net *n, int csq, uint64_t us);

#endif
