/*
 * Random command lines. An argument is mostly what its row allows, often just at an end of its range; a line that is
 * to be wrong gets one thing wrong. Plays nothing and knows no feature.
 */
#include "tests/commands/grammar.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "tests/commands/grammar_words.h"

enum { LINE_COMMANDS_MAX = 39 }; /* manual 1.4.4 */

/* --- chance ------------------------------------------------------------------------------------------------------- */

bool grammar_chance(struct prng *r, unsigned percent)
{
	return prng_below(r, 100) < percent;
}

long grammar_number(struct prng *r, long min, long max)
{
	uint64_t span = (uint64_t)max - (uint64_t)min;

	if (max <= min)
		return min;
	if (span >= UINT32_MAX)
		return min + (long)(prng_below(r, UINT32_MAX) % span);
	return min + (long)prng_below(r, (uint32_t)span + 1);
}

static const char *one_of(struct prng *r, const char *const *words)
{
	uint32_t n = 0;

	while (words[n])
		n++;
	return words[prng_below(r, n)];
}

/* --- the tables --------------------------------------------------------------------------------------------------- */

static void *need(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p) {
		fprintf(stderr, "out of memory\n");
		exit(2);
	}
	return p;
}

void grammar_init(struct grammar *g)
{
	const struct at_cmd *const *table = cmd_tables();

	memset(g, 0, sizeof(*g));
	for (; table[g->tables]; g->tables++) {
		for (const struct at_cmd *c = table[g->tables]; c->name; c++)
			g->n++;
	}
	g->row = need(g->n, sizeof(struct at_cmd *));
	g->first = need(g->tables + 1, sizeof(*g->first));
	g->n = 0;
	for (size_t i = 0; i < g->tables; i++) {
		g->first[i] = g->n;
		for (const struct at_cmd *c = table[i]; c->name; c++)
			g->row[g->n++] = c;
	}
	g->first[g->tables] = g->n;
}

void grammar_free(struct grammar *g)
{
	free(g->row);
	free(g->first);
}

static const struct at_cmd *pick(const struct grammar *g, struct prng *r, size_t favourite)
{
	size_t from = 0, n = g->n;

	if (grammar_chance(r, 65)) {
		from = g->first[favourite];
		n = g->first[favourite + 1] - from;
	}
	return g->row[from + prng_below(r, (uint32_t)n)];
}

/* --- arguments ---------------------------------------------------------------------------------------------------- */

/* What is wrong with a line. */
enum wrong {
	WRONG_NOTHING,
	WRONG_NUMBER, /* beyond an end of its range */
	WRONG_HUGE,   /* beyond any type */
	WRONG_TYPE,   /* text for a number and the other way round */
	WRONG_QUOTES,
	WRONG_NOISE, /* a byte that has no business there */
	WRONG_MISSING,
	WRONG_EXTRA,
	WRONG_LENGTH, /* of a text */
	WRONG_COUNT,
};

static long limit(const struct profile *p, long value, enum quirk_id id)
{
	return id ? profile_number(p, id) : value;
}

static void put_number(struct prng *r, const struct profile *p, const struct at_arg *a, enum wrong wrong,
		       struct buf *out)
{
	long min = limit(p, a->min, a->min_quirk), max = limit(p, a->max, a->max_quirk), n;

	if (wrong == WRONG_HUGE) {
		buf_adds(out, grammar_chance(r, 50) ? "99999999999999999999" : "-9223372036854775808");
		return;
	}
	if (wrong == WRONG_NUMBER)
		n = grammar_chance(r, 50) && max < LONG_MAX ? max + 1 : min > LONG_MIN ? min - 1 : min;
	else if (a->or_zero && grammar_chance(r, 20))
		n = 0;
	else if (grammar_chance(r, 60) || max - min < 4)
		n = grammar_number(r, min, max < min + 3 ? max : min + 3); /* indices are small */
	else
		n = grammar_chance(r, 30) ? max : grammar_number(r, min, max);
	buf_addf(out, n >= 0 && grammar_chance(r, 3) ? "0x%lX" : "%ld", n);
}

static const char *word_for(struct prng *r, const char *name)
{
	size_t any = 0;

	for (size_t i = 0; grammar_words[i].hint; i++) {
		if (!grammar_words[i].hint[0])
			any = i;
		else if (strstr(name, grammar_words[i].hint) && grammar_chance(r, 85))
			return one_of(r, grammar_words[i].word);
	}
	return one_of(r, grammar_words[any].word);
}

static void put_letters(struct prng *r, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		buf_addc(out, (char)('a' + prng_below(r, 26)));
}

