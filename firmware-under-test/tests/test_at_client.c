/*
 * Bytes to events, as rows of exact bytes. Every row is fed whole, byte by
 * byte, and cut in two at each position: the events must be the same.
 *
 * Events are written down as: O ok, E error, C<text> CME, > prompt,
 * A<text> echo (without text: what was waited for), L<text> line, R<data> raw; a line "RAW n" asks for n bytes.
 */
#include "core/at_client.h"
#include "core/urc.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct heard {
	struct at_client at;
	char text[1024];
	size_t len;
	char last;
	const char *echo; /* expected after a prompt */
};

static void hear(struct heard *h, char kind, const char *text, size_t len)
{
	if (kind != 'R' || h->last != 'R') {
		if (h->len)
			h->text[h->len++] = '|';
		h->text[h->len++] = kind;
	}
	ck_assert_uint_lt(h->len + len + 2, sizeof(h->text));
	memcpy(h->text + h->len, text, len);
	h->len += len;
	h->text[h->len] = '\0';
	h->last = kind;
}

static void on_event(const struct at_event *event, void *ctx)
{
	static const char kinds[] = "OEC>ALR";
	struct heard *h = ctx;
	bool named = event->kind == AT_EVENT_CME ||
		     event->kind == AT_EVENT_ECHO ||
		     event->kind == AT_EVENT_LINE || event->kind == AT_EVENT_RAW;

	hear(h, kinds[event->kind], event->text, named ? event->len : 0);
	if (event->kind == AT_EVENT_LINE && strncmp(event->text, "RAW ", 4) == 0)
		at_client_read_raw(&h->at,
				   (uint32_t)strtoul(event->text + 4, NULL, 10));
	if (event->kind == AT_EVENT_PROMPT && h->echo)
		at_client_skip_echo(&h->at, (const uint8_t *)h->echo,
				    strlen(h->echo));
}

#define LONG40 "0123456789012345678901234567890123456789"
#define LONG160 LONG40 LONG40 LONG40 LONG40

struct row {
	const char *in;
	const char *out;
	const char *why;
	const char *echo;
};

