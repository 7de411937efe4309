/* Numbers in network order, and options one by one: the little that all PPP protocols share. */
#ifndef PPP_WIRE_H
#define PPP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

uint16_t wire_get16(const uint8_t *p);
uint32_t wire_get32(const uint8_t *p);
void wire_add16(struct buf *out, uint16_t v);
void wire_add32(struct buf *out, uint32_t v);

/* An option of a Configure-Request: value of len bytes, without the two of its head. */
struct wire_option {
	uint8_t type;
	const uint8_t *value;
	size_t len;
	const uint8_t *raw; /* head and value, for answers that give it back */
	size_t raw_len;
};

/* The option at *p, which moves on. false: there is none, or (*good false) its length is impossible. */
bool wire_option(const uint8_t **p, const uint8_t *end, struct wire_option *o, bool *good);

/* All of them have possible lengths. */
bool wire_options_good(const uint8_t *p, size_t n);

/* Appends an option. */
void wire_add_option(struct buf *out, uint8_t type, const void *value, size_t len);
void wire_add_option16(struct buf *out, uint8_t type, uint16_t value);
void wire_add_option32(struct buf *out, uint8_t type, uint32_t value);

#endif
