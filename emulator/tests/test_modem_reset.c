/*
 * What a reset clears and what it leaves: every x_boot filled with 0xAA is back at its power-on value after
 * modem_reset(), x_nv is untouched; --state keeps what a real modem keeps over power-off.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "link/world.h"
#include "modem/cch_impl.h"
#include "modem/dns.h"
#include "modem/http_impl.h"
#include "modem/guard.h"
#include "modem/htp.h"
#include "modem/hw.h"
#include "modem/lbs.h"
#include "modem/net.h"
#include "modem/ntp.h"
#include "modem/pdp.h"
#include "modem/phonebook.h"
#include "modem/ping.h"
#include "modem/power.h"
#include "modem/rtc.h"
#include "modem/sim.h"
#include "modem/socket.h"
#include "modem/store.h"
#include "modem/ussd.h"
#include "modem/voice.h"
#include "tests/rig.h"

#define B04 "LE20B04SIM7600G22"

enum { BOOTS = 16, BOOT_MAX = 16384 };

struct region {
	const char *name;
	void *p;
	size_t n;
};

static void boots(struct modem *m, struct region *out)
{
	const struct region all[BOOTS] = {
		{ "power", &m->power->boot, sizeof(m->power->boot) }, { "sim", &m->sim->boot, sizeof(m->sim->boot) },
		{ "net", &m->net->boot, sizeof(m->net->boot) },	      { "pdp", &m->pdp->boot, sizeof(m->pdp->boot) },
		{ "rtc", &m->rtc->boot, sizeof(m->rtc->boot) },     { "hw", &m->hw->boot, sizeof(m->hw->boot) },
		{ "http", &m->http->boot, sizeof(m->http->boot) },
		{ "cch", &m->cch->boot, sizeof(m->cch->boot) },
		{ "ping", &m->ping->boot, sizeof(m->ping->boot) }, { "ntp", &m->ntp->boot, sizeof(m->ntp->boot) },
		{ "htp", &m->htp->boot, sizeof(m->htp->boot) }, { "guard", &m->guard->boot, sizeof(m->guard->boot) },
		{ "lbs", &m->lbs->boot, sizeof(m->lbs->boot) }, { "pb", &m->pb->boot, sizeof(m->pb->boot) },
		{ "ussd", &m->ussd->boot, sizeof(m->ussd->boot) }, { "voice", &m->voice->boot, sizeof(m->voice->boot) },
	};

	memcpy(out, all, sizeof(all));
}

START_TEST(test_boot_is_cleared)
{
	struct rig *r = rig_new_off(B04, NULL, NULL, 0, NULL);
	struct region region[BOOTS];
	static char fresh[BOOTS][BOOT_MAX];

	boots(r->modem, region);
	for (int i = 0; i < BOOTS; i++) {
		ck_assert_uint_le(region[i].n, BOOT_MAX);
		memcpy(fresh[i], region[i].p, region[i].n);
	}
	for (int i = 0; i < BOOTS; i++)
		memset(region[i].p, 0xaa, region[i].n);
	modem_reset(r->modem);
	for (int i = 0; i < BOOTS; i++)
		ck_assert_msg(!memcmp(region[i].p, fresh[i], region[i].n), "%s_boot survives a reset", region[i].name);
	rig_free(r);
}
END_TEST

/* Links, servers and a question, with data under way both ways: all of it is gone, and nobody hears of it. */
START_TEST(test_sockets_are_cleared)
{
	static const char world[] = "schema: 1\nhosts:\n  - {match: echo.test, model: {service: echo}}\n";
	struct err e = { 0 };
	struct rig *r = rig_new_in(B04, NULL, world_load_text("reset", world, sizeof(world) - 1, &e), NULL);
	struct socket_boot *socket_fresh = malloc(sizeof(*socket_fresh));
	struct dns_boot dns_fresh;

	memcpy(socket_fresh, &r->modem->socket->boot, sizeof(*socket_fresh));
	memcpy(&dns_fresh, &r->modem->dns->boot, sizeof(dns_fresh));
	for (int i = 0; i < 2; i++) {
		modem_power_on(r->modem, MODEM_BOOT_WARM);
		rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
		rig_row(r, "AT+CIPRXGET=1;+NETOPEN\r", RIG_OK "\r\n+NETOPEN: 0\r\n");
		rig_row(r, "AT+SERVERSTART=80,1\r", RIG_OK);
		rig_row(r, "AT+CIPOPEN=1,\"TCP\",\"echo.test\",7\r", RIG_OK "\r\n+CIPOPEN: 1,0\r\n");
		rig_row(r, "AT+CIPOPEN=2,\"UDP\",\"echo.test\",7,5000\r", "\r\n+CIPOPEN: 2,0\r\n" RIG_OK);
		rig_row(r, "AT+CIPOPEN=3,\"TCP\",\"echo.test\",7\r", RIG_OK);
		rig_row(r, "AT+CIPSEND=1,3\r", "\r\n>");
		rig_row(r, "abc", RIG_OK "\r\n+CIPSEND: 1,3,3\r\n\r\n+CIPRXGET: 1,1\r\n");
		rig_row(r, "AT+CIPSENDMODE=1\r", RIG_OK);
		rig_row(r, "AT+CIPSEND=1,3\r", "\r\n>");
		rig_row(r, "abc", RIG_OK);
		rig_row(r, "AT+CDNSGIP=\"echo.test\"\r", "");
		modem_power_off(r->modem);
		ck_assert(!memcmp(socket_fresh, &r->modem->socket->boot, sizeof(*socket_fresh)));
		ck_assert(!memcmp(&dns_fresh, &r->modem->dns->boot, sizeof(dns_fresh)));
		ck_assert_uint_eq(clock_armed(r->clock), 0);
	}
	free(socket_fresh);
	rig_free(r);
}
END_TEST

