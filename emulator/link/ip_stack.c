#include "link/ip_stack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/ethernet.h>
#include <netinet/if_ether.h>
#include <poll.h>
#include <slirp/libslirp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"

enum {
	POLLS_MAX = 512,
	PLACES_MAX = 4096,
	IDLE_MS = 1000, /* what libslirp says when it has nothing to do */
	FRAME_MAX = ETH_HLEN + 65536,
};

struct ip_stack {
	struct ip_stack_ops ops;
	struct clock *clock;
	Slirp *slirp;
	int listener;
	int n_places;
	int inode;     /* keeps the way to the listener when its name is gone */
	char path[32]; /* that way */
	struct pollfd poll[POLLS_MAX];
	int n_polls;
	uint8_t frame[FRAME_MAX];
};

static const uint8_t host_mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t stack_mac[ETH_ALEN] = { 0x52, 0x55, 0, 0, 0, 1 };

/* --- callbacks of libslirp ---------------------------------------------------------------------------------------- */

static ssize_t send_packet(const void *p, size_t n, void *ctx)
{
	struct ip_stack *s = ctx;
	struct ether_header h;

	if (n <= sizeof(h))
		return (ssize_t)n;
	memcpy(&h, p, sizeof(h));
	if (ntohs(h.ether_type) == ETHERTYPE_IP)
		s->ops.packet((const char *)p + sizeof(h), n - sizeof(h), s->ops.ctx);
	return (ssize_t)n;
}

static void guest_error(const char *msg, void *ctx)
{
	(void)msg;
	(void)ctx;
}

static int64_t clock_get_ns(void *ctx)
{
	return (int64_t)clock_now_us(((struct ip_stack *)ctx)->clock) * 1000;
}

/* Its timers are for IPv6 only, which is off. */
static void *timer_new(SlirpTimerCb cb, void *cb_opaque, void *ctx)
{
	(void)cb;
	(void)cb_opaque;
	(void)ctx;
	return NULL;
}

static void timer_free(void *timer, void *ctx)
{
	(void)timer;
	(void)ctx;
}

static void timer_mod(void *timer, int64_t expire_time, void *ctx)
{
	(void)timer;
	(void)expire_time;
	(void)ctx;
}

static void poll_fd(int fd, void *ctx)
{
	(void)fd;
	(void)ctx;
}

static void notify(void *ctx)
{
	(void)ctx;
}

/* --- the listener ------------------------------------------------------------------------------------------------- */

/*
 * libslirp connects to sockets of the file system. This one is there for a moment only; what is left of it is an inode
 * that this process alone can name.
 */
static int bind_nowhere(struct ip_stack *s, const char *dir)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int err = 0;

	if (snprintf(a.sun_path, sizeof(a.sun_path), "%s/tcp", dir) >= (int)sizeof(a.sun_path))
		return -ENAMETOOLONG;
	if (bind(s->listener, (struct sockaddr *)&a, sizeof(a)) || listen(s->listener, SOMAXCONN))
		err = -errno;
	s->inode = err ? -1 : open(a.sun_path, O_PATH | O_CLOEXEC);
	if (!err && s->inode < 0)
		err = -errno;
	unlink(a.sun_path);
	snprintf(s->path, sizeof(s->path), "/proc/self/fd/%d", s->inode);
	return err;
}

static int listen_nowhere(struct ip_stack *s)
{
	const char *tmp = getenv("TMPDIR");
	char dir[80];
	int err;

	s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->listener < 0)
		return -errno;
	if (snprintf(dir, sizeof(dir), "%s/sim7600-XXXXXX", tmp ? tmp : "/tmp") >= (int)sizeof(dir) || !mkdtemp(dir))
		return -ENOENT;
	err = bind_nowhere(s, dir);
	rmdir(dir);
	return err;
}

/* --- life --------------------------------------------------------------------------------------------------------- */

/* libslirp sends to whom it knows the hardware address of. */
static void tell_address(struct ip_stack *s, uint32_t client)
{
	const uint32_t address = htonl(client);
	struct {
		struct ether_header head;
		struct ether_arp arp;
	} __attribute__((packed)) frame = {
		.head = { .ether_type = htons(ETHERTYPE_ARP) },
		.arp = { .ea_hdr = { .ar_hrd = htons(ARPHRD_ETHER),
				     .ar_pro = htons(ETHERTYPE_IP),
				     .ar_hln = ETH_ALEN,
				     .ar_pln = sizeof(address),
				     .ar_op = htons(ARPOP_REPLY) } },
	};

	memcpy(frame.head.ether_dhost, stack_mac, ETH_ALEN);
	memcpy(frame.head.ether_shost, host_mac, ETH_ALEN);
	memcpy(frame.arp.arp_sha, host_mac, ETH_ALEN);
	memcpy(frame.arp.arp_spa, &address, sizeof(address));
	memcpy(frame.arp.arp_tpa, &address, sizeof(address));
	slirp_input(s->slirp, (const uint8_t *)&frame, sizeof(frame));
}

