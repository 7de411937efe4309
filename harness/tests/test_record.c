/* The tap: what passes it, what it writes down, and what it survives. Each test is a real process between two PTYs. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "harness/tests/test_record_rig.h"

static void start(struct desk *d, const char *file)
{
	const char *const argv[] = { "hil", "record", "--port", d->board, "--link", d->link, "-o", file, NULL };
	char line[512], want[512];

	desk_start(d, verb_record, argv);
	desk_wait_ready(d, line, sizeof(line));
	snprintf(want, sizeof(want), "ready %s port=%s file=%s\n", d->link, d->board, file);
	ck_assert_str_eq(line, want);
}

static void begin(struct desk *d)
{
	desk_make(d);
	desk_plug(d);
	start(d, d->file);
	desk_open(d);
}

static void want_recorded(const struct recording *r, enum wire_from from, const char *want)
{
	struct buf got;

	buf_init(&got, 1 << 20);
	desk_recorded(r, from, &got);
	ck_assert_str_eq(buf_str(&got), want);
	buf_free(&got);
}

/* --- a short talk --------------------------------------------------------------------------------------------------
 */

START_TEST(talk)
{
	struct desk d;
	struct recording *r;

	begin(&d);
	desk_say(d.client, "AT+CGMR\r");
	desk_hear(d.master, "AT+CGMR\r");
	desk_say(d.master, "AT+CGMR\r\r\n+CGMR: LE20B0");
	desk_say(d.master, "4V03SIM7600M22\r\n\r\nOK\r\n");
	desk_hear(d.client, "AT+CGMR\r\r\n+CGMR: LE20B04V03SIM7600M22\r\n\r\nOK\r\n");
	ck_assert_int_eq(desk_stop(&d, SIGTERM), 128 + SIGTERM);
	ck_assert_int_ne(access(d.link, F_OK), 0);
	r = desk_read(&d);
	ck_assert(!recording_is_cut(r));
	want_recorded(r, WIRE_HOST, "AT+CGMR\r");
	want_recorded(r, WIRE_MODEM, "AT+CGMR\r\r\n+CGMR: LE20B04V03SIM7600M22\r\n\r\nOK\r\n");
	want_recorded(r, WIRE_NOTE, "the port is opened\n");
	ck_assert_str_eq(recording_get(r, "port"), d.board);
	ck_assert_str_eq(recording_get(r, "revision"), "LE20B04V03SIM7600M22");
	ck_assert_str_eq(recording_get(r, "times"), "real");
	ck_assert_uint_eq(strlen(recording_get(r, "started")), strlen("2026-01-01T00:00:00Z"));
	recording_free(r);
	desk_clear(&d);
}
END_TEST

/* What the modem says while nobody has the port open is written down, and nobody reads it later. */
START_TEST(closed_port)
{
	struct desk d;
	struct recording *r;

	begin(&d);
	desk_say(d.client, "ATI\r");
	desk_hear(d.master, "ATI\r");
	desk_say(d.master, "\r\nunread");
	desk_wait_readable(d.client);
	desk_close(&d);
	desk_wait_noted(&d, "the port is closed", 1);
	desk_say(d.master, "\r\nunheard");
	desk_wait_noted(&d, "unheard", 1);
	desk_open(&d);
	desk_say(d.client, "AT\r");
	desk_hear(d.master, "AT\r");
	desk_say(d.master, "\r\nOK\r\n");
	desk_hear(d.client, "\r\nOK\r\n");
	ck_assert_int_eq(desk_stop(&d, SIGINT), 128 + SIGINT);
	r = desk_read(&d);
	want_recorded(r, WIRE_MODEM, "\r\nunread\r\nunheard\r\nOK\r\n");
	want_recorded(r, WIRE_NOTE,
		      "the port is opened\nthe port is closed\n"
		      "the port is opened; 9 bytes of the modem came while it was closed\n");
	recording_free(r);
	desk_clear(&d);
}
END_TEST

