/* The real back end of link_ftp.h against a server in a thread: sessions of each security, and each way to fail. */
#include <errno.h>

#include "link/link_ftp.h"
#include "tests/test_real_ftp_server.h"
#include "tests/test_real_rig.h"
#include "tests/test_real_server.h"

static struct real_pki pki;
static const uint16_t suites[] = { 0xC02F, 0xC030, 0x009C };

/* A modem's session and what it was told. */
struct user {
	struct real_rig *rig;
	struct link_ftp *f;
	struct buf log; /* "in 0 230\n" "cwd 0 250\n" ... */
	bool told;	/* something other than data */
	struct buf data;
	unsigned long long received; /* of /big, which is compared and not kept */
	bool big, wrong;
	unsigned long long pause_at;
	bool paused;
	size_t left; /* of an upload of the pattern */
	unsigned long long given;
	bool close_in_event;
	struct why why;
};

static void note(struct user *u, const struct link_ftp_event *ev)
{
	static const char *const op[] = { "cwd", "pwd", "mkd", "rmd", "dele", "type", "list", "size", "get", "put" };

	switch (ev->type) {
	case LINK_FTP_LOGGED_IN:
		buf_addf(&u->log, "in %d %d\n", ev->status, ev->reply);
		break;
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
		buf_addf(&u->log, "lost %d\n", ev->status);
		break;
	case LINK_FTP_DATA:
		break;
	}
}

static void take(struct user *u, const char *data, size_t n)
{
	for (size_t i = 0; u->big && i < n; i++)
		u->wrong |= data[i] != ftpd_byte(u->received + i);
	u->received += n;
	if (!u->big)
		buf_add(&u->data, data, n);
	if (u->pause_at && u->received >= u->pause_at && !u->paused) {
		u->paused = true;
		link_ftp_pause(u->f, true);
	}
}

static void on_event(const struct link_ftp_event *ev, void *ctx)
{
	struct user *u = ctx;

	if (ev->type == LINK_FTP_DATA) {
		take(u, ev->data, ev->len);
		return;
	}
	note(u, ev);
	u->told = true;
	ck_assert(!ev->status == !ev->why);
	if (ev->why)
		u->why = *ev->why;
	if (u->close_in_event) {
		link_ftp_close(u->f);
		u->f = NULL;
	}
}

static size_t on_read(void *p, size_t n, void *ctx)
{
	struct user *u = ctx;
	char *to = p;

	n = n < u->left ? n : u->left;
	for (size_t i = 0; i < n; i++)
		to[i] = ftpd_byte(u->given + i);
	u->left -= n;
	u->given += n;
	return n;
}

static void rig_up(struct user *u, struct real_rig *r, const struct ftpd *d, double speed)
{
	char world[400];

	memset(u, 0, sizeof(*u));
	snprintf(world, sizeof(world),
		 "schema: 1\nhosts:\n"
		 "  - {match: b.x, real: \"127.0.0.1:%u\"}\n"
		 "  - {match: nobody.example, real: \"127.0.0.1:1\"}\n",
		 d->port);
	real_rig_start_fast(r, world, speed);
	u->rig = r;
	buf_init(&u->log, 65536);
	buf_init(&u->data, 65536);
}

static void rig_down(struct user *u)
{
	link_ftp_close(u->f);
	real_rig_stop(u->rig);
	buf_free(&u->log);
	buf_free(&u->data);
}

static void login_to(struct user *u, const char *host, enum link_ftp_security security, const char *password)
{
	const struct link_tls tls = {
		.versions = 7,
		.ciphers = suites,
		.n_ciphers = 3,
		.now = real_now,
		.negotiate_us = 2000000,
	};

	u->told = false;
	u->f = link_ftp_login(u->rig->link,
			      &(struct link_ftp_setup){ .host = host,
							.port = 21,
							.user = "u",
							.password = password,
							.security = security,
							.tls = security == LINK_FTP_PLAIN ? NULL : &tls },
			      on_event, u);
	ck_assert_ptr_nonnull(u->f);
	ck_assert_uint_eq(u->log.len, 0);
}

/* All that comes until it is that, and nothing else. */
static void tells(struct user *u, const char *want)
{
	while (u->log.len < strlen(want)) {
		u->told = false;
		ck_assert_msg(real_rig_until(u->rig, real_rig_is_true, &u->told), "wanted %s, got %s", want,
			      buf_str(&u->log));
	}
	ck_assert_str_eq(buf_str(&u->log), want);
	buf_reset(&u->log);
}

