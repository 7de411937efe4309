/*
 * The surroundings of a modem: what a world file may say of radio, card and board, and what the modem makes of it -
 * registration, roaming, refusal, other cells and technologies, the course of a signal. at-general 5; URCs by section 17.
 */
#include "tests/rig.h"

#include "link/cell.h"
#include "link/world.h"
#include "modem/net.h"
#include "modem/pdp.h"
#include "modem/sim.h"

#define B04 "sim7600/B04"

static struct world *load(const char *text, struct err *e)
{
	struct buf all;
	struct world *w;

	buf_init(&all, 8192);
	buf_addf(&all, "schema: 1\n%s", text);
	w = world_load_text("w.yaml", buf_str(&all), all.len, e);
	buf_free(&all);
	return w;
}

/* A modem in that world, off. */
static struct rig *off_in(const char *text, const char *const *quirks)
{
	struct err e = { 0 };
	struct world *w = load(text, &e);

	ck_assert_msg(w != NULL, "%s", e.msg);
	return rig_new_in(B04, quirks, w, NULL);
}

static struct rig *warm_in(const char *text)
{
	struct rig *r = off_in(text, NULL);

	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	return r;
}

/* --- words --------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *text, *want;
} bad[] = {
	{ "network: {rat: 5g}\n", "w.yaml:2:16: '5g' must be one of gsm, gprs, edge, wcdma, hsdpa, hsupa, hspa, lte" },
	{ "network: {csq: 32}\n", "w.yaml:2:16: '32' must be a number from 0 to 31" },
	{ "network: {cqs: 3}\n", "w.yaml:2:11: unknown key 'cqs' (did you mean 'csq'?)" },
	{ "network: {plmn: 2620}\n", "w.yaml:2:17: '2620' must be five or six digits" },
	{ "network: {registration: lost}\n", "w.yaml:2:25: 'lost' must be home, roaming or denied" },
	{ "network: {rsrp: -20}\n", "w.yaml:2:17: '-20' must be dBm from -140 to -44" },
	{ "network: {operator: 'a\"b'}\n", "w.yaml:2:21: 'a\"b' must be a name of 1 to 31 bytes without quotes" },
	{ "network: {after: 5}\n", "w.yaml:2:18: '5' must be a number with a unit" },
	{ "network:\n  - {rat: gsm}\n  - {after: 0s, rat: lte}\n", "w.yaml:4:13: 'after' must grow from step to step" },
	{ "network:\n  - {rat: gsm}\n  - {after: 1s, others: []}\n", "w.yaml:4:17: unknown key 'others'" },
	{ "network: {others: [{operator: X}]}\n", "w.yaml:2:20: an other network needs 'operator' and 'plmn'" },
	{ "network: 5\n", "w.yaml:2:10: must be a mapping" },
	{ "sim: {state: gone}\n", "w.yaml:2:14: unknown value 'gone'" },
	{ "sim: {pin: 12}\n", "w.yaml:2:12: '12' must be 4 to 8 digits" },
	{ "sim: {puk: 1234}\n", "w.yaml:2:12: '1234' must be 8 to 8 digits" },
	{ "board: {supply: 12}\n", "w.yaml:2:17: " },
	{ "board: {volt: 3}\n", "w.yaml:2:9: unknown key 'volt'" },
};

START_TEST(bad_words_have_their_place)
{
	struct err e = { 0 };
	struct world *w = load(bad[_i].text, &e);

	ck_assert_msg(!w && !strncmp(e.msg, bad[_i].want, strlen(bad[_i].want)), "%s: %s", bad[_i].text, e.msg);
	world_free(w);
}
END_TEST

/* Every member there is, out and in again. */
START_TEST(members_are_shown_as_they_are_set)
{
	struct net_cell a, b;
	struct buf text;
	const char *want;

	cell_default(&a);
	a.snr = -3;
	a.rsrp = -1005;
	a.act = NET_ACT_UTRAN;
	a.system = 7;
	cell_default(&b);
	buf_init(&text, 4096);
	cell_show(&a, &text);
	for (char *line = text.data; *line;) {
		char *end = strchr(line, '\n'), *value = strchr(line, '=');
		size_t i = 0;

		*end = *value = '\0';
		while (cell_names[i] && strcmp(cell_names[i], line))
			i++;
		ck_assert_msg(cell_names[i] && !cell_set(&b, i, value + 1, &want), "%s", line);
		line = end + 1;
	}
	b.has_zone = false;
	ck_assert_mem_eq(&a, &b, sizeof(a));
	buf_free(&text);
}
END_TEST

