/* A recording that plays the modem: rows of what was recorded, what the host says now, and what it hears. */
#include "harness/wire/playback.h"

#include "base/str.h"
#include "harness/replay_file.h"
#include "harness/tests/test_record_rig.h"
#include "harness/wire/exchange.h"

enum { PARTS_MAX = 16, STEPS_MAX = 10 };

/* One saying: when, in ms, by whom, what. */
struct say {
	unsigned ms;
	enum wire_from from;
	const char *bytes;
};

struct row {
	const char *what;
	struct say recorded[PARTS_MAX];
	struct say now[STEPS_MAX]; /* WIRE_HOST; WIRE_MODEM is the emulator behind the recording */
	const char *want;	   /* see run_row() */
	const char *left;	   /* NULL: nothing */
	enum playback_match match;
	double speed;
	bool profile;
};

#define H(ms, s) \
	{ \
		ms, WIRE_HOST, s \
	}
#define M(ms, s) \
	{ \
		ms, WIRE_MODEM, s \
	}
#define SESSION \
	{ \
		H(0, "AT\r"), M(1, "AT\r"), M(2, "\r\nOK\r\n"), H(10, "AT+CSQ\r"), M(11, "AT+CSQ\r\r\n+CSQ: 9,0\r\n"), \
			M(15, "\r\nOK\r\n"), M(900, "\r\n+CREG: 1\r\n") \
	}
#define PROMPT \
	{ \
		H(0, "AT+CMQTTPAYLOAD=0,3\r"), M(5, "\r\n>"), H(6, "m-1"), M(7, "\r\n+CMQTTCONNLOST: 0,1\r\n"), \
			M(9, "\r\nOK\r\n"), H(20, "AT+CMQTTREL=0\r"), M(21, "\r\nOK\r\n") \
	}
#define CONNECT(id, user) "AT+CMQTTACCQ=0,\"" id "\",1\r"
#define EXACT .match = PLAYBACK_MATCH_EXACT
#define COMMANDS .match = PLAYBACK_MATCH_COMMANDS
#define URCS .match = PLAYBACK_MATCH_URCS, .profile = true

