/* Location by cells: the network of its own, questions, and what the world knows. AT manual V1.12 16 and 17.24. */
#include "tests/rig.h"

#include "modem/gnss.h"
#include "modem/net.h"

#define OK_THEN(line) RIG_OK "\r\n" line "\r\n"

static void place(struct rig *r, const char *lat, const char *lon)
{
	struct position p = { .seen = true };
	const char *want;

	ck_assert_int_eq(position_set(&p, POSITION_LAT, lat, &want), 0);
	ck_assert_int_eq(position_set(&p, POSITION_LON, lon, &want), 0);
	gnss_set_position(r->modem->gnss, &p);
}

START_TEST(network)
{
	struct rig *r = rig_new("sim7600/B04");

	rig_row(r, "AT+CNETSTART?\r", "\r\n+CNETSTART: 0\r\n" RIG_OK);
	rig_row(r, "AT+CNETIPADDR?\r", "\r\n+CNETIPADDR: Network not opened\r\n" RIG_ERROR);
	rig_row(r, "AT+CNETSTOP\r", "\r\n+CNETSTOP: 4\r\n" RIG_ERROR);
	rig_row(r, "AT+CNETSTART\r", OK_THEN("+CNETSTART: 0"));
	rig_row(r, "AT+CNETSTART?\r", "\r\n+CNETSTART: 2\r\n" RIG_OK);
	rig_row(r, "AT+CNETSTART\r", "\r\n+CNETSTART: 7\r\n" RIG_ERROR);
	rig_feed(r, "AT+CNETIPADDR?\r", 15);
	ck_assert_ptr_nonnull(strstr(buf_str(&r->out), "\r\n+CNETIPADDR: 10."));
	buf_reset(&r->out);
	rig_row(r, "AT+CNETSTOP\r", OK_THEN("+CNETSTOP: 0"));
	rig_row(r, "AT+CNETSTART?\r", "\r\n+CNETSTART: 0\r\n" RIG_OK);
	net_drop(r->modem->net);
	rig_row(r, "AT+CNETSTART\r", OK_THEN("+CNETSTART: 2"));
	rig_free(r);
}
END_TEST

START_TEST(questions)
{
	struct rig *r = rig_new("sim7600/B04");

	place(r, "31.2285253", "121.3802951");
	rig_row(r, "AT+CLBS=?\r", "\r\n+CLBS: (1,2,3,4,9),(1-24,100-179),(-180.000000-180.000000),(-90.000000-90.000000),(0,1)\r\n"
	     RIG_OK);
	rig_row(r, "AT+CLBS=1,1\r", "\r\n+CLBS: 21\r\n" RIG_ERROR);
	rig_why(r, "AT+CNETSTART");
	rig_row(r, "AT+CNETSTART\r", OK_THEN("+CNETSTART: 0"));
	rig_row(r, "AT+CLBS=1,1\r", OK_THEN("+CLBS: 0,31.228500,121.380500,550"));
	rig_row(r, "AT+CLBS=3\r", OK_THEN("+CLBS: 0,2"));
	rig_row(r, "AT+CLBS=2\r", OK_THEN("+CLBS: 3"));
	rig_why(r, "what street");
	rig_row(r, "AT+CLBS=9\r", OK_THEN("+CLBS: 80"));
	rig_row(r, "AT+CLBS=5\r", "\r\n+CLBS: 1\r\n" RIG_ERROR);
	place(r, "-0.0000001", "-70.25");
	rig_row(r, "AT+CLBS=1\r", OK_THEN("+CLBS: 0,-0.000500,-70.250500,550"));
	rig_row(r, "AT+CLBS=1\rAT+CLBS=1\r", RIG_OK "\r\n+CLBS: 8\r\n" RIG_ERROR "\r\n+CLBS: 0,-0.000500,-70.250500,550\r\n");
	gnss_set_position(r->modem->gnss, &(struct position){ 0 });
	rig_row(r, "AT+CLBS=1\r", OK_THEN("+CLBS: 3"));
	net_drop(r->modem->net);
	rig_row(r, "AT+CLBS=1\r", OK_THEN("+CLBS: 20"));
	rig_free(r);
}
END_TEST

