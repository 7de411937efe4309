/* Rows of logs as people post them, and what the importer makes of them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/import/import.h"
#include "harness/import/import_rows.h"
#include "harness/wire/exchange.h"

enum { TEXT_MAX = 1 << 20 };

struct row {
	const char *what, *text;
	const char *want; /* see show() */
};

static const struct row rows[] = {
	{ "nothing", "", "" },
	{ "a sentence", "I cannot connect to the broker, please help.\n\nThanks\n", "" },
	{ "a command in a sentence", "i ran AT+CSQ and it gives me nothing\n", "1 mention AT+CSQ\n" },
	{ "what nobody can read", "AT\nOK\n\n%%% 12\n", "# 1-2 plain\n1 AT [final OK]\n4 unread %%% 12\n" },

	{ "commands on one line", "AT+CPIN? AT+CSQ  AT+CMQTTACCQ=0,\"a b\",1\n",
	  "# 1-1 plain\n1 AT+CPIN?\n1 AT+CSQ\n1 AT+CMQTTACCQ=0,\"a b\",1\n1 joined AT+CPIN? AT+CSQ  AT+CMQTTACCQ=0,\"a "
	  "b\",1\n" },
	{ "blanks between arguments are one command", "AT+CSSLCFG=\"ignorelocaltime\", 0, 1\nOK\n",
	  "# 1-2 plain\n1 AT+CSSLCFG=\"ignorelocaltime\", 0, 1 [final OK]\n" },
	{ "an identity on one line", "After it: AT+SIMCOMATI Manufacturer: SIMCOM Model: X QCN: +GCAP: +CGSM OK\n",
	  "# 1-1 plain\n1 AT+SIMCOMATI [info Manufacturer: SIMCOM] [info Model: X] [info QCN:] [info +GCAP: +CGSM] "
	  "[final OK]\n"
	  "1 joined After it: AT+SIMCOMATI Manufacturer: SIMCOM Model: X QCN: +GCAP: +CGSM OK\n" },
	{ "an identity in the middle of a sentence",
	  "It says Manufacturer: SIMCOM Model: X QCN: here\nIt says Manufacturer: A Model: B\n",
	  "# 1-1 plain\n1 - [urc Manufacturer: SIMCOM]\n1 - [urc Model: X]\n1 - [urc QCN: here]\n"
	  "1 joined It says Manufacturer: SIMCOM Model: X QCN: here\n" },
	{ "a command behind an answer", "AT+NETOPEN\nOK\n\n+NETOPEN: 0AT+IPADDR\n\n+IPADDR: 10.0.0.1\n\nOK\n",
	  "# 1-8 plain\n1 AT+NETOPEN [final OK] [result +NETOPEN: 0]\n4 AT+IPADDR [info +IPADDR: 10.0.0.1] [final OK]\n"
	  "4 joined +NETOPEN: 0AT+IPADDR\n" },
	{ "a command behind a firmware's words", "AT\nOK\n[16] Signal Quality:27AT+CSQ\n+CSQ: 27,99\n\nOK\n",
	  "# 1-6 streamdebugger\n1 AT [final OK]\n3 AT+CSQ [info +CSQ: 27,99] [final OK]\n3 log Signal "
	  "Quality:27AT+CSQ\n" },
	{ "what was typed wrong", "AT+CSG\b \bQ\r\n\x0f+CSQ: 1,1\nOK\n\b\b\n", "# 1-3 plain\n1 AT+CSQ [info +CSQ: 1,1] [final OK]\n" },
	{ "torn inside quotes", "AT+CMQTTCONNECT=0,\"tcp://broker.em\nqx.io:8883\",60,1\nOK\n",
	  "# 1-3 plain\n1 AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:8883\",60,1 [final OK]\n"
	  "1 joined AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:8883\",60,1\n" },
	{ "an open quote before OK is damage", "AT+CSSLCFG?\n+CSSLCFG: 0,\"K\nOK\n+CSSLCFG: 6,4,\"\nOK\n",
	  "# 1-5 plain\n1 AT+CSSLCFG? [info +CSSLCFG: 0,\"K] [final OK]\n4 - [urc +CSSLCFG: 6,4,\"]\n5 - [urc OK]\n"
	  "2 damaged +CSSLCFG: 0,\"K\n4 damaged +CSSLCFG: 6,4,\"\n" },
	{ "comments",
	  "AT+CMQTTSTOP  (returns 9 here)\n+CMQTTSTOP: 0   // fine\nOK <- why?\nAT+CMQTTSTOP  9\nAT+CSQ=?\n+CSQ: "
	  "(0-31,99),(99)\nOK\n",
	  "# 1-7 plain\n1 AT+CMQTTSTOP [info +CMQTTSTOP: 0] [final OK]\n4 AT+CMQTTSTOP\n5 AT+CSQ=? [info +CSQ: "
	  "(0-31,99),(99)] [final OK]\n"
	  "1 comment (returns 9 here)\n2 comment // fine\n3 comment <- why?\n4 comment 9\n" },
	{ "an address is no comment", "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:1883\",60,1\nOK\n",
	  "# 1-2 plain\n1 AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:1883\",60,1 [final OK]\n" },
	{ "each command twice is its echo", "AT+CSQ\nAT+CSQ\n+CSQ: 1,1\nOK\nATE0\nATE0\nOK\nAT+CMEE=2\nAT+CMEE=2\nOK\n",
	  "# 1-10 plain\n1 AT+CSQ [echo AT+CSQ] [info +CSQ: 1,1] [final OK]\n5 ATE0 [echo ATE0] [final OK]\n"
	  "8 AT+CMEE=2 [echo AT+CMEE=2] [final OK]\n" },
	{ "a line between a command and its echo",
	  "AT+CSQ\nAT+CSQ\n+CSQ: 1,1\nOK\nATE0\nATE0\nOK\n+NETOPEN: 0AT+IPADDR\n\nSMS DONE\nAT+IPADDR\nOK\n",
	  "# 1-12 plain\n1 AT+CSQ [echo AT+CSQ] [info +CSQ: 1,1] [final OK]\n5 ATE0 [echo ATE0] [final OK]\n8 - [urc "
	  "+NETOPEN: 0]\n"
	  "8 AT+IPADDR [echo AT+IPADDR] [final OK]\n10 - [urc SMS DONE]\n8 joined +NETOPEN: 0AT+IPADDR\n" },
	{ "a firmware that tries again", "AT\nAT\nAT\nOK\nAT+CSQ\n+CSQ: 1,1\nOK\n",
	  "# 1-7 plain\n1 AT\n2 AT\n3 AT [final OK]\n5 AT+CSQ [info +CSQ: 1,1] [final OK]\n" },
	{ "a firmware's words between", "+CPIN: READY\nSIM card online\nAT+CNMP=2\nOK\n",
	  "# 1-4 plain\n1 - [urc +CPIN: READY]\n3 AT+CNMP=2 [final OK]\n2 log SIM card online\n" },

	{ "data of the declared length", "AT+CMQTTTOPIC=0,7\n>a\n\nb c d\n\nOK\n",
	  "# 1-6 plain\n1 AT+CMQTTTOPIC=0,7 <a\\n\\nb c > [prompt >] [final OK]\n2 damaged AT+CMQTTTOPIC=0,7\n" },
	{ "data with CR LF", "AT+CCERTDOWN=\"a\",6\n>a\nb\nOK\n",
	  "# 1-4 plain\n1 AT+CCERTDOWN=\"a\",6 <a\\r\\nb\\r\\n> [prompt >] [final OK]\n" },
	{ "data that looks like a command", "AT+CMQTTPAYLOAD=0,5\n>AT+OK\nOK\n",
	  "# 1-3 plain\n1 AT+CMQTTPAYLOAD=0,5 <AT+OK> [prompt >] [final OK]\n" },
	{ "data on the next line", "AT+CMQTTPAYLOAD=0,5\n>\nhello\nOK\n",
	  "# 1-4 plain\n1 AT+CMQTTPAYLOAD=0,5 <hello> [prompt >] [final OK]\n" },
	{ "edited data", "AT+CMQTTPAYLOAD=0,9\n>secret\nOK\nAT+CMQTTPAYLOAD=0,3\n>secret\nERROR\n",
	  "# 1-6 plain\n1 AT+CMQTTPAYLOAD=0,9 <secret...> [prompt >] [final OK]\n4 AT+CMQTTPAYLOAD=0,3 <sec> [prompt "
	  ">] [final ERROR]\n"
	  "2 damaged AT+CMQTTPAYLOAD=0,9\n5 damaged AT+CMQTTPAYLOAD=0,3\n" },
	{ "data that was never enough", "AT+CCERTDOWN=\"a\",99\n>abc\nAT\n",
	  "# 1-3 plain\n1 AT+CCERTDOWN=\"a\",99 <abcAT\\r> [prompt >]\n2 damaged AT+CCERTDOWN=\"a\",99\n" },
	{ "text up to ^Z", "AT+CMGS=\"123\"\n> hello there\n+CMGS: 4\n\nOK\n",
	  "# 1-5 plain\n1 AT+CMGS=\"123\" <hello there\\n+CMGS: 4> [prompt >] [final OK]\n" },
	{ "data that is not shown", "AT+CMQTTPAYLOAD=0,5\n>\nOK\n",
	  "# 1-3 plain\n1 AT+CMQTTPAYLOAD=0,5 [prompt >] [final OK]\n" },
	{ "a message received",
	  "+CMQTTRXSTART: 0,3,11\n+CMQTTRXTOPIC: 0,3\na/b\n+CMQTTRXPAYLOAD: 0,11\nall is well\n+CMQTTRXEND: 0\n",
	  "# 1-6 plain\n1 - [urc +CMQTTRXSTART: 0,3,11]\n2 - [urc +CMQTTRXTOPIC: 0,3]\n3 - [urc a/b]\n4 - [urc "
	  "+CMQTTRXPAYLOAD: 0,11]\n"
	  "5 - [urc all is well]\n6 - [urc +CMQTTRXEND: 0]\n" },

	{ "what comes behind a message", "+CMQTTRXPAYLOAD: 0,3\nabc\n%% 1\n",
	  "# 1-2 plain\n1 - [urc +CMQTTRXPAYLOAD: 0,3]\n2 - [urc abc]\n3 unread %% 1\n" },
	{ "posts are conversations of their own", "AT\nOK\n\nsomebody commented 1 year ago\n\nAT\nERROR\n",
	  "# 1-2 plain\n1 AT [final OK]\n# 6-7 plain\n6 AT [final ERROR]\n" },
	{ "a sentence does not end a conversation", "AT\nOK\n\nThen I tried this one:\n\nAT+CSQ\nERROR\n",
	  "# 1-7 plain\n1 AT [final OK]\n6 AT+CSQ [final ERROR]\n" },
	{ "three of them do",
	  "AT\nOK\n\nThen I tried this one:\n\nand then that one too\n\nand it was no good\n\nAT+CSQ\nERROR\n",
	  "# 1-2 plain\n1 AT [final OK]\n# 10-11 plain\n10 AT+CSQ [final ERROR]\n" },
	{ "a modem that starts again", "AT\nOK\n\nAnd with the other one:\n\nRDY\nAT\nERROR\nRDY\nAT\nOK\n",
	  "# 1-2 plain\n1 AT [final OK]\n# 6-11 plain\n6 - [urc RDY]\n7 AT [final ERROR]\n9 - [urc RDY]\n10 AT [final "
	  "OK]\n" },
	{ "a list of commands, and answers to others", "AT+CMQTTREL=0\nAT+CMQTTSTOP\n+CCERTLIST: \"a\"\n",
	  "# 1-2 plain\n1 AT+CMQTTREL=0\n2 AT+CMQTTSTOP\n# 3-3 plain\n3 - [urc +CCERTLIST: \"a\"]\n" },
	{ "times that run backwards", "16:01:14.669 -> OK\n16:01:10.000 -> OK\n",
	  "# 1-1 arduino\n1 0.000 - [urc OK]\n# 2-2 arduino\n2 0.000 - [urc OK]\n" },
	{ "midnight", "23:59:59.900 -> RDY\n00:00:00.100 -> PB DONE\n",
	  "# 1-2 arduino\n1 0.000 - [urc RDY]\n2 0.200 - [urc PB DONE]\n" },
	{ "times with dates over midnight", "[2023-12-31T23:59:59.500] RDY\n[2024-01-01T00:00:00.500] PB DONE\n",
	  "# 1-2 tio\n1 0.000 - [urc RDY]\n2 1.000 - [urc PB DONE]\n" },
	{ "a riddle on a line of the port", "16:01:14.669 -> OK\n16:01:14.700 -> %%8,4,0,\n",
	  "# 1-2 arduino\n1 0.000 - [urc OK]\n2 0.031 - [urc %%8,4,0,]\n2 damaged %%8,4,0,\n" },
	{ "a row of a list that lost bytes", "+CSSLCFG: 0,4,0\n+CSSLCFG: 1,4,0\n+CSSLCFG: 2,4\n+ 8,4,0\n",
	  "# 1-3 plain\n1 - [urc +CSSLCFG: 0,4,0]\n2 - [urc +CSSLCFG: 1,4,0]\n3 - [urc +CSSLCFG: 2,4]\n3 damaged "
	  "+CSSLCFG: 2,4\n"
	  "4 unread + 8,4,0\n" },

	{ "blocks that tear a line",
	  "=== SENT@10 ===\nATI\n===============\n=== RECV@15 ===\n\n+GCAP: ===============\n=== RECV@17 ===\n+CGSM\n\n"
	  "OK\n===============\nRegistering ...\n=== SENT@20 ===\nAT\n===============\n",
	  "# 2-14 sent-recv\n2 0.000 ATI [info +GCAP: +CGSM] [final OK]\n14 0.010 AT\n12 log Registering ...\n8 joined "
	  "+CGSM\n" },
	{ "a block without an end", "=== SENT@10 ===\nAT\n", "# 2-2 sent-recv\n2 0.000 AT\n2 damaged \n" },
	{ "the console of ESP-IDF",
	  "esp> cmd AT+CGMR\nI (1635107) modem_console: Sending command AT+CGMR with timeout 1000\nI (1635117) "
	  "modem_console: AT+CGMR\n"
	  "+CGMR: LE20B04SIM7600G22\n\nOK\n",
	  "# 3-6 esp-idf\n3 0.000 AT+CGMR [info +CGMR: LE20B04SIM7600G22] [final OK]\n1 mention AT+CGMR\n" },
	{ "what esp_modem was given",
	  "} (12:34:05.399) command_lib: Command: {AT+CBC\n} (12:34:05.421) command_lib: Token: {\nI (12:34:05.422) "
	  "command_lib: Token: {+CBC: 4.270V}\n"
	  "I (12:34:05.425) command_lib: Token: {OK}\n",
	  "# 1-4 esp-idf\n1 0.000 AT+CBC [info +CBC: 4.270V] [final OK]\n" },
	{ "a list in Markdown", "1. AT+CSQ\n2. AT+CREG?\n\n- `AT+CGATT?`\n",
	  "# 1-4 plain\n1 AT+CSQ\n2 AT+CREG?\n4 AT+CGATT?\n" },

	{ "a whole exchange on one line", "AT+CSQ +CSQ: 20,99 OK\n",
	  "# 1-1 plain\n1 AT+CSQ [info +CSQ: 20,99] [final OK]\n1 joined AT+CSQ +CSQ: 20,99 OK\n" },
	{ "small letters", "at+csq\n+CSQ: 20,99\nOK\nate0\nOK\n",
	  "# 1-5 plain\n1 at+csq [info +CSQ: 20,99] [final OK]\n4 ate0 [final OK]\n" },
	{ "a word processor's quotes",
	  "AT+CMQTTACCQ=0,\xe2\x80\x9c"
	  "a\xe2\x80\x9d,1\nOK\n\n\xe2\x80\x9cWhy is that so?\xe2\x80\x9d\n",
	  "# 1-2 plain\n1 AT+CMQTTACCQ=0,\"a\",1 [final OK]\n1 damaged AT+CMQTTACCQ=0,\xe2\x80\x9c"
	  "a\xe2\x80\x9d,1\n" },
	{ "ESPHome's uart_debug",
	  "[13:19:36][D][uart_debug:158]: >>> \"AT+CSQ\\r\\n\"\n[13:19:37][D][uart_debug:158]: <<< \"\\r\\n+CSQ: "
	  "20,99\\r\\n\\r\\nOK\\r\\n\"\n",
	  "# 1-2 quoted\n1 0.000 AT+CSQ [info +CSQ: 20,99] [final OK]\n" },
	{ "Python's bytes",
	  "2023-06-29 21:14:08,123 TX: b'AT+CMGS=\"1\"\\r'\n2023-06-29 21:14:08,223 RX: b'\\r\\n> '\n2023-06-29 "
	  "21:14:08,323 TX: b'hi\\x1a'\n"
	  "2023-06-29 21:14:09,123 RX: b'\\r\\nOK\\r\\q'\n",
	  "# 1-4 quoted\n1 0.000 AT+CMGS=\"1\" <hi> [prompt >] [info \\r\\nOK\\r\\q]\n4 damaged \\r\\nOK\\r\\q\n" },
	{ "socat, bytes missing in a block",
	  "> 2026/11/28 03:03:12.000539972  length=9 from=0 to=8\nAT\\r< 2026/11/28 03:03:12.000540179  length=4 "
	  "from=0 to=3\nOK\\r\n",
	  "# 1-2 socat\n1 0.000 AT [final OK]\n1 damaged \n" },
	{ "socat, a block missing",
	  "> 2026/11/28 03:03:12.000539972  length=3 from=0 to=2\n 41 54 0d\n< 2026/11/28 03:03:12.000540179  length=4 "
	  "from=7 to=10\n"
	  " 4f 4b 0d 0a\n< 2026/11/28 03:03:12.000540179  length=4 from=20 to=23\n 4f 4b 0d 0a\n",
	  "# 1-5 socat\n1 0.000 AT [final OK]\n5 0.000 - [urc OK]\n5 damaged \n" },
	{ "hexdump, rows missing",
	  "00000000  41 54 0d 0d 0a 4f 4b 0d  0a 52 44 59 0d 0a 0d 0a  |AT...OK..RDY....|\n"
	  "00000020  4f 4b 0d 0a                                       |OK..|\n00000024\n",
	  "# 1-2 hexdump\n1 AT [final OK]\n1 - [urc RDY]\n2 - [urc OK]\n2 damaged \n" },
	{ "hexdump, rows that are the same",
	  "00000000  3e 3e 3e 3e 3e 3e 3e 3e  3e 3e 3e 3e 3e 3e 3e 0a  |>>>>>>>>>>>>>>>.|\n*\n"
	  "00000020  0a 4f 4b 0d 0a                                    |.OK..|\n00000025\n",
	  "# 1-3 hexdump\n1 - [urc >>>>>>>>>>>>>>>]\n3 - [urc >>>>>>>>>>>>>>>]\n3 - [urc OK]\n" },
	{ "jpnevulator, a time without bytes",
	  "2026-11-28 03:03:54.307459:\n2026-11-28 03:03:54.607878:\n41 54 0D 0D 0A 4F 4B 0D 0A \tAT...OK..\n",
	  "# 3-3 jpnevulator\n3 0.000 AT [final OK]\n1 damaged \n" },
	{ "jpnevulator, a time missing", "2026-11-28 03:03:54.307459: a\n41 54 0D\n4F 4B 0D 0A\n",
	  "# 2-3 jpnevulator\n2 0.000 AT\n3 0.000 OK\n3 damaged \n" },
	{ "a recording with a bad line",
	  "{\"schema\":1,\"event\":\"recording\",\"times\":\"virtual\"}\n{\"t\":0.5,\"d\":\"host\",\"hex\":\"41540d\"}"
	  "\n{\"t\":0.6,\"d\":\"mod\n"
	  "{\"t\":0.7,\"d\":\"modem\",\"hex\":\"4f4b0d0a\"}\n{\"t\":0.8,\"d\":\"mo",
	  "# 2-4 jsonl\n2 0.000 AT [final OK]\n3 damaged \n5 damaged \n" },
	{ "a run's recordings",
	  "{\"t\":0.5,\"d\":\"host\",\"hex\":\"41540d\",\"cell\":\"a\"}\n{\"t\":0.6,\"d\":\"host\",\"hex\":\"41540d\","
	  "\"cell\":\"b\"}\n",
	  "# 1-1 jsonl\n1 0.000 AT\n# 2-2 jsonl\n2 0.000 AT\n" },
};

