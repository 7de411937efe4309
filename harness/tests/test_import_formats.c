/* The round trip: a session with the emulator, logged in each format, comes back as the same exchanges. */
#include <check.h>
#include <stdlib.h>

#include "harness/import/import.h"
#include "harness/tests/test_import_render.h"
#include "harness/tests/test_import_session.h"
#include "harness/wire/exchange.h"

/* --- exchanges as text ------------------------------------------------------------------------------------------ */

/* Without echo, which a capture that shows one line for both cannot hold. */
static void show(const struct recording *r, struct buf *out)
{
	struct conversation *c = conversation_new(r);

	for (size_t i = 0; i < conversation_size(c); i++) {
		const struct exchange *x = conversation_at(c, i);

		buf_adds(out, x->command ? x->command : "-");
		if (x->data) {
			buf_adds(out, " <");
			str_escape(out, x->data, x->data_len);
			buf_adds(out, ">");
		}
		for (size_t k = 0; k < x->n_lines; k++) {
			size_t n = x->lines[k].len;

			if (x->lines[k].role == LINE_ECHO)
				continue;
			buf_addf(out, " [%s %.*s]", line_role_name(x->lines[k].role), (int)n,
				 str_trim(x->lines[k].text, &n));
		}
		buf_addc(out, '\n');
	}
	conversation_free(c);
}

/* Every byte of both sides, in turns. */
static void show_bytes(const struct recording *r, struct buf *out)
{
	enum wire_from from = WIRE_NOTE;

	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		if (ev.from > WIRE_MODEM)
			continue;
		if (ev.from != from)
			buf_adds(out, ev.from == WIRE_HOST ? "\n> " : "\n< ");
		from = ev.from;
		str_escape(out, ev.data, ev.len);
	}
}

static void check_bytes(const struct recording *r, const struct recording *got, const char *look)
{
	struct buf a, b;

	buf_init(&a, TEXT_MAX);
	buf_init(&b, TEXT_MAX);
	show_bytes(r, &a);
	show_bytes(got, &b);
	ck_assert_msg(!strcmp(buf_str(&a), buf_str(&b)), "%s: wanted%s\ngot%s", look, buf_str(&a), buf_str(&b));
	buf_free(&a);
	buf_free(&b);
}

static struct import *read_text(const struct buf *text, const char *as)
{
	const struct import_options o = { .as = as, .redact = false };
	struct err e = { 0 };
	struct import *imp = import_text("log", buf_str(text), text->len, &o, &e);

	ck_assert_msg(imp != NULL, "%s", e.msg);
	return imp;
}

static void check_same(const struct recording *r, const struct render_row *row, const char *as)
{
	struct buf text, want, got;
	struct import *imp;

	buf_init(&text, TEXT_MAX);
	buf_init(&want, TEXT_MAX);
	buf_init(&got, TEXT_MAX);
	row->render(r, &text);
	imp = read_text(&text, as);
	show(r, &want);
	if (getenv("IMPORT_SHOW"))
		fprintf(stderr, "--- %s\n%s", row->look, buf_str(&text));
	for (size_t i = 0; i < import_remarks(imp); i++) {
		const struct import_remark *m = import_remark(imp, i);

		ck_assert_msg(m->kind == IMPORT_GUESS || m->kind == IMPORT_JOINED, "%s: log:%u: %s: %s: %s", row->look,
			      m->line, import_remark_name(m->kind), m->why, m->text);
	}
	ck_assert_msg(import_segments(imp) == 1, "%s: %zu segments", row->look, import_segments(imp));
	show(import_recording(imp, 0), &got);
	ck_assert_msg(!strcmp(buf_str(&got), buf_str(&want)), "%s: wanted\n%sgot\n%s", row->look, buf_str(&want),
		      buf_str(&got));
	ck_assert_str_eq(import_segment(imp, 0)->format, row->format);
	ck_assert_msg(import_segment(imp, 0)->timed == row->timed, "%s: times", row->look);
	if (row->exact)
		check_bytes(r, import_recording(imp, 0), row->look);
	import_free(imp);
	buf_free(&text);
	buf_free(&want);
	buf_free(&got);
}

START_TEST(test_round_trip)
{
	struct recording *r = session_play(true, true);

	for (size_t i = 0; i < RENDER_ROWS; i++)
		check_same(r, &render_rows[i], NULL);
	recording_free(r);
}
END_TEST

START_TEST(test_round_trip_forced)
{
	struct recording *r = session_play(true, true);

	for (size_t i = 0; i < RENDER_ROWS; i++)
		check_same(r, &render_rows[i], render_rows[i].format);
	recording_free(r);
}
END_TEST

/* With echo off only logs of both sides hold the commands. */
START_TEST(test_without_echo)
{
	static const char *const both[] = { "streamdebugger", "marked",	 "sscom", "sent-recv",
					    "socat",	      "esp-idf", "jsonl", NULL };
	struct recording *r = session_play(false, true);

	for (size_t i = 0; i < RENDER_ROWS; i++) {
		for (const char *const *name = both; *name; name++) {
			if (!strcmp(*name, render_rows[i].format))
				check_same(r, &render_rows[i], NULL);
		}
	}
	recording_free(r);
}
END_TEST

enum { BLOCK_LINES = 50 };

static const char *line_at(const struct buf *text, unsigned line, size_t *n)
{
	const char *s = buf_str(text);

	while (--line)
		s += strcspn(s, "\n") + 1;
	*n = strcspn(s, "\n") + 1;
	return s;
}

/* Whether the import of the text without that line says so, at most a block before or behind it. */
static bool is_missed(const struct buf *text, unsigned line)
{
	struct buf cut;
	struct import *imp;
	size_t n;
	const char *at = line_at(text, line, &n);
	bool missed = false;

	buf_init(&cut, TEXT_MAX);
	buf_add(&cut, text->data, (size_t)(at - text->data));
	buf_add(&cut, at + n, text->len - (size_t)(at - text->data) - n);
	imp = read_text(&cut, NULL);
	for (size_t i = 0; i < import_remarks(imp); i++) {
		const struct import_remark *m = import_remark(imp, i);

		missed = missed || ((m->kind == IMPORT_DAMAGED || m->kind == IMPORT_UNREAD) && m->line + BLOCK_LINES > line &&
				    m->line < line + BLOCK_LINES);
	}
	import_free(imp);
	buf_free(&cut);
	return missed;
}

START_TEST(test_damage)
{
	const struct render_row *row = &render_rows[_i];
	struct recording *r = session_play(true, true);
	struct buf text;
	unsigned lines = 0;

	buf_init(&text, TEXT_MAX);
	row->render(r, &text);
	for (size_t i = 0; i < text.len; i++)
		lines += text.data[i] == '\n';
	for (unsigned line = 1; row->counted && line <= lines; line += 3) {
		size_t n;
		const char *at = line_at(&text, line, &n);

		if (strncmp(at, "--\n", 3))
			ck_assert_msg(is_missed(&text, line), "%s: without line %u, %.*s", row->look, line, (int)n, at);
	}
	recording_free(r);
	buf_free(&text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("import formats");
	TCase *c = tcase_create("round trip");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_test(c, test_round_trip);
	tcase_add_test(c, test_round_trip_forced);
	tcase_add_test(c, test_without_echo);
	tcase_add_loop_test(c, test_damage, 0, RENDER_ROWS);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
