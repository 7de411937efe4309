/* Positioning: rows of AT commands against a receiver on the virtual clock, sentences with their checksums, the world.
 */
#include "link/world.h"
#include "modem/gnss.h"
#include "modem/rtc.h"
#include "tests/rig_world.h"

#define B04 "LE20B04V03SIM7600M22"
#define NO_GPS "\r\n+CGPSINFO: ,,,,,,,,\r\n"
#define NO_GNSS "\r\n+CGNSSINFO: ,,,,,,,,,,,,,,,\r\n"
/* The captured line of at-general 15, as a world says it. */
#define HERE "  []\ngnss: {lat: 45.0549914, lon: 0.7457990, alt: 33.3}\n"

static struct rig *outdoors(const char *const *quirks)
{
	return rig_new_world(B04, quirks, HERE);
}

START_TEST(test_life)
{
	struct rig *r = outdoors(NULL);

	rig_row(r, "AT+CGPS?\r", "\r\n+CGPS: 0\r\n" RIG_OK);
	rig_row(r, "AT+CGPSINFO\r", NO_GPS RIG_OK);
	rig_row(r, "AT+CGPS=?\r", "\r\n+CGPS: (0-1),(1-3)\r\n" RIG_OK);
	rig_row(r, "AT+CGPS=0\r", RIG_OK); /* off already: no +CGPS: 0 */
	rig_quiet(r, 5000);
	rig_row(r, "AT+CGPS=1,3\r", RIG_ERROR);
	rig_row(r, "AT+CGPS=1,2\r", RIG_OK);
	rig_row(r, "AT+CGPS?\r", "\r\n+CGPS: 1,2\r\n" RIG_OK);
	rig_row(r, "AT+CGPS=1\r", RIG_ERROR);
	rig_row(r, "AT+CGPSHOT\r", RIG_ERROR);
	rig_row(r, "AT+CGNSSINFO\r", NO_GNSS RIG_OK);
	rig_quiet(r, 35000);
	rtc_set_world(r->modem->rtc, 1640775505 - (time_t)(clock_now_us(r->clock) / 1000000), 0);
	rig_row(r, "AT+CGNSSINFO\r",
		"\r\n+CGNSSINFO: "
		"2,08,03,00,4503.299484,N,00044.747940,E,291221,105825.0,33.3,0.0,,1.7,1.4,0.9\r\n" RIG_OK);
	rig_row(r, "AT+CGPSINFO\r", "\r\n+CGPSINFO: 4503.299484,N,00044.747940,E,291221,105825.0,33.3,0.0,\r\n" RIG_OK);
	rig_row(r, "AT+CGPS=0\r", RIG_OK "\r\n+CGPS: 0\r\n");
	rig_row(r, "AT+CGPSINFO\r", NO_GPS RIG_OK);
	rig_quiet(r, 60000);
	rig_row(r, "AT+CGPS=1\r", RIG_OK); /* what is known of the sky makes it quick */
	rig_quiet(r, 1000);
	rig_feed(r, "AT+CGPSINFO\r", 12);
	ck_assert_ptr_nonnull(strstr(buf_str(&r->out), "+CGPSINFO: 4503.299484,N"));
	rig_free(r);
}
END_TEST

START_TEST(test_cold_and_hot)
{
	struct rig *r = outdoors((const char *const[]){ "gnss_fix_ms=20000", NULL });

	rig_row(r, "AT+CGPSCOLD\r", RIG_OK);
	rig_quiet(r, 19900);
	rig_row(r, "AT+CGPSINFO\r", NO_GPS RIG_OK);
	rig_quiet(r, 200);
	rig_feed(r, "AT+CGPSINFO\r", 12);
	ck_assert_ptr_nonnull(strstr(buf_str(&r->out), "+CGPSINFO: 4503"));
	buf_reset(&r->out);
	rig_row(r, "AT+CGPS=0\r", RIG_OK "\r\n+CGPS: 0\r\n");
	rig_row(r, "AT+CGPSHOT\r", RIG_OK);
	rig_quiet(r, 1000);
	rig_feed(r, "AT+CGPSINFO\r", 12);
	ck_assert_ptr_nonnull(strstr(buf_str(&r->out), "+CGPSINFO: 4503"));
	rig_free(r);
}
END_TEST