static void set_baud(int fd, long baud)
{
	ck_assert_int_eq(tty_speed_set(fd, baud), 0);
}

START_TEST(speed)
{
	struct desk d;
	struct recording *r;

	begin(&d);
	desk_say(d.client, "AT\r");
	desk_hear(d.master, "AT\r");
	ck_assert_int_eq(tty_speed(d.master), 115200);
	set_baud(d.client, 9600);
	desk_say(d.client, "AT\r");
	desk_hear(d.master, "AT\r");
	ck_assert_int_eq(tty_speed(d.master), 9600);
	set_baud(d.client, 3686400);
	desk_say(d.client, "AT\r");
	desk_hear(d.master, "AT\r");
	ck_assert_int_eq(tty_speed(d.master), 3686400);
	desk_stop(&d, SIGTERM);
	r = desk_read(&d);
	want_recorded(r, WIRE_NOTE, "the port is opened\n9600 baud\n3686400 baud\n");
	recording_free(r);
	desk_clear(&d);
}
END_TEST

START_TEST(unplugged)
{
	struct desk d;
	struct recording *r;
	struct buf notes;

	begin(&d);
	for (int i = 0; i < 3; i++) {
		desk_say(d.client, "AT\r");
		desk_hear(d.master, "AT\r");
		desk_say(d.master, "\r\nOK\r\n");
		desk_hear(d.client, "\r\nOK\r\n");
		desk_unplug(&d);
		desk_plug(&d);
		desk_wait_noted(&d, "the board is back", i + 1);
		desk_say(d.master, "\r\nRDY\r\n");
		desk_hear(d.client, "\r\nRDY\r\n");
	}
	desk_stop(&d, SIGTERM);
	r = desk_read(&d);
	want_recorded(r, WIRE_MODEM, "\r\nOK\r\n\r\nRDY\r\n\r\nOK\r\n\r\nRDY\r\n\r\nOK\r\n\r\nRDY\r\n");
	buf_init(&notes, 1 << 16);
	desk_recorded(r, WIRE_NOTE, &notes);
	ck_assert_ptr_nonnull(strstr(buf_str(&notes), "the board is gone: /dev/pts/"));
	ck_assert_ptr_nonnull(strstr(buf_str(&notes), "the board is back as /dev/pts/"));
	buf_free(&notes);
	recording_free(r);
	desk_clear(&d);
}
END_TEST

/* --- a board by its name ---------------------------------------------------------------------------------------------
 */

START_TEST(named_board)
{
	const char *const argv[] = { "hil", "record", "--port", "lab-7", "--link", NULL, "-o", NULL, NULL };
	const char *mine[9], *other[9];
	char line[512], path[200], beside[200];
	struct desk d, second;
	FILE *f;

	desk_make(&d);
	desk_plug(&d);
	snprintf(path, sizeof(path), "%s/hil", d.dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/hil/boards.yaml", d.dir);
	f = fopen(path, "we");
	fprintf(f, "schema: 1\nboards:\n  - {name: lab-7, port: %s, baud: 9600}\n", d.board);
	fclose(f);
	memcpy(mine, argv, sizeof(argv));
	mine[5] = d.link;
	mine[7] = d.file;
	desk_start(&d, verb_record, mine);
	desk_wait_ready(&d, line, sizeof(line));
	ck_assert_int_eq(tty_speed(d.master), 9600);
	snprintf(beside, sizeof(beside), "%s.second", d.link);
	memcpy(other, mine, sizeof(mine));
	other[5] = beside;
	second = d; /* the same folders, so the same lock */
	desk_start(&second, verb_record, other);
	ck_assert_int_eq(desk_wait(&second), HIL_EXIT_ERROR);
	desk_stop(&d, SIGTERM);
	recording_free(desk_read(&d));
	desk_clear(&d);
}
END_TEST

/* --- a board behind a network --------------------------------------------------------------------------------------
 */

static int listen_any(char *address, size_t size)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, n), 0);
	ck_assert_int_eq(listen(fd, 4), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	snprintf(address, size, "tcp://127.0.0.1:%d", ntohs(a.sin_port));
	return fd;
}