START_TEST(test_nv_survives)
{
	struct rig *r = rig_new(B04);

	memset(&r->modem->sim->nv, 0xaa, sizeof(r->modem->sim->nv));
	memset(&r->modem->net->nv, 0xaa, sizeof(r->modem->net->nv));
	r->modem->rtc->nv.update = false;
	rig_row(r, "AT+CGDCONT=5,\"IP\",\"five\"\r", RIG_OK);
	modem_power_off(r->modem);
	for (size_t i = 0; i < sizeof(r->modem->sim->nv); i++)
		ck_assert_uint_eq(((unsigned char *)&r->modem->sim->nv)[i], 0xaa);
	for (size_t i = 0; i < sizeof(r->modem->net->nv); i++)
		ck_assert_uint_eq(((unsigned char *)&r->modem->net->nv)[i], 0xaa);
	ck_assert(!r->modem->rtc->nv.update);
	ck_assert_str_eq(pdp_context(r->modem->pdp, 5)->apn, "five");
	rig_free(r);
}
END_TEST

/* Settings made by commands that a reset must take back. */
START_TEST(test_volatile_settings)
{
	static const struct {
		const char *set, *read, *fresh;
	} rows[] = {
		/* first: with reports on, it would be told */
		{ "AT+CFUN=4\r", "AT+CFUN?\r", "\r\n+CFUN: 1\r\n" RIG_OK },
		{ "AT+CREG=2\r", "AT+CREG?\r", "\r\n+CREG: 0,1\r\n" RIG_OK },
		{ "AT+COPS=3,2\r", "AT+COPS?\r", "\r\n+COPS: 0,0,\"Test PLMN 1-1\",7\r\n" RIG_OK },
		{ "AT+CNSMOD=1\r", "AT+CNSMOD?\r", "\r\n+CNSMOD: 0,8\r\n" RIG_OK },
		{ "AT+AUTOCSQ=1,1\r", "AT+AUTOCSQ?\r", "\r\n+AUTOCSQ: 0,0\r\n" RIG_OK },
		{ "AT+CSQDELTA=1\r", "AT+CSQDELTA?\r", "\r\n+CSQDELTA: 5\r\n" RIG_OK },
		{ "AT+CGEREP=2,1\r", "AT+CGEREP?\r", "\r\n+CGEREP: 0,0\r\n" RIG_OK },
		{ "AT+CSOCKSETPN=3\r", "AT+CSOCKSETPN?\r", "\r\n+CSOCKSETPN: 1\r\n" RIG_OK },
		{ "AT+CSCLK=1\r", "AT+CSCLK?\r", "\r\n+CSCLK: 0\r\n" RIG_OK },
		{ "AT+CFGRI=1,10,20\r", "AT+CFGRI?\r", "\r\n+CFGRI: 0,60,120\r\n" RIG_OK },
		{ "AT+CIPMODE=1\r", "AT+CIPMODE?\r", "\r\n+CIPMODE: 0\r\n" RIG_OK },
		{ "AT+CIPRXGET=1\r", "AT+CIPRXGET?\r", "\r\n+CIPRXGET: 0\r\n" RIG_OK },
		{ "AT+CIPSENDMODE=1\r", "AT+CIPSENDMODE?\r", "\r\n+CIPSENDMODE: 0\r\n" RIG_OK },
		{ "AT+CIPHEAD=0\r", "AT+CIPHEAD?\r", "\r\n+CIPHEAD: 1\r\n" RIG_OK },
		{ "AT+CIPSRIP=0\r", "AT+CIPSRIP?\r", "\r\n+CIPSRIP: 1\r\n" RIG_OK },
		{ "AT+CIPDNSSET=0,3000,0\r", "AT+CIPDNSSET?\r", "\r\n+CIPDNSSET: 3,30000,7\r\n" RIG_OK },
		{ "AT+CIPTIMEOUT=3000,4000,5000\r", "AT+CIPTIMEOUT?\r", "\r\n+CIPTIMEOUT: 120000,120000,120000\r\n" RIG_OK },
		{ "AT+CIPCCFG=1\r", "AT+CIPCCFG?\r", "\r\n+CIPCCFG: 10,0,0,1,0,0,500\r\n" RIG_OK },
		{ "AT+CTZR=1\r", "AT+CTZR?\r", "\r\n+CTZR: 0\r\n" RIG_OK },
		{ "AT+CCLK=\"30/01/01,00:00:00+00\"\r", "AT+CCLK?\r", "\r\n+CCLK: \"26/01/01,00:00:00+00\"\r\n" RIG_OK },
	};
	struct rig *r = rig_new(B04);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		rig_row(r, rows[i].set, RIG_OK);
	modem_power_off(r->modem);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		rig_row(r, rows[i].read, rows[i].fresh);
	rig_free(r);
}
END_TEST

