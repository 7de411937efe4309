/* The page is filled from its head on: the words, then the arrays, texts and files they point to. */
#include "port/qemu/page.h"

#include "port/cortex-m/provision.h"

#include <stdbool.h>
#include <string.h>

struct maker {
	uint8_t *page;
	size_t used;
	bool full;
};

/* Puts n bytes at the end and returns their address on the machine; 0 when nothing was given, or no room is left. */
static uint32_t put(struct maker *m, const void *p, size_t n)
{
	size_t at = (m->used + 3) & ~(size_t)3;

	if (!p)
		return 0;
	if (n > PROVISION_MAX - at) {
		m->full = true;
		return 0;
	}
	memcpy(m->page + at, p, n);
	m->used = at + n;
	return PROVISION_ADDRESS + (uint32_t)at;
}

static uint32_t put_text(struct maker *m, const char *text)
{
	return put(m, text, text ? strlen(text) + 1 : 0);
}

static struct provision_file put_file(struct maker *m, const struct node_file *f)
{
	return (struct provision_file){ put_text(m, f->name), put(m, f->data, f->size), (uint32_t)f->size };
}

static struct provision_message put_message(struct maker *m, const struct node_message *from)
{
	return (struct provision_message){ put_text(m, from->topic), put_text(m, from->text) };
}

static uint32_t put_topics(struct maker *m, const struct node_config *c)
{
	struct provision_topic rows[OPTIONS_TOPICS_MAX];

	for (size_t i = 0; i < c->subscribe_count; i++)
		rows[i] = (struct provision_topic){ put_text(m, c->subscribe[i].topic), c->subscribe[i].qos };
	return put(m, c->subscribe_count ? rows : NULL, c->subscribe_count * sizeof(*rows));
}

static uint32_t put_messages(struct maker *m, const struct node_config *c)
{
	struct provision_message rows[OPTIONS_MESSAGES_MAX];

	for (size_t i = 0; i < c->publish_count; i++)
		rows[i] = put_message(m, &c->publish[i]);
	return put(m, c->publish_count ? rows : NULL, c->publish_count * sizeof(*rows));
}

static void fill(struct maker *m, const struct node_config *c, struct provision *p)
{
	p->host = put_text(m, c->host);
	p->port = c->port;
	p->tls = c->tls;
	p->sni = (uint32_t)c->sni;
	p->ca = put_file(m, &c->ca);
	p->cert = put_file(m, &c->cert);
	p->key = put_file(m, &c->key);
	p->authmode = c->authmode;
	p->ciphers = c->ciphers;
	p->user = put_text(m, c->user);
	p->pass = put_text(m, c->pass);
	p->client_id = put_text(m, c->client_id);
	p->keepalive_s = c->keepalive_s;
	p->clean = c->clean;
	p->will = put_message(m, &c->will);
	p->subscribe = put_topics(m, c);
	p->subscribe_count = (uint32_t)c->subscribe_count;
	p->publish = put_messages(m, c);
	p->publish_count = (uint32_t)c->publish_count;
	p->qos = c->qos;
	p->retain = c->retain;
	p->count = c->count;
	p->interval_ms = c->interval_ms;
	p->goal = (uint32_t)c->goal;
	p->goal_count = c->goal_count;
	p->max_time_ms = c->max_time_ms;
	p->give_up = c->give_up;
	p->apn = put_text(m, c->apn);
	p->seed = c->seed;
}

int page_make(const struct node_options *o, uint8_t *page, size_t *size)
{
	struct provision head = { .magic = PROVISION_MAGIC, .baud = o->baud, .verbose = o->verbose };
	struct maker m = { page, sizeof(head), false };

	fill(&m, &o->config, &head);
	head.size = (uint32_t)m.used;
	memcpy(page, &head, sizeof(head));
	head.crc = provision_crc(page + offsetof(struct provision, baud), m.used - offsetof(struct provision, baud));
	memcpy(page, &head, sizeof(head));
	*size = m.used;
	return m.full ? -1 : 0;
}