/* --- registration -------------------------------------------------------------------------------------------------- */

static const struct {
	const char *world, *in, *out;
} shown[] = {
	{ "network: {operator: Vodafone.de, short: Vodafone, plmn: 26202, registration: roaming}\n", "AT+CREG?;+CGREG?;+CEREG?\r",
	  "\r\n+CREG: 0,5\r\n\r\n+CGREG: 0,5\r\n\r\n+CEREG: 0,5\r\n" RIG_OK },
	{ "network: {operator: Vodafone.de, short: Vodafone, plmn: 26202}\n", "AT+COPS?;+COPS=3,2;+COPS?\r",
	  "\r\n+COPS: 0,0,\"Vodafone.de\",7\r\n\r\n+COPS: 0,2,\"26202\",7\r\n" RIG_OK },
	{ "network: {plmn: 310260, area: 0x3F29, cell: 89815063, pci: 125, band: 12, channel: 5035, bandwidth: 2, rsrq: -19.5, "
	  "rsrp: -116.7, rssi: -83.2, snr: 7}\n", "AT+CPSI?\r",
	  "\r\n+CPSI: LTE,Online,310-260,0x3F29,89815063,125,EUTRAN-BAND12,5035,2,2,-195,-1167,-832,7\r\n" RIG_OK },
	{ "network: {registration: denied}\n", "AT+CREG?;+CSQ;+COPS?;+CPSI?\r",
	  "\r\n+CREG: 0,3\r\n\r\n+CSQ: 25,99\r\n\r\n+COPS: 0\r\n\r\n+CPSI: NO SERVICE,Online\r\n" RIG_OK },
	/* a SIM for data alone */
	{ "network: {registration: roaming, voice: denied}\n", "AT+CREG?;+CGREG?;+CEREG?\r",
	  "\r\n+CREG: 0,3\r\n\r\n+CGREG: 0,5\r\n\r\n+CEREG: 0,5\r\n" RIG_OK },
	{ "network: {rat: edge, csq: 10}\n", "AT+CNSMOD?;+CEREG?;+CSQ\r",
	  "\r\n+CNSMOD: 0,3\r\n\r\n+CEREG: 0,0\r\n\r\n+CSQ: 10,0\r\n" RIG_OK },
	{ "network: {rat: hspa}\n", "AT+CNSMOD?;+CNMP=13;+CNMP?\r", "\r\n+CNSMOD: 0,7\r\n\r\n+CNMP: 13\r\n" RIG_OK },
	{ "network: {coverage: false}\n", "AT+CREG?;+CSQ\r", "\r\n+CREG: 0,2\r\n\r\n+CSQ: 99,99\r\n" RIG_OK },
	{ "sim: {state: absent}\n", "AT+CPIN?\r", "\r\n+CME ERROR: SIM not inserted\r\n" },
	{ "sim: {state: pin, pin: 4321}\n", "AT+CPIN?;+CPIN=\"4321\"\r", "\r\n+CPIN: SIM PIN\r\n" RIG_OK },
	{ "sim: {state: puk, puk: 87654321}\n", "AT+SPIC;+CPIN=\"87654321\",\"9999\"\r", "\r\n+SPIC: 0,10,0,10\r\n" RIG_OK },
	{ "board: {supply: 3612, temperature: -12, adc: 900}\n", "AT+CBC;+CPMUTEMP;+CADC=2\r",
	  "\r\n+CBC: 3.612V\r\n\r\n+CPMUTEMP: -12\r\n\r\n+CADC: 900\r\n" RIG_OK },
};

START_TEST(a_world_is_seen)
{
	struct rig *r = off_in(shown[_i].world, NULL);

	modem_power_on(r->modem, MODEM_BOOT_WARM);
	/* without coverage the search has only begun */
	if (strstr(shown[_i].world, "coverage"))
		net_drop(r->modem->net);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, shown[_i].in, shown[_i].out);
	rig_free(r);
}
END_TEST

