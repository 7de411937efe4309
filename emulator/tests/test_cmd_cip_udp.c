/* AT+CIP* over UDP, and received data as it is pushed: orders and frames. at-general 7. */
#include "tests/test_cip_rig.h"

START_TEST(test_session)
{
	struct rig *r = cip_new(B05, NULL);

	rig_row(r, "AT+CIPRXGET=1\r", RIG_OK);
	rig_row(r, "AT+CIPOPEN=1,\"UDP\",,,5000\r", "\r\n+CIPOPEN: 1,0\r\n" RIG_OK);
	rig_row(r, "AT+CIPOPEN?\r",
		"\r\n+CIPOPEN: 0\r\n+CIPOPEN: 1,\"UDP\",\"0.0.0.0\",0,-1\r\n+CIPOPEN: 2\r\n+CIPOPEN: 3\r\n+CIPOPEN: "
		"4\r\n"
		"+CIPOPEN: 5\r\n+CIPOPEN: 6\r\n+CIPOPEN: 7\r\n+CIPOPEN: 8\r\n+CIPOPEN: 9\r\n" RIG_OK);
	rig_row(r, "AT+CIPSEND=1,5,\"echo.test\",7\r", "\r\n>");
	rig_row(r, "hello", RIG_OK "\r\n+CIPSEND: 1,5,5\r\n\r\n+CIPRXGET: 1,1\r\n");
	rig_row(r, "AT+CIPRXGET=2,1\r", "\r\n+CIPRXGET: 2,1,5,0\r\nhello\r\n" RIG_OK);
	rig_row(r, "AT+CIPSEND=1,,\"echo.test\",7\r", "\r\n>");
	rig_row(r, "ctrl-z\x1a", RIG_OK "\r\n+CIPSEND: 1,6,6\r\n\r\n+CIPRXGET: 1,1\r\n");
	rig_row(r, "AT+CIPACK=1\r", "\r\n+IP ERROR: Operation not supported\r\n" RIG_ERROR);
	rig_row(r, "AT+CIPCLOSE=1\r", "\r\n+CIPCLOSE: 1,0\r\n" RIG_OK);
	rig_row(r, "AT+CIPCLOSE=1\r", "\r\n+CIPCLOSE: 1,4\r\n" RIG_ERROR);
	rig_quiet(r, 5000);
	rig_free(r);
}
END_TEST

static const struct row refusals[] = {
	/* SIM7600E-H: remote address and no local port (LilyGo-Modem-Series#364) */
	{ "AT+CIPOPEN=1,\"UDP\",\"1.2.3.4\",12345\r", "\r\n+CIPOPEN: 1,3\r\n" RIG_ERROR },
	{ "AT+CIPOPEN=1,\"UDP\"\r", "\r\n+CIPOPEN: 1,3\r\n" RIG_ERROR },
	{ "AT+CIPOPEN=1,\"UDP\",,,0\r", "\r\n+CIPOPEN: 1,3\r\n" RIG_ERROR },
	{ "AT+CIPOPEN=1,\"udp\",,,5000\r", "\r\n+CIPOPEN: 1,0\r\n" RIG_OK },
	{ "AT+CIPOPEN=2,\"UDP\",,,5000\r", "\r\n+CIPOPEN: 2,6\r\n" RIG_ERROR },
	{ "AT+CIPOPEN=1,\"UDP\",,,5001\r", "\r\n+CIPOPEN: 1,4\r\n" RIG_ERROR },
	{ "AT+CIPSEND=1,5\r", "\r\n+CIPERROR: 3\r\n" RIG_ERROR },
	{ "AT+CIPSEND=1,5,\"echo.test\"\r", "\r\n+CIPERROR: 3\r\n" RIG_ERROR },
	{ "AT+CIPSEND=1,5,\"echo.test\",0\r", "\r\n+CIPERROR: 3\r\n" RIG_ERROR },
	{ "AT+CIPSEND=1,5,,7\r", "\r\n+CIPERROR: 3\r\n" RIG_ERROR },
	{ "AT+CIPSEND=1,1,\"no.test\",7\r", "\r\n>" },
	{ "x", "\r\n+CIPERROR: 11\r\n" RIG_ERROR },
	/* Nobody at an address: a datagram is lost, and nobody knows. */
	{ "AT+CIPSEND=1,1,\"198.18.0.1\",7\r", "\r\n>" },
	{ "x", RIG_OK "\r\n+CIPSEND: 1,1,1\r\n" },
};

