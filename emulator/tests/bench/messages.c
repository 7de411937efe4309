/*
 * Messages between mqtt-node, through the emulated modem, and a real mosquitto over TLS, both ways and at each QoS. Every
 * message is counted: what the QoS promises must hold, or the exit code is 1. The rate stands beside that of
 * mosquitto_pub and mosquitto_sub alone, from the same run.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/peer.h"

extern char **environ;

enum { ARGS_MAX = 40, PATIENCE_MS = 60000, LINE_MAX_BYTES = 4096 };

struct bench {
	const char *emulator, *node;
	int count;
	char dir[64];
	int plain, tls;		/* ports of the broker */
	pid_t broker;
	struct emulator modem;
	char link[96];
	bool failed;
};

/* A program, its standard output read line by line. */
struct child {
	pid_t pid;
	int in, out;		/* its stdin (-1 when not wanted) and stdout */
	char buf[65536];
	size_t len;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "messages: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* --- programs ------------------------------------------------------------------------------------------------- */

static void child_start(struct child *c, bool wants_in, const char *const *argv)
{
	int in[2] = { -1, -1 }, out[2];

	*c = (struct child){ .in = -1 };
	if (pipe2(out, O_CLOEXEC) || (wants_in && pipe2(in, O_CLOEXEC)))
		die("pipe");
	c->pid = fork();
	if (c->pid < 0)
		die("fork");
	if (!c->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(wants_in ? in[0] : open("/dev/null", O_RDONLY), 0);
		dup2(out[1], 1);
		execvp(argv[0], (char *const *)argv);
		die(argv[0]);
	}
	close(out[1]);
	c->out = out[0];
	if (wants_in) {
		close(in[0]);
		c->in = in[1];
	}
}

/* The next line without its end, or NULL: the program has ended or said nothing for long. */
static char *child_line(struct child *c, char line[LINE_MAX_BYTES], int patience_ms)
{
	for (;;) {
		char *lf = memchr(c->buf, '\n', c->len);
		struct pollfd p = { c->out, POLLIN, 0 };
		ssize_t n;

		if (lf) {
			size_t len = (size_t)(lf - c->buf);

			snprintf(line, LINE_MAX_BYTES, "%.*s", (int)len, c->buf);
			c->len -= len + 1;
			memmove(c->buf, lf + 1, c->len);
			return line;
		}
		if (c->len == sizeof(c->buf) || poll(&p, 1, patience_ms) <= 0)
			return NULL;
		n = read(c->out, c->buf + c->len, sizeof(c->buf) - c->len);
		if (n <= 0)
			return NULL;
		c->len += (size_t)n;
	}
}

static bool child_wait_for(struct child *c, const char *start)
{
	char line[LINE_MAX_BYTES];

	while (child_line(c, line, PATIENCE_MS)) {
		if (!strncmp(line, start, strlen(start)))
			return true;
	}
	return false;
}

static int child_stop(struct child *c, int signo)
{
	int status;

	if (signo)
		kill(c->pid, signo);
	if (c->in >= 0)
		close(c->in);
	close(c->out);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Its output is not wanted. */
static pid_t start_silent(const char *const *argv)
{
	pid_t pid = fork();
	int null;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	null = open("/dev/null", O_RDWR);
	dup2(null, 1);
	dup2(null, 2);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

static void run(const char *const *argv)
{
	int status;

	if (waitpid(start_silent(argv), &status, 0) < 0 || status)
		die(argv[0]);
}

/* --- the broker and the modem ----------------------------------------------------------------------------------- */

static int free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) || getsockname(fd, (struct sockaddr *)&a, &n))
		die("port");
	close(fd);
	return ntohs(a.sin_port);
}

static void write_file(const struct bench *b, const char *name, const char *fmt, ...)
{
	char path[160];
	va_list ap;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", b->dir, name);
	f = fopen(path, "we");
	if (!f)
		die(path);
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	fclose(f);
}

static bool answers(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool up = fd >= 0 && !connect(fd, (struct sockaddr *)&a, sizeof(a));

	close(fd);
	return up;
}

