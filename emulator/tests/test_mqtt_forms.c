/* Test and read forms of the family: what the manuals print, per revision. */
#include "tests/rig.h"

#define B04 "LE20B04V03SIM7600M22"
#define LE11 "LE11B14SIM7600M22"
#define A7670 "A011B03A7670M7_F"

static const struct {
	const char *profile, *in, *out;
} forms[] = {
	{ B04, "AT+CMQTTACCQ=?\r", "\r\n+CMQTTACCQ: (0-1),(1-128),(0-1),(3-4)\r\n" RIG_OK },
	{ LE11, "AT+CMQTTACCQ=?\r", "\r\n+CMQTTACCQ: (0-1),(1-23),(0-1)\r\n" RIG_OK },
	{ A7670, "AT+CMQTTACCQ=?\r", "\r\n+CMQTTACCQ: (0-1),(1-128),(0-1)\r\n" RIG_OK },
	{ B04, "AT+CMQTTREL=?\r", "\r\n+CMQTTREL: (0-1)\r\n" RIG_OK },
	{ B04, "AT+CMQTTREL?\r", RIG_OK },
	{ B04, "AT+CMQTTSSLCFG=?\r", "\r\n+CMQTTSSLCFG: (0,1),(0-9)\r\n" RIG_OK },
	{ B04, "AT+CMQTTSSLCFG?\r", "\r\n+CMQTTSSLCFG: 0,\r\n+CMQTTSSLCFG: 1,\r\n" RIG_OK },
	{ B04, "AT+CMQTTWILLTOPIC=?\r", "\r\n+CMQTTWILLTOPIC: (0-1),(1-1024)\r\n" RIG_OK },
	{ B04, "AT+CMQTTWILLMSG=?\r", "\r\n+CMQTTWILLMSG: (0-1),(1-1024),(0-2)\r\n" RIG_OK },
	{ LE11, "AT+CMQTTWILLMSG=?\r", "\r\n+CMQTTWILLMSG: (0-1),(1-10240),(0-2)\r\n" RIG_OK },
	{ B04, "AT+CMQTTCONNECT=?\r", "\r\n+CMQTTCONNECT: (0-1),(9-256),(1-64800),(0-1)\r\n" RIG_OK },
	{ LE11, "AT+CMQTTCONNECT=?\r", "\r\n+CMQTTCONNECT: (0-1),(9-256),(60-64800),(0-1)\r\n" RIG_OK },
	{ B04, "AT+CMQTTCONNECT?\r", "\r\n+CMQTTCONNECT: 0\r\n+CMQTTCONNECT: 1\r\n" RIG_OK },
	{ B04, "AT+CMQTTDISC=?\r", "\r\n+CMQTTDISC: (0-1),(0,60-180)\r\n" RIG_OK },
	{ A7670, "AT+CMQTTDISC=?\r", "\r\n+CMQTTDISC: (0-1),(0,1-180)\r\n" RIG_OK },
	{ B04, "AT+CMQTTTOPIC=?\r", "\r\n+CMQTTTOPIC: (0-1),(1-1024)\r\n" RIG_OK },
	{ B04, "AT+CMQTTPAYLOAD=?\r", "\r\n+CMQTTPAYLOAD: (0-1),(1-10240)\r\n" RIG_OK },
	{ B04, "AT+CMQTTPUB=?\r", "\r\n+CMQTTPUB: (0-1),(0-2),(60-180),(0-1),(0-1)\r\n" RIG_OK },
	{ LE11, "AT+CMQTTPUB=?\r", "\r\n+CMQTTPUB (0-1),(0-2),(60-180),(0-1),(0-1)\r\n" RIG_OK },
	{ A7670, "AT+CMQTTPUB=?\r", "\r\n+CMQTTPUB: (0-1),(0-2),(1-180),(0-1),(0-1)\r\n" RIG_OK },
	{ B04, "AT+CMQTTSUBTOPIC=?\r", "\r\n+CMQTTSUBTOPIC: (0-1),(1-1024),(0-2)\r\n" RIG_OK },
	{ LE11, "AT+CMQTTSUBTOPIC=?\r", "\r\n+CMQTTSUBTOPIC: (0-1),(1-1024)\r\n" RIG_OK },
	{ B04, "AT+CMQTTSUB=?\r", "\r\n+CMQTTSUB: (0-1),(1-1024),(0-2),(0-1)\r\n" RIG_OK },
	{ B04, "AT+CMQTTUNSUBTOPIC=?\r", "\r\n+CMQTTUNSUBTOPIC: (0-1),(1-1024)\r\n" RIG_OK },
	{ B04, "AT+CMQTTUNSUB=?\r", "\r\n+CMQTTUNSUB: (0-1),(1-1024),(0-1)\r\n" RIG_OK },
	{ B04, "AT+CMQTTCFG=?\r",
	  "\r\n+CMQTTCFG: \"checkUTF8\",(0-1),(0-1)\r\n+CMQTTCFG: \"optimeout\",(0-1),(20-120)\r\n"
	  "+CMQTTCFG: \"aliauth\",(0-1),\"productkey\",\"devicename\",\"devicesecret\"\r\n" RIG_OK },
	{ LE11, "AT+CMQTTCFG=?\r", "\r\n+CMQTTCFG: \"checkUTF8\",(0-1),(0-1)\r\n" RIG_OK },
	{ A7670, "AT+CMQTTCFG=?\r",
	  "\r\n+CMQTTCFG: \"checkUTF8\",(0-1),(0-1)\r\n+CMQTTCFG: \"optimeout\",(0-1),(20-120)\r\n"
	  "+CMQTTCFG: \"version\",(0-1),(3-4)\r\n+CMQTTCFG: \"argtopic\",(0-1),(0-1)\r\n" RIG_OK },
	{ LE11, "AT+CMQTTCFG?\r", "\r\n+CMQTTCFG: 0,1\r\n+CMQTTCFG: 1,1\r\n" RIG_OK },
	{ B04, "AT+CMQTTSTART=1\r", RIG_ERROR },
	{ B04, "AT+CMQTTSTART?\r", RIG_ERROR },
};