static const struct {
	const char *quirk, *in, *out;
} rows[] = {
	{ NULL, "AT+CGPS=2\r", RIG_ERROR },
	{ NULL, "AT+CGPS=1,0\r", RIG_ERROR },
	{ NULL, "AT+CGPS=1,4\r", RIG_ERROR },
	{ "cgps_needs_mode=true", "AT+CGPS=1\r", RIG_ERROR },
	{ "cgps_needs_mode=true", "AT+CGPS=1,1\r", RIG_OK },
	{ "cgps_again=ok", "AT+CGPS=1;+CGPS=1;+CGPS?\r", "\r\n+CGPS: 1,1\r\n" RIG_OK },
	{ "cgps_again=error", "AT+CGPS=1;+CGPS=1;+CGPS?\r", RIG_ERROR },
	{ NULL, "AT+CGPSINFO=?\r", "\r\n+CGPSINFO: (0-255)\r\n" RIG_OK },
	{ NULL, "AT+CGPSINFO?\r", "\r\n+CGPSINFO: 0\r\n" RIG_OK },
	{ NULL, "AT+CGNSSINFO=256\r", RIG_ERROR },
	{ NULL, "AT+CGPSINFOCFG=10,31;+CGPSINFOCFG?\r", "\r\n+CGPSINFOCFG: 10,31\r\n" RIG_OK },
	{ NULL, "AT+CGPSINFOCFG=10,262144\r", RIG_ERROR },
	{ NULL, "AT+CGPSNMEA?\r", "\r\n+CGPSNMEA: 197119\r\n" RIG_OK },
	{ NULL, "AT+CGPSNMEA=200191;+CGPSNMEA?\r", "\r\n+CGPSNMEA: 200191\r\n" RIG_OK },
	{ NULL, "AT+CGPSNMEARATE=1;+CGPSNMEARATE?\r", "\r\n+CGPSNMEARATE: 1\r\n" RIG_OK },
	{ NULL, "AT+CGNSSMODE=7,0;+CGNSSMODE?\r", "\r\n+CGNSSMODE: 7,0\r\n" RIG_OK },
	{ NULL, "AT+CGNSSMODE=16\r", RIG_ERROR },
	{ NULL, "AT+CGPSWARM\r", RIG_ERROR }, /* LilyGO's library sends it; no manual has it */
	{ "absent_commands=+CGPS", "AT+CGPS?\r", RIG_ERROR },
};

START_TEST(test_rows)
{
	struct rig *r = outdoors((const char *const[]){ rows[_i].quirk, NULL });

	rig_row(r, rows[_i].in, rows[_i].out);
	rig_free(r);
}
END_TEST

/* What comes by itself comes to whoever asked, at its period, and ends with the receiver. */
START_TEST(test_reports)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+CGPSINFO=2\r", RIG_OK);
	rig_quiet(r, 5000);
	rig_row(r, "AT+CGPS=1\r", RIG_OK);
	rig_after(r, 2000, NO_GPS);
	rig_after(r, 4000, NO_GPS);
	rig_row(r, "AT+CGPSINFO=0;+CGNSSINFO=3\r", RIG_OK);
	rig_after(r, 3000, NO_GNSS);
	rig_row(r, "AT+CGNSSINFO=0;+CGPSINFOCFG=1,31\r", RIG_OK);
	rig_after(r, 1000,
		  "$GPGSV,1,1,00*79\r\n$GPGGA,,,,,,0,,,,,,,,*66\r\n$GPVTG,,T,,M,,N,,K,N*2C\r\n"
		  "$GPRMC,,V,,,,,,,,,,N*53\r\n$GPGSA,A,1,,,,,,,,,,,,,,,*1E\r\n");
	rig_row(r, "AT+CGPS=0\r", RIG_OK "\r\n+CGPS: 0\r\n");
	rig_quiet(r, 10000);
	rig_free(r);
}
END_TEST

