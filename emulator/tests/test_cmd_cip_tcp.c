/* AT+CIPOPEN, AT+CIPSEND, AT+CIPRXGET and AT+CIPCLOSE over TCP: orders, codes, exact bytes. at-general 7. */
#include "tests/test_cip_rig.h"

#define IDLE_FROM_1 \
	"+CIPOPEN: 1\r\n+CIPOPEN: 2\r\n+CIPOPEN: 3\r\n+CIPOPEN: 4\r\n+CIPOPEN: 5\r\n+CIPOPEN: 6\r\n" \
	"+CIPOPEN: 7\r\n+CIPOPEN: 8\r\n+CIPOPEN: 9\r\n"

static void row_of(struct rig *r, const char *data, size_t n, const char *want)
{
	rig_row_bytes(r, data, n, want, strlen(want));
}

/* What a driver does with a link, from opening to closing. */
START_TEST(test_session)
{
	struct rig *r = cip_new(B05, NULL);

	rig_row(r, "AT+CIPRXGET=1\r", RIG_OK);
	rig_row(r, "AT+CIPOPEN?\r", "\r\n+CIPOPEN: 0\r\n" IDLE_FROM_1 RIG_OK);
	rig_row(r, "AT+CIPOPEN=0,\"TCP\",\"echo.test\",7\r", RIG_OK);
	rig_after(r, 650, "\r\n+CIPOPEN: 0,0\r\n");
	rig_row(r, "AT+CIPOPEN?\r", "\r\n+CIPOPEN: 0,\"TCP\",\"198.18.91.241\",7,-1\r\n" IDLE_FROM_1 RIG_OK);
	rig_row(r, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 1,0,0,0,0,0,0,0,0,0\r\n" RIG_OK);
	rig_row(r, "AT+CIPSEND=0,5\r", "\r\n>");
	rig_row(r, "he\x1a\r\n", RIG_OK "\r\n+CIPSEND: 0,5,5\r\n");
	rig_more(r, "\r\n+CIPRXGET: 1,0\r\n");
	rig_row(r, "AT+CIPRXGET=4,0\r", "\r\n+CIPRXGET: 4,0,5\r\n" RIG_OK);
	rig_row(r, "AT+CIPRXGET=2,0,2\r", "\r\n+CIPRXGET: 2,0,2,3\r\nhe\r\n" RIG_OK);
	rig_row(r, "AT+CIPRXGET=3,0,2\r", "\r\n+CIPRXGET: 3,0,2,1\r\n1A0D\r\n" RIG_OK);
	rig_row(r, "AT+CIPRXGET=2,0\r", "\r\n+CIPRXGET: 2,0,1,0\r\n\n\r\n" RIG_OK);
	rig_row(r, "AT+CIPRXGET=2,0,1500\r", "\r\n+IP ERROR: No data\r\n" RIG_ERROR);
	rig_row(r, "AT+CIPRXGET=4,0\r", "\r\n+CIPRXGET: 4,0,0\r\n" RIG_OK);
	rig_row(r, "AT+CIPACK=0\r", "\r\n+CIPACK: 5,5,5\r\n" RIG_OK);
	rig_row(r, "AT+CIPCLOSE=0\r", RIG_OK);
	rig_after(r, 100, "\r\n+CIPCLOSE: 0,0\r\n");
	rig_row(r, "AT+CIPCLOSE=0\r", "\r\n+CIPCLOSE: 0,4\r\n" RIG_ERROR);
	rig_why(r, "cip_closed_code");
	rig_row(r, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 0,0,0,0,0,0,0,0,0,0\r\n" RIG_OK);
	rig_quiet(r, 10000);
	rig_free(r);
}
END_TEST

/* Argument errors, and what an idle link answers. */
static const struct row refusals[] = {
	{ "AT+CIPOPEN=?\r", "\r\n+CIPOPEN: (0-9),(\"TCP\",\"UDP\")\r\n" RIG_OK },
	{ "AT+CIPSEND=?\r", "\r\n+CIPSEND: (0-9),(1-1500)\r\n" RIG_OK },
	{ "AT+CIPCLOSE=?\r", "\r\n+CIPCLOSE: (0-9)\r\n" RIG_OK },
	{ "AT+CIPRXGET=?\r", "\r\n+CIPRXGET: (0-4),(0-9),(1-1500)\r\n" RIG_OK },
	{ "AT+CIPACK=?\r", "\r\n+CIPACK: (0-9)\r\n" RIG_OK },
	{ "AT+CIPOPEN=10,\"TCP\",\"echo.test\",7\r", "\r\n+IP ERROR: Invalid parameter\r\n" RIG_ERROR },
	{ "AT+CIPOPEN=-1,\"TCP\",\"echo.test\",7\r", "\r\n+IP ERROR: Invalid parameter\r\n" RIG_ERROR },
	{ "AT+CIPOPEN=\r", "\r\n+IP ERROR: Invalid parameter\r\n" RIG_ERROR },
	{ "AT+CIPOPEN=9,\"TCP\",\"echo.test\"\r", "\r\n+CIPOPEN: 9,3\r\n" RIG_ERROR },
	{ "AT+CIPOPEN=0,\"TCP\",\"echo.test\",0\r", "\r\n+CIPOPEN: 0,3\r\n" RIG_ERROR },
	{ "AT+CIPOPEN=0,\"TCP\",\"echo.test\",65536\r", "\r\n+CIPOPEN: 0,3\r\n" RIG_ERROR },
	{ "AT+CIPOPEN=0,\"TCP\",\"\",7\r", "\r\n+CIPOPEN: 0,3\r\n" RIG_ERROR },
	{ "AT+CIPOPEN=0,\"SCTP\",\"echo.test\",7\r", "\r\n+CIPOPEN: 0,3\r\n" RIG_ERROR },
	{ "AT+CIPOPEN=0,\"ICP\",\"echo.test\",7\r", "\r\n+CIPOPEN: 0,3\r\n" RIG_ERROR },
	{ "AT+CIPOPEN=0,TCP,\"echo.test\",7\r", "\r\n+CIPOPEN: 0,3\r\n" RIG_ERROR },
	{ "AT+CIPOPEN=0,\"TCP\",\"echo.test\",7,1,2\r", "\r\n+CIPOPEN: 0,3\r\n" RIG_ERROR },
	{ "AT+CIPSEND=0,5\r", "\r\n+CIPERROR: 4\r\n" RIG_ERROR },
	{ "AT+CIPSEND=0,\r", "\r\n+CIPERROR: 4\r\n" RIG_ERROR },
	{ "AT+CIPSEND=10,5\r", "\r\n+CIPERROR: 3\r\n" RIG_ERROR },
	{ "AT+CIPSEND=0,0\r", "\r\n+CIPERROR: 3\r\n" RIG_ERROR },
	{ "AT+CIPSEND=0,1501\r", "\r\n+CIPERROR: 3\r\n" RIG_ERROR },
	{ "AT+CIPSEND=0,5,\"1.2.3.4\"\r", "\r\n+CIPERROR: 3\r\n" RIG_ERROR },
	{ "AT+CIPCLOSE=10\r", "\r\n+IP ERROR: Invalid parameter\r\n" RIG_ERROR },
	{ "AT+CIPCLOSE=9\r", "\r\n+CIPCLOSE: 9,4\r\n" RIG_ERROR },
	{ "AT+CIPACK=0\r", "\r\n+IP ERROR: Connection is not created\r\n" RIG_ERROR },
	{ "AT+CIPACK=10\r", "\r\n+IP ERROR: Invalid parameter\r\n" RIG_ERROR },
	{ "AT+CIPSTAT=0\r", RIG_ERROR },
	{ "AT+CIPRXGET=3,0,751\r", RIG_ERROR },
	{ "AT+CIPRXGET=2,0,0\r", RIG_ERROR },
	{ "AT+CIPRXGET=1,0\r", RIG_ERROR },
	{ "AT+CIPRXGET=3,0,750\r", "\r\n+IP ERROR: No data\r\n" RIG_ERROR },
	{ "AT+CIPRXGET=2,9\r", "\r\n+IP ERROR: No data\r\n" RIG_ERROR },
};

START_TEST(test_refusals)
{
	struct rig *r = cip_new(B05, NULL);

	ROWS(r, refusals);
	rig_quiet(r, 10000);
	rig_free(r);
}
END_TEST

/* What an attempt ends in, when, and what explains it. */
static const struct {
	const char *to;
	uint64_t ms;
	const char *out, *why;
} failures[] = {
	{ "\"no.test\",7", 150, "\r\n+CIPOPEN: 3,11\r\n", "is not in the modelled world" },
	{ "\"echo.test\",8", 650, "\r\n+CIPOPEN: 3,1\r\n", "cipopen_refused_code" },
	{ "\"busy.test\",7", 650, "\r\n+CIPOPEN: 3,1\r\n", "misbehaviour refuse" },
	{ "\"lost.test\",7", 15000, "\r\n+CIPOPEN: 3,10\r\n", "no connection to lost.test:7 within 15000 ms" },
	{ "\"198.18.0.1\",7", 500, "\r\n+CIPOPEN: 3,1\r\n", "nothing in the modelled world" },
};

START_TEST(test_open_fails)
{
	struct rig *r = cip_new(B05, NULL);
	char line[128];

	rig_row(r, "AT+CIPTIMEOUT=75000,15000,15000\r", RIG_OK);
	snprintf(line, sizeof(line), "AT+CIPOPEN=3,\"TCP\",%s\r", failures[_i].to);
	rig_row(r, line, RIG_OK);
	rig_after(r, failures[_i].ms, failures[_i].out);
	rig_why(r, failures[_i].why);
	rig_row(r, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 0,0,0,0,0,0,0,0,0,0\r\n" RIG_OK);
	cip_open(r, 3, "\"echo.test\",7");
	rig_free(r);
}
END_TEST

/* Each command of the family in each state of a link. */
static const struct {
	const char *state; /* words: what is done first */
	const char *open, *send, *get, *left, *close, *ack;
} states[] = {
	{ "free", RIG_OK, "\r\n+CIPERROR: 4\r\n" RIG_ERROR, "\r\n+IP ERROR: No data\r\n" RIG_ERROR,
	  "\r\n+CIPRXGET: 4,0,0\r\n" RIG_OK, "\r\n+CIPCLOSE: 0,4\r\n" RIG_ERROR,
	  "\r\n+IP ERROR: Connection is not created\r\n" RIG_ERROR },
	{ "opening", "\r\n+CIPOPEN: 0,8\r\n" RIG_ERROR, "\r\n+CIPERROR: 4\r\n" RIG_ERROR,
	  "\r\n+IP ERROR: No data\r\n" RIG_ERROR, "\r\n+CIPRXGET: 4,0,0\r\n" RIG_OK, "\r\n+CIPCLOSE: 0,8\r\n" RIG_ERROR,
	  "\r\n+IP ERROR: Connection is not created\r\n" RIG_ERROR },
	{ "open", "\r\n+CIPOPEN: 0,4\r\n" RIG_ERROR, "\r\n>", "\r\n+CIPRXGET: 2,0,4,0\r\nhi\r\n\r\n" RIG_OK,
	  "\r\n+CIPRXGET: 4,0,4\r\n" RIG_OK, RIG_OK, "\r\n+CIPACK: 0,0,4\r\n" RIG_OK },
	{ "sending", "\r\n+CIPOPEN: 0,8\r\n" RIG_ERROR, "\r\n+CIPERROR: 8\r\n" RIG_ERROR,
	  "\r\n+CIPRXGET: 2,0,4,0\r\nhi\r\n\r\n" RIG_OK, "\r\n+CIPRXGET: 4,0,4\r\n" RIG_OK, RIG_OK,
	  "\r\n+CIPACK: 1,0,4\r\n" RIG_OK },
	{ "closing", "\r\n+CIPOPEN: 0,8\r\n" RIG_ERROR, "\r\n+CIPERROR: 4\r\n" RIG_ERROR,
	  "\r\n+IP ERROR: No data\r\n" RIG_ERROR, "\r\n+CIPRXGET: 4,0,0\r\n" RIG_OK, "\r\n+CIPCLOSE: 0,8\r\n" RIG_ERROR,
	  "\r\n+IP ERROR: Connection is not created\r\n" RIG_ERROR },
	{ "lost", RIG_OK, "\r\n+CIPERROR: 4\r\n" RIG_ERROR, "\r\n+CIPRXGET: 2,0,4,0\r\nhi\r\n\r\n" RIG_OK,
	  "\r\n+CIPRXGET: 4,0,4\r\n" RIG_OK, "\r\n+CIPCLOSE: 0,4\r\n" RIG_ERROR,
	  "\r\n+IP ERROR: Connection is not created\r\n" RIG_ERROR },
	{ "no network", "\r\n+CIPOPEN: 0,2\r\n" RIG_ERROR, "\r\n+CIPERROR: 4\r\n" RIG_ERROR,
	  "\r\n+IP ERROR: No data\r\n" RIG_ERROR, "\r\n+CIPRXGET: 4,0,0\r\n" RIG_OK, "\r\n+CIPCLOSE: 0,4\r\n" RIG_ERROR,
	  "\r\n+IP ERROR: Connection is not created\r\n" RIG_ERROR },
};

static struct rig *in_state(const char *state)
{
	struct rig *r = cip_new(B05, NULL);

	rig_row(r, "AT+CIPRXGET=1\r", RIG_OK);
	if (!strcmp(state, "no network"))
		rig_row(r, "AT+NETCLOSE\r", RIG_OK "\r\n+NETCLOSE: 0\r\n");
	if (!strcmp(state, "free") || !strcmp(state, "no network"))
		return r;
	rig_row(r, "AT+CIPOPEN=0,\"TCP\",\"hello.test\",7\r", RIG_OK);
	if (!strcmp(state, "opening"))
		return r;
	rig_more(r, "\r\n+CIPOPEN: 0,0\r\n");
	rig_more(r, "\r\n+CIPRXGET: 1,0\r\n");
	if (!strcmp(state, "sending")) {
		rig_row(r, "AT+CIPSEND=0,1\r", "\r\n>");
		rig_row(r, "x", RIG_OK);
	} else if (!strcmp(state, "closing")) {
		rig_row(r, "AT+CIPCLOSE=0\r", RIG_OK);
	} else if (!strcmp(state, "lost")) {
		rig_world(r, "drop close");
		rig_more(r, "\r\n+IPCLOSE: 0,1\r\n");
	}
	return r;
}

START_TEST(test_states)
{
	const struct row row[] = {
		{ "AT+CIPOPEN=0,\"TCP\",\"echo.test\",7\r", states[_i].open },
		{ "AT+CIPSEND=0,5\r", states[_i].send },
		{ "AT+CIPRXGET=2,0\r", states[_i].get },
		{ "AT+CIPRXGET=4,0\r", states[_i].left },
		{ "AT+CIPCLOSE=0\r", states[_i].close },
		{ "AT+CIPACK=0\r", states[_i].ack },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct rig *r = in_state(states[_i].state);

		rig_row(r, row[i].in, row[i].out);
		if (strstr(row[i].out, "ERROR"))
			rig_why(r, "\"chain\":[{");
		rig_free(r);
	}
}
END_TEST

/* Opening a link again forgets what was left of its last life. */
START_TEST(test_reopen)
{
	struct rig *r = in_state("lost");

	cip_open(r, 0, "\"echo.test\",7");
	rig_row(r, "AT+CIPRXGET=4,0\r", "\r\n+CIPRXGET: 4,0,0\r\n" RIG_OK);
	cip_send(r, 0, "again");
	rig_more(r, "\r\n+CIPRXGET: 1,0\r\n");
	rig_free(r);
}
END_TEST

/* Ctrl-Z form: 0x03 makes 0x03, 0x1A and 0x1B data; ESC gives up; nothing is an error. No echo of data even with E1. */
START_TEST(test_ctrl_z)
{
	struct rig *r = cip_new(B05, NULL);

	rig_row(r, "AT+CIPRXGET=1\r", RIG_OK);
	cip_open(r, 0, "\"echo.test\",7");
	rig_row(r, "AT+CIPSEND=0,\r", "\r\n>");
	rig_row(r, "a\x03\x1a\x03\x1b\x03\x03\x03z\r\n", "");
	rig_row(r, "\x1a", RIG_OK "\r\n+CIPSEND: 0,8,8\r\n\r\n+CIPRXGET: 1,0\r\n");
	rig_row(r, "AT+CIPRXGET=3,0\r", "\r\n+CIPRXGET: 3,0,8,0\r\n611A1B03037A0D0A\r\n" RIG_OK);
	rig_row(r, "AT+CIPSEND=0\r", "\r\n>");
	rig_row(r, "give up\x1b", RIG_ERROR);
	rig_row(r, "AT+CIPSEND=0,\r", "\r\n>");
	rig_row(r, "\x1a", "\r\n+CIPERROR: 3\r\n" RIG_ERROR);
	rig_row(r, "ATE1\r", RIG_OK);
	rig_row(r, "AT+CIPSEND=0,\r", "AT+CIPSEND=0,\r\r\n>");
	rig_row(r, "abc\x1a", RIG_OK "\r\n+CIPSEND: 0,3,3\r\n\r\n+CIPRXGET: 1,0\r\n");
	rig_row(r, "AT+CIPSEND=0,3\r", "AT+CIPSEND=0,3\r\r\n>");
	rig_row(r, "abc\x1a", RIG_OK "\r\n+CIPSEND: 0,3,3\r\n");
	rig_row(r, "AT\r", "AT\r" RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(test_echo_quirk)
{
	struct rig *r = cip_new(B05, QUIRKS("cipsend_echo=true"));

	cip_open(r, 0, "\"discard.test\",7");
	rig_row(r, "ATE1\r", RIG_OK);
	rig_row(r, "AT+CIPSEND=0,3\r", "AT+CIPSEND=0,3\r\r\n>");
	rig_row(r, "abc", "abc" RIG_OK "\r\n+CIPSEND: 0,3,3\r\n");
	rig_free(r);
}
END_TEST

/* The longest send, whole and byte by byte; one more is refused (quirks Q12). */
START_TEST(test_longest)
{
	struct rig *r = cip_new(B05, NULL);
	char data[1500];

	memset(data, '+', sizeof(data));
	rig_row(r, "AT+CIPRXGET=1\r", RIG_OK);
	cip_open(r, 0, "\"echo.test\",7");
	rig_row(r, "AT+CIPSEND=0,1500\r", "\r\n>");
	row_of(r, data, sizeof(data), RIG_OK "\r\n+CIPSEND: 0,1500,1500\r\n");
	rig_more(r, "\r\n+CIPRXGET: 1,0\r\n");
	rig_row(r, "AT+CIPSEND=0,1500\r", "\r\n>");
	for (size_t i = 0; i < sizeof(data); i++)
		rig_feed(r, data + i, 1);
	rig_more(r, RIG_OK "\r\n+CIPSEND: 0,1500,1500\r\n");
	rig_quiet(r, 1000);
	rig_row(r, "AT+CIPRXGET=4,0\r", "\r\n+CIPRXGET: 4,0,3000\r\n" RIG_OK);
	rig_row(r, "AT+CIPSEND=0,1501\r", "\r\n+CIPERROR: 3\r\n" RIG_ERROR);
	rig_why(r, "an argument does not fit");
	rig_free(r);
}
END_TEST

/* Notifications between a prompt and its data wait; those between command and answer do not (quirks Q13, list 20.1). */
START_TEST(test_urc_at_prompt)
{
	struct rig *r = cip_new(B05, NULL);

	rig_row(r, "AT+CIPRXGET=1\r", RIG_OK);
	cip_open(r, 0, "\"echo.test\",7");
	cip_open(r, 1, "\"discard.test\",7");
	rig_row(r, "AT+CIPSEND=1,3\r", "\r\n>");
	rig_world(r, "peer 1 send now");
	rig_quiet(r, 500);
	rig_row(r, "ab", "");
	rig_row(r, "c", RIG_OK "\r\n+CIPRXGET: 1,0\r\n\r\n+CIPSEND: 1,3,3\r\n");
	rig_world(r, "peer 1 send more");
	rig_quiet(r, 500);
	rig_row(r, "AT+CIPRXGET=2,0\r", "\r\n+CIPRXGET: 2,0,7,0\r\nnowmore\r\n" RIG_OK);
	rig_world(r, "peer 1 send last");
	rig_more(r, "\r\n+CIPRXGET: 1,0\r\n");
	rig_row(r, "AT+CIPSEND=0,3\r", "\r\n>");
	rig_world(r, "peer 1 close");
	rig_quiet(r, 500);
	rig_row(r, "abc", RIG_OK "\r\n+IPCLOSE: 0,1\r\n\r\n+CIPSEND: 0,3,-1\r\n");
	rig_why(r, "closed while the data was entered");
	rig_row(r, "AT+CIPRXGET=2,0\r", "\r\n+CIPRXGET: 2,0,4,0\r\nlast\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(test_urc_each)
{
	struct rig *r = cip_new(B05, QUIRKS("ciprxget_urc=each"));

	rig_row(r, "AT+CIPRXGET=1\r", RIG_OK);
	cip_open(r, 0, "\"discard.test\",7");
	rig_world(r, "peer 1 send a");
	rig_more(r, "\r\n+CIPRXGET: 1,0\r\n");
	rig_world(r, "peer 1 send b");
	rig_more(r, "\r\n+CIPRXGET: 1,0\r\n");
	rig_free(r);
}
END_TEST

/* The peer answers and closes: data first, then +IPCLOSE, and what waits is still there. */
START_TEST(test_peer_closes)
{
	struct rig *r = cip_new(B05, NULL);

	rig_row(r, "AT+CIPRXGET=1\r", RIG_OK);
	cip_open(r, 5, "\"once.test\",80");
	cip_send(r, 5, "GET /");
	rig_more(r, "\r\n+CIPRXGET: 1,5\r\n\r\n+IPCLOSE: 5,1\r\n");
	rig_why(r, "ipclose");
	rig_row(r, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 0,0,0,0,0,0,0,0,0,0\r\n" RIG_OK);
	rig_row(r, "AT+CIPRXGET=2,5\r", "\r\n+CIPRXGET: 2,5,8,0\r\n200 ok\r\n\r\n" RIG_OK);
	cip_open(r, 5, "\"slam.test\",80");
	cip_send(r, 5, "x");
	rig_more(r, "\r\n+IPCLOSE: 5,1\r\n");
	rig_free(r);
}
END_TEST

/* Two links at once, one after the other and mixed. */
START_TEST(test_two_links)
{
	struct rig *r = cip_new(B05, NULL);

	rig_row(r, "AT+CIPRXGET=1\r", RIG_OK);
	rig_row(r, "AT+CIPOPEN=0,\"TCP\",\"echo.test\",7\r", RIG_OK);
	rig_row(r, "AT+CIPOPEN=9,\"TCP\",\"hello.test\",7\r",
		RIG_OK "\r\n+CIPOPEN: 0,0\r\n\r\n+CIPOPEN: 9,0\r\n\r\n+CIPRXGET: 1,9\r\n");
	cip_send(r, 0, "zero");
	cip_send(r, 9, "nine");
	rig_more(r, "\r\n+CIPRXGET: 1,0\r\n");
	rig_quiet(r, 500);
	rig_row(r, "AT+CIPRXGET=2,9\r", "\r\n+CIPRXGET: 2,9,8,0\r\nhi\r\nnine\r\n" RIG_OK);
	rig_row(r, "AT+CIPRXGET=2,0\r", "\r\n+CIPRXGET: 2,0,4,0\r\nzero\r\n" RIG_OK);
	rig_row(r, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 1,0,0,0,0,0,0,0,0,1\r\n" RIG_OK);
	rig_row(r, "AT+CIPCLOSE=0;+CIPCLOSE=9\r", RIG_OK "\r\n+CIPCLOSE: 0,0\r\n\r\n+CIPCLOSE: 9,0\r\n");
	rig_free(r);
}
END_TEST

/* CIPSENDMODE 1: the result waits for the peer's acknowledgement, and for so long only. */
START_TEST(test_wait_ack)
{
	struct rig *r = cip_new(B05, NULL);

	rig_row(r, "AT+CIPRXGET=1;+CIPSENDMODE=1;+CIPTIMEOUT=75000,15000,15000\r", RIG_OK);
	cip_open(r, 0, "\"far.test\",7");
	rig_row(r, "AT+CIPSEND=0,3\r", "\r\n>");
	rig_row(r, "abc", RIG_OK);
	rig_row(r, "AT+CIPSEND=0,3\r", "\r\n+CIPERROR: 8\r\n" RIG_ERROR);
	rig_more(r, "\r\n+CIPSEND: 0,3,3\r\n\r\n+CIPRXGET: 1,0\r\n");
	ck_assert_uint_ge(clock_now_us(r->clock), 5000000);
	rig_row(r, "AT+CIPACK=0\r", "\r\n+CIPACK: 3,3,3\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* The peer's window is full: the rest goes as it opens, and a peer that never reads costs the link. */
START_TEST(test_full)
{
	struct rig *r = cip_new(B05, NULL);
	char data[120];

	memset(data, 'd', sizeof(data));
	rig_row(r, "AT+CIPTIMEOUT=75000,15000,15000\r", RIG_OK);
	cip_open(r, 0, "\"small.test\",7");
	rig_row(r, "AT+CIPSEND=0,120\r", "\r\n>");
	row_of(r, data, 120, RIG_OK);
	rig_more(r, "\r\n+CIPSEND: 0,120,120\r\n");
	cip_open(r, 1, "\"mute.test\",7");
	rig_row(r, "AT+CIPSEND=1,20\r", "\r\n>");
	row_of(r, data, 20, RIG_OK);
	rig_after(r, 15000, "\r\n+CIPSEND: 1,20,10\r\n\r\n+IPCLOSE: 1,2\r\n");
	rig_why(r, "10 of 20 bytes were taken within 15000 ms");
	rig_row(r, "AT+CIPSEND=1,20\r", "\r\n+CIPERROR: 4\r\n" RIG_ERROR);
	rig_free(r);
}
END_TEST

/* Revisions that do not wait: what fitted is confirmed, and the link takes no more until it is opened again. */
START_TEST(test_full_fails)
{
	struct rig *r = cip_new(A7670, NULL);
	char data[1500];

	memset(data, 'd', sizeof(data));
	rig_row(r, "AT+CIPOPEN=0,\"TCP\",\"slow.test\",7\r", RIG_OK "\r\n+CIPOPEN: 0,0\r\n");
	rig_row(r, "AT+CIPSEND=0,1500\r", "\r\n>\r\n");
	row_of(r, data, 1500, RIG_OK "\r\n+CIPSEND: 0,1500,1000\r\n");
	rig_why(r, "cip_send_full");
	rig_row(r, "AT+CIPSEND=0,1\r", "\r\n+CIPERROR: 4\r\n" RIG_ERROR);
	rig_why(r, "link 0 is broken");
	rig_row(r, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 1,0,0,0,0,0,0,0,0,0\r\n" RIG_OK);
	rig_row(r, "AT+CIPCLOSE=0\r", RIG_OK "\r\n+CIPCLOSE: 0,0\r\n");
	rig_free(r);
}
END_TEST

/* The modem's own buffer counts what is not acknowledged yet. */
START_TEST(test_send_buffer)
{
	struct rig *r = cip_new(B05, QUIRKS("cip_send_buffer_bytes=2000", "cip_send_full=fail"));
	char data[1500];

	memset(data, 'd', sizeof(data));
	cip_open(r, 0, "\"discard.test\",7");
	rig_row(r, "AT+CIPSEND=0,1500\r", "\r\n>");
	row_of(r, data, 1500, RIG_OK "\r\n+CIPSEND: 0,1500,1500\r\n");
	rig_row(r, "AT+CIPSEND=0,1500\r", "\r\n>");
	row_of(r, data, 1500, RIG_OK "\r\n+CIPSEND: 0,1500,500\r\n");
	rig_free(r);
}
END_TEST

/* Nothing is acknowledged: the stack repeats by AT+CIPCCFG and gives up. 2 tries of 1 s, then 2 s. */
START_TEST(test_retries)
{
	struct rig *r = cip_new(B05, NULL);

	rig_row(r, "AT+CIPCCFG=1,0,0,1,0,0,1000\r", RIG_OK);
	cip_open(r, 0, "\"far.test\",7");
	cip_send(r, 0, "abc");
	rig_after(r, 3000, "\r\n+IPCLOSE: 0,2\r\n");
	rig_why(r, "AT+CIPCCFG");
	rig_free(r);
}
END_TEST

/* A peer that is slow and acknowledges something now and then is not given up: 1 s, 2 s, 4 s since the first byte. */
START_TEST(test_slow_acks)
{
	struct rig *r = cip_new(B05, NULL);

	rig_row(r, "AT+CIPCCFG=2,0,0,1,0,0,1000;+CIPRXGET=1\r", RIG_OK);
	cip_open(r, 0, "\"far.test\",7");
	for (int i = 0; i < 4; i++) {
		cip_send(r, 0, "a");
		rig_quiet(r, 1200);
	}
	rig_more(r, "\r\n+CIPRXGET: 1,0\r\n");
	rig_quiet(r, 30000);
	rig_row(r, "AT+CIPACK=0\r", "\r\n+CIPACK: 4,4,4\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* The receive buffer is full: the peer waits, nothing is lost. */
START_TEST(test_back_pressure)
{
	struct rig *r = cip_new(B05, QUIRKS("cip_rx_buffer_bytes=5000"));
	uint64_t count[3];
	char want[64];
	size_t total = 0;

	rig_row(r, "AT+CIPRXGET=1\r", RIG_OK);
	cip_open(r, 0, "\"chargen.test\",19");
	rig_more(r, "\r\n+CIPRXGET: 1,0\r\n");
	rig_quiet(r, 60000);
	ck_assert_uint_ge(socket_waiting(r->modem->socket, 0), 5000);
	ck_assert_uint_lt(socket_waiting(r->modem->socket, 0), 10000);
	for (int i = 0; i < 100; i++) {
		char data[1500];
		size_t n = socket_fetch(r->modem->socket, 0, data, sizeof(data), NULL);

		ck_assert_uint_gt(n, 0);
		for (size_t j = 0; j < n; j++, total++)
			ck_assert_msg(total % 74 >= 72 || data[j] == (char)(' ' + (total / 74 % 95 + total % 74) % 95),
				      "byte %zu", total);
		rig_quiet(r, 500);
	}
	ck_assert_int_eq(socket_counts(r->modem->socket, 0, count), 0);
	snprintf(want, sizeof(want), "\r\n+CIPRXGET: 4,0,%zu\r\n" RIG_OK, (size_t)count[2] - total);
	rig_row(r, "AT+CIPRXGET=4,0\r", want);
	rig_free(r);
}
END_TEST

/* Numbers instead of words, and where "No data" has one of its own. */
START_TEST(test_numeric)
{
	struct rig *r = cip_new(A7670, NULL);

	rig_row(r, "AT+CIPCCFG=10,0,0,0,1,0,75000\r", RIG_OK);
	rig_row(r, "AT+CIPRXGET=2,0\r", "\r\n+IP ERROR: 22\r\n" RIG_ERROR);
	rig_row(r, "AT+CIPOPEN=10,\"TCP\",\"a\",1\r", "\r\n+IP ERROR: 12\r\n" RIG_ERROR);
	rig_free(r);
}
END_TEST

START_TEST(test_orders)
{
	struct rig *r = cip_new_closed(B05, QUIRKS("cipopen_fail=urc_error", "netopen_order=line_first",
						   "cipopen_open_code=8", "cipopen_refused_code=10"));

	rig_row(r, "AT+NETOPEN\r", "\r\n+NETOPEN: 0\r\n" RIG_OK);
	rig_row(r, "AT+CIPOPEN=0,\"TCP\",\"busy.test\",7\r", "\r\n+CIPOPEN: 0,10\r\n" RIG_ERROR);
	rig_row(r, "AT+CIPOPEN=0,\"TCP\",\"echo.test\",7\r", RIG_OK "\r\n+CIPOPEN: 0,0\r\n");
	rig_row(r, "AT+CIPOPEN=0,\"TCP\",\"echo.test\",7\r", "\r\n+CIPOPEN: 0,8\r\n" RIG_ERROR);
	rig_row(r, "AT+NETCLOSE\r", "\r\n+NETCLOSE: 0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* V1.01: CIPSTAT in CIPACK's place, links closed before the network. */
START_TEST(test_le11)
{
	struct rig *r = cip_new(LE11, NULL);

	cip_open(r, 0, "\"discard.test\",7");
	cip_send(r, 0, "abcd");
	rig_row(r, "AT+CIPSTAT=0\r", "\r\n+CIPSTAT: 4, 0\r\n" RIG_OK);
	rig_row(r, "AT+CIPACK=0\r", RIG_ERROR);
	rig_row(r, "AT+NETCLOSE\r", "\r\n+NETCLOSE: 9\r\n" RIG_ERROR);
	rig_why(r, "netclose_sockets");
	rig_row(r, "AT+CIPCLOSE=0\r", RIG_OK "\r\n+CIPCLOSE: 0,0\r\n");
	rig_row(r, "AT+NETCLOSE\r", RIG_OK "\r\n+NETCLOSE: 0\r\n");
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_session);
	tcase_add_test(tc, test_refusals);
	tcase_add_loop_test(tc, test_open_fails, 0, sizeof(failures) / sizeof(failures[0]));
	tcase_add_loop_test(tc, test_states, 0, sizeof(states) / sizeof(states[0]));
	tcase_add_test(tc, test_reopen);
	tcase_add_test(tc, test_ctrl_z);
	tcase_add_test(tc, test_echo_quirk);
	tcase_add_test(tc, test_longest);
	tcase_add_test(tc, test_urc_at_prompt);
	tcase_add_test(tc, test_urc_each);
	tcase_add_test(tc, test_peer_closes);
	tcase_add_test(tc, test_two_links);
	tcase_add_test(tc, test_wait_ack);
	tcase_add_test(tc, test_full);
	tcase_add_test(tc, test_full_fails);
	tcase_add_test(tc, test_send_buffer);
	tcase_add_test(tc, test_retries);
	tcase_add_test(tc, test_slow_acks);
	tcase_add_test(tc, test_back_pressure);
	tcase_add_test(tc, test_numeric);
	tcase_add_test(tc, test_orders);
	tcase_add_test(tc, test_le11);
}

int main(void)
{
	return rig_main("cmd_cip_tcp", add);
}
