/* Type, length and values of control messages, both ways. 27.010 5.4.6.1. */
#include "mux/message.h"

enum { EA = 0x01 };

const char *mux_message_name(uint8_t type)
{
	switch ((enum mux_message_type)(type & ~MUX_MESSAGE_COMMAND)) {
	case MUX_MESSAGE_PN:
		return "PN";
	case MUX_MESSAGE_CLD:
		return "CLD";
	case MUX_MESSAGE_TEST:
		return "TEST";
	case MUX_MESSAGE_FCON:
		return "FCon";
	case MUX_MESSAGE_FCOFF:
		return "FCoff";
	case MUX_MESSAGE_MSC:
		return "MSC";
	case MUX_MESSAGE_NSC:
		return "NSC";
	}
	return NULL;
}

/* A number of octets whose last one has EA; returns how many they are, 0 when it is cut off or too long. */
static size_t read_length(const uint8_t *p, size_t n, size_t *len)
{
	*len = 0;
	for (size_t i = 0; i < n && i < 2; i++) {
		*len |= (size_t)(p[i] >> 1) << 7 * i;
		if (p[i] & EA)
			return i + 1;
	}
	return 0;
}

static size_t type_octets(const uint8_t *p, size_t n)
{
	size_t i = 0;

	while (i < n && !(p[i] & EA))
		i++;
	return i < n ? i + 1 : 0;
}

size_t mux_message_read(const uint8_t *p, size_t n, struct mux_message *msg)
{
	size_t type = type_octets(p, n), length;

	if (!type)
		return 0;
	length = read_length(p + type, n - type, &msg->len);
	if (!length || msg->len > n - type - length)
		return 0;
	msg->type = p[0];
	msg->known = type == 1;
	msg->value = p + type + length;
	return type + length + msg->len;
}

int mux_message_add(struct buf *out, uint8_t type, const void *value, size_t len)
{
	uint8_t head[3] = { type, (uint8_t)(len << 1), (uint8_t)(len >> 7 << 1 | EA) };
	size_t n = len > 127 ? 3 : 2;
	int err;

	if (n == 2)
		head[1] |= EA;
	err = buf_add(out, head, n);
	return err || !len ? err : buf_add(out, value, len);
}
