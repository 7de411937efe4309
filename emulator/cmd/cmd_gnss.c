/* Positioning: CGPS, CGPSINFO, CGNSSINFO, CGPSINFOCFG and what goes to the NMEA port. at-general 15, M3 24.2. */
#include "cmd/cmd.h"

#include "base/buf.h"
#include "modem/gnss.h"

enum { ROW_MAX_BYTES = 256 };

static const struct at_arg cgps_args[] = {
	{ "on/off", AT_ARG_INT, 0, 1 },
	{ "mode", AT_ARG_INT, GNSS_STANDALONE, GNSS_MS_ASSISTED, .optional = true },
};
static const struct at_arg period_args[] = { { "time", AT_ARG_INT, 0, 255 } };
static const struct at_arg infocfg_args[] = {
	{ "time", AT_ARG_INT, 0, 255 },
	{ "config", AT_ARG_INT, 0, 262143, .optional = true },
};
static const struct at_arg nmea_args[] = { { "nmea_type", AT_ARG_INT, 0, 262143 } };
static const struct at_arg rate_args[] = { { "rate", AT_ARG_INT, 0, 1 } };
static const struct at_arg mode_args[] = {
	{ "gnss_mode", AT_ARG_INT, 0, 15 },
	{ "dpo_mode", AT_ARG_INT, 0, 1, .optional = true },
};

static struct gnss *gnss(const struct at_channel *at)
{
	return cmd_modem(at)->gnss;
}

static enum at_status done(bool ok)
{
	return ok ? AT_STATUS_OK : AT_STATUS_ERROR;
}

static enum at_status cgps_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	if (gnss_is_on(gnss(at)))
		at_info(at, "+CGPS: 1,%d", gnss(at)->boot.mode);
	else
		at_info(at, "+CGPS: 0");
	return AT_STATUS_OK;
}

static enum at_status cgps_write(struct at_channel *at, const struct at_val *val)
{
	if (val[0].num && !val[1].given && at_profile(at)->q.cgps_needs_mode)
		return AT_STATUS_ERROR;
	if (val[0].num)
		return done(gnss_start(gnss(at), val[1].given ? (int)val[1].num : GNSS_STANDALONE));
	gnss_stop(gnss(at));
	return AT_STATUS_OK;
}

static enum at_status cgpshot_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return done(gnss_start_as(gnss(at), false));
}

static enum at_status cgpscold_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return done(gnss_start_as(gnss(at), true));
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

/* lat,N,lon,E,ddmmyy,hhmmss.s,alt,speed,course: what both rows have. */
static void add_place(const struct nmea_view *v, struct buf *row)
{
	nmea_latitude(v, row);
	buf_addc(row, ',');
	nmea_longitude(v, row);
	buf_addc(row, ',');
	nmea_date(v, row);
	buf_addc(row, ',');
	nmea_time(v, row);
	buf_addc(row, ',');
	nmea_tenths(v->position.value[POSITION_ALT], row);
	buf_addc(row, ',');
	nmea_tenths(v->position.value[POSITION_SPEED], row);
	buf_addc(row, ',');
	nmea_course(v, row);
}

static void gps_row(const struct gnss *g, const struct quirks *q, struct buf *row)
{
	struct nmea_view v = gnss_view(g);

	(void)q;
	buf_adds(row, "+CGPSINFO: ");
	if (v.fix)
		add_place(&v, row);
	else
		buf_adds(row, ",,,,,,,,");
}

/* The first field is 2 in every capture, a fix in three dimensions included. */
static void gnss_row(const struct gnss *g, const struct quirks *q, struct buf *row)
{
	struct nmea_view v = gnss_view(g);

	buf_adds(row, "+CGNSSINFO: ");
	if (!v.fix) {
		for (long i = 0; i < q->cgnssinfo_empty; i++)
			buf_addc(row, ',');
		return;
	}
	buf_addf(row, "2,%02d,%02d,00,%s", NMEA_GPS_SATELLITES, NMEA_GLONASS_SATELLITES,
		 q->cgnssinfo_counts > 3 ? "00," : "");
	add_place(&v, row);
	buf_addc(row, ',');
	nmea_tenths(NMEA_PDOP, row);
	buf_addc(row, ',');
	nmea_tenths(NMEA_HDOP, row);
	buf_addc(row, ',');
	nmea_tenths(NMEA_VDOP, row);
}