static void ask(struct user *u, enum link_ftp_op op, const char *path, uint64_t offset)
{
	const struct link_ftp_request r = { .op = op, .path = path, .offset = offset, .read = on_read };

	u->received = offset;
	u->wrong = u->paused = false;
	buf_reset(&u->data);
	ck_assert_int_eq(link_ftp_start(u->f, &r), 0);
	ck_assert_int_eq(link_ftp_start(u->f, &r), -EBUSY);
}

static void does(struct user *u, enum link_ftp_op op, const char *path, const char *want)
{
	ask(u, op, path, 0);
	tells(u, want);
}

static SSL_CTX *server_tls(void)
{
	struct server s = { .max = TLS1_2_VERSION, .leaf = pki.leaf, .key = pki.rsa_key, .mid = pki.mid };
	SSL_CTX *ctx = server_ctx(&s);

	SSL_CTX_set_tlsext_servername_callback(ctx, NULL); /* s ends here */
	return ctx;
}

static bool is_secure(enum link_ftp_security s)
{
	return s != LINK_FTP_PLAIN;
}

/* A server of that security and a session with it. */
static void session_up(struct ftpd *d, struct real_rig *r, struct user *u, enum link_ftp_security security)
{
	d->tls = is_secure(security) ? server_tls() : NULL;
	d->implicit = security == LINK_FTP_IMPLICIT;
	ftpd_start(d);
	rig_up(u, r, d, 1);
	login_to(u, "b.x", security, "p");
	tells(u, "in 0 230\n");
}

/* Nobody has logged in twice. */
static void session_down(struct ftpd *d, struct user *u)
{
	rig_down(u);
	ck_assert_uint_eq(atomic_load(&d->connections), 1);
	ftpd_stop(d);
}

/* --- what goes well ----------------------------------------------------------------------------------------------- */

static void commands(struct user *u)
{
	does(u, LINK_FTP_PWD, NULL, "pwd 0 257 /\n");
	does(u, LINK_FTP_CWD, "pub", "cwd 0 250\n");
	does(u, LINK_FTP_PWD, NULL, "pwd 0 257 /pub\n");
	does(u, LINK_FTP_CWD, "no", "cwd 12 550\n");
	ck_assert(real_why_says(&u->why, "ftp", "550 no such directory"));
	does(u, LINK_FTP_MKD, "new", "mkd 0 257\n");
	does(u, LINK_FTP_MKD, "no", "mkd 12 550\n");
	does(u, LINK_FTP_RMD, "new", "rmd 0 250\n");
	does(u, LINK_FTP_RMD, "no", "rmd 12 550\n");
	does(u, LINK_FTP_DELE, "new", "dele 0 250\n");
	does(u, LINK_FTP_DELE, "no", "dele 12 550\n");
	does(u, LINK_FTP_SIZE, "/a", "size 0 213 5\n");
	does(u, LINK_FTP_SIZE, "no", "size 12 550\n");
	does(u, LINK_FTP_TYPE, NULL, "type 0 200\n");
}

static void transfers(struct user *u, struct ftpd *d)
{
	does(u, LINK_FTP_LIST, NULL, "list 0 226\n");
	ck_assert_str_eq(buf_str(&u->data), "one\r\ntwo\r\n");
	does(u, LINK_FTP_LIST, "no", "list 12 450\n");
	does(u, LINK_FTP_GET, "/a", "get 0 226\n");
	ck_assert_str_eq(buf_str(&u->data), "hello");
	does(u, LINK_FTP_GET, "no", "get 12 550\n");
	ck_assert(real_why_says(&u->why, "ftp", "550 no such file"));
	ask(u, LINK_FTP_GET, "/a", 3);
	tells(u, "get 0 226\n");
	ck_assert_str_eq(buf_str(&u->data), "lo");
	ask(u, LINK_FTP_GET, "/a", 6);
	tells(u, "get 12 554\n");
	u->left = 100000;
	does(u, LINK_FTP_PUT, "/up", "put 0 226\n");
	ck_assert_uint_eq(d->stored.len, 100000);
	for (size_t i = 0; i < d->stored.len; i++)
		ck_assert_int_eq(d->stored.data[i], ftpd_byte(i));
	u->left = u->given = 0;
	does(u, LINK_FTP_PUT, "/up", "put 0 226\n");
	ck_assert_uint_eq(d->stored.len, 0);
	u->left = 5;
	does(u, LINK_FTP_PUT, "no", "put 12 550\n");
}

