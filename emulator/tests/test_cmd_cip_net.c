/* The network under the links: lost at every exchange, closed with links open, and the resolver. at-general 7; Q11,
 * Q30. */
#include "tests/test_cip_rig.h"

#define LOST "\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n"

/* What has been said before the network goes, what the modem then says, and the rest of a prompt if one is open. */
static const struct {
	const char *before, *out, *rest, *rest_out;
} exchanges[] = {
	{ "", LOST, NULL, NULL },
	{ "opening", "\r\n+CIPOPEN: 0,1\r\n" LOST, NULL, NULL },
	{ "open", LOST, NULL, NULL },
	{ "prompt", "", "abc", RIG_OK LOST "\r\n+CIPSEND: 0,3,-1\r\n" },
	{ "ctrl-z", "", "abc\x1a", RIG_OK LOST "\r\n+CIPSEND: 0,3,-1\r\n" },
	{ "given up", "", "abc\x1b", RIG_ERROR LOST },
	{ "sent", "\r\n+CIPSEND: 0,3,3\r\n" LOST, NULL, NULL },
	{ "unacknowledged", "\r\n+CIPSEND: 0,3,-1\r\n" LOST, NULL, NULL },
	{ "closing", "\r\n+CIPCLOSE: 0,0\r\n" LOST, NULL, NULL },
	{ "udp", LOST, NULL, NULL },
	{ "netclose", "\r\n+CIPOPEN: 0,1\r\n" LOST, NULL, NULL },
	{ "question", LOST "\r\n+CDNSGIP: 0,10\r\n" RIG_ERROR, NULL, NULL },
};

static void bring_to(struct rig *r, const char *state)
{
	if (!strcmp(state, "question")) {
		rig_row(r, "AT+CDNSGIP=\"echo.test\"\r", "");
	} else if (!strcmp(state, "udp")) {
		rig_row(r, "AT+CIPOPEN=0,\"UDP\",,,5000\r", "\r\n+CIPOPEN: 0,0\r\n" RIG_OK);
	} else if (!strcmp(state, "opening")) {
		rig_row(r, "AT+CIPOPEN=0,\"TCP\",\"far.test\",7\r", RIG_OK);
	} else if (!strcmp(state, "netclose")) {
		rig_row(r, "AT+CIPOPEN=0,\"TCP\",\"far.test\",7\r", RIG_OK);
		rig_row(r, "AT+NETCLOSE\r", RIG_OK);
	} else if (*state) {
		rig_row(r, "AT+CIPSENDMODE=1\r", RIG_OK);
		if (!strcmp(state, "sent"))
			rig_row(r, "AT+CIPSENDMODE=0\r", RIG_OK);
		cip_open(r, 0, "\"far.test\",7");
	}
	if (!strcmp(state, "prompt") || !strcmp(state, "sent") || !strcmp(state, "unacknowledged"))
		rig_row(r, "AT+CIPSEND=0,3\r", "\r\n>");
	if (!strcmp(state, "sent") || !strcmp(state, "unacknowledged"))
		rig_row(r, "abc", RIG_OK);
	if (!strcmp(state, "ctrl-z") || !strcmp(state, "given up"))
		rig_row(r, "AT+CIPSEND=0,\r", "\r\n>");
	if (!strcmp(state, "closing"))
		rig_row(r, "AT+CIPCLOSE=0\r", RIG_OK);
}

/* LilyGo-Modem-Series#110: everything is shut afterwards, and works again when the network is back. */
static const struct row aftermath[] = {
	{ "AT+NETOPEN?\r", "\r\n+NETOPEN: 0\r\n" RIG_OK },
	{ "AT+NETCLOSE\r", "\r\n+NETCLOSE: 2\r\n" RIG_ERROR },
	{ "AT+CIPSEND=0,3\r", "\r\n+CIPERROR: 4\r\n" RIG_ERROR },
	{ "AT+CIPCLOSE=0\r", "\r\n+CIPCLOSE: 0,4\r\n" RIG_ERROR },
	{ "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 0,0,0,0,0,0,0,0,0,0\r\n" RIG_OK },
	{ "AT+CIPRXGET=4,0\r", "\r\n+CIPRXGET: 4,0,0\r\n" RIG_OK },
	{ "AT+CIPOPEN=0,\"TCP\",\"echo.test\",7\r", "\r\n+CIPOPEN: 0,2\r\n" RIG_ERROR },
	{ "AT+CDNSGIP=\"echo.test\"\r", "\r\n+CDNSGIP: 0,10\r\n" RIG_ERROR },
};

