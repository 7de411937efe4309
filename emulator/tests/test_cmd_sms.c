/* Messages as the host sees them: exact bytes of each command and form, both modes, all character sets. at-general 11.
 */
#include <errno.h>

#include "modem/net.h"
#include "modem/sim.h"
#include "modem/sms_centre.h"
#include "tests/rig.h"

#define B04 "LE20B04SIM7600G22"
#define CMS(text) "\r\n+CMS ERROR: " text "\r\n"
#define TEXT "AT+CMGF=1\r"
#define IN_TEXT(r) rig_row(r, TEXT, RIG_OK)

static void write_to(struct rig *r, const char *from, const char *text)
{
	ck_assert_int_eq(sms_centre_write(r->modem->sms->world, from, text), 0);
}

static void deliver(struct rig *r, const char *hex)
{
	const char *why = NULL;
	struct buf b;

	buf_init(&b, 200);
	ck_assert_int_eq(str_unhex(&b, hex), 0);
	ck_assert_msg(!sms_centre_deliver(r->modem->sms->world, (const uint8_t *)buf_str(&b), b.len, &why), "%s", why);
	buf_free(&b);
}

static void network_has(struct rig *r, const char *want)
{
	struct buf list;

	buf_init(&list, 4096);
	sms_centre_list(r->modem->sms->world, &list);
	ck_assert_str_eq(buf_str(&list), want);
	buf_free(&list);
}

