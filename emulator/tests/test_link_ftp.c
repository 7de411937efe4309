/* Modelled FTP servers: logins by security and TLS, commands, transfers with back-pressure, and every way a session
 * ends. */
#include <errno.h>

#include "tests/test_link_rig.h"

#include "link/link_ftp.h"
#include "link/world_ftp.h"

static const char world[] =
	"schema: 1\n"
	"hosts:\n"
	"  - match: ftp.example\n"
	"    port: 21\n"
	"    model:\n"
	"      credentials: {user: u, password: p}\n"
	"      tls: {min: 1.2}\n"
	"      chain: rsa\n"
	"      ftp:\n"
	"        idle: 60s\n"
	"        directories: [/up/deep, /pub]\n"
	"        files:\n"
	"          - {path: /pub/a.txt, text: hello}\n"
	"          - {path: /pub/big, bytes: 1000000}\n"
	"          - {path: /empty, text: ''}\n"
	"  - match: ftp.example\n"
	"    port: 990\n"
	"    model: {tls: {min: 1.2}, chain: rsa, ftp: {files: [{path: /x, text: x}]}}\n"
	"  - {match: plain.example, port: 21, model: {ftp: {writable: false, files: [{path: /x, text: x}]}}}\n"
	"  - {match: new.example, port: 990, model: {tls: {min: 1.3}, chain: rsa, ftp: {}}}\n"
	"  - {match: demand.example, port: 21, model: {tls: {min: 1.2}, chain: rsa, ftp: {security: [auth_tls]}}}\n"
	"  - {match: refuse.example, model: {misbehave: [refuse], ftp: {}}}\n"
	"  - {match: mqtt.example, model: {}}\n";

struct user {
	struct rig *rig;
	struct link_ftp *f;
	struct buf log;	 /* "in 0 230\n" "done cwd 0 250\n" ... */
	struct buf data; /* of GET and LIST */
	const char *upload;
	size_t left;
	unsigned pieces;
};

static void on_event(const struct link_ftp_event *ev, void *ctx)
{
	static const char *const op[] = { "cwd", "pwd", "mkd", "rmd", "dele", "type", "list", "size", "get", "put" };
	struct user *u = ctx;

	switch (ev->type) {
	case LINK_FTP_LOGGED_IN:
		buf_addf(&u->log, "in %d %d\n", ev->status, ev->reply);
		break;
	case LINK_FTP_DATA:
		buf_add(&u->data, ev->data, ev->len);
		u->pieces++;
		return;
	case LINK_FTP_DONE:
		buf_addf(&u->log, "%s %d %d", op[ev->op], ev->status, ev->reply);
		if (ev->op == LINK_FTP_PWD)
			buf_addf(&u->log, " %s", ev->text);
		if (ev->op == LINK_FTP_SIZE && !ev->status)
			buf_addf(&u->log, " %d", (int)ev->size);
		buf_addc(&u->log, '\n');
		break;
	case LINK_FTP_LOGGED_OUT:
		buf_addf(&u->log, "out %d\n", ev->status);
		break;
	case LINK_FTP_LOST:
		buf_addf(&u->log, "lost %d %d\n", ev->status, ev->reply);
		break;
	}
	ck_assert(!ev->status == !ev->why);
}

static size_t on_read(void *p, size_t n, void *ctx)
{
	struct user *u = ctx;

	n = n < u->left ? n : u->left;
	memcpy(p, u->upload, n);
	u->upload += n;
	u->left -= n;
	return n;
}

static void run(struct rig *r, uint64_t s)
{
	clock_advance_to(r->clock, clock_now_us(r->clock) + s * 1000000);
}

static void log_is(struct user *u, const char *want)
{
	ck_assert_str_eq(buf_str(&u->log), want);
	buf_reset(&u->log);
}

static void login(struct user *u, struct rig *r, const char *host, uint16_t port, enum link_ftp_security security,
		  const char *password)
{
	const struct link_tls tls = RIG_TLS;

	*u = (struct user){ .rig = r };
	buf_init(&u->log, 65536);
	buf_init(&u->data, 1 << 21);
	u->f = link_ftp_login(r->link,
			      &(struct link_ftp_setup){ .host = host,
							.port = port,
							.user = "u",
							.password = password,
							.security = security,
							.tls = security == LINK_FTP_PLAIN ? NULL : &tls },
			      on_event, u);
	ck_assert_ptr_nonnull(u->f);
	ck_assert_uint_eq(u->log.len, 0);
}

