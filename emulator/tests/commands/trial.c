/* Children, their verdicts, and ddmin over the acts of a story (Zeller, "Simplifying failure-inducing input"). */
#include "tests/commands/trial.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"

enum { TRIAL_SECONDS = 20, SAID_MAX_BYTES = 1 << 20 };

/* --- a child ------------------------------------------------------------------------------------------------------ */

static void tell_parent(const char *what)
{
	fprintf(stderr, "broken: %s\n", what);
	_exit(1);
}

/* Twice: a library may keep memory the first time, and the same story gives the same bytes. */
static void play(const struct story *s, struct setups *setups)
{
	struct stage first, second;

	bool good = stage_tell(&first, s, setups, true);

	fflush(setups->trace);
	setups->trace = NULL;
	if (!good && !first.kept)
		tell_parent(first.broken);
	if (!stage_tell(&second, s, setups, false))
		tell_parent(second.broken);
	if (first.hash != second.hash)
		tell_parent("the same story does not give the same bytes");
	_exit(0);
}

/* What tells one end from another: the rule, the assertion, or the sanitizer's words and the function they are about.
 */
static const char *const telling[] = {
	"broken: ",   "Assertion ", "runtime error: ", "ERROR: AddressSanitizer: ", "ERROR: LeakSanitizer: ",
	"commands: ", NULL,
};

static bool is_ours(const char *frame)
{
	return strstr(frame, " in ") && strstr(frame, "emulator/") && !strstr(frame, "tests/commands");
}

/* The first telling line, and the first place in the emulator that is named after it. */
static void understand(char *said, struct verdict *v)
{
	char *save, *line = strtok_r(said, "\n", &save);
	bool found = false;

	for (; line; line = strtok_r(NULL, "\n", &save)) {
		for (size_t i = 0; telling[i] && !found; i++) {
			if (strstr(line, telling[i])) {
				str_copy(v->text, sizeof(v->text),
					 telling[i][0] == 'r' ? line : strstr(line, telling[i]));
				found = true;
			}
		}
		if (found && strncmp(v->text, "broken: ", 8) != 0 && is_ours(line)) {
			size_t n = strlen(v->text);

			snprintf(v->text + n, sizeof(v->text) - n, "; %s", strstr(line, " in ") + 4);
			return;
		}
	}
}

static void judge_child(int status, char *said, struct verdict *v)
{
	*v = (struct verdict){ "" };
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return;
	understand(said, v);
	if (*v->text)
		return;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF)
		snprintf(v->text, sizeof(v->text), "no end within %d s of the processor's time", TRIAL_SECONDS);
	else if (WIFSIGNALED(status))
		snprintf(v->text, sizeof(v->text), "killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(v->text, sizeof(v->text), "exit %d", WEXITSTATUS(status));
}

static void hear_out(int fd, struct buf *said)
{
	char piece[4096];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) > 0 || (n < 0 && errno == EINTR)) {
		if (n > 0)
			buf_add(said, piece, (size_t)n);
	}
}

/* The processor's time: a machine that does other things, too, is no finding. */
void trial_watch(void)
{
	const struct itimerval limit = { .it_value = { .tv_sec = TRIAL_SECONDS } };

	setitimer(ITIMER_PROF, &limit, NULL);
}

