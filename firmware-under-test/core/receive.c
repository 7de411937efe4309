/*
 * Reassembly with the counts checked, since a byte lost on the line shifts
 * everything behind it. Layout: at most one message at a time, SIM7600 MQTT
 * application note 5.1.1.
 */
#include "core/receive.h"

#include <string.h>

void receive_init(struct receive *r)
{
	memset(r, 0, sizeof(*r));
}

static uint32_t crc_byte(uint32_t crc, uint8_t byte)
{
	crc ^= byte;
	for (int bit = 0; bit < 8; bit++)
		crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
	return crc;
}

static enum receive_end start(struct receive *r, const struct urc *urc)
{
	bool was_active = r->active;

	receive_init(r);
	r->active = true;
	r->crc = UINT32_MAX;
	r->damaged = urc->count != 3 || urc->value[1] < 0 || urc->value[2] < 0;
	r->foreign = urc->count > 0 && urc->value[0] != 0;
	r->topic_size = r->damaged ? 0 : (uint32_t)urc->value[1];
	r->payload_size = r->damaged ? 0 : (uint32_t)urc->value[2];
	return was_active ? RECEIVE_DAMAGED : RECEIVE_RUNNING;
}

/* A length that cannot be right is not waited for. */
static uint32_t piece(struct receive *r, const struct urc *urc,
		      enum receive_part part)
{
	uint32_t size = part == RECEIVE_TOPIC ? r->topic_size : r->payload_size;
	uint32_t got = part == RECEIVE_TOPIC ? r->topic_got : r->payload_got;
	uint32_t most = part == RECEIVE_TOPIC ? MODEM_TOPIC_MAX : 1500;
	uint32_t n = urc->count == 2 ? (uint32_t)urc->value[1] : 0;

	r->part = part;
	if (urc->count != 2 || urc->value[1] < 0 || n > most) {
		r->damaged = true;
		return 0;
	}
	if (!r->active || n > size - got)
		r->damaged = true;
	return n;
}

static enum receive_end end(struct receive *r)
{
	bool whole = r->active && !r->damaged && !r->foreign &&
		     r->topic_got == r->topic_size &&
		     r->payload_got == r->payload_size;
	bool foreign = r->active && r->foreign;

	r->active = false;
	r->part = RECEIVE_NONE;
	if (foreign)
		return RECEIVE_RUNNING;
	return whole ? RECEIVE_WHOLE : RECEIVE_DAMAGED;
}

enum receive_end receive_line(struct receive *r, const struct urc *urc,
			      uint32_t *raw)
{
	*raw = 0;
	if (urc->id == URC_MQTT_RXSTART)
		return start(r, urc);
	if (urc->id == URC_MQTT_RXEND)
		return end(r);
	*raw = piece(r, urc, urc->id == URC_MQTT_RXTOPIC ? RECEIVE_TOPIC :
							   RECEIVE_PAYLOAD);
	return RECEIVE_RUNNING;
}

static void keep(uint8_t *to, size_t size, uint32_t got, uint8_t byte)
{
	if (got < size)
		to[got] = byte;
}

void receive_raw(struct receive *r, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (r->part == RECEIVE_TOPIC) {
			keep(r->topic, sizeof(r->topic), r->topic_got, p[i]);
			r->topic_got++;
			continue;
		}
		keep(r->payload, sizeof(r->payload), r->payload_got, p[i]);
		r->crc = crc_byte(r->crc, p[i]);
		r->payload_got++;
	}
}

void receive_stalled(struct receive *r)
{
	r->damaged = true;
}

uint32_t receive_crc(const struct receive *r)
{
	return ~r->crc;
}

size_t receive_topic_kept(const struct receive *r)
{
	return r->topic_got < sizeof(r->topic) ? r->topic_got :
						 sizeof(r->topic);
}

size_t receive_payload_kept(const struct receive *r)
{
	return r->payload_got < sizeof(r->payload) ? r->payload_got :
						     sizeof(r->payload);
}
