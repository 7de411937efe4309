/* What the parent sees of a worker: lines however they were cut, the last of many, a picture while another process writes. */
#include "harness/glance.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/run.h"
#include "harness/watch.h"

static void text_of(struct glance *g, struct buf *out)
{
	struct glance_view v;

	ck_assert(glance_read(g, &v));
	buf_reset(out);
	glance_text(&v, out);
}

static const struct {
	struct {
		const char *from, *data;
	} said[6];
	const char *text;
} rows[] = {
	{ { { "host", "AT\r" }, { "modem", "AT\r\r\nOK\r\n" } },
	  "       1.0s > AT\\r\n       1.0s < AT\\r\\r\\n\n       1.0s < OK\\r\\n\n" },
	{ { { "host", "AT" }, { "host", "I\r" } }, "       1.0s > ATI\\r\n" },
	/* an echo between the bytes: lines of their own */
	{ { { "host", "A" }, { "modem", "A" }, { "host", "T\r" } }, "       1.0s > A\n       1.0s < A\n       1.0s > T\\r\n" },
	{ { { "modem", "a\nb" }, { "modem", "c\n" } }, "       1.0s < a\\n\n       1.0s < bc\\n\n" },
	{ { { "log", "up\n" }, { "broker", "connected\n" }, { "fault", "drop" } },
	  "       1.0s | up\\n\n       1.0s | connected\\n\n       1.0s ! drop\n" },
	{ { { "model", "x" }, { "why", "y" }, { "note", "z" }, { "modem", "" } }, "" },
};

START_TEST(lines)
{
	struct glance *g = glance_new(1);
	struct buf text;

	buf_init(&text, 65536);
	glance_cell(g, 0);
	for (size_t i = 0; i < 6 && rows[_i].said[i].from; i++)
		glance_wire(g, 1000000, rows[_i].said[i].from, rows[_i].said[i].data, strlen(rows[_i].said[i].data));
	text_of(g, &text);
	ck_assert_str_eq(buf_str(&text), rows[_i].text);
	buf_free(&text);
	glance_free(g, 1);
}
END_TEST

START_TEST(cut_everywhere)
{
	static const char said[] = "\r\n+CMQTTCONNECT: 0,32\r\n\r\nOK\r\n>";
	struct buf whole, cut;

	buf_init(&whole, 65536);
	buf_init(&cut, 65536);
	for (size_t i = 0; i < sizeof(said); i++) {
		struct glance *g = glance_new(1);

		glance_wire(g, 5, "modem", said, i);
		glance_wire(g, 5, "modem", said + i, sizeof(said) - 1 - i);
		text_of(g, i ? &cut : &whole);
		if (i)
			ck_assert_str_eq(buf_str(&cut), buf_str(&whole));
		glance_free(g, 1);
	}
	buf_free(&whole);
	buf_free(&cut);
}
END_TEST

