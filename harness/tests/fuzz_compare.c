/*
 * Bytes as two conversations and as a list of declared differences. Held: no crash; a list that is refused says why;
 * what is compared with itself is the same; every exchange of either side is in exactly one row; all forms can be made.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/wire/side_by_side.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
	if (!held)
		abort();
}

/* Each byte below 0x08 changes who is heard; the rest is what he says. */
static struct conversation *talk(const uint8_t *data, size_t size)
{
	struct recording *r = recording_new();
	struct conversation *c;
	enum wire_from from = WIRE_HOST;

	for (size_t i = 0, n; i < size; i += n + 1) {
		for (n = 0; i + n < size && data[i + n] >= 8; n++)
			;
		must(!recording_add(r, &(struct wire_event){ i, from, (const char *)data + i, n, 0 }));
		from = from == WIRE_HOST ? WIRE_MODEM : WIRE_HOST;
	}
	c = conversation_new(r);
	recording_free(r);
	return c;
}

static void check_rows(const struct comparison *c, size_t n_a, size_t n_b, bool equal)
{
	size_t a = 0, b = 0;

	for (size_t i = 0; i < compare_size(c); i++) {
		const struct compare_row *row = compare_at(c, i);

		a += row->a != NULL;
		b += row->b != NULL;
		must(row->reason && (row->a || row->b));
		must(!equal || row->verdict == COMPARE_SAME);
		must(row->verdict != COMPARE_DIFFERENT || *row->reason);
	}
	must(a == n_a && b == n_b);
}

static void show(const struct comparison *c)
{
	struct side_options o = { .width = 60, .times = true, .all = true };
	struct buf out;

	buf_init(&out, SIZE_MAX);
	side_by_side_text(c, &o, &out);
	side_by_side_markdown(c, &o, &out);
	buf_free(&out);
	json_decref(side_by_side_json(c));
}

static void compare(const uint8_t *one, size_t n_one, const uint8_t *two, size_t n_two, struct divergences *d)
{
	struct conversation *a = talk(one, n_one), *b = talk(two, n_two);
	struct comparison *c = compare_new(a, b, NULL, NULL, d), *same = compare_new(a, a, NULL, NULL, d);

	check_rows(c, conversation_size(a), conversation_size(b), false);
	check_rows(same, conversation_size(a), conversation_size(a), true);
	show(c);
	compare_free(c);
	compare_free(same);
	conversation_free(a);
	conversation_free(b);
}

/* "---\n" parts the list and the two conversations; without it all is the one conversation, and its half the other. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memmem(data, size, "---\n", 4), *second;
	struct divergences *d = NULL;
	struct err e = { 0 };
	size_t left;

	if (!size || size > 8192)
		return 0;
	if (end) {
		d = divergences_parse("fuzz", (const char *)data, (size_t)(end - data), &e);
		must(d || e.msg[0]);
		size -= (size_t)(end + 4 - data);
		data = end + 4;
	}
	second = memmem(data, size, "---\n", 4);
	left = second ? (size_t)(second - data) : size / 2;
	compare(data, left, data + left, size - left, d);
	divergences_free(d);
	return 0;
}
