/*
 * Real servers: started on free ports, spoken to by other programs and by OpenSSL, heard of in the words of the
 * modelled world, and gone when they are stopped, also when the run is killed.
 */
#include "harness/tests/test_fixture_rig.h"

/* --- mosquitto ------------------------------------------------------------------------------------------------- */

START_TEST(plain_broker)
{
	struct bench b;

	start(&b, "  b: {use: mosquitto}\n");
	ck_assert_str_eq(var(&b, "b.host"), "b.test");
	ck_assert_str_eq(var(&b, "b.port"), "1883");
	{
		const char *const pub[] = { "mosquitto_pub",
					    "-p",
					    var(&b, "b.real_port"),
					    "-i",
					    "c 1",
					    "-t",
					    "t/1 x",
					    "-m",
					    "hello",
					    "-q",
					    "2",
					    NULL };
		const char *const empty[] = {
			"mosquitto_pub", "-p", var(&b, "b.real_port"), "-i", "c2", "-t", "t/2", "-n", NULL
		};

		ck_assert_int_eq(run_program(&b, pub), 0);
		hear(&b, "connect c 1\n");
		hear(&b, "t/1 x hello\n");
		hear(&b, "disconnect c 1\n");
		ck_assert_int_eq(run_program(&b, empty), 0);
		hear(&b, "t/2 \n");
		ck_assert_ptr_null(strstr(buf_str(&b.heard), "observer"));
	}
	stop(&b);
}
END_TEST

/* A client that subscribes and vanishes. */
START_TEST(what_a_subscriber_does)
{
	static const char connect[] = "\x10\x0d\0\4MQTT\4\2\0\x3c\0\1s", subscribe[] = "\x82\x08\0\1\0\3a/+\1";
	struct bench b;
	int fd;

	start(&b, "  b: {use: mosquitto, host: broker.example, port: 8000}\n");
	ck_assert_str_eq(var(&b, "b.host"), "broker.example");
	ck_assert_str_eq(var(&b, "b.port"), "8000");
	fd = dial(&b);
	ck_assert_int_eq(write(fd, connect, sizeof(connect) - 1), sizeof(connect) - 1);
	ck_assert_int_eq(write(fd, subscribe, sizeof(subscribe) - 1), sizeof(subscribe) - 1);
	hear(&b, "connect s\nsubscribe a/+ 1\n");
	close(fd);
	hear(&b, "lost s\n");
	stop(&b);
}
END_TEST

START_TEST(users)
{
	struct bench b;

	start(&b, "  b: {use: mosquitto, users: {alice: 'se cret', bob: ''}}\n");
	{
		const char *port = var(&b, "b.real_port");
		const char *const good[] = { "mosquitto_pub", "-p", port, "-u", "alice", "-P",
					     "se cret",	      "-t", "t",  "-m", "1",	 NULL };
		const char *const bad[] = { "mosquitto_pub",
					    "-p",
					    port,
					    "-u",
					    "alice",
					    "-P",
					    "secret",
					    "-t",
					    "t",
					    "-i",
					    "y",
					    "-m",
					    "2",
					    NULL };
		const char *const none[] = { "mosquitto_pub", "-p", port, "-t", "t", "-i", "z", "-m", "3", NULL };

		ck_assert_int_eq(run_program(&b, good), 0);
		hear(&b, "t 1\n");
		ck_assert_int_eq(run_program(&b, bad), 5);
		ck_assert_int_eq(run_program(&b, none), 5);
		hear(&b, "refused y 5\n");
		hear(&b, "refused z 5\n");
	}
	stop(&b);
}
END_TEST

