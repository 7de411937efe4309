/* AT+NETOPEN and its errors, the settings clients make first, and what becomes of them. at-general 7; quirks Q10, Q11. */
#include "modem/net.h"
#include "modem/pdp.h"
#include "tests/rig.h"

#define B05 "LE20B05SIM7600G22"
#define NOT_OPENED "\r\n+IP ERROR: Network not opened\r\n" RIG_ERROR

struct row {
	const char *in, *out;
};

static void rows(struct rig *r, const struct row *row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rig_row(r, row[i].in, row[i].out);
}

#define ROWS(r, array) rows(r, array, sizeof(array) / sizeof((array)[0]))

static const struct row settings[] = {
	{ "AT+CIPMODE?;+CIPSENDMODE?;+CIPHEAD?;+CIPSRIP?;+CIPRXGET?\r",
	  "\r\n+CIPMODE: 0\r\n\r\n+CIPSENDMODE: 0\r\n\r\n+CIPHEAD: 1\r\n\r\n+CIPSRIP: 1\r\n\r\n+CIPRXGET: 0\r\n" RIG_OK },
	{ "AT+CIPMODE=1\r", RIG_OK },
	{ "AT+CIPMODE=2\r", RIG_ERROR },
	{ "AT+CIPMODE?\r", "\r\n+CIPMODE: 1\r\n" RIG_OK },
	{ "AT+CIPMODE=?\r", "\r\n+CIPMODE: (0-1)\r\n" RIG_OK },
	{ "AT+CIPMODE=0\r", RIG_OK },
	{ "AT+CIPSENDMODE=1\r", RIG_OK },
	{ "AT+CIPSENDMODE=2\r", RIG_ERROR },
	{ "AT+CIPSRIP=0\r", RIG_OK },
	{ "AT+CIPSRIP?\r", "\r\n+CIPSRIP: 0\r\n" RIG_OK },
	{ "AT+CIPHEAD=0\r", RIG_OK },
	{ "AT+CIPHEAD\r", RIG_OK },
	{ "AT+CIPHEAD?\r", "\r\n+CIPHEAD: 1\r\n" RIG_OK },
	{ "AT+CIPTIMEOUT?\r", "\r\n+CIPTIMEOUT: 120000,120000,120000\r\n" RIG_OK },
	{ "AT+CIPTIMEOUT=75000,15000,15000\r", RIG_OK },
	{ "AT+CIPTIMEOUT?\r", "\r\n+CIPTIMEOUT: 75000,15000,15000\r\n" RIG_OK },
	{ "AT+CIPTIMEOUT=2999\r", RIG_ERROR },
	{ "AT+CIPTIMEOUT=3000,3000,3000\r", RIG_OK },
	{ "AT+CIPTIMEOUT=120000\r", RIG_OK },
	{ "AT+CIPTIMEOUT=120001\r", RIG_ERROR },
	{ "AT+CIPTIMEOUT?\r", "\r\n+CIPTIMEOUT: 120000,3000,3000\r\n" RIG_OK },
	{ "AT+CIPCCFG?\r", "\r\n+CIPCCFG: 10,0,0,1,0,0,500\r\n" RIG_OK },
	{ "AT+CIPCCFG=?\r", "\r\n+CIPCCFG: (0-10),(0-1000),(0),(0-1),(0-1),(0-1),(500-120000)\r\n" RIG_OK },
	{ "AT+CIPCCFG=10,0,0,1,1,0,75000\r", RIG_OK },
	{ "AT+CIPCCFG=11\r", RIG_ERROR },
	{ "AT+CIPCCFG=0,1000,0,1,1,1,120000\r", RIG_OK },
	{ "AT+CIPCCFG=0,1001\r", RIG_ERROR },
	{ "AT+CIPCCFG=0,0,1\r", RIG_ERROR },
	{ "AT+CIPCCFG=0,0,0,2\r", RIG_ERROR },
	{ "AT+CIPCCFG=0,0,0,1,0,0,499\r", RIG_ERROR },
	{ "AT+CIPCCFG=0,0,0,1,0,0,120001\r", RIG_ERROR },
	{ "AT+CIPCCFG?\r", "\r\n+CIPCCFG: 0,1000,0,1,1,1,120000\r\n" RIG_OK },
	{ "AT+CIPRXGET=1\r", RIG_OK },
	{ "AT+CIPRXGET?\r", "\r\n+CIPRXGET: 1\r\n" RIG_OK },
	{ "AT+CIPRXGET=5\r", RIG_ERROR },
	{ "AT+CIPRXGET=4,0\r", "\r\n+CIPRXGET: 4,0,0\r\n" RIG_OK },
	{ "AT+CIPRXGET=4,10\r", RIG_ERROR },
	{ "AT+CIPRXGET=2,0,100\r", "\r\n+IP ERROR: No data\r\n" RIG_ERROR },
	{ "AT+CIPRXGET=2,0,1501\r", RIG_ERROR },
	{ "AT+CIPRXGET=2\r", RIG_ERROR },
};