static const struct row rows[] = {
	{ "exact, as it was",
	  SESSION,
	  { H(100, "AT\r"), H(200, "AT+CSQ\r") },
	  "101 AT\\r | 102 \\r\\nOK\\r\\n | 201 AT+CSQ\\r\\r\\n+CSQ: 9,0\\r\\n | 205 \\r\\nOK\\r\\n | 1090 "
	  "\\r\\n+CREG: 1\\r\\n | ",
	  NULL,
	  EXACT,
	  1 },
	{ "exact, four times as fast",
	  SESSION,
	  { H(100, "AT\r"), H(1000, "AT+CSQ\r") },
	  "100 AT\\r | 100 \\r\\nOK\\r\\n | 1000 AT+CSQ\\r\\r\\n+CSQ: 9,0\\r\\n | 1001 \\r\\nOK\\r\\n | 1222 "
	  "\\r\\n+CREG: 1\\r\\n | ",
	  NULL,
	  EXACT,
	  4 },
	{ "exact, without time",
	  SESSION,
	  { H(100, "AT\r"), H(200, "AT+CSQ\r") },
	  "100 AT\\r\\r\\nOK\\r\\n | 200 AT+CSQ\\r\\r\\n+CSQ: 9,0\\r\\n\\r\\nOK\\r\\n\\r\\n+CREG: 1\\r\\n | ",
	  NULL,
	  EXACT,
	  0 },
	{ "exact, another byte",
	  SESSION,
	  { H(0, "AT\r"), H(1, "AT+CREG?\r") },
	  "0 AT\\r\\r\\nOK\\r\\n | 1 wrong: byte 8 of the host differs: the recording has 'AT+CSQ\\r', the host says "
	  "'AT+CR",
	  "*",
	  EXACT,
	  0 },
	{ "exact, too much",
	  { H(0, "AT\r"), M(1, "\r\nOK\r\n") },
	  { H(0, "AT\r"), H(1, "A") },
	  "0 \\r\\nOK\\r\\n | 1 wrong: byte 4 of the host differs: the recording has '', the host says 'A",
	  NULL,
	  EXACT,
	  0 },
	{ "exact, unfinished",
	  SESSION,
	  { H(0, "AT\r") },
	  "0 AT\\r\\r\\nOK\\r\\n | ",
	  "7 of 10 bytes of the host are left; the next: AT+CSQ",
	  EXACT,
	  0 },
	{ "what the modem says first",
	  { M(50, "\r\nRDY\r\n"), H(100, "AT\r"), M(101, "\r\nOK\r\n") },
	  { H(60, "AT\r") },
	  "50 \\r\\nRDY\\r\\n | 61 \\r\\nOK\\r\\n | ",
	  NULL,
	  EXACT,
	  1 },

	{ "commands: spacing, case, the echo is of what is said",
	  SESSION,
	  { H(0, "at\r"), H(50, "AT + csq \r") },
	  "0 at\\r | 2 \\r\\nOK\\r\\n | 50 AT + csq \\r | 51 \\r\\n+CSQ: 9,0\\r\\n | 55 \\r\\nOK\\r\\n | 940 "
	  "\\r\\n+CREG: 1\\r\\n | ",
	  NULL,
	  COMMANDS,
	  1 },
	{ "commands: LF behind CR, empty lines",
	  SESSION,
	  { H(0, "\r\nAT\r\n\r\n"), H(50, "AT+CSQ\r\n") },
	  "0 AT\\r\\r\\nOK\\r\\n | 50 AT+CSQ\\r\\r\\n+CSQ: 9,0\\r\\n\\r\\nOK\\r\\n\\r\\n+CREG: 1\\r\\n | ",
	  NULL,
	  COMMANDS,
	  0 },
	{ "commands: earlier than it was, so that the modem hurries",
	  SESSION,
	  { H(0, "AT\r"), H(1, "AT+CSQ\r"), H(20, "ATI\r") },
	  "0 AT\\r | 1 \\r\\nOK\\r\\nAT+CSQ\\r | 2 \\r\\n+CSQ: 9,0\\r\\n | 6 \\r\\nOK\\r\\n | 20 wrong: the recording "
	  "has ended, the host says "
	  "ATI | ",
	  "the modem has still to say: \\r\\n+CREG: 1\\r\\n",
	  COMMANDS,
	  1 },
	{ "commands: another one",
	  SESSION,
	  { H(0, "AT\r"), H(1, "AT+CREG?\r") },
	  "0 AT\\r\\r\\nOK\\r\\n | 1 wrong: the recording goes on with AT+CSQ, the host says AT+CREG? | ",
	  "1 of 2 commands are left; the next: AT+CSQ",
	  COMMANDS,
	  0 },
	{ "commands: ids and credentials are free",
	  { H(0, "AT+CMQTTACCQ=0,\"a\",1\r"), M(1, "\r\nOK\r\n"),
	    H(2, "AT+CMQTTCONNECT=0,\"tcp://h:1\",60,1,\"u\",\"p\"\r"), M(3, "\r\nOK\r\n") },
	  { H(0, "AT+CMQTTACCQ=0,\"other\",1\r"), H(1, "AT+CMQTTCONNECT=0,\"tcp://h:1\",60,1,\"me\",\"secret\"\r") },
	  "0 \\r\\nOK\\r\\n | 1 \\r\\nOK\\r\\n | ",
	  NULL,
	  COMMANDS,
	  0 },
	{ "commands: the broker is not",
	  { H(0, "AT+CMQTTCONNECT=0,\"tcp://h:1\",60,1\r"), M(3, "\r\nOK\r\n") },
	  { H(0, "AT+CMQTTCONNECT=0,\"tcp://g:1\",60,1\r") },
	  "0 wrong: the recording goes on with AT+CMQTTCONNECT=0,\"tcp://h:1\",60,1, the host says "
	  "AT+CMQTTCONNECT=0,\"tcp://g:1\",60,1 | ",
	  "*",
	  COMMANDS,
	  0 },
	{ "commands: data of another length",
	  PROMPT,
	  { H(0, "AT+CMQTTPAYLOAD=0,7\r"), H(1, "AT\rlong"), H(2, "AT+CMQTTREL=0\r") },
	  "0 \\r\\n> | 1 \\r\\n+CMQTTCONNLOST: 0,1\\r\\n\\r\\nOK\\r\\n | 2 \\r\\nOK\\r\\n | ",
	  NULL,
	  COMMANDS,
	  0 },
	{ "commands: data until Ctrl-Z, echoed",
	  { H(0, "AT+CMGS=\"1\"\r"), M(1, "\r\n> "), H(2, "hi\x1a"), M(3, "hi\x1a"),
	    M(4, "\r\n+CMGS: 1\r\n\r\nOK\r\n") },
	  { H(0, "AT+CMGS=\"2\"\r"), H(1, "hello\x1a") },
	  "0 \\r\\n>  | 1 hello\\x1a\\r\\n+CMGS: 1\\r\\n\\r\\nOK\\r\\n | ",
	  NULL,
	  COMMANDS,
	  0 },
	{ "commands: what looks like an echo and is none",
	  { H(0, "A\r"), M(1, "A mind of its own\r\n") },
	  { H(0, "A\r") },
	  "0 A mind of its own\\r\\n | ",
	  NULL,
	  COMMANDS,
	  0 },
	{ "commands: nobody gave the data",
	  { H(0, "AT+CMQTTPAYLOAD=0,3\r"), M(1, "\r\n>"), M(9000, "\r\nERROR\r\n"), H(9100, "AT\r"),
	    M(9101, "\r\nOK\r\n") },
	  { H(0, "AT+CMQTTPAYLOAD=0,3\r"), H(10, "AT\r") },
	  "0 \\r\\n>\\r\\nERROR\\r\\n | 10 \\r\\nOK\\r\\n | ",
	  NULL,
	  COMMANDS,
	  0 },

	{ "profile: answers what is not there",
	  SESSION,
	  { H(0, "AT\r"), M(1, "AT\r\r\nOK\r\n"), H(2, "ATI\r"), M(3, "ATI\r\r\nModel: X\r\n"), M(4, "\r\nOK\r\n"),
	    H(5, "AT+CSQ\r"), M(6, "AT+CSQ\r\r\n+CSQ: 1,1\r\n\r\nOK\r\n") },
	  "0 [AT\\r] | AT\\r\\r\\nOK\\r\\n | 2 (ATI) | [ATI\\r] | 3 ATI\\r\\r\\nModel: X\\r\\n | 4 \\r\\nOK\\r\\n | 5 "
	  "[AT+CSQ\\r] | "
	  "AT+CSQ\\r\\r\\n+CSQ: 9,0\\r\\n\\r\\nOK\\r\\n\\r\\n+CREG: 1\\r\\n | ",
	  NULL,
	  COMMANDS,
	  0,
	  true },
	{ "profile: slower than the recording; its own result comes late, its unsolicited lines are not wanted",
	  SESSION,
	  { H(0, "AT\r"), H(1, "AT+NETOPEN\r"), M(2, "AT\r\r\nOK\r\n"), M(3, "AT+NETOPEN\r\r\nOK\r\n"),
	    H(4, "AT+CSQ\r"), M(5, "\r\n+CREG: 5\r\n\r\n+NETOPEN: 0\r\n"), M(6, "\r\n+CSQ: 1,1\r\n\r\nOK\r\n") },
	  "0 [AT\\r] | AT\\r\\r\\nOK\\r\\n | 1 (AT+NETOPEN) | 2 [AT+NETOPEN\\r] | 3 AT+NETOPEN\\r\\r\\nOK\\r\\n | 4 "
	  "[AT+CSQ\\r] | "
	  "AT+CSQ\\r\\r\\n+CSQ: 9,0\\r\\n\\r\\nOK\\r\\n\\r\\n+CREG: 1\\r\\n | 5 \\r\\n+NETOPEN: 0\\r\\n | ",
	  NULL,
	  COMMANDS,
	  0,
	  true },
	{ "profile: asks for data, of the host; and of the recording's command, which it may refuse",
	  PROMPT,
	  { H(0, "AT+CMQTTPAYLOAD=0,3\r"), M(1, "\r\nERROR\r\n"), H(2, "m-9"), H(3, "AT+CIPSEND=0,2\r"), M(4, "\r\n>"),
	    H(5, "A\r"), M(6, "\r\nOK\r\n"), H(7, "AT+CMQTTREL=0\r"), M(8, "\r\nERROR\r\n") },
	  "0 [AT+CMQTTPAYLOAD=0,3\\r] | \\r\\n> | 2 \\r\\n+CMQTTCONNLOST: 0,1\\r\\n\\r\\nOK\\r\\n | 3 (AT+CIPSEND=0,2) "
	  "| [AT+CIPSEND=0,2\\r] | "
	  "4 \\r\\n> | 5 [A\\r] | 6 \\r\\nOK\\r\\n | 7 [AT+CMQTTREL=0\\r] | \\r\\nOK\\r\\n | ",
	  NULL,
	  COMMANDS,
	  0,
	  true },

	{ "urcs: at their places",
	  PROMPT,
	  { H(0, "AT+CMQTTPAYLOAD=0,5\r"), M(1, "\r\n>"), H(2, "hello"), M(3, "\r\nOK\r\n"), H(9, "AT+CMQTTREL=0\r"),
	    M(10, "\r\nOK\r\n") },
	  "0 [AT+CMQTTPAYLOAD=0,5\\r] | 1 \\r\\n>\\r\\n+CMQTTCONNLOST: 0,1\\r\\n | 2 [hello] | 3 \\r\\nOK\\r\\n | 9 "
	  "[AT+CMQTTREL=0\\r] | 10 "
	  "\\r\\nOK\\r\\n | ",
	  NULL,
	  URCS,
	  .speed = 0 },
	{ "urcs: behind the third of its kind, between lines",
	  { H(0, "AT\r"), M(1, "\r\nOK\r\n"), H(2, "AT\r"), M(3, "\r\nOK\r\n"), H(4, "AT\r"), M(5, "\r\nOK\r\n"),
	    M(9, "\r\nRING\r\n"), M(12, "\r\nRING\r\n") },
	  { H(0, "AT\r"), M(1, "\r\nOK\r\n"), H(2, "ATI\r"), M(3, "\r\nOK\r\n"), H(4, "AT\r"), M(5, "\r\nOK\r\n"),
	    H(6, "AT\r"), M(7, "\r\nOK"), M(20, "\r\n") },
	  "0 [AT\\r] | 1 \\r\\nOK\\r\\n | 2 [ATI\\r] | 3 \\r\\nOK\\r\\n | 4 [AT\\r] | 5 \\r\\nOK\\r\\n | 6 [AT\\r] | 7 "
	  "\\r\\nOK | 20 \\r\\n | 24 "
	  "\\r\\nRING\\r\\n | 27 \\r\\nRING\\r\\n | ",
	  NULL,
	  URCS,
	  .speed = 1 },
	{ "urcs: what came in one piece with an answer has its place in it",
	  { H(0, "AT+CMQTTPAYLOAD=0,3\r"), M(1, "\r\nRING\r\n\r\n>"), H(2, "m-1"), M(2, "\r\nOK\r\n") },
	  { H(0, "AT+CMQTTPAYLOAD=0,3\r"), M(5, "\r\n>") },
	  "0 [AT+CMQTTPAYLOAD=0,3\\r] | \\r\\nRING\\r\\n | 5 \\r\\n> | ",
	  NULL,
	  URCS,
	  .speed = 0 },
	{ "urcs: not inside a line of the emulator's",
	  { H(0, "AT\r"), M(1, "\r\nOK\r\n"), M(5, "\r\nRING\r\n") },
	  { H(0, "AT\r"), M(1, "\r\nOK\r\n"), M(3, "\r\n+CR"), M(9, "EG: 1\r\n") },
	  "0 [AT\\r] | 1 \\r\\nOK\\r\\n | 3 \\r\\n+CR | 9 EG: 1\\r\\n\\r\\nRING\\r\\n | ",
	  NULL,
	  URCS,
	  .speed = 1 },
	{ "urcs: what the command before has left out comes with the next",
	  { H(0, "AT+NETOPEN\r"), M(1, "\r\nOK\r\n"), M(2, "\r\n+NETOPEN: 0\r\n"), M(3, "\r\n+CREG: 1\r\n") },
	  { H(0, "AT+NETOPEN\r"), M(1, "\r\nERROR\r\n"), H(2, "AT\r"), M(3, "\r\nOK\r\n") },
	  "0 [AT+NETOPEN\\r] | 1 \\r\\nERROR\\r\\n | 2 [AT\\r] | \\r\\n+CREG: 1\\r\\n | 3 \\r\\nOK\\r\\n | ",
	  NULL,
	  URCS,
	  .speed = 0 },
	{ "urcs: before any command, and one that never has its place",
	  { M(7, "\r\nRDY\r\n"), H(10, "AT\r"), M(11, "\r\nOK\r\n"), H(12, "AT+CSQ\r"), M(13, "\r\nOK\r\n"),
	    M(14, "\r\nRING\r\n") },
	  { H(20, "AT\r"), M(21, "\r\nOK\r\n") },
	  "7 \\r\\nRDY\\r\\n | 20 [AT\\r] | 21 \\r\\nOK\\r\\n | ",
	  "1 of 2 unsolicited lines are left; the next: RING",
	  URCS,
	  .speed = 1 },
};