static const struct {
	const char *in, *out;
} forms[] = {
	{ "AT+CMGF?\r", "\r\n+CMGF: 0\r\n" RIG_OK },
	{ "AT+CMGF=?\r", "\r\n+CMGF: (0-1)\r\n" RIG_OK },
	{ "AT+CMGF=2\r", RIG_ERROR },
	{ "AT+CMGF=1;+CMGF?\r", "\r\n+CMGF: 1\r\n" RIG_OK },
	{ "AT+CMGF;+CMGF?\r", "\r\n+CMGF: 0\r\n" RIG_OK },
	{ "AT+CPMS=?\r", "\r\n+CPMS: (\"ME\",\"MT\",\"SM\",\"SR\"),(\"ME\",\"MT\",\"SM\"),(\"ME\",\"SM\")\r\n" RIG_OK },
	{ "AT+CPMS?\r", "\r\n+CPMS: \"SM\",0,50,\"SM\",0,50,\"SM\",0,50\r\n" RIG_OK },
	{ "AT+CPMS=\"ME\",\"MT\"\r", "\r\n+CPMS: 0,23,0,73,0,50\r\n" RIG_OK },
	{ "AT+CPMS=\"SR\",\"SM\",\"ME\"\r", "\r\n+CPMS: 0,10,0,50,0,23\r\n" RIG_OK },
	{ "AT+CPMS=\"SM\",\"SR\"\r", RIG_ERROR },
	{ "AT+CPMS=\"SM\",\"SM\",\"MT\"\r", RIG_ERROR },
	{ "AT+CPMS=\"XX\"\r", RIG_ERROR },
	{ "AT+CSCA?\r", "\r\n+CSCA: \"+15550199\",145\r\n" RIG_OK },
	{ "AT+CSCA=\"123456\",129;+CSCA?\r", "\r\n+CSCA: \"123456\",129\r\n" RIG_OK },
	{ "AT+CSCA=\"12x\"\r", RIG_ERROR },
	{ "AT+CSMP?\r", "\r\n+CSMP: 17,167,0,0\r\n" RIG_OK },
	{ "AT+CSMP=17,255,1,8;+CSMP?\r", "\r\n+CSMP: 17,255,1,8\r\n" RIG_OK },
	{ "AT+CSMP=25,\"26/01/02,03:04:05+04\";+CSMP?\r", "\r\n+CSMP: 25,\"26/01/02,03:04:05+04\",1,8\r\n" RIG_OK },
	{ "AT+CSMP=17\r", RIG_ERROR },
	{ "AT+CSMP=17,\"soon\"\r", RIG_ERROR },
	{ "AT+CMVP=10\r", RIG_ERROR },
	{ "AT+CSMP=17,167,0,0;+CMVP=10;+CMVP?\r", "\r\n+CMVP: 10\r\n" RIG_OK },
	{ "AT+CSDH=1;+CSDH?\r", "\r\n+CSDH: 1\r\n" RIG_OK },
	{ "AT+CSMS?\r", "\r\n+CSMS: 0,1,1,1\r\n" RIG_OK },
	{ "AT+CSMS=1\r", "\r\n+CSMS: 1,1,1\r\n" RIG_OK },
	{ "AT+CNMI?\r", "\r\n+CNMI: 2,1,0,0,0\r\n" RIG_OK },
	{ "AT+CNMI=?\r", "\r\n+CNMI: (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)\r\n" RIG_OK },
	{ "AT+CNMI=1,2,0,1,0;+CNMI?\r", "\r\n+CNMI: 1,2,0,1,0\r\n" RIG_OK },
	{ "AT+CNMI=2,1,2,1,0\r", RIG_ERROR }, /* ds 1 wants mode 1 */
	{ "AT+CNMI=2,3,0,0,0\r", RIG_ERROR },
	{ "AT+CNMI=0,2,0,0,0\r", RIG_ERROR },
	{ "AT+CNMI=2,2,0,0,0\r", RIG_OK },
	{ "AT+CNMI;+CNMI?\r", "\r\n+CNMI: 2,1,0,0,0\r\n" RIG_OK },
	{ "AT+CGSMS=3;+CGSMS?\r", "\r\n+CGSMS: 3\r\n" RIG_OK },
	{ "AT+CSCB=0,\"15-17\",\"0\";+CSCB?\r", "\r\n+CSCB: 0,\"15-17\",\"0\"\r\n" RIG_OK },
	{ "AT+CSCS=?\r", "\r\n+CSCS: (\"IRA\",\"GSM\",\"UCS2\")\r\n" RIG_OK },
	{ "AT+CSCS=\"HEX\"\r", RIG_ERROR },
	{ "AT+CSCS=\"GSM\";+CSCS?\r", "\r\n+CSCS: \"GSM\"\r\n" RIG_OK },
	{ "AT+CMGL=4\r", RIG_OK },
	{ "AT+CMGL=\"ALL\"\r", RIG_ERROR }, /* a word in PDU mode */
	{ "AT+CMGF=1\r", RIG_OK },
	{ "AT+CMGL=\"ALL\"\r", RIG_OK },
	{ "AT+CMGL=4\r", RIG_ERROR },
	{ "AT+CMGL=?\r", "\r\n+CMGL: (\"REC UNREAD\",\"REC READ\",\"STO UNSENT\",\"STO SENT\",\"ALL\")\r\n" RIG_OK },
	{ "AT+CPMS=\"SM\"\r", "\r\n+CPMS: 0,50,0,50,0,23\r\n" RIG_OK },
	{ "AT+CMGR=0\r", CMS("Invalid memory index") },
	{ "AT+CMEE=1;+CMGR=49\r", CMS("321") },
	{ "AT+CMEE=0;+CMGR=49\r", RIG_ERROR },
	{ "AT+CMGD=49\r", RIG_OK },
	{ "AT+CMEE=1;+CMGD=50\r", CMS("321") },
	{ "AT+CMGD\r", RIG_ERROR },
	{ "AT+CMGD=?\r", "\r\n+CMGD: (),(0-4)\r\n" RIG_OK },
	{ "AT+CNMA\r", CMS("340") },
	{ "AT+CMSS=3\r", CMS("321") },
	{ "AT+CMGS=\"no number\"\r", RIG_ERROR },
	{ "AT+CMGF=0;+CMGS=0\r", RIG_ERROR },
	{ "AT+CMGS=\"+4912345\"\r", RIG_ERROR },
};

START_TEST(test_forms)
{
	struct rig *r = rig_new(B04);

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		rig_row(r, forms[i].in, forms[i].out);
	rig_free(r);
}
END_TEST

static const struct {
	const char *state, *cms;
} sims[] = {
	{ "absent", CMS("SIM not inserted") }, { "pin", CMS("SIM PIN required") }, { "puk", CMS("SIM PUK required") },
	{ "busy", CMS("SIM busy") },	       { "failure", CMS("SIM failure") },
};

