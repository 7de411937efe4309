/*
 * The radio around the antenna as data: the cell that is heard, how its network takes the SIM, what else is in the air,
 * and how that changes with time. Written in a world file or told on the control socket; at-general 5.
 */
#ifndef LINK_CELL_H
#define LINK_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

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

enum { CELL_NAME_MAX = 31, CELL_SHORT_MAX = 15 };

/* The default is the test network 001-01. */
struct net_cell {
	bool coverage;			/* false: nothing to be found */
	enum net_stat stat[NET_DOMAINS];	/* how the network takes this SIM: home, roaming, denied */
	enum net_act act;
	int system;			/* <stat> of AT+CNSMOD in that technology: GPRS, EDGE, HSPA ... */
	int mcc, mnc, mnc_digits;
	char name[CELL_NAME_MAX + 1], short_name[CELL_SHORT_MAX + 1];
	unsigned lac, ci;		/* TAC on LTE */
	int csq;			/* 0-31 */
	int pci, band, earfcn, bandwidth;	/* +CPSI */
	int rsrq, rsrp, rssi, snr;	/* tenths */
	bool nitz;			/* tells the time on registration */
	bool has_zone;
	int zone;			/* that it tells then, in quarter hours */
};

void cell_default(struct net_cell *c);

/* Names of what can be set, NULL-terminated: "coverage", "registration", "rat", "csq" ... */
extern const char *const cell_names[];

/*
 * Member i of cell_names[] from text. csq takes the levels that belong to it with it. 0, or -EINVAL with what it must
 * be in *want ("one of gsm, gprs, edge, wcdma, hsdpa, hsupa, hspa, lte").
 */
int cell_set(struct net_cell *c, size_t i, const char *text, const char **want);
/* Strength of the signal alone, as cell_set() of csq. */
void cell_set_csq(struct net_cell *c, int csq);
/* name=value, a line each. */
void cell_show(const struct net_cell *c, struct buf *out);

/* Another network that AT+COPS=? finds. */
struct cell_other {
	char name[CELL_NAME_MAX + 1], short_name[CELL_SHORT_MAX + 1];
	int mcc, mnc, mnc_digits;
	enum net_act act;
	bool forbidden;			/* does not take this SIM */
};

/* "26202" or "310260": three digits of the country, two or three of the network. */
bool cell_plmn(const char *text, int *mcc, int *mnc, int *digits);
/* The reverse, in buf of at least 8 bytes. */
void cell_plmn_text(int mcc, int mnc, int digits, char buf[8]);
/* "gsm" ... "lte" */
bool cell_rat(const char *text, enum net_act *act, int *system);

/* What the air becomes, counted from each start of the modem. */
struct cell_step {
	uint64_t after_us;
	uint64_t over_us;		/* the signal takes so long to get there */
	struct net_cell cell;
};

enum { CELL_STEPS_MAX = 64, CELL_OTHERS_MAX = 8 };

struct cell_plan {
	struct cell_step step[CELL_STEPS_MAX];
	size_t n;			/* 0: the default cell, always */
	struct cell_other other[CELL_OTHERS_MAX];
	size_t n_others;
};

#endif
