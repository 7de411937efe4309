/* AT+CHTPSERV and AT+CHTPUPDATE: the list, the clock from the Date of a web server, one server after the other. */
#include "modem/htp.h"
#include "modem/net.h"
#include "tests/rig_world.h"

#define B04 "LE20B04V03SIM7600M22"

#define PAGE(date) "{pages: [{path: '/*', text: x, headers: {Date: '" date "'}}]}"
static const char world[] =
	RIG_HOST("date.test", "{http: {date: true}}")
	RIG_HOST("none.test", "{http: {}}")
	RIG_HOST("old.test", "{http: " PAGE("Sun, 06 Nov 1994 08:49:37 GMT") "}")
	RIG_HOST("zone.test", "{http: " PAGE("Sun, 06 Nov 1994 08:49:37 CET") "}")
	RIG_HOST("junk.test", "{http: " PAGE("tomorrow") "}")
	RIG_HOST("busy.test", "{http: {date: true}, misbehave: [refuse]}")
	RIG_HOST("slow.test", "{http: {date: true}, latency: {trip: 4s}}")
	RIG_HOST("proxy.test", "{http: {date: true}}");

#define ADD(host) "AT+CHTPSERV=\"ADD\",\"" host "\",80,1\r"
#define RESULT(code) RIG_OK "\r\n+CHTPUPDATE: " code "\r\n"

static const struct {
	const char *add[3], *out, *clock, *why;
} rows[] = {
	{ { ADD("date.test") }, RESULT("0"), "26/01/01,00:00:00+00", NULL },
	{ { ADD("old.test") }, RESULT("0"), "94/11/06,08:49:37+00", NULL },
	/* half of the round trip is added */
	{ { ADD("slow.test") }, RESULT("0"), "26/01/01,00:00:04+00", NULL },
	{ { NULL }, RESULT("2"), NULL, "no server is set" },
	{ { ADD("none.test") }, RESULT("3"), NULL, "without a date" },
	{ { ADD("zone.test") }, RESULT("3"), NULL, "without a date" },
	{ { ADD("junk.test") }, RESULT("3"), NULL, "without a date" },
	{ { ADD("busy.test") }, RESULT("4"), NULL, "misbehaviour refuse" },
	{ { ADD("no.test") }, RESULT("4"), NULL, "is not in the modelled world" },
	{ { ADD("busy.test"), ADD("none.test"), ADD("date.test") }, RESULT("0"), "26/01/01,00:00:02+00", NULL },
	{ { ADD("none.test"), ADD("busy.test") }, RESULT("4"), NULL, "misbehaviour refuse" },
	{ { "AT+CHTPSERV=\"ADD\",\"far.test\",81,0,\"proxy.test\",3128\r" }, RESULT("0"), "26/01/01,00:00:00+00", NULL },
};

START_TEST(outcome)
{
	struct rig *r = rig_new_world(B04, NULL, world);
	char clock[64];

	rig_row(r, "AT+CCLK=\"80/01/06,00:00:00+00\"\r", RIG_OK);
	for (int i = 0; i < 3 && rows[_i].add[i]; i++)
		rig_row(r, rows[_i].add[i], RIG_OK);
	rig_row(r, "AT+CHTPUPDATE\r", rows[_i].out);
	if (rows[_i].why)
		rig_why(r, rows[_i].why);
	snprintf(clock, sizeof(clock), "\r\n+CCLK: \"%s\"\r\n" RIG_OK, rows[_i].clock);
	if (rows[_i].clock)
		rig_row(r, "AT+CCLK?\r", clock);
	rig_quiet(r, 200000);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	rig_free(r);
}
END_TEST

