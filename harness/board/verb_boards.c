/* `hil boards list|scan|check`: what boards.yaml names, what is plugged in, and which of them are well. */
#include <errno.h>
#include <libserialport.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/board/board.h"
#include "harness/board/board_line.h"
#include "harness/board/holders.h"
#include "harness/board/scan.h"
#include "harness/verbs.h"

/* --- list ----------------------------------------------------------------------------------------------------- */

static const char *state_of(const struct board *b, char *why, size_t size)
{
	int fd;

	if (board_out(b, why, size))
		return "out";
	if (!strstr(b->port, "://") && strncmp(b->port, "tcp:", 4) && access(b->port, F_OK))
		return "absent";
	if (board_lock(b, &fd, NULL))
		return "in use";
	close(fd);
	return "free";
}

static int list_boards(const struct boards *boards)
{
	if (!boards_size(boards)) {
		fprintf(stderr, "hil: no boards.yaml here or in the configuration folder: hil boards scan shows what "
				"to write\n");
		return HIL_EXIT_EMPTY;
	}
	printf("%-16s %-8s %-28s %s\n", "NAME", "STATE", "REVISION", "PORT");
	for (size_t i = 0; i < boards_size(boards); i++) {
		const struct board *b = boards_at(boards, i);
		char why[160];
		const char *state = state_of(b, why, sizeof(why));

		printf("%-16s %-8s %-28s %s\n", b->name, state, b->revision ? b->revision : "any", b->port);
		if (*why)
			printf("%-16s %s\n", "", why);
	}
	return HIL_EXIT_PASS;
}

/* --- scan ----------------------------------------------------------------------------------------------------- */

static int scan_boards(void)
{
	struct scan s;
	struct err e = { 0 };

	if (scan_ports(&s, &e)) {
		fprintf(stderr, "hil: %s\n", e.msg);
		return HIL_EXIT_ERROR;
	}
	for (size_t i = 0; i < s.n; i++)
		printf("%-14s %-10s %-48s %s\n", s.items[i].device, s.items[i].usb, s.items[i].what, s.items[i].stable);
	if (!s.n)
		fprintf(stderr, "hil: no serial ports\n");
	else
		scan_print_yaml(&s, stdout);
	return s.n ? HIL_EXIT_PASS : HIL_EXIT_EMPTY;
}

/* --- check ---------------------------------------------------------------------------------------------------- */

/* What a person wants to know of a board before trusting it; an error here is only shown. */
static const char *const questions[] = { "AT+CPIN?", "AT+CSQ", "AT+CGREG?", "AT+COPS?" };

static void print_answers(struct board_line *l)
{
	struct buf answer;

	buf_init(&answer, 4096);
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		buf_reset(&answer);
		board_ask(l, questions[i], 5000000, &answer);
		printf("  %-10s %.*s\n", questions[i], (int)strcspn(buf_str(&answer), "\n"), buf_str(&answer));
	}
	buf_free(&answer);
}

/* Not an error: a terminal that only looks on does no harm, ModemManager does. */
static void print_holders(const struct board *b)
{
	char who[300];

	board_holders(b, who, sizeof(who));
	if (*who)
		printf("  also open in %s: what the modem says may go there\n", who);
}

static void print_speed(const struct board_line *l)
{
	long baud = board_line_baud(l), found = board_line_found_baud(l);

	if (baud && found == baud)
		printf("  speed      %ld\n", baud);
	else if (baud)
		printf("  speed      %ld, found at %ld\n", baud, found);
}

static int examine(const struct board *b, struct loop *loop, struct err *e)
{
	struct board_line *l = board_line_open(b, loop, e);
	char revision[80];
	int err;

	if (!l)
		return -EIO;
	err = board_sync(l, e);
	if (!err)
		err = board_revision(l, revision, sizeof(revision), e);
	if (!err && b->revision && !strstr(revision, b->revision))
		err = err_set(e, -EINVAL, "is %s, boards.yaml says %s", revision, b->revision);
	if (!err) {
		printf("ok   %s  %s\n", b->name, revision);
		print_speed(l);
		print_answers(l);
	}
	board_line_close(l, NULL);
	return err;
}

/* 0, or a negative error after it was printed and the board marked as out. */
static int check_board(const struct board *b, struct loop *loop)
{
	struct err e = { 0 }, state = { 0 };
	int fd, err = board_lock(b, &fd, &e);

	if (err) {
		printf("busy %s  %s\n", b->name, e.msg);
		return err;
	}
	err = examine(b, loop, &e);
	if (err)
		printf("out  %s  %s\n", b->name, e.msg);
	print_holders(b);
	if (board_set_out(b, err ? e.msg : NULL, &state))
		fprintf(stderr, "hil: %s\n", state.msg);
	close(fd);
	return err;
}

static int check_boards(struct boards *boards, const char *which)
{
	struct clock *clock = clock_new_monotonic(1);
	struct loop *loop = clock ? loop_new(clock) : NULL;
	struct err e = { 0 };
	const struct board *one = NULL;
	int bad = loop ? 0 : -ENOMEM;

	if (which && !bad) {
		one = boards_find(boards, which, &e);
		if (!one)
			fprintf(stderr, "hil: %s\n", e.msg);
	}
	for (size_t i = 0; loop && !which && i < boards_size(boards); i++)
		bad |= check_board(boards_at(boards, i), loop);
	if (one && loop)
		bad |= check_board(one, loop);
	loop_free(loop);
	if (clock)
		clock_free(clock);
	if (which && !one)
		return HIL_EXIT_USAGE;
	if (!which && !boards_size(boards))
		return list_boards(boards);
	return bad ? HIL_EXIT_ERROR : HIL_EXIT_PASS;
}

int verb_boards(const struct options *o)
{
	const char *what = o->boards_what ? o->boards_what : "list";
	struct err e = { 0 };
	struct boards *boards;
	int code = HIL_EXIT_USAGE;

	if (!strcmp(what, "scan"))
		return scan_boards();
	boards = boards_load(&e);
	if (!boards)
		fprintf(stderr, "hil: %s\n", e.msg);
	else if (!strcmp(what, "list"))
		code = list_boards(boards);
	else if (!strcmp(what, "check"))
		code = check_boards(boards, o->boards_which);
	else
		fprintf(stderr, "hil: boards: '%s' is none of list, scan, check\n", what);
	boards_free(boards);
	return code;
}