START_TEST(test_session)
{
	struct ftpd d = { .dribbles = _i > 3 };
	struct real_rig r;
	struct user u;

	session_up(&d, &r, &u, (enum link_ftp_security)(_i % 4));
	commands(&u);
	transfers(&u, &d);
	ck_assert_int_eq(link_ftp_logout(u.f), 0);
	ck_assert_int_eq(link_ftp_logout(u.f), -EBUSY);
	tells(&u, "out 0\n");
	ck_assert_int_eq(link_ftp_logout(u.f), -ENOTCONN);
	session_down(&d, &u);
}
END_TEST

/* Nothing is said but what the modem wants. */
START_TEST(test_words)
{
	static const char want[] = "USER u\nPASS p\nPWD\nTYPE I\nCWD pub\nPASV\nRETR x y\nPASV\nREST 7\nSTOR z%\n"
				   "TYPE A\nPASV\nLIST\nQUIT\n";
	struct ftpd d = { .end = FTPD_WHOLE };
	struct real_rig r;
	struct user u;

	session_up(&d, &r, &u, LINK_FTP_PLAIN);
	does(&u, LINK_FTP_CWD, "pub", "cwd 0 250\n");
	does(&u, LINK_FTP_GET, "x y", "get 12 550\n");
	ask(&u, LINK_FTP_PUT, "z%", 7);
	tells(&u, "put 0 226\n");
	ck_assert_int_eq(link_ftp_start(u.f, &(struct link_ftp_request){ .op = LINK_FTP_TYPE, .ascii = true }), 0);
	tells(&u, "type 0 200\n");
	does(&u, LINK_FTP_LIST, NULL, "list 0 226\n");
	ck_assert_int_eq(link_ftp_logout(u.f), 0);
	tells(&u, "out 0\n");
	ck_assert_str_eq(buf_str(&d.log), want);
	session_down(&d, &u);
}
END_TEST

START_TEST(test_big)
{
	struct ftpd d = { 0 };
	struct real_rig r;
	struct user u;

	session_up(&d, &r, &u, (enum link_ftp_security)_i);
	u.big = true;
	does(&u, LINK_FTP_GET, "/big", "get 0 226\n");
	ck_assert_uint_eq(u.received, FTPD_BIG);
	ask(&u, LINK_FTP_GET, "/big", FTPD_BIG - 1000);
	tells(&u, "get 0 226\n");
	ck_assert_uint_eq(u.received, FTPD_BIG);
	ck_assert(!u.wrong);
	u.left = FTPD_BIG;
	u.given = 0;
	does(&u, LINK_FTP_PUT, "/up", "put 0 226\n");
	ck_assert_uint_eq(d.stored.len, FTPD_BIG);
	for (size_t i = 0; i < d.stored.len; i += 997)
		ck_assert_int_eq(d.stored.data[i], ftpd_byte(i));
	session_down(&d, &u);
}
END_TEST

static void spin(struct user *u, unsigned ticks)
{
	u->rig->ticks_left = ticks;
	clock_arm(u->rig->clock, &u->rig->tick, REAL_RIG_TICK_US);
	while (u->rig->ticks_left)
		loop_once(u->rig->loop);
	timer_cancel(&u->rig->tick);
}

/* Who does not read holds the server: the sockets between them fill up, and then it waits. */
START_TEST(test_back_pressure)
{
	struct ftpd d = { 0 };
	struct real_rig r;
	struct user u;
	unsigned long long got;

	session_up(&d, &r, &u, (enum link_ftp_security)_i);
	u.big = true;
	u.pause_at = 100000;
	ask(&u, LINK_FTP_GET, "/big", 0);
	ck_assert(real_rig_until(&r, real_rig_is_true, &u.paused));
	got = u.received;
	ck_assert_uint_lt(got, 400000);
	spin(&u, 20);
	ck_assert_uint_eq(u.received, got);
	ck_assert_uint_lt(atomic_load(&d.sent), FTPD_BIG);
	link_hold(r.link, true);
	link_ftp_pause(u.f, false);
	spin(&u, 5);
	ck_assert_uint_eq(u.received, got);
	u.pause_at = 0;
	link_hold(r.link, false);
	tells(&u, "get 0 226\n");
	ck_assert_uint_eq(u.received, FTPD_BIG);
	ck_assert(!u.wrong);
	session_down(&d, &u);
}
END_TEST