/* Each change with what the modem says of it at once. */
static const struct {
	const char *name, *value, *said;
} changes[] = {
	{ "cell", "0x1234567", "\r\n+CGREG: 1,\"00C3\",\"01234567\"\r\n\r\n+CEREG: 1,\"00C3\",\"01234567\",7\r\n" },
	{ "rat", "gprs", "\r\n+CEREG: 0\r\n\r\n+CNSMOD: 2\r\n" },
	{ "rat", "edge", "\r\n+CNSMOD: 3\r\n" },
	{ "rat", "lte", "\r\n+CEREG: 1,\"00C3\",\"01234567\",7\r\n\r\n+CNSMOD: 8\r\n" },
	{ "registration", "roaming", "\r\n+CREG: 5\r\n\r\n+CGREG: 5,\"00C3\",\"01234567\"\r\n\r\n+CEREG: 5,\"00C3\",\"01234567\",7\r\n" },
	{ "registration", "denied", "\r\n+CREG: 3\r\n\r\n+CGREG: 3\r\n\r\n+CEREG: 3\r\n\r\n+CNSMOD: 0\r\n\r\n+CGEV: NW DETACH\r\n" },
	{ "csq", "3", "" },
};

START_TEST(changes_are_told)
{
	struct rig *r = warm_in("network: {nitz: false}\n");

	rig_row(r, "AT+CREG=1;+CGREG=2;+CEREG=2;+CNSMOD=1;+CGEREP=2,1\r", RIG_OK);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct net_cell cell = r->modem->net->cell;
		const char *want;
		size_t m = 0;

		while (strcmp(cell_names[m], changes[i].name))
			m++;
		ck_assert_int_eq(cell_set(&cell, m, changes[i].value, &want), 0);
		net_set_cell(r->modem->net, &cell);
		rig_check(r, changes[i].value, changes[i].said, strlen(changes[i].said));
	}
	rig_free(r);
}
END_TEST

