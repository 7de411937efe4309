/* SIM states, PIN and PUK, locks, and what they stop. at-general 5, 16; CME by AT+CMEE. */
#include <errno.h>

#include "modem/sim.h"
#include "tests/rig.h"

#define B04 "LE20B04SIM7600G22"
#define CME(text) "\r\n+CME ERROR: " text "\r\n"

static struct rig *rig_with_sim(const char *state)
{
	struct rig *r = rig_new_off(B04, NULL, NULL, 0, NULL);

	ck_assert_int_eq(sim_set_state(r->modem->sim, state), 0);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	return r;
}

static const struct {
	const char *state, *cpin, *gated, *iccid;
} states[] = {
	{ "ready", "\r\n+CPIN: READY\r\n" RIG_OK, "\r\n+CGATT: 1\r\n" RIG_OK, "\r\n+ICCID: 89001010000000000018\r\n" RIG_OK },
	{ "pin", "\r\n+CPIN: SIM PIN\r\n" RIG_OK, CME("SIM PIN required"), "\r\n+ICCID: 89001010000000000018\r\n" RIG_OK },
	{ "puk", "\r\n+CPIN: SIM PUK\r\n" RIG_OK, CME("SIM PUK required"), "\r\n+ICCID: 89001010000000000018\r\n" RIG_OK },
	{ "absent", CME("SIM not inserted"), CME("SIM not inserted"), CME("SIM not inserted") },
	{ "busy", CME("SIM busy"), CME("SIM busy"), CME("SIM busy") },
	{ "failure", CME("SIM failure"), CME("SIM failure"), CME("SIM failure") },
};

START_TEST(test_states)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct rig *r = rig_with_sim(states[i].state);

		ck_assert_str_eq(sim_state_name(r->modem->sim), states[i].state);
		rig_row(r, "AT+CPIN?\r", states[i].cpin);
		rig_row(r, "AT+CGATT?\r", states[i].gated);
		rig_row(r, "AT+CICCID\r", states[i].iccid);
		rig_free(r);
	}
}
END_TEST

/* Commands that V1.01 marks as working without a SIM, and some it does not. */
START_TEST(test_gate)
{
	static const char *const open[] = { "AT+CSQ\r", "AT+CREG?\r", "AT+CNMP?\r", "AT+CCLK?\r", "AT+CBC\r",
					    "AT+CGMR\r", "AT+CFUN?\r", "AT+CIPMODE=0\r", "AT+CTZU=1\r", "AT+CTZR=0\r" };
	static const char *const gated[] = { "AT+COPS?\r", "AT+CIMI\r", "AT+CNUM\r", "AT+CLCK=\"SC\",2\r",
					     "AT+CGDCONT?\r", "AT+CGDCONT=1,\"IP\",\"x\"\r", "AT+CGACT?\r",
					     "AT+CGPADDR\r", "AT+CGAUTH=1,0\r", "AT+NETOPEN\r", "AT+NETCLOSE\r" };
	struct rig *r = rig_with_sim("absent");

	for (size_t i = 0; i < sizeof(gated) / sizeof(gated[0]); i++)
		rig_row(r, gated[i], CME("SIM not inserted"));
	rig_row(r, "AT+CGDCONT=?;+CMEE=1;+CIMI;+CMEE=0\r", "\r\n+CGDCONT: (1-24,100-179),\"IP\",,,(0-2),(0-4),(0-1),(0-1)\r\n"
		"+CGDCONT: (1-24,100-179),\"PPP\",,,(0-2),(0-4),(0-1),(0-1)\r\n"
		"+CGDCONT: (1-24,100-179),\"IPV6\",,,(0-2),(0-4),(0-1),(0-1)\r\n"
		"+CGDCONT: (1-24,100-179),\"IPV4V6\",,,(0-2),(0-4),(0-1),(0-1)\r\n" CME("10"));
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		rig_feed(r, open[i], strlen(open[i]));
		ck_assert_msg(strstr(buf_str(&r->out), RIG_OK) != NULL, "%s", open[i]);
		buf_reset(&r->out);
	}
	rig_free(r);
}
END_TEST

START_TEST(test_cmee)
{
	struct rig *r = rig_with_sim("absent");

	rig_row(r, "AT+CPIN?\r", CME("SIM not inserted"));
	rig_why(r, "no SIM in the slot");
	rig_row(r, "AT+CMEE=1\r", RIG_OK);
	rig_row(r, "AT+CPIN?\r", CME("10"));
	rig_row(r, "AT+CMEE=0\r", RIG_OK);
	rig_row(r, "AT+CPIN?\r", RIG_ERROR);
	rig_row(r, "AT+CMEE=2\r", RIG_OK);
	rig_row(r, "AT+CPIN?\r", CME("SIM not inserted"));
	rig_free(r);
}
END_TEST