START_TEST(with_time)
{
	struct rig *r = rig_new("sim7600/B04");

	place(r, "1", "2");
	rig_row(r, "AT+CNETSTART\r", OK_THEN("+CNETSTART: 0"));
	rig_feed(r, "AT+CLBS=4\r", 10);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 2000000);
	ck_assert_ptr_nonnull(strstr(buf_str(&r->out), "\r\n+CLBS: 0,1.000500,2.000500,550,20"));
	rig_free(r);
}
END_TEST

START_TEST(settings)
{
	struct rig *r = rig_new("sim7600/B04");

	rig_row(r, "AT+CLBSCFG=?\r", "\r\n+CLBSCFG: (0-1),3,\"Param Value\"\r\n" RIG_OK);
	rig_row(r, "AT+CLBSCFG=0,3\r", "\r\n+CLBSCFG: 0,3,\"lbs-simcom.com:3002\"\r\n" RIG_OK);
	rig_row(r, "AT+CLBSCFG=1,3,\"lbs-simcom.com:3002\"\r", RIG_OK);
	rig_row(r, "AT+CLBSCFG=1,3,\"example.com:1\"\r", RIG_ERROR);
	rig_row(r, "AT+CASSISTLOC=1\r", "\r\n+CASSISTLOC:,,,\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(by_revision)
{
	struct rig *r = rig_new("sim7600/LE11");

	rig_row(r, "AT+CNETSTART\r", OK_THEN("+CNETSTART: 0"));
	rig_row(r, "AT+CLBS=1,1\r", RIG_ERROR);
	rig_free(r);
	r = rig_new("a7670/B03");
	place(r, "10", "20");
	rig_row(r, "AT+CNETSTART\r", RIG_ERROR);
	rig_row(r, "AT+CLBS=1,1\r", OK_THEN("+CLBS: 0,10.000500,20.000500,550"));
	rig_row(r, "AT+CGNSSPWR=1\r", OK_THEN("+CGNSSPWR: READY!"));
	rig_row(r, "AT+CGNSSPWR?\r", "\r\n+CGNSSPWR: 1\r\n" RIG_OK);
	rig_row(r, "AT+CGNSSPWR=0\r", RIG_OK);
	rig_quiet(r, 20000);
	rig_row(r, "AT+CTCPKA=1,2,5,1;+CTCPKA?\r", "\r\n+CTCPKA: 1,2,5,1\r\n" RIG_OK);
	rig_row(r, "AT+CDNSCFG=\"8.8.8.8\",\"8.8.4.4\"\r", RIG_OK);
	rig_row(r, "AT+CDNSCFG?\r", "\r\nPrimaryDns: 8.8.8.8\r\nSecondaryDns: 8.8.4.4\r\n" RIG_OK);
	rig_row(r, "AT+CDNSCFG=\"dns.example\"\r", RIG_ERROR);
	rig_free(r);
}
END_TEST

START_TEST(receiver_at_boot)
{
	struct rig *r = rig_new("sim7600/B04");

	rig_row(r, "AT+CGPSAUTO=?\r", "\r\n+CGPSAUTO: (0,1)\r\n" RIG_OK);
	rig_row(r, "AT+CGPSAUTO=1;+CGPSAUTO?\r", "\r\n+CGPSAUTO: 1\r\n" RIG_OK);
	rig_row(r, "AT+CGPS?\r", "\r\n+CGPS: 0\r\n" RIG_OK);
	modem_power_off(r->modem);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CGPS?\r", "\r\n+CGPS: 1,1\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(cesq)
{
	struct rig *r = rig_new("sim7600/B04");

	rig_row(r, "AT+CESQ\r", RIG_ERROR);
	rig_free(r);
	r = rig_new_with("sim7600/B04", (const char *const[]){ "cesq=true", NULL });
	rig_row(r, "AT+CESQ=?\r", "\r\n+CESQ: (0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)\r\n" RIG_OK);
	rig_row(r, "AT+CESQ\r", "\r\n+CESQ: 99,99,255,255,20,51\r\n" RIG_OK);
	net_drop(r->modem->net);
	rig_row(r, "AT+CESQ\r", "\r\n+CESQ: 99,99,255,255,255,255\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, network);
	tcase_add_test(tc, questions);
	tcase_add_test(tc, with_time);
	tcase_add_test(tc, settings);
	tcase_add_test(tc, by_revision);
	tcase_add_test(tc, receiver_at_boot);
	tcase_add_test(tc, cesq);
}

int main(void)
{
	return rig_main("lbs", add);
}
