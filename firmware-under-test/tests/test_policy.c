/*
 * SNI: the outcomes of the field thread and what the client makes of them,
 * first the decision alone, then the whole client against a modem that
 * answers by revision and broker.
 */
#include "tests/fake_modem.h"

static const uint8_t ca_pem[] = "-----BEGIN CERTIFICATE-----\n";
static const struct node_message hello = {"t/1", "hello"};

static struct node_config config(enum sni_mode mode)
{
	struct node_config c = {0};

	c.host = "broker.example";
	c.port = 8883;
	c.tls = true;
	c.sni = mode;
	c.authmode = NODE_AUTHMODE_AUTO;
	c.ca.name = "ca.pem";
	c.ca.data = ca_pem;
	c.ca.size = sizeof(ca_pem) - 1;
	c.client_id = "a-client-id-of-thirty-letters-";
	c.keepalive_s = 5;
	c.clean = true;
	c.publish = &hello;
	c.publish_count = 1;
	c.count = 1;
	c.goal = NODE_GOAL_PUBLISHED;
	return c;
}

#define B03 "LE20B03SIM7600M22"
#define B04 "LE20B04V03SIM7600M22"
#define LE11 "LE11B14SIM7600M22"
#define A7670 "A011B03A7670M7_F"
#define ERROR_ "\r\nERROR\r\n"
#define REVISION(r) "\r\nRevision: " r "\r\n\r\nOK\r\n"

struct sni_row {
	const char *why;
	const char *revision; /* answer of SIMCOMATI */
	enum sni_mode mode;
	int with;    /* code of a connect with SNI; -1: tag refused */
	int without; /* code of one without */
	bool connects;
	const char *logged[3];
};

static const struct sni_row sni_rows[] = {
	{"B03 where SNI does not matter", REVISION(B03), SNI_AUTO, 32, 0, true,
	 {"sni off", "connected broker=broker.example:8883 sni=off"}},
	{"B03 where SNI is demanded by CONNACK", REVISION(B03), SNI_AUTO, 32,
	 31, false,
	 {"connect 0,31 (CONNACK 5 not authorized) sni=off",
	  "trying sni on",
	  "cannot connect: revision " B03 " breaks TLS with SNI (32) and "
	  "broker broker.example:8883 refuses clients without it (31); update "
	  "the modem to LE20B04 or use a broker that does not need SNI"}},
	{"B03 where SNI is demanded by TLS", REVISION(B03), SNI_AUTO, 32, 32,
	 false,
	 {"connect 0,32 (TLS handshake failed) sni=off",
	  "connect 0,32 (TLS handshake failed) sni=on",
	  "cannot connect: revision " B03 " breaks TLS with SNI (32) and "
	  "broker broker.example:8883 refuses clients without it (32); update "
	  "the modem to LE20B04 or use a broker that does not need SNI"}},
	{"B03 forced on", REVISION(B03), SNI_ON, 32, 0, false,
	 {"sni on", "connect 0,32 (TLS handshake failed) sni=on",
	  "cannot connect: revision " B03 " breaks TLS with SNI (32); use --sni "
	  "auto or off, or update the modem to LE20B04"}},
	{"B03 forced off", REVISION(B03), SNI_OFF, 32, 31, false,
	 {"sni off", "connect 0,31 (CONNACK 5 not authorized) sni=off",
	  "cannot connect: revision " B03 " was told to send no SNI and broker "
	  "broker.example:8883 refuses clients without it (31); use --sni auto "
	  "or on, or update the modem to LE20B04"}},
	{"B04 where SNI is demanded", REVISION(B04), SNI_AUTO, 0, 31, true,
	 {"sni on", "connected broker=broker.example:8883 sni=on"}},
	{"B04 where SNI hurts", REVISION(B04), SNI_AUTO, 34, 0, true,
	 {"storing certificates again",
	  "connect 0,34 (SSL session open failed) sni=on",
	  "connected broker=broker.example:8883 sni=off"}},
	{"B04, nothing works", REVISION(B04), SNI_AUTO, 32, 32, false,
	 {"connect 0,32 (TLS handshake failed) sni=on", "trying sni off",
	  "cannot connect: revision " B04 " sends SNI, yet broker "
	  "broker.example:8883 refuses it (32) and broker "
	  "broker.example:8883 refuses clients without it (32); check the CA, "
	  "the client certificate and the ciphers, or user and password"}},
	{"LE11 where SNI does not matter", REVISION(LE11), SNI_AUTO, -1, 0,
	 true,
	 {"client id cut to 23 characters",
	  "connected broker=broker.example:8883 sni=off"}},
	{"LE11 where SNI is demanded", REVISION(LE11), SNI_AUTO, -1, 31, false,
	 {"connect 0,31 (CONNACK 5 not authorized) sni=off",
	  "cannot connect: revision " LE11 " cannot send SNI and broker "
	  "broker.example:8883 refuses clients without it (31); update the "
	  "modem to LE20B04 or use a broker that does not need SNI"}},
	{"LE11 forced on", REVISION(LE11), SNI_ON, -1, 0, true,
	 {"connected broker=broker.example:8883 sni=off"}},
	{"unknown revision where SNI is broken", ERROR_, SNI_AUTO, 32, 0, true,
	 {"modem unknown", "trying sni off",
	  "connected broker=broker.example:8883 sni=off"}},
	{"unknown revision without the tag", ERROR_, SNI_AUTO, -1, 0, true,
	 {"sni not supported by this modem", "sni off",
	  "connected broker=broker.example:8883 sni=off"}},
	{"unknown revision, SIM767x code 15", ERROR_, SNI_OFF, 0, 15, false,
	 {"connect 0,15 (connection failed) sni=off",
	  "cannot connect: revision unknown was told to send no SNI and broker "
	  "broker.example:8883 refuses clients without it (15); use --sni auto "
	  "or on, or update the modem to a later revision"}},
	{"A7670 where SNI is demanded", REVISION(A7670), SNI_AUTO, 32, 31,
	 false,
	 {"cannot connect: revision " A7670 " breaks TLS with SNI (32) and "
	  "broker broker.example:8883 refuses clients without it (31); update "
	  "the modem to a later revision or use a broker that does not need "
	  "SNI"}},
};

