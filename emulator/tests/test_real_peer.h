/* Sessions with brokers on this machine, and mosquitto itself as a child. */
#ifndef TESTS_TEST_REAL_PEER_H
#define TESTS_TEST_REAL_PEER_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "link/link_mqtt.h"
#include "tests/test_real_rig.h"

/* --- one session and what came of it -------------------------------------------------------------------------------- */

struct peer {
	struct real_rig *rig;
	struct link_mqtt *m;
	bool done, close_inside, hold_inside; /* what to do at the next event */
	enum link_status status;
	int code;
	struct why why, last_why;
	struct buf log; /* "pub 1 0\n" "msg t/1 hello q1\n" "lost 0 5\n" ... */
	unsigned messages;
	const char *wanted;
};

static inline void peer_on_event(const struct link_mqtt_event *ev, void *ctx)
{
	static const char *const names[] = { "connected", "pub", "sub", "unsub", "disc", "msg", "lost", "ping" };
	struct peer *p = ctx;

	if (ev->why)
		p->last_why = *ev->why;
	if (ev->type == LINK_MQTT_CONNECTED) {
		ck_assert(!p->done);
		p->done = true;
		p->status = ev->status;
		p->code = ev->code;
		if (ev->why)
			p->why = *ev->why;
	} else if (ev->type == LINK_MQTT_MESSAGE) {
		p->messages++;
		buf_addf(&p->log, "msg %.*s %.*s q%d%s\n", (int)ev->topic_len, ev->topic, (int)ev->payload_len,
			 (const char *)ev->payload, ev->qos, ev->retain ? " retain" : "");
	} else {
		buf_addf(&p->log, "%s %d %d%s\n", names[ev->type], ev->mid, (int)ev->status, ev->why ? " why" : "");
	}
	if (p->hold_inside)
		link_hold(p->rig->link, true);
	if (p->close_inside) {
		link_mqtt_close(p->m);
		p->m = NULL;
	}
}

static inline void peer_start(struct real_rig *r, struct peer *p, struct link_mqtt_setup setup)
{
	memset(p, 0, sizeof(*p));
	p->rig = r;
	buf_init(&p->log, 1 << 24);
	if (!setup.version)
		setup.version = 4;
	if (!setup.host)
		setup.host = "b.x";
	if (!setup.port)
		setup.port = 1883;
	p->m = link_mqtt_connect(r->link, &setup, peer_on_event, p);
	ck_assert_ptr_nonnull(p->m);
	ck_assert(!p->done); /* never from inside the call */
}

static inline void peer_wait(struct peer *p)
{
	real_rig_wait(p->rig, &p->done);
}

static inline void peer_up(struct real_rig *r, struct peer *p, const char *id)
{
	peer_start(r, p, (struct link_mqtt_setup){ .client_id = id, .clean = true });
	peer_wait(p);
	ck_assert_msg(p->status == LINK_OK, "%s: %s", link_status_text(p->status), p->why.n ? p->why.step[0].text : "");
}

static inline void peer_stop(struct peer *p)
{
	link_mqtt_close(p->m);
	buf_free(&p->log);
	p->m = NULL;
}

static inline bool peer_has_wanted(void *ctx)
{
	struct peer *p = ctx;

	return strstr(buf_str(&p->log), p->wanted) != NULL;
}

/* Until its log has the text. */
static inline void peer_wait_for(struct peer *p, const char *text)
{
	p->wanted = text;
	ck_assert_msg(real_rig_until(p->rig, peer_has_wanted, p), "no \"%s\" in:\n%s", text, buf_str(&p->log));
}

static inline int peer_publish(struct peer *p, const char *topic, const char *text, int qos, bool retain)
{
	return link_mqtt_publish(p->m, topic, strlen(topic), text, strlen(text), qos, retain, false);
}

static inline int peer_subscribe(struct peer *p, const char *filter, int qos)
{
	struct link_mqtt_topic t = { filter, strlen(filter), qos };

	return link_mqtt_subscribe(p->m, &t, 1);
}