/* A network of all addresses: any of them may be allowed. Its own two are of the one network that has no hosts. */
static Slirp *start_slirp(struct ip_stack *s)
{
	static const SlirpCb callbacks = {
		.send_packet = send_packet,
		.guest_error = guest_error,
		.clock_get_ns = clock_get_ns,
		.timer_new = timer_new,
		.timer_free = timer_free,
		.timer_mod = timer_mod,
		.register_poll_fd = poll_fd,
		.unregister_poll_fd = poll_fd,
		.notify = notify,
	};
	const SlirpConfig config = {
		.version = SLIRP_CONFIG_VERSION_MAX,
		.restricted = true,
		.in_enabled = true,
		.vhost = { htonl(1) },
		.vnameserver = { htonl(2) },
		.vdhcp_start = { htonl(3) },
		.disable_host_loopback = true,
		.disable_dns = true,
		.disable_dhcp = true,
	};

	return slirp_new(&config, &callbacks, s);
}

struct ip_stack *ip_stack_new(uint32_t client, struct clock *clock, const struct ip_stack_ops *ops)
{
	struct ip_stack *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->ops = *ops;
	s->clock = clock;
	s->listener = s->inode = -1;
	s->slirp = listen_nowhere(s) ? NULL : start_slirp(s);
	if (!s->slirp) {
		ip_stack_free(s);
		return NULL;
	}
	tell_address(s, client);
	return s;
}

void ip_stack_free(struct ip_stack *s)
{
	if (!s)
		return;
	if (s->slirp)
		slirp_cleanup(s->slirp);
	if (s->inode >= 0)
		close(s->inode);
	if (s->listener >= 0)
		close(s->listener);
	free(s);
}

/* --- connections ---------------------------------------------------------------------------------------------------
 */

bool ip_stack_allow(struct ip_stack *s, uint32_t address, uint16_t port)
{
	struct in_addr a = { htonl(address) };

	if (s->n_places == PLACES_MAX)
		return false;
	s->n_places += !slirp_add_unix(s->slirp, s->path, &a, port); /* which refuses what is there already */
	return true;
}

int ip_stack_accept(struct ip_stack *s)
{
	return accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void ip_stack_input(struct ip_stack *s, const void *packet, size_t n)
{
	struct ether_header h = { .ether_type = htons(ETHERTYPE_IP) };

	if (n > sizeof(s->frame) - sizeof(h))
		return;
	memcpy(h.ether_dhost, stack_mac, ETH_ALEN);
	memcpy(h.ether_shost, host_mac, ETH_ALEN);
	memcpy(s->frame, &h, sizeof(h));
	memcpy(s->frame + sizeof(h), packet, n);
	slirp_input(s->slirp, s->frame, (int)(sizeof(h) + n));
}

/* --- turns ---------------------------------------------------------------------------------------------------------
 */

static const struct {
	int slirp;
	short poll;
} bits[] = {
	{ SLIRP_POLL_IN, POLLIN },   { SLIRP_POLL_OUT, POLLOUT }, { SLIRP_POLL_PRI, POLLPRI },
	{ SLIRP_POLL_ERR, POLLERR }, { SLIRP_POLL_HUP, POLLHUP },
};

enum { BITS = sizeof(bits) / sizeof(bits[0]) };

static int add_poll(int fd, int events, void *ctx)
{
	struct ip_stack *s = ctx;
	struct pollfd *p = &s->poll[s->n_polls];

	if (s->n_polls == POLLS_MAX)
		return -1;
	if (s->ops.full(s->ops.ctx))
		events &= SLIRP_POLL_OUT;
	*p = (struct pollfd){ .fd = events ? fd : -1 };
	for (size_t i = 0; i < BITS; i++) {
		if (events & bits[i].slirp)
			p->events |= bits[i].poll;
	}
	return s->n_polls++;
}

/* poll(2) tells of an end that nobody has asked for; libslirp has no room for what comes with it then. */
static short asked_events(const struct pollfd *p)
{
	return p->revents & p->events;
}

static int get_revents(int idx, void *ctx)
{
	const struct ip_stack *s = ctx;
	int revents = 0;

	for (size_t i = 0; idx >= 0 && i < BITS; i++) {
		if (asked_events(&s->poll[idx]) & bits[i].poll)
			revents |= bits[i].slirp;
	}
	return revents;
}

/* libslirp's idea of the time is one for all stacks of a process: it is set by what comes first here. */
static uint32_t fill(struct ip_stack *s)
{
	uint32_t timeout_ms = UINT32_MAX;

	slirp_pollfds_poll(s->slirp, 1, get_revents, s);
	s->n_polls = 0;
	slirp_pollfds_fill(s->slirp, &timeout_ms, add_poll, s);
	return timeout_ms;
}

bool ip_stack_turn(struct ip_stack *s)
{
	bool moves = false;

	fill(s);
	if (poll(s->poll, (nfds_t)s->n_polls, 0) <= 0)
		return false;
	for (int i = 0; i < s->n_polls; i++)
		moves = moves || asked_events(&s->poll[i]);
	if (moves)
		slirp_pollfds_poll(s->slirp, 0, get_revents, s);
	return moves;
}

uint64_t ip_stack_due_us(struct ip_stack *s)
{
	uint32_t ms = fill(s);

	return ms < IDLE_MS ? (uint64_t)ms * 1000 : UINT64_MAX;
}
