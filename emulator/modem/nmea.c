/* Sentences: a row of the table each, a checksum for all. Knows no AT command and keeps nothing. */
#include "modem/nmea.h"

#include <stdlib.h>

/* --- members ------------------------------------------------------------------------------------------------------ */

/* Degrees and minutes: a ten-millionth of a degree is six millionths of a minute. */
static void angle(long long value, int digits, char plus, char minus, struct buf *out)
{
	long long all = llabs(value), minutes = all % 10000000 * 6;

	buf_addf(out, "%0*lld%02lld.%06lld,%c", digits, all / 10000000, minutes / 1000000, minutes % 1000000,
		 value < 0 ? minus : plus);
}

void nmea_latitude(const struct nmea_view *v, struct buf *out)
{
	angle(v->position.value[POSITION_LAT], 2, 'N', 'S', out);
}

void nmea_longitude(const struct nmea_view *v, struct buf *out)
{
	angle(v->position.value[POSITION_LON], 3, 'E', 'W', out);
}

void nmea_date(const struct nmea_view *v, struct buf *out)
{
	struct tm tm;

	gmtime_r(&v->utc, &tm);
	buf_addf(out, "%02d%02d%02d", tm.tm_mday, tm.tm_mon + 1, tm.tm_year % 100);
}

void nmea_time(const struct nmea_view *v, struct buf *out)
{
	struct tm tm;

	gmtime_r(&v->utc, &tm);
	buf_addf(out, "%02d%02d%02d.%u", tm.tm_hour, tm.tm_min, tm.tm_sec, v->tenth);
}

void nmea_tenths(long long tenths, struct buf *out)
{
	buf_addf(out, "%s%lld.%lld", tenths < 0 ? "-" : "", llabs(tenths) / 10, llabs(tenths) % 10);
}

void nmea_course(const struct nmea_view *v, struct buf *out)
{
	if (v->position.value[POSITION_SPEED])
		nmea_tenths(v->position.value[POSITION_COURSE], out);
}

static void place(const struct nmea_view *v, struct buf *out)
{
	nmea_latitude(v, out);
	buf_addc(out, ',');
	nmea_longitude(v, out);
}

/* --- sentences ---------------------------------------------------------------------------------------------------- */

/* From $ on; returns where that is, for end(). */
static size_t begin(struct buf *out, const char *name)
{
	size_t from = out->len;

	buf_addf(out, "$%s,", name);
	return from;
}

static void end(struct buf *out, size_t from)
{
	const unsigned char *p = (const unsigned char *)buf_str(out);
	unsigned sum = 0;

	for (size_t i = from + 1; i < out->len; i++)
		sum ^= p[i];
	buf_addf(out, "*%02X\r\n", sum);
}

static void gga(const struct nmea_view *v, const char *name, struct buf *out)
{
	size_t from = begin(out, name);

	if (v->fix) {
		nmea_time(v, out);
		buf_addc(out, ',');
		place(v, out);
		buf_addf(out, ",1,%02d,", NMEA_GPS_SATELLITES);
		nmea_tenths(NMEA_HDOP, out);
		buf_addc(out, ',');
		nmea_tenths(v->position.value[POSITION_ALT], out);
		buf_adds(out, ",M,0.0,M,,");
	} else {
		buf_adds(out, ",,,,,0,,,,,,,,");
	}
	end(out, from);
}

static void rmc(const struct nmea_view *v, const char *name, struct buf *out)
{
	size_t from = begin(out, name);

	if (v->fix) {
		nmea_time(v, out);
		buf_adds(out, ",A,");
		place(v, out);
		buf_addc(out, ',');
		nmea_tenths(v->position.value[POSITION_SPEED], out);
		buf_addc(out, ',');
		nmea_course(v, out);
		buf_addc(out, ',');
		nmea_date(v, out);
		buf_adds(out, ",,,A");
	} else {
		buf_adds(out, ",V,,,,,,,,,,N");
	}
	end(out, from);
}

static void vtg(const struct nmea_view *v, const char *name, struct buf *out)
{
	long long speed = v->position.value[POSITION_SPEED];
	size_t from = begin(out, name);

	if (v->fix) {
		nmea_course(v, out);
		buf_adds(out, ",T,,M,");
		nmea_tenths(speed, out);
		buf_adds(out, ",N,");
		nmea_tenths((speed * 1852 + 500) / 1000, out);
		buf_adds(out, ",K,A");
	} else {
		buf_adds(out, ",T,,M,,N,,K,N");
	}
	end(out, from);
}