START_TEST(network)
{
	struct desk d;
	int listener;

	desk_make(&d);
	listener = listen_any(d.board, sizeof(d.board));
	start(&d, d.file);
	desk_open(&d);
	for (int i = 0; i < 2; i++) {
		d.master = accept(listener, NULL, NULL);
		desk_say(d.master, "\r\nRDY\r\n");
		desk_hear(d.client, "\r\nRDY\r\n");
		desk_say(d.client, "AT\r");
		desk_hear(d.master, "AT\r");
		desk_unplug(&d);
	}
	desk_stop(&d, SIGTERM);
	recording_free(desk_read(&d));
	close(listener);
	desk_clear(&d);
}
END_TEST

/* --- much ----------------------------------------------------------------------------------------------------------
 */

/* Bytes that can be known from their place alone. */
static unsigned char byte_at(uint64_t i, unsigned salt)
{
	uint64_t x = (i + 1) * 0x9e3779b97f4a7c15u + salt;

	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9u;
	return (unsigned char)(x >> 56);
}

static bool are_right(const void *p, size_t n, uint64_t at, unsigned salt)
{
	const unsigned char *s = p;

	while (n && *s == byte_at(at, salt)) {
		s++;
		at++;
		n--;
	}
	return !n;
}

struct flow {
	int from, to;
	unsigned salt;
	size_t total, sent, got;
};

static void flow_send(struct flow *f, size_t most)
{
	unsigned char out[4096];
	size_t n = f->total - f->sent < most ? f->total - f->sent : most;
	ssize_t done;

	for (size_t i = 0; i < n; i++)
		out[i] = byte_at(f->sent + i, f->salt);
	done = write(f->from, out, n);
	ck_assert(done > 0 || errno == EAGAIN);
	f->sent += done > 0 ? (size_t)done : 0;
}

static void flow_take(struct flow *f, size_t most)
{
	unsigned char in[4096];
	ssize_t n = read(f->to, in, most);

	ck_assert(n > 0 || errno == EAGAIN);
	ck_assert_msg(n <= 0 || are_right(in, (size_t)n, f->got, f->salt), "wrong behind byte %zu", f->got);
	f->got += n > 0 ? (size_t)n : 0;
}

/*
 * Sends and takes what can be, in pieces of random length; a side that rests for a while makes the other wait. False
 * when nothing can move.
 */
static bool flow_turn(struct flow *f, unsigned *seed, int patience_ms)
{
	struct pollfd p[4];
	size_t most = 1 + (size_t)rand_r(seed) % 4096;
	int rests = rand_r(seed) % 64 ? -1 : rand_r(seed) % 4, ready;

	for (int i = 0; i < 2; i++) {
		p[2 * i] = (struct pollfd){ f[i].from, f[i].sent < f[i].total && rests != 2 * i ? POLLOUT : 0, 0 };
		p[2 * i + 1] = (struct pollfd){ f[i].to, rests != 2 * i + 1 ? POLLIN : 0, 0 };
	}
	ready = poll(p, 4, rests < 0 ? patience_ms : 2);
	for (int i = 0; i < 2; i++) {
		if (p[2 * i].revents & POLLOUT)
			flow_send(&f[i], most);
		if (p[2 * i + 1].revents & POLLIN)
			flow_take(&f[i], most);
	}
	return ready > 0 || rests >= 0;
}

/* Until so much has come on both ways. */
static void flow_run(struct flow *f, unsigned *seed, size_t until)
{
	while (f[0].got < until || f[1].got < until)
		ck_assert_msg(flow_turn(f, seed, PATIENCE_MS), "nothing moves");
}

