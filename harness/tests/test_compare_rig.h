/* Conversations for tests, written as lines: "> AT" from the host, "< OK" from the modem, "! data" without line end. */
#ifndef TEST_COMPARE_RIG_H
#define TEST_COMPARE_RIG_H

#include <check.h>
#include <string.h>

#include "base/buf.h"
#include "harness/wire/exchange.h"
#include "harness/wire/recording.h"

static inline void rig_line(struct recording *r, char sign, const char *s, size_t n)
{
	struct buf bytes;
	struct wire_event ev = { .t_us = 1000 * recording_size(r), .from = sign == '<' ? WIRE_MODEM : WIRE_HOST };

	buf_init(&bytes, 1 << 20);
	if (sign == '<' && !(n == 1 && *s == '>'))
		buf_adds(&bytes, "\r\n");
	buf_add(&bytes, s, n);
	buf_adds(&bytes, sign == '>' ? "\r" : sign == '<' && !(n == 1 && *s == '>') ? "\r\n" : "");
	ev.data = buf_str(&bytes);
	ev.len = bytes.len;
	ck_assert_int_eq(recording_add(r, &ev), 0);
	buf_free(&bytes);
}

static inline struct recording *rig_recording(const char *text)
{
	struct recording *r = recording_new();

	while (*text) {
		size_t n = strcspn(text, "\n");

		ck_assert_msg(n >= 2 && strchr("<>!", *text) && text[1] == ' ', "bad line: %.*s", (int)n, text);
		rig_line(r, *text, text + 2, n - 2);
		text += n + (text[n] == '\n');
	}
	return r;
}

static inline struct conversation *rig_conversation(const char *text)
{
	struct recording *r = rig_recording(text);
	struct conversation *c = conversation_new(r);

	ck_assert(c);
	recording_free(r);
	return c;
}

#endif