static void (*const rows[])(const struct gnss *g, const struct quirks *q, struct buf *row) = {
	[GNSS_REPORT_GPS] = gps_row,
	[GNSS_REPORT_GNSS] = gnss_row,
};

static enum at_status say_row(struct at_channel *at, enum gnss_report kind)
{
	struct buf row;

	buf_init(&row, ROW_MAX_BYTES);
	rows[kind](gnss(at), &at_profile(at)->q, &row);
	at_info(at, "%s", buf_str(&row));
	buf_free(&row);
	return AT_STATUS_OK;
}

static enum at_status cgpsinfo_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return say_row(at, GNSS_REPORT_GPS);
}

static enum at_status cgnssinfo_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return say_row(at, GNSS_REPORT_GNSS);
}

/* --- reports ------------------------------------------------------------------------------------------------------ */

static enum at_status period(struct at_channel *at, enum gnss_report kind)
{
	at_info(at, "%s: %ld", at_command(at)->name, gnss(at)->report[kind].period_s);
	return AT_STATUS_OK;
}

static enum at_status cgpsinfo_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return period(at, GNSS_REPORT_GPS);
}

static enum at_status cgnssinfo_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return period(at, GNSS_REPORT_GNSS);
}

static enum at_status cgpsinfo_write(struct at_channel *at, const struct at_val *val)
{
	gnss_set_report(gnss(at), GNSS_REPORT_GPS, (long)val[0].num, cmd_number(at));
	return AT_STATUS_OK;
}

static enum at_status cgnssinfo_write(struct at_channel *at, const struct at_val *val)
{
	gnss_set_report(gnss(at), GNSS_REPORT_GNSS, (long)val[0].num, cmd_number(at));
	return AT_STATUS_OK;
}

static enum at_status infocfg_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CGPSINFOCFG: %ld,%lu", gnss(at)->report[GNSS_REPORT_NMEA].period_s, gnss(at)->boot.mask);
	return AT_STATUS_OK;
}

static enum at_status infocfg_write(struct at_channel *at, const struct at_val *val)
{
	if (val[1].given)
		gnss_set_mask(gnss(at), (unsigned long)val[1].num);
	gnss_set_report(gnss(at), GNSS_REPORT_NMEA, (long)val[0].num, cmd_number(at));
	return AT_STATUS_OK;
}

/* --- settings ----------------------------------------------------------------------------------------------------- */

static enum at_status nmea_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CGPSNMEA: %ld", gnss(at)->nv.sentences);
	return AT_STATUS_OK;
}

static enum at_status nmea_write(struct at_channel *at, const struct at_val *val)
{
	gnss_keep(gnss(at), &gnss(at)->nv.sentences, (long)val[0].num);
	return AT_STATUS_OK;
}

static enum at_status rate_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CGPSNMEARATE: %ld", gnss(at)->nv.fast);
	return AT_STATUS_OK;
}

static enum at_status rate_write(struct at_channel *at, const struct at_val *val)
{
	gnss_keep(gnss(at), &gnss(at)->nv.fast, (long)val[0].num);
	return AT_STATUS_OK;
}

static enum at_status mode_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CGNSSMODE: %ld,%ld", gnss(at)->nv.systems, gnss(at)->nv.dpo);
	return AT_STATUS_OK;
}

static enum at_status mode_write(struct at_channel *at, const struct at_val *val)
{
	gnss_keep(gnss(at), &gnss(at)->nv.systems, (long)val[0].num);
	if (val[1].given)
		gnss_keep(gnss(at), &gnss(at)->nv.dpo, (long)val[1].num);
	return AT_STATUS_OK;
}

static const struct at_arg auto_args[] = { { "auto", AT_ARG_INT, 0, 1, .range_text = "(0,1)" } };

static enum at_status auto_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CGPSAUTO: %ld", gnss(at)->nv.at_boot);
	return AT_STATUS_OK;
}

