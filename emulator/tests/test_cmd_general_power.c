/* Boot, reset, power-off, functionality: which bytes, when. at-general 3, 20; at-ssl-mqtt 4 (CRESET bursts). */
#include "modem/power.h"
#include "tests/rig.h"

#define B04 "LE20B04SIM7600G22"
#define A7670 "A011B03A7670M7_F"
#define MQTT_BROKER "tcp://broker.emqx.io:1883"

/* What must come at t_ms, and nothing before it. */
struct step {
	uint64_t t_ms;
	const char *bytes;
};

static void timeline(struct rig *r, uint64_t start_us, const struct step *step, size_t n)
{
	r->sent_us = start_us;
	for (size_t i = 0; i < n; i++)
		rig_after(r, step[i].t_ms, step[i].bytes);
}

#define TIMELINE(r, start_us, steps) timeline(r, start_us, steps, sizeof(steps) / sizeof((steps)[0]))

static struct rig *cold(const char *profile, const char *const *quirks)
{
	struct rig *r = rig_new_off(profile, quirks, NULL, 0, NULL);

	modem_power_on(r->modem, MODEM_BOOT_COLD);
	return r;
}

static const struct step sim7600_boot[] = {
	{ 12000, "\r\nRDY\r\n" },
	{ 14000, "\r\n+CPIN: READY\r\n" },
	{ 16500, "\r\nSMS DONE\r\n" },
	{ 20000, "\r\nPB DONE\r\n" },
};

START_TEST(test_cold_boot)
{
	struct rig *r = cold(B04, NULL);

	rig_feed(r, "AT\r", 3);
	TIMELINE(r, 0, sim7600_boot);
	rig_quiet(r, 60000);
	rig_row(r, "AT\r", "AT\r" RIG_OK);
	rig_free(r);
}
END_TEST

/* LilyGo-Modem-Series#299, to the tenth of a second */
static const struct step a7670_boot[] = {
	{ 12000, "\r\n*ATREADY: 1\r\n" },
	{ 13460, "\r\n+CPIN: READY\r\n" },
	{ 15900, "\r\n+CGEV: EPS PDN ACT 1\r\n" },
	{ 16500, "\r\nSMS DONE\r\n" },
	{ 17000, "\r\n+CGEV: ME PDN ACT 8,1\r\n" },
	{ 19900, "\r\nPB DONE\r\n" },
};

START_TEST(test_a7670_boot)
{
	struct rig *r = cold("A011B03A7670M7_F", NULL);

	TIMELINE(r, 0, a7670_boot);
	rig_quiet(r, 60000);
	rig_free(r);
}
END_TEST

/* LilyGo-Modem-Series#79: SIM failure at first, then SIM busy, and that again after the next boot. */
START_TEST(test_a7670_early_host)
{
	struct rig *r = cold("A011B03A7670M7_F", NULL);

	rig_more(r, "\r\n*ATREADY: 1\r\n");
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CPIN?\r", "\r\n+CME ERROR: SIM failure\r\n");
	rig_why(r, "\"cpin_early\",\"value\":\"13\"");
	rig_row(r, "AT+CPIN?\r", "\r\n+CME ERROR: SIM busy\r\n");
	rig_why(r, "\"cpin_early_again\",\"value\":\"14\"");
	rig_row(r, "AT+CPIN?\r", "\r\n+CME ERROR: SIM busy\r\n");
	rig_more(r, "\r\n+CPIN: READY\r\n");
	rig_row(r, "AT+CPIN?\r", "\r\n+CPIN: READY\r\n" RIG_OK);
	modem_power_off(r->modem);
	modem_power_on(r->modem, MODEM_BOOT_COLD);
	rig_more(r, "\r\n*ATREADY: 1\r\n");
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CPIN?\r", "\r\n+CME ERROR: SIM failure\r\n");
	rig_free(r);
}
END_TEST