static void check_recording(const struct recording *r, const struct flow *f, bool whole)
{
	static const enum wire_from from[] = { WIRE_HOST, WIRE_MODEM };

	for (int i = 0; i < 2; i++) {
		struct buf got;

		buf_init(&got, 64 << 20);
		desk_recorded(r, from[i], &got);
		ck_assert_uint_le(got.len, f[i].sent);
		ck_assert(!whole || got.len == f[i].total);
		ck_assert(are_right(buf_str(&got), got.len, 0, f[i].salt));
		buf_free(&got);
	}
	ck_assert(!whole || !recording_is_cut(r));
}

static void check_file(const struct desk *d, const struct flow *f, bool whole)
{
	struct recording *r = desk_read(d);

	check_recording(r, f, whole);
	recording_free(r);
}

START_TEST(nothing_is_lost)
{
	enum { BYTES = 1 << 20 };
	struct desk d;
	unsigned seed = 7;

	begin(&d);
	struct flow f[2] = { { d.client, d.master, 1, BYTES, 0, 0 }, { d.master, d.client, 2, BYTES, 0, 0 } };

	flow_send(&f[0], 1);
	desk_wait_readable(d.master); /* now the port is known to be open */
	flow_run(f, &seed, BYTES);
	desk_stop(&d, SIGTERM);
	check_file(&d, f, true);
	desk_clear(&d);
}
END_TEST

/* Who sends to a reader that does not read has to wait after a while; then all comes. */
START_TEST(reader_rests)
{
	enum { BYTES = 1 << 20, HELD_MAX_BYTES = 256 * 1024 };
	struct desk d;

	begin(&d);
	struct flow f[2] = { { d.client, d.master, 1, _i ? 0 : BYTES, 0, 0 },
			     { d.master, d.client, 2, _i ? BYTES : 0, 0, 0 } };
	struct flow *full = &f[_i];
	unsigned seed = 1;

	desk_say(d.client, "x");
	desk_hear(d.master, "x");
	while (poll(&(struct pollfd){ full->from, POLLOUT, 0 }, 1, 100) > 0)
		flow_send(full, 4096);
	ck_assert_uint_lt(full->sent, HELD_MAX_BYTES);
	while (full->got < BYTES)
		ck_assert(flow_turn(f, &seed, PATIENCE_MS));
	desk_stop(&d, SIGTERM);
	desk_clear(&d);
}
END_TEST

/* Killed while bytes pass: the file is read, what is in it is the beginning of what was said. */
START_TEST(killed_anywhere)
{
	struct desk d;
	unsigned seed = (unsigned)_i + 1;
	size_t until = (size_t)rand_r(&seed) % 120000;

	begin(&d);
	struct flow f[2] = { { d.client, d.master, 1, SIZE_MAX, 0, 0 }, { d.master, d.client, 2, SIZE_MAX, 0, 0 } };

	flow_send(&f[0], 1);
	desk_wait_readable(d.master);
	while (f[0].got < until)
		ck_assert(flow_turn(f, &seed, PATIENCE_MS));
	ck_assert_int_eq(desk_stop(&d, SIGKILL), 256 + SIGKILL);
	check_file(&d, f, false);
	desk_clear(&d);
}
END_TEST

/* Reads what is in the FIFO now. False at its end. */
static bool take_file(int fd, struct buf *text)
{
	char chunk[16384];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(text, chunk, (size_t)n);
	return n < 0;
}