void trial_run(const struct story *s, struct setups *setups, struct verdict *v)
{
	struct buf said;
	int fd[2], status = 0;
	pid_t pid;

	if (pipe(fd)) {
		perror("pipe");
		exit(2);
	}
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(2);
	}
	if (!pid) {
		dup2(fd[1], STDERR_FILENO);
		close(fd[0]);
		close(fd[1]);
		trial_watch();
		play(s, setups);
	}
	close(fd[1]);
	buf_init(&said, SAID_MAX_BYTES);
	hear_out(fd[0], &said);
	close(fd[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	buf_addc(&said, '\0');
	judge_child(status, said.data, v);
	buf_free(&said);
}

/* --- shorter ------------------------------------------------------------------------------------------------------ */

bool trial_same(const struct verdict *a, const struct verdict *b)
{
	const char *x = a->text, *y = b->text;

	while (*x && *y) {
		if (*x == ':' && *y == ':' && strstr(a->text, "broken: ") == a->text && x > a->text + 7)
			return true; /* what came is told behind the rule */
		if (isxdigit((unsigned char)*x) && isxdigit((unsigned char)*y) &&
		    (isdigit((unsigned char)*x) || isdigit((unsigned char)*y))) {
			x += strspn(x, "0123456789abcdefx");
			y += strspn(y, "0123456789abcdefx");
		} else if (*x++ != *y++) {
			return false;
		}
	}
	return *x == *y;
}

struct reducer {
	struct setups *setups;
	const struct verdict *wanted;
	struct clock *clock; /* the machine's */
	uint64_t until_us;
	unsigned trials;
};

static bool has_time(const struct reducer *r)
{
	return clock_now_us(r->clock) < r->until_us;
}

static bool still_ends_so(struct reducer *r, const struct story *s)
{
	struct verdict v;

	r->trials++;
	trial_run(s, r->setups, &v);
	return trial_same(&v, r->wanted);
}

/* Without acts from to from + n; true when it was not needed and s is shorter now. */
static bool try_without(struct reducer *r, struct story *s, size_t from, size_t n)
{
	bool *keep = malloc(s->n * sizeof(*keep));
	struct story part;
	bool good;

	if (!keep)
		return false;
	for (size_t i = 0; i < s->n; i++)
		keep[i] = i < from || i >= from + n;
	part = story_part(s, keep);
	free(keep);
	good = still_ends_so(r, &part);
	if (good) {
		story_free(s);
		*s = part;
	} else {
		story_free(&part);
	}
	return good;
}

static void drop_acts(struct reducer *r, struct story *s)
{
	for (size_t piece = s->n / 2; piece; piece /= 2) {
		bool dropped;

		do {
			dropped = false;
			for (size_t from = 0; from < s->n && has_time(r);) {
				size_t n = piece < s->n - from ? piece : s->n - from;

				if (try_without(r, s, from, n))
					dropped = true;
				else
					from += piece;
			}
		} while (dropped && has_time(r));
	}
}

/* The commands of a line one after the other, as far as they are told apart by semicolons; then single bytes. */
static bool shorten_text(struct reducer *r, struct story *s, struct act *a, size_t from, size_t n)
{
	char *whole = a->text;
	size_t len = a->len;
	char *shorter = malloc(len + 1);

	if (!shorter)
		return false;
	memcpy(shorter, whole, from);
	memcpy(shorter + from, whole + from + n, len - from - n);
	shorter[len - n] = '\0';
	a->text = shorter;
	a->len = len - n;
	if (a->len && still_ends_so(r, s)) {
		free(whole);
		return true;
	}
	a->text = whole;
	a->len = len;
	free(shorter);
	return false;
}

static void shorten_lines(struct reducer *r, struct story *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct act *a = &s->act[i];

		for (size_t piece = a->len / 2; piece && a->kind != ACT_CONTROL; piece /= 2) {
			for (size_t from = 0; from + piece <= a->len && has_time(r);) {
				if (!shorten_text(r, s, a, from, piece))
					from += piece;
			}
		}
	}
}

/* A plain modem, when that does as well. */
static void plainer(struct reducer *r, struct story *s)
{
	struct story plain = *s;

	plain.n_quirks = 0;
	plain.baud = 0;
	plain.cold = false;
	memset(plain.has_port, 0, sizeof(plain.has_port));
	if (still_ends_so(r, &plain)) {
		*s = plain;
		return;
	}
	for (size_t i = 0; i < s->n_quirks;) {
		plain = *s;
		memmove(plain.quirk[i], plain.quirk[i + 1], (plain.n_quirks - i - 1) * sizeof(plain.quirk[0]));
		plain.n_quirks--;
		if (still_ends_so(r, &plain))
			*s = plain;
		else
			i++;
	}
	for (int i = EMU_PORT_UART + 1; i < EMU_PORT_COUNT; i++) {
		plain = *s;
		plain.has_port[i] = false;
		if (s->has_port[i] && still_ends_so(r, &plain))
			*s = plain;
	}
}

unsigned trial_reduce(struct story *s, struct setups *setups, const struct verdict *v, unsigned seconds)
{
	struct reducer r = { .setups = setups, .wanted = v, .clock = clock_new_monotonic(1) };

	if (!r.clock)
		return 0;
	r.until_us = seconds * 1000000ull;
	drop_acts(&r, s);
	shorten_lines(&r, s);
	drop_acts(&r, s);
	plainer(&r, s);
	clock_free(r.clock);
	return r.trials;
}
