/*
 * An FTP server in its own thread on a free loopback port, for what a good one does not do on request: it knows two
 * files and two directories, and goes wrong at the verb a test names. One client after the other.
 */
#ifndef TESTS_TEST_REAL_FTP_SERVER_H
#define TESTS_TEST_REAL_FTP_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <check.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/buf.h"

enum ftpd_end {
	FTPD_WHOLE,
	FTPD_CUT,	/* the control connection ends in the middle of a download, and so does that */
	FTPD_NO_REPLY,	/* the data are whole, and nothing follows */
	FTPD_GOES_AWAY, /* as FTPD_NO_REPLY, and the control connection is closed */
	FTPD_EARLY_END, /* a refused transfer: its data connection is closed long before the reply */
	FTPD_NO_DATA,	/* nobody listens on the port that PASV names */
};

struct ftpd {
	/* set before ftpd_start() */
	SSL_CTX *tls; /* NULL: plain */
	bool implicit;
	const char *verb, *reply; /* this verb ("": the greeting) gets this reply; "": none, NULL: the end */
	enum ftpd_end end;
	bool dribbles; /* says each byte by itself */
	/* of the thread */
	int listener, control, passive;
	SSL *ssl;
	uint16_t port;
	pthread_t thread;
	bool secure_data;
	unsigned long long rest;
	char cwd[200];
	/* for the test to see and do */
	atomic_uint connections;
	atomic_ullong sent;  /* bytes of /big the client's socket has taken */
	atomic_bool hang_up; /* closes the control connection, while idle */
	pthread_mutex_t lock;
	struct buf log;	   /* commands, a line each */
	struct buf stored; /* the last upload */
};

enum { FTPD_BIG = 10 << 20 };

static inline char ftpd_byte(unsigned long long n)
{
	return (char)(n * 31 + (n >> 8) * 7);
}

static inline int ftpd_listen(uint16_t *port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&addr, n) || listen(fd, 16) || getsockname(fd, (struct sockaddr *)&addr, &n))
		abort();
	*port = ntohs(addr.sin_port);
	return fd;
}

static inline long ftpd_io(int fd, SSL *ssl, void *data, size_t n, bool out)
{
	if (ssl)
		return out ? SSL_write(ssl, data, (int)n) : SSL_read(ssl, data, (int)n);
	return out ? send(fd, data, n, MSG_NOSIGNAL) : recv(fd, data, n, 0);
}

static inline bool ftpd_write(int fd, SSL *ssl, const char *data, size_t n)
{
	while (n) {
		long k = ftpd_io(fd, ssl, (void *)(uintptr_t)data, n, true);

		if (k <= 0)
			return false;
		data += k;
		n -= (size_t)k;
	}
	return true;
}

static inline bool ftpd_say(struct ftpd *d, const char *text)
{
	char line[300];

	snprintf(line, sizeof(line), "%s\r\n", text);
	for (size_t i = 0; d->dribbles && i < strlen(line); i++) {
		if (!ftpd_write(d->control, d->ssl, line + i, 1))
			return false;
	}
	return d->dribbles || ftpd_write(d->control, d->ssl, line, strlen(line));
}

/* One command without its line end; false: the client has gone, or the server goes. */
static inline bool ftpd_line(struct ftpd *d, char *line, size_t size)
{
	struct pollfd p = { .fd = d->control, .events = POLLIN };
	size_t n = 0;

	while (n + 1 < size && (!n || line[n - 1] != '\n')) {
		while (!(d->ssl && SSL_pending(d->ssl)) && !poll(&p, 1, 10)) {
			if (atomic_load(&d->hang_up))
				return false;
		}
		if (ftpd_io(d->control, d->ssl, line + n, 1, false) != 1)
			return false;
		n++;
	}
	line[n] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	pthread_mutex_lock(&d->lock);
	buf_addf(&d->log, "%s\n", line);
	pthread_mutex_unlock(&d->lock);
	return true;
}

static inline bool ftpd_secure(struct ftpd *d)
{
	d->ssl = SSL_new(d->tls);
	SSL_set_fd(d->ssl, d->control);
	return SSL_accept(d->ssl) == 1;
}

/* --- data --------------------------------------------------------------------------------------------------------- */

static inline bool ftpd_pasv(struct ftpd *d)
{
	char text[80];
	uint16_t port;

	if (d->passive >= 0)
		close(d->passive);
	d->passive = ftpd_listen(&port);
	if (d->end == FTPD_NO_DATA) {
		close(d->passive);
		d->passive = -1;
	}
	snprintf(text, sizeof(text), "227 Entering Passive Mode (127,0,0,1,%u,%u)", port >> 8, port & 255);
	return ftpd_say(d, text);
}