/* What a client gets that asks for a forbidden topic: the packet's answer, or the end of the connection. */
static const struct {
	const char *action, *packet;
	size_t len;
	const char *answer;
	size_t answer_len;
	const char *heard, *not_heard;
} denials[] = {
	/* SUBSCRIBE s/1 */
	{ "refuse", "\x82\x08\0\1\0\3s/1\1", 10, "\x90\3\0\1\x80", 5, "subscribe s/1 1\n", "lost x" },
	{ "close", "\x82\x08\0\1\0\3s/1\1", 10, "", 0, "lost x\n", "subscribe" },
	{ "close", "\x82\x08\0\1\0\3t/1\1", 10, "\x90\3\0\1\1", 5, "subscribe t/1 1\n", "lost x" },
	/* PUBLISH p/1 "hi" with QoS 1 */
	{ "refuse", "\x32\x09\0\3p/1\0\7hi", 11, "\x40\2\0\7", 4, "connect x\n", "p/1" },
	{ "close", "\x32\x09\0\3p/1\0\7hi", 11, "", 0, "lost x\n", "p/1" },
	{ "close", "\x32\x09\0\3s/1\0\7hi", 11, "\x40\2\0\7", 4, "s/1 hi\n", "lost x" },
};

START_TEST(forbidden_topics)
{
	static const char connect[] = "\x10\x0d\0\4MQTT\4\2\0\x3c\0\1x";
	char text[256], answer[16];
	struct bench b;
	int fd;

	snprintf(text, sizeof(text),
		 "  b: {use: mosquitto, acl: {deny_publish: p/#, deny_subscribe: [a, s/+], action: %s}}\n",
		 denials[_i].action);
	start(&b, text);
	fd = dial(&b);
	ck_assert_int_eq(write(fd, connect, sizeof(connect) - 1), sizeof(connect) - 1);
	ck_assert_int_eq(recv(fd, answer, 4, MSG_WAITALL), 4);
	ck_assert_mem_eq(answer, "\x20\2\0\0", 4);
	ck_assert_int_eq(write(fd, denials[_i].packet, denials[_i].len), (ssize_t)denials[_i].len);
	ck_assert_int_eq(recv(fd, answer, denials[_i].answer_len ? denials[_i].answer_len : 1, MSG_WAITALL),
			 (ssize_t)denials[_i].answer_len);
	ck_assert_mem_eq(answer, denials[_i].answer, denials[_i].answer_len);
	hear(&b, denials[_i].heard);
	ck_assert_msg(!strstr(buf_str(&b.heard), denials[_i].not_heard), "%s", buf_str(&b.heard));
	close(fd);
	stop(&b);
}
END_TEST

static const struct {
	const char *settings;
	struct tls_try client;
	const char *outcome;
	const char *heard; /* NULL: nothing in particular */
} handshakes[] = {
	{ "", { .version = 0 }, "TLSv1.3 TLS_AES_256_GCM_SHA384", NULL },
	{ "", { .version = TLS1_2_VERSION }, "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384", NULL },
	{ "", { .version = TLS1_1_VERSION }, "tlsv1 alert protocol version", "tls unsupported protocol\n" },
	{ "tls: '1.2', ", { .version = 0 }, "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384", NULL },
	{ "tls: '1.2', ", { .version = TLS1_3_VERSION }, "tlsv1 alert protocol version", NULL },
	{ "tls: '1.3', ", { .version = TLS1_2_VERSION }, "tlsv1 alert protocol version", NULL },
	{ "tls: '1.3', ciphers: TLS_CHACHA20_POLY1305_SHA256, ",
	  { .version = 0 },
	  "TLSv1.3 TLS_CHACHA20_POLY1305_SHA256",
	  NULL },
	{ "tls: '1.1', ", { .version = 0 }, "TLSv1.1 ECDHE-RSA-AES256-SHA", NULL },
	{ "tls: {min: 1.1, max: 1.2}, ", { .version = TLS1_1_VERSION }, "TLSv1.1 ECDHE-RSA-AES256-SHA", NULL },
	{ "tls: '1.2', ciphers: [AES128-SHA], ", { .version = 0 }, "TLSv1.2 AES128-SHA", NULL },
	{ "tls: '1.2', ciphers: [AES128-SHA, AES256-SHA], ",
	  { .ciphers = "AES256-SHA:AES128-SHA" },
	  "TLSv1.2 AES128-SHA",
	  NULL },
	{ "tls: '1.2', ciphers: AES128-SHA, ",
	  { .ciphers = "AES256-SHA" },
	  "sslv3 alert handshake failure",
	  "tls no shared cipher\n" },
	{ "tls: '1.2', cert: {key: ecdsa}, ", { .version = 0 }, "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384", NULL },
	{ "tls: '1.2', cert: {key: ecdsa}, ",
	  { .ciphers = "aRSA:@SECLEVEL=0" },
	  "sslv3 alert handshake failure",
	  "tls no shared cipher\n" },
	{ "tls: '1.2', cert: {bits: 1024, intermediates: 3, bytes: 10500}, ",
	  { .version = 0 },
	  "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384",
	  NULL },
	{ "", { .wrong_ca = true }, "certificate verify failed", "tls tlsv1 alert unknown ca\n" },
	{ "cert: {signed_by: other}, ", { .wrong_ca = true }, "TLSv1.3 TLS_AES_256_GCM_SHA384", NULL },
	{ "cert: {not_after: 2021-01-01}, ", { .version = 0 }, "certificate verify failed", NULL },
	{ "tls: '1.2', client_cert: required, ",
	  { .version = 0 },
	  "sslv3 alert handshake failure",
	  "tls peer did not return a certificate\n" },
	{ "tls: '1.3', client_cert: required, ",
	  { .version = 0 },
	  "tlsv13 alert certificate required",
	  "tls peer did not return a certificate\n" },
	{ "tls: '1.2', client_cert: required, ", { .other_cert = true }, "tlsv1 alert unknown ca", "tls certificate verify failed\n" },
	{ "client_cert: required, ", { .own_cert = true }, "TLSv1.3 TLS_AES_256_GCM_SHA384", NULL },
};