static void take_nmea(const void *p, size_t n, void *ctx)
{
	buf_add(ctx, p, n);
}

/* Each line between $ and * has the sum it says. */
static size_t check_sums(const char *text)
{
	size_t lines = 0;

	for (; *text; lines++) {
		unsigned sum = 0, said = 0;

		ck_assert_msg(*text == '$', "%s", text);
		for (text++; *text && *text != '*'; text++)
			sum ^= (unsigned char)*text;
		for (int i = 1; i <= 2; i++)
			said = said * 16 + (unsigned)(text[i] > '9' ? text[i] - 'A' + 10 : text[i] - '0');
		ck_assert_uint_eq(said, sum);
		ck_assert_int_eq(strncmp(text + 3, "\r\n", 2), 0);
		text += 5;
	}
	return lines;
}

/* A second of the NMEA port, moving; then ten a second, then the satellites go. */
START_TEST(test_nmea_port)
{
	struct rig *r = outdoors((const char *const[]){ "gnss_fix_ms=0", NULL });
	struct position p = { .seen = true, .value = { -339123456, -706123456, -1505, 123, 456 } };
	struct buf nmea;

	buf_init(&nmea, 1 << 20);
	r->host.nmea = take_nmea;
	r->host.nmea_ctx = &nmea;
	gnss_set_position(r->modem->gnss, &p);
	rtc_set_world(r->modem->rtc, 1790769600, 0);
	rig_row(r, "AT+CGPSNMEA=287;+CGPS=1\r", RIG_OK);
	rig_quiet(r, 999);
	ck_assert_uint_eq(nmea.len, 0);
	rig_quiet(r, 1);
	ck_assert_str_eq(buf_str(&nmea), "$GPGSV,2,1,08,02,61,087,38,05,24,221,33,07,12,312,28,13,45,262,37*7E\r\n"
					 "$GPGSV,2,2,08,15,70,301,41,20,18,051,30,29,33,139,35,30,08,190,26*78\r\n"
					 "$GPGGA,120001.0,3354.740736,S,07036.740736,W,1,08,1.4,-150.5,M,0.0,M,,*43\r\n"
					 "$GPVTG,45.6,T,,M,12.3,N,22.8,K,A*32\r\n"
					 "$GPRMC,120001.0,A,3354.740736,S,07036.740736,W,12.3,45.6,300926,,,A*69\r\n"
					 "$GPGSA,A,3,02,05,07,13,15,20,29,30,,,,,1.7,1.4,0.9*34\r\n"
					 "$GNGNS,120001.0,3354.740736,S,07036.740736,W,AAN,11,1.4,-150.5,0.0,,*31\r\n");
	ck_assert_uint_eq(check_sums(buf_str(&nmea)), 7);
	buf_reset(&nmea);
	rig_row(r, "AT+CGPSNMEARATE=1;+CGPSNMEA=448\r", RIG_OK);
	rig_quiet(r, 2000);
	ck_assert_uint_eq(check_sums(buf_str(&nmea)), 11 * 4);
	p.seen = false;
	gnss_set_position(r->modem->gnss, &p);
	buf_reset(&nmea);
	rig_row(r, "AT+CGPSNMEA=450\r", RIG_OK);
	rig_quiet(r, 100);
	ck_assert_str_eq(buf_str(&nmea),
			 "$GLGSV,1,1,00*65\r\n$GPRMC,,V,,,,,,,,,,N*53\r\n$GNGSA,A,1,,,,,,,,,,,,,,,*00\r\n"
			 "$GNGSA,A,1,,,,,,,,,,,,,,,*00\r\n$GNGNS,,,,,,NNN,,,,,,*1D\r\n");
	check_sums(buf_str(&nmea));
	buf_free(&nmea);
	rig_free(r);
}
END_TEST

