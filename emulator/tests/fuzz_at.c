/*
 * Random bytes through a channel with a small table, prompts and pending commands among it. Held: the output does not
 * depend on where the input is cut, each complete line has one final result, memory stays bounded.
 */
#include <stdlib.h>
#include <string.h>

#include "at/at.h"
#include "base/buf.h"
#include "cmd/cmd.h"

enum { TAG = 1, INPUT_MAX = 4096, OUT_MAX = 1 << 22 };

struct side {
	struct clock *clock;
	struct at_channel *at;
	struct timer slow;
	struct buf out;
	unsigned ran;			/* handlers that ran */
};

static struct side *side_of(struct at_channel *at)
{
	return at_dev(at);
}

static enum at_status info(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	side_of(at)->ran++;
	at_row(at, "+I: 1");
	at_row(at, "+I: 2");
	at_urc(at, "+URC: 1");
	return AT_STATUS_OK;
}

static enum at_status show(struct at_channel *at, const struct at_val *val)
{
	side_of(at)->ran++;
	for (size_t i = 0; i < at_command(at)->args; i++)
		at_info(at, "%d,%lld,%.*s", val[i].given, val[i].num, (int)val[i].len, val[i].str);
	return val[0].num == 3 ? at_cme(at, 3) : AT_STATUS_OK;
}

static void slow_over(void *ctx)
{
	struct side *s = ctx;

	if (at_waiting(s->at, TAG))
		at_finish(s->at, AT_STATUS_OK);
	else
		at_urc(s->at, "+LATE: 1");
}

static enum at_status slow(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	clock_arm(side_of(at)->clock, &side_of(at)->slow, 1000);
	return at_wait(at, TAG);
}

static enum at_status entered(struct at_channel *at, const char *data, size_t n, int tag)
{
	if (!data)
		return AT_STATUS_OK;
	at_info(at, "%d,%zu,%02x", tag, n, n ? (unsigned char)data[n - 1] : 0);
	return n % 3 ? AT_STATUS_OK : slow(at, NULL);
}

static enum at_status by_length(struct at_channel *at, const struct at_val *val)
{
	return at_prompt(at, AT_PROMPT_LENGTH, (size_t)val[0].num, entered, 2);
}

static enum at_status by_ctrl_z(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return at_prompt(at, AT_PROMPT_CTRL_Z, 64, entered, 3);
}

static enum at_status by_escape(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_prompt(at, AT_PROMPT_ESCAPED, 64, entered, 3);
	at_prompt_quiet(at);
	return AT_STATUS_PENDING;
}

static const struct at_arg mixed[] = {
	{ "a", AT_ARG_INT, 0, 9 },
	{ "b", AT_ARG_STR, 1, 8, .optional = true },
	{ "c", AT_ARG_RAW, 0, 0, .optional = true },
};
static const struct at_arg length[] = { { "n", AT_ARG_INT, 0, 99 } };

static const struct at_cmd table[] = {
	{ "+I", .exec = info, .read = info },
	{ "+A", AT_ARGS(mixed), .write = show, .refuse = show },
	{ "+W", .exec = slow },
	{ "+L", AT_ARGS(length), .write = by_length },
	{ "+Z", .exec = by_ctrl_z },
	{ "+E", .exec = by_escape },
	{ "I", .exec = info },
	{ 0 },
};

static void on_out(const void *p, size_t n, void *ctx)
{
	if (buf_add(&((struct side *)ctx)->out, p, n))
		abort();	/* more output than any input of this size may cause */
}

static void fill(struct quirks *q)
{
	memset(q, 0, sizeof(*q));
#define QUIRK_ENUM(name, def, what, ...) q->name = QUIRK_##name##_##def;
#define QUIRK_INT(name, def, min, max, unit, what) q->name = def;
#define QUIRK_BOOL(name, def, what) q->name = def;
#define QUIRK_LIST(name, what)
#define QUIRK_STR(name, def, what)
#include "profile/quirks.def"
#undef QUIRK_ENUM
#undef QUIRK_INT
#undef QUIRK_BOOL
#undef QUIRK_LIST
#undef QUIRK_STR
}

static void side_open(struct side *s, const struct profile *profile)
{
	const struct at_cmd *const tables[] = { table, cmd_v250, NULL };
	const struct at_hooks hooks = { .out = on_out, .ctx = s };

	memset(s, 0, sizeof(*s));
	s->clock = clock_new_virtual();
	buf_init(&s->out, OUT_MAX);
	timer_init(&s->slow, slow_over, s);
	s->at = at_new(tables, profile, s->clock, NULL, &hooks, s);
	at_enable(s->at, true);
}

static void side_settle(struct side *s)
{
	while (clock_step(s->clock))
		;
}

static void side_close(struct side *s)
{
	at_free(s->at);
	timer_cancel(&s->slow);
	clock_free(s->clock);
	buf_free(&s->out);
}

/* Whether the input changes how results look, or has text that looks like one. */
static bool results_are_plain(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strchr("QqVvSsEeRrZzLl&\\\x08/", p[i]))
			return false;
	}
	return true;
}

static size_t count(const struct buf *b, const char *word)
{
	size_t n = 0, len = strlen(word);

	for (size_t i = 0; i + len <= b->len; i++)
		n += !memcmp(b->data + i, word, len);
	return n;
}

/* AT ... CR in plain input: every prefix found outside a line, ended by CR. */
static size_t count_lines(const uint8_t *p, size_t n)
{
	size_t lines = 0;
	bool in_line = false;

	for (size_t i = 0; i < n; i++) {
		if (in_line && p[i] == '\r') {
			lines++;
			in_line = false;
		} else if (!in_line && i && (p[i] | 0x20) == 't' && (p[i - 1] | 0x20) == 'a') {
			in_line = true;
		}
	}
	return lines;
}

static void check_finals(const struct side *s, const uint8_t *p, size_t n)
{
	size_t finals;

	if (!results_are_plain(p, n))
		return;
	finals = count(&s->out, "\r\nOK\r\n") + count(&s->out, "\r\nERROR\r\n") + count(&s->out, "\r\n+CME ERROR: ") +
		 count(&s->out, "\r\nNO CARRIER\r\n");
	if (finals != count_lines(p, n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct profile profile = { 0 };
	struct side whole, cut;

	if (n < 1 || n > INPUT_MAX)
		return 0;
	fill(&profile.q);
	side_open(&whole, &profile);
	side_open(&cut, &profile);
	at_feed(whole.at, p + 1, n - 1);
	for (size_t i = 1, step = (size_t)(p[0] & 7) + 1; i < n; i += step)
		at_feed(cut.at, p + i, n - i < step ? n - i : step);
	side_settle(&whole);
	side_settle(&cut);
	if (whole.out.len != cut.out.len ||
	    (whole.out.len && memcmp(whole.out.data, cut.out.data, whole.out.len)) || whole.ran != cut.ran)
		abort();
	check_finals(&whole, p + 1, n - 1);
	side_close(&whole);
	side_close(&cut);
	return 0;
}