static void put_text(struct prng *r, const struct profile *p, const struct at_arg *a, enum wrong wrong, struct buf *out)
{
	bool quoted = a->type == AT_ARG_QSTR || (a->type == AT_ARG_STR && grammar_chance(r, 80));
	long max = limit(p, a->max, a->max_quirk);

	if (wrong == WRONG_QUOTES) {
		buf_adds(out, one_of(r, (const char *const[]){ "\"", "\"a", "a\"",
							       "\xe2\x80\x9d"
							       "a\xe2\x80\x9d",
							       "a\"b\"", "\"a\"b", "'a'", NULL }));
		return;
	}
	if (quoted)
		buf_addc(out, '"');
	if (wrong == WRONG_LENGTH && max > 0 && max < 400)
		put_letters(r, (size_t)max + 1, out);
	else if (max > 0 && max < 200 && grammar_chance(r, 5))
		put_letters(r, (size_t)max, out);
	else
		buf_adds(out, word_for(r, a->name));
	if (quoted)
		buf_addc(out, '"');
}

static void put_arg(struct prng *r, const struct profile *p, const struct at_arg *a, enum wrong wrong, struct buf *out)
{
	bool number = a->type == AT_ARG_INT;

	if (wrong == WRONG_NOISE) {
		buf_addc(out, (char)prng_below(r, 256));
		return;
	}
	if (grammar_chance(r, 3))
		buf_addc(out, ' ');
	if (number != (wrong == WRONG_TYPE))
		put_number(r, p, a, number ? wrong : WRONG_NOTHING, out);
	else
		put_text(r, p, a, wrong, out);
}

static void put_args(struct prng *r, const struct profile *p, const struct at_cmd *c, enum wrong wrong, struct buf *out)
{
	size_t n = c->args, at = n ? prng_below(r, (uint32_t)n) : 0;

	if (wrong == WRONG_MISSING)
		n = at;
	else
		while (n && c->arg[n - 1].optional && grammar_chance(r, 45))
			n--;
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addc(out, ',');
		if (!(c->arg[i].optional && grammar_chance(r, 8)))
			put_arg(r, p, &c->arg[i], i == at ? wrong : WRONG_NOTHING, out);
	}
	if (wrong == WRONG_EXTRA || (!c->args && grammar_chance(r, 60)))
		buf_addf(out, "%s%ld", n ? "," : "", grammar_number(r, 0, 2));
}

/* --- commands ----------------------------------------------------------------------------------------------------- */

static bool is_extended(const char *name)
{
	return strchr("+^#$*%@", name[0]);
}

static void put_name(struct prng *r, const char *name, struct buf *out)
{
	size_t n = strlen(name), bad = grammar_chance(r, 3) ? prng_below(r, (uint32_t)n) : n;
	bool lower = grammar_chance(r, 8);

	for (size_t i = 0; i < n; i++) {
		if (i == bad)
			buf_addc(out, " Xx+?0"[prng_below(r, 6)]);
		else
			buf_addc(out, lower ? (char)tolower((unsigned char)name[i]) : name[i]);
	}
}

/* E1, &D2, S0=3, D*99# */
static void put_basic(struct prng *r, const struct profile *p, const struct at_cmd *c, enum wrong wrong,
		      struct buf *out)
{
	put_name(r, c->name, out);
	if (!strcmp(c->name, "S"))
		buf_addf(out, "%ld%s", grammar_number(r, 0, grammar_chance(r, 80) ? 12 : 127),
			 grammar_chance(r, 50) ? "?" : "=");
	if (c->args && c->arg[0].type == AT_ARG_INT) {
		if (grammar_chance(r, 80))
			put_number(r, p, &c->arg[c->args - 1], wrong, out);
	} else if (c->args) {
		put_args(r, p, c, wrong, out);
	} else if (grammar_chance(r, 50)) {
		buf_addf(out, "%ld", grammar_number(r, 0, 2));
	}
}

static void put_command(const struct grammar *g, struct prng *r, const struct profile *p, size_t favourite,
			struct buf *out)
{
	static const char *const forms[] = { "", "?", "=?", "=" };
	const struct at_cmd *c = pick(g, r, favourite);
	enum wrong wrong = grammar_chance(r, 30) ? (enum wrong)prng_below(r, WRONG_COUNT) : WRONG_NOTHING;
	size_t form = c->args && grammar_chance(r, 60) ? 3 : prng_below(r, 4);

