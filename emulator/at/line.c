/*
 * Finds the commands in a command line: basic ones (E, &F, S0=1, D...) and extended ones (+CSQ?), M3 1.4. Looks at
 * letters only; arguments are args.c's, running them is dispatch.c's.
 */
#include "at/at_internal.h"

#include <ctype.h>
#include <string.h>

static bool is_introducer(char c)
{
	return c && strchr("+^#$*%@", c);
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("!%-./:_", c));
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t skip_blanks(const char *line, size_t pos)
{
	while (line[pos] == ' ')
		pos++;
	return pos;
}

/* Past the text up to a ';' outside quotes or the end of the line. */
static size_t skip_args(const char *line, size_t len, size_t pos)
{
	bool quoted = false;

	for (; pos < len; pos++) {
		if (line[pos] == '"')
			quoted = !quoted;
		else if (line[pos] == ';' && !quoted)
			break;
	}
	return pos;
}

/* The form of an extended command and its arguments, from behind the name. */
static bool extended_form(const char *line, size_t len, size_t pos, struct at_found *f)
{
	size_t p = skip_blanks(line, pos);

	f->form = AT_FORM_EXEC;
	if (line[p] == '?') {
		f->form = AT_FORM_READ;
		p = skip_blanks(line, p + 1);
	} else if (line[p] == '=') {
		f->form = AT_FORM_WRITE;
		p = skip_blanks(line, p + 1);
		f->args = p;
		f->args_end = skip_args(line, len, p);
		if (line[p] == '?' && skip_blanks(line, p + 1) == f->args_end)
			f->form = AT_FORM_TEST;
		p = f->args_end;
	}
	f->next = p;
	if (p < len && line[p] != ';')
		return false;
	f->next += p < len;
	return true;
}

static bool extended_next(const struct at_channel *at, const char *line, size_t len, size_t pos, struct at_found *f)
{
	size_t end = pos + 1;

	while (end < len && is_name_char(line[end]))
		end++;
	f->cmd = table_find(at, line + pos, end - pos);
	return extended_form(line, len, end, f);
}

/* Up to nine digits; more are an error. */
static bool take_number(const char *line, size_t *pos, long *num, bool *given)
{
	size_t start = *pos;

	*num = 0;
	while (is_digit(line[*pos]) && *pos - start < 10)
		*num = *num * 10 + (line[(*pos)++] - '0');
	*given = *pos > start;
	return *pos - start < 10;
}

/* S0? S0=1 S0; the row of the very register is preferred to the row of all, "S". */
static bool s_register_next(const struct at_channel *at, const char *line, size_t pos, struct at_found *f)
{
	size_t start = pos++;
	bool given;

	if (!take_number(line, &pos, &f->reg, &given) || !given)
		return false;
	f->cmd = table_find(at, line + start, pos - start);
	if (!f->cmd) {
		f->cmd = table_find(at, "S", 1);
		f->generic_s = true;
	}
	pos = skip_blanks(line, pos);
	f->form = AT_FORM_EXEC;
	if (line[pos] == '?') {
		f->form = AT_FORM_READ;
		pos++;
	} else if (line[pos] == '=') {
		f->form = AT_FORM_WRITE;
		pos = skip_blanks(line, pos + 1);
		if (!take_number(line, &pos, &f->num, &f->numbered))
			return false;
	}
	f->next = pos;
	return true;
}

/* A basic command whose row takes text has the rest of the line for it: ATD*99#, ATD+4912345; */
static bool takes_rest(const struct at_cmd *cmd)
{
	return cmd && cmd->args && cmd->arg[0].type != AT_ARG_INT;
}

static bool basic_next(const struct at_channel *at, const char *line, size_t len, size_t pos, struct at_found *f)
{
	size_t n = line[pos] == '&' || line[pos] == '\\' ? 2 : 1;

	if (!isalpha((unsigned char)line[pos + n - 1]))
		return false;
	if (n == 1 && toupper((unsigned char)line[pos]) == 'S')
		return s_register_next(at, line, pos, f);
	f->cmd = table_find(at, line + pos, n);
	f->form = AT_FORM_EXEC;
	pos += n;
	if (takes_rest(f->cmd)) {
		f->args = pos;
		f->args_end = f->next = len;
		return true;
	}
	pos = skip_blanks(line, pos);
	if (!take_number(line, &pos, &f->num, &f->numbered))
		return false;
	f->next = pos;
	return line[pos] != '=' && line[pos] != '?';
}

bool line_next(const struct at_channel *at, const char *line, size_t len, size_t pos, struct at_found *f)
{
	*f = (struct at_found){ .next = len };
	pos = skip_blanks(line, pos);
	if (is_introducer(line[pos])) {
		if (!extended_next(at, line, len, pos, f))
			return false;
	} else {
		f->basic = true;
		if (!basic_next(at, line, len, pos, f))
			return false;
		f->next = skip_blanks(line, f->next);
		f->next += line[f->next] == ';';
	}
	f->next = skip_blanks(line, f->next);
	return true;
}

bool line_too_many(const struct at_channel *at)
{
	size_t pos = skip_blanks(at->line, 0);
	struct at_found f;
	long n = 0;

	while (pos < at->line_len) {
		if (++n > at->profile->q.chain_max)
			return true;
		if (!line_next(at, at->line, at->line_len, pos, &f))
			return false;
		pos = f.next;
	}
	return false;
}