/* --- playing a row --------------------------------------------------------------------------------------------------
 */

struct ear {
	struct buf heard; /* the transcript */
	struct buf run;	  /* bytes of the host's ear since the last mark */
	char kind;
	uint64_t now_us, marked_us;
	bool marked;
};

/* "12 ": a new time; then what was heard, "[...]" for the emulator, "(...)" for a command that it answers. */
static void mark(struct ear *ear)
{
	if (!ear->marked || ear->now_us != ear->marked_us)
		buf_addf(&ear->heard, "%u ", (unsigned)(ear->now_us / 1000));
	ear->marked = true;
	ear->marked_us = ear->now_us;
}

static void end_run(struct ear *ear)
{
	if (!ear->run.len)
		return;
	mark(ear);
	if (ear->kind == '[')
		buf_addc(&ear->heard, '[');
	str_escape(&ear->heard, ear->run.data, ear->run.len);
	if (ear->kind == '[')
		buf_addc(&ear->heard, ']');
	buf_adds(&ear->heard, " | ");
	buf_reset(&ear->run);
}

static void hear(struct ear *ear, char kind, const void *p, size_t n)
{
	if (kind != ear->kind)
		end_run(ear);
	ear->kind = kind;
	buf_add(&ear->run, p, n);
}

static void on_to_host(const void *p, size_t n, void *ctx)
{
	hear(ctx, '<', p, n);
}

