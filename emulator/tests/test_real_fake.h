/*
 * A broker that follows a script, in its own thread on a free loopback port. A script is a list of words:
 *	<	reads one MQTT packet	>HEX	sends bytes	=	sends the packet's id back: PUBACK, SUBACK 0 ...
 *	x	closes (FIN)		!	resets		.	reads until the client closes
 *	@	waits for fake_go()
 */
#ifndef TESTS_TEST_REAL_FAKE_H
#define TESTS_TEST_REAL_FAKE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/str.h"
#include "tests/test_real_peer.h"

struct fake {
	const char *script;
	int listener, client;
	uint16_t port;
	pthread_t thread;
	unsigned char packet[1 << 16]; /* the last one */
	size_t len;
	unsigned char types[64]; /* first byte of each packet, in order; read after fake_stop() */
	size_t n_types;
	atomic_bool over; /* the script has come to its end */
	int go[2];	  /* a pipe */
};

static inline bool fake_read(struct fake *f, size_t n)
{
	ssize_t got;

	for (; n; n -= (size_t)got) {
		ck_assert_uint_le(f->len + n, sizeof(f->packet));
		got = recv(f->client, f->packet + f->len, n, 0);
		if (got <= 0)
			return false;
		f->len += (size_t)got;
	}
	return true;
}

static inline bool fake_read_packet(struct fake *f)
{
	size_t length = 0;
	unsigned shift = 0;

	f->len = 0;
	if (!fake_read(f, 1))
		return false;
	do {
		if (!fake_read(f, 1))
			return false;
		length |= (size_t)(f->packet[f->len - 1] & 0x7f) << shift;
		shift += 7;
	} while (f->packet[f->len - 1] & 0x80);
	if (f->n_types < sizeof(f->types))
		f->types[f->n_types++] = f->packet[0];
	return fake_read(f, length);
}

static inline void fake_send(struct fake *f, const void *p, size_t n)
{
	if (send(f->client, p, n, MSG_NOSIGNAL) < 0)
		return; /* the client has gone: the script's next word sees it */
}

static inline void fake_send_hex(struct fake *f, const char *hex, size_t n)
{
	struct buf b;
	char text[1024];

	snprintf(text, sizeof(text), "%.*s", (int)n, hex);
	buf_init(&b, 1024);
	str_unhex(&b, text);
	fake_send(f, b.data, b.len);
	buf_free(&b);
}

/* The packet id stands behind a QoS 1 publish's topic, and first in the others. */
static inline void fake_answer(struct fake *f)
{
	unsigned topic = f->packet[2] * 256u + f->packet[3];
	const unsigned char *id = f->packet + ((f->packet[0] & 0xf0) == 0x30 ? 4 + topic : 2);
	unsigned char type = (f->packet[0] & 0xf0) == 0x30 ? 0x40 : (unsigned char)((f->packet[0] & 0xf0) + 0x10);
	unsigned char answer[5] = { type, type == 0x90 ? 3 : 2, id[0], id[1], 0 };

	fake_send(f, answer, type == 0x90 ? 5 : 4);
}

static inline void fake_run(struct fake *f)
{
	const struct linger hard = { .l_onoff = 1 };
	const char *at = f->script;
	char c;

	for (size_t n; *(at += strspn(at, " ")); at += n) {
		n = strcspn(at, " ");
		if (*at == '<' && !fake_read_packet(f))
			return;
		if (*at == '>')
			fake_send_hex(f, at + 1, n - 1);
		if (*at == '=')
			fake_answer(f);
		if (*at == '!')
			setsockopt(f->client, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		if (*at == '@' && read(f->go[0], &c, 1) < 0)
			return;
		while (*at == '.' && recv(f->client, &c, 1, 0) > 0)
			;
	}
}

static inline void *fake_thread(void *arg)
{
	struct fake *f = arg;

	while ((f->client = accept(f->listener, NULL, NULL)) >= 0) {
		if (!atomic_load(&f->over)) /* who comes again finds nobody in */
			fake_run(f);
		close(f->client);
		atomic_store(&f->over, true);
	}
	return NULL;
}

static inline void fake_start(struct fake *f, const char *script)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(addr);

	memset(f, 0, sizeof(*f));
	f->script = script;
	ck_assert_int_eq(pipe2(f->go, O_CLOEXEC), 0);
	f->listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(f->listener, (struct sockaddr *)&addr, n), 0);
	ck_assert_int_eq(listen(f->listener, 4), 0);
	ck_assert_int_eq(getsockname(f->listener, (struct sockaddr *)&addr, &n), 0);
	f->port = ntohs(addr.sin_port);
	ck_assert_int_eq(pthread_create(&f->thread, NULL, fake_thread, f), 0);
}

static inline void fake_go(struct fake *f)
{
	ck_assert_int_eq(write(f->go[1], "", 1), 1);
}

/* The client must be gone by now. */
static inline void fake_stop(struct fake *f)
{
	close(f->go[1]);
	shutdown(f->listener, SHUT_RDWR);
	pthread_join(f->thread, NULL);
	close(f->listener);
	close(f->go[0]);
}

#endif
