/*
 * The name servers that a host behind the modem is given: A and PTR from link_lookup(), of any other type that there is
 * none for a name that exists. The codec is the C library's (arpa/nameser.h).
 */
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/ip_impl.h"
#include "link/session.h"

enum { QUERIES_MAX = 64, TTL_S = 60, FLAGS_ANSWER = 0x8080, FLAGS_KEEP = 0x7900, POINTER_TO_QUESTION = 0xc00c };

struct ip_query {
	TAILQ_ENTRY(ip_query) entry;
	struct link_ip *ip;
	struct link_lookup *lookup;
	uint32_t server;
	uint16_t port; /* of the host */
	uint16_t type;
	uint8_t question[NS_PACKETSZ]; /* the packet up to the end of its question */
	size_t len;
};

static void query_free(struct ip_query *q)
{
	TAILQ_REMOVE(&q->ip->queries, q, entry);
	q->ip->n_queries--;
	link_lookup_cancel(q->lookup);
	free(q);
}

/* Header and question of the query with the flags of an answer. */
static void add_head(struct buf *out, const struct ip_query *q, ns_rcode rcode, uint16_t answers)
{
	uint16_t flags = (uint16_t)((ns_get16(q->question + 2) & FLAGS_KEEP) | FLAGS_ANSWER | rcode);
	uint8_t head[NS_HFIXEDSZ];

	memcpy(head, q->question, 2);
	ns_put16(flags, head + 2);
	ns_put16(1, head + 4);
	ns_put16(answers, head + 6);
	ns_put32(0, head + 8);
	buf_add(out, head, sizeof(head));
	buf_add(out, q->question + sizeof(head), q->len - sizeof(head));
}

static void add_record(struct buf *out, uint16_t type, const void *data, size_t n)
{
	uint8_t head[NS_RRFIXEDSZ + 2];

	ns_put16(POINTER_TO_QUESTION, head);
	ns_put16(type, head + 2);
	ns_put16(ns_c_in, head + 4);
	ns_put32(TTL_S, head + 6);
	ns_put16((unsigned)n, head + 10);
	buf_add(out, head, sizeof(head));
	buf_add(out, data, n);
}

/* The record that answers the query. false: there is none of its type. */
static bool make_data(uint16_t type, const char *found, uint8_t data[NS_MAXCDNAME], size_t *n)
{
	int len = -1;

	if (type == ns_t_a)
		len = inet_pton(AF_INET, found, data) == 1 ? 4 : -1;
	else if (type == ns_t_ptr)
		len = dn_comp(found, data, NS_MAXCDNAME, NULL, NULL);
	*n = len > 0 ? (size_t)len : 0;
	return len > 0;
}

static ns_rcode rcode_of(enum link_status status)
{
	if (status == LINK_OK)
		return ns_r_noerror;
	return status == LINK_DNS ? ns_r_nxdomain : ns_r_servfail;
}

static void answer(struct ip_query *q, ns_rcode rcode, const char *found)
{
	uint8_t data[NS_MAXCDNAME];
	struct buf out;
	size_t n = 0;
	bool has = !rcode && make_data(q->type, found, data, &n);

	buf_init(&out, IP_PACKET_MAX);
	add_head(&out, q, rcode, has);
	if (has)
		add_record(&out, q->type, data, n);
	ip_out_udp(q->ip, q->server, IP_DNS_PORT, q->port, out.data, out.len);
	buf_free(&out);
}

static void on_found(enum link_status status, const char *address, const struct why *why, void *ctx)
{
	struct ip_query *q = ctx;

	q->lookup = NULL;
	if (why && why->n)
		trace_text(q->ip->link->o.trace, TRACE_NOTE, "ip: dns: %s", why->step[0].text);
	answer(q, rcode_of(status), address);
	query_free(q);
}

/* "1.2.0.192.in-addr.arpa" to "192.0.2.1". */
static bool reverse_address(const char *name, char out[IP_TEXT_SIZE])
{
	static const char zone[] = ".in-addr.arpa";
	size_t n = strlen(name), tail = sizeof(zone) - 1;
	char text[IP_TEXT_SIZE];
	struct in_addr a;

	if (n <= tail || n - tail >= sizeof(text) || strcasecmp(name + n - tail, zone))
		return false;
	memcpy(text, name, n - tail);
	text[n - tail] = '\0';
	if (inet_pton(AF_INET, text, &a) != 1)
		return false;
	a.s_addr = __builtin_bswap32(a.s_addr);
	return inet_ntop(AF_INET, &a, out, IP_TEXT_SIZE) != NULL;
}

static void ask(struct ip_query *q, const char *name)
{
	char address[IP_TEXT_SIZE];

	if (q->type != ns_t_ptr)
		q->lookup = link_lookup(q->ip->link, name, on_found, q);
	else if (reverse_address(name, address))
		q->lookup = link_lookup_name(q->ip->link, address, on_found, q);
	if (q->lookup)
		return;
	answer(q, q->type == ns_t_ptr ? ns_r_nxdomain : ns_r_servfail, "");
	query_free(q);
}

/* The one question of a standard query. false: it is none. */
static bool parse(const struct ip_packet *p, ns_msg *msg, ns_rr *question)
{
	if (p->len < NS_HFIXEDSZ || ns_initparse(p->data, (int)p->len, msg))
		return false;
	if (ns_msg_getflag(*msg, ns_f_qr) || ns_msg_getflag(*msg, ns_f_opcode) != ns_o_query)
		return false;
	return ns_msg_count(*msg, ns_s_qd) == 1 && !ns_parserr(msg, ns_s_qd, 0, question);
}

void ip_dns_input(struct link_ip *ip, const struct ip_packet *p)
{
	struct ip_query *q;
	ns_msg msg;
	ns_rr question;
	int name_len;

	if (!parse(p, &msg, &question) || ns_rr_class(question) != ns_c_in || ip->n_queries == QUERIES_MAX)
		return;
	name_len = dn_skipname(p->data + NS_HFIXEDSZ, p->data + p->len);
	if (name_len < 0 || NS_HFIXEDSZ + (size_t)name_len + NS_QFIXEDSZ > sizeof(q->question))
		return;
	q = calloc(1, sizeof(*q));
	if (!q)
		return;
	*q = (struct ip_query){
		.ip = ip,
		.server = p->dst,
		.port = p->sport,
		.type = ns_rr_type(question),
		.len = NS_HFIXEDSZ + (size_t)name_len + NS_QFIXEDSZ,
	};
	memcpy(q->question, p->data, q->len);
	TAILQ_INSERT_TAIL(&ip->queries, q, entry);
	ip->n_queries++;
	ask(q, ns_rr_name(question));
}

void ip_dns_forget(struct link_ip *ip)
{
	while (!TAILQ_EMPTY(&ip->queries))
		query_free(TAILQ_FIRST(&ip->queries));
}