/* --- as text ---------------------------------------------------------------------------------------------------- */

static void show_exchange(const struct exchange *x, bool timed, struct buf *out)
{
	buf_addf(out, "%u ", x->line);
	if (timed)
		buf_addf(out, "%.3f ", (double)x->t_us / 1e6);
	buf_adds(out, x->command ? x->command : "-");
	if (x->data) {
		buf_adds(out, " <");
		str_escape(out, x->data, x->data_len);
		buf_addc(out, '>');
	}
	for (size_t k = 0; k < x->n_lines; k++)
		buf_addf(out, " [%s %s]", line_role_name(x->lines[k].role), x->lines[k].text);
	buf_addc(out, '\n');
}

static void show_logs(const struct recording *r, struct buf *out)
{
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		if (ev.from == WIRE_LOG)
			buf_addf(out, "%u log %.*s\n", ev.line, (int)ev.len, ev.data);
	}
}

/* Segments with their exchanges and the firmware's own lines, then remarks but for guesses. */
static void show(const struct import *imp, struct buf *out)
{
	for (size_t i = 0; i < import_segments(imp); i++) {
		const struct import_segment *s = import_segment(imp, i);
		struct conversation *c = conversation_new(import_recording(imp, i));

		buf_addf(out, "# %u-%u %s\n", s->first_line, s->last_line, s->format);
		for (size_t k = 0; k < conversation_size(c); k++)
			show_exchange(conversation_at(c, k), s->timed, out);
		conversation_free(c);
		show_logs(import_recording(imp, i), out);
	}
	for (size_t i = 0; i < import_remarks(imp); i++) {
		const struct import_remark *m = import_remark(imp, i);

		if (m->kind != IMPORT_GUESS)
			buf_addf(out, "%u %s %s\n", m->line, import_remark_name(m->kind), m->text);
	}
}

