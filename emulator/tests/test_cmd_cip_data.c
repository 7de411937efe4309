/* AT+CIPMODE=1: CONNECT and its text, bytes both ways, +++, ATO, ATH, CLOSED, DTR, the server's side. at-general 7, 13.
 */
#include "tests/test_cip_rig.h"

static struct rig *transparent(const char *profile, const char *const *quirks)
{
	struct rig *r = cip_new_closed(profile, quirks);

	rig_row(r, "AT+CIPMODE=1\r", RIG_OK);
	rig_row(r, "AT+NETOPEN\r", RIG_OK "\r\n+NETOPEN: 0\r\n");
	return r;
}

static struct rig *online(const char *to)
{
	struct rig *r = transparent(B05, NULL);
	char line[128];

	snprintf(line, sizeof(line), "AT+CIPOPEN=0,\"TCP\",%s\r", to);
	rig_row(r, line, "\r\nCONNECT 115200\r\n");
	return r;
}

/* Guard time, three pluses, guard time. */
static void escape(struct rig *r)
{
	rig_quiet(r, 1000);
	rig_row(r, "+++", "");
	rig_quiet(r, 999);
	rig_more(r, RIG_OK);
}

START_TEST(test_session)
{
	struct rig *r = online("\"echo.test\",7");

	rig_row(r, "AT+CIPCLOSE=0\r\n", "AT+CIPCLOSE=0\r\n");
	rig_row(r, "+++", "+++"); /* no guard time before */
	escape(r);
	rig_row(r, "AT\r", RIG_OK);
	rig_row(r, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 1,0,0,0,0,0,0,0,0,0\r\n" RIG_OK);
	rig_row(r, "AT+CIPSEND=0,1\r", "\r\n+CIPERROR: 4\r\n" RIG_ERROR);
	rig_why(r, "data mode only");
	rig_row(r, "ATO\r", "\r\nCONNECT 115200\r\n");
	rig_row(r, "x", "x");
	escape(r);
	rig_row(r, "AT+CIPCLOSE=0\r", RIG_OK "\r\nCLOSED\r\n\r\n+CIPCLOSE: 0,0\r\n");
	rig_row(r, "ATO\r", "\r\nNO CARRIER\r\n");
	rig_row(r, "AT+CIPCLOSE=0\r", "\r\n+CIPCLOSE: 0,4\r\n" RIG_ERROR);
	rig_free(r);
}
END_TEST

/* What comes while the host is at commands waits for ATO. */
START_TEST(test_waits)
{
	struct rig *r = online("\"discard.test\",7");

	escape(r);
	rig_world(r, "peer 1 send later");
	rig_quiet(r, 2000);
	rig_row(r, "ATO\r", "\r\nCONNECT 115200\r\nlater");
	rig_free(r);
}
END_TEST

/* The text of CONNECT by X, &E and \V. */
static const struct {
	const char *set, *out;
} connects[] = {
	{ "ATX0\r", "\r\nCONNECT\r\n" },
	{ "ATX1\r", "\r\nCONNECT 115200\r\n" },
	{ "AT&E0\r", "\r\nCONNECT 150000000\r\n" },
	{ "AT\\V1\r", "\r\nCONNECT 115200/TCP//50000000/150000000\r\n" },
	{ "ATX0\\V1\r", "\r\nCONNECT\r\n" },
	{ "ATV0\r", "1\r" },
	{ "ATQ1\r", "" },
};

START_TEST(test_connect_text)
{
	struct rig *r = transparent(B05, NULL);
	const char *ok = !strcmp(connects[_i].set, "ATV0\r") ? "0\r" : strchr(connects[_i].set, 'Q') ? "" : RIG_OK;

	rig_row(r, connects[_i].set, ok);
	rig_row(r, "AT+CIPOPEN=0,\"TCP\",\"echo.test\",7\r", connects[_i].out);
	rig_quiet(r, 1000);
	rig_row(r, "data", "data");
	rig_free(r);
}
END_TEST

/* What does not connect. */
static const struct row failures[] = {
	{ "AT+CIPOPEN=0,\"TCP\",\"busy.test\",7\r", "\r\nCONNECT FAIL\r\n" },
	{ "AT+CIPOPEN=0,\"TCP\",\"no.test\",7\r", "\r\nCONNECT FAIL\r\n" },
	{ "AT+CIPOPEN=1,\"TCP\",\"echo.test\",7\r", RIG_ERROR },
	{ "AT+CIPOPEN=0,\"TCP\",\"echo.test\"\r", RIG_ERROR },
	{ "AT+CIPOPEN=0,\"UDP\",,,5000\r", RIG_ERROR },
	{ "AT+CIPMODE=0\r", RIG_ERROR },
	{ "AT+CIPMODE=1\r", RIG_OK },
	{ "ATO\r", "\r\nNO CARRIER\r\n" },
	{ "ATH\r", RIG_OK },
	{ "ATV0\r", "0\r" },
	{ "AT+CIPOPEN=0,\"TCP\",\"busy.test\",7\r", "3\r" },
};

START_TEST(test_failures)
{
	struct rig *r = transparent(B05, NULL);

	ROWS(r, failures);
	rig_free(r);
}
END_TEST

START_TEST(test_mode_open_quirk)
{
	struct rig *r = cip_new(B05, QUIRKS("cipmode_net_open=true"));

	rig_row(r, "AT+CIPMODE=1\r", RIG_OK);
	rig_free(r);
}
END_TEST

/* The peer closes: online, and while the host is at commands. */
START_TEST(test_peer_closes)
{
	struct rig *r = online("\"once.test\",80");

	rig_row(r, "GET", "200 ok\r\n\r\nCLOSED\r\n");
	rig_row(r, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 0,0,0,0,0,0,0,0,0,0\r\n" RIG_OK);
	rig_row(r, "AT+CIPOPEN=0,\"TCP\",\"discard.test\",7\r", "\r\nCONNECT 115200\r\n");
	escape(r);
	rig_world(r, "drop close");
	rig_more(r, "\r\nCLOSED\r\n");
	rig_row(r, "ATO\r", "\r\nNO CARRIER\r\n");
	/* Data before the close waits for the host, and so does the close. */
	rig_row(r, "AT+CIPOPEN=0,\"TCP\",\"discard.test\",7\r", "\r\nCONNECT 115200\r\n");
	escape(r);
	rig_world(r, "peer 3 send last words");
	rig_world(r, "peer 3 close");
	rig_quiet(r, 3000);
	rig_row(r, "ATO\r", "\r\nCONNECT 115200\r\nlast words\r\nCLOSED\r\n");
	rig_free(r);
}
END_TEST

START_TEST(test_hangup)
{
	struct rig *r = online("\"discard.test\",7");

	escape(r);
	rig_row(r, "ATH\r", RIG_OK);
	rig_row(r, "ATO\r", "\r\nNO CARRIER\r\n");
	rig_row(r, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 0,0,0,0,0,0,0,0,0,0\r\n" RIG_OK);
	rig_quiet(r, 5000);
	rig_free(r);
}
END_TEST

/* A host that leaves: &D0 nothing, &D1 as +++, &D2 hangs up, also a call that stands after +++. */
START_TEST(test_dtr)
{
	struct rig *r = online("\"echo.test\",7");

	at_settings(r->host.channel[0])->dtr = 0;
	at_dtr_drop(r->host.channel[0]);
	rig_row(r, "abc", "abc");
	at_settings(r->host.channel[0])->dtr = 1;
	at_dtr_drop(r->host.channel[0]);
	rig_more(r, RIG_OK);
	rig_row(r, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 1,0,0,0,0,0,0,0,0,0\r\n" RIG_OK);
	at_dtr_drop(r->host.channel[0]);
	rig_row(r, "ATO\r", "\r\nCONNECT 115200\r\n");
	at_settings(r->host.channel[0])->dtr = 2;
	at_dtr_drop(r->host.channel[0]);
	rig_row(r, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 0,0,0,0,0,0,0,0,0,0\r\n" RIG_OK);
	rig_row(r, "AT+CIPOPEN=0,\"TCP\",\"echo.test\",7\r", "\r\nCONNECT 115200\r\n");
	escape(r);
	at_dtr_drop(r->host.channel[0]);
	rig_row(r, "ATO\r", "\r\nNO CARRIER\r\n");
	rig_free(r);
}
END_TEST

/* Somebody connects to a transparent server: the line goes online by itself, unless a command is running. */
START_TEST(test_server)
{
	struct rig *r = transparent(B05, NULL);

	rig_row(r, "AT+SERVERSTART=80,0\r", RIG_OK);
	rig_world(r, "connect 80 203.0.113.9:4711");
	rig_more(r, "\r\n+CLIENT: 0,0,203.0.113.9:4711\r\n\r\nCONNECT 115200\r\n");
	rig_world(r, "peer 1 send hello");
	rig_more(r, "hello");
	rig_row(r, "answer", "");
	rig_world(r, "connect 80 203.0.113.9:4712"); /* link 0 is taken */
	rig_quiet(r, 2000);
	rig_world(r, "peer 1 close");
	rig_more(r, "\r\nCLOSED\r\n");
	rig_row(r, "AT+COPS=?\r", "");
	rig_world(r, "connect 80 203.0.113.9:4713");
	rig_more(r, "\r\n+CLIENT: 0,0,203.0.113.9:4713\r\n");
	rig_quiet(r, 1000);
	rig_row(r, "x", RIG_OK);
	rig_row(r, "ATO\r", "\r\nCONNECT 115200\r\n");
	escape(r);
	rig_row(r, "AT+CIPCLOSE=0;+SERVERSTOP=0\r",
		"\r\n+SERVERSTOP: 0,9\r\n" RIG_ERROR "\r\nCLOSED\r\n\r\n+CIPCLOSE: 0,0\r\n");
	rig_row(r, "AT+SERVERSTOP=0\r", "\r\n+SERVERSTOP: 0,0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(test_udp)
{
	struct rig *r = transparent(B05, NULL);

	rig_row(r, "AT+CIPOPEN=0,\"UDP\",\"echo.test\",7,5000\r", "\r\nCONNECT 115200\r\n");
	rig_row(r, "datagram", "datagram");
	escape(r);
	rig_row(r, "AT+CIPCLOSE=0\r", "\r\nCLOSED\r\n\r\n+CIPCLOSE: 0,0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* The network goes while the host is online, and while it is at commands. */
START_TEST(test_loss)
{
	struct rig *r = online("\"echo.test\",7");

	net_drop(r->modem->net);
	rig_more(r, "\r\nCLOSED\r\n\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n");
	rig_row(r, "AT\r", RIG_OK);
	net_up(r->modem->net);
	rig_quiet(r, 5000);
	rig_row(r, "AT+NETOPEN\r", RIG_OK "\r\n+NETOPEN: 0\r\n");
	rig_row(r, "AT+CIPOPEN=0,\"TCP\",\"echo.test\",7\r", "\r\nCONNECT 115200\r\n");
	escape(r);
	rig_row(r, "AT+NETCLOSE\r", RIG_OK "\r\nCLOSED\r\n\r\n+NETCLOSE: 0\r\n");
	rig_row(r, "ATO\r", "\r\nNO CARRIER\r\n");
	rig_free(r);
}
END_TEST

/* 300 KB to a peer that takes 1,000 bytes a second: what the modem cannot keep is lost and noted, nothing grows. */
START_TEST(test_flood)
{
	struct rig *r = online("\"slow.test\",7");
	char data[1000];
	uint64_t count[3];

	memset(data, 'd', sizeof(data));
	for (int i = 0; i < 300; i++)
		rig_feed(r, data, sizeof(data));
	rig_quiet(r, 200000);
	ck_assert_int_eq(socket_counts(r->modem->socket, 0, count), 0);
	ck_assert_uint_ge(count[0], 65000);
	ck_assert_uint_le(count[0], 67000);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_session);
	tcase_add_test(tc, test_waits);
	tcase_add_loop_test(tc, test_connect_text, 0, sizeof(connects) / sizeof(connects[0]));
	tcase_add_test(tc, test_failures);
	tcase_add_test(tc, test_mode_open_quirk);
	tcase_add_test(tc, test_peer_closes);
	tcase_add_test(tc, test_hangup);
	tcase_add_test(tc, test_dtr);
	tcase_add_test(tc, test_server);
	tcase_add_test(tc, test_udp);
	tcase_add_test(tc, test_loss);
	tcase_add_test(tc, test_flood);
}

int main(void)
{
	return rig_main("cmd_cip_data", add);
}
