/* Scripts line by line: what the first character of a line means is a row of a table. */
#include "harness/probe/script.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/probe/read.h"

enum {
	LINE_MAX_BYTES = 160 * 1024,
	BYTE_US = 5000, /* on a slow line; where it is faster nothing is waited for */
	AGAIN_WITHIN_US = 1000000,
	AGAIN_MAX_US = 90000000,
	ANSWER_WITHIN_US = 9000000, /* the slowest command without a network is a file system's */
};

/* A line taken apart. */
struct part {
	char *text;  /* the command or data, words resolved */
	char *until; /* NULL: nothing is awaited */
	uint64_t within_us;
};

void script_init(struct script *s, struct talk *t, const struct script_words *words, struct buf *notes)
{
	*s = (struct script){ .talk = t, .words = words, .notes = notes };
	buf_init(&s->restore, LINE_MAX_BYTES);
}

void script_free(struct script *s)
{
	buf_free(&s->restore);
}

/* --- words ---------------------------------------------------------------------------------------------------- */

static void add_times(struct buf *out, const char *text, size_t len, long n)
{
	for (long i = 0; i < n; i++)
		buf_add(out, text, len);
}

static const char *peer_in(const char *const *peers, size_t n_peers, const char *name, size_t n)
{
	for (size_t i = 0; i < n_peers; i++) {
		if (!strncmp(peers[i], name, n) && peers[i][n] == '=')
			return peers[i] + n + 1;
	}
	return NULL;
}

/* "host:port", or its part behind the point of name. */
static int add_peer(const struct script_words *w, const char *name, size_t n, struct buf *out)
{
	const char *point = memchr(name, '.', n), *peer, *colon;
	size_t n_name = point ? (size_t)(point - name) : n, n_builtin;
	const char *const *builtin = probe_peers(&n_builtin);

	peer = peer_in(w->peers, w->n_peers, name, n_name);
	if (!peer)
		peer = peer_in(builtin, n_builtin, name, n_name);
	if (!peer)
		return -ENOENT;
	colon = strrchr(peer, ':');
	if (!point || !colon)
		return buf_adds(out, peer);
	if (point[1] == 'h')
		return buf_add(out, peer, (size_t)(colon - peer));
	return buf_adds(out, colon + 1);
}

/* What was seen of a quirk, or its default. */
static int add_seen(const struct script_words *w, const char *word, size_t n, struct buf *out)
{
	char name[64];
	size_t i;

	snprintf(name, sizeof(name), "%.*s", (int)n, word);
	i = emu_value_find(name);
	if (i == emu_value_count())
		return -ENOENT;
	return buf_adds(out, w->seen && w->seen->value[i].value ? w->seen->value[i].value : emu_value_info(i).def);
}

static int add_word(const struct script_words *w, const char *word, size_t n, struct buf *out)
{
	static const char EACH[] = "each", WITH[] = "with";
	long long from;

	if (n == 1 && *word == 'n')
		return buf_addf(out, "%ld", w->n);
	if (n > 2 && !memcmp(word + n - 2, "-n", 2) && !str_to_num(word, n - 2, 0, LONG_MAX, &from))
		return buf_addf(out, "%ld", (long)from - w->n);
	if (n && *word == '=')
		return add_seen(w, word + 1, n - 1, out);
	if (n && *word == '*') {
		add_times(out, word + 1, n - 1, w->n);
		return 0;
	}
	if (n == strlen(EACH) && !memcmp(word, EACH, n))
		return buf_adds(out, w->each ? w->each : "");
	if (n == strlen(WITH) && !memcmp(word, WITH, n))
		return buf_adds(out, w->with ? w->with : "");
	return add_peer(w, word, n, out);
}

int script_expand(const struct script_words *w, const char *text, size_t n, struct buf *out)
{
	const char *end = text + n;

	while (text < end) {
		const char *open = memchr(text, '{', (size_t)(end - text));
		const char *close = open ? memchr(open, '}', (size_t)(end - open)) : NULL;

		if (!close)
			return buf_add(out, text, (size_t)(end - text));
		buf_add(out, text, (size_t)(open - text));
		if (add_word(w, open + 1, (size_t)(close - open - 1), out))
			return -ENOENT;
		text = close + 1;
	}
	return 0;
}

/* --- a line --------------------------------------------------------------------------------------------------- */

