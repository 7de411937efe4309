/* Recordings and the fold into exchanges: rows of what was on the line and what it means. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/wire/exchange.h"
#include "harness/wire/recording.h"

struct part {
	enum wire_from from;
	const char *bytes;
};

enum { PARTS_MAX = 8 };

struct fold_row {
	const char *what;
	struct part part[PARTS_MAX];
	const char *want;	/* see show() */
};

#define H(s) { WIRE_HOST, s }
#define M(s) { WIRE_MODEM, s }

static const struct fold_row fold_rows[] = {
	{ "echo, information, final", { H("AT+CSQ\r"), M("AT+CSQ\r\r\n+CSQ: 20,0\r\n\r\nOK\r\n") },
	  "AT+CSQ [echo AT+CSQ] [info +CSQ: 20,0] [final OK]\n" },
	{ "echo while the command is typed", { H("A"), M("A"), H("T"), H("I\r"), M("TI\r\r\nModel: X\r\n\r\nOK\r\n") },
	  "ATI [echo ATI] [info Model: X] [final OK]\n" },
	{ "without echo", { H("AT\r\n"), M("\r\nOK\r\n"), H("ATI\r\n"), M("\r\nModel: X\r\n\r\nOK\r\n") },
	  "AT [final OK]\nATI [info Model: X] [final OK]\n" },
	{ "result after OK", { H("AT+CMQTTCONNECT=0,\"tcp://h:1\",60,1\r"), M("\r\nOK\r\n"), M("\r\n+CMQTTCONNECT: 0,0\r\n") },
	  "AT+CMQTTCONNECT=0,\"tcp://h:1\",60,1 [final OK] [result +CMQTTCONNECT: 0,0]\n" },
	{ "result before ERROR", { H("AT+CMQTTCONNECT=0\r"), M("\r\n+CMQTTCONNECT: 0,32\r\n\r\nERROR\r\n") },
	  "AT+CMQTTCONNECT=0 [info +CMQTTCONNECT: 0,32] [final ERROR]\n" },
	{ "result after the next command", { H("AT+NETOPEN\r"), M("\r\nOK\r\n"), H("AT\r"), M("\r\nOK\r\n\r\n+NETOPEN: 0\r\n") },
	  "AT+NETOPEN [final OK] [result +NETOPEN: 0]\nAT [final OK]\n" },
	{ "an unsolicited line inside an answer", { H("AT+CSQ\r"), M("\r\n+CMQTTCONNLOST: 0,1\r\n\r\n+CSQ: 1,0\r\n\r\nOK\r\n") },
	  "AT+CSQ [info +CSQ: 1,0] [final OK]\n- [urc +CMQTTCONNLOST: 0,1]\n" },
	{ "registration as answer and unasked", { H("AT+CGREG?\r"), M("\r\n+CGREG: 0,1\r\n\r\nOK\r\n\r\n+CGREG: 5\r\n") },
	  "AT+CGREG? [info +CGREG: 0,1] [final OK]\n- [urc +CGREG: 5]\n" },
	{ "prompt with counted data", { H("AT+CMQTTTOPIC=0,3\r"), M("\r\n>"), H("t/1"), M("\r\nOK\r\n"), H("AT\r"), M("\r\nOK\r\n") },
	  "AT+CMQTTTOPIC=0,3 <t/1> [prompt >] [final OK]\nAT [final OK]\n" },
	{ "data that holds CR", { H("AT+CCHSEND=0,4\r"), M("\r\n>"), H("a\r\nb"), M("\r\nOK\r\n\r\n+CCHSEND: 0,0\r\n") },
	  "AT+CCHSEND=0,4 <a\r\nb> [prompt >] [final OK] [result +CCHSEND: 0,0]\n" },
	{ "prompt with a space, data in pieces, ended by ^Z", { H("AT+CMGS=\"1\"\r"), M("\r\n> "), H("he"), H("llo\x1a"), M("\r\n+CMGS: 4\r\n\r\nOK\r\n") },
	  "AT+CMGS=\"1\" <hello> [prompt >] [info +CMGS: 4] [final OK]\n" },
	{ "data that is refused", { H("AT+CMQTTPAYLOAD=0,9\r"), M("\r\n>"), H("abc"), M("\r\nERROR\r\n"), H("AT\r"), M("\r\nOK\r\n") },
	  "AT+CMQTTPAYLOAD=0,9 <abc> [prompt >] [final ERROR]\nAT [final OK]\n" },
	{ "answers alone", { M("\r\nRDY\r\n\r\n+CMQTTSTART: 0\r\n\r\nOK\r\n") }, "- [urc RDY]\n- [urc +CMQTTSTART: 0]\n- [urc OK]\n" },
	{ "a command that nobody answers", { H("AT\r"), H("AT+CSQ\r"), M("\r\nOK\r\n") }, "AT\nAT+CSQ [final OK]\n" },
	{ "a prompt after what is no command", { H("x\r"), M("\r\n>"), H("abc\x1a"), M("\r\nOK\r\n") }, "x <abc> [prompt >] [final OK]\n" },
	{ "a torn end", { H("AT+CS"), M("\r\n+CS") }, "- [urc +CS]\nAT+CS\n" },
};

