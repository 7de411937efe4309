/*
 * Records lie one behind the other from byte 0, so that topic and payload
 * are each in one piece for the sender; removing moves the rest down.
 */
#include "core/outbox.h"

#include <string.h>

#define OUTBOX_RETAIN 4

struct record {
	uint32_t number;
	uint16_t topic_len;
	uint16_t payload_len;
	uint8_t flags; /* qos in the low two bits */
};

void outbox_init(struct outbox *s)
{
	s->used = 0;
	s->count = 0;
}

bool outbox_put(struct outbox *s, const struct outbox_message *m)
{
	struct record r = {m->number, m->topic_len, m->payload_len, m->qos};
	size_t size = sizeof(r) + m->topic_len + (size_t)m->payload_len;
	uint8_t *p = s->bytes + s->used;

	if (size > sizeof(s->bytes) - s->used)
		return false;
	if (m->retain)
		r.flags |= OUTBOX_RETAIN;
	memcpy(p, &r, sizeof(r));
	memcpy(p + sizeof(r), m->topic, m->topic_len);
	if (m->payload_len)
		memcpy(p + sizeof(r) + m->topic_len, m->payload,
		       m->payload_len);
	s->used = (uint16_t)(s->used + size);
	s->count++;
	return true;
}

bool outbox_head(const struct outbox *s, struct outbox_message *m)
{
	struct record r;

	if (!s->count)
		return false;
	memcpy(&r, s->bytes, sizeof(r));
	m->number = r.number;
	m->topic_len = r.topic_len;
	m->payload_len = r.payload_len;
	m->qos = r.flags & 3;
	m->retain = (r.flags & OUTBOX_RETAIN) != 0;
	m->topic = s->bytes + sizeof(r);
	m->payload = m->topic + r.topic_len;
	return true;
}

void outbox_drop(struct outbox *s)
{
	struct outbox_message m;
	size_t size;

	if (!outbox_head(s, &m))
		return;
	size = sizeof(struct record) + m.topic_len + (size_t)m.payload_len;
	s->used = (uint16_t)(s->used - size);
	s->count--;
	memmove(s->bytes, s->bytes + size, s->used);
}
