/* The parts of wire lines that their writers share. */
#ifndef WIRE_JSON_H
#define WIRE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Appends n bytes of UTF-8 as the inside of a JSON string. */
void wire_json_text(struct buf *out, const char *s, size_t n);

/* Appends the members t, d, hex (when bytes) and text (the escaped view of p) without braces around them. */
void wire_json(struct buf *out, uint64_t t_us, const char *from, bool bytes, const void *p, size_t n);

/*
 * Appends a why event of the emulator's trace as the one line that scenarios match:
 * "mqtt 32 handshake fail | R2 no TLS handshake succeeds while SNI is on (tls_sni=broken, seen)".
 */
void wire_why(struct buf *out, const json_t *j);

#endif