/* --- mosquitto ------------------------------------------------------------------------------------------------------ */

struct broker_child {
	pid_t pid;
	int log; /* its stderr */
	uint16_t port;
	char dir[64];
};

/* A port that was free a moment ago: mosquitto cannot choose one itself. */
static inline uint16_t free_port(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, n), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&addr, &n), 0);
	close(fd);
	return ntohs(addr.sin_port);
}

static inline void broker_write(const struct broker_child *b, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", b->dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static inline void broker_exec(const struct broker_child *b, int log)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(log, STDERR_FILENO);
	dup2(log, STDOUT_FILENO);
	if (!chdir(b->dir))
		execl("/usr/sbin/mosquitto", "mosquitto", "-c", "mosquitto.conf", (char *)NULL);
	_exit(127);
}

/* Reads the log until mosquitto says that it runs. False: it ended before (the port was taken in the meantime). */
static inline bool broker_wait_running(struct broker_child *b)
{
	struct buf log;
	char buf[1024];
	ssize_t n;
	bool runs = false;

	buf_init(&log, 1 << 20);
	while (!runs && (n = read(b->log, buf, sizeof(buf))) > 0) {
		buf_add(&log, buf, (size_t)n);
		runs = strstr(buf_str(&log), " running\n") != NULL;
	}
	buf_free(&log);
	return runs;
}

/* conf: lines beside the listener's. */
static inline void broker_start_once(struct broker_child *b, const char *conf)
{
	char text[2048];
	int pipefd[2];

	b->port = free_port();
	snprintf(text, sizeof(text), "listener %u 127.0.0.1\nuser root\npersistence false\nlog_dest stderr\n"
		 "log_type error\nlog_type information\n%s", b->port, conf);
	broker_write(b, "mosquitto.conf", text);
	ck_assert_int_eq(pipe2(pipefd, O_CLOEXEC), 0);
	b->pid = fork();
	ck_assert_int_ge(b->pid, 0);
	if (!b->pid)
		broker_exec(b, pipefd[1]);
	close(pipefd[1]);
	b->log = pipefd[0];
}

static inline void broker_kill(struct broker_child *b, int signo)
{
	if (b->pid <= 0)
		return;
	kill(b->pid, signo);
	waitpid(b->pid, NULL, 0);
	close(b->log);
	b->pid = 0;
}

/* The folder comes first, so that files can be put there with broker_write(). */
static inline void broker_prepare(struct broker_child *b)
{
	memset(b, 0, sizeof(*b));
	snprintf(b->dir, sizeof(b->dir), "/tmp/test-real-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(b->dir));
	chmod(b->dir, 0755);
}

static inline void broker_start(struct broker_child *b, const char *conf)
{
	for (int i = 0; i < 5; i++) {
		broker_start_once(b, conf);
		if (broker_wait_running(b)) {
			fcntl(b->log, F_SETFL, O_NONBLOCK);
			return;
		}
		broker_kill(b, SIGKILL);
	}
	ck_abort_msg("mosquitto does not start");
}

static inline void broker_stop(struct broker_child *b)
{
	static const char *const files[] = { "mosquitto.conf", "passwd", "acl", "ca.pem", "cert.pem", "key.pem" };
	char path[128];

	broker_kill(b, SIGKILL);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", b->dir, files[i]);
		unlink(path);
	}
	rmdir(b->dir);
}

/* A world in which b.x is at 127.0.0.1:port, whatever port was asked for. */
static inline void real_rig_start_at_fast(struct real_rig *r, uint16_t port, double speed)
{
	char world[128];

	snprintf(world, sizeof(world), "schema: 1\nhosts:\n  - {match: b.x, real: \"127.0.0.1:%u\"}\n", port);
	real_rig_start_fast(r, world, speed);
}

static inline void real_rig_start_at(struct real_rig *r, uint16_t port)
{
	real_rig_start_at_fast(r, port, 1);
}

#endif