/* A disk that takes nothing for a while makes both sides wait; then all passes, and all is written. */
START_TEST(disk_rests)
{
	enum { BYTES = 1 << 20, STALL_MS = 300 };
	struct desk d;
	struct buf text;
	struct err e = { 0 };
	struct recording *r;
	unsigned seed = 3;
	int fifo;

	desk_make(&d);
	desk_plug(&d);
	ck_assert_int_eq(mkfifo(d.file, 0600), 0);
	fifo = open(d.file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	start(&d, d.file);
	desk_open(&d);
	struct flow f[2] = { { d.client, d.master, 1, BYTES, 0, 0 }, { d.master, d.client, 2, BYTES, 0, 0 } };

	flow_send(&f[0], 1);
	desk_wait_readable(d.master);
	while (flow_turn(f, &seed, STALL_MS))
		;
	ck_assert(f[0].got < BYTES && f[1].got < BYTES);
	buf_init(&text, 64 << 20);
	while (f[0].got < BYTES || f[1].got < BYTES) {
		take_file(fifo, &text);
		flow_turn(f, &seed, STALL_MS);
	}
	kill(d.pid, SIGTERM);
	while (poll(&(struct pollfd){ fifo, POLLIN, 0 }, 1, PATIENCE_MS) > 0 && take_file(fifo, &text))
		;
	ck_assert_int_eq(desk_wait(&d), 128 + SIGTERM);
	r = recording_parse("fifo", buf_str(&text), text.len, NULL, &e);
	ck_assert_msg(r != NULL, "%s", e.msg);
	check_recording(r, f, true);
	recording_free(r);
	buf_free(&text);
	close(fifo);
	desk_clear(&d);
}
END_TEST

/* --- what cannot work ----------------------------------------------------------------------------------------------
 */

/* A disk that is full ends the recording, not the talk. */
START_TEST(full_disk)
{
	struct desk d;

	desk_make(&d);
	desk_plug(&d);
	start(&d, "/dev/full");
	desk_open(&d);
	for (int i = 0; i < 3; i++) {
		desk_say(d.client, "AT\r");
		desk_hear(d.master, "AT\r");
	}
	ck_assert_int_eq(desk_stop(&d, SIGTERM), HIL_EXIT_ERROR);
	desk_clear(&d);
}
END_TEST

#define MISSING "/nonexistent/x"

static const struct {
	const char *argv[10];
	int code;
} wrong_rows[] = {
	{ { "hil", "record" }, HIL_EXIT_USAGE },
	{ { "hil", "record", "--port", "p", "--link", "l" }, HIL_EXIT_USAGE },
	{ { "hil", "record", "--port", "p", "--link", "l", "-o", "f", "path" }, HIL_EXIT_USAGE },
	{ { "hil", "record", "--port", "p", "--link", "l", "-o", "f", "--baud=1" }, HIL_EXIT_USAGE },
	{ { "hil", "record", "--port", "no-such-board", "--link", MISSING, "-o", MISSING }, HIL_EXIT_USAGE },
	{ { "hil", "record", "--port", MISSING, "--link", MISSING, "-o", MISSING }, HIL_EXIT_ERROR },
	{ { "hil", "record", "--port", "/dev/null", "--link", MISSING, "-o", MISSING }, HIL_EXIT_ERROR },
	{ { "hil", "record", "--port", "tcp://127.0.0.1:1", "--link", MISSING, "-o", MISSING }, HIL_EXIT_ERROR },
	{ { "hil", "record", "--port", "tcp://127.0.0.1", "--link", MISSING, "-o", MISSING }, HIL_EXIT_ERROR },
	{ { "hil", "record", "--port", "/dev/ptmx", "--link", MISSING, "-o", MISSING }, HIL_EXIT_ERROR },
};

START_TEST(wrong)
{
	struct desk d = { .master = -1 };

	desk_start(&d, verb_record, wrong_rows[_i].argv);
	ck_assert_int_eq(desk_wait(&d), wrong_rows[_i].code);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	Suite *s = suite_create("record");
	TCase *t = tcase_create("record");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, talk);
	tcase_add_test(t, closed_port);
	tcase_add_test(t, speed);
	tcase_add_test(t, unplugged);
	tcase_add_test(t, named_board);
	tcase_add_test(t, network);
	tcase_add_test(t, nothing_is_lost);
	tcase_add_loop_test(t, reader_rests, 0, 2);
	tcase_add_test(t, disk_rests);
	tcase_add_loop_test(t, killed_anywhere, 0, 12);
	tcase_add_test(t, full_disk);
	tcase_add_loop_test(t, wrong, 0, COUNT(wrong_rows));
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