static struct import *read_text(const char *name, const char *text, size_t n, bool redact)
{
	const struct import_options o = { .redact = redact };
	struct err e = { 0 };
	struct import *imp = import_text(name, text, n, &o, &e);

	ck_assert_msg(imp != NULL, "%s", e.msg);
	return imp;
}

START_TEST(test_rows)
{
	const struct row *row = &rows[_i];
	struct import *imp = read_text("log", row->text, strlen(row->text), false);
	struct buf out;

	buf_init(&out, TEXT_MAX);
	show(imp, &out);
	ck_assert_msg(!strcmp(buf_str(&out), row->want), "%s\nwanted:\n%sgot:\n%s", row->what, row->want,
		      buf_str(&out));
	buf_free(&out);
	import_free(imp);
}
END_TEST

/* A log may end anywhere: nothing crashes, and what was there before is read as before or is the last line. */
START_TEST(test_cut_everywhere)
{
	const struct row *row = &rows[_i];

	size_t step = strlen(row->text) > 120 ? 3 : 1;

	for (size_t n = 0; n <= strlen(row->text); n += step) {
		char *cut = strndup(row->text, n);
		struct import *imp = read_text("log", cut, n, n % 16 == 0);

		ck_assert_uint_le(import_segments(imp), 4);
		import_free(imp);
		free(cut);
	}
}
END_TEST