/* --- logins that fail --------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool tls;
	const char *verb, *reply;
	const char *host;
	enum link_ftp_security security;
	const char *password;
	enum link_status status;
	int code;
	const char *rule, *text;
} logins[] = {
	{ "password", false, NULL, NULL, "b.x", LINK_FTP_PLAIN, "q", LINK_LOGIN, 530, "ftp", "530 no" },
	{ "user", false, "USER", "530 not you", "b.x", LINK_FTP_PLAIN, "p", LINK_LOGIN, 530, "ftp", "530 not you" },
	{ "no AUTH", false, NULL, NULL, "b.x", LINK_FTP_AUTH_TLS, "p", LINK_REJECTED, 502, "ftp", "502 no TLS" },
	{ "no AUTH SSL", false, NULL, NULL, "b.x", LINK_FTP_AUTH_SSL, "p", LINK_REJECTED, 502, "ftp", "502 no TLS" },
	{ "password after AUTH", true, NULL, NULL, "b.x", LINK_FTP_AUTH_TLS, "q", LINK_LOGIN, 530, "ftp", "530" },
	{ "full", false, "", "421 too many", "b.x", LINK_FTP_PLAIN, "p", LINK_PEER_CLOSED, 421, "ftp", "421 too many" },
	{ "says nothing", false, "", NULL, "b.x", LINK_FTP_PLAIN, "p", LINK_PEER_CLOSED, 0, "tcp", "" },
	{ "goes at USER", false, "USER", NULL, "b.x", LINK_FTP_PLAIN, "p", LINK_PEER_CLOSED, 220, "tcp", "" },
	{ "goes at PASS", false, "PASS", NULL, "b.x", LINK_FTP_PLAIN, "p", LINK_PEER_CLOSED, 331, "tcp", "" },
	{ "other protocol", false, "", "HTTP/1.1 400 Bad Request", "b.x", LINK_FTP_PLAIN, "p", LINK_PEER_CLOSED, 0,
	  "tcp", "" },
	{ "nobody there", false, NULL, NULL, "nobody.example", LINK_FTP_PLAIN, "p", LINK_REFUSED, 0, "tcp",
	  "127.0.0.1:1" },
	{ "nobody there for TLS", false, NULL, NULL, "nobody.example", LINK_FTP_IMPLICIT, "p", LINK_REFUSED, 0, "tcp",
	  "" },
	{ "TLS to a plain one", false, NULL, NULL, "b.x", LINK_FTP_IMPLICIT, "p", LINK_TLS_FAILED, 0, "tls", "" },
	{ "goes at AUTH", true, "AUTH", NULL, "b.x", LINK_FTP_AUTH_TLS, "p", LINK_PEER_CLOSED, 220, "tcp", "" },
};

START_TEST(test_login)
{
	struct ftpd d = { .verb = logins[_i].verb, .reply = logins[_i].reply };
	struct real_rig r;
	struct user u;
	char want[40];

	if (logins[_i].tls)
		d.tls = server_tls();
	ftpd_start(&d);
	rig_up(&u, &r, &d, 1);
	login_to(&u, logins[_i].host, logins[_i].security, logins[_i].password);
	ck_assert_int_eq(link_ftp_start(u.f, &(struct link_ftp_request){ .op = LINK_FTP_PWD }), -ENOTCONN);
	snprintf(want, sizeof(want), "in %d %d\n", logins[_i].status, logins[_i].code);
	tells(&u, want);
	ck_assert_msg(real_why_says(&u.why, logins[_i].rule, logins[_i].text), "%s: %s: %s", logins[_i].name,
		      u.why.step[0].rule, u.why.step[0].text);
	ck_assert_int_eq(link_ftp_start(u.f, &(struct link_ftp_request){ .op = LINK_FTP_PWD }), -ENOTCONN);
	rig_down(&u);
	ftpd_stop(&d);
}
END_TEST

/* --- sessions that end -------------------------------------------------------------------------------------------- */

