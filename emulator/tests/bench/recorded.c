/*
 * Much through hil record: so many megabytes each way at once, as fast as they pass, with readers that rest now and
 * then. What came out at the other end, and what the recording holds, must be what went in, by SHA-256; what the
 * recorder needed at most is printed. The exit code is 1 when a byte is lost or memory has grown.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "tests/bench/peer.h"

enum {
	CHUNK = 4096,
	LINE_MAX_BYTES = 1 << 20,
	PATIENCE_MS = 30000,
	REST_MS = 3,
	RESTS_OF = 4096,
	MEMORY_MAX_KB = 32 * 1024
};

enum { SENT, ARRIVED, RECORDED, PLACES };

/* One direction. */
struct flow {
	const char *name, *mark; /* mark: how its lines in the recording begin, behind the time */
	int from, to;
	size_t total, n[PLACES];
	EVP_MD_CTX *digest[PLACES];
	unsigned char chunk[CHUNK]; /* made, not sent yet */
	size_t made, given;
	unsigned long long state;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "recorded: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void count(struct flow *f, int place, const void *p, size_t n)
{
	f->n[place] += n;
	EVP_DigestUpdate(f->digest[place], p, n);
}

static void flow_init(struct flow *f, const char *name, const char *mark, int from, int to, size_t total)
{
	*f = (struct flow){
		.name = name, .mark = mark, .from = from, .to = to, .total = total, .state = total + (unsigned char)*name
	};
	for (int i = 0; i < PLACES; i++) {
		f->digest[i] = EVP_MD_CTX_new();
		EVP_DigestInit_ex(f->digest[i], EVP_sha256(), NULL);
	}
}

/* Text as modems say it, and now and then a byte of any kind. */
static void make_chunk(struct flow *f)
{
	f->made = f->total - f->n[SENT] < CHUNK ? f->total - f->n[SENT] : CHUNK;
	f->given = 0;
	for (size_t i = 0; i < f->made; i++) {
		f->state = f->state * 6364136223846793005ull + 1442695040888963407ull;
		f->chunk[i] = (unsigned char)(f->state >> 40);
		if (f->state >> 61)
			f->chunk[i] = (unsigned char)("AT+CIPRXGET=2,0\r\nOK> 0123456789"[(f->state >> 40) % 32]);
	}
}

static void flow_send(struct flow *f)
{
	ssize_t n;

	if (f->given == f->made)
		make_chunk(f);
	n = write(f->from, f->chunk + f->given, f->made - f->given);
	if (n < 0 && errno != EAGAIN)
		die("write");
	if (n <= 0)
		return;
	count(f, SENT, f->chunk + f->given, (size_t)n);
	f->given += (size_t)n;
}

static void flow_take(struct flow *f)
{
	char in[CHUNK];
	ssize_t n = read(f->to, in, sizeof(in));

	if (n < 0 && errno != EAGAIN)
		die("read");
	if (n > 0)
		count(f, ARRIVED, in, (size_t)n);
}

/* --- the recording, read from a FIFO while it is written -----------------------------------------------------------
 */

struct recording {
	int fd;
	char line[LINE_MAX_BYTES];
	size_t len;
};

static int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void take_line(struct flow *f, char *line)
{
	char *mark = strstr(line, f->mark), *hex = mark ? mark + strlen(f->mark) : NULL;
	unsigned char bytes[LINE_MAX_BYTES / 8];
	size_t n = 0;

	while (hex && hex[0] != '"' && hex[1] && n < sizeof(bytes)) {
		bytes[n++] = (unsigned char)(digit(hex[0]) << 4 | digit(hex[1]));
		hex += 2;
	}
	if (n)
		count(f, RECORDED, bytes, n);
}

/* False at the end of the file. */
static bool take_recording(struct recording *r, struct flow *f)
{
	ssize_t n = read(r->fd, r->line + r->len, sizeof(r->line) - 1 - r->len);
	char *start = r->line, *lf;

	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	r->len += (size_t)n;
	r->line[r->len] = '\0';
	while ((lf = strchr(start, '\n')) != NULL) {
		*lf = '\0';
		for (int i = 0; i < 2; i++)
			take_line(&f[i], start);
		start = lf + 1;
	}
	r->len -= (size_t)(start - r->line);
	memmove(r->line, start, r->len);
	return true;
}

/* --- running ---------------------------------------------------------------------------------------------------------
 */

static bool is_done(const struct flow *f)
{
	return f[0].n[ARRIVED] == f[0].total && f[1].n[ARRIVED] == f[1].total;
}

/* Everything that can move moves; now and then one end rests, so that the others have to wait for it. */
static void pass(struct flow *f, struct recording *r)
{
	struct pollfd p[5];
	unsigned seed = 7;

	while (!is_done(f)) {
		int rests = rand_r(&seed) % RESTS_OF ? -1 : rand_r(&seed) % 5;

		for (int i = 0; i < 2; i++) {
			p[2 * i] = (struct pollfd){ f[i].from, f[i].n[SENT] < f[i].total ? POLLOUT : 0, 0 };
			p[2 * i + 1] = (struct pollfd){ f[i].to, POLLIN, 0 };
		}
		p[4] = (struct pollfd){ r->fd, POLLIN, 0 };
		if (rests >= 0)
			p[rests].events = 0;
		if (poll(p, 5, rests < 0 ? PATIENCE_MS : REST_MS) == 0 && rests < 0)
			return;
		for (int i = 0; i < 2; i++) {
			if (p[2 * i].revents & POLLOUT)
				flow_send(&f[i]);
			if (p[2 * i + 1].revents & POLLIN)
				flow_take(&f[i]);
		}
		if (p[4].revents & POLLIN)
			take_recording(r, f);
	}
}

/* The last of the recording comes while the recorder ends. */
static void drain(struct recording *r, struct flow *f)
{
	struct pollfd p = { r->fd, POLLIN, 0 };

	while (poll(&p, 1, PATIENCE_MS) > 0 && take_recording(r, f))
		;
}

static long peak_kb(pid_t pid)
{
	char path[64], line[256];
	long kb = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in)) {
		if (!strncmp(line, "VmHWM:", 6))
			kb = strtol(line + 6, NULL, 10);
	}
	if (in)
		fclose(in);
	return kb;
}

