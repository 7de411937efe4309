/*
 * AT+CNTP against modelled time servers: the clock afterwards, each code of the table with its cause, and answers that are
 * none.
 */
#include "modem/net.h"
#include "modem/ntp.h"
#include "tests/rig_world.h"

#define B04 "LE20B04V03SIM7600M22"
#define A7670 "A011B03A7670M7_F"

/*
 * Scripted servers cannot know the cookie of a request, so their answers belong to none; echo sends the request back, and
 * that is a client's packet.
 */
static const char world[] =
	RIG_HOST("time.test", "{service: ntp}")
	RIG_HOST("slow.test", "{service: ntp, latency: {trip: 4s}}")
	RIG_HOST("mute.test", "{service: ntp, misbehave: [mute]}")
	RIG_HOST("death.test", "{service: ntp, misbehave: [kiss_of_death]}")
	RIG_HOST("echo.test", "{service: echo}")
	RIG_HOST("short.test", "{script: [{expect: '', send: no}]}");

#define SET(host, zone) "AT+CNTP=\"" host "\"," zone "\r"
#define RESULT(code) RIG_OK "\r\n+CNTP: " code "\r\n"

static const struct {
	const char *quirk, *set, *out, *clock, *why;
} rows[] = {
	/* 150 ms for the name, 120 for the round trip: the clock shows the world's seconds */
	{ NULL, SET("time.test", "0"), RESULT("0"), "26/01/01,00:00:00+00", NULL },
	{ NULL, SET("time.test", "32"), RESULT("0"), "26/01/01,08:00:00+32", NULL },
	{ NULL, SET("time.test", "-20"), RESULT("0"), "25/12/31,19:00:00-20", NULL },
	{ NULL, SET("time.test", "48"), RESULT("0"), "26/01/01,12:00:00+48", NULL },
	{ NULL, SET("time.test", "49"), RESULT("5"), NULL, "AT+CNTP has set 49" },
	{ NULL, SET("time.test", "-48"), RESULT("5"), NULL, "AT+CNTP has set -48" },
	/* half of the round trip is added to what the answer says */
	{ NULL, SET("slow.test", "0"), RESULT("0"), "26/01/01,00:00:04+00", NULL },
	{ NULL, SET("no.test", "0"), RESULT("4"), NULL, "is not in the modelled world" },
	{ NULL, SET("", "0"), RESULT("2"), NULL, "no server is set" },
	{ NULL, SET("mute.test", "0"), RESULT("6"), NULL, "did not answer 3 requests" },
	{ "cntp_timeout_ms=300", SET("slow.test", "0"), RESULT("6"), NULL, "did not answer 3 requests" },
	{ NULL, SET("death.test", "0"), RESULT("3"), NULL, "kiss of death" },
	{ NULL, SET("echo.test", "0"), RESULT("6"), NULL, "did not answer" },
	{ NULL, SET("short.test", "0"), RESULT("6"), NULL, "did not answer" },
	{ NULL, "AT+CNTP=\"pool.ntp.org\"\r", RESULT("0"), "26/01/01,00:00:00+00", NULL },
	{ NULL, "AT+CNTP=\"0.europe.pool.ntp.org\"\r", RESULT("0"), "26/01/01,00:00:00+00", NULL },
};

START_TEST(outcome)
{
	const char *const quirks[] = { rows[_i].quirk, NULL };
	struct rig *r = rig_new_world(B04, quirks, world);
	char clock[64];

	rig_row(r, "AT+CCLK=\"80/01/06,00:00:00+00\"\r", RIG_OK);
	rig_row(r, rows[_i].set, RIG_OK);
	rig_row(r, "AT+CNTP\r", rows[_i].out);
	if (rows[_i].why)
		rig_why(r, rows[_i].why);
	snprintf(clock, sizeof(clock), "\r\n+CCLK: \"%s\"\r\n" RIG_OK, rows[_i].clock);
	if (rows[_i].clock)
		rig_row(r, "AT+CCLK?\r", clock);
	rig_quiet(r, 60000);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	rig_free(r);
}
END_TEST