START_TEST(form)
{
	struct rig *r = rig_new(forms[_i].profile);

	rig_row(r, forms[_i].in, forms[_i].out);
	rig_free(r);
}
END_TEST

static void start(struct rig *r)
{
	rig_row(r, "AT+CMQTTSTART\r", RIG_OK "\r\n+CMQTTSTART: 0\r\n");
}

/* The row of a connected client shows user and password in clear. */
START_TEST(rows_of_clients)
{
	struct rig *r = rig_new(B04);

	start(r);
	rig_row(r, "AT+CMQTTACCQ=0,\"dev\",0,4\r", RIG_OK);
	rig_row(r, "AT+CMQTTACCQ=1,\"two\",1\r", RIG_OK);
	rig_row(r, "AT+CMQTTACCQ?\r", "\r\n+CMQTTACCQ: 0,\"dev\",0,4\r\n+CMQTTACCQ: 1,\"two\",1,3\r\n" RIG_OK);
	rig_row(r, "AT+CMQTTSSLCFG=1,9\r", RIG_OK);
	rig_row(r, "AT+CMQTTSSLCFG?\r", "\r\n+CMQTTSSLCFG: 0,\r\n+CMQTTSSLCFG: 1,9\r\n" RIG_OK);
	rig_row(r, "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:1883\",60,0,\"u\",\"p\"\r",
		RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n");
	rig_row(r, "AT+CMQTTCONNECT=1,\"tcp://broker.emqx.io:8883\",90,1,\"u\"\r", RIG_OK "\r\n+CMQTTCONNECT: 1,0\r\n");
	rig_row(r, "AT+CMQTTCONNECT?\r",
		"\r\n+CMQTTCONNECT: 0,\"tcp://broker.emqx.io:1883\",60,0,\"u\",\"p\"\r\n"
		"+CMQTTCONNECT: 1,\"tcp://broker.emqx.io:8883\",90,1,\"u\"\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* The A76xx shows context 0 for a client that was never bound; bound to 0 it looks the same (A76XX manual). */
START_TEST(unbound_on_a76xx)
{
	struct rig *r = rig_new(A7670);

	rig_row(r, "AT+CMQTTSSLCFG?\r", RIG_ERROR);
	start(r);
	rig_row(r, "AT+CMQTTSSLCFG?\r", "\r\n+CMQTTSSLCFG: 0,0\r\n+CMQTTSSLCFG: 1,0\r\n" RIG_OK);
	rig_row(r, "AT+CMQTTACCQ=1,\"two\",1\r", RIG_OK);
	rig_row(r, "AT+CMQTTSSLCFG=1,9\r", RIG_OK);
	rig_row(r, "AT+CMQTTSSLCFG?\r", "\r\n+CMQTTSSLCFG: 0,0\r\n+CMQTTSSLCFG: 1,9\r\n" RIG_OK);
	rig_row(r, "AT+CMQTTSSLCFG=1,0\r", RIG_OK);
	rig_row(r, "AT+CMQTTSSLCFG?\r", "\r\n+CMQTTSSLCFG: 0,0\r\n+CMQTTSSLCFG: 1,0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

static const struct {
	const char *profile, *in, *out;
} settings[] = {
	{ B04, "AT+CMQTTCFG=\"checkUTF8\",0,1\r", RIG_OK },
	{ B04, "AT+CMQTTCFG=\"checkUTF8\",0,2\r", RIG_ERROR },
	{ B04, "AT+CMQTTCFG=\"checkUTF8\",0\r", RIG_ERROR },
	{ B04, "AT+CMQTTCFG=\"checkUTF8\",2,1\r", RIG_ERROR },
	{ B04, "AT+CMQTTCFG=\"checkUTF8\",1,1\r", RIG_ERROR },	/* not acquired */
	{ B04, "AT+CMQTTCFG=\"optimeout\",0,20\r", RIG_OK },
	{ B04, "AT+CMQTTCFG=\"optimeout\",0,19\r", RIG_ERROR },
	{ B04, "AT+CMQTTCFG=\"optimeout\",0,120\r", RIG_OK },
	{ B04, "AT+CMQTTCFG=\"optimeout\",0,121\r", RIG_ERROR },
	{ B04, "AT+CMQTTCFG=\"version\",0,4\r", RIG_ERROR },
	{ B04, "AT+CMQTTCFG=\"aliauth\",0,\"k\",\"d\",\"s\"\r", RIG_OK },
	{ B04, "AT+CMQTTCFG=\"aliauth\",0,\"k\",\"d\"\r", RIG_ERROR },
	{ B04, "AT+CMQTTCFG=\"other\",0,1\r", RIG_ERROR },
	{ LE11, "AT+CMQTTCFG=\"optimeout\",0,20\r", RIG_ERROR },
	{ A7670, "AT+CMQTTCFG=\"version\",0,4\r", RIG_OK },
	{ A7670, "AT+CMQTTCFG=\"version\",0,5\r", RIG_ERROR },
	{ A7670, "AT+CMQTTCFG=\"argtopic\",0,1\r", RIG_OK },
	{ A7670, "AT+CMQTTCFG=\"aliauth\",0,\"k\",\"d\",\"s\"\r", RIG_ERROR },
	{ LE11, "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io\",59,1\r", "\r\n+CMQTTCONNECT: 0,12\r\n" RIG_ERROR },
	{ LE11, "AT+CMQTTACCQ=1,\"abcdefghijklmnopqrstuvw\",1\r", RIG_OK },
	{ LE11, "AT+CMQTTACCQ=1,\"abcdefghijklmnopqrstuvwx\",1\r", "\r\n+CMQTTACCQ: 1,12\r\n" RIG_ERROR },
	{ LE11, "AT+CMQTTWILLMSG=0,10241,0\r", "\r\n+CMQTTWILLMSG: 0,22\r\n" RIG_ERROR },
	{ LE11, "AT+CMQTTWILLMSG=0,10240,0\r", "\r\n>" },
};

START_TEST(setting)
{
	struct rig *r = rig_new(settings[_i].profile);

	start(r);
	rig_row(r, "AT+CMQTTACCQ=0,\"dev\",0\r", RIG_OK);
	rig_row(r, settings[_i].in, settings[_i].out);
	rig_free(r);
}
END_TEST

/* A build whose CONNECT takes no user (quirks Q19). */
START_TEST(no_user_and_password)
{
	static const char *const quirks[] = { "mqtt_connect_userpass=false", NULL };
	struct rig *r = rig_new_with(LE11, quirks);

	start(r);
	rig_row(r, "AT+CMQTTACCQ=0,\"dev\",0\r", RIG_OK);
	rig_row(r, "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io\",60,1,\"u\",\"p\"\r",
		"\r\n+CMQTTCONNECT: 0,12\r\n" RIG_ERROR);
	rig_row(r, "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io\",60,1\r", RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n");
	rig_free(r);
}
END_TEST

static const char *const orders[][2] = {
	{ "mqtt_start_order=ok_first", RIG_OK "\r\n+CMQTTSTART: 0\r\n" },
	{ "mqtt_start_order=urc_first", "\r\n+CMQTTSTART: 0\r\n" RIG_OK },
};

START_TEST(start_order)
{
	const char *const quirks[] = { orders[_i][0], "mqtt_stop_order=ok_first", "mqtt_disc_order=ok_first", NULL };
	struct rig *r = rig_new_with(B04, quirks);

	rig_row(r, "AT+CMQTTSTART\r", orders[_i][1]);
	rig_row(r, "AT+CMQTTACCQ=0,\"dev\",0\r", RIG_OK);
	rig_row(r, "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io\",60,1\r", RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n");
	rig_row(r, "AT+CMQTTDISC=0,60\r", RIG_OK "\r\n+CMQTTDISC: 0,0\r\n");
	rig_row(r, "AT+CMQTTREL=0\r", RIG_OK);
	rig_row(r, "AT+CMQTTSTOP\r", RIG_OK "\r\n+CMQTTSTOP: 0\r\n");
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, form, 0, (int)(sizeof(forms) / sizeof(forms[0])));
	tcase_add_test(tc, rows_of_clients);
	tcase_add_test(tc, unbound_on_a76xx);
	tcase_add_loop_test(tc, setting, 0, (int)(sizeof(settings) / sizeof(settings[0])));
	tcase_add_test(tc, no_user_and_password);
	tcase_add_loop_test(tc, start_order, 0, 2);
}

int main(void)
{
	return rig_main("mqtt forms", add);
}