static void on_to_profile(const void *p, size_t n, void *ctx)
{
	hear(ctx, '[', p, n);
}

static void on_foreign(const char *command, void *ctx)
{
	struct ear *ear = ctx;

	end_run(ear);
	mark(ear);
	buf_addf(&ear->heard, "(%s) | ", command);
}

static void on_wrong(const char *what, void *ctx)
{
	struct ear *ear = ctx;

	end_run(ear);
	mark(ear);
	buf_addf(&ear->heard, "wrong: %s | ", what);
}

static struct recording *record(const struct row *row)
{
	struct recording *r = recording_new();

	for (size_t i = 0; i < PARTS_MAX && row->recorded[i].bytes; i++) {
		const struct say *s = &row->recorded[i];
		const struct wire_event ev = { s->ms * 1000, s->from, s->bytes, strlen(s->bytes), 0 };

		ck_assert_int_eq(recording_add(r, &ev), 0);
	}
	return r;
}

static void pass_time(struct playback *p, struct ear *ear, uint64_t until_us)
{
	uint64_t due;

	while (playback_due(p, &due) && due <= until_us) {
		if (due > ear->now_us) {
			end_run(ear);
			ear->now_us = due;
		}
		playback_run(p, ear->now_us);
	}
	end_run(ear);
	if (until_us != UINT64_MAX)
		ear->now_us = until_us;
}

