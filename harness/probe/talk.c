/* Sending, waiting and taking down. Knows final results and prompts, and no command. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "harness/probe/talk.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/wire/exchange_rows.h"
#include "io/loop.h"

enum { TEXT_MAX_BYTES = 4 << 20, LINE_MAX_BYTES = 64 * 1024, WHY_MAX_BYTES = 256, PROMPT_US = 30000 };

struct line_time {
	size_t at;
	uint64_t t_us;
};

struct talk {
	struct talk_io io;
	struct buf text, raw;
	struct buf line; /* of the modem, not ended yet */
	struct line_time *times;
	size_t n_times, room;
	uint64_t line_us; /* of the first byte of line */
	struct timer limit, prompt;
	char *command;	   /* its echo is no answer; NULL: seen or none */
	pcre2_code *until; /* NULL: nothing is awaited */
	bool late, waiting, until_seen, interrupted;
	enum talk_end end; /* TALK_SILENT: not yet */
	size_t heard, printable;
	char gone[WHY_MAX_BYTES];
};

static void on_prompt(void *ctx);

static void on_late(void *ctx)
{
	((struct talk *)ctx)->late = true;
}

struct talk *talk_new(const struct talk_io *io)
{
	struct talk *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->io = *io;
	buf_init(&t->text, TEXT_MAX_BYTES);
	buf_init(&t->raw, TEXT_MAX_BYTES);
	buf_init(&t->line, LINE_MAX_BYTES);
	timer_init(&t->limit, on_late, t);
	timer_init(&t->prompt, on_prompt, t);
	return t;
}

void talk_free(struct talk *t)
{
	if (!t)
		return;
	timer_cancel(&t->limit);
	timer_cancel(&t->prompt);
	pcre2_code_free(t->until);
	free(t->command);
	free(t->times);
	buf_free(&t->text);
	buf_free(&t->raw);
	buf_free(&t->line);
	free(t);
}

/* --- taking down ---------------------------------------------------------------------------------------------- */

static void note_time(struct talk *t, uint64_t t_us)
{
	if (t->n_times == t->room) {
		size_t room = t->room ? t->room * 2 : 64;
		struct line_time *more = realloc(t->times, room * sizeof(*more));

		if (!more)
			return;
		t->times = more;
		t->room = room;
	}
	t->times[t->n_times++] = (struct line_time){ t->text.len, t_us };
}

static void take_down(struct talk *t, const char *who, const char *p, size_t n, uint64_t t_us)
{
	note_time(t, t_us);
	buf_adds(&t->text, who);
	str_escape(&t->text, p, n);
	buf_addc(&t->text, '\n');
}

static void judge(struct talk *t, const char *s)
{
	if (!strcmp(s, "OK") || !strcmp(s, "CONNECT") || !strncmp(s, "CONNECT ", 8))
		t->end = TALK_OK;
	else if (rows_is_final(s))
		t->end = TALK_ERROR;
}

static bool matches(const pcre2_code *re, const char *s, size_t n)
{
	pcre2_match_data *md = pcre2_match_data_create_from_pattern(re, NULL);
	bool hit = md && pcre2_match(re, (PCRE2_SPTR)s, n, 0, 0, md, NULL) > 0;

	pcre2_match_data_free(md);
	return hit;
}

static bool is_prompt(const struct buf *b)
{
	return b->len && b->data[0] == '>' && (b->len == 1 || (b->len == 2 && b->data[1] == ' '));
}

/* A prompt has no line end, but of some builds. */
static bool take_prompt(struct talk *t)
{
	if (!t->waiting || t->end != TALK_SILENT || !is_prompt(&t->line))
		return false;
	take_down(t, "< ", ">", 1, t->line_us);
	buf_reset(&t->line);
	t->end = TALK_PROMPT;
	return true;
}

static void line_done(struct talk *t)
{
	while (t->line.len && t->line.data[t->line.len - 1] == '\r')
		t->line.data[--t->line.len] = '\0';
	if (strspn(buf_str(&t->line), " ") == t->line.len || take_prompt(t))
		return;
	if (t->command && !strcmp(t->line.data, t->command)) {
		free(t->command);
		t->command = NULL;
		return;
	}
	take_down(t, "< ", t->line.data, t->line.len, t->line_us);
	if (t->waiting && t->end == TALK_SILENT)
		judge(t, t->line.data);
	if (t->until && matches(t->until, t->line.data, t->line.len))
		t->until_seen = true;
}

