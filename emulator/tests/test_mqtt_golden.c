/* Whole conversations, byte for byte: facts at-ssl-mqtt 13, and the times of quirks 1.2. */
#include "tests/rig.h"

#define HIVEMQ "tcp://x.s2.eu.hivemq.cloud:8883"
#define EMQX "tcp://broker.emqx.io:8883"

/* Enough of a session to connect client 0 over TLS by context 0. */
static void start_and_acquire(struct rig *r)
{
	rig_row(r, "AT+CMQTTSTART\r", RIG_OK "\r\n+CMQTTSTART: 0\r\n");
	rig_row(r, "AT+CMQTTACCQ=0,\"dev\",1,4\r", RIG_OK);
	rig_row(r, "AT+CMQTTSSLCFG=0,0\r", RIG_OK);
}

static void net_open(struct rig *r)
{
	rig_row(r, "AT+NETOPEN\r", RIG_OK "\r\n+NETOPEN: 0\r\n");
}

START_TEST(b04_session)
{
	struct rig *r = rig_new("LE20B04V03SIM7600M22");

	rig_row(r, "AT+CSSLCFG=\"enableSNI\",0,1\r", RIG_OK);
	start_and_acquire(r);
	rig_row(r, "AT+CMQTTWILLTOPIC=0,5\r", "\r\n>");
	rig_row(r, "death", RIG_OK);
	rig_row(r, "AT+CMQTTWILLMSG=0,4,1\r", "\r\n>");
	rig_row(r, "gone", RIG_OK);
	rig_row(r, "AT+CMQTTCONNECT=0,\"" HIVEMQ "\",5,1,\"u\",\"p\"\r", RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n");
	rig_row(r, "AT+CMQTTSUB=0,3,1\r", "\r\n>");
	rig_row(r, "a/b", RIG_OK "\r\n+CMQTTSUB: 0,0\r\n");
	rig_row(r, "AT+CMQTTTOPIC=0,3\r", "\r\n>");
	rig_row(r, "x/y", RIG_OK);
	rig_row(r, "AT+CMQTTPAYLOAD=0,5\r", "\r\n>");
	rig_row(r, "hello", RIG_OK);
	rig_row(r, "AT+CMQTTPUB=0,1,60\r", RIG_OK "\r\n+CMQTTPUB: 0,0\r\n");
	rig_row(r, "AT+CMQTTDISC=0,60\r", "\r\n+CMQTTDISC: 0,0\r\n" RIG_OK);
	rig_row(r, "AT+CMQTTREL=0\r", RIG_OK);
	rig_row(r, "AT+CMQTTSTOP\r", "\r\n+CMQTTSTOP: 0\r\n" RIG_OK);
	rig_quiet(r, 2000);
	rig_free(r);
}
END_TEST

START_TEST(b03_session)
{
	struct rig *r = rig_new("LE20B03SIM7600M22");

	net_open(r);
	rig_row(r, "AT+CMQTTSTART\r", "\r\n+CMQTTSTART: 0\r\n" RIG_OK);
	ck_assert_uint_eq(clock_now_us(r->clock) - r->sent_us, 9000);
	rig_row(r, "AT+CMQTTACCQ=0,\"dev\",1,4\r", RIG_OK);
	rig_row(r, "AT+CMQTTSSLCFG=0,0\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"enableSNI\",0,1\r", RIG_OK);
	rig_row(r, "AT+CMQTTCONNECT=0,\"" EMQX "\",60,1\r", RIG_OK);
	rig_after(r, 660, "\r\n+CMQTTCONNECT: 0,32\r\n");
	rig_why(r, "\"rule\":\"R2\"");
	rig_why(r, "\"quirk\":\"tls_sni\",\"value\":\"broken\"");
	rig_why(r, "issue-49:538-558");
	rig_why(r, "ssl 0: enableSNI=1");
	/* O11 -> O12: one command between a failing and a working connect, nothing acquired or bound anew. */
	rig_row(r, "AT+CSSLCFG=\"enableSNI\",0,0\r", RIG_OK);
	rig_row(r, "AT+CMQTTCONNECT=0,\"" EMQX "\",60,1\r", RIG_OK);
	rig_after(r, 1931, "\r\n+CMQTTCONNECT: 0,0\r\n");
	rig_row(r, "AT+CMQTTDISC=0,120\r", "\r\n+CMQTTDISC: 0,0\r\n" RIG_OK);
	rig_row(r, "AT+CMQTTREL=0\r", RIG_OK);
	rig_row(r, "AT+CMQTTSTOP\r", "\r\n+CMQTTSTOP: 0\r\n" RIG_OK "\r\n+CMQTTNONET\r\n");
	rig_row(r, "AT+CMQTTSTOP\r", "\r\n+CMQTTSTOP: 9\r\n" RIG_ERROR);
	rig_quiet(r, 2000);
	rig_free(r);
}
END_TEST

/* START finds the network closed: OK at once, the line when the context is up; further commands meanwhile are early. */
START_TEST(start_by_network)
{
	struct rig *r = rig_new("LE20B03SIM7600M22");

	rig_row(r, "AT+CMQTTSTART\r", RIG_OK);
	rig_row(r, "AT+CMQTTACCQ=0,\"dev\",0\r", "\r\n+CMQTTACCQ: 0,9\r\n" RIG_ERROR);
	rig_row(r, "AT+CMQTTSTART\r", "\r\n+CMQTTSTART: 23\r\n" RIG_ERROR);
	rig_after(r, 900, "\r\n+CMQTTSTART: 0\r\n");
	rig_free(r);
}
END_TEST

START_TEST(start_without_network)
{
	struct rig *r = rig_new("LE20B04V03SIM7600M22");

	rig_row(r, "AT+COPS=2\r", RIG_OK);
	rig_quiet(r, 0);
	rig_row(r, "AT+CMQTTSTART\r", RIG_OK "\r\n+CMQTTSTART: 1\r\n");
	rig_why(r, "mqtt_start_fail_code");
	rig_row(r, "AT+CMQTTSTOP\r", "\r\n+CMQTTSTOP: 9\r\n" RIG_ERROR);
	rig_free(r);
}
END_TEST

START_TEST(a7670_orders)
{
	struct rig *r = rig_new("A011B03A7670M7_F");

	rig_row(r, "AT+CMQTTSTOP\r", RIG_ERROR);
	net_open(r);
	rig_row(r, "AT+CMQTTSTART\r", RIG_OK "\r\n+CMQTTSTART: 0\r\n");
	rig_row(r, "AT+CMQTTSTART\r", RIG_ERROR);
	rig_row(r, "AT+CMQTTREL=0\r", "\r\n+CMQTTREL: 0,20\r\n" RIG_ERROR);
	rig_row(r, "AT+CMQTTACCQ=0,\"dev\",1,4\r", "\r\n+CMQTTACCQ: 0,12\r\n" RIG_ERROR);
	rig_row(r, "AT+CMQTTACCQ=0,\"dev\",1\r", RIG_OK);
	rig_row(r, "AT+CSSLCFG=\"enableSNI\",0,1\r", RIG_OK);
	/* O3, credentials without quotes as they are shown there. */
	rig_row(r, "AT+CMQTTCONNECT=0,\"" HIVEMQ "\",60,1,my_username,my_password\r",
		"\r\n+CMQTTCONNECT: 0,32\r\n" RIG_ERROR);
	rig_row(r, "AT+CSSLCFG=\"enableSNI\",0,0\r", RIG_OK);
	rig_row(r, "AT+CMQTTCONNECT=0,\"" EMQX "\",60,1\r", RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n");
	rig_free(r);
}
END_TEST

/* What two modems in one process do stays with each. */
START_TEST(two_modems)
{
	struct rig *a = rig_new("LE20B03SIM7600M22"), *b = rig_new("LE20B04V03SIM7600M22");

	rig_row(a, "AT+CSSLCFG=\"enableSNI\",0,1\r", RIG_OK);
	rig_row(b, "AT+CSSLCFG=0\r", "\r\n+CSSLCFG: 0,4,0,1,300,\"\",\"\",\"\",0,\"\",0x0\r\n" RIG_OK);
	start_and_acquire(a);
	rig_row(b, "AT+CMQTTACCQ=0,\"dev\",1\r", "\r\n+CMQTTACCQ: 0,9\r\n" RIG_ERROR);
	start_and_acquire(b);
	rig_row(a, "AT+CMQTTCONNECT=0,\"" EMQX "\",60,1\r", RIG_OK);
	rig_row(b, "AT+CMQTTCONNECT=0,\"" EMQX "\",60,1\r", RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n");
	rig_more(a, "\r\n+CMQTTCONNECT: 0,32\r\n");
	rig_row(b, "AT+CCERTDOWN=\"a.pem\",1\r", "\r\n>");
	rig_row(a, "AT+CCERTLIST\r", RIG_OK);
	rig_row(b, "x", RIG_OK);
	rig_row(a, "AT+CCERTLIST\r", RIG_OK);
	rig_free(a);
	rig_row(b, "AT+CMQTTDISC?\r", "\r\n+CMQTTDISC: 0,0\r\n+CMQTTDISC: 1,1\r\n" RIG_OK);
	rig_free(b);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, b04_session);
	tcase_add_test(tc, b03_session);
	tcase_add_test(tc, start_by_network);
	tcase_add_test(tc, start_without_network);
	tcase_add_test(tc, a7670_orders);
	tcase_add_test(tc, two_modems);
}

int main(void)
{
	return rig_main("mqtt golden scripts", add);
}