START_TEST(handshake)
{
	struct bench b;
	char text[512], outcome[160];

	snprintf(text, sizeof(text), "  b: {%suse: mosquitto-tls}\n", handshakes[_i].settings);
	start(&b, text);
	ck_assert_str_eq(var(&b, "b.port"), "8883");
	shake_hands(&b, &handshakes[_i].client, outcome);
	ck_assert_msg(!strcmp(outcome, handshakes[_i].outcome), "%s: %s", handshakes[_i].settings, outcome);
	if (handshakes[_i].heard)
		hear(&b, handshakes[_i].heard);
	stop(&b);
}
END_TEST

/* --- what can go wrong
 * ------------------------------------------------------------------------------------------------ */

START_TEST(a_server_that_does_not_start)
{
	struct err e = { 0 };
	struct bench b;

	prepare(&b, "  a: {use: mosquitto}\n  b: {use: mosquitto-tls, cert: no-such.pem}\n");
	ck_assert_ptr_null(try_start(&b, &e));
	ck_assert_str_eq(e.msg, "t.yaml:7:6: fixture b: no-such.pem: No such file or directory");
	stop(&b);
}
END_TEST

START_TEST(a_server_that_dies)
{
	char path[64], word[32] = "";
	struct bench b;
	FILE *in;

	start(&b, "  b: {use: mosquitto}\n");
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	in = fopen(path, "r");
	ck_assert_int_eq(fscanf(in, "%31s", word), 1);
	fclose(in);
	ck_assert_int_eq(kill((pid_t)strtol(word, NULL, 10), SIGKILL), 0);
	{
		uint64_t until = clock_now_us(b.time.clock) + LONG_US;

		while (!b.gone.len && clock_now_us(b.time.clock) < until)
			loop_once(b.time.loop);
	}
	ck_assert_msg(strstr(buf_str(&b.gone), "fixture b: mosquitto ended by itself with status 137") != NULL, "%s",
		      buf_str(&b.gone));
	stop(&b);
}
END_TEST