START_TEST(test_loss)
{
	struct rig *r = cip_new(B05, NULL);

	bring_to(r, exchanges[_i].before);
	net_drop(r->modem->net);
	rig_more(r, exchanges[_i].out);
	rig_quiet(r, 100);
	if (exchanges[_i].rest)
		rig_row(r, exchanges[_i].rest, exchanges[_i].rest_out);
	ROWS(r, aftermath);
	net_up(r->modem->net);
	rig_quiet(r, 5000);
	rig_row(r, "AT+NETOPEN\r", RIG_OK "\r\n+NETOPEN: 0\r\n");
	rig_row(r, "AT+CIPSENDMODE=0\r", RIG_OK);
	cip_open(r, 0, "\"echo.test\",7");
	cip_send(r, 0, "hi");
	rig_free(r);
}
END_TEST

/* The manual's other story, and the driver's other code. */
START_TEST(test_loss_quirks)
{
	struct rig *r = cip_new(B05, QUIRKS("netopen_after_loss=open", "cipsend_no_network_code=2"));

	cip_open(r, 0, "\"echo.test\",7");
	net_drop(r->modem->net);
	rig_more(r, LOST);
	rig_row(r, "AT+NETOPEN?\r", "\r\n+NETOPEN: 1\r\n" RIG_OK);
	rig_row(r, "AT+CIPOPEN=0,\"TCP\",\"echo.test\",7\r", RIG_OK "\r\n+CIPOPEN: 0,1\r\n");
	rig_why(r, "bearer");
	rig_row(r, "AT+CIPSEND=0,3\r", "\r\n+CIPERROR: 4\r\n" RIG_ERROR);
	rig_row(r, "AT+NETCLOSE\r", RIG_OK "\r\n+NETCLOSE: 0\r\n");
	rig_row(r, "AT+CIPSEND=0,3\r", "\r\n+CIPERROR: 2\r\n" RIG_ERROR);
	rig_why(r, "cipsend_no_network_code");
	rig_free(r);
}
END_TEST

