/* The parts of wire lines that their writers share. */
#ifndef WIRE_JSON_H
#define WIRE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Appends n bytes of UTF-8 as the inside of a JSON string. */
void wire_json_text(struct buf *out, const char *s, size_t n);

/* Appends the members t, d, hex (when bytes) and text (the escaped view of p) without braces around them. */
void wire_json(struct buf *out, uint64_t t_us, const char *from, bool bytes, const void *p, size_t n);

#endif