/* T-SIM7600X#49, #135: AT works, the SIM is busy, registration comes with the polls. */
START_TEST(test_early_host)
{
	struct rig *r = cold(B04, NULL);

	rig_more(r, "\r\nRDY\r\n");
	rig_row(r, "AT\r", "AT\r" RIG_OK);
	rig_row(r, "AT+CPIN?\r", "AT+CPIN?\r\r\n+CME ERROR: SIM busy\r\n");
	rig_why(r, "cpin_early");
	rig_row(r, "ATE0;+CREG=1\r", "ATE0;+CREG=1\r" RIG_OK);
	rig_row(r, "AT+CSQ\r", "\r\n+CSQ: 99,99\r\n" RIG_OK);
	rig_row(r, "AT+CCLK?\r", "\r\n+CCLK: \"80/01/06,00:00:12+00\"\r\n" RIG_OK);
	rig_more(r, "\r\n+CPIN: READY\r\n\r\n+CREG: 2\r\n");
	rig_row(r, "AT+CGREG?\r", "\r\n+CGREG: 0,2\r\n" RIG_OK);
	rig_more(r, "\r\nSMS DONE\r\n\r\n+CREG: 1\r\n");
	ck_assert_uint_eq(clock_now_us(r->clock), 18000000);
	rig_row(r, "AT+CGREG?\r", "\r\n+CGREG: 0,1\r\n" RIG_OK);
	rig_row(r, "AT+CCLK?\r", "\r\n+CCLK: \"26/01/01,00:00:18+00\"\r\n" RIG_OK);
	rig_more(r, "\r\nPB DONE\r\n");
	rig_free(r);
}
END_TEST

static const struct step quirky_boot[] = {
	{ 100, "\xffM\r\n*ATREADY: 1\r\n" },
	{ 200, "\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n" },
};

START_TEST(test_boot_quirks)
{
	struct rig *r = cold(B04, (const char *const[]){ "boot_ready=*ATREADY: 1", "boot_ready_ms=100", "boot_cpin_ms=100",
							 "boot_sms_done_ms=50", "boot_pb_done_ms=0",
							 "boot_register_ms=0", "boot_noise=0xFF,0x4D", NULL });

	TIMELINE(r, 0, quirky_boot);
	rig_quiet(r, 60000);
	rig_row(r, "ATE0;+CREG?\r", "ATE0;+CREG?\r\r\n+CREG: 0,1\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(test_warm)
{
	struct rig *r = rig_new_off("A011B03A7670M7_F", NULL, NULL, 0, NULL);

	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "AT+CPIN?\r", "AT+CPIN?\r\r\n+CPIN: READY\r\n" RIG_OK);
	rig_row(r, "AT+CREG?\r", "AT+CREG?\r\r\n+CREG: 0,1\r\n" RIG_OK);
	rig_quiet(r, 60000);
	rig_free(r);
}
END_TEST

static void open_net(struct rig *r)
{
	rig_row(r, "AT+NETOPEN\r", RIG_OK);
	rig_more(r, "\r\n+NETOPEN: 0\r\n");
}

static void start_mqtt(struct rig *r)
{
	rig_row(r, "AT+CMQTTSTART\r", "\r\n+CMQTTSTART: 0\r\n" RIG_OK);
}

static void connect_mqtt(struct rig *r)
{
	rig_row(r, "AT+CMQTTACCQ=0,\"c\"\r", RIG_OK);
	rig_row(r, "AT+CMQTTCONNECT=0,\"" MQTT_BROKER "\",60,1\r", RIG_OK);
	rig_more(r, "\r\n+CMQTTCONNECT: 0,0\r\n");
}

static const struct step after_reset[] = {
	{ 13500, "\r\nRDY\r\n" },
	{ 15500, "\r\n+CPIN: READY\r\n" },
	{ 18000, "\r\nSMS DONE\r\n" },
	{ 21500, "\r\nPB DONE\r\n" },
};

/* The three captured bursts (SIM7600EI): connected, service started, nothing but NETOPEN; and nothing at all. */
START_TEST(test_creset)
{
	static const char *const burst[] = {
		NULL, "\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n",
		"\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n\r\n+CMQTTNONET\r\n",
		"\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n\r\n+CMQTTCONNLOST: 0,3\r\n\r\n+CMQTTNONET\r\n",
	};

	for (int depth = 0; depth < 4; depth++) {
		struct rig *r = rig_new(B04);
		uint64_t start;

		if (depth > 0)
			open_net(r);
		if (depth > 1)
			start_mqtt(r);
		if (depth > 2)
			connect_mqtt(r);
		rig_row(r, "AT+CREG=1\r", RIG_OK);
		rig_row(r, "AT+CRESET\r", RIG_OK);
		start = r->sent_us;
		if (burst[depth])
			rig_after(r, 200, burst[depth]);
		TIMELINE(r, start, after_reset);
		rig_row(r, "AT+CREG?\r", "AT+CREG?\r\r\n+CREG: 0,1\r\n" RIG_OK);
		rig_row(r, "AT+NETOPEN?\r", "AT+NETOPEN?\r\r\n+NETOPEN: 0\r\n" RIG_OK);
		rig_free(r);
	}
}
END_TEST

/* All ways to restart do the same. */
START_TEST(test_resets)
{
	static const char *const lines[] = { "AT+CRESET\r", "AT+CFUN=1,1\r", "AT+CFUN=6\r", "AT+CFUN=6,0\r" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct rig *r = rig_new(B04);

		rig_row(r, "AT+CMEE=0\r", RIG_OK);
		rig_row(r, lines[i], RIG_OK);
		TIMELINE(r, r->sent_us, after_reset);
		rig_row(r, "AT+CMEE?\r", "AT+CMEE?\r\r\n+CMEE: 2\r\n" RIG_OK);
		rig_free(r);
	}
}
END_TEST

/* Until the silence begins the modem still answers; nothing comes in between. */
START_TEST(test_silence)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+CRESET\r", RIG_OK);
	rig_quiet(r, 1499);
	rig_row(r, "AT\r", RIG_OK);
	rig_quiet(r, 1);
	rig_row(r, "AT\r", "");
	rig_quiet(r, 11000);
	rig_free(r);
}
END_TEST