START_TEST(test_refusals)
{
	struct rig *r = cip_new(B05, NULL);

	ROWS(r, refusals);
	cip_open(r, 0, "\"echo.test\",7");
	rig_row(r, "AT+CIPSEND=0,5,\"echo.test\",7\r", "\r\n+CIPERROR: 3\r\n" RIG_ERROR);
	rig_why(r, "its data can go nowhere else");
	rig_free(r);
}
END_TEST

/* With a remote address of its own a link needs none for each send [guess]. */
START_TEST(test_remote)
{
	struct rig *r = cip_new(B05, NULL);

	rig_row(r, "AT+CIPOPEN=1,\"UDP\",\"echo.test\",7,5000\r", "\r\n+CIPOPEN: 1,0\r\n" RIG_OK);
	rig_row(r, "AT+CIPSEND=1,2\r", "\r\n>");
	rig_row(r, "hi", RIG_OK "\r\n+CIPSEND: 1,2,2\r\n\r\nRECV FROM:198.18.91.241:7\r\n+IPD2\r\nhi");
	rig_free(r);
}
END_TEST

/* Order of OK and line by revision. */
static const struct {
	const char *profile, *quirk, *mode, *opened, *closed;
} orders[] = {
	{ B05, "cipopen_udp_order=line_first", "0", "\r\n+CIPOPEN: 1,0\r\n" RIG_OK, "\r\n+CIPCLOSE: 1,0\r\n" RIG_OK },
	{ B05, "cipopen_udp_order=ok_first", "0", RIG_OK "\r\n+CIPOPEN: 1,0\r\n", "\r\n+CIPCLOSE: 1,0\r\n" RIG_OK },
	{ B05, "cipclose_udp_order=ok_first", "0", "\r\n+CIPOPEN: 1,0\r\n" RIG_OK, RIG_OK "\r\n+CIPCLOSE: 1,0\r\n" },
	{ A7670, "echo_data=true", "0", "\r\n+CIPOPEN: 1,0\r\n" RIG_OK, "\r\n+CIPCLOSE: 1,0\r\n" RIG_OK },
	{ A7670, "echo_data=true", "1", "\r\n+CIPOPEN: 1,0\r\n" RIG_OK, RIG_OK "\r\n+CIPCLOSE: 1,0\r\n" },
};

START_TEST(test_orders)
{
	struct rig *r = cip_new(orders[_i].profile, QUIRKS(orders[_i].quirk));
	char line[32];

	snprintf(line, sizeof(line), "AT+CIPRXGET=%s\r", orders[_i].mode);
	rig_row(r, line, RIG_OK);
	rig_row(r, "AT+CIPOPEN=1,\"UDP\",,,5000\r", orders[_i].opened);
	rig_row(r, "AT+CIPCLOSE=1\r", orders[_i].closed);
	rig_free(r);
}
END_TEST

/* --- pushed data ------------------------------------------------------------------------------------------------- */

#define FROM "RECV FROM:198.18.91.241:7\r\n"

static const struct {
	const char *set, *quirk, *out;
} frames[] = {
	{ "AT\r", NULL, "\r\n" FROM "+IPD5\r\nhello" },
	{ "AT+CIPSRIP=0\r", NULL, "\r\n+IPD5\r\nhello" },
	{ "AT+CIPHEAD=0\r", NULL, "\r\n" FROM "hello" },
	{ "AT+CIPHEAD=0;+CIPSRIP=0\r", NULL, "hello" },
	{ "AT+CIPCCFG=10,0,0,1,1,0,500\r", NULL, "\r\n" FROM "+RECEIVE,3,5\r\nhello" },
	{ "AT+CIPCCFG=10,0,0,1,1,0,500;+CIPSRIP=0\r", NULL, "\r\n+RECEIVE,3,5\r\nhello" },
	{ "AT\r", "cip_recv_from=plus", "\r\n+" FROM "+IPD5\r\nhello" },
};

START_TEST(test_frames)
{
	struct rig *r = cip_new(B05, frames[_i].quirk ? QUIRKS(frames[_i].quirk) : NULL);

	rig_row(r, frames[_i].set, RIG_OK);
	cip_open(r, 3, "\"echo.test\",7");
	cip_send(r, 3, "hello");
	rig_more(r, frames[_i].out);
	rig_quiet(r, 5000);
	rig_free(r);
}
END_TEST