static void feed(struct playback *p, struct ear *ear, const struct say *s, size_t piece)
{
	size_t len = strlen(s->bytes);

	for (size_t i = 0; i < len; i += piece) {
		size_t n = len - i < piece ? len - i : piece;

		if (s->from == WIRE_HOST)
			playback_host(p, ear->now_us, s->bytes + i, n);
		else
			playback_profile(p, ear->now_us, s->bytes + i, n);
	}
}

static void run_row(const struct row *row, size_t piece, struct ear *ear, struct buf *left)
{
	const struct playback_options o = {
		.match = row->match,
		.speed = row->speed,
		.unknown_profile = row->profile,
		.hooks = { on_to_host, row->profile ? on_to_profile : NULL, on_foreign, on_wrong, ear },
	};
	struct recording *r = record(row);
	struct playback *p = playback_new(r, &o);

	recording_free(r);
	playback_begin(p, 0);
	for (size_t i = 0; i < STEPS_MAX && row->now[i].bytes; i++) {
		pass_time(p, ear, row->now[i].ms * 1000);
		feed(p, ear, &row->now[i], piece);
		pass_time(p, ear, ear->now_us);
	}
	pass_time(p, ear, UINT64_MAX);
	if (!playback_left(p, left))
		ck_assert_uint_eq(left->len, 0);
	playback_free(p);
}