/* CR LF, and bytes that are no text, change nothing. */
START_TEST(test_line_ends)
{
	const struct row *row = &rows[_i];
	struct import *imp;
	struct buf text, want, got;

	buf_init(&text, TEXT_MAX);
	buf_init(&want, TEXT_MAX);
	buf_init(&got, TEXT_MAX);
	buf_adds(&text, "\xef\xbb\xbf");
	for (const char *s = row->text; *s; s++) {
		if (*s == '\n')
			buf_adds(&text, "\x1b[0m\r");
		buf_addc(&text, *s);
	}
	imp = read_text("log", buf_str(&text), text.len, false);
	show(imp, &got);
	ck_assert_msg(!strcmp(buf_str(&got), row->want), "%s\nwanted:\n%sgot:\n%s", row->what, row->want,
		      buf_str(&got));
	import_free(imp);
	buf_free(&text);
	buf_free(&want);
	buf_free(&got);
}
END_TEST

/* --- the field thread ------------------------------------------------------------------------------------------- */

static const struct segment_row {
	unsigned first, last;
	const char *format;
	size_t commands, answered, answers;
} thread_segments[] = {
	{ 44, 67, "plain", 3, 3, 0 },	   { 108, 116, "plain", 19, 0, 0 },   { 144, 196, "plain", 18, 18, 0 },
	{ 244, 253, "arduino", 0, 0, 9 },  { 261, 261, "plain", 0, 0, 9 },    { 271, 351, "plain", 11, 11, 15 },
	{ 363, 363, "plain", 1, 0, 0 },	   { 379, 405, "arduino", 0, 0, 21 }, { 411, 420, "plain", 9, 0, 0 },
	{ 488, 501, "plain", 14, 0, 0 },   { 505, 511, "arduino", 0, 0, 7 },  { 512, 527, "plain", 16, 0, 0 },
	{ 528, 570, "arduino", 0, 0, 31 }, { 746, 763, "arduino", 0, 0, 13 }, { 788, 788, "plain", 0, 0, 1 },
	{ 833, 836, "plain", 4, 0, 0 },
};

