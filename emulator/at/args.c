/*
 * Arguments of a command: splits the text, checks it against the rows of the command's table, prints the test form
 * from the same rows. Knows no command.
 */
#include "at/at_internal.h"

#include <limits.h>
#include <string.h>

#include "base/str.h"

static long limit_of(const struct at_channel *at, long value, enum quirk_id id)
{
	return id ? profile_number(at->profile, id) : value;
}

static bool in_range(const struct at_channel *at, const struct at_arg *arg, long long num)
{
	if (arg->or_zero && num == 0)
		return true;
	return num >= limit_of(at, arg->min, arg->min_quirk) && num <= limit_of(at, arg->max, arg->max_quirk);
}

bool args_number(const struct at_channel *at, const struct at_arg *arg, long num)
{
	return in_range(at, arg, num);
}

/* Text without quotes must be plain: a quote in it is a typing error, and so are typographic quotes (bytes over 0x7f). */
static bool bare_is_plain(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"' || (unsigned char)s[i] >= 0x80)
			return false;
	}
	return true;
}

/* Cuts blanks and quotes off the text of one argument. false: quotes where none belong. */
static bool strip(char *s, size_t n, struct at_val *v)
{
	while (n && *s == ' ')
		s++, n--;
	while (n && s[n - 1] == ' ')
		n--;
	if (n && *s == '"') {
		if (n < 2 || s[n - 1] != '"')
			return false;
		s++;
		n -= 2;
		v->quoted = true;
		if (memchr(s, '"', n))
			return false;
	} else if (!bare_is_plain(s, n)) {
		return false;
	}
	s[n] = '\0';
	v->str = s;
	v->len = n;
	v->given = n || v->quoted;
	return true;
}

static bool fit_number(const struct at_channel *at, const struct at_arg *arg, struct at_val *v)
{
	if (v->quoted || str_to_num_any(v->str, v->len, LLONG_MIN, LLONG_MAX, &v->num)) {
		v->given = false;
		return false;
	}
	return in_range(at, arg, v->num);
}

/* A row of text without a maximum takes any length. */
static bool fit_length(const struct at_channel *at, const struct at_arg *arg, const struct at_val *v)
{
	return (!arg->max && !arg->max_quirk) || in_range(at, arg, (long long)v->len);
}

static bool fit(const struct at_channel *at, const struct at_arg *arg, struct at_val *v)
{
	if (!v->given)
		return arg->optional;
	switch (arg->type) {
	case AT_ARG_INT:
		return fit_number(at, arg, v);
	case AT_ARG_QSTR:
		return v->quoted && fit_length(at, arg, v);
	case AT_ARG_STR:
	case AT_ARG_RAW:
		break;
	}
	return fit_length(at, arg, v);
}

/* Past the argument that starts at s: to a comma outside quotes or the end. */
static size_t token_len(const char *s, size_t n)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '"')
			quoted = !quoted;
		else if (s[i] == ',' && !quoted)
			break;
	}
	return i;
}

/*
 * Fills at->val for the rows of cmd from n bytes of text; true when all fit. What parsed is there either way, for the
 * refuse handler. The text is copied, so that strings can be ended with NUL.
 */
bool args_parse(struct at_channel *at, const struct at_cmd *cmd, const char *text, size_t n)
{
	char *s = at->scratch, *end = s + n;
	bool good = true, more = n > 0;

	memset(at->val, 0, sizeof(at->val));
	memcpy(s, text, n);
	*end = '\0';
	for (size_t i = 0; i < cmd->args; i++) {
		const struct at_arg *arg = &cmd->arg[i];
		struct at_val *v = &at->val[i];
		size_t left = (size_t)(end - s), len = arg->type == AT_ARG_RAW ? left : token_len(s, left);

		v->str = "";
		if (arg->type == AT_ARG_RAW) {
			*v = (struct at_val){ .given = more, .str = s, .len = len };
		} else if (more && !strip(s, len, v)) {
			good = false;
			v->str = "";
		}
		good = fit(at, arg, v) && good;
		more = more && len < left;
		s += len < left ? len + 1 : len;
	}
	return good && !more && s == end;
}

static void print_range(const struct at_channel *at, const struct at_arg *arg, struct buf *out)
{
	long min = limit_of(at, arg->min, arg->min_quirk), max = limit_of(at, arg->max, arg->max_quirk);

	if (arg->range_text) {
		buf_adds(out, arg->range_text);
		return;
	}
	buf_addc(out, '(');
	if (arg->or_zero && min > 0)
		buf_adds(out, "0,");
	if (min == max)
		buf_addf(out, "%ld)", min);
	else
		buf_addf(out, "%ld-%ld)", min, max);
}

void args_print_test(const struct at_channel *at, const struct at_cmd *cmd, struct buf *out)
{
	buf_addf(out, "%s: ", cmd->name);
	for (size_t i = 0; i < cmd->args; i++) {
		if (i)
			buf_addc(out, ',');
		print_range(at, &cmd->arg[i], out);
	}
}