static const struct row rows[] = {
	{"\r\nOK\r\n", "O", "the plain answer"},
	{"AT\r\r\nOK\r\n", "AAT|O", "echo on"},
	{"at\r\r\nOK\r\n", "Lat|O", "only what the client sends is echo"},
	{"\r\nERROR\r\n", "E", "the plain refusal"},
	{"\r\n+CME ERROR: SIM busy\r\n", "CSIM busy", "text error"},
	{"\r\n+CME ERROR: 13\r\n", "C13", "numeric error"},
	{"\r\n+CME ERROR:13\r\n", "C13", "no space"},
	{"\r\n+CMS ERROR: 500\r\n", "C500", "SMS family"},
	{"OK\r\n", "O", "leading line end lost"},
	{"\r\nOK\n", "O", "CR lost"},
	{"\r\nOK\r", "O", "LF lost or late"},
	{"\r\nO\r\n", "LO", "half an OK is none"},
	{"\r\nOKAY\r\n", "LOKAY", "nor is more than one"},
	{"\r\nOK \r\n", "LOK ", "exact"},
	{"\r\nERROR: 1\r\n", "LERROR: 1", "exact"},
	{"\r\n+A: 1\r\n+A: 2\r\n\r\nOK\r\n", "L+A: 1|L+A: 2|O", "rows"},
	{"\r\n>", ">", "prompt of the data commands"},
	{"\r\n> ", ">", "prompt of the SMS commands"},
	{"\r\n>\r\n", ">", "prompt with a line end"},
	{">", ">", "line end lost"},
	{"\r\n> x\r\n", ">|Lx", "what follows is a line"},
	{"\r\nx>\r\n", "Lx>", "not at the start"},
	{"\r\n+U: 1\r\n\r\n>", "L+U: 1|>", "URC before the prompt"},
	{"\xff" "M\x80\x00" "\r\n\r\nRDY\r\n", "LM|LRDY", "noise at power-on"},
	{"\x01O\x7fK\x02\r\n", "O", "control bytes are no text"},
	{"\r\n\r\n\r\n", "", "empty lines are nothing"},
	{"  OK\r\n", "O", "leading spaces"},
	{LONG160 "\r\nOK\r\n", "L" LONG160 "|O", "longest line"},
	{LONG160 "x\r\nOK\r\n", "O", "one more is dropped whole"},
	{LONG160 ">\r\nOK\r\n", "O", "a > inside is no prompt"},
	{"\r\nRAW 5\r\nhello\r\nOK\r\n", "LRAW 5|Rhello|O", "raw data"},
	{"\r\nRAW 4\r\n\r\nOK\r\nOK\r\n", "LRAW 4|R\r\nOK|O",
	 "raw data that looks like an answer"},
	{"\r\nRAW 1\r\n\n\r\nOK\r\n", "LRAW 1|R\n|O", "LF as data"},
	{"\r\nRAW 3\rabc\r\nOK\r\n", "LRAW 3|Rabc|O", "LF lost"},
	{"\r\nRAW 3\nabc\r\nOK\r\n", "LRAW 3|Rabc|O", "CR lost"},
	{"\r\nRAW 2\r\n>>\r\n>", "LRAW 2|R>>|>", "> as data"},
	{"\r\nRAW 0\r\nOK\r\n", "LRAW 0|O", "no data"},
	{"\r\n>hello\r\nOK\r\n", ">|A|O", "data echoed", "hello"},
	{"\r\n> hello\r\nOK\r\n", ">|A|O", "behind a space", "hello"},
	{"\r\n>\r\nOK\r\n", ">|O", "not echoed after all", "hello"},
	{"\r\n>help\r\nOK\r\n", ">|Lhelp|O", "false start given back", "hello"},
	{"\r\n>OK\r\n\r\nOK\r\n", ">|A|O", "data like an answer", "OK\r\n"},
	{"\r\n>a\r\nb\r\nOK\r\n", ">|A|O", "line end in data", "a\r\nb"},
	{"\r\n>\r\n+CGREG: 1\r\nhello\r\nOK\r\n", ">|L+CGREG: 1|A|O",
	 "a line before the echo", "hello"},
	{"\r\n>xhello\r\nOK\r\n", ">|Lxhello|O", "not from its beginning",
	 "hello"},
	{"\r\n>hellohello\r\nOK\r\n", ">|A|Lhello|O", "once", "hello"},
};

static size_t row_len(const struct row *row)
{
	/* one row holds a NUL byte */
	return row->in[0] == '\xff' ? 13 : strlen(row->in);
}

static void start(struct heard *h, const struct row *row)
{
	memset(h, 0, sizeof(*h));
	h->echo = row->echo;
	at_client_init(&h->at, on_event, h);
}

static void feed(struct heard *h, const char *p, size_t n)
{
	at_client_rx(&h->at, (const uint8_t *)p, n);
}

START_TEST(whole)
{
	const struct row *row = &rows[_i];
	struct heard h;

	start(&h, row);
	feed(&h, row->in, row_len(row));
	ck_assert_msg(strcmp(h.text, row->out) == 0, "%s: '%s' not '%s'",
		      row->why, h.text, row->out);
}
END_TEST

START_TEST(byte_by_byte)
{
	const struct row *row = &rows[_i];
	struct heard h;

	start(&h, row);
	for (size_t i = 0; i < row_len(row); i++)
		feed(&h, row->in + i, 1);
	ck_assert_msg(strcmp(h.text, row->out) == 0, "%s: '%s' not '%s'",
		      row->why, h.text, row->out);
}
END_TEST

START_TEST(cut_everywhere)
{
	const struct row *row = &rows[_i];
	size_t len = row_len(row);

	for (size_t cut = 0; cut <= len; cut++) {
		struct heard h;

		start(&h, row);
		feed(&h, row->in, cut);
		feed(&h, row->in + cut, len - cut);
		ck_assert_msg(strcmp(h.text, row->out) == 0,
			      "%s, cut at %zu: '%s' not '%s'", row->why, cut,
			      h.text, row->out);
	}
}
END_TEST