struct satellite {
	int id, elevation, azimuth, strength;
};

static const struct satellite gps[NMEA_GPS_SATELLITES] = {
	{ 2, 61, 87, 38 },   { 5, 24, 221, 33 }, { 7, 12, 312, 28 },  { 13, 45, 262, 37 },
	{ 15, 70, 301, 41 }, { 20, 18, 51, 30 }, { 29, 33, 139, 35 }, { 30, 8, 190, 26 },
};
static const struct satellite glonass[NMEA_GLONASS_SATELLITES] = {
	{ 66, 40, 70, 34 },
	{ 67, 52, 150, 36 },
	{ 82, 21, 280, 29 },
};

/* Four satellites a sentence. */
static void sky(const struct nmea_view *v, const char *name, const struct satellite *s, int all, struct buf *out)
{
	int n = v->fix ? all : 0, total = n ? (n + 3) / 4 : 1;

	for (int part = 0; part < total; part++) {
		size_t from = begin(out, name);

		buf_addf(out, "%d,%d,%02d", total, part + 1, n);
		for (int i = part * 4; i < n && i < part * 4 + 4; i++)
			buf_addf(out, ",%02d,%02d,%03d,%02d", s[i].id, s[i].elevation, s[i].azimuth, s[i].strength);
		end(out, from);
	}
}

static void gsv_gps(const struct nmea_view *v, const char *name, struct buf *out)
{
	sky(v, name, gps, NMEA_GPS_SATELLITES, out);
}

static void gsv_glonass(const struct nmea_view *v, const char *name, struct buf *out)
{
	sky(v, name, glonass, NMEA_GLONASS_SATELLITES, out);
}

static void used(const struct nmea_view *v, const char *name, const struct satellite *s, int n, struct buf *out)
{
	size_t from = begin(out, name);

	buf_addf(out, "A,%c", v->fix ? '3' : '1');
	for (int i = 0; i < 12; i++) {
		if (v->fix && i < n)
			buf_addf(out, ",%02d", s[i].id);
		else
			buf_addc(out, ',');
	}
	buf_addc(out, ',');
	if (v->fix)
		nmea_tenths(NMEA_PDOP, out);
	buf_addc(out, ',');
	if (v->fix)
		nmea_tenths(NMEA_HDOP, out);
	buf_addc(out, ',');
	if (v->fix)
		nmea_tenths(NMEA_VDOP, out);
	end(out, from);
}

static void gsa_gps(const struct nmea_view *v, const char *name, struct buf *out)
{
	used(v, name, gps, NMEA_GPS_SATELLITES, out);
}

/* One sentence for each system (NMEA 0183 4.0). */
static void gsa_both(const struct nmea_view *v, const char *name, struct buf *out)
{
	used(v, name, gps, NMEA_GPS_SATELLITES, out);
	used(v, name, glonass, NMEA_GLONASS_SATELLITES, out);
}

static void gns(const struct nmea_view *v, const char *name, struct buf *out)
{
	size_t from = begin(out, name);

	if (v->fix) {
		nmea_time(v, out);
		buf_addc(out, ',');
		place(v, out);
		buf_addf(out, ",AAN,%02d,", NMEA_GPS_SATELLITES + NMEA_GLONASS_SATELLITES);
		nmea_tenths(NMEA_HDOP, out);
		buf_addc(out, ',');
		nmea_tenths(v->position.value[POSITION_ALT], out);
		buf_adds(out, ",0.0,,");
	} else {
		buf_adds(out, ",,,,,NNN,,,,,,");
	}
	end(out, from);
}

void nmea_sentences(unsigned long mask, const struct nmea_view *v, struct buf *out)
{
	static const struct {
		unsigned long bit;
		const char *name;
		void (*write)(const struct nmea_view *v, const char *name, struct buf *out);
	} sentences[] = {
		{ NMEA_GPGSV, "GPGSV", gsv_gps },  { NMEA_GLGSV, "GLGSV", gsv_glonass },
		{ NMEA_GPGGA, "GPGGA", gga },	   { NMEA_GPVTG, "GPVTG", vtg },
		{ NMEA_GPRMC, "GPRMC", rmc },	   { NMEA_GPGSA, "GPGSA", gsa_gps },
		{ NMEA_GNGSA, "GNGSA", gsa_both }, { NMEA_GNGNS, "GNGNS", gns },
	};

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		if (mask & sentences[i].bit)
			sentences[i].write(v, sentences[i].name, out);
	}
}