/* Bytes 0 (leap, version, mode) and 1 (stratum) of an answer, and its transmit timestamp. */
static const struct {
	uint8_t first, stratum;
	uint32_t seconds, fraction;
	size_t len;
	enum sntp_verdict verdict;
	int64_t utc_us;
	const char *what;
} packets[] = {
	{ 0x24, 1, 3976214400, 0, 48, SNTP_TIME, 1767225600000000, "2026" },
	{ 0x1c, 15, 3976214400, 0x80000000, 48, SNTP_TIME, 1767225600500000, "version 3, and half a second" },
	{ 0x64, 2, 3976214400, 0xffffffff, 60, SNTP_TIME, 1767225600999999, "leap second; an authenticator behind it" },
	{ 0x24, 1, 2208988800, 0, 48, SNTP_TIME, 0, "1970, the last era" },
	{ 0x24, 1, 2147483648, 0, 48, SNTP_TIME, -61505152000000, "1968, the first second of the old era" },
	{ 0x24, 1, 0, 1, 48, SNTP_TIME, 2085978496000000, "2036, the first second of the next" },
	{ 0x24, 1, 2147483647, 0, 48, SNTP_TIME, 4233462143000000, "2104, the last" },
	{ 0x24, 1, 3976214400, 0, 47, SNTP_FOREIGN, 0, "a byte is missing" },
	{ 0x24, 1, 3976214400, 0, 0, SNTP_FOREIGN, 0, "nothing" },
	{ 0x23, 1, 3976214400, 0, 48, SNTP_FOREIGN, 0, "a client's" },
	{ 0x25, 1, 3976214400, 0, 48, SNTP_FOREIGN, 0, "a broadcast" },
	{ 0x24, 0, 3976214400, 0, 48, SNTP_USELESS, 0, "kiss of death" },
	{ 0x24, 16, 3976214400, 0, 48, SNTP_USELESS, 0, "not synchronised" },
	{ 0xe4, 1, 3976214400, 0, 48, SNTP_USELESS, 0, "not synchronised" },
	{ 0x24, 1, 0, 0, 48, SNTP_USELESS, 0, "timestamp is 0" },
};

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

START_TEST(packet)
{
	static const uint8_t cookie[SNTP_COOKIE_BYTES] = "cookie!";
	uint8_t *p = calloc(1, packets[_i].len ? packets[_i].len : 1), whole[60] = { packets[_i].first, packets[_i].stratum };
	const char *reason = NULL;
	int64_t utc_us = 0;

	memcpy(whole + 24, cookie, sizeof(cookie));
	put32(whole + 40, packets[_i].seconds);
	put32(whole + 44, packets[_i].fraction);
	memcpy(p, whole, packets[_i].len);
	ck_assert_msg(sntp_answer(p, packets[_i].len, cookie, &utc_us, &reason) == packets[_i].verdict, "%s", packets[_i].what);
	ck_assert_int_eq(utc_us, packets[_i].utc_us);
	if (packets[_i].verdict == SNTP_USELESS)
		ck_assert_ptr_nonnull(strstr(reason, packets[_i].what));
	if (packets[_i].len >= SNTP_PACKET_BYTES) {
		p[31]++;
		ck_assert_int_eq(sntp_answer(p, packets[_i].len, cookie, &utc_us, &reason), SNTP_FOREIGN);
	}
	free(p);
}
END_TEST

START_TEST(request)
{
	static const uint8_t cookie[SNTP_COOKIE_BYTES] = "cookie!";
	static const uint8_t want[SNTP_PACKET_BYTES] = { [0] = 0x23, [40] = 'c', 'o', 'o', 'k', 'i', 'e', '!' };
	uint8_t got[SNTP_PACKET_BYTES];

	memset(got, 0xaa, sizeof(got));
	sntp_request(got, cookie);
	ck_assert_int_eq(memcmp(got, want, sizeof(want)), 0);
}
END_TEST