/* What differs in the middle of a word is told with as much of it as came at once. */
static bool is_wanted(const char *got, const char *want)
{
	size_t n = strlen(want);

	return n > 3 && !strcmp(want + n - 3, " | ") ? !strcmp(got, want) : !strncmp(got, want, n);
}

START_TEST(plays)
{
	const struct row *row = &rows[_i];

	for (size_t piece = 100; piece; piece = piece == 100 ? 7 : piece - 1) {
		struct ear ear = { .kind = '<' };
		struct buf left;

		buf_init(&left, 1 << 16);
		buf_init(&ear.heard, 1 << 16);
		buf_init(&ear.run, 1 << 16);
		run_row(row, piece, &ear, &left);
		ck_assert_msg(is_wanted(buf_str(&ear.heard), row->want), "%s, in pieces of %zu:\n%s\nwanted:\n%s",
			      row->what, piece, buf_str(&ear.heard), row->want);
		ck_assert_msg(row->left && *row->left == '*' ? left.len
							     : !strcmp(buf_str(&left), row->left ? row->left : ""),
			      "%s: left: %s", row->what, buf_str(&left));
		buf_free(&left);
		buf_free(&ear.heard);
		buf_free(&ear.run);
	}
}
END_TEST

static const struct {
	const char *text;
	int err;
	double speed;
} speed_rows[] = {
	{ "recorded", 0, 1 },	{ "fast", 0, 0 },     { "4x", 0, 4 },	      { "0.5x", 0, 0.5 },
	{ "x", -EINVAL, 0 },	{ "0x", -EINVAL, 0 }, { "4", -EINVAL, 0 },    { "-1x", -EINVAL, 0 },
	{ "nanx", -EINVAL, 0 }, { "", -EINVAL, 0 },   { "slow", -EINVAL, 0 },
};

START_TEST(speeds)
{
	double speed = 0;

	ck_assert_int_eq(playback_speed(speed_rows[_i].text, &speed), speed_rows[_i].err);
	if (!speed_rows[_i].err)
		ck_assert(speed == speed_rows[_i].speed);
}
END_TEST

/* --- the file of a scenario -----------------------------------------------------------------------------------------
 */