START_TEST(test_settings)
{
	struct rig *r = rig_new(B05);

	ROWS(r, settings);
	rig_free(r);
}
END_TEST

/* T-SIM7600X#79: open, open again, close, close again. */
START_TEST(test_open_close)
{
	struct rig *r = rig_new(B05);

	rig_row(r, "AT+NETOPEN?\r", "\r\n+NETOPEN: 0\r\n" RIG_OK);
	rig_row(r, "AT+IPADDR\r", NOT_OPENED);
	rig_row(r, "AT+NETCLOSE\r", "\r\n+NETCLOSE: 2\r\n" RIG_ERROR);
	rig_why(r, "netopen");
	rig_row(r, "AT+NETOPEN\r", RIG_OK);
	rig_row(r, "AT+NETOPEN\r", "\r\n+IP ERROR: Network is already opened\r\n" RIG_ERROR);
	rig_why(r, "opening");
	rig_row(r, "AT+NETCLOSE\r", "\r\n+NETCLOSE: 8\r\n" RIG_ERROR);
	rig_after(r, 90, "\r\n+NETOPEN: 0\r\n");
	rig_row(r, "AT+NETOPEN?\r", "\r\n+NETOPEN: 1\r\n" RIG_OK);
	rig_row(r, "AT+IPADDR\r", "\r\n+IPADDR: 10.64.0.2\r\n" RIG_OK);
	rig_row(r, "AT+NETOPEN\r", "\r\n+IP ERROR: Network is already opened\r\n" RIG_ERROR);
	rig_row(r, "AT+CSOCKSETPN=2\r", RIG_ERROR);
	rig_row(r, "AT+NETCLOSE\r", RIG_OK);
	rig_after(r, 200, "\r\n+NETCLOSE: 0\r\n");
	rig_row(r, "AT+NETOPEN?\r", "\r\n+NETOPEN: 0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* errMode 0: numbers instead of words. */
START_TEST(test_numeric)
{
	struct rig *r = rig_new(B05);

	rig_row(r, "AT+CIPCCFG=10,0,0,0,1,0,75000\r", RIG_OK);
	rig_row(r, "AT+IPADDR\r", "\r\n+IP ERROR: 8\r\n" RIG_ERROR);
	rig_row(r, "AT+CIPRXGET=2,0\r", "\r\n+IP ERROR: 21\r\n" RIG_ERROR);
	rig_row(r, "AT+NETOPEN\r", RIG_OK);
	rig_more(r, "\r\n+NETOPEN: 0\r\n");
	rig_row(r, "AT+NETOPEN\r", "\r\n+IP ERROR: 4\r\n" RIG_ERROR);
	rig_free(r);
}
END_TEST

/* Another context has to be activated first, which takes its time. */
START_TEST(test_cold_context)
{
	struct rig *r = rig_new(B05);

	rig_row(r, "AT+CSOCKSETPN=4\r", RIG_OK);
	rig_row(r, "AT+NETOPEN\r", RIG_ERROR);
	rig_why(r, "context 4 is not defined");
	rig_row(r, "AT+CGDCONT=4,\"IP\",\"m2m\"\r", RIG_OK);
	rig_row(r, "AT+NETOPEN\r", RIG_OK);
	rig_after(r, 1500, "\r\n+NETOPEN: 0\r\n");
	rig_row(r, "AT+IPADDR\r", "\r\n+IPADDR: 10.64.0.5\r\n" RIG_OK);
	rig_row(r, "AT+CGACT=0,4\r", "\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* LilyGo-Modem-Series#447, #471: ERROR at once, no word, even with CMEE=2. */
START_TEST(test_quirk_error)
{
	struct rig *r = rig_new_with(B05, (const char *const[]){ "netopen=error", NULL });

	rig_row(r, "AT+CMEE=2;+NETOPEN\r", RIG_ERROR);
	rig_why(r, "\"quirk\":\"netopen\"");
	rig_row(r, "AT+NETOPEN?\r", "\r\n+NETOPEN: 0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(test_quirk_fail_urc)
{
	struct rig *r = rig_new_with(B05, (const char *const[]){ "netopen=fail_urc", NULL });

	rig_row(r, "AT+NETOPEN\r", RIG_OK);
	rig_after(r, 90, "\r\n+NETOPEN: 1\r\n");
	rig_why(r, "cannot be activated");
	rig_row(r, "AT+NETOPEN?\r", "\r\n+NETOPEN: 0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(test_quirk_words)
{
	struct rig *r = rig_new_with(B05, (const char *const[]){ "netopen_read_cid=true", "ipaddr_error=ipaddr", NULL });

	rig_row(r, "AT+IPADDR\r", "\r\n+IPADDR: Network not opened\r\n" RIG_ERROR);
	rig_row(r, "AT+NETOPEN\r", RIG_OK);
	rig_more(r, "\r\n+NETOPEN: 0\r\n");
	rig_row(r, "AT+NETOPEN?\r", "\r\n+NETOPEN: 1, 1\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* LilyGo-Modem-Series#110: after the loss NETOPEN? is 0, NETCLOSE answers 2. */
START_TEST(test_loss)
{
	struct rig *r = rig_new(B05);

	net_drop(r->modem->net);
	rig_quiet(r, 1000);
	net_up(r->modem->net);
	rig_quiet(r, 5000);
	rig_row(r, "AT+NETOPEN\r", RIG_OK);
	rig_more(r, "\r\n+NETOPEN: 0\r\n");
	net_drop(r->modem->net);
	rig_more(r, "\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n");
	rig_row(r, "AT+NETOPEN?\r", "\r\n+NETOPEN: 0\r\n" RIG_OK);
	rig_row(r, "AT+NETCLOSE\r", "\r\n+NETCLOSE: 2\r\n" RIG_ERROR);
	rig_row(r, "AT+NETOPEN\r", RIG_ERROR);
	rig_why(r, "not registered");
	net_up(r->modem->net);
	rig_quiet(r, 2000);
	rig_row(r, "AT+NETOPEN\r", RIG_OK);
	net_drop(r->modem->net);
	rig_more(r, "\r\n+NETOPEN: 1\r\n");
	rig_quiet(r, 10000);
	rig_free(r);
}
END_TEST

/* The manual's other story: still open after the loss, then NETCLOSE works. */
START_TEST(test_loss_stays_open)
{
	struct rig *r = rig_new_with(B05, (const char *const[]){ "netopen_after_loss=open", NULL });

	rig_row(r, "AT+NETOPEN\r", RIG_OK);
	rig_more(r, "\r\n+NETOPEN: 0\r\n");
	net_drop(r->modem->net);
	rig_more(r, "\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n");
	rig_row(r, "AT+NETOPEN?\r", "\r\n+NETOPEN: 1\r\n" RIG_OK);
	rig_row(r, "AT+NETCLOSE\r", RIG_OK);
	rig_more(r, "\r\n+NETCLOSE: 0\r\n");
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_settings);
	tcase_add_test(tc, test_open_close);
	tcase_add_test(tc, test_numeric);
	tcase_add_test(tc, test_cold_context);
	tcase_add_test(tc, test_quirk_error);
	tcase_add_test(tc, test_quirk_fail_urc);
	tcase_add_test(tc, test_quirk_words);
	tcase_add_test(tc, test_loss);
	tcase_add_test(tc, test_loss_stays_open);
}

int main(void)
{
	return rig_main("cmd_general_netopen", add);
}