/* A server that closes an idle session is noticed at once, and nobody logs in again. */
START_TEST(test_hang_up)
{
	struct ftpd d = { 0 };
	struct real_rig r;
	struct user u;

	session_up(&d, &r, &u, (enum link_ftp_security)_i);
	does(&u, LINK_FTP_GET, "/a", "get 0 226\n");
	atomic_store(&d.hang_up, true);
	tells(&u, "lost 5\n");
	ck_assert(real_why_says(&u.why, "ftp", "closed the control connection"));
	ck_assert_int_eq(link_ftp_start(u.f, &(struct link_ftp_request){ .op = LINK_FTP_PWD }), -ENOTCONN);
	session_down(&d, &u);
}
END_TEST

static const struct {
	const char *verb, *reply;
	enum ftpd_end end;
	enum link_ftp_op op;
	const char *path;
	const char *want;
} ends[] = {
	{ "RETR", "550 no", FTPD_WHOLE, LINK_FTP_GET, "/a", "get 12 550\n" },
	{ "RETR", "550 no", FTPD_EARLY_END, LINK_FTP_GET, "/a", "get 12 550\n" },
	{ "STOR", "553 no", FTPD_EARLY_END, LINK_FTP_PUT, "/a", "put 12 553\n" },
	{ "LIST", "450 no", FTPD_EARLY_END, LINK_FTP_LIST, "a", "list 12 450\n" },
	{ "PASV", "502 no", FTPD_WHOLE, LINK_FTP_GET, "/a", "get 12 502\n" },
	{ "PASV", "227 where (127,0,0,1,256,1)?", FTPD_WHOLE, LINK_FTP_GET, "/a", "get 14 227\n" },
	{ "PASV", "227 1,2,3,4,5", FTPD_WHOLE, LINK_FTP_LIST, "a", "list 14 227\n" },
	{ "PASV", "227", FTPD_WHOLE, LINK_FTP_PUT, "/a", "put 14 227\n" },
	{ "SIZE", "213 many", FTPD_WHOLE, LINK_FTP_SIZE, "/a", "size 14 213\n" },
	{ "CWD", "no reply at all\r\n250 but this", FTPD_WHOLE, LINK_FTP_CWD, "/a", "cwd 0 250\n" },
	{ "RETR", "421 late", FTPD_WHOLE, LINK_FTP_GET, "/a", "get 5 421\nlost 5\n" },
	{ "RETR", NULL, FTPD_WHOLE, LINK_FTP_GET, "/a", "get 5 227\nlost 5\n" },
	{ "PASV", NULL, FTPD_WHOLE, LINK_FTP_PUT, "/a", "put 5 0\nlost 5\n" },
	{ "CWD", NULL, FTPD_WHOLE, LINK_FTP_CWD, "/a", "cwd 5 0\nlost 5\n" },
	{ "CWD", "421 late", FTPD_WHOLE, LINK_FTP_CWD, "/a", "cwd 5 421\nlost 5\n" },
	{ NULL, NULL, FTPD_NO_DATA, LINK_FTP_GET, "/a", "get 2 425\n" },
	{ NULL, NULL, FTPD_CUT, LINK_FTP_GET, "/big", "get 5 150\nlost 5\n" },
	{ NULL, NULL, FTPD_GOES_AWAY, LINK_FTP_GET, "/a", "get 5 150\nlost 5\n" },
	{ NULL, NULL, FTPD_GOES_AWAY, LINK_FTP_PUT, "/a", "put 5 150\nlost 5\n" },
};

enum { N_ENDS = sizeof(ends) / sizeof(ends[0]) };

START_TEST(test_end)
{
	bool secure = _i >= N_ENDS;
	int i = _i % N_ENDS;
	struct ftpd d = { .verb = ends[i].verb, .reply = ends[i].reply, .end = ends[i].end };
	struct real_rig r;
	struct user u;

	session_up(&d, &r, &u, secure ? LINK_FTP_AUTH_TLS : LINK_FTP_PLAIN);
	u.left = 3;
	does(&u, ends[i].op, ends[i].path, ends[i].want);
	if (!strstr(ends[i].want, "lost"))
		does(&u, LINK_FTP_PWD, NULL, "pwd 0 257 /\n");
	session_down(&d, &u);
}
END_TEST