START_TEST(drop_raw)
{
	static const struct row none = {"", "", ""};
	struct heard h;

	start(&h, &none);
	feed(&h, "\r\nRAW 9\r\nabc", 12);
	at_client_drop_raw(&h.at);
	feed(&h, "\r\nOK\r\n", 6);
	ck_assert_str_eq(h.text, "LRAW 9|Rabc|O");
}
END_TEST

/* ---- lines to meanings ---- */

struct urc_row_test {
	const char *line;
	enum urc_id id;
	int count;
	int code; /* of urc_code(), -1: none */
};

static const struct urc_row_test urc_tests[] = {
	{"RDY", URC_REBOOT, 0, -1},
	{"RDYX", URC_NONE, 0, -1},
	{"*ATREADY: 1", URC_REBOOT, 1, -1},
	{"+CMQTTSTART: 0", URC_MQTT_START, 1, 0},
	{"+CMQTTSTART: 23", URC_MQTT_START, 1, 23},
	{"+CMQTTSTART:23", URC_MQTT_START, 1, 23},
	{"+CMQTTSTART: ", URC_MQTT_START, 0, -1},
	{"+CMQTTSTART: 0,0", URC_MQTT_START, 2, -1},
	{"+CMQTTSTART: 60", URC_MQTT_START, 1, -1},
	{"+CMQTTSTART: -1", URC_MQTT_START, 1, -1},
	{"+CMQTTSTART: x", URC_MQTT_START, 0, -1},
	{"+CMQTTCONNECT: 0,32", URC_MQTT_CONNECT, 2, 32},
	{"+CMQTTCONNECT: 0,", URC_MQTT_CONNECT, 1, -1},
	{"+CMQTTCONNECT: 1,32", URC_MQTT_CONNECT, 2, -1},
	{"+CMQTTCONNECT: 0,\"tcp://h:1\",60,1", URC_MQTT_CONNECT, 1, -1},
	{"+CMQTTCONNLOST: 0,1", URC_MQTT_CONNLOST, 2, 1},
	{"+CMQTTNONET", URC_MQTT_NONET, 0, -1},
	{"+CMQTTNONET: 1", URC_NONE, 0, -1},
	{"+CMQTTRXSTART: 0,8,2039", URC_MQTT_RXSTART, 3, -1},
	{"+CMQTTPUB: 0,0", URC_MQTT_PUB, 2, 0},
	{"+CMQTTPUB: 0,9999999999", URC_MQTT_PUB, 1, -1},
	{"+CGREG: 0,1", URC_REGISTRATION, 2, 1},
	{"+CGREG: 1,\"00C3\",\"1\"", URC_REGISTRATION, 1, -1},
	{"+CGREG: 1,00C3,1", URC_REGISTRATION, 1, -1},
	{"Revision: LE20B03SIM7600M22", URC_REVISION, 0, -1},
	{"+IP ERROR: Network not opened", URC_IP_ERROR, 0, -1},
	{"hello +CMQTTPUB: 0,0", URC_NONE, 0, -1},
	{"", URC_NONE, 0, -1},
};

START_TEST(meanings)
{
	const struct urc_row_test *t = &urc_tests[_i];
	struct urc urc;
	int code;

	urc_parse(t->line, &urc);
	ck_assert_msg(urc.id == t->id, "%s", t->line);
	ck_assert_msg(urc.count == t->count, "%s: %d numbers", t->line,
		      urc.count);
	if (!urc_code(&urc, &code))
		code = -1;
	ck_assert_msg(code == t->code, "%s: code %d", t->line, code);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("at_client");
	TCase *t = tcase_create("rows");
	int n = sizeof(rows) / sizeof(rows[0]);
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, whole, 0, n);
	tcase_add_loop_test(t, byte_by_byte, 0, n);
	tcase_add_loop_test(t, cut_everywhere, 0, n);
	tcase_add_test(t, drop_raw);
	tcase_add_loop_test(t, meanings, 0,
			    sizeof(urc_tests) / sizeof(urc_tests[0]));
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