static void logout(struct user *u)
{
	link_ftp_close(u->f);
	buf_free(&u->log);
	buf_free(&u->data);
}

static int start(struct user *u, enum link_ftp_op op, const char *path, uint64_t offset)
{
	struct link_ftp_request r = { .op = op, .path = path, .offset = offset, .read = on_read };

	return link_ftp_start(u->f, &r);
}

static void does(struct user *u, enum link_ftp_op op, const char *path, const char *want)
{
	ck_assert_int_eq(start(u, op, path, 0), 0);
	ck_assert_int_eq(start(u, LINK_FTP_PWD, NULL, 0), -EBUSY);
	run(u->rig, 30);
	log_is(u, want);
}

static const struct {
	const char *host;
	uint16_t port;
	enum link_ftp_security security;
	const char *password;
	enum link_status status;
	int reply;
	uint64_t after_s;
} logins[] = {
	{ "ftp.example", 21, LINK_FTP_PLAIN, "p", LINK_OK, 230, 2 },
	{ "ftp.example", 21, LINK_FTP_AUTH_SSL, "p", LINK_OK, 230, 3 },
	{ "ftp.example", 21, LINK_FTP_AUTH_TLS, "p", LINK_OK, 230, 3 },
	{ "ftp.example", 21, LINK_FTP_AUTH_TLS, "q", LINK_LOGIN, 530, 3 },
	{ "ftp.example", 21, LINK_FTP_IMPLICIT, "p", LINK_TLS_FAILED, 0, 2 },
	{ "ftp.example", 990, LINK_FTP_IMPLICIT, "any", LINK_OK, 230, 3 },
	{ "ftp.example", 990, LINK_FTP_PLAIN, "any", LINK_TIMEOUT, 0, 70 },
	{ "plain.example", 21, LINK_FTP_AUTH_TLS, "", LINK_REJECTED, 502, 2 },
	{ "demand.example", 21, LINK_FTP_PLAIN, "", LINK_LOGIN, 530, 2 },
	{ "demand.example", 21, LINK_FTP_AUTH_SSL, "", LINK_REJECTED, 502, 2 },
	{ "new.example", 990, LINK_FTP_IMPLICIT, "", LINK_TLS_FAILED, 0, 2 },
	{ "refuse.example", 21, LINK_FTP_PLAIN, "", LINK_REFUSED, 0, 2 },
	{ "mqtt.example", 21, LINK_FTP_PLAIN, "", LINK_TIMEOUT, 0, 70 },
	{ "ftp.example", 2121, LINK_FTP_PLAIN, "", LINK_REFUSED, 0, 2 },
	{ "no.example", 21, LINK_FTP_PLAIN, "", LINK_DNS, 0, 2 },
};

START_TEST(test_login)
{
	struct rig r;
	struct user u;
	char want[40];

	rig_start(&r, world);
	login(&u, &r, logins[_i].host, logins[_i].port, logins[_i].security, logins[_i].password);
	ck_assert_int_eq(start(&u, LINK_FTP_PWD, NULL, 0), -ENOTCONN);
	run(&r, logins[_i].after_s);
	snprintf(want, sizeof(want), "in %d %d\n", logins[_i].status, logins[_i].reply);
	log_is(&u, want);
	ck_assert_int_eq(start(&u, LINK_FTP_PWD, NULL, 0), logins[_i].status ? -ENOTCONN : 0);
	logout(&u);
	rig_stop(&r);
}
END_TEST