/* The last reply of a transfer never comes: that is waited for two minutes. */
START_TEST(test_no_last_reply)
{
	struct ftpd d = { .end = FTPD_NO_REPLY };
	struct real_rig r;
	struct user u;

	ftpd_start(&d);
	rig_up(&u, &r, &d, 100);
	login_to(&u, "b.x", LINK_FTP_PLAIN, "p");
	tells(&u, "in 0 230\n");
	does(&u, LINK_FTP_GET, "/a", "get 3 150\nlost 3\n");
	ck_assert_str_eq(buf_str(&u.data), "hello");
	ck_assert(real_why_says(&u.why, "time", "says nothing"));
	session_down(&d, &u);
}
END_TEST

START_TEST(test_bad_paths)
{
	static char longest[1100];
	struct ftpd d = { 0 };
	struct real_rig r;
	struct user u;

	memset(longest, 'x', sizeof(longest) - 1);
	session_up(&d, &r, &u, LINK_FTP_PLAIN);
	does(&u, LINK_FTP_DELE, "a\r\nDELE b", "dele 12 0\n");
	does(&u, LINK_FTP_GET, "a\nb", "get 12 0\n");
	does(&u, LINK_FTP_PUT, longest, "put 12 0\n");
	does(&u, LINK_FTP_PWD, NULL, "pwd 0 257 /\n");
	ck_assert_ptr_null(strstr(buf_str(&d.log), "DELE"));
	session_down(&d, &u);
}
END_TEST

START_TEST(test_network_lost)
{
	struct ftpd d = { 0 };
	struct real_rig r;
	struct user u;

	session_up(&d, &r, &u, (enum link_ftp_security)(_i / 2));
	if (_i % 2) {
		u.pause_at = 1;
		u.big = true;
		ask(&u, LINK_FTP_GET, "/big", 0);
		ck_assert(real_rig_until(&r, real_rig_is_true, &u.paused));
	}
	link_set_network(r.link, false);
	ck_assert_uint_eq(u.log.len, 0);
	tells(&u, _i % 2 ? "get 11 0\nlost 11\n" : "lost 11\n");
	session_down(&d, &u);
}
END_TEST

/* Closed by its owner at every moment there is: after so many rounds of the loop, in the login, a transfer, the logout.
 */
START_TEST(test_close)
{
	for (unsigned rounds = 0; rounds < 40; rounds++) {
		struct ftpd d = { .tls = _i ? server_tls() : NULL };
		struct real_rig r;
		struct user u;

		ftpd_start(&d);
		rig_up(&u, &r, &d, 1);
		login_to(&u, "b.x", _i ? LINK_FTP_AUTH_TLS : LINK_FTP_PLAIN, "p");
		u.big = true;
		clock_arm(r.clock, &r.tick, 1000);
		for (unsigned n = 0; n < rounds; n++) {
			r.ticks_left = 2;
			loop_once(r.loop);
			if (n == rounds / 2 &&
			    !link_ftp_start(u.f, &(struct link_ftp_request){ .op = LINK_FTP_GET, .path = "/big" }))
				u.told = true;
		}
		rig_down(&u);
		ftpd_stop(&d);
	}
}
END_TEST

static bool has_said(void *ctx)
{
	struct ftpd *d = ctx;
	bool said;

	pthread_mutex_lock(&d->lock);
	said = strstr(buf_str(&d->log), d->verb) != NULL;
	pthread_mutex_unlock(&d->lock);
	return said;
}

static const char *const mute_at[] = { "AUTH", "USER", "PASS", "PWD", "TYPE" };

/* A server that has fallen silent holds nobody up who has had enough of it. */
START_TEST(test_close_mute)
{
	struct ftpd d = { .verb = mute_at[_i], .reply = "", .tls = server_tls() };
	struct real_rig r;
	struct user u;
	uint64_t start;

	ftpd_start(&d);
	rig_up(&u, &r, &d, 1);
	login_to(&u, "b.x", LINK_FTP_AUTH_TLS, "p");
	ck_assert(real_rig_until(&r, has_said, &d));
	start = clock_now_us(r.clock);
	link_ftp_close(u.f);
	u.f = NULL;
	ck_assert_uint_lt(clock_now_us(r.clock) - start, 500000);
	rig_down(&u);
	ftpd_stop(&d);
}
END_TEST

START_TEST(test_close_in_event)
{
	struct ftpd d = { .verb = _i ? "PASS" : NULL, .reply = "530 no" };
	struct real_rig r;
	struct user u;

	ftpd_start(&d);
	rig_up(&u, &r, &d, 1);
	u.close_in_event = true;
	login_to(&u, "b.x", LINK_FTP_PLAIN, "p");
	tells(&u, _i ? "in 13 530\n" : "in 0 230\n");
	ck_assert_ptr_null(u.f);
	rig_down(&u);
	ftpd_stop(&d);
}
END_TEST

