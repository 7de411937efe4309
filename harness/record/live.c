/* Lines are kept until they end, so that bytes that come one by one are read as what they say. */
#include "harness/record/live.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { LINE_BYTES = 512, TEXT_BYTES = 8192 };

struct live {
	FILE *out;
	enum wire_from from; /* of the line that is kept */
	uint64_t t_us;
	char line[LINE_BYTES];
	size_t n;
};

struct live *live_new(FILE *out)
{
	struct live *l = calloc(1, sizeof(*l));

	if (l)
		l->out = out;
	return l;
}

static void print(struct live *l, uint64_t t_us, char sign, const char *text)
{
	fprintf(l->out, "%10.3f %c %s\n", (double)t_us / 1e6, sign, text);
}

static void end_line(struct live *l)
{
	struct buf view;

	if (!l->n)
		return;
	buf_init(&view, TEXT_BYTES);
	str_escape(&view, l->line, l->n);
	print(l, l->t_us, l->from == WIRE_HOST ? '>' : '<', buf_str(&view));
	buf_free(&view);
	l->n = 0;
}

void live_free(struct live *l)
{
	if (!l)
		return;
	end_line(l);
	fflush(l->out);
	free(l);
}

static bool is_end(char c)
{
	return c == '\r' || c == '\n';
}

/* Line ends belong to the line before them; those in front of a line are passed over, since each answer begins with
 * some. */
static void add_byte(struct live *l, const struct wire_event *ev, char c)
{
	bool ended = l->n && is_end(l->line[l->n - 1]);

	if (l->n == LINE_BYTES || (ended && !is_end(c)) || (ended && l->line[l->n - 1] == '\n'))
		end_line(l);
	if (!l->n && c == '\n')
		return;
	if (!l->n && c == '\r' && ev->from == WIRE_MODEM)
		return;
	if (!l->n) {
		l->from = ev->from;
		l->t_us = ev->t_us;
	}
	l->line[l->n++] = c;
}

void live_add(struct live *l, const struct wire_event *ev)
{
	if (l->n && (ev->from != l->from || ev->from > WIRE_MODEM))
		end_line(l);
	if (ev->from > WIRE_MODEM) {
		char text[LINE_BYTES];

		snprintf(text, sizeof(text), "%.*s", (int)ev->len, ev->data);
		print(l, ev->t_us, '#', text);
	} else {
		for (size_t i = 0; i < ev->len; i++)
			add_byte(l, ev, ev->data[i]);
		if (l->n && is_end(l->line[l->n - 1]))
			end_line(l);
	}
	fflush(l->out);
}