/* Killed, nobody is there; started again, it is where it was. */
START_TEST(killed_and_back)
{
	static const char connect[] = "\x10\x0d\0\4MQTT\4\2\0\x3c\0\1s";
	const struct fixture *f;
	struct err e = { 0 };
	struct bench b;
	char port[16], answer[8];
	int fd;

	start(&b, "  b: {use: mosquitto}\n");
	f = &b.scenario->cells[0]->fixtures[0];
	snprintf(port, sizeof(port), "%s", var(&b, "b.real_port"));
	fd = dial(&b);
	ck_assert_int_eq(write(fd, connect, sizeof(connect) - 1), sizeof(connect) - 1);
	hear(&b, "connect s\n");
	ck_assert_int_ne(fixtures_restart(b.fixtures, f, &e), 0);
	ck_assert_str_eq(e.msg, "it runs already");
	fixtures_kill(b.fixtures, f);
	hear(&b, "lost s\n");
	no_children();
	ck_assert_int_eq(recv(fd, answer, sizeof(answer), MSG_WAITALL), 4);	/* its CONNACK, and the end */
	close(fd);
	ck_assert_int_eq(dial(&b), -1);
	ck_assert_uint_eq(b.gone.len, 0);
	e = (struct err){ 0 };
	ck_assert_msg(!fixtures_restart(b.fixtures, f, &e), "%s", e.msg);
	ck_assert_str_eq(var(&b, "b.real_port"), port);
	fd = dial(&b);
	ck_assert_int_ge(fd, 0);
	close(fd);
	stop(&b);
}
END_TEST

static size_t count_lines(const struct buf *text, const char *line)
{
	size_t n = 0;

	for (const char *s = buf_str(text); (s = strstr(s, line)) != NULL; s++)
		n++;
	return n;
}

/* What was published before is told before fixtures_settle() returns, and the marker is nobody's message. */
START_TEST(settled)
{
	struct err e = { 0 };
	struct bench b;

	start(&b, "  b: {use: mosquitto}\n");
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(fixtures_publish(b.fixtures, &b.scenario->cells[0]->fixtures[0], "t", "a b", i % 3, false, &e), 0);
	fixtures_settle(b.fixtures);
	ck_assert_uint_eq(count_lines(&b.heard, "t a b\n"), 20);
	ck_assert_ptr_null(strstr(buf_str(&b.heard), "settled"));
	ck_assert_ptr_null(strstr(buf_str(&b.heard), "observer"));
	stop(&b);
}
END_TEST

START_TEST(a_model_starts_nothing)
{
	struct bench b;
	const char *const *worlds;
	char text[8192];
	size_t n;
	FILE *in;

	start(&b, "  b: {use: mosquitto-tls, tls: '1.2', ciphers: AES128-SHA, client_cert: required, users: {a: b},\n"
		  "      world: modelled}\n");
	no_children();
	worlds = fixtures_worlds(b.fixtures, &n);
	ck_assert_uint_eq(n, 1);
	in = fopen(worlds[0], "r");
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	ck_assert_ptr_nonnull(strstr(text, "\"AES128-SHA\""));
	ck_assert_ptr_nonnull(strstr(text, "b-chain.pem"));
	ck_assert_ptr_nonnull(strstr(text, "\"client_cert\": \"alert\""));
	ck_assert_ptr_nonnull(strstr(text, "\"password\": \"b\""));
	ck_assert_ptr_nonnull(vars_get(b.scenario->cells[0], "b.ca"));
	stop(&b);
}
END_TEST

static unsigned through_7(const struct fixture *f, unsigned port, void *ctx, struct err *e)
{
	(void)f;
	(void)e;
	*(unsigned *)ctx = port;
	return 7;
}

START_TEST(something_in_between)
{
	unsigned real = 0;
	struct bench b;
	struct err e = { 0 };
	size_t n;
	char text[1024];
	FILE *in;

	prepare(&b, "  b: {use: mosquitto}\n");
	{
		const struct fixtures_options o = { .cell = b.scenario->cells[0],
						    .dir = b.dir,
						    .loop = b.time.loop,
						    .between = through_7,
						    .ctx = &real };

		b.fixtures = fixtures_start(&o, &e);
	}
	ck_assert_msg(b.fixtures != NULL, "%s", e.msg);
	in = fopen(fixtures_worlds(b.fixtures, &n)[0], "r");
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	ck_assert_ptr_nonnull(strstr(text, "\"real\": \"127.0.0.1:7\""));
	ck_assert_uint_eq(real, strtoul(var(&b, "b.real_port"), NULL, 10));
	stop(&b);
}
END_TEST

