/* The codec: a cursor that never leaves the packet, and one reader for each type a client may send. */
#include "link/mqtt_packet.h"

#include <string.h>

struct cursor {
	const unsigned char *at, *end;
	const char *why; /* set by the first failure */
};

static bool fail(struct cursor *c, const char *why)
{
	if (!c->why)
		c->why = why;
	return false;
}

static bool take_byte(struct cursor *c, int *out)
{
	*out = 0;
	if (c->at == c->end)
		return fail(c, "the packet is too short");
	*out = *c->at++;
	return true;
}

static bool take_number(struct cursor *c, uint16_t *out)
{
	*out = 0;
	if (c->end - c->at < 2)
		return fail(c, "the packet is too short");
	*out = (uint16_t)(c->at[0] << 8 | c->at[1]);
	c->at += 2;
	return true;
}

/* Bytes with their length before them (1.5.3). */
static bool take_bytes(struct cursor *c, struct mqtt_span *out)
{
	uint16_t len;

	*out = (struct mqtt_span){ NULL, 0 };
	if (!take_number(c, &len))
		return false;
	if (c->end - c->at < len)
		return fail(c, "a string goes past the end of its packet");
	*out = (struct mqtt_span){ (const char *)c->at, len };
	c->at += len;
	return true;
}

/* 1.5.3-2: no NUL in a string. */
static bool take_string(struct cursor *c, struct mqtt_span *out)
{
	if (!take_bytes(c, out))
		return false;
	return !memchr(out->data, 0, out->len) || fail(c, "a string has a NUL in it");
}

static bool take_id(struct cursor *c, uint16_t *id)
{
	return take_number(c, id) && (*id || fail(c, "packet identifier 0"));
}

/* --- CONNECT (3.1) --------------------------------------------------------------------------------------------------- */

enum { CLEAN = 0x02, WILL = 0x04, WILL_RETAIN = 0x20, PASSWORD = 0x40, USER = 0x80 };

static bool take_protocol(struct cursor *c, struct mqtt_packet *p)
{
	struct mqtt_span name;
	bool old, new;

	if (!take_string(c, &name) || !take_byte(c, &p->level))
		return false;
	old = name.len == 6 && !memcmp(name.data, "MQIsdp", 6);
	new = name.len == 4 && !memcmp(name.data, "MQTT", 4);
	return ((old && p->level == 3) || (new && p->level != 3)) || fail(c, "the protocol is no MQTT that a broker knows");
}

static bool take_flags(struct cursor *c, struct mqtt_packet *p, int *flags)
{
	if (!take_byte(c, flags))
		return false;
	p->clean = *flags & CLEAN;
	p->will = *flags & WILL;
	p->will_retain = *flags & WILL_RETAIN;
	p->will_qos = *flags >> 3 & 3;
	if (*flags & 1)
		return fail(c, "the reserved flag of CONNECT is set");
	if (p->will_qos == 3 || (!p->will && (p->will_qos || p->will_retain)))
		return fail(c, "the will flags of CONNECT contradict each other");
	return !(*flags & PASSWORD) || *flags & USER || p->level == 3 || fail(c, "a password without a user name");
}

static bool read_connect(struct cursor *c, struct mqtt_packet *p)
{
	int flags;

	if (!take_protocol(c, p))
		return false;
	if (p->level > 4) {
		c->at = c->end; /* of a later standard: all a broker can say is that it does not know it */
		return true;
	}
	if (!take_flags(c, p, &flags) || !take_number(c, &p->keepalive_s) ||
	    !take_string(c, &p->client_id))
		return false;
	if (p->will && (!take_string(c, &p->will_topic) || !take_bytes(c, &p->will_payload)))
		return false;
	if (flags & USER && !take_string(c, &p->user))
		return false;
	return !(flags & PASSWORD) || take_bytes(c, &p->password);
}

/* --- the others ---------------------------------------------------------------------------------------------------------- */

static bool read_publish(struct cursor *c, struct mqtt_packet *p, int flags)
{
	p->retain = flags & 1;
	p->qos = flags >> 1 & 3;
	p->dup = flags >> 3 & 1;
	if (p->qos == 3)
		return fail(c, "PUBLISH with QoS 3");
	if (!take_string(c, &p->topic))
		return false;
	if (!p->topic.len || memchr(p->topic.data, '#', p->topic.len) || memchr(p->topic.data, '+', p->topic.len))
		return fail(c, "PUBLISH to a topic that is empty or has a wildcard");
	if (p->qos && !take_id(c, &p->id))
		return false;
	p->payload = (struct mqtt_span){ (const char *)c->at, (size_t)(c->end - c->at) };
	c->at = c->end;
	return true;
}

static bool read_filters(struct cursor *c, struct mqtt_packet *p)
{
	struct mqtt_span filter;
	int qos;

	if (!take_id(c, &p->id))
		return false;
	p->filters = (struct mqtt_span){ (const char *)c->at, (size_t)(c->end - c->at) };
	if (!p->filters.len)
		return fail(c, "no filter");
	while (c->at < c->end) {
		if (!take_string(c, &filter))
			return false;
		if (p->type == MQTT_SUBSCRIBE && (!take_byte(c, &qos) || qos > 2))
			return fail(c, "SUBSCRIBE with a QoS above 2");
	}
	return true;
}

bool mqtt_next_filter(struct mqtt_packet *p, struct mqtt_span *filter, int *qos)
{
	struct cursor c = { (const unsigned char *)p->filters.data,
			    (const unsigned char *)p->filters.data + p->filters.len, NULL };

	*qos = 0;
	if (!p->filters.len || !take_bytes(&c, filter) || (p->type == MQTT_SUBSCRIBE && !take_byte(&c, qos)))
		return false;
	p->filters = (struct mqtt_span){ (const char *)c.at, (size_t)(c.end - c.at) };
	return true;
}