#define TWO "harness/tests/must-fail/lib/two-commands.jsonl"
#define PLACE .place = { "s.yaml", 5, 11 }

static const struct {
	struct replay replay;
	const char *error; /* its beginning; NULL: it is opened */
} file_rows[] = {
	{ { PLACE, .log = TWO, .timing = "fast" }, NULL },
	{ { PLACE, .log = TWO, .timing = "fast",
	    .sha256 = "EC9BCB8BB9D9BD16E696ACF9454FE7C36815A7901673CFB24EDF21ACA497304B" },
	  NULL },
	{ { PLACE, .log = TWO, .timing = "fast",
	    .sha256 = "ec9bcb8bb9d9bd16e696acf9454fe7c36815a7901673cfb24edf21aca497304c" },
	  "s.yaml:5:11: the log is not the one that was meant: its sha256 is ec9bcb8bb9d9bd16" },
	{ { PLACE, .log = TWO, .timing = "4" },
	  "s.yaml:5:11: timing must be recorded, fast or a factor such as 4x, and is 4" },
	{ { PLACE, .log = TWO, .timing = "fast", .match = REPLAY_EXACT, .unknown_profile = true },
	  "s.yaml:5:11: unknown: profile needs match: commands" },
	{ { PLACE, .log = "none.jsonl", .timing = "fast" }, "s.yaml:5:11: none.jsonl: No such file" },
	{ { PLACE, .log = "README.md", .timing = "fast" }, "s.yaml:5:11: README.md:1:1: " },
	{ { .log = "/dev/null", .timing = "fast" }, "/dev/null: the modem says nothing in it" },
};

START_TEST(files)
{
	struct playback_options o;
	struct err e = { 0 };
	struct recording *r = replay_open(&file_rows[_i].replay, &o, &e);
	const char *want = file_rows[_i].error;

	ck_assert_msg(!r == (want != NULL), "%s", e.msg);
	ck_assert_msg(!want || !strncmp(e.msg, want, strlen(want)), "%s", e.msg);
	recording_free(r);
}
END_TEST

/* --- the verb -------------------------------------------------------------------------------------------------------
 */

static const char recording[] = "scenarios/field/lost-in-prompt.jsonl";
static const char two[] = TWO;

static void start(struct desk *d, const char *file, const char *const *flags)
{
	const char *argv[16] = { "hil", "replay", file, "--link", d->link };
	char line[512];

	for (size_t i = 0; flags[i]; i++)
		argv[5 + i] = flags[i];
	desk_make(d);
	desk_start(d, verb_replay, argv);
	desk_wait_ready(d, line, sizeof(line));
}

static void start_open(struct desk *d, const char *file, const char *const *flags)
{
	start(d, file, flags);
	desk_open(d);
}

static void want_last(struct desk *d, const char *want, int code)
{
	char line[512] = "";

	if (want) {
		ck_assert_ptr_nonnull(fgets(line, sizeof(line), d->lines));
		ck_assert_str_eq(line, want);
	}
	ck_assert_int_eq(desk_wait(d), code);
	ck_assert_int_ne(access(d->link, F_OK), 0);
	desk_clear(d);
}

START_TEST(to_the_end)
{
	struct desk d;

	start_open(&d, two, (const char *const[]){ "--must-finish", NULL });
	desk_say(d.client, "AT\r");
	desk_hear(d.client, "\r\nOK\r\n");
	desk_say(d.client, "at+csq\r");
	desk_hear(d.client, "\r\n+CSQ: 20,0\r\n\r\nOK\r\n");
	desk_close(&d);
	want_last(&d, "finished\n", HIL_EXIT_PASS);
}
END_TEST

START_TEST(left_early)
{
	struct desk d;

	start_open(&d, two, (const char *const[]){ "--must-finish", NULL });
	desk_say(d.client, "AT\r");
	desk_hear(d.client, "\r\nOK\r\n");
	kill(d.pid, SIGTERM);
	want_last(&d, "not finished: 1 of 2 commands are left; the next: AT+CSQ\n", HIL_EXIT_FAIL);
}
END_TEST

