#include "ppp/wire.h"

#include "ppp/proto.h"

uint16_t wire_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t wire_get32(const uint8_t *p)
{
	return (uint32_t)wire_get16(p) << 16 | wire_get16(p + 2);
}

void wire_add16(struct buf *out, uint16_t v)
{
	const uint8_t bytes[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	buf_add(out, bytes, sizeof(bytes));
}

void wire_add32(struct buf *out, uint32_t v)
{
	wire_add16(out, (uint16_t)(v >> 16));
	wire_add16(out, (uint16_t)v);
}

bool wire_option(const uint8_t **p, const uint8_t *end, struct wire_option *o, bool *good)
{
	size_t left = (size_t)(end - *p);

	*good = true;
	if (!left)
		return false;
	*good = left >= OPTION_HEAD && (*p)[1] >= OPTION_HEAD && (*p)[1] <= left;
	if (!*good)
		return false;
	*o = (struct wire_option){
		.type = (*p)[0],
		.value = *p + OPTION_HEAD,
		.len = (*p)[1] - (size_t)OPTION_HEAD,
		.raw = *p,
		.raw_len = (*p)[1],
	};
	*p += o->raw_len;
	return true;
}

bool wire_options_good(const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;
	struct wire_option o;
	bool good;

	while (wire_option(&p, end, &o, &good))
		;
	return good;
}

void wire_add_option(struct buf *out, uint8_t type, const void *value, size_t len)
{
	const uint8_t head[OPTION_HEAD] = { type, (uint8_t)(OPTION_HEAD + len) };

	buf_add(out, head, sizeof(head));
	buf_add(out, value, len);
}

void wire_add_option16(struct buf *out, uint8_t type, uint16_t value)
{
	const uint8_t bytes[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	wire_add_option(out, type, bytes, sizeof(bytes));
}

void wire_add_option32(struct buf *out, uint8_t type, uint32_t value)
{
	const uint8_t bytes[4] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
				   (uint8_t)value };

	wire_add_option(out, type, bytes, sizeof(bytes));
}