START_TEST(test_cpof)
{
	struct rig *r = rig_new(B04);

	open_net(r);
	rig_row(r, "AT+CPOF\r", RIG_OK);
	rig_after(r, 200, "\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n");
	rig_quiet(r, 600000);
	ck_assert(!modem_is_on(r->modem));
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	rig_row(r, "AT\r", "");
	modem_power_on(r->modem, MODEM_BOOT_COLD);
	TIMELINE(r, clock_now_us(r->clock), sim7600_boot);
	rig_free(r);
}
END_TEST

/* The supply goes in the middle of everything. */
START_TEST(test_power_cut)
{
	struct rig *r = rig_new(B04);

	open_net(r);
	start_mqtt(r);
	connect_mqtt(r);
	rig_row(r, "AT+AUTOCSQ=1,0;+CPSI=1\r", RIG_OK);
	modem_power_off(r->modem);
	modem_power_off(r->modem);
	rig_quiet(r, 60000);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	modem_power_on(r->modem, MODEM_BOOT_COLD);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CMQTTDISC?\r", "\r\n+CMQTTDISC: 0,1\r\n+CMQTTDISC: 1,1\r\n" RIG_OK);
	rig_quiet(r, 60000);
	rig_free(r);
}
END_TEST

/* A modem that resets by itself says nothing before RDY. */
START_TEST(test_crash)
{
	struct rig *r = rig_new(B04);
	uint64_t start;

	open_net(r);
	start_mqtt(r);
	connect_mqtt(r);
	start = clock_now_us(r->clock);
	power_crash(r->modem->power);
	TIMELINE(r, start, sim7600_boot);
	rig_free(r);
}
END_TEST

static const struct {
	const char *in, *out;
} cfun_rows[] = {
	{ "AT+CFUN?\r", "\r\n+CFUN: 1\r\n" RIG_OK },
	{ "AT+CFUN=?\r", "\r\n+CFUN: (0,1,4-7),(0-1)\r\n" RIG_OK },
	{ "AT+CFUN=2\r", RIG_ERROR },
	{ "AT+CFUN=3\r", RIG_ERROR },
	{ "AT+CFUN=8\r", RIG_ERROR },
	{ "AT+CFUN=-1\r", RIG_ERROR },
	{ "AT+CFUN=4,1\r", RIG_ERROR },
	{ "AT+CFUN=1,2\r", RIG_ERROR },
	{ "AT+CFUN=1\r", RIG_OK },
	{ "AT+CFUN=4\r", RIG_OK },
	{ "AT+CFUN?\r", "\r\n+CFUN: 4\r\n" RIG_OK },
	{ "AT+CPIN?\r", "\r\n+CPIN: READY\r\n" RIG_OK },
	{ "AT+CREG?\r", "\r\n+CREG: 0,0\r\n" RIG_OK },
	{ "AT+CSQ\r", "\r\n+CSQ: 99,99\r\n" RIG_OK },
	{ "AT+CPSI?\r", "\r\n+CPSI: NO SERVICE,Low Power Mode\r\n" RIG_OK },
	{ "AT+NETOPEN\r", RIG_ERROR },
	{ "AT+CFUN=1\r", RIG_OK },
	{ "AT+CREG?\r", "\r\n+CREG: 0,2\r\n" RIG_OK },
};

