/* AT+SERVERSTART, +CLIENT and AT+SERVERSTOP: four servers, ten links. at-general 7. */
#include "tests/test_cip_rig.h"

START_TEST(test_session)
{
	struct rig *r = cip_new(B05, NULL);

	rig_row(r, "AT+SERVERSTART=?\r", "\r\n+SERVERSTART: (0-65535),(0-3)\r\n" RIG_OK);
	rig_row(r, "AT+SERVERSTART?\r", RIG_OK);
	rig_row(r, "AT+SERVERSTART=8080,0\r", RIG_OK);
	rig_row(r, "AT+SERVERSTART=8081,3,2\r", RIG_OK);
	rig_row(r, "AT+SERVERSTART?\r", "\r\n+SERVERSTART: 0,8080\r\n+SERVERSTART: 3,8081\r\n" RIG_OK);
	rig_world(r, "connect 8080 203.0.113.9:4711");
	rig_more(r, "\r\n+CLIENT: 0,0,203.0.113.9:4711\r\n");
	rig_world(r, "connect 8081 203.0.113.9:4712");
	rig_more(r, "\r\n+CLIENT: 1,3,203.0.113.9:4712\r\n");
	rig_row(r, "AT+CIPOPEN?\r",
		"\r\n+CIPOPEN: 0,\"TCP\",\"203.0.113.9\",4711,0\r\n+CIPOPEN: "
		"1,\"TCP\",\"203.0.113.9\",4712,3\r\n+CIPOPEN: 2\r\n"
		"+CIPOPEN: 3\r\n+CIPOPEN: 4\r\n+CIPOPEN: 5\r\n+CIPOPEN: 6\r\n+CIPOPEN: 7\r\n+CIPOPEN: 8\r\n+CIPOPEN: "
		"9\r\n" RIG_OK);
	rig_world(r, "peer 1 send GET /");
	rig_more(r, "\r\nRECV FROM:203.0.113.9:4711\r\n+IPD5\r\nGET /");
	cip_send(r, 0, "200 OK");
	rig_row(r, "AT+SERVERSTOP=0\r", "\r\n+SERVERSTOP: 0,9\r\n" RIG_ERROR);
	rig_why(r, "link 0 of server 0 is still open");
	rig_row(r, "AT+CIPCLOSE=0\r", RIG_OK "\r\n+CIPCLOSE: 0,0\r\n");
	rig_row(r, "AT+SERVERSTOP=0\r", "\r\n+SERVERSTOP: 0,0\r\n" RIG_OK);
	rig_row(r, "AT+SERVERSTART?\r", "\r\n+SERVERSTART: 3,8081\r\n" RIG_OK);
	rig_world(r, "peer 2 reset");
	rig_more(r, "\r\n+IPCLOSE: 1,1\r\n");
	rig_row(r, "AT+SERVERSTOP=3\r", "\r\n+SERVERSTOP: 3,0\r\n" RIG_OK);
	rig_quiet(r, 5000);
	rig_free(r);
}
END_TEST

static const struct row refusals[] = {
	{ "AT+SERVERSTART=80,0\r", RIG_OK },
	{ "AT+SERVERSTART=81,0\r", "\r\n+CIPERROR: 7\r\n" RIG_ERROR },
	{ "AT+SERVERSTART=80,1\r", "\r\n+CIPERROR: 6\r\n" RIG_ERROR },
	{ "AT+SERVERSTART=80,4\r", "\r\n+CIPERROR: 3\r\n" RIG_ERROR },
	{ "AT+SERVERSTART=0,1\r", "\r\n+CIPERROR: 3\r\n" RIG_ERROR },
	{ "AT+SERVERSTART=65536,1\r", "\r\n+CIPERROR: 3\r\n" RIG_ERROR },
	{ "AT+SERVERSTART=81\r", "\r\n+CIPERROR: 3\r\n" RIG_ERROR },
	{ "AT+SERVERSTOP=1\r", "\r\n+SERVERSTOP: 1,4\r\n" RIG_ERROR },
	{ "AT+SERVERSTOP=4\r", "\r\n+CIPERROR: 3\r\n" RIG_ERROR },
	{ "AT+SERVERSTART=81,1;+SERVERSTART=82,2;+SERVERSTART=83,3\r", RIG_OK },
	{ "AT+SERVERSTOP=1;+SERVERSTOP=0\r", "\r\n+SERVERSTOP: 1,0\r\n\r\n+SERVERSTOP: 0,0\r\n" RIG_OK },
	{ "AT+SERVERSTART=80,1\r", RIG_OK },
	{ "AT+NETCLOSE\r", RIG_OK "\r\n+NETCLOSE: 0\r\n" },
	{ "AT+SERVERSTART?\r", RIG_OK },
	{ "AT+SERVERSTART=80,1\r", "\r\n+CIPERROR: 2\r\n" RIG_ERROR },
};

START_TEST(test_refusals)
{
	struct rig *r = cip_new(B05, NULL);

	ROWS(r, refusals);
	rig_why(r, "the data network is closed");
	rig_free(r);
}
END_TEST

/* The lowest free of ten, servers and clients together; who finds none is turned away. */
START_TEST(test_pool)
{
	struct rig *r = cip_new(B05, NULL);
	char want[64];

	rig_row(r, "AT+SERVERSTART=80,2\r", RIG_OK);
	cip_open(r, 3, "\"discard.test\",7");
	for (int i = 0; i < 10; i++) {
		if (i == 3)
			continue;
		rig_world(r, "connect 80 203.0.113.9:4711");
		snprintf(want, sizeof(want), "\r\n+CLIENT: %d,2,203.0.113.9:4711\r\n", i);
		rig_more(r, want);
	}
	rig_world(r, "connect 80 203.0.113.9:4799");
	rig_quiet(r, 5000);
	rig_row(r, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 1,1,1,1,1,1,1,1,1,1\r\n" RIG_OK);
	rig_row(r, "AT+CIPCLOSE=7\r", RIG_OK "\r\n+CIPCLOSE: 7,0\r\n");
	rig_world(r, "connect 80 203.0.113.9:4712");
	rig_more(r, "\r\n+CLIENT: 7,2,203.0.113.9:4712\r\n");
	rig_free(r);
}
END_TEST

/* The network goes: servers and their links with it. */
START_TEST(test_loss)
{
	struct rig *r = cip_new(B05, NULL);

	rig_row(r, "AT+SERVERSTART=80,0\r", RIG_OK);
	rig_world(r, "connect 80 203.0.113.9:4711");
	rig_more(r, "\r\n+CLIENT: 0,0,203.0.113.9:4711\r\n");
	net_drop(r->modem->net);
	rig_more(r, "\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n");
	rig_row(r, "AT+SERVERSTART?\r", RIG_OK);
	rig_row(r, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 0,0,0,0,0,0,0,0,0,0\r\n" RIG_OK);
	rig_quiet(r, 5000);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_session);
	tcase_add_test(tc, test_refusals);
	tcase_add_test(tc, test_pool);
	tcase_add_test(tc, test_loss);
}

int main(void)
{
	return rig_main("cmd_cip_server", add);
}