/* All eight dumps that lost their ends, and the data that somebody edited. */
static const unsigned thread_damage[] = { 176, 183, 188, 191, 250, 385, 394, 511, 534, 546, 555, 752 };
static const unsigned thread_comments[] = { 419, 494, 505, 519, 523, 528 };

static void check_remarks(const struct import *imp, enum import_remark_kind kind, const unsigned *lines, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < import_remarks(imp); i++) {
		const struct import_remark *m = import_remark(imp, i);

		if (m->kind != kind)
			continue;
		ck_assert_msg(k < n && m->line == lines[k], "%u: %s: %s", m->line, m->why, m->text);
		k++;
	}
	ck_assert_uint_eq(k, n);
}

START_TEST(test_thread)
{
	const char *path = "harness/tests/data/issue-49-1-900.txt";
	struct err e = { 0 };
	struct import *imp;
	struct buf text;

	buf_init(&text, TEXT_MAX);
	ck_assert_msg(!wire_read_file(path, &text, &e), "%s", e.msg);
	imp = read_text(path, buf_str(&text), text.len, true);
	ck_assert_str_eq(import_name(imp), "issue-49");
	for (size_t i = 0; i < import_segments(imp); i++) {
		const struct import_segment *s = import_segment(imp, i);
		const struct segment_row *want = &thread_segments[i];

		ck_assert_uint_lt(i, sizeof(thread_segments) / sizeof(thread_segments[0]));
		ck_assert_msg(s->first_line == want->first && s->last_line == want->last &&
				      !strcmp(s->format, want->format) && s->commands == want->commands &&
				      s->answered == want->answered && s->answers == want->answers,
			      "%u-%u %s %zu %zu %zu", s->first_line, s->last_line, s->format, s->commands, s->answered,
			      s->answers);
	}
	ck_assert_uint_eq(import_segments(imp), sizeof(thread_segments) / sizeof(thread_segments[0]));
	check_remarks(imp, IMPORT_UNREAD, NULL, 0);
	check_remarks(imp, IMPORT_DAMAGED, thread_damage, sizeof(thread_damage) / sizeof(thread_damage[0]));
	check_remarks(imp, IMPORT_COMMENT, thread_comments, sizeof(thread_comments) / sizeof(thread_comments[0]));
	import_free(imp);
	buf_free(&text);
}
END_TEST