START_TEST(test_cfun)
{
	struct rig *r = rig_new(B04);

	for (size_t i = 0; i < sizeof(cfun_rows) / sizeof(cfun_rows[0]); i++)
		rig_row(r, cfun_rows[i].in, cfun_rows[i].out);
	rig_row(r, "AT+CREG=1\r", RIG_OK);
	rig_after(r, 2000, "\r\n+CREG: 1\r\n");
	rig_free(r);
}
END_TEST

/* driver log: the URC comes before OK */
START_TEST(test_cfun_0)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+CFUN=0\r", "\r\n+SIMCARD: NOT AVAILABLE\r\n" RIG_OK);
	rig_row(r, "AT+CPIN?\r", "\r\n+CME ERROR: SIM not inserted\r\n");
	rig_row(r, "AT+CFUN=0\r", RIG_OK);
	rig_row(r, "AT+CFUN=1\r", RIG_OK);
	rig_after(r, 2000, "\r\n+CPIN: READY\r\n");
	rig_after(r, 4500, "\r\nSMS DONE\r\n");
	rig_after(r, 8000, "\r\nPB DONE\r\n");
	rig_row(r, "AT+CREG?\r", "\r\n+CREG: 0,1\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* Two modems in one process: one is reset, the other notices nothing. */
START_TEST(test_two)
{
	struct rig *a = rig_new(B04), *b = rig_new("LE20B03SIM7600M22");

	open_net(a);
	open_net(b);
	rig_row(a, "AT+CNMP=38;+CMEE=0;+CRESET\r", RIG_OK);
	clock_advance_to(b->clock, 60000000);
	rig_row(b, "AT+NETOPEN?;+CNMP?;+CMEE?\r",
		"\r\n+NETOPEN: 1\r\n\r\n+CNMP: 2\r\n\r\n+CMEE: 2\r\n" RIG_OK);
	rig_row(b, "AT+CGMR\r", "\r\n+CGMR: LE20B03SIM7600M22\r\n" RIG_OK);
	rig_free(a);
	rig_row(b, "AT\r", RIG_OK);
	rig_free(b);
}
END_TEST

/* Sleep, ring pin, supervision: defaults, ranges at both ends and one past. at-general 15a. */
static const struct {
	const char *profile, *in, *out;
} settings[] = {
	{ B04, "AT+CSCLK?\r", "\r\n+CSCLK: 0\r\n" RIG_OK },
	{ B04, "AT+CSCLK=?\r", "\r\n+CSCLK: (0-1)\r\n" RIG_OK },
	{ B04, "AT+CSCLK=1;+CSCLK?\r", "\r\n+CSCLK: 1\r\n" RIG_OK },
	{ B04, "AT+CSCLK=1;+CSCLK;+CSCLK?\r", "\r\n+CSCLK: 0\r\n" RIG_OK },
	{ B04, "AT+CSCLK=2\r", RIG_ERROR },
	{ A7670, "AT+CSCLK=?\r", "\r\n+CSCLK: (0-2)\r\n" RIG_OK },
	{ A7670, "AT+CSCLK=2;+CSCLK?\r", "\r\n+CSCLK: 2\r\n" RIG_OK },
	{ A7670, "AT+CSCLK=3\r", RIG_ERROR },
	{ B04, "AT+CFGRI?\r", "\r\n+CFGRI: 0,60,120\r\n" RIG_OK },
	{ B04, "AT+CFGRI=?\r", "\r\n+CFGRI: (0-1),(10-6000),(20-6000)\r\n" RIG_OK },
	{ B04, "AT+CFGRI=1;+CFGRI?\r", "\r\n+CFGRI: 1,60,120\r\n" RIG_OK },
	{ B04, "AT+CFGRI=1,10,20;+CFGRI?\r", "\r\n+CFGRI: 1,10,20\r\n" RIG_OK },
	{ B04, "AT+CFGRI=1,6000,6000;+CFGRI?\r", "\r\n+CFGRI: 1,6000,6000\r\n" RIG_OK },
	{ B04, "AT+CFGRI=1,10,20;+CFGRI;+CFGRI?\r", "\r\n+CFGRI: 0,60,120\r\n" RIG_OK },
	{ B04, "AT+CFGRI=2\r", RIG_ERROR },
	{ B04, "AT+CFGRI=1,9\r", RIG_ERROR },
	{ B04, "AT+CFGRI=1,6001\r", RIG_ERROR },
	{ B04, "AT+CFGRI=1,60,19\r", RIG_ERROR },
	{ B04, "AT+CFGRI=1,60,6001\r", RIG_ERROR },
	{ B04, "AT+CMTE?\r", "\r\n+CMTE: 1\r\n" RIG_OK },
	{ B04, "AT+CMTE=?\r", "\r\n+CMTE: (0-1)\r\n" RIG_OK },
	{ B04, "AT+CMTE=0;+CMTE?\r", "\r\n+CMTE: 0\r\n" RIG_OK },
	{ B04, "AT+CMTE=2\r", RIG_ERROR },
	{ B04, "AT+CMTE\r", RIG_ERROR },
	{ B04, "AT+CPMVT?\r", "\r\n+CPMVT: 1,3400,4300\r\n" RIG_OK },
	{ B04, "AT+CPMVT=?\r", "\r\n+CPMVT: (0-1),(3200-4000),(4000-4300)\r\n" RIG_OK },
	{ B04, "AT+CPMVT=0;+CPMVT?\r", "\r\n+CPMVT: 0,3400,4300\r\n" RIG_OK },
	{ B04, "AT+CPMVT=0,3200,4000;+CPMVT?\r", "\r\n+CPMVT: 0,3200,4000\r\n" RIG_OK },
	{ B04, "AT+CPMVT=0,4000;+CPMVT?\r", "\r\n+CPMVT: 0,4000,4300\r\n" RIG_OK },
	{ B04, "AT+CPMVT=1,4000,4000\r", RIG_ERROR },
	{ B04, "AT+CPMVT=1,,3999\r", RIG_ERROR },
	{ B04, "AT+CPMVT=1,3199\r", RIG_ERROR },
	{ B04, "AT+CPMVT=1,3300,4301\r", RIG_ERROR },
	{ B04, "AT+CVALARM?\r", "\r\n+CVALARM: 1,3400,4300\r\n" RIG_OK },
	{ B04, "AT+CVALARM=?\r", "\r\n+CVALARM: (0-1),(3300-4000),(4000-4300)\r\n" RIG_OK },
	{ B04, "AT+CVALARM=0,3300,4000;+CVALARM?\r", "\r\n+CVALARM: 0,3300,4000\r\n" RIG_OK },
	{ B04, "AT+CVALARM=1,4000,4000\r", RIG_ERROR },
	{ B04, "AT+CVALARM=1,3299\r", RIG_ERROR },
	{ B04, "AT+CVALARM=1,4001\r", RIG_ERROR },
	{ B04, "AT+CVALARM=1,3300,3999\r", RIG_ERROR },
	{ B04, "AT+CVALARM=1,3300,4301\r", RIG_ERROR },
};

START_TEST(test_settings)
{
	struct rig *r = rig_new(settings[_i].profile);

	rig_row(r, settings[_i].in, settings[_i].out);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_settings, 0, sizeof(settings) / sizeof(settings[0]));
	tcase_add_test(tc, test_cold_boot);
	tcase_add_test(tc, test_a7670_boot);
	tcase_add_test(tc, test_a7670_early_host);
	tcase_add_test(tc, test_early_host);
	tcase_add_test(tc, test_boot_quirks);
	tcase_add_test(tc, test_warm);
	tcase_add_test(tc, test_creset);
	tcase_add_test(tc, test_resets);
	tcase_add_test(tc, test_silence);
	tcase_add_test(tc, test_cpof);
	tcase_add_test(tc, test_power_cut);
	tcase_add_test(tc, test_crash);
	tcase_add_test(tc, test_cfun);
	tcase_add_test(tc, test_cfun_0);
	tcase_add_test(tc, test_two);
}

int main(void)
{
	return rig_main("cmd_general_power", add);
}
