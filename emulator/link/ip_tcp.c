/*
 * TCP of a host: a connection is first opened towards the world and only then towards the host, so that a refusal there
 * is one here and a peer that is far away is late. From then on bytes go through the stack's descriptor to the stream
 * and back, each side waiting for the other.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/ip_impl.h"
#include "link/session.h"

enum {
	FLOWS_MAX = 128,
	PIECE = 16 * 1024,
	BACKLOG_MAX = 1024 * 1024, /* what a stream may tell in one piece, and then it is paused */
	GREETING_US = 75000000,	   /* for the host to complete its handshake */
	LINGER_US = 500000,	   /* the host has closed its way out: what comes within so long is still for it */
};

enum flow_state {
	FLOW_OPENING,  /* towards the world; the host's SYN waits */
	FLOW_GREETING, /* the stack is at its handshake with the host */
	FLOW_UP,
	FLOW_REFUSED, /* nothing comes of it */
};

struct ip_flow {
	TAILQ_ENTRY(ip_flow) entry;
	struct link_ip *ip;
	enum flow_state state;
	uint32_t dst;
	uint16_t sport, dport;
	struct link_stream *stream; /* NULL: the world has closed */
	int fd;			    /* -1: none yet, or the host has closed */
	struct timer timer;	    /* of the greeting, or of a host that has ended */
	struct buf syn;
	struct buf to_host, to_world; /* what the other side does not take yet */
	bool host_ended;	      /* an end of file from the host */
	bool told_end;		      /* and one to it */
	uint32_t next_seq, next_ack;  /* of the stack's next segment, should it have to be a reset */
};

static struct ip_flow *find(struct link_ip *ip, const struct ip_packet *p)
{
	struct ip_flow *f;

	TAILQ_FOREACH (f, &ip->flows, entry) {
		if (f->sport == p->sport && f->dst == p->dst && f->dport == p->dport)
			return f;
	}
	return NULL;
}

static void flow_free(struct ip_flow *f)
{
	TAILQ_REMOVE(&f->ip->flows, f, entry);
	f->ip->n_flows--;
	timer_cancel(&f->timer);
	link_stream_close(f->stream);
	if (f->fd >= 0)
		close(f->fd);
	buf_free(&f->syn);
	buf_free(&f->to_host);
	buf_free(&f->to_world);
	free(f);
}

/* --- to the host -------------------------------------------------------------------------------------------------- */

static void close_host(struct ip_flow *f)
{
	close(f->fd);
	f->fd = -1;
	f->host_ended = true;
	buf_reset(&f->to_host);
}

/* true: something moved. */
static bool push_to_host(struct ip_flow *f)
{
	ssize_t n;

	if (f->fd < 0 || !f->to_host.len)
		return false;
	n = send(f->fd, f->to_host.data, f->to_host.len, MSG_NOSIGNAL);
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n < 0) {
		close_host(f);
		return true;
	}
	buf_drop(&f->to_host, (size_t)n);
	if (f->stream && !f->to_host.len)
		link_stream_pause(f->stream, false);
	return true;
}

/* The end of file follows the data. */
static bool tell_end(struct ip_flow *f)
{
	if (f->stream || f->fd < 0 || f->to_host.len || f->told_end)
		return false;
	shutdown(f->fd, SHUT_WR);
	f->told_end = true;
	return true;
}

/* --- to the world --------------------------------------------------------------------------------------------------
 */

static void close_world(struct ip_flow *f)
{
	link_stream_close(f->stream);
	f->stream = NULL;
	buf_reset(&f->to_world);
}

/* The host sends no more. What is on its way to it gets some time; of a host that is gone altogether, none. */
static void host_ended(struct ip_flow *f)
{
	struct pollfd p = { .fd = f->fd };

	f->host_ended = true;
	if (poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR)))
		close_host(f);
	if (f->stream && !f->to_world.len)
		clock_arm(f->ip->link->o.clock, &f->timer, f->fd < 0 ? 0 : LINGER_US);
}

