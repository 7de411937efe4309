/* The clock: AT+CCLK, AT+CTZU, AT+CTZR. at-general 5. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "modem/rtc.h"

enum { QUARTER_S = 900, ZONE_MIN = -47, ZONE_MAX = 48, DATE_LEN = 17 };

static struct rtc *rtc(const struct at_channel *at)
{
	return cmd_modem(at)->rtc;
}

/* yy/MM/dd,hh:mm:ss; the module counts its century from 1980. */
static void date_text(time_t t, char *buf, size_t size)
{
	struct tm tm;

	gmtime_r(&t, &tm);
	snprintf(buf, size, "%02d/%02d/%02d,%02d:%02d:%02d", tm.tm_year % 100, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		 tm.tm_min, tm.tm_sec);
}

/* A number of two digits at s that is followed by end. */
static bool two_digits(const char *s, int min, int max, char end, int *out)
{
	long long v = 0;

	if (str_to_num(s, 2, min, max, &v) || s[2] != end)
		return false;
	*out = (int)v;
	return true;
}

/* Local time as if it were UTC. false: not a date. */
static bool parse_date(const char *s, time_t *out)
{
	struct tm tm = { 0 };
	char digits[DATE_LEN + 1];
	int day;

	memcpy(digits, s, DATE_LEN);
	digits[DATE_LEN] = '\0';
	if (!two_digits(digits, 0, 99, '/', &tm.tm_year) || !two_digits(digits + 3, 1, 12, '/', &tm.tm_mon) ||
	    !two_digits(digits + 6, 1, 31, ',', &tm.tm_mday) || !two_digits(digits + 9, 0, 23, ':', &tm.tm_hour) ||
	    !two_digits(digits + 12, 0, 59, ':', &tm.tm_min) || !two_digits(digits + 15, 0, 59, '\0', &tm.tm_sec))
		return false;
	tm.tm_year += tm.tm_year < 80 ? 100 : 0;
	tm.tm_mon -= 1;
	day = tm.tm_mday;
	*out = timegm(&tm);
	/* timegm() has made 1 May of 31 April. */
	return tm.tm_mday == day;
}

static bool parse_zone(const char *s, size_t n, int *zone)
{
	long long v = 0;

	if (n != 3 || (s[0] != '+' && s[0] != '-') || str_to_num(s + 1, 2, 0, ZONE_MAX, &v))
		return false;
	*zone = s[0] == '-' ? -(int)v : (int)v;
	return *zone >= ZONE_MIN;
}

static const struct at_arg cclk_args[] = { { "time", AT_ARG_QSTR, DATE_LEN, DATE_LEN + 3 } };

static enum at_status cclk_read(struct at_channel *at, const struct at_val *val)
{
	const struct rtc *r = rtc(at);
	time_t local = rtc_time(r) + rtc_zone(r) * QUARTER_S;
	struct tm tm;
	char date[32];

	(void)val;
	date_text(local, date, sizeof(date));
	if (at_profile(at)->q.cclk_long_year)
		at_info(at, "+CCLK: \"%02d%s%+03d\"", (gmtime_r(&local, &tm)->tm_year + 1900) / 100, date, rtc_zone(r));
	else
		at_info(at, "+CCLK: \"%s%+03d\"", date, rtc_zone(r));
	return AT_STATUS_OK;
}

static enum at_status cclk_write(struct at_channel *at, const struct at_val *val)
{
	struct rtc *r = rtc(at);
	int zone = rtc_zone(r);
	time_t local;

	if (!parse_date(val[0].str, &local))
		return AT_STATUS_ERROR;
	if (val[0].len > DATE_LEN && !parse_zone(val[0].str + DATE_LEN, val[0].len - DATE_LEN, &zone))
		return AT_STATUS_ERROR;
	rtc_set(r, local - zone * QUARTER_S, zone);
	return AT_STATUS_OK;
}

static enum at_status ok_test(struct at_channel *at, const struct at_val *val)
{
	(void)at;
	(void)val;
	return AT_STATUS_OK;
}

static const struct at_arg ctz_args[] = { { "onoff", AT_ARG_INT, 0, 1 } };

static enum at_status ctzu_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CTZU: %d", rtc(at)->nv.update);
	return AT_STATUS_OK;
}

static enum at_status ctzu_write(struct at_channel *at, const struct at_val *val)
{
	rtc_set_update(rtc(at), val[0].num != 0);
	return AT_STATUS_OK;
}

static enum at_status ctzr_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CTZR: %d", rtc(at)->boot.report);
	return AT_STATUS_OK;
}

static enum at_status ctzr_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	rtc_set_report(rtc(at), 0);
	return AT_STATUS_OK;
}

static enum at_status ctzr_write(struct at_channel *at, const struct at_val *val)
{
	rtc_set_report(rtc(at), (int)val[0].num);
	return AT_STATUS_OK;
}

/*
 * V1.01 lists +CTZU and +CTZR among the commands that need the SIM; TinyGSM sends both right after the first answer of
 * a booting module, takes an ERROR as fatal, and works. So they are not gated.
 */
const struct at_cmd cmd_rtc[] = {
	{ "+CCLK", AT_ARGS(cclk_args), .read = cclk_read, .test = ok_test, .write = cclk_write, .source = "M3 3.2" },
	{ "+CTZU", AT_ARGS(ctz_args), .read = ctzu_read, .write = ctzu_write, .source = "M3 4.2" },
	{ "+CTZR", AT_ARGS(ctz_args), .exec = ctzr_exec, .read = ctzr_read, .write = ctzr_write, .source = "M3 4.2" },
	{ 0 },
};

/* Universal time and the zone in quarter hours: "+CTZV: -20,25/03/05,15:51:24" (OVMS#1109). */
void cmd_rtc_event(struct cmd_host *h, const struct modem_event *ev)
{
	char date[32];

	if (!h->modem->rtc->boot.report)
		return;
	date_text(rtc_network_utc(h->modem->rtc), date, sizeof(date));
	cmd_urc(h, "+CTZV: %d,%s", ev->code, date);
}