/* Satellites that go and come back: a new search, quick since the sky is known. A reset forgets all of it. */
START_TEST(test_lost)
{
	struct rig *r = outdoors((const char *const[]){ "gnss_fix_ms=5000", NULL });
	struct position here = r->modem->gnss->position, none = { 0 };

	rig_row(r, "AT+CGPS=1\r", RIG_OK);
	rig_quiet(r, 5000);
	ck_assert(gnss_view(r->modem->gnss).fix);
	gnss_set_position(r->modem->gnss, &none);
	ck_assert(!gnss_view(r->modem->gnss).fix);
	rig_row(r, "AT+CGPS?\r", "\r\n+CGPS: 1,1\r\n" RIG_OK);
	rig_quiet(r, 60000);
	gnss_set_position(r->modem->gnss, &here);
	rig_quiet(r, 999);
	ck_assert(!gnss_view(r->modem->gnss).fix);
	rig_quiet(r, 1);
	ck_assert(gnss_view(r->modem->gnss).fix);
	modem_power_off(r->modem);
	ck_assert(!gnss_view(r->modem->gnss).fix);
	ck_assert(!gnss_is_on(r->modem->gnss));
	rig_free(r);
}
END_TEST

/* Corners of the globe in minutes. */
static const struct {
	const char *lat, *lon, *want;
} corners[] = {
	{ "0", "0", "0000.000000,N,00000.000000,E" },
	{ "-0.0000001", "-0.0000001", "0000.000006,S,00000.000006,W" },
	{ "90", "180", "9000.000000,N,18000.000000,E" },
	{ "-90", "-180", "9000.000000,S,18000.000000,W" },
	{ "59.9999999", "9.5", "5959.999994,N,00930.000000,E" },
	{ "31.2223881", "121.3539010", "3113.343286,N,12121.234060,E" },
};

START_TEST(test_corners)
{
	struct nmea_view v = { .fix = true };
	const char *want;
	struct buf text;

	buf_init(&text, 256);
	ck_assert_int_eq(position_set(&v.position, POSITION_LAT, corners[_i].lat, &want), 0);
	ck_assert_int_eq(position_set(&v.position, POSITION_LON, corners[_i].lon, &want), 0);
	nmea_latitude(&v, &text);
	buf_addc(&text, ',');
	nmea_longitude(&v, &text);
	ck_assert_str_eq(buf_str(&text), corners[_i].want);
	buf_free(&text);
}
END_TEST

static const struct {
	const char *text, *error;
} worlds[] = {
	{ "gnss: {lat: 1}", NULL },
	{ "gnss: {}", NULL },
	{ "gnss: [1]", "w.yaml:2:7: must be a mapping" },
	{ "gnss: {lat: 90.0000001}", "w.yaml:2:13: '90.0000001' must be degrees from -90 to 90, at most 7 decimals" },
	{ "gnss: {lon: east}", "w.yaml:2:13: 'east' must be degrees from -180 to 180, at most 7 decimals" },
	{ "gnss: {lon: [1]}", "w.yaml:2:13: must be a value" },
	{ "gnss: {altitude: 5}", "w.yaml:2:8: unknown key 'altitude' (one of: lat lon alt speed course)" },
	{ "gnss: {course: 360}", "w.yaml:2:16: '360' must be degrees from 0 to 359.9, at most 1 decimal" },
};

START_TEST(test_worlds)
{
	struct err e = { 0 };
	struct world *w;
	char text[100];

	snprintf(text, sizeof(text), "schema: 1\n%s\n", worlds[_i].text);
	w = world_load_text("w.yaml", text, strlen(text), &e);
	if (worlds[_i].error)
		ck_assert_str_eq(e.msg, worlds[_i].error);
	else
		ck_assert_msg(w && w->position.seen, "%s", e.msg);
	world_free(w);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_life);
	tcase_add_test(tc, test_cold_and_hot);
	tcase_add_loop_test(tc, test_rows, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, test_reports);
	tcase_add_test(tc, test_nmea_port);
	tcase_add_test(tc, test_lost);
	tcase_add_loop_test(tc, test_corners, 0, sizeof(corners) / sizeof(corners[0]));
	tcase_add_loop_test(tc, test_worlds, 0, sizeof(worlds) / sizeof(worlds[0]));
}

int main(void)
{
	return rig_main("gnss", add);
}