static void take_byte(struct talk *t, char c)
{
	t->heard++;
	t->printable += (c >= ' ' && c <= '~') || c == '\r' || c == '\n';
	if (!t->line.len)
		t->line_us = clock_now_us(t->io.clock);
	if (c == '\n') {
		line_done(t);
		buf_reset(&t->line);
	} else if (c != '\r' || t->line.len) {
		buf_addc(&t->line, c);
	}
}

void talk_bytes(struct talk *t, const void *p, size_t n)
{
	str_escape(&t->raw, p, n);
	for (size_t i = 0; i < n; i++)
		take_byte(t, ((const char *)p)[i]);
	timer_cancel(&t->prompt);
	if (is_prompt(&t->line))
		clock_arm(t->io.clock, &t->prompt, PROMPT_US);
}

/* Behind a prompt nothing comes; behind a > that begins a line the rest does. */
static void on_prompt(void *ctx)
{
	take_prompt(ctx);
}

void talk_gone(struct talk *t, const char *why)
{
	if (!*t->gone)
		str_copy(t->gone, sizeof(t->gone), why);
}

const char *talk_why_gone(const struct talk *t)
{
	return t->gone;
}

void talk_interrupt(struct talk *t)
{
	t->interrupted = t->late = true;
}

bool talk_is_interrupted(const struct talk *t)
{
	return t->interrupted;
}

/* --- waiting -------------------------------------------------------------------------------------------------- */

static void set_until(struct talk *t, const char *until)
{
	int code;
	PCRE2_SIZE at;

	pcre2_code_free(t->until);
	t->until = until ? pcre2_compile((PCRE2_SPTR)until, PCRE2_ZERO_TERMINATED, 0, &code, &at, NULL) : NULL;
	t->until_seen = !until;
}

static bool is_over(const struct talk *t)
{
	if (t->waiting && t->end == TALK_SILENT)
		return false;
	return t->until_seen || (t->waiting && t->end != TALK_OK);
}

/* false: a line that was awaited did not come. */
static bool wait_for(struct talk *t, uint64_t within_us)
{
	bool seen;

	t->late = false;
	clock_arm(t->io.clock, &t->limit, within_us);
	while (!is_over(t) && !t->late && !*t->gone) {
		if (t->io.loop)
			loop_once(t->io.loop);
		else
			clock_step(t->io.clock);
	}
	timer_cancel(&t->limit);
	t->waiting = false;
	seen = t->until_seen;
	set_until(t, NULL);
	return seen;
}

void talk_put(struct talk *t, const void *p, size_t n, const char *says)
{
	take_down(t, "> ", says, strlen(says), clock_now_us(t->io.clock));
	t->io.write(p, n, t->io.ctx);
}

enum talk_end talk_send(struct talk *t, const void *p, size_t n, const char *says, const char *until,
			uint64_t within_us)
{
	const char *cr = memchr(p, '\r', n);

	free(t->command);
	t->command = cr ? strndup(p, (size_t)(cr - (const char *)p)) : NULL;
	t->end = TALK_SILENT;
	t->waiting = true;
	set_until(t, until);
	buf_reset(&t->line);
	talk_put(t, p, n, says);
	if (!wait_for(t, within_us) && t->end == TALK_OK)
		t->end = TALK_SILENT;
	return *t->gone ? TALK_GONE : t->end;
}

bool talk_listen(struct talk *t, const char *until, uint64_t within_us)
{
	bool seen;

	t->late = false;
	set_until(t, until);
	t->until_seen = false;
	clock_arm(t->io.clock, &t->limit, within_us);
	while (!t->until_seen && !t->late && !*t->gone) {
		if (t->io.loop)
			loop_once(t->io.loop);
		else
			clock_step(t->io.clock);
	}
	timer_cancel(&t->limit);
	seen = t->until_seen;
	set_until(t, NULL);
	return seen;
}

/* --- what was said -------------------------------------------------------------------------------------------- */

void talk_begin(struct talk *t)
{
	buf_reset(&t->text);
	buf_reset(&t->raw);
	t->n_times = 0;
}

const char *talk_text(const struct talk *t)
{
	return buf_str(&t->text);
}

const char *talk_raw(const struct talk *t)
{
	return buf_str(&t->raw);
}

uint64_t talk_time_at(const struct talk *t, size_t offset)
{
	size_t i = t->n_times;

	while (i && t->times[i - 1].at > offset)
		i--;
	return i ? t->times[i - 1].t_us : 0;
}

uint64_t talk_now(const struct talk *t)
{
	return clock_now_us(t->io.clock);
}

bool talk_is_real(const struct talk *t)
{
	return t->io.loop != NULL;
}

size_t talk_heard(const struct talk *t, size_t *printable)
{
	*printable = t->printable;
	return t->heard;
}