/* Long data comes in records; the close behind it, whatever the host was doing. */
START_TEST(test_push)
{
	struct rig *r = cip_new(B05, QUIRKS("cip_push_max_bytes=16"));

	rig_row(r, "AT+CIPSRIP=0\r", RIG_OK);
	cip_open(r, 0, "\"discard.test\",7");
	rig_world(r, "peer 1 send 0123456789abcdefghij");
	rig_more(r, "\r\n+IPD16\r\n0123456789abcdef\r\n+IPD4\r\nghij");
	rig_row(r, "AT+CIPSEND=0,2\r", "\r\n>");
	rig_world(r, "peer 1 send kl");
	rig_world(r, "peer 1 close");
	rig_quiet(r, 1000);
	rig_row(r, "xy", RIG_OK "\r\n+IPD2\r\nkl\r\n+IPCLOSE: 0,1\r\n\r\n+CIPSEND: 0,2,-1\r\n");
	rig_free(r);
}
END_TEST

/* DelayTm: what comes within so many ms is told in one record. */
START_TEST(test_delay)
{
	struct rig *r = cip_new(B05, NULL);

	rig_row(r, "AT+CIPSRIP=0;+CIPCCFG=10,1000\r", RIG_OK);
	cip_open(r, 0, "\"discard.test\",7");
	rig_world(r, "peer 1 send ab");
	rig_quiet(r, 500);
	rig_world(r, "peer 1 send cd");
	rig_quiet(r, 500);
	rig_more(r, "\r\n+IPD4\r\nabcd");
	rig_world(r, "peer 1 send ef");
	rig_world(r, "peer 1 close");
	rig_quiet(r, 1000);
	rig_more(r, "\r\n+IPD2\r\nef\r\n+IPCLOSE: 0,1\r\n");
	rig_free(r);
}
END_TEST

/* Datagrams stay apart, each with its sender. A host that begins to fetch finds them in one piece. */
START_TEST(test_datagrams)
{
	struct rig *r = cip_new(B05, NULL);

	rig_row(r, "AT+CIPRXGET=1\r", RIG_OK);
	rig_row(r, "AT+CIPOPEN=0,\"UDP\",,,5000\r", "\r\n+CIPOPEN: 0,0\r\n" RIG_OK);
	rig_row(r, "AT+CIPSEND=0,1,\"discard.test\",7\r", "\r\n>");
	rig_row(r, "x", RIG_OK "\r\n+CIPSEND: 0,1,1\r\n");
	rig_world(r, "peer 1 send one");
	rig_more(r, "\r\n+CIPRXGET: 1,0\r\n");
	rig_world(r, "peer 1 send two");
	rig_quiet(r, 500);
	rig_row(r, "AT+CIPRXGET=2,0,4\r", "\r\n+CIPRXGET: 2,0,4,2\r\nonet\r\n" RIG_OK);
	rig_row(r, "AT+CIPSRIP=0;+CIPRXGET=0\r", RIG_OK "\r\n+IPD2\r\nwo");
	rig_world(r, "peer 1 send three");
	rig_more(r, "\r\n+IPD5\r\nthree");
	rig_row(r, "AT+CIPRXGET=1\r", RIG_OK);
	rig_free(r);
}
END_TEST

/* A full buffer loses datagrams whole. */
START_TEST(test_overflow)
{
	struct rig *r = cip_new(B05, QUIRKS("cip_rx_buffer_bytes=1500"));
	char line[1400] = "peer 1 send ";

	memset(line + 12, 'd', sizeof(line) - 13);
	line[sizeof(line) - 1] = '\0';
	rig_row(r, "AT+CIPRXGET=1\r", RIG_OK);
	rig_row(r, "AT+CIPOPEN=0,\"UDP\",\"discard.test\",7,5000\r", "\r\n+CIPOPEN: 0,0\r\n" RIG_OK);
	rig_row(r, "AT+CIPSEND=0,1\r", "\r\n>");
	rig_row(r, "x", RIG_OK "\r\n+CIPSEND: 0,1,1\r\n");
	for (int i = 0; i < 3; i++)
		rig_world(r, line);
	rig_more(r, "\r\n+CIPRXGET: 1,0\r\n");
	rig_quiet(r, 1000);
	rig_row(r, "AT+CIPRXGET=4,0\r", "\r\n+CIPRXGET: 4,0,1387\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_session);
	tcase_add_test(tc, test_refusals);
	tcase_add_test(tc, test_remote);
	tcase_add_loop_test(tc, test_orders, 0, sizeof(orders) / sizeof(orders[0]));
	tcase_add_loop_test(tc, test_frames, 0, sizeof(frames) / sizeof(frames[0]));
	tcase_add_test(tc, test_push);
	tcase_add_test(tc, test_delay);
	tcase_add_test(tc, test_datagrams);
	tcase_add_test(tc, test_overflow);
}

int main(void)
{
	return rig_main("cmd_cip_udp", add);
}
