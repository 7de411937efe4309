/*
 * The receiver: on and off, how long it searches, what it reports by itself and where to. Where the antenna is says the
 * world. at-general 15.
 */
#ifndef MODEM_GNSS_H
#define MODEM_GNSS_H

#include <stdbool.h>

#include "modem/modem.h"
#include "modem/nmea.h"

enum gnss_state {
	GNSS_OFF,
	GNSS_SEARCHING,
	GNSS_TRACKING, /* has a fix as long as there are satellites */
	GNSS_STOPPING, /* answered OK, not off yet */
};

enum { GNSS_STANDALONE = 1, GNSS_MS_BASED = 2, GNSS_MS_ASSISTED = 3 };

/* What is reported every so many seconds. */
enum gnss_report {
	GNSS_REPORT_GPS,  /* AT+CGPSINFO=n */
	GNSS_REPORT_GNSS, /* AT+CGNSSINFO=n */
	GNSS_REPORT_NMEA, /* AT+CGPSINFOCFG=n,mask */
	GNSS_REPORTS,
};

struct gnss_reporter {
	struct gnss *gnss;
	struct timer timer;
	long period_s; /* 0: none */
	int port;      /* who asked */
};

struct gnss_boot {
	enum gnss_state state;
	int mode;
	bool warm;	    /* had a fix since power-on: the next one is quick */
	unsigned long mask; /* of GNSS_REPORT_NMEA */
};

/* All kept over power-off [guess]. */
struct gnss_nv {
	long sentences;	   /* AT+CGPSNMEA: on the NMEA port */
	long fast;	   /* AT+CGPSNMEARATE: ten times a second */
	long systems, dpo; /* AT+CGNSSMODE */
	long at_boot;	   /* AT+CGPSAUTO: starts with the modem */
};

struct gnss {
	struct modem *modem;
	struct position position; /* the world's */
	struct timer search, stop, nmea, ready;
	struct gnss_reporter report[GNSS_REPORTS];
	struct gnss_boot boot;
	struct gnss_nv nv;
};

struct gnss *gnss_new(struct modem *m);
void gnss_reset(struct gnss *g);
void gnss_free(struct gnss *g);

/* "off", "searching", "tracking", "stopping". */
const char *gnss_state_name(const struct gnss *g);
bool gnss_is_on(const struct gnss *g);
/* false: on already, or the mode needs a server that nobody has (traced). */
bool gnss_start(struct gnss *g, int mode);
/* GNSS_READY follows while it stays on, eight seconds later (A76xx). */
void gnss_say_ready(struct gnss *g);
/* The modem is up: starts when AT+CGPSAUTO says so. */
void gnss_power_on(struct gnss *g);
/* GNSS_OFF follows when it was on. */
void gnss_stop(struct gnss *g);
/* Starts without (cold) or with what is known of the sky. false: on already. */
bool gnss_start_as(struct gnss *g, bool cold);
/* Where it believes to be now; fix false: it does not know. */
struct nmea_view gnss_view(const struct gnss *g);

/* period_s 0: no more of that kind. port comes back as the event's index. GNSS_REPORT events, code: enum gnss_report.
 */
void gnss_set_report(struct gnss *g, enum gnss_report kind, long period_s, int port);
void gnss_set_mask(struct gnss *g, unsigned long mask);
/* Members of nv; kept at once. */
void gnss_keep(struct gnss *g, long *member, long value);

/* The world's side: where the antenna is from now on. */
void gnss_set_position(struct gnss *g, const struct position *p);

#endif