static bool push_to_world(struct ip_flow *f)
{
	long n = f->stream && f->to_world.len ? link_stream_send(f->stream, f->to_world.data, f->to_world.len) : 0;

	if (n < 0)
		n = (long)f->to_world.len; /* it has ended, and will say so */
	buf_drop(&f->to_world, (size_t)n);
	if (n && f->host_ended && !f->to_world.len)
		clock_arm(f->ip->link->o.clock, &f->timer, f->fd < 0 ? 0 : LINGER_US);
	return n > 0;
}

/* true: something moved. Bytes for a world that has closed are read and dropped. */
static bool pull_from_host(struct ip_flow *f)
{
	char data[PIECE];
	ssize_t n;

	if (f->fd < 0 || f->host_ended || f->to_world.len)
		return false;
	n = recv(f->fd, data, sizeof(data), 0);
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0) {
		host_ended(f);
		return true;
	}
	if (f->stream)
		buf_add(&f->to_world, data, (size_t)n);
	push_to_world(f);
	return true;
}

/* The host has closed and got all it will get, or has never come. */
static void on_timer(void *ctx)
{
	struct ip_flow *f = ctx;
	struct link_ip *ip = f->ip;

	if (f->state == FLOW_GREETING)
		f->state = FLOW_REFUSED;
	else
		close_world(f);
	ip_turn(ip);
}

/* --- from the world ------------------------------------------------------------------------------------------------
 */

/* What the host gets instead of an answer, or of an end. */
static void send_reset(struct ip_flow *f, uint32_t seq, uint32_t ack)
{
	struct ip_packet syn;
	struct buf packet;

	if (!ip_packet_parse(f->syn.data, f->syn.len, &syn))
		return;
	buf_init(&packet, IP_PACKET_MAX);
	ip_packet_reset(&packet, &syn, seq, ack ? ack : syn.seq + 1);
	ip_out(f->ip, &packet);
	buf_free(&packet);
}

static void refuse(struct ip_flow *f)
{
	f->state = FLOW_REFUSED;
	send_reset(f, 0, 0);
}

static void greet(struct ip_flow *f)
{
	if (!ip_stack_allow(f->ip->stack, f->dst, f->dport)) {
		refuse(f);
		return;
	}
	f->state = FLOW_GREETING;
	clock_arm(f->ip->link->o.clock, &f->timer, GREETING_US);
	ip_stack_input(f->ip->stack, f->syn.data, f->syn.len);
}

static void note_refusal(const struct ip_flow *f, const struct link_stream_event *ev)
{
	char text[IP_TEXT_SIZE];

	trace_text(f->ip->link->o.trace, TRACE_NOTE, "ip: tcp %s:%u: %s%s%s", ip_text(f->dst, text), f->dport,
		   link_status_text(ev->status), ev->why && ev->why->n ? ": " : "",
		   ev->why && ev->why->n ? ev->why->step[0].text : "");
}

/* A connection that nobody answers is not answered here; any other failure is a refusal. */
static void opened(struct ip_flow *f, const struct link_stream_event *ev)
{
	if (!ev->status) {
		greet(f);
		return;
	}
	note_refusal(f, ev);
	close_world(f);
	f->state = FLOW_REFUSED;
	if (ev->status != LINK_TIMEOUT && ev->status != LINK_NO_NETWORK)
		refuse(f);
}

static void received(struct ip_flow *f, const struct link_stream_event *ev)
{
	if (f->host_ended && f->fd < 0)
		return;
	buf_add(&f->to_host, ev->data, ev->len);
	push_to_host(f);
	if (f->to_host.len)
		link_stream_pause(f->stream, true);
	if (timer_armed(&f->timer))
		clock_arm(f->ip->link->o.clock, &f->timer, LINGER_US);
}

/* A reset overtakes what is still on its way. */
static void ended(struct ip_flow *f, enum link_status status)
{
	close_world(f);
	if (status != LINK_RESET || f->fd < 0)
		return;
	send_reset(f, f->next_seq, f->next_ack);
	close_host(f);
}