/* --- TLS ---------------------------------------------------------------------------------------------------------- */

/* A server that takes the connection and never shakes hands: the modem's patience ends that. */
START_TEST(test_mute)
{
	struct server s = { .manner = SERVER_MUTE };
	struct ftpd d = { 0 };
	struct real_rig r;
	struct user u;

	server_start(&s);
	d.port = s.port;
	rig_up(&u, &r, &d, 10);
	login_to(&u, "b.x", LINK_FTP_IMPLICIT, "p");
	tells(&u, "in 3 0\n");
	ck_assert(real_why_says(&u.why, "time", "no TLS session"));
	rig_down(&u);
	server_stop(&s);
}
END_TEST

/* A certificate that is not trusted, before any password is said. */
START_TEST(test_untrusted)
{
	struct ftpd d = { .tls = server_tls(), .implicit = _i };
	struct link_tls tls = { .versions = 7,
				.ciphers = suites,
				.n_ciphers = 3,
				.now = real_now,
				.verify_server = true,
				.negotiate_us = 20000000 };
	struct real_rig r;
	struct user u;
	struct buf ca;

	buf_init(&ca, 1 << 16);
	real_pem_cert(&ca, pki.other_root);
	tls.ca = real_file("ca.pem", &ca);
	ftpd_start(&d);
	rig_up(&u, &r, &d, 1);
	u.f = link_ftp_login(r.link,
			     &(struct link_ftp_setup){ .host = "b.x",
						       .port = 21,
						       .user = "u",
						       .password = "p",
						       .security = _i ? LINK_FTP_IMPLICIT : LINK_FTP_AUTH_TLS,
						       .tls = &tls },
			     on_event, &u);
	tells(&u, _i ? "in 8 0\n" : "in 8 234\n");
	ck_assert(real_why_says(&u.why, "tls", ""));
	ck_assert_ptr_null(strstr(buf_str(&d.log), "PASS"));
	rig_down(&u);
	ftpd_stop(&d);
	buf_free(&ca);
}
END_TEST

START_TEST(test_missing_ca)
{
	const struct link_tls tls = { .versions = 7, .ciphers = suites, .n_ciphers = 3, .verify_server = true };
	struct ftpd d = { 0 };
	struct real_rig r;
	struct user u;

	ftpd_start(&d);
	rig_up(&u, &r, &d, 1);
	u.f = link_ftp_login(r.link,
			     &(struct link_ftp_setup){ .host = "b.x",
						       .port = 21,
						       .user = "u",
						       .password = "p",
						       .security = LINK_FTP_IMPLICIT,
						       .tls = &tls },
			     on_event, &u);
	tells(&u, "in 9 0\n");
	rig_down(&u);
	ck_assert_uint_eq(atomic_load(&d.connections), 0);
	ftpd_stop(&d);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("real_ftp");
	TCase *tc = tcase_create("real_ftp");
	int failed;

	real_pki_make(&pki);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_session, 0, 8);
	tcase_add_test(tc, test_words);
	tcase_add_loop_test(tc, test_big, 0, 4);
	tcase_add_loop_test(tc, test_back_pressure, 0, 3);
	tcase_add_loop_test(tc, test_login, 0, sizeof(logins) / sizeof(logins[0]));
	tcase_add_loop_test(tc, test_hang_up, 0, 4);
	tcase_add_loop_test(tc, test_end, 0, 2 * N_ENDS);
	tcase_add_test(tc, test_no_last_reply);
	tcase_add_test(tc, test_bad_paths);
	tcase_add_loop_test(tc, test_network_lost, 0, 4);
	tcase_add_loop_test(tc, test_close, 0, 2);
	tcase_add_loop_test(tc, test_close_mute, 0, sizeof(mute_at) / sizeof(mute_at[0]));
	tcase_add_loop_test(tc, test_close_in_event, 0, 2);
	tcase_add_test(tc, test_mute);
	tcase_add_loop_test(tc, test_untrusted, 0, 2);
	tcase_add_test(tc, test_missing_ca);
	suite_add_tcase(s, tc);
	failed = real_rig_main(s);
	real_pki_drop(&pki);
	return failed;
}
