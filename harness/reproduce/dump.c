/* Manual V3.00 10.2.1; the columns of other generations as the emulator prints them (csslcfg_row). */
#include "harness/reproduce/dump.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

enum { VALUES_MAX = 12, LINE_MAX_BYTES = 4096 };

static const struct field {
	const char *tag;
	const char *value; /* after power-on */
	bool quoted, file;
	const char *unset; /* a value that a row shows and no command sets; NULL: none */
} fields[DUMP_FIELDS] = {
	{ "sslversion", "4", .quoted = false },
	{ "authmode", "0" },
	{ "ignorelocaltime", "1" },
	{ "negotiatetime", "300" },
	{ "cacert", "", .quoted = true, .file = true, .unset = "" },
	{ "clientcert", "", .quoted = true, .file = true, .unset = "" },
	{ "clientkey", "", .quoted = true, .file = true, .unset = "" },
	{ "enableSNI", "0" },
	{ "keypwd", "", .quoted = true, .unset = "" },
	{ "ciphersuites", "0x0", .unset = "0x0" },
};

/* Which field each column is, by the number of columns after the context; -1: one that is passed over. */
static const struct shape {
	size_t columns;
	signed char field[VALUES_MAX];
} shapes[] = {
	{ 10, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 } },
	{ 9, { 0, 1, 2, 3, 4, 5, 6, -1, 7 } },
	{ 7, { 0, 1, 2, 3, 4, 5, 6 } },
};

static const char prefix[] = "+CSSLCFG: ";

const char *dump_tag(size_t i)
{
	return fields[i].tag;
}

bool dump_is_file(size_t i)
{
	return fields[i].file;
}

struct dump dump_default(void)
{
	struct dump d;

	for (size_t c = 0; c < DUMP_CONTEXTS; c++) {
		for (size_t i = 0; i < DUMP_FIELDS; i++)
			d.context[c].field[i] = fields[i].value;
	}
	return d;
}

struct value {
	const char *text;
	bool quoted;
};

/* One value, quoted or bare; returns what follows its comma, NULL when it is damaged. *end: nothing follows. */
static const char *next_value(const char *text, struct pool *pool, struct value *value, bool *end)
{
	const char *s = text + strspn(text, " ");
	bool quoted = *s == '"';
	size_t n = quoted ? strcspn(s + 1, "\"") : strcspn(s, ",\"");
	const char *after = s + n + (quoted ? 2 : 0);

	if (quoted && s[1 + n] != '"')
		return NULL;
	*value = (struct value){ pool_copy(pool, s + quoted, n), quoted };
	*end = !*after;
	if (*end)
		return after;
	return *after == ',' && (quoted || n) ? after + 1 : NULL;
}

static size_t split(const char *s, struct pool *pool, struct value value[VALUES_MAX])
{
	bool end = false;
	size_t n = 0;

	while (s && !end && n < VALUES_MAX)
		s = next_value(s, pool, &value[n++], &end);
	return s && end ? n : 0;
}

static const struct shape *shape_of(size_t columns)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (shapes[i].columns == columns)
			return &shapes[i];
	}
	return NULL;
}

/* A row that lost bytes may have the right number of commas still. */
static bool is_sound(const struct value *v, const struct field *f)
{
	long long number;

	return f->quoted ? v->quoted : !str_to_num_any(v->text, strlen(v->text), 0, 0xffff, &number);
}

bool dump_take(struct dump *d, struct pool *pool, const char *line, size_t *columns)
{
	struct value value[VALUES_MAX];
	const struct shape *shape;
	long long ctx;
	size_t n;

	if (strncmp(line, prefix, sizeof(prefix) - 1))
		return false;
	n = split(line + sizeof(prefix) - 1, pool, value);
	shape = n ? shape_of(n - 1) : NULL;
	if (!shape || str_to_num(value[0].text, strlen(value[0].text), 0, DUMP_CONTEXTS - 1, &ctx))
		return false;
	for (size_t i = 0; i < shape->columns; i++) {
		if (shape->field[i] >= 0 && !is_sound(&value[1 + i], &fields[shape->field[i]]))
			return false;
	}
	for (size_t i = 0; i < shape->columns; i++) {
		if (shape->field[i] >= 0)
			d->context[ctx].field[shape->field[i]] = value[1 + i].text;
	}
	if (columns)
		*columns = n;
	return true;
}

static const char *command_for(struct pool *pool, const struct field *f, size_t ctx, const char *value)
{
	const char *quote = f->quoted ? "\"" : "";
	struct buf b;
	const char *s;

	buf_init(&b, LINE_MAX_BYTES);
	buf_addf(&b, "AT+CSSLCFG=\"%s\",%zu,%s%s%s", f->tag, ctx, quote, value, quote);
	s = pool_strdup(pool, buf_str(&b));
	buf_free(&b);
	return s;
}

const char **dump_commands(const struct dump *a, const struct dump *b, struct pool *pool, const char **list, size_t *n)
{
	for (size_t c = 0; c < DUMP_CONTEXTS; c++) {
		for (size_t i = 0; i < DUMP_FIELDS; i++) {
			const char *was = a->context[c].field[i], *is = b->context[c].field[i];

			if (!strcmp(was, is) || (fields[i].unset && !strcmp(is, fields[i].unset)))
				continue;
			list = pool_grow(pool, list, *n, sizeof(*list));
			list[(*n)++] = command_for(pool, &fields[i], c, is);
		}
	}
	return list;
}

static bool find_field(const char *tag, size_t n, size_t *field)
{
	for (size_t i = 0; i < DUMP_FIELDS; i++) {
		if (!str_ieq(tag, n, fields[i].tag))
			continue;
		*field = i;
		return true;
	}
	return false;
}

bool dump_setting(const char *command, struct pool *pool, size_t *field, unsigned *ctx, const char **value)
{
	static const char start[] = "AT+CSSLCFG=\"";
	const char *tag = command + sizeof(start) - 1, *s;
	struct value v[VALUES_MAX];
	long long number;
	size_t n;

	if (strncasecmp(command, start, sizeof(start) - 1))
		return false;
	n = strcspn(tag, "\"");
	s = tag + n;
	if (!find_field(tag, n, field) || strncmp(s, "\",", 2))
		return false;
	if (split(s + 2, pool, v) != 2 || str_to_num(v[0].text, strlen(v[0].text), 0, DUMP_CONTEXTS - 1, &number))
		return false;
	*ctx = (unsigned)number;
	*value = v[1].text;
	return true;
}
