/* Texts go to one buffer; as it moves while it grows, places are kept as offsets until all are there. */
#include "harness/wire/turns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NONE = 0 }; /* offset 0 of the buffer is no text */

/* Where the texts of a turn or line are. */
struct turn_at {
	size_t command, data, near, answer, all;
};

struct line_at {
	size_t text, kind;
};

struct builder {
	struct turns *t;
	struct normaliser *normaliser;
	struct turn_at *turns;
	struct line_at *lines;
	size_t n_lines;
};

static size_t begin(const struct builder *b)
{
	return b->t->text.len;
}

static size_t end(struct builder *b, size_t at)
{
	buf_addc(&b->t->text, '\0');
	return at;
}

static size_t put(struct builder *b, enum normalise_of of, const void *p, size_t n, uint32_t *replaced)
{
	size_t at = begin(b);

	*replaced = normalise(b->normaliser, of, p, n, &b->t->text);
	return end(b, at);
}

/* A copy of n bytes of text that is in the buffer already. */
static size_t put_part(struct builder *b, size_t from, size_t n)
{
	size_t at = begin(b);

	for (size_t i = 0; i < n; i++)
		buf_addc(&b->t->text, buf_str(&b->t->text)[from + i]);
	return end(b, at);
}

static const char *at(const struct builder *b, size_t offset)
{
	return offset == NONE ? NULL : buf_str(&b->t->text) + offset;
}

/* AT+CSSLCFG="enableSNI",0,1 up to the first comma; AT+CREG=1 up to the sign; ATE0 by its name. */
static size_t near_command(struct builder *b, size_t command)
{
	const char *s = at(b, command);
	char name[32];
	size_t equals = strcspn(s, "="), comma = strcspn(s, ",");

	if (s[comma])
		return put_part(b, command, comma);
	if (s[equals])
		return put_part(b, command, s[equals + 1] == '?' ? equals + 2 : equals + 1);
	if (!command_name(s, name, sizeof(name)) || strchr(s, '?'))
		return NONE;
	return put_part(b, command, 2 + strlen(name));
}

/* What a line is of: its role, and its name up to the colon. */
static size_t kind_of(struct builder *b, const struct exchange *x, const struct exchange_line *l, size_t text)
{
	const char *s = at(b, text);
	size_t colon = strcspn(s, ":");

	if (l->role == LINE_FINAL) {
		size_t kind = begin(b);

		buf_adds(&b->t->text, "final");
		return end(b, kind);
	}
	if (l == exchange_result(x) || s[colon])
		return put_part(b, text, colon);
	return NONE;
}

/* The sign keeps a line that looks like a command from standing beside one. */
static size_t near_line(struct builder *b, size_t kind)
{
	size_t start = begin(b);

	buf_adds(&b->t->text, "< ");
	put_part(b, kind, strlen(at(b, kind)));
	return start;
}

static void add_line(struct builder *b, const struct exchange *x, const struct exchange_line *l)
{
	struct turn_line *line = &b->t->lines[b->n_lines];
	struct line_at *where = &b->lines[b->n_lines++];

	line->line = l;
	where->text = put(b, NORMALISE_ANSWER, l->text, l->len, &line->replaced);
	where->kind = kind_of(b, x, l, where->text);
}

static size_t join(struct builder *b, size_t data, const struct line_at *lines, size_t n)
{
	size_t start = begin(b);

	if (data != NONE) {
		put_part(b, data, strlen(at(b, data)));
		b->t->text.data[b->t->text.len - 1] = '\n';
	}
	for (size_t i = 0; i < n; i++) {
		put_part(b, lines[i].text, strlen(at(b, lines[i].text)));
		b->t->text.data[b->t->text.len - 1] = '\n';
	}
	return end(b, start);
}

static void add_turn(struct builder *b, size_t i, const struct exchange *x)
{
	struct turn *turn = &b->t->items[i];
	struct turn_at *where = &b->turns[i];
	size_t first = b->n_lines;

	turn->x = x;
	for (size_t k = 0; k < x->n_lines; k++) {
		if (x->lines[k].role == LINE_ECHO)
			turn->echoed = true;
		else
			add_line(b, x, &x->lines[k]);
	}
	turn->lines = &b->t->lines[first];
	turn->n_lines = b->n_lines - first;
	if (x->command) {
		where->command = put(b, NORMALISE_COMMAND, x->command, strlen(x->command), &turn->command_replaced);
		where->near = near_command(b, where->command);
	} else if (turn->n_lines && b->lines[first].kind != NONE) {
		where->near = near_line(b, b->lines[first].kind);
	}
	if (x->data)
		where->data = put(b, NORMALISE_DATA, x->data, x->data_len, &turn->data_replaced);
	where->answer = join(b, NONE, &b->lines[first], turn->n_lines);
	where->all = join(b, where->data, &b->lines[first], turn->n_lines);
}

static void settle(struct builder *b)
{
	for (size_t i = 0; i < b->t->n; i++) {
		struct turn *turn = &b->t->items[i];
		const struct turn_at *where = &b->turns[i];

		turn->command = at(b, where->command);
		turn->data = at(b, where->data);
		turn->near = at(b, where->near);
		turn->answer = at(b, where->answer);
		turn->all = at(b, where->all);
	}
	for (size_t i = 0; i < b->n_lines; i++) {
		b->t->lines[i].text = at(b, b->lines[i].text);
		b->t->lines[i].kind = at(b, b->lines[i].kind);
	}
}

static size_t count_lines(const struct conversation *c)
{
	size_t n = 0;

	for (size_t i = 0; i < conversation_size(c); i++)
		n += conversation_at(c, i)->n_lines;
	return n;
}

int turns_init(struct turns *t, const struct conversation *c, struct normaliser *n)
{
	size_t n_lines = count_lines(c);
	struct builder b = { .t = t, .normaliser = n };
	int err;

	*t = (struct turns){ .n = conversation_size(c) };
	buf_init(&t->text, SIZE_MAX);
	t->items = calloc(t->n + 1, sizeof(*t->items));
	t->lines = calloc(n_lines + 1, sizeof(*t->lines));
	b.turns = calloc(t->n + 1, sizeof(*b.turns));
	b.lines = calloc(n_lines + 1, sizeof(*b.lines));
	err = t->items && t->lines && b.turns && b.lines ? buf_addc(&t->text, '\0') : -ENOMEM;
	for (size_t i = 0; !err && i < t->n; i++)
		add_turn(&b, i, conversation_at(c, i));
	if (!err)
		settle(&b);
	free(b.turns);
	free(b.lines);
	return err;
}

void turns_free(struct turns *t)
{
	free(t->items);
	free(t->lines);
	buf_free(&t->text);
}