START_TEST(forms)
{
	static const struct {
		const char *in, *out;
	} lines[] = {
		{ "AT+CNTP?\r", "\r\n+CNTP: \"pool.ntp.org\",0\r\n" RIG_OK },
		{ "AT+CNTP=?\r", "\r\n+CNTP: \"HOST\",(-96-96)\r\n" RIG_OK },
		{ "AT+CNTP=\"a.test\",-96\r", RIG_OK },
		{ "AT+CNTP=\"b.test\"\r", RIG_OK },
		{ "AT+CNTP?\r", "\r\n+CNTP: \"b.test\",-96\r\n" RIG_OK },
		{ "AT+CNTP=\"a.test\",96\r", RIG_OK },
		{ "AT+CNTP=\"a.test\",97\r", RIG_ERROR },
		{ "AT+CNTP=\"a.test\",-97\r", RIG_ERROR },
		{ "AT+CNTP=\"a.test\",x\r", RIG_ERROR },
		{ "AT+CNTPCID=1\r", RIG_ERROR },
		{ "AT+CNTPCID?\r", RIG_ERROR },
	};
	struct rig *r = rig_new_world(B04, NULL, world);

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		rig_row(r, lines[i].in, lines[i].out);
	rig_free(r);
	r = rig_new_world(A7670, NULL, world);
	rig_row(r, "AT+CNTP?\r", "\r\n+CNTP: \"pool.ntp.org\",32\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* OK to result: the name, half a round trip each way. A mute server is asked three times. */
START_TEST(times)
{
	struct rig *r = rig_new_world(B04, NULL, world);

	rig_row(r, SET("time.test", "0"), RIG_OK);
	rig_row(r, "AT+CNTP\r", RIG_OK);
	rig_after(r, 270, "\r\n+CNTP: 0\r\n");
	rig_row(r, SET("mute.test", "0"), RIG_OK);
	rig_row(r, "AT+CNTP\r", RIG_OK);
	rig_row(r, "AT+CNTP\r", RIG_ERROR);
	rig_why(r, "asked already");
	rig_after(r, 15150, "\r\n+CNTP: 6\r\n");
	rig_free(r);
}
END_TEST

START_TEST(network_lost)
{
	static const uint64_t when_ms[] = { 50, 150, 200 };	/* looking up, just asking, waiting */
	struct rig *r;

	for (size_t i = 0; i < sizeof(when_ms) / sizeof(when_ms[0]); i++) {
		r = rig_new_world(B04, NULL, world);
		rig_row(r, SET("slow.test", "0"), RIG_OK);
		rig_row(r, "AT+CNTP\r", RIG_OK);
		clock_advance_to(r->clock, r->sent_us + when_ms[i] * 1000);
		net_drop(r->modem->net);
		rig_more(r, "\r\n+CNTP: 4\r\n");
		rig_row(r, "AT+CNTP\r", RESULT("4"));
		rig_why(r, "not registered");
		rig_free(r);
	}
}
END_TEST

START_TEST(reset_clears)
{
	struct rig *r = rig_new_world(B04, NULL, world);

	rig_row(r, SET("mute.test", "8"), RIG_OK);
	rig_row(r, "AT+CNTP\r", RIG_OK);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 1000000);
	modem_power_off(r->modem);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	buf_reset(&r->out);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CNTP?\r", "\r\n+CNTP: \"pool.ntp.org\",0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, outcome, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(tc, packet, 0, (int)(sizeof(packets) / sizeof(packets[0])));
	tcase_add_test(tc, request);
	tcase_add_test(tc, forms);
	tcase_add_test(tc, times);
	tcase_add_test(tc, network_lost);
	tcase_add_test(tc, reset_clears);
}

int main(void)
{
	return rig_main("ntp clock", add);
}