static bool report(struct flow *f, double seconds)
{
	unsigned char md[PLACES][EVP_MAX_MD_SIZE];
	unsigned len = 0;
	bool same = true;

	for (int i = 0; i < PLACES; i++) {
		EVP_DigestFinal_ex(f->digest[i], md[i], &len);
		EVP_MD_CTX_free(f->digest[i]);
		same = same && !memcmp(md[0], md[i], len);
	}
	printf("%-34s %12.2f %-10s %zu of %zu arrived, %zu recorded%*s %-4s same SHA-256\n", f->name,
	       (double)f->n[ARRIVED] / seconds / 1e6, "MB/s", f->n[ARRIVED], f->total, f->n[RECORDED], 4, "",
	       same ? "ok" : "LOSS");
	return same;
}

static int board_open(char path[64])
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || grantpt(fd) || unlockpt(fd) || ptsname_r(fd, path, 64))
		die("pty");
	return fd;
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/recorded-XXXXXX", link[64], fifo[64], path[64];
	size_t total = (argc > 2 ? strtoul(argv[2], NULL, 10) : 100) * 1000000;
	static struct recording r;
	static struct flow f[2];
	struct emulator e;
	uint64_t begin;
	bool good;
	long kb;
	int board, client;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: recorded HIL [MEGABYTES]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(dir))
		die("mkdtemp");
	snprintf(link, sizeof(link), "%s/modem", dir);
	snprintf(fifo, sizeof(fifo), "%s/recording.jsonl", dir);
	if (mkfifo(fifo, 0600))
		die(fifo);
	r.fd = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	board = board_open(path);
	emulator_start(&e, argv[1], (const char *[]){ "record", "--port", path, "--link", link, "-o", fifo, NULL }, 1);
	client = peer_open(link);
	fcntl(client, F_SETFL, O_NONBLOCK);
	flow_init(&f[0], "through hil record, to the modem", "\"d\":\"host\",\"hex\":\"", client, board, total);
	flow_init(&f[1], "through hil record, to the host", "\"d\":\"modem\",\"hex\":\"", board, client, total);
	begin = now_us();
	flow_send(&f[0]);
	if (poll(&(struct pollfd){ board, POLLIN, 0 }, 1, PATIENCE_MS) <= 0)
		die("nothing comes through"); /* when it does, the recorder knows that the port is open */
	pass(f, &r);
	kb = peak_kb(e.pid);
	kill(e.pid, SIGTERM);
	drain(&r, f);
	good = report(&f[0], (double)(now_us() - begin) / 1e6);
	good = report(&f[1], (double)(now_us() - begin) / 1e6) && good;
	printf("%-34s %12.2f %-10s %*s %-4s <= %d MB\n", "  its memory at most", (double)kb / 1024, "MB", 34, "",
	       kb <= MEMORY_MAX_KB ? "ok" : "MISS", MEMORY_MAX_KB / 1024);
	emulator_stop(&e);
	close(client);
	close(board);
	unlink(fifo);
	rmdir(dir);
	return good && kb <= MEMORY_MAX_KB ? 0 : 1;
}