static void code_line(char *text, size_t size, int code, bool a76)
{
	snprintf(text, size,
		 a76 ? "\r\n+CMQTTCONNECT: 0,%d\r\n%s" :
		       "\r\nOK\r\n\r\n+CMQTTCONNECT: 0,%d\r\n%s",
		 code, a76 ? code ? "\r\nERROR\r\n" : "\r\nOK\r\n" : "");
}

/* The modem's SNI setting is in the last enableSNI line it took. */
static bool sni_sent(const struct fake *f)
{
	const char *at = f->sent;
	bool on = false;

	while ((at = strstr(at, "\"enableSNI\",0,")) != NULL) {
		at += strlen("\"enableSNI\",0,");
		on = *at == '1';
	}
	return on;
}

START_TEST(outcome)
{
	const struct sni_row *row = &sni_rows[_i];
	struct node_config c = config(row->mode);
	char answer[80];
	struct fake_row rows[] = {
		{"AT+SIMCOMATI!", row->revision},
		{"AT+CGMR!", row->revision},
		{"AT+CCERTLIST!", "\r\n+CCERTLIST: \"ca.pem\"\r\n\r\nOK\r\n"},
		{"AT+CSSLCFG=\"enableSNI\"",
		 row->with < 0 ? "\r\nERROR\r\n" : "\r\nOK\r\n"},
		{"AT+CMQTTCONNECT=", NULL, 660, answer},
		{NULL},
	};
	struct fake *f = fake_new(&c, rows);
	uint32_t start = f->now;

	while (f->now - start < 600000 && !node_done(&f->node, NULL)) {
		uint32_t next = fake_next(f);

		code_line(answer, sizeof(answer),
			  sni_sent(f) && row->with >= 0 ? row->with :
							  row->without,
			  strstr(row->revision, "A7670") != NULL);
		fake_run(f, next ? next : 1);
	}
	for (int i = 0; i < 3 && row->logged[i]; i++) {
		/* the explanation comes once, however many attempts */
		unsigned n = fake_logged(f, row->logged[i]);

		if (!n || (n > 1 && strstr(row->logged[i], "cannot"))) {
			fake_dump(f);
			ck_abort_msg("%s: %u times %s", row->why, n,
				     row->logged[i]);
		}
	}
	ck_assert_msg(node_done(&f->node, NULL) == row->connects, "%s",
		      row->why);
	if (!row->connects)
		ck_assert_uint_gt(fake_logged(f, "retry in*"), 3);
	fake_free(f);
}
END_TEST