/* AT+NETCLOSE takes the links with it; the A76xx lists those that were open. */
START_TEST(test_netclose)
{
	struct rig *r = cip_new(_i ? A7670 : B05, NULL);
	char want[128];

	cip_open(r, 0, "\"echo.test\",7");
	cip_open(r, 2, "\"discard.test\",7");
	rig_row(r, "AT+CIPOPEN=3,\"TCP\",\"echo.test\",7\r", RIG_OK);
	rig_row(r, "AT+CIPOPEN=4,\"UDP\",,,5000\r", "\r\n+CIPOPEN: 4,0\r\n" RIG_OK);
	rig_row(r, "AT+CIPCLOSE=2\r", RIG_OK);
	rig_row(r, "AT+NETCLOSE\r", RIG_OK);
	rig_row(r, "AT+NETCLOSE\r", "\r\n+NETCLOSE: 8\r\n" RIG_ERROR);
	rig_row(r, "AT+CIPSEND=0,1\r", "\r\n+CIPERROR: 4\r\n" RIG_ERROR);
	snprintf(want, sizeof(want), "%s\r\n+CIPCLOSE: 2,0\r\n\r\n+CIPOPEN: 3,1\r\n%s\r\n+NETCLOSE: 0\r\n",
		 _i ? "\r\n+CIPCLOSE: 0,0\r\n" : "", _i ? "\r\n+CIPCLOSE: 4,0\r\n" : "");
	rig_more(r, want);
	rig_row(r, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 0,0,0,0,0,0,0,0,0,0\r\n" RIG_OK);
	rig_quiet(r, 5000);
	rig_free(r);
}
END_TEST

/* T-SIM7600X#40: after a day all links are 0, registered, no +IPCLOSE. */
START_TEST(test_silent_death)
{
	struct rig *r = cip_new(B05, QUIRKS("cip_silent_death_s=86400"));

	cip_open(r, 0, "\"echo.test\",7");
	rig_quiet(r, 86399000 - 650);
	rig_row(r, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 1,0,0,0,0,0,0,0,0,0\r\n" RIG_OK);
	rig_quiet(r, 2000);
	rig_why(r, "cip_silent_death_s");
	rig_row(r, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 0,0,0,0,0,0,0,0,0,0\r\n" RIG_OK);
	rig_row(r, "AT+CGREG?\r", "\r\n+CGREG: 0,1\r\n" RIG_OK);
	rig_row(r, "AT+CIPSEND=0,1\r", "\r\n+CIPERROR: 4\r\n" RIG_ERROR);
	cip_open(r, 0, "\"echo.test\",7");
	rig_free(r);
}
END_TEST

START_TEST(test_netopen_timeout)
{
	struct rig *r = cip_new_closed(B05, QUIRKS("netopen_ms=5000"));

	rig_row(r, "AT+CIPTIMEOUT=3000\r", RIG_OK);
	rig_row(r, "AT+NETOPEN\r", RIG_OK);
	rig_after(r, 3000, "\r\n+NETOPEN: 10\r\n");
	rig_why(r, "AT+CIPTIMEOUT");
	rig_row(r, "AT+NETOPEN?\r", "\r\n+NETOPEN: 0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* --- names ------------------------------------------------------------------------------------------------------- */

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct row names[] = {
	{ "AT+CDNSGIP=?\r", RIG_ERROR },
	{ "AT+CDNSGIP=\"echo.test\"\r", "\r\n+CDNSGIP: 1,\"echo.test\",\"198.18.91.241\"\r\n" RIG_OK },
	{ "AT+CDNSGIP=\"ECHO.test\"\r", "\r\n+CDNSGIP: 1,\"ECHO.test\",\"198.18.91.241\"\r\n" RIG_OK },
	{ "AT+CDNSGIP=\"1.2.3.4\"\r", "\r\n+CDNSGIP: 1,\"1.2.3.4\",\"1.2.3.4\"\r\n" RIG_OK },
	{ "AT+CDNSGIP=\"no.test\"\r", "\r\n+CDNSGIP: 0,10\r\n" RIG_ERROR },
	{ "AT+CDNSGIP=\"\"\r", RIG_ERROR },
	{ "AT+CDNSGIP=\"a..b\"\r", "\r\n+CDNSGIP: 0,10\r\n" RIG_ERROR },
	{ "AT+CDNSGIP=\"" LABEL_63 "a.test\"\r", "\r\n+CDNSGIP: 0,10\r\n" RIG_ERROR },
	{ "AT+CDNSGIP=\"" LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63 "\"\r", "\r\n+CDNSGIP: 0,10\r\n" RIG_ERROR },
	{ "AT+CDNSGHNAME=\"198.18.91.241\"\r", "\r\n+CDNSGHNAME: 1,\"echo.test\",\"198.18.91.241\"\r\n" RIG_OK },
	{ "AT+CDNSGHNAME=\"1.2.3.4\"\r", "\r\n+CDNSGHNAME: 0,10\r\n" RIG_ERROR },
	{ "AT+CIPDNSSET?\r", "\r\n+CIPDNSSET: 3,30000,7\r\n" RIG_OK },
	{ "AT+CIPDNSSET=?\r", "\r\n+CIPDNSSET: (0-3),(3000-120000),(0-7)\r\n" RIG_OK },
	{ "AT+CIPDNSSET=4\r", RIG_ERROR },
	{ "AT+CIPDNSSET=,3000\r", RIG_OK },
	{ "AT+CIPDNSSET=0,,1\r", RIG_OK },
	{ "AT+CIPDNSSET?\r", "\r\n+CIPDNSSET: 0,3000,1\r\n" RIG_OK },
};

/* A name needs a bearer, and no AT+NETOPEN. */
START_TEST(test_names)
{
	struct rig *r = cip_new_closed(B05, NULL);

	ROWS(r, names);
	net_drop(r->modem->net);
	rig_row(r, "AT+CDNSGIP=\"echo.test\"\r", "\r\n+CDNSGIP: 0,10\r\n" RIG_ERROR);
	rig_why(r, "no network to ask on");
	rig_free(r);
}
END_TEST

/* The resolver's patience is AT+CIPDNSSET's. */
START_TEST(test_names_timeout)
{
	struct rig *r = cip_new_closed(B05, QUIRKS("dns_query_ms=60"));

	rig_row(r, "AT+CIPDNSSET=0,3000,1\r", RIG_OK);
	rig_row(r, "AT+CDNSGIP=\"echo.test\"\r", "");
	rig_after(r, 120, "\r\n+CDNSGIP: 0,10\r\n" RIG_ERROR);
	rig_why(r, "2 queries for echo.test had no answer");
	rig_quiet(r, 5000);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_loss, 0, sizeof(exchanges) / sizeof(exchanges[0]));
	tcase_add_test(tc, test_loss_quirks);
	tcase_add_loop_test(tc, test_netclose, 0, 2);
	tcase_add_test(tc, test_silent_death);
	tcase_add_test(tc, test_netopen_timeout);
	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_names_timeout);
}

int main(void)
{
	return rig_main("cmd_cip_net", add);
}