/* What PowerShell makes of a program's output. */
START_TEST(test_utf16)
{
	static const char big[] = "\xfe\xff\0A\0T\0\r\0\n\0O\0K\0\r\0\n\xd8", little[] = "\xff\xfe"
											 "A\0T\0\r\0\n\0O\0K\0\r\0\n";
	struct import *a = read_text("log", big, sizeof(big) - 1, false),
		      *b = read_text("log", little, sizeof(little), false);
	struct buf out;

	buf_init(&out, TEXT_MAX);
	show(a, &out);
	ck_assert_str_eq(buf_str(&out), "# 1-2 plain\n1 AT [final OK]\n3 unread ?\n");
	buf_reset(&out);
	show(b, &out);
	ck_assert_str_eq(buf_str(&out), "# 1-2 plain\n1 AT [final OK]\n");
	buf_free(&out);
	import_free(a);
	import_free(b);
}
END_TEST

/* The list that messages and --formats give is the names of the rows. */
START_TEST(test_formats)
{
	for (size_t i = 0; i < import_format_count; i++) {
		const char *const *name = import_formats();

		while (*name && strcmp(*name, import_format_rows[i].name))
			name++;
		ck_assert_msg(*name != NULL, "%s", import_format_rows[i].name);
	}
	for (const char *const *name = import_formats(); *name; name++) {
		ck_assert_msg(import_format_help(*name)[0] != '\0', "%s", *name);
		ck_assert_msg(name == import_formats() || strcmp(name[-1], *name) < 0, "%s", *name);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("import");
	TCase *c = tcase_create("import");
	SRunner *r;
	int failed, n = (int)(sizeof(rows) / sizeof(rows[0]));

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, test_rows, 0, n);
	tcase_add_loop_test(c, test_line_ends, 0, n);
	tcase_add_loop_test(c, test_cut_everywhere, 0, n);
	tcase_add_test(c, test_thread);
	tcase_add_test(c, test_utf16);
	tcase_add_test(c, test_formats);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