static void start_broker(struct bench *b)
{
	char conf[160], key[160], cert[160];
	const char *const make_cert[] = { "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
					  "/CN=broker.test", "-keyout", key, "-out", cert, NULL };
	const char *const broker[] = { "mosquitto", "-c", conf, NULL };
	uint64_t begin;

	snprintf(conf, sizeof(conf), "%s/mosquitto.conf", b->dir);
	snprintf(key, sizeof(key), "%s/key.pem", b->dir);
	snprintf(cert, sizeof(cert), "%s/cert.pem", b->dir);
	run(make_cert);
	b->plain = free_port();
	b->tls = free_port();
	/* Nothing may be dropped for want of room: what is measured is the modem. */
	write_file(b, "mosquitto.conf", "%sallow_anonymous true\nmax_queued_messages 1000000\nlog_type none\n"
		   "listener %d 127.0.0.1\nlistener %d 127.0.0.1\ncertfile %s\nkeyfile %s\n",
		   geteuid() ? "" : "user root\n", b->plain, b->tls, cert, key);
	setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1);
	b->broker = start_silent(broker);
	for (begin = now_us(); !answers(b->tls); ) {
		if (now_us() - begin > 10000000 || waitpid(b->broker, NULL, WNOHANG))
			die("mosquitto does not start");
	}
}

static void start_modem(struct bench *b)
{
	char world[160];
	const char *const args[] = { "--profile", "LE20B04V03SIM7600M22", "--world", world, "--link", b->link, NULL };

	write_file(b, "world.yaml", "schema: 1\nhosts:\n  - {match: broker.test, port: 8883, real: \"127.0.0.1:%d\"}\n", b->tls);
	snprintf(world, sizeof(world), "%s/world.yaml", b->dir);
	snprintf(b->link, sizeof(b->link), "%s/modem", b->dir);
	emulator_start(&b->modem, b->emulator, args, 1);
}

/* --- counting ---------------------------------------------------------------------------------------------------- */

struct tally {
	int lost, twice, disordered;
	double per_second;
};

/*
 * Reads the numbers of messages, each behind the last blank of its line, until all came or nothing more does. The rate
 * is that from the first to the last, so that nobody's start counts.
 */
static struct tally count_lines(const struct bench *b, struct child *c, const char *start)
{
	unsigned char *seen = calloc((size_t)b->count + 1, 1);
	struct tally t = { .lost = b->count };
	char line[LINE_MAX_BYTES];
	uint64_t first_us = 0;
	long last = 0;

	if (!seen)
		die("memory");
	while (t.lost && child_line(c, line, PATIENCE_MS)) {
		const char *number = strrchr(line, ' ');
		long n = number && !strncmp(line, start, strlen(start)) ? strtol(number, NULL, 10) : 0;

		if (n < 1 || n > b->count)
			continue;
		first_us = first_us ? first_us : now_us();
		t.twice += seen[n] > 0;
		t.disordered += n < last;
		t.lost -= !seen[n];
		seen[n] = 1;
		last = n;
	}
	t.per_second = (b->count - t.lost) * 1e6 / (double)(now_us() - first_us + 1);
	free(seen);
	return t;
}

static void report(struct bench *b, const char *what, int qos, const struct tally *t, const struct tally *floor)
{
	bool kept = (qos < 1 || !t->lost) && (qos == 1 || !t->twice);

	printf("%-34s %12.2f %-10s floor %.0f, ratio %.2f%*s %-4s %d lost, %d twice, %d out of order\n", what, t->per_second,
	       "/s", floor->per_second, t->per_second / floor->per_second, 6, "", kept ? "ok" : "LOSS", t->lost, t->twice,
	       t->disordered);
	fflush(stdout);
	b->failed = b->failed || !kept;
}

static void subscriber_start(const struct bench *b, struct child *c)
{
	char port[16];
	const char *const argv[] = { "mosquitto_sub", "-p", port, "-h", "127.0.0.1", "-t", "t/#", "-q", "2", "-v", NULL };
	const char *const ready[] = { "mosquitto_pub", "-p", port, "-h", "127.0.0.1", "-t", "t/ready", "-r", "-m", "1", NULL };

	snprintf(port, sizeof(port), "%d", b->plain);
	run(ready);
	child_start(c, false, argv);
	if (!child_wait_for(c, "t/ready"))
		die("mosquitto_sub");
}