START_TEST(other_command)
{
	struct desk d;

	start_open(&d, two, (const char *const[]){ NULL });
	desk_say(d.client, "ATI\r");
	want_last(&d, NULL, HIL_EXIT_FAIL);
}
END_TEST

/* The emulator of the profile, in the program itself, on the real clock. */
START_TEST(profile_answers)
{
	struct desk d;

	start_open(&d, two, (const char *const[]){ "--unknown", "profile", "--profile", "LE20B04V03SIM7600M22", NULL });
	desk_say(d.client, "AT\r");
	desk_hear(d.client, "\r\nOK\r\n");
	desk_say(d.client, "AT+CGMR\r");
	desk_hear(d.client, "AT+CGMR\r\r\n+CGMR: LE20B04SIM7600M22\r\n\r\nOK\r\n");
	desk_say(d.client, "AT+CSQ\r");
	desk_hear(d.client, "\r\n+CSQ: 20,0\r\n\r\nOK\r\n");
	desk_close(&d);
	want_last(&d, "finished; the profile answered 1 commands that are not in the recording\n", HIL_EXIT_PASS);
}
END_TEST

/* A recording that plays both sides of itself says what it holds. */
START_TEST(both_sides)
{
	struct desk modem, host;
	const char *const argv[] = { "hil", "replay", recording, "--as-host", "--port", modem.link, NULL };
	char line[512];

	start(&modem, recording, (const char *const[]){ "--match", _i ? "exact" : "commands", "--must-finish", NULL });
	desk_make(&host);
	desk_start(&host, verb_replay, argv);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), host.lines));
	ck_assert_str_eq(line, "41 same\n");
	ck_assert_int_eq(desk_wait(&host), HIL_EXIT_PASS);
	desk_clear(&host);
	want_last(&modem, "finished\n", HIL_EXIT_PASS);
}
END_TEST

static const struct {
	const char *argv[10];
	int code;
} wrong_rows[] = {
	{ { "hil", "replay" }, HIL_EXIT_USAGE },
	{ { "hil", "replay", two }, HIL_EXIT_USAGE },
	{ { "hil", "replay", two, two, "--link", "l" }, HIL_EXIT_USAGE },
	{ { "hil", "replay", two, "--as-host" }, HIL_EXIT_USAGE },
	{ { "hil", "replay", two, "--link", "l", "--timing", "4" }, HIL_EXIT_USAGE },
	{ { "hil", "replay", two, "--link", "l", "--match", "exact", "--unknown", "profile" }, HIL_EXIT_USAGE },
	{ { "hil", "replay", "nonexistent.jsonl", "--link", "l" }, HIL_EXIT_USAGE },
	{ { "hil", "replay", "README.md", "--link", "l" }, HIL_EXIT_USAGE },
	{ { "hil", "replay", "/dev/null", "--link", "l" }, HIL_EXIT_USAGE },
	{ { "hil", "replay", two, "--link", "/nonexistent/l" }, HIL_EXIT_ERROR },
	{ { "hil", "replay", two, "--as-host", "--port", "/nonexistent/p" }, HIL_EXIT_ERROR },
};

START_TEST(wrong)
{
	struct desk d = { .master = -1 };

	desk_start(&d, verb_replay, wrong_rows[_i].argv);
	ck_assert_int_eq(desk_wait(&d), wrong_rows[_i].code);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	Suite *s = suite_create("replay");
	TCase *t = tcase_create("replay");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, plays, 0, COUNT(rows));
	tcase_add_loop_test(t, speeds, 0, COUNT(speed_rows));
	tcase_add_loop_test(t, files, 0, COUNT(file_rows));
	tcase_add_test(t, to_the_end);
	tcase_add_test(t, left_early);
	tcase_add_test(t, other_command);
	tcase_add_test(t, profile_answers);
	tcase_add_loop_test(t, both_sides, 0, 2);
	tcase_add_loop_test(t, wrong, 0, COUNT(wrong_rows));
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
