/*
 * The radio: functionality (AT+CFUN), search and registration per domain, the cell it is on. at-general 5.
 */
#ifndef MODEM_NET_H
#define MODEM_NET_H

#include <stdbool.h>

#include "modem/modem.h"

enum net_domain { NET_CS, NET_PS, NET_EPS, NET_DOMAINS };	/* +CREG, +CGREG, +CEREG */

/* <stat> of 27.007 */
enum net_stat {
	NET_STAT_IDLE,		/* not registered, not searching */
	NET_STAT_HOME,
	NET_STAT_SEARCHING,
	NET_STAT_DENIED,
	NET_STAT_UNKNOWN,
	NET_STAT_ROAMING,
};

/* <AcT> of 27.007 */
enum net_act { NET_ACT_GSM = 0, NET_ACT_UTRAN = 2, NET_ACT_EUTRAN = 7 };

/* AT+CFUN */
enum net_fun { NET_FUN_MINIMUM = 0, NET_FUN_FULL = 1, NET_FUN_FLIGHT = 4, NET_FUN_TEST = 5, NET_FUN_RESET = 6,
	       NET_FUN_OFFLINE = 7 };

/* AT+COPS <mode> */
enum net_select { NET_SELECT_AUTO, NET_SELECT_MANUAL, NET_SELECT_DEREGISTERED, NET_SELECT_FORMAT,
		  NET_SELECT_MANUAL_AUTO, NET_SELECT_MANUAL_ONCE };

enum { NET_AUTO_MODE = 2 };	/* AT+CNMP default */

/* The cell the world offers. The default is the test network 001-01. */
struct net_cell {
	bool coverage;			/* false: nothing to be found */
	enum net_stat stat[NET_DOMAINS];	/* how the network takes this SIM: home, roaming, denied */
	enum net_act act;
	int mcc, mnc;
	char name[32], short_name[16];
	unsigned lac, ci;		/* TAC on LTE */
	int csq;			/* 0-31 */
	int pci, band, earfcn, bandwidth;	/* +CPSI */
	int rsrq, rsrp, rssi, snr;	/* tenths */
	bool nitz;			/* tells the time on registration */
};

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
};

struct net_nv {
	long mode;		/* AT+CNMP */
};

struct net {
	struct modem *modem;
	struct timer search, csq, info, scan;
	struct net_cell cell;	/* the world's: not cleared */
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

/* The world: coverage gone and back; another cell (its fields take effect at once). */
void net_drop(struct net *n);
void net_up(struct net *n);
void net_set_cell(struct net *n, const struct net_cell *cell);
void net_default_cell(struct net_cell *cell);

#endif
