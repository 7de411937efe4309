/* The modem's own clock. Turns struct clock into a date; knows nothing of how a date is written. */
#include "modem/rtc.h"

#include <stdlib.h>
#include <string.h>

#include "modem/store.h"

static time_t seconds_since(const struct rtc *r, uint64_t then_us)
{
	return (time_t)((clock_now_us(r->modem->clock) - then_us) / 1000000);
}

struct rtc *rtc_new(struct modem *m)
{
	struct rtc *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->modem = m;
	r->world = RTC_DEFAULT_WORLD;
	/* M3 says both 0 and 1 for the factory value; clients that depend on it set it. */
	r->nv.update = store_num(m->store, "rtc.update", m->profile->q.ctzu_default) != 0;
	return r;
}

/* Guess: the date is lost with every reset, as on a module without a backup battery. */
void rtc_reset(struct rtc *r)
{
	memset(&r->boot, 0, sizeof(r->boot));
	r->boot_us = clock_now_us(r->modem->clock);
}

void rtc_free(struct rtc *r)
{
	free(r);
}

time_t rtc_time(const struct rtc *r)
{
	if (r->boot.set)
		return r->boot.offset + seconds_since(r, 0);
	return RTC_UNSET + seconds_since(r, r->boot_us);
}

int rtc_zone(const struct rtc *r)
{
	return r->boot.zone;
}

void rtc_set(struct rtc *r, time_t utc, int zone)
{
	r->boot.set = true;
	r->boot.offset = utc - seconds_since(r, 0);
	r->boot.zone = zone;
}

time_t rtc_network_utc(const struct rtc *r)
{
	return r->world + seconds_since(r, 0);
}

void rtc_network_time(struct rtc *r)
{
	if (r->nv.update)
		rtc_set(r, rtc_network_utc(r), r->world_zone);
	modem_emit_code(r->modem, MODEM_EVENT_TIME_ZONE, 0, r->world_zone);
}

void rtc_set_update(struct rtc *r, bool on)
{
	r->nv.update = on;
	store_set_num(r->modem->store, "rtc.update", on);
}

void rtc_set_report(struct rtc *r, int mode)
{
	r->boot.report = mode;
}

void rtc_set_world(struct rtc *r, time_t utc_at_start, int zone)
{
	r->world = utc_at_start;
	r->world_zone = zone;
	link_set_time(r->modem->link, utc_at_start);
}
