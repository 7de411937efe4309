/* Every cell of the state table (facts at-ssl-mqtt 5), and the codes of arguments that do not fit. */
#include "tests/rig.h"

enum state { STOPPED, FREE, ACQUIRED, CONNECTED, BUSY, STATES };

/* In BUSY a QoS 1 publish waits for a broker that has gone mute. */
static struct rig *rig_in(enum state s, const char *profile)
{
	struct rig *r = rig_new(profile);

	if (s >= FREE)
		rig_row(r, "AT+CMQTTSTART\r", RIG_OK "\r\n+CMQTTSTART: 0\r\n");
	if (s >= ACQUIRED)
		rig_row(r, "AT+CMQTTACCQ=0,\"dev\",0\r", RIG_OK);
	if (s >= CONNECTED)
		rig_row(r, "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:1883\",600,1\r",
			RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n");
	if (s >= BUSY) {
		rig_row(r, "AT+CMQTTTOPIC=0,1\r", "\r\n>");
		rig_row(r, "t", RIG_OK);
		rig_world(r, "mute on");
		rig_row(r, "AT+CMQTTPUB=0,1,60\r", RIG_OK);
	}
	buf_reset(&r->why);
	return r;
}

#define CODE(cmd, code) "\r\n" cmd ": 0," code "\r\n" RIG_ERROR
#define PROMPT "\r\n>"

/* NULL: not a cell of the table. */
static const struct {
	const char *in, *out[STATES];
} cells[] = {
	{ "AT+CMQTTSTART\r",
	  { RIG_OK "\r\n+CMQTTSTART: 0\r\n", "\r\n+CMQTTSTART: 23\r\n" RIG_ERROR, "\r\n+CMQTTSTART: 23\r\n" RIG_ERROR,
	    "\r\n+CMQTTSTART: 23\r\n" RIG_ERROR, "\r\n+CMQTTSTART: 23\r\n" RIG_ERROR } },
	{ "AT+CMQTTSTOP\r",
	  { "\r\n+CMQTTSTOP: 9\r\n" RIG_ERROR, "\r\n+CMQTTSTOP: 0\r\n" RIG_OK, "\r\n+CMQTTSTOP: 21\r\n" RIG_ERROR,
	    "\r\n+CMQTTSTOP: 21\r\n" RIG_ERROR, "\r\n+CMQTTSTOP: 21\r\n" RIG_ERROR } },
	{ "AT+CMQTTACCQ=0,\"x\",0\r",
	  { CODE("+CMQTTACCQ", "9"), RIG_OK, CODE("+CMQTTACCQ", "19"), CODE("+CMQTTACCQ", "19"),
	    CODE("+CMQTTACCQ", "19") } },
	{ "AT+CMQTTREL=0\r",
	  { CODE("+CMQTTREL", "9"), RIG_OK, RIG_OK, CODE("+CMQTTREL", "14"), CODE("+CMQTTREL", "14") } },
	{ "AT+CMQTTSSLCFG=0,0\r", { RIG_ERROR, RIG_OK, RIG_OK, RIG_OK, RIG_OK } },
	{ "AT+CMQTTWILLTOPIC=0,5\r",
	  { CODE("+CMQTTWILLTOPIC", "9"), CODE("+CMQTTWILLTOPIC", "20"), PROMPT, PROMPT, CODE("+CMQTTWILLTOPIC", "14") } },
	{ "AT+CMQTTWILLMSG=0,5,0\r",
	  { CODE("+CMQTTWILLMSG", "9"), CODE("+CMQTTWILLMSG", "20"), PROMPT, PROMPT, CODE("+CMQTTWILLMSG", "14") } },
	{ "AT+CMQTTTOPIC=0,5\r",
	  { CODE("+CMQTTTOPIC", "9"), CODE("+CMQTTTOPIC", "20"), PROMPT, PROMPT, CODE("+CMQTTTOPIC", "14") } },
	{ "AT+CMQTTPAYLOAD=0,5\r",
	  { CODE("+CMQTTPAYLOAD", "9"), CODE("+CMQTTPAYLOAD", "20"), PROMPT, PROMPT, CODE("+CMQTTPAYLOAD", "14") } },
	{ "AT+CMQTTSUBTOPIC=0,5,0\r",
	  { CODE("+CMQTTSUBTOPIC", "9"), CODE("+CMQTTSUBTOPIC", "20"), PROMPT, PROMPT, CODE("+CMQTTSUBTOPIC", "14") } },
	{ "AT+CMQTTUNSUBTOPIC=0,5\r",
	  { CODE("+CMQTTUNSUBTOPIC", "9"), CODE("+CMQTTUNSUBTOPIC", "20"), PROMPT, PROMPT,
	    CODE("+CMQTTUNSUBTOPIC", "14") } },
	{ "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:1883\",600,1\r",
	  { CODE("+CMQTTCONNECT", "9"), CODE("+CMQTTCONNECT", "20"), RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n",
	    CODE("+CMQTTCONNECT", "13"), CODE("+CMQTTCONNECT", "14") } },
	{ "AT+CMQTTDISC=0,60\r",
	  { CODE("+CMQTTDISC", "9"), CODE("+CMQTTDISC", "20"), CODE("+CMQTTDISC", "11"), "\r\n+CMQTTDISC: 0,0\r\n" RIG_OK,
	    CODE("+CMQTTDISC", "14") } },
	/* "go" of the next three is 18: nothing was entered */
	{ "AT+CMQTTPUB=0,0,60\r",
	  { CODE("+CMQTTPUB", "9"), CODE("+CMQTTPUB", "20"), CODE("+CMQTTPUB", "11"), CODE("+CMQTTPUB", "18"),
	    CODE("+CMQTTPUB", "14") } },
	{ "AT+CMQTTSUB=0\r",
	  { CODE("+CMQTTSUB", "9"), CODE("+CMQTTSUB", "20"), CODE("+CMQTTSUB", "11"), CODE("+CMQTTSUB", "18"),
	    CODE("+CMQTTSUB", "14") } },
	{ "AT+CMQTTUNSUB=0,0\r",
	  { CODE("+CMQTTUNSUB", "9"), CODE("+CMQTTUNSUB", "20"), CODE("+CMQTTUNSUB", "11"), CODE("+CMQTTUNSUB", "18"),
	    CODE("+CMQTTUNSUB", "14") } },
	{ "AT+CMQTTSUB=0,3,1\r",
	  { CODE("+CMQTTSUB", "9"), CODE("+CMQTTSUB", "20"), CODE("+CMQTTSUB", "11"), PROMPT, CODE("+CMQTTSUB", "14") } },
	{ "AT+CMQTTUNSUB=0,3,0\r",
	  { CODE("+CMQTTUNSUB", "9"), CODE("+CMQTTUNSUB", "20"), CODE("+CMQTTUNSUB", "11"), PROMPT,
	    CODE("+CMQTTUNSUB", "14") } },
	{ "AT+CMQTTCFG=\"checkUTF8\",0,0\r", { RIG_ERROR, RIG_ERROR, RIG_OK, RIG_ERROR, RIG_ERROR } },
	{ "AT+CMQTTTOPIC=2,5\r",
	  { "\r\n+CMQTTTOPIC: 2,9\r\n" RIG_ERROR, "\r\n+CMQTTTOPIC: 2,10\r\n" RIG_ERROR,
	    "\r\n+CMQTTTOPIC: 2,10\r\n" RIG_ERROR, "\r\n+CMQTTTOPIC: 2,10\r\n" RIG_ERROR,
	    "\r\n+CMQTTTOPIC: 2,10\r\n" RIG_ERROR } },
	{ "AT+CMQTTDISC?\r",
	  { "\r\n+CMQTTDISC: 0,1\r\n+CMQTTDISC: 1,1\r\n" RIG_OK, "\r\n+CMQTTDISC: 0,1\r\n+CMQTTDISC: 1,1\r\n" RIG_OK,
	    "\r\n+CMQTTDISC: 0,1\r\n+CMQTTDISC: 1,1\r\n" RIG_OK, "\r\n+CMQTTDISC: 0,0\r\n+CMQTTDISC: 1,1\r\n" RIG_OK,
	    "\r\n+CMQTTDISC: 0,0\r\n+CMQTTDISC: 1,1\r\n" RIG_OK } },
	/* the other client is free in every state */
	{ "AT+CMQTTTOPIC=1,5\r",
	  { "\r\n+CMQTTTOPIC: 1,9\r\n" RIG_ERROR, "\r\n+CMQTTTOPIC: 1,20\r\n" RIG_ERROR,
	    "\r\n+CMQTTTOPIC: 1,20\r\n" RIG_ERROR, "\r\n+CMQTTTOPIC: 1,20\r\n" RIG_ERROR,
	    "\r\n+CMQTTTOPIC: 1,20\r\n" RIG_ERROR } },
};

START_TEST(state_table)
{
	for (int s = 0; s < STATES; s++) {
		struct rig *r = rig_in((enum state)s, "LE20B04V03SIM7600M22");
		bool refused = strstr(cells[_i].out[s], "ERROR") != NULL;

		rig_row(r, cells[_i].in, cells[_i].out[s]);
		/* no refusal without its reason */
		ck_assert_msg(!refused || strstr(buf_str(&r->why), "\"chain\":[{"), "%s in state %d", cells[_i].in, s);
		rig_free(r);
	}
}
END_TEST

/* Before START every form of the family is ERROR alone on the other silicon (facts at-ssl-mqtt 12). */
START_TEST(bare_before_start)
{
	static const char *const lines[] = {
		"AT+CMQTTSTOP\r", "AT+CMQTTACCQ=0,\"x\",0\r", "AT+CMQTTACCQ?\r", "AT+CMQTTREL=0\r", "AT+CMQTTREL?\r",
		"AT+CMQTTSSLCFG=0,0\r", "AT+CMQTTSSLCFG?\r", "AT+CMQTTTOPIC=0,5\r", "AT+CMQTTTOPIC=0,0\r",
		"AT+CMQTTCONNECT=0,\"tcp://h:1\",60,1\r", "AT+CMQTTCONNECT?\r", "AT+CMQTTDISC=0,60\r", "AT+CMQTTDISC?\r",
		"AT+CMQTTPUB=0,0,60\r", "AT+CMQTTSUB=0,3,1\r", "AT+CMQTTUNSUB=0,0\r", "AT+CMQTTCFG?\r",
	};
	struct rig *r = rig_new("A011B03A7670M7_F");

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		rig_row(r, lines[i], RIG_ERROR);
	rig_free(r);
}
END_TEST

/* Both ends of each range and one past; the client is connected. */
static const struct {
	const char *in, *out;
} ranges[] = {
	{ "AT+CMQTTTOPIC=0,0\r", CODE("+CMQTTTOPIC", "22") },
	{ "AT+CMQTTTOPIC=0,1\r", PROMPT },
	{ "AT+CMQTTTOPIC=0,1024\r", PROMPT },
	{ "AT+CMQTTTOPIC=0,1025\r", CODE("+CMQTTTOPIC", "22") },
	{ "AT+CMQTTTOPIC=0,\"abc\"\r", CODE("+CMQTTTOPIC", "12") },
	{ "AT+CMQTTTOPIC=0\r", CODE("+CMQTTTOPIC", "12") },
	{ "AT+CMQTTTOPIC=0,1,1\r", CODE("+CMQTTTOPIC", "12") },
	{ "AT+CMQTTTOPIC=\r", RIG_ERROR },
	{ "AT+CMQTTTOPIC=x,1\r", RIG_ERROR },
	{ "AT+CMQTTTOPIC\r", RIG_ERROR },
	{ "AT+CMQTTPAYLOAD=0,10240\r", PROMPT },
	{ "AT+CMQTTPAYLOAD=0,10241\r", CODE("+CMQTTPAYLOAD", "22") },
	{ "AT+CMQTTWILLMSG=0,1024,2\r", PROMPT },
	{ "AT+CMQTTWILLMSG=0,1025,2\r", CODE("+CMQTTWILLMSG", "22") },
	{ "AT+CMQTTWILLMSG=0,1024,3\r", CODE("+CMQTTWILLMSG", "12") },
	{ "AT+CMQTTSUBTOPIC=0,1024,2\r", PROMPT },
	{ "AT+CMQTTSUBTOPIC=0,1025,2\r", CODE("+CMQTTSUBTOPIC", "22") },
	{ "AT+CMQTTSUBTOPIC=0,\"t\",1\r", CODE("+CMQTTSUBTOPIC", "12") },
	{ "AT+CMQTTSUB=0,\"t\",1\r", CODE("+CMQTTSUB", "12") },
	{ "AT+CMQTTSUB=0,1024,2,1\r", PROMPT },
	{ "AT+CMQTTSUB=0,1025,2\r", CODE("+CMQTTSUB", "22") },
	{ "AT+CMQTTSUB=0,0,2\r", CODE("+CMQTTSUB", "22") },
	{ "AT+CMQTTSUB=0,5\r", CODE("+CMQTTSUB", "12") },
	{ "AT+CMQTTSUB=0,1,3\r", CODE("+CMQTTSUB", "12") },
	{ "AT+CMQTTUNSUB=0,2\r", CODE("+CMQTTUNSUB", "12") },
	{ "AT+CMQTTPUB=0,3,60\r", CODE("+CMQTTPUB", "12") },
	{ "AT+CMQTTPUB=0,0,59\r", CODE("+CMQTTPUB", "12") },
	{ "AT+CMQTTPUB=0,0,181\r", CODE("+CMQTTPUB", "12") },
	{ "AT+CMQTTPUB=0,0,180,2\r", CODE("+CMQTTPUB", "12") },
	{ "AT+CMQTTPUB=0,0,180,1,1\r", CODE("+CMQTTPUB", "18") },
	{ "AT+CMQTTDISC=0,59\r", CODE("+CMQTTDISC", "12") },
	{ "AT+CMQTTDISC=0,181\r", CODE("+CMQTTDISC", "12") },
	{ "AT+CMQTTDISC=0,0\r", "\r\n+CMQTTDISC: 0,0\r\n" RIG_OK },
	{ "AT+CMQTTACCQ=1,\"\",0\r", "\r\n+CMQTTACCQ: 1,12\r\n" RIG_ERROR },
	{ "AT+CMQTTACCQ=1,\"a\",2\r", "\r\n+CMQTTACCQ: 1,12\r\n" RIG_ERROR },
	{ "AT+CMQTTACCQ=1, \"a\",1,5\r", "\r\n+CMQTTACCQ: 1,12\r\n" RIG_ERROR },
	{ "AT+CMQTTACCQ=1, \"a\",1,3\r", RIG_OK },
	{ "AT+CMQTTSSLCFG=0,10\r", RIG_ERROR },
	{ "AT+CMQTTSSLCFG=2,0\r", RIG_ERROR },
};

START_TEST(argument_ranges)
{
	struct rig *r = rig_in(CONNECTED, "LE20B04V03SIM7600M22");

	rig_row(r, ranges[_i].in, ranges[_i].out);
	rig_free(r);
}
END_TEST

static const struct {
	const char *in, *out;
} addresses[] = {
	{ "AT+CMQTTCONNECT=0,\"mqtt://broker.emqx.io\",60,1\r", CODE("+CMQTTCONNECT", "12") },
	{ "AT+CMQTTCONNECT=0,\"tcp://:1883\",60,1\r", CODE("+CMQTTCONNECT", "12") },
	{ "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:0\",60,1\r", CODE("+CMQTTCONNECT", "12") },
	{ "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:65536\",60,1\r", CODE("+CMQTTCONNECT", "12") },
	{ "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:1883/\",60,1\r", CODE("+CMQTTCONNECT", "12") },
	{ "AT+CMQTTCONNECT=0,\"tcp://ab\",60,1\r", CODE("+CMQTTCONNECT", "12") },
	{ "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io\",0,1\r", CODE("+CMQTTCONNECT", "12") },
	{ "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io\",64801,1\r", CODE("+CMQTTCONNECT", "12") },
	{ "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io\",60,2\r", CODE("+CMQTTCONNECT", "12") },
	{ "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io\",60,1,\"\"\r", CODE("+CMQTTCONNECT", "12") },
	/* the default port is 1883 */
	{ "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io\",64800,0\r", RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n" },
	{ "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io\",1,0,user,pass\r", RIG_OK "\r\n+CMQTTCONNECT: 0,0\r\n" },
};

START_TEST(server_addresses)
{
	struct rig *r = rig_in(ACQUIRED, "LE20B04V03SIM7600M22");

	rig_row(r, addresses[_i].in, addresses[_i].out);
	rig_free(r);
}
END_TEST

/* REL gives everything back: filters, will, settings, and the way is free for another client. */
START_TEST(release_forgets)
{
	struct rig *r = rig_in(ACQUIRED, "LE20B04V03SIM7600M22");

	rig_row(r, "AT+CMQTTCFG=\"optimeout\",0,20\r", RIG_OK);
	rig_row(r, "AT+CMQTTCFG?\r", "\r\n+CMQTTCFG: 0,1,20\r\n+CMQTTCFG: 1,1,120\r\n" RIG_OK);
	rig_row(r, "AT+CMQTTREL=0\r", RIG_OK);
	rig_row(r, "AT+CMQTTCFG?\r", "\r\n+CMQTTCFG: 0,1,120\r\n+CMQTTCFG: 1,1,120\r\n" RIG_OK);
	rig_row(r, "AT+CMQTTACCQ=0,\"other\",1\r", RIG_OK);
	rig_row(r, "AT+CMQTTACCQ?\r", "\r\n+CMQTTACCQ: 0,\"other\",1,3\r\n+CMQTTACCQ: 1,\"\",0,4\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* A reset leaves no service, no client, no timer; contexts are back at their defaults. */
START_TEST(reset_clears)
{
	struct rig *r = rig_in(BUSY, "LE20B04V03SIM7600M22");

	rig_row(r, "AT+CSSLCFG=\"authmode\",3,2\r", RIG_OK);
	modem_power_off(r->modem);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	buf_reset(&r->out);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CMQTTDISC?\r", "\r\n+CMQTTDISC: 0,1\r\n+CMQTTDISC: 1,1\r\n" RIG_OK);
	rig_row(r, "AT+CMQTTSTOP\r", "\r\n+CMQTTSTOP: 9\r\n" RIG_ERROR);
	rig_row(r, "AT+CSSLCFG=3\r", "\r\n+CSSLCFG: 3,4,0,1,300,\"\",\"\",\"\",0,\"\",0x0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, state_table, 0, COUNT(cells));
	tcase_add_test(tc, bare_before_start);
	tcase_add_loop_test(tc, argument_ranges, 0, COUNT(ranges));
	tcase_add_loop_test(tc, server_addresses, 0, COUNT(addresses));
	tcase_add_test(tc, release_forgets);
	tcase_add_test(tc, reset_clears);
}

int main(void)
{
	return rig_main("mqtt states", add);
}
