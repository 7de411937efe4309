/*
 * Bounded first-in first-out queue of messages to publish. A message stays
 * at the head until store_drop(): sending it changes nothing.
 */
#ifndef CORE_STORE_H
#define CORE_STORE_H

#include "core/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store {
	uint16_t used;
	uint16_t count;
	uint8_t bytes[NODE_STORE_BYTES];
};

struct store_message {
	uint32_t number;
	uint16_t topic_len;
	uint16_t payload_len;
	uint8_t qos;
	bool retain;
	const uint8_t *topic; /* in the store, valid until store_drop() */
	const uint8_t *payload;
};

void store_init(struct store *s);

/* Append a copy. Returns false, and changes nothing, when it does not fit. */
bool store_put(struct store *s, const struct store_message *m);

/* The oldest message. Returns false when there is none. */
bool store_head(const struct store *s, struct store_message *m);

/* Remove the oldest message. */
void store_drop(struct store *s);

#endif