START_TEST(test_pin)
{
	struct rig *r = rig_with_sim("pin");

	rig_row(r, "AT+CPIN=\"123\"\r", RIG_ERROR);
	rig_row(r, "AT+CPIN=\"123456789\"\r", RIG_ERROR);
	rig_row(r, "AT+CPIN=\xe2\x80\x9d" "1234\xe2\x80\x9d\r", RIG_ERROR);
	rig_row(r, "AT+CPIN=\"0000\"\r", CME("incorrect password"));
	rig_row(r, "AT+SPIC\r", "\r\n+SPIC: 2,10,0,10\r\n" RIG_OK);
	rig_row(r, "AT+CREG?\r", "\r\n+CREG: 0,0\r\n" RIG_OK);
	/* unquoted, as esp_modem does */
	rig_row(r, "AT+CPIN=1234\r", RIG_OK);
	rig_more(r, "\r\n+CPIN: READY\r\n");
	rig_after(r, 2500, "\r\nSMS DONE\r\n");
	rig_after(r, 6000, "\r\nPB DONE\r\n");
	rig_row(r, "AT+CREG?\r", "\r\n+CREG: 0,1\r\n" RIG_OK);
	rig_row(r, "AT+SPIC\r", "\r\n+SPIC: 3,10,0,10\r\n" RIG_OK);
	rig_row(r, "AT+CPIN=\"1234\"\r", CME("operation not allowed"));
	rig_free(r);
}
END_TEST

START_TEST(test_puk)
{
	struct rig *r = rig_with_sim("pin");

	rig_row(r, "AT+CPIN=\"12345678\",\"4321\"\r", CME("operation not allowed"));
	for (int i = 0; i < SIM_PIN_TRIES; i++)
		rig_row(r, "AT+CPIN=\"0000\"\r", CME("incorrect password"));
	rig_row(r, "AT+CPIN?\r", "\r\n+CPIN: SIM PUK\r\n" RIG_OK);
	rig_row(r, "AT+CPIN=\"1234\"\r", CME("SIM PUK required"));
	rig_row(r, "AT+CPIN=\"00000000\",\"4321\"\r", CME("incorrect password"));
	rig_row(r, "AT+SPIC\r", "\r\n+SPIC: 0,9,0,10\r\n" RIG_OK);
	rig_row(r, "AT+CPIN=\"12345678\",\"4321\"\r", RIG_OK);
	rig_more(r, "\r\n+CPIN: READY\r\n");
	rig_row(r, "AT+CLCK=\"SC\",2\r", "\r\n+CLCK: 1\r\n" RIG_OK);
	rig_row(r, "AT+CLCK=\"SC\",0,\"1234\"\r", CME("incorrect password"));
	rig_row(r, "AT+CLCK=\"SC\",0,\"4321\"\r", RIG_OK);
	rig_row(r, "AT+CLCK=\"SC\",2\r", "\r\n+CLCK: 0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(test_puk_spent)
{
	struct rig *r = rig_with_sim("puk");

	for (int i = 0; i < SIM_PUK_TRIES; i++)
		rig_row(r, "AT+CPIN=\"00000000\",\"4321\"\r", CME("incorrect password"));
	rig_row(r, "AT+CPIN?\r", CME("SIM failure"));
	rig_row(r, "AT+CPIN=\"12345678\",\"4321\"\r", CME("SIM failure"));
	rig_free(r);
}
END_TEST

START_TEST(test_locks)
{
	struct rig *r = rig_with_sim("ready");

	rig_row(r, "AT+CLCK=\"SC\",1\r", RIG_ERROR);
	rig_row(r, "AT+CLCK=\"XX\",2\r", RIG_ERROR);
	rig_row(r, "AT+CLCK=\"PN\",2\r", "\r\n+CLCK: 0\r\n" RIG_OK);
	rig_row(r, "AT+CLCK=\"PN\",1,\"1234\"\r", CME("operation not allowed"));
	rig_row(r, "AT+CPWD=\"SC\",\"1234\",\"5678\"\r", CME("operation not allowed"));
	rig_row(r, "AT+CLCK=\"SC\",1,\"1234\"\r", RIG_OK);
	rig_row(r, "AT+CPWD=\"SC\",\"1234\",\"567\"\r", RIG_ERROR);
	rig_row(r, "AT+CPWD=\"SC\",\"1234\",\"5678\"\r", RIG_OK);
	/* The lock shows at the next power-on. */
	rig_row(r, "AT+CPIN?\r", "\r\n+CPIN: READY\r\n" RIG_OK);
	modem_power_off(r->modem);
	modem_power_on(r->modem, MODEM_BOOT_COLD);
	rig_more(r, "\r\nRDY\r\n\r\n+CPIN: SIM PIN\r\n");
	rig_quiet(r, 30000);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CPIN=5678\r", RIG_OK);
	rig_more(r, "\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n");
	rig_free(r);
}
END_TEST

/* A card that is pulled and put back while the modem runs. */
START_TEST(test_pull)
{
	struct rig *r = rig_with_sim("ready");

	rig_row(r, "AT+CREG=1\r", RIG_OK);
	sim_set_state(r->modem->sim, "absent");
	rig_more(r, "\r\n+CREG: 0\r\n\r\n+SIMCARD: NOT AVAILABLE\r\n");
	rig_row(r, "AT+CPIN?\r", CME("SIM not inserted"));
	rig_row(r, "AT\r", RIG_OK);
	sim_set_state(r->modem->sim, "ready");
	rig_after(r, 2000, "\r\n+CPIN: READY\r\n\r\n+CREG: 2\r\n");
	rig_more(r, "\r\nSMS DONE\r\n\r\n+CREG: 1\r\n\r\nPB DONE\r\n");
	ck_assert_int_eq(sim_set_state(r->modem->sim, "nonsense"), -EINVAL);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_states);
	tcase_add_test(tc, test_gate);
	tcase_add_test(tc, test_cmee);
	tcase_add_test(tc, test_pin);
	tcase_add_test(tc, test_puk);
	tcase_add_test(tc, test_puk_spent);
	tcase_add_test(tc, test_locks);
	tcase_add_test(tc, test_pull);
}

int main(void)
{
	return rig_main("cmd_general_sim", add);
}