START_TEST(test_sim)
{
	for (size_t i = 0; i < sizeof(sims) / sizeof(sims[0]); i++) {
		struct rig *r = rig_new_off(B04, NULL, NULL, 0, NULL);

		ck_assert_int_eq(sim_set_state(r->modem->sim, sims[i].state), 0);
		modem_power_on(r->modem, MODEM_BOOT_WARM);
		rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
		rig_row(r, "AT+CMGF=1\r", sims[i].cms);
		rig_row(r, "AT+CMGL=4\r", sims[i].cms);
		rig_row(r, "AT+CMGD=?\r", "\r\n+CMGD: (),(0-4)\r\n" RIG_OK);
		rig_free(r);
	}
}
END_TEST

START_TEST(test_send_text)
{
	struct rig *r = rig_new(B04);

	IN_TEXT(r);
	rig_row(r, "AT+CMGS=\"+4912345\"\r", "\r\n> ");
	rig_feed(r, "hello\x1a", 6);
	rig_after(r, 3000, "\r\n+CMGS: 1\r\n" RIG_OK);
	rig_row(r, "AT+CMGS=\"12345\"\r", "\r\n> ");
	rig_row(r, "never sent\x1b", RIG_OK);
	rig_row(r, "AT+CMGS=12345,145\r", "\r\n> ");
	rig_row(r, "a@b {~}\x1a", "\r\n+CMGS: 2\r\n" RIG_OK);
	rig_row(r, "AT+CMGS=\"12345\"\r", "\r\n> ");
	rig_row(r, "\x1a", "\r\n+CMGS: 3\r\n" RIG_OK);
	rig_row(r, "ATE1\r", RIG_OK);
	rig_row(r, "AT+CMGS=\"1\"\r", "AT+CMGS=\"1\"\r\r\n> ");
	rig_row(r, "x\x1a", "x\r\n+CMGS: 4\r\n" RIG_OK);
	network_has(r, "1 +4912345 hello\n2 +12345 a@b {~}\n3 12345 \n4 1 x\n");
	rig_free(r);
}
END_TEST

/* Lengths at the edge: 160 characters fit, an escape takes two. */
START_TEST(test_send_long)
{
	struct rig *r = rig_new(B04);
	char text[200];

	IN_TEXT(r);
	memset(text, 'x', sizeof(text));
	rig_row(r, "AT+CMGS=\"1\"\r", "\r\n> ");
	rig_feed(r, text, 160);
	rig_row(r, "\x1a", "\r\n+CMGS: 1\r\n" RIG_OK);
	rig_row(r, "AT+CMGS=\"1\"\r", "\r\n> ");
	rig_feed(r, text, 161);
	rig_row(r, "\x1a", CMS("SMS size more than expected"));
	text[0] = '[';
	rig_row(r, "AT+CMGS=\"1\"\r", "\r\n> ");
	rig_feed(r, text, 160);
	rig_row(r, "\x1a", CMS("SMS size more than expected"));
	rig_why(r, "longer than a message takes");
	rig_free(r);
}
END_TEST

START_TEST(test_send_charsets)
{
	struct rig *r = rig_new(B04);

	IN_TEXT(r);
	rig_row(r, "AT+CSCS=\"UCS2\"\r", RIG_OK);
	rig_row(r, "AT+CMGS=\"12345\"\r", RIG_ERROR);
	rig_row(r, "AT+CMGS=\"002B00310032\"\r", "\r\n> ");
	rig_row(r, "00680069\x1a", "\r\n+CMGS: 1\r\n" RIG_OK);
	rig_row(r, "AT+CSMP=17,167,0,8\r", RIG_OK);
	rig_row(r, "AT+CMGS=\"0031\"\r", "\r\n> ");
	rig_row(r, "041F0440\x1a", "\r\n+CMGS: 2\r\n" RIG_OK);
	rig_row(r, "AT+CMGS=\"0031\"\r", "\r\n> ");
	rig_row(r, "plain\x1a", CMS("Invalid text mode parameter"));
	rig_row(r, "AT+CSCA?\r", "\r\n+CSCA: \"002B00310035003500350030003100390039\",145\r\n" RIG_OK);
	rig_row(r, "AT+CSCS=\"GSM\";+CSMP=17,167,0,0\r", RIG_OK);
	rig_row(r, "AT+CMGS=\"1\"\r", "\r\n> ");
	rig_row_bytes(r, "\0\x02@\x1a", 4, "\r\n+CMGS: 3\r\n" RIG_OK, strlen("\r\n+CMGS: 3\r\n" RIG_OK));
	network_has(r, "1 +12 hi\n2 1 \xd0\x9f\xd1\x80\n3 1 @$\xc2\xa1\n");
	rig_free(r);
}
END_TEST

