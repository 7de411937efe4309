/* Supply, temperature, pins, converter and USB identity: rows, and warnings at their exact times. at-general 3, 15a. */
#include "tests/rig.h"

#include "modem/guard.h"
#include "modem/hw.h"

struct row {
	const char *in, *out;
};

#define PINS "(1,2,3,6,12,14,16,18,22,41,43,63,77)"
#define IDS                                                                                                           \
	"(9000,9001,9002,9003,9004,9005,9006,9007,9011,9016,9018,9019,901A,901B,9020,9021,9022,9023,9024,9025,9026,9027," \
	"9028,9029,902A,902B)"

static const struct row rows[] = {
	{ "AT+CVAUXV?\r", "\r\n+CVAUXV: 2800\r\n" RIG_OK },
	{ "AT+CVAUXV=?\r", "\r\n+CVAUXV: (1700-3050)\r\n" RIG_OK },
	{ "AT+CVAUXV=3050;+CVAUXV?\r", "\r\n+CVAUXV: 3050\r\n" RIG_OK },
	{ "AT+CVAUXV=2820\r", RIG_ERROR },
	{ "AT+CVAUXV=1650\r", RIG_ERROR },
	{ "AT+CVAUXS=1;+CVAUXS?\r", "\r\n+CVAUXS: 1\r\n" RIG_OK },
	{ "AT+CGDRT=?\r", "\r\n+CGDRT: " PINS ",(0-1),(0-1)\r\n" RIG_OK },
	{ "AT+CGGETV=3\r", "\r\n+CGGETV: 3,0\r\n" RIG_OK },
	{ "AT+CGSETV=3,1\r", RIG_ERROR },
	{ "AT+CGDRT=3,1\r", RIG_OK },
	{ "AT+CGSETV=3,1;+CGGETV=3\r", "\r\n+CGGETV: 3,1\r\n" RIG_OK },
	{ "AT+CGDRT=4,1\r", RIG_ERROR },
	{ "AT+CGGETV=78\r", RIG_ERROR },
	{ "AT+CADC=?\r", "\r\n+CADC: (0,2)\r\n" RIG_OK },
	{ "AT+CADC=2\r", "\r\n+CADC: 187\r\n" RIG_OK },
	{ "AT+CADC=1\r", RIG_ERROR },
	{ "AT+CUSBPIDSWITCH?\r", "\r\n+CUSBPIDSWITCH: 9001\r\n" RIG_OK },
	{ "AT+CUSBPIDSWITCH=?\r", "\r\n+CUSBPIDSWITCH: " IDS ",(0-1),(0-1)\r\n" RIG_OK },
	{ "AT+CUSBPIDSWITCH=9001,1,1\r", RIG_OK },
	{ "AT+CUSBPIDSWITCH=9011\r", RIG_ERROR },
	{ "AT+CUSBPIDSWITCH=9008,1,1\r", RIG_ERROR },
};

START_TEST(forms)
{
	struct rig *r = rig_new("sim7600/B04");

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		rig_row(r, rows[i].in, rows[i].out);
	r->modem->hw->outside[hw_pin(77)] = true;
	rig_row(r, "AT+CGGETV=77\r", "\r\n+CGGETV: 77,1\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* Another identity resets the module and stays. */
START_TEST(usb_identity)
{
	struct rig *r = rig_new("sim7600/B04");

	rig_row(r, "AT+CUSBPIDSWITCH=901a,1,1\r", RIG_OK);
	rig_more(r, "\r\nRDY\r\n\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n");
	rig_row(r, "AT+CUSBPIDSWITCH?\r", "AT+CUSBPIDSWITCH?\r\r\n+CUSBPIDSWITCH: 901A\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

static void wait_ms(struct rig *r, uint64_t ms)
{
	clock_advance_to(r->clock, clock_now_us(r->clock) + ms * 1000);
}

START_TEST(supply_warns)
{
	struct rig *r = rig_new("sim7600/B04");

	rig_row(r, "AT+CPMVT=0;+CVALARM=1,3500,4200\r", RIG_OK);
	guard_set_supply(r->modem->guard, 3500);
	rig_quiet(r, 30000);
	guard_set_supply(r->modem->guard, 3499);
	rig_check(r, "(low)", "\r\nUNDER-VOLTAGE WARNNING\r\n", 26);
	wait_ms(r, 9999);
	rig_check(r, "(not yet)", "", 0);
	wait_ms(r, 1);
	rig_check(r, "(again)", "\r\nUNDER-VOLTAGE WARNNING\r\n", 26);
	guard_set_supply(r->modem->guard, 3800);
	rig_quiet(r, 30000);
	guard_set_supply(r->modem->guard, 4201);
	rig_check(r, "(high)", "\r\nOVER-VOLTAGE WARNNING\r\n", 25);
	rig_row(r, "AT+CVALARM=0\r", RIG_OK);
	rig_quiet(r, 30000);
	rig_free(r);
}
END_TEST

START_TEST(supply_switches_off)
{
	struct rig *r = rig_new("sim7600/B04");

	guard_set_supply(r->modem->guard, 3399);
	rig_more(r, "\r\nUNDER-VOLTAGE WARNNING POWER DOWN\r\n");
	wait_ms(r, 60000);
	ck_assert(!modem_is_on(r->modem));
	/* it tries again, and sees the same */
	modem_power_on(r->modem, MODEM_BOOT_COLD);
	rig_more(r, "\r\nRDY\r\n\r\nUNDER-VOLTAGE WARNNING POWER DOWN\r\n");
	wait_ms(r, 60000);
	ck_assert(!modem_is_on(r->modem));
	rig_free(r);
}
END_TEST

/* A limit that is set below what is there acts at once. */
START_TEST(limits_act_when_set)
{
	struct rig *r = rig_new("sim7600/B04");

	rig_row(r, "AT+CPMVT=1,3900,4300\r", "\r\nUNDER-VOLTAGE WARNNING POWER DOWN\r\n" RIG_OK);
	wait_ms(r, 60000);
	ck_assert(!modem_is_on(r->modem));
	rig_free(r);
}
END_TEST

START_TEST(heat)
{
	struct rig *r = rig_new("sim7600/B04");

	guard_set_temperature(r->modem->guard, 79);
	rig_row(r, "AT+CPMUTEMP\r", "\r\n+CPMUTEMP: 79\r\n" RIG_OK);
	guard_set_temperature(r->modem->guard, 80);
	rig_more(r, "\r\n+CMTE:1\r\n");
	guard_set_temperature(r->modem->guard, 82);
	rig_quiet(r, 30000);
	guard_set_temperature(r->modem->guard, -31);
	rig_more(r, "\r\n+CMTE:-1\r\n");
	rig_row(r, "AT+CMTE=0\r", RIG_OK);
	guard_set_temperature(r->modem->guard, 95);
	rig_quiet(r, 30000);
	rig_row(r, "AT+CMTE=1\r", "\r\n+CMTE:2\r\n" RIG_OK);
	wait_ms(r, 60000);
	ck_assert(!modem_is_on(r->modem));
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, forms);
	tcase_add_test(tc, usb_identity);
	tcase_add_test(tc, supply_warns);
	tcase_add_test(tc, supply_switches_off);
	tcase_add_test(tc, limits_act_when_set);
	tcase_add_test(tc, heat);
}

int main(void)
{
	return rig_main("guard_pins", add);
}