START_TEST(test_commands)
{
	struct rig r;
	struct user u;

	rig_start(&r, world);
	login(&u, &r, "ftp.example", 21, LINK_FTP_PLAIN, "p");
	run(&r, 2);
	log_is(&u, "in 0 230\n");
	does(&u, LINK_FTP_PWD, NULL, "pwd 0 257 /\n");
	does(&u, LINK_FTP_CWD, "pub", "cwd 0 250\n");
	does(&u, LINK_FTP_PWD, NULL, "pwd 0 257 /pub\n");
	does(&u, LINK_FTP_CWD, "no", "cwd 12 550\n");
	does(&u, LINK_FTP_CWD, "../up/./deep/..", "cwd 0 250\n");
	does(&u, LINK_FTP_PWD, NULL, "pwd 0 257 /up\n");
	does(&u, LINK_FTP_CWD, "../../..", "cwd 0 250\n");
	does(&u, LINK_FTP_PWD, NULL, "pwd 0 257 /\n");
	does(&u, LINK_FTP_MKD, "new", "mkd 0 257\n");
	does(&u, LINK_FTP_MKD, "new", "mkd 12 550\n");
	does(&u, LINK_FTP_MKD, "no/new", "mkd 12 550\n");
	does(&u, LINK_FTP_RMD, "up", "rmd 12 550\n");
	does(&u, LINK_FTP_RMD, "/new", "rmd 0 250\n");
	does(&u, LINK_FTP_RMD, "/pub/a.txt", "rmd 12 550\n");
	does(&u, LINK_FTP_SIZE, "/pub/big", "size 0 213 1000000\n");
	does(&u, LINK_FTP_SIZE, "/pub", "size 12 550\n");
	does(&u, LINK_FTP_TYPE, NULL, "type 0 200\n");
	does(&u, LINK_FTP_DELE, "/empty", "dele 0 250\n");
	does(&u, LINK_FTP_DELE, "/empty", "dele 12 550\n");
	does(&u, LINK_FTP_LIST, "/", "list 0 226\n");
	ck_assert_str_eq(buf_str(&u.data), "drwxr-xr-x    2 ftp      ftp                 0 Jan 01 00:00 up\r\n"
					   "drwxr-xr-x    2 ftp      ftp                 0 Jan 01 00:00 pub\r\n");
	buf_reset(&u.data);
	does(&u, LINK_FTP_LIST, "pub/a.txt", "list 0 226\n");
	ck_assert_str_eq(buf_str(&u.data), "-rw-r--r--    1 ftp      ftp                 5 Jan 01 00:00 a.txt\r\n");
	does(&u, LINK_FTP_LIST, "no", "list 12 550\n");
	ck_assert_int_eq(link_ftp_logout(u.f), 0);
	run(&r, 2);
	log_is(&u, "out 0\n");
	ck_assert_int_eq(link_ftp_logout(u.f), -ENOTCONN);
	logout(&u);
	rig_stop(&r);
}
END_TEST

START_TEST(test_read_only)
{
	struct rig r;
	struct user u;

	rig_start(&r, world);
	login(&u, &r, "plain.example", 21, LINK_FTP_PLAIN, "");
	run(&r, 2);
	log_is(&u, "in 0 230\n");
	does(&u, LINK_FTP_MKD, "d", "mkd 12 550\n");
	does(&u, LINK_FTP_DELE, "x", "dele 12 550\n");
	u.upload = "text";
	u.left = 4;
	does(&u, LINK_FTP_PUT, "y", "put 12 550\n");
	ck_assert_uint_eq(u.left, 4);
	logout(&u);
	rig_stop(&r);
}
END_TEST

static void check_pattern(const struct buf *b, uint64_t offset)
{
	size_t i = 0;

	while (i < b->len && (unsigned char)b->data[i] == ftp_pattern(offset + i))
		i++;
	ck_assert_uint_eq(i, b->len);
}

START_TEST(test_get)
{
	struct rig r;
	struct user u;

	rig_start(&r, world);
	login(&u, &r, "ftp.example", 21, LINK_FTP_AUTH_TLS, "p");
	run(&r, 4);
	log_is(&u, "in 0 230\n");
	does(&u, LINK_FTP_GET, "/pub/a.txt", "get 0 226\n");
	ck_assert_str_eq(buf_str(&u.data), "hello");
	buf_reset(&u.data);
	does(&u, LINK_FTP_GET, "/empty", "get 0 226\n");
	does(&u, LINK_FTP_GET, "/no", "get 12 550\n");
	does(&u, LINK_FTP_GET, "/pub", "get 12 550\n");
	ck_assert_uint_eq(u.data.len, 0);
	does(&u, LINK_FTP_GET, "/pub/big", "get 0 226\n");
	ck_assert_uint_eq(u.data.len, 1000000);
	check_pattern(&u.data, 0);
	buf_reset(&u.data);
	ck_assert_int_eq(start(&u, LINK_FTP_GET, "/pub/big", 999990), 0);
	run(&r, 5);
	log_is(&u, "get 0 226\n");
	ck_assert_uint_eq(u.data.len, 10);
	check_pattern(&u.data, 999990);
	ck_assert_int_eq(start(&u, LINK_FTP_GET, "/pub/big", 1000001), 0);
	run(&r, 5);
	log_is(&u, "get 12 550\n");
	logout(&u);
	rig_stop(&r);
}
END_TEST