/* Ready for bytes, or -1. */
static inline int ftpd_open_data(struct ftpd *d, SSL **ssl)
{
	int fd = accept(d->passive, NULL, NULL);

	close(d->passive);
	d->passive = -1;
	*ssl = NULL;
	if (fd < 0 || !d->secure_data)
		return fd;
	*ssl = SSL_new(d->tls);
	SSL_set_fd(*ssl, fd);
	if (SSL_accept(*ssl) == 1)
		return fd;
	SSL_free(*ssl);
	close(fd);
	return -1;
}

static inline void ftpd_close_data(int fd, SSL *ssl)
{
	if (ssl)
		SSL_shutdown(ssl);
	SSL_free(ssl);
	close(fd);
}

/* No such file; some servers close the data connection before they say so. */
static inline bool ftpd_refuse(struct ftpd *d, const char *reply)
{
	if (d->passive >= 0)
		close(d->passive);
	d->passive = -1;
	if (d->end == FTPD_EARLY_END)
		poll(NULL, 0, 50);
	return ftpd_say(d, reply);
}

static inline bool ftpd_end(struct ftpd *d)
{
	if (d->end == FTPD_NO_REPLY)
		return true;
	return d->end != FTPD_CUT && d->end != FTPD_GOES_AWAY && ftpd_say(d, "226 done");
}

static inline void ftpd_send_big(struct ftpd *d, int fd, SSL *ssl)
{
	unsigned long long size = d->end == FTPD_CUT ? FTPD_BIG / 2 : FTPD_BIG;
	char block[8192];

	for (unsigned long long at = d->rest; at < size;) {
		size_t n = size - at < sizeof(block) ? (size_t)(size - at) : sizeof(block);

		for (size_t i = 0; i < n; i++)
			block[i] = ftpd_byte(at + i);
		if (!ftpd_write(fd, ssl, block, n))
			return;
		atomic_fetch_add(&d->sent, n);
		at += n;
	}
}

static inline bool ftpd_send(struct ftpd *d, const char *text)
{
	SSL *ssl;
	int fd;

	if (!ftpd_say(d, "150 here it comes"))
		return false;
	fd = ftpd_open_data(d, &ssl);
	if (fd < 0)
		return ftpd_say(d, "425 no");
	if (text && strlen(text) > d->rest)
		ftpd_write(fd, ssl, text + d->rest, strlen(text) - (size_t)d->rest);
	else if (!text)
		ftpd_send_big(d, fd, ssl);
	if (d->end == FTPD_CUT)
		shutdown(d->control, SHUT_RDWR);
	ftpd_close_data(fd, ssl);
	d->rest = 0;
	return ftpd_end(d);
}

static inline bool ftpd_store(struct ftpd *d)
{
	char block[8192];
	SSL *ssl;
	long n;
	int fd;

	if (!ftpd_say(d, "150 go on"))
		return false;
	fd = ftpd_open_data(d, &ssl);
	if (fd < 0)
		return ftpd_say(d, "425 no");
	pthread_mutex_lock(&d->lock);
	buf_reset(&d->stored);
	while ((n = ftpd_io(fd, ssl, block, sizeof(block), false)) > 0)
		buf_add(&d->stored, block, (size_t)n);
	pthread_mutex_unlock(&d->lock);
	ftpd_close_data(fd, ssl);
	d->rest = 0;
	return ftpd_end(d);
}

/* --- commands ----------------------------------------------------------------------------------------------------- */

static inline bool ftpd_auth(struct ftpd *d)
{
	if (!d->tls)
		return ftpd_say(d, "502 no TLS here");
	return ftpd_say(d, "234 begin") && ftpd_secure(d);
}

static inline bool ftpd_cwd(struct ftpd *d, const char *to)
{
	if (strstr(to, "no"))
		return ftpd_say(d, "550 no such directory");
	snprintf(d->cwd, sizeof(d->cwd), *to == '/' ? "%s" : "/%s", to);
	return ftpd_say(d, "250-now\r\n 250 not yet\r\n123 nor this\r\n250-\r\n250 there");
}

static inline bool ftpd_retr(struct ftpd *d, const char *path)
{
	if (!strcmp(path, "/a"))
		return d->rest > 5 ? ftpd_refuse(d, "554 beyond its end") : ftpd_send(d, "hello");
	return strcmp(path, "/big") ? ftpd_refuse(d, "550 no such file") : ftpd_send(d, NULL);
}