START_TEST(the_list)
{
	static const struct {
		const char *in, *out;
	} lines[] = {
		{ "AT+CHTPSERV?\r", RIG_OK },
		{ "AT+CHTPSERV=?\r", "\r\n+CHTPSERV: \"ADD\",\"HOST\",(1-65535),(0-1)[,\"PROXY\",(1-65535)]\r\n"
				     "+CHTPSERV: \"DEL\",(0-15)\r\n" RIG_OK },
		{ "AT+CHTPSERV=\"ADD\",\"a.test\",80,1\r", RIG_OK },
		{ "AT+CHTPSERV=\"add\",\"b.test\",8080,0,\"p.test\",3128\r", RIG_OK },
		{ "AT+CHTPSERV=\"ADD\",\"c.test\",65535,1\r", RIG_OK },
		{ "AT+CHTPSERV?\r", "\r\n+CHTPSERV: 0,\"a.test\",80,1\r\n+CHTPSERV: 1,\"b.test\",8080,0,\"p.test\",3128\r\n"
				    "+CHTPSERV: 2,\"c.test\",65535,1\r\n" RIG_OK },
		{ "AT+CHTPSERV=\"DEL\",1\r", RIG_OK },
		{ "AT+CHTPSERV?\r", "\r\n+CHTPSERV: 0,\"a.test\",80,1\r\n+CHTPSERV: 1,\"c.test\",65535,1\r\n" RIG_OK },
		{ "AT+CHTPSERV=\"DEL\",2\r", RIG_ERROR },
		{ "AT+CHTPSERV=\"DEL\",15\r", RIG_ERROR },
		{ "AT+CHTPSERV=\"DEL\",16\r", RIG_ERROR },
		{ "AT+CHTPSERV=\"DEL\",-1\r", RIG_ERROR },
		{ "AT+CHTPSERV=\"DEL\",0,80\r", RIG_ERROR },
		{ "AT+CHTPSERV=\"SET\",0\r", RIG_ERROR },
		{ "AT+CHTPSERV=\"ADD\",\"d.test\"\r", RIG_ERROR },
		{ "AT+CHTPSERV=\"ADD\",\"d.test\",80\r", RIG_ERROR },
		{ "AT+CHTPSERV=\"ADD\",\"d.test\",0,1\r", RIG_ERROR },
		{ "AT+CHTPSERV=\"ADD\",\"d.test\",65536,1\r", RIG_ERROR },
		{ "AT+CHTPSERV=\"ADD\",\"d.test\",80,2\r", RIG_ERROR },
		{ "AT+CHTPSERV=\"ADD\",\"d.test\",80,1,\"p.test\"\r", RIG_ERROR },
		{ "AT+CHTPUPDATE?\r", "\r\n+CHTPUPDATE: NULL\r\n" RIG_OK },
		{ "AT+CHTPUPDATE=1\r", RIG_ERROR },
	};
	struct rig *r = rig_new_world(B04, NULL, world);

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		rig_row(r, lines[i].in, lines[i].out);
	for (int i = 2; i < HTP_SERVERS; i++)
		rig_row(r, ADD("more.test"), RIG_OK);
	rig_row(r, ADD("more.test"), RIG_ERROR);
	rig_why(r, "has 16 servers already");
	for (int i = 0; i < HTP_SERVERS; i++)
		rig_row(r, "AT+CHTPSERV=\"DEL\",0\r", RIG_OK);
	rig_row(r, "AT+CHTPSERV=\"DEL\",0\r", RIG_ERROR);
	rig_free(r);
}
END_TEST

START_TEST(interrupted)
{
	struct rig *r = rig_new_world(B04, NULL, world);

	rig_row(r, ADD("slow.test"), RIG_OK);
	rig_row(r, "AT+CHTPUPDATE\r", RIG_OK);
	rig_row(r, "AT+CHTPUPDATE?\r", "\r\n+CHTPUPDATE: Updating\r\n" RIG_OK);
	rig_row(r, "AT+CHTPUPDATE\r", RIG_ERROR);
	rig_why(r, "asked already");
	/* the list may change meanwhile */
	clock_advance_to(r->clock, clock_now_us(r->clock) + 1000000);
	rig_row(r, "AT+CHTPSERV=\"DEL\",0\r", RIG_OK);
	net_drop(r->modem->net);
	rig_more(r, "\r\n+CHTPUPDATE: 4\r\n");
	rig_row(r, ADD("date.test"), RIG_OK);
	rig_row(r, "AT+CHTPUPDATE\r", RESULT("4"));
	rig_why(r, "not registered");
	net_up(r->modem->net);
	rig_quiet(r, 10000);
	rig_row(r, "AT+CHTPUPDATE\r", RIG_OK);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 200000);
	modem_power_off(r->modem);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	buf_reset(&r->out);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CHTPSERV?\r", RIG_OK);
	rig_row(r, "AT+CHTPUPDATE?\r", "\r\n+CHTPUPDATE: NULL\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, outcome, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, the_list);
	tcase_add_test(tc, interrupted);
}

int main(void)
{
	return rig_main("htp clock", add);
}