static void add(struct recording *r, const struct part *p, size_t from, size_t n)
{
	const struct wire_event ev = { .t_us = 1000 * recording_size(r), .from = p->from, .data = p->bytes + from, .len = n };

	ck_assert_int_eq(recording_add(r, &ev), 0);
}

/* One line an exchange: command, <data>, and each line with its role. */
static void show(const struct recording *r, struct buf *out)
{
	struct conversation *c = conversation_new(r);

	for (size_t i = 0; i < conversation_size(c); i++) {
		const struct exchange *x = conversation_at(c, i);

		buf_adds(out, x->command ? x->command : "-");
		if (x->data)
			buf_addf(out, " <%s>", x->data);
		for (size_t k = 0; k < x->n_lines; k++)
			buf_addf(out, " [%s %s]", line_role_name(x->lines[k].role), x->lines[k].text);
		buf_addc(out, '\n');
	}
	conversation_free(c);
}

static struct recording *record(const struct fold_row *row, size_t piece)
{
	struct recording *r = recording_new();

	for (size_t i = 0; i < PARTS_MAX && row->part[i].bytes; i++) {
		size_t len = strlen(row->part[i].bytes);

		for (size_t k = 0; k < len; k += piece)
			add(r, &row->part[i], k, len - k < piece ? len - k : piece);
	}
	return r;
}

START_TEST(fold)
{
	const struct fold_row *row = &fold_rows[_i];

	for (size_t piece = 1; piece < 80; piece++) {
		struct recording *r = record(row, piece);
		struct buf got;

		buf_init(&got, 1 << 16);
		show(r, &got);
		ck_assert_msg(!strcmp(buf_str(&got), row->want), "%s in pieces of %zu:\n%s", row->what, piece, buf_str(&got));
		buf_free(&got);
		recording_free(r);
	}
}
END_TEST

static const struct {
	const char *command, *name;
} name_rows[] = {
	{ "AT+CMQTTCONNECT=0,1", "+CMQTTCONNECT" }, { "at+csq", "+CSQ" }, { "ATE0", "E" }, { "AT&F", "&F" }, { "AT", NULL },
	{ "hello", NULL }, { "ATS0=1", "S" }, { "AT+CGSMS?", "+CGSMS" },
};

START_TEST(names)
{
	char name[32];
	bool is = command_name(name_rows[_i].command, name, sizeof(name));

	ck_assert_int_eq(is, name_rows[_i].name != NULL);
	if (is)
		ck_assert_str_eq(name, name_rows[_i].name);
}
END_TEST

static const char file[] =
	"{\"schema\":1,\"event\":\"recording\",\"profile\":\"P\",\"times\":\"real\"}\n"
	"{\"t\":0.000001,\"d\":\"host\",\"hex\":\"41540d\",\"text\":\"AT\\\\r\"}\n"
	"{\"t\":1.500000,\"d\":\"modem\",\"hex\":\"0d0a4f4bff\",\"text\":\"\\\\r\\\\nOK\\\\xff\"}\n"
	"{\"t\":2.000000,\"d\":\"why\",\"text\":\"mqtt 32 \\\"x\\\"\"}\n";

START_TEST(reads_what_it_writes)
{
	struct err e = { 0 };
	struct recording *r = recording_parse("f", file, sizeof(file) - 1, NULL, &e);
	struct buf out;

	ck_assert_msg(r != NULL, "%s", e.msg);
	ck_assert_str_eq(recording_get(r, "profile"), "P");
	ck_assert_uint_eq(recording_size(r), 3);
	ck_assert_uint_eq(recording_at(r, 1).t_us, 1500000);
	ck_assert_uint_eq(recording_at(r, 1).line, 3);
	ck_assert(!recording_is_cut(r));
	buf_init(&out, 1 << 16);
	recording_head(&out, r);
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		recording_line(&out, &ev);
	}
	ck_assert_str_eq(buf_str(&out), file);
	buf_free(&out);
	recording_free(r);
}
END_TEST