	if (grammar_chance(r, 15)) {
		buf_adds(out, one_of(r, grammar_good_lines));
		return;
	}
	if (!is_extended(c->name)) {
		put_basic(r, p, c, wrong, out);
		return;
	}
	put_name(r, c->name, out);
	buf_adds(out, forms[form]);
	if (form == 3)
		put_args(r, p, c, wrong, out);
}

void grammar_line(const struct grammar *g, struct prng *r, const struct profile *profile, size_t favourite,
		  struct buf *out)
{
	uint32_t commands = 1;

	if (grammar_chance(r, 15))
		commands = grammar_chance(r, 4) ? LINE_COMMANDS_MAX - 1 + prng_below(r, 4) : 2 + prng_below(r, 6);
	for (uint32_t i = 0; i < commands; i++) {
		if (i)
			buf_adds(out, grammar_chance(r, 95)
					      ? ";"
					      : one_of(r, (const char *const[]){ ";;", " ;", "; ", "", NULL }));
		put_command(g, r, profile, favourite, out);
	}
	if (grammar_chance(r, 1)) { /* as long as a line may be, and one more */
		size_t want = (size_t)profile->q.line_max + prng_below(r, 3);

		while (out->len + 1 < want)
			buf_addc(out, ' ');
	}
}

/* --- data --------------------------------------------------------------------------------------------------------- */

void grammar_payload(struct prng *r, size_t n, struct buf *out)
{
	static const char *const pieces[] = {
		"hello",
		"\xc3\xa4",
		"\xe2\x82\xac",
		"{\"t\":1}",
		"\r\n",
		"0011000B919471",
		"7E",
		"\x7e\xff\x7d\x23\xc0\x21",
		"+++",
		"AT\r",
		"\x03",
		"-----BEGIN CERTIFICATE-----\n",
		"GET / HTTP/1.1\r\n\r\n",
		"004800690020",
		" ",
		"t/1",
		"\xf9\x03\x3f\x01\x1c\xf9",
		NULL,
	};
	size_t begin = out->len;
	bool noise = grammar_chance(r, 15);

	while (out->len - begin < n) {
		char c = (char)(noise ? prng_below(r, 256) : '!' + prng_below(r, 90));

		if (!noise && grammar_chance(r, 30)) {
			const char *piece = one_of(r, pieces);
			size_t left = n - (out->len - begin), len = strlen(piece);

			buf_add(out, piece, len < left ? len : left);
		} else {
			buf_addc(out, c);
		}
	}
}

/* --- the control language ----------------------------------------------------------------------------------------- */

static bool is_placeholder(const char *word, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!isupper((unsigned char)word[i]))
			return false;
	}
	return n > 0;
}

static void put_value(struct prng *r, struct buf *out)
{
	static const char *const values[] = {
		"1",
		"0",
		"2",
		"80",
		"+491710000001",
		"t/1",
		"hello",
		"\"two words\"",
		"1s",
		"250ms",
		"-1",
		"99999999999",
		"x",
		"\"\"",
		"off",
		"on",
		"AT+C",
		"\\x00",
		"\"",
		"50.1",
		"0011000B919471",
		"tls_sni=ok",
		"uart",
		"at",
		NULL,
	};

	buf_adds(out, one_of(r, values));
}

/* The words of a line of help: "NAME", "on|off", "[qos N]" are words and choices between words. */
static void put_from_help(struct prng *r, const char *line, size_t n, struct buf *out)
{
	static const char between[] = " \t|[](),:";
	size_t i = strcspn(line, " "), left = 1 + prng_below(r, 4);

	buf_add(out, line, i);
	while (i < n && left) {
		size_t len;

		i += strspn(line + i, between);
		len = strcspn(line + i, " \t|[](),:\n");
		if (i + len > n || !len)
			break;
		if (grammar_chance(r, 50)) {
			buf_addc(out, ' ');
			if (is_placeholder(line + i, len))
				put_value(r, out);
			else
				buf_add(out, line + i, len);
			left--;
		}
		i += len;
	}
	while (grammar_chance(r, 40)) {
		buf_addc(out, ' ');
		put_value(r, out);
	}
}

void grammar_control(struct prng *r, const char *help, struct buf *out)
{
	uint32_t lines = 0, wanted;
	const char *line = help;

	if (grammar_chance(r, 70)) {
		buf_adds(out, one_of(r, grammar_controls));
		return;
	}
	for (const char *p = help; *p; p++)
		lines += *p == '\n';
	for (wanted = prng_below(r, lines ? lines : 1); wanted; wanted--)
		line = strchr(line, '\n') + 1;
	put_from_help(r, line, strcspn(line, "\n"), out);
}