static char *expanded(const struct script_words *w, const char *text, size_t n)
{
	struct buf b;
	char *copy = NULL;

	buf_init(&b, LINE_MAX_BYTES);
	if (!script_expand(w, text, n, &b))
		copy = strdup(buf_str(&b));
	buf_free(&b);
	return copy;
}

/* Cuts " @60s" and " ~pattern" off the end of n bytes. */
static void cut_ends(const char *line, size_t *n, const char **until, size_t *until_n, uint64_t *within_us)
{
	const char *at = memrchr(line, '@', *n);
	char time[32];

	*until = NULL;
	*within_us = ANSWER_WITHIN_US;
	if (at && at > line && at[-1] == ' ' && (size_t)(line + *n - at) < sizeof(time)) {
		memcpy(time, at + 1, (size_t)(line + *n - at - 1));
		time[line + *n - at - 1] = '\0';
		if (!str_to_duration_us(time, within_us))
			*n = (size_t)(at - 1 - line);
	}
	for (const char *p = line; p < line + *n; p++) {
		if (*p != '~' || (p > line && p[-1] != ' ' && p[-1] != '.'))
			continue;
		*until = p + 1;
		*until_n = (size_t)(line + *n - p - 1);
		*n = (size_t)(p - line);
		break;
	}
	while (*until && *n && line[*n - 1] == ' ')
		--*n;
}

static bool take_apart(const struct script *s, const char *line, size_t n, struct part *p)
{
	char *whole = expanded(s->words, line, n);
	const char *until;
	size_t until_n = 0;

	if (!whole)
		return false;
	n = strlen(whole);
	cut_ends(whole, &n, &until, &until_n, &p->within_us);
	p->text = strndup(whole, n);
	p->until = until ? strndup(until, until_n) : NULL;
	free(whole);
	return p->text && (!until || p->until);
}

/* The time of the line, that of every answer, and that for what goes there first. */
static uint64_t patience(const struct script *s, const struct part *p, size_t bytes)
{
	return p->within_us + s->patience_us + bytes * BYTE_US;
}

static void add_cr(struct buf *b, const char *command)
{
	buf_adds(b, command);
	buf_addc(b, '\r');
}

static enum talk_end play_command(struct script *s, const struct part *p)
{
	size_t printable, before = talk_heard(s->talk, &printable);
	enum talk_end end;
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES + 1);
	add_cr(&b, p->text);
	end = talk_send(s->talk, b.data, b.len, p->text, p->until, patience(s, p, b.len));
	s->commands++;
	s->silent = talk_heard(s->talk, &printable) == before ? s->silent + 1 : 0;
	buf_free(&b);
	return end;
}

static enum talk_end play_unwaited(struct script *s, const struct part *p)
{
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES + 1);
	add_cr(&b, p->text + 1);
	talk_put(s->talk, b.data, b.len, p->text + 1);
	s->commands++;
	buf_free(&b);
	return TALK_OK;
}

static enum talk_end play_data(struct script *s, const struct part *p)
{
	enum talk_end end;
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES);
	str_unescape(&b, p->text + 1);
	end = talk_send(s->talk, buf_str(&b), b.len, "(data)", p->until, patience(s, p, b.len));
	buf_free(&b);
	return end;
}

static enum talk_end play_listen(struct script *s, const struct part *p)
{
	bool seen = talk_listen(s->talk, p->until, p->within_us);

	if (*talk_why_gone(s->talk))
		return TALK_GONE;
	return seen || !p->until ? TALK_OK : TALK_SILENT;
}

/* How long the first values of an answer are, all of them for 0. */
static size_t values_length(const char *text, long values)
{
	size_t n = strcspn(text, "\n"), at = 0;

	for (; values; values--) {
		at += strcspn(text + at, ",\n");
		if (at >= n || values == 1)
			return at < n ? at : n;
		at++;
	}
	return n;
}

/* In front of what is to be restored already: the last change is undone first. */
static void restore_by(struct script *s, const char *command, size_t n)
{
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES);
	buf_addf(&b, "%.*s\n%s", (int)n, command, buf_str(&s->restore));
	buf_reset(&s->restore);
	buf_add(&s->restore, b.data, b.len);
	buf_free(&b);
}

