/*
 * The modem's own clock: 1980 until somebody sets it, then network time or what the host said. Runs on struct clock,
 * so that a repeated run sees the same times. at-general 5 (CCLK, CTZU, CTZR).
 */
#ifndef MODEM_RTC_H
#define MODEM_RTC_H

#include <stdbool.h>
#include <time.h>

#include "link/link.h"
#include "modem/modem.h"

/* The world's time when struct clock starts, unless rtc_set_world() says otherwise. */
#define RTC_DEFAULT_WORLD LINK_UTC_AT_START
/* What an unset clock shows: 80/01/06,00:00:00+00. */
#define RTC_UNSET ((time_t)315964800)

struct rtc_boot {
	bool set;
	time_t offset;		/* UTC at clock 0 when set */
	int zone;		/* quarter hours east of UTC */
	int report;		/* AT+CTZR */
};

struct rtc_nv {
	bool update;		/* AT+CTZU: network time sets the clock */
};

struct rtc {
	struct modem *modem;
	time_t world;		/* UTC at clock 0, of the world outside */
	int world_zone;
	uint64_t boot_us;	/* when an unset clock began to run */
	struct rtc_boot boot;
	struct rtc_nv nv;
};

struct rtc *rtc_new(struct modem *m);
void rtc_reset(struct rtc *r);
void rtc_free(struct rtc *r);

/* UTC as the modem believes it; what certificate dates are held against. */
time_t rtc_time(const struct rtc *r);
int rtc_zone(const struct rtc *r);
/* Host (AT+CCLK) sets time and zone. */
void rtc_set(struct rtc *r, time_t utc, int zone);
/* Network time has come: sets the clock when AT+CTZU allows, tells TIME_ZONE. */
void rtc_network_time(struct rtc *r);
/* UTC as the network tells it. */
time_t rtc_network_utc(const struct rtc *r);

void rtc_set_update(struct rtc *r, bool on);
void rtc_set_report(struct rtc *r, int mode);

/* The world's side: real UTC at clock 0, and the zone the network announces. */
void rtc_set_world(struct rtc *r, time_t utc_at_start, int zone);

#endif