/* 2.2.2: what the low bits of the first byte must be, but for PUBLISH. MQTT 3.1 has DUP in some, which is let pass. */
static bool flags_fit(const struct mqtt_packet *p, int flags)
{
	bool acknowledged = p->type == MQTT_PUBREL || p->type == MQTT_SUBSCRIBE || p->type == MQTT_UNSUBSCRIBE;

	return p->type == MQTT_PUBLISH || (acknowledged ? (flags & ~8) == 2 : !flags);
}

static bool read_body(struct cursor *c, struct mqtt_packet *p, int flags)
{
	switch (p->type) {
	case MQTT_CONNECT:
		return read_connect(c, p);
	case MQTT_PUBLISH:
		return read_publish(c, p, flags);
	case MQTT_PUBACK:
	case MQTT_PUBREC:
	case MQTT_PUBREL:
	case MQTT_PUBCOMP:
		return take_id(c, &p->id);
	case MQTT_SUBSCRIBE:
	case MQTT_UNSUBSCRIBE:
		return read_filters(c, p);
	case MQTT_PINGREQ:
	case MQTT_DISCONNECT:
		return true;
	case MQTT_CONNACK:
	case MQTT_SUBACK:
	case MQTT_UNSUBACK:
	case MQTT_PINGRESP:
		break;
	}
	return fail(c, "a packet that no client sends");
}

/* 2.2.3. Returns the bytes it has, 0: more needed, -1: more than four. */
static int read_length(const unsigned char *data, size_t len, size_t *out)
{
	*out = 0;
	for (int i = 0; i < 4; i++) {
		if ((size_t)i == len)
			return 0;
		*out |= (size_t)(data[i] & 0x7f) << (7 * i);
		if (!(data[i] & 0x80))
			return i + 1;
	}
	return -1;
}

static long refuse(const char **why, const char *reason)
{
	*why = reason;
	return -1;
}

/* The type alone shows that this is no MQTT: it is not waited for a length that random bytes may have. */
static const char *check_first(const struct mqtt_packet *p, int flags)
{
	if (p->type < MQTT_CONNECT || p->type > MQTT_DISCONNECT)
		return "a packet type that MQTT 3.1.1 does not have";
	return flags_fit(p, flags) ? NULL : "the flags of the fixed header do not fit its packet type";
}

long mqtt_packet_read(const void *data, size_t len, struct mqtt_packet *out, const char **why)
{
	const unsigned char *p = data;
	const char *wrong;
	size_t body;
	struct cursor c = { 0 };
	int n;

	*out = (struct mqtt_packet){ .id = 0 };
	if (!len)
		return 0;
	out->type = (enum mqtt_type)(p[0] >> 4);
	wrong = check_first(out, p[0] & 15);
	if (wrong)
		return refuse(why, wrong);
	n = read_length(p + 1, len - 1, &body);
	if (n < 0 || body > MQTT_PACKET_MAX)
		return refuse(why, n < 0 ? "a remaining length of more than four bytes" : "a packet that is too long");
	if (!n || len - 1 - (size_t)n < body)
		return 0;
	c.at = p + 1 + n;
	c.end = c.at + body;
	if (!read_body(&c, out, p[0] & 15))
		return refuse(why, c.why);
	if (c.at != c.end)
		return refuse(why, "bytes behind the end of what the packet may have");
	return 1 + n + (long)body;
}

/* --- writing ------------------------------------------------------------------------------------------------------------- */

static int put_header(struct buf *out, enum mqtt_type type, unsigned flags, size_t body)
{
	int err = buf_addc(out, (char)((unsigned)type << 4 | flags));

	do {
		unsigned char byte = body & 0x7f;

		body >>= 7;
		err = err ? err : buf_addc(out, (char)(byte | (body ? 0x80 : 0)));
	} while (body);
	return err;
}

static int put_number(struct buf *out, size_t n)
{
	const char bytes[2] = { (char)(n >> 8), (char)n };

	return buf_add(out, bytes, sizeof(bytes));
}

int mqtt_write_connack(struct buf *out, bool session_present, int code)
{
	const char body[2] = { session_present, (char)code };
	int err = put_header(out, MQTT_CONNACK, 0, sizeof(body));

	return err ? err : buf_add(out, body, sizeof(body));
}

int mqtt_write_publish(struct buf *out, uint16_t id, struct mqtt_span topic, struct mqtt_span payload, int qos, bool retain,
		       bool dup)
{
	int err = put_header(out, MQTT_PUBLISH, dup * 8u | (unsigned)qos << 1 | retain,
			     2 + topic.len + (qos ? 2 : 0) + payload.len);

	err = err ? err : put_number(out, topic.len);
	err = err ? err : buf_add(out, topic.data, topic.len);
	if (!err && qos)
		err = put_number(out, id);
	return err ? err : buf_add(out, payload.data, payload.len);
}

int mqtt_write_ack(struct buf *out, enum mqtt_type type, uint16_t id)
{
	bool bare = type == MQTT_PINGRESP;
	int err = put_header(out, type, type == MQTT_PUBREL ? 2 : 0, bare ? 0 : 2);

	return err || bare ? err : put_number(out, id);
}

int mqtt_write_suback(struct buf *out, uint16_t id, const unsigned char *codes, size_t n)
{
	int err = put_header(out, MQTT_SUBACK, 0, 2 + n);

	err = err ? err : put_number(out, id);
	return err ? err : buf_add(out, codes, n);
}