/* "< +CTZU: 1" of what was said last: AT+CTZU=1. */
static void keep_setting(struct script *s, const char *name, long values, const char *said)
{
	const char *at;
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES);
	buf_addf(&b, "< %s: ", name);
	at = strstr(said, buf_str(&b));
	if (at) {
		at += b.len;
		buf_reset(&b);
		buf_addf(&b, "AT%s=%.*s", name, (int)values_length(at, values), at);
		restore_by(s, buf_str(&b), b.len);
	}
	buf_free(&b);
}

static enum talk_end play_capture(struct script *s, const struct part *p)
{
	char *arrow = strstr(p->text, " => ");
	struct buf command;

	if (!arrow)
		return TALK_SILENT;
	*arrow = '\0';
	buf_init(&command, LINE_MAX_BYTES);
	if (read_groups(talk_text(s->talk), p->text + 1, arrow + 4, &command) == 1)
		restore_by(s, buf_str(&command), command.len);
	buf_free(&command);
	return TALK_OK;
}

/* What has no such setting has nothing to put back. */
static enum talk_end play_keep(struct script *s, const struct part *p)
{
	size_t before = strlen(talk_text(s->talk));
	char *blank = strchr(p->text, ' '), *name;
	long values = blank ? strtol(blank, NULL, 10) : 0;
	struct part read = *p;
	enum talk_end end = TALK_SILENT;
	struct buf b;

	name = strndup(p->text + 1, strcspn(p->text + 1, " "));
	buf_init(&b, 128);
	if (name && !buf_addf(&b, "AT%s?", name)) {
		read.text = b.data;
		end = play_command(s, &read);
		if (end == TALK_OK)
			keep_setting(s, name, values, talk_text(s->talk) + before);
	}
	buf_free(&b);
	free(name);
	return end == TALK_ERROR ? TALK_OK : end;
}

static enum talk_end play_maybe(struct script *s, const struct part *p)
{
	struct part command = *p;
	enum talk_end end;

	command.text = p->text + 1;
	end = play_command(s, &command);
	return end == TALK_GONE ? end : TALK_OK;
}

/* The time of the last OK is what it is for. */
static enum talk_end play_again(struct script *s, const struct part *p)
{
	uint64_t until_us = talk_now(s->talk) + AGAIN_MAX_US;
	struct part one = *p;
	enum talk_end end;

	one.text = p->text + 1;
	one.within_us = AGAIN_WITHIN_US;
	for (;;) {
		end = play_command(s, &one);
		if (end != TALK_OK || talk_now(s->talk) > until_us)
			break;
		talk_listen(s->talk, NULL, p->within_us);
	}
	return end == TALK_GONE ? end : TALK_OK;
}

static enum talk_end play_line(struct script *s, const char *line, size_t n)
{
	static const struct {
		char first;
		enum talk_end (*play)(struct script *s, const struct part *p);
	} kinds[] = {
		{ '<', play_data },  { '.', play_listen }, { '!', play_unwaited }, { '?', play_keep },
		{ '*', play_again }, { '-', play_maybe },  { '=', play_capture },  { 0, play_command },
	};
	struct part p = { NULL };
	enum talk_end end = TALK_SILENT;
	size_t k = 0;

	if (take_apart(s, line, n, &p)) {
		while (kinds[k].first && kinds[k].first != *p.text)
			k++;
		end = kinds[k].play(s, &p);
	}
	free(p.text);
	free(p.until);
	return end;
}

static bool must_stop(const struct script *s)
{
	return talk_is_interrupted(s->talk) || s->silent >= SCRIPT_SILENT_MAX;
}

enum talk_end script_play(struct script *s, const char *text, bool strict)
{
	enum talk_end end = TALK_OK;

	while (text && *text && (s->finishing || !must_stop(s))) {
		size_t n = strcspn(text, "\n");

		if (n)
			end = play_line(s, text, n);
		if (end == TALK_GONE || (strict && end != TALK_OK && end != TALK_PROMPT))
			break;
		text += n + (text[n] == '\n');
	}
	return end;
}

void script_restore(struct script *s)
{
	char *text = strdup(buf_str(&s->restore)), *line = text;

	buf_reset(&s->restore);
	while (line && *line && (s->finishing || !must_stop(s))) {
		char *end = strchrnul(line, '\n');
		bool last = !*end;

		*end = '\0';
		if (*line && script_play(s, line, false) != TALK_OK)
			buf_addf(s->notes, "not put back: %s\n", line);
		line = end + !last;
	}
	free(text);
}