static const struct {
	const char *length, *pdu, *out;
} pdus[] = {
	{ "22", "0011000B916407281553F80000AA0AE8329BFD4697D9EC37", CMS("Invalid PDU mode parameter") },
	{ "23", "0011000B916407281553F80000AA0AE8329BFD4697D9EC3", CMS("Invalid PDU mode parameter") },
	{ "23", "0011000B916407281553F80000AA0AE8329BFD4697D9ECXX", CMS("Invalid PDU mode parameter") },
	{ "23", "", CMS("Invalid PDU mode parameter") },
	{ "23", "0010000B916407281553F80000AA0AE8329BFD4697D9EC37", CMS("Invalid PDU mode parameter") },
	{ "23", "0011000B916407281553F80000AA0AE8329BFD4697D9EC37", "\r\n+CMGS: 1\r\n" RIG_OK },
	{ "23", "07917283010010F511000B916407281553F80000AA0AE8329BFD4697D9EC37", "\r\n+CMGS: 2\r\n" RIG_OK },
	{ "23", "0011000b916407281553f80000aa0ae8329bfd4697d9ec37\r\n", "\r\n+CMGS: 3\r\n" RIG_OK },
};

START_TEST(test_send_pdu)
{
	struct rig *r = rig_new(B04);
	char line[200];

	for (size_t i = 0; i < sizeof(pdus) / sizeof(pdus[0]); i++) {
		snprintf(line, sizeof(line), "AT+CMGS=%s\r", pdus[i].length);
		rig_row(r, line, "\r\n> ");
		snprintf(line, sizeof(line), "%s\x1a", pdus[i].pdu);
		rig_row(r, line, pdus[i].out);
	}
	network_has(r, "1 +46708251358 hellohello\n2 +46708251358 hellohello\n3 +46708251358 hellohello\n");
	rig_free(r);
}
END_TEST

START_TEST(test_refused)
{
	struct rig *r = rig_new(B04);

	IN_TEXT(r);
	sms_centre_refuse(r->modem->sms->world, 38, 1);
	rig_row(r, "AT+CMGS=\"1\"\r", "\r\n> ");
	rig_row(r, "x\x1a", CMS("38"));
	rig_why(r, "network out of order");
	rig_row(r, "AT+CMGS=\"1\"\r", "\r\n> ");
	rig_row(r, "x\x1a", "\r\n+CMGS: 2\r\n" RIG_OK);
	rig_row(r, "AT+CMGS=\"1\"\r", "\r\n> ");
	rig_feed(r, "x\x1a", 2);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 1000000);
	net_drop(r->modem->net);
	rig_more(r, CMS("Network timeout"));
	net_up(r->modem->net);
	rig_quiet(r, 10000);
	rig_row(r, "AT+COPS=2\r", RIG_OK);
	rig_row(r, "AT+CMGS=\"1\"\r", "\r\n> ");
	rig_row(r, "x\x1a", CMS("No network service"));
	rig_free(r);
}
END_TEST

#define NOW "26/01/01,00:00:00+00"