static void publisher_start(const struct bench *b, struct child *c, const char *qos)
{
	char port[16], ca[160];
	const char *const argv[] = { "mosquitto_pub", "-p", port, "-h", "127.0.0.1", "--insecure", "--cafile", ca, "-t", "t/1",
				     "-q", qos, "-l", NULL };

	snprintf(port, sizeof(port), "%d", b->tls);
	snprintf(ca, sizeof(ca), "%s/cert.pem", b->dir);
	child_start(c, true, argv);
}

/* All numbers go into the pipe from a process of their own: who reads the other end must not wait for it. */
static pid_t feed_numbers(const struct bench *b, struct child *c)
{
	pid_t pid = fork();
	FILE *in;

	if (pid) {
		close(c->in);
		c->in = -1;
		return pid;
	}
	in = fdopen(c->in, "w");
	for (int i = 1; i <= b->count; i++)
		fprintf(in, "n %d\n", i);
	fclose(in);
	_exit(0);
}

static struct tally floor_of(const struct bench *b, const char *qos)
{
	struct child sub, pub;
	struct tally t;
	pid_t feeder;

	subscriber_start(b, &sub);
	publisher_start(b, &pub, qos);
	feeder = feed_numbers(b, &pub);
	t = count_lines(b, &sub, "t/1 ");
	waitpid(feeder, NULL, 0);
	child_stop(&pub, 0);
	child_stop(&sub, SIGTERM);
	return t;
}

/* --- through the modem -------------------------------------------------------------------------------------------- */

static struct tally node_publishes(const struct bench *b, const char *qos)
{
	char count[16], ca[160];
	const char *const argv[] = { b->node, "--port", b->link, "--broker", "broker.test:8883", "--tls", "--ca", ca, "--qos",
				     qos, "--publish", "t/1=n {n}", "--count", count, "--max-time", "120s", NULL };
	struct child sub;
	pid_t node;
	struct tally t;

	snprintf(count, sizeof(count), "%d", b->count);
	snprintf(ca, sizeof(ca), "%s/cert.pem", b->dir);
	subscriber_start(b, &sub);
	node = start_silent(argv);
	t = count_lines(b, &sub, "t/1 ");
	waitpid(node, NULL, 0);
	child_stop(&sub, SIGTERM);
	return t;
}

static struct tally node_receives(const struct bench *b, const char *qos)
{
	char goal[32], topic[16], ca[160];
	const char *const argv[] = { b->node, "--port", b->link, "--broker", "broker.test:8883", "--tls", "--ca", ca,
				     "--subscribe", topic, "--exit-when", goal, "--max-time", "120s", NULL };
	struct child node, pub;
	struct tally t;
	pid_t feeder;

	snprintf(goal, sizeof(goal), "received=%d", b->count);
	snprintf(topic, sizeof(topic), "t/1,%s", qos);
	snprintf(ca, sizeof(ca), "%s/cert.pem", b->dir);
	child_start(&node, false, argv);
	if (!child_wait_for(&node, "subscribed"))
		die("mqtt-node does not subscribe");
	publisher_start(b, &pub, qos);
	feeder = feed_numbers(b, &pub);
	t = count_lines(b, &node, "received t/1 ");
	waitpid(feeder, NULL, 0);
	child_stop(&pub, 0);
	child_stop(&node, SIGTERM);
	return t;
}

static void measure(struct bench *b, int qos)
{
	char name[64], word[2] = { (char)('0' + qos), '\0' };
	struct tally floor = floor_of(b, word), t;

	t = node_publishes(b, word);
	snprintf(name, sizeof(name), "mqtt-node publishes, TLS, QoS %d", qos);
	report(b, name, qos, &t, &floor);
	t = node_receives(b, word);
	snprintf(name, sizeof(name), "mqtt-node receives, TLS, QoS %d", qos);
	report(b, name, qos, &t, &floor);
}

int main(int argc, char **argv)
{
	struct bench b = { .dir = "/tmp/messages-XXXXXX" };

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: messages SIM7600-EMU MQTT-NODE [COUNT]\n");
		return 2;
	}
	b.emulator = argv[1];
	b.node = argv[2];
	b.count = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 10000;
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(b.dir))
		die("mkdtemp");
	start_broker(&b);
	start_modem(&b);
	for (int qos = 0; qos < 3; qos++)
		measure(&b, qos);
	emulator_stop(&b.modem);
	kill(b.broker, SIGTERM);
	waitpid(b.broker, NULL, 0);
	run((const char *const[]){ "rm", "-r", b.dir, NULL });
	return b.failed;
}
