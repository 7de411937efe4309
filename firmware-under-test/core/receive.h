/*
 * A received message put together from its records: +CMQTTRXSTART, topic
 * and payload in pieces of up to 1500 bytes, +CMQTTRXEND.
 */
#ifndef CORE_RECEIVE_H
#define CORE_RECEIVE_H

#include "core/limits.h"
#include "core/urc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum receive_part { RECEIVE_NONE, RECEIVE_TOPIC, RECEIVE_PAYLOAD };

struct receive {
	bool active;
	bool damaged;
	bool foreign; /* another client index */
	enum receive_part part;
	uint32_t topic_size;
	uint32_t topic_got;
	uint32_t payload_size;
	uint32_t payload_got;
	uint32_t crc; /* CRC-32 of the payload, not yet inverted */
	uint8_t topic[NODE_RX_TOPIC_MAX];
	uint8_t payload[NODE_RX_PAYLOAD_MAX];
};

enum receive_end {
	RECEIVE_RUNNING,
	RECEIVE_WHOLE,
	RECEIVE_DAMAGED,
};

void receive_init(struct receive *r);

/*
 * Take a +CMQTTRX line. *raw is how many bytes of data follow it.
 * RECEIVE_WHOLE: the message is in *r until the next call.
 */
enum receive_end receive_line(struct receive *r, const struct urc *urc,
			      uint32_t *raw);

/* Take a piece of the data announced last. */
void receive_raw(struct receive *r, const uint8_t *p, size_t n);

/* The data stopped coming. */
void receive_stalled(struct receive *r);

/* CRC-32 (IEEE 802.3) of the whole payload. */
uint32_t receive_crc(const struct receive *r);

/* Kept bytes of topic and payload. */
size_t receive_topic_kept(const struct receive *r);
size_t receive_payload_kept(const struct receive *r);

#endif
