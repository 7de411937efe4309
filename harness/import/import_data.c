/*
 * Data at a prompt. A capture shows its lines without their ends; the number of bytes the command declared tells which
 * line ends, and whether a last one, make it right.
 */
#include <string.h>

#include "harness/import/import_talk.h"

static const struct ending {
	const char *line_end;
	bool last; /* also behind the last line */
} endings[] = { { "\n", false }, { "\n", true }, { "\r\n", false }, { "\r\n", true } };

enum { ENDINGS = sizeof(endings) / sizeof(endings[0]), FILL_MAX_BYTES = 65536 };

/* Data is collected with LF between its lines. */
static size_t length_with(const struct import_talk *t, const struct ending *e)
{
	size_t n = strlen(e->line_end), len = t->data.len;

	for (const char *s = buf_str(&t->data); (s = memchr(s, '\n', t->data.len - (size_t)(s - t->data.data))) != NULL;
	     s++)
		len += n - 1;
	return len + (e->last ? n : 0);
}

static const struct ending *fitting(const struct import_talk *t)
{
	for (size_t i = 0; t->data.len && i < ENDINGS; i++) {
		if (length_with(t, &endings[i]) == (size_t)t->data_length)
			return &endings[i];
	}
	return NULL;
}

bool import_talk_data_is_complete(const struct import_talk *t)
{
	return t->data_length > 0 && fitting(t) != NULL;
}

static void spell(const struct import_talk *t, const struct ending *e, struct buf *out)
{
	for (size_t i = 0; i < t->data.len; i++) {
		if (t->data.data[i] == '\n')
			buf_adds(out, e->line_end);
		else
			buf_addc(out, t->data.data[i]);
	}
	if (e->last)
		buf_adds(out, e->line_end);
}

/* What the host sent and the modem's echo of it stand side by side in a capture of both. */
static bool halve_echo(struct import_talk *t)
{
	size_t half = t->data.len / 2;

	if (t->data_length <= 0 || t->data.len != 2 * (size_t)t->data_length ||
	    memcmp(t->data.data, t->data.data + half, half))
		return false;
	buf_drop(&t->data, half);
	return true;
}

void import_talk_prompt(struct import_talk *t, const struct import_unit *u, const char *p, size_t n)
{
	import_talk_add(t, WIRE_MODEM, u->line, "\r\n>", 3);
	t->prompted = true;
	t->data_blanks = 0;
	buf_reset(&t->data);
	if (n && *p == ' ' && (t->data_length < 0 || n == (size_t)t->data_length + 1)) {
		p++;
		n--;
	}
	if (n)
		import_talk_data_line(t, u, p, n);
}

void import_talk_data_line(struct import_talk *t, const struct import_unit *u, const char *p, size_t n)
{
	if (!n) {
		t->data_blanks++;
		return;
	}
	if (!t->data.len)
		t->data_line = u->line;
	for (size_t i = 0; t->data.len && i <= t->data_blanks; i++)
		buf_addc(&t->data, '\n');
	t->data_blanks = 0;
	buf_add(&t->data, p, n);
}

/*
 * A modem that answers OK has got as many bytes as were asked for; where a log shows fewer or more, somebody edited
 * them. What is sent has to be of that length, or the conversation could not go on as it did.
 */
static void mend_length(struct import_talk *t, struct buf *bytes, bool taken)
{
	size_t want = (size_t)t->data_length, have = bytes->len;

	if (have > want)
		bytes->len = want;
	for (size_t i = have; taken && i < want && i < FILL_MAX_BYTES; i++)
		buf_addc(bytes, '.');
	import_notes_add(t->notes, IMPORT_DAMAGED, t->data_line, t->command, strlen(t->command),
			 have > want ? "%zu bytes of data where the command says %zu: cut"
			 : taken     ? "%zu bytes of data where the command says %zu: filled up with dots"
				     : "%zu bytes of data where the command says %zu",
			 have, want);
}

void import_talk_end_data(struct import_talk *t, bool taken)
{
	bool echoed = halve_echo(t);
	const struct ending *e = fitting(t);
	struct buf bytes;

	if (!t->prompted)
		return;
	t->prompted = false;
	if (!t->data.len) {
		import_notes_add(t->notes, IMPORT_GUESS, t->cur ? t->cur->last_line : 0, t->command, strlen(t->command),
				 "the data given at this prompt is not in the log");
		return;
	}
	buf_init(&bytes, SIZE_MAX);
	spell(t, e ? e : &endings[0], &bytes);
	if (t->data_length > 0 && !e)
		mend_length(t, &bytes, taken);
	if (t->data_length < 0)
		buf_addc(&bytes, 0x1a);
	import_talk_add(t, WIRE_HOST, t->data_line, buf_str(&bytes), bytes.len);
	if (echoed)
		import_talk_add(t, WIRE_MODEM, t->data_line, buf_str(&bytes), bytes.len);
	buf_free(&bytes);
	buf_reset(&t->data);
}