/* Denied, then taken: the modem looks again by itself. */
START_TEST(taken_after_a_refusal)
{
	struct rig *r = warm_in("network: [{registration: denied, nitz: false}, {after: 10s, registration: home}]\n");

	rig_row(r, "AT+CREG=1;+CGREG?\r", "\r\n+CGREG: 0,3\r\n" RIG_OK);
	rig_more(r, "\r\n+CREG: 2\r\n\r\n+CREG: 1\r\n");
	rig_row(r, "AT+CGREG?\r", "\r\n+CGREG: 0,1\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* --- time ---------------------------------------------------------------------------------------------------------- */

/* OVMS#1109: first GSM, then LTE; +CTZV with the zone of the network on registration. */
START_TEST(gsm_first)
{
	struct rig *r = off_in("network: [{rat: gsm, zone: -20}, {after: 40s, rat: lte}]\n", NULL);

	modem_power_on(r->modem, MODEM_BOOT_COLD);
	rig_more(r, "\r\nRDY\r\n");
	rig_row(r, "ATE0;+CREG=1;+CEREG=1;+CTZR=1\r", "ATE0;+CREG=1;+CEREG=1;+CTZR=1\r" RIG_OK);
	rig_more(r, "\r\n+CPIN: READY\r\n\r\n+CREG: 2\r\n\r\n+CEREG: 2\r\n\r\nSMS DONE\r\n\r\n+CREG: 1\r\n\r\n+CEREG: 0\r\n"
		    "\r\n+CTZV: -20,26/01/01,00:00:18\r\n\r\nPB DONE\r\n");
	rig_row(r, "AT+CNSMOD?\r", "\r\n+CNSMOD: 0,1\r\n" RIG_OK);
	rig_more(r, "\r\n+CEREG: 1\r\n");
	ck_assert_uint_eq(clock_now_us(r->clock) / 1000000, 52);
	rig_free(r);
}
END_TEST

START_TEST(gsm_first_by_the_module)
{
	struct rig *r = off_in("network: {nitz: false}\n", (const char *const[]){ "net_gsm_first_ms=30000", NULL });

	modem_power_on(r->modem, MODEM_BOOT_COLD);
	rig_more(r, "\r\nRDY\r\n");
	rig_row(r, "ATE0;+CNSMOD=1\r", "ATE0;+CNSMOD=1\r" RIG_OK);
	rig_more(r, "\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\n+CNSMOD: 1\r\n\r\nPB DONE\r\n\r\n+CNSMOD: 8\r\n");
	ck_assert_uint_eq(clock_now_us(r->clock) / 1000000, 42);
	rig_free(r);
}
END_TEST

/* The course begins again with a reset. */
START_TEST(a_course_begins_again)
{
	struct rig *r = warm_in("network: [{csq: 20, nitz: false}, {after: 10s, csq: 5, over: 10s}]\n");

	rig_row(r, "AT+CSQ\r", "\r\n+CSQ: 20,99\r\n" RIG_OK);
	clock_advance_to(r->clock, 14000000);
	rig_row(r, "AT+CSQ\r", "\r\n+CSQ: 14,99\r\n" RIG_OK);
	clock_advance_to(r->clock, 25000000);
	rig_row(r, "AT+CSQ\r", "\r\n+CSQ: 5,99\r\n" RIG_OK);
	modem_power_off(r->modem);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CSQ\r", "\r\n+CSQ: 20,99\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* AT+AUTOCSQ=1,1 tells of changes above AT+CSQDELTA alone. */
START_TEST(a_signal_that_fades)
{
	struct rig *r = warm_in("network: {csq: 20}\n");

	rig_row(r, "AT+CSQDELTA=3;+AUTOCSQ=1,1\r", RIG_OK);
	rig_quiet(r, 20000);
	net_ramp_csq(r->modem->net, 10, 20000000);
	rig_more(r, "\r\n+CSQ: 16,99\r\n\r\n+CSQ: 13,99\r\n\r\n+CSQ: 10,99\r\n");
	rig_row(r, "AT+AUTOCSQ=1,0\r", RIG_OK);
	rig_more(r, "\r\n+CSQ: 10,99\r\n\r\n+CSQ: 10,99\r\n");
	rig_row(r, "AT+AUTOCSQ=0\r", RIG_OK);
	rig_quiet(r, 20000);
	rig_free(r);
}
END_TEST

/* AT+CGEREP: contexts one by one, and all of them, by whom. M3 8.2.14 */
START_TEST(contexts_are_lost)
{
	struct rig *r = warm_in("network: {nitz: false}\n");

	rig_row(r, "AT+CGEREP=2,1\r", RIG_OK);
	rig_row(r, "AT+CGACT=0,1\r", "\r\n+CGEV: ME DEACT \"IP\",\"10.64.0.2\",1\r\n" RIG_OK);
	rig_row(r, "AT+CGACT=1,1\r", RIG_OK);
	pdp_deactivate(r->modem->pdp, 1, false);
	rig_more(r, "\r\n+CGEV: NW DEACT \"IP\",\"10.64.0.2\",1\r\n");
	rig_row(r, "AT+CFUN=4\r", "\r\n+CGEV: ME DETACH\r\n" RIG_OK);
	rig_row(r, "AT+CFUN=1\r", RIG_OK);
	rig_quiet(r, 5000);
	net_drop(r->modem->net);
	rig_more(r, "\r\n+CGEV: NW DETACH\r\n");
	rig_free(r);
}
END_TEST

/* --- operators and bands ------------------------------------------------------------------------------------------- */

#define THREE                                                                                                         \
	"network: {operator: Home, short: Home, plmn: 26201, nitz: false, others: [{operator: Guest, plmn: 26203, rat: gsm}, "  \
	"{operator: Closed, short: Cl, plmn: 26207, forbidden: true}]}\n"

START_TEST(several_operators)
{
	struct rig *r = warm_in(THREE);

	rig_row(r, "AT+COPS=?\r", "\r\n+COPS: (2,\"Home\",\"Home\",\"26201\",7),(1,\"Guest\",\"Guest\",\"26203\",0),"
				  "(3,\"Closed\",\"Cl\",\"26207\",7),,(0,1,2,3,4,5),(0,1,2)\r\n" RIG_OK);
	rig_row(r, "AT+CREG=1;+COPS=1,2,\"26203\"\r", "\r\n+CREG: 5\r\n" RIG_OK);
	rig_row(r, "AT+COPS?\r", "\r\n+COPS: 1,2,\"26203\",0\r\n" RIG_OK);
	rig_row(r, "AT+COPS=?\r", "\r\n+COPS: (2,\"Guest\",\"Guest\",\"26203\",0),(1,\"Home\",\"Home\",\"26201\",7),"
				  "(3,\"Closed\",\"Cl\",\"26207\",7),,(0,1,2,3,4,5),(0,1,2)\r\n" RIG_OK);
	rig_row(r, "AT+CSPN?\r", "\r\n+CSPN: \"Home\",0\r\n" RIG_OK);
	rig_row(r, "AT+COPS=0\r", "\r\n+CREG: 1\r\n" RIG_OK);
	rig_row(r, "AT+COPS?\r", "\r\n+COPS: 0,2,\"26201\",7\r\n" RIG_OK);
	rig_row(r, "AT+COPS=4,2,\"26203\"\r", "\r\n+CREG: 5\r\n" RIG_OK);
	rig_row(r, "AT+COPS=1,0,\"Home\"\r", "\r\n+CREG: 1\r\n" RIG_OK);
	rig_row(r, "AT+COPS=1,0,\"Closed\"\r", "\r\n+CREG: 2\r\n\r\n+CREG: 3\r\n"
					      "\r\n+CME ERROR: network not allowed - emergency calls only\r\n");
	rig_why(r, "does not take this SIM");
	rig_row(r, "AT+COPS=1,2,\"99999\"\r", "\r\n+CREG: 0\r\n\r\n+CME ERROR: no network service\r\n");
	rig_free(r);
}
END_TEST

/* Band 20 is bit 19. */
START_TEST(bands_are_looked_at)
{
	struct rig *r = warm_in("network: {nitz: false}\n");

	rig_row(r, "AT+CNBP=,0x0000000000080000;+CNSMOD?\r", "\r\n+CNSMOD: 0,8\r\n" RIG_OK);
	rig_row(r, "AT+CNBP=,0x0000000000040095\r", RIG_OK);
	rig_quiet(r, 5000);
	rig_row(r, "AT+CNSMOD?\r", "\r\n+CNSMOD: 0,4\r\n" RIG_OK);
	rig_row(r, "AT+CNMP=38\r", RIG_OK);
	rig_quiet(r, 60000);
	rig_row(r, "AT+CGREG?\r", "\r\n+CGREG: 0,2\r\n" RIG_OK);
	rig_row(r, "AT+CNBP=,0x48000000000000000000000000000000000000000000000200000000000800D5\r", RIG_OK);
	rig_quiet(r, 5000);
	rig_row(r, "AT+CGREG?\r", "\r\n+CGREG: 0,1\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* --- the A76xx prints it its way ----------------------------------------------------------------------------------- */

START_TEST(levels_by_index)
{
	struct rig *r = rig_new("a7670/B03");

	rig_row(r, "AT+CPSI?\r", "\r\n+CPSI: LTE,Online,001-01,0xC3,27447299,125,EUTRAN-BAND20,6300,3,3,20,50,47,14\r\n" RIG_OK);
	rig_row(r, "AT+CFUN=4\r", "\r\n+CGEV: NW PDN DEACT 1\r\n" RIG_OK);
	rig_feed(r, "AT+CPSI?\r", 9);
	ck_assert_ptr_nonnull(strstr(buf_str(&r->out), "\r\n+CPSI: NO SERVICE, Low Power Mode\r\n"));
	rig_free(r);
}
END_TEST

START_TEST(offline_ends_with_a_reset)
{
	struct rig *r = rig_new(B04);

	rig_row(r, "AT+CFUN=7\r", RIG_OK);
	rig_row(r, "AT+CFUN=1\r", "\r\n+CME ERROR: operation not allowed\r\n");
	rig_row(r, "AT+CFUN=6\r", RIG_OK "\r\nRDY\r\n\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n");
	rig_row(r, "AT+CFUN?\r", "AT+CFUN?\r\r\n+CFUN: 1\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, bad_words_have_their_place, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, members_are_shown_as_they_are_set);
	tcase_add_loop_test(tc, a_world_is_seen, 0, sizeof(shown) / sizeof(shown[0]));
	tcase_add_test(tc, changes_are_told);
	tcase_add_test(tc, taken_after_a_refusal);
	tcase_add_test(tc, gsm_first);
	tcase_add_test(tc, gsm_first_by_the_module);
	tcase_add_test(tc, a_course_begins_again);
	tcase_add_test(tc, a_signal_that_fades);
	tcase_add_test(tc, contexts_are_lost);
	tcase_add_test(tc, several_operators);
	tcase_add_test(tc, bands_are_looked_at);
	tcase_add_test(tc, levels_by_index);
	tcase_add_test(tc, offline_ends_with_a_reset);
}

int main(void)
{
	return rig_main("around", add);
}