/* A modem that takes no more holds the server; a host that does not read does too. */
START_TEST(test_back_pressure)
{
	struct rig r;
	struct user u;
	size_t got;

	rig_start(&r, world);
	login(&u, &r, "ftp.example", 21, LINK_FTP_PLAIN, "p");
	run(&r, 2);
	ck_assert_int_eq(start(&u, LINK_FTP_GET, "/pub/big", 0), 0);
	while (!u.pieces)
		clock_step(r.clock);
	link_ftp_pause(u.f, true);
	run(&r, 30);
	got = u.data.len;
	ck_assert_uint_lt(got, 100000);
	link_ftp_pause(u.f, false);
	while (u.pieces < 5)
		clock_step(r.clock);
	link_hold(r.link, true);
	run(&r, 30);
	ck_assert_uint_lt(u.data.len, got + 100000);
	link_hold(r.link, false);
	run(&r, 10);
	ck_assert_uint_eq(u.data.len, 1000000);
	check_pattern(&u.data, 0);
	log_is(&u, "in 0 230\nget 0 226\n");
	logout(&u);
	rig_stop(&r);
}
END_TEST

START_TEST(test_put)
{
	struct rig r;
	struct user u;

	rig_start(&r, world);
	login(&u, &r, "ftp.example", 21, LINK_FTP_PLAIN, "p");
	run(&r, 2);
	log_is(&u, "in 0 230\n");
	u.upload = "what came up";
	u.left = 12;
	does(&u, LINK_FTP_PUT, "/up/new", "put 0 226\n");
	does(&u, LINK_FTP_GET, "/up/new", "get 0 226\n");
	ck_assert_str_eq(buf_str(&u.data), "what came up");
	buf_reset(&u.data);
	u.upload = "goes on";
	u.left = 7;
	ck_assert_int_eq(start(&u, LINK_FTP_PUT, "/up/new", 5), 0);
	run(&r, 5);
	log_is(&u, "put 0 226\n");
	does(&u, LINK_FTP_GET, "/up/new", "get 0 226\n");
	ck_assert_str_eq(buf_str(&u.data), "what goes on");
	u.left = 1;
	does(&u, LINK_FTP_PUT, "/no/new", "put 12 550\n");
	does(&u, LINK_FTP_PUT, "/up", "put 12 550\n");
	ck_assert_msg(strstr(buf_str(&r.broker), "ftp stor /up/new 12 what goes on\n") != NULL, "%s",
		      buf_str(&r.broker));
	logout(&u);
	/* The server keeps it for the next session of the same modem. */
	login(&u, &r, "ftp.example", 21, LINK_FTP_PLAIN, "p");
	run(&r, 2);
	log_is(&u, "in 0 230\n");
	does(&u, LINK_FTP_SIZE, "/up/new", "size 0 213 12\n");
	logout(&u);
	rig_stop(&r);
}
END_TEST

/* A file that was only described becomes bytes when somebody writes into it. */
START_TEST(test_put_into_pattern)
{
	struct rig r;
	struct user u;

	rig_start(&r, world);
	login(&u, &r, "ftp.example", 21, LINK_FTP_PLAIN, "p");
	run(&r, 2);
	log_is(&u, "in 0 230\n");
	u.upload = "!";
	u.left = 1;
	ck_assert_int_eq(start(&u, LINK_FTP_PUT, "/pub/big", 100), 0);
	run(&r, 5);
	log_is(&u, "put 0 226\n");
	does(&u, LINK_FTP_GET, "/pub/big", "get 0 226\n");
	ck_assert_uint_eq(u.data.len, 101);
	ck_assert_int_eq(u.data.data[100], '!');
	u.data.len = 100;
	check_pattern(&u.data, 0);
	logout(&u);
	rig_stop(&r);
}
END_TEST

static void control(struct rig *r, const char *line, const char *want)
{
	struct buf reply;

	buf_init(&reply, 4096);
	ck_assert_int_eq(link_control(r->link, line, &reply), 0);
	ck_assert_str_eq(buf_str(&reply), want);
	buf_free(&reply);
}

