/* NMEA 0183 sentences of one moment, in the shape of a Qualcomm receiver (minutes with six digits, time with one). */
#ifndef MODEM_NMEA_H
#define MODEM_NMEA_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "link/position.h"

/* Bits of AT+CGPSNMEA and AT+CGPSINFOCFG (M3 24.2); others give nothing. */
enum {
	NMEA_GPGGA = 1 << 0,
	NMEA_GPRMC = 1 << 1,
	NMEA_GPGSV = 1 << 2,
	NMEA_GPGSA = 1 << 3,
	NMEA_GPVTG = 1 << 4,
	NMEA_GLGSV = 1 << 6,
	NMEA_GNGSA = 1 << 7,
	NMEA_GNGNS = 1 << 8,
};

/* The sky, always the same eight and three [guess]; tenths. */
enum { NMEA_GPS_SATELLITES = 8, NMEA_GLONASS_SATELLITES = 3, NMEA_PDOP = 17, NMEA_HDOP = 14, NMEA_VDOP = 9 };

struct nmea_view {
	bool fix; /* the rest means something */
	struct position position;
	time_t utc;
	unsigned tenth; /* of the second */
};

/* "3113.330650,N" and "12121.262554,E". */
void nmea_latitude(const struct nmea_view *v, struct buf *out);
void nmea_longitude(const struct nmea_view *v, struct buf *out);
/* "131117" and "091918.0". */
void nmea_date(const struct nmea_view *v, struct buf *out);
void nmea_time(const struct nmea_view *v, struct buf *out);
/* "32.9", "-3.5": a number of tenths. */
void nmea_tenths(long long tenths, struct buf *out);
/* A course while something moves, nothing otherwise (seen: empty at speed 0.0). */
void nmea_course(const struct nmea_view *v, struct buf *out);

/* The sentences of mask, each with its checksum and CR LF. */
void nmea_sentences(unsigned long mask, const struct nmea_view *v, struct buf *out);

#endif