/* A trace has the causes as a list; what is read is the line that cells have. */
START_TEST(why_of_a_trace)
{
	static const char line[] =
		"{\"t\":1,\"d\":\"why\",\"family\":\"mqtt\",\"code\":32,\"meaning\":\"handshake fail\",\"chain\":[{\"rule\":\"R2\","
		"\"text\":\"SNI is broken\",\"quirk\":\"tls_sni\",\"value\":\"broken\",\"confidence\":\"seen\"},{\"rule\":\"ssl\",\"text\":\"ssl 0\"}]}\n";
	struct err e = { 0 };
	struct recording *r = recording_parse("f", line, sizeof(line) - 1, NULL, &e);
	struct wire_event ev;

	ck_assert_msg(r != NULL, "%s", e.msg);
	ev = recording_at(r, 0);
	ck_assert_int_eq(ev.from, WIRE_WHY);
	ck_assert_str_eq(ev.data, "mqtt 32 handshake fail | R2 SNI is broken (tls_sni=broken, seen) | ssl ssl 0");
	recording_free(r);
}
END_TEST

/* Wherever the writer was stopped, all whole lines are read. */
START_TEST(torn_anywhere)
{
	for (size_t n = 0; n < sizeof(file); n++) {
		struct err e = { 0 };
		struct recording *r = recording_parse("f", file, n, NULL, &e);
		size_t lines = 0;

		ck_assert_msg(r != NULL, "cut at %zu: %s", n, e.msg);
		for (size_t i = 0; i < n; i++)
			lines += file[i] == '\n' || (i + 1 == n && file[i] == '}' && file[i + 1] == '\n');
		ck_assert_uint_eq(recording_size(r), lines > 1 ? lines - 1 : 0);
		recording_free(r);
	}
}
END_TEST

static const struct {
	const char *text, *cell, *want;
} bad_rows[] = {
	{ "{\"t\":1,\"d\":\"host\"}\n", NULL, "f:1:1: hex must be pairs of hex digits" },
	{ "{\"t\":1,\"d\":\"host\",\"hex\":\"4\"}\n", NULL, "f:1:1: hex must be pairs of hex digits" },
	{ "\n{\"t\":-1,\"d\":\"host\",\"hex\":\"41\"}\n", NULL, "f:2:1: t must be the seconds since the beginning" },
	{ "{\"t\":1,\"d\":\"hosts\",\"hex\":\"41\"}\n", NULL, "f:1:1: d must be host, modem, log, broker, model, fault, why or note" },
	{ "[]\n", NULL, "f:1:1: is not a JSON object" },
	{ "{\"schema\":2}\n", NULL, "f:1:1: needs a newer hil: schema is not 1" },
	{ "{\"event\":\"wire\",\"cell\":\"a\",\"t\":1,\"d\":\"host\",\"hex\":\"41\"}\n{\"event\":\"wire\",\"cell\":\"b\",\"t\":1,\"d\":\"host\",\"hex\":\"41\"}\n",
	  NULL, "f:2:1: holds several cells (a, b ...): say which one" },
	{ "{\"event\":\"wire\",\"cell\":\"a\",\"t\":1,\"d\":\"host\",\"hex\":\"41\"}\n", "c", "f: no wire of cell c" },
};

START_TEST(bad_files)
{
	struct err e = { 0 };

	ck_assert_ptr_null(recording_parse("f", bad_rows[_i].text, strlen(bad_rows[_i].text), bad_rows[_i].cell, &e));
	ck_assert_str_eq(e.msg, bad_rows[_i].want);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	Suite *s = suite_create("wire");
	TCase *t = tcase_create("wire");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, fold, 0, COUNT(fold_rows));
	tcase_add_loop_test(t, names, 0, COUNT(name_rows));
	tcase_add_test(t, reads_what_it_writes);
	tcase_add_test(t, why_of_a_trace);
	tcase_add_test(t, torn_anywhere);
	tcase_add_loop_test(t, bad_files, 0, COUNT(bad_rows));
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