/* Idle too long, dropped while idle, dropped and without a bearer while busy, silence. */
START_TEST(test_ends)
{
	struct rig r;
	struct user u;

	rig_start(&r, world);
	login(&u, &r, "ftp.example", 21, LINK_FTP_PLAIN, "p");
	run(&r, 2);
	control(&r, "sessions", "u@ftp.example:21");
	run(&r, 58);
	log_is(&u, "in 0 230\n");
	does(&u, LINK_FTP_PWD, NULL, "pwd 0 257 /\n");
	run(&r, 60);
	log_is(&u, "lost 5 421\n");
	control(&r, "sessions", "none");
	ck_assert_int_eq(start(&u, LINK_FTP_PWD, NULL, 0), -ENOTCONN);
	logout(&u);

	login(&u, &r, "ftp.example", 21, LINK_FTP_PLAIN, "p");
	run(&r, 2);
	control(&r, "drop reset", "ok 1");
	ck_assert_uint_eq(u.log.len, 9);
	run(&r, 1);
	log_is(&u, "in 0 230\nlost 4 0\n");
	logout(&u);

	login(&u, &r, "ftp.example", 21, LINK_FTP_PLAIN, "p");
	run(&r, 2);
	ck_assert_int_eq(start(&u, LINK_FTP_GET, "/pub/big", 0), 0);
	while (!u.pieces)
		clock_step(r.clock);
	control(&r, "drop", "ok 1");
	run(&r, 1);
	log_is(&u, "in 0 230\nget 5 0\nlost 5 0\n");
	logout(&u);

	login(&u, &r, "ftp.example", 21, LINK_FTP_PLAIN, "p");
	run(&r, 2);
	ck_assert_int_eq(start(&u, LINK_FTP_SIZE, "/pub/big", 0), 0);
	link_set_network(r.link, false);
	run(&r, 1);
	log_is(&u, "in 0 230\nsize 11 0\nlost 11 0\n");
	logout(&u);
	login(&u, &r, "ftp.example", 21, LINK_FTP_PLAIN, "p");
	run(&r, 1);
	log_is(&u, "in 11 0\n");
	logout(&u);
	link_set_network(r.link, true);

	login(&u, &r, "ftp.example", 21, LINK_FTP_PLAIN, "p");
	run(&r, 2);
	control(&r, "mute on", "ok");
	ck_assert_int_eq(start(&u, LINK_FTP_PWD, NULL, 0), 0);
	run(&r, 1000);
	log_is(&u, "in 0 230\n");
	logout(&u);
	rig_stop(&r);
}
END_TEST

/* --- world files ------------------------------------------------------------------------------------------------ */

#define FTP(text) "schema: 1\nhosts:\n  - match: h\n    model:\n      ftp: " text "\n"

static const struct {
	const char *text, *error;
} wrong[] = {
	{ FTP("{file: []}"), "w.yaml:5:13: unknown key 'file' (did you mean 'files'?)" },
	{ FTP("{files: [{path: a, text: b}]}"), "w.yaml:5:28: 'a' must be a path from the server's root: /pub/a.txt" },
	{ FTP("{files: [{path: /../a, text: b}]}"), "must be a path from the server's root" },
	{ FTP("{files: [{path: /a//b, text: b}]}"), "must be a path from the server's root" },
	{ FTP("{files: [{path: /a}]}"), "w.yaml:5:21: a file needs a path, and one of text, bytes and file" },
	{ FTP("{files: [{path: /a, text: b, bytes: 1}]}"), "a file needs a path, and one of text, bytes and file" },
	{ FTP("{files: [{path: /a, file: /no/such}]}"), "/no/such: No such file or directory" },
	{ FTP("{files: [{path: /a, bytes: -1}]}"), "w.yaml:5:39:" },
	{ FTP("{security: [tls]}"), "w.yaml:5:24: unknown value 'tls' (one of: plain auth_ssl auth_tls implicit)" },
	{ FTP("{security: []}"), "the list is empty" },
	{ FTP("{idle: 5}"), "w.yaml:5:19:" },
	{ FTP("{rate: 0}"), "w.yaml:5:19:" },
	{ FTP("{writable: perhaps}"), "must be true or false" },
	{ FTP("[]"), "must be a map" },
};

START_TEST(test_wrong_world)
{
	struct err e = { 0 };

	ck_assert_ptr_null(world_load_text("w.yaml", wrong[_i].text, strlen(wrong[_i].text), &e));
	ck_assert_msg(strstr(e.msg, wrong[_i].error) != NULL, "%s", e.msg);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("link ftp");
	TCase *tc = tcase_create("ftp");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, test_login, 0, sizeof(logins) / sizeof(logins[0]));
	tcase_add_test(tc, test_commands);
	tcase_add_test(tc, test_read_only);
	tcase_add_test(tc, test_get);
	tcase_add_test(tc, test_back_pressure);
	tcase_add_test(tc, test_put);
	tcase_add_test(tc, test_put_into_pattern);
	tcase_add_test(tc, test_ends);
	tcase_add_loop_test(tc, test_wrong_world, 0, sizeof(wrong) / sizeof(wrong[0]));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