START_TEST(the_last_of_many)
{
	struct glance *g = glance_new(1);
	struct buf text;
	char line[16];
	size_t n = 0;

	buf_init(&text, 65536);
	for (int i = 0; i < 1000; i++) {
		snprintf(line, sizeof(line), "%d\n", i);
		glance_wire(g, 0, "modem", line, strlen(line));
	}
	text_of(g, &text);
	ck_assert_ptr_nonnull(strstr(buf_str(&text), "< 980\\n\n"));
	ck_assert_ptr_null(strstr(buf_str(&text), "< 979\\n\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&text), "< 999\\n\n"));
	for (const char *s = buf_str(&text); (s = strchr(s, '\n')) != NULL; s++)
		n++;
	ck_assert_uint_eq(n, GLANCE_LINES);
	/* another cell begins with nothing */
	glance_cell(g, 7);
	text_of(g, &text);
	ck_assert_str_eq(buf_str(&text), "");
	buf_free(&text);
	glance_free(g, 1);
}
END_TEST

START_TEST(a_long_line_is_cut)
{
	struct glance *g = glance_new(1);
	char long_line[500];
	struct buf text;

	buf_init(&text, 65536);
	memset(long_line, 'x', sizeof(long_line));
	glance_wire(g, 0, "modem", long_line, sizeof(long_line));
	glance_wire(g, 0, "modem", "\nend\n", 5);
	text_of(g, &text);
	ck_assert_ptr_nonnull(strstr(buf_str(&text), "xxx ...\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&text), "< end\\n\n"));
	ck_assert_uint_lt(text.len, 200);
	buf_free(&text);
	glance_free(g, 1);
}
END_TEST

/* All of a picture is of one moment, though another process changes it all the time. */
START_TEST(whole_pictures)
{
	struct glance *g = glance_new(1);
	struct glance_view v;
	pid_t pid = fork();
	unsigned seen = 0;

	if (!pid) {
		char name[GLANCE_STEP_BYTES];

		for (uint64_t i = 0;; i++) {
			memset(name, 'a' + (int)(i % 26), sizeof(name) - 1);
			name[sizeof(name) - 1] = '\0';
			glance_step(g, name, i % 26);
		}
	}
	while (seen < 500) {
		if (!glance_read(g, &v) || !v.step[0]) {
			sched_yield();
			continue;
		}
		seen++;
		ck_assert_int_eq(v.step[0] - 'a', (int)v.step_us);
		for (size_t k = 1; k + 1 < GLANCE_STEP_BYTES; k++)
			ck_assert_int_eq(v.step[k], v.step[0]);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* it died in the middle of a word, perhaps: the next one makes it good */
	glance_cell(g, 0);
	ck_assert(glance_read(g, &v));
	glance_free(g, 1);
}
END_TEST

START_TEST(nowhere_to_write_is_fine)
{
	struct glance_view v;

	glance_cell(NULL, 0);
	glance_step(NULL, "x", 0);
	glance_wire(NULL, 0, "modem", "x", 1);
	ck_assert(!glance_read(NULL, &v));
}
END_TEST

/* --- what is said of it ---------------------------------------------------------------------------------------- */

/* stderr while func runs, to be freed. */
static char *stderr_of(void (*func)(void *ctx), void *ctx)
{
	char path[] = "/tmp/test-glance-XXXXXX", *text = calloc(1, 65536);
	int fd = mkstemp(path), before = dup(2);

	unlink(path);
	fflush(stderr);
	dup2(fd, 2);
	func(ctx);
	fflush(stderr);
	dup2(before, 2);
	ck_assert_int_ge(pread(fd, text, 65535, 0), 0);
	close(fd);
	close(before);
	return text;
}

static void tick_for_minutes(void *ctx)
{
	struct report_set none = { 0 };
	struct glance *g = ctx;
	unsigned minutes = 0;
	const struct watched w = { "t[a=1]", g, 0, &minutes };

	glance_step(g, "connect", 10000000);
	for (uint64_t s = 10; s < 200; s++)
		watch_tick(&none, &w, 1, s * 1000000);
	glance_step(g, "publish", 200000000);
	for (uint64_t s = 200; s < 261; s++)
		watch_tick(&none, &w, 1, s * 1000000);
}

START_TEST(a_word_each_minute)
{
	struct glance *g = glance_new(1);
	char *said = stderr_of(tick_for_minutes, g);

	ck_assert_str_eq(said, "slow: t[a=1]: step connect goes on for 1 min\nslow: t[a=1]: step connect goes on for 2 min\n"
			       "slow: t[a=1]: step connect goes on for 3 min\nslow: t[a=1]: step publish goes on for 1 min\n");
	free(said);
	glance_free(g, 1);
}
END_TEST

static void show_two(void *ctx)
{
	struct report_set none = { 0 };
	struct glance *g = ctx;
	unsigned minutes = 0;
	const struct watched w[] = { { "one", &g[0], 1000000, &minutes }, { "two", &g[1], 2000000, &minutes } };

	glance_cell(&g[0], 0);
	glance_step(&g[0], "connect", 2500000);
	glance_wire(&g[0], 1200000, "modem", "OK\r\n", 4);
	watch_show(&none, w, 2, 4000000);
	watch_show(&none, w, 0, 4000000);
}

START_TEST(all_that_runs)
{
	struct glance *g = glance_new(2);
	char *said = stderr_of(show_two, g);

	ck_assert_str_eq(said, "running one for 3.0s, connect for 1.5s\n       1.2s < OK\\r\\n\nrunning two for 2.0s\n"
			       "nothing is running\n");
	free(said);
	glance_free(g, 2);
}
END_TEST

/* --- a run that is asked ---------------------------------------------------------------------------------------- */

static char folder[64];

static void run_in_child(int err_fd)
{
	char text[1024];
	struct err e = { 0 };
	struct scenario *s;
	int null = open("/dev/null", O_WRONLY);

	snprintf(text, sizeof(text),
		 "schema: 1\nname: t\nsummary: t\nfixtures: {p: {use: program, command: 'sh %s/up', ready: '^up$'}}\n"
		 "steps: [{at: AT+CGMR}, {id: long-one, wait: 60s}]\n", folder);
	s = scenario_load_text("t.yaml", text, strlen(text), NULL, &e);
	dup2(null, 1);
	dup2(err_fd, 2);
	_exit(s ? run_cells(s->cells, 1, &(struct run_options){ .emulator = "x", .jobs = 1, .timeout_scale = 1, .rerun = "" }) : 99);
}

/* Asks until the answer says that the long step is running: the signal may come before it. */
static bool ask(pid_t pid, int from, char *said, size_t size)
{
	struct pollfd p = { .fd = from, .events = POLLIN };
	size_t n = 0;

	for (int i = 0; i < 200 && !strstr(said, "long-one for "); i++) {
		kill(pid, SIGUSR1);
		while (n + 1 < size && poll(&p, 1, 100) > 0) {
			ssize_t got = read(from, said + n, size - 1 - n);

			if (got <= 0)
				return false;
			n += (size_t)got;
			said[n] = '\0';
		}
	}
	return strstr(said, "long-one for ") != NULL;
}

START_TEST(asked_by_a_signal)
{
	char path[96], said[65536] = "";
	int fds[2], status;
	FILE *f;
	pid_t pid;

	snprintf(folder, sizeof(folder), "/tmp/test-glance-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/fifo", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/up", folder);
	f = fopen(path, "w");
	fprintf(f, "echo up\necho up >%s/fifo\nexec sleep 60\n", folder);
	fclose(f);
	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	if (!pid)
		run_in_child(fds[1]);
	close(fds[1]);
	snprintf(path, sizeof(path), "%s/fifo", folder);
	f = fopen(path, "r");		/* waits until the server is up */
	ck_assert(ask(pid, fds[0], said, sizeof(said)));
	ck_assert_ptr_nonnull(strstr(said, "running t for "));
	ck_assert_ptr_nonnull(strstr(said, "s > AT+CGMR\\r\n"));
	ck_assert_ptr_nonnull(strstr(said, "s < OK\\r\\n\n"));
	kill(pid, SIGTERM);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), HIL_EXIT_SIGNAL + SIGTERM);
	fclose(f);
	close(fds[0]);
	unlink(path);
	snprintf(path, sizeof(path), "%s/up", folder);
	unlink(path);
	rmdir(folder);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("glance");
	TCase *tc = tcase_create("pictures");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, lines, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, cut_everywhere);
	tcase_add_test(tc, the_last_of_many);
	tcase_add_test(tc, a_long_line_is_cut);
	tcase_add_test(tc, whole_pictures);
	tcase_add_test(tc, nowhere_to_write_is_fine);
	tcase_add_test(tc, a_word_each_minute);
	tcase_add_test(tc, all_that_runs);
	tcase_add_test(tc, asked_by_a_signal);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
