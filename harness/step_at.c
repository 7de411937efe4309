/*
 * Steps in which the harness itself is the host: a command and its final result (V.250), or raw bytes. Echo and
 * unsolicited lines are passed over before the result is judged.
 */
#include "harness/step.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "harness/match.h"

enum {
	TEXT_MAX_BYTES = 1 << 20,
	RESULT_WITHIN_US = 10000000,	/* a final result comes in this time unless the step says otherwise */
};

struct final_wait {
	struct play *p;
	const struct stream *s;
	const char *command;
	struct match *result;		/* NULL: OK */
	bool any, echo_seen, found, wanted;
	size_t pos;
	struct buf view;		/* the final line */
	struct stream_hit hit;
};

static bool is_final(const char *line)
{
	static const char *const whole[] = { "OK", "ERROR", "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "CONNECT" };
	static const char *const begins[] = { "+CME ERROR: ", "+CMS ERROR: " };

	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		if (!strcmp(line, whole[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		if (!strncmp(line, begins[i], strlen(begins[i])))
			return true;
	}
	return !strncmp(line, "CONNECT ", 8) && strspn(line + 8, "0123456789") == strlen(line + 8);
}

static bool is_prompt(const char *line)
{
	return line[0] == '>' && (!line[1] || (line[1] == ' ' && !line[2]));
}

/* The echo is not an answer: expectations do not see it when it comes first. */
static bool take_echo(struct final_wait *w, const struct stream_line *line, bool first)
{
	if (w->echo_seen || strcmp(buf_str(&w->view), w->command))
		return false;
	w->echo_seen = true;
	if (first)
		w->p->cursor[STREAM_MODEM] = w->p->start[STREAM_MODEM] = line->end;
	return true;
}

static bool judge_line(struct final_wait *w)
{
	const char *line = buf_str(&w->view);

	if (w->result && match_find(w->result, line, w->view.len, 0, true, NULL))
		w->wanted = true;
	else if (!is_final(line) && !is_prompt(line))
		return false;
	else if (!w->result)
		w->wanted = w->any || !strcmp(line, "OK");
	return true;
}

static bool final_seen(void *ctx)
{
	struct final_wait *w = ctx;
	size_t n = stream_lines(w->s);

	for (size_t i = stream_line_at(w->s, w->pos); i < n && !w->found; i++) {
		struct stream_line line = stream_line(w->s, i);

		buf_reset(&w->view);
		stream_view(w->s, i, &w->view);
		if (!line.complete && !is_prompt(buf_str(&w->view)))
			break;
		if (!take_echo(w, &line, line.start <= w->p->start[STREAM_MODEM] + 2) && judge_line(w)) {
			w->found = true;
			w->hit.start = line.start;
			w->hit.end = w->hit.resume = line.end;
			w->hit.seq = stream_seq(w->s, line.end - 1);
		}
		w->pos = line.end;
	}
	return w->found;
}

/* The step's own pattern for the whole final line. */
static int make_result(struct final_wait *w, const struct step *s)
{
	struct pattern whole = { .place = s->place, .kind = PATTERN_MATCH, .from = STREAM_MODEM };
	struct buf text;

	w->any = s->result && !strcmp(s->result, "any");
	if (!s->result || w->any)
		return 0;
	buf_init(&text, TEXT_MAX_BYTES);
	buf_addf(&text, "^(?:%s)$", s->result);
	whole.text = buf_str(&text);
	w->result = play_match(w->p, &whole);
	buf_free(&text);
	return w->result ? 0 : -1;
}

static uint64_t result_window(const struct step *s)
{
	uint64_t us = RESULT_WITHIN_US;

	if (s->timeout_us)
		return s->timeout_us;
	for (size_t i = 0; i < s->n_expects; i++)
		us = s->expects[i].within_us > us ? s->expects[i].within_us : us;
	return us;
}

static int wait_final(struct final_wait *w, const struct step *s)
{
	struct play *p = w->p;
	const char *wanted = s->result ? s->result : "OK";
	enum rig_wait how = play_wait(p, play_window(p, result_window(s)), final_seen, w);

	if (how != RIG_DONE)
		return play_fail_wait(p, how, &s->place, result_window(s), "modem: the final result");
	p->final = w->hit;
	p->final_of = s;
	if (w->wanted)
		return 0;
	if (is_prompt(buf_str(&w->view)) && !s->result)
		return play_fail(p, OUTCOME_FAIL, &s->place, "%s was answered with a prompt, wanted OK (result: '>' asks for one)",
				 w->command);
	play_fail(p, OUTCOME_FAIL, &s->place, "%s was answered with %s, wanted %s", w->command, buf_str(&w->view), wanted);
	play_add_wanted(p, buf_str(&w->view), STREAM_MODEM);
	p->failure.wanted[0] = '\0';
	return -1;
}

static void send_line(struct play *p, const char *text)
{
	static const char *const eols[] = { [EOL_CR] = "\r", [EOL_CRLF] = "\r\n", [EOL_LF] = "\n" };
	struct buf line;

	p->sent_from = stream_len(rig_stream(p->rig, STREAM_HOST));
	buf_init(&line, TEXT_MAX_BYTES);
	buf_adds(&line, text);
	buf_adds(&line, eols[p->cell->eol]);
	rig_send(p->rig, buf_str(&line), line.len);
	buf_free(&line);
}

int step_at(struct play *p, const struct step *s)
{
	struct final_wait w = { .p = p, .s = rig_stream(p->rig, STREAM_MODEM) };
	char *command = play_expand(p, s->text, &s->place);
	int err;

	if (!command)
		return -1;
	w.command = command;
	buf_init(&w.view, TEXT_MAX_BYTES);
	err = make_result(&w, s);
	/* What stood there before the command was sent is no answer to it. */
	w.pos = stream_len(w.s);
	if (!err) {
		send_line(p, command);
		err = wait_final(&w, s);
	}
	match_free(w.result);
	buf_free(&w.view);
	free(command);
	return err;
}

static int read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	char chunk[4096];
	size_t n;
	int err = 0;

	if (!f)
		return -errno;
	while (!err && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		err = buf_add(out, chunk, n);
	fclose(f);
	return err;
}

static int read_named(struct play *p, const struct step *s, const char *path, struct buf *out)
{
	int err = path ? read_file(path, out) : -1;

	if (path && err)
		play_fail(p, OUTCOME_ERROR, &s->place, "%s: %s", path, strerror(-err));
	return err;
}

/* A path that was found at load time, or one that a fixture gives. */
static int read_path(struct play *p, const struct step *s, struct buf *out)
{
	char *late;
	int err;

	if (!strstr(s->path, "${"))
		return read_named(p, s, s->path, out);
	late = play_expand(p, s->path, &s->place);
	err = read_named(p, s, late, out);
	free(late);
	return err;
}

int step_send(struct play *p, const struct step *s)
{
	struct buf bytes;
	char *text = NULL;
	int err;

	buf_init(&bytes, TEXT_MAX_BYTES);
	if (s->path) {
		err = read_path(p, s, &bytes);
	} else {
		text = play_expand(p, s->text, &s->place);
		err = !text ? -1 : (int)str_unescape(&bytes, text);
		if (text && err)
			play_fail(p, OUTCOME_ERROR, &s->place, "bad escape at character %d", err);
	}
	p->sent_from = stream_len(rig_stream(p->rig, STREAM_HOST));
	if (!err && bytes.len)
		rig_send(p->rig, bytes.data, bytes.len);
	buf_free(&bytes);
	free(text);
	return err ? -1 : 0;
}