/* --- the whole run is ended
 * ---------------------------------------------------------------------------------------------- */

static const char endless[] =
	"schema: 1\nname: t\nsummary: t\nmatrix: {x: [1, 2, 3]}\nfixtures: {b: {use: mosquitto}}\n"
	"steps: [{at: AT}, {wait: 60s}]\n";

/* Its folders go to dir, where they can be found when nobody is left to remove them. */
static pid_t run_beside(const char *dir)
{
	pid_t pid = fork();

	if (!pid) {
		const struct run_options o = { .jobs = 3, .timeout_scale = 1, .rerun = "", .emulator = "" };
		struct scenario *s = scenario_load_text("t.yaml", endless, strlen(endless), NULL, NULL);
		int null = open("/dev/null", O_WRONLY);

		setenv("XDG_RUNTIME_DIR", dir, 1);
		dup2(null, 1);
		dup2(null, 2);
		_exit(run_cells(s->cells, s->n_cells, &o));
	}
	return pid;
}

/* Programs called NAME whose ancestor is pid. */
static unsigned count_below(pid_t pid, const char *name)
{
	char path[64], line[512];
	unsigned n = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	in = fopen(path, "r");
	while (in && fscanf(in, "%31s", line) == 1) {
		pid_t child = (pid_t)strtol(line, NULL, 10);
		FILE *comm;

		n += count_below(child, name);
		snprintf(path, sizeof(path), "/proc/%d/comm", (int)child);
		comm = fopen(path, "r");
		if (comm && fgets(line, sizeof(line), comm))
			n += !strncmp(line, name, strlen(name)) && line[strlen(name)] == '\n';
		if (comm)
			fclose(comm);
	}
	if (in)
		fclose(in);
	return n;
}

static bool eventually(bool (*holds)(pid_t pid), pid_t pid)
{
	for (int i = 0; i < 600; i++) {
		const struct timespec a_bit = { .tv_nsec = 50000000 };

		if (holds(pid))
			return true;
		ppoll(NULL, 0, &a_bit, NULL);
	}
	return false;
}

static bool three_run(pid_t pid)
{
	return count_below(pid, "mosquitto") == 3 && count_below(pid, "mosquitto_sub") == 3;
}

static bool none_run(pid_t pid)
{
	(void)pid;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return !count_below(getpid(), "mosquitto") && !count_below(getpid(), "mosquitto_sub");
}

static const struct {
	int signo;
} ends[] = { { SIGTERM }, { SIGINT }, { SIGKILL } };

START_TEST(nothing_is_left)
{
	char dir[] = "/tmp/test-fx-XXXXXX";
	pid_t pid;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = run_beside(dir);
	ck_assert(eventually(three_run, pid));
	kill(pid, ends[_i].signo);
	ck_assert(eventually(none_run, pid));
	/* whoever could clear up has done so */
	ck_assert_int_eq(rmdir(dir) == 0, ends[_i].signo != SIGKILL);
	scratch_remove(dir);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("servers");
	const struct cert_setup rsa = { .intermediates = 1 }, ecdsa = { .key = CERT_ECDSA }, small = { .bits = 1024 };

	certs_prepare(&rsa, 7);
	certs_prepare(&ecdsa, 7);
	certs_prepare(&small, 7);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, plain_broker);
	tcase_add_test(tc, what_a_subscriber_does);
	tcase_add_test(tc, users);
	tcase_add_loop_test(tc, forbidden_topics, 0, sizeof(denials) / sizeof(denials[0]));
	tcase_add_loop_test(tc, handshake, 0, sizeof(handshakes) / sizeof(handshakes[0]));
	tcase_add_test(tc, a_server_that_does_not_start);
	tcase_add_test(tc, a_server_that_dies);
	tcase_add_test(tc, killed_and_back);
	tcase_add_test(tc, settled);
	tcase_add_test(tc, a_model_starts_nothing);
	tcase_add_test(tc, something_in_between);
	tcase_add_loop_test(tc, nothing_is_left, 0, 3);
	return run_suite("fixture", tc);
}
