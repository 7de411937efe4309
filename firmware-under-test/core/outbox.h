/*
 * Bounded first-in first-out queue of messages to publish. A message stays
 * at the head until outbox_drop(): sending it changes nothing.
 */
#ifndef CORE_OUTBOX_H
#define CORE_OUTBOX_H

#include "core/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outbox {
	uint16_t used;
	uint16_t count;
	uint8_t bytes[NODE_OUTBOX_BYTES];
};

struct outbox_message {
	uint32_t number;
	uint16_t topic_len;
	uint16_t payload_len;
	uint8_t qos;
	bool retain;
	const uint8_t *topic; /* in the store, valid until outbox_drop() */
	const uint8_t *payload;
};

void outbox_init(struct outbox *s);

/* Append a copy. Returns false, and changes nothing, when it does not fit. */
bool outbox_put(struct outbox *s, const struct outbox_message *m);

/* The oldest message. Returns false when there is none. */
bool outbox_head(const struct outbox *s, struct outbox_message *m);

/* Remove the oldest message. */
void outbox_drop(struct outbox *s);

#endif