static enum at_status auto_write(struct at_channel *at, const struct at_val *val)
{
	gnss_keep(gnss(at), &gnss(at)->nv.at_boot, (long)val[0].num);
	return AT_STATUS_OK;
}

/* --- the A76xx switches its receiver another way ------------------------------------------------------------------- */

static const struct at_arg power_args[] = { { "GNSS_Power_status", AT_ARG_INT, 0, 1, .range_text = "(0,1)" } };

static enum at_status cgnsspwr_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CGNSSPWR: %d", gnss_is_on(gnss(at)));
	return AT_STATUS_OK;
}

/* On again is OK [guess]. */
static enum at_status cgnsspwr_write(struct at_channel *at, const struct at_val *val)
{
	if (!val[0].num)
		gnss_stop(gnss(at));
	else if (gnss_start(gnss(at), GNSS_STANDALONE))
		gnss_say_ready(gnss(at));
	return AT_STATUS_OK;
}

const struct at_cmd cmd_gnss[] = {
	{ "+CGPS", AT_ARGS(cgps_args), .read = cgps_read, .write = cgps_write, .source = "M3 24.2" },
	{ "+CGPSINFO", AT_ARGS(period_args), .exec = cgpsinfo_exec, .read = cgpsinfo_read, .write = cgpsinfo_write,
	  .source = "M3 24.2" },
	{ "+CGNSSINFO", AT_ARGS(period_args), .exec = cgnssinfo_exec, .read = cgnssinfo_read, .write = cgnssinfo_write,
	  .source = "M3 24.2.12" },
	{ "+CGPSINFOCFG", AT_ARGS(infocfg_args), .read = infocfg_read, .write = infocfg_write, .source = "M3 24.2" },
	{ "+CGPSNMEA", AT_ARGS(nmea_args), .read = nmea_read, .write = nmea_write, .source = "M3 24.2" },
	{ "+CGPSNMEARATE", AT_ARGS(rate_args), .read = rate_read, .write = rate_write, .source = "M3 24.2" },
	{ "+CGNSSMODE", AT_ARGS(mode_args), .read = mode_read, .write = mode_write, .source = "M3 24.2" },
	{ "+CGPSHOT", .exec = cgpshot_exec, .source = "M3 24.2" },
	{ "+CGPSCOLD", .exec = cgpscold_exec, .source = "M3 24.2" },
	{ "+CGPSAUTO", AT_ARGS(auto_args), .read = auto_read, .write = auto_write, .source = "AT manual V1.12 17.7" },
	{ "+CGNSSPWR", AT_ARGS(power_args), .read = cgnsspwr_read, .write = cgnsspwr_write,
	  .source = "A1; forms guess" },
	{ 0 },
};

/* Whoever asked for reports gets them [guess]; raw sentences are no lines of their own. */
static void report(struct cmd_host *h, const struct modem_event *ev)
{
	struct at_channel *at = h->channel[ev->index];
	struct buf row;

	if (h->deaf & 1u << ev->index)
		return;
	if (ev->code == GNSS_REPORT_NMEA) {
		at_urc_raw(at, ev->payload, ev->payload_len);
		return;
	}
	buf_init(&row, ROW_MAX_BYTES);
	rows[ev->code](h->modem->gnss, &h->modem->profile->q, &row);
	at_urc(at, "%s", buf_str(&row));
	buf_free(&row);
}

/* Where AT+CGPS is unknown, so is its line. */
static void told_off(struct cmd_host *h)
{
	if (!quirk_list_has(&h->modem->profile->q.absent_commands, "+CGPS"))
		cmd_urc(h, "+CGPS: 0");
}

void cmd_gnss_event(struct cmd_host *h, const struct modem_event *ev)
{
	if (ev->type == MODEM_EVENT_GNSS_READY)
		cmd_urc(h, "+CGNSSPWR: READY!");
	else if (ev->type == MODEM_EVENT_GNSS_OFF)
		told_off(h);
	else if (ev->type == MODEM_EVENT_GNSS_REPORT)
		report(h, ev);
	else if (h->nmea)
		h->nmea(ev->payload, ev->payload_len, h->nmea_ctx);
}