static inline bool ftpd_size(struct ftpd *d, const char *path)
{
	char text[40];

	if (strcmp(path, "/a") && strcmp(path, "/big"))
		return ftpd_say(d, "550 no such file");
	snprintf(text, sizeof(text), "213 %d", strcmp(path, "/a") ? FTPD_BIG : 5);
	return ftpd_say(d, text);
}

static inline bool ftpd_pwd(struct ftpd *d)
{
	char text[250];

	snprintf(text, sizeof(text), "257 \"%s\" is it", d->cwd);
	return ftpd_say(d, text);
}

/* false: the connection ends. */
static inline bool ftpd_command(struct ftpd *d, char *line)
{
	size_t verb = strcspn(line, " ");
	const char *arg = line[verb] ? line + verb + 1 : "";

#define IS(text) (verb == sizeof(text) - 1 && !strncmp(line, text, verb))
	if (d->verb && *d->verb && verb == strlen(d->verb) && !strncmp(line, d->verb, verb))
		return d->reply && (!*d->reply || ftpd_refuse(d, d->reply));
	if (IS("USER"))
		return ftpd_say(d, "331 and?");
	if (IS("PASS"))
		return ftpd_say(d, strcmp(arg, "p") ? "530 no" : "230 welcome");
	if (IS("AUTH"))
		return ftpd_auth(d);
	if (IS("PROT"))
		d->secure_data = *arg == 'P';
	if (IS("PBSZ") || IS("PROT") || IS("TYPE"))
		return ftpd_say(d, "200 fine");
	if (IS("PWD"))
		return ftpd_pwd(d);
	if (IS("CWD"))
		return ftpd_cwd(d, arg);
	if (IS("MKD"))
		return ftpd_say(d, strstr(arg, "no") ? "550 exists" : "257 \"/new\" made");
	if (IS("RMD") || IS("DELE"))
		return ftpd_say(d, strstr(arg, "no") ? "550 no such thing" : "250 gone");
	if (IS("PASV"))
		return ftpd_pasv(d);
	if (IS("SIZE"))
		return ftpd_size(d, arg);
	if (IS("REST"))
		d->rest = strtoull(arg, NULL, 10);
	if (IS("REST"))
		return ftpd_say(d, "350 from there");
	if (IS("RETR"))
		return ftpd_retr(d, arg);
	if (IS("LIST"))
		return strstr(arg, "no") ? ftpd_refuse(d, "450 no such directory") : ftpd_send(d, "one\r\ntwo\r\n");
	if (IS("STOR"))
		return strstr(arg, "no") ? ftpd_refuse(d, "550 no") : ftpd_store(d);
	if (IS("QUIT")) {
		ftpd_say(d, "221 bye");
		return false;
	}
#undef IS
	return ftpd_say(d, "500 what?");
}

static inline void ftpd_serve(struct ftpd *d)
{
	bool ends = d->verb && !*d->verb;
	char line[2000];

	d->passive = -1;
	d->secure_data = d->implicit;
	snprintf(d->cwd, sizeof(d->cwd), "/");
	if (!d->implicit || ftpd_secure(d)) {
		if (!ends || d->reply)
			ftpd_say(d, ends ? d->reply : "220-hello\r\n220 there");
		while (!ends && ftpd_line(d, line, sizeof(line)) && ftpd_command(d, line))
			;
	}
	if (d->passive >= 0)
		close(d->passive);
	SSL_free(d->ssl);
	d->ssl = NULL;
	ERR_clear_error();
}

static inline void *ftpd_thread(void *arg)
{
	struct ftpd *d = arg;

	while ((d->control = accept(d->listener, NULL, NULL)) >= 0) {
		setsockopt(d->control, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
		atomic_fetch_add(&d->connections, 1);
		ftpd_serve(d);
		close(d->control);
	}
	return NULL;
}

static inline void ftpd_start(struct ftpd *d)
{
	buf_init(&d->log, 1 << 20);
	buf_init(&d->stored, 2 * FTPD_BIG);
	pthread_mutex_init(&d->lock, NULL);
	d->listener = ftpd_listen(&d->port);
	ck_assert_int_eq(pthread_create(&d->thread, NULL, ftpd_thread, d), 0);
}

/* Its clients must be gone by now. */
static inline void ftpd_stop(struct ftpd *d)
{
	shutdown(d->listener, SHUT_RDWR);
	pthread_join(d->thread, NULL);
	close(d->listener);
	SSL_CTX_free(d->tls);
	buf_free(&d->log);
	buf_free(&d->stored);
	pthread_mutex_destroy(&d->lock);
}

#endif