START_TEST(give_up_at_once_when_explained)
{
	struct node_config c = config(SNI_ON);
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		{"AT+SIMCOMATI!", REVISION(B03)},
		{"AT+CCERTLIST!", "\r\n+CCERTLIST: \"ca.pem\"\r\n\r\nOK\r\n"},
		{"AT+CMQTTCONNECT=", "\r\nOK\r\n", 660,
		 "\r\n+CMQTTCONNECT: 0,32\r\n"},
		{NULL}});

	c.give_up = true;
	fake_run(f, 60000);
	FAKE_ASSERT_EXIT(f, 1);
	ck_assert_uint_eq(fake_logged(f, "connect 0,32*"), 1);
	fake_free(f);
}
END_TEST

/* What worked is kept over a reboot of the same modem. */
START_TEST(remembered_over_reboot)
{
	struct node_config c = config(SNI_AUTO);
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		{"AT+SIMCOMATI!", "\r\nERROR\r\n"},
		{"AT+CCERTLIST!", "\r\n+CCERTLIST: \"ca.pem\"\r\n\r\nOK\r\n"},
		{"AT+CMQTTCONNECT=", "\r\nOK\r\n", 660,
		 "\r\n+CMQTTCONNECT: 0,32\r\n", 1},
		{NULL}});

	c.goal = NODE_GOAL_NEVER;
	fake_run(f, 60000);
	fake_say(f, 0, "\r\nRDY\r\n");
	fake_run(f, 60000);
	ck_assert_uint_eq(fake_logged(f, "trying sni off"), 1);
	ck_assert_uint_eq(fake_logged(f, "connect 0,32*"), 1);
	ck_assert_uint_eq(fake_logged(f, "connected broker=*"), 2);
	fake_free(f);
}
END_TEST

struct line_row {
	const char *revision;
	const char *line; /* must have been sent */
};

static const struct line_row line_rows[] = {
	{REVISION(B04), "AT+CMQTTACCQ=0,\"a-client-id-of-thirty-letters-\",1,4"},
	{REVISION(LE11), "AT+CMQTTACCQ=0,\"a-client-id-of-thirty-l\",1"},
	{REVISION(A7670), "AT+CMQTTACCQ=0,\"a-client-id-of-thirty-letters-\",1"},
	{REVISION(B04), "AT+CMQTTCONNECT=0,\"tcp://broker.example:8883\",5,1"},
	{REVISION(LE11), "AT+CMQTTCONNECT=0,\"tcp://broker.example:8883\",60,1"},
};

START_TEST(lines_by_revision)
{
	struct node_config c = config(SNI_AUTO);
	struct fake *f = fake_new(&c, (const struct fake_row[]){
		{"AT+SIMCOMATI!", line_rows[_i].revision},
		{"AT+CCERTLIST!", "\r\n+CCERTLIST: \"ca.pem\"\r\n\r\nOK\r\n"},
		{NULL}});
	char line[120];

	fake_run(f, 60000);
	snprintf(line, sizeof(line), "\n%s\n", line_rows[_i].line);
	if (!strstr(f->sent, line)) {
		fake_dump(f);
		ck_abort_msg("not sent: %s", line_rows[_i].line);
	}
	fake_free(f);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("policy");
	TCase *t = tcase_create("sni");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, outcome, 0,
			    sizeof(sni_rows) / sizeof(sni_rows[0]));
	tcase_add_test(t, give_up_at_once_when_explained);
	tcase_add_test(t, remembered_over_reboot);
	tcase_add_loop_test(t, lines_by_revision, 0,
			    sizeof(line_rows) / sizeof(line_rows[0]));
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