static void on_stream(const struct link_stream_event *ev, void *ctx)
{
	struct ip_flow *f = ctx;
	struct link_ip *ip = f->ip;

	switch (ev->type) {
	case LINK_STREAM_OPENED:
		opened(f, ev);
		break;
	case LINK_STREAM_DATA:
		received(f, ev);
		break;
	case LINK_STREAM_CLOSED:
		ended(f, ev->status);
		break;
	case LINK_STREAM_WRITABLE:
		push_to_world(f);
		break;
	case LINK_STREAM_ACKED:
	case LINK_STREAM_ACCEPTED:
		break;
	}
	ip_turn(ip);
}

/* --- from the host -------------------------------------------------------------------------------------------------
 */

static struct ip_flow *flow_new(struct link_ip *ip, const struct ip_packet *p)
{
	struct ip_flow *f = ip->n_flows < FLOWS_MAX ? calloc(1, sizeof(*f)) : NULL;
	char host[IP_TEXT_SIZE];
	const struct link_stream_setup setup = {
		.kind = LINK_STREAM_TCP,
		.host = ip_text(p->dst, host),
		.port = p->dport,
	};

	if (!f)
		return NULL;
	*f = (struct ip_flow){ .ip = ip, .dst = p->dst, .sport = p->sport, .dport = p->dport, .fd = -1 };
	timer_init(&f->timer, on_timer, f);
	buf_init(&f->syn, IP_PACKET_MAX + 1);
	buf_init(&f->to_host, BACKLOG_MAX);
	buf_init(&f->to_world, PIECE + 1);
	TAILQ_INSERT_TAIL(&ip->flows, f, entry);
	ip->n_flows++;
	f->stream = link_stream_open(ip->link, &setup, on_stream, f);
	if (!f->stream || buf_add(&f->syn, p->raw, p->raw_len)) {
		flow_free(f);
		return NULL;
	}
	return f;
}

/* The packet may have completed its flow's handshake. */
static void accept_for(struct ip_flow *f)
{
	int fd = ip_stack_accept(f->ip->stack);

	if (fd < 0)
		return;
	f->state = FLOW_UP;
	timer_cancel(&f->timer);
	f->fd = fd;
}

static bool is_first(const struct ip_packet *p)
{
	return (p->flags & (TH_SYN | TH_ACK | TH_RST | TH_FIN)) == TH_SYN;
}

void ip_tcp_sent(struct link_ip *ip, const struct ip_packet *p)
{
	struct ip_flow *f;

	TAILQ_FOREACH (f, &ip->flows, entry) {
		if (f->sport != p->dport || f->dst != p->src || f->dport != p->sport)
			continue;
		f->next_seq = p->seq + (uint32_t)p->len + !!(p->flags & (TH_SYN | TH_FIN));
		f->next_ack = p->ack;
	}
}

void ip_tcp_input(struct link_ip *ip, const struct ip_packet *p)
{
	struct ip_flow *f = find(ip, p);

	if (!f && is_first(p)) {
		flow_new(ip, p);
		return;
	}
	if (f && f->state == FLOW_OPENING) {
		if (p->flags & TH_RST)
			flow_free(f);
		return; /* a SYN that is said again */
	}
	ip_stack_input(ip->stack, p->raw, p->raw_len);
	if (f && f->state == FLOW_GREETING)
		accept_for(f);
	if (f && f->state == FLOW_GREETING && (p->flags & TH_RST))
		f->state = FLOW_REFUSED;
	ip_turn(ip);
}

/* Over on both sides: the stack keeps by itself what TCP wants kept. */
static bool is_over(const struct ip_flow *f)
{
	return f->state == FLOW_REFUSED ||
	       (f->state == FLOW_UP && !f->stream && f->host_ended && (f->fd < 0 || f->told_end));
}

bool ip_tcp_turn(struct link_ip *ip)
{
	struct ip_flow *f, *next;
	bool moves = false;

	TAILQ_FOREACH_SAFE (f, &ip->flows, entry, next) {
		moves = pull_from_host(f) || moves;
		moves = push_to_host(f) || moves;
		moves = tell_end(f) || moves;
		if (is_over(f))
			flow_free(f);
	}
	return moves;
}

void ip_tcp_forget(struct link_ip *ip)
{
	while (!TAILQ_EMPTY(&ip->flows))
		flow_free(TAILQ_FIRST(&ip->flows));
}