static void remove_dir(const char *dir)
{
	static const char *const names[] = { "nv.json", "cert/a.pem", "cert", "" };
	char path[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		remove(path);
	}
}

static const struct {
	const char *set, *read, *kept;
} kept_rows[] = {
	{ "AT+CNMP=38\r", "AT+CNMP?\r", "\r\n+CNMP: 38\r\n" RIG_OK },
	{ "AT+CTZU=0\r", "AT+CTZU?\r", "\r\n+CTZU: 0\r\n" RIG_OK },
	{ "AT+CMTE=0\r", "AT+CMTE?\r", "\r\n+CMTE: 0\r\n" RIG_OK },
	{ "AT+CPMVT=0,3300,4200\r", "AT+CPMVT?\r", "\r\n+CPMVT: 0,3300,4200\r\n" RIG_OK },
	{ "AT+CVALARM=0,3500,4100\r", "AT+CVALARM?\r", "\r\n+CVALARM: 0,3500,4100\r\n" RIG_OK },
	{ "AT+CGDCONT=2\r", "AT+CGDCONT?\r",
	  "\r\n+CGDCONT: 1,\"IPV6\",\"a b\",\"1:2\",1,2,1,1\r\n+CGDCONT: 100,\"IP\",\"x\",\"0.0.0.0\",0,0,0,0\r\n" RIG_OK },
	{ "AT+CGDCONT=3\r", "AT+CGAUTH?\r", "\r\n+CGAUTH: 1,3,\"pw\",\"us,er\"\r\n+CGAUTH: 100,0\r\n" RIG_OK },
	{ "AT+CGDCONT=100,\"IP\",\"x\"\r", "AT+CNAOP?\r", "\r\n+CNAOP: 9,7\r\n" RIG_OK },
	{ "AT+CGDCONT=1,\"IPV6\",\"a b\",\"1:2\",1,2,1,1\r", "AT+CLCK=\"SC\",2\r", "\r\n+CLCK: 1\r\n" RIG_OK },
	{ "AT+CGAUTH=1,3,\"pw\",\"us,er\"\r", "AT+SPIC\r", "\r\n+SPIC: 3,10,0,10\r\n" RIG_OK },
	{ "AT+CNAOP=9,7\r", "AT+CCERTLIST\r", "\r\n+CCERTLIST: \"a.pem\"\r\n" RIG_OK },
	{ "AT+CLCK=\"SC\",1,\"1234\"\r", "AT\r", RIG_OK },
};

START_TEST(test_state_dir)
{
	char dir[] = "/tmp/test-modem-XXXXXX";
	struct rig *r;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	r = rig_new_off(B04, NULL, NULL, 0, dir);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	for (size_t i = 0; i < sizeof(kept_rows) / sizeof(kept_rows[0]); i++)
		rig_row(r, kept_rows[i].set, RIG_OK);
	ck_assert_int_eq(store_put(r->modem->store, "cert", "a.pem", "x", 1), 0);
	rig_free(r);

	r = rig_new_off(B04, NULL, NULL, 0, dir);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "AT+CPIN?\r", "\r\n+CPIN: SIM PIN\r\n" RIG_OK);
	rig_row(r, "AT+CPIN=1234\r", RIG_OK);
	rig_more(r, "\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n");
	for (size_t i = 0; i < sizeof(kept_rows) / sizeof(kept_rows[0]); i++)
		rig_row(r, kept_rows[i].read, kept_rows[i].kept);
	rig_free(r);
	remove_dir(dir);
}
END_TEST

/* State that cannot be read is an error with a place, never a modem without it. */
START_TEST(test_broken_state)
{
	char dir[] = "/tmp/test-modem-XXXXXX", path[64];
	struct rig *r = rig_new_off(B04, NULL, NULL, 0, NULL);
	struct err e = { 0 };
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/nv.json", dir);
	f = fopen(path, "we");
	fputs("{\n  oops", f);
	fclose(f);
	ck_assert_ptr_null(modem_new(&(struct modem_options){ .profile = r->profile, .link = r->link, .clock = r->clock,
							      .state_dir = dir }, NULL, NULL, &e));
	ck_assert_msg(strstr(e.msg, "nv.json:2:") != NULL, "%s", e.msg);
	rig_free(r);
	remove_dir(dir);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_boot_is_cleared);
	tcase_add_test(tc, test_sockets_are_cleared);
	tcase_add_test(tc, test_nv_survives);
	tcase_add_test(tc, test_volatile_settings);
	tcase_add_test(tc, test_state_dir);
	tcase_add_test(tc, test_broken_state);
}

int main(void)
{
	return rig_main("modem_reset", add);
}