START_TEST(test_receive)
{
	struct rig *r = rig_new(B04);

	IN_TEXT(r);
	write_to(r, "+4912345", "hi there");
	rig_more(r, "\r\n+CMTI: \"SM\",0\r\n");
	write_to(r, "Shop", "\xd0\x9f");
	rig_more(r, "\r\n+CMTI: \"SM\",1\r\n");
	rig_row(r, "AT+CMGD=?\r", "\r\n+CMGD: (0,1),(0-4)\r\n" RIG_OK);
	buf_reset(&r->out);
	rig_row(r, "AT+CMGL=\"REC UNREAD\"\r",
		"\r\n+CMGL: 0,\"REC UNREAD\",\"+4912345\",\"\",\"" NOW "\"\r\nhi there\r\n"
		"+CMGL: 1,\"REC UNREAD\",\"Shop\",\"\",\"" NOW "\"\r\n041F\r\n" RIG_OK);
	rig_row(r, "AT+CMGL\r", RIG_OK);
	rig_row(r, "AT+CSDH=1;+CMGR=0\r",
		"\r\n+CMGR: \"REC READ\",\"+4912345\",\"\",\"" NOW
		"\",145,4,0,0,\"+15550199\",145,8\r\nhi there\r\n" RIG_OK);
	rig_row(r, "AT+CMGF=0;+CMGR=0\r",
		"\r\n+CMGR: 1,,24\r\n059151551099040791942143F500006210100000000008E834888E2ECBCB\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* Two parts of a long message, read as text and as octets; 160 characters are one part. */
START_TEST(test_receive_long)
{
	struct rig *r = rig_new(B04);
	char text[322];

	IN_TEXT(r);
	memset(text, 'a', sizeof(text));
	text[160] = '\0';
	write_to(r, "1", text);
	rig_more(r, "\r\n+CMTI: \"SM\",0\r\n");
	text[160] = 'a';
	memcpy(text + 152, "[end", 5);
	write_to(r, "1", text);
	rig_more(r, "\r\n+CMTI: \"SM\",1\r\n");
	memset(text, 'a', sizeof(text));
	memcpy(text + 152, "[zzzzzzzzzzzz", 14); /* the escape would be torn: it goes into the second part */
	write_to(r, "1", text);
	rig_more(r, "\r\n+CMTI: \"SM\",2\r\n\r\n+CMTI: \"SM\",3\r\n");
	rig_row(r, "AT+CMGR=3\r", "\r\n+CMGR: \"REC UNREAD\",\"1\",\"\",\"" NOW "\"\r\n[zzzzzzzzzzzz\r\n" RIG_OK);
	rig_row(r, "AT+CMGF=0;+CMGR=3\r",
		"\r\n+CMGR: 1,,33\r\n059151551099440181F100006210100000000015050003010202"
		"363CBD5EAFD7EBF57ABD5EAF07\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

static const struct {
	const char *set; /* AT+CNMI */
	const char *dcs;
	const char *text_mode, *pdu_mode;
} routes[] = {
	{ "2,0,0,0,0", "00", "", "" },
	{ "2,1,0,0,0", "00", "\r\n+CMTI: \"SM\",0\r\n", "\r\n+CMTI: \"SM\",0\r\n" },
	{ "2,2,0,0,0", "00", "\r\n+CMT: \"1234\",,\"20/01/24,11:34:00+00\"\r\nhi\r\n",
	  "\r\n+CMT: ,17\r\n0591515510990404812143000002104211430000"
	  "02E834\r\n" },
	{ "2,2,0,0,0", "F1", "\r\n+CMT: \"1234\",,\"20/01/24,11:34:00+00\"\r\nhi\r\n",
	  "\r\n+CMT: ,17\r\n059151551099040481214300F102104211430000"
	  "02E834\r\n" },
	/* Class 2 belongs on the SIM. */
	{ "2,2,0,0,0", "12", "\r\n+CMTI: \"SM\",0\r\n", "\r\n+CMTI: \"SM\",0\r\n" },
	{ "1,3,0,0,0", "13", "\r\n+CMT: \"1234\",,\"20/01/24,11:34:00+00\"\r\nhi\r\n",
	  "\r\n+CMT: ,17\r\n0591515510990404812143001302104211430000"
	  "02E834\r\n" },
	{ "1,3,0,0,0", "00", "\r\n+CMTI: \"SM\",0\r\n", "\r\n+CMTI: \"SM\",0\r\n" },
};

static void check_route(size_t i, bool text_mode)
{
	struct rig *r = rig_new(B04);
	char line[200];

	snprintf(line, sizeof(line), "AT+CMGF=%d;+CNMI=%s\r", text_mode, routes[i].set);
	rig_row(r, line, RIG_OK);
	snprintf(line, sizeof(line), "0404812143 00 %s 02104211430000 02 E834", routes[i].dcs);
	deliver(r, line);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 1000);
	rig_more(r, text_mode ? routes[i].text_mode : routes[i].pdu_mode);
	rig_free(r);
}

START_TEST(test_routes)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		check_route(i, true);
		check_route(i, false);
	}
}
END_TEST

/* Mode 0 holds indications back until it is left. */
START_TEST(test_held_back)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+CNMI=0,1,0,0,0\r", RIG_OK);
	write_to(r, "1", "a");
	write_to(r, "1", "b");
	rig_quiet(r, 1000);
	rig_row(r, "AT+CMGD=0\r", RIG_OK);
	rig_row(r, "AT+CNMI=2,1,0,0,0\r", "\r\n+CMTI: \"SM\",1\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* In service 1 one routed message at a time; without AT+CNMA in time nothing is routed any more. */
START_TEST(test_acknowledged)
{
	struct rig *r = rig_new(B04);

	IN_TEXT(r);
	rig_row(r, "AT+CSMS=1;+CNMI=1,2,0,0,0\r", "\r\n+CSMS: 1,1,1\r\n" RIG_OK);
	write_to(r, "1", "a");
	write_to(r, "1", "b");
	rig_more(r, "\r\n+CMT: \"1\",,\"" NOW "\"\r\na\r\n");
	rig_quiet(r, 1000);
	rig_row(r, "AT+CNMA\r", RIG_OK "\r\n+CMT: \"1\",,\"" NOW "\"\r\nb\r\n");
	write_to(r, "1", "c");
	rig_quiet(r, 16000);
	rig_row(r, "AT+CNMI?\r", "\r\n+CNMI: 1,0,0,0,0\r\n" RIG_OK);
	rig_row(r, "AT+CMGR=0\r", "\r\n+CMGR: \"REC UNREAD\",\"1\",\"\",\"26/01/01,00:00:01+00\"\r\nc\r\n" RIG_OK);
	rig_row(r, "AT+CNMA\r", CMS("NO +CNMA ACK EXPECTED"));
	rig_free(r);
}
END_TEST

START_TEST(test_reports)
{
	struct rig *r = rig_new(B04);

	IN_TEXT(r);
	rig_row(r, "AT+CSMP=49,167,0,0;+CNMI=1,1,0,1,0\r", RIG_OK);
	rig_row(r, "AT+CMGS=\"+1234\"\r", "\r\n> ");
	rig_row(r, "x\x1a", "\r\n+CMGS: 1\r\n" RIG_OK);
	rig_more(r, "\r\n+CDS: 6,1,\"+1234\",145,\"26/01/01,00:00:03+00\",\"26/01/01,00:00:03+00\",0\r\n");
	rig_row(r, "AT+CNMI=2,1,0,2,0;+CMGF=0\r", RIG_OK);
	rig_row(r, "AT+CMGS=14\r", "\r\n> ");
	rig_row(r, "00310004812143000000037A7B1D\x1a", CMS("Invalid PDU mode parameter"));
	rig_row(r, "AT+CMGS=12\r", "\r\n> ");
	rig_row(r, "00310004812143000000017A\x1a", CMS("Invalid PDU mode parameter"));
	rig_row(r, "AT+CMGS=11\r", "\r\n> ");
	rig_row(r, "00310004812143000000017A\x1a", "\r\n+CMGS: 2\r\n" RIG_OK);
	rig_more(r, "\r\n+CDSI: \"SR\",0\r\n");
	rig_row(r, "AT+CPMS=\"SR\"\r", "\r\n+CPMS: 1,10,0,50,0,50\r\n" RIG_OK);
	rig_row(r, "AT+CMGR=0\r",
		"\r\n+CMGR: 0,,21\r\n05915155109906020481214362101000008000621010000080000"
		"0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(test_own_number)
{
	struct rig *r = rig_new(B04);

	IN_TEXT(r);
	rig_row(r, "AT+CMGS=\"+15550100\"\r", "\r\n> ");
	rig_row(r, "to me\x1a", "\r\n+CMGS: 1\r\n" RIG_OK);
	rig_more(r, "\r\n+CMTI: \"SM\",0\r\n");
	rig_row(r, "AT+CMGRD=0\r",
		"\r\n+CMGRD: \"REC UNREAD\",\"+15550100\",\"\",\"26/01/01,00:00:03+00\"\r\nto me\r\n" RIG_OK);
	rig_row(r, "AT+CMGRD=0\r", CMS("Invalid memory index"));
	rig_free(r);
}
END_TEST

START_TEST(test_store)
{
	struct rig *r = rig_new(B04);

	IN_TEXT(r);
	rig_row(r, "AT+CMGW=\"+1234\"\r", "\r\n> ");
	rig_row(r, "draft\x1a", "\r\n+CMGW: 0\r\n" RIG_OK);
	rig_row(r, "AT+CMGW\r", "\r\n> ");
	rig_row(r, "nobody\x1a", "\r\n+CMGW: 1\r\n" RIG_OK);
	rig_row(r, "AT+CMGW=\"1\",129,\"STO SENT\"\r", "\r\n> ");
	rig_row(r, "old\x1a", "\r\n+CMGW: 2\r\n" RIG_OK);
	rig_row(r, "AT+CMGW=\"1\",129,\"REC READ\"\r", RIG_ERROR);
	rig_row(r, "AT+CMGW=\"1\"\r", "\r\n> ");
	rig_row(r, "\x1b", RIG_OK);
	write_to(r, "1", "in");
	rig_more(r, "\r\n+CMTI: \"SM\",3\r\n");
	rig_row(r, "AT+CMSS=0\r", "\r\n+CMSS: 1\r\n" RIG_OK);
	rig_row(r, "AT+CMSS=1\r", RIG_ERROR);
	rig_row(r, "AT+CMSS=1,\"77\"\r", "\r\n+CMSS: 2\r\n" RIG_OK);
	rig_row(r, "AT+CMSS=3\r", CMS("Operation not allowed"));
	rig_row(r, "AT+CMGL=\"STO SENT\"\r",
		"\r\n+CMGL: 0,\"STO SENT\",\"+1234\",\"\",\r\ndraft\r\n"
		"+CMGL: 1,\"STO SENT\",\"\",\"\",\r\nnobody\r\n+CMGL: 2,\"STO SENT\",\"1\",\"\",\r\nold\r\n" RIG_OK);
	rig_row(r, "AT+CSDH=1;+CMGR=0\r",
		"\r\n+CMGR: \"STO SENT\",\"+1234\",\"\",145,17,0,0,167,\"+15550199\",145,5\r\ndraft\r\n" RIG_OK);
	rig_row(r, "AT+CMGD=0,1;+CMGD=?\r", "\r\n+CMGD: (0,1,2,3),(0-4)\r\n" RIG_OK);
	rig_row(r, "AT+CMGMT=3;+CMGD=,1;+CMGD=?\r", "\r\n+CMGD: (0,1,2),(0-4)\r\n" RIG_OK);
	rig_row(r, "AT+CMGD=1,2;+CMGD=?\r", "\r\n+CMGD: (),(0-4)\r\n" RIG_OK);
	network_has(r, "1 +1234 draft\n2 77 nobody\n");
	rig_free(r);
}
END_TEST

/* What does not fit waits in the network and comes when there is room. */
START_TEST(test_full)
{
	static const char *const quirks[] = { "sms_sm_slots=1", "sms_me_slots=0", NULL };
	struct rig *r = rig_new_with(B04, quirks);

	IN_TEXT(r);
	write_to(r, "1", "one");
	write_to(r, "1", "two");
	rig_more(r, "\r\n+CMTI: \"SM\",0\r\n");
	rig_quiet(r, 100000);
	rig_row(r, "AT+CMGW=\"1\"\r", "\r\n> ");
	rig_row(r, "x\x1a", CMS("Memory full"));
	rig_row(r, "AT+CMGD=0\r", RIG_OK "\r\n+CMTI: \"SM\",0\r\n");
	rig_row(r, "AT+CMGR=0\r", "\r\n+CMGR: \"REC UNREAD\",\"1\",\"\",\"" NOW "\"\r\ntwo\r\n" RIG_OK);
	ck_assert_uint_eq(sms_centre_waiting(r->modem->sms->world), 0);
	rig_free(r);
}
END_TEST

/* The segments that the host cuts by itself: a header is made, and the references count on. */
START_TEST(test_segments)
{
	struct rig *r = rig_new(B04);

	IN_TEXT(r);
	rig_row(r, "AT+CMGSEX=\"+15550100\",190,1,2\r", "\r\n> ");
	rig_row(r, "AB\x1a", "\r\n+CMGSEX: 190\r\n" RIG_OK);
	rig_more(r, "\r\n+CMTI: \"SM\",0\r\n");
	rig_row(r, "AT+CMGSEX=\"+15550100\",145,190,2,2\r", "\r\n> ");
	rig_row(r, "CD\x1a", "\r\n+CMGSEX: 191\r\n" RIG_OK);
	rig_more(r, "\r\n+CMTI: \"SM\",1\r\n");
	rig_row(r, "AT+CMGSEX=\"1\",190,3,2\r", RIG_ERROR);
	rig_row(r, "AT+CMGR=1\r",
		"\r\n+CMGR: \"REC UNREAD\",\"+15550100\",\"\",\"26/01/01,00:00:08+00\"\r\nCD\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* Nothing comes in before SMS DONE; a message that comes at a prompt is told when that is over. */
START_TEST(test_moments)
{
	struct rig *r = rig_new_off(B04, NULL, NULL, 0, NULL);

	modem_power_on(r->modem, MODEM_BOOT_COLD);
	write_to(r, "1", "early");
	rig_more(r, "\r\nRDY\r\n\r\n+CPIN: READY\r\n");
	rig_row(r, "ATE0;+CMGF=1;+CMGR=0\r", "ATE0;+CMGF=1;+CMGR=0\r" CMS("SIM busy"));
	rig_more(r, "\r\nSMS DONE\r\n");
	rig_more(r, "\r\n+CMTI: \"SM\",0\r\n\r\nPB DONE\r\n");
	rig_row(r, "AT+CMGS=\"1\"\r", "\r\n> ");
	write_to(r, "1", "at the prompt");
	rig_quiet(r, 1000);
	rig_row(r, "x\x1a", "\r\n+CMTI: \"SM\",1\r\n\r\n+CMGS: 1\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* Messages are there after power-off, settings are not. */
START_TEST(test_kept)
{
	char dir[] = "/tmp/test_sms_XXXXXX", cmd[64];
	struct rig *r;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	for (int round = 0; round < 2; round++) {
		r = rig_new_off(B04, NULL, NULL, 0, dir);
		modem_power_on(r->modem, MODEM_BOOT_WARM);
		rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
		if (!round) {
			IN_TEXT(r);
			rig_row(r, "AT+CSCA=\"+4911\"\r", RIG_OK);
			write_to(r, "1", "kept");
			rig_more(r, "\r\n+CMTI: \"SM\",0\r\n");
			rig_row(r, "AT+CMGS=\"1\"\r", "\r\n> ");
			rig_row(r, "x\x1a", "\r\n+CMGS: 1\r\n" RIG_OK);
		} else {
			rig_row(r, "AT+CMGF?;+CSCA?\r", "\r\n+CMGF: 0\r\n\r\n+CSCA: \"+4911\",145\r\n" RIG_OK);
			IN_TEXT(r);
			rig_row(r, "AT+CMGR=0\r",
				"\r\n+CMGR: \"REC UNREAD\",\"1\",\"\",\"" NOW "\"\r\nkept\r\n" RIG_OK);
			rig_row(r, "AT+CMGS=\"1\"\r", "\r\n> ");
			rig_row(r, "x\x1a", "\r\n+CMGS: 2\r\n" RIG_OK);
		}
		rig_free(r);
	}
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	ck_assert_int_eq(system(cmd), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_forms);
	tcase_add_test(tc, test_sim);
	tcase_add_test(tc, test_send_text);
	tcase_add_test(tc, test_send_long);
	tcase_add_test(tc, test_send_charsets);
	tcase_add_test(tc, test_send_pdu);
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_receive);
	tcase_add_test(tc, test_receive_long);
	tcase_add_test(tc, test_routes);
	tcase_add_test(tc, test_held_back);
	tcase_add_test(tc, test_acknowledged);
	tcase_add_test(tc, test_reports);
	tcase_add_test(tc, test_own_number);
	tcase_add_test(tc, test_store);
	tcase_add_test(tc, test_full);
	tcase_add_test(tc, test_segments);
	tcase_add_test(tc, test_moments);
	tcase_add_test(tc, test_kept);
}

int main(void)
{
	return rig_main("cmd_sms", add);
}
